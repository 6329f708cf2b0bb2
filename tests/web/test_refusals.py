"""What the gate refused is appealed like any other verdict: a person looks, and the gate tries again."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from factories.intake import Colours
from factories.money import IN_PERIOD
from prefect.logging import disable_run_logger
from web.conftest import Browser
from web.world import World, png

from fairstock.bootstrap import App
from fairstock.db.checks import load_checks, run_check
from fairstock.screening import store as screening
from fairstock.upload import store as uploads
from fairstock.upload.model import Refusal, RefusalCode, Upload, UploadState
from flows.ingest_uploads import judge, look_at

Visit = Callable[[str | None], Browser]
BUSY = Refusal(RefusalCode.DECODE_LIMIT, "Opening the picture needed too much time.", "Save it again.")
LARGE = Refusal(RefusalCode.TOO_LARGE, "The file has 90 MB.", "Save it smaller.")


def refused(app: App, world: World, data: bytes, why: Refusal, *, kept: bool = True) -> str:
    """An upload of Ben's that the gate refused; its id."""
    upload = Upload(
        id=f"upl_{why.code.value}",
        contributor_id=world.people["ben"],
        batch="b",
        filename="pear.png",
        sha256=app.objects.put(data) if kept else hashlib.sha256(data).hexdigest(),
        size=len(data),
        title="Pear",
        keywords=(),
        claim={"statement": "Mine."},
        received_at=IN_PERIOD.at,
        state=UploadState.REFUSED,
        asset_id=None,
        refusal=why,
    )
    with app.transaction() as conn:
        uploads.add(conn, [(7, upload)])
    return upload.id


def found(app: App, upload_id: str) -> Upload:
    with app.transaction() as conn:
        return uploads.get(conn, upload_id)


def broken(app: App) -> list[Any]:
    ours = [check for check in load_checks() if check.name.startswith("upload_")]
    with app.transaction() as conn:
        return [wrong for check in ours if (wrong := run_check(conn, check))]


def appeal(visit: Visit, upload_id: str) -> Browser:
    """Ben appeals; his browser."""
    ben, page = visit("ben"), f"/uploads/{upload_id}"
    text = ben.get(page).text
    assert "Could not be opened" in text
    assert "appeal below" in text
    done = ben.submit(f"{page}/appeal", {"text": "It opens everywhere."}, page=page)
    assert "Your appeal is in" in done.text
    return ben


