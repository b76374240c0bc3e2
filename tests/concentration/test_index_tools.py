"""Tools of the indices: what stands beside the measures they compose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid

from geoterritorio import concentration
from geoterritorio.concentration import entropy, index_bounds, tabulate, tools
from geoterritorio.concentration.tools import ComparisonRules, GiniRules, HerfindahlRules, TheilRules
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms, as_reference
from geoterritorio.registry import describe, gathered

BY_SECTOR = ["herfindahl", "krugman_concentration", "hoover", "locational_gini", "theil"]
BY_TERRITORY = ["krugman_specialisation", "entropy", "relative_diversity", "hachman"]
CHANCE = ["corrected", "low", "high", "null_mean", "p", "q", "plants"]


def index_of(name: str, *layers: pd.DataFrame, **options) -> pd.DataFrame:
    """Table of the index; some tools give more beside it."""
    function = getattr(tools, name)
    found = function(*layers, **gathered(function, options))
    return getattr(found, "indices", found)


def counts_of(rows: list[tuple]) -> pd.DataFrame:
    return as_counts(pd.DataFrame(rows, columns=["territory", "sector", "employment", "status"]))


OPEN = "{cells} cells are .* of the {number} rows or columns that hold them, {estimated} are estimated"


@pytest.fixture
def withheld() -> pd.DataFrame:
    rows = [("a", "15", None, "withheld"), ("b", "15", 30, "known"), ("c", "15", None, "withheld")]
    rows += [
        ("a", "25", 5, "known"),
        ("b", "25", 8, "estimated"),
        ("d", "47", 9, "known"),
        ("a", "47", 4, "known"),
    ]
    return counts_of(rows)


@pytest.fixture
def with_total(withheld) -> pd.DataFrame:
    sums = [
        ("a", "all", 16, "known"),
        ("b", "all", 38, "known"),
        ("c", "all", 3, "known"),
        ("d", "all", 9, "known"),
    ]
    sums += [("e", "all", 0, "known"), ("f", "all", 0, "known")]
    return pd.concat([withheld, counts_of(sums)], ignore_index=True)


@pytest.mark.parametrize("name", [*BY_SECTOR, *BY_TERRITORY])
def test_registers_give_the_measure_and_what_chance_gives(territories, firms, name):
    found = index_of(name, territories, firms, replicates=19)
    exact = getattr(concentration, name)(tabulate(firms, territories))
    key = "sector" if name in BY_SECTOR else "territory"
    np.testing.assert_allclose(found.set_index(key)["value"], exact)
    assert set(found["measure"]) == {name}
    assert found["status"].tolist() == ["known"] * len(exact)
    assert found[CHANCE].notna().all(axis=None)
    assert (found["low"] <= found["high"]).all()
    assert found["p"].between(1 / 20, 1).all()
    assert set(found["reference"]) == {"own sums"}
    if key == "territory":
        assert found.crs == territories.crs
        assert list(found["territory"]) == list(territories["territory"])
        assert found["name"].tolist() == territories["name"].tolist()
    without = index_of(name, territories, firms, replicates=0)
    np.testing.assert_allclose(without.set_index(key)["value"], exact)
    assert "p" not in without


def test_the_planted_sector_is_told_from_chance(territories, firms):
    # Sector 15 has three fifths of the west, a third elsewhere.
    options = {"measure": "establishments"}
    found = tools.locational_gini(territories, firms, **options).indices.set_index("sector")
    assert found.loc["15", "p"] < 0.05
    assert found.loc["15", "value"] > found.loc["15", "null_mean"]
    again = tools.locational_gini(territories, firms, **options).indices
    pd.testing.assert_frame_equal(again.set_index("sector"), found)


def test_twice_the_area_under_the_curves_is_one_less_the_gini(territories, firms):
    found = tools.locational_gini(territories, firms, rules=GiniRules(replicates=0))
    for sector, curve in found.curves.groupby("sector"):
        x, y = (np.append(0, curve[c]) for c in ("reference", "share"))
        gini = found.indices.set_index("sector").loc[sector, "value"]
        assert 1 - 2 * trapezoid(y, x) == pytest.approx(gini)
    assert len(found.curves) == len(territories) * found.indices["sector"].nunique()


def test_sectors_with_withheld_cells_have_no_curve(territories, withheld, with_total):
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld or unknown") as told:
        found = tools.locational_gini(territories, counts=withheld)
    assert len(told) == 1
    assert set(found.curves["sector"]) == {"25", "47"}
    with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=1, estimated=1)):
        found = tools.locational_gini(territories, counts=with_total, total="all")
    assert "15" not in set(found.curves["sector"])


def test_firms_by_territory_column_and_points_agree(territories, firms):
    places = [
        f"{'abcdef'[int(y // 1000) * 3 + int(x // 1000)]}"
        for x, y in zip(firms.geometry.x, firms.geometry.y, strict=True)
    ]
    table = as_firms(pd.DataFrame(firms.drop(columns="geometry")).assign(territory=places))
    options = {"rules": ComparisonRules(replicates=9)}
    pd.testing.assert_frame_equal(
        tools.hoover(territories, table, **options).indices,
        tools.hoover(territories, firms, **options).indices,
    )
    astray = table.assign(territory=table["territory"].where(table.index > 0, "zz"))
    with pytest.warns(GeoterritorioWarning, match=r"1 territory codes|1 of 300 establishments"):
        found = tools.hoover(territories, astray, **options).indices
    assert found["plants"].sum() == len(firms) - 1


def test_withheld_cells_give_bounds_where_totals_are_published(territories, with_total):
    sectors = as_reference(pd.DataFrame({"sector": ["15", "25", "47"], "employment": [40, 13, 13]}))
    with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=1, estimated=1)) as told:
        found = tools.krugman_concentration(
            territories, counts=with_total, sector_totals=sectors, total="all"
        ).set_index("sector")
    assert len(told) == 1
    assert found["status"].tolist() == ["estimated", "estimated", "known"]
    assert set(found["reference"]) == {"published totals"}
    # a holds 16 - 9 = 7 and c 3: the totals leave no choice.
    shares = np.array([7, 30, 3]) / 40
    whole = np.array([16, 38, 3]) / 66
    assert found.loc["15", "value"] == pytest.approx(np.abs(shares - whole).sum() + 9 / 66)
    assert found.loc["15", ["least", "most"]].tolist() == pytest.approx([found.loc["15", "value"]] * 2)
    # One total is enough: what those of the territories leave determines the sector too.
    for tool in ("krugman_concentration", "hoover", "herfindahl", "theil"):
        with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=1, estimated=1)):
            one = index_of(tool, territories, counts=with_total, total="all")
        with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=1, estimated=1)):
            both = index_of(tool, territories, counts=with_total, sector_totals=sectors, total="all")
        pd.testing.assert_frame_equal(one, both)
    assert found.loc["47", "least"] == found.loc["47", "most"] == found.loc["47", "value"]
    with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=2, estimated=2)):
        territory = tools.entropy(territories, counts=with_total, total="all").set_index("territory")
    assert territory["status"].tolist() == [
        "estimated",
        "estimated",
        "estimated",
        "known",
        "undefined",
        "undefined",
    ]
    table = pd.DataFrame({"15": [np.nan, 30], "25": [5, 8], "47": [4.0, 0]}, index=["a", "b"])
    exact = index_bounds(table, "entropy", of="territories", totals=pd.Series({"a": 16.0, "b": 38.0}))
    assert territory.loc["a", "value"] == pytest.approx(exact.loc["a", "estimate"])


def test_withheld_cells_without_totals_are_undefined_never_zero(territories, withheld):
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld or unknown"):
        found = tools.theil(territories, counts=withheld).indices.set_index("sector")
    assert found["status"].tolist() == ["undefined", "known", "known"]
    assert found["value"].isna().tolist() == [True, False, False]
    for tool in (tools.herfindahl, tools.entropy):
        with pytest.warns(
            GeoterritorioWarning, match="2 cells are .* undefined. Bounds can be had from published"
        ):
            tool(territories, counts=withheld)
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld or unknown"):
        plain = tools.herfindahl(territories, counts=withheld).indices.set_index("sector")
    assert plain["value"].isna().tolist() == [True, False, False]
    assert plain["status"].tolist() == ["undefined", "known", "known"]
    with pytest.warns(GeoterritorioWarning, match=OPEN.format(cells=2, number=1, estimated=0)):
        against = index_of("theil", territories, counts=withheld, against="area").set_index("sector")
    assert against["status"].tolist() == ["undefined", "estimated", "known"]


def test_rounded_figures_fit_their_totals_if_one_says_so(territories):
    def rows(told):
        figures = [("15", 10.0), ("25", 20.0), ("47", told), ("all", 40.0)]
        known = [("a", s, e) for s, e in figures]
        known += [("b", "15", np.nan), ("b", "25", 10.0), ("b", "47", 10.0), ("b", "all", 30.0)]
        return as_counts(pd.DataFrame(known, columns=["territory", "sector", "employment"]))

    for told, match in ((20.0, "exceed their totals"), (0.0, "without a withheld cell hold less")):
        with pytest.raises(LayerError, match=f"{match}.*, for example a, by 10.*“rounding”"):
            tools.entropy(territories, counts=rows(told), total="all")
        with pytest.warns(GeoterritorioWarning, match="1 are estimated from published totals"):
            found = tools.entropy(territories, counts=rows(told), total="all", rounding=5).set_index(
                "territory"
            )
        assert found.loc["a", "value"] == pytest.approx(entropy(pd.DataFrame([[10.0, 20, told]])).item())
        assert found["status"].tolist()[:2] == ["known", "estimated"]
        for name in ("locational_gini", "hoover", "theil", "krugman_concentration"):
            with pytest.raises(LayerError, match="If the figures are rounded, say by how much"):
                index_of(name, territories, counts=rows(told), total="all")
            with pytest.warns(GeoterritorioWarning, match="are undefined, because no total given"):
                index_of(name, territories, counts=rows(told), total="all", rounding=5)


def test_rules_are_options_of_the_command_line():
    described = describe("hoover")
    options = {p["name"]: p for p in described["parameters"]}
    assert "rules" not in options
    assert options["against"]["options"] == ["activity", "area"]
    assert options["rounding"]["default"] == 0
    assert options["rounding"]["help"]
    given = gathered(tools.hoover, {"territories": 1, "counts": 2, "rounding": 5, "replicates": 9})
    assert given == {"territories": 1, "counts": 2, "rules": ComparisonRules("activity", 5, 9)}
    assert gathered(tools.entropy, {"rounding": 5}) == {"rounding": 5}


def test_totals_of_the_other_measure_are_refused(territories, with_total):
    sectors = as_reference(pd.DataFrame({"sector": ["15"], "establishments": [4]}))
    with pytest.raises(LayerError, match="sector_totals: no column “employment”"):
        tools.theil(territories, counts=with_total, sector_totals=sectors, total="all")
    wrong = as_reference(pd.DataFrame({"sector": ["15", "25"], "employment": [20, 13]}))
    with pytest.raises(LayerError, match="1 sectors exceed their totals, for example 15, by 10"):
        tools.theil(territories, counts=with_total, sector_totals=wrong, total="all")


def test_a_total_of_more_sectors_than_the_table_is_what_sectors_are_compared_with(territories):
    rows = [
        ("a", "15", 10, "known"),
        ("b", "15", 10, "known"),
        ("a", "all", 50, "known"),
        ("b", "all", 150, "known"),
    ]
    rows += [(t, "all", 0, "known") for t in "cdef"]
    found = tools.hoover(territories, counts=counts_of(rows), total="all").indices
    assert found["value"].tolist() == [pytest.approx(0.25)]


def test_against_area_theil_is_topographic(territories, firms):
    found = index_of("theil", territories, firms, against="area", replicates=9).set_index("sector")
    counts = tabulate(firms, territories)
    # Squares of the same size in a projection that is nearly equal in area here.
    even = pd.Series(1.0, index=counts.index)
    np.testing.assert_allclose(found["value"], concentration.theil(counts, reference=even), rtol=1e-3)
    assert set(found["reference"]) == {"area"}
    points = territories.set_geometry(territories.centroid)
    table = counts_of([("a", "15", 1, "known")])
    with pytest.raises(LayerError, match="areas need polygons"):
        tools.theil(points, counts=table, rules=TheilRules(against="area"))
    with pytest.raises(CRSError, match="territories: areas need a CRS"):
        tools.theil(
            territories.set_crs(None, allow_override=True), counts=table, rules=TheilRules(against="area")
        )


@pytest.mark.parametrize("name", BY_SECTOR[1:])
def test_sectors_against_a_distribution_of_ones_own(territories, firms, name):
    rows = {
        "territory": [*"abcdef", *"ax"],
        "sector": ["1"] * 6 + ["2"] * 2,
        "employment": [9.0, 1, 2, 3, 4, 5, 1, 20],
    }
    reference = as_counts(pd.DataFrame(rows))
    whole = pd.Series([10.0, 1, 2, 3, 4, 5, 20], index=list("abcdefx"))
    table = tabulate(firms, territories)
    exact = getattr(concentration, name)(table, reference=whole)
    for layers in ({"firms": firms}, {"counts": tools.tabulate(territories, firms)}):
        found = index_of(name, territories, **layers, reference=reference, replicates=9)
        np.testing.assert_allclose(found["value"], exact)
        assert set(found["reference"]) == {"reference"}
    only = index_of(name, territories, firms, reference=reference[reference["sector"] == "1"], replicates=0)
    own = getattr(concentration, name)(table, reference=whole - [1, 0, 0, 0, 0, 0, 20])
    np.testing.assert_allclose(only["value"], own)
    with pytest.raises(LayerError, match="1 territories are not in the reference, for example c"):
        index_of(name, territories, firms, reference=reference.drop(index=2), replicates=0)
    with pytest.raises(LayerError, match="reference: no column “establishments”"):
        index_of(name, territories, firms, reference=reference, measure="establishments")
    with pytest.raises(LayerError, match="a reference or with areas, not with both"):
        index_of(name, territories, firms, reference=reference, against="area")


def test_a_total_row_of_the_reference_is_the_distribution(territories, with_total):
    rows = {"territory": list("abcdef"), "sector": "all", "employment": [9.0, 1, 2, 3, 4, 5]}
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld"):
        found = tools.hoover(
            territories, counts=with_total, total="all", reference=as_counts(pd.DataFrame(rows))
        ).indices.set_index("sector")
    assert found.loc["47", "value"] == pytest.approx(1 - 4 / 13 - 3 / 24)
    assert set(found["reference"]) == {"reference"}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("herfindahl", {}),
        ("herfindahl", {"normalised": True}),
        ("hoover", {}),
        ("locational_gini", {}),
        ("locational_gini", {"definition": "area"}),
        ("locational_gini", {"definition": "unweighted"}),
    ],
)
def test_indices_of_territories_and_forms_are_those_of_the_measures(territories, firms, name, options):
    table, function = tabulate(firms, territories), getattr(tools, name)
    found = function(territories, firms, **gathered(function, {"replicates": 9, **options}))
    measure = getattr(concentration, name)
    np.testing.assert_allclose(found.indices["value"], measure(table, **options))
    areas = found.areas.set_index("territory")
    np.testing.assert_allclose(areas["value"], measure(table, of="territories", **options))
    assert set(areas["status"]) == {"known"}
    assert found.areas.crs == territories.crs
    if name != "hoover":
        form = options.get("definition") or (
            "weighted" if name == "locational_gini" else "normalised" if options else "plain"
        )
        assert set(found.indices["definition"]) == set(areas["definition"]) == {form}


def test_forms_carry_what_chance_gives_with_them(territories, firms):
    plain = tools.herfindahl(territories, firms, replicates=9).indices
    rules = HerfindahlRules(normalised=True)
    scaled = tools.herfindahl(territories, firms, replicates=9, rules=rules).indices
    for column in ("null_mean", "corrected", "low", "high"):
        np.testing.assert_allclose(scaled[column], (plain[column] - 1 / 6) / (1 - 1 / 6))
    np.testing.assert_array_equal(scaled["p"], plain["p"])
    whole, half, alone = (
        tools.locational_gini(territories, firms, rules=GiniRules(definition, replicates=9)).indices
        for definition in ("weighted", "area", "unweighted")
    )
    for column in ("value", "null_mean", "corrected", "low", "high"):
        np.testing.assert_allclose(half[column], whole[column] / 2)
    np.testing.assert_array_equal(half["q"], whole["q"])
    assert "null_mean" not in alone
    one = counts_of([("a", "15", 5, "known"), ("a", "25", 5, "known")])
    with pytest.warns(GeoterritorioWarning, match="only one territory.*Give more territories.$"):
        lone = tools.herfindahl(territories[:1], counts=one, rules=rules)
    assert lone.indices["value"].isna().all()
    assert set(lone.indices["status"]) == {"undefined"}
    assert lone.areas["value"].tolist() == [0]


def test_areas_with_withheld_cells_say_so_by_their_status(territories, with_total):
    sectors = as_reference(pd.DataFrame({"sector": ["15", "25", "47"], "employment": [40, 13, 13]}))
    for totals, whole in ((sectors, "published totals"), (sectors[:2], "own sums"), (None, "own sums")):
        with pytest.warns(GeoterritorioWarning, match="2 cells are withheld or unknown") as told:
            found = tools.hoover(territories, counts=with_total, sector_totals=totals, total="all").areas
        assert len(told) == 1
        assert set(found["reference"]) == {whole}
        assert found.set_index("territory")["status"][["a", "c", "d"]].tolist() == [
            "estimated",
            "estimated",
            "known",
        ]
    with pytest.warns(GeoterritorioWarning, match="2 cells are withheld"):
        alone = tools.locational_gini(
            territories, counts=with_total, total="all", rules=GiniRules("unweighted")
        )
    assert alone.indices["status"].tolist() == ["undefined", "estimated", "known"]


def test_theil_divides_over_groups_of_territories(territories, firms):
    grouped = territories.assign(province=list("xyxyzz"))
    table = tabulate(firms, territories)
    groups = pd.Series(list("xyxyzz"), index=list("abcdef"))
    rows = {"territory": list("abcdefx"), "sector": "1", "employment": [9.0, 1, 2, 3, 4, 5, 20]}
    reference = as_counts(pd.DataFrame(rows))
    for given, whole in ((None, None), (reference, pd.Series(rows["employment"], index=rows["territory"]))):
        rules = TheilRules("province", replicates=0)
        found = tools.theil(grouped, firms, reference=given, rules=rules)
        every = groups if whole is None else pd.concat([groups, pd.Series({"x": "beyond"})])
        exact = concentration.theil(table, reference=whole, groups=every)
        parts = found.parts.set_index(["sector", "part"])
        np.testing.assert_allclose(parts.xs("between", level="part")["value"], exact.between)
        wide = found.parts[found.parts["part"] == "within"].pivot_table(
            index="sector", columns="group", values="value"
        )
        np.testing.assert_allclose(wide, exact.groups[list("xyz")])
        values = found.indices.set_index("sector")["value"]
        np.testing.assert_allclose(found.parts.groupby("sector")["value"].sum(), values)
        np.testing.assert_allclose(found.parts.groupby("sector")["share"].sum(), 1)
    without = tools.theil(territories, firms, rules=TheilRules(replicates=0)).parts
    assert list(without) == list(found.parts)
    assert without.empty
    with pytest.raises(LayerError, match=r"no column “region”, named as their groups. There are: “name”"):
        tools.theil(territories, firms, rules=TheilRules("region"))
    with pytest.raises(LayerError, match="groups: 1 territories have none, for example f"):
        tools.theil(
            grouped.assign(province=[*"xyxyz", None]), firms, rules=TheilRules("province", replicates=0)
        )


def test_territories_against_a_larger_whole(territories, firms):
    nation = as_reference(
        pd.DataFrame({"sector": ["15", "25", "47", "62"], "employment": [5e3, 6e3, 7e3, 2e3]})
    )
    found = tools.krugman_specialisation(territories, firms, reference=nation, replicates=9)
    whole = pd.Series({"15": 5e3, "25": 6e3, "47": 7e3, "62": 2e3})
    exact = concentration.krugman_specialisation(tabulate(firms, territories), reference=whole)
    np.testing.assert_allclose(found["value"], exact)
    assert set(found["reference"]) == {"reference"}


def test_empty_territories_stay_on_the_map(territories, firms):
    west = firms[firms.geometry.x < 1000]
    found = tools.hachman(territories, west, replicates=9).set_index("territory")
    assert found["status"].tolist() == ["known", "undefined", "undefined"] * 2
    assert found.loc["b", ["value", "low", "p"]].isna().all()
    assert found.loc["b", "plants"] == 0


@pytest.mark.parametrize("name", [*BY_SECTOR, *BY_TERRITORY])
def test_every_option_and_column_is_explained(name):
    described = describe(name)
    assert described["title"]
    assert described["references"]
    for parameter in described["parameters"]:
        assert parameter["help"], parameter["name"]
    for output in described["outputs"]:
        assert output["help"]
        assert all(column["help"] for column in output["columns"])
