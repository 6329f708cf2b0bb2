"""Copies: how quick the index on hashes is, and how many disguised works are found."""
