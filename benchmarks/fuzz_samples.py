"""Valid inputs from which ``fuzz.py`` begins: layers of every kind in every format, study files, command lines."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import LineString, box

from geoterritorio.layers.schema import KINDS
from geoterritorio.registry import descriptions

Damage = Callable[[random.Random, bytes], bytes]
HOSTILE: tuple[Any, ...] = (
    "",
    " ",
    "x",
    "../x",
    "../../../../etc/passwd",
    "/dev/zero",
    "/dev/null",
    "/",
    ".",
    "a\0b",
    "CON",
    "aux.csv",
    "x" * 300,
    "x.",
    "/proc/self/mem",
    "|",
    "?",
    "x|y|z",
    "file:///etc/passwd",
    "http://127.0.0.1:9/x.gpkg",
    "/vsicurl/http://127.0.0.1:9/x",
    "{{7*7}}",
    "\u202etxt",
    "\ud7ff",
    "😀",
    "é",
    "-1",
    "NaN",
    "1e999",
    -1,
    0,
    1,
    2**31,
    2**63,
    10**400,
    -(2**63) - 1,
    0.0,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    True,
    False,
    [],
    [[]],
    ["x"],
    [1],
    [["x"]],
    {},
    {"x": 1},
    {"en": "x"},
    {"en": 1},
    "areas",
    "register",
    "table.output",
    "lq.quotients",
    "EPSG:4326",
    "EPSG:25830",
    "EPSG:0",
    "nonsense",
    "2025-01-01",
    "2025-13",
)
TEXT = (".csv", ".tsv", ".txt", ".xlsx")
SIDECARS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Sample:
    """A valid input: its file or folder, the kind of layer it is, and which of its files may be damaged."""

    path: Path
    kind: str
    reader: str = "layer"

    def job(self, rng: random.Random, place: Path, damage: Damage) -> dict[str, Any]:
        """Damaged copy, and how it is to be read."""
        kind = self.kind if rng.random() < 0.8 else rng.choice(sorted(KINDS))
        further = {
            "crs": rng.choice(
                (None, None, None, None, "EPSG:4326", "nonsense", "")
                if self.path.suffix not in TEXT
                else (*["EPSG:25830"] * 6, "", None)
            ),
            "on": rng.choice((None, None, None, "2025-01-01", "never")),
            "kind": kind,
        }
        if self.reader == "parts":
            target = place / "parts"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(self.path, target)
            hit = rng.choice(sorted(target.rglob("*.parquet")))
            hit.write_bytes(damage(rng, hit.read_bytes()))
            return {**further, "folder": str(target), "path": str(hit)}
        target = place / f"tried{self.path.suffix}"
        for old in place.glob("tried.*"):
            old.unlink()
        if self.path.suffix == ".shp":
            hit_suffix = rng.choice(SIDECARS)
            for suffix in SIDECARS:
                data = self.path.with_suffix(suffix).read_bytes()
                target.with_suffix(suffix).write_bytes(damage(rng, data) if suffix == hit_suffix else data)
        else:
            target.write_bytes(damage(rng, self.path.read_bytes()))
        return {**further, "path": str(target)}


def tables() -> dict[str, pd.DataFrame]:
    """A small table of every kind without shapes, and some that may have them."""
    rng = np.random.default_rng(1)
    places, sectors = list("abcdef"), ["10", "13", "15"]
    cells = pd.MultiIndex.from_product([places, sectors], names=["territory", "sector"]).to_frame(index=False)
    pairs = pd.MultiIndex.from_product([places, places], names=["origin", "destination"]).to_frame(
        index=False
    )
    firms = pd.DataFrame(
        {
            "firm": [f"f{k}" for k in range(30)],
            "name": [f"Taller {k}, S.L." for k in range(30)],
            "sector": rng.choice(sectors, 30),
            "employment": rng.integers(1, 90, 30),
            "territory": rng.choice(places, 30),
            "opened": "1998-05",
            "closed": "",
            "x": rng.uniform(5e5, 5.03e5, 30),
            "y": rng.uniform(4.4e6, 4.402e6, 30),
        }
    )
    return {
        "firms": firms,
        "register": firms.drop(columns="sector"),
        "counts": cells.assign(
            employment=rng.integers(1, 99, 18), establishments=3, status="known", period="2021"
        ),
        "reference": pd.DataFrame({"sector": sectors, "employment": [1000, 2000.5, 300], "area": "nation"}),
        "institutions": pd.DataFrame(
            {
                "institution": ["i1", "i2"],
                "name": ["Cámara", "Instituto"],
                "kind": ["chamber", "technology_centre"],
                "territory": ["a", "b"],
                "opened": ["1990", "2001-02-03"],
                "x": [5e5, 5.01e5],
                "y": [4.4e6, 4.401e6],
            }
        ),
        "flows": pairs.assign(flow=rng.integers(0, 50, 36)),
        "commuting_totals": pd.DataFrame({"territory": places, "residents": 100, "workers": 90}),
        "costs": pairs.assign(cost=rng.uniform(1, 60, 36)),
        "links": pd.DataFrame(
            {"source": ["i1", "i2"], "target": ["i2", "i3"], "kind": "cooperation", "weight": [1, 2.5]}
        ),
        "population": pd.DataFrame({"place": places, "population": 10, "territory": places}),
        "centres": pd.DataFrame(
            {"centre": ["c1", "c2"], "kind": "health", "x": [5e5, 5.01e5], "y": [4.4e6, 4.4e6]}
        ),
        "indicators": pd.DataFrame({"territory": places, "value": rng.normal(size=6), "indicator": "i"}),
        "figures": pd.DataFrame({"territory": places, "value": 1.5, "sector": "10"}),
        "capital_indicators": pd.DataFrame(
            {"indicator": ["i"], "capital": ["human"], "direction": ["higher"]}
        ),
        "cover_speeds": pd.DataFrame({"cover": [1, 2], "speed": [4, 1.5]}),
        "speeds": pd.DataFrame({"road_class": ["primary", "track"], "speed": [90, 20]}),
        "evidence": pd.DataFrame(
            {
                "territory": ["a"],
                "item": ["trust"],
                "rating": [3],
                "statement": ["se conocen"],
                "coder": ["A"],
            }
        ),
        "actions": pd.DataFrame(
            {
                "action": ["x1"],
                "name": ["Feria"],
                "territory": ["a"],
                "phase": ["structuring"],
                "budget": [1e5],
            }
        ),
        "gates": pd.DataFrame(
            {
                "rung": [1],
                "gate": ["g"],
                "condition": ["c"],
                "looks_at": ["figure"],
                "subject": ["i"],
                "comparison": ["at_least"],
                "threshold": [1],
                "kind": ["quantitative"],
                "required": ["yes"],
            }
        ),
        "places": pd.DataFrame({"postcode": ["03430", "03440"], "x": [5e5, 5.01e5], "y": [4.4e6, 4.4e6]}),
        "correspondence": pd.DataFrame({"source": ["10", "13"], "target": ["A", "B"], "share": [1, 1]}),
        "definitions": pd.DataFrame({"sector": sectors, "group": "G", "role": "core"}),
        "similarities": pd.DataFrame({"sector": ["10"], "other": ["13"], "value": [0.5]}),
        "boundary_events": pd.DataFrame(
            {"date": ["1998-05"], "kind": ["merger"], "before": ["a;b"], "after": ["c"]}
        ),
    }


def maps() -> dict[str, gpd.GeoDataFrame]:
    """A small layer of every kind with shapes."""
    squares = [
        box(5e5 + x * 1000, 4.4e6 + y * 1000, 5e5 + x * 1000 + 1000, 4.4e6 + y * 1000 + 1000)
        for y in range(2)
        for x in range(3)
    ]
    land = gpd.GeoDataFrame(
        {"territory": list("abcdef"), "name": [f"Área {c}" for c in "abcdef"]}, geometry=squares, crs=25830
    )
    given = tables()
    points = {
        kind: gpd.GeoDataFrame(
            given[kind].drop(columns=["x", "y"]),
            geometry=gpd.points_from_xy(given[kind]["x"], given[kind]["y"]),
            crs=25830,
        )
        for kind in ("firms", "institutions", "centres")
    }
    lines = [LineString([(5e5, 4.4e6 + k), (5.03e5, 4.4e6 + 900 * k)]) for k in range(5)]
    return {
        "territories": land,
        "history": land.assign(valid_from="1990", valid_to=""),
        "areas": land.assign(area=land["territory"]),
        **points,
        "roads": gpd.GeoDataFrame(
            {"road": range(5), "road_class": "primary", "oneway": "no"}, geometry=lines, crs=25830
        ),
    }


def made_samples(folder: Path) -> dict[str, list[Sample]]:
    """Valid files of every format, in a folder."""
    folder.mkdir(parents=True)
    found: dict[str, list[Sample]] = {}

    def add(reader: str, path: Path, kind: str, how: str = "layer") -> None:
        found.setdefault(reader, []).append(Sample(path, kind, how))

    for kind, frame in tables().items():
        for suffix, options in (
            (".csv", {"sep": ","}),
            (".tsv", {"sep": "\t"}),
            (".txt", {"sep": ";", "decimal": ",", "encoding": "cp1252"}),
        ):
            frame.to_csv(folder / f"{kind}{suffix}", index=False, **options)
            add("text (CSV, TSV)", folder / f"{kind}{suffix}", kind)
        frame.to_excel(folder / f"{kind}.xlsx", index=False, sheet_name=kind)
        add("Excel", folder / f"{kind}.xlsx", kind)
        frame.to_parquet(folder / f"{kind}.table.parquet")
        add("Parquet", folder / f"{kind}.table.parquet", kind)
    for kind, layer in maps().items():
        for suffix, reader in (
            (".gpkg", "GeoPackage"),
            (".geojson", "GeoJSON"),
            (".fgb", "FlatGeobuf"),
            (".shp", "Shapefile"),
            (".gml", "GML"),
        ):
            plain = layer.to_crs(4326) if suffix == ".geojson" else layer
            plain.to_file(folder / f"{kind}.map{suffix}", layer=kind)
            add(reader, folder / f"{kind}.map{suffix}", kind)
        with zipfile.ZipFile(folder / f"{kind}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            for suffix in SIDECARS:
                packed.write(folder / f"{kind}.map{suffix}", f"{kind}{suffix}")
        add("Shapefile, zipped", folder / f"{kind}.zip", kind)
        layer.to_parquet(folder / f"{kind}.parquet")
        add("GeoParquet", folder / f"{kind}.parquet", kind)
    _rasters(folder, add)
    parts = folder / "parts"
    parts.mkdir()
    for k in range(3):
        maps()["firms"].iloc[10 * k : 10 * k + 10].to_parquet(parts / f"part-{k}.parquet")
    add("register in parts", parts, "firms", "parts")
    (folder / "study.toml").write_text(STUDY)
    return found


def _rasters(folder: Path, add: Callable[[str, Path, str], None]) -> None:
    rng = np.random.default_rng(2)
    for kind, options in (
        ("elevation", {}),
        ("friction", {"compress": "deflate", "tiled": True, "blockxsize": 16, "blockysize": 16}),
        ("population_grid", {"compress": "lzw"}),
        ("land_cover", {"dtype": "uint8"}),
    ):
        profile = {
            "driver": "GTiff",
            "width": 40,
            "height": 30,
            "count": 1,
            "dtype": "float32",
            "nodata": 255,
            "crs": "EPSG:25830",
            **options,
        }
        with rasterio.open(
            folder / f"{kind}.tif", "w", transform=from_origin(5e5, 4.4e6, 100, 100), **profile
        ) as file:
            file.write(rng.uniform(1, 9, (1, 30, 40)).astype(profile["dtype"]))
        add("GeoTIFF", folder / f"{kind}.tif", kind)
    (folder / "grid.asc").write_text(
        "ncols 3\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 10\n1 2 3\n4 5 6\n"
    )
    add("ASCII grid", folder / "grid.asc", "values")


STUDY = """[study]
title = { en = "A study", es = "Un estudio" }
lang = "en"
seed = 7
sources = ["Invented"]
notes = ["A note", { en = "One", es = "Una" }]

