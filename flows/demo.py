"""One honest line through the whole marketplace, on real pictures: what `make demo` shows.

    library → training → generation → uploads → sales → attribution → close → payouts → statements → books

Every step is the flow or use case that production runs; only people and money are invented. Each step is
idempotent, so the demo can be killed anywhere and run again: it goes on, and books nothing twice.
"""

import time
from typing import Any

from prefect import flow, get_run_logger

from flows import _artifacts, _demo
from flows._scenario import open_scenario
from flows.attribute_sales import attribute_sales
from flows.check_books import check_books
from flows.close_period import close_period
from flows.generate_images import generate_images
from flows.import_library import import_library
from flows.ingest_uploads import ingest_uploads
from flows.pay_contributors import pay_contributors
from flows.publish_statements import publish_statements

STAGES = 7


@flow(name="demo")
def demo() -> dict[str, Any]:
    """Run all stages and write ``summary.json``; returns the summary."""
    began = time.monotonic()
    say = get_run_logger().info
    scenario = open_scenario()

    say(_stage(1, "Importing a licensed library: real works, their authors, their licenses"))
    _demo.register_people()
    library = import_library(str(_demo.library_folder()))

    say(_stage(2, "Training briefly, interrupted and resumed; then registering the committed release"))
    training = _demo.train_and_resume()
    release = _demo.register_committed_release()

    say(_stage(3, "Buyers ask for pictures in words; two prompts are refused"))
    generated = generate_images(scenario.requests)

    say(_stage(4, "Screening uploads: honest works, copies, machine-made pictures, hostile files"))
    ingested = ingest_uploads(_demo.write_uploads(), batch="demo")

    say(_stage(5, "Selling licenses at the price book's prices, and one data-licensing deal"))
    _demo.open_payout_accounts()
    _demo.sell_licenses()
    _demo.book_the_deal()

    say(_stage(6, f"Attributing sales, closing {scenario.period}, paying contributors, writing statements"))
    attributed = attribute_sales(scenario.period)
    close_period(scenario.period)
    paid = pay_contributors(scenario.period)
    published = publish_statements(scenario.period)

    say(_stage(7, "Checking the books"))
    books = check_books()
    parts = {
        "library": library,
        "training": training,
        "release": release,
        "generation": generated,
        "uploads_run": ingested,
        "attribution": attributed,
        "payouts": paid,
        "publishing": published,
        "books": books,
    }
    summary = _demo.summarise(scenario.period, parts, time.monotonic() - began)
    shown = {k: v for k, v in summary.items() if not isinstance(v, dict | list)}
    _artifacts.table("demo", [shown], "The demo in figures. All money is invented.")
    return summary


def _stage(number: int, sentence: str) -> str:
    return f"Stage {number}/{STAGES}: {sentence}."
