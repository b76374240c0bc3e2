"""Both readings of a territory: which evidence speaks to which axis, what they say together, and what stays unknown."""

import warnings
from typing import get_args

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geoterritorio import i18n
from geoterritorio.assessment import AXES, axis_table, contrast
from geoterritorio.assessment import tools as assessment
from geoterritorio.assessment.two_readings import combined
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import ClusterRules
from geoterritorio.identification import _district_reasons as reasons
from geoterritorio.identification import tools as identification
from geoterritorio.identification.cluster_evidence import CRITERIA
from geoterritorio.identification.cures import DISTRICTS_ASKED_OR_NOT, OWN_SUMS, PIECES
from geoterritorio.identification.district_rules import PRESETS, Step
from geoterritorio.identification.tools.districts import DistrictOptions
from geoterritorio.layers import (
    read_evidence,
    read_firms,
    read_institutions,
    read_links,
    read_reference,
    read_territories,
)
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.headings import worded

COMARCA = "sample_data/comarca/"
STEPS = PRESETS["istat2006_unconfirmed"].rules.steps


def district_lines(territory, **passed):
    """Steps of the rules of 2006, all passed but those named."""
    words = {**dict.fromkeys(STEPS, "yes"), **passed}
    return pd.DataFrame(
        {
            "territory": territory,
            "asked": list(words),
            "value": 1.5,
            "threshold": 1.0,
            "margin": 0.5,
            "passed": list(words.values()),
            "reason": ["no size classes" if w == "unknown" else None for w in words.values()],
        }
    )


def cluster_lines(territory, group="food", **passed):
    words = {**dict.fromkeys(CRITERIA, "yes"), **passed}
    told = [w == "unknown" for w in words.values()]
    return pd.DataFrame(
        {
            "territory": territory,
            "group": group,
            "criterion": list(words),
            "value": 2.0,
            "threshold": 1.0,
            "margin": 1.0,
            "passed": list(words.values()),
            "reason": ["no links given" if u else "" for u in told],
            "cure": ["a layer of links between firms and institutions" if u else "" for u in told],
        }
    )


def axis(found, territory, letter):
    return found.axes.set_index(["territory", "axis"]).loc[(territory, letter)]


def test_every_step_and_criterion_speaks_to_one_axis():
    steps = [p for a in AXES.values() for p in a.district.pieces]
    criteria = [p for a in AXES.values() for p in a.cluster.pieces]
    assert sorted(steps) == sorted([*get_args(Step), "validity"])
    assert sorted(criteria) == sorted(CRITERIA)
    assert list(AXES) == list("ABCDE")


def test_every_item_of_coded_evidence_speaks_to_one_axis():
    items = [i for a in AXES.values() for i in a.items]
    assert len(items) == len(set(items))
    assert set(items) == {*vocabulary("leader_features")["code"], *vocabulary("development_elements")["code"]}


def test_every_reason_of_a_step_has_a_cure():
    told = {v for k, v in vars(reasons).items() if k.isupper() and isinstance(v, str)}
    decided = {reasons.WHICHEVER, reasons.MAIN_OPEN, reasons.NOT_ONE}  # these say why nothing need be cured
    # That several industries may be the main one has a cause, which stands beside it with its cure.
    assert told - decided - {reasons.SEVERAL} == set(DISTRICTS_ASKED_OR_NOT)
    assert set(DISTRICTS_ASKED_OR_NOT) == set(OWN_SUMS) | {
        reasons.NO_JOBS,
        reasons.NO_MAKING,
        reasons.NO_MAIN,
    }


def test_a_district_that_is_a_cluster_too():
    """By hand: all steps and criteria hold. B and D agree; of A, C and E the steps tell nothing."""
    found = contrast(pd.Series({"T": "yes"}), district_lines("T"), cluster_lines("T"))
    row = found.territories.loc["T"]
    assert row[["readings", "district", "cluster", "cluster_verdict"]].tolist() == [
        "district and cluster",
        "yes",
        "yes",
        "cluster",
    ]
    assert row[["axes_agree", "axes_differ", "axes_open", "differ_on"]].tolist() == [2, 0, 3, ""]
    assert found.axes["district_reading"].tolist() == ["unknown", "yes", "unknown", "yes", "unknown"]
    assert set(found.axes["cluster_reading"]) == {"yes"}
    assert axis(found, "T", "A")["cure"] == PIECES["no figure tells"]
    assert axis(found, "T", "E")["cure"] == PIECES["no validity given"]
    assert pd.isna(axis(found, "T", "D")["cure"])


