"""Files of triangles: glTF, OBJ, COLLADA, STL, PLY, 3MF, DXF and USD, each read by a module of its name.

A reader gathers parts, triangles of one element and one material in the file's own unit and axes. `assemble` makes a
model of them, the same way for every format: metres, z up, what is broken left out and said.
"""
