"""The verifier that a contributor runs alone: it accepts what was published, and nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories.core import add_buyer, add_contributor, usd
from factories.money import (
    AFTER,
    IN_PERIOD,
    PERIOD,
    add_account,
    add_generated,
    add_licensed_works,
    add_release,
    attribute,
    sell_one,
)
from factories.statements import NOTICE, Month, publish_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from fairstock.adapters.rate_file import RateFile
from fairstock.adapters.test_bank import TestBank
from fairstock.fund.close import close
from fairstock.fund.deals import book_deal
from fairstock.fund.model import WHOLE_PPB
from fairstock.fund.policy import policy_in_force
from fairstock.fund.proofs import leaf_hash, root_of
from fairstock.fund.refund import refund, refund_deal
from fairstock.fund.reserve import distribute
from fairstock.fund.sell import sell
from fairstock.kit.clock import FixedClock
from fairstock.kit.money import Money
from fairstock.kit.objects import ObjectStore
from fairstock.license.model import RefundKind
from fairstock.payout.prepare import prepare
from fairstock.statement import frame as frame_module
from fairstock.statement import store, verify
from fairstock.statement.edition import published, seal
from fairstock.statement.frame import frame
from fairstock.statement.large import publish_inputs
from fairstock.statement.publish import publish
from fairstock.statement.write import canonical


@pytest.fixture
def folder(conn: Connection, objects: ObjectStore, tmp_path: Path) -> Path:
    """Published files of ann, who was paid, and of bob, who was not."""
    month = Month(conn)
    month.pay(TestBank(tmp_path / "bank"))
    publish_all(month, objects, tmp_path / "out")
    return tmp_path / "out"


def failures(statement: Any, root: Any = None) -> list[str]:
    return verify.verify(statement, root, {})[1]


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_published_statements_hold(folder: Path) -> None:
    for name in ("ann", "bob"):
        done, failed = verify.verify(read(folder / f"{name}.json"), read(folder / "_root.json"), {})
        assert failed == []
        assert "Its root, rules and pools are those that were published for everybody." in done
        assert any("frozen at the close" in each for each in done)
        assert any("lines recomputed to the micro-unit" in each for each in done)


def test_the_file_alone_needs_only_python(folder: Path) -> None:
    """The copy beside the statements runs without any package, not even ours."""
    alone = [sys.executable, "-I", "-S", str(folder / "_verify.py")]
    assert len((folder / "_verify.py").read_text().splitlines()) <= 250

    def run(*names: str) -> tuple[int, str]:
        done = subprocess.run([*alone, *names], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    code, told = run("ann.json", "_root.json")
    assert (code, told.splitlines()[-1]) == (0, "All that was checked holds.")
    assert run("ann.json")[0] == 0
    assert "Not checked: whether this root is the one" in run("ann.json")[1]
    changed = (folder / "ann.json").read_text().replace('"handle":"ann"', '"handle":"eve"')
    (folder / "eve.json").write_text(changed)
    code, told = run("eve.json")
    assert code == 1
    assert "! something in the file was changed" in told
    assert run("nowhere.json")[0] == run("_root.json")[0] == run("ann.csv")[0] == run()[0] == 2
    (folder / "twice.json").write_text((folder / "ann.json").read_text().replace("{", '{"name":"x",', 1))
    assert run("twice.json")[0] == 2


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a JSON value."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from places(each, (*path, key))


def mutants(value: Any) -> list[Any]:
    """Other values than this one."""
    if isinstance(value, bool):
        return [not value, None]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, float(value), str(value), None]
    if isinstance(value, str):
        ends = {0, len(value) // 2} if value else set()
        twisted = [value[:n] + ("1" if value[n] != "1" else "2") + value[n + 1 :] for n in ends]
        return [*twisted, value + " ", value + "0", "-" + value, value.upper() + "!", "", None]
    if isinstance(value, list):
        return [[], None, [*value, *value[-1:]], value[:-1], value[::-1], [*value, None]]
    if isinstance(value, dict):
        return [None, {}, {**value, "more": 1}]
    return [0, "", "x", []]


def mutated(statement: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    other = copy.deepcopy(statement)
    inside = other
    for key in path[:-1]:
        inside = inside[key]
    change(inside, path[-1])
    return other


def set_to(value: Any) -> Callable[[Any, Any], None]:
    return lambda inside, key: inside.__setitem__(key, value)


def double(inside: Any, key: Any) -> None:
    if isinstance(inside, list):
        inside.insert(key, inside[key])
    else:
        inside[f"{key}_"] = inside[key]


def test_every_single_mutation_is_found(folder: Path) -> None:
    """Each value changed in several ways, each line, key and proof element removed or doubled."""
    for name in ("ann", "bob"):
        statement, tried = read(folder / f"{name}.json"), 0
        for path in list(places(statement)):
            value = statement
            for key in path:
                value = value[key]
            changes = [set_to(each) for each in mutants(value) if canonical(each) != canonical(value)]
            for change in [*changes, lambda inside, key: inside.pop(key), double]:
                other = mutated(statement, path, change)
                tried += 1
                assert canonical(other) == canonical(statement) or failures(other), (path, other)
        assert tried > 2_000


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_at_random_are_found(folder: Path, data: st.DataObject) -> None:
    raw = bytearray((folder / "ann.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] = data.draw(st.integers(0, 255))
    (folder / "mutant.json").write_bytes(raw)
    try:
        same = canonical(json.loads(raw)) == canonical(read(folder / "ann.json"))
    except ValueError:
        same = False
    assert (verify.main([str(folder / "mutant.json")]) == 0) == same


def resealed(statement: Any) -> Any:
    """The statement as a dishonest house would publish it: every root made anew over the forged content."""
    lines = sorted(
        (line["pool_id"], line["source_id"], line["work_sha256"], verify.parts(line["amount"]))
        for section in statement["currencies"]
        for line in section["lines"]
    )
    content = "".join("|".join(map(str, line)) + "\n" for line in lines)
    body = {name: value for name, value in statement.items() if name != "proof"}
    body["allocations_root"] = root_of({f"statement:{body['contributor_id']}": content})
    body["proof_of_lines"] = []
    for section in body["currencies"]:
        for pool in section["pools"]:
            pool["proof"] = None
    digest = hashlib.sha256(canonical(body)).hexdigest()
    root = leaf_hash(f"document:{body['contributor_id']}", digest).hex()
    return {**body, "proof": {"path": [], "root": root}}


def test_a_forger_with_new_roots_is_found_by_recomputing(folder: Path) -> None:
    honest = resealed(read(folder / "ann.json"))
    assert failures(honest) == []
    assert failures(honest, read(folder / "_root.json")) == ["another root was published"]
    forged = copy.deepcopy(honest)
    [section] = forged["currencies"]
    one, two = section["lines"][0], section["lines"][1]
    one["amount"], two["amount"] = "9.999999", two["amount"]
    [told, *_] = failures(resealed(forged))
    assert "says 9.999999, but" in told


def test_a_forger_of_balance_payout_or_sale_is_found(folder: Path) -> None:
    honest = read(folder / "ann.json")

    def told(change: Callable[[Any], None]) -> str:
        forged = copy.deepcopy(honest)
        change(forged["currencies"][0])
        return " ".join(failures(resealed(forged)))

    assert "closing balance does not follow" in told(lambda s: s.update(opening="1.000000"))
    assert "not in whole cents" in told(lambda s: s["payout"].update(amount="0.015001"))
    assert "outside the published range" in told(lambda s: s["everybody"].update(most="0.000001"))
    deal = next(n for n, pool in enumerate(honest["currencies"][0]["pools"]) if pool["part"] == "deal")
    assert "the fund gets" in told(lambda s: s["pools"][deal]["source_lines"][0].update(gross="30.000000"))
    assert "not the sum of contributors' part" in told(lambda s: s["pools"][deal].update(reserve="0.000001"))
    assert "not as its deal says" in told(lambda s: s["pools"][deal]["deal"].update(price="20.000002"))
    assert "not as its deal says" in told(lambda s: s["pools"][deal]["deal"].update(fund_share="0.400000"))
    assert "not the total" in told(lambda s: s["total"].update(reserve="0.000000"))
    assert "clusters are missing" in told(lambda s: s["pools"][deal]["cluster_names"].pop())
    assert "has other members" in told(lambda s: s["lines"][0].update(cluster_contributors=2))
    assert "inputs are missing" in told(lambda s: s["pictures"].clear())
    assert "do not sum to one" in told(lambda s: s["pictures"][0]["shares"].append(["a", "b", "0.100000000"]))


def test_shared_clusters_and_odd_micro_units(conn: Connection, objects: ObjectStore) -> None:
    """Near-duplicates of two people, several works of one, and sums that leave something over at each
    division.
    """
    buyer = add_buyer(conn)
    people = [add_contributor(conn, name) for name in ("ann", "bob", "cat")]
    works = {f"w{n}": (people[n % 3], n % 4) for n in range(17)}
    add_release(conn, works)
    owners = {name: owner for name, (owner, _) in works.items()}
    for seed in (1, 2, 3):
        picture = add_generated(conn, buyer, seed)
        chosen = [f"w{(seed * n) % 17}" for n in range(1, 6)]
        shares = {name: WHOLE_PPB // 7 + n for n, name in enumerate(chosen[:-1])}
        shares[chosen[-1]] = WHOLE_PPB - sum(shares.values())
        attribute(conn, picture, shares, owners, reliability_ppb=777_777_777)
        for n in range(seed):
            sell_one(conn, picture, buyer, f"{seed}-{n}")
    assets = [each for who in people for each in add_licensed_works(conn, who, [1, 2])]
    for price in (usd(1), usd(7), usd(1_000_003)):
        book_deal(conn, key=str(price), buyer_id=buyer, price=price, asset_ids=assets, clock=IN_PERIOD)
    close(conn, PERIOD, AFTER)
    check_everybody(conn, objects, 3)


def test_the_first_published_work_has_its_clusters_vote(conn: Connection, objects: ObjectStore) -> None:
    """Under the rule of December 2026: later copies take nothing, and a changed date is found."""
    buyer = add_buyer(conn)
    ann, bob, cat = (add_contributor(conn, name) for name in ("ann", "bob", "cat"))
    works = {"old": (ann, 1), "copy": (bob, 1), "too": (bob, 2), "same day": (cat, 2), "undated": (cat, 3)}
    day = datetime(2026, 3, 1, tzinfo=UTC)
    dates = {"old": day, "copy": day + timedelta(microseconds=1), "too": day, "same day": day}
    add_release(conn, {**works, "later": (ann, 3)}, published={**dates, "later": day})
    sell_one(conn, add_generated(conn, buyer), buyer, "1")
    newest = policy_in_force(datetime(2026, 12, 1, tzinfo=UTC))
    close(conn, PERIOD, AFTER, policy=newest, allow_unattributed=True)
    found = check_everybody(conn, objects, 3)
    told = {
        each["handle"]: {line["title"].strip("“”"): line["amount"] for line in each["currencies"][0]["lines"]}
        for each in found.values()
    }
    assert told == {
        "ann": {"old": "0.001000"},
        "bob": {"too": "0.000500"},
        "cat": {"undated": "0.001000", "same day": "0.000500"},
    }
    forged = copy.deepcopy(found[ann])
    [section] = forged["currencies"]
    copied = next(each for each in section["members"] if each["contributor_id"] == bob)
    copied["published"] = "2026-02-28T23:59:59.999999Z"
    assert "has other members with a vote" in " ".join(failures(resealed(forged)))
    floor = next(each for each in section["pools"] if each["part"] == "floor")
    floor["cluster_vote"] = "last"
    assert "malformed" in " ".join(failures(resealed(forged)))


def check_everybody(
    conn: Connection, objects: ObjectStore, people: int, period: str = PERIOD
) -> dict[str, Any]:
    shared = frame(conn, period)
    names = store.recipients(conn, period)
    assert len(names) == people
    publish(conn, objects, shared, names, notice=NOTICE, clock=AFTER)
    edition = seal(conn, objects, shared, notice=NOTICE, clock=AFTER)
    root = json.loads(objects.get(edition.document_sha256))
    found = {who: json.loads(each.json) for who, each in published(conn, objects, period, names).items()}
    digests = {digest for pool in shared.pools for digest in pool.inputs}
    files = {digest: json.loads(objects.get(digest)) for digest in digests}
    for statement in found.values():
        assert verify.verify(statement, root, files)[1] == []
    return found


def test_large_pools_are_checked_from_their_files(
    conn: Connection, objects: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool beyond what a statement lists: its inputs lie in files, without which a line cannot be
    recomputed.
    """
    for module in (frame_module, sys.modules["fairstock.statement.large"]):
        monkeypatch.setattr(module, "EMBEDDED_SOURCES", 2)
        monkeypatch.setattr(module, "EMBEDDED_CLUSTERS", 1)
    Month(conn)
    shared = frame(conn, PERIOD)
    written = publish_inputs(conn, objects, shared, sales=2)
    assert sorted(map(len, written.values())) == [1, 2, 2]
    assert publish_inputs(conn, objects, frame(conn, PERIOD)) == {}
    for statement in check_everybody(conn, objects, 2).values():
        [told, *_] = failures(statement)
        assert "give its pool's inputs" in told


