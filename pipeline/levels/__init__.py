"""Levels of detail of a plan model: what is seen from afar in few triangles, and how far that is from the truth."""
