"""Rights and safety: agencies' names, faces, nudity, and what captions claim."""
