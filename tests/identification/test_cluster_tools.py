"""The tools on clusters on the invented territory, and on data that lack something."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import ClusterRules, StarRules
from geoterritorio.identification.tools import (
    GroupingRules,
    _support,
    cluster_groups,
    cluster_stars,
    clusters,
    knowledge_content,
    strong_clusters,
)
from geoterritorio.layers import read_firms, read_institutions, read_links, read_reference, read_territories

COMARCA = "sample_data/comarca/"


@pytest.fixture(scope="module")
def comarca():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        truth = pd.concat(pd.read_csv(f"{COMARCA}truth/{n}.csv") for n in ("clusters", "districts"))
        planted = truth.assign(sector=truth["sectors"].str.split(";")).explode("sector")
        towns = pd.read_csv(f"{COMARCA}truth/labour_markets.csv")
        return {
            "territories": read_territories(f"{COMARCA}labour_markets.gpkg"),
            "firms": read_firms(f"{COMARCA}firms.parquet"),
            "reference": read_reference(f"{COMARCA}nation.csv"),
            "institutions": read_institutions(f"{COMARCA}institutions.gpkg"),
            "links": read_links(f"{COMARCA}links.csv"),
            "definitions": planted.rename(columns={"structure": "group"})[["sector", "group"]],
            "truth": truth[truth["kind"] == "cluster"],
            "towns": towns.set_index("territory").iloc[:, 0],
        }


@pytest.fixture(scope="module")
def found(comarca):
    given = {k: v for k, v in comarca.items() if k not in ("truth", "towns")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return clusters(**given, rules=ClusterRules(simulations=99))


def claimed(result, group):
    cells = result.cells[result.cells["group"] == group]
    return set(cells.loc[cells["verdict"].isin(["cluster", "possible cluster"]), "territory"])


def test_planted_clusters_are_found_where_they_were_planted(comarca, found):
    for row in comarca["truth"].itertuples():
        markets = set(comarca["towns"].reindex(row.municipalities.split(";")))
        assert row.market in claimed(found, row.structure)
        assert claimed(found, row.structure) <= markets


def test_a_cluster_that_runs_across_markets_is_one_extent(comarca, found):
    for group in comarca["truth"]["structure"]:
        rows = found.extents[found.extents["group"] == group]
        assert claimed(found, group) <= set(rows["territories"].str.split("; ").explode())
        assert rows["number"].max() == len(claimed(found, group))
    held = found.cells[found.cells["verdict"].isin(["cluster", "possible cluster", "concentration only"])]
    assert found.extents["employment"].sum() == held["employment"].sum()
    shapes = comarca["territories"].set_index("territory").geometry
    assert found.extents.area.sum() == pytest.approx(shapes[held["territory"]].area.sum(), rel=1e-6)


def test_every_verdict_is_traceable(found):
    """Nine lines for each cell, and the verdict follows from them."""
    lines = found.evidence.groupby(["territory", "group"])
    assert set(lines.size()) == {9}
    told = pd.crosstab([found.evidence["territory"], found.evidence["group"]], found.evidence["passed"])
    cells = found.cells.set_index(["territory", "group"])
    for word, column in (("yes", "met"), ("no", "unmet"), ("unknown", "unknown_criteria")):
        assert told[word].reindex(cells.index).tolist() == cells[column].tolist()
    open_ = found.evidence["passed"] == "unknown"
    assert (found.evidence.loc[open_, ["reason", "cure"]] != "").all(axis=None)
    assert found.evidence.loc[open_, "value"].isna().all()
    assert (found.evidence.loc[~open_, "cure"] == "").all()
    # What is decided has a reason only where it fails in spite of its margin: then q, or the direction, decides.
    odd = (found.evidence["passed"] == "no") & (found.evidence["margin"] > 0)
    assert (found.evidence.loc[odd, "reason"] != "").all()
    assert (found.evidence.loc[~open_ & ~odd, "reason"] == "").all()
    asked = found.evidence[found.evidence["criterion"] == "specialisation"]
    holds = (asked["margin"] > 0) & (asked["q"] <= asked["q_most"])
    assert (
        holds[asked["passed"] != "unknown"] == (asked["passed"] == "yes")[asked["passed"] != "unknown"]
    ).all()
    assert set(found.evidence["origin"]) == {"project's own"}
    assert set(found.cells["origin"]) == {"project's own"}
    known = found.evidence[~open_]
    assert ((known["margin"] < 0) & (known["passed"] == "yes")).sum() == 0


def test_groups_made_of_the_same_data_leave_relatedness_open(comarca):
    with pytest.warns(GeoterritorioWarning, match="made of the same data"):
        result = clusters(
            comarca["territories"],
            comarca["firms"],
            reference=comarca["reference"],
            rules=ClusterRules(simulations=0),
        )
    assert set(result.evidence.query("criterion == 'related'")["reason"]) == {"group from the same data"}
    # A made group is called by the name of its largest sector.
    names = comarca["firms"].drop_duplicates("sector").set_index("sector")["sector_name"]
    jobs = comarca["firms"].groupby("sector")["employment"].sum()
    for _, rows in result.groups.groupby("group"):
        largest = jobs[rows["sector"]].idxmax()
        assert set(result.cells.loc[result.cells["group"] == rows["group"].iloc[0], "group_name"]) == {
            f"{names[largest]} +{len(rows) - 1}"
        }
    # The planted groups come back from where their sectors are, but for sectors that several of them share.
    for row in comarca["truth"].itertuples():
        mine = result.groups[result.groups["sector"].isin(row.sectors.split(";"))]
        assert mine["group"].value_counts().iloc[0] >= 4


def squares(n=12):
    return gpd.GeoDataFrame(
        {"territory": [f"T{i:02d}" for i in range(n)], "name": [f"Place {i}" for i in range(n)]},
        geometry=[box(1000 * i, 0, 1000 * (i + 1), 1000) for i in range(n)],
        crs=25830,
    )


def counts(n=12, **columns):
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([[f"T{i:02d}" for i in range(n)], ["10", "11", "30", "62", "47"]])
    frame = index.to_frame(index=False, name=["territory", "sector"])
    frame["employment"] = rng.integers(20, 400, len(frame)).astype(float)
    return frame.assign(**columns)


FOOD = pd.DataFrame({"sector": ["10", "11"], "group": "food", "group_name": "Food and drink"})


def test_counts_alone_run_and_say_what_they_lack():
    result = clusters(squares(), counts=counts(), definitions=FOOD)
    reasons = result.evidence.set_index("criterion")["reason"]
    assert set(reasons["specialisation"]) == {"not tested"}
    assert set(reasons["mass"]) == {"no establishments given"}
    assert set(reasons["gathering"]) == {"no places given"}
    assert set(reasons["institutions"]) == {"no institutions given"}
    assert set(result.cells["group_name"]) == {"Food and drink"}
    assert set(result.cells["verdict"]) <= {"undecided", "no cluster"}
    assert list(result.extents.columns) == [
        "extent",
        "group",
        "group_name",
        "verdict",
        "number",
        "territories",
        "employment",
        "geometry",
    ]


def test_withheld_cells_leave_what_rests_on_them_open():
    frame = counts(status="known")
    frame.loc[0, ["employment", "status"]] = [np.nan, "withheld"]
    result = clusters(squares(), counts=frame, definitions=FOOD)
    line = result.evidence.query("territory == 'T00' and criterion == 'specialisation'").iloc[0]
    assert [line["passed"], line["reason"]] == ["unknown", "withheld cells"]


def test_a_register_without_jobs_is_counted():
    rng = np.random.default_rng(5)
    firms = gpd.GeoDataFrame(
        {"firm": [f"f{i}" for i in range(300)], "sector": rng.choice(["10", "11", "62", "47"], 300)},
        geometry=gpd.points_from_xy(rng.uniform(0, 12000, 300), rng.uniform(0, 1000, 300)),
        crs=25830,
    )
    result = clusters(squares(), firms, definitions=FOOD, rules=ClusterRules(simulations=19))
    assert "employment" not in result.cells.columns
    assert result.cells["establishments"].sum() == firms["sector"].isin(["10", "11"]).sum()
    assert set(result.evidence.query("criterion == 'related'")["reason"]) == {"no sizes given"}


def test_points_have_claims_and_no_extents():
    points = squares().assign(geometry=lambda f: f.centroid)
    result = clusters(points, counts=counts(), definitions=FOOD)
    assert result.extents.empty


def test_stars_of_periods_and_of_unconfirmed_rules():
    frame = pd.concat(
        [counts(period="2010"), counts(period="2020").assign(employment=lambda f: f["employment"] * 1.5)]
    )
    with (
        pytest.warns(GeoterritorioWarning, match="panorama_unconfirmed.*no published page"),
        pytest.warns(GeoterritorioWarning, match="value added by territory and sector"),
    ):
        result = cluster_stars(
            squares(), counts=frame, definitions=FOOD, rules=StarRules(preset="panorama_unconfirmed")
        )
    assert result.stars["growth"].tolist() == pytest.approx([0.5] * 12)
    assert set(result.stars["star_growth"]) == {"yes"}  # all tie
    assert set(result.stars["star_productivity"]) == {"unknown"}
    assert set(result.areas["preset"]) == {"panorama_unconfirmed"}
    assert result.areas["total"].sum() == result.stars["stars"].sum()


@pytest.mark.parametrize(("whole", "word"), [(True, "reference"), (False, "own sums")])
def test_stars_name_the_whole_they_are_set_against(whole, word):
    nation = pd.DataFrame(
        {"area": "nation", "sector": counts()["sector"].unique(), "employment": 1e6, "level": "nation"}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        given = {"counts": counts(), "definitions": FOOD, "reference": nation if whole else None}
        stars, strong = cluster_stars(squares(), **given), strong_clusters(squares(), **given)
    tables = (stars.stars, stars.areas, stars.evidence, strong.clusters, strong.areas, strong.evidence)
    assert [set(table["reference"]) for table in tables] == [{word}] * 6


def test_definitions_that_lack_the_data_are_told_and_not_dropped_in_silence():
    mine = pd.concat([FOOD, pd.DataFrame({"sector": ["99"], "group": "ships", "group_name": "Ships"})])
    with (
        pytest.warns(GeoterritorioWarning, match="1 of 3 sectors are not in the data.*99"),
        pytest.warns(GeoterritorioWarning, match="1 groups have no core sector.*ships"),
    ):
        result = cluster_stars(squares(), counts=counts(), definitions=mine)
    assert set(result.stars["group"]) == {"food"}


def test_one_period_leaves_growth_unknown():
    rules = StarRules(preset="own", growth=0.5)
    with pytest.warns(GeoterritorioWarning, match="counts of an earlier period"):
        result = cluster_stars(squares(), counts=counts(), definitions=FOOD, rules=rules)
    assert set(result.stars["star_growth"]) == {"unknown"}


def test_value_added_by_sector_or_group():
    figures = counts().rename(columns={"employment": "value"}).assign(value=lambda f: f["value"] * 50)
    rules = StarRules(preset="own", productivity=0.5)
    result = cluster_stars(squares(), counts=counts(), definitions=FOOD, value_added=figures, rules=rules)
    assert result.stars["productivity"].tolist() == pytest.approx([50] * 12)
    groups = pd.DataFrame({"territory": [f"T{i:02d}" for i in range(12)], "sector": "food", "value": 100.0})
    result = cluster_stars(squares(), counts=counts(), definitions=FOOD, value_added=groups, rules=rules)
    assert result.stars["productivity"].tolist() == pytest.approx((100 / result.stars["employment"]).tolist())
    with pytest.raises(LayerError, match="none of its sectors"):
        cluster_stars(
            squares(), counts=counts(), definitions=FOOD, value_added=groups.assign(sector="x"), rules=rules
        )


def test_withheld_cells_are_bounded_by_the_totals_of_territories():
    """T00 has 100 jobs left for its hidden cell, whatever the table sums to."""
    frame = counts()
    totals = frame.groupby("territory", as_index=False)["employment"].sum().assign(sector="ALL")
    left = frame.loc[0, "employment"]
    frame.loc[0, "employment"] = np.nan
    rules = StarRules(preset="own", size=0.3)
    result = cluster_stars(
        squares(), counts=pd.concat([frame, totals]), definitions=FOOD, total="ALL", rules=rules
    )
    line = result.evidence.query("territory == 'T00'").iloc[0]
    assert [line["low"], line["high"]] == [frame.loc[1, "employment"], frame.loc[1, "employment"] + left]


def test_strong_clusters_without_definitions_are_of_sectors():
    with pytest.warns(GeoterritorioWarning, match="us_unconfirmed"):
        result = strong_clusters(squares(), counts=counts())
    assert set(result.clusters["group"]) == {"10", "11", "30", "62", "47"}
    strong = result.clusters[result.clusters["strong"] == "yes"]
    assert strong.groupby("group").size().tolist() == [3] * 5
    assert result.areas["strong_groups"].sum() == 15
    assert (result.areas["strong_share"] >= 0).all()


def test_knowledge_of_short_codes_is_told_between_limits():
    """Division 30 holds high, medium-high and medium-low technology; 62 is surely a high-technology service."""
    with pytest.warns(GeoterritorioWarning, match="too short.*30"):
        result = knowledge_content(squares(), counts=counts())
    table = result.content.set_index(["class", "territory"])
    jobs = counts().set_index(["territory", "sector"])["employment"]
    assert table.loc[("high_tech", "T00"), "employment_low"] == 0
    assert table.loc[("high_tech", "T00"), "employment_high"] == jobs[("T00", "30")]
    assert np.isnan(table.loc[("high_tech", "T00"), "employment"])
    assert table.loc[("high_tech", "T00"), "reason"] == "codes too short"
    assert table.loc[("kis_high_tech", "T00"), "employment"] == jobs[("T00", "62")]
    assert table.loc[("kis_high_tech", "T00"), "share"] == pytest.approx(
        jobs[("T00", "62")] / jobs["T00"].sum()
    )


def test_knowledge_of_withheld_cells_has_limits_a_reason_and_a_cure():
    """T00's software is hidden: of 1 - its share of what is known nobody says more; then it is bounded."""
    frame = counts()
    frame["employment_high"] = np.nan
    here = frame["territory"] == "T00"
    frame.loc[here & (frame["sector"] == "62"), "employment"] = np.nan
    rest = frame.loc[here, "employment"].sum()
    with (
        pytest.warns(GeoterritorioWarning, match="too short.*30"),
        pytest.warns(GeoterritorioWarning, match="of 12 territories open.*figures of the withheld cells"),
    ):
        found = knowledge_content(squares(), counts=frame).content
    line = found.set_index(["territory", "class"]).loc[("T00", "kis_high_tech")]
    assert (line["share_low"], line["share_high"], line["reason"]) == (0, 1, "withheld cells")
    assert line["cure"] == "figures of the withheld cells, or totals that bound them"
    assert np.isnan(line["share"])
    assert np.isnan(line["employment_high"])
    frame.loc[here & (frame["sector"] == "62"), "employment_high"] = 50
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        bounded = knowledge_content(squares(), counts=frame).content
    line = bounded.set_index(["territory", "class"]).loc[("T00", "kis_high_tech")]
    assert line["share_high"] == pytest.approx(50 / (rest + 50))
    assert line["employment_high"] == 50
    # Food is known, but its share of an unknown sum is not.
    line = bounded.set_index(["territory", "class"]).loc[("T00", "low_tech")]
    food = frame.loc[here & frame["sector"].isin(["10", "11"]), "employment"].sum()
    assert line["share_low"] == pytest.approx(food / (rest + 50))
    assert line["share_high"] == pytest.approx(food / rest)
    assert line["reason"] == "withheld cells"


