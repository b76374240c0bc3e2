"""Labels beside dots that cover neither each other nor, where it can be helped, other dots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from geoterritorio.publication.drawing import INK, PAPER

Points = npt.NDArray[np.float64]
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_ACROSS = {1: "left", -1: "right", 0: "center"}
_UP = {1: "bottom", -1: "top", 0: "center"}
# A label over more dots than this tells less than it hides.
_COVERED = 2


def near_labels(
    figure: Figure, axes: Axes, places: Points, areas: Points, chosen: Sequence[int], texts: Sequence[str]
) -> None:
    """
    Labels right, left, above or below their dots, each where it covers fewest dots.

    Parameters
    ----------
    figure, axes
        The picture, whose limits are set and to which nothing else is added later.
    places
        Places of all dots.
    areas
        Areas of the dots in square points.
    chosen
        Positions of the dots that get a label, the most important first.
    texts
        Their labels; one that would cover another, too many dots, or leave the axes is left out.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    inside, dots = axes.get_window_extent(renderer), axes.transData.transform(places)
    taken: list[Bbox] = []
    for text, i in zip(texts, chosen, strict=True):
        label = axes.annotate(
            text,
            places[i],
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=6.5,
            color=INK,
            parse_math=False,
            annotation_clip=False,
            path_effects=[withStroke(linewidth=2, foreground=PAPER)],
            zorder=6,
        )
        label.set_in_layout(False)
        found: list[tuple[int, int, Bbox]] = []
        for side, (across, up) in enumerate(_SIDES):
            _beside(label, across, up, float(areas[i]))
            box = label.get_window_extent(renderer)
            if _within(box, inside) and not any(box.overlaps(other) for other in taken):
                found.append((_covered(box, dots), side, box))
        covered, side, box = min(found, key=lambda f: f[:2], default=(_COVERED + 1, 0, inside))
        if covered > _COVERED:
            label.remove()
            continue
        _beside(label, *_SIDES[side], float(areas[i]))
        taken.append(box)


def _beside(label: Annotation, across: int, up: int, area: float) -> None:
    away = np.sqrt(area) / 2 + 1.5
    slanted = 0.7 if across and up else 1.0
    label.set(ha=_ACROSS[across], va=_UP[up])
    label.xyann = (across * away * slanted, up * away * slanted)


def _within(box: Bbox, room: Bbox) -> bool:
    return bool(room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1)


def _covered(box: Bbox, dots: Points) -> int:
    """Dots whose middle lies under the box."""
    x, y = dots.T
    return int(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).sum())
