"""What was designed: plan models read from IFC, glTF and OBJ, and what they say of their place."""
