"""The staff's pages: flows by role, forms from parameters, runs, and the review queue."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.flow_runs import FakeFlowRuns
from web.conftest import Browser
from web.world import World

from fairstock.asset import store as assets
from fairstock.bootstrap import App
from fairstock.kit.clock import FixedClock
from fairstock.kit.flowruns import RunArtifact
from fairstock.screening import store as screening
from fairstock.upload import store as uploads
from fairstock.upload.model import UploadState

Visit = Callable[[str | None], Browser]


@pytest.mark.parametrize("handle", ["studio", "ann", None])
@pytest.mark.parametrize(
    "path", ["/staff/flows", "/staff/flows/check_books", "/staff/runs/x", "/staff/review"]
)
def test_the_staff_area_is_closed_to_others(visit: Visit, handle: str | None, path: str) -> None:
    answer = visit(handle).get(path)
    assert answer.status_code == 403 if handle else answer.url.path == "/sign-in"


def test_reviewers_start_no_flows_and_others_review_nothing(visit: Visit, world: World) -> None:
    assert visit("rev").get("/staff/flows").status_code == 403
    assert visit("rev").submit("/staff/flows/check_books", {"order": "1"}).status_code == 403
    for handle in ("ops", "fin"):
        assert visit(handle).get("/staff/review").status_code == 403
        decision = visit(handle).submit(f"/staff/review/{world.waiting}", {"outcome": "accept"})
        assert decision.status_code == 403


def test_only_finance_starts_flows_that_book_money(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    ops, fin = visit("ops"), visit("fin")
    assert 'href="/staff/flows/close_period"' not in ops.get("/staff/flows").text
    assert 'href="/staff/flows/close_period"' in fin.get("/staff/flows").text
    fields = {"p.period": "2026-10", "order": "1"}
    assert ops.get("/staff/flows/close_period").status_code == 403
    assert ops.submit("/staff/flows/close_period", fields).status_code == 403
    assert fin.submit("/staff/flows/check_books", {"order": "1"}).status_code == 403
    assert not flow_runs.recent()
    assert fin.submit("/staff/flows/close_period", fields).url.path.startswith("/staff/runs/")
    (run,) = flow_runs.recent()
    assert run.parameters == {"period": "2026-10", "force": False}


def test_a_form_sent_twice_starts_one_run(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    browser = visit("ops")
    first = browser.submit("/staff/flows/check_books", {"order": "same"}).url.path
    assert browser.submit("/staff/flows/check_books", {"order": "same"}).url.path == first
    assert browser.submit("/staff/flows/check_books", {"order": "other"}).url.path != first
    assert len(flow_runs.recent()) == 2


def test_wrong_parameters_come_back_with_the_form(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    browser = visit("fin")
    answer = browser.submit("/staff/flows/close_period", {"p.period": "", "p.force": "yes", "order": "1"})
    assert answer.status_code == 400
    assert "This is needed." in answer.text
    assert "checked" in answer.text  # what was typed stays
    broken = visit("ops").submit("/staff/flows/generate_images", {"p.requests": "[{", "order": "1"})
    assert "not valid JSON" in broken.text
    assert not flow_runs.recent()


def test_a_run_is_watched_to_its_end(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    browser = visit("ops")
    path = browser.submit("/staff/flows/check_books", {"order": "1"}).url.path
    assert "data-refresh" in browser.get(path).text
    table = RunArtifact("broken-rules", "table", "Rules", [{"rule": "ledger_sums", "rows": 0}])
    text = RunArtifact("summary", "markdown", "", "**All hold** <script>alert(1)</script>")
    run_id = path.rpartition("/")[2]
    flow_runs.finish(run_id, logs=["12 rules hold.", "<b>bold</b>"], artifacts=[table, text])
    page = browser.get(path).text
    assert "data-refresh" in page  # the last lines may still be on their way
    assert "12 rules hold." in page
    assert "<td>ledger_sums</td>" in page
    assert "<strong>All hold</strong>" in page
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert browser.get("/staff/runs/unknown").status_code == 404


def test_a_failed_run_says_why_and_folds_the_trace(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    browser = visit("ops")
    path = browser.submit("/staff/flows/check_books", {"order": "1"}).url.path
    trace = "It went wrong.\nTraceback (most recent call last):\n  File 'x', line 1"
    flow_runs.finish(path.rpartition("/")[2], logs=[trace])
    page = browser.get(path).text
    said, _, folded = page.partition("<details><summary>Where in the program</summary>")
    assert "It went wrong." in said
    assert "Traceback" not in page
    assert "line 1" in folded


def test_whoever_meets_an_error_stays_signed_in(visit: Visit) -> None:
    for path, status in (("/nowhere", 404), ("/staff/flows", 403), ("/works/none", 404)):
        answer = visit("studio").get(path)
        assert answer.status_code == status
        assert "Sign out" in answer.text
        assert 'href="/licenses"' in answer.text


def test_a_flow_server_that_is_away_is_said_plainly(visit: Visit, flow_runs: FakeFlowRuns) -> None:
    browser = visit("ops")
    flow_runs.down = True
    answer = browser.get("/staff/flows")
    assert answer.status_code == 503
    assert "fairstock up" in answer.text


def test_the_queue_shows_picture_evidence_and_the_work_it_resembles(visit: Visit, world: World) -> None:
    browser = visit("rev")
    assert f"/staff/review/{world.waiting}" in browser.get("/staff/review").text
    page = browser.get(f"/staff/review/{world.waiting}").text
    assert f"/uploads/{world.waiting}/picture/640" in page
    assert f"/works/{world.human}/picture/640" in page
    assert "It resembles" in page
    assert "0.93" in page
    assert "I drew this." in page
    assert browser.get(f"/staff/review/{world.refused}").status_code == 404


def test_accepting_publishes_the_upload(visit: Visit, world: World, app: App) -> None:
    browser = visit("rev")
    page = f"/staff/review/{world.waiting}"
    answer = browser.submit(page, {"outcome": "accept", "note": "Clearly its own drawing."}, page=page)
    assert "Published." in answer.text
    with app.transaction() as conn:
        upload = uploads.get(conn, world.waiting)
        assert upload.state is UploadState.ACCEPTED
        assert assets.get(conn, str(upload.asset_id)).title == "my-apple"
    mine = visit("ben").get("/uploads").text
    assert "Accepted by a reviewer" in mine
    assert "Clearly its own drawing." in mine


def test_turning_down_needs_a_reason_and_the_contributor_reads_it(
    visit: Visit, world: World, app: App
) -> None:
    browser = visit("rev")
    page = f"/staff/review/{world.waiting}"
    without = browser.submit(page, {"outcome": "reject", "note": "Copy."}, page=page)
    assert without.status_code == 400
    assert "A rejection needs a reason." in without.text
    assert "Copy." in without.text
    assert 'value="similar_work" checked' in browser.get(page).text  # what the machine said is suggested
    assert 'value="similar_work" checked' not in without.text  # what the reviewer took away stays away
    browser.submit(page, {"outcome": "reject", "reasons": ["near_duplicate"], "note": "Copy."}, page=page)
    with app.transaction() as conn:
        assert uploads.get(conn, world.waiting).state is UploadState.REJECTED
        review = screening.review_of(conn, world.waiting)
    assert review is not None
    assert (review.reason_codes, review.reviewer_id) == (("near_duplicate",), world.people["rev"])
    mine = visit("ben").get("/uploads").text
    assert "Turned down by a reviewer" in mine
    assert "near duplicate" in mine
    late = browser.submit(page, {"outcome": "accept"}, page="/staff/review")
    assert late.status_code == 400
    assert "decided already" in late.text


@pytest.mark.parametrize("outcome", ["review", "delete", ""])
def test_other_outcomes_are_refused(visit: Visit, world: World, outcome: str) -> None:
    page = f"/staff/review/{world.waiting}"
    assert (
        visit("rev").submit(page, {"outcome": outcome, "reasons": ["near_duplicate"]}, page=page).status_code
        == 400
    )


def test_the_page_of_a_run_stops_renewing_a_while_after_its_end(
    visit: Visit, flow_runs: FakeFlowRuns, app: App
) -> None:
    browser = visit("ops")
    path = browser.submit("/staff/flows/check_books", {"order": "1"}).url.path
    flow_runs.finish(path.rpartition("/")[2])
    app.clock = FixedClock(datetime.now(UTC) + timedelta(seconds=20))
    assert "data-refresh" not in browser.get(path).text
