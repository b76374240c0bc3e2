"""What every chart shares: colours, style, axes, labels, and the ways out of it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import takewhile
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.legend_handler import HandlerTuple
from matplotlib.text import Text
from matplotlib.ticker import NullLocator

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.lean_svg import svg_address
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
# What data leave open, beside what they tell.
OPEN: Mapping[str, Any] = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "////", "linewidth": 0.4}
LQ_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
LQ_TICKS_CLOSE = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 4, 5, 7, 10)
WIDTH = 7.6
# Inches in height that a printed page holds of a figure as wide as its text (`report.css`), and points of the smallest
# letters within a page: 6 on paper, where a figure is 184 mm wide, or a tenth less if all of its letters are large.
TALLEST, LEAST, LARGE = 9.8, 6.4, 7.0
# Pixels of an inch in files of pixels.
RESOLUTION = 200
NO_DATA = mark("Nothing to draw")
_NOTHING = "nothing"
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
    "svg.fonttype": "none",
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
# Letters of an axis's name that fit in an inch.
_LETTERS = 14.0
# Labels beside the axes, in inches: height of a line, room between two labels, and what of the picture is not axes.
_LINE, _GAP, _AROUND = 0.107, 0.05, 1.2
# Letters in points and height in inches of rows whose longest name has one, two or three lines.
_ROW_LETTERS: Mapping[int, float] = {1: 8.5, 2: 7.4, 3: 7.0}
_ROW_HEIGHTS: Mapping[int, float] = {1: 0.0, 2: 0.27, 3: 0.36}
Points = npt.NDArray[np.float64]


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
    """Logarithmic axis of jobs or establishments, ticked at powers of ten; between them too, where these are few."""
    powers = 10.0 ** np.arange(0, 10)
    for steps in ([1], [1, 3], [1, 2, 5]):
        ticks = [t for t in np.outer(powers, steps).ravel() if low <= t <= high]
        if len(ticks) >= _FEW_TICKS:
            break
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


def wrapped(texts: Sequence[object], width: int, lines: int = 2) -> list[str]:
    r"""
    Texts broken into lines, still different where the texts are.

    Parameters
    ----------
    texts
        Any texts.
    width
        Most characters of a line.
    lines
        Most lines; what is left over is cut from the last one.

    Returns
    -------
    texts
        Texts with line breaks between words.

    Examples
    --------
    >>> wrapped(["Business and financial operations"], 22)
    ['Business and financial\noperations']
    """
    broken = [textwrap.wrap(_drawable(text), width, break_on_hyphens=False) or [" "] for text in texts]
    heads = [parts[: lines - 1] if len(parts) > lines else parts for parts in broken]
    rests = labels_of(
        [" ".join(parts[len(head) :]) for head, parts in zip(heads, broken, strict=True)], width
    )
    return ["\n".join([*head, rest]).rstrip() or " " for head, rest in zip(heads, rests, strict=True)]


def name_rows(axes: Axes, places: npt.ArrayLike, texts: Sequence[str]) -> None:
    """Names of the rows at the left, in smaller letters where some have several lines."""
    axes.set_yticks(np.asarray(places), labels=list(texts), parse_math=False)
    axes.tick_params(axis="y", length=0, labelsize=_ROW_LETTERS[_most_lines(texts)])
    for label in axes.get_yticklabels():
        label.set_linespacing(1.0)
    axes.spines["left"].set_visible(False)


def row_height(texts: Sequence[str], single: float = 0.22) -> float:
    """Height of a row in inches; more where names have several lines."""
    return max(single, _ROW_HEIGHTS[_most_lines(texts)])


def _most_lines(texts: Sequence[str]) -> int:
    return min(max((text.count("\n") + 1 for text in texts), default=1), 3)


def name_axis(axes: Axes, side: str, text: str, width: int = 60) -> None:
    """Name of an axis, in as many lines as it needs: an upright one by the height of the picture, else by `width`."""
    figure = axes.get_figure(root=True)
    if side == "y" and figure is not None:
        width = max(int(_LETTERS * (figure.get_size_inches()[1] - 1.6)), 12)
    axes.set(**{f"{side}label": "\n".join(textwrap.wrap(text, width)) or " "})
    (axes.xaxis if side == "x" else axes.yaxis).label.set_parse_math(False)


def headline(figure: Figure, *parts: str) -> None:
    """Title of a picture: what is shown, of whom, and how much of it."""
    text = " · ".join(part for part in parts if part)
    figure.suptitle(
        wrapped([text], 105)[0],
        x=0.01,
        ha="left",
        fontsize=9.5,
        color=INK,
        linespacing=1.25,
        parse_math=False,
    )


def without_common_start(names: Sequence[str], width: int) -> Sequence[str]:
    """Names without the words that all of them begin with, where some are too long for their line."""
    different = {tuple(name.split()) for name in names}
    if len(different) < 2 or max(map(len, names)) <= width:  # noqa: PLR2004 - one name has no other to share words with
        return names
    words = list(takewhile(lambda column: len(set(column)) == 1, zip(*different, strict=False)))
    return names if not words else ["…" + " ".join(name.split()[len(words) :]) for name in names]


def without_common_end(names: Sequence[str], width: int) -> Sequence[str]:
    """Names without the words that all of them end with, where some are too long for their line."""
    turned = without_common_start([" ".join(reversed(name.split())) for name in names], width)
    if not names or not all(name.startswith("…") for name in turned):
        return names
    return [" ".join(reversed(name[1:].split())) + "…" for name in turned]


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
        ``data:image/svg+xml,…``; the same figure gives the same text.
    """
    with _legible(figure):
        return svg_address(picture(figure, ".svg").decode())


