"""Figures of the pixel model on left-out sources, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from fairstock.adapters.forensic_training import Material, accounts, calibrated, left_out
from fairstock.adapters.forensic_views import EQUALISED, MODERN, NATIVE
from fairstock.bootstrap import get_app
from fairstock.screening.account_rule import halves
from fairstock.screening.model import Outcome
from fairstock.screening.pixels.cases import Case
from fairstock.screening.pixels.evaluation import report
from fairstock.screening.screen import screen

VIEWS = {"as they are": NATIVE, "equalised": EQUALISED, "as WebP or AVIF": MODERN}
"""By their names in the report."""
WEAK = 0.7
"""An AUC below this is said to fail."""
MOST, LEAST = 0.01, 0.9
"""Shares of human and of machine-run accounts' paths that may and should be flagged."""
_BATCH = 32


def measured(seen: Material, name: str, rate: float) -> dict[str, Any]:
    """All figures of one model: by view, kind of group and group; accounts; and where it fails."""
    cases = seen.cases
    scores = left_out(cases, seen.gathered, name, seen.people)
    marked = _marked(cases)
    calibration = calibrated(cases, scores, rate)
    made: dict[str, Any] = {"accounts": _accounts(accounts(cases, scores, seen.people, calibration))}
    for view, kept in VIEWS.items():
        parts = report(cases, scores.views[kept], marked)
        made[view] = {
            part: {group: figures.as_json() for group, figures in groups.items()}
            for part, groups in parts.items()
        }
    made["threshold"] = {
        "k": calibration.k,
        "n": calibration.n,
        "upper": calibration.upper,
        "found": float((scores.native >= calibration.threshold)[[case.generated for case in cases]].mean()),
    }
    if scores.asked is not None:
        made["asked"] = _asked(cases, scores.asked)
    made["weak"] = list(_weak(made))
    return made


def _asked(cases: Sequence[Case], asked: NDArray[np.bool_]) -> dict[str, float]:
    """The share of pictures about which the tower was asked: by kind, style of human ones, and source."""
    parts: dict[str, list[bool]] = {}
    for case, was in zip(cases, asked.tolist(), strict=True):
        kind = "ai" if case.generated else "human"
        names = [kind, f"{kind}: {case.source}", *([] if case.generated else [f"human, {case.style}"])]
        for name in names:
            parts.setdefault(name, []).append(was)
    return {name: sum(each) / len(each) for name, each in sorted(parts.items())}


def _accounts(known: Mapping[bool, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, float]]:
    """The share of each account's paths of 30 pictures that a rule flags which was learnt without its half;
    empty where there are too few accounts for halves.
    """
    human, machine = known[False], known[True]
    if min(len(human), len(machine)) < 4:
        return {"ai": {}, "human": {}}
    people, machines = halves(human, machine)
    return {"ai": machines, "human": people}


def _marked(cases: Sequence[Case]) -> NDArray[np.bool_]:
    """Which files are rejected on proof, by the marks and credentials that they carry."""
    app = get_app()
    found = []
    for start in range(0, len(cases), _BATCH):
        files = [case.path.read_bytes() for case in cases[start : start + _BATCH]]
        for data, seen in zip(files, app.decode_guard.inspect(files), strict=True):
            credentials = app.c2pa_reader.read(data, seen.mime) if seen.carries_c2pa else None
            found.append(screen(seen, credentials=credentials).outcome == Outcome.REJECT)
    return np.array(found)


def _weak(made: dict[str, Any]) -> Iterable[str]:
    """Plain sentences on groups that the model does not tell apart."""
    for view in VIEWS:
        for part in ("source", "pair", "style"):
            for group, figures in made[view][part].items():
                if figures["auc"] is not None and figures["auc"] < WEAK:
                    yield f"{part} {group}, {view}: AUC {figures['auc']:.2f}"
    yield from _weak_accounts(made["accounts"])


def _weak_accounts(known: dict[str, dict[str, float]]) -> Iterable[str]:
    human, machine = known["human"], known["ai"]
    if human and (share := np.mean([*human.values()])) > MOST:
        yield f"of {len(human)} human accounts {share:.1%} are flagged (goal: at most {MOST:.0%})"
    if machine and (share := np.mean([*machine.values()])) < LEAST:
        yield f"of {len(machine)} AI accounts {share:.1%} are flagged (goal: at least {LEAST:.0%})"
    for source, rate in human.items():
        if rate > MOST:
            yield f"{rate:.0%} of paths of the human account {source} are flagged"
    for source, rate in machine.items():
        if rate < LEAST:
            yield f"only {rate:.0%} of paths of the AI account {source} are flagged"


def tables(name: str, made: dict[str, Any]) -> Iterable[Table]:
    """The figures for people."""
    for view in VIEWS:
        table = Table(title=f"{name}: pictures {view}, sources left out")
        for heading in ("", "group", "AI", "human", "AUC", "found at 1 %", "found at 0.5 %"):
            table.add_column(heading)
        for part, groups in made[view].items():
            for group, figures in groups.items():
                table.add_row(part, group, *(_shown(value) for value in figures.values()))
        yield table
    table = Table(title=f"{name}: accounts of 30 pictures that are flagged, rules learnt from the other half")
    for heading in ("", "source", "flagged"):
        table.add_column(heading)
    for kind, rates in made["accounts"].items():
        for source, rate in rates.items():
            table.add_row(kind, source, f"{rate:.0%}")
    yield table


def _shown(value: float | int | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
