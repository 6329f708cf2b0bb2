"""The books: append-only transactions of two or more postings that sum to zero in every currency."""
