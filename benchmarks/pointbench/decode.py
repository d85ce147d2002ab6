"""The floor that tiling is measured against: a LAZ file decompressed, all fields of all points, and nothing else.

python decode.py FILE single|parallel
"""

import sys

import laspy

_BATCH = 1_000_000
_BACKENDS = {"single": laspy.LazBackend.Lazrs, "parallel": laspy.LazBackend.LazrsParallel}


def main() -> None:
    """Decompress."""
    path, backend = sys.argv[1:]
    with laspy.open(path, laz_backend=_BACKENDS[backend]) as file:
        for points in file.chunk_iterator(_BATCH):
            assert len(points)


if __name__ == "__main__":
    main()
