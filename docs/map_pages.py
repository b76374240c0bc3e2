"""The page of maps: the picture of each, what it shows, and its recipe, from the files in `maps/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoterritorio.interface.gallery import Recipe, read_recipes

RECIPES = Path(__file__).resolve().parents[1] / "maps"
_LEAD = """# A page of maps

Each map is one file that works without a network, in both languages. Its recipe is a [study file](../study.md) with
a section `[gallery]`: take the one that comes nearest to what you want and put in your own layers. `make gallery`
makes all of them and a page that leads to them, `output/gallery/index.html`; `geoterritorio study maps/NAME.toml
--output FOLDER` makes one, with its report. What has not changed is not made again. Pictures are taken where
Chromium and Playwright are installed, and else left as they are. Data of the comarca are invented.

A map's address says what it shows: arrange a map, copy what follows the “#” into `address`, and it opens like this
from the gallery, and is pictured so.
"""


def write_maps(folder: Path) -> None:
    """Write the page; an unchanged one is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    text, path = "\n".join([_LEAD, *page()]) + "\n", folder / "index.md"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def page() -> Iterator[str]:
    """Lines of the page."""
    for recipe in read_recipes(RECIPES):
        yield from _section(recipe)


def _section(recipe: Recipe) -> Iterator[str]:
    yield f"## {recipe.plan.titles['en']}\n"
    yield f"![{recipe.entry.alts['en']}](../../maps/thumbnails/{recipe.name}.png)\n"
    yield f"{recipe.entry.texts['en']}\n"
    yield f"`maps/{recipe.name}.toml`\n"
    yield f"```toml\n{recipe.plan.path.read_text(encoding='utf-8')}```\n"
