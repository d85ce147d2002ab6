"""Someone else's 3D Tiles: looked through, put at the right height, and passed on."""
