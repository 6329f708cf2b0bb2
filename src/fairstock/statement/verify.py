"""Check a fairstock statement without trusting anybody; this file needs nothing but Python 3.9 or newer.

    python verify.py statement.json [root.json] [inputs.json … of large pools] [manifest.csv … of the models]
Exit codes: 0 everything holds, 1 something does not, 2 a file cannot be used.
"""

# fmt: off
from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

FORMATS = {"fairstock.statement/4": "statement", "fairstock.root/1": "root", "fairstock.inputs/1": "inputs"}
PPM, PPB, SUMS = 1_000_000, 1_000_000_000, ("amount", "allocated", "reserve")
CELLS = ("part", "release_id", "deal_id", "method_id", "reliability", "currency", "sources", "clusters")

def holds(condition: Any, otherwise: str) -> None:
    """Raise ``AssertionError`` with the sentence unless the condition is true."""
    if not condition:
        raise AssertionError(otherwise)

def parts(text: Any, places: int = 6) -> int:
    """``"-0.016000"`` as a whole number of millionths (or of 10^-places); nothing else is accepted."""
    right = isinstance(text, str) and re.fullmatch(rf"-?[0-9]+\.[0-9]{{{places}}}", text)
    holds(right, f"{text!r} is not a decimal with {places} places")
    return int(text.replace(".", ""))

def climb(key: str, content: str, path: Any) -> str:
    """The root, in hex, that a leaf (SHA-256 over 0x00, key, newline, content) reaches by its neighbours."""
    node = hashlib.sha256(b"\0" + f"{key}\n{content}".encode()).digest()
    for side, neighbour in path:  # a node is SHA-256 over 0x01, left, right
        holds(side in ("left", "right") and len(neighbour) == 64, "a step of a proof is malformed")
        pair = (bytes.fromhex(neighbour), node) if side == "left" else (node, bytes.fromhex(neighbour))
        node = hashlib.sha256(b"\1" + b"".join(pair)).digest()
    return node.hex()

@cache
def lots(pool_id: str, keys: frozenset[str]) -> dict[str, int]:
    """Everybody's place in the pool's draw, from 0."""
    drawn = sorted(keys, key=lambda key: hashlib.sha256(f"{pool_id}|{key}".encode()).hexdigest())
    return {key: place for place, key in enumerate(drawn)}