[layers.areas]
kind = "territories"
path = "territories.map.gpkg"
title = "Areas"

[layers.register]
kind = "firms"
path = "firms.csv"
crs = "EPSG:25830"
on = "2020-01-01"
only = { sector = ["10", "13"] }
classification = "nace2"

[layers.register.columns]
firm = "firm"
employment = "employment"

[layers.counted]
kind = "counts"
path = "parts"
within = "areas"

[layers.bodies]
kind = "institutions"
path = "institutions.map.gpkg"

[steps.table]
tool = "tabulate"
territories = "areas"
firms = "register"

[steps.lq]
title = { en = "Quotients", es = "Cocientes" }
tool = "location_quotient"
territories = "areas"
counts = "table.output"
level = 0.95

[steps.moran]
tool = "local_moran"
territories = "areas"
counts = "table.output"
sector = "10"

[map]
leave_out = ["moran.output"]
show = []
[[map.story]]
title = "View"
text = "Text"
layer = "lq"
sector = "10"

[report]
leave_out = []
pdf = false
excel = true

[profiles]
write = true
territories = ["a"]
most = 3

[project]
write = true
show = []

[disclosure]
off = "All of it is invented, so that nothing is anybody's."

[output]

[run]

[gallery]
text = { en = "x", es = "y" }
alt = { en = "x", es = "y" }
address = "story=1"
"""


def told(value: Any) -> str:
    """A value as TOML, tables within a line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {told(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(told, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=True)
    if isinstance(value, float):
        return repr(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def study_texts(rng: random.Random, _folder: Path) -> Iterator[bytes]:
    """Study files of which keys hold something else, are called otherwise, are missing, or lie somewhere else."""
    import tomllib  # noqa: PLC0415 - beside what it is for

    while True:
        document = tomllib.loads(STUDY)
        for _ in range(rng.choice((1, 1, 2, 4))):
            _changed(rng, document)
        text = "\n".join(f"{json.dumps(str(k))} = {told(v)}" for k, v in document.items())
        yield text.encode("utf-8", "surrogatepass")


def _changed(rng: random.Random, document: dict[str, Any]) -> None:
    """One change somewhere in a document."""
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(part, dict | list):
                walk(part)

    walk(document)
    if not places:
        return
    where, key = rng.choice(places)
    how = rng.random()
    if how < 0.6:
        where[key] = rng.choice(HOSTILE)
    elif how < 0.75 and isinstance(where, dict):
        where[str(rng.choice(HOSTILE))] = where.pop(key)
    elif how < 0.85:
        del where[key]
    else:
        other, name = rng.choice(places)
        if not (isinstance(other, list) and name >= len(other)) and (
            isinstance(other, list) or name in other
        ):
            where[key] = json.loads(json.dumps(other[name], default=str))


def command_lines(rng: random.Random, samples: Path, out: Path) -> Iterator[list[str]]:
    """Command lines of every tool, with fitting files, some words of which are hostile."""
    tools = list(descriptions().values())
    while True:
        tool = rng.choice(tools)
        words = [tool["name"].replace("_", "-")]
        for parameter in tool["parameters"]:
            if parameter["required"] or rng.random() < 0.2:
                words += _option(rng, parameter, samples)
        output = next((o for o in tool["outputs"] if o["type"] == "layer"), None)
        ending = (
            ".tif"
            if output and list(output.get("geometry", ())) == ["raster"]
            else rng.choice((".csv", ".gpkg", ".parquet"))
        )
        words += ["--output", str(out / f"o{ending}"), "--overwrite"]
        if rng.random() < 0.3:
            words[rng.randrange(len(words))] = _word(rng)
        yield words


def _option(rng: random.Random, parameter: dict[str, Any], samples: Path) -> list[str]:
    flag = "--" + parameter["name"].replace("_", "-")
    if parameter["type"] == "flag":
        return [flag]
    if rng.random() < 0.1:
        return [flag, _word(rng)]
    if parameter["type"] == "layer":
        kind = parameter["kind"]
        files = sorted(
            p for p in samples.glob(f"{kind}*") if p.suffix in (".csv", ".gpkg", ".tif", ".parquet", ".xlsx")
        )
        files = files or sorted(samples.glob("*.csv"))
        return [flag, f"{rng.choice(files)}{rng.choice(('', '', '?crs=EPSG:25830'))}"]
    if parameter["type"] == "choice":
        return [flag, rng.choice(parameter["options"])]
    low = parameter.get("min")
    given = {
        "integer": ("0", "1", "2", "7", "100"),
        "number": ("0", "1", "0.5", "0.95", "1000", str(low)),
        "text": ("10", "a", "x"),
    }
    return [flag, rng.choice(given.get(parameter["type"], ("x",)))]


def _word(rng: random.Random) -> str:
    return str(rng.choice(HOSTILE)).replace("\0", "")
