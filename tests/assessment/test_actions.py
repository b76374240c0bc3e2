"""The register of actions: sums by phase, funder, territory and year; what is missing is counted and never zero."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geoterritorio.assessment import action_register
from geoterritorio.assessment import tools as assessment
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import read_actions, read_territories
from geoterritorio.layers.spans import spans
from geoterritorio.publication.plots import action_timeline

COMARCA = "sample_data/comarca/"


def actions(**columns):
    number = max(len(v) for v in columns.values() if isinstance(v, list))
    return pd.DataFrame({"action": [f"a{k}" for k in range(number)], "territory": "T", **columns})


HAND = actions(
    phase=["animation", "structuring", "consolidation", "consolidation"],
    funder=["fund", "fund", "bank", None],
    budget=[100.0, 300.0, None, 200.0],
    public_share=[1.0, 0.5, 0.5, None],
    period=["2010", "2012/2014", "2016-2017", "soon"],
    actors=["x; y", "y", "", "z"],
)


def test_a_register_reckoned_by_hand():
    found = action_register(HAND)
    whole = found.budgets[found.budgets["by"] == "all actions"].iloc[0]
    assert whole[["number", "budget", "without_budget"]].tolist() == [4, 600, 1]
    # Of two actions both budget and share are known: (100 + 150) / 400.
    assert whole["public_budget"] == 250
    assert whole["public_share"] == 0.625
    phases = found.budgets[found.budgets["by"] == "phase"].set_index("group")
    assert phases["budget"].tolist() == [100, 300, 200]
    assert phases.loc["consolidation", "without_budget"] == 1
    assert found.years.set_index(["year", "phase"])["budget"].to_dict() == {
        (2010, "animation"): 100,
        (2012, "structuring"): 100,
        (2013, "structuring"): 100,
        (2014, "structuring"): 100,
        (2016, "consolidation"): pytest.approx(np.nan, nan_ok=True),
        (2017, "consolidation"): pytest.approx(np.nan, nan_ok=True),
    }
    assert found.actions.loc[3, "faults"] == "no period; no kind; no funder; no public share"
    # One consolidation has no period that can be read, so that it may have come first.
    assert found.territories.loc[0, "order"] == "unknown"
    figures = found.figures.set_index("indicator")
    assert figures.loc["Phases with actions", "value"] == 3
    # What is known of budgets and actors is the least of them.
    assert np.isnan(figures.loc["Budget of the actions", "value"])
    assert figures.loc["Budget of the actions", "low"] == 600
    assert np.isnan(figures.loc["Actors of the actions", "value"])
    assert figures.loc["Actors of the actions", "low"] == 3


@pytest.mark.parametrize(
    ("periods", "phases", "order"),
    [
        (["2010", "2012"], ["animation", "consolidation"], "yes"),
        (["2012", "2010"], ["animation", "consolidation"], "no"),
        (["2012", "2012"], ["animation", "consolidation"], "unknown"),
        (["2010", None], ["animation", "consolidation"], "unknown"),
        (["2010", "2012"], ["animation", None], "unknown"),
        (["2010", "2012"], ["animation", "structuring"], "not both"),
    ],
)
def test_whether_animation_began_before_consolidation(periods, phases, order):
    assert action_register(actions(phase=phases, period=periods)).territories.loc[0, "order"] == order


def test_a_phase_that_is_not_told_leaves_their_number_open():
    found = action_register(actions(phase=["animation", None])).figures.set_index("indicator")
    row = found.loc["Phases with actions"]
    assert np.isnan(row["value"])
    assert (row["low"], row["high"]) == (1, 2)


def test_a_territory_without_actions_has_none_and_no_share():
    found = action_register(HAND, pd.Index(["T", "U"])).figures.set_index(["territory", "indicator"])["value"]
    assert found["U", "Actions"] == 0
    assert found["U", "Budget of the actions"] == 0
    assert np.isnan(found["U", "Budget of the actions that is public (share)"])


SOME = st.one_of(st.none(), st.integers(0, 1000).map(float))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["animation", "structuring", "consolidation", None]),
            st.sampled_from(["fund", "bank", None]),
            SOME,
            st.one_of(st.none(), st.floats(0, 1)),
            st.sampled_from(["2010", "2011/2015", "2014-02", None]),
            st.sampled_from(["T", "U", None]),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=40, deadline=None)
def test_sums_are_the_same_however_they_are_told_apart(rows):
    names = ["phase", "funder", "budget", "public_share", "period", "territory"]
    table = pd.DataFrame(rows, columns=names).astype({"budget": float, "public_share": float})
    found = action_register(table.assign(action=[f"a{k}" for k in range(len(table))]))
    sums = found.budgets.groupby("by")[["number", "budget", "without_budget", "public_budget"]].sum()
    for column in sums.columns:
        assert sums[column].to_numpy() == pytest.approx(sums[column].iloc[0])
    both = found.phase_funders[["number", "budget", "without_budget"]].sum()
    assert both.to_numpy() == pytest.approx(sums.iloc[0][["number", "budget", "without_budget"]].to_numpy())
    dated = table.loc[table["period"].notna(), "budget"].sum()
    assert found.years["budget"].sum() == pytest.approx(dated)
    shares = found.budgets["public_share"].dropna()
    assert shares.between(0, 1 + 1e-12).all()


def test_periods_as_they_are_written():
    texts = [
        "2012",
        "2012-05",
        "2012-05-17",
        "2012-2015",
        "2012/2015",
        "2012 – 2015",
        "2012-05/2013-02",
        "2012.0",
    ]
    days = spans(pd.Series(texts))
    assert days.notna().all(axis=None)
    assert days["end"].dt.strftime("%Y-%m-%d").tolist()[3:7] == [*["2015-12-31"] * 3, "2013-02-28"]
    assert spans(pd.Series(["2015-2012", "soon", None, "2012-13"])).isna().all(axis=None)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"budget": [-1.0]}, "budget: 1 figures are below 0"),
        ({"public_share": [50.0]}, "public shares are above 1: “50”"),
        ({"phase": ["dreaming"]}, "phases are “dreaming”"),
        ({"action": ["a", "a"], "budget": [1.0, 2.0]}, "repeat an action and its period: “a”"),
    ],
)
def test_what_cannot_be_is_refused(columns, text):
    with pytest.raises(LayerError, match=text):
        action_register(actions(**columns))


def test_an_action_of_two_periods_is_one():
    found = action_register(actions(action=["a", "a"], period=["2010", "2011"], budget=[1.0, 2.0]))
    assert found.budgets.loc[0, ["number", "budget"]].tolist() == [1, 3]


TOWNS = gpd.GeoDataFrame(
    {"territory": ["T", "U"]}, geometry=[box(0, 0, 10_000, 10_000), box(10_000, 0, 20_000, 10_000)], crs=25830
)


def test_actions_lie_at_their_point_in_their_place_or_territory():
    places = gpd.GeoDataFrame({"territory": ["P"]}, geometry=[box(11_000, 0, 12_000, 1000)], crs=25830)
    rows = gpd.GeoDataFrame(
        {"action": ["a", "b", "c", "d"], "territory": [None, "P", "T", "X"]},
        geometry=[Point(1, 1), None, None, None],
        crs=25830,
    )
    with pytest.warns(GeoterritorioWarning, match="1 of 4 lie in none"):
        found = assessment.action_register(rows, TOWNS, places).register
    assert found["territory"].tolist()[:3] == ["T", "U", "T"]
    assert found["territory"].isna().tolist() == [False, False, False, True]
    assert found["placed_by"].tolist() == ["its own point", "its place", "its territory", "nowhere"]
    assert found.geometry.isna().tolist() == [False, False, False, True]
    with pytest.raises(LayerError, match="none of the 1 actions"):
        assessment.action_register(pd.DataFrame({"action": ["a"], "territory": ["X"]}), TOWNS)


def test_the_sample_adds_up():
    given_ = pd.read_csv(f"{COMARCA}actions.csv")
    with warnings.catch_warnings():
        # Notices of the sample's names are looked at elsewhere.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = assessment.action_register(
            read_actions(f"{COMARCA}actions.csv"),
            read_territories(f"{COMARCA}labour_markets.gpkg"),
            read_territories(f"{COMARCA}municipalities_2025.gpkg"),
        )
    assert found.areas["budget"].sum() == given_["budget"].sum()
    assert found.areas["number"].sum() == len(given_)
    weighted = (given_["budget"] * given_["public_share"]).sum() / given_["budget"].sum()
    assert found.budgets.loc[0, "public_share"] == pytest.approx(weighted)
    assert found.years["budget"].sum() == pytest.approx(given_["budget"].sum())


def test_actions_keep_their_names_beside_those_of_territories_and_are_told_by_them():
    places = gpd.GeoDataFrame({"territory": ["T"], "name": ["Town"]}, geometry=[box(0, 0, 9, 9)], crs=25830)
    named = HAND.assign(name=["School", "Fair", None, "Hall"], name_es=["Escuela", "Feria", None, "Sala"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)  # what the register lacks is told elsewhere
        found = assessment.action_register(named, places)
    assert found.register["action_name"].tolist()[:2] == ["School", "Fair"]
    assert found.register["name"].eq("Town").all()
    for lang, word in (("en", "School"), ("es", "Escuela")):
        figure = action_timeline({"register": found.register}, lang=lang)
        labels = {text.get_text() for axes in figure.axes for text in axes.get_yticklabels()}
        # Without a name the identifier is what there is.
        assert {word, "a2"} <= labels


@pytest.mark.parametrize(
    ("change", "english", "spanish"),
    [
        (
            {"kind": "sme_suport"},
            "column “kind” holds values outside its vocabulary",
            "ajenos a su vocabulario",
        ),
        (
            {"phase": "finished"},
            "column “phase” holds values outside its vocabulary",
            "ajenos a su vocabulario",
        ),
        (
            {"period": "2020/2010"},
            "periods end before they begin (rows: 60, first: 1)",
            "acaban antes de empezar",
        ),
        (
            {"period": "2013-14"},
            "no day, month, year or span of years (rows: 60, first: 1)",
            "no es un día, mes",
        ),
        (
            {"budget": -5},
            "column “budget” must not be below 0 (rows below: 60, first: 1)",
            "no puede ser menor",
        ),
        (
            {"public_share": 87},
            "column “public_share” is a share and must not be above 1",
            "no debe superar 1",
        ),
    ],
)
def test_bad_registers_are_told_on_the_command_line(change, english, spanish, tmp_path, capsys):
    pd.read_csv(f"{COMARCA}actions.csv").assign(**change).to_csv(tmp_path / "bad.csv", index=False)
    words = ["action-register", "--territories", f"{COMARCA}labour_markets.gpkg"]
    words += ["--places", f"{COMARCA}municipalities_2025.gpkg", "--actions", str(tmp_path / "bad.csv")]
    for lang, told in (("en", english), ("es", spanish)):
        main(["--lang", lang, *words, "--output", str(tmp_path / "out.gpkg"), "--overwrite"])
        assert told in capsys.readouterr().err
