"""Pictures of results: what is drawn is what the tables say, names stay text, nothing is drawn of nothing."""

from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.text import Annotation, Text

from geoterritorio.errors import LayerError
from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.publication import plots
from geoterritorio.publication.drawing import NO_DATA, svg_uri
from geoterritorio.publication.plots import clusters
from geoterritorio.registry import PLOTS

HOSTILE = ["$x$", "a_b^c", "$\\frac{1", "{{ 7*7 }}", "<script>", "%s\\", "名前\x00", "n" * 300, "", "{0}"]
PLACES, CODES = [f"t{i}" for i in range(8)], [f"{i // 2}{i}" for i in range(12)]


def areas(values, **columns):
    points = gpd.points_from_xy(range(len(values)), [0.0] * len(values))
    names = [f"Place {v}" for v in values]
    return gpd.GeoDataFrame({"territory": list(values), "name": names, **columns}, geometry=points, crs=4326)


def shift_share(parts=("national", "mix", "regional"), periods=("2005", "2010", "2015")):
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([PLACES, CODES], names=["territory", "sector"])
    cells = index.to_frame(index=False)
    cells["sector_name"] = "Sector " + cells["sector"]
    for part in parts:
        cells[part] = rng.normal(0, 40, len(cells))
    cells["change"] = cells[list(parts)].sum(axis=1)
    cells["before"] = 1000.0
    cells["after"] = cells["before"] + cells["change"]
    figures = [*parts, "change", "before", "after"]
    totals = cells.groupby("territory")[figures].sum()
    steps = []
    for start, end in pairwise(periods):
        step = totals / (len(periods) - 1) + rng.normal(0, 9, totals.shape)
        step["change"] = step[list(parts)].sum(axis=1)
        steps.append(step.reset_index().assign(start=start, end=end))
    return {
        "components": cells,
        "areas": areas(PLACES, **{c: totals[c].to_numpy() for c in figures}),
        "steps": pd.concat(steps, ignore_index=True),
    }


def gerfin():
    outputs = shift_share(periods=("2005", "2015"))
    rng = np.random.default_rng(4)
    for frame in outputs.values():
        for part in ("national", "mix", "regional"):
            frame[part] = np.exp(rng.normal(0, 0.2, len(frame)))
        frame["growth"] = frame["national"] * frame["mix"] * frame["regional"]
    return outputs


def by_sector(measure="theil"):
    rng = np.random.default_rng(5)
    value = rng.uniform(0.1, 0.9, len(CODES))
    return pd.DataFrame(
        {
            "sector": CODES,
            "sector_name": [f"Sector {c}" for c in CODES],
            "measure": measure,
            "value": value,
            "null_mean": value / 3,
            "q": np.where(np.arange(len(CODES)) % 3, 0.01, 0.5),
            "corrected": value * 0.9,
            "low": value * 0.7,
            "high": value * 1.05,
        }
    )


def gini():
    table = by_sector("locational_gini")
    curves = []
    for code, value in zip(table["sector"], table["value"], strict=True):
        x = np.linspace(0, 1, len(PLACES) + 1)[1:]
        y = x ** (1 / (1 - value))
        curves.append(pd.DataFrame({"sector": code, "territory": PLACES, "reference": x, "share": y}))
    return {"indices": table, "curves": pd.concat(curves, ignore_index=True)}


def disparities():
    points = [
        pd.DataFrame(
            {
                "period": p,
                "territory": [None, *PLACES],
                "weight": np.linspace(0, 1, 9),
                "value": np.linspace(0, 1, 9) ** e,
            }
        )
        for p, e in (("2001", 1.5), ("2011", 2.0))
    ]
    measures = pd.DataFrame(
        {
            "period": ["2001", "2011"],
            "measure": "gini",
            "value": [0.2, 1 / 3],
            "low": [0.1, np.nan],
            "high": [0.3, np.nan],
        }
    )
    return {"measures": measures, "groups": pd.DataFrame(), "lorenz": pd.concat(points, ignore_index=True)}


def dartboard():
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"sector": CODES, "sector_name": [f"Sector {c}" for c in CODES]})
    table["plants"] = rng.integers(2, 900, len(table)).astype(float)
    table["gamma"] = rng.normal(0, 0.1, len(table))
    table["z"] = table["gamma"] * 30
    table["q"] = np.where(table["gamma"] > 0.05, 0.001, 0.6)
    table["reason"] = None
    table.loc[[1, 4], ["gamma", "z", "q"]] = np.nan
    table.loc[[1, 4], "reason"] = ["one plant", "withheld"]
    return {"output": table}


def complexity(**ends):
    rng = np.random.default_rng(7)
    eci = rng.normal(0, 1, len(PLACES))
    pci = rng.normal(0, 1, len(CODES))
    sectors = pd.DataFrame({"sector": CODES, "sector_name": [f"Sector {c}" for c in CODES], "pci": pci})
    sectors["rank"] = sectors["pci"].rank(ascending=False)
    found = areas(
        PLACES, eci=eci, low=eci - 0.5, high=eci + 0.5, rank=pd.Series(eci).rank(ascending=False).to_numpy()
    )
    return {"areas": found.assign(rank_low=1.0, rank_high=4.0, **ends), "sectors": sectors}


