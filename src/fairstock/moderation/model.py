"""Values of moderation: what was decided about a prompt, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What happens to the prompt."""

    ALLOW = "allow"
    """The picture is made."""
    BLOCK = "block"
    """The picture is not made and costs nothing."""
    REVIEW = "review"
    """A person decides first; nothing is made or charged until then."""


class Category(StrEnum):
    """Why a prompt is refused: the 13 categories of the images API's moderation contract, then our own."""

    HATE = "hate"
    """Contempt for people because of what group they belong to."""
    HATE_THREATENING = "hate/threatening"
    """The same with violence against the group."""
    HARASSMENT = "harassment"
    """Humiliating a particular person."""
    HARASSMENT_THREATENING = "harassment/threatening"
    """The same with violence against that person."""
    SELF_HARM = "self-harm"
    """Depicting or praising self-injury, suicide or disordered eating."""
    SELF_HARM_INTENT = "self-harm/intent"
    """The writer says that they mean to harm themselves."""
    SELF_HARM_INSTRUCTIONS = "self-harm/instructions"
    """How to harm oneself."""
    SEXUAL = "sexual"
    """Nudity and sexual acts."""
    SEXUAL_MINORS = "sexual/minors"
    """Anything sexual with somebody under 18."""
    VIOLENCE = "violence"
    """Violence against people shown as real."""
    VIOLENCE_GRAPHIC = "violence/graphic"
    """Gore, mutilation, corpses in detail."""
    ILLICIT = "illicit"
    """How to commit a crime."""
    ILLICIT_VIOLENT = "illicit/violent"
    """How to make or use weapons."""
    PRIVACY = "privacy"
    """Somebody's personal data. Ours, not part of the contract."""
    TRADEMARK = "trademark"
    """A registered mark or logo. Ours."""
    LIKENESS = "likeness"
    """A real person's face. Ours."""
    STYLE = "style"
    """The style of an artist who opted out. Ours."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the prompt as the buyer wrote it, in characters (code points), end excluded."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says about one prompt."""

    decision: Verdict
    category: Category | None
    """None when allowed."""
    span: Span | None
    """The words that decided; None when allowed."""
    rule: str | None
    """The rule's id in the policy, such as ``violence.harmed-person``; None when allowed."""
    sentence: str
    """For the buyer: what was refused, why, and how to appeal; short when allowed."""
    policy_version: str
    diversity: bool = False
    """Whether diversity planning acts on the prompt, unless the buyer turns it off."""

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column or an API answer."""
        span = {"start": self.span.start, "end": self.span.end, "text": self.span.text} if self.span else None
        return {
            "decision": self.decision.value,
            "category": self.category.value if self.category else None,
            "span": span,
            "rule": self.rule,
            "sentence": self.sentence,
            "policy_version": self.policy_version,
            "diversity": self.diversity,
        }