def test_refunds_can_be_recomputed_in_the_same_month_and_after_it(
    conn: Connection, objects: ObjectStore
) -> None:
    """Negative lines: taken back beside their sale, or from an earlier month's pools by that month's
    rules.
    """
    month = Month(conn)
    later = FixedClock(datetime(2026, 11, 20, tzinfo=UTC))
    sale, deal = month.sales[0], conn.scalar(text("SELECT id FROM fund_deal"))
    refund(conn, key="1", sale_id=sale.id, amount=usd(7_777), reason="late", clock=later)
    refund(conn, key="2", sale_id=sale.id, reason="all of it", kind=RefundKind.chargeback, clock=later)
    refund_deal(
        conn, key="3", deal_id=str(deal), amount=usd(333_333), reason="one work was refused", clock=later
    )
    picture = conn.scalar(text("SELECT asset_id FROM license_sale LIMIT 1"))
    fresh = [sell_one(conn, str(picture), month.buyer, f"new-{n}", clock=later) for n in range(2)]
    refund(conn, key="4", sale_id=fresh[0].id, amount=usd(1), reason="a millionth", clock=later)
    refund(conn, key="5", sale_id=fresh[1].id, reason="all", clock=later)
    close(conn, "2026-11", FixedClock(datetime(2026, 12, 2, tzinfo=UTC)))
    found = check_everybody(conn, objects, 2, "2026-11")
    kinds = {
        source["kind"]: source["gross"]
        for statement in found.values()
        for section in statement["currencies"]
        for pool in section["pools"]
        for source in pool["source_lines"]
    }
    assert set(kinds) == {"sale", "refund"}
    assert any(pool["mirrors"] for each in found.values() for pool in each["currencies"][0]["pools"])
    assert any(
        line["amount"].startswith("-") for each in found.values() for line in each["currencies"][0]["lines"]
    )


