"""Lays one picture on another that it may be made from: turned, mirrored, cropped, framed or written on.

``plate`` (sketch → arrays), ``search`` (coarse: all turns, sizes and places by correlation), ``refine``
(exact to a part of a pixel), ``colour`` (whether a place is worth that), ``agree`` (how far the two then are
the same), ``lay`` (all of it). ``local`` (features of the whole picture, kept beside its sketch) and
``codebook`` (what their codes mean).
"""

from fairstock.screening.overlay.featured import MATCHED
from fairstock.screening.overlay.lay import lay, lay_nearest
from fairstock.screening.overlay.local import Local, asked_words, local_features, words
from fairstock.screening.overlay.plate import Plates
from fairstock.screening.overlay.search import Held

__all__ = [
    "MATCHED",
    "Held",
    "Local",
    "Plates",
    "asked_words",
    "lay",
    "lay_nearest",
    "local_features",
    "words",
]
