"""People on the pages: evidence asked for and sent, appeals and second reviewers, withdrawals, agreement."""

from collections.abc import Callable
from typing import Any

import pytest
from factories.core import picture
from factories.money import IN_PERIOD
from web.conftest import Browser
from web.world import PASSWORD, World, png

from fairstock.asset import store as assets
from fairstock.asset.model import AssetState
from fairstock.asset.rules import fingerprint
from fairstock.bootstrap import App
from fairstock.db.checks import load_checks, run_check
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.screening import account_rule
from fairstock.screening import store as screening
from fairstock.screening.cases import Finding
from fairstock.screening.model import (
    Effect,
    Observation,
    ObservationKind,
    Outcome,
    Reason,
    ReasonCode,
    Verdict,
)
from fairstock.upload import store as uploads
from fairstock.upload.layers import Support
from fairstock.upload.model import Traits, Upload, UploadState
from fairstock.web import deciding

Visit = Callable[[str | None], Browser]
PROOF = Reason(
    ReasonCode.GENERATOR_MARK, Outcome.REJECT, "a mark", "The file carries the mark of X.", "Appeal."
)
DOUBT = Reason(
    ReasonCode.ACCOUNT_SUSPECTED,
    Outcome.REQUEST,
    "an account",
    "It may be machine-made.",
    "Send your layers.",
)


@pytest.fixture
def second(app: App, world: World) -> str:
    """Another reviewer, called sec."""
    with app.transaction() as conn:
        identity = parties.add_party(
            conn, handle="sec", name="Sec", kind=PartyKind.staff, roles=[Role.reviewer], country="IE"
        )
        parties.set_password(conn, identity, PASSWORD)
    return identity


def sent(app: App, world: World, number: int, reason: Reason, state: UploadState) -> str:
    """An upload of Ben's that the policy decided so; its id."""
    data = png(50 + number)
    upload = Upload(
        id=f"upl_{number}",
        contributor_id=world.people["ben"],
        batch="b",
        filename=f"tree-{number}.png",
        sha256=app.objects.put(data),
        size=len(data),
        title=f"Tree {number}",
        keywords=(),
        claim={"statement": "Mine."},
        received_at=IN_PERIOD.at,
        state=state,
        asset_id=None,
        refusal=None,
    )
    hashes = fingerprint(picture(50 + number))
    vector = [1.0] + [0.0] * 1279
    traits = Traits(
        upload.id, "image/png", 300, 300, hashes.phash, hashes.phash_mirror, vector, "t", bytes(64 * 64 * 3)
    )
    with app.transaction() as conn:
        uploads.add(conn, [(number, upload)])
        uploads.add_traits(conn, [traits])
        verdict = Verdict(reason.outcome, [reason], "test")
        screening.add_verdict(conn, upload.id, upload.contributor_id, verdict, IN_PERIOD.at)
    return upload.id


def state(app: App, upload_id: str) -> UploadState:
    with app.transaction() as conn:
        return uploads.get(conn, upload_id).state


def broken(app: App) -> list[Any]:
    """Rules about uploads that do not hold."""
    with app.transaction() as conn:
        return [
            found
            for check in load_checks()
            if check.name.startswith("upload_state")
            or check.name.startswith(("upload_off", "upload_appeals"))
            if (found := run_check(conn, check))
        ]


def test_a_request_is_answered_with_layers_and_a_person_decides(visit: Visit, app: App, world: World) -> None:
    upload_id = sent(app, world, 1, DOUBT, UploadState.EVIDENCE_WANTED)
    ben, page = visit("ben"), f"/uploads/{upload_id}"
    told = ben.get("/uploads").text
    assert "We ask you for evidence" in told
    assert "tree-1.png" in told
    assert "It may be machine-made." in told
    assert "Send your layers." in told
    rev = visit("rev")
    assert upload_id not in rev.get("/staff/review").text  # it waits for Ben, not for a person
    assert upload_id in rev.get("/staff/review?show=asked").text
    empty = ben.submit(f"{page}/evidence", {"text": " "}, page=page)
    assert empty.status_code == 400
    assert "needs some words" in empty.text
    files = {"file": ("layers.psd", b"8BPS layers", "image/vnd.adobe.photoshop")}
    done = ben.submit(f"{page}/evidence", {"text": "My layers."}, page=page, files=files)
    assert "A person looks at what you sent" in done.text
    assert state(app, upload_id) is UploadState.REVIEW
    assert broken(app) == []


def test_what_waits_for_contributors_holds_nobody_up_in_the_queue(
    visit: Visit, app: App, world: World
) -> None:
    for number in range(21):
        sent(app, world, number, DOUBT, UploadState.EVIDENCE_WANTED)
    rev = visit("rev")
    assert world.waiting in rev.get("/staff/review").text  # newer than all of those
    first, second = (rev.get(f"/staff/review?show=asked&page={page}").text for page in (1, 2))
    assert first.count("/picture/240") == 20
    assert "Page 1 of 2" in first
    assert second.count("/picture/240") == 1
    assert rev.get("/staff/review?show=asked&page=9").text == second


