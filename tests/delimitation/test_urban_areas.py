"""Functional urban areas: an example to be followed on paper, identities, and what is refused or told."""

import warnings
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from shapely.geometry import box

from geoterritorio.delimitation import (
    UrbanAreaRules,
    division_agreement,
    functional_urban_areas,
    labour_markets,
    urban_centres,
)
from geoterritorio.delimitation._cells import PeopleOf, people_of
from geoterritorio.delimitation._cities import cities
from geoterritorio.delimitation.tools import functional_urban_areas as tool
from geoterritorio.errors import CRSError, FlowError, GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_flows, check_layer, read_territories
from geoterritorio.layers.grids import Grid, read_grid
from geoterritorio.layers.schema import POPULATION_GRID
from geoterritorio.registry import descriptions, layer_of

KM, WEST, SOUTH = 1000, 500_000, 4_700_000
# West, south, east and north of each territory in kilometres, on a land of 14 by 8.
BOXES = {
    "a": (0, 3, 6, 8),
    "b": (8, 4.5, 10, 8),
    "c": (8, 3, 10, 4.5),
    "d": (6, 3, 8, 5),
    "f": (6, 5, 8, 7),
    "g": (10, 3, 14, 4),
    "h": (10, 4, 14, 8),
    "m": (6, 1, 14, 3),
    "s": (0, 0, 6, 3),
    "t": (6, 7, 8, 8),
    "x": (6, 0, 14, 1),
}
# The first centre is a ring of eight cells of 6240 people: 49 920, and 50 020 with the 100 of the gap in its middle.
# The cell of 9000 touches it at a corner. The second has four cells of 15 000, one of them cut by the border of b
# and c. h has 30 000 of them and 30 000 in a cell apart: exactly a half; c 7500 of 15 001.
CELLS = {
    **dict.fromkeys(((1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2), (3, 3)), 6240),
    (2, 2): 100,
    (0, 4): 9000,
    **dict.fromkeys(((2, 9), (2, 10), (3, 9), (3, 10)), 15_000),
    (0, 13): 30_000,
    (4, 8): 7501,
    (4, 6): 400,
    (2, 6): 100,
    (0, 6): 50,
    (4, 12): 80,
    (6, 8): 60,
    (6, 2): 70,
    (7, 9): 90,
}
# With 30 001 apart h is no city, and with 22 501 apart b is none: the second centre is parted among three and has none.
ONE_CITY = {**CELLS, (0, 13): 30_001}
PARTED = {**ONE_CITY, (0, 9): 22_501}
# Of 1000 residents of b and h 150 work in a: exactly 0.15. Of 200 of d, 30 in a and h. Of 101 of g, 15 in h.
FLOWS = [
    ("a", "a", 900), ("a", "b", 60), ("a", "ABROAD", 40), ("b", "b", 290), ("b", "a", 100), ("b", "h", 10),
    ("h", "h", 550), ("h", "a", 50), ("d", "d", 170), ("d", "a", 20), ("d", "h", 10), ("t", "t", 50), ("t", "a", 50),
    ("f", "f", 90), ("f", "a", 10), ("c", "c", 86), ("c", "b", 14), ("g", "g", 85), ("g", "h", 15), ("g", "ABROAD", 1),
    ("m", "m", 100), ("x", "x", 60), ("x", "a", 40), ("ABROAD", "a", 5),
]  # fmt: skip


def land(boxes=BOXES):
    shapes = [
        box(WEST + w * KM, SOUTH + s * KM, WEST + e * KM, SOUTH + n * KM) for w, s, e, n in boxes.values()
    ]
    return gpd.GeoDataFrame(
        {"territory": list(boxes), "name": [f"N{b}" for b in boxes]}, geometry=shapes, crs=25830
    )


def raster(cells=None, shape=(8, 14), side=KM):
    values = np.zeros(shape)
    for at, people in (CELLS if cells is None else cells).items():
        values[at] = people
    return Grid(values, Affine(side, 0, WEST, 0, -side, SOUTH + shape[0] * side), 25830)


def commuters(changes=()):
    table = pd.DataFrame(FLOWS, columns=["origin", "destination", "flow"]).set_index(
        ["origin", "destination"]
    )
    for origin, destination, flow in changes:
        table.loc[(origin, destination), "flow"] = flow
    return table.reset_index().astype({"flow": float})


