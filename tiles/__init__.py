"""What a tile is: frames, geometry, glTF content, the tileset tree and where it is stored."""
