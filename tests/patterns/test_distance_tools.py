"""K-density, M and m on layers, and their pictures."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.i18n import LANGUAGES
from geoterritorio.layers import as_firms
from geoterritorio.patterns import (
    PatternRules,
    contributions,
    goodness_of_fit,
    k_density,
    m_density,
    m_function,
    tools,
)
from geoterritorio.publication import plots

RULES = PatternRules(farthest=3000, steps=30, simulations=39)


@pytest.fixture
def firms():
    rng = np.random.default_rng(1)
    town, country = rng.normal(5000, 200, (30, 2)), rng.uniform(0, 10_000, (123, 2))
    places = np.vstack([town, country]) + np.array([440_000, 4_470_000])
    table = {
        "firm": [f"f{k:03d}" for k in range(153)],
        "sector": np.repeat(["15", "25", "62"], [30, 120, 3]),
        "sector_name": np.repeat(["Leather <b>", "Metal $x$", "Software"], [30, 120, 3]),
        "employment": np.ceil(rng.lognormal(1, 1, 153)),
    }
    return as_firms(gpd.GeoDataFrame(table, geometry=shapely.points(places), crs=25830))


def table(firms):
    found = pd.DataFrame(firms[["sector", "employment"]])
    found["x"], found["y"] = firms.geometry.x, firms.geometry.y
    return found.set_axis(pd.Index(firms["firm"]))


def test_every_sector_that_is_large_enough_is_looked_at(firms):
    for tool, measure in ((tools.k_density, k_density), (tools.m_function, m_function)):
        found = tool(firms, rules=RULES)
        assert found.verdicts.set_index("sector")["verdict"].to_dict() == {
            "15": "localised",
            "25": measure(table(firms), "25", rules=RULES, rng=1).verdict,
            "62": "small",
        }
        assert found.verdicts["sector_name"].tolist()[0] == "Leather <b>"
        assert set(found.functions["sector"]) == {"15", "25"}
        rows = found.functions[found.functions["sector"] == "15"].set_index("distance")
        expected = measure(table(firms), "15", rules=RULES, rng=1).table
        columns = [c for c in expected.columns if c in rows]
        pd.testing.assert_frame_equal(rows[columns], expected[columns])
        small = found.verdicts.set_index("sector").loc["62"]
        assert small["plants"] == 3
        assert small[["p", "q", "gamma"]].isna().all()


def test_q_adjusts_for_the_sectors_looked_at(firms):
    verdicts = tools.k_density(firms, rules=RULES).verdicts.set_index("sector")
    p = verdicts["p"].dropna().sort_values()
    assert verdicts.loc[p.index[0], "q"] == pytest.approx(min(2 * p.iloc[0], p.iloc[1]))
    assert 0 < verdicts["scale_error"].max() < 0.001


def test_verdicts_say_how_they_were_tested(firms):
    rules = PatternRules(farthest=3000, steps=30, simulations=39, scaling="none", test_from=200)
    for tool in (tools.k_density, tools.m_function):
        verdicts = tool(firms, rules=rules).verdicts.set_index("sector")
        assert list(verdicts.loc["15", ["tested", "scaling"]]) == ["200–3000", "none"]
        assert verdicts.loc["62", ["tested", "scaling"]].isna().all()
    untested = PatternRules(farthest=3000, steps=30, simulations=0)
    assert tools.k_density(firms, sector="15", rules=untested).verdicts["tested"].isna().all()


def test_two_sectors_weights_and_the_relative_density(firms):
    options = {"sector": "15", "neighbours": "25", "weighted": True, "rules": RULES}
    for tool, measure in (
        (tools.k_density, k_density),
        (tools.m_function, m_function),
        (tools.m_density, m_density),
    ):
        found = tool(firms, **options)
        expected = measure(table(firms), "15", "25", weighted=True, rules=RULES, rng=1)
        np.testing.assert_allclose(found.functions["value"], expected.table["value"], rtol=1e-12)
        assert found.verdicts["neighbours"].tolist() == ["25"]
        assert found.rules.farthest == 3000


def test_every_establishment_has_the_quotient_around_it(firms):
    found = tools.m_function(firms, sector="15", rules=RULES).contributions
    at = found["distance"].unique()
    assert len(at) == 1
    expected = contributions(table(firms), "15", distance=at[0])
    assert found.set_index("firm")["quotient"].to_dict() == pytest.approx(expected.to_dict(), nan_ok=True)
    shapes = firms.set_index("firm").geometry
    assert found.geometry.geom_equals(gpd.GeoSeries(shapes[found["firm"]].to_numpy(), crs=25830)).all()
    assert found.crs == firms.crs


def test_a_table_of_costs_takes_the_place_of_distances(firms):
    few = firms.iloc[:60]
    place = np.c_[few.geometry.x, few.geometry.y]
    away = np.abs(place[:, None] - place).sum(axis=2)
    costs = pd.DataFrame(away, few["firm"], few["firm"])
    costs = (
        costs.rename_axis(index="origin", columns="destination")
        .reset_index()
        .melt("origin", value_name="cost")
    )
    without = pd.DataFrame(few.drop(columns="geometry"))
    found = tools.m_function(without, costs, sector="15", rules=RULES)
    expected = m_function(table(few), "15", costs=costs, rules=RULES, rng=1)
    pd.testing.assert_series_equal(
        found.functions.set_index("distance")["value"], expected.table["value"], check_names=False
    )
    assert "geometry" not in found.contributions
    with pytest.raises(LayerError, match="needs the column “firm”"):
        tools.k_density(without.drop(columns="firm"), costs, sector="15")


def one_way(few):
    """Straight lines between establishments, each pair listed once."""
    place = np.c_[few.geometry.x, few.geometry.y]
    one, other = np.triu_indices(len(few), 1)
    away = np.hypot(*(place[one] - place[other]).T)
    names = few["firm"].to_numpy()
    return pd.DataFrame({"origin": names[one], "destination": names[other], "cost": away})


@pytest.mark.filterwarnings("ignore:costs. 1770 of 1770 pairs are listed in one direction")
def test_contributions_by_costs_are_where_the_establishments_are(firms):
    few = firms.iloc[:60]
    straight = tools.m_function(few, sector="15", rules=RULES)
    found = tools.m_function(few, one_way(few), sector="15", rules=RULES)
    assert_geodataframe_equal(found.contributions, straight.contributions)
    for lang, words in {"en": "in the unit of the costs", "es": "en la unidad de los costes"}.items():
        texts = [t.get_text() for t in plots.contributions(vars(found), lang=lang).findobj(Text)]
        assert any(words in text for text in texts)
    assert not any("Nothing to draw" in t.get_text() for t in plots.contributions(vars(found)).findobj(Text))


def test_a_sector_of_which_nothing_can_be_found_does_not_stop_the_others(firms):
    bad = firms.copy()
    bad.loc[bad["sector"] == "15", "geometry"] = bad.geometry.iloc[0]
    with pytest.warns(GeoterritorioWarning) as told:
        found = tools.k_density(bad, rules=RULES)
    assert any("listed as untested: “15”. Of the first: sector “15”: all" in str(w.message) for w in told)
    assert found.verdicts.set_index("sector")["verdict"].to_dict() == {
        "25": k_density(table(bad), "25", rules=RULES, rng=1).verdict,
        "15": "untested",
        "62": "small",
    }
    assert set(found.functions["sector"]) == {"25"}
    with (
        pytest.warns(GeoterritorioWarning, match="share their point"),
        pytest.raises(LayerError, match="alike"),
    ):
        tools.k_density(bad, sector="15", rules=RULES)


@pytest.mark.parametrize("tool", [tools.k_density, tools.m_function])
def test_sectors_without_jobs_are_listed_where_jobs_weigh(firms, tool):
    jobs = firms["employment"].where(firms["sector"] != "15", 0)
    with pytest.warns(GeoterritorioWarning, match="no jobs to weigh with, listed as untested: “15”"):
        found = tool(firms.assign(employment=jobs), weighted=True, rules=RULES)
    verdicts = found.verdicts.set_index("sector")
    assert verdicts["verdict"].drop("25").to_dict() == {"15": "untested", "62": "small"}
    assert verdicts.loc["15", "plants"] == 30
    assert found.functions["sector"].unique().tolist() == ["25"]
    # With jobs in a few establishments only the sector is small.
    few = jobs.where(firms.index > 3, 1)
    assert (
        tool(firms.assign(employment=few), weighted=True, rules=RULES)
        .verdicts.set_index("sector")
        .loc["15", "verdict"]
        == "small"
    )


@pytest.mark.parametrize("tool", [tools.k_density, tools.m_function, tools.m_density])
def test_few_establishments_on_either_side_are_told(firms, tool):
    with pytest.warns(GeoterritorioWarning, match="sector “62”: only 3 establishments. With fewer than 10"):
        tool(firms, sector="15", neighbours="62", rules=RULES)
    few = firms.assign(employment=firms["employment"].where((firms["sector"] != "15") | (firms.index < 3), 0))
    with pytest.warns(GeoterritorioWarning, match="sector “15”: only 3 of 30 establishments have jobs"):
        tool(few, sector="15", weighted=True, rules=RULES)


def test_few_neighbours_are_told_once_for_all_sectors(firms):
    for tool in (tools.k_density, tools.m_function):
        with pytest.warns(GeoterritorioWarning) as told:
            found = tool(firms, neighbours="62", rules=RULES)
        assert [str(w.message)[:30] for w in told] == ["sector “62”: only 3 establishm"]
        assert found.verdicts["sector"].tolist() == ["15", "25", "62"]


def test_one_establishment_with_jobs_makes_no_pair(firms):
    one = firms.assign(employment=firms["employment"].where((firms["sector"] != "15") | (firms.index < 1), 0))
    with (
        pytest.warns(GeoterritorioWarning, match="only 1 of 30"),
        pytest.raises(LayerError, match="only one of its establishments has jobs to weigh with"),
    ):
        tools.k_density(one, sector="15", weighted=True, rules=RULES)


def test_places_that_stand_for_areas_are_told(firms):
    doubtful = firms.assign(precision=["centroid"] * 40 + ["address"] * 113)
    with pytest.warns(GeoterritorioWarning, match="40 of 153 establishments stand at the centroid"):
        tools.k_density(doubtful, sector="15", rules=RULES)


def test_what_cannot_be_measured_is_refused(firms):
    with pytest.raises(LayerError, match="distances need points"):
        tools.k_density(pd.DataFrame(firms.drop(columns="geometry")), sector="15")
    with pytest.raises(LayerError, match="weights need the column “employment”"):
        tools.m_function(firms.drop(columns="employment"), weighted=True)
    with pytest.raises(CRSError, match="degrees"):
        tools.k_density(firms.to_crs(4326), sector="15")
    with pytest.raises(LayerError, match="no code “99” in the data"):
        tools.m_density(firms, sector="99")


def outputs(firms, tool=tools.m_function):
    return vars(
        tool(firms, rules=RULES) if tool is not tools.m_density else tool(firms, sector="15", rules=RULES)
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("tool", [tools.k_density, tools.m_function, tools.m_density])
def test_pictures_show_bands_and_verdicts_literally_and_whole(firms, tool, lang):
    given = outputs(firms, tool)
    figures = [plots.bands(given, lang=lang), plots.bands(given, focus="15", lang=lang)]
    if tool is tools.m_function:
        figures.append(plots.contributions(given, lang=lang))
    for figure in figures:
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        shown = [t for t in figure.findobj(Text) if t.get_text().strip()]
        assert any("Leather <b>" in t.get_text() for t in shown)
        for text in shown:
            box, page = text.get_window_extent(), figure.bbox.padded(2)
            assert page.x0 <= box.x0, text
            assert box.x1 <= page.x1, text
            assert page.y0 <= box.y0, text
            assert box.y1 <= page.y1, text
    words = " ".join(t.get_text() for t in figures[1].findobj(Text))
    assert {"en": "localised · 30 establishments", "es": "localizado · 30 establecimientos"}[lang] in words


def test_pictures_of_nothing_and_of_what_is_not_there(firms):
    given = outputs(firms)
    with pytest.raises(LayerError, match="“99” is none of those that this picture can be about"):
        plots.bands(given, focus="99")
    empty = {**given, "functions": given["functions"].iloc[:0], "verdicts": given["verdicts"].iloc[:0]}
    for draw in (plots.bands, plots.contributions):
        assert any("Nothing to draw" in t.get_text() for t in draw(empty).findobj(Text))


@pytest.mark.filterwarnings("ignore:farthest. no two")
def test_what_is_told_as_tested_ends_where_nothing_is_farther_apart(firms):
    rules = PatternRules(farthest=50_000, steps=50, simulations=39)
    verdict = tools.m_density(firms, sector="15", rules=rules).verdicts.iloc[0]
    most = shapely.minimum_bounding_radius(firms.union_all()) * 2
    assert float(verdict["tested"].split("\N{EN DASH}")[1]) <= most


@pytest.mark.filterwarnings("ignore:sector")
def test_where_nothing_is_near_enough_no_distance_is_told_as_tested(firms):
    firms = firms[firms["sector"] != "15"]
    verdicts = tools.m_function(firms, rules=PatternRules(farthest=1, simulations=39)).verdicts.set_index(
        "sector"
    )
    assert verdicts.loc["25", "verdict"] == "untested"
    assert verdicts.loc["25", ["tested", "p"]].isna().all()


def few_apart(firms):
    """Twelve establishments of a sector among others, all anywhere."""
    firms = firms[firms["sector"] != "15"]
    return firms.assign(sector=["25"] * 12 + ["62"] * (len(firms) - 12))


@pytest.mark.filterwarnings("ignore:simulations. with")
def test_what_is_told_as_tested_are_the_distances_that_were(firms):
    firms = few_apart(firms)
    rules = PatternRules(farthest=900, steps=90, simulations=99)
    verdict = tools.m_function(firms, sector="25", rules=rules).verdicts.iloc[0]
    found = m_function(table(firms), "25", rules=rules, rng=1)
    share = np.isnan(np.vstack([found.table["value"], found.simulated])).mean(axis=0)
    at = found.table.index[share <= 0.05]
    assert 0 < at[0] < 900
    assert np.isfinite(found.table["value"]).sum() > len(at)
    assert verdict["tested"] == f"{at[0]:.0f}\N{EN DASH}{at[-1]:.0f}"
    # p rests on these distances and on no others
    assert verdict["p"] == goodness_of_fit(
        found.table["value"], found.simulated, scaling="studentised", start=at[0]
    )


@pytest.mark.filterwarnings("ignore:simulations. with")
def test_a_p_that_is_empty_is_told(firms):
    firms = few_apart(firms)
    rules = PatternRules(farthest=150, steps=30, simulations=99)
    with pytest.warns(GeoterritorioWarning, match="no distance has a value in 95 % of the simulations"):
        verdict = tools.m_function(firms, sector="25", rules=rules).verdicts.iloc[0]
    assert verdict[["p", "p_largest", "tested"]].isna().all()
