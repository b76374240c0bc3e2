"""Labels beside dots that cover neither each other nor, where it can be helped, other dots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from geoterritorio.publication.drawing import INK, PAPER, without_common_end, without_common_start, wrapped
from geoterritorio.publication.plots._rows import named

Points = npt.NDArray[np.float64]
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 0))
# Letters in a line of a label, and most lines.
_LETTERS, _LINES = 22, 3
_ACROSS = {1: "left", -1: "right", 0: "center"}
_UP = {1: "bottom", -1: "top", 0: "center"}


def titles(table: pd.DataFrame, code: str, name: str = "name") -> list[str]:
    """
    Names of the rows in a few short lines, the code where there is no name; still different where the names are.

    Words with which all begin, or all end, are left out of long names: they tell none from another.
    """
    short = without_common_end([str(text) for text in named(table, code, name)], _LETTERS)
    return wrapped(without_common_start(short, _LETTERS), _LETTERS, _LINES)


def near_labels(
    axes: Axes,
    places: Points,
    areas: Points,
    texts: Mapping[int, str],
    *,
    covered: int = 2,
    most: int = 40,
    centred: bool = False,
) -> None:
    """
    Labels right, left, above or below their dots, each where it covers fewest dots.

    Parameters
    ----------
    axes
        Axes whose limits are set; nothing that moves them is added later.
    places
        Places of all dots.
    areas
        Areas of the dots in square points.
    texts
        Labels by the position of their dot, the most important first; one that would cover another label or leave the
        axes is left out.
    covered
        Most dots that a label may cover.
    most
        Most labels.
    centred
        Whether labels stand on their places where they can.
    """
    figure = axes.get_figure(root=True)
    if figure is None:
        return
    FigureCanvasAgg(figure)  # measures texts
    figure.draw_without_rendering()
    radii = np.sqrt(areas) / 2 * figure.dpi / 72
    inside, dots = axes.get_window_extent(), axes.transData.transform(places)
    taken: list[Bbox] = []
    order = list(range(len(_SIDES) - 1))
    order = [len(_SIDES) - 1, *order] if centred else order
    for i, text in texts.items():
        if len(taken) == most:
            return
        label = axes.annotate(
            text,
            places[i],
            xytext=(0, 0),
            textcoords="offset points",
            fontsize=6.5,
            linespacing=1.0,
            color=INK,
            parse_math=False,
            annotation_clip=False,
            bbox={"facecolor": PAPER, "alpha": 0.75, "edgecolor": "none", "pad": 0.4},
            zorder=6,
        )
        label.set_in_layout(False)
        best = (covered + 1, 0, inside)
        for side in order:
            _beside(label, side, float(areas[i]))
            box = label.get_window_extent()
            if _within(box, inside) and not any(box.padded(2).overlaps(other) for other in taken):
                best = min(
                    best, (_covered(box, dots, radii), order.index(side), box), key=lambda found: found[:2]
                )
        if best[0] > covered:
            label.remove()
            continue
        _beside(label, order[best[1]], float(areas[i]))
        taken.append(best[2])


def _beside(label: Annotation, side: int, area: float) -> None:
    across, up = _SIDES[side]
    away = (np.sqrt(area) / 2 + 1.5) * (0.7 if across and up else 1.0)
    label.set(ha=_ACROSS[across], va=_UP[up])
    label.xyann = (across * away, up * away)


def _within(box: Bbox, room: Bbox) -> bool:
    return bool(room.x0 <= box.x0 and box.x1 <= room.x1 and room.y0 <= box.y0 and box.y1 <= room.y1)


def _covered(box: Bbox, dots: Points, radii: Points) -> int:
    """Dots that the box covers in part."""
    x, y = dots.T
    # how far a dot's middle lies outside the box, in either direction
    across = np.maximum(np.maximum(box.x0 - x, x - box.x1), 0)
    up = np.maximum(np.maximum(box.y0 - y, y - box.y1), 0)
    return int((np.hypot(across, up) < radii).sum())
