"""The house model: a small diffusion model, trained here, that draws after a few licensed works it looks up.

Retrieval-augmented diffusion (Blattmann et al. 2022, arXiv 2204.11824) as flow matching (Lipman et al. 2023,
arXiv 2210.02747) at 32 × 32 pixels, a sharpener to 128 × 128, and tracing to vectors for every size above.
"""
