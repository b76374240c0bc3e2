"""What all tests share: small layers, and the rule that nothing may skip where everything is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from shapely.geometry import box

# Machines are shared: how long an example takes says nothing about whether it is right.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    optional = "parity" in item.path.parts
    if REQUIRE_ALL and report.skipped and not optional and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, and this test was skipped: {report.longrepr[2]}"


@pytest.fixture
def territories() -> gpd.GeoDataFrame:
    """Two rows of three unit squares of 1 km in UTM 30N, sharing borders: a to f."""
    shapes = [box(x * 1000, y * 1000, (x + 1) * 1000, (y + 1) * 1000) for y in range(2) for x in range(3)]
    frame = {"territory": list("abcdef"), "name": [f"Área {c}" for c in "abcdef"]}
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=25830)


@pytest.fixture
def firms() -> gpd.GeoDataFrame:
    """300 establishments in three sectors inside the six squares, sizes from 1 to about 100."""
    rng = np.random.default_rng(7)
    n = 300
    x, y = rng.uniform(0, 3000, n), rng.uniform(0, 2000, n)
    sector = np.where(
        x < 1000, rng.choice(["15", "25", "47"], n, p=[0.6, 0.2, 0.2]), rng.choice(["15", "25", "47"], n)
    )
    size = np.round(np.exp(rng.normal(1.5, 1, n))) + 1
    frame = pd.DataFrame({"firm": [f"f{i}" for i in range(n)], "sector": sector, "employment": size})
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=25830)


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


@contextmanager
def opener(chromium: Any, ready: str = "html[data-ready]") -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_page(
        path: Path, where: str = "", *, size: tuple[int, int] = (1400, 900), trap: str = "", **options: Any
    ) -> Opened:
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        if trap:
            # runs before everything of the page, and no policy stops it
            context.add_init_script(trap)
        seen = Opened(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda line: seen.said.append(line.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", lambda dialog: (seen.said.append(dialog.message), dialog.dismiss()))
        seen.page.goto(path.as_uri() + where)
        seen.page.wait_for_selector(ready, state="attached", timeout=15_000)
        return seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def opened(chromium: Any) -> Iterator[Callable[..., Opened]]:
    with opener(chromium) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def opened_once(chromium: Any) -> Iterator[Callable[..., Opened]]:
    """The same for pages that several tests of a module look at."""
    with opener(chromium) as open_page:
        yield open_page


@pytest.fixture
def opened_page(chromium: Any) -> Iterator[Callable[..., Opened]]:
    """The same for pages without any script, which are ready when they are read."""
    with opener(chromium, "body") as open_page:
        yield open_page
