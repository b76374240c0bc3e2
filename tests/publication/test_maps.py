"""Maps of results: what is drawn is what the layers say, on the ground that is known, in the reader's words."""

import json
import re
from urllib.parse import unquote

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.markers import CARETUP
from matplotlib.text import Text
from rasterio.transform import Affine

from geoterritorio.errors import LayerError
from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.interface.run import Plot, Source, run_tool
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.store import write_layers
from geoterritorio.patterns.tools import density_surface
from geoterritorio.publication import plots
from geoterritorio.publication.drawing import COLOURS, NO_DATA, svg_uri
from geoterritorio.publication.names import in_language
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import SIDE_BY_SIDE, sheet, side_by_side
from geoterritorio.publication.plots.maps import thinned
from geoterritorio.publication.webmap import palette
from geoterritorio.registry import descriptions, no_progress
from geoterritorio.study.pipeline import run_study

WEST, SOUTH = 440_000, 4_470_000


def squares(number=9, side=1000.0, **columns):
    """Squares in rows of three."""
    at = [(WEST + side * (k % 3), SOUTH + side * (k // 3)) for k in range(number)]
    shapes = [shapely.box(x, y, x + side, y + side) for x, y in at]
    names = [f"Place $x$ {k}" for k in range(number)]
    table = {"territory": [f"t{k}" for k in range(number)], "name": names, **columns}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=25830)


def dots(number, seed=1, **columns):
    places = np.random.default_rng(seed).uniform(0, 3000, (number, 2)) + np.array([WEST, SOUTH])
    table = {"firm": [f"f{k}" for k in range(number)], **columns}
    return gpd.GeoDataFrame(table, geometry=shapely.points(places), crs=25830)


def raster(unit="establishments per km2", edge="places", **tags):
    values = np.random.default_rng(2).uniform(0.1, 9, (40, 60)).astype(np.float32)
    values[:5] = np.nan
    told = {"sector": "15.2", "unit": unit, "bandwidth": "2284.4 m (silverman)", "edge": edge, **tags}
    return {
        "surface": Grid(values, Affine(100, 0, WEST, 0, -100, SOUTH + 4000), 25830, None, told),
        "bandwidth": 2284.4,
    }


def clumps():
    clump = np.where(np.arange(60) < 40, np.where(np.arange(60) < 25, "1", "2"), None)
    firms = dots(60, sector="15.2", clump=clump, probability=1.0)
    outlines = firms.dropna(subset="clump").dissolve("clump").convex_hull
    areas = gpd.GeoDataFrame(
        {"clump": ["1", "2"], "stability": ["stable", "unstable"]}, geometry=outlines.to_numpy(), crs=25830
    )
    return {"areas": areas, "establishments": firms}


WORDS = ["high-high", "low-low", "high-low", "low-high", *["not told from chance"] * 4, None]


def moran():
    return {"output": squares(cluster=WORDS, q=[0.001, 0.002, 0.01, 0.02, *[0.5] * 4, np.nan])}


def markets():
    return {"areas": squares(valid=["no", *["yes"] * 8], units=2, workers=np.arange(9.0))}


def basins():
    areas = squares(touches_edge=["yes", *["no"] * 8])
    ways = [
        shapely.LineString([(WEST + 500, SOUTH + y), (WEST + 1500, SOUTH + y), (WEST + 2500, SOUTH + 1500)])
        for y in (500, 1500)
    ]
    streams = gpd.GeoDataFrame({"order": [1, 2]}, geometry=ways, crs=25830)
    report = pd.DataFrame({"basins": [9], "raised": [0.077], "at_edge": [1 / 9]})
    return {"basins": areas, "streams": streams, "report": report}


LIMITS = [
    "none",
    "natural",
    "functional",
    "functional + natural",
    "unknown",
    "travel",
    "functional + travel",
    "natural + travel",
    "functional + natural + travel",
]


def borders():
    ways = [shapely.LineString([(WEST, SOUTH + 500 * k), (WEST + 3000, SOUTH + 500 * k)]) for k in range(9)]
    sides = {"first": ["t4", *["t1"] * 8], "second": ["t5", "t4", "t2", *[None] * 6]}
    lines = gpd.GeoDataFrame({**sides, "limits": LIMITS, "length_km": 3.0}, geometry=ways, crs=25830)
    divisions = pd.DataFrame(
        {"division": ["functional", "natural"], "along": [0.301, np.nan], "by_chance": [0.082, np.nan]}
    )
    table = divisions.assign(territory="t4", along=[0.777, 0.1], by_chance=[0.082, 0.2])
    return {"borders": lines, "areas": squares(), "divisions": divisions, "table": table}


def market_places():
    kept = [1, 1, 0.9, 0.5, 0.1, 1, 1, 1, np.nan]
    places = squares(market=[*["t0"] * 4, *["t4"] * 4, None], kept=kept)
    return {"places": places, "markets": pd.DataFrame({"market": ["t0", "t4"]})}


def urban():
    roles = [
        "city",
        "commuting zone",
        "added enclave",
        "city",
        "added city",
        *["outside"] * 3,
        "dropped exclave",
    ]
    area = ["t0"] * 3 + ["t3"] * 2 + [None] * 4
    places = squares(role=roles, area=area, towards=[*area[:5], None, None, None, "t3"])
    areas = (
        places[:5]
        .dissolve("area", as_index=False)
        .assign(
            territory=["t0", "t3"],
            population=[70_000.0, 9000.0],
            units=[3, 2],
            area_size=["small", "under 50 000"],
        )
    )
    cells = places.iloc[[0, 3]].geometry.buffer(-200, join_style="mitre")
    centres = gpd.GeoDataFrame(
        {"territory": ["t0", "t3"], "area": ["t0", "t3"]}, geometry=cells.to_numpy(), crs=25830
    )
    return {"areas": areas, "membership": places, "centres": centres}


def colocations(*, local=True):
    rows = [(a, b) for a in ("15", "25", "62") for b in ("15", "25", "62")]
    table = pd.DataFrame(rows, columns=["sector", "neighbours"])
    for code in ("sector", "neighbours"):
        table[f"{code}_name"] = "Sector $y$ " + table[code]
    table["quotient"] = [4.0, 0.0, 1.1, 0.2, 3.0, 0.9, np.nan, 1.3, 2.0]
    table["expected"], table["found"] = 1.0, np.arange(9.0)
    table["p"] = [0.001, 0.002, 0.8, 0.003, 0.001, 0.7, np.nan, 0.6, 0.4]
    table["verdict"] = np.where(table["quotient"] > 1, "more than chance gives", "less than chance gives")
    table.loc[table["p"] > 0.05, "verdict"] = "not told from chance"
    firms = dots(30 if local else 0, sector="15", neighbours="25")
    firms["quotient"] = np.linspace(0, 5, len(firms))
    firms["verdict"] = np.where(firms["quotient"] > 3, "more than chance gives", "not told from chance")
    return {"pairs": table, "establishments": firms}


def contributions():
    firms = dots(40, sector=["15"] * 25 + ["25"] * 15, neighbours=["15"] * 25 + ["25"] * 15, distance=500.0)
    firms["quotient"] = np.r_[[np.nan, 0.0], np.linspace(0.2, 8, 38)]
    verdicts = pd.DataFrame(
        {
            "sector": ["15", "25"],
            "neighbours": ["15", "25"],
            "verdict": ["localised", "neither"],
            "p": [0.01, 0.5],
        }
    )
    return {"contributions": firms, "verdicts": verdicts, "functions": verdicts[["sector", "neighbours"]]}


CASES = {
    "surface": (plots.surface, raster, "15.2"),
    "relative_surface": (plots.surface, lambda: raster("location quotient"), "15.2"),
    "clumped": (plots.clumped, clumps, "2"),
    "spots": (plots.spots, moran, "t4"),
    "markets": (plots.markets, markets, "t4"),
    "market_places": (plots.market_places, market_places, "t4"),
    "basins": (plots.basins, basins, "t4"),
    "borders": (plots.borders, borders, "t4"),
    "urban_areas": (plots.urban_areas, urban, "t3"),
    "pairs": (plots.pairs, colocations, "25"),
    "around": (plots.around, colocations, "15"),
    "contributions": (plots.contributions, contributions, "25"),
}
ALL = pytest.mark.parametrize(("draw", "outputs"), [case[:2] for case in CASES.values()], ids=CASES)
EVERY = pytest.mark.parametrize(("draw", "outputs", "focus"), CASES.values(), ids=CASES)


def texts(figure):
    svg_uri(figure)
    return [t.get_text() for t in figure.findobj(Text) if t.get_text().strip()]


def lines(figure):
    return [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]


@EVERY
@pytest.mark.parametrize("lang", LANGUAGES)
def test_maps_repeat_themselves_and_stay_on_the_page(draw, outputs, focus, lang):
    for chosen in (None, focus):
        figure = draw(outputs(), focus=chosen, lang=lang)
        assert svg_uri(figure) == svg_uri(draw(outputs(), focus=chosen, lang=lang))
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        page = figure.bbox.padded(2)
        for text in (t for t in figure.findobj(Text) if t.get_text().strip()):
            box = text.get_window_extent()
            assert page.x0 <= box.x0 <= box.x1 <= page.x1, text
            assert page.y0 <= box.y0 <= box.y1 <= page.y1, text
            assert "$" not in text.get_text() or not text.get_parse_math()


@ALL
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_said_to_be_nothing(draw, outputs, lang):
    given = outputs()
    if "surface" in given:
        given["surface"].values[:] = np.nan
    else:
        given = {name: table.iloc[:0] for name, table in given.items()}
    assert texts(draw(given, lang=lang)) == [translator(lang)(NO_DATA)]
    with pytest.raises(LayerError, match="“zz” is no"):
        draw(outputs(), focus="zz")


@EVERY
def test_the_ground_lies_beneath(draw, outputs, focus):
    given = outputs()
    bare = len(lines(draw(given)))
    ground = {
        # another system, and far more than is shown
        "territories": squares(30, 5000.0).to_crs(4326),
        "roads": gpd.GeoDataFrame(
            geometry=[shapely.LineString([(WEST - 9e4, SOUTH + 1500), (WEST + 9e4, SOUTH + 1500)])], crs=25830
        ),
    }
    figure = draw(given | ground)
    drawn = lines(figure)
    flat = (plots.spots, plots.surface, plots.markets, plots.urban_areas, plots.basins, plots.borders)
    kinds = {**dict.fromkeys(flat, 1), plots.pairs: 0, plots.market_places: 0}.get(draw, 2)
    assert len(drawn) - bare == kinds
    low, high = figure.axes[0].get_xlim()
    for line in drawn if kinds else []:
        x = np.concatenate([part[:, 0] for part in line.get_segments()])
        assert low - 1 <= x.min() <= x.max() <= high + 1
    svg_uri(draw(given | {"territories": None, "roads": None}, focus=focus))


def test_streets_of_the_ground_are_one_path_with_gaps():
    places = [(WEST + 500 + 20.0 * k, SOUTH + 500.0) for k in range(60)]
    streets = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(x, y), (x + 9, y + 90), (x, y + 200)]) for x, y in places], crs=25830
    )
    drawn = unquote(svg_uri(plots.clumped({**clumps(), "roads": streets})).partition(",")[2])
    paths = re.findall(r"<path d='([^']*)'[^>]*stroke:#e8dfd2", drawn)
    assert len(paths) == 1
    assert paths[0].count("M") == len(places)
    svg_uri(plots.clumped({**clumps(), "roads": streets.iloc[:0]}))


