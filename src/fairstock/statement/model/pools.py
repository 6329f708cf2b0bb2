"""What a period divided: its rules, pools with their inputs, and the lines that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

from fairstock.fund.model import Part
from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy that divided the period, in decimals between 0 and 1."""

    policy_version: str
    generation_share: str
    """Of a license's price that goes to the fund."""
    deal_share: str
    """Of a deal's price that goes to the fund."""
    floor_share: str
    """Of a sale's fund part that is divided by cluster; the rest is influence."""
    cap_per_contributor: str
    """Of one picture's influence part."""
    cluster_vote: str
    """A cluster's vote is ``shared`` by all who have a work in it, or the ``first`` published work's."""
    input_digest: str
    """SHA-256 over everything that decided the division, frozen at the close."""


ProofPath = tuple[tuple[str, str], ...]
"""Of a proof, from the leaf upwards: the neighbour's side (left or right) and its hash in hex."""


@dataclass(frozen=True, slots=True)
class Original:
    """The sale or deal of which a refund gives money back, as it was booked."""

    gross: Money
    """Its price."""
    fund: Money
    """The fund's part of it."""
    before: Money
    """What of the price had been given back before this refund."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A sale, deal or refund that flowed into a pool."""

    source_id: str
    kind: str
    """``sale``, ``deal`` or ``refund``."""
    date: str
    """Day in UTC, YYYY-MM-DD."""
    license: str | None
    """What was licensed: the size and the price tier; None for a deal."""
    territory: str | None
    """Country of the buyer; None for a deal."""
    picture: str | None
    """Asset id of the picture sold; None for a deal."""
    refunds: str | None
    """For a refund: the sale or deal of which money went back."""
    refund_kind: str | None
    """``refund``, ``chargeback`` or ``cancellation``; None for what is no refund."""
    original: Original | None
    """For a refund: what it gives back of."""
    gross: Money
    """The price; negative for a refund."""
    fund: Money
    """The fund's part of the price."""
    share: str | None
    """Of the price that goes to the fund by the policy of that day, as a decimal; None where it follows
    from an earlier sale.
    """
    part: Money
    """What of that flowed into this pool."""


@dataclass(frozen=True, slots=True)
class Member:
    """A work in a cluster of near-duplicates; a statement lists those of its own clusters."""

    pool_id: str
    cluster: str
    contributor_id: str
    work_sha256: str
    published: str | None
    """When it became available in the library, as it was frozen; None: not known, which counts as the oldest.
    """


@dataclass(frozen=True, slots=True)
class Picture:
    """The attribution of a sold picture: every work with a share, whoever it belongs to."""

    picture: str
    """Asset id."""
    method_id: str
    shares: tuple[tuple[str, str, str], ...]
    """(Work, contributor, share as a decimal with nine places); the shares sum to one."""


@dataclass(frozen=True, slots=True)
class Deal:
    """What was agreed in a data deal."""

    seller: str
    """The house, which licenses the contributors' works."""
    buyer: str
    works: int
    price: Money
    fund_share: str
    """Of the price for the contributors, as a decimal."""
    territory: str
    first_day: str
    last_day: str | None
    """None: without end."""


@dataclass(frozen=True, slots=True)
class StatementPool:
    """A whole pool of the period, of which the lines are shares."""

    id: str
    part: Part
    release_id: str | None
    manifest: str | None
    """SHA-256 of the release's manifest, where its clusters decide; anybody can compare the lists."""
    deal_id: str | None
    deal: Deal | None
    method_id: str | None
    method: str | None
    """Name and version of the attribution method, for influence."""
    reliability: str | None
    """Measured, as a decimal; "unmeasured" where nobody has; None but for influence."""
    mirrors: str | None
    """For refunds of what an earlier period divided: that period's pool, by whose rules they are taken
    back.
    """
    floor_share: str
    """Of a sale's fund part that is divided by cluster, by the policy that divides this pool."""
    cap_per_contributor: str
    """Of one picture's influence part, by the same policy."""
    cluster_vote: str
    """As in ``Rules``, by the same policy."""
    amount: Money
    """What flowed in."""
    clusters: int
    """Clusters with one vote each; 0 for influence."""
    allocated: Money
    """What contributors got."""
    reserve: Money
    """What went to the published reserve, and why:"""
    reserve_reason: str | None
    sources: int
    """Sales or deals that paid in."""
    inputs: tuple[str, ...]
    """SHA-256 of the files with everything that decided it, where that is too much for a statement."""
    source_lines: tuple[SourceLine, ...]
    """All of them; of a large pool only those of this statement's lines."""
    cluster_names: tuple[str, ...]
    """All clusters with a vote; none where this contributor has none, or of a large pool."""
    proof: ProofPath | None
    """That the pool was frozen so at the close; None where this contributor has no line in it."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one work earned from one pool.

    Floor and deal: ``pool amount ÷ clusters ÷ cluster_contributors ÷ contributor_works``, in whole
    micro-units; the ones left over at each division go to those first in the pool's draw. Influence: ``(the
    sale's part × reliability) × share``.
    """

    pool_id: str
    part: Part
    source_id: str
    """The sale for influence, the deal for a deal, the model release for the floor."""
    work_sha256: str
    title: str
    cluster: str | None
    """Near-duplicates share it; None for influence."""
    cluster_contributors: int | None
    contributor_works: int | None
    share: str | None
    """Of the picture, as a decimal with nine places; None but for influence."""
    amount: Money
