"""Recoding: nothing lost, shares as stated, hostile tables refused."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers.checks import check_layer
from geoterritorio.layers.recoding import (
    LEFT_OVER,
    REMAINDER,
    SPLIT,
    aggregate_sectors,
    group_sectors,
    recode_sectors,
)
from geoterritorio.layers.schema import COUNTS, COUNTS_BOUNDS
from geoterritorio.layers.tools import recode_sectors as tool
from geoterritorio.layers.vocabularies import vocabulary

NACE = vocabulary("nace2")
ROUTE = {"source": "nace2", "target": "nace21"}
ROUTES = [("nace2", "nace21"), ("nace21", "nace2"), ("nace2", "isic4"), ("isic4", "nace2")]
ROUTES += [("scian2018", "isic4"), ("naics2022", "isic4"), ("nace2", "eurostat_technology")]
ROUTES += [("nace2", "istat_activities"), ("nace2", "istat_main_industries")]


def counts(**sectors):
    return pd.DataFrame(
        {"territory": "T", "sector": list(sectors), "employment": [float(v) for v in sectors.values()]}
    )


def by_sector(layer, column="employment"):
    return layer.set_index("sector")[column].to_dict()


def table(*rows):
    return pd.DataFrame(rows, columns=["source", "target", "part"])


def apart(codes, source):
    """Codes of which none is below another, whatever their level."""
    parent = vocabulary(source).set_index("code")["parent"].to_dict()
    kept = []
    for code in codes:
        above, current = set(), code
        while parent.get(current):
            current = parent[current]
            above.add(current)
        if not above & set(codes):
            kept.append(code)
    return kept


def quietly(work, *args, **options):
    """Result of work on mixed levels, which warns."""
    with warnings.catch_warnings():
        # That it warns is tested once; here random codes are of several levels as often as not.
        warnings.filterwarnings("ignore", "Sectors of several levels")
        return work(*args, **options)


OWN = table(("a", "x", 0.25), ("a", "y", 0.75), ("b", "y", 1.0))


@st.composite
def registers(draw):
    source, target = draw(st.sampled_from(ROUTES))
    codes = [*vocabulary(source)["code"], "zz", "", None, "99999999"]
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("ABC"), st.sampled_from(codes), st.floats(0, 1e7), st.integers(0, 500)),
            min_size=1,
            max_size=29,
        )
    )
    # Codes none of which is understood are refused: the top of the tree is always there.
    rows += (
        [("D", vocabulary(source)["code"][0], 1.0, 1)]
        if {r[1] for r in rows} <= {"zz", "99999999", "", None}
        else []
    )
    assume(len({r[1] for r in rows} & set(codes[:-4])) >= len({r[1] for r in rows} & {"zz", "99999999"}))
    frame = pd.DataFrame(rows, columns=["territory", "sector", "employment", "establishments"])
    alone = apart([c for c in frame["sector"] if c], source)
    return source, target, frame[frame["sector"].isin([*alone, "", None])].reset_index(drop=True)


@settings(max_examples=60, deadline=None)
@given(registers())
def test_totals_of_every_territory_are_kept_on_every_route(case):
    source, target, frame = case
    before = frame.copy()
    found = quietly(recode_sectors, frame, source=source, target=target)
    for column in ("employment", "establishments"):
        old = frame.groupby("territory")[column].sum()
        new = found.layer.groupby("territory")[column].sum()
        np.testing.assert_allclose(new, old[new.index], rtol=1e-9, atol=1e-9)
        in_layer = found.layer.loc[found.layer["sector"] == REMAINDER, column].sum()
        assert found.remainder[column].sum() == pytest.approx(in_layer, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(found.split.groupby("sector")["share"].sum(), 1, rtol=1e-12)
    targets = set(found.layer["sector"]) - {REMAINDER}
    assert targets <= set(vocabulary(target)["code"])
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(("source", "target"), ROUTES)
def test_long_and_wide_tables_say_the_same(source, target):
    codes = apart(vocabulary(source)["code"].sample(40, random_state=3).tolist(), source)
    rng = np.random.default_rng(5)
    wide = pd.DataFrame(
        rng.uniform(1, 9, (3, len(codes) + 1)),
        index=pd.Index(list("ABC"), name="territory"),
        columns=[*codes, "zz"],
    )
    wide.columns.name = "sector"
    long = wide.reset_index().melt("territory", var_name="sector", value_name="employment")
    a = quietly(recode_sectors, wide, source=source, target=target)
    b = quietly(recode_sectors, long, source=source, target=target)
    pivot = b.layer.pivot_table(
        index="territory", columns="sector", values="employment", aggfunc="sum", fill_value=0
    )
    np.testing.assert_allclose(a.layer[pivot.columns], pivot, rtol=1e-9)
    assert a.layer.to_numpy().sum() == pytest.approx(wide.to_numpy().sum(), rel=1e-9)
    assert a.remainder["employment"].sum() == pytest.approx(wide["zz"].sum() + _lost(a, wide), rel=1e-9)


def _lost(found, wide):
    others = found.remainder.query("sector != 'zz'")["sector"]
    return wide[others].to_numpy().sum()


def test_a_round_trip_along_one_to_one_links_gives_back_the_same_table():
    forth = vocabulary("nace2").query("level == 'class'")["code"]
    links = recode_sectors(counts(**dict.fromkeys(forth, 1)), source="nace2", target="isic4").split
    alone = links[~links["target"].duplicated(keep=False)]["sector"]
    start = counts(**{c: i + 1 for i, c in enumerate(alone)})
    there = recode_sectors(start, source="nace2", target="isic4").layer
    back = recode_sectors(there, source="isic4", target="nace2").layer
    assert len(alone) > 250
    assert by_sector(back) == by_sector(start)


def test_several_counterparts_share_equally_unless_shares_are_given():
    equal = recode_sectors(counts(a=8, b=1), source="mine", target="other", table=OWN).layer
    assert by_sector(equal) == {"x": 4.0, "y": 5.0}
    measured = recode_sectors(counts(a=8, b=1), source="mine", target="other", table=OWN, shares="part").layer
    assert by_sector(measured) == {"x": 2.0, "y": 7.0}


def test_a_divided_cell_is_estimated_and_a_withheld_part_withholds_the_whole():
    frame = counts(a=8, b=1).assign(status=["withheld", "known"])
    frame.loc[0, "employment"] = np.nan
    layer = recode_sectors(frame, source="m", target="o", table=OWN).layer.set_index("sector")
    assert layer["employment"].isna().all()
    assert layer["status"].tolist() == ["withheld", "withheld"]
    plain = recode_sectors(counts(a=8, b=1), source="m", target="o", table=OWN).layer
    assert plain["status"].tolist() == ["estimated", "estimated"]
    sole = recode_sectors(counts(b=1), source="m", target="o", table=OWN).layer
    assert sole["status"].tolist() == ["known"]


def test_a_missing_figure_is_not_zero():
    frame = counts(a=8, b=1)
    frame.loc[1, "employment"] = np.nan
    layer = recode_sectors(frame, source="m", target="o", table=OWN).layer.set_index("sector")
    assert layer.loc["x", "employment"] == 4
    assert np.isnan(layer.loc["y", "employment"])
    assert layer.loc["y", "status"] is None or pd.isna(layer.loc["y", "status"])


def test_a_division_is_shared_among_its_classes_and_stays_a_division():
    """NACE 30 has eight classes; half of 30.40 goes to 33.18, the others stay in 30: 15/16 and 1/16."""
    found = recode_sectors(counts(**{"30": 16}), source="nace2", target="nace21")
    assert by_sector(found.layer) == {"30": 15.0, "33": 1.0}
    assert found.split["via"].unique().tolist() == ["below"]


def test_a_table_of_ones_own_may_name_any_level_and_the_nearest_counts():
    rows = table(("62", "6201", 1.0), ("62.0", "6202", 1.0))
    frame = counts(**{"62": 1, "62.03": 2}).assign(territory=["T", "U"])
    found = recode_sectors(frame, source="nace2", target="isic4", table=rows)
    assert by_sector(found.layer) == {"6201": 1.0, "6202": 2.0}
    assert dict(zip(found.split["code"], found.split["via"], strict=True)) == {"62": "own", "62.03": "above"}


def test_a_section_that_stays_whole_is_known_to_the_last_digit():
    found = group_sectors(counts(C=100, G=7, Q=9), groups="istat_activities")
    whole = found.layer.set_index("sector")
    assert whole.loc["manufacturing", "employment"] == 100
    assert whole.loc["manufacturing", "status"] == "known"


def test_rounded_shares_lose_nothing():
    rows = table(("a", "x", 0.3333333), ("a", "y", 0.3333333), ("a", "z", 0.3333333))
    layer = recode_sectors(counts(a=3e9), source="m", target="o", table=rows, shares="part").layer
    assert layer["employment"].sum() == pytest.approx(3e9, rel=1e-12)


def test_section_shares_follow_from_the_classes():
    """Rev. 2 J has 26 classes; Rev. 2.1 J and K take them by the classes' own links."""
    found = recode_sectors(counts(J=26), source="nace2", target="nace21").split.set_index("target")["share"]
    classes = NACE.set_index("code").query("level == 'class'").index
    links = recode_sectors(
        counts(**{c: 1 for c in classes if c[:2] in {"58", "59", "60", "61", "62", "63"}}),
        source="nace2",
        target="nace21",
    )
    section = vocabulary("nace21").set_index("code")["parent"]
    up = links.split["target"].map(section).map(section).map(section)
    expected = links.split.groupby(up)["share"].sum() / 26
    np.testing.assert_allclose(found.sort_index(), expected.sort_index(), rtol=1e-12)


