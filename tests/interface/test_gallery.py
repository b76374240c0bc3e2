"""Gallery of maps: recipes checked, maps and pictures made once, a first page that shows all texts as they are."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from shapely.geometry import box

from geoterritorio.errors import DependencyError, StudyError, message
from geoterritorio.interface import gallery
from geoterritorio.interface.gallery import Places, make_gallery, read_recipes
from geoterritorio.layers import write_layers
from geoterritorio.publication import thumbnails

HOSTILE = '<script>window.pwned = 1</script> {{ 7*7 }} {% for x %} "><img src=x onerror="window.pwned = 2">'
RECIPE = """
profiles.write = false
project.write = false
[study]
title = {title}
sources = [{title}]
[layers]
areas = {{ kind = "territories", path = "areas.gpkg" }}
register = {{ kind = "firms", path = "firms.gpkg" }}
[steps.lq]
tool = "location_quotient"
territories = "areas"
firms = "register"
[gallery]
text = {title}
alt = {title}
address = "layer=0&sector={sector}&lang=es"
"""


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Recipes and their gallery, made once without pictures, and what was said."""
    folder = tmp_path_factory.mktemp("gallery") / "recipes"
    folder.mkdir()
    rng = np.random.default_rng(7)
    x, y = rng.uniform(500_000, 503_000, 60), rng.uniform(4_400_000, 4_401_000, 60)
    shapes = [box(500_000 + k * 1000, 4_400_000, 501_000 + k * 1000, 4_401_000) for k in range(3)]
    areas = gpd.GeoDataFrame({"territory": list("abc"), "name": HOSTILE}, geometry=shapes, crs=25830)
    columns = {"firm": [f"f{k}" for k in range(60)], "sector": ["15", "25"] * 30, "employment": 5.0}
    register = gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(x, y), crs=25830)
    write_layers({str(folder / "areas.gpkg"): areas, str(folder / "firms.gpkg"): register})
    write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOTERRITORIO_BROWSER", "no-such-browser")
        return folder.parent, made(folder)


@pytest.fixture
def recipes(first, tmp_path):
    """A copy of them: what is the same is not made again."""
    shutil.copytree(first[0], tmp_path / "copy")
    return tmp_path / "copy" / "recipes"


@pytest.fixture
def copied(monkeypatch):
    """Maps are not drawn: one that is there stays, others are a word."""
    drawn = []

    def draw(recipe, at):
        drawn.append(recipe.name)
        if not at.page(recipe.name).exists():
            at.page(recipe.name).write_text("map", encoding="utf-8")

    monkeypatch.setattr(gallery, "_make", draw)
    return drawn


def write(folder, title=HOSTILE, sector="15", name="a map"):
    (folder / f"{name}.toml").write_text(
        RECIPE.format(title=json.dumps(title), sector=sector), encoding="utf-8"
    )


def places(recipes):
    return Places(recipes, recipes.parent / "out", recipes / "thumbnails")


def made(recipes):
    """What is said while a gallery is made."""
    said = []
    make_gallery(places(recipes), lambda text: said.append(text.render(str)))
    return said


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setenv("GEOTERRITORIO_BROWSER", "no-such-browser")


@pytest.fixture
def browser(monkeypatch, chromium):
    """The browser of all tests: Playwright drives but one at a time."""
    monkeypatch.setattr(gallery, "camera", lambda: nullcontext(chromium))
    return chromium


