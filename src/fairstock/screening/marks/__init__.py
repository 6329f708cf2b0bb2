"""Marks that image generators leave in their files; each reader names the generator and quotes what it
read.
"""
