"""What a study's map shows first: as the study file says, on the page, and refused with what there is."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import StudyError
from geoterritorio.study import read_plan, run_study

STUDY = """
profiles.write = false
project.write = false
disclosure.off = "These figures are invented."

[study]
title = "Opens (invented)"
{opens}
[layers]
areas = {{ kind = "territories", path = "areas.gpkg" }}
table = {{ kind = "counts", path = "table.csv" }}

[steps.one]
tool = "location_quotient"
territories = "areas"
counts = "table"

[steps.two]
tool = "location_quotient"
territories = "areas"
counts = "table"
"""


def study(folder: Path, opens: str = "") -> Path:
    keys = ["t0", "t1", "t2", "t3"]
    shapes = [box(i, 40, i + 1, 41) for i in range(len(keys))]
    gpd.GeoDataFrame({"territory": keys}, geometry=shapes, crs=4326).to_file(folder / "areas.gpkg")
    rows = [(t, s, 10 + 7 * i * j, 5) for i, t in enumerate(keys) for j, s in enumerate(("A1", "B2", "C3"))]
    columns = ["territory", "sector", "employment", "establishments"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "table.csv", index=False)
    file = folder / "study.toml"
    told = f"\n[map]\nopens = {opens}\n" if opens else ""
    file.write_text(STUDY.format(opens=told), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("opens", "layer", "sector"),
    [
        ("", "one", "A1"),
        ('{ sector = "B2" }', "one", "B2"),
        ('{ layer = "two", sector = "C3" }', "two", "C3"),
        ('{ layer = "two" }', "two", "A1"),
    ],
)
def test_the_map_opens_as_the_study_says(tmp_path, chromium, opens, layer, sector):
    made = run_study(study(tmp_path, opens), tmp_path / "out")
    page = chromium.new_page()
    page.goto(made["map"].as_uri())
    page.wait_for_selector("html[data-ready]")
    shown = page.locator("#layers [aria-checked=true]").inner_text(), page.locator("#sector").input_value()
    page.close()
    assert shown[0] == layer
    assert sector in shown[1]


STORY = """
[[map.story]]
title = "Begin"
text = "Here."
[[map.story]]
title = "Then"
text = "There."
layer = "two"
sector = "C3"
compare = { layer = "one" }
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A map that opens with all that an opening can say, but the story."""
    opens = """{ layer = "two", sector = "B2", territory = "t2", table = true, view = [40.5, 1.5, 8],
    compare = { layer = "one", sector = "C3", territory = "t1" } }""".replace("\n", "")
    return run_study(study(tmp_path_factory.mktemp("whole"), opens), tmp_path_factory.mktemp("made") / "out")


@pytest.fixture
def seen(chromium):
    """Function that opens a map, with what follows its address, and tells what is shown."""
    pages = []

    def shown(made, address=""):
        page = chromium.new_page()
        pages.append(page)
        page.goto(made["map"].as_uri() + address)
        page.wait_for_selector("html[data-ready]")
        return page

    yield shown
    for page in pages:
        page.close()


def test_the_map_opens_with_two_maps_a_card_a_table_and_a_view(whole, seen):
    page = seen(whole)
    assert page.locator("#layers [aria-checked=true]").inner_text() == "two"
    assert "B2" in page.locator("#sector").input_value()
    values = [page.locator(f"#{key}").input_value() for key in ("layer2", "sector2", "territory2")]
    assert values == ["1", "C3", "t1"], "the first layer of the file comes second"
    assert page.locator("#map2").is_visible()
    assert page.locator("#card h2").inner_text() == "t2"
    assert page.locator("#table").is_visible()
    # the card leaves the territory in sight
    assert "view=40.5" in page.url
    assert "%2C1.500%2C8&" in page.url


def test_a_language_alone_leaves_the_opening_and_any_other_address_does_not(whole, seen):
    spanish = seen(whole, "#lang=es")
    assert spanish.locator("html").get_attribute("lang") == "es"
    assert spanish.locator("#map2").is_visible()
    other = seen(whole, "#layer=1&sector=A1")
    assert other.locator("#layers [aria-checked=true]").inner_text() == "one"
    assert not other.locator("#map2").is_visible()
    assert not other.locator("#card").is_visible()


def test_what_the_reader_closed_stays_closed_in_the_address(whole, seen):
    page = seen(whole)
    page.click("#compare")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert not page.locator("#map2").is_visible()
    assert page.locator("#table").is_visible()


def test_the_map_opens_with_a_view_of_its_story(tmp_path, seen):
    made = run_study(study(tmp_path, "{ story = 2 }" + STORY), tmp_path / "out")
    page = seen(made)
    assert page.locator("#story-title").inner_text() == "Then"
    assert page.locator("#layers [aria-checked=true]").text_content() == "two"
    assert page.locator("#layer2").input_value() == "0"


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        ("{ table = 1 }", "map.opens.table: must be true or false."),
        ("{ view = [40.5, 1.5] }", "map.opens.view: must be"),
        ("{ view = [40.5, 1.5, 40] }", "map.opens.view: must be"),
        ('{ compare = "one" }', "map.opens.compare: must be a table"),
        (
            '{ compare = { layer = "three" } }',
            "map.opens.compare.layer: the map cannot show “three”. It can show: one, two.",
        ),
        ("{ compare = { table = true } }", "map.opens.compare.table: unknown key."),
        ("{ story = 1 }", "map.opens.story: the map has no story. Begin one with [[map.story]]."),
        ("{ story = 3 }" + STORY, "map.opens.story: must be the number of a view of the story, 1 to 2."),
        ("{ story = true }" + STORY, "map.opens.story: must be the number of a view of the story, 1 to 2."),
        (
            "{ story = 2, table = true }" + STORY,
            "map.opens.table: a view of the story says by itself what is shown; leave this out, or",
        ),
        ('{ layer = "three" }', "map.opens.layer: the map cannot show “three”. It can show: one, two."),
        ('{ sectr = "A1" }', "map.opens.sectr: unknown key. Did you mean “sector”?"),
        ('"A1"', "map.opens: must be a table"),
        ("{ sector = 1 }", "map.opens.sector: must be text"),
    ],
)
def test_a_wrong_key_is_refused_before_the_run(tmp_path, opens, told):
    with pytest.raises(StudyError) as caught:
        read_plan(study(tmp_path, opens))
    assert told in str(caught.value)


def test_a_sector_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    file = study(tmp_path, '{ sector = "D4" }')
    with pytest.raises(
        StudyError, match=r"map\.opens\.sector: the map cannot show “D4”. It can show: A1, B2, C3"
    ):
        run_study(file, tmp_path / "out")


def test_all_that_results_do_not_have_is_refused_with_what_there_is(tmp_path):
    opens = """{ sector = "A1", territory = "t9", day = "2001",
    compare = { sector = "D4", territory = "t8" } }""".replace("\n", "")
    with pytest.raises(StudyError) as caught:
        run_study(study(tmp_path, opens), tmp_path / "out")
    assert [str(problem) for problem in caught.value.problems] == [
        "map.opens.day: the map cannot show “2001”. It can show: –.",
        "map.opens.territory: the map cannot show “t9”. It can show: t0, t1, t2, t3.",
        "map.opens.compare.sector: the map cannot show “D4”. It can show: A1, B2, C3.",
        "map.opens.compare.territory: the map cannot show “t8”. It can show: t0, t1, t2, t3.",
    ]