class TestRecipes:
    def test_all_errors_are_told_with_file_and_key(self, recipes):
        write(recipes, name="b")
        plain = (recipes / "b.toml").read_text(encoding="utf-8")
        (recipes / "b.toml").write_text(
            plain.replace("&sector", "&sectr").replace("alt =", "alt = ''\nalt2 =")
        )
        (recipes / "c.toml").write_text(plain.partition("[gallery]")[0])
        with pytest.raises(StudyError) as refused:
            read_recipes(recipes)
        said = [problem.render(str) for problem in refused.value.problems]
        assert any("b.toml" in line and "gallery.alt2" in line for line in said)
        assert any("b.toml" in line and "gallery.alt:" in line for line in said)
        assert any("b.toml" in line and "sectr" in line and "“sector”" in line for line in said)
        assert any("c.toml" in line and "[gallery]" in line for line in said)

    def test_folder_without_recipes_is_refused(self, tmp_path):
        with pytest.raises(StudyError, match="no recipe"):
            read_recipes(tmp_path)

    def test_address_is_text(self, recipes):
        write(recipes)
        file = recipes / "a map.toml"
        file.write_text(file.read_text().replace('"layer=0', '7 # "'))
        with pytest.raises(StudyError, match=r"gallery\.address"):
            read_recipes(recipes)


class TestGallery:
    def test_without_browser_maps_are_made_and_pictures_left_alone(self, first):
        folder, said = first
        assert any("Pictures were left as they are" in line and "no-such-browser" in line for line in said)
        assert (folder / "out" / "a map.html").is_file()
        assert not (folder / "recipes" / "thumbnails").exists()
        assert "No picture yet" in (folder / "out" / "index.html").read_text(encoding="utf-8")
        assert "Aún sin imagen" in (folder / "out" / "index.es.html").read_text(encoding="utf-8")

    def test_without_playwright_too(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
        with pytest.raises(DependencyError, match="Playwright"), thumbnails.camera():
            pass

    @pytest.mark.usefixtures("no_browser")
    def test_unchanged_maps_are_not_made_again(self, recipes, copied):
        assert "as it was" in made(recipes)[0]
        assert copied == []
        write(recipes, title="Another")
        made(recipes)
        (recipes.parent / "out" / "made.json").write_text("{", encoding="utf-8")
        made(recipes)
        assert copied == ["a map", "a map"]

    @pytest.mark.usefixtures("no_browser")
    def test_one_failing_recipe_leaves_the_others(self, recipes, monkeypatch):
        write(recipes, name="b")

        def fails(recipe, at):
            if recipe.name == "b":
                raise StudyError(message("the study has nothing that a map could show."))
            at.page(recipe.name).write_text("map", encoding="utf-8")

        monkeypatch.setattr(gallery, "_make", fails)
        with pytest.raises(StudyError, match=r"b\.toml"):
            made(recipes)
        page = (recipes.parent / "out" / "index.html").read_text(encoding="utf-8")
        assert "a%20map.html" in page
        assert "b.html" not in page

    @pytest.mark.usefixtures("no_browser", "copied")
    def test_maps_of_recipes_that_are_gone_go_too(self, recipes):
        write(recipes, name="b")
        made(recipes)
        assert (recipes.parent / "out" / "b.html").exists()
        (recipes / "b.toml").unlink()
        made(recipes)
        assert not (recipes.parent / "out" / "b.html").exists()

    def test_hostile_texts_from_recipe_to_screen(self, recipes, browser):
        said = made(recipes)
        picture = recipes / "thumbnails" / "a map.png"
        assert any("picture of" in line for line in said)
        assert picture.stat().st_size <= thumbnails.LARGEST
        for name in ("index.html", "index.es.html"):
            page = browser.new_page()
            asked, told = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda line, told=told: told.append(line.text))
            page.goto((recipes.parent / "out" / name).as_uri())
            assert HOSTILE in page.locator("h2").inner_text()
            assert page.locator("li img").get_attribute("alt") == HOSTILE
            assert page.evaluate("() => [window.pwned, document.images[0].naturalWidth]") == [
                None,
                thumbnails.WIDTH,
            ]
            assert told == []
            assert all(url.startswith("file:") for url in asked)
            assert Axe().run(page).violations_count == 0
            href = page.locator("h2 a").get_attribute("href")
            assert href == f"a%20map.html#layer=0&sector=15&lang={'es' if '.es.' in name else 'en'}"
            page.locator("nav a").click()
            assert page.url.endswith("index.html" if ".es." in name else "index.es.html")
            page.close()

    @pytest.mark.usefixtures("browser", "copied")
    def test_picture_that_looks_the_same_stays(self, recipes):
        made(recipes)
        picture = recipes / "thumbnails" / "a map.png"
        before = picture.read_bytes()
        (recipes.parent / "out" / "made.json").unlink()
        assert any("looks as before" in line for line in made(recipes))
        assert picture.read_bytes() == before

    @pytest.mark.usefixtures("browser", "copied")
    def test_address_that_the_map_does_not_have_is_refused(self, recipes):
        write(recipes, sector="no-such")
        with pytest.raises(StudyError, match=r"a map\.toml.*sector “no-such”"):
            made(recipes)

    @pytest.mark.usefixtures("browser", "copied")
    @pytest.mark.parametrize(
        ("address", "part"),
        [
            ("story=7", "story “7”"),
            ("further=0,9", "further “0,9”"),
            ("layer2=4", "layer2 “4”"),
            ("layer2=0&sector2=99", "sector2 “99”"),
            ("layer2=0&territory2=z", "territory2 “z”"),
            ("layer2=0&day2=2001", "day2 “2001”"),
            ("sector2=25", "sector2 “25”"),
            ("parted=odd", "parted “odd”"),
            ("colours=9", "colours “9”"),
        ],
    )
    def test_every_part_of_an_address_is_asked_of_the_map(self, recipes, address, part):
        write(recipes)
        file = recipes / "a map.toml"
        file.write_text(file.read_text(encoding="utf-8").replace("&lang=es", f"&{address}"), encoding="utf-8")
        with pytest.raises(StudyError, match=r"a map\.toml") as refused:
            made(recipes)
        assert [p.render(str).partition("asks for ")[2] for p in refused.value.problems] == [
            f"{part}, which the map does not have."
        ]

    @pytest.mark.usefixtures("browser", "copied")
    def test_whole_address_that_the_map_has_is_followed(self, recipes):
        write(recipes)
        file = recipes / "a map.toml"
        whole = "&layer2=0&sector2=25&territory2=b&parted=quantiles&colours=2&territory=a&table=1"
        file.write_text(file.read_text(encoding="utf-8").replace("&lang=es", whole), encoding="utf-8")
        assert any("picture of" in line for line in made(recipes))


