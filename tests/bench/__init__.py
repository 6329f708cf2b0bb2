"""Measurements against the plain alternative in the same run; `make bench` prints ratios."""

import fairstock  # noqa: F401 - before numpy, whose threads would spin: see ``fairstock.process.prepare``
