"""What every tool says of tables from which nothing, or nothing but their form, can be computed."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.concentration import tools
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms, as_indicators
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.schema import COUNTS_PERIODS, POPULATION
from geoterritorio.registry import describe

OF_COUNTS = [
    "cluster_index",
    "coagglomeration",
    "complexity",
    "ellison_glaeser",
    "entropy",
    "fitness",
    "focal_location_quotient",
    "hachman",
    "herfindahl",
    "hoover",
    "krugman_concentration",
    "krugman_specialisation",
    "location_quotient",
    "locational_gini",
    "maurel_sedillot",
    "pairwise_coagglomeration",
    "plant_colocation",
    "relatedness_density",
    "relative_diversity",
    "sector_relatedness",
    "shift_share",
    "standardised_location_quotient",
    "theil",
    "variety",
]
# Not compared with anything in which the one would be all there is.
OF_ONE_TERRITORY = {"entropy", "variety"}
OF_ONE_SECTOR = {"cluster_index", "herfindahl", "shift_share"}


def squares(n):
    shapes = [box(1000 * k, 0, 1000 * k + 1000, 1000) for k in range(n)]
    return gpd.GeoDataFrame({"territory": [f"t{k}" for k in range(n)]}, geometry=shapes, crs=32633)


def table(n, sectors):
    rng = np.random.default_rng(1)
    rows = pd.MultiIndex.from_product([[f"t{k}" for k in range(n)], sectors], names=["territory", "sector"])
    plants = rng.integers(1, 5, len(rows)).astype(float)
    jobs = plants * rng.integers(1, 9, len(rows))
    return rows.to_frame(index=False).assign(employment=jobs, establishments=plants, squares=jobs**2 / plants)


def run(name, areas, rows):
    options = {"focal_location_quotient": {"bandwidth": 1500}, "variety": {"levels": "section,division"}}.get(
        name, {}
    )
    if name == "shift_share":
        panel = pd.concat([rows.assign(period="2000"), rows.assign(period="2010")], ignore_index=True)
        return tools.shift_share(areas, as_layer(panel, COUNTS_PERIODS))
    if name == "cluster_index":
        people = areas[["territory"]].assign(place=areas["territory"], population=100.0)
        options = {"population": as_layer(pd.DataFrame(people), POPULATION)}
    return getattr(tools, name)(areas, counts=as_counts(rows), **options)


@pytest.mark.parametrize("name", OF_COUNTS)
def test_a_table_of_zeros_is_refused(name):
    rows = table(4, ["10", "47", "62"]).assign(employment=0.0, establishments=0.0, squares=0.0)
    column = "establishments" if name == "plant_colocation" else "employment"
    with pytest.raises(
        LayerError, match=f"counts: no “{column}” above 0 in these territories.* Check the column"
    ):
        run(name, squares(4), rows)


@pytest.mark.parametrize("name", OF_COUNTS)
@pytest.mark.parametrize(
    ("n", "sectors", "spared"), [(1, ["10", "47"], OF_ONE_TERRITORY), (4, ["10"], OF_ONE_SECTOR)]
)
def test_what_follows_from_there_being_one_is_told(name, n, sectors, spared):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run(name, squares(n), table(n, sectors))
    word = "territory" if n == 1 else "sector"
    found = [
        str(t.message) for t in told if f"only one {word}, from which the result follows" in str(t.message)
    ]
    assert len(found) == (name not in spared)


@pytest.mark.parametrize("name", OF_COUNTS)
def test_what_is_advised_can_be_done(name):
    rows = table(1, ["10", "47"])
    rows.loc[0, ["employment", "establishments", "squares"]] = np.nan
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run(name, squares(1), rows)
    advised = [str(t.message) for t in told if "a reference" in str(t.message).lower()]
    takes = {p["name"] for p in describe(name)["parameters"]}
    assert not advised or "reference" in takes


@pytest.mark.parametrize("name", OF_COUNTS)
def test_unknown_cells_are_counted(name):
    rows = table(4, ["10", "47", "62"])
    rows.loc[1, ["employment", "establishments", "squares"]] = np.nan
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run(name, squares(4), rows)
    assert any("1 cells are withheld or unknown" in str(t.message) for t in told)


def test_a_reference_makes_one_territory_worth_comparing():
    nation = pd.DataFrame({"sector": ["10", "47"], "employment": [900.0, 2000.0]})
    rows = as_counts(table(1, ["10", "47"]))
    found = tools.krugman_specialisation(squares(1), counts=rows, reference=nation)
    assert found["value"].gt(0).all()
    with pytest.warns(GeoterritorioWarning, match="only one territory"):
        tools.fitness(squares(1), counts=rows, reference=nation)


def test_a_register_without_jobs_in_the_territories_is_refused():
    firms = pd.DataFrame({"territory": ["t0", "t1"], "sector": ["10", "62"], "employment": [0.0, 0.0]})
    with pytest.raises(LayerError, match=r"firms: no “employment” above 0 .* choose the other measure"):
        tools.herfindahl(squares(2), as_firms(firms))
    assert (
        len(tools.herfindahl(squares(2), as_firms(firms), measure="establishments", replicates=0).indices)
        == 2
    )


def test_inequality_of_too_little_is_told():
    def told(values):
        rows = pd.DataFrame({"territory": [f"t{k}" for k in range(len(values))], "value": values})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = tools.disparities(as_indicators(rows), replicates=0).measures.set_index("measure")[
                "value"
            ]
        return found, [str(c.message) for c in caught]

    found, texts = told([0.0, 0, 0])
    assert found.isna().all()
    assert texts == [
        "indicators: all values of period “–” are 0: the measures are undefined. Check the column “value”."
    ]
    found, texts = told([0.0, 1, 2])
    assert found[found.isna()].index.tolist() == ["theil_l"]
    assert len(texts) == 1
    assert "1 values of period “–” are 0, which has no logarithm: theil_l is undefined" in texts[0]
    found, texts = told([5.0])
    assert found["gini"] == 0
    assert texts == ["indicators: 1 territories in period “–”. Inequality needs two, an interval three."]
