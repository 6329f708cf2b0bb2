"""Generated images: the request, the seed, the result."""
