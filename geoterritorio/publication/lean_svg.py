"""Pictures within a page: the same to the eye, in a third of the bytes."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
from PIL import Image

# Reader's fonts as wide as the one a chart was measured with, where that one is not there.
_FONT, _SIMILAR = "DejaVu Sans", "Verdana, Geneva, sans-serif"
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>\s*<!DOCTYPE[^>]*>\s*")
_TAG, _STYLE, _ID, _LINK = (
    re.compile(pattern)
    for pattern in (r"<[^>]*>", r' style="([^"]*)"', r' id="([^"]*)"', r'(?:href="#|url\(#)([^")]+)')
)
_PATH = re.compile(r' d="([^"]*)"')
# Signs that an address cannot hold, or that would end the attribute around it.
_ESCAPES = str.maketrans(
    {"%": "%25", "#": "%23", '"': "%22", "&": "%26", "<": "%3C", "\n": "%0A", "\r": "%0D", "\t": "%09"}
)


def svg_address(drawn: str) -> str:
    """
    Picture as an address that an ``img`` element shows.

    Parameters
    ----------
    drawn
        Picture as matplotlib writes it.

    Returns
    -------
    address
        ``data:image/svg+xml,…`` in plain signs, which is a quarter shorter than base64; none of them ends an attribute
        between double quotes or begins a tag.

    Notes
    -----
    Coordinates keep a tenth of a point, a thirtieth of a millimetre. What looks alike more than once is written once.

    Examples
    --------
    >>> svg_address('<svg><g id="a"><path d="M 0.04 1.26 L 2 3" style="fill: #fff"/></g></svg>')
    "data:image/svg+xml,%3Csvg>%3Cg>%3Cpath d='M0 1.2L2 3' style='fill:%23fff'/>%3C/g>%3C/svg>"
    """
    drawn = _METADATA.sub("", _PROLOGUE.sub("", drawn))
    # texts stand between the tags and stay as they are
    drawn = re.sub(r"(data:image/png;base64,)([^\"]+)", _fewer_colours, drawn)
    linked = frozenset(_LINK.findall(drawn))
    drawn = _TAG.sub(lambda tag: _lean(tag[0], linked), drawn)
    drawn = re.sub(r">\s*\n\s*<", "><", drawn)
    drawn = _once(drawn)
    drawn = _TAG.sub(lambda tag: tag[0] if "'" in tag[0] else tag[0].replace('"', "'"), drawn)
    return "data:image/svg+xml," + drawn.translate(_ESCAPES)


def _fewer_colours(embedded: re.Match[str]) -> str:
    """Thousands of dots as a raster of 256 colours, a quarter of its size and the same to the eye."""
    buffer = io.BytesIO()
    raster = Image.open(io.BytesIO(base64.b64decode(embedded[2])))
    few = raster.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(buffer, "png", optimize=True)
    return embedded[1] + base64.b64encode(buffer.getvalue()).decode("ascii")


def _lean(tag: str, linked: frozenset[str]) -> str:
    """Tag without decimals that no eye can see, and names that nothing asks for; letters keep their width."""
    tag = re.sub(r"(\.\d\d)\d+", r"\1", tag).replace(f"'{_FONT}'", f"{_FONT}, {_SIMILAR}")
    tag = _ID.sub(lambda found: found[0] if found[1] in linked else "", tag)
    tag = _STYLE.sub(_short_style, tag)
    return _circle(_PATH.sub(lambda path: f' d="{_tenths(path[1])}"', tag))


def _short_style(found: re.Match[str]) -> str:
    short = re.sub(r"([:;])\s+", r"\1", found[1])
    return f' style="{short}"'


def _tenths(path: str) -> str:
    """Path to a tenth of a point without spaces that nothing needs."""
    short = re.sub(r"(\.\d)\d+", r"\1", path)
    short = re.sub(r"-0\.0(?!\d)", "0", short).replace(".0", "")
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", short).strip()


def _circle(tag: str) -> str:
    """A circle of eight curves as a circle."""
    found = _PATH.search(tag)
    if found is None or found[1].count("C") != _CURVES or set(re.findall("[A-Za-z]", found[1])) != set("MCz"):
        return tag
    points = np.array(re.findall(r"-?\d+\.?\d*", found[1]), dtype=float).reshape(-1, 2)
    least, most = points.min(axis=0), points.max(axis=0)
    across, middle = most - least, (most + least) / 2
    ends = np.hypot(*(points[::3] - middle).T)
    if abs(across[0] - across[1]) > _SLACK or np.abs(ends - across[0] / 2).max() > _SLACK:
        return tag
    x, y, r = (f"{v:.2f}".rstrip("0").rstrip(".") for v in (*middle, across.mean() / 2))
    made = tag.replace(found[0], f' cx="{x}" cy="{y}" r="{r}"')
    return re.sub("^<path", "<circle", made)


# Curves of a circle as it is drawn, and what rounding moves, in points.
_CURVES, _SLACK = 8, 0.25


def _once(drawn: str) -> str:
    """Styles that occur more than once, written once."""
    styles = Counter(_STYLE.findall(drawn))
    names = dict(zip((s for s, n in styles.most_common() if n > 1), _names(), strict=False))
    if not names:
        return drawn
    drawn = _STYLE.sub(lambda found: f' class="{names[found[1]]}"' if found[1] in names else found[0], drawn)
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    return (
        drawn.replace("</style>", f"{rules}</style>", 1)
        if "</style>" in drawn
        else (re.sub(r"(<svg[^>]*>)", lambda head: f"{head[1]}<style>{rules}</style>", drawn, count=1))
    )


def _names() -> Iterator[str]:
    """Short names, the shortest first."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    yield from letters
    for first in letters:
        for second in letters:
            yield first + second
