"""How tiles are made: from point clouds and plan models to a finished tileset."""