def test_a_class_takes_its_groups_assignment_and_says_so():
    found = group_sectors(counts(**{"30.30": 5, "26.11": 3}), groups="eurostat_technology")
    assert by_sector(found.layer) == {"high_tech": 8.0}
    assert found.split["via"].tolist() == ["above", "above"]


def test_what_has_no_counterpart_is_named_with_reason_and_size():
    frame = counts(**{"46.89": 7, "zz": 2, "01.11": 1}).assign(establishments=[3.0, 1.0, 1.0])
    frame = pd.concat([frame, frame.tail(1).assign(sector=None, employment=4.0)], ignore_index=True)
    left = recode_sectors(frame, source="nace21", target="nace2").remainder.set_index("sector")
    assert left["reason"].to_dict() == {
        "46.89": "without_correspondence",
        "zz": "not_in_vocabulary",
        "": "missing",
    }
    assert left["employment"].to_dict() == {"46.89": 7.0, "zz": 2.0, "": 4.0}
    assert left.loc["46.89", "establishments"] == 3


def test_two_spellings_of_a_code_meet():
    layer = aggregate_sectors(
        counts(**{"C10.11": 1, "1012": 2, "10.1": 0, "G": 8}), vocabulary="nace2", level="division"
    )
    assert by_sector(layer.layer) == {"10": 3.0, REMAINDER: 8.0}
    assert layer.remainder["reason"].tolist() == ["without_correspondence"]