def relatedness():
    rng = np.random.default_rng(8)
    pairs = pd.DataFrame(list(combinations(CODES, 2)), columns=["sector", "other"])
    for end in ("sector", "other"):
        pairs[f"{end}_name"] = "Sector " + pairs[end]
    pairs["relatedness"] = rng.uniform(0.1, 1, len(pairs))
    pairs["z"] = rng.normal(0, 2, len(pairs))
    pairs["p"] = np.where(pairs["z"] > 2.5, 0.001, 0.3)
    pairs["q"] = np.where(pairs["z"] > 3, 0.01, 0.6)
    ubiquity = dict(zip(CODES, rng.integers(1, 9, len(CODES)).astype(float), strict=True))
    pairs["ubiquity"], pairs["other_ubiquity"] = (pairs[e].map(ubiquity) for e in ("sector", "other"))
    return {"output": pairs}


def quotients():
    rng = np.random.default_rng(9)
    index = pd.MultiIndex.from_product([PLACES, CODES], names=["territory", "sector"])
    table = index.to_frame(index=False)
    table["sector_name"] = "Sector " + table["sector"]
    table["lq"] = np.exp(rng.normal(0, 1, len(table)))
    table["low"], table["high"] = table["lq"] / 1.5, table["lq"] * 1.5
    table["employment"] = rng.integers(1, 900, len(table)).astype(float)
    table["excess"] = table["employment"] * (1 - 1 / table["lq"])
    return {"quotients": table, "areas": areas(PLACES)}


def cluster_cells():
    """A claim for each place and two groups, with everything the rules ask of it."""
    rng = np.random.default_rng(10)
    verdicts = ["cluster", "possible cluster", "concentration only", "undecided", "no cluster"]
    cells = pd.DataFrame([(p, g) for p in PLACES for g in ("food", "soft")], columns=["territory", "group"])
    cells["name"], cells["group_name"] = "Place " + cells["territory"], "Group " + cells["group"]
    cells["verdict"] = np.resize(np.array(verdicts, dtype=object), len(cells))
    cells["met"] = rng.integers(0, 9, len(cells))
    cells["lq"] = rng.uniform(0.2, 9, len(cells))
    criteria = list(clusters._CRITERIA)
    evidence = cells[["territory", "group"]].merge(pd.DataFrame({"criterion": criteria}), how="cross")
    evidence["passed"] = np.resize(np.array(["yes", "no", "unknown"], dtype=object), len(evidence))
    evidence["value"] = np.where(evidence["passed"] == "unknown", np.nan, rng.uniform(0, 200, len(evidence)))
    evidence["cure"] = np.where(evidence["passed"] == "unknown", "a layer of institutions", "")
    shapes = gpd.points_from_xy(np.arange(len(cells)) / 2, np.zeros(len(cells)))
    shown = gpd.GeoDataFrame(cells, geometry=shapes, crs=4326)
    return {"areas": shown[shown["verdict"] != "no cluster"], "cells": cells, "evidence": evidence}


def cluster_stars():
    rng = np.random.default_rng(11)
    table = cluster_cells()["cells"][["territory", "name", "group", "group_name", "lq"]]
    for k, star in enumerate(("size", "specialisation", "growth")):
        words = np.array(["yes", "unknown", "no"], dtype=object)
        table[f"star_{star}"] = words[rng.integers(0, 3, len(table)) - k]
    for measure in ("employment", "growth"):
        table[measure] = rng.uniform(0, 900, len(table))
    stars = table.filter(like="star_")
    table["stars"], table["stars_possible"] = (stars == "yes").sum(axis=1), (stars != "no").sum(axis=1)
    return {"stars": table.assign(preset="eco_unconfirmed", unconfirmed="focus; least_jobs")}


def contrasted():
    rng = np.random.default_rng(8)
    kinds = [
        "district and cluster",
        "district only",
        "cluster only",
        "neither",
        "both open",
        "district, cluster open",
    ]
    kinds += ["no district, cluster open", "no cluster, district open"]
    words = ["yes", "no", "unknown", "not asked"]
    table = pd.MultiIndex.from_product([PLACES, list("ABCDE")], names=["territory", "axis"]).to_frame(
        index=False
    )
    table["title"] = "Axis " + table["axis"]
    table["district_reading"] = rng.choice(words, len(table))
    table["cluster_reading"] = rng.choice(words[:3], len(table))
    known = table[["district_reading", "cluster_reading"]].isin(["yes", "no"]).all(axis=1)
    same = table["district_reading"] == table["cluster_reading"]
    table["agrees"] = np.where(known, np.where(same, "yes", "no"), "unknown")
    differ = table[table["agrees"] == "no"].groupby("territory")["axis"].agg("; ".join).reindex(PLACES)
    places = areas(
        PLACES,
        readings=kinds,
        group="food",
        differ_on=differ.to_numpy(),
        axes_differ=differ.str.count(";").fillna(0).to_numpy(),
    )
    return {"areas": places, "axes": table}


