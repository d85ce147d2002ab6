"""What tiling plan models costs: wall and CPU time, memory and bytes, beside py3dtiles and IfcOpenShell's iterator.

    python benchmarks/models.py HOUSE.ifc DUPLEX.ifc --large HOUSE.ifc

Needs Linux. The files are given, since real buildings are not ours to hand out; `--large` copies one of them to 100 MB.
"""

from modelbench.command import main

if __name__ == "__main__":
    main()