def drawn(flows=None, places=None, grid=None, **rules):
    return functional_urban_areas(
        commuters() if flows is None else flows,
        land() if places is None else places,
        raster() if grid is None else grid,
        rules=UrbanAreaRules(**rules),
        outside=["ABROAD"],
    )


def roles(found):
    return found.membership.set_index("territory")["role"].to_dict()


@pytest.fixture(scope="module")
def found():
    return drawn()


class TestOnPaper:
    def test_centres(self, found):
        centres = found.centres
        assert centres["population"].tolist() == [60_000, 50_020]
        assert centres["cells"].tolist() == [4, 9]
        assert centres["filled"].tolist() == [0, 1]
        assert centres["area_km2"].tolist() == [4, 9]
        assert centres["in_cities"].tolist() == [52_500 / 60_000, 1]
        assert centres["area"].tolist() == ["a", "a"]
        assert centres["territory"].tolist() == ["h", "a"]
        assert (centres.area / 1e6).tolist() == [4, 9]

    def test_each_territory_has_its_role(self, found):
        assert roles(found) == {
            **dict.fromkeys("abh", "city"),
            **dict.fromkeys("dt", "commuting zone"),
            "f": "added enclave",
            "x": "dropped exclave",
            **dict.fromkeys("cgms", "outside"),
        }

    def test_shares_of_territories(self, found):
        rows = found.membership.set_index("territory")
        assert rows.loc["h", "centre_share"] == 0.5
        assert rows.loc["c", "centre_share"] == 7500 / 15_001
        assert rows.loc["b", "population"] == 22_500
        shares = {"d": 0.15, "g": 15 / 101, "c": 0.14, "x": 0.4, "f": 0.1, "a": 0.96, "h": 1}
        assert rows["commuting_share"].reindex(shares).to_dict() == pytest.approx(shares)
        assert np.isnan(rows.loc["s", "commuting_share"])
        assert rows["towards"].dropna().unique().tolist() == ["a"]
        assert set(rows.index[rows["area"].isna()]) == set("cgmsx")

    def test_sums_of_the_area(self, found):
        (row,) = found.areas.to_dict("records")
        said = {
            "territory": "a", "name": "Na", "units": 6, "cities": 2, "centres": 2, "population": 142_070,
            "in_centres": 110_020, "in_city": 141_520, "in_zone": 550, "area_size": "medium", "residents": 2400,
            "workers": 2434, "internal": 2360, "enough": "yes",
        }  # fmt: skip
        assert {k: row[k] for k in said} == said
        assert row["supply"] == 2360 / 2400
        assert row["demand"] == 2360 / 2434
        assert row["centre_share"] == pytest.approx(102_520 / 110_020)
        assert row["geometry"].area / 1e6 == pytest.approx(30 + 7 + 16 + 4 + 2 + 4)

    def test_gaps_may_stay(self):
        found = drawn(fill="none")
        assert found.centres["population"].tolist() == [60_000]
        assert found.areas["territory"].tolist() == ["h"]

    def test_cities_joined_by_either_both_or_never(self):
        fewer = drawn(commuters([("b", "a", 99)]))
        for apart in (fewer, drawn(join="both"), drawn(join="never")):
            assert apart.areas["territory"].tolist() == ["a", "h"]
            assert apart.areas["cities"].tolist() == [1, 1]
        mutual = commuters([("a", "b", 150), ("a", "a", 810)])
        assert drawn(mutual, join="both").areas["cities"].tolist() == [2]

    def test_the_largest_share_decides_and_of_equal_ones_the_first(self):
        for to_a, to_h, area in ((40, 30, "a"), (30, 40, "h"), (40, 40, "a")):
            found = drawn(commuters([("d", "a", to_a), ("d", "h", to_h)]), join="never")
            row = found.membership.set_index("territory").loc["d"]
            assert (row["area"], row["role"]) == (area, "commuting zone")

    def test_a_hole_of_two_areas_is_no_enclave(self):
        assert roles(drawn(join="never"))["f"] == "outside"

    def test_territories_that_share_a_hole_are_enclaves_together(self):
        boxes = {**BOXES, "f": (6, 5, 8, 6), "f2": (6, 6, 8, 7)}
        assert {k: v for k, v in roles(drawn(places=land(boxes))).items() if k[0] == "f"} == {
            "f": "added enclave",
            "f2": "added enclave",
        }

    def test_an_exclave_within_another_area_becomes_its_enclave(self):
        flows = commuters([("t", "t", 10), ("t", "a", 90), ("f", "a", 0), ("f", "h", 90), ("d", "a", 40)])
        boxes = {**BOXES, "b": (8.2, 4.5, 10, 8), "q": (8, 4.5, 8.2, 8)}
        flows = pd.concat(
            [flows, pd.DataFrame({"origin": ["q", "q"], "destination": ["q", "a"], "flow": [9.0, 9]})]
        )
        found = drawn(flows, land(boxes), join="never").membership.set_index("territory")
        assert found.loc["f", ["area", "role"]].tolist() == ["a", "added enclave"]

    def test_gaps_between_boundaries_are_none(self):
        boxes = {**BOXES, "f": (6.02, 5.02, 7.98, 6.98)}
        assert roles(drawn(places=land(boxes)))["f"] == "added enclave"
        assert roles(drawn(places=land(boxes), snap=0))["f"] == "outside"

    def test_a_city_that_holds_too_little_of_its_centre_is_told(self):
        with pytest.warns(GeoterritorioWarning, match=r"less than 0.9 live in cities: 1 \(around “h”\)"):
            found = drawn(centre_share=0.9, complete=False)
        assert found.centres["enough"].tolist() == ["no", "yes"]
        assert found.areas["enough"].tolist() == ["yes"]

    def test_a_centre_without_a_city_is_told(self):
        with pytest.warns(GeoterritorioWarning, match=r"no territory is the city.*: 1, .* live in “h”"):
            found = drawn(grid=raster(PARTED), complete=False)
        assert found.centres["area"].isna().tolist() == [True, False]
        assert found.centres["enough"].tolist() == ["no", "yes"]
        assert found.areas["centres"].tolist() == [1]

    def test_two_centres_of_one_territory_are_one_city(self):
        boxes = {**BOXES, "a": (0, 3, 14, 8)}
        places = land({k: boxes[k] for k in "amsx"})
        flows = commuters()
        flows = flows[
            flows["origin"].isin([*"amsx", "ABROAD"]) & flows["destination"].isin([*"amsx", "ABROAD"])
        ]
        found = drawn(flows, places)
        assert found.areas[["cities", "centres"]].to_numpy().tolist() == [[1, 2]]
        assert found.centres["area"].tolist() == ["a", "a"]

    def test_cells_of_another_size_are_measured_by_their_own_area(self):
        small = raster()
        values = np.kron(small.values / 4, np.ones((2, 2)))
        found = drawn(
            grid=Grid(values, small.transform @ Affine.scale(0.5), 25830), fill="none", min_population=4e4
        )
        assert found.centres["population"].tolist() == [60_000, 49_920]
        assert found.centres["cells"].tolist() == [16, 32]
        assert found.centres["area_km2"].tolist() == [4, 8]

    def test_totals_replace_what_flows_lack(self):
        totals = pd.DataFrame({"residents": [201.0], "workers": [170.0]}, index=["d"])
        found = functional_urban_areas(commuters(), land(), raster(), outside=["ABROAD"], totals=totals)
        assert roles(found)["d"] == "outside"


