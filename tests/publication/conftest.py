"""Real Chromium for the pages, and the maps that are opened in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]


def absent(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def needs() -> Callable[..., None]:
    """Skip with a reason unless something is there; where nothing may be absent, fail."""

    def check(there: object, reason: str) -> None:
        if not there:
            absent(reason)

    return check


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    path = shutil.which("chromium")
    if path is None:
        absent("no chromium on the path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page and everything it said or asked for."""

    page: Any
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.text_content()

    def attribute(self, selector: str, name: str) -> str | None:
        return self.page.locator(selector).first.get_attribute(name)

    def settle(self) -> None:
        self.page.wait_for_timeout(60)

    def clean(self, path: Path) -> None:
        assert self.said == []
        assert {url.partition("#")[0] for url in self.requests} == {path.as_uri()}


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_page(
        path: Path, where: str = "", *, size: tuple[int, int] = (1400, 900), **options: Any
    ) -> Opened:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        seen = Opened(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda line: seen.said.append(line.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", lambda dialog: (seen.said.append(dialog.message), dialog.dismiss()))
        seen.page.goto(path.as_uri() + where)
        seen.page.wait_for_selector("html[data-ready]", state="attached", timeout=15_000)
        return seen

    yield open_page
    for context in contexts:
        context.close()


def squares(side: int, *, names: list[str] | None = None) -> gpd.GeoDataFrame:
    """Chessboard of territories, one tenth of a degree each, rows from the south."""
    column, row = (v.ravel() for v in np.meshgrid(np.arange(side), np.arange(side)))
    shapes = shapely.box(column / 10, 40 + row / 10, (column + 1) / 10, 40 + (row + 1) / 10)
    ids = [f"{k:03d}" for k in range(side * side)]
    return gpd.GeoDataFrame(
        {"territory": ids, "name": names or [f"Town {k}" for k in ids]}, geometry=shapes, crs=4326
    )


def table(ids: list[str]) -> pd.DataFrame:
    """Three sectors whose cells run through every class and every certainty."""
    lq = np.resize([0.3, 0.7, 0.85, 1.0, 1.2, 1.5, 3.0, np.nan], len(ids))
    certainty = np.resize(["low", "unclear", "few", "untested", "high", "high", "high", "withheld"], len(ids))
    parts = []
    for shift, (code, name) in enumerate(
        [("C13", "Textiles"), ("C15", "Leather and footwear"), ("J62", "Cerámica")]
    ):
        x = np.roll(lq, shift)
        parts.append(
            pd.DataFrame(
                {
                    "territory": ids,
                    "sector": code,
                    "sector_name": name,
                    "lq": x,
                    "low": x * 0.8,
                    "high": x * 1.25,
                    "p": 0.0004,
                    "q": 0.03,
                    "employment": np.arange(len(ids)) * 10.0 + 5,
                    "establishments": np.arange(len(ids)) + 1.0,
                    "certainty": np.where(np.isnan(x) & (certainty != "withheld"), "untested", certainty),
                    "excess": np.arange(len(ids)) - 2.5,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def towns() -> gpd.GeoDataFrame:
    names = ["Ávila", "Alcoi/Alcoy", "Ourense", "Peñíscola", "O'Grove", "Zürich", "Łódź", "Ünye", "Town 9"]
    return squares(3, names=names)


@pytest.fixture(scope="session")
def quotients(towns: gpd.GeoDataFrame) -> pd.DataFrame:
    return table(towns["territory"].tolist())


@pytest.fixture(scope="session")
def map_file(
    towns: gpd.GeoDataFrame, quotients: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from geoterritorio.publication import quotient_layer, territory_map

    centres = towns.assign(geometry=shapely.centroid(towns.geometry.array))
    layers = [
        quotient_layer(towns, quotients, name="Towns"),
        quotient_layer(centres, quotients, name="Centres"),
    ]
    path = tmp_path_factory.mktemp("map") / "map.html"
    territory_map(
        towns, *layers, title="Towns & sectors", sources=["Statistics office"], notes=["A note"]
    ).save(path)
    return path