def test_lines_that_sum_to_nothing_are_shown_and_checked(conn: Connection, objects: ObjectStore) -> None:
    """A sale and its refund in one month, in a currency in which nothing else happened: no balance moves, but
    the lines were frozen at the close.
    """
    month = Month(conn)
    later = FixedClock(datetime(2026, 11, 20, tzinfo=UTC))
    picture = conn.scalar(text("SELECT asset_id FROM license_sale LIMIT 1"))
    order = {"asset_id": str(picture), "buyer_id": month.buyer, "size": 1024, "clock": later}
    sale = sell(conn, key="yen", currency="JPY", **order)  # type: ignore[arg-type]
    refund(conn, key="yen", sale_id=sale.id, reason="all of it", clock=later)
    close(conn, "2026-11", FixedClock(datetime(2026, 12, 2, tzinfo=UTC)))
    found = check_everybody(conn, objects, 2, "2026-11")
    sections = [each["currencies"][0] for each in found.values()]
    assert {each["currency"] for each in sections} == {"JPY"}
    assert {each["earned"] for each in sections} == {"0.000000"}
    assert all(len(each["lines"]) == 2 for each in sections)


def test_a_share_of_the_reserve_and_a_deals_own_split_are_recomputed(
    conn: Connection, objects: ObjectStore
) -> None:
    """On the statements of the month in which last year's reserve was distributed."""
    buyer, ann, bob = add_buyer(conn), add_contributor(conn, "ann"), add_contributor(conn, "bob")
    add_release(conn, {"cat": (ann, 1), "cat, larger": (ann, 1), "dog": (bob, 1), "owl": (bob, 2)})
    sell_one(conn, add_generated(conn, buyer), buyer, "1", size=256)
    close(conn, PERIOD, AFTER, allow_unattributed=True)
    january = FixedClock(datetime(2027, 1, 5, tzinfo=UTC))
    distribute(conn, 2026, january)
    works = add_licensed_works(conn, ann, [1, 2])
    book_deal(
        conn, key="d", buyer_id=buyer, price=usd(77), asset_ids=works, clock=january, fund_share_ppm=700_000
    )
    close(conn, "2027-01", FixedClock(datetime(2027, 2, 3, tzinfo=UTC)))
    found = check_everybody(conn, objects, 2, "2027-01")
    parts = {line["part"] for each in found.values() for one in each["currencies"] for line in one["lines"]}
    assert parts == {"deal", "reserve"}


