"""Opt-outs: which works and names are refused, since when, for which use, and on which evidence."""
