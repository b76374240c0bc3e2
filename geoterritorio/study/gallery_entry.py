"""How a study's map is shown in a gallery: what it is of, what its picture shows, and where the map is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from geoterritorio.errors import message
from geoterritorio.i18n import Language
from geoterritorio.study.checks import Findings, titles_of

# Parts of the address of a map; the language is the page's that leads to it.
_PARTS = (
    *("layer", "sector", "day", "territory", "further", "view", "table", "story"),
    *("layer2", "sector2", "day2", "territory2", "parted", "colours"),
)
_KEYS = ("text", "alt", "address")


@dataclass(frozen=True)
class GalleryEntry:
    """
    A map in a gallery.

    Parameters
    ----------
    texts
        By language, one line that says what the map shows.
    alts
        By language, what is seen on the picture of the map, for those who do not see it.
    address
        Parts of the map's address with which it is opened and pictured.
    """

    texts: Mapping[Language, str]
    alts: Mapping[Language, str]
    address: Mapping[str, str]


def read_gallery_entry(found: Findings, given: object) -> GalleryEntry | None:
    """
    Section ``[gallery]`` of a study file.

    Parameters
    ----------
    found
        Where errors are noted.
    given
        What the file has under the key; None where it has no such section.

    Returns
    -------
    entry
        How the map is shown; None without the section.
    """
    if given is None:
        return None
    table = found.table(given, "gallery")
    found.keys(table, _KEYS, "gallery.")
    return GalleryEntry(_line(found, table, "text"), _line(found, table, "alt"), _address(found, table))


def _line(found: Findings, table: Mapping[str, Any], key: str) -> dict[Language, str]:
    where = f"gallery.{key}"
    told = titles_of(found, table.get(key, ""), where)
    if not all(text.strip() for text in told.values()):
        found.add(message("{key}: must be text, or a table of texts by language.", key=where))
    return told


def _address(found: Findings, table: Mapping[str, Any]) -> dict[str, str]:
    """Parts of what follows the “#” in the address of a map."""
    given = table.get("address", "")
    where = "gallery.address"
    if not isinstance(given, str):
        found.add(message("{key}: must be text.", key=where))
        return {}
    parts = dict(parse_qsl(given.removeprefix("#"), keep_blank_values=True))
    # an address that is copied names the language in which it was read
    parts.pop("lang", None)
    found.keys(parts, _PARTS, f"{where}: ")
    return parts
