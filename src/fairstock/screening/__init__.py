"""Screening: what detectors observe in an upload, what the policy makes of it, and what people decide."""
