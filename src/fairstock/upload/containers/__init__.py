"""Reads the outer structure of image files without decoding them: size, frames, and where metadata lies."""
