"""What the others are measured against: every shape of a file, made by IfcOpenShell's iterator on one thread.

python iterate.py FILE OUT

Nothing is read of the elements, and nothing is written but how many shapes and triangles there were.
"""

import json
import sys
from pathlib import Path

import ifcopenshell
import ifcopenshell.geom

_LIBRARY = "hybrid-cgal-simple-opencascade"


def main() -> None:
    """Iterate."""
    path, out = sys.argv[1:]
    file = ifcopenshell.open(path)
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    iterator = ifcopenshell.geom.iterator(settings, file, 1, geometry_library=_LIBRARY)
    shapes = triangles = 0
    if iterator.initialize():
        while True:
            triangles += len(iterator.get().geometry.faces_buffer) // 12
            shapes += 1
            if not iterator.next():
                break
    Path(out).write_text(json.dumps({"shapes": shapes, "triangles": triangles}), encoding="utf-8")


if __name__ == "__main__":
    main()