@pytest.mark.parametrize("level", ["section", "division", "group", "class"])
def test_aggregation_agrees_with_the_published_tree(level):
    classes = NACE.query("level == 'class'")["code"]
    found = aggregate_sectors(counts(**dict.fromkeys(classes, 1)), vocabulary="nace2", level=level).layer
    assert found["employment"].sum() == 615
    assert len(found) == {"section": 21, "division": 88, "group": 272, "class": 615}[level]
    assert (found["status"] == "known").all()


def test_firms_keep_their_points_and_whole_codes_their_rows():
    firms = gpd.GeoDataFrame(
        {"firm": ["1", "2"], "sector": ["30.30", "62.01"], "employment": [10.0, 4.0]},
        geometry=gpd.points_from_xy([0, 1], [0, 1]),
        crs=25830,
    )
    with pytest.warns(GeoterritorioWarning, match="1 establishments"):
        found = recode_sectors(firms, source="nace2", target="nace21").layer
    assert found.crs == firms.crs
    assert found["firm"].tolist() == ["1", "1", "2"]
    assert found["sector"].tolist() == ["30.31", "30.32", "62.10"]
    assert found["share"].tolist() == [0.5, 0.5, 1.0]
    assert found["employment"].tolist() == [5.0, 5.0, 4.0]
    whole = recode_sectors(firms.tail(1), source="nace2", target="nace21").layer
    assert len(whole) == 1


