"""Uploads: what a file is, whether it can be opened safely, what it carries, and who claims to have
made it.
"""