def benchmarked():
    rng = np.random.default_rng(9)
    table = pd.MultiIndex.from_product(
        [PLACES, ["rate", "gap", "same", "none"]], names=["territory", "indicator"]
    )
    table = table.to_frame(index=False)
    figures = np.sort(rng.normal(size=(len(table), 5)), axis=1)
    for name, values in zip(("least", "lower", "median", "upper", "most"), figures.T, strict=True):
        table[name] = np.where(table["indicator"] == "same", 1.0, values)
    table["value"] = np.where(table["indicator"] == "none", np.nan, 40 * rng.normal(size=len(table)))
    table["low"] = (table["value"] - 1).where(table["indicator"] == "rate")
    table["high"] = (table["value"] + 1).where(table["indicator"] == "rate")
    table = table.assign(peers=5, rank=2.0, rests_on="own intervals", name="Place " + table["territory"])
    return {"comparison": table.assign(rank_low=table["low"] * 0 + 1, rank_high=table["low"] * 0 + 4)}


def capital_scores():
    rng = np.random.default_rng(10)
    capitals = ["human", "social", "natural", "economic"]
    table = pd.MultiIndex.from_product([PLACES, capitals], names=["territory", "capital"]).to_frame(
        index=False
    )
    table["name"] = "Place " + table["territory"]
    table["score"] = np.where(table["capital"] == "natural", np.nan, rng.uniform(size=len(table)))
    table["score_low"] = (table["score"] - 0.1).where(table["capital"] == "human")
    table["score_high"] = table["score_low"] + 0.2
    table = table.assign(known=2, indicators=3, normalisation="percentile")
    figures = table.rename(columns={"score": "normalised", "score_low": "normalised_low"})
    figures = figures.assign(
        indicator=[f"Indicator {k}" for k in range(len(table))],
        direction="lower",
        normalised_high=table["score_high"],
    )
    return {"scores": table, "normalised": figures}


def community():
    rng = np.random.default_rng(11)
    moved = rng.uniform(0.1, 0.3, len(PLACES))
    places = areas(
        PLACES,
        overlap=0.8,
        moved=moved,
        moved_chance=moved - 0.05,
        q_moved=np.resize([0.01, 0.5], len(PLACES)),
    )
    homes = places[["territory", "geometry"]].assign(
        place=places["territory"], difference=rng.normal(0, 0.1, len(PLACES))
    )
    rows = pd.MultiIndex.from_product([PLACES, CODES], names=["territory", "sector"]).to_frame(index=False)
    rows = rows.assign(before=10.0, after=12.0, beyond=rng.normal(0, 9, len(rows)))
    return {"areas": places, "homes_and_jobs": homes, "division": rows}


def strong_clusters():
    table = cluster_stars()["stars"].rename(columns={"star_size": "strong"})
    return {"clusters": table}


def related_groups():
    sectors = pd.DataFrame({"sector": CODES, "sector_name": [f"Sector {c}" for c in CODES]})
    sectors["group"] = np.resize(np.array(["G01", "G02", "G03"], dtype=object), len(CODES))
    links = pd.DataFrame(list(combinations(CODES[:8], 2)), columns=["sector", "other"])
    group = sectors.set_index("sector")["group"]
    links["similarity"] = 1.0
    links["together"] = np.where(links["sector"].map(group) == links["other"].map(group), "yes", "no")
    return {"sectors": sectors, "network": links}


def knowledge():
    classes = ["high_tech", "kis_market", "lkis_other"]
    table = pd.DataFrame([(p, c) for p in PLACES for c in classes], columns=["territory", "class"])
    table["name"] = "Place " + table["territory"]
    table["share"] = np.linspace(0.01, 0.3, len(table))
    return {"content": table}


CASES = {
    "cluster_map": (plots.cluster_map, cluster_cells, "food"),
    "cluster_evidence": (plots.cluster_evidence, cluster_cells, "t1"),
    "cluster_ratings": (plots.cluster_ratings, cluster_stars, "food"),
    "strong_map": (plots.strong_map, strong_clusters, "t1"),
    "group_network": (plots.group_network, related_groups, "00"),
    "knowledge_shares": (plots.knowledge_shares, knowledge, "t1"),
    "contrast_matrix": (plots.contrast_matrix, contrasted, "t1"),
    "contrast_map": (plots.contrast_map, contrasted, "t1"),
    "beside_peers": (plots.beside_peers, benchmarked, "t1"),
    "capitals_matrix": (plots.capitals_matrix, capital_scores, "t1"),
    "homes_and_jobs_map": (plots.homes_and_jobs_map, community, "t1"),
    "division_change": (plots.division_change, community, "t1"),
    "components": (plots.components, shift_share, "t1"),
    "components_of_a_sector": (plots.components, shift_share, "00"),
    "components_as_indices": (plots.components, gerfin, "t1"),
    "steps": (plots.steps, shift_share, "t1"),
    "lorenz": (plots.lorenz, gini, "00"),
    "lorenz_of_heads": (plots.lorenz, disparities, "2001"),
    "ranking": (plots.ranking, complexity, "t1"),
    "ranking_of_sectors": (plots.ranking, complexity, "00"),
    "sector_ranking": (plots.sector_ranking, complexity, "00"),
    "concentration": (plots.concentration, lambda: {"output": by_sector()}, "00"),
    "dartboard": (plots.dartboard, dartboard, "00"),
    "network": (plots.network, relatedness, "00"),
    "forest": (plots.forest, quotients, "t1"),
    "bubbles": (plots.bubbles, quotients, "t1"),
}
ALL = pytest.mark.parametrize(("draw", "outputs"), [case[:2] for case in CASES.values()], ids=CASES)
EVERY = pytest.mark.parametrize(("draw", "outputs", "focus"), CASES.values(), ids=CASES)


