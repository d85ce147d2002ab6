"""What tiling points costs, measured from outside: the parts of `benchmarks/points.py`."""
