"""Which works made a picture: influence as shares that sum to exactly one, with the method's measured
reliability.
"""