def test_a_distributed_reserve_can_be_recomputed(conn: Connection, objects: ObjectStore) -> None:
    month = Month(conn)
    for name in ("2026-11", "2026-12"):
        close(conn, name, FixedClock(datetime(2027, 1, 2, tzinfo=UTC)))
    distribute(conn, 2026, FixedClock(datetime(2027, 1, 5, tzinfo=UTC)))
    close(conn, "2027-01", FixedClock(datetime(2027, 2, 1, tzinfo=UTC)))
    found = check_everybody(conn, objects, 2, "2027-01")
    lines = found[month.ann]["currencies"][0]["lines"]
    assert [line["part"] for line in lines] == ["reserve"]


def test_tax_and_rates_of_exchange_follow_the_printed_rules(
    conn: Connection, objects: ObjectStore, tmp_path: Path
) -> None:
    """A payout from two balances, of which a part is withheld: nobody can print another rate, base or sum."""
    rates = tmp_path / "rates.csv"
    rates.write_text("date,source,target,rate,published_by\n2026-11-02,EUR,USD,1.0871,ECB\n")
    buyer, ann = add_buyer(conn), add_contributor(conn, "ann")
    works = add_licensed_works(conn, ann, [1])
    for price in (usd(20_000_001), Money(3_333_333, "EUR")):
        key = price.currency
        book_deal(
            conn, key=key, buyer_id=buyer, price=price, asset_ids=works, clock=IN_PERIOD, territory="US"
        )
    add_account(conn, ann, currency="USD", country="PL")
    close(conn, PERIOD, AFTER)
    prepare(conn, PERIOD, AFTER, rates=RateFile(rates))
    [statement] = check_everybody(conn, objects, 1).values()
    names = {section["currency"]: n for n, section in enumerate(statement["currencies"])}
    [tax] = statement["currencies"][names["USD"]]["payout"]["withheld"]
    assert (tax["rate"], tax["rule_rate"], dict(tax["treaties"])["PL"]) == (
        "0.100000",
        "0.300000",
        "0.100000",
    )
    done, failed = verify.verify(honest := resealed(statement), None, {})
    assert failed == []
    assert any(f"({verify.parts(tax['amount'])} millionths)" in each for each in done)

    def told(currency: str, change: Callable[[Any], None]) -> str:
        forged = copy.deepcopy(honest)
        change(forged["currencies"][names[currency]])
        return " ".join(failures(resealed(forged)))

    for change in (
        {"rate": "0.150000"},
        {"income": "9.000000"},
        {"amount": "1.000000"},
        {"treaties": [["PL", "0.050000"]]},
        {"reason": tax["reason"].replace("PL", "DE")},
    ):
        assert "withholds" in told("USD", lambda s, to=change: s["payout"]["withheld"][0].update(to)), change
    assert "what was withheld is not" in told("USD", lambda s: s["payout"]["withheld"].clear())

    def of_rate(currency: str, **change: str) -> str:
        return told(currency, lambda s: exchange_in(s)["exchange"].update(change))

    for currency in ("USD", "EUR"):
        for name, value in (("rate", "1.0872"), ("source", "1.000000"), ("target", "1.800000")):
            assert "is not at its rate" in of_rate(currency, **{name: value})
        assert "no rate of exchange" in told(currency, lambda s: exchange_in(s).update(exchange=None))


