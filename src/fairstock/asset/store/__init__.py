"""All SQL of the catalogue: ``records``, ``features`` (vectors) and ``hashes`` (the index on them)."""

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
from fairstock.asset.store.records import (
    AssetNotFound,
    add,
    add_many,
    by_sha,
    get,
    id_of,
    ids_by_sha,
    many,
    of_contributor,
    of_kind,
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
    "add_many",
    "alike",
    "by_sha",
    "embeddings",
    "fingerprint_of",
    "fingerprints",
    "get",
    "id_of",
    "ids_by_sha",
    "many",
    "nearest",
    "nearest_many",
    "of_contributor",
    "of_kind",
    "withdraw",
    "within",
    "within_many",
]
