"""Figures of the pixel model on left-out sources, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from fairstock.adapters.forensic_features import Gathered
from fairstock.adapters.forensic_training import RECIPES, calibrated, left_out
from fairstock.bootstrap import get_app
from fairstock.screening.account_rule import shipped
from fairstock.screening.accounts import walk
from fairstock.screening.model import Outcome
from fairstock.screening.pixels.calibration import tail
from fairstock.screening.pixels.cases import Case
from fairstock.screening.pixels.evaluation import account_rates, report
from fairstock.screening.screen import screen

WEAK = 0.7
"""An AUC below this is said to fail."""
_BATCH = 32


def measured(cases: Sequence[Case], gathered: Gathered, name: str, rate: float) -> dict[str, Any]:
    """All figures of one model: by view, kind of group and group; accounts; and where it fails."""
    scores = left_out(cases, gathered, RECIPES[name])
    marked = _marked(cases)
    calibration = calibrated(cases, scores, rate)
    tails = [tail(float(score), calibration.human) for score in scores.native]
    rule = shipped()
    made: dict[str, Any] = {"accounts": account_rates(cases, tails, lambda seen: walk(seen, rule).flagged)}
    for view, values in (("as they are", scores.native), ("equalised", scores.equalised)):
        parts = report(cases, values, marked)
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
    made["weak"] = list(_weak(made))
    return made


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
    for view in ("as they are", "equalised"):
        for part in ("source", "pair", "style"):
            for group, figures in made[view][part].items():
                if figures["auc"] is not None and figures["auc"] < WEAK:
                    yield f"{part} {group}, {view}: AUC {figures['auc']:.2f}"
    for source, rate in made["accounts"]["human"].items():
        if rate > 0.01:
            yield f"{rate:.0%} of imagined honest accounts that draw from {source} alone are flagged"
    for source, rate in made["accounts"]["ai"].items():
        if rate < 0.9:
            yield f"only {rate:.0%} of imagined AI accounts that draw from {source} alone are flagged"


def tables(name: str, made: dict[str, Any]) -> Iterable[Table]:
    """The figures for people."""
    for view in ("as they are", "equalised"):
        table = Table(title=f"{name}: pictures {view}, sources left out")
        for heading in ("", "group", "AI", "human", "AUC", "found at 1 %", "found at 0.5 %"):
            table.add_column(heading)
        for part, groups in made[view].items():
            for group, figures in groups.items():
                table.add_row(part, group, *(_shown(value) for value in figures.values()))
        yield table
    table = Table(title=f"{name}: accounts of 30 pictures from one source that are flagged")
    for heading in ("", "source", "flagged"):
        table.add_column(heading)
    for kind, rates in made["accounts"].items():
        for source, rate in rates.items():
            table.add_row(kind, source, f"{rate:.0%}")
    yield table


def _shown(value: float | int | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