@pytest.mark.parametrize(("shape", "most"), [((40, 60), 20), ((7, 5), 3), ((1, 9), 4), ((5, 5), 99)])
def test_cells_of_a_picture_are_means_of_blocks(shape, most):
    values = np.random.default_rng(3).uniform(0, 5, shape)
    values.flat[::7] = np.nan
    found, sides = thinned(values, most)
    side = -(-max(shape) // most) if max(shape) > most else 1
    assert max(found.shape) <= most
    assert sides == (found.shape[0] * side, found.shape[1] * side)
    for (i, j), mean in np.ndenumerate(found):
        block = values[i * side : (i + 1) * side, j * side : (j + 1) * side]
        assert mean == pytest.approx(np.nanmean(block) if np.isfinite(block).any() else np.nan, nan_ok=True)


def test_a_surface_is_the_raster_in_its_place():
    outputs = raster()
    (image,) = plots.surface(outputs).axes[0].get_images()
    np.testing.assert_allclose(image.get_array().filled(np.nan), outputs["surface"].values)
    assert image.get_extent() == [WEST, WEST + 6000, SOUTH, SOUTH + 4000]


def test_an_unbounded_surface_is_drawn_as_far_as_its_kernels_reach():
    outputs = raster(edge="none")
    outputs["surface"].values[:, 30:] = 1e-9
    assert plots.surface(outputs).axes[0].get_xlim()[1] < WEST + 4000
    assert plots.surface(raster()).axes[0].get_xlim()[1] > WEST + 6000


def test_a_surface_says_its_unit_its_bandwidth_and_its_sector():
    said = " ".join(texts(plots.surface(in_language(raster(), "es", {"surface": "nace2"}), lang="es")))
    assert "Establecimientos por kilómetro cuadrado" in said
    assert "2284 m (silverman)" in said or "2.284 m (silverman)" in said
    assert "Fabricación de calzado" in said
    assert "sector 15.2" in " ".join(texts(plots.surface(raster())))
    whole = " ".join(texts(plots.surface(raster("jobs per km2", sector="all"))))
    assert "all sectors" in whole
    assert "Jobs per square kilometre" in whole
    assert "White: the kernel" in " ".join(texts(plots.surface(raster("location quotient"))))


def test_territories_have_the_colour_of_their_kind_and_the_surest_their_name():
    figure = plots.spots(moran())
    (drawn,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    colours = [to_hex(c) for c in drawn.get_facecolors()]
    assert colours[:2] == [COLOURS["high"], COLOURS["low"]]
    assert colours[4:8] == [COLOURS["untested"]] * 4
    said = texts(figure)
    assert any("told from chance: 4 of 8 territories tested" in text for text in said)
    assert "Place $x$ 0" in said
    assert "Place $x$ 5" not in said
    points = moran()
    points["output"]["geometry"] = points["output"].centroid
    assert "high-high" in texts(plots.spots(points, focus="t5"))


def test_clumps_look_as_stable_as_they_are():
    figure = plots.clumped(clumps())
    said = texts(figure)
    assert {"1", "2", "stable", "unstable"} <= set(said)
    assert any("clumps: 2, with 40 of 60 establishments" in text for text in said)
    near = plots.clumped(clumps(), focus="2")
    assert np.ptp(near.axes[0].get_xlim()) < np.ptp(figure.axes[0].get_xlim())


def test_neighbouring_markets_have_unlike_colours_and_weak_ones_are_hatched():
    outputs = markets()
    figure = plots.markets(outputs)
    fills, weak, _ = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    colours = [to_hex(c) for c in fills.get_facecolors()]
    for i, j in outputs["areas"].sindex.query(outputs["areas"].geometry, predicate="intersects").T:
        assert i == j or colours[i] != colours[j]
    assert len(weak.get_paths()) == 1
    assert weak.get_hatch()
    said = texts(figure)
    assert "less self-contained than the rules ask" in said
    assert any("markets: 9, of 18 places; valid by the rules: 8" in text for text in said)
    points = markets()
    points["areas"]["geometry"] = [shapely.MultiPoint([c, (c.x + 9, c.y)]) for c in points["areas"].centroid]
    svg_uri(plots.markets(points))


def test_basins_that_the_edge_cuts_are_hatched_and_streams_as_wide_as_their_order():
    figure = plots.basins(basins())
    fills, cut, _ = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    assert len(fills.get_paths()) == 9
    assert len(cut.get_paths()) == 1
    assert cut.get_hatch()
    (streams,) = lines(figure)
    one, two = streams.get_linewidths()
    assert two == 2 * one
    assert any(
        "basins: 9; raised so that water runs off: 7.7 % of the land" in text for text in texts(figure)
    )


def test_borders_have_the_colour_of_the_limits_that_they_are_those_of_all_on_top():
    figure = plots.borders(borders())
    drawn = lines(figure)
    assert [to_hex(line.get_color()[0]) for line in drawn] == list(palette.LIMITS.values())
    assert [line.get_zorder() for line in drawn] == sorted(line.get_zorder() for line in drawn)
    said = texts(figure)
    assert {"historical alone: 3 km", "historical, functional and natural: 3 km"} <= set(said)
    assert any("along functional limits: 30 %, by chance 8 %" in text for text in said)
    assert not any("along natural" in text for text in said)
    near = texts(plots.borders(borders(), focus="t4"))
    assert {
        "historical alone: 3 km",
        "historical and natural: 3 km",
        "historical and of travel: 0 km",
    } <= set(near)
    assert any("along functional limits: 78 %, by chance 8 %" in " ".join(text.split()) for text in near)
    few = borders()
    few["borders"] = few["borders"].iloc[:2]
    assert len(lines(plots.borders(few))) == 2


def test_places_are_the_darker_the_oftener_they_leave_their_market():
    figure = plots.market_places(market_places())
    (fills, dotted, _) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    light = fills.get_facecolors()[:, :3].sum(axis=1)
    assert light[4] < light[3] < light[2] < light[0] == 3
    assert len(dotted.get_paths()) == 1
    assert any("places that stay in nine of ten draws: 6 of 8" in text for text in texts(figure))


def test_pairs_are_told_first_and_in_order():
    outputs = colocations()
    figure = plots.pairs(outputs)
    labels = sorted(figure.axes[0].get_yticklabels(), key=lambda t: -t.get_position()[1])
    order = outputs["pairs"].dropna(subset="quotient").sort_values("quotient", ascending=False)
    names = [
        a if a == b else f"{a} → {b}"
        for a, b in zip(order["sector_name"], order["neighbours_name"], strict=True)
    ]
    assert [t.get_text().replace("\n", " ") for t in labels] == names
    one = {**outputs, "pairs": outputs["pairs"].iloc[:3]}
    assert "Sector $y$ 25" in texts(plots.pairs(one))
    assert any("Colocation quotients of sectors · Sector $y$ 15" in text for text in texts(plots.pairs(one)))


def test_quotients_around_establishments_need_both_sectors():
    with pytest.raises(LayerError, match="Name both sectors"):
        plots.around(colocations(local=False))


def test_names_of_neighbours_follow_the_reader():
    table = pd.DataFrame(
        {"sector": ["15.2"], "neighbours": ["31.0"], "sector_name": "a", "neighbours_name": "b"}
    )
    found = in_language({"pairs": table}, "es", {"pairs": "nace2"})["pairs"].iloc[0]
    assert found["neighbours_name"] == "Fabricación de muebles"


@pytest.fixture
def folder(tmp_path):
    firms = dots(40, sector="15.2", employment=1.0)
    areas = squares()[["territory", "name", "geometry"]]
    write_layers({str(tmp_path / "firms.gpkg"): firms, str(tmp_path / "areas.gpkg"): areas})
    return tmp_path


def test_the_command_line_draws_a_raster(folder):
    values = run_tool(
        descriptions()["density_surface"],
        {
            "firms": Source(str(folder / "firms.gpkg"), {}),
            "territories": Source(str(folder / "areas.gpkg"), {}),
            "bandwidth": "300",
        },
        {"surface": str(folder / "density.tif")},
        plot=Plot(str(folder / "density.png")),
        progress=no_progress,
    )
    assert values["bandwidth"] == 300
    assert (folder / "density.png").read_bytes().startswith(b"\x89PNG")


def test_a_study_shows_a_raster_in_its_report(folder):
    (folder / "study.toml").write_text(
        """
        [study]
        title = "Study"
        lang = "en"
        sources = ["A"]
        [disclosure]
        off = "The establishments are invented."
        [layers.areas]
        kind = "territories"
        path = "areas.gpkg"
        [layers.firms]
        kind = "firms"
        path = "firms.gpkg"
        [steps.dense]
        title = { en = "How dense", es = "Densidad" }
        tool = "density_surface"
        firms = "firms"
        bandwidth = "300"
        """,
        encoding="utf-8",
    )
    made = run_study(folder / "study.toml", folder / "out")
    text = made["report"].read_text(encoding="utf-8")
    assert "The raster: rasters/dense_surface.tif" in text
    assert "The figures behind it are in the raster." in text
    assert (made["plots"] / "dense.surface.png").exists()
    assert "plots/dense.surface.png" in json.loads(made["provenance"].read_text(encoding="utf-8"))["products"]


def test_pairs_none_of_which_are_near_have_an_axis_too():
    given = colocations()
    none = given["pairs"].head(1).assign(quotient=0.0, expected=np.nan)
    figure = plots.pairs({**given, "pairs": none})
    low, high = figure.axes[0].get_xlim()
    assert (low < 0.5, high) == (True, 2.0)  # 0 has its place beyond a break


def test_places_of_one_building_are_drawn_side_by_side():
    given = contributions()
    shapes = given["contributions"].geometry.to_numpy().copy()
    shapes[2:7] = shapes[2]
    given["contributions"] = given["contributions"].set_geometry(gpd.GeoSeries(shapes, crs=25830))
    assert len(dots_drawn(plots.contributions(given))) == 23
    said = texts(plots.contributions(given, lang="es"))
    assert translator("es")(SIDE_BY_SIDE) in said
    assert translator("es")(SIDE_BY_SIDE) != SIDE_BY_SIDE


def dots_drawn(figure):
    """Places of the coloured dots, those that hide each other counted once."""
    figure.draw_without_rendering()
    drawn = next(c for c in figure.axes[0].collections if c.get_array() is not None)
    places = figure.axes[0].transData.transform(np.asarray(drawn.get_offsets()))
    near = np.hypot(*(places[:, None] - places).transpose(2, 0, 1)) < 1
    return np.unique(near.argmax(axis=1))


def test_points_stay_near_where_they_are():
    points = dots(500, seed=3).geometry
    figure, axes = sheet(points.total_bounds, points.crs, {}, Numbers("en"))
    x, y = side_by_side(axes, points)
    width = np.ptp(axes.get_xlim())
    assert np.hypot(x - points.x, y - points.y).max() < 0.04 * width
    alone = side_by_side(axes, points.iloc[:1])
    assert [float(c[0]) for c in alone] == [points.x[0], points.y[0]]
    assert [len(c) for c in side_by_side(axes, points.iloc[:0])] == [0, 0]
    assert figure is axes.figure


def functions(peak, form="pcf"):
    at = np.linspace(100, 5000, 50)
    value = 1 + peak * np.exp(-at / 150)
    table = pd.DataFrame({"sector": "15", "neighbours": "15", "distance": at, "value": value, "mean": 1.0})
    bands = {
        name: 1 + side * 0.2
        for name, side in (("low", -1), ("high", 1), ("global_low", -1), ("global_high", 1))
    }
    verdicts = pd.DataFrame(
        {
            "sector": ["15"],
            "neighbours": ["15"],
            "plants": [30],
            "verdict": ["localised"],
            "p": [0.01],
            "form": form,
        }
    )
    return {"verdicts": verdicts, "functions": table.assign(**bands, gamma=0.0, psi=0.0)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_peak_is_cut_and_marked(lang):
    figure = plots.bands(functions(200.0), lang=lang)
    assert figure.axes[0].get_ylim()[1] < 10
    assert "100" in texts(figure)
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == CARETUP]
    assert len(arrows) == 1
    whole = plots.bands(functions(0.5), lang=lang)
    assert whole.axes[0].get_ylim()[1] > functions(0.5)["functions"]["value"].max()
    assert not [line for line in whole.axes[0].lines if line.get_marker() == CARETUP]


def test_a_surface_of_establishments_says_so():
    found = density_surface(dots(30, sector="15"), bandwidth="300")
    said = " ".join(texts(plots.surface(vars(found))))
    assert "Establishments per square kilometre" in said


def test_codes_and_crowds_have_no_labels_and_streets_are_seen():
    bare = moran()
    bare["output"]["name"] = bare["output"]["territory"]
    assert not set(texts(plots.spots(bare))) & set(bare["output"]["territory"])
    crowded = moran()
    crowded["output"] = pd.concat(
        [
            crowded["output"],
            crowded["output"]
            .tail(1)
            .translate(xoff=5e5)
            .to_frame("geometry")
            .assign(territory="far", cluster=None, q=np.nan, p=np.nan),
        ],
        ignore_index=True,
    )
    assert "Place $x$ 0" not in texts(plots.spots(crowded))
    assert "Place $x$ 0" in texts(plots.spots(crowded, focus="t0"))
    west, south, east, north = bare["output"].total_bounds
    line = shapely.LineString([(west, south), (east, north)])
    figure = plots.spots({**moran(), "roads": gpd.GeoDataFrame(geometry=[line], crs=bare["output"].crs)})
    (street,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    (drawn,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    assert street.get_zorder() > drawn.get_zorder()


def test_why_territories_are_untested_is_told():
    alone = moran()
    alone["output"]["neighbours"] = [3] * 8 + [0]
    for lang, words in (("en", "without neighbours: 1"), ("es", "sin vecinos: 1")):
        figure = plots.spots(alone, lang=lang)
        told = " ".join(t.get_text() for t in figure.findobj(Text)).replace("\n", " ")
        assert words in told


def test_urban_areas_show_what_was_added_or_dropped_and_how_small_they_are():
    said = texts(plots.urban_areas(urban()))
    assert {
        "urban centre",
        "city",
        "city, added for its centre",
        "commuting zone",
        "enclave, added",
        "apart from its zone, dropped",
    } <= set(said)
    assert any("areas: 2, under 50 000 people: 1; territories in them: 5 of 9" in text for text in said)
    assert "Place $x$ 0" in said
    near = plots.urban_areas(urban(), focus="t3").axes[0]
    assert near.get_ylim()[1] > SOUTH + 3000
    none = urban()
    none |= {name: none[name].iloc[:0] for name in ("areas", "centres")}
    none["membership"] = none["membership"].assign(role="outside")
    assert texts(plots.urban_areas(none, lang="es"))[-1:] != [translator("es")(NO_DATA)]
    assert any("no se encontró ninguna área" in text for text in texts(plots.urban_areas(none, lang="es")))


@pytest.mark.parametrize(
    ("form", "lang", "words"),
    [
        ("hotspots", "en", ["Hot and cold spots (G*)", "Food <b>: share in jobs"]),
        (
            "local_moran",
            "es",
            ["Altos y bajos entre sus vecinos (Moran local)", "Food <b>: proporción del empleo"],
        ),
    ],
)
def test_spots_say_of_what_they_are(form, lang, words):
    given = moran()
    of = {"form": form, "sector": "10", "sector_name": "Food <b>", "measure": "employment"}
    shown = " ".join(texts(plots.spots({**given, "output": given["output"].assign(**of)}, lang=lang)))
    for word in words:
        assert word in shown
