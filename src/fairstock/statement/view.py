"""A published statement in the words and figures of its PDF. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fairstock.kit.money import MICROS, Money

LINES = 400
"""Most lines that a PDF lists; the files have all."""

BARS = 12
"""Works in the chart; the others are summed up in one bar."""

_HOLDS = {
    "no_account": "no account is named",
    "unverified_account": "the account is not verified",
    "tax_form_missing": "there is no tax form",
    "tax_form_expired": "the tax form is no longer valid",
    "below_threshold": "the balance is below the least sum that is sent",
    "negative_balance": "more was taken back than is owed",
    "sanction_hit": "the name is like one on a sanction list, and nobody has cleared it yet",
    "dispute_open": "a dispute is open about a part of it",
    "no_exchange_rate": "no rate of exchange was published in time",
}

_CHECK = (
    "Every figure here can be recomputed by anybody, without trusting the house. Put the JSON file of "
    "this statement, the month's root and verify.py (one file that needs nothing but Python 3.9) into "
    "one folder and run the command below. It divides every pool again from its sales, clusters and "
    "attributions, sums up the balance, and follows the proofs to the published roots. Any change of the "
    "file makes it fail."
)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def view(statement: dict[str, Any]) -> dict[str, Any]:
    """What the template shows of a statement's JSON."""
    period = statement["period"]
    year, month = period.split("-")
    label = f"{_MONTHS[int(month) - 1]} {year}"
    proof = statement.get("proof")
    roots = [("Published root of all statements", proof["root"])] if proof else []
    if statement["allocations_root"]:
        roots.append(("Root of the division, frozen at the close", statement["allocations_root"]))
    return {
        "title": f"Statement of {statement['name']} for {label}",
        "heading": f"Statement for {label}",
        "name": statement["name"],
        "handle": statement["handle"],
        "contributor_id": statement["contributor_id"],
        "notice": statement["notice"],
        "open": statement["period_state"] == "open",
        "sections": [_section(each) for each in statement["currencies"]],
        "proof": _proof(statement),
        "command": f"python verify.py {statement['handle']}-{period}.json {period}-root.json",
        "roots": roots,
    }


def _proof(statement: dict[str, Any]) -> str:
    """How to verify, in words."""
    return (
        _CHECK
        if statement.get("proof")
        else "This statement is not published yet; then it carries its proof."
    )


def _section(section: dict[str, Any]) -> dict[str, Any]:
    currency, payout = section["currency"], section["payout"]
    paid = _money(payout["amount"], currency) if payout else "–"
    lines = section["lines"]
    pools = {pool["id"]: pool for pool in section["pools"]}
    sources = {
        (pool["id"], each["source_id"]): each for pool in section["pools"] for each in pool["source_lines"]
    }
    return {
        "currency": currency,
        "figures": [
            ("Owed before", _money(section["opening"], currency)),
            ("Earned", _money(section["earned"], currency)),
            ("Paid out", paid),
            ("Still owed", _money(section["closing"], currency)),
        ],
        "notes": _notes(section),
        "range": _range(section),
        "chart": _chart(lines, currency),
        "bookings": [
            (each["date"], each["kind"].replace("_", " "), each["memo"], _money(each["amount"], currency))
            for each in section["adjustments"]
        ],
        "lines": [
            _line(each, pools[each["pool_id"]], sources.get((each["pool_id"], each["source_id"])), currency)
            for each in lines[:LINES]
        ],
        "more": max(0, len(lines) - LINES),
        "pools": [_pool(pool, currency) for pool in section["pools"]],
    }


def _notes(section: dict[str, Any]) -> list[str]:
    notes = []
    payout = section["payout"]
    if payout:
        told = f"Payout {payout['id']}: {payout['state'].replace('_', ' ')}"
        notes.append(f"{told}. {payout['bank_reference']} {payout['reason']}".strip())
    for each in section.get("disputes", ()):  # statements of before this was kept have none
        told = f"{each['outcome']} on {each['decided']}" if each["outcome"] else "not decided yet"
        amount = _money(each["amount"], section["currency"])
        notes.append(f"You disputed {amount} ({each['about']}) on {each['opened']}: {told}.")
    if section["holds"]:
        reasons = " and ".join(_HOLDS.get(each, each.replace("_", " ")) for each in section["holds"])
        what, stays = ("Not all of it is", "The rest") if payout else ("Not", "The balance")
        notes.append(f"{what} paid out yet, because {reasons}. {stays} stays owed.")
    return notes


def _range(section: dict[str, Any]) -> str | None:
    everybody = section["everybody"]
    if not everybody:
        return None
    least, median, most = (
        _money(everybody[name], section["currency"]) for name in ("least", "median", "most")
    )
    people, total = everybody["contributors"], _micros(section["total"]["allocated"])
    own = _micros(section["earned"])
    part = f", {own * 10_000 // total / 100:.2f} % of it to you" if total > 0 <= own else ""
    whole = ", ".join(
        f"{_money(section['total'][name], section['currency'])} {words}"
        for name, words in (("amount", "came in"), ("allocated", "went to contributors"))
    )
    told = f"{people} contributors earned this month, from {least} to {most}; the one in the middle {median}."
    return f"{told} Of all pools together {whole}{part}."