def test_knowledge_limits_hold_the_share(comarca):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        given = {k: comarca[k] for k in ("territories", "firms", "reference")}
        fine = knowledge_content(**given).content.set_index(["territory", "class"])
        register = comarca["firms"].assign(sector=comarca["firms"]["sector"].str[:2])
        coarse = knowledge_content(comarca["territories"], register).content.set_index(["territory", "class"])
    assert np.allclose(fine["share_low"], fine["share"])
    assert np.allclose(fine["share_high"], fine["share"])
    both = coarse.join(fine["share"].rename("share_fine")).dropna(subset=["share_fine"])
    assert (both["share_low"] <= both["share_fine"] + 1e-12).all()
    assert (both["share_fine"] <= both["share_high"] + 1e-12).all()
    assert set(both.loc[both["reason"] == "codes too short", "cure"]) == {"codes of three digits"}


def test_knowledge_adds_up(comarca):
    given = {k: comarca[k] for k in ("territories", "firms", "reference")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        content = knowledge_content(**given).content
    wide = content.pivot_table(index="territory", columns="class", values="employment")
    services = ["kis_high_tech", "kis_market", "kis_financial", "kis_other"]
    assert wide["kis"].tolist() == wide[services].sum(axis=1).tolist()
    assert wide["high_technology"].tolist() == (wide["high_tech"] + wide["kis_high_tech"]).tolist()
    row = content.query("territory == 'MINV01' and `class` == 'high_technology'").iloc[0]
    assert row["certainty"] == "high"  # of the planted electronics and software


def test_other_classifications_are_refused():
    with pytest.raises(LayerError):
        knowledge_content(squares(), counts=counts().replace({"sector": {"10": "ZZ1"}}), source="mine")


def test_groups_of_matrices_of_ones_own():
    pairs = [
        ("a", "b", 0.9),
        ("x", "y", 0.8),
        ("a", "x", 0.1),
        ("a", "y", 0.0),
        ("b", "x", 0.2),
        ("b", "y", 0.1),
    ]
    similarities = pd.DataFrame(pairs, columns=["sector", "other", "value"])
    result = cluster_groups(similarities=similarities, rules=GroupingRules(method="ward", number=2))
    assert result.sectors.groupby("group")["sector"].agg(list).tolist() == [["a", "b"], ["x", "y"]]
    assert result.scores.query("chosen == 'yes'")["score"].tolist() == [1.0, 1.0]
    mine = pd.DataFrame({"sector": list("abxy"), "group": ["P", "Q", "P", "Q"]})
    scored = cluster_groups(similarities=similarities, definitions=mine)
    assert set(scored.scores["definition"]) == {"given"}
    assert scored.scores["score"].iloc[0] < 1
    assert set(scored.sectors["outlier"]) == {"yes"}


def test_groups_of_nothing_are_refused():
    with pytest.raises(LayerError, match="nothing tells"):
        cluster_groups()
    with pytest.raises(LayerError, match="needs them"):
        cluster_groups(counts=counts())


@pytest.mark.parametrize("tool", [strong_clusters, cluster_stars])
def test_bounds_bound_withheld_cells_also_as_text_of_a_file(tool):
    """T00's 10 holds 40 to 60 jobs: its quotient lies between what these give, in a table as read from text."""
    frame = counts().assign(employment_low="", employment_high="")
    frame.loc[0, ["employment", "employment_low", "employment_high"]] = [np.nan, "40", "60"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        lines = tool(squares(), counts=frame).evidence.set_index(["territory", "group", "criterion"])
    key = ("T00", "10", "size") if tool is cluster_stars else ("T00", "10", "specialisation")
    if tool is cluster_stars:
        assert lines.loc[key, ["low", "high"]].tolist() == [40, 60]
    assert lines.loc[key, "reason"] in ("withheld cells", "")


@pytest.mark.parametrize("near", [True, False])
def test_of_large_groups_distances_are_tested_on_some(near):
    """Of 5000 plants 1500 are looked at, and all places stay: what is gathered is found, and what is not is not."""
    rng = np.random.default_rng(7)
    places = rng.uniform(0, 60000, (12000, 2))
    mine = np.argsort(places[:, 0])[:5000] if near else rng.permutation(12000)[:5000]
    sector = np.full(12000, "others", dtype=object)
    sector[mine] = "group"
    points = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "sector": sector})
    thin = _support._thinned(points)
    assert (thin["sector"] == "group").sum() == 1500
    assert set(thin.index[thin["sector"] == "group"]) <= set(mine)
    (p, verdict), clumped = _support._distances(points, ClusterRules(simulations=39))
    assert (p <= 0.05 and verdict == "localised") == near
    assert len(clumped) == 5000