class TestCompleted:
    def test_a_city_below_three_quarters_gains_the_territory_with_most_of_the_rest(self):
        found = drawn(grid=raster(ONE_CITY), join="never")
        rows = found.membership.set_index("territory")
        assert rows.loc[["b", "h"], "role"].tolist() == ["city", "added city"]
        assert rows.loc[["b", "h"], "area"].tolist() == ["h", "h"]
        assert rows.loc["h", "centre_share"] == 30_000 / 60_001
        assert found.centres["in_cities"].tolist() == [52_500 / 60_000, 1]
        assert found.centres["enough"].tolist() == ["yes", "yes"]
        area = found.areas.set_index("territory").loc["h"]
        assert area["in_city"] == 22_500 + 60_001
        assert area["cities"] == 1
        with pytest.warns(GeoterritorioWarning, match=r"less than 0.75 live in cities: 1 \(around “h”\)"):
            before = drawn(grid=raster(ONE_CITY), join="never", complete=False)
        assert roles(before)["h"] == "outside"
        assert before.centres["in_cities"].tolist() == [22_500 / 60_000, 1]

    def test_of_a_centre_without_a_city_the_largest_part_becomes_it_and_no_other(self):
        with pytest.warns(GeoterritorioWarning, match=r"less than 0.75 live in cities: 1 \(around “h”\)"):
            found = drawn(grid=raster(PARTED), join="never")
        rows = found.membership.set_index("territory")
        assert rows["role"].value_counts()[["city", "added city"]].tolist() == [1, 1]
        assert rows.loc["h", ["area", "role"]].tolist() == ["h", "added city"]
        assert found.centres["area"].tolist() == ["h", "a"]
        assert found.centres["in_cities"].tolist() == [0.5, 1]
        assert found.centres["enough"].tolist() == ["no", "yes"]

    def test_what_is_enough_is_left(self, found):
        pd.testing.assert_frame_equal(found.membership, drawn(complete=False).membership)
        assert roles(drawn(centre_share=0.875))["c"] == "outside"
        assert roles(drawn(centre_share=0.876))["c"] == "added city"

    def test_the_zone_is_of_the_completed_city(self):
        found = drawn(commuters([("g", "h", 16)]), grid=raster(ONE_CITY), join="never")
        assert roles(found)["g"] == "commuting zone"

    def test_where_most_may_live_across_the_border_none_is_added(self):
        places = land({k: BOXES[k] for k in "acgmsx"})
        flows = commuters().replace(dict.fromkeys("bdfht", "ABROAD"))
        flows = flows.groupby(["origin", "destination"], as_index=False)["flow"].sum()
        with pytest.warns(GeoterritorioWarning, match=r": 1, .* in “c”. None was made the city"):
            found = drawn(flows, places, raster(PARTED))
        assert roles(found)["c"] == "outside"
        assert found.centres["in_study"].tolist() == [0.125, 1]