def test_uploads_are_shown_in_pages_and_by_where_they_stand(visit: Visit, app: App, world: World) -> None:
    for number in range(21):
        sent(app, world, number, PROOF, UploadState.REJECTED)
    asked = sent(app, world, 21, DOUBT, UploadState.EVIDENCE_WANTED)
    ben = visit("ben")
    pages = [ben.get(f"/uploads?page={page}").text for page in (1, 2)]
    assert pages[0].count("notice-card") == 20
    shown = {
        f"upl_{number}" for number in range(22) if any(f"/uploads/upl_{number}/" in one for one in pages)
    }
    assert len(shown) == 22
    assert "Page 2 of 2" in pages[1]
    waits = ben.get("/uploads?part=yours").text
    assert waits.count("notice-card") == 1
    assert asked in waits
    assert ben.get("/uploads?part=no-such-part").text == pages[0]
    assert "None of your uploads stands here." in ben.get("/uploads?part=withdrawn").text
    assert ben.get("/uploads?page=x").status_code in {400, 422}


def test_a_reviewer_reads_the_evidence_and_saves_it(
    visit: Visit, app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = sent(app, world, 1, DOUBT, UploadState.EVIDENCE_WANTED)
    compare, connections = deciding.supports, []

    def watched(*given: Any) -> Support:
        connections.append(app.engine.pool.checkedout())  # type: ignore[attr-defined]
        return compare(*given)

    monkeypatch.setattr(deciding, "supports", watched)
    ben, rev, page = visit("ben"), visit("rev"), f"/uploads/{upload_id}"
    files = {"file": ("layers.psd", b"8BPS layers", "image/vnd.adobe.photoshop")}
    ben.submit(f"{page}/evidence", {"text": "My layers."}, page=page, files=files)
    assert connections == [0]  # no transaction is open while files are compared
    review = rev.get(f"/staff/review/{upload_id}").text
    assert "My layers." in review
    assert "layers.psd" in review
    assert "was not found to match" in review
    with app.transaction() as conn:
        (answer,) = screening.answers(conn, [upload_id])[upload_id]
    got = rev.get(f"/staff/evidence/{upload_id}/{answer.id}")
    assert (got.content, got.headers["content-type"]) == (b"8BPS layers", "application/octet-stream")
    assert "attachment" in got.headers["content-disposition"]
    assert ben.get(f"/staff/evidence/{upload_id}/{answer.id}").status_code == 403
    assert rev.get(f"/staff/evidence/{upload_id}/ans_other").status_code == 404
    rev.submit(f"/staff/review/{upload_id}", {"outcome": "accept"}, page=f"/staff/review/{upload_id}")
    assert state(app, upload_id) is UploadState.ACCEPTED
    assert broken(app) == []


def test_a_reviewer_asks_and_words_alone_are_an_answer(visit: Visit, app: App, world: World) -> None:
    page = f"/staff/review/{world.waiting}"
    rev = visit("rev")
    assert rev.submit(f"{page}/request", {"text": ""}, page=page).status_code == 400
    rev.submit(f"{page}/request", {"text": "Your sketch, please."}, page=page)
    assert state(app, world.waiting) is UploadState.EVIDENCE_WANTED
    mine = visit("ben").get(f"/uploads/{world.waiting}").text
    assert "A reviewer asks: “Your sketch, please.”" in mine
    visit("ben").submit(
        f"/uploads/{world.waiting}/evidence", {"text": "I have none."}, page=f"/uploads/{world.waiting}"
    )
    assert state(app, world.waiting) is UploadState.REVIEW
    assert "I have none." in rev.get(page).text
    assert broken(app) == []


def test_an_appeal_is_decided_by_somebody_else_and_the_machines_verdict_stays(
    visit: Visit, app: App, world: World, second: str
) -> None:
    page, queue = f"/uploads/{world.waiting}", f"/staff/review/{world.waiting}"
    rev, ben = visit("rev"), visit("ben")
    rev.submit(queue, {"outcome": "reject", "reasons": ["similar_work"], "note": "Too close."}, page=queue)
    told = ben.get(page).text
    assert "turned it down: similar work" in told
    assert "appeal below" in told
    assert ben.submit(f"{page}/appeal", {"text": ""}, page=page).status_code == 400
    done = ben.submit(f"{page}/appeal", {"text": "I drew it in 2019."}, page=page)
    assert "Your appeal is in" in done.text
    assert "Your appeal waits" in done.text
    assert broken(app) == []
    assert "I drew it in 2019." in rev.get("/staff/review").text
    assert "An appeal is for somebody else" in rev.get(queue).text
    refused = rev.submit(queue, {"outcome": "reject", "reasons": ["similar_work"]})
    assert refused.status_code == 403
    sec = visit("sec")
    assert "Too close." in sec.get(queue).text
    sec.submit(queue, {"outcome": "accept", "note": "The sketch is older."}, page=queue)
    assert state(app, world.waiting) is UploadState.ACCEPTED
    assert "Accepted on appeal" in ben.get(page).text
    with app.transaction() as conn:
        assert screening.verdicts(conn, [world.waiting])[world.waiting].outcome is Outcome.REVIEW
        decided = screening.reviews(conn, [world.waiting])[world.waiting]
    assert [(each.outcome, each.reviewer_id) for each in decided] == [
        (Outcome.REJECT, world.people["rev"]),
        (Outcome.ACCEPT, second),
    ]
    assert broken(app) == []
    table = rev.get("/staff/agreement").text
    assert "the second agreed with the first" in table
    assert "close to another work" in table


def test_a_rejection_by_the_machine_is_appealed_once(visit: Visit, app: App, world: World) -> None:
    upload_id = sent(app, world, 2, PROOF, UploadState.REJECTED)
    ben, page, queue = visit("ben"), "/uploads/upl_2", "/staff/review/upl_2"
    assert "The file carries the mark of X." in ben.get(page).text
    files = {"file": ("raw.dng", b"II*\0raw", "image/x-adobe-dng")}
    ben.submit(f"{page}/appeal", {"text": "It is a photo."}, page=page, files=files)
    assert "raw.dng" in visit("rev").get(queue).text
    visit("rev").submit(queue, {"outcome": "reject", "reasons": ["generator_mark"]}, page=queue)
    assert state(app, upload_id) is UploadState.REJECTED
    assert "The appeal is decided" in ben.get(page).text
    again = ben.submit(f"{page}/appeal", {"text": "But!"}, page="/uploads/upl_2")
    assert again.status_code == 400
    assert "cannot be appealed" in again.text
    assert broken(app) == []


def test_what_is_on_sale_stays_so_until_a_person_takes_it_off(visit: Visit, app: App, world: World) -> None:
    """A later verdict against a published work asks people; the appeal brings it back."""
    queue, page = f"/staff/review/{world.waiting}", f"/uploads/{world.waiting}"
    rev, ben = visit("rev"), visit("ben")
    rev.submit(queue, {"outcome": "accept"}, page=queue)
    with app.transaction() as conn:
        later = Verdict(Outcome.REJECT, [PROOF], "test-2")
        screening.add_verdict(
            conn, world.waiting, world.people["ben"], later, IN_PERIOD.at, effect=Effect.PEOPLE
        )
        asset_id = str(uploads.get(conn, world.waiting).asset_id)
    assert broken(app) == []
    assert "On sale" in rev.get("/staff/review").text
    rev.submit(queue, {"outcome": "reject", "reasons": ["generator_mark"]}, page=queue)
    with app.transaction() as conn:
        assert assets.get(conn, asset_id).state is AssetState.taken_down
    assert broken(app) == []
    ben.submit(f"{page}/appeal", {"text": "No."}, page=page)
    assert state(app, world.waiting) is UploadState.REVIEW
    assert broken(app) == []


def test_withdrawing_takes_it_off_sale_and_out_of_the_queue(visit: Visit, app: App, world: World) -> None:
    ben, page = visit("ben"), f"/uploads/{world.waiting}"
    assert "Withdrawn by you" in ben.submit(f"{page}/withdrawal", {}, page=page).text
    assert world.waiting not in visit("rev").get("/staff/review").text
    assert broken(app) == []
    assert visit("ann").get(page).status_code == 404
    forged = visit("ann").submit(f"{page}/withdrawal", {}, page="/uploads")
    assert forged.status_code == 404


def test_a_flagged_account_is_shown_with_its_path_and_decided_by_a_reviewer(
    visit: Visit, app: App, world: World
) -> None:
    rule = account_rule.calibrated(app.pixels.version).rule
    with app.transaction() as conn:
        seen = Observation(
            ObservationKind.PIXELS, rule.model, {"tail": 0.001, "ai_score": 0.9}, "pixels", "1"
        )
        screening.add_observations(conn, world.waiting, [seen])
        finding = Finding(
            "fnd_1", world.people["ben"], 1, rule.version, "m", 1, 2.3, 2.0, world.waiting, IN_PERIOD.at
        )
        screening.add_finding(conn, finding)
    rev = visit("rev")
    assert "200 to 1" in rev.get("/staff/accounts").text
    page = "/staff/accounts/ben"
    text = rev.get(page).text
    assert "<polyline" in text
    assert f"/uploads/{world.waiting}/picture/240" in text
    assert "p = 0.001" in text
    without = rev.submit(page, {"finding": "fnd_1", "standing": "cleared", "note": ""}, page=page)
    assert without.status_code == 400
    rev.submit(page, {"finding": "fnd_1", "standing": "cleared", "note": "I met Ben."}, page=page)
    assert "I met Ben." in rev.get("/staff/accounts").text
    assert "Your decision" not in rev.get(page).text
    assert rev.get("/staff/accounts/nobody").status_code == 404
    assert visit("ben").get(page).status_code == 403