def test_a_whole_in_finer_codes_is_summed_up_to_those_of_the_counts():
    """A nation in groups of NACE beside counts in divisions: the same as its own sums by division, and it says so."""
    divisions = ["10", "11", "30", "62", "47"]
    jobs = {"10.1": 4e4, "10.5": 2e4, "11.0": 3e4, "30.1": 9e3, "30.9": 1e3, "62.0": 5e4, "47.1": 7e4}
    fine = pd.DataFrame({"sector": list(jobs), "employment": list(jobs.values()), "level": "nation"})
    coarse = fine.assign(sector=fine["sector"].str[:2]).groupby("sector", as_index=False)["employment"].sum()
    given = {"counts": counts(), "definitions": FOOD, "rules": ClusterRules(simulations=0)}
    with pytest.warns(GeoterritorioWarning, match="7 of its sectors were summed up to 5: “10”, “11”, “30”"):
        found = clusters(squares(), reference=fine, **given)
    known = clusters(squares(), reference=coarse, **given)
    pd.testing.assert_frame_equal(found.cells, known.cells)
    with (
        pytest.warns(GeoterritorioWarning, match="7 of its sectors were summed up to 5"),
        pytest.warns(GeoterritorioWarning, match="us_unconfirmed"),
    ):
        strong = strong_clusters(squares(), counts=counts(), reference=fine)
    assert set(strong.clusters["group"]) == set(divisions)
    # A total and its parts would count twice: refused as before.
    both = pd.concat([fine, fine.head(1).assign(sector="10.11")])
    with pytest.raises(LayerError, match="5 sectors of the data have no total in it"):
        clusters(squares(), reference=both, **given)


@pytest.mark.parametrize("tool", [clusters, cluster_stars, strong_clusters, knowledge_content])
def test_size_classes_are_to_be_summed_and_not_to_be_left_out(tool):
    sized = pd.concat([counts(size_class="small"), counts(size_class="large")])
    with pytest.raises(LayerError, match="Sum the size classes: this work asks for one row of all sizes"):
        tool(squares(), counts=sized)