def go(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the flow does with what waits, without Prefect around it."""
    monkeypatch.setattr(app, "features", Colours(), raising=False)
    with app.transaction() as conn:
        waiting = uploads.at(conn, UploadState.RECEIVED)
    with disable_run_logger():  # the tasks themselves: called as tasks they would start a server of Prefect's
        look_at.fn(waiting)
        judge.fn(waiting)


def test_a_person_lets_the_gate_try_again_and_the_file_is_screened(
    visit: Visit, app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = refused(app, world, png(70), BUSY)
    ben, rev = appeal(visit, upload_id), visit("rev")
    queue, page = f"/staff/review/{upload_id}", f"/uploads/{upload_id}"
    assert found(app, upload_id).state is UploadState.REVIEW
    assert broken(app) == []
    assert "It opens everywhere." in rev.get("/staff/review").text
    review = rev.get(queue).text
    assert "Opening the picture needed too much time." in review
    assert "Rule “gate: decode_limit”, policy gate." in review
    assert found(app, upload_id).sha256 in review
    saved = rev.get(f"/staff/original/{upload_id}")
    assert (saved.content, saved.headers["content-type"]) == (png(70), "application/octet-stream")
    assert ben.get(f"/staff/original/{upload_id}").status_code == 403
    assert rev.get(f"/staff/original/{world.waiting}").status_code == 404
    picture = rev.get(f"/uploads/{upload_id}/picture/240")
    assert picture.headers["content-type"].startswith("image/svg"), "nobody else opens it either"
    done = rev.submit(queue, {"outcome": "accept", "note": "It is a fine PNG."}, page=queue)
    assert "Sent back to the gate" in done.text
    assert found(app, upload_id).state is UploadState.RECEIVED
    assert "It is opened again" in ben.get(page).text
    picture = ben.get(f"/uploads/{upload_id}/picture/240")
    assert picture.headers["content-type"].startswith("image/svg"), "nor before the gate has opened it"
    assert broken(app) == []
    go(app, monkeypatch)
    assert found(app, upload_id).state is UploadState.ACCEPTED
    assert "Accepted" in ben.get(page).text
    assert broken(app) == []
    with app.transaction() as conn:
        told = [verdict.outcome.value for verdict, _, _ in screening.history(conn, upload_id)]
    assert told == ["reject", "accept"]


def test_what_the_gate_refuses_again_stays_refused(
    visit: Visit, app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = refused(app, world, b"no picture at all", BUSY)
    ben, queue = appeal(visit, upload_id), f"/staff/review/{upload_id}"
    visit("rev").submit(queue, {"outcome": "accept"}, page=queue)
    go(app, monkeypatch)
    again = found(app, upload_id)
    assert again.refusal is not None
    assert (again.state, again.refusal.code) == (UploadState.REFUSED, RefusalCode.NOT_AN_IMAGE)
    text = ben.get(f"/uploads/{upload_id}").text
    assert "it failed again" in text
    assert "appeal below" not in text
    answer = ben.submit(f"/uploads/{upload_id}/appeal", {"text": "But!"})
    assert answer.status_code == 400
    assert found(app, upload_id).state is UploadState.REFUSED
    assert broken(app) == []


def test_a_second_person_upholds_a_refusal_and_that_is_the_last_word(
    visit: Visit, app: App, world: World
) -> None:
    upload_id = refused(app, world, b"x" * 900, LARGE, kept=False)
    ben, rev, queue = appeal(visit, upload_id), visit("rev"), f"/staff/review/{upload_id}"
    page = f"/uploads/{upload_id}"
    assert "too large to be kept" in rev.get(queue).text
    files = {"file": ("pear.psd", b"8BPS layers", "image/vnd.adobe.photoshop")}
    ben.submit(f"{page}/evidence", {"text": "My layers."}, page=page, files=files)
    assert "pear.psd" in rev.get(queue).text
    impossible = rev.submit(queue, {"outcome": "accept"}, page=queue)
    assert impossible.status_code == 400
    assert "nothing to be opened" in impossible.text
    with app.transaction() as conn:
        assert screening.reviews(conn, [upload_id]) == {}, "nothing of a decision that cannot be followed"
    rev.submit(queue, {"outcome": "reject", "reasons": ["not_opened"]}, page=queue)
    assert found(app, upload_id).state is UploadState.REJECTED
    text = ben.get(page).text
    assert "Turned down on appeal" in text
    assert "The file has 90 MB." in text
    assert broken(app) == []


def test_a_verdict_after_the_gate_opened_it_can_be_appealed_too(
    visit: Visit, app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file turns out to be a copy of Ann's work: the machine rejects it, and that is a new decision."""
    upload_id = refused(app, world, png(1), BUSY)
    ben, queue, page = appeal(visit, upload_id), f"/staff/review/{upload_id}", f"/uploads/{upload_id}"
    visit("rev").submit(queue, {"outcome": "accept"}, page=queue)
    go(app, monkeypatch)
    assert found(app, upload_id).state is UploadState.REJECTED
    assert broken(app) == []
    text = ben.get(page).text
    assert "Not accepted" in text
    assert "Red apple" in text
    ben.submit(f"{page}/appeal", {"text": "Ann copied me."}, page=page)
    assert found(app, upload_id).state is UploadState.REVIEW
    assert broken(app) == []
    visit("rev").submit(queue, {"outcome": "reject", "reasons": ["exact_duplicate"]}, page=queue)
    with app.transaction() as conn:
        assert len(screening.reviews(conn, [upload_id])[upload_id]) == 1, (
            "the same person may not decide twice"
        )