def has_large_letters(figure: Figure) -> bool:
    """
    Whether a figure can be printed a tenth smaller than the text is wide, and still be read.

    Parameters
    ----------
    figure
        Any figure.

    Returns
    -------
    large
        Its smallest letters are so large, and a page holds it whole.

    Examples
    --------
    >>> has_large_letters(nothing("en"))
    True
    """
    told = (float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text().strip())
    return figure.get_figheight() <= TALLEST and min(told, default=LARGE) >= LARGE


@contextmanager
def _legible(figure: Figure) -> Iterator[None]:
    """Letters large enough for paper, where a figure taller than a page is made smaller; as they were afterwards."""
    least = LEAST * max(1.0, figure.get_figheight() / TALLEST)
    small = {text: size for text in figure.findobj(Text) if (size := float(text.get_fontsize())) < least}
    for text in small:
        text.set_fontsize(least)
    try:
        yield
    finally:
        for text, size in small.items():
            text.set_fontsize(size)


def margin_labels(
    axes: Axes, x: Sequence[float], y: Sequence[float], texts: Sequence[str], *, floor: float = 0.02
) -> None:
    """Labels in a column beside the axes, each near the height of its dot, so that none covers a dot or another one."""
    points = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    # axes whose limits are set know how high a dot stands before anything is drawn
    heights = (axes.transScale + axes.transLimits).transform(points)[:, 1] if len(points) else points[:, 1]
    order = np.argsort(-heights, kind="stable")
    figure = axes.get_figure(root=True)
    tall = 4.0 if figure is None else figure.get_size_inches()[1] - _AROUND
    sizes = [(_LINE * (texts[i].count("\n") + 1) + _GAP) / tall for i in order]
    for i, height in zip(order, _apart(heights[order], sizes, floor), strict=True):
        axes.annotate(
            texts[i],
            tuple(points[i]),
            xytext=(1.03, height),
            textcoords="axes fraction",
            va="center",
            fontsize=6.8,
            linespacing=1.0,
            parse_math=False,
            arrowprops=_LEADER,
        )


def _apart(heights: Points, sizes: Sequence[float], floor: float) -> list[float]:
    """Middles of labels of some sizes, from the highest down, moved apart until they fit between floor and top."""
    placed: list[float] = []
    top = 1.0
    for height, size in zip(heights, sizes, strict=True):
        placed.append(min(float(height), top - size / 2))
        top = placed[-1] - size / 2
    for k in reversed(range(len(placed))):
        placed[k] = max(placed[k], floor + sizes[k] / 2)
        floor = placed[k] + sizes[k] / 2
    return placed


def canvas(height: float) -> tuple[Figure, Axes]:
    """Figure of the usual width and of some height in inches, with its axes."""
    figure = Figure(figsize=(WIDTH, max(height, 1.6)), layout="constrained", facecolor=PAPER)
    return figure, figure.add_subplot()


def nothing(lang: Language, why: str = "") -> Figure:
    """Figure that says there is nothing to draw, and why, where that is known."""
    say: Translate = translator(lang)
    figure, axes = canvas(1.6)
    axes.set_axis_off()
    text = "\n".join([say(NO_DATA), *textwrap.wrap(why, 100)])
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, parse_math=False)
    figure.set_gid(_NOTHING)
    figure.set_label(why)
    return figure


def undrawn(figure: Figure) -> str | None:
    """
    Why a picture shows nothing.

    Parameters
    ----------
    figure
        Any figure.

    Returns
    -------
    why
        None where it shows something, empty where the reason is not known; in the language of the picture.

    Examples
    --------
    >>> undrawn(nothing("en", "No second period.")), undrawn(canvas(2.0)[0])
    ('No second period.', None)
    """
    return str(figure.get_label()) if figure.get_gid() == _NOTHING else None


def legend_below(
    figure: Figure,
    handles: Sequence[Any],
    labels: Sequence[str],
    *,
    note: str = "",
    columns: int | None = None,
) -> None:
    """Legend below the axes, with a note on how the picture is read above it."""
    legend = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns or _columns(labels),
        fontsize=7.5,
        handlelength=3.0 if any(isinstance(handle, tuple) for handle in handles) else 1.4,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.0)},
        title="\n".join(textwrap.wrap(note, 118)) or None,
        title_fontproperties={"size": 7.5},
    )
    legend.get_title().set(color=MUTED, parse_math=False)
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
        figure.savefig(buffer, format=suffix[1:], dpi=RESOLUTION, metadata=dict.fromkeys(names[suffix]))
    return buffer.getvalue()
