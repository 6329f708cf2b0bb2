"""All SQL on the opt-out registry: ``entries`` (who refuses what), ``pictures`` (what works look like)."""

from fairstock.optout.store.entries import (
    PHASH_RADIUS,
    NothingOptedOut,
    add,
    add_name,
    digests,
    match,
    match_many,
    names,
    refused_names,
)
from fairstock.optout.store.pictures import (
    add_local,
    add_looks,
    local_features,
    near_many,
    sharing_many,
    without_local,
    without_looks,
)

__all__ = [
    "PHASH_RADIUS",
    "NothingOptedOut",
    "add",
    "add_local",
    "add_looks",
    "add_name",
    "digests",
    "local_features",
    "match",
    "match_many",
    "names",
    "near_many",
    "refused_names",
    "sharing_many",
    "without_local",
    "without_looks",
]
