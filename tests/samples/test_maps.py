"""Recipes of the gallery: each is valid, says whose data it shows, and has its picture and its row in both READMEs."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoterritorio.interface.gallery import read_recipes
from geoterritorio.publication.thumbnails import HEIGHT, LARGEST, WIDTH

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT / "maps"
NAMES = sorted(file.stem for file in MAPS.glob("*.toml"))
LANGUAGES = ("en", "es")
ROW = re.compile(
    r'^\| \[<img src="maps/thumbnails/(.+?)\.png" width="320" alt="(.+?)">\]\(maps/(.+?)\.toml\) \| (.+) \|$',
    re.MULTILINE,
)


def text(name):
    return (MAPS / f"{name}.toml").read_text(encoding="utf-8")


def sample(name):
    """Study of the sample whose data a recipe takes."""
    folder = {"us": "us_states"}.get(name.partition("-")[0], name.partition("-")[0])
    return tomllib.loads((ROOT / "sample_data" / folder / "study.toml").read_text(encoding="utf-8"))


def test_recipes_are_valid_and_few_enough_to_read():
    recipes = read_recipes(MAPS)
    assert [recipe.name for recipe in recipes] == NAMES
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
class TestRecipe:
    def test_is_short_and_begins_with_how_it_is_made(self, name):
        lines = text(name).splitlines()
        assert len(lines) <= 60
        assert lines[0].startswith("# ")

    def test_speaks_both_languages(self, name):
        recipe = tomllib.loads(text(name))
        texts = [recipe["study"]["title"], recipe["gallery"]["text"], recipe["gallery"]["alt"]]
        texts += [step["title"] for step in recipe["steps"].values() if "title" in step]
        texts += (
            [view[key] for view in recipe["map"].get("story", []) for key in ("title", "text")]
            if "map" in recipe
            else []
        )
        assert all(set(said) == set(LANGUAGES) and said["en"] != said["es"] for said in texts)

    def test_names_sources_and_licences_as_its_sample_does(self, name):
        recipe, study = tomllib.loads(text(name)), sample(name)
        told, of_sample = recipe["study"]["sources"], study["study"]["sources"]
        assert told
        assert all(source in of_sample for source in told)
        # every source is told in both languages
        assert all(set(source) == set(LANGUAGES) and source["en"] != source["es"] for source in told)
        assert set(study["study"].get("notes", [])) <= set(recipe["study"].get("notes", []))

    def test_says_what_is_invented(self, name):
        recipe = tomllib.loads(text(name))
        invented = name.startswith("comarca")
        for said in (recipe["study"]["title"], recipe["gallery"]["text"], recipe["gallery"]["alt"]):
            assert ("invented" in said["en"], "inventad" in said["es"]) == (invented, invented)

    def test_picture_has_the_stated_size_and_shows_something(self, name):
        file = MAPS / "thumbnails" / f"{name}.png"
        assert file.stat().st_size <= LARGEST
        with Image.open(file) as image:
            assert image.size == (WIDTH, HEIGHT)
            levels = np.asarray(image.convert("L"), dtype=float)
        assert levels.std() > 15
        # the map beside the panel is not empty either
        assert levels[:, WIDTH * 2 // 5 :].std() > 5


@pytest.mark.parametrize(("readme", "lang"), [("README.md", "en"), ("README.es.md", "es")])
def test_readme_shows_every_recipe_with_its_picture_and_nothing_else(readme, lang):
    page = (ROOT / readme).read_text(encoding="utf-8")
    recipes = {name: tomllib.loads(text(name)) for name in NAMES}
    wanted = [
        (name, recipe["study"]["title"][lang], name, recipe["gallery"]["text"][lang])
        for name, recipe in recipes.items()
    ]
    assert ROW.findall(page) == wanted
    assert sorted(re.findall(r"maps/([\w-]+)\.toml", page)) == NAMES
    assert sorted(file.stem for file in (MAPS / "thumbnails").iterdir()) == NAMES
