"""Writes the demo's folder of uploads: honest works, copies, machine-made pictures, hostile files.

Everything in it is made the same way on every run, byte for byte. The people who send what is not honest are
invented; the authors of the honest works are the real ones.
"""

from fairstock.adapters.demo_uploads.make import UPLOADER, Work, make
from fairstock.adapters.demo_uploads.scenario import write

__all__ = ["UPLOADER", "Work", "make", "write"]
