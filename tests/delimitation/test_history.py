"""Boundary history: what was in force, what followed what, what is wrong, what events make of a map."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geoterritorio.delimitation import apply_events, as_of, history_checks, lineage, lineage_events
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_boundary_events, as_history, as_territories


def versions(*rows):
    """Versions from (territory, valid_from, valid_to, box)."""
    ids, begin, end, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "territory": ids,
            "name": [f"Town {i}" for i in ids],
            "valid_from": pd.Series(begin, dtype=object),
            "valid_to": pd.Series(end, dtype=object),
        },
        geometry=[box(west, 0, east, 1000) for west, east in shapes],
        crs=25830,
    )


def events(*rows):
    columns = ["date", "kind", "before", "after", "name", "former_name", "receiver", "geometry"]
    frame = pd.DataFrame([(*r, *[None] * (8 - len(r))) for r in rows], columns=columns, dtype=object)
    if frame["geometry"].isna().all():
        return as_boundary_events(frame.drop(columns="geometry"))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=25830)


def test_as_of_refuses_two_versions_at_once():
    twice = versions(("a", "1990", "2000", (0, 1)), ("a", "1995", None, (0, 2)))
    with pytest.raises(LayerError, match="several versions of a territory are in force on 1996"):
        as_of(twice, "1996")
    assert len(as_of(twice, "1991-05")) == len(as_of(twice, pd.Timestamp("2001-01-01").date())) == 1


def test_lineage_finds_every_planted_event(comarca, samples):
    planted = pd.read_csv(samples / "comarca/truth/boundary_events.csv", dtype=str)
    found = lineage_events(lineage(comarca))
    assert found["date"].tolist() == planted["date"].tolist()
    assert found["kind"].tolist() == planted["kind"].tolist()
    for side in ("before", "after"):
        assert [set(f.split(";")) for f in found[side]] == [set(p.split(";")) for p in planted[side]]
    assert found["area_km2"].to_numpy() == pytest.approx(
        planted["area_km2"].astype(float).to_numpy(), abs=6e-4
    )


def test_lineage_of_the_real_secessions_keeps_the_land(valencia, samples):
    links = lineage(valencia)
    told = pd.read_csv(samples / "valencia/secessions.csv", dtype=str)
    assert links["kind"].unique().tolist() == ["secession"]
    for event, row in zip(links.groupby("event"), told.itertuples(), strict=True):
        assert event[1]["date"].unique().tolist() == [row.date]
        assert event[1]["successor"].tolist() == sorted([row[2], row.new])
        assert event[1]["share_of_predecessor"].sum() == pytest.approx(1, abs=1e-9)
        assert event[1]["share_of_successor"].to_numpy() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        (
            "division",
            [("a", None, "2000", (0, 2000)), ("b", "2000", None, (0, 900)), ("c", "2000", None, (900, 2000))],
        ),
        ("recoding", [("a", None, "2000", (0, 2000)), ("b", "2000", None, (0, 2000))]),
        ("redrawing", [("a", None, "2000", (0, 2000)), ("a", "2000", None, (0, 2500))]),
        ("unchanged", [("a", None, "2000", (0, 2000)), ("a", "2000", None, (0, 2000))]),
        ("appearance", [("a", None, None, (0, 2000)), ("b", "2000", None, (2000, 2500))]),
        ("disappearance", [("a", None, None, (0, 2000)), ("b", None, "2000", (2000, 2500))]),
        (
            "rearrangement",
            [
                ("a", None, "2000", (0, 1000)),
                ("b", None, "2000", (1000, 2000)),
                ("c", "2000", None, (0, 700)),
                ("d", "2000", None, (700, 2000)),
            ],
        ),
    ],
)
def test_kinds_of_events_that_the_sample_lacks(kind, rows):
    assert lineage_events(lineage(versions(*rows)))["kind"].tolist() == [kind]


def test_a_thin_strip_links_nothing():
    rows = [
        ("a", None, "2000", (0, 1000)),
        ("b", None, "2000", (1000, 2000)),
        ("a", "2000", None, (0, 1004)),
        ("b", "2000", None, (1004, 2000)),
    ]
    assert lineage_events(lineage(versions(*rows)))["kind"].tolist() == ["redrawing", "redrawing"]
    assert lineage_events(lineage(versions(*rows), sliver=1))["kind"].tolist() == ["transfer"]


def test_checks_find_what_is_wrong_and_when():
    history = as_history(
        versions(
            ("a", "1981", "2000", (0, 2000)),
            ("a", "2000", None, (0, 1000)),
            ("a", "2005", "2007", (0, 900)),
            ("b", "1981", "2005", (2000, 3000)),
            ("c", "1981", None, (3000, 4000)),
            ("c2", "1990", "1995", (3400, 4000)),
            ("c3", "1990", "1995", (3997, 5000)),
            ("d", "2010", None, (1000, 2990)),
            ("e", "1990", "1990", (0, 1)),
            ("f", "1981", "1990", (6000, 7000)),
            ("f", "1991", None, (6000, 7000)),
        )
    )
    found = history_checks(history)
    count = found.report.set_index("fault")["count"]
    assert count.to_dict() == {
        "no_span": 1,
        "time_overlap": 1,
        "time_gap": 1,
        "space_overlap": 1,
        "overlap_sliver": 2,
        "gap": 5,
        "gap_sliver": 1,
        "thin_part": 0,
    }
    gaps = found.places[found.places["fault"] == "gap"]
    # What c3 had beyond c is bare before it and after it, and so is the year of f.
    spans = gaps.set_index(gaps.geometry.bounds["minx"].round())[["valid_from", "valid_to"]]
    assert spans.loc[1000].tolist() == ["2000-01-01", "2010-01-01"]
    assert spans.loc[2000].tolist() == ["2005-01-01", "2010-01-01"]
    assert spans.loc[4000, "valid_to"].tolist() == ["1990-01-01", None]
    assert spans.loc[6000].tolist() == ["1990-01-01", "1991-01-01"]
    overlap = found.places[found.places["fault"] == "space_overlap"].iloc[0]
    assert overlap[["territory", "other", "valid_from", "valid_to"]].tolist() == [
        "c",
        "c2",
        "1990-01-01",
        "1995-01-01",
    ]
    assert overlap["area_km2"] == pytest.approx(0.6)
    times = found.times.set_index("fault")
    assert times.loc["time_gap", "days"] == 365
    assert times.loc["time_overlap", ["valid_from", "valid_to"]].tolist() == ["2005-01-01", "2007-01-01"]


def test_holes_and_thin_parts():
    ring = box(0, 0, 3000, 3000).difference(box(1000, 1000, 2000, 2000)).union(box(5000, 0, 5004, 3000))
    found = history_checks(gpd.GeoDataFrame({"territory": ["a"]}, geometry=[ring], crs=25830))
    assert found.places["fault"].tolist() == ["gap", "thin_part"]
    assert found.places["area_km2"].tolist() == pytest.approx([1, 0.012])
    with pytest.raises(CRSError):
        history_checks(gpd.GeoDataFrame({"territory": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=4326))


def test_the_samples_are_sound(comarca, valencia):
    for history in (comarca, valencia):
        assert history_checks(history).report["count"].sum() == 0


def test_events_undone_from_todays_map_give_the_sample(valencia, samples):
    told = pd.read_csv(samples / "valencia/secessions.csv", dtype=str)
    rows = [(r.date, "secession", r[2], f"{r[2]};{r.new}") for r in told.itertuples()]
    found = apply_events(as_of(valencia, "2025"), events(*rows), direction="backward")
    same(found, valencia)


def test_events_applied_to_the_first_map_give_the_sample(comarca):
    found = apply_events(as_of(comarca, "1981"), with_land(comarca))
    same(found, comarca)
    assert found["name"].notna().all()
    as_territories(found)


def with_land(history):
    """Events of a history with the land that each moves."""
    links = lineage(history)
    rows = []
    for event in lineage_events(links).itertuples():
        before, after = set(event.before.split(";")), set(event.after.split(";"))
        now = as_of(history, event.date).set_index("territory")
        eve = as_of(history, (pd.Timestamp(event.date) - pd.Timedelta(days=1)).date()).set_index("territory")
        fresh = sorted(after - before)
        land = now.geometry[fresh[0]] if event.kind in ("secession", "creation") else None
        if event.kind == "transfer":
            moved = links[
                (links["event"] == event.event) & (links["predecessor"] != links["successor"])
            ].iloc[0]
            land = eve.geometry[moved["predecessor"]].intersection(now.geometry[moved["successor"]])
        name = now["name"][(fresh or sorted(after))[0]] if fresh or event.kind == "renaming" else None
        rows.append((event.date, event.kind, event.before, event.after, name, None, None, land))
    return events(*rows)


def same(found, history):
    first = history["valid_from"] == history["valid_from"].min()
    expected = history.assign(valid_from=history["valid_from"].mask(first, None))
    both = [
        f.assign(valid_from=f["valid_from"].fillna(""), valid_to=f["valid_to"].fillna(""))
        .sort_values(["territory", "valid_from"])
        .reset_index(drop=True)
        for f in (found, expected)
    ]
    columns = ["territory", "valid_from", "valid_to", "name"]
    assert (
        both[0][columns].astype(str).to_numpy().tolist() == both[1][columns].astype(str).to_numpy().tolist()
    )
    assert both[0].symmetric_difference(both[1]).area.max() < 1e-3


MAP = versions(("a", None, None, (0, 2000)), ("b", None, None, (2000, 4000)))[
    ["territory", "name", "geometry"]
]


def test_a_merger_undone_needs_its_halves():
    whole = apply_events(MAP, events(("2000", "merger", "a;b", "c", "Union")))
    assert whole.drop(columns="geometry").fillna("").values.tolist() == [
        ["a", "Town a", "", "2000-01-01"],
        ["b", "Town b", "", "2000-01-01"],
        ["c", "Union", "2000-01-01", ""],
    ]
    now = as_of(whole, "2001")[["territory", "name", "geometry"]]
    merger = ("2000", "merger", "a;b", "c", None, "Town b", "b", box(2000, 0, 4000, 1000))
    back = apply_events(now, events(merger), direction="backward")
    assert back.set_index("territory").area.to_dict() == {"a": 2e6, "b": 2e6, "c": 4e6}
    assert back.set_index("territory")["name"]["b"] == "Town b"
    with pytest.raises(LayerError, match="draw the polygon"):
        apply_events(now, events(merger[:4]), direction="backward")


def test_a_creation_undone_gives_back_to_both():
    three = versions(
        ("a", None, None, (0, 1000)), ("n", None, None, (1000, 3000)), ("b", None, None, (3000, 4000))
    )
    event = ("2000", "creation", "a;b", "a;b;n", None, None, "a", box(1000, 0, 2000, 1000))
    back = as_of(apply_events(three[["territory", "geometry"]], events(event), direction="backward"), "1999")
    assert back.set_index("territory").area.to_dict() == {"a": 2e6, "b": 2e6}


def test_events_that_contradict_the_map_are_refused_together():
    told = events(
        ("1990", "secession", "a", "a;b"),
        ("1991", "merger", "a;x", "y"),
        ("1992", "secession", "a", "a;s", None, None, None, box(9000, 0, 9900, 1000)),
        ("1993", "transfer", "a", "b"),
        ("1994", "renaming", "a;b", "a"),
        ("1995", "secession", "a", "a;t"),
        ("1996", "secession", "a", "a;u", None, None, "zz", box(0, 0, 100, 100)),
        ("1997", "secession", "a", "a;w", None, None, None, box(0, 0, 2000, 1000)),
    )
    with pytest.raises(LayerError) as refused:
        apply_events(MAP, told)
    said = str(refused.value).splitlines()
    parts = [
        "already: “b”",
        "not on the map then: “x”",
        "outside “a” by 100",
        "polygon of the land that changes hands is missing",
        "are no renaming",
        "“t”: draw the polygon",
        "receivers are not among its territories: “zz”",
        "“a”: draw the polygon",
    ]
    assert [n + 1 for n, (line, part) in enumerate(zip(said, parts, strict=True)) if part not in line] == []
    assert all(f"event {n} ({1989 + n}-01-01)" in line for n, line in enumerate(said, 1))


def test_events_of_one_day_leave_no_version_without_a_day():
    found = apply_events(
        MAP, events(("2000", "renaming", "a", "a", "Alta"), ("2000", "absorption", "a;b", "a"))
    )
    assert found[["territory", "name", "valid_to"]].fillna("").values.tolist() == [
        ["a", "Town a", "2000-01-01"],
        ["a", "Alta", ""],
        ["b", "Town b", "2000-01-01"],
    ]


def test_columns_of_the_map_stay():
    todays = MAP.assign(level="municipality", parent=["P", "Q"], seat=["x", "y"])
    apart = ("1990", "secession", "a", "a;n", "New", None, None, box(0, 0, 500, 1000))
    found = apply_events(todays, events(apart, ("2000", "merger", "a;b", "c")))
    assert found.columns.tolist() == [
        *MAP.columns[:2],
        "valid_from",
        "valid_to",
        "level",
        "parent",
        "seat",
        "geometry",
    ]
    rows = found.set_index(["territory", "valid_from"])
    assert (found["level"] == "municipality").all()
    assert rows.loc[("n", "1990-01-01"), "parent"] == "P"
    assert rows.loc[("c", "2000-01-01"), "parent"] is None
    # What the map says of an outline is not said of another one.
    assert found["seat"].fillna("").tolist() == ["x", "", "y", "", ""]
    renamed = apply_events(todays, events(("1990", "renaming", "a", "a", "Alta")))
    assert renamed["seat"].tolist() == ["x", "x", "y"]


def test_renamings_that_contradict_the_map_are_refused():
    told = events(("1990", "renaming", "a", "a", "Alta", "Other"), ("1991", "renaming", "a", "a"))
    with pytest.raises(LayerError) as refused:
        apply_events(MAP, told)
    said = str(refused.value).splitlines()
    assert "is called “Town a” on the map then, and not “Other”" in said[0]
    assert "a renaming needs a name" in said[1]
    with pytest.raises(LayerError, match="is called “Town a”"):
        apply_events(MAP, events(("1990", "renaming", "a", "a", "Alta", "Old")), direction="backward")
    back = apply_events(MAP, events(("1990", "renaming", "a", "a", "TOWN  a", "Old")), direction="backward")
    assert back["name"].tolist() == ["Old", "Town a", "Town b"]
    recoded = apply_events(MAP, events(("1990", "renaming", "a", "z")))
    assert recoded.set_index("territory")["name"]["z"] == "Town a"


@pytest.mark.parametrize(
    ("before", "hint"),
    [("8;9", "leading zeros"), ("08,09", "semicolons"), ("77;09", "events that make them.")],
)
def test_spelling_of_identifiers_is_hinted_at(before, hint):
    places = MAP.assign(territory=["08", "09"])
    with pytest.raises(LayerError, match=hint):
        apply_events(places, events(("1990", "absorption", before, before.split(";")[0])))


def test_land_of_both_needs_a_receiver_and_what_lies_apart_is_told():
    across = box(1500, 0, 2500, 1000)
    with pytest.raises(LayerError, match="name the receiver"):
        apply_events(MAP, events(("1990", "transfer", "a;b", "a;b", None, None, None, across)))
    found = apply_events(MAP, events(("1990", "transfer", "a;b", "a;b", None, None, "a", across)))
    assert as_of(found, "1991").set_index("territory").area.to_dict() == {"a": 2.5e6, "b": 1.5e6}
    islands = versions(("a", None, None, (0, 1000)), ("b", None, None, (2000, 3000)))[list(MAP.columns)]
    with pytest.warns(GeoterritorioWarning, match="do not touch: “a”, “b”"):
        apply_events(islands, events(("1990", "merger", "a;b", "c")))


@pytest.mark.parametrize(("apart", "found"), [(2, ["gap_sliver"]), (50, [])])
def test_a_slit_between_two_neighbours_that_opens_outside(apart, found):
    layer = versions(("a", None, None, (0, 1000)), ("b", None, None, (1000 + apart, 2000)))
    places = history_checks(layer).places
    assert places["fault"].tolist() == found
    if found:
        assert places["area_km2"].tolist() == pytest.approx([apart / 1000], rel=1e-6)
    assert history_checks(layer, sliver=60).places["fault"].tolist() == ["gap_sliver"]


def test_all_territories_drawn_too_small_leave_gaps(comarca):
    today = as_of(comarca, "2025")
    small = today.set_geometry(today.buffer(-2, join_style="mitre"))
    found = history_checks(small).report.set_index("fault")["count"]
    assert found["gap"] + found["gap_sliver"] > 0
    # The bay of one territory alone is none of these, however narrow.
    bay = box(0, 0, 1000, 1000).difference(box(500, 500, 503, 1000))
    assert history_checks(gpd.GeoDataFrame({"territory": ["a"]}, geometry=[bay], crs=25830)).places.empty