def texts(figure):
    svg_uri(figure)
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


def dots(figure):
    """Places of all scattered dots, in the order of drawing."""
    found = [c.get_offsets() for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    return np.concatenate([np.asarray(offsets) for offsets in found])


def marks(figure, marker):
    """Places of all markers of a kind drawn as lines, from the top down."""
    lines = [line.get_xydata() for line in figure.axes[0].lines if line.get_marker() == marker]
    every = np.concatenate(lines)
    return every[np.argsort(-every[:, 1], kind="stable")]


def rows(figure):
    """Labels of the rows from the top down."""
    labels = figure.axes[0].get_yticklabels()
    return [label.get_text() for label in sorted(labels, key=lambda label: -label.get_position()[1])]


@EVERY
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_tables_give_the_same_picture(draw, outputs, focus, lang):
    for chosen in (None, focus):
        assert svg_uri(draw(outputs(), focus=chosen, lang=lang)) == svg_uri(
            draw(outputs(), focus=chosen, lang=lang)
        )


@ALL
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_said_to_be_nothing(draw, outputs, lang):
    empty = {name: table.iloc[:0] for name, table in outputs().items()}
    assert texts(draw(empty, lang=lang)) == [translator(lang)(NO_DATA)]


@ALL
def test_unknown_codes_are_refused(draw, outputs):
    with pytest.raises(LayerError, match="“zz” is no"):
        draw(outputs(), focus="zz")


@EVERY
def test_names_are_drawn_literally(draw, outputs, focus):
    given = outputs()
    for table in given.values():
        for column in table.columns.intersection(["name", "sector_name", "other_name"]):
            table[column] = np.resize(np.array(HOSTILE, dtype=object), len(table))
    for chosen in (None, focus):
        figure = draw(given, focus=chosen)
        texts(figure)
        named = [t for t in figure.findobj(Text) if any(name and name in t.get_text() for name in HOSTILE)]
        assert not any(t.get_parse_math() for t in named)


@ALL
def test_hostile_codes_are_drawn_where_names_are_missing(draw, outputs):
    given = outputs()
    codes = dict(
        zip([*PLACES, *CODES], ([*HOSTILE[:6], "x", "y", "z", "w"] * 2)[: len(PLACES + CODES)], strict=True)
    )
    for name, table in given.items():
        blank = table.columns.intersection(["name", "sector_name", "other_name"])
        given[name] = table.replace(codes).assign(**dict.fromkeys(blank))
    texts(draw(given))


def test_pieces_of_a_bar_add_up_to_the_change():
    outputs = shift_share()
    figure = plots.components(outputs)
    table = outputs["areas"].sort_values("change", ascending=False)
    assert rows(figure) == table["name"].tolist()
    diamonds = marks(figure, "D")
    np.testing.assert_allclose(diamonds[:, 0], table["change"])
    bars = pd.DataFrame(
        [(b.get_y() + b.get_height() / 2, b.get_width()) for b in figure.axes[0].patches],
        columns=["y", "width"],
    )
    sums = bars.groupby(bars["y"].round())["width"].sum().sort_index(ascending=False)
    np.testing.assert_allclose(sums, table["change"])
    ends = [(b.get_x(), b.get_x() + b.get_width()) for b in figure.axes[0].patches]
    assert all(min(end) >= 0 or max(end) <= 0 for end in np.round(ends, 9))


@pytest.mark.parametrize(
    ("outputs", "method"),
    [
        (shift_share(periods=("2005", "2015")), "classic method"),
        (shift_share(), "dynamic method"),
        (shift_share(("national_homothetic", "mix_differential")), "method of Arcelus"),
        (shift_share(("national", "mix", "competitive", "allocation")), "method of Esteban-Marquillas"),
        (shift_share(("national", "neighbours", "regional")), "spatial method of Nazara and Hewings"),
        (gerfin(), "factors of Gerfin"),
    ],
)
def test_the_method_of_a_change_is_named(outputs, method):
    assert any(f" · {method} · " in text.replace("\n", " ") for text in texts(plots.components(outputs)))


def test_a_territory_is_drawn_by_its_sectors_and_a_sector_by_its_territories():
    outputs = shift_share()
    cells = outputs["components"].sort_values("change", ascending=False)
    figure = plots.components(outputs, focus="t3")
    assert rows(figure) == cells.loc[cells["territory"] == "t3", "sector_name"].tolist()
    assert "Components of change, most growth first · dynamic method · Place t3 · 2005–2015" in texts(figure)
    of_sector = cells[cells["sector"] == "24"]
    assert rows(plots.components(outputs, focus="24")) == [f"Place {t}" for t in of_sector["territory"]]


def test_components_that_are_nothing_but_rounding_are_left_out():
    outputs = shift_share(parts=("national", "mix", "regional", "unsplit"))
    for name, table in outputs.items():
        outputs[name] = table.assign(unsplit=1e-9)
    assert not any("not divided" in text for text in texts(plots.components(outputs)))


def test_indices_are_dots_in_order_of_growth():
    outputs = gerfin()
    table = outputs["areas"].sort_values("growth", ascending=False)
    figure = plots.components(outputs)
    assert rows(figure) == table["name"].tolist()
    np.testing.assert_allclose(marks(figure, "D")[:, 0], table["growth"])
    circles = marks(figure, "o")[:, 0].reshape(-1, 3)
    np.testing.assert_allclose(circles, table[["mix", "national", "regional"]])


def test_steps_are_cumulated_or_drawn_one_by_one():
    outputs = shift_share()
    table = outputs["steps"]
    drawn = [line.get_ydata() for line in plots.steps(outputs).axes[0].lines if len(line.get_ydata()) == 3]
    own = table.pivot_table(index="territory", columns="start", values="regional").cumsum(axis=1)
    expected = np.column_stack([np.zeros(len(own)), own])
    np.testing.assert_allclose(sorted(map(tuple, drawn)), sorted(map(tuple, expected)))
    figure = plots.steps(outputs, focus="t2")
    np.testing.assert_allclose(marks(figure, "D")[:, 0], table.loc[table["territory"] == "t2", "change"])
    assert rows(figure) == ["2005–2010", "2010–2015"]
    with pytest.raises(LayerError, match="one step only"):
        plots.steps(shift_share(periods=("2005", "2015")))


def test_largest_changes_carry_a_name_and_the_others_one_row_of_the_legend():
    outputs = shift_share()
    steps = outputs["steps"]
    extra = [steps.assign(territory=steps["territory"] + k, regional=steps["regional"] / 99) for k in "xy"]
    outputs["steps"] = pd.concat([steps, *extra], ignore_index=True)
    outputs["areas"] = areas(sorted(outputs["steps"]["territory"].unique()))
    figure = plots.steps(outputs)
    own = outputs["steps"].groupby("territory")["regional"].sum()
    largest = {*own[own > 0].nlargest(4).index, *own[own < 0].nsmallest(4).index}
    named = {t.get_text() for t in figure.axes[0].texts}
    assert named == {f"Place {t}" for t in largest}
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ["gained most", "lost most", f"others ({len(own) - len(largest)})"]


def test_halves_of_a_component_share_a_colour_and_differ_by_hatching():
    halves = [f"{part}_{half}" for part in ("national", "mix") for half in ("homothetic", "differential")]
    figure = plots.components(shift_share(parts=halves))
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend[:2] == ["growth of the whole", "mix of sectors"]
    assert legend[2].startswith("hatched")
    looks = {(bar.get_facecolor(), bar.get_hatch()) for bar in figure.axes[0].patches}
    assert len(looks) == 4
    assert len({colour for colour, _ in looks}) == 2


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ("employment", "Jobs gained or lost"),
        ("establishments", "Establishments gained or lost"),
        (None, "Jobs or establishments gained or lost"),
    ],
)
def test_the_axis_says_what_is_counted(measure, text):
    outputs = shift_share()
    if measure is not None:
        outputs = {name: table.assign(measure=measure) for name, table in outputs.items()}
    assert plots.components(outputs).axes[0].get_xlabel() == text
    upright = plots.steps(outputs).axes[0].get_ylabel().replace("\n", " ")
    assert upright == f"{text} since the start that are own to the territory"


