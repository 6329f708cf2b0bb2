"""A seeded marketplace year on a real database, with real crashes, to see whether the books survive it."""
