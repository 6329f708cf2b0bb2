"""Paying contributors: who is due, what holds a payment back, and one payment for each order however often it
is asked.
"""