def test_curves_are_those_of_the_table_and_state_their_gini():
    outputs = gini()
    figure = plots.lorenz(outputs, focus="24")
    curve = outputs["curves"][outputs["curves"]["sector"] == "24"]
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(
        figure.axes[0].lines[1].get_xydata()[1:], curve[["reference", "share"]].to_numpy()
    )
    row = (
        outputs["indices"]
        .set_index("sector")
        .loc["24", ["value", "null_mean", "corrected", "low", "high"]]
        .astype(float)
    )
    stated = f"Gini {row['value']:.3f}\nby chance {row['null_mean']:.3f}; without it {row['corrected']:.3f}"
    assert any(f"{stated} ({row['low']:.3f}–{row['high']:.3f})" in text for text in texts(figure))


def test_most_and_least_concentrated_sectors_are_drawn():
    outputs = gini()
    table = outputs["indices"]
    drawn = [text.split("\n")[0] for text in texts(plots.lorenz(outputs)) if "\nGini" in text]
    most = table[table["q"] < 0.05].nlargest(4, "low")["sector_name"].tolist()
    assert drawn[:4] == most
    assert drawn[-1] == table.nsmallest(1, "value")["sector_name"].item()


def test_each_period_has_a_curve():
    outputs = disparities()
    found = [text for text in texts(plots.lorenz(outputs)) if "\nGini" in text]
    assert found == ["2001\nGini 0.200 (0.100–0.300)", "2011\nGini 0.333"]
    alone = {name: table.assign(period=None) if len(table) else table for name, table in outputs.items()}
    alone["lorenz"], alone["measures"] = alone["lorenz"].iloc[:9], alone["measures"].iloc[:1]
    assert "Gini 0.200 (0.100–0.300)" in texts(plots.lorenz(alone))


