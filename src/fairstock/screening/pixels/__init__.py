"""How likely a picture's pixels are to come from an image generator, and how sure that is."""