def test_reference_totals_need_no_territory():
    frame = pd.DataFrame({"sector": ["62.01", "62.02"], "employment": [3.0, 4.0]})
    layer = recode_sectors(frame, source="nace2", target="isic4").layer
    assert by_sector(layer) == {"6201": 3.0, "6202": 4.0}
    assert "territory" not in layer.columns


def test_empty_in_empty_out_with_the_same_columns():
    full = recode_sectors(counts(**{"62.01": 1}), source="nace2", target="isic4")
    empty = recode_sectors(counts(**{"62.01": 1}).iloc[:0], source="nace2", target="isic4")
    for name in ("layer", "remainder", "split"):
        assert list(getattr(empty, name).columns) == list(getattr(full, name).columns)
        assert getattr(empty, name).empty
    assert empty.layer["employment"].dtype == full.layer["employment"].dtype


def test_a_row_without_territory_is_not_lost():
    frame = pd.concat([counts(**{"62.01": 1}), counts(**{"62.01": 2}).assign(territory=None)])
    assert recode_sectors(frame, source="nace2", target="isic4").layer["employment"].sum() == 3


def test_every_kind_of_missing_code_is_one_remainder():
    codes = pd.Series([None, np.nan, pd.NA, pd.NaT, "", " ", "62.01", 6201], dtype=object)
    frame = pd.DataFrame({"territory": "T", "sector": codes, "employment": 2.0 ** np.arange(8)})
    found = recode_sectors(frame, source="nace2", target="isic4")
    assert by_sector(found.layer) == {"6201": 192.0, REMAINDER: 63.0}
    assert found.remainder[["sector", "reason", "rows"]].to_numpy().tolist() == [["", "missing", 6]]
    wide = pd.DataFrame([[1.0, 2.0, 4.0]], columns=["62.01", np.nan, None])
    assert recode_sectors(wide, source="nace2", target="isic4").layer.to_numpy().tolist() == [[1.0, 6.0]]


def test_sampling_errors_are_left_out_aloud():
    frame = counts(**{"62.01": 1}).assign(relative_error=5.0)
    with pytest.warns(GeoterritorioWarning, match="Sampling errors"):
        layer = recode_sectors(frame, source="nace2", target="isic4").layer
    assert "relative_error" not in layer.columns


