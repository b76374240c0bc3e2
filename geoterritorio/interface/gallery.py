"""A gallery of maps from a folder of recipes, which are study files.

``python -m geoterritorio.interface.gallery maps`` makes maps, pictures and a first page. What has not changed since
the last time is not made again.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from geoterritorio import i18n
from geoterritorio.errors import DependencyError, GeoterritorioError, Message, StudyError, message
from geoterritorio.i18n import mark
from geoterritorio.interface.attempt import attempt
from geoterritorio.interface.channel import Channel
from geoterritorio.interface.cli import chosen_language
from geoterritorio.layers.working import PACKAGE
from geoterritorio.publication.gallery_page import Hung, gallery_page
from geoterritorio.publication.thumbnails import HEIGHT, WIDTH, alike, camera, take
from geoterritorio.study import read_plan, run_study, store
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.database import with_fingerprints
from geoterritorio.study.gallery_entry import GalleryEntry

Say = Callable[[Message], None]
_PICTURES = "thumbnails"
# As a person reads it: the catalogue finds it here.
_SAID = (mark("Gallery"),)
_INDEX: dict[i18n.Language, str] = {"en": "index.html", "es": "index.es.html"}
# Scripts, styles and words of the map, beside the package's own code.
_ALSO = ("publication/webmap/assets/*", "publication/webmap/vendor/**/*", "locale/*/LC_MESSAGES/*.mo")


@dataclass(frozen=True)
class Recipe:
    """A study file that says how its map is shown."""

    name: str
    plan: StudyPlan
    entry: GalleryEntry


@dataclass(frozen=True)
class Places:
    """Where recipes are, where maps go, and where pictures are kept."""

    recipes: Path
    output: Path
    pictures: Path

    def page(self, name: str) -> Path:
        """Map of a recipe."""
        return self.output / f"{name}.html"

    def picture(self, name: str) -> Path:
        """Picture of a map, where it is kept."""
        return self.pictures / f"{name}.png"


class Made:
    """What was made of what, by a file beside the maps."""

    def __init__(self, output: Path) -> None:
        self._file = output / "made.json"
        self.maps: dict[str, str] = {}
        self.pictures: dict[str, str] = {}
        with suppress(OSError, ValueError, TypeError, KeyError):
            told = json.loads(self._file.read_text(encoding="utf-8"))
            self.maps, self.pictures = dict(told["maps"]), dict(told["pictures"])

    def keep(self) -> None:
        """Write it down."""
        told = {"maps": self.maps, "pictures": self.pictures}
        _write(self._file, json.dumps(told, indent=1).encode())


def read_recipes(folder: Path) -> list[Recipe]:
    """
    Checked recipes of a folder; nothing is computed.

    Parameters
    ----------
    folder
        Folder of study files with a section ``[gallery]``.

    Returns
    -------
    recipes
        In the order of their names.

    Raises
    ------
    StudyError
        With the errors of all of them, each with its file and key, or if there is none.
    """
    problems: list[Message] = []
    recipes: list[Recipe] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            plan = read_plan(file)
        except StudyError as error:
            problems += _of(file.name, error)
            continue
        if plan.gallery is None:
            problems.append(message("{file}: has no section [gallery].", file=file.name))
        else:
            recipes.append(Recipe(file.stem, plan, plan.gallery))
    if not recipes and not problems:
        problems.append(message("{folder} has no recipe: no study file (.toml).", folder=folder))
    if problems:
        raise StudyError(problems)
    return recipes


def _of(name: str, error: GeoterritorioError) -> list[Message]:
    return [message("{key}: {problem}", key=name, problem=problem) for problem in error.problems]


def make_gallery(places: Places, say: Say) -> dict[i18n.Language, Path]:
    """
    Gallery of all recipes of a folder: maps, pictures, and a first page in each language.

    Parameters
    ----------
    places
        Where recipes are, where maps go, and where pictures are kept.
    say
        Told of every map and picture.

    Returns
    -------
    pages
        First page by language.

    Raises
    ------
    StudyError
        If a recipe has errors: before anything is made. If a map cannot be made: after all others were.
    """
    recipes = read_recipes(places.recipes)
    places.output.mkdir(parents=True, exist_ok=True)
    made = Made(places.output)
    _clear(places, made, {recipe.name for recipe in recipes})
    keys = {recipe.name: _key(recipe.plan) for recipe in recipes}
    problems: list[Message] = []
    for n, recipe in enumerate(recipes, start=1):
        name, begin = recipe.name, time.perf_counter()
        told: dict[str, Any] = {"n": n, "of": len(recipes), "map": name}
        if places.page(name).is_file() and made.maps.get(name) == keys[name]:
            say(message("{n} of {of}: {map} is as it was.", **told))
            continue
        say(message("{n} of {of}: {map} …", **told))
        try:
            _make(recipe, places)
        except GeoterritorioError as error:
            problems += _of(f"{name}.toml", error)
            continue
        made.maps[name] = keys[name]
        made.keep()
        say(message("{n} of {of}: {map}, {s} s.", **told, s=round(time.perf_counter() - begin)))
    there = [recipe for recipe in recipes if places.page(recipe.name).is_file()]
    problems += _take_pictures(there, places, made, say)
    pages = _write_index(there, places)
    if problems:
        raise StudyError(problems)
    return pages


def _key(plan: StudyPlan) -> str:
    """Hash of all that a map depends on."""
    files = [plan.path]
    files += [source.places for source in plan.layers.values() if source.places]
    files += [file for kind in _ALSO for file in sorted(PACKAGE.glob(kind)) if file.is_file()]
    rows = [
        s.fingerprint if s.address else store.sha256_of(s.path)
        for s in with_fingerprints(plan).layers.values()
    ]
    return store.key_of("step", [*rows, *(store.sha256(file) for file in files)], store.software())


def _make(recipe: Recipe, places: Places) -> None:
    made = run_study(recipe.plan.path, places.output / "studies" / recipe.name, overwrite=True)
    if "map" not in made:
        raise StudyError(message("the study has nothing that a map could show."))
    _write(places.page(recipe.name), made["map"].read_bytes())


def _take_pictures(recipes: Sequence[Recipe], places: Places, made: Made, say: Say) -> list[Message]:
    """Pictures of maps that are new or changed; without a browser they are left as they are."""
    due = [
        recipe
        for recipe in recipes
        if made.pictures.get(recipe.name) != made.maps[recipe.name]
        or not places.picture(recipe.name).is_file()
    ]
    if not due:
        return []
    problems: list[Message] = []
    try:
        with camera() as browser:
            for recipe in due:
                problems += _take(browser, recipe, places, made, say)
    except DependencyError as error:
        for problem in error.problems:
            say(message("Pictures were left as they are: {problem}", problem=problem))
    return problems


def _take(browser: Any, recipe: Recipe, places: Places, made: Made, say: Say) -> list[Message]:
    name, file = recipe.name, places.picture(recipe.name)
    try:
        picture = take(browser, places.page(name), recipe.entry.address)
    except GeoterritorioError as error:
        return _of(f"{name}.toml", error)
    same = file.is_file() and alike(file.read_bytes(), picture)
    if not same:
        places.pictures.mkdir(parents=True, exist_ok=True)
        _write(file, picture)
    made.pictures[name] = made.maps[name]
    made.keep()
    kilobytes = round(file.stat().st_size / 1000)
    text = (
        message("{map}: its picture looks as before.", map=name)
        if same
        else message("{map}: picture of {kb} kB.", map=name, kb=kilobytes)
    )
    say(text)
    return []


def _write_index(recipes: Sequence[Recipe], places: Places) -> dict[i18n.Language, Path]:
    """First page in each language; its pictures stand beside it."""
    beside = places.output / _PICTURES
    beside.mkdir(exist_ok=True)
    pages: dict[i18n.Language, Path] = {}
    for recipe in recipes:
        if places.picture(recipe.name).is_file():
            shutil.copyfile(places.picture(recipe.name), beside / f"{recipe.name}.png")
    for lang in i18n.LANGUAGES:
        other = next(file for code, file in _INDEX.items() if code != lang)
        hung = [_hung(recipe, places, lang) for recipe in recipes]
        page = gallery_page(hung, lang=lang, size=(WIDTH, HEIGHT), other=other)
        pages[lang] = places.output / _INDEX[lang]
        _write(pages[lang], page.encode())
    return pages


def _hung(recipe: Recipe, places: Places, lang: i18n.Language) -> Hung:
    name = quote(recipe.name)
    return Hung(
        recipe.plan.titles[lang],
        recipe.entry.texts[lang],
        recipe.entry.alts[lang],
        f"{name}.html#{urlencode({**recipe.entry.address, 'lang': lang})}",
        f"{_PICTURES}/{name}.png" if places.picture(recipe.name).is_file() else "",
        recipe.plan.path.name,
        recipe.plan.sources_in(lang),
    )


def _clear(places: Places, made: Made, names: set[str]) -> None:
    """Remove maps of recipes that are no longer there."""
    for name in made.maps.keys() - names:
        places.page(name).unlink(missing_ok=True)
        (places.output / _PICTURES / f"{name}.png").unlink(missing_ok=True)
        del made.maps[name]
        made.pictures.pop(name, None)


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(content)
    part.replace(file)


@click.command()
@click.argument("recipes", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=Path("output/gallery"))
@click.option("--thumbnails", type=click.Path(path_type=Path), help="By default RECIPES/thumbnails.")
def command(*, recipes: Path, output: Path, thumbnails: Path | None) -> None:
    """Gallery of maps from a folder of RECIPES."""
    translate = i18n.translator(chosen_language([]))
    places = Places(recipes, output, thumbnails or recipes / _PICTURES)

    def work(channel: Channel) -> None:
        pages = make_gallery(places, lambda text: click.echo(text.render(translate)))
        channel.result({"gallery": str(pages["en"])}, {})

    sys.exit(attempt(work, Channel("none", translate), translate))


if __name__ == "__main__":
    command()