def test_territories_are_ranked_with_their_intervals():
    outputs = complexity()
    table = outputs["areas"].sort_values("eci", ascending=False)
    figure = plots.ranking(outputs, focus="t4")
    assert rows(figure) == table["name"].tolist()
    np.testing.assert_allclose(marks(figure, "o")[:, 0], table["eci"])
    segments = np.array(figure.axes[0].collections[0].get_segments())
    np.testing.assert_allclose(segments[:, :, 0], table[["low", "high"]])
    filled = [line for line in figure.axes[0].lines if line.get_marker() == "o"][1].get_xdata()
    assert set(filled) == set(table.loc[table["eci"].abs() > 0.5, "eci"])
    bold = [t.get_text() for t in figure.axes[0].get_yticklabels() if t.get_fontweight() == "bold"]
    assert bold == ["Place t4"]


def test_long_rankings_keep_both_ends_and_what_was_asked_for():
    outputs = complexity()
    codes = [f"{i:03}" for i in range(90)]
    outputs["sectors"] = pd.DataFrame(
        {"sector": codes, "sector_name": codes, "pci": np.linspace(2, -2, 90), "rank": np.arange(90) + 1.0}
    )
    assert rows(plots.sector_ranking(outputs, focus="040")) == [*codes[:12], "040", *codes[-12:]]
    assert "0.20; rank 41" in texts(plots.sector_ranking(outputs, focus="040"))


def test_sure_concentrations_come_first():
    table = by_sector()
    figure = plots.concentration({"output": table})
    order = table.assign(sure=table["q"] < 0.05).sort_values(["sure", "low"], ascending=False)
    assert rows(figure) == order["sector_name"].tolist()
    np.testing.assert_allclose(marks(figure, "o")[:, 0], order["value"])
    np.testing.assert_allclose(marks(figure, "|")[:, 0], order["null_mean"])
    np.testing.assert_allclose(marks(figure, "s")[:, 0], order["corrected"])


def test_bounds_of_withheld_cells_are_drawn_as_such():
    table = by_sector().drop(columns=["low", "high", "corrected", "null_mean", "q"])
    table["least"], table["most"] = table["value"] * 0.8, table["value"]
    table.loc[1:, "most"] = table.loc[1:, "least"] = table.loc[1:, "value"]
    figure = plots.concentration({"output": table})
    assert "what withheld cells leave open" in texts(figure)
    assert "unlike chance (q < 0.05)" not in texts(figure)
    assert len({text for text in texts(figure) if "(" in text}) == 1


def test_dots_of_the_dartboard_are_filled_where_they_differ_from_chance():
    table = dartboard()["output"]
    figure = plots.dartboard({"output": table})
    known = table[table["gamma"].notna()]
    sure = known[known["q"] < 0.05]
    assert {tuple(p) for p in dots(figure)} == set(zip(known["plants"], known["gamma"], strict=True))
    np.testing.assert_allclose(figure.axes[0].collections[1].get_offsets(), sure[["plants", "gamma"]])
    below = next(text for text in texts(figure) if text.startswith("Without a value"))
    assert "one establishment (1): Sector 01" in below
    assert "withheld (1): Sector 24" in below
    first = sure.nlargest(1, "z")["sector_name"].item()
    assert any(text.startswith(f"{first} (z ") for text in texts(figure))


def links(figure):
    (found,) = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    return found


def note(figure):
    return figure.legends[0].get_title().get_text().replace("\n", " ")


def test_links_of_the_network_are_those_that_hold_against_chance():
    pairs = relatedness()["output"]
    figure = plots.network({"output": pairs})
    sure = pairs[pairs["q"] < 0.05]
    linked = sorted({*sure["sector"], *sure["other"]})
    assert len(links(figure).get_segments()) == len(sure)
    assert links(figure).get_linestyle()[0][1] is None
    assert len(dots(figure)) == len(linked)
    out = f"Sectors without such a pair are left out: {len(CODES) - len(linked)}."
    assert f"Drawn: all {len(sure)} of {len(pairs)} pairs that are unlike chance. {out}" in note(figure)
    sizes = figure.axes[0].collections[-1].get_sizes()
    ubiquity = pd.concat([pairs.set_index("sector")["ubiquity"], pairs.set_index("other")["other_ubiquity"]])
    known = ubiquity[~ubiquity.index.duplicated()].loc[linked]
    np.testing.assert_allclose(np.corrcoef(sizes, known)[0, 1], 1)