def exchange_in(section: Any) -> Any:
    """The booking of a conversion."""
    return next(each for each in section["adjustments"] if each["exchange"])


def test_a_refund_cannot_be_forged(conn: Connection, objects: ObjectStore) -> None:
    """In the month of its sale and after it, every figure that a refund is made of is recomputed."""
    month = Month(conn)
    later = FixedClock(datetime(2026, 11, 20, tzinfo=UTC))
    old, fresh = month.sales[0], sell_one(conn, month.sales[0].asset_id, month.buyer, "new", clock=later)
    for key, sale, amount in (("1", old, 7_777), ("2", old, 1_234), ("3", fresh, 5_555), ("4", fresh, 3)):
        kind = RefundKind.chargeback if key == "2" else RefundKind.refund
        refund(conn, key=key, sale_id=sale.id, amount=usd(amount), reason="x", clock=later, kind=kind)
    close(conn, "2026-11", FixedClock(datetime(2026, 12, 2, tzinfo=UTC)))
    honest = resealed(check_everybody(conn, objects, 2, "2026-11")[month.ann])
    assert failures(honest) == []
    pools = honest["currencies"][0]["pools"]
    places = [
        (p, n)
        for p, pool in enumerate(pools)
        for n, each in enumerate(pool["source_lines"])
        if each["original"]
    ]
    assert {pools[p]["source_lines"][n]["refund_kind"] for p, n in places} == {"refund", "chargeback"}
    assert {bool(pools[p]["mirrors"]) for p, _ in places} == {True, False}
    for p, n in places:
        for where, name in (("original", "gross"), ("original", "fund"), ("", "fund"), ("", "gross")):
            forged = copy.deepcopy(honest)
            line = forged["currencies"][0]["pools"][p]["source_lines"][n]
            inside = line[where] if where else line
            inside[name] = f"{inside[name][:-4]}{(int(inside[name][-4:]) + 4_321) % 10_000:04}"
            assert failures(resealed(forged)), (p, n, name)
        forged = copy.deepcopy(honest)
        was = forged["currencies"][0]["pools"][p]["source_lines"][n]["original"]
        was["before"] = was["gross"]
        assert "does not fit its sale" in " ".join(failures(resealed(forged)))
        forged = copy.deepcopy(honest)
        forged["currencies"][0]["pools"][p]["source_lines"][n]["original"] = None
        assert failures(resealed(forged))


