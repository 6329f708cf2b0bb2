"""Verdicts on the uploads of a batch, one after the other, and what they are written as, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairstock.db.transaction import Connection
from fairstock.kit.clock import Clock
from fairstock.screening import observe, policy
from fairstock.screening import store as screening
from fairstock.screening.model import Observation, Outcome, Verdict
from fairstock.screening.rules import decide
from fairstock.upload import store as uploads
from fairstock.upload.model import Upload, UploadState

LEADS_TO = {
    Outcome.REVIEW: (UploadState.REVIEW, "For review:"),
    Outcome.REQUEST: (UploadState.EVIDENCE_WANTED, "Evidence wanted for"),
    Outcome.REJECT: (UploadState.REJECTED, "Rejected"),
}
"""What follows from a verdict that is not accept, and how the log says it."""


class Decisions:
    """What comparing uploads showed, and what the policy decides on all that was seen of each.

    Nothing is stored before ``keep``: a statement for each upload took longer than deciding about it.
    """

    def __init__(self, conn: Connection, clock: Clock, waiting: Sequence[Upload]) -> None:
        self._conn, self._clock = conn, clock
        self._noted = screening.observations(conn, [upload.id for upload in waiting])
        self._new: dict[str, Sequence[Observation]] = {}
        self._said: list[tuple[Upload, screening.Said]] = []

    def on(self, upload: Upload, compared: Sequence[Observation]) -> Verdict:
        """Note what comparing one image showed, and let the policy decide on all that was seen."""
        account, noted = upload.contributor_id, self._noted.get(upload.id, ())
        before = [said.upload_id for _, said in self._said if said.contributor_id == account]
        added = observe.from_history(self._conn, upload.id, account, noted, also=before)
        self._new[upload.id] = [*compared, *added]
        seen = screening.with_new(upload.id, noted, self._new[upload.id])
        verdict = decide(seen, policy.shipped())
        said = screening.Said(upload.id, account, verdict, self._clock.now(), seen)
        self._said.append((upload, said))
        return verdict

    @property
    def accepted(self) -> list[Upload]:
        """The uploads that are to be published, in their order."""
        return [upload for upload, said in self._said if said.verdict.outcome is Outcome.ACCEPT]

    def keep(self) -> None:
        """Store observations and verdicts; turn the others down, leave them to a person, or ask their
        contributors for evidence.
        """
        screening.add_observations_many(self._conn, self._new)
        screening.add_verdicts(self._conn, [said for _, said in self._said])
        for outcome, (state, _) in LEADS_TO.items():
            led = [upload.id for upload, said in self._said if said.verdict.outcome is outcome]
            if led:
                uploads.mark_many(self._conn, led, state)

    def told(self) -> Iterator[str]:
        """A line for each upload."""
        for upload, said in self._said:
            if said.verdict.outcome is Outcome.ACCEPT:
                yield f"Accepted “{upload.filename}”: nothing speaks against it."
            else:
                _, does = LEADS_TO[said.verdict.outcome]
                yield f"{does} “{upload.filename}”: {said.verdict.reasons[0].sentence}"
