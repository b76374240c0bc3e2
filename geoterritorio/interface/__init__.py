"""The faces: command line, generated descriptions, translations."""
