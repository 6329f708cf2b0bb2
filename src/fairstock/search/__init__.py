"""Finding works: a full-text index over live works, and neighbours by their image features.

The index is kept by a trigger in the same transaction that changes a work (``tables.py``), so no
caller can forget it. It is not the truth on availability: pages read the work itself before they
show it.
"""
