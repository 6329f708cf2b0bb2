"""Check a fairstock statement without trusting anybody; this file needs nothing but Python 3.9 or newer.

    python verify.py statement.json [root.json: published about the month] [inputs.json …: of large pools]

Exit codes: 0 everything holds, 1 something does not, 2 a file cannot be used.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

FORMATS = {"fairstock.statement/2": "statement", "fairstock.root/1": "root", "fairstock.inputs/1": "inputs"}
PPM, PPB, SUMS = 1_000_000, 1_000_000_000, ("amount", "allocated", "reserve")
RESERVE = ""  # stands for the reserve among the works of a picture, and so wins ties


class Broken(ValueError):
    """Something does not hold, said in one sentence."""


def holds(condition: bool, otherwise: str) -> None:
    """Raise ``Broken`` with the sentence unless the condition is true."""
    if not condition:
        raise Broken(otherwise)


def parts(text: Any, places: int = 6) -> int:
    """``"-0.016000"`` as a whole number of millionths (or of 10^-places); nothing else is accepted."""
    right = isinstance(text, str) and re.fullmatch(rf"-?[0-9]+\.[0-9]{{{places}}}", text)
    holds(bool(right), f"{text!r} is not a decimal with {places} places")
    return int(text.replace(".", ""))


def leaf(key: str, content: str) -> bytes:
    """A leaf: SHA-256 over 0x00, key, newline, content."""
    return hashlib.sha256(b"\0" + f"{key}\n{content}".encode()).digest()


def climb(start: bytes, path: Any) -> str:
    """The root, in hex, that a leaf reaches with its neighbours; a node is SHA-256 over 0x01, left, right."""
    for side, neighbour in path:
        right = side in ("left", "right") and re.fullmatch("[0-9a-f]{64}", neighbour)
        holds(bool(right), "a step of a proof is malformed")
        other = bytes.fromhex(neighbour)
        start = hashlib.sha256(b"\1" + (other + start if side == "left" else start + other)).digest()
    return start.hex()


@cache
def draw(pool_id: str, key: str) -> str:
    """A key's lot in the pool's draw, lowest first."""
    return hashlib.sha256(f"{pool_id}|{key}".encode()).hexdigest()


def equal_part(pool_id: str, total: int, keys: set[str], key: str) -> int:
    """What one key gets of a sum divided equally; odd micro-units go to the lowest lots."""
    holds(key in keys, f"{key} is not among those who share")
    base, odd = divmod(total, len(keys))
    return base + (sum(draw(pool_id, each) < draw(pool_id, key) for each in keys) < odd)


def by_influence(total: int, shares: Any, cap: int) -> dict[str, tuple[int, int]]:
    """Work → (share after the cap, micro-units) of one picture: largest remainder, ties by digest."""
    theirs: dict[str, int] = {}
    for _, who, share in shares:
        theirs[who] = theirs.get(who, 0) + parts(share, 9)
    holds(sum(theirs.values()) == PPB, "the shares of a picture do not sum to one")
    cut = {work: parts(share, 9) * min(cap, theirs[who]) // theirs[who] for work, who, share in shares}
    cut[RESERVE] = PPB - sum(cut.values())
    base = {work: divmod(total * share, PPB) for work, share in cut.items()}
    odd = total - sum(part for part, _ in base.values())
    first = set(sorted(base, key=lambda work: (-base[work][1], work))[:odd])
    return {work: (cut[work], base[work][0] + (work in first)) for work in base}


class Pool:
    """A pool with its inputs: those in the statement, and those in files that it names by their SHA-256."""

    def __init__(self, pool: Any, section: Any, statement: Any, files: dict[str, Any]) -> None:
        inputs = [{**section, **pool}, *(files[each] for each in pool["inputs"] if each in files)]
        self.pool, self.me, self.total = pool, statement["contributor_id"], parts(pool["amount"])
        self.clusters = {each for one in inputs for each in one["cluster_names"]}
        self.members = [each for one in inputs for each in one["members"] if each["pool_id"] == pool["id"]]
        self.sources = {each["source_id"]: each for one in inputs for each in one["source_lines"]}
        self.shares = {(e["picture"], e["method_id"]): e["shares"] for one in inputs for e in one["pictures"]}

    def by_cluster(self, line: Any) -> int:
        """Pool ÷ clusters ÷ contributors in the cluster ÷ their works in it; a negative pool mirrors this."""
        pool_id, cluster, total = self.pool["id"], line["cluster"], abs(self.total)
        holds(len(self.clusters) == self.pool["clusters"], "clusters are missing: give its pool's inputs")
        group = [each for each in self.members if each["cluster"] == cluster]
        people = {each["contributor_id"] for each in group}
        works = {each["work_sha256"] for each in group if each["contributor_id"] == self.me}
        told = (line["cluster_contributors"], line["contributor_works"])
        holds((len(people), len(works)) == told, "its cluster has other members")
        for keys, key in ((self.clusters, cluster), (people, self.me), (works, line["work_sha256"])):
            total = equal_part(pool_id, total, keys, key)
        return total if self.total >= 0 else -total

    def by_influence(self, line: Any) -> int:
        """(The sale's part × measured reliability) × the work's share of the picture; a refund mirrors it."""
        source, work = self.sources.get(line["source_id"], {"picture": None}), line["work_sha256"]
        shares = self.shares.get((source["picture"], self.pool["method_id"]), ())
        holds((work, self.me) in {(one, who) for one, who, _ in shares}, "its pool's inputs are missing")
        part, cap = parts(source["part"]), parts(self.pool["cap_per_contributor"], 9)
        total = abs(part) * parts(self.pool["reliability"], 9) // PPB
        share, due = by_influence(total, shares, cap)[work]
        holds(parts(line["share"], 9) == share, f"it has a share of {share} thousand-millionths")
        return due if part >= 0 else -due

    def check(self) -> bool:
        """The pool adds up; true where all sales that paid in are here and add up to it as well."""
        name, divided = self.pool["id"], parts(self.pool["allocated"]) + parts(self.pool["reserve"])
        holds(divided == self.total, f"the pool {name} is not the sum of contributors' part and reserve")
        for source, each in self.sources.items():
            gross, fund, part = parts(each["gross"]), parts(each["fund"]), parts(each["part"])
            due = (2 * gross * parts(each["share"]) + PPM) // (2 * PPM) if each["share"] else fund
            holds(fund == due, f"{source}: of {each['gross']} the fund gets {due} millionths")
            floor = abs(fund) * parts(self.pool["floor_share"]) // PPM * (1 if fund >= 0 else -1)
            due = {"floor": floor, "influence": fund - floor}.get(self.pool["part"], fund)
            holds(part == due or self.pool["mirrors"], f"{source}: {due} millionths of it flow into {name}")
        complete = bool(len(self.sources) == self.pool["sources"])
        paid_in = sum(parts(each["part"]) for each in self.sources.values())
        holds(not complete or paid_in == self.total, f"the pool {name} is not the sum of what paid in")
        return complete


def check_document(statement: Any) -> str:
    """The file lies in the tree of all published statements, by the SHA-256 of its JSON without ``proof``."""
    body, proof = {**statement}, statement["proof"]
    del body["proof"]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    start = leaf(f"document:{body['contributor_id']}", hashlib.sha256(text.encode()).hexdigest())
    whole = set(proof) == {"path", "root"} and climb(start, proof["path"]) == proof["root"]
    holds(whole, "something in the file was changed: it does not lead to its root")
    return f"The file as a whole is one of those published under the root {proof['root']}."


def check_published(statement: Any, published: Any) -> str:
    """Roots, rules and pools are those that were published for everybody."""
    if published is None:
        return "Not checked: whether this root is the one that was published; give root.json as well."
    same = all(published[name] == statement[name] for name in ("period", "rules", "allocations_root"))
    holds(same and published["documents_root"] == statement["proof"]["root"], "another root was published")
    known = {pool["id"]: pool for pool in published["pools"]}
    for pool in (pool for section in statement["currencies"] for pool in section["pools"]):
        same = all(pool[name] == value for name, value in known[pool["id"]].items())
        holds(same, f"the pool {pool['id']} is not as published")
    return "Its root, rules and pools are those that were published for everybody."


def check_allocation(statement: Any) -> str:
    """All lines, and the pools that they are of, lie in the tree that was frozen at the close."""
    root, lines = statement["allocations_root"], []
    for section in statement["currencies"]:
        rows = section["lines"]
        lines += [(e["pool_id"], e["source_id"], e["work_sha256"], parts(e["amount"])) for e in rows]
        for pool in (pool for pool in section["pools"] if pool["proof"] is not None):
            measured = pool["reliability"] not in (None, "unmeasured")
            cells = [pool[name] for name in ("part", "release_id", "deal_id", "method_id")]
            cells += [
                parts(pool["reliability"], 9) if measured else None,
                section["currency"],
                pool["sources"],
            ]
            cells += [pool["clusters"], *(parts(pool[name]) for name in SUMS), pool["reserve_reason"]]
            content = "|".join("" if cell is None else str(cell) for cell in cells) + "\n"
            same = climb(leaf(f"pool:{pool['id']}", content), pool["proof"]) == root
            holds(same, f"the pool {pool['id']} is not as it was at the close")
    content = "".join("|".join(map(str, line)) + "\n" for line in sorted(lines))
    reached = climb(leaf(f"statement:{statement['contributor_id']}", content), statement["proof_of_lines"])
    holds(not lines or reached == root, "the lines are not those that were frozen at the close")
    return f"Its {len(lines)} lines and their pools were frozen at the close under the root {root}."


def check_section(section: Any, statement: Any, files: dict[str, Any]) -> str:
    """Every line follows from its pool and the rules; they lead from the opening to the closing balance."""
    pools = {pool["id"]: Pool(pool, section, statement, files) for pool in section["pools"]}
    for line in section["lines"]:
        where = f"the line of {line['source_id']} for the work {line['work_sha256'][:12]}… "
        pool = pools[line["pool_id"]]
        try:
            due = pool.by_influence(line) if pool.pool["part"] == "influence" else pool.by_cluster(line)
        except Broken as why:
            raise Broken(f"{where}cannot be recomputed: {why}") from why
        holds(parts(line["amount"]) == due, f"{where}says {line['amount']}, but {due} millionths follow")
    complete = sum(pool.check() for pool in pools.values())
    earned, payout = sum(parts(line["amount"]) for line in section["lines"]), section["payout"]
    paid = parts(payout["amount"]) if payout else 0
    other = sum(parts(each["amount"]) for each in section["adjustments"])
    closing = parts(section["opening"]) + earned + other - paid
    holds(earned == parts(section["earned"]), "the lines do not sum to the earnings")
    holds(paid >= 0 and paid % 10_000 == 0, "the payout is not in whole cents")
    holds(closing == parts(section["closing"]), "the closing balance does not follow from the bookings")
    if section["lines"]:
        least, most = parts(section["everybody"]["least"]), parts(section["everybody"]["most"])
        holds(least <= earned <= most, "the earnings lie outside the published range")
    told = f"{section['currency']}: {len(section['lines'])} lines recomputed to the micro-unit; the balance"
    return f"{told} adds up, and {complete} of {len(pools)} pools from all their sales."


def verify(statement: Any, published: Any, files: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What was checked and holds, and what does not hold, a sentence each."""
    checks: list[Any] = [(check_document, statement), (check_published, statement, published)]
    if statement.get("allocations_root"):
        checks.append((check_allocation, statement))
    sections = statement["currencies"] if isinstance(statement.get("currencies"), list) else [None]
    checks += [(check_section, each, statement, files) for each in sections]
    done, failed = [], []
    for check, *given in checks:
        try:
            done.append(check(*given))
        except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as why:
            failed.append(str(why) if isinstance(why, Broken) else f"the file is malformed: {why!r}")
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
            content = json.loads(data, object_pairs_hook=unique)
            found[FORMATS[content["format"]]] = files[hashlib.sha256(data).hexdigest()] = content
        holds("statement" in found, "no statement is among the files")
    except (OSError, ValueError, KeyError, TypeError) as why:
        sys.stderr.write(f"{each} cannot be used: {why}\n{__doc__}")
        return 2
    done, failed = verify(found["statement"], found.get("root"), files)
    verdict = f"WRONG: {len(failed)} checks failed." if failed else "All that was checked holds."
    told = [*(f"  {each}" for each in done), *(f"! {each}" for each in failed), verdict]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
