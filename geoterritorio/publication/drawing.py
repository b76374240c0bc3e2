"""What every chart shares: colours, style, axes, labels, and the ways out of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import NullLocator

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.numbers import Numbers

INK, MUTED, RULE, PAPER = "#22272e", "#59626d", "#d5d9de", "#ffffff"
COLOURS: Mapping[str, str] = {
    "high": "#a8480a",
    "low": "#1f5a8c",
    "unclear": "#b9bfc7",
    "few": "#dccfa6",
    "untested": "#eceef1",
    "withheld": "#ffffff",
    "unknown": "#f3f4f6",
}
LQ_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LQ_TICKS_CLOSE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 4, 5, 7, 10)
WIDTH = 7.6
NO_DATA = mark("No cells to draw")
_FONT = "DejaVu Sans"  # travels with matplotlib, so a chart looks the same everywhere
_STYLE: dict[str, Any] = {
    "font.family": [_FONT],
    "font.size": 8.5,
    "text.usetex": False,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "geoterritorio",
}
_P = ParamSpec("_P")
_LEADER = {
    "arrowstyle": "-",
    "color": MUTED,
    "linewidth": 0.5,
    "shrinkA": 1,
    "shrinkB": 2,
    "relpos": (0, 0.5),
}
_LOOSE_ENDS = " ,;:·(-"
_FEW_TICKS = 4


def styled(chart: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Chart drawn in the house style."""

    # the caller's matplotlib settings neither reach the chart nor are changed by it
    @wraps(chart)
    def inner(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        with style.context(["default", _STYLE]):
            return chart(*args, **kwargs)

    return inner


def log_axis(axes: Axes, side: str, low: float, high: float, numbers: Numbers) -> None:
    """Logarithmic axis of quotients, ticked at 1 and at round values."""
    ticks = quotient_ticks(low, high)
    _log_ticks(axes, side, low, high, {t: numbers.plain(t) for t in ticks})


def size_axis(axes: Axes, side: str, low: float, high: float, numbers: Numbers) -> None:
    """Logarithmic axis of jobs or establishments, ticked at powers of ten."""
    ticks = [t for t in 10.0 ** np.arange(0, 10) if low <= t <= high]
    _log_ticks(axes, side, low, high, {t: numbers.count(t) for t in ticks})


def _log_ticks(axes: Axes, side: str, low: float, high: float, ticks: Mapping[float, str]) -> None:
    axes.set(**{f"{side}scale": "log", f"{side}lim": (low, high)})
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_ticks(list(ticks), labels=list(ticks.values()), parse_math=False)
    axis.set_minor_locator(NullLocator())


def quotient_ticks(low: float, high: float) -> list[float]:
    """Round quotients between two limits, far enough apart to be read; 1 first."""
    every = [t for t in LQ_TICKS if low <= t <= high]
    if len(every) < _FEW_TICKS:
        every = [t for t in LQ_TICKS_CLOSE if low <= t <= high]
    apart = 0.05 * np.log(high / low)
    kept = [1.0] if low <= 1 <= high else []
    for tick in every:
        if all(abs(np.log(tick / other)) > apart for other in kept):
            kept.append(tick)
    return sorted(kept)


def literal(text: object, width: int) -> str:
    """
    Text as it can be drawn: one short line without characters the font lacks.

    Parameters
    ----------
    text
        Any text.
    width
        Most characters.

    Returns
    -------
    text
        White space becomes single spaces, a missing end an ellipsis, a missing glyph a box.

    Examples
    --------
    >>> literal("Business and financial operations", 22)
    'Business and financia…'
    """
    drawn = _drawable(text)
    return drawn if len(drawn) <= width else drawn[: width - 1].rstrip(_LOOSE_ENDS) + "…"


def _drawable(text: object) -> str:
    font = get_font(findfont(FontProperties(family=_FONT)))
    return "".join(c if font.get_char_index(ord(c)) else "□" for c in " ".join(str(text).split())) or " "


def labels_of(texts: Sequence[object], width: int) -> list[str]:
    """Texts of at most some width, still different where the texts are."""
    # names that only differ at their end keep that end and lose their middle
    cut = [literal(text, width) for text in texts]
    full: dict[str, set[str]] = {}
    for short, text in zip(cut, texts, strict=True):
        full.setdefault(short, set()).add(_drawable(text))
    return [
        _without_middle(text, width) if len(full[short]) > 1 else short
        for short, text in zip(cut, texts, strict=True)
    ]


def _without_middle(text: object, width: int) -> str:
    drawn, tail = _drawable(text), width // 2
    return f"{drawn[: width - tail - 1].rstrip(_LOOSE_ENDS)}…{drawn[-tail:].lstrip(_LOOSE_ENDS)}"


def svg_uri(figure: Figure) -> str:
    """
    Figure as a data URI that an ``img`` element shows.

    Parameters
    ----------
    figure
        Any figure.

    Returns
    -------
    uri
        ``data:image/svg+xml;base64,…``; the same figure gives the same text.
    """
    return "data:image/svg+xml;base64," + base64.b64encode(picture(figure, ".svg")).decode("ascii")


def margin_labels(axes: Axes, x: Sequence[float], y: Sequence[float], texts: Sequence[str]) -> None:
    """Labels in a column beside the axes, from the highest point down, so that none covers a dot or another label."""
    order = np.argsort(-np.asarray(y, dtype=float), kind="stable")
    for place, i in enumerate(order):
        axes.annotate(
            texts[i],
            (np.asarray(x)[i], np.asarray(y)[i]),
            xytext=(1.02, 0.97 - 0.062 * place),
            textcoords="axes fraction",
            va="center",
            fontsize=7,
            parse_math=False,
            arrowprops=_LEADER,
        )


def canvas(height: float) -> tuple[Figure, Axes]:
    """Figure of the usual width and of some height in inches, with its axes."""
    figure = Figure(figsize=(WIDTH, max(height, 1.6)), layout="constrained", facecolor=PAPER)
    return figure, figure.add_subplot()


def nothing(lang: Language) -> Figure:
    """Figure that says there is nothing to draw."""
    say: Translate = translator(lang)
    figure, axes = canvas(1.6)
    axes.set_axis_off()
    axes.text(0.5, 0.5, say(NO_DATA), ha="center", va="center", color=MUTED, parse_math=False)
    return figure


def legend_below(figure: Figure, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Legend below the axes."""
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=_columns(labels), fontsize=7.5, handlelength=1.2
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _columns(labels: Sequence[str]) -> int:
    """As many columns of a legend as fit, at most four."""
    for columns in range(min(len(labels), 4), 1, -1):
        parts = np.array_split(np.array([len(label) for label in labels]), columns)
        # a letter is some 4.2 points wide, a handle with its gaps 34
        if sum(34 + 4.2 * part.max() for part in parts) <= 72 * WIDTH:
            return columns
    return 1


def picture(figure: Figure, suffix: str) -> bytes:
    """
    Figure as the content of a file.

    Parameters
    ----------
    figure
        Any figure.
    suffix
        Ending of the file: ``.png``, ``.svg`` or ``.pdf``.

    Returns
    -------
    content
        Bytes of the file; the same figure gives the same bytes.
    """
    buffer = io.BytesIO()
    names = {
        ".png": ("Software",),
        ".svg": ("Date", "Creator"),
        ".pdf": ("CreationDate", "Creator", "Producer"),
    }
    with style.context(["default", _STYLE]):
        figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=dict.fromkeys(names[suffix]))
    return buffer.getvalue()
