"""Licensed training sets, model releases and their manifests."""