def completed_slowly(whole, within, population, rules):
    """Number of the centre to whose city each unit belongs, and which units were added, unit by unit."""
    units, centres = within.shape
    first = {}
    for u in range(units):
        if whole[u] and within[u].sum() >= rules.city_share * whole[u]:
            first[u] = max(range(centres), key=lambda c: (within[u, c], -c))
    asked = {}
    for c in range(centres):
        rest = [u for u in range(units) if u not in first and within[u, c]]
        if sum(within[u, c] for u in first) >= rules.centre_share * population[c] or not rest:
            continue
        most = max(rest, key=lambda u: (within[u, c], -u))
        if rules.complete and within[most, c] > population[c] - within[:, c].sum():
            asked.setdefault(most, []).append(c)
    added = {u: max(wanted, key=lambda c: (within[u, c], -c)) for u, wanted in asked.items()}
    return first | added, set(added), {c: u for u, wanted in asked.items() for c in wanted}


PEOPLE = arrays.arrays(
    float, st.tuples(st.integers(1, 7), st.integers(1, 4)), elements=st.sampled_from([0, 0, 1, 2, 5])
)


@given(
    within=PEOPLE, seed=st.integers(0, 1000), city=st.sampled_from([0.3, 0.5, 0.9]), complete=st.booleans()
)
def test_cities_are_those_found_unit_by_unit(within, seed, city, complete):
    within = within[:, within.any(axis=0)]
    assume(within.size)
    rng = np.random.default_rng(seed)
    whole = within.sum(axis=1) + rng.integers(0, 9, len(within))
    population = within.sum(axis=0) + rng.integers(0, 3, within.shape[1])
    people = PeopleOf(whole, sparse.csr_array(within), whole.sum(), 0)
    rules = UrbanAreaRules(city_share=city, complete=complete)
    found, old = cities(people, population, rules), cities(people, population, replace(rules, complete=False))
    of, added, asked = completed_slowly(whole, within, population, rules)
    assert set(np.flatnonzero(found.added).tolist()) == added
    assert set(np.flatnonzero(found.city >= 0).tolist()) == set(of)
    assert all((found.city[u] == found.city[v]) == (of[u] == of[v]) for u in of for v in of)
    assert all(found.of_centre[c] >= 0 for c in [*of.values(), *asked])
    assert all(found.city[u] == found.of_centre[c] for u, c in of.items())
    assert found.in_cities == pytest.approx(within[found.city >= 0].sum(axis=0) / population)
    # nothing is taken away, and at most one a centre is given
    assert not ((old.city >= 0) & ((found.city < 0) | found.added)).any()
    assert (found.in_cities >= old.in_cities).all()
    assert found.added.sum() <= (old.in_cities < rules.centre_share).sum()
    assert (found.share[found.added] < city).all()
    assert not old.added.any()


