"""What tiling points costs: wall and CPU time, memory, disk and bytes, beside py3dtiles and bare decompression.

    python benchmarks/points.py --points 2 --rounds 1        a minute
    python benchmarks/points.py --large                      everything, for an idle machine

Needs Linux. The files are made here (`pointbench/ahnlike`), once, and look like AHN4 as it is delivered.
"""

from pointbench.command import main

if __name__ == "__main__":
    main()
