"""Profiles of a study: files, index, what they say is unknown, and how they look in a browser and on paper."""

import json
import re
from importlib import import_module
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.study import run_study
from geoterritorio.study.config import read_plan
from geoterritorio.study.profiles import file_names

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "{{ 7*7 }}",
    "{% x",
    "../../up",
    "=1+1",
    'a"><img src=x onerror=b>',
]
COUNTS = """
[study]
title = {{ en = "Boundaries and counts", es = "Límites y recuentos" }}
sources = ["A source"]

[layers.areas]
title = "Towns"
kind = "territories"
path = "areas.gpkg"

[layers.counted]
kind = "counts"
path = "counts.csv"

[steps.lq]
title = {{ en = "Quotients", es = "Coeficientes" }}
tool = "location_quotient"
territories = "areas"
counts = "counted"
measure = "employment"

[steps.districts]
title = {{ en = "Districts", es = "Distritos" }}
tool = "districts"
territories = "areas"
counts = "counted"
preset = "istat2006_unconfirmed"

[disclosure]
published = ["counted"]
{more}
"""
MOST = 400_000


def placed(territories):
    return territories.set_geometry(territories.translate(500_000, 4_400_000))


def study(folder, territories, more=""):
    """Boundaries and counts of jobs by sector: no sizes, no establishments, one withheld cell."""
    rng = np.random.default_rng(3)
    rows = pd.MultiIndex.from_product(
        [territories["territory"], ["15.2", "25.1", "47.1", "62.0"]], names=["territory", "sector"]
    ).to_frame(index=False)
    rows["employment"] = rng.integers(50, 900, len(rows)).astype(float)
    rows["status"] = "known"
    rows.loc[2, ["employment", "status"]] = [np.nan, "withheld"]
    rows.to_csv(folder / "counts.csv", index=False)
    write_layers({str(folder / "areas.gpkg"): placed(territories)})
    path = folder / "study.toml"
    path.write_text(COUNTS.format(more=more), encoding="utf-8")
    return path


def ran(file, folder):
    """Results; that the withheld cell and the unconfirmed preset are warned of is tested elsewhere."""
    with pytest.warns(GeoterritorioWarning):
        return run_study(file, folder)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counts")
    shapes = [
        shapely.box(x * 1000, y * 1000, (x + 1) * 1000, (y + 1) * 1000) for y in (0, 1) for x in range(3)
    ]
    towns = gpd.GeoDataFrame(
        {"territory": list("abcdef"), "name": list("ABCDEF")}, geometry=shapes, crs=25830
    )
    return ran(study(folder, towns), folder / "out")