def _chart(lines: list[dict[str, Any]], currency: str) -> list[tuple[str, str, float, bool]]:
    """(Title, amount, length of the bar in percent, whether it is negative) of the works that earned most."""
    totals: dict[str, int] = defaultdict(int)
    titles: dict[str, str] = {}
    for line in lines:
        totals[line["work_sha256"]] += _micros(line["amount"])
        titles[line["work_sha256"]] = line["title"] or "Untitled"
    ranked = sorted(totals, key=lambda work: (-totals[work], work))
    bars = [(titles[work], totals[work]) for work in ranked[:BARS]]
    rest = ranked[BARS:]
    if rest:
        bars.append((f"{len(rest)} more works", sum(totals[work] for work in rest)))
    longest = max((abs(micros) for _, micros in bars), default=0) or 1
    return [
        (title, str(Money(micros, currency)), max(0.5, abs(micros) * 1000 // longest / 10), micros < 0)
        for title, micros in bars
    ]


def _line(
    line: dict[str, Any], pool: dict[str, Any], source: dict[str, Any] | None, currency: str
) -> tuple[str, str, str, str, str]:
    amount = _money(line["amount"], currency)
    title = line["title"] or "Untitled"
    if line["part"] == "influence" and source:
        share = f"{_percent(line['share'])} of the picture by {pool['method']}"
        rule = f"Influence: {share}, reliability {_percent(pool['reliability'])}, {pool['release_id']}"
        return title, rule, _source(source), _money(source["part"], currency), amount
    votes = f"one of {pool['clusters']} equal votes"
    shared = []
    if line["cluster_contributors"] and line["cluster_contributors"] > 1:
        shared.append(f"{line['cluster_contributors']} contributors")
    if line["contributor_works"] and line["contributor_works"] > 1:
        shared.append(f"{line['contributor_works']} near-duplicates")
    among = f", shared by {' and '.join(shared)}" if shared else ""
    if pool["part"] == "deal":
        told = _source(source or (pool["source_lines"] or [{}])[0])
        return (
            title,
            f"Data deal with {pool['deal']['buyer']}: {votes}{among}",
            told,
            _money(pool["amount"], currency),
            amount,
        )
    if pool["part"] == "reserve":
        return (
            title,
            f"Reserve: {votes}{among}",
            "a past year's reserve",
            _money(pool["amount"], currency),
            amount,
        )
    came = f"{_count(pool['sources'], 'payment')} for {pool['release_id'] or 'models without a manifest'}"
    return title, f"Floor: {votes}{among}", came, _money(pool["amount"], currency), amount


def _source(source: dict[str, Any]) -> str:
    """A sale, deal or refund in one cell."""
    if not source:
        return ""
    where = "".join(f", {each}" for each in (source["license"], source["territory"]) if each)
    prices = f"price {_short(source['gross'])}, fund {_short(source['fund'])}"
    kind = source["refund_kind"] or source["kind"]
    return f"{kind} {source['source_id']}, {source['date']}{where}; {prices}"


def _pool(pool: dict[str, Any], currency: str) -> tuple[str, str, str, str]:
    names = {
        "floor": "Equal votes of training works",
        "influence": "Influence on sold pictures",
        "deal": "Data deal",
        "reserve": "A past year's reserve",
    }
    facts = [_count(pool["sources"], "payment")]
    facts += [_terms(pool["deal"], currency)] if pool["deal"] else []
    facts += [pool["release_id"]] if pool["release_id"] else []
    facts += [f"{pool['method']}, reliability {_percent(pool['reliability'])}"] if pool["method"] else []
    reserve = _money(pool["reserve"], currency)
    why = f" ({pool['reserve_reason'].replace('_', ' ')})" if pool["reserve_reason"] else ""
    label = f"{names.get(pool['part'], pool['part'])}: {', '.join(facts)}"
    return label, _money(pool["amount"], currency), _money(pool["allocated"], currency), reserve + why


def _terms(deal: dict[str, Any], currency: str) -> str:
    """Parties, works, price, split and term of a data deal."""
    term = f"from {deal['first_day']} {'to ' + deal['last_day'] if deal['last_day'] else 'without end'}"
    split = f"{_percent(deal['fund_share'], 6)} for contributors"
    price = _money(deal["price"], currency)
    sold = f"{_count(deal['works'], 'work')} for {price}"
    return f"{deal['buyer']} ({deal['territory']}) licensed {sold}, {split}, {term}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _micros(text: str) -> int:
    return int(text.replace(".", ""))


def _money(text: str, currency: str) -> str:
    return str(Money(_micros(text), currency))


def _percent(text: str, places: int = 9) -> str:
    """``0.123400000`` as ``12.34 %``; other words stay."""
    if not text[0].isdigit():
        return text
    parts = int(text.replace(".", ""))
    whole, rest = divmod(parts, 10 ** (places - 2))
    return f"{whole}.{rest:0{places - 2}d}".rstrip("0").rstrip(".") + " %"


def _short(text: str) -> str:
    """An amount without its currency."""
    units, micros = divmod(abs(_micros(text)), MICROS)
    return f"{'-' if text.startswith('-') else ''}{units}.{f'{micros:06d}'.rstrip('0').ljust(2, '0')}"
