"""The loops that touch every point, compiled by numba.

Each is a plain loop over arrays. The compiled code is cached beside these files, so only the first run after an
installation pays for compiling.
"""
