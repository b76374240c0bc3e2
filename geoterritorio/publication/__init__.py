"""What do people look at? Map, charts, report."""