def test_a_disagreement_names_its_evidence():
    """Large firms in the main industry: no district; the group's establishments are many all the same."""
    found = contrast(pd.Series({"T": "no"}), district_lines("T", sme_industry="no"), cluster_lines("T"))
    row = axis(found, "T", "D")
    assert row[["district_reading", "cluster_reading", "agrees"]].tolist() == ["no", "yes", "no"]
    assert row["because"] == "sme_industry; mass; plants; suppliers; links"
    assert found.territories.loc["T", ["readings", "differ_on"]].tolist() == ["cluster only", "D"]
    explaining = found.pieces[found.pieces["explains"] == "yes"]
    assert explaining["piece"].tolist() == row["because"].split("; ")
    assert explaining[["value", "threshold", "margin"]].notna().all(axis=None)
    assert set(found.pieces.loc[found.pieces["axis"] != "D", "explains"]) == {"no"}


def test_what_is_unknown_says_what_would_decide():
    found = contrast(
        pd.Series({"T": "unknown"}),
        district_lines("T", size_quotients="unknown"),
        cluster_lines("T", links="unknown", related="no"),
    )
    row = axis(found, "T", "D")
    assert row[["district_reading", "cluster_reading", "agrees"]].tolist() == [
        "unknown",
        "unknown",
        "unknown",
    ]
    assert (
        row["cure"]
        == f"{DISTRICTS_ASKED_OR_NOT['no size classes']}; a layer of links between firms and institutions"
    )
    # "concentration only" is no cluster, whatever the links are.
    assert found.territories.loc["T", "readings"] == "no cluster, district open"
    assert axis(found, "T", "B")[["agrees", "because"]].tolist() == [
        "no",
        "specialised; prevails; main_industry; related",
    ]


def test_beside_what_fails_nothing_need_be_decided():
    found = contrast(
        pd.Series({"T": "no"}), district_lines("T"), cluster_lines("T", breadth="no", related="unknown")
    )
    row = axis(found, "T", "B")
    assert row["cluster_reading"] == "no"
    assert pd.isna(row["cure"])


def test_markets_drawn_from_commuting_tell_of_the_place_of_life():
    lines = district_lines("T"), cluster_lines("T", gathering="no")
    for validity, told, agrees in (
        (1.3, "yes", "no"),
        (0.8, "no", "yes"),
        (float("nan"), "unknown", "unknown"),
    ):
        found = contrast(pd.Series({"T": "yes"}), *lines, validity=pd.Series({"T": validity}))
        assert axis(found, "T", "E")[["district_reading", "agrees"]].tolist() == [told, agrees]


def test_steps_that_rules_do_not_ask_are_no_evidence():
    few = district_lines("T").query("asked == 'main_industry'")
    found = contrast(pd.Series({"T": "yes"}), few, cluster_lines("T"))
    assert set(found.pieces.query("reading == 'district'")["piece"]) == {"main_industry", "validity"}
    assert axis(found, "T", "D")["district_reading"] == "unknown"


def test_steps_that_were_not_asked_neither_pass_nor_fail():
    lines = district_lines(
        "T", **dict.fromkeys(("size_quotients", "sme_industry", "one_medium_firm"), "not asked")
    )
    found = contrast(pd.Series({"T": "no"}), lines, cluster_lines("T"))
    assert axis(found, "T", "D")[["district_reading", "agrees"]].tolist() == ["not asked", "unknown"]


def test_the_foremost_group_is_read_and_another_can_be():
    lines = pd.concat(
        [
            cluster_lines("T", "a", links="unknown"),
            cluster_lines("T", "b"),
            cluster_lines("T", "c", mass="no"),
        ]
    )
    one = pd.Series({"T": "yes"})
    assert contrast(one, district_lines("T"), lines).territories.loc["T", "group"] == "b"
    chosen = contrast(one, district_lines("T"), lines, group="a").territories.loc["T"]
    assert chosen[["group", "cluster_verdict", "readings"]].tolist() == [
        "a",
        "possible cluster",
        "district, cluster open",
    ]
    tied = pd.concat([cluster_lines("T", "z"), cluster_lines("T", "y")])
    assert contrast(one, district_lines("T"), tied).territories.loc["T", "group"] == "y"
    with pytest.raises(LayerError, match=r"group: “x” is not in cluster_evidence\. There are: “a”, “b”, “c”"):
        contrast(one, district_lines("T"), lines, group="x")