def test_clusters_are_compared_with_the_models_manifest(folder: Path, tmp_path: Path) -> None:
    """The release's manifest, given as a file of the printed digest, names the same works and clusters."""
    statement = read(folder / "ann.json")
    section = statement["currencies"][0]
    floor = next(pool for pool in section["pools"] if pool["part"] == "floor")
    assert len(floor["manifest"]) == 64
    members = [each for each in section["members"] if each["pool_id"] == floor["id"]]
    own = {(each["work_sha256"], each["cluster"], each["published"]) for each in members}
    others = [each for each in floor["cluster_names"] if each not in {name for _, name, _ in own}]
    manifest = own | {(f"{n:064}", name, None) for n, name in enumerate(others)}
    done, failed = verify.verify(statement, None, {floor["manifest"]: manifest})
    assert failed == []
    assert any("clusters of 1 pools" in each for each in done)
    work, cluster, _ = next(iter(own))
    for forged in (
        {*manifest, ("f" * 64, others[0] + "9", None)},
        {*manifest, ("f" * 64, cluster, None)},
        {*manifest - own, (work, cluster, "2026-01-01T00:00:00.000000Z")},
    ):
        [told] = verify.verify(statement, None, {floor["manifest"]: forged})[1]
        assert "the manifest has other clusters" in told
    path = tmp_path / "manifest.csv"
    path.write_text('sha256,contributor,title,cluster\na,"x, y",t,1\n')
    assert verify.main([str(folder / "ann.json"), str(path)]) == 0
