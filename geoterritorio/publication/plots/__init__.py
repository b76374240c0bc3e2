"""Pictures of what tools give: one function each, from the outputs by name to a figure. Importing files them."""

from geoterritorio.publication.plots.quotients import bubbles, forest

__all__ = ["bubbles", "forest"]