def test_where_nothing_is_a_cluster_no_weak_group_stands_for_all():
    """
    Nothing is a cluster in T. Machines meet most criteria, paper is the most specialised, and the district makes cars.

    Of cars both sectors (29.1, 29.3) are of transport equipment; of mixed one of three is, and it is more specialised.
    """
    lines = pd.concat(
        [
            cluster_lines("T", "machines", mass="no"),
            cluster_lines("T", "cars", mass="no", plants="no").assign(margin=3.0),
            cluster_lines("T", "mixed", mass="no", plants="no").assign(margin=4.0),
            cluster_lines("T", "paper", mass="no", plants="no").assign(margin=9.0),
        ]
    )
    steps = district_lines("T").assign(of=lambda f: f["asked"].map({"main_industry": "transport_equipment"}))
    groups = pd.DataFrame(
        {
            "sector": ["28.4", "29.1", "29.3", "30.1", "17.1", "62.0", "17.2"],
            "group": ["machines", "cars", "cars", "mixed", "mixed", "mixed", "paper"],
        }
    )
    one = pd.Series({"T": "yes"})

    def read(steps, lines, **options):
        return contrast(one, steps, lines, **options).territories.loc["T", ["group", "chosen_by"]].tolist()

    assert read(steps, lines, definitions=groups) == ["cars", "main industry"]
    some = groups[groups["group"] != "cars"]
    assert read(steps, lines, definitions=some) == ["mixed", "main industry"]
    supply = groups.assign(role=["core", "supplier", "supplier", *["core"] * 4])
    assert read(steps, lines, definitions=supply) == ["mixed", "main industry"]
    assert read(steps, lines) == ["paper", "specialisation"]
    assert read(district_lines("T"), lines, definitions=groups) == ["paper", "specialisation"]
    strange = groups.assign(sector="Z" + groups["sector"])
    assert read(steps, lines, definitions=strange) == ["paper", "specialisation"]
    assert read(steps, lines.drop(columns="margin")) == ["machines", "criteria met"]
    assert read(steps, lines, group="machines") == ["machines", "asked for"]
    # What is a cluster, or may be one, goes before all that is none.
    possible = pd.concat([lines, cluster_lines("T", "food", links="unknown")])
    assert read(steps, possible, definitions=groups) == ["food", "best verdict"]


def squares(*territories, district="yes", **columns):
    boxes = [box(k, 0, k + 1, 1) for k in range(len(territories))]
    return gpd.GeoDataFrame(
        {"territory": list(territories), "district": district, **columns}, geometry=boxes, crs=25830
    )


def test_groups_can_be_asked_for_by_territory():
    lines = pd.concat([cluster_lines(t, g) for t in ("T", "U") for g in ("a", "b")])
    steps = pd.concat([district_lines("T"), district_lines("U")])
    areas = squares("T", "U")
    found = assessment.contrast(areas, steps, lines, group="U: b").areas
    assert found[["group", "chosen_by"]].to_numpy().tolist() == [["a", "best verdict"], ["b", "asked for"]]
    with pytest.raises(LayerError, match=r"group: 1 territories are not in cluster_evidence: “V”\. Write"):
        assessment.contrast(areas, steps, lines, group="T: a; V: b")
    with pytest.raises(LayerError, match=r"group: “c” is not in cluster_evidence"):
        assessment.contrast(areas, steps, lines, group="T: c; U: b")
    coded = lines.replace({"group": {"b": "b: x"}})
    assert assessment.contrast(areas, steps, coded, group="b: x").areas["group"].tolist() == ["b: x"] * 2


