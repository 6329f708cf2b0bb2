"""Closing a period against a bare ``INSERT … SELECT … GROUP BY`` over the same attribution lines.

``python -m tests.bench.close [LINES]`` runs it alone; the goal is set for 10,000,000 lines, with 100,000
contributors and 50,000 works (each work changes hands between two model releases). It needs 20 GB of disk.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from fairstock.attribution.rules import to_shares
from fairstock.bootstrap import App
from fairstock.db import embedded
from fairstock.fund.close import close
from fairstock.fund.policy import policy_in_force
from fairstock.fund.store import income
from fairstock.kit.clock import FixedClock
from fairstock.settings import Settings

LINES = int(os.environ.get("FAIRSTOCK_BENCH_LINES", "200000"))
"""Attribution lines; below a minute's work unless told otherwise."""
PER_PICTURE = 50
"""Works that a picture is attributed to."""
PERIOD, AFTER = "2026-01", FixedClock(datetime(2026, 2, 3, tzinfo=UTC))

_FILL = """
    SET LOCAL session_replication_role = replica;
    CREATE FUNCTION bench_id(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE
        RETURN kind || '_' || left(md5(kind || n), 20);
    CREATE FUNCTION bench_sha(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
        RETURN encode(sha256(convert_to('work' || n, 'UTF8')), 'hex');
    INSERT INTO party (id, handle, name, kind, created_at)
        SELECT bench_id('pty', n), 'person-' || n, 'Person ' || n, 'contributor', now()
        FROM generate_series(0, %(works)s * 2 - 1) AS n;
    INSERT INTO model_release (id, name, manifest_sha256, works, created_at, state, details)
        SELECT 'house-' || r, 'bench', repeat('0', 64), %(works)s, now(), 'active', '{}' FROM generate_series(0, 1) AS r;
    INSERT INTO training_manifest_entry (release_id, work_sha256, contributor_id, title, cluster)
        SELECT 'house-' || r, bench_sha(n), bench_id('pty', n + r * %(works)s), 'work', n - n %% 10 / 8
        FROM generate_series(0, %(works)s - 1) AS n, generate_series(0, 1) AS r;
    INSERT INTO attribution_method (id, name, version, release_id, reliability_ppb, recorded_at)
        SELECT 'mth_' || r, 'bench', '1', 'house-' || r, 800000000, now() FROM generate_series(0, 1) AS r;
    INSERT INTO attribution_result (asset_id, method_id, works, attributed_at)
        SELECT bench_id('ast', p), 'mth_' || p %% 2, %(each)s, now() FROM generate_series(1, %(pictures)s) AS p;
    DROP INDEX ix_attribution_share_contributor_id;
    INSERT INTO attribution_share (asset_id, method_id, work_sha256, contributor_id, share_ppb)
        SELECT bench_id('ast', p), 'mth_' || p %% 2, bench_sha(w), bench_id('pty', w + p %% 2 * %(works)s), share
        FROM (
            SELECT p, (p * 37 + k * (%(works)s / %(each)s)) %% %(works)s AS w,
                (CAST(%(shares)s AS bigint[]))[1 + (k + p) %% %(each)s] AS share
            FROM generate_series(1, %(pictures)s) AS p, generate_series(0, %(each)s - 1) AS k
        ) AS line;
    CREATE INDEX ix_attribution_share_contributor_id ON attribution_share (contributor_id);
    INSERT INTO fund_period (id, state) VALUES (%(period)s, 'open');
    INSERT INTO fund_accrual (id, period, source_kind, source_id, asset_id, release_id, amount_micros, currency,
            policy_version, ledger_key, accrued_at)
        SELECT bench_id('acr', p), %(period)s, 'sale', bench_id('sal', p), bench_id('ast', p), 'house-' || p %% 2,
            4800 + p %% 3 * 600, 'USD', %(policy)s, 'sale:' || p, '2026-01-15'
        FROM generate_series(1, %(pictures)s) AS p;
"""  # noqa: E501  (SQL reads better unbroken)