def test_where_no_link_holds_the_likely_ones_are_drawn_beside_what_chance_would_give():
    pairs = relatedness()["output"].assign(q=0.9)
    figure = plots.network({"output": pairs})
    likely = (pairs["p"] <= 0.001).sum()
    assert len(links(figure).get_segments()) == likely
    assert links(figure).get_linestyle()[0][1] is not None
    assert f"the {likely} of {len(pairs)} pairs with p ≤ 0.001; chance alone would give about 0." in note(
        figure
    )


def test_without_a_test_the_backbone_is_drawn_and_said_to_be_one():
    pairs = relatedness()["output"].drop(columns=["z", "p", "q", "ubiquity", "other_ubiquity"])
    figure = plots.network({"output": pairs})
    # A tree over all sectors holds them together; half as many strong links lie beside it or in it.
    assert len(CODES) - 1 <= len(links(figure).get_segments()) <= 1.5 * len(CODES)
    assert len(dots(figure)) == len(CODES)
    assert "maximum spanning tree" in note(figure)


def test_a_sector_without_links_is_drawn_if_asked_for():
    pairs = relatedness()["output"]
    sure = pairs[pairs["q"] < 0.05]
    alone = next(code for code in CODES if code not in {*sure["sector"], *sure["other"]})
    figure = plots.network({"output": pairs}, focus=alone)
    assert f"Sector {alone}" in [t.get_text() for t in figure.axes[0].texts]


def test_parts_of_a_network_that_share_nothing_are_drawn_apart():
    pairs = relatedness()["output"].drop(columns=["z", "p", "q"])
    apart = (pairs["sector"] < "2") != (pairs["other"] < "2")
    figure = plots.network({"output": pairs.assign(relatedness=pairs["relatedness"].where(~apart, 0.0))})
    assert np.isfinite(dots(figure)).all()


def test_labels_of_the_network_cover_no_label_and_no_dot():
    figure = plots.network(relatedness())
    svg_uri(figure)
    (drawn,) = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    places = figure.axes[0].transData.transform(drawn.get_offsets())
    for label in figure.axes[0].texts:
        box = label.get_window_extent()
        assert not any(box.contains(*place) for place in places)
    boxes = [t.get_window_extent() for t in figure.axes[0].texts if isinstance(t, Annotation)]
    assert len(boxes) > 3
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


@EVERY
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_leaves_the_picture(draw, outputs, focus, lang, outside):
    given = outputs()
    for table in given.values():
        for column in table.columns.intersection(["name", "sector_name", "other_name"]):
            table[column] = (
                "Manufacture of instruments and appliances for measuring, testing: " + table[column]
            )
    for chosen in (None, focus):
        assert outside(draw(given, focus=chosen, lang=lang)) == []


def test_ranked_figures_have_decimals_that_count():
    outputs = complexity()
    outputs["areas"]["eci"] = [1.234, 0.5, -0.00001, 0.0, -1.5, 0.00004, -0.3, 0.1]
    english = [t.split(";")[0] for t in texts(plots.ranking(outputs)) if "rank" in t]
    spanish = [t.split(";")[0] for t in texts(plots.ranking(outputs, lang="es")) if "puesto" in t]
    assert sorted(set(english)) == ["0.00", "0.10", "0.50", "1.23", "−0.30", "−1.50"]
    assert sorted(set(spanish)) == ["0,00", "0,10", "0,50", "1,23", "−0,30", "−1,50"]
    named = {"eci": "fitness", "pci": "complexity"}
    outputs = {name: table.rename(columns=named) for name, table in outputs.items()}
    outputs["areas"]["fitness"] = [3.0, 1.0, 0.9, 0.5, 0.1, 0.02, 0.009, 0.00001]
    small = [t.split(";")[0] for t in texts(plots.ranking(outputs, lang="es")) if "puesto" in t]
    assert {"< 0,01", "0,02"} <= set(small)
    assert "0,00" not in small


def test_bubbles_have_a_key_of_sizes_and_several_ticks():
    outputs = quotients()
    figure = plots.bubbles(outputs)
    shown = [t.get_text() for t in figure.axes[0].texts]
    at = shown.index("Area: excess of jobs")
    sizes = [float(t.replace(",", "")) for t in shown[at - 3 : at]]
    assert sizes == sorted(sizes)
    assert sizes[-1] <= outputs["quotients"]["excess"].max()
    assert len(figure.axes[0].get_yticks()) >= 3
    outputs["quotients"]["excess"] = np.nan
    assert len(dots(plots.bubbles(outputs))) >= len(PLACES) * len(CODES)


def test_every_picture_has_a_title_and_says_how_to_read_it():
    from geoterritorio.registry import TOOLS, describe

    for tool in PLOTS:
        if tool in TOOLS:
            assert all(p["title"] and p["help"] for p in describe(tool)["plots"])


