"""One self-contained HTML map: data never pass a template."""
