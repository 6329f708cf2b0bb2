"""The whole decision about a prompt, in layers: names and rules, then the text classifier, then a person.

A name off limits refuses at once. A rule of the policy refuses unless the classifier finds the prompt plainly
harmless; then a person looks (about children and in long prompts only if the prompt also names a context that
can excuse it: a lesson, a campaign …). The classifier refuses by itself above its threshold, and asks for a
person in the grey zone below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import exp

from fairstock.moderation.classifier import Classifier, Floats, load_classifier
from fairstock.moderation.diversity import Diversity, load_diversity
from fairstock.moderation.features import Features, Featuriser, Read
from fairstock.moderation.model import Category, Decision, Span, Verdict
from fairstock.moderation.normalise import Folded, fold, plain_reading
from fairstock.moderation.phrases import Token
from fairstock.moderation.policy import Policy, load_policy
from fairstock.moderation.ports import TextEmbedding
from fairstock.moderation.rules import decide, worded

_NAMES = frozenset({Category.LIKENESS, Category.STYLE})
_LONGEST_SPAN = 24
"""Words; longer spans name nothing."""
_SHORTEST_SPAN = 3
"""Words; a single one of a sentence that its meaning decided says too little."""
_BATCH = 64
_STEEPNESS = 5.0
"""Turns a distance from the threshold into a probability: 0.5 at it, 0.92 half a unit above."""
_REMEMBERED = 20_000
"""Words and pairs of words whose part in a score is remembered."""
_LEAST_REST = 2
"""Words besides those that a rule refuses, below which the classifier does not doubt the rule."""
_READ = 4000
"""Characters that the classifier reads; the API takes 1,000."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A prompt as the classifier sees it."""

    reading: Folded
    read: Read
    features: Features
    part: tuple[int, int]
    """The characters that the sentence encoders read."""
    disguised: bool
    """Whether it had to be unmasked: what a rule then finds was not meant otherwise."""

    @property
    def telling(self) -> str:
        """What the sentence encoders read."""
        return self.read.text[slice(*self.part)]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A decision with what the classifier read, where it read."""

    decision: Decision
    seen: _Seen | None
    vector: Floats | None


class Moderator:
    """Policy, classifier and what they read with; safe to share between threads."""

    def __init__(
        self,
        policy: Policy,
        featuriser: Featuriser,
        classifier: Classifier,
        embed: TextEmbedding,
        diversity: Diversity,
    ) -> None:
        self.policy = policy
        self._featuriser = featuriser
        self.classifier = classifier
        self._embed = embed
        self._diversity = diversity
        self._blame = lru_cache(maxsize=_REMEMBERED)(lambda words: classifier.blame(featuriser.of(words)))

    @property
    def version(self) -> str:
        """Policy and weights together."""
        return f"{self.policy.version}+{self.classifier.weights.version}"

    def decide(self, prompt: str, styles: Sequence[str] = (), likeness: Sequence[str] = ()) -> Decision:
        """What happens to ``prompt``; ``styles`` and ``likeness`` are the names that opted out."""
        return next(self.decide_all([prompt], styles, likeness))

    def decide_all(
        self, prompts: Sequence[str], styles: Sequence[str] = (), likeness: Sequence[str] = ()
    ) -> Iterator[Decision]:
        """The same for many prompts, in order; faster a prompt, since meaning is read in batches."""
        for start in range(0, len(prompts), _BATCH):
            for each in self._look(prompts[start : start + _BATCH], styles, likeness, named_too=False):
                yield each.decision

    def judge_all(
        self, texts: Sequence[str], styles: Sequence[str] = (), likeness: Sequence[str] = ()
    ) -> Iterator[tuple[Decision, dict[str, float]]]:
        """Decisions with scores: how strongly a text falls under each category, 0 to 1, ours included."""
        for start in range(0, len(texts), _BATCH):
            for each in self._look(texts[start : start + _BATCH], styles, likeness, named_too=True):
                yield each.decision, self._scores(each)

    def scores(self, text: str) -> dict[str, float]:
        """The scores of one text, nobody having opted out."""
        ((_, scores),) = self.judge_all([text])
        return scores

    def _look(
        self, batch: Sequence[str], styles: Sequence[str], likeness: Sequence[str], *, named_too: bool
    ) -> Iterator[_Judged]:
        """Decisions about a batch; where a name decided, the classifier reads only if ``named_too``."""
        ruled = [decide(prompt, self.policy, styles, likeness=likeness) for prompt in batch]
        wanted = [at for at, each in enumerate(ruled) if named_too or each.category not in _NAMES]
        seen = {at: self._see(batch[at]) for at in wanted}
        vectors = self._meanings([each.telling for each in seen.values()]) if seen else ()
        read = dict(zip(seen, vectors, strict=True))
        for at, (prompt, each) in enumerate(zip(batch, ruled, strict=True)):
            decision = each if each.category in _NAMES else self._weigh(prompt, each, seen[at], read[at])
            planned = decision.decision is not Verdict.BLOCK and self._diversity.applies(prompt)
            decision = replace(decision, diversity=planned, policy_version=self.version)
            yield _Judged(decision, seen.get(at), read.get(at))

    def _scores(self, judged: _Judged) -> dict[str, float]:
        found = dict.fromkeys((category.value for category in Category), 0.0)
        if judged.seen is not None and judged.vector is not None:
            features, vector = judged.seen.features, judged.vector
            words = len(judged.seen.read.tokens)
            margin = self.classifier.score(features, vector) - self.classifier.weights.refused_from(words)
            wrong = 1 / (1 + exp(-_STEEPNESS * margin))
            shares = self.classifier.categories(features, vector)
            found |= {name: wrong * share for name, share in shares.items()}
        decision = judged.decision
        if decision.category:
            least = 0.9 if decision.decision is Verdict.BLOCK else 0.5
            found[decision.category.value] = max(found[decision.category.value], least)
        return found

    def _meanings(self, texts: Sequence[str]) -> Floats:
        return self.classifier.meanings(self._embed(texts))

    def _see(self, prompt: str) -> _Seen:
        folded = fold(prompt[:_READ])
        reading = plain_reading(folded)
        read = self._featuriser.read(reading.text)
        disguised = reading.text != folded.text
        return _Seen(reading, read, self._featuriser.features(read), read.telling, disguised)

    def _weigh(self, prompt: str, ruled: Decision, seen: _Seen, vector: Floats) -> Decision:
        """The rules' decision and the classifier's together."""
        weights = self.classifier.weights
        if not seen.read.tokens:
            return ruled
        score = self.classifier.score(seen.features, vector)
        if ruled.decision is Verdict.BLOCK:
            doubtful = score < weights.veto_below and self._excusable(seen, ruled)
            return worded(ruled, Verdict.REVIEW, self.policy) if doubtful else ruled
        if score < weights.review_at:
            return ruled
        refused = score >= weights.refused_from(len(seen.read.tokens))
        verdict = Verdict.BLOCK if refused else Verdict.REVIEW
        if ruled.decision is Verdict.REVIEW and verdict is Verdict.REVIEW:
            return ruled
        shares = self.classifier.categories(seen.features, vector)
        category = Category(max(shares, key=lambda name: shares[name]))
        start, end = self._span(seen)
        found = replace(
            ruled,
            category=category,
            span=Span(start, end, prompt[start:end]),
            rule=f"classifier.{weights.version}",
        )
        return worded(found, verdict, self.policy)

    def _excusable(self, seen: _Seen, ruled: Decision) -> bool:
        """Whether the rest of a prompt could make harmless what a rule refuses. Where there is hardly any
        rest, as in “a severed head”, nothing speaks against the rule.
        """
        if ruled.span is None:
            return False
        starts = (seen.reading.span(token.start, token.end)[0] for token in seen.read.tokens)
        rest = sum(1 for start in starts if not ruled.span.start <= start < ruled.span.end)
        return (
            not seen.disguised
            and rest >= _LEAST_REST
            and self._featuriser.excusable(seen.read, ruled.category)
        )

    def _span(self, seen: _Seen) -> tuple[int, int]:
        """The run of words, of those that the encoders read, that speaks most for the refusal."""
        begin, stop = seen.part
        tokens = [token for token in seen.read.tokens if begin <= token.start < stop] or seen.read.tokens[:1]
        alone = [self._blame(token.word) for token in tokens]
        together = [self._blame(f"{one.word} {other.word}") for one, other in pairwise(tokens)]
        first, last = _clause(tokens, *_heaviest(alone, together))
        return seen.reading.span(tokens[first].start, tokens[last].end)


def _clause(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """The run, or where it is too short to say what is meant, what stands around it up to the next comma."""
    if last - first + 1 >= _SHORTEST_SPAN:
        return first, last
    inside = tokens[first].sentence
    while first > 0 and not tokens[first].after_comma and tokens[first - 1].sentence == inside:
        first -= 1
    while last + 1 < len(tokens) and not tokens[last + 1].after_comma and tokens[last + 1].sentence == inside:
        last += 1
    return first, min(last, first + _LONGEST_SPAN - 1)


def _heaviest(alone: Sequence[float], together: Sequence[float]) -> tuple[int, int]:
    """First and last of the run with the largest sum of what each word adds, alone and beside the last."""
    middle = sum(alone) / len(alone)
    best, best_sum = (0, len(alone) - 1), float("-inf")
    start, total = 0, 0.0
    for at, weight in enumerate(alone):
        gain = weight - middle
        joined = total + gain + (together[at - 1] - alone[at - 1] - weight if at > start else 0.0)
        if at > start and joined > gain and at - start < _LONGEST_SPAN:
            total = joined
        else:
            start, total = at, gain
        if total > best_sum:
            best, best_sum = (start, at), total
    return best


def load_moderator(embed: TextEmbedding) -> Moderator:
    """The moderator with the policy and weights of this package; raises what their readers raise."""
    policy = load_policy()
    featuriser = Featuriser(policy.lists)
    return Moderator(policy, featuriser, load_classifier(featuriser, embed.parts), embed, load_diversity())