def read(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def test_each_territory_has_a_page_in_both_languages_and_the_report_links_the_index(told):
    folder = told["profiles"]
    names = {f"{t}{lang}.html" for t in [*"abcdef", "index"] for lang in ("", ".es")}
    assert {p.name for p in folder.iterdir()} == names
    assert all(p.stat().st_size < MOST for p in folder.iterdir())
    assert 'href="profiles/index.html"' in read(folder.parent, "report.html")
    assert 'href="profiles/index.es.html"' in read(folder.parent, "report.es.html")
    for name in names:
        for address in re.findall(r'href="([^"]+)"', read(folder, name)):
            assert (folder / address).resolve().is_file(), address
    account = json.loads(told["provenance"].read_text(encoding="utf-8"))
    assert {f"profiles/{name}" for name in names} <= set(account["products"])
    assert 'lang="es"' in read(folder, "a.es.html")


def test_boundaries_and_counts_alone_say_what_is_unknown_and_what_would_decide_it(told):
    page = read(told["profiles"], "a.html")
    unknown = page[page.index('id="unknown"') : page.index('id="methods"')]
    for text in (
        "sizes are not known",
        "jobs by size class",
        "Quotients: quotients of 1 sectors",
        "figures of the withheld cells, or totals that bound them",
        "sizes of establishments: a register, or their squares in the counts",
        "a register of establishments with their sizes",
        "Both readings: district and cluster (and a larger whole by size class; groups of related industries)",
        "clusters",
        "commuting flows",
        "Labour market; Community of people",
        "labour-markets, community-of-people",
        "Within reach",
    ):
        assert text in unknown, text
    assert "the step alone: the study has its layers" not in unknown
    assert "`" not in page
    assert "Nearly everything is unknown here: 2 of 15 sections have figures." in page
    assert "at least: 1 sectors are withheld or unknown" in page
    spanish = read(told["profiles"], "a.es.html")
    assert "empleo por clase de tamaño" in spanish or "empleos por clase de tamaño" in spanish


def test_the_study_file_says_which_territories_and_how_many(tmp_path, territories):
    file = study(tmp_path, territories, '[profiles]\nterritories = ["c", "a"]')
    made = ran(file, tmp_path / "named")
    assert {p.name for p in made["profiles"].iterdir()} == {
        f"{t}{lang}.html" for t in ("a", "c", "index") for lang in ("", ".es")
    }
    file = study(tmp_path, territories, "[profiles]\nmost = 2")
    made = ran(file, tmp_path / "most")
    jobs = pd.read_csv(tmp_path / "counts.csv").groupby("territory")["employment"].sum().nlargest(2).index
    assert {p.name for p in made["profiles"].glob("?.html")} == {f"{t}.html" for t in jobs}
    file = study(tmp_path, territories, "[profiles]\nwrite = false")
    made = ran(file, tmp_path / "none")
    assert "profiles" not in made
    assert "profiles/" not in read(tmp_path / "none", "report.html")


def test_what_the_study_file_says_of_profiles_is_checked(tmp_path, territories):
    wrong = (
        '[profiles]\nwrite = "yes"\nlevel = "regions"\nmost = 0\nterritories = "a"\ncolour = "red"\npdf = 1'
    )
    with pytest.raises(StudyError) as refused:
        read_plan(study(tmp_path, territories, wrong))
    said = str(refused.value)
    for key in (
        "profiles.write",
        "profiles.level",
        "profiles.most",
        "profiles.territories",
        "profiles.colour",
        "profiles.pdf",
    ):
        assert key in said
    file = study(tmp_path, territories, '[profiles]\nterritories = ["z"]')
    with pytest.raises(StudyError, match=r"profiles.territories: 1 are not in “areas”: “z”"):
        run_study(file, tmp_path / "out")


def test_file_names_are_safe_and_different():
    names = file_names(["A1", "a1", "../up", "index", "CON", "", "ñ", "x" * 200, ".hidden", "a.es"])
    assert names["A1"] == "A1"
    assert len({n.lower() for n in names.values()}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", n) for n in names.values())
    assert not {"index", "con"} & {n.lower() for n in names.values()}


def test_hostile_texts_from_file_to_screen(tmp_path, territories, chromium):
    hostile = territories.assign(territory=HOSTILE, name=HOSTILE[::-1])
    made = ran(study(tmp_path, hostile), tmp_path / "out")
    context = chromium.new_context()
    page = context.new_page()
    for file in made["profiles"].iterdir():
        page.goto(file.as_uri())
        assert page.evaluate("() => window.pwned") is None
        assert page.locator("script, img[src=x]").count() == 0
        if "index" not in file.name:
            assert page.locator("h1").inner_text() in HOSTILE
    context.close()


def test_pages_are_accessible_fit_a_phone_and_print_on_paper(told, chromium, needs):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": 1000, "height": 800}, bypass_csp=True)
    page = context.new_page()
    for name in ("a.html", "a.es.html", "index.html"):
        page.set_viewport_size({"width": 1000, "height": 800})
        page.goto((told["profiles"] / name).as_uri())
        found = axe.Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 1000})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 688
        page.emulate_media(media="screen")
    page.goto((told["profiles"] / "a.html").as_uri())
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    context.close()
