"""A clean register with planted faults: each check finds what was planted, and nothing else."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import read_register
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.headquarters import booked_at_headquarters
from geoterritorio.layers.quality import QualityRules, register_quality
from geoterritorio.layers.schema import REGISTER
from geoterritorio.layers.size_names import class_bounds, size_bounds, strange_classes
from geoterritorio.layers.tools import register_quality as register_quality_tool

COMARCA = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
RULES = QualityRules(on="2024-12-31")
N = 400


@pytest.fixture
def register(territories):
    """Establishments with every column and no fault: lognormal sizes, places to the millimetre, codes of one level."""
    rng = np.random.default_rng(11)
    size = np.round(np.exp(rng.normal(1.5, 1, N))) + 1
    x, y = rng.uniform(1, 2999, N), rng.uniform(1, 1999, N)
    frame = pd.DataFrame(
        {
            "firm": [f"f{i}" for i in range(N)],
            "name": [f"Firm {i}" for i in range(N)],
            "sector": rng.choice(["1511", "2520"], N),
            "employment": size,
            "opened": rng.integers(1950, 2020, N).astype(str),
            "closed": [None] * (N - 1) + ["2022-03"],
            "size_class": np.where(size < 10, "1 to 9", "10 and more"),
            "group": [f"g{i // 4}" for i in range(N)],
            "headquarters": np.where(np.arange(N) % 4, "no", "yes"),
            "precision": "address",
        }
    )
    layer = gpd.GeoDataFrame(frame, geometry=shapely.points(x, y), crs=25830)
    joined = gpd.sjoin(layer[["geometry"]], territories, predicate="within")
    return as_layer(layer.assign(territory=joined["territory"]), REGISTER)


def found(register, territories=None, rules=RULES):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        result = register_quality(register, territories, rules=rules)
    return result, result.summary.set_index("check")


def test_a_clean_register_is_clean(register, territories):
    result, summary = found(register, territories)
    assert summary["count"].sum() == 0
    assert (summary["severity"] != "untested").all(), "every check had what it needs"
    assert result.doubtful.empty
    assert isinstance(result.doubtful, gpd.GeoDataFrame)
    assert "problems" in result.doubtful


def planted(register, territories):
    """Faults, each in rows of its own, and the check that must find exactly these."""
    own, shapes = register.copy(), register.geometry.to_numpy().copy()
    x, y = register.geometry.x.to_numpy(), register.geometry.y.to_numpy()
    centre = territories.geometry.centroid.iloc[1]
    shapes[0], own.loc[0, "territory"] = None, None
    shapes[[4, 8]] = [Point(-500, 3), Point(1e6, 999_983.7)]
    shapes[12] = shapely.transform(centre, lambda c: c + np.array([0.3, -0.4]))
    shapes[[16, 20]] = [Point(1700, 200), Point(700, 1300)]
    shapes[24] = shapes[28] = Point(x[24], y[24])
    own.loc[[16, 20, 24, 28, 12], "territory"] = ["b", "d", own["territory"][24], own["territory"][24], "b"]
    own.loc[32, "territory"] = "a" if own["territory"][32] != "a" else "b"
    own.loc[36, "employment"], own.loc[36, "size_class"] = 1e6, "10 and more"
    own.loc[40, "size_class"] = "10 and more" if own["employment"][40] < 10 else "1 to 9"
    own.loc[44, "employment"] = np.nan
    own.loc[48, "firm"] = own.loc[52, "firm"]
    own.loc[[56, 60], "name"], own.loc[[56, 60], "sector"] = "  ÁREA  uno ", "1511"
    own.loc[60, "name"] = "Área Uno"
    shapes[60] = shapes[56]
    own.loc[60, "territory"] = own["territory"][56]
    own.loc[64, "sector"], own.loc[68, "sector"] = None, "151"
    own.loc[72, ["opened", "closed"]] = ["2001", "2000-05"]
    own.loc[76, "opened"] = "2025-01"
    own.loc[80, "precision"] = "centroid"
    own.loc[84, "employment"], own.loc[84, "size_class"] = 90.0, "10 and more"
    own.loc[[85, 86], "employment"], own.loc[87, "employment"] = np.nan, 0.0
    own.loc[[85, 86, 87], "size_class"] = None
    return own.set_geometry(gpd.GeoSeries(shapes, crs=register.crs)), {
        "no_place": [0],
        "outside": [4, 8],
        "on_centroid": [12],
        "rounded": [16, 20],
        "coincident": [24, 28, 56, 60],
        "elsewhere": [32],
        "implausible_size": [36],
        "size_contradicted": [40],
        "unknown_size": [44, 85, 86],
        "repeated_identifier": [48, 52],
        "duplicate": [56, 60],
        "no_sector": [64],
        "sector_level": [68],
        "closed_before_opened": [72],
        "opens_in_future": [76],
        "imprecise": [80],
        "booked_at_headquarters": [84, 85, 86, 87],
        "implausible_class": [],
        "unknown_class": [85, 86, 87],
        "stacked": [],
        "heaped_dates": [],
    }


def test_every_planted_fault_is_found_and_nothing_else(register, territories):
    own, expected = planted(register, territories)
    own["row"] = range(N)
    result, summary = found(own, territories)
    assert set(summary.index) == set(expected)
    assert {c: int(n) for c, n in summary["count"].items()} == {c: len(rows) for c, rows in expected.items()}
    listed = result.doubtful.set_index("row")["problems"].str.split("; ")
    notes = {"coincident", "unknown_size", "unknown_class", "heaped_dates"}
    for check, rows in expected.items():
        inside = [r for r in rows if r in listed.index]
        assert sorted(listed.index[[check in p for p in listed]]) == inside, check
        assert check in notes or inside == rows
    np.testing.assert_allclose(summary["share"], summary["count"] / N)
    assert summary.loc["opens_in_future", "employment"] == own["employment"][76]


def test_degrees_find_the_same_faults(register, territories):
    own, _ = planted(register, territories)
    _, metres = found(own, territories)
    moved = shapely.transform(own.geometry.to_numpy(), lambda c: c + np.array([500_000, 4_400_000]))
    ground = territories.set_geometry(territories.translate(500_000, 4_400_000).set_crs(25830))
    layer = own.set_geometry(gpd.GeoSeries(moved, crs=25830)).to_crs(4326)
    _, degrees = found(layer, ground)
    same = [c for c in metres.index if c != "rounded"]
    pd.testing.assert_series_equal(degrees.loc[same, "count"], metres.loc[same, "count"])
    shapes = layer.geometry.to_numpy().copy()
    shapes[:3] = shapely.points(np.round(shapely.get_coordinates(shapes[1:4]), 3))
    assert found(layer.set_geometry(gpd.GeoSeries(shapes, crs=4326)))[1].loc["rounded", "count"] == 3


def test_centroid_coded_registers_are_warned_about_with_their_share(register, territories):
    shapes = register.geometry.to_numpy().copy()
    shapes[:100] = territories.geometry.iloc[2].centroid
    own = register.set_geometry(gpd.GeoSeries(shapes, crs=25830))
    with pytest.warns(GeoterritorioWarning, match=r"100 \(25 %\). Distances .* are false"):
        result = register_quality(own, territories, rules=RULES)
    summary = result.summary.set_index("check")["count"]
    assert (summary["on_centroid"], summary["stacked"], summary["coincident"]) == (100, 100, 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_quality(register, territories, rules=RULES)


def test_representative_points_count_as_middles_too(register):
    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (6, 9), (6, 3), (3, 3), (3, 9), (0, 9)])
    ground = gpd.GeoDataFrame(
        {"territory": ["u"]}, geometry=[shapely.affinity.scale(horseshoe, 500, 500)], crs=25830
    )
    for point in (ground.geometry.centroid.iloc[0], ground.geometry.representative_point().iloc[0]):
        own = register.iloc[:1].set_geometry(gpd.GeoSeries([point], crs=25830))
        assert found(own, ground)[1].loc["on_centroid", "count"] == 1


def test_jobs_at_headquarters_without_a_column_that_says_which(register):
    own = register.drop(columns="headquarters").copy()
    own.loc[[4, 5, 6, 7], "employment"] = [0.0, 120.0, np.nan, 0.0]
    result, summary = found(own)
    assert summary.loc["booked_at_headquarters", "count"] == 4
    assert summary.loc["booked_at_headquarters", "employment"] == 120
    booked = result.doubtful["problems"].str.contains("booked")
    assert result.doubtful["firm"][booked].tolist() == ["f4", "f5", "f6", "f7"]


def test_dates_of_entry_are_told_from_dates_of_opening(register):
    own = register.assign(opened=["2010-07"] * 300 + ["1998"] * 100)
    assert found(own)[1].loc["heaped_dates", "count"] == 300


def test_implausible_sizes_are_rare_where_sizes_are_merely_skewed():
    """The stated rate: Pareto sizes with exponent 1 pass 7 robust deviations about once in 300."""
    rng = np.random.default_rng(1)
    n = 200_000
    own = pd.DataFrame({"sector": "15", "employment": 1 / rng.uniform(size=n), "territory": "a"})
    # Log sizes are exponential: median ln 2, median absolute deviation 0.4812 (root of exp(d) - exp(-d) = 1).
    expected = np.exp(-(np.log(2) + 7 * 1.4826 * np.arcsinh(0.5)))
    assert expected == pytest.approx(1 / 295, rel=0.02)
    share = found(own)[1].loc["implausible_size", "share"]
    assert share == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("0 a 5 personas", (0, 5)), ("101 a 250 personas", (101, 250)), ("251 y más personas", (251, np.inf)),
        ("10-49", (10, 49)), ("1.000 a 4.999", (1000, 4999)), ("1,000+", (1000, np.inf)), (">= 250", (250, np.inf)),
        ("> 250", (251, np.inf)), ("Menos de 10", (0, 9)), ("hasta 9", (0, 9)), ("más de 500", (501, np.inf)),
        ("Less than 5 employees", (0, 4)), ("50 or more", (50, np.inf)), ("3", None), ("micro", (0, 9)),
        ("tiny", None), ("49-10", None),
    ],
)  # fmt: skip
def test_size_classes_as_sources_word_them(text, bounds):
    assert size_bounds(text) == bounds


def test_named_classes_by_rule(register):
    own = register.assign(size_class="micro")
    rules = QualityRules(on="2024", size_classes={"micro": (0, 9)})
    assert found(own, rules=rules)[1].loc["size_contradicted", "count"] == (own["employment"] > 9.5).sum()


def test_what_cannot_be_checked_is_untested_not_zero():
    bare = pd.DataFrame({"sector": ["15", "25"], "territory": ["a", "b"]})
    _, summary = found(bare)
    untested = summary[summary["severity"] == "untested"]
    assert untested["count"].isna().all()
    assert {"outside", "on_centroid", "implausible_size", "duplicate"} <= set(untested.index)
    assert summary["employment"].isna().all()


def test_tables_and_empty_registers():
    empty = pd.DataFrame({"firm": pd.Series(dtype=object), "sector": pd.Series(dtype=object)})
    result, summary = found(empty)
    assert result.doubtful.empty
    assert summary["share"].isna().all()
    with pytest.raises(LayerError, match="must hold dates"):
        found(pd.DataFrame({"sector": ["1"], "opened": ["1990"]}), rules=QualityRules(on="yesterday"))


def test_inputs_are_untouched_and_the_tool_says_the_same(register, territories):
    own, _ = planted(register, territories)
    before, ground = own.copy(), territories.copy()
    result, _ = found(own, territories)
    assert own.equals(before)
    assert territories.equals(ground)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        tool = register_quality_tool(own, territories, on="2024-12-31")
    pd.testing.assert_frame_equal(tool.summary, result.summary)


def test_coordinates_by_the_metre_are_not_rounded(register):
    shapes = shapely.points(np.round(shapely.get_coordinates(register.geometry.to_numpy())))
    own = register.set_geometry(gpd.GeoSeries(shapes, crs=25830))
    assert found(own)[1].loc["rounded", "count"] <= 1


def test_without_names_size_and_day_of_opening_tell_twins(firms):
    register = firms.assign(opened="2001-03-07")
    register.loc[1, ["geometry", "sector", "employment"]] = register.loc[
        0, ["geometry", "sector", "employment"]
    ]
    register.loc[3, ["geometry", "sector", "employment"]] = register.loc[
        2, ["geometry", "sector", "employment"]
    ]
    register.loc[[2, 3], "opened"] = "2001"
    found = register_quality(register).doubtful
    twins = found[found["problems"].str.contains("duplicate")]
    assert set(twins["firm"]) == {"f0", "f1"}, "a year of opening is shared by too many"


def test_size_classes_in_words(firms):
    register = firms.assign(size_class="micro", employment=5.0)
    register.loc[7, "employment"] = 60.0
    register.loc[8, "size_class"] = "mediana"
    found = register_quality(register).doubtful
    assert set(found[found["problems"].str.contains("size_contradicted")]["firm"]) == {"f7", "f8"}


@pytest.fixture(scope="module")
def booked():
    """Register of the invented territory with bookings planted in it, and the true jobs."""
    register = read_register(COMARCA / "register_raw.parquet")
    sins = pd.read_csv(COMARCA / "truth" / "register_sins.csv.gz")
    sins = sins[sins["sin"] == "booked_at_headquarters"].set_index("firm")["truth"].astype(float)
    truth = register["firm"].map(sins)
    return register, truth.notna().to_numpy(), truth.fillna(register["employment"]).to_numpy()


@pytest.mark.parametrize("without", [[], ["headquarters"], ["size_class", "headquarters", "sector"]])
def test_all_bookings_planted_in_a_register_are_found(booked, without):
    register, planted, truth = booked
    found = booked_at_headquarters(register.drop(columns=without))
    assert planted.sum() == 623
    assert (found & planted).sum() == 623, "158 headquarters and the 465 establishments whose jobs they hold"
    assert (found & ~planted).sum() <= 3
    right = booked_at_headquarters(register.drop(columns=without).assign(employment=truth))
    assert right.sum() <= 5, "of 1799 establishments of 453 enterprises that book where people work"


def test_bookings_that_leave_one_job_or_an_unknown_number(booked):
    register, planted, truth = booked
    branch = planted & (register["headquarters"] != "yes").to_numpy()
    head = planted & ~branch
    for left, least in ((np.minimum(truth, 1), 50), (np.nan, 120)):
        jobs = np.where(branch, left, truth)
        lost = pd.Series(np.where(branch, truth - np.nan_to_num(jobs), 0))
        moved = lost.groupby(register["group"]).transform("sum").fillna(0).to_numpy()
        found = booked_at_headquarters(register.assign(employment=np.where(head, truth + moved, jobs)))
        assert (found & head).sum() >= least
        assert (found & ~planted).sum() <= 3


def test_unknown_jobs_alone_are_no_booking(booked):
    register, _, truth = booked
    lost = np.random.default_rng(3).uniform(size=len(truth)) < 0.1
    found = booked_at_headquarters(register.assign(employment=np.where(lost, np.nan, truth)))
    assert found[(register["headquarters"] == "yes").to_numpy()].sum() <= 2


def test_one_job_is_no_sign_where_the_sector_has_one():
    shops = pd.DataFrame({"sector": "47", "employment": [1.0] * 95 + [2.0] * 5, "group": None})
    plants = pd.DataFrame({"sector": "24", "employment": np.arange(20.0, 120.0), "group": None})
    for sector, expected in (("47", 0), ("24", 4)):
        group = pd.DataFrame({"sector": ["24", *[sector] * 3], "employment": [110.0, 1, 1, 1], "group": "g"})
        register = pd.concat([shops, plants, group], ignore_index=True)
        assert booked_at_headquarters(register).sum() == expected


def test_size_classes_alone_tell_strange_ones(register):
    bands = register.drop(columns="employment").assign(size_class="0 a 5 personas")
    bands.loc[[3, 5], "size_class"] = ["251 y más personas", "31 a 50 personas"]
    bands.loc[[8, 9], "size_class"] = [None, "no consta"]
    result, summary = found(bands)
    assert summary.loc["implausible_size", "severity"] == "untested"
    assert summary.loc[["implausible_class", "unknown_class"], "count"].tolist() == [1, 2]
    assert result.doubtful.set_index("firm").loc["f3", "problems"] == "implausible_class"
    known = bands.assign(employment=np.where(bands["firm"] == "f3", 300.0, np.nan))
    assert found(known)[1].loc["implausible_class", "count"] == 0, "jobs, where known, are judged instead"
    assert found(bands.assign(size_class="B"))[1].loc["implausible_class", "severity"] == "untested"


@pytest.mark.parametrize(
    ("others", "classes", "count"),
    [
        ("0-5", ["51-100"], 1),
        ("0-5", ["31-50"], 0),
        ("251+", ["6-10"], 1),
        ("micro", ["large"], 1),
        ("micro", ["medium"], 0),
        ("0-5", ["251+", "251+"], 0),
    ],
)
def test_what_is_far_and_rare_among_size_classes(others, classes, count):
    low, high = class_bounds(pd.Series([others] * 40 + classes))
    sectors = pd.Series(["15"] * len(low))
    assert strange_classes(low, high, sectors).sum() == count
    assert not strange_classes(low, high, sectors, min_sector=len(low) + 1).any()
    many = np.repeat(low, 10), np.repeat(high, 10), sectors.repeat(10)
    assert not strange_classes(*many).any(), "1 in 41 is not rare"
    assert not strange_classes(low[:0], high[:0], sectors[:0]).any()