@pytest.mark.parametrize(
    ("rows", "shares", "match"),
    [
        (table(("a", "x", 0.5), ("a", "y", 0.4)), "part", "do not sum to 1.*a: 0.9"),
        (table(("a", "x", -0.5), ("a", "y", 1.5)), "part", "2 shares are missing or not between"),
        (table(("a", "x", np.nan)), "part", "1 shares are missing"),
        (table(("a", "x", "half")), "part", "1 shares are missing"),
        (OWN, "weight", "no column “weight”"),
        (OWN.drop(columns="target"), "equal", "no column “target”"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(rows, shares, match):
    with pytest.raises(LayerError, match=match):
        recode_sectors(counts(a=1), source="m", target="o", table=rows, shares=shares)


def test_a_table_must_speak_of_its_vocabularies():
    rows = table(("62.01", "9999", 1.0), ("zz", "6201", 1.0))
    with pytest.raises(LayerError) as refusal:
        recode_sectors(counts(a=1), source="nace2", target="isic4", table=rows)
    assert "1 rows whose source is not a code of “nace2”: “zz”" in str(refusal.value)
    assert "1 rows whose target is not a code of “isic4”: “9999”" in str(refusal.value)


def test_no_table_no_recoding():
    with pytest.raises(LayerError, match="none is made up"):
        recode_sectors(counts(a=1), source="nace2", target="size_eu")
    with pytest.raises(LayerError, match="jobs cannot be moved"):
        recode_sectors(counts(a=1), source="isced_f_2013", target="nace2")
    with pytest.raises(LayerError, match=r"no level “subclass”.*section"):
        aggregate_sectors(counts(a=1), vocabulary="nace2", level="subclass")


def test_sector_names_in_the_language_asked_for():
    frame = counts(**{"26": 1, "zz": 1})
    names = group_sectors(frame, groups="istat_activities", language="es").layer["sector_name"].tolist()
    assert names[0] == "Manufactura"


def test_the_tool_returns_layers_of_their_kinds():
    frame = check_layer(counts(**{"30.30": 9, "zz": 2}).assign(establishments=[4.0, 1.0]), COUNTS)
    with pytest.warns(
        GeoterritorioWarning, match=r"employment, 81.8 % .* divided equally, 0.0 % .* 18.2 % have no"
    ):
        found = tool(frame, source="cnae2009", target="cnae2025")
    check_layer(found.recoded, COUNTS)
    check_layer(found.remainder, LEFT_OVER)
    check_layer(found.split, SPLIT)
    assert found.recoded["establishments"].sum() == 5


def test_the_tool_accepts_a_table_of_ones_own():
    with pytest.warns(GeoterritorioWarning, match=r"100.0 % .* divided by the shares given"):
        found = tool(counts(a=8), OWN, source="m", target="o", shares="part")
    assert by_sector(found.recoded) == {"x": 2.0, "y": 6.0}


def test_a_total_beside_its_parts_is_refused_with_both_codes_and_the_cure():
    frame = counts(**{"31-33": 9, "3111": 4, "3112": 5, "22": 1})
    with pytest.raises(LayerError) as refusal:
        recode_sectors(frame, source="scian2018", target="isic4")
    said = str(refusal.value)
    assert said.startswith("counts: 1 rows are of codes that contain codes of other rows in the same place: ")
    assert "“31-33 (sector) > 3111 (industry_group)”, “31-33 (sector) > 3112 (industry_group)”." in said
    assert "Codes by level: sector 2, industry_group 2. Keep one level" in said


@pytest.mark.parametrize(
    "work",
    [
        lambda frame: recode_sectors(frame, source="nace2", target="nace21"),
        lambda frame: recode_sectors(frame.pivot_table("employment", "territory", "sector"), **ROUTE),
        lambda frame: aggregate_sectors(frame, vocabulary="nace2", level="section"),
        lambda frame: group_sectors(frame.drop(columns="territory"), groups="istat_activities"),
    ],
    ids=["long", "wide", "aggregated", "grouped totals"],
)
def test_every_way_refuses_a_total_beside_its_parts(work):
    with pytest.raises(LayerError, match=r"10 \(division\) > 10\.11 \(class\)"):
        work(counts(**{"10": 9, "10.11": 4}))


def test_rows_that_cannot_contain_each_other_are_let_in():
    two = pd.concat([counts(**{"15": 9}), counts(**{"15.20": 4})], ignore_index=True)
    for apart_by in (two.assign(territory=["T", "U"]), two.assign(period=["2011", "2021"])):
        with pytest.warns(GeoterritorioWarning, match="Sectors of several levels"):
            found = recode_sectors(apart_by, source="nace2", target="nace21").layer
        assert by_sector(found) == {"15": 9.0, "15.20": 4.0}
    zero = two.assign(employment=[0.0, 4.0])
    with pytest.warns(GeoterritorioWarning, match="Sectors of several levels"):
        assert by_sector(recode_sectors(zero, source="nace2", target="nace21").layer)["15.20"] == 4
    with pytest.raises(LayerError, match="1 rows"):
        recode_sectors(two.assign(employment=[np.nan, 4.0]), source="nace2", target="nace21")
    register = two.assign(firm=["1", "2"])
    with pytest.warns(GeoterritorioWarning, match="Sectors of several levels"):
        assert len(recode_sectors(register, source="nace2", target="nace21").layer) == 2


def test_levels_that_differ_are_counted_before_and_after():
    frame = counts(**{"30": 16, "62.01": 2, "62.02": 1})
    with pytest.warns(GeoterritorioWarning) as said:
        recode_sectors(frame, source="nace2", target="nace21")
    assert "(division 1, class 2) come out as sectors of several levels (division 2, class 2)" in str(
        said[0].message
    )
    assert len(said) == 1
    assert len(aggregate_sectors(frame, vocabulary="nace2", level="division").layer) == 2


def test_periods_are_recoded_apart_and_the_classification_is_the_new_one():
    one = counts(**{"62.01": 1, "58.29": 4}).assign(period="2011", classification="NACE Rev. 2")
    two = one.assign(period="2021", employment=[10.0, 40.0])
    both = recode_sectors(pd.concat([one, two]), source="nace2", target="isic4").layer
    assert both[["sector", "period", "employment"]].to_numpy().tolist() == [
        ["5820", "2011", 4.0],
        ["5820", "2021", 40.0],
        ["6201", "2011", 1.0],
        ["6201", "2021", 10.0],
    ]
    alone = recode_sectors(two, source="nace2", target="isic4").layer
    pd.testing.assert_frame_equal(both[both["period"] == "2021"].reset_index(drop=True), alone)
    assert set(both["classification"]) == {"ISIC Rev. 4"}
    spanish = recode_sectors(two, source="nace2", target="ciiu4", language="es").layer
    assert set(spanish["classification"]) == {"CIIU Rev. 4"}
    own = recode_sectors(counts(a=8), source="m", target="Zones 2020", table=OWN).layer
    assert own["classification"].tolist() == ["Zones 2020", "Zones 2020"]


def test_names_of_the_other_language_are_told():
    with pytest.warns(GeoterritorioWarning, match="sectors have no name in the language"):
        recode_sectors(counts(**{"6201": 8}), source="isic4", target="naics2022", language="es")


def test_rows_of_several_classifications_are_told():
    frame = counts(**{"62.01": 1, "58.29": 4}).assign(classification=["NACE Rev. 2", "CNAE-2009"])
    with pytest.warns(GeoterritorioWarning, match=r"several classifications \(NACE Rev. 2, CNAE-2009\)"):
        recode_sectors(frame, source="nace2", target="isic4")


def test_totals_of_several_wholes_stay_apart():
    one = pd.DataFrame(
        {"sector": ["62.01", "62.02"], "employment": [3.0, 4.0], "area": "R", "level": "region"}
    )
    frame = pd.concat([one, one.assign(area="N", level="nation", employment=[30.0, 40.0])])
    layer = recode_sectors(frame, source="nace2", target="isic4").layer
    assert layer.set_index(["sector", "area"])["employment"].to_dict() == {
        ("6201", "N"): 30.0,
        ("6201", "R"): 3.0,
        ("6202", "N"): 40.0,
        ("6202", "R"): 4.0,
    }


def test_a_cell_withheld_in_part_has_the_known_part_as_its_lower_bound():
    frame = counts(a=8, b=np.nan, c=5).assign(status=["known", "withheld", "known"])
    rows = table(("a", "x", 0.25), ("a", "y", 0.75), ("b", "y", 1.0), ("c", "z", 1.0))
    layer = recode_sectors(frame, source="m", target="o", table=rows, shares="part").layer.set_index("sector")
    assert layer["employment"].fillna(-1).to_dict() == {"x": 2.0, "y": -1.0, "z": 5.0}
    assert layer["employment_low"].fillna(-1).to_dict() == {"x": -1.0, "y": 6.0, "z": -1.0}
    assert layer["employment_high"].isna().all()
    assert layer["status"].to_dict() == {"x": "estimated", "y": "withheld", "z": "known"}
    assert "employment_low" not in recode_sectors(counts(a=8), source="m", target="o", table=rows).layer


def test_bounds_that_come_with_a_row_are_carried_on():
    """10 to 19 jobs withheld under b, at most 4 under d: y lies between 6 + 10 and 6 + 19, z between 0 and 4."""
    frame = counts(a=8, b=np.nan, d=np.nan).assign(
        employment_low=[np.nan, 10, np.nan],
        employment_high=[np.nan, 19, 4],
        status=["known", "withheld", None],
    )
    rows = table(("a", "x", 0.25), ("a", "y", 0.75), ("b", "y", 1.0), ("d", "z", 1.0))
    found = recode_sectors(frame, source="m", target="o", table=rows, shares="part").layer
    layer = found.set_index("sector")
    assert layer.loc[["y", "z"], ["employment_low", "employment_high"]].to_numpy().tolist() == [
        [16, 25],
        [0, 4],
    ]
    again = recode_sectors(
        found, source="o", target="p", table=table(("x", "p", 1), ("y", "p", 1), ("z", "p", 1))
    )
    assert again.layer[["employment_low", "employment_high"]].to_numpy().tolist() == [[18, 31]]
    assert again.layer["status"].tolist() == ["withheld"]


@settings(max_examples=40, deadline=None)
@given(registers(), st.lists(st.booleans(), min_size=30, max_size=30), st.floats(0, 1))
def test_known_amounts_and_lower_bounds_sum_to_what_was_known(case, hidden, part):
    source, target, frame = case
    truth = frame.assign(period=np.where(np.arange(len(frame)) % 2, "2011", "2021"))
    hide = np.array(hidden[: len(frame)], dtype=bool)
    given_low, given_high = truth["employment"] * part, truth["employment"] * (1 + part)
    seen = truth.assign(
        employment=truth["employment"].mask(hide),
        employment_low=given_low.where(hide),
        employment_high=given_high.where(hide),
        establishments=truth["establishments"].mask(hide),
        status=np.where(hide, "withheld", "known"),
    )
    whole = quietly(recode_sectors, truth, source=source, target=target).layer
    layer = quietly(recode_sectors, seen, source=source, target=target).layer
    place = ["territory", "period"]
    known = seen["employment"].fillna(given_low).groupby([seen[c] for c in place]).sum()
    low = layer.get("employment_low", pd.Series(np.nan, layer.index))
    high = layer.get("employment_high", pd.Series(np.nan, layer.index))
    told = layer["employment"].fillna(low).groupby([layer[c] for c in place]).sum()
    np.testing.assert_allclose(told, known, rtol=1e-9, atol=1e-9)
    affected = layer["employment"].isna()
    slack = 1e-9 * (1 + whole["employment"])
    assert (low <= whole["employment"] + slack)[affected].all()
    assert (high >= whole["employment"] - slack)[affected].all()
    assert low[~affected].isna().all()
    plants = layer.get("establishments_low", pd.Series(np.nan, layer.index))
    np.testing.assert_allclose(
        layer["establishments"].fillna(plants).sum(), seen["establishments"].sum(), rtol=1e-9, atol=1e-9
    )
    if hide.any():
        assert layer.loc[layer["establishments"].isna(), "establishments_high"].isna().all()


def test_the_tool_takes_periods_and_gives_bounds_of_its_kind():
    frame = counts(**{"62.01": 5, "62.02": np.nan}).assign(period="2011", status=["known", "withheld"])
    frame = check_layer(pd.concat([frame, frame.assign(period="2021")], ignore_index=True), COUNTS_BOUNDS)
    with pytest.warns(
        GeoterritorioWarning, match=r"10 of 10 known employment.*employment_low has the known part"
    ):
        found = tool(frame, source="nace2", target="istat_activities").recoded
    check_layer(found, COUNTS_BOUNDS)
    assert found[["period", "employment_low"]].to_numpy().tolist() == [["2011", 5.0], ["2021", 5.0]]


def test_bounds_the_wrong_way_round_are_refused():
    frame = counts(a=np.nan, b=np.nan).assign(employment_low=[5, 1], employment_high=[4, 2])
    with pytest.raises(LayerError, match="1 rows have employment_low above employment_high"):
        recode_sectors(frame, source="m", target="o", table=OWN)


@pytest.mark.parametrize("said", ["SCIAN 2018", "NACE Rev. 2.1", "CNAE-93", "CIIU Rev. 4"])
def test_codes_that_say_they_are_others_are_refused(said):
    frame = counts(**{"62.01": 1, "58.29": 4}).assign(classification=["NACE Rev. 2", said])
    with pytest.raises(LayerError, match=f"says “{said}”, but the codes .* “nace2”"):
        recode_sectors(frame, source="cnae2009", target="isic4")


@pytest.mark.parametrize("said", ["NACE 2", "NACE Rev. 2.0", "CNAE 2009", "ATECO-2007", "our own list", None])
def test_codes_that_say_they_are_these_are_recoded(said):
    frame = counts(**{"62.01": 1}).assign(classification=[said])
    assert by_sector(recode_sectors(frame, source="nace2", target="isic4").layer) == {"6201": 1.0}


CHAINS = [
    ("nace21", "istat_activities"), ("nace21", "istat_main_industries"), ("nace21", "eurostat_technology"),
    ("scian2018", "nace2"), ("scian2018", "scian2023"), ("scian2023", "scian2018"),
    ("isic4", "istat_activities"), ("naics2022", "istat_main_industries"), ("scian2023", "nace21"),
]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(CHAINS), st.integers(0, 2**32 - 1))
def test_totals_are_kept_along_several_tables(ends, seed):
    rng = np.random.default_rng(seed)
    source, target = ends
    codes = apart(rng.choice(vocabulary(source)["code"], 20, replace=False).tolist(), source)
    frame = pd.DataFrame({"territory": "T", "sector": codes, "employment": rng.uniform(0, 9, len(codes))})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found = recode_sectors(frame, source=source, target=target)
    assert found.layer["employment"].sum() == pytest.approx(frame["employment"].sum(), rel=1e-9)
    in_layer = found.layer.loc[found.layer["sector"] == REMAINDER, "employment"].sum()
    assert found.remainder["employment"].sum() == pytest.approx(in_layer, rel=1e-9, abs=1e-9)
    np.testing.assert_allclose(found.split.groupby("sector")["share"].sum(), 1, rtol=1e-9)
    assert set(found.split["target"]) - {REMAINDER} <= set(vocabulary(target)["code"])


def test_shares_of_several_tables_multiply_and_the_way_is_told():
    """Rev. 2.1 62.10 comes from 62.01 and, in part, 58.21 and 58.29 of Rev. 2."""
    back = recode_sectors(counts(**{"62.10": 1}), source="nace21", target="nace2").split
    ways = recode_sectors(counts(**dict.fromkeys(back["target"], 1)), source="nace2", target="isic4").split
    shares = back.merge(ways, left_on="target", right_on="code", suffixes=("", "_next"))
    expected = (shares["share"] * shares["share_next"]).groupby(shares["target_next"]).sum()
    with pytest.warns(GeoterritorioWarning, match="composed of those along nace21 → nace2 → isic4"):
        found = recode_sectors(counts(**{"62.10": 1}), source="nace21", target="isic4").split
    pd.testing.assert_series_equal(found.set_index("target")["share"], expected, check_names=False)


def test_codes_of_another_classification_are_refused_with_its_name():
    frame = counts(**{"311830": 9, "31183": 4, "461110": 5})
    with pytest.raises(LayerError, match=r"None of the 3 codes .* Most are codes of “scian2018”"):
        recode_sectors(frame, source="nace2", target="isic4")
    assert by_sector(recode_sectors(counts(A=1), source="nace2", target="eurostat_technology").layer) == {
        REMAINDER: 1
    }


def test_what_was_done_is_told_in_shares():
    frame = counts(**{"30": 50, "25.40": 30, "62.01": 18, "zz": 2}).assign(territory=list("ABCD"))
    with pytest.warns(GeoterritorioWarning) as said:
        tool(check_layer(frame, COUNTS), source="nace2", target="nace21")
    told = [str(w.message) for w in said if "of the employment" in str(w.message)]
    assert len(told) == 1
    assert "50.0 % under broader codes" in told[0]
    assert "2.0 % have no counterpart" in told[0]