@pytest.mark.parametrize(
    ("column", "other"), [("preset", "boix"), ("reference", "own sums"), ("size_of", "x")]
)
def test_areas_and_evidence_of_other_rules_are_refused(column, other):
    run = {"preset": "istat2006", "reference": "reference", "size_of": "plant"}
    steps = district_lines("T").assign(**run)
    assessment.contrast(squares("T", **run), steps, cluster_lines("T"))
    with pytest.raises(LayerError, match=rf"column “{column}” has .* in it, and “{other}”.* of one run"):
        assessment.contrast(squares("T", **{**run, column: other}), steps, cluster_lines("T"))


@pytest.mark.parametrize(
    ("district", "step", "fits"),
    [
        ("yes", "yes", True),
        ("yes", "no", False),
        ("yes", "unknown", False),
        ("no", "no", True),
        ("no", "not asked", True),
        ("no", "yes", False),
        ("no", "unknown", False),
        ("unknown", "unknown", True),
        ("unknown", "yes", False),
        ("unknown", "no", False),
    ],
)
def test_steps_must_give_the_verdict_of_the_areas(district, step, fits):
    steps, areas = district_lines("T", size_quotients=step), squares("T", district=district)
    if fits:
        assessment.contrast(areas, steps, cluster_lines("T"))
        return
    with pytest.raises(LayerError, match=r"in 1 territories its steps give another verdict.*: “T”\. Give"):
        assessment.contrast(areas, steps, cluster_lines("T"))


def test_another_main_industry_is_of_another_run():
    steps = district_lines("T").assign(of="transport_equipment")
    assessment.contrast(squares("T", main_industry="transport_equipment"), steps, cluster_lines("T"))
    assessment.contrast(squares("T", main_industry=None), steps, cluster_lines("T"))
    with pytest.raises(LayerError, match="another main industry"):
        assessment.contrast(squares("T", main_industry="textile_clothing"), steps, cluster_lines("T"))


