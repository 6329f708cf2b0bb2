"""The catalogue: what is in the library, whose it is, how it is recognised, and whether it may be sold or
trained on.
"""
