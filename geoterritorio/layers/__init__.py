"""What do we know? Layers, their columns, their checks, their files."""