def test_runs_beside_other_wholes_are_not_joined(comarca):
    """The same preset beside the nation and beside the territory's own sums: other verdicts, so refused."""
    district, cluster = comarca
    firms = read_firms(f"{COMARCA}firms.parquet")
    territories = read_territories(f"{COMARCA}labour_markets.gpkg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        rules = DistrictOptions(preset="istat2006_unconfirmed")
        own = identification.districts(territories, firms, rules=rules, draws=0)
    with pytest.raises(LayerError, match="column “reference”"):
        assessment.contrast(own.areas, district.evidence, cluster.evidence)
    bare = own.areas.drop(columns=["preset", "size_of", "reference"])
    with pytest.raises(LayerError, match="its steps give another verdict or another main industry"):
        assessment.contrast(bare, district.evidence, cluster.evidence)


def test_markets_must_be_the_territories():
    given = squares("T", "U"), pd.concat([district_lines("T"), district_lines("U")])
    lines = pd.concat([cluster_lines("T"), cluster_lines("U")])
    own = pd.DataFrame({"territory": ["T", "U"], "validity": [1.2, 0.9]})
    found = assessment.contrast(*given, lines, markets=own)
    place = found.axes[found.axes["axis"] == "E"]
    assert place["district_reading"].tolist() == ["yes", "no"]
    assert place["agrees"].tolist() == ["yes", "no"]
    with pytest.raises(LayerError, match=r"markets: none of the 2 territories is among them.*“X”"):
        assessment.contrast(*given, lines, markets=own.assign(territory=["X", "Y"]))
    with pytest.warns(GeoterritorioWarning, match="markets: 1 of 2 territories have no validity.*“U”"):
        assessment.contrast(*given, lines, markets=own.iloc[:1])
    with pytest.warns(GeoterritorioWarning, match="markets: 2 of 2 territories have no validity"):
        assessment.contrast(*given, lines, markets=own[["territory"]])


def test_no_figure_decides_where_no_piece_speaks():
    """Statements are given, and still the cure does not promise that they would decide."""
    said = pd.DataFrame({"territory": "T", "item": ["values", "learning"], "rating": [1, 2]})
    lines = cluster_lines("T", institutions="unknown")
    found = contrast(pd.Series({"T": "yes"}), district_lines("T"), lines, statements=said)
    silent = PIECES["no figure tells"]
    assert silent.startswith("no figure here decides it")
    assert axis(found, "T", "A")["cure"] == f"a layer of links between firms and institutions; {silent}"
    assert axis(found, "T", "C")["cure"] == silent
    others = found.axes[found.axes["axis"].isin(["B", "D", "E"])]["cure"].dropna()
    assert not others.str.contains(silent).any()


def test_other_territories_are_refused_or_told():
    one = pd.Series({"T": "yes"})
    with pytest.raises(LayerError, match="district_evidence: none of its 1 territories"):
        contrast(one, district_lines("U"), cluster_lines("T"))
    with pytest.raises(LayerError, match="cluster_evidence: none of its 1 territories"):
        contrast(one, district_lines("T"), cluster_lines("U"))
    more = pd.concat([cluster_lines("T"), cluster_lines("U")])
    with pytest.warns(
        GeoterritorioWarning, match="0 territories have no evidence and stay unknown; 1 others"
    ):
        contrast(one, district_lines("T"), more)
    two = pd.Series({"T": "yes", "V": "no"})
    with pytest.warns(GeoterritorioWarning, match="1 territories have no evidence"):
        found = contrast(two, pd.concat([district_lines("T"), district_lines("V")]), cluster_lines("T"))
    assert found.territories.loc["V", ["readings", "cluster_verdict"]].tolist() == [
        "no district, cluster open",
        "undecided",
    ]
    missing = found.pieces.query("territory == 'V' and reading == 'cluster'")
    assert set(missing["reason"]) == {"not in this reading"}
    assert set(missing["cure"]) == {PIECES["not in this reading"]}


def test_statements_are_counted_and_decide_nothing():
    said = pd.DataFrame(
        {"territory": "T", "item": ["values", "values", "networking", "own"], "rating": [1, 3, 2, 0]}
    )
    plain = contrast(pd.Series({"T": "yes"}), district_lines("T"), cluster_lines("T"))
    found = contrast(pd.Series({"T": "yes"}), district_lines("T"), cluster_lines("T"), statements=said)
    table = found.axes.set_index("axis")
    assert table["statements"].tolist() == [2, 0, 0, 1, 0]
    assert table.loc["A", ["rating_least", "rating_most"]].tolist() == [1, 3]
    assert found.territories.equals(plain.territories)
    assert found.axes[plain.axes.columns].equals(plain.axes)


WORD = st.sampled_from(["yes", "no", "unknown"])


@given(steps=st.lists(WORD, min_size=6, max_size=6), criteria=st.lists(WORD, min_size=9, max_size=9))
@settings(max_examples=25, deadline=None)
def test_knowing_more_contradicts_no_agreement(steps, criteria):
    """Whatever unknown pieces turn out to be, an agreement or a disagreement on an axis stands."""
    one, asked = pd.Series({"T": "unknown"}), dict(zip(STEPS, steps, strict=True))
    met = dict(zip(CRITERIA, criteria, strict=True))
    before = contrast(one, district_lines("T", **asked), cluster_lines("T", **met)).axes
    for told in ("yes", "no"):
        sure = [{k: told if v == "unknown" else v for k, v in w.items()} for w in (asked, met)]
        after = contrast(one, district_lines("T", **sure[0]), cluster_lines("T", **sure[1])).axes
        fixed = before["agrees"] != "unknown"
        # A failing reading stays failing; a holding one has nothing open. So what was told stays told.
        assert after.loc[fixed, "agrees"].equals(before.loc[fixed, "agrees"])


@given(order=st.permutations(["T", "U", "V"]))
@settings(max_examples=6, deadline=None)
def test_the_order_of_territories_and_their_names_change_nothing(order):
    verdict = pd.Series({"T": "yes", "U": "no", "V": "unknown"})
    steps = pd.concat(
        [district_lines("T"), district_lines("U", prevails="no"), district_lines("V", sme_industry="unknown")]
    )
    met = pd.concat([cluster_lines("T", mass="no"), cluster_lines("U"), cluster_lines("V", links="unknown")])
    base = contrast(verdict, steps, met)
    found = contrast(verdict.loc[order], steps, met)
    assert found.territories.index.tolist() == list(order)
    assert found.territories.loc[verdict.index].equals(base.territories)
    renamed = {"T": "z", "U": "y", "V": "x"}
    other = contrast(
        verdict.rename(renamed), steps.replace({"territory": renamed}), met.replace({"territory": renamed})
    )
    assert other.territories.rename(index={v: k for k, v in renamed.items()}).equals(base.territories)


@given(number=st.lists(st.tuples(*[st.integers(0, 3)] * 4), min_size=1, max_size=6))
def test_pieces_together_are_the_weakest_of_them(number):
    table = pd.DataFrame(number, columns=["yes", "no", "unknown", "not asked"])
    for row, told in zip(table.to_dict("records"), combined(table), strict=True):
        ranks = ["no", "unknown", "yes", "not asked"]
        assert told == next((w for w in ranks if row[w]), "unknown")


@pytest.fixture(scope="module")
def comarca():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        territories = read_territories(f"{COMARCA}labour_markets.gpkg")
        firms = read_firms(f"{COMARCA}firms.parquet")
        district = identification.districts(
            territories,
            firms,
            reference=pd.read_csv(f"{COMARCA}nation_sizes.csv", dtype={"sector": str}),
            rules=DistrictOptions(preset="istat2006_unconfirmed"),
            draws=0,
        )
        cluster = identification.clusters(
            territories,
            firms,
            reference=read_reference(f"{COMARCA}nation.csv"),
            institutions=read_institutions(f"{COMARCA}institutions.gpkg"),
            links=read_links(f"{COMARCA}links.csv"),
            rules=ClusterRules(simulations=19),
        )
    return district, cluster


def test_the_tool_on_the_invented_territory(comarca):
    district, cluster = comarca
    evidence = read_evidence(f"{COMARCA}evidence.csv")
    found = assessment.contrast(district.areas, district.evidence, cluster.evidence, evidence=evidence)
    assert len(found.areas) == len(district.areas)
    assert len(found.axes) == 5 * len(district.areas)
    assert found.areas["district"].tolist() == district.areas["district"].tolist()
    # The verdict read from the evidence is that of the tool on clusters.
    cells = cluster.cells.set_index(["territory", "group"])["verdict"]
    read = pd.MultiIndex.from_frame(pd.DataFrame(found.areas)[["territory", "group"]])
    assert cells.reindex(read).tolist() == found.areas["cluster_verdict"].tolist()
    # A district fails on no axis, nor does a cluster.
    axes = found.axes.set_index("territory")
    for reading in ("district", "cluster"):
        sure = found.areas.loc[found.areas[reading] == "yes", "territory"]
        assert "no" not in set(axes.loc[sure, f"{reading}_reading"])
    assert found.mapping.equals(axis_table())
    of_axes = evidence["item"].isin([i for a in AXES.values() for i in a.items])
    here = evidence["territory"].isin(district.areas["territory"])
    assert found.axes["statements"].sum() == (of_axes & here).sum()
    told = found.axes[(found.axes["agrees"] == "unknown") & found.axes["cure"].isna()]
    assert told.empty
    # Every step that decides a disagreement has its figure.
    explaining = found.pieces[found.pieces["explains"] == "yes"]
    assert explaining["passed"].isin(["yes", "no"]).all()


def test_everything_that_is_told_has_words(comarca):
    district, cluster = comarca
    found = assessment.contrast(district.areas, district.evidence, cluster.evidence)
    spanish = i18n.translator("es")
    for kind, table in (
        ("contrast_areas", found.areas),
        ("contrast_axes", found.axes),
        ("contrast_pieces", found.pieces),
        ("contrast_mapping", found.mapping),
    ):
        for name in (
            "readings",
            "cluster_verdict",
            "because",
            "chosen_by",
            "cure",
            "piece",
            "reason",
            "title",
            "meaning",
            "untold",
        ):
            texts = table[name].dropna().unique() if name in table.columns else []
            same = [t for t in texts if t and worded(name, t, kind, spanish) == t]
            assert same == [], (kind, name)


def test_little_is_enough():
    areas = gpd.GeoDataFrame({"territory": ["T"], "district": ["yes"]}, geometry=[box(0, 0, 1, 1)], crs=25830)
    steps = district_lines("T")[["territory", "asked", "passed"]]
    met = cluster_lines("T")[["territory", "group", "criterion", "passed"]]
    found = assessment.contrast(areas, steps, met)
    assert found.areas["readings"].tolist() == ["district and cluster"]
    assert "name" not in found.areas.columns
    none = assessment.contrast(areas.iloc[:0], steps.iloc[:0], met.iloc[:0])
    assert len(none.areas) == len(none.axes) == 0