class Pool:
    """A pool with its inputs: those in the statement, and those in files that it names by their SHA-256."""

    def __init__(self, pool: Any, section: Any, statement: Any, files: dict[str, Any]) -> None:
        inputs = [{**section, **pool}, *(files[each] for each in pool["inputs"] if each in files)]
        self.pool, self.me, self.total = pool, statement["contributor_id"], parts(pool["amount"])
        self.clusters = frozenset(each for one in inputs for each in one["cluster_names"])
        self.members = [each for one in inputs for each in one["members"] if each["pool_id"] == pool["id"]]
        self.sources = {each["source_id"]: each for one in inputs for each in one["source_lines"]}
        self.shares = {(e["picture"], e["method_id"]): e["shares"] for one in inputs for e in one["pictures"]}
        self.manifest: set[Any] | None = files.get(pool["manifest"])

    def by_cluster(self, line: Any, where: str) -> int:
        """Pool ÷ clusters ÷ contributors in it ÷ their works; what is left goes to the lowest lots."""
        total, group = abs(self.total), [e for e in self.members if e["cluster"] == line["cluster"]]
        holds(len(self.clusters) == self.pool["clusters"], "clusters are missing: give its pool's inputs")
        if self.manifest is not None:
            told = {(each["work_sha256"], each["cluster"], each["published"]) for each in group}
            same = told == {each for each in self.manifest if each[1] == line["cluster"]}
            holds(same and self.clusters == {e[1] for e in self.manifest}, "the manifest has other clusters")
        if {"shared": False, "first": True}[self.pool["cluster_vote"]]:
            first = min((each["published"] or "" for each in group), default="")  # no date is the oldest
            group = [each for each in group if (each["published"] or "") == first]
        people = frozenset(each["contributor_id"] for each in group)
        works = frozenset(each["work_sha256"] for each in group if each["contributor_id"] == self.me)
        shown = (line["cluster_contributors"], line["contributor_works"])
        holds((len(people), len(works)) == shown, f"{where} its cluster has other members with a vote")
        for keys, key in ((self.clusters, line["cluster"]), (people, self.me), (works, line["work_sha256"])):
            holds(key in keys, f"{where} {key} is not among those who share")
            total = total // len(keys) + (lots(self.pool["id"], keys)[key] < total % len(keys))
        return total if self.total >= 0 else -total

    def by_influence(self, line: Any, where: str) -> int:
        """(The sale's part × measured reliability) × the work's share of the picture; a refund mirrors it."""
        source, work = self.sources.get(line["source_id"], {"picture": None}), line["work_sha256"]
        shares = self.shares.get((source["picture"], self.pool["method_id"]), ())
        holds((work, self.me) in {(one, who) for one, who, _ in shares}, "its pool's inputs are missing")
        part, theirs = parts(source["part"]), dict[str, int]()
        cap = parts(self.pool["cap_per_contributor"], 9)
        for _, who, share in shares:
            theirs[who] = theirs.get(who, 0) + parts(share, 9)
        holds(sum(theirs.values()) == PPB, f"{where} the shares of a picture do not sum to one")
        cut = {one: parts(share, 9) * min(cap, theirs[who]) // theirs[who] for one, who, share in shares}
        cut[""] = PPB - sum(cut.values())  # the reserve, which so wins ties
        total = abs(part) * parts(self.pool["reliability"], 9) // PPB
        base = {one: divmod(total * share, PPB) for one, share in cut.items()}
        odd = total - sum(whole for whole, _ in base.values())  # one each, by largest remainder and digest
        due = base[work][0] + (work in sorted(base, key=lambda one: (-base[one][1], one))[:odd])
        holds(parts(line["share"], 9) == cut[work], f"{where} its share is {cut[work]} thousand-millionths")
        return due if part >= 0 else -due

    def check(self) -> bool:
        """The pool adds up; true where all sales that paid in are here and add up to it as well."""
        name, divided = self.pool["id"], parts(self.pool["allocated"]) + parts(self.pool["reserve"])
        holds(divided == self.total, f"the pool {name} is not the sum of contributors' part and reserve")
        floor_share, mirrors = parts(self.pool["floor_share"]), bool(self.pool["mirrors"])
        for source, each in self.sources.items():
            gross, was = parts(each["gross"]), each["original"]
            holds((each["kind"] == "refund") == (was is not None), f"{source} says not what it gives back")
            if was is None:
                fund = (2 * gross * parts(each["share"]) + PPM) // (2 * PPM) if each["share"] else gross
                floor = abs(fund) * floor_share // PPM * (1 if fund >= 0 else -1)
            else:  # a refund: one rounding for all so far; of an earlier month's sale also of its floor part
                price, had, before = (parts(was[key]) for key in ("gross", "fund", "before"))
                sold = self.sources.get(each["refunds"], was)
                same = sold["gross"] == was["gross"] and sold["fund"] == was["fund"]
                holds(same and 0 <= before < before - gross <= price, f"{source} does not fit its sale")
                old, now = ((2 * back * had + price) // (2 * price) for back in (before, before - gross))
                fund, floor = old - now, -((now - old) * floor_share // PPM)
                if mirrors and had:
                    floor = old * (had * floor_share // PPM) // had - now * (had * floor_share // PPM) // had
            holds(parts(each["fund"]) == fund, f"{source}: the fund gets {fund} millionths of its price")
            due = {"floor": floor, "influence": fund - floor}.get(self.pool["part"], fund)
            holds(parts(each["part"]) == due, f"{source}: {due} millionths of it flow into {name}")
            if deal := self.pool["deal"]:
                told = ((was or each)["gross"], each["share"] or deal["fund_share"])
                holds(told == (deal["price"], deal["fund_share"]), f"{source} is not as its deal says")
        paid_in = sum(parts(each["part"]) for each in self.sources.values())
        complete = bool(len(self.sources) == self.pool["sources"])
        holds(not complete or paid_in == self.total, f"the pool {name} is not the sum of what paid in")
        return complete

def check_document(statement: Any) -> str:
    """The file lies in the tree of all published statements, by the SHA-256 of its JSON without ``proof``."""
    body, proof = {name: each for name, each in statement.items() if name != "proof"}, statement["proof"]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    reached = climb(f"document:{body['contributor_id']}", digest, proof["path"])
    holds(set(proof) == {"path", "root"} and reached == proof["root"], "something in the file was changed")
    return f"The file as a whole is one of those published under the root {proof['root']}."

def check_published(statement: Any, published: Any) -> str:
    """Roots, rules and pools are those that were published for everybody."""
    if published is None:
        return "Not checked: whether this root is the one that was published; give root.json as well."
    same = all(published[name] == statement[name] for name in ("period", "rules", "allocations_root"))
    holds(same and published["documents_root"] == statement["proof"]["root"], "another root was published")
    known = {pool["id"]: pool for pool in published["pools"]}
    for pool in (pool for section in statement["currencies"] for pool in section["pools"]):
        holds({**pool, **known[pool["id"]]} == pool, f"the pool {pool['id']} is not as published")
    return "Its root, rules and pools are those that were published for everybody."

def check_allocation(statement: Any) -> str:
    """All lines, and the pools that they are of, lie in the tree that was frozen at the close."""
    root, rows = statement["allocations_root"], []
    for each in statement["currencies"]:
        rows += [(e["pool_id"], e["source_id"], e["work_sha256"], parts(e["amount"])) for e in each["lines"]]
        for pool in (pool for pool in each["pools"] if pool["proof"] is not None):
            told = {**pool, **{name: parts(pool[name]) for name in SUMS}, "currency": each["currency"]}
            measured = told["reliability"] or ""  # "unmeasured" where nobody has
            told["reliability"] = parts(measured, 9) if "." in measured else None
            cells = [told[name] for name in (*CELLS, *SUMS, "reserve_reason")]
            content = "|".join("" if cell is None else str(cell) for cell in cells) + "\n"
            reached = climb(f"pool:{pool['id']}", content, pool["proof"])
            holds(reached == root, f"the pool {pool['id']} is not as it was at the close")
    content = "".join("|".join(map(str, row)) + "\n" for row in sorted(rows))
    reached = climb(f"statement:{statement['contributor_id']}", content, statement["proof_of_lines"])
    holds(not rows or reached == root, "the lines are not those that were frozen at the close")
    return f"Its {len(rows)} lines and their pools were frozen at the close under the root {root}."

def check_section(section: Any, statement: Any, files: dict[str, Any]) -> str:
    """Every line follows from its pool and the rules; they lead from the opening to the closing balance."""
    pools = {pool["id"]: Pool(pool, section, statement, files) for pool in section["pools"]}
    for line in section["lines"]:
        pool, where = pools[line["pool_id"]], f"the line of {line['source_id']}, {line['work_sha256'][:12]}…:"
        due = (pool.by_influence if pool.pool["part"] == "influence" else pool.by_cluster)(line, where)
        holds(parts(line["amount"]) == due, f"{where} says {line['amount']}, but {due} millionths follow")
    complete, kept, payout = sum(pool.check() for pool in pools.values()), 0, section["payout"]
    for each in payout["withheld"] if payout else ():  # by treaty of the residence in the reason, or the rule
        home = re.search(r"([A-Z]{2}): (?:no )?treaty\)$", each["reason"])
        rate = dict(each["treaties"]).get(home[1] if home else None, each["rule_rate"])
        due, kept = parts(each["income"]) * parts(rate) // PPM, kept + parts(each["amount"])
        same = each["rate"] == rate and parts(each["amount"]) == due
        holds(same, f"the rule of {each['authority']} withholds {due} millionths of {each['income']}")
    booked = (e["amount"] for e in section["adjustments"] if payout and e["key"] == f"payout:{payout['id']}")
    holds(kept == -sum(map(parts, booked)), "what was withheld is not what was booked")
    for each in section["adjustments"]:
        if made := each["exchange"]:
            source, target = parts(made["source"]), int(parts(made["source"]) * Fraction(made["rate"]))
            due = {made["source_currency"]: -source, made["target_currency"]: target}[section["currency"]]
            told = (parts(each["amount"]), parts(made["target"]))
            holds(told == (due, target), f"{each['key']} is not at its rate")
        holds(made or each["kind"] != "conversion", f"{each['key']} names no rate of exchange")
    earned, other = (sum(parts(e["amount"]) for e in section[name]) for name in ("lines", "adjustments"))
    paid = parts(payout["amount"]) if payout else 0
    closing = parts(section["opening"]) + earned + other - paid
    sums = {name: sum(parts(pool.pool[name]) for pool in pools.values()) for name in SUMS}
    holds(sums == {name: parts(section["total"][name]) for name in SUMS}, "the pools are not the total")
    holds(earned == parts(section["earned"]), "the lines do not sum to the earnings")
    holds(paid >= 0 and paid % 10_000 == 0, "the payout is not in whole cents")
    holds(closing == parts(section["closing"]), "the closing balance does not follow from the bookings")
    if section["lines"]:
        least, most = parts(section["everybody"]["least"]), parts(section["everybody"]["most"])
        holds(least <= earned <= most, "the earnings lie outside the published range")
    return (f"{section['currency']}: {len(section['lines'])} lines recomputed to the micro-unit; balance and "
        f"tax ({kept} millionths) add up, {complete} of {len(pools)} pools from all their sales; clusters of "
        f"{sum(pool.manifest is not None for pool in pools.values())} pools are as in the given manifests.")

def verify(statement: Any, published: Any, files: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What was checked and holds, and what does not hold, a sentence each."""
    checks: list[Any] = [(check_document, statement), (check_published, statement, published)]
    checks += [(check_allocation, statement)] if statement.get("allocations_root") else []
    sections = statement["currencies"] if isinstance(statement.get("currencies"), list) else [None]
    done, failed = [], []
    for check, *given in [*checks, *((check_section, each, statement, files) for each in sections)]:
        try:
            done.append(check(*given))
        except (AssertionError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as why:
            failed.append(str(why) if isinstance(why, AssertionError) else f"the file is malformed: {why!r}")
    return done, failed

def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, in which no name may occur twice."""
    holds(len(dict(pairs)) == len(pairs), "a name occurs twice in one object")
    return dict(pairs)

def main(arguments: list[str]) -> int:
    """Read the files, check, and say what was found."""
    found, files, each = dict[str, Any](), dict[str, Any](), "nothing"
    try:
        for each in arguments:
            data = Path(each).read_bytes()
            if each.endswith(".csv"):
                rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
                content: Any = {(row["sha256"], row["cluster"], row.get("published") or None) for row in rows}
            else:
                content = json.loads(data, object_pairs_hook=unique)
                found[FORMATS[content["format"]]] = content
            files[hashlib.sha256(data).hexdigest()] = content
        holds("statement" in found, "no statement is among the files")
    except (AssertionError, OSError, ValueError, KeyError, TypeError) as why:
        sys.stderr.write(f"{each} cannot be used: {why}\n{__doc__}")
        return 2
    done, failed = verify(found["statement"], found.get("root"), files)
    verdict = f"WRONG: {len(failed)} checks failed." if failed else "All that was checked holds."
    sys.stdout.write("\n".join([*(f"  {e}" for e in done), *(f"! {e}" for e in failed), verdict, ""]))
    return 1 if failed else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
