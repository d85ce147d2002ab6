"""The parts of `benchmarks/deliveries.py`."""