class TestNoCentre:
    def test_the_largest_cluster_is_told(self):
        with pytest.warns(
            GeoterritorioWarning, match="largest cluster .* has 60000 people; 60001 are asked for"
        ):
            found = drawn(min_population=60_001)
        usual = drawn()
        for name in ("areas", "centres"):
            table, full = getattr(found, name), getattr(usual, name)
            assert table.empty
            assert table.crs == full.crs
            assert table.dtypes.to_dict() == full.dtypes.to_dict()
        assert set(roles(found).values()) == {"outside"}
        assert found.membership.dtypes.to_dict() == usual.membership.dtypes.to_dict()

    def test_the_densest_cell_is_told_where_none_is_dense(self):
        with pytest.warns(
            GeoterritorioWarning, match="densest cell has 30000 people per km²; 40000 are asked for"
        ):
            assert drawn(density=40_000).areas.empty

    def test_centres_elsewhere_are_told(self):
        places = land({k: BOXES[k] for k in ("s", "m", "x")})
        flows = pd.DataFrame({"origin": list("smx"), "destination": list("smx"), "flow": 1.0})
        with pytest.warns(GeoterritorioWarning, match=r"urban centres of the raster \(2\) lie outside"):
            assert drawn(flows, places).centres.empty


class TestRefused:
    def test_flows(self):
        for flows, said in (
            (commuters().iloc[:0], "nobody commutes"),
            (commuters().assign(flow=-1.0), "below 0"),
            (commuters().replace({k: f"{k}{k}" for k in BOXES}), "none of the territories"),
        ):
            with pytest.raises(FlowError, match=said):
                drawn(flows)

    def test_unknown_places_count_as_across_the_border(self):
        table = commuters().replace({"ABROAD": "zz"})
        with pytest.warns(GeoterritorioWarning, match="no territories of the study: 1"):
            assert drawn(table).areas["residents"].tolist() == [2400]

    def test_territories(self):
        points = land().assign(geometry=land().centroid)
        with pytest.raises(LayerError, match="these are points"):
            drawn(places=points)
        with pytest.raises(LayerError, match="polygons overlap, so that people count twice: 50020"):
            drawn(places=land({**BOXES, "s": (0, 0, 4, 8)}), grid=raster({**CELLS, (0, 4): 9000}))
        with pytest.raises(CRSError, match="territories: coordinates are in degrees"):
            drawn(places=land().to_crs(4326))
        with pytest.raises(FlowError, match="identifiers given more than once"):
            drawn(places=pd.concat([land(), land().iloc[:1]]))

    def test_raster(self):
        away = replace(raster(), transform=Affine(KM, 0, 0, 0, -KM, SOUTH))
        with pytest.raises(LayerError, match="nowhere on the territories"):
            drawn(grid=away)
        with pytest.raises(LayerError, match=r"values that its kind cannot have.*cells: 1"):
            drawn(grid=raster({**CELLS, (5, 5): -9999}))
        degrees = Grid(np.ones((9, 9)), Affine(0.1, 0, -3.2, 0, -0.1, 42.9), 4326)
        with (
            pytest.warns(GeoterritorioWarning, match="reprojected"),
            pytest.raises(CRSError, match="grid: coordinates are in degrees"),
        ):
            drawn(grid=degrees)

    def test_rules(self):
        with pytest.raises(LayerError, match="“density” must be above 0"):
            drawn(density=0)


