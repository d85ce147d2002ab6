"""What tiling plan models costs, measured from outside: the parts of `benchmarks/models.py`."""
