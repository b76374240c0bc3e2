"""Pictures of networks, histories and estimates: what is drawn is what the tables say, in both languages, uncut."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.collections import PathCollection
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from geoterritorio.delimitation.tools import (
    crosswalk,
    division_agreement,
    flow_communities,
    harmonised_panel,
    history_checks,
    lineage,
    market_network,
    transfer,
)
from geoterritorio.errors import LayerError
from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.interface.cli import main
from geoterritorio.publication import plots
from geoterritorio.publication.drawing import NO_DATA, svg_uri

LONG = "Manufacture of instruments and appliances for measuring, testing: "
HOSTILE = ["$x$", "a_b^c", "$\\frac{1", "{{ 7*7 }}", "<script>", "%s\\", "名前\x00", "n" * 300, "", "{0}"]
DAYS = ["1981-01-01", "1990-01-01", "2000-01-01", "2010-01-01"]


def strip(number, *, names=True, prefix="t", width=1000.0, step=1000.0):
    shapes = [shapely.box(step * k, 0, step * k + width, 1000) for k in range(number)]
    ids = [f"{prefix}{k}" for k in range(number)]
    table = {"territory": ids, **({"name": [f"Place {i}" for i in ids]} if names else {})}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=25830)


def network():
    rng = np.random.default_rng(2)
    matrix = rng.integers(1, 90, (8, 8)) * (rng.random((8, 8)) < 0.7) + 300 * np.eye(8)
    rows, columns = np.nonzero(matrix)
    names = np.array([f"t{k}" for k in range(8)], dtype=object)
    flows = pd.DataFrame(
        {"origin": names[rows], "destination": names[columns], "flow": matrix[rows, columns]}
    )
    areas = strip(8).assign(territory=[f"m{k}" for k in range(8)])
    return dict(vars(market_network(strip(8), flows, areas, draws=9)))


def history():
    """Two merge, one is divided, one is renamed; the rest stays."""
    rows = []
    places = strip(8)
    for k, row in enumerate(places.itertuples(index=False)):
        until = DAYS[1] if k in {0, 1} else DAYS[2] if k == 2 else DAYS[3] if k == 3 else None
        rows.append((row.territory, row.name, DAYS[0], until, row.geometry))
    whole = shapely.union_all(places.geometry.to_numpy()[:2])
    rows.append(("n0", "Place n0", DAYS[1], None, whole))
    for name, (a, b) in {"n1": (2000, 2400), "n2": (2400, 3000)}.items():
        rows.append((name, f"Place {name}", DAYS[2], None, shapely.box(a, 0, b, 1000)))
    rows.append(("t3", "Another name", DAYS[3], None, places.geometry.iloc[3]))
    table = pd.DataFrame(rows, columns=["territory", "name", "valid_from", "valid_to", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=25830)


def faulty():
    found = history()
    found.loc[5, "geometry"] = shapely.box(5050, 0, 6004, 1000)
    return {**vars(history_checks(found)), "history": found}


def divided():
    return dict(vars(crosswalk(strip(8), strip(5, prefix="u", step=1500, width=1500))))


def told():
    figures = pd.DataFrame({"territory": [f"t{k}" for k in range(8)], "value": np.arange(8) * 100.0 + 7})
    target = strip(5, prefix="u", step=1600, width=1600)
    return dict(vars(transfer(figures.assign(period="2001"), strip(8), target)))


def panel():
    parts = []
    for period in ("1985-01-01", "1995-01-01", "2005-01-01", "2015-01-01"):
        shown = history().loc[lambda h, p=period: (h["valid_from"] <= p) & ~(h["valid_to"].fillna("9") <= p)]
        value = np.linspace(100, 900, len(shown)) * (1 + int(period[:4]) / 3000)
        parts.append(pd.DataFrame({"territory": shown["territory"], "period": period, "value": value}))
    return dict(vars(harmonised_panel(history(), pd.concat(parts), day="2015-01-01")))


CASES = {
    "market_flows": (plots.market_flows, network, "m1"),
    "lineages": (plots.lineages, lambda: dict(vars(lineage(history()))), "n1"),
    "faults": (plots.faults, faulty, "t5"),
    "in_force": (plots.in_force, lambda: {"output": strip(8)}, "t1"),
    "divided": (plots.divided, divided, "t1"),
    "estimates": (plots.estimates, told, "u1"),
    "certainty": (plots.certainty, told, "u1"),
    "certainty_of_a_panel": (plots.certainty, panel, "n1"),
    "panel": (plots.panel, panel, "n1"),
}
ALL = pytest.mark.parametrize(("draw", "outputs"), [case[:2] for case in CASES.values()], ids=CASES)
EVERY = pytest.mark.parametrize(("draw", "outputs", "focus"), CASES.values(), ids=CASES)


def texts(figure):
    svg_uri(figure)
    return [t.get_text() for t in figure.findobj(Text) if t.get_text()]


def rows(figure):
    labels = figure.axes[0].get_yticklabels()
    return [label.get_text() for label in sorted(labels, key=lambda label: -label.get_position()[1])]


def named(outputs, names):
    for table in outputs.values():
        for column in table.columns:
            if column == "name" or column.endswith("_name"):
                table[column] = names(table[column])
    return outputs


@EVERY
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_cut_off_and_the_same_tables_give_the_same_picture(draw, outputs, focus, lang, outside):
    for chosen in (None, focus):
        long = named(outputs(), lambda column: LONG + column.astype(object).fillna("").astype(str))
        figure = draw(long, focus=chosen, lang=lang)
        assert outside(figure) == []
        assert svg_uri(draw(outputs(), focus=chosen, lang=lang)) == svg_uri(
            draw(outputs(), focus=chosen, lang=lang)
        )


@ALL
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_said_to_be_nothing_and_unknown_codes_are_refused(draw, outputs, lang):
    empty = {name: table.iloc[:0] for name, table in outputs().items()}
    assert texts(draw(empty, lang=lang)) == [translator(lang)(NO_DATA)]
    with pytest.raises(LayerError, match="“zz” is no"):
        draw(outputs(), focus="zz", lang=lang)


@EVERY
def test_names_are_drawn_literally(draw, outputs, focus):
    given = named(outputs(), lambda column: np.resize(np.array(HOSTILE, dtype=object), len(column)))
    for chosen in (None, focus):
        figure = draw(given, focus=chosen)
        texts(figure)
        mine = [t for t in figure.findobj(Text) if any(name and name in t.get_text() for name in HOSTILE)]
        assert not any(t.get_parse_math() for t in mine)


def test_arrows_are_the_largest_flows_and_go_to_where_people_work():
    outputs = network()
    figure = plots.market_flows(outputs)
    arrows = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    links = outputs["links"].sort_values(["flow", "origin", "destination"], ascending=[True, False, False])
    shown = links.tail(len(arrows))
    assert shown["flow"].sum() >= 0.85 * links["flow"].sum()
    assert shown["flow"].iloc[1:].sum() < 0.85 * links["flow"].sum()
    for arrow, line in zip(arrows, shown.geometry, strict=True):
        start, end = arrow._posA_posB
        np.testing.assert_allclose([start, end], shapely.get_coordinates(line))
    note = " ".join(t.get_text() for t in [figure.legends[0].get_title()]).replace("\n", " ")
    assert f"the {len(arrows)} largest of {len(links)} flows" in note
    own = plots.market_flows(outputs, focus="m1")
    ends = [p._posA_posB for p in own.axes[0].patches if isinstance(p, FancyArrowPatch)]
    centre = shapely.get_coordinates(links[links["origin"] == "m1"].geometry.iloc[0])[0]
    assert all(np.allclose(a, centre) or np.allclose(b, centre) for a, b in ends)


def test_a_market_that_nobody_leaves_is_drawn():
    outputs = network()
    outputs["links"] = outputs["links"].iloc[:0]
    figure = plots.market_flows(outputs)
    assert not [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    assert "Place t1" in texts(figure)


def test_only_territories_with_events_have_rows():
    outputs = dict(vars(lineage(history())))
    figure = plots.lineages(outputs)
    assert rows(figure) == [
        "Place t0 (t0)",
        "Place t1 (t1)",
        "Place n0 (n0)",
        "Place t2 (t2)",
        "Place n1 (n1)",
        "Place n2 (n2)",
        "Another name (t3)",
    ]
    assert {"merger", "division", "renaming"} <= set(texts(figure))
    crosses = [
        line.get_xydata()
        for line in figure.axes[0].lines
        if line.get_marker() == "X" and len(line.get_xdata())
    ]
    assert sorted(np.concatenate(crosses)[:, 1]) == [3, 5, 6]
    assert rows(plots.lineages(outputs, focus="n1")) == ["Place t2 (t2)", "Place n1 (n1)", "Place n2 (n2)"]


def test_very_many_events_leave_those_that_moved_most_land():
    number = 90
    ids = [f"a{k:02}" for k in range(number)]
    events = pd.DataFrame(
        {
            "event": range(number),
            "date": [f"{1950 + k % 60}-01-01" for k in range(number)],
            "kind": "absorption",
            "before": ids,
            "after": ids,
            "area_km2": np.arange(number, dtype=float),
        }
    )
    halves = [
        events[["event", "date", "kind"]].assign(predecessor=gone, successor=ids)
        for gone in (ids, [f"b{i}" for i in ids])
    ]
    links = pd.concat(halves, ignore_index=True)
    figure = plots.lineages({"events": events, "links": links})
    assert len(rows(figure)) == 48
    assert set(rows(figure)) == {i for k in range(66, number) for i in (ids[k], f"b{ids[k]}")}
    assert any("events: 24 of 90" in text and "48 of 180 territories" in text for text in texts(figure))


def test_faults_are_drawn_and_counted():
    outputs = faulty()
    figure = plots.faults(outputs)
    counts = outputs["report"].set_index("fault")["count"]
    assert f"gap: {counts['gap']}" in texts(figure)
    assert f"thin overlap: {counts['overlap_sliver']}" in texts(figure)
    drawn = [c for c in figure.axes[0].collections if isinstance(c, PathCollection)]
    assert sum(len(c.get_paths()) for c in drawn if len(c.get_paths())) >= len(outputs["places"])
    sound = {**vars(history_checks(history()))}
    assert "No place of the history is doubtful" in texts(plots.faults(sound))


def test_estimates_are_the_figures_with_their_bounds():
    outputs = told()
    figure = plots.estimates(outputs)
    table = outputs["areas"].sort_values("value", ascending=False)
    assert rows(figure) == table["name"].tolist()
    segments = np.array(figure.axes[0].collections[0].get_segments())
    np.testing.assert_allclose(segments[:, :, 0], table[["low", "high"]])
    dots = figure.axes[0].collections[-1]
    np.testing.assert_allclose(dots.get_offsets()[:, 0], table["value"])


def test_shares_of_a_divided_territory_fill_its_bar():
    outputs = divided()
    figure = plots.divided(outputs)
    bars = pd.DataFrame(
        [
            (round(b.get_y() + b.get_height() / 2), b.get_width(), b.get_hatch())
            for b in figure.axes[0].patches
        ],
        columns=["row", "width", "hatch"],
    )
    np.testing.assert_allclose(bars.groupby("row")["width"].sum(), 1)
    shares = outputs["pairs"].groupby("source")["share"].max()
    assert rows(figure) == shares[shares < 1 - 1e-9].sort_values(kind="stable").index.tolist()
    whole = dict(vars(crosswalk(strip(3), strip(3, prefix="u"))))
    assert "No territory is divided" in texts(plots.divided(whole))


def test_panels_are_of_those_that_changed_most():
    outputs = panel()
    figure = plots.panel(outputs)
    table = outputs["values"].pivot_table(index="territory", columns="period", values="value")
    change = (table.iloc[:, -1] - table.iloc[:, 0]).abs().sort_values(ascending=False, kind="stable")
    names = outputs["areas"].set_index("territory")["name"]
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]
    assert titles == names[change.index[:6]].tolist()
    first = figure.axes[0].lines[0].get_ydata()
    np.testing.assert_allclose(first, table.loc[change.index[0]])


def test_certainty_is_that_of_the_period_in_which_least_is_known():
    outputs = panel()
    figure = plots.certainty(outputs)
    split = outputs["values"].groupby("territory")["split"].max()
    exact = int((split == 0).sum())
    assert any(f"exact in every period: {exact} of {len(split)}" in text for text in texts(figure))


def test_the_command_line_draws_the_history_beneath_its_faults(tmp_path, request):
    folder = request.config.rootpath / "sample_data/comarca"
    picture = tmp_path / "faults.svg"
    arguments = ["history-checks", f"--history={folder / 'municipalities.gpkg'}", f"--plot={picture}"]
    assert main([*arguments, f"--output={tmp_path / 'r.csv'}"]) == 0
    assert "No place" not in picture.read_text(encoding="utf-8")


def test_where_all_that_changed_most_are_exact_the_least_certain_are_drawn_too():
    outputs = panel()
    values = outputs["values"]
    table = values.pivot_table(index="territory", columns="period", values="value")
    change = (table.iloc[:, -1] - table.iloc[:, 0]).abs().sort_values(ascending=False, kind="stable")
    widest = values["territory"] == change.index[-1]
    known = values["value"]
    exact = values.assign(low=known, high=known.where(~widest, known + 50))
    names = outputs["areas"].set_index("territory")["name"]
    figure = plots.panel({**outputs, "values": exact})
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.axison]
    assert titles == names[[*change.index[:5], change.index[-1]]].tolist()
    assert any("the least certain ones" in text for text in texts(figure))
    none = plots.panel({**outputs, "values": exact.assign(high=known)})
    assert not any("the least certain ones" in text for text in texts(none))


def test_long_names_of_markets_are_told_whole():
    outputs = network()
    long = outputs["markets"].assign(
        name=[f"Labour market of Alquercorla and {t}" for t in outputs["markets"]["territory"]]
    )
    told = texts(plots.market_flows({**outputs, "markets": long}))
    assert any("Alquercorla" in text for text in told)
    assert not any("…" in text for text in told)


def _whole_text(figure):
    return " ".join(t.get_text() for t in figure.findobj(Text))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_divisions_are_drawn_with_their_figures(lang):
    rng = np.random.default_rng(2)
    names = [f"t{k}" for k in range(8)]
    rows = [
        (a, b, float(rng.integers(20, 60) if i // 4 == j // 4 else 1))
        for i, a in enumerate(names)
        for j, b in enumerate(names)
    ]
    flows = pd.DataFrame(rows, columns=["origin", "destination", "flow"])
    found = flow_communities(strip(8), flows, runs=2)
    halves = strip(2, prefix="h", width=4000, step=4000)
    other = strip(2, prefix="o", width=5000, step=5000)
    agreed = division_agreement(strip(8), halves, other)
    told = agreed.figures.set_index("measure")["value"]
    assert (told["places_agreeing"], told["places_compared"]) == (7, 8)
    say = translator(lang)
    drawn = plots.communities(dict(vars(found)), focus=found.areas["territory"][0], lang=lang)
    assert say("Communities of flows") in _whole_text(drawn)
    text = _whole_text(plots.agreement(dict(vars(agreed)), lang=lang))
    assert say("Agreement of two divisions") in text
    assert say("the divisions differ") in text
    assert f"{told['adjusted_rand']:.2f}".replace(".", "," if lang == "es" else ".") in text
    with pytest.raises(LayerError):
        plots.agreement(dict(vars(agreed)), focus="nowhere")
    points = strip(8).set_geometry(strip(8).representative_point())
    plots.communities(dict(vars(flow_communities(points, flows, runs=1))))
