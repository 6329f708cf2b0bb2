"""All SQL of the catalogue: ``records``, ``features`` (vectors), ``hashes`` (the index on them), ``local``
(corners and spots, found by their words).
"""

from fairstock.asset.store.features import (
    BadEmbedding,
    add_fingerprint,
    add_fingerprints,
    embeddings,
    fingerprint_of,
    fingerprints,
    nearest,
    nearest_many,
)
from fairstock.asset.store.hashes import MOST_RADIUS, RadiusTooLarge, alike, within, within_many
from fairstock.asset.store.local import (
    add_local,
    local_features,
    local_of,
    sharing_many,
    without_local,
)
from fairstock.asset.store.records import (
    AssetNotFound,
    add,
    add_many,
    added_since,
    by_sha,
    get,
    id_of,
    ids_by_sha,
    many,
    now,
    of_contributor,
    of_kind,
    restore,
    withdraw,
)

__all__ = [
    "MOST_RADIUS",
    "AssetNotFound",
    "BadEmbedding",
    "RadiusTooLarge",
    "add",
    "add_fingerprint",
    "add_fingerprints",
    "add_local",
    "add_many",
    "added_since",
    "alike",
    "by_sha",
    "embeddings",
    "fingerprint_of",
    "fingerprints",
    "get",
    "id_of",
    "ids_by_sha",
    "local_features",
    "local_of",
    "many",
    "nearest",
    "nearest_many",
    "now",
    "of_contributor",
    "of_kind",
    "restore",
    "sharing_many",
    "withdraw",
    "within",
    "within_many",
    "without_local",
]