_LINES = """
    INSERT INTO bare
    SELECT share.contributor_id, accrual.source_id, share.work_sha256,
        sum(accrual.amount_micros * share.share_ppb / 1000000000)
    FROM fund_accrual AS accrual JOIN attribution_share AS share ON share.asset_id = accrual.asset_id
    WHERE accrual.period = :period GROUP BY 1, 2, 3
"""
_TOTALS = """
    INSERT INTO bare
    SELECT share.contributor_id, NULL, NULL, sum(accrual.amount_micros * share.share_ppb / 1000000000)
    FROM fund_accrual AS accrual JOIN attribution_share AS share ON share.asset_id = accrual.asset_id
    WHERE accrual.period = :period GROUP BY 1
"""


def run(home: str, lines: int = LINES) -> Iterator[str]:
    """Fill a database, time the bare statements, then the close with its proofs in a process of its own."""
    app = App(Settings(home=Path(home)))
    with app.transaction() as conn:
        _fill(conn, lines)
    with app.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
        conn.exec_driver_sql("VACUUM ANALYZE")
    with app.transaction() as conn:
        totals, by_line = _bare(conn, _TOTALS), _bare(conn, _LINES)
    app.engine.dispose()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        seconds, megabytes, people = alone.submit(_close, home).result()
    yield (
        f"{lines:,} lines, {people:,} contributors: close with proofs {seconds:.1f} s, "
        f"peak memory of its Python {megabytes:.0f} MB (goal at most 500)"
    )
    yield (
        f"bare INSERT … SELECT … GROUP BY of the same lines {by_line:.1f} s, ratio {seconds / by_line:.2f} "
        f"(goal at most 5); of contributors only {totals:.1f} s, ratio {seconds / totals:.1f}"
    )


def _fill(conn: Connection, lines: int) -> None:
    """Everything that a close reads; foreign keys are not judged while it is written."""
    income.record_policy(conn, policy_in_force(), AFTER.at)
    shares = to_shares([(f"{k:03}", 1 / (k + 1)) for k in range(PER_PICTURE)])
    values = {
        "works": max(lines // 200, PER_PICTURE),
        "each": PER_PICTURE,
        "pictures": lines // PER_PICTURE,
        "shares": "{" + ",".join(map(str, shares.values())) + "}",
        "period": PERIOD,
        "policy": policy_in_force().version,
    }
    for statement in _FILL.split(";\n"):
        if statement.strip():
            body = statement % {
                name: f"'{value}'" if isinstance(value, str) else value for name, value in values.items()
            }
            conn.exec_driver_sql(body, execution_options={"no_parameters": True})


def _bare(conn: Connection, statement: str) -> float:
    """Seconds of one statement into a table without keys, with the memory that the close has for sorting."""
    conn.exec_driver_sql("SET LOCAL work_mem = '256MB'")
    conn.exec_driver_sql("CREATE TABLE bare (contributor text, source text, work text, micros bigint)")
    began = time.perf_counter()
    conn.execute(text(statement), {"period": PERIOD})
    seconds = time.perf_counter() - began
    conn.exec_driver_sql("DROP TABLE bare")
    return seconds


def _close(home: str) -> tuple[float, float, int]:
    """Seconds until the close is committed, peak memory of this process in MB, and how many people earned."""
    app = App(Settings(home=Path(home)))
    began = time.perf_counter()
    with app.transaction() as conn:
        report = close(conn, PERIOD, AFTER)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, report.contributors


def main() -> None:
    """Run it alone, with the number of lines as the only argument."""
    with TemporaryDirectory(prefix="fairstock-bench-") as home:
        for line in run(home, int(sys.argv[1]) if sys.argv[1:] else LINES):
            sys.stdout.write(line + "\n")
        embedded.stop(Path(home) / "postgres")


if __name__ == "__main__":
    main()
