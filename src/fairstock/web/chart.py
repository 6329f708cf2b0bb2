"""A path over time as the numbers of an inline drawing; the template writes the SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 640, 220, 34
_MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Chart:
    """Coordinates in a box of ``WIDTH`` × ``HEIGHT``."""

    line: str
    """Points of the polyline: ``x,y x,y …``."""
    limit: float
    """Height of the threshold."""
    zero: float
    """Height of the value 0."""
    mark: tuple[float, float] | None
    """Where the threshold was first reached."""
    count: int
    """Values in the path."""
    width: int = WIDTH
    height: int = HEIGHT
    margin: int = MARGIN


def chart(values: Sequence[float], threshold: float, reached: int | None = None) -> Chart:
    """The drawing of ``values`` and threshold; ``reached`` is the number, from 1, of the first above it.

    A long path is thinned to a few hundred points, the last one and ``reached`` kept.
    """
    low = min([-1.0, *values])
    high = max([threshold * 1.25, *values])

    def across(number: int) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * number / max(1, len(values)), 1)

    def up(value: float) -> float:
        return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / (high - low), 1)

    step = max(1, len(values) // _MOST_POINTS)
    kept = sorted({*range(1, len(values) + 1, step), len(values), *([reached] if reached else [])} - {0})
    points = [(0, 0.0), *[(number, values[number - 1]) for number in kept]]
    return Chart(
        line=" ".join(f"{across(number)},{up(value)}" for number, value in points),
        limit=up(threshold),
        zero=up(0.0),
        mark=(across(reached), up(values[reached - 1])) if reached else None,
        count=len(values),
    )
