"""Small pictures of maps, as a browser draws them."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from PIL import Image

from geoterritorio.errors import DependencyError, LayerError, message
from geoterritorio.publication.printing import find_browser

# Pixels of a picture, and of the page that is seen on it: its letters can still be read.
WIDTH, HEIGHT = 640, 400
_PAGE = 960
LARGEST = 60_000
_COLOURS = (256, 128, 64, 32, 16)
_BY_EXTENT = Image.Quantize.MAXCOVERAGE
# Two browsers draw letters a little differently; below this mean difference in levels of 255 it is the same picture.
_SAME = 1.5
_LIMIT = 60_000.0
# Parts of the address that the page writes anew; the rest it keeps as it was given.
_WRITTEN = ("layer", "sector", "day", "territory")
# Parts that are chosen from a list of the page: one without a second map is empty there.
_CHOSEN = ("layer2", "sector2", "day2", "territory2", "parted", "colours")
_ASK = """names => ({
    ...Object.fromEntries(names.map(name => [name, document.getElementById(name).value])),
    told: !document.getElementById('story').hidden,
})"""
_OPTIONS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # the maps ask for nothing
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@contextmanager
def camera() -> Iterator[Any]:
    """
    Browser that takes pictures.

    Yields
    ------
    browser
        Chromium, driven by Playwright; for `take`.

    Raises
    ------
    DependencyError
        If Playwright or a browser is missing, or the browser cannot be started.
    """
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - needed for pictures alone
    except ImportError as error:
        raise DependencyError(message("Pictures of maps need Playwright: pip install playwright.")) from error
    program = find_browser()
    boxed = sys.platform == "win32" or os.geteuid() != 0
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=program, args=list(_OPTIONS), chromium_sandbox=boxed
            )
        except Error as error:
            reason = str(error).splitlines()[0]
            raise DependencyError(
                message("{browser} cannot be started ({reason}).", browser=program, reason=reason)
            ) from error
        yield browser
        browser.close()


def take(browser: Any, page: Path, address: Mapping[str, str]) -> bytes:
    """
    Picture of a map.

    Parameters
    ----------
    browser
        What `camera` gives.
    page
        File of the map.
    address
        Parts of its address: what it shows.

    Returns
    -------
    picture
        PNG of `WIDTH` × `HEIGHT` pixels, of no more than `LARGEST` bytes.

    Raises
    ------
    LayerError
        If the map does not show what the address asks for.
    """
    size = {"width": _PAGE, "height": _PAGE * HEIGHT // WIDTH}
    context = browser.new_context(viewport=size, device_scale_factor=WIDTH / _PAGE)
    try:
        opened = context.new_page()
        opened.goto(f"{page.absolute().as_uri()}#{urlencode(address)}")
        opened.wait_for_selector("html[data-ready]", state="attached", timeout=_LIMIT)
        # the address follows when the map rests
        opened.wait_for_timeout(300)
        shown = dict(parse_qsl(urlsplit(opened.url).fragment))
        _refuse_other(page, address, shown, opened.evaluate(_ASK, list(_CHOSEN)))
        drawn: bytes = opened.screenshot(animations="disabled")
    finally:
        context.close()
    return _small(Image.open(io.BytesIO(drawn)).convert("RGB").resize((WIDTH, HEIGHT)))


def _refuse_other(
    page: Path, asked: Mapping[str, str], shown: Mapping[str, str], chosen: Mapping[str, Any]
) -> None:
    """Refusal of a part of the address that the map has not followed: it shows something else then."""
    # the first layer has no part in the address
    wrong = [k for k in _WRITTEN if k in asked and shown.get(k, "0" if k == "layer" else "") != asked[k]]
    wrong += [k for k in _CHOSEN if k in asked and chosen[k] != asked[k]]
    # a map of further layers alone has its first one ticked beside those that are asked for
    wrong += [] if _listed(asked) <= _listed(shown) else ["further"]
    wrong += ["story"] if asked.get("story") and not chosen["told"] else []
    if wrong:
        raise LayerError(
            [
                message(
                    "{map}: its address asks for {part} “{value}”, which the map does not have.",
                    map=page.name,
                    part=part,
                    value=asked[part],
                )
                for part in wrong
            ]
        )


def _listed(parts: Mapping[str, str]) -> set[str]:
    """Further layers that an address names."""
    return set(parts.get("further", "").split(",")) - {""}


def _small(image: Image.Image) -> bytes:
    """Picture with as many colours as its size allows."""
    for colours in _COLOURS:
        stream = io.BytesIO()
        # by the extent of colours, then drawn to the true ones: small signs of a legend keep theirs
        reduced = image.quantize(colours, method=_BY_EXTENT, kmeans=2, dither=Image.Dither.NONE)
        reduced.save(stream, "PNG", optimize=True)
        if stream.tell() <= LARGEST:
            break
    return stream.getvalue()


def alike(one: bytes, other: bytes) -> bool:
    """Whether two pictures show the same, but for how a browser draws letters and edges."""
    first, second = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in (one, other))
    if first.size != second.size:
        return False
    levels = [np.asarray(image, dtype=float) for image in (first, second)]
    return bool(np.abs(levels[0] - levels[1]).mean() < _SAME)