def test_command_makes_a_gallery_of_one_of_the_maps(tmp_path, needs):
    root = Path(__file__).resolve().parents[2]
    folder, out = tmp_path / "maps", tmp_path / "out"
    folder.mkdir()
    (tmp_path / "sample_data").symlink_to(root / "sample_data")
    shutil.copy(root / "maps" / "valencia-secessions.toml", folder)
    call = [sys.executable, "-m", "geoterritorio.interface.gallery", str(folder), "--output", str(out)]
    there = {**os.environ, "GEOTERRITORIO_LANG": "es"}
    missing = {**there, "GEOTERRITORIO_BROWSER": "no-such-browser"}

    first = subprocess.run(call, capture_output=True, text=True, env=missing, check=False)
    assert first.returncode == 0, first.stderr
    assert "Las imágenes se han dejado como están" in first.stdout
    assert "Tres municipios" in (out / "index.es.html").read_text(encoding="utf-8")
    drawn = (out / "valencia-secessions.html").stat().st_mtime_ns

    needs(shutil.which("chromium"), "no chromium on the path")
    second = subprocess.run(call, capture_output=True, text=True, env=there, check=False)
    assert second.returncode == 0, second.stderr
    assert "valencia-secessions está como estaba" in second.stdout
    assert (out / "valencia-secessions.html").stat().st_mtime_ns == drawn
    taken = (folder / "thumbnails" / "valencia-secessions.png").read_bytes()
    assert (out / "thumbnails" / "valencia-secessions.png").read_bytes() == taken
    assert "thumbnails/valencia-secessions.png" in (out / "index.html").read_text(encoding="utf-8")