class TestRaster:
    def test_another_system_is_told(self):
        moved = land().to_crs(25829)
        with pytest.warns(GeoterritorioWarning, match="grid: reprojected from"):
            found = drawn(places=moved, snap=100)
        assert roles(found) == roles(drawn())
        assert found.centres.crs == moved.crs
        assert found.areas["population"].tolist() == pytest.approx([142_070], rel=1e-4)

    def test_what_it_does_not_cover_is_told(self):
        values = raster().values[:7]
        with pytest.warns(GeoterritorioWarning, match=r"reach beyond the raster: 2 \(“s”, “x”\)"):
            drawn(grid=replace(raster(), values=values))

    def test_cells_without_value_are_empty_and_may_fill_gaps(self):
        cells = {**CELLS, (2, 2): np.nan, (1, 1): 6340}
        assert drawn(grid=raster(cells)).centres["population"].tolist() == [60_000, 50_020]
        gone = {**CELLS, (6, 2): np.nan}
        rows = drawn(grid=raster(gone)).membership.set_index("territory")
        assert rows.loc["s", "population"] == 0
        assert np.isnan(rows.loc["s", "centre_share"])


def slowly(values, dense, most):
    """Clusters by spreading from cell to cell, and gaps filled one cell at a time from the south-east."""
    label, rows, columns = np.zeros(values.shape, dtype=int), *values.shape
    for at in zip(*np.nonzero(values >= dense), strict=True):
        if label[at]:
            continue
        label[at], todo = label.max() + 1, [at]
        while todo:
            r, c = todo.pop()
            for q in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
                if 0 <= q[0] < rows and 0 <= q[1] < columns and values[q] >= dense and not label[q]:
                    label[q] = label[at]
                    todo.append(q)
    again = True
    while again:
        again = False
        for r, c in reversed(list(np.ndindex(rows, columns))):
            near = label[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2]
            counts = np.bincount(near[near > 0])
            if not label[r, c] and counts.max(initial=0) >= 5:
                label[r, c], again = counts.argmax(), True
    sums = {k: values[label == k].sum() for k in range(1, label.max() + 1)}
    return [np.flatnonzero(label == k).tolist() for k, people in sums.items() if people >= most]


GRIDS = arrays.arrays(
    float, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 1, 4, 7])
)


@given(values=GRIDS, most=st.integers(0, 40))
def test_centres_are_those_found_cell_by_cell(values, most):
    found = urban_centres(Grid(values, Affine(KM, 0, 0, 0, -KM, 0), 25830), density=4, min_population=most)
    mine = [np.flatnonzero(found.label == k).tolist() for k in found.table.index]
    assert sorted(mine) == sorted(slowly(values, 4, most))
    assert found.table["population"].tolist() == [values.ravel()[cells].sum() for cells in mine]
    assert found.table["population"].is_monotonic_decreasing
    assert found.table["filled"].sum() == (values[found.label > 0] < 4).sum()


@settings(max_examples=10, deadline=None)
@given(factor=st.floats(1e-3, 1e3), order=st.permutations(list(BOXES)))
def test_people_and_thresholds_rescaled_and_rows_in_another_order(factor, order):
    small = raster()
    scaled = replace(small, values=small.values * factor)
    places = land().set_index("territory").loc[order].reset_index()
    rules = {"density": 1500 * factor, "min_population": 50_000 * factor}
    found = drawn(grid=scaled, places=places, **rules)
    assert roles(found) == roles(drawn())
    assert found.areas["population"].tolist() == pytest.approx([142_070 * factor])


@settings(max_examples=10, deadline=None)
@given(names=st.permutations(list(BOXES)))
def test_other_identifiers_draw_the_same(names):
    new = dict(zip(BOXES, names, strict=True))
    places = land().assign(territory=list(new.values()))
    flows = commuters().replace(new)
    found = roles(drawn(flows, places))
    assert {k: found[v] for k, v in new.items()} == roles(drawn())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), apart=st.sampled_from([0.0, 0.5]))