def test_a_contrast_frames_what_disagrees():
    outputs = contrasted()
    figure = plots.contrast_matrix(outputs)
    frames = [c for c in figure.axes[0].collections if (c.get_linewidths() == 1.6).all()]
    assert [len(c.get_paths()) for c in frames] == [(outputs["axes"]["agrees"] == "no").sum()]


def test_capitals_that_are_unknown_are_hatched_and_never_a_colour():
    figure = plots.capitals_matrix(capital_scores())
    hatched = [b for b in figure.axes[0].patches if b.get_hatch()]
    assert len(hatched) == len(PLACES)
    assert len(figure.axes[0].patches) == 4 * len(PLACES)
    one = plots.capitals_matrix(capital_scores(), focus="t1").axes[0]
    assert len([b for b in one.patches if b.get_hatch()]) == 1


def test_work_that_moved_stands_beside_what_chance_moves():
    outputs = community()
    axes = plots.division_change(outputs).axes[0]
    full = [line for line in axes.lines if line.get_markersize() == 7]
    told = outputs["areas"].query("q_moved < 0.05")["moved"]
    assert sorted(full[0].get_xdata()) == pytest.approx(sorted(100 * told))
    assert plots.division_change({**outputs, "areas": outputs["areas"].assign(moved=np.nan)}).axes


def test_dots_beside_peers_are_where_the_table_says():
    outputs = benchmarked()
    rows_ = outputs["comparison"].query("territory == 't1' and indicator != 'none'")
    half = (rows_["upper"] - rows_["lower"]) / 2
    told = ((rows_["value"] - rows_["median"]) / half.where(half > 0, 1.0)).clip(-5, 5)
    axes = plots.beside_peers(outputs, focus="t1").axes[0]
    drawn = {tuple(p) for line in axes.lines if line.get_markersize() == 6 for p in line.get_xydata()}
    assert sorted(y for _, y in drawn) == [0, 1, 2]
    np.testing.assert_allclose([x for x, _ in sorted(drawn, key=lambda p: p[1])], told)


def test_open_shares_are_hatched_and_not_ranked():
    """t1's high technology may be from nothing to 40 %: it is drawn so, named, and no row is moved by it."""
    content = knowledge()["content"].assign(share_low=lambda f: f["share"], share_high=lambda f: f["share"])
    mine = (content["territory"] == "t1") & (content["class"] == "high_tech")
    content.loc[mine, ["share", "share_low", "share_high"]] = [np.nan, 0.0, 0.4]
    figure = plots.knowledge_shares({"content": content})
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == [f"Place {p}" for p in PLACES]
    hatched = [b for b in figure.axes[0].patches if b.get_hatch() and b.get_width() > 0]
    assert [b.get_width() for b in hatched] == pytest.approx([0.4])
    words = [t.get_text() for t in figure.legends[0].get_texts()]
    assert "high technology" in words
    assert "open: these data cannot tell" in words
    every = plots.knowledge_shares({"content": content.assign(share=np.nan, share_low=0.0, share_high=1.0)})
    assert sum(bool(b.get_hatch() and b.get_width() > 0) for b in every.axes[0].patches) == len(PLACES)


def test_withheld_quotients_are_drawn_between_their_limits_or_counted():
    """t0 food lies between 1 and 4, t1 food is open: the one is hatched, the other told in the note."""
    table = strong_clusters()["clusters"].assign(strong="yes")
    food = table["group"] == "food"
    hidden = food & table["territory"].isin(["t0", "t1"])
    table.loc[hidden, ["strong", "lq"]] = ["unknown", np.nan]
    evidence = table[["territory", "group"]].assign(criterion="specialisation", low=np.nan, high=np.nan)
    evidence.loc[hidden & (table["territory"] == "t0"), ["low", "high"]] = [1.0, 4.0]
    figure = plots.strong_map({"clusters": table, "evidence": evidence})
    hatched = [b for b in figure.axes[0].patches if b.get_hatch() and b.get_width() > 0]
    assert [(b.get_x(), b.get_width()) for b in hatched] == [(1.0, 3.0)]
    assert len(figure.axes[0].get_yticklabels()) == len(table) - 1
    assert "1 are unknown" in figure.legends[0].get_title().get_text()
    gone = table.assign(strong="unknown", lq=np.nan)
    text = plots.strong_map({"clusters": gone}).axes[0].texts[0].get_text()
    assert "figures of the withheld cells" in text.replace("\n", " ")


def test_names_of_strong_clusters_keep_their_territory():
    table = strong_clusters()["clusters"].assign(strong="yes")
    table["group_name"] = (
        "Manufacture of basic chemicals, fertilisers and nitrogen, plastics and synthetic rubber"
    )
    table["name"] = "Labour market of " + table["territory"]
    labels = [
        t.get_text().replace("\n", " ")
        for t in plots.strong_map({"clusters": table}).axes[0].get_yticklabels()
    ]
    assert {label.split()[-1] for label in labels} == set(table["territory"])
