"""How tiles are served: the HTTP interface and the viewer."""