def test_people_of_places_are_those_of_pieces_of_their_cells(seed, apart):
    rng = np.random.default_rng(seed)
    values = np.floor(rng.uniform(0, 9, (45, 70)))
    label = rng.integers(0, 3, values.shape)
    grid = Grid(values, Affine(1, 0, 0, 0, -1, 45), 25830)
    cuts = np.sort(rng.uniform(0, 70, 3))
    places = np.array(
        [box(w, 0, e - apart * (e - w), 45) for w, e in zip([0, *cuts], [*cuts, 70], strict=True)],
        dtype=object,
    )
    found = people_of(grid, places, label, 2)
    row, column = np.indices(values.shape)
    cells = shapely.box(column, 44 - row, column + 1, 45 - row)
    pieces = np.array([shapely.area(shapely.intersection(cells, place)) for place in places])
    assert found.whole == pytest.approx((pieces * values).sum(axis=(1, 2)))
    by = [(pieces * values * (label == k)).sum(axis=(1, 2)) for k in (1, 2)]
    assert found.within.toarray() == pytest.approx(np.column_stack(by))
    assert (found.people, found.twice) == pytest.approx(((pieces.sum(axis=0) * values).sum(), 0))
    doubled = people_of(grid, np.append(places, places[:1]), label, 2)
    # of cells that the place does not fill the rest may be anybody's
    filled = (values * (pieces[0] == 1)).sum()
    assert filled - 1e-6 <= doubled.twice <= found.whole[0] + 1e-6


def test_nothing_is_changed():
    places, grid, flows = land(), raster(), commuters()
    with warnings.catch_warnings(action="error"):
        drawn(flows, places, grid)
    pd.testing.assert_frame_equal(places, land())
    pd.testing.assert_frame_equal(flows, commuters())
    np.testing.assert_array_equal(grid.values, raster().values)


class TestComarca:
    @pytest.fixture
    def layers(self, samples):
        folder = samples / "comarca"
        return {
            "territories": read_territories(folder / "municipalities_2025.gpkg"),
            "flows": as_flows(pd.read_csv(folder / "commuting.csv", dtype=str).astype({"flow": float})),
            "grid": read_grid(folder / "population_1km.tif", POPULATION_GRID),
        }

    def test_it_has_no_urban_centre(self, layers):
        with pytest.warns(GeoterritorioWarning, match="has 15044 people; 50000 are asked for"):
            found = tool(**layers, period="2021", outside="OUTSIDE")
        for output in descriptions()["functional_urban_areas"]["outputs"]:
            table = getattr(found, output["name"])
            assert {column["name"] for column in output["columns"]} == set(table.columns) - {"geometry"}
            assert table.empty == (output["name"] != "membership")

    def test_its_towns_lie_in_their_labour_markets(self, layers):
        rules = UrbanAreaRules(density=1000, min_population=5000)
        found = tool(**layers, rules=rules, period="2021", outside="OUTSIDE")
        for output in descriptions()["functional_urban_areas"]["outputs"]:
            check_layer(getattr(found, output["name"]), layer_of(output))
        assert len(found.areas) == 6
        assert found.membership["population"].sum() == pytest.approx(layers["grid"].values.sum(), rel=2e-3)
        flows = layers["flows"][layers["flows"]["period"] == "2021"]
        markets = labour_markets(flows, layers["territories"], outside=["OUTSIDE"])
        area = found.membership.set_index("territory")["area"]
        assert division_agreement(area, markets.membership["market"]).adjusted_rand == 1

    def test_command_line(self, samples, tmp_path):
        folder = samples / "comarca"
        words = [
            "functional-urban-areas",
            f"--territories={folder / 'municipalities_2025.gpkg'}",
            f"--flows={folder / 'commuting.csv'}",
            f"--grid={folder / 'population_1km.tif'}",
            "--period=2021",
            "--outside=OUTSIDE",
            "--density=1000",
            "--min-population=5000",
            f"--output={tmp_path / 'areas.gpkg'}",
            f"--membership={tmp_path / 'membership.gpkg'}",
            f"--centres={tmp_path / 'centres.gpkg'}",
            f"--plot={tmp_path / 'areas.svg'}",
        ]
        assert main(words) == 0
        assert len(gpd.read_file(tmp_path / "areas.gpkg")) == 6
        assert gpd.read_file(tmp_path / "centres.gpkg")["cells"].sum() == 28
        assert "Alquercorla" in (tmp_path / "areas.svg").read_text(encoding="utf-8")
