"""The decision about a prompt: pure, from the prompt, the policy and the names that are off limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from fairstock.moderation.model import Category, Decision, Span, Verdict
from fairstock.moderation.names import Cue, FoundName, index_of
from fairstock.moderation.normalise import Folded, fold, unmask
from fairstock.moderation.phrases import Hit, Token, tokenise
from fairstock.moderation.policy import NameRule, Policy, Rule

_ALLOWED = "The prompt may be made."
_SHOWN = 80
"""Characters of the span that the sentence repeats."""


_Match = tuple[str, Category, Verdict, Hit]
"""Rule, what it is about, what it asks for, and where it matched."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """A rule that matched, with the part of the prompt that made it match."""

    rule: str
    category: Category
    decision: Verdict
    start: int
    end: int


def decide(
    prompt: str,
    policy: Policy,
    opted_out: Sequence[str] = (),
    *,
    likeness: Sequence[str] = (),
    marks: Sequence[str] = (),
) -> Decision:
    """What happens to ``prompt``; deterministic and total: any string gives a decision.

    ``opted_out``: artists who refuse their style. ``likeness``: people who refuse their face. ``marks``:
    registered marks, refused where a logo is asked for. A refusal outweighs a review; among equals the
    policy's order decides.
    """
    given = _Given(tuple(opted_out), tuple(likeness), tuple(marks))
    plain = fold(prompt)
    chosen: _Finding | None = None
    for reading in (plain, *unmask(plain)):
        finding = _first(_findings(prompt, reading, policy, given))
        if finding and (chosen is None or finding.decision is Verdict.BLOCK):
            chosen = finding
        if chosen and chosen.decision is Verdict.BLOCK:
            break
    if chosen is None:
        return Decision(Verdict.ALLOW, None, None, None, _ALLOWED, policy.version)
    span = Span(chosen.start, chosen.end, prompt[chosen.start : chosen.end])
    sentence = _sentence(chosen.rule, chosen.category, chosen.decision, span, policy)
    return Decision(chosen.decision, chosen.category, span, chosen.rule, sentence, policy.version)


@dataclass(frozen=True, slots=True)
class _Given:
    """Names passed in with the prompt."""

    style: tuple[str, ...]
    likeness: tuple[str, ...]
    marks: tuple[str, ...]


def _first(findings: Iterator[_Finding]) -> _Finding | None:
    """The first refusal, else the first review."""
    review: _Finding | None = None
    for finding in findings:
        if finding.decision is Verdict.BLOCK:
            return finding
        review = review or finding
    return review


def _findings(prompt: str, reading: Folded, policy: Policy, given: _Given) -> Iterator[_Finding]:
    """Everything that speaks against one reading of the prompt, heaviest first."""
    tokens = tokenise(reading.text)
    hits = policy.book.find(tokens)

    def place(hit: Hit) -> tuple[int, int]:
        return reading.span(tokens[hit.first].start, tokens[hit.last].end)

    def shown(hit: Hit) -> str:
        return prompt[slice(*place(hit))]

    for rule, category, decision, hit in _matches(tokens, hits, policy, given, shown):
        yield _Finding(rule, category, decision, *place(hit))


def _matches(
    tokens: Sequence[Token],
    hits: dict[str, list[Hit]],
    policy: Policy,
    given: _Given,
    shown: Callable[[Hit], str],
) -> Iterator[_Match]:
    for rule in policy.rules:
        hit = _rule_hit(rule, hits)
        if hit:
            yield rule.id, rule.category, rule.decision, hit
    yield from _given_names(tokens, hits, given)
    for name_rule in policy.name_rules:
        for found in _named(name_rule, tokens, shown):
            yield name_rule.id, name_rule.category, Verdict.BLOCK, found.hit


def _rule_hit(rule: Rule, hits: dict[str, list[Hit]]) -> Hit | None:
    """The rule's first hit that nothing excuses."""
    found = hits.get(f"rule:{rule.id}")
    if not found or _in_context(rule.excused_by, hits):
        return None
    if rule.needs and not _in_context(rule.needs, hits):
        return None
    exceptions = hits.get(f"unless:{rule.id}", [])
    return next((hit for hit in found if not any(_overlap(hit, other) for other in exceptions)), None)


def _in_context(contexts: Sequence[str], hits: dict[str, list[Hit]]) -> bool:
    return any(f"context:{name}" in hits for name in contexts)


def _overlap(one: Hit, other: Hit) -> bool:
    return one.first <= other.last and other.first <= one.last


def _named(rule: NameRule, tokens: Sequence[Token], shown: Callable[[Hit], str]) -> Iterator[FoundName]:
    """Names that the policy refuses; ambiguous ones need capitals or a cue, and of one word both."""
    found = chain(
        index_of(rule.names.known).find(tokens, Cue.NONE),
        (each for each in index_of(rule.names.ambiguous).find(tokens, Cue.LIKENESS) if _meant(each, shown)),
    )
    for each in found:
        around = (
            *tokens[max(0, each.hit.first - 2) : each.hit.first],
            *tokens[each.hit.last + 1 : each.hit.last + 3],
        )
        if not each.styled and not any(token.word in rule.things for token in around):
            yield each


def _meant(found: FoundName, shown: Callable[[Hit], str]) -> bool:
    """Whether an ambiguous name means the person."""
    capital = all(word[:1].isupper() or word[:1].isdigit() for word in shown(found.hit).split())
    return capital if found.hit.first == found.hit.last else capital or found.cued


def _given_names(tokens: Sequence[Token], hits: dict[str, list[Hit]], given: _Given) -> Iterator[_Match]:
    """Names that were passed in: styles, faces, and marks where a logo is asked for."""
    for found in index_of(given.style).find(tokens, Cue.STYLE):
        yield "style.opted-out", Category.STYLE, Verdict.BLOCK, found.hit
    for found in index_of(given.likeness).find(tokens, Cue.LIKENESS):
        yield "likeness.opted-out", Category.LIKENESS, Verdict.BLOCK, found.hit
    if given.marks and _in_context(("logo",), hits):
        for found in index_of(given.marks).find(tokens, Cue.NONE):
            yield "trademark.registered", Category.TRADEMARK, Verdict.BLOCK, found.hit


def worded(decision: Decision, verdict: Verdict, policy: Policy) -> Decision:
    """The decision with another verdict and the sentence for it; it must name a category, span and rule."""
    if decision.span is None or decision.category is None or decision.rule is None:
        return replace(decision, decision=verdict)
    sentence = _sentence(decision.rule, decision.category, verdict, decision.span, policy)
    return replace(decision, decision=verdict, sentence=sentence)


def _sentence(rule: str, category: Category, verdict: Verdict, span: Span, policy: Policy) -> str:
    """For the buyer: which words, what they fall under, what to do."""
    shown = span.text if len(span.text) <= _SHOWN else span.text[: _SHOWN - 1] + "…"
    where = f"“{shown}” (characters {span.start + 1} to {span.end})"
    if verdict is Verdict.REVIEW:
        return f"A person has to look at this prompt first: {where} may be {policy.labels[category]}."
    return (
        f"Not made, and nothing is charged: {where} falls under {policy.labels[category]}"
        f" (rule {rule}). {policy.appeal}"
    )
