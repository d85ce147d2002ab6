"""What becomes of files as architects deliver them: a table and a contact sheet, by the commands a planner types.

    python benchmarks/deliveries.py DATA OUT

Every model under `ifc`, `cityjson`, `citygml`, `mesh`, `3dtiles` and `zips` of DATA goes through `voorland inspect` and
`voorland tile model` (or `tile tileset`), and is drawn by the real viewer. Needs Linux and a Chromium. OUT gets
`table.md`, `sheet.png`, the pictures and the tilesets; it must be new or empty.
"""

from deliverybench.command import main

if __name__ == "__main__":
    main()
