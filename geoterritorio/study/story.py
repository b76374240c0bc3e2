"""The story of a study's map: views named by steps and layers, checked with their keys, then found on the map."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from geoterritorio.errors import GeoterritorioWarning, Message, StudyError, message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.publication import Beside, FirmLayer, FurtherLayer, StoryView
from geoterritorio.publication.webmap.story import BOUNDS
from geoterritorio.study.checks import Findings


@dataclass(frozen=True)
class Hidden:
    """
    How many figures of what a view shows are withheld.

    Attributes
    ----------
    number
        Those that are.
    of
        All of them.
    """

    number: int
    of: int


Withheld = Callable[[str, str, str], Hidden]
BESIDE = ("layer", "sector", "day", "territory")
_KEYS = ("title", "text", *BESIDE, "view", "further", "compare")
# of more names than these not all are told
_MOST = 30


def read_story(
    found: Findings, given: object, layers: Sequence[str], results: Iterable[str]
) -> tuple[StoryView, ...]:
    """
    Views of ``[[map.story]]``, their layers named as the study file names them.

    Parameters
    ----------
    found
        Where errors are noted.
    given
        What the file has under the key.
    layers
        Steps with quotients and layers with a history: what a view may show.
    results
        Results that a view may tick.

    Returns
    -------
    story
        Views in their order, counted from 1 in errors.
    """
    if not isinstance(given, list):
        found.add(message("{key}: must be a list of tables, each begun by [[map.story]].", key="map.story"))
        return ()
    return tuple(
        _view(found, found.table(table, f"map.story[{n}]"), f"map.story[{n}]", layers, tuple(results))
        for n, table in enumerate(given, start=1)
    )


def _view(
    found: Findings, table: dict[str, Any], where: str, layers: Sequence[str], results: Sequence[str]
) -> StoryView:
    found.keys(table, _KEYS, f"{where}.")
    title, text = (_words(found, table.get(key), f"{where}.{key}") for key in ("title", "text"))
    own = read_shown(found, table, where, layers)
    beside = read_beside(found, table, where, layers)
    further = table.get("further", [])
    if not isinstance(further, list) or not all(isinstance(name, str) for name in further):
        found.add(message("{key}: must be a list of texts.", key=f"{where}.further"))
        further = []
    for name in further:
        check_shown(found, name, results, f"{where}.further")
    view = read_middle(found, table.get("view"), f"{where}.view")
    return StoryView(title, text, **{"layer": 0, **own}, view=view, further=tuple(further), compare=beside)


def _words(found: Findings, given: object, where: str) -> dict[Language, str]:
    """Text in every language; one for all, or a table by language."""
    texts = given if isinstance(given, dict) else dict.fromkeys(LANGUAGES, given)
    if isinstance(given, dict):
        found.keys(given, LANGUAGES, f"{where}.")
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        found.add(message("{key}: must be text, or a table of texts by language.", key=where))
        return dict.fromkeys(LANGUAGES, "")
    fallback = next(iter(texts.values()))
    return {lang: str(texts.get(lang, fallback)) for lang in LANGUAGES}


def read_shown(
    found: Findings, table: Mapping[str, Any], where: str, layers: Sequence[str]
) -> dict[str, Any]:
    """Layer, sector, day and territory that a table names, the layer checked."""
    told = {key: table[key] for key in BESIDE if key in table}
    for key, value in told.items():
        if not isinstance(value, str):
            found.add(message("{key}: must be text.", key=f"{where}.{key}"))
        elif key == "layer":
            check_shown(found, value, layers, f"{where}.layer")
    return told


def read_beside(
    found: Findings, table: Mapping[str, Any], where: str, layers: Sequence[str]
) -> Beside | None:
    """What the key `compare` says of a second map; None without it."""
    if "compare" not in table:
        return None
    other = found.table(table["compare"], f"{where}.compare")
    found.keys(other, BESIDE, f"{where}.compare.")
    return Beside(**read_shown(found, other, f"{where}.compare", layers))


def heading(sector: str, titles: Mapping[str, Mapping[Language, str]]) -> str:
    """Name of a sector on the map; an indicator of a history is named by its step."""
    return next(iter(titles[sector].values())) if sector in titles else sector


def check_shown(found: Findings, name: str, names: Sequence[str], where: str) -> None:
    """Note a name that the map cannot show, with those that it can; of many, the nearest or the first."""
    if name in names:
        return
    told = [*names]
    if len(names) > _MOST:
        told = [*(get_close_matches(name, names, n=_MOST) or names[:_MOST]), "…"]
    found.add(
        message(
            "{key}: the map cannot show “{name}”. It can show: {names}.",
            key=where,
            name=name,
            names=", ".join(told) or "–",
        )
    )


def read_middle(found: Findings, given: object, where: str) -> tuple[float, float, float] | None:
    """Middle and zoom of a view; None without it."""
    if given is None:
        return None
    numbers = given if isinstance(given, list) else []
    if len(numbers) == len(BOUNDS) and all(
        isinstance(v, int | float) and not isinstance(v, bool) and low <= v <= high
        for v, (low, high) in zip(numbers, BOUNDS, strict=True)
    ):
        latitude, longitude, zoom = numbers
        return float(latitude), float(longitude), float(zoom)
    found.add(
        message(
            "{key}: must be three numbers: latitude (−90 to 90), longitude (−540 to 540) and zoom (1 to 16).",
            key=where,
        )
    )
    return None


def on_the_map(
    story: Sequence[StoryView],
    layers: Sequence[str],
    further: Sequence[FurtherLayer | FirmLayer],
    titles: Mapping[str, Mapping[Language, str]],
    *,
    empty: Collection[str] = (),
    unpublished: Collection[str] = (),
    withheld: Withheld | None = None,
) -> list[StoryView]:
    """
    Views with the places that their layers have on the map.

    Parameters
    ----------
    story
        Views as the study file names their layers.
    layers
        Names of the layers in their order on the map.
    further
        Further layers in their order, with the result that each comes from.
    titles
        Titles by step: an indicator of a history is named by its step.
    empty
        Results without rows: a view that ticks one is shown without it.
    unpublished
        Results that disclosure control keeps back; likewise.
    withheld
        Whether figures of a layer are withheld, by the layer's name, a sector and a territory.

    Returns
    -------
    story
        The same views, without those that show withheld figures alone; of a result with several further layers the
        first is ticked.

    Raises
    ------
    StudyError
        What a view names did not come onto the map; all such names are told at once.

    Warns
    -----
    GeoterritorioWarning
        A view ticks a result without rows, or one that is kept back; or what it shows is withheld, in part or wholly.
    """
    problems: list[Message] = []
    sources = [layer.source for layer in further]

    def place(name: str, names: Sequence[str], where: str) -> int:
        if name in names:
            return names.index(name)
        problems.append(
            message(
                "{key}: “{name}” has not come onto the map. Another step takes it up, [map] leave_out keeps it off, or "
                "nothing of it can be drawn: name it in [map] show, or take it out of the view.",
                key=where,
                name=name,
            )
        )
        return 0

    told = []
    for n, view in enumerate(story, start=1):
        where = f"map.story[{n}]"
        if withheld is not None and not _tellable(view, withheld, where):
            continue
        kept = _with_rows(view.further, {*empty} - {*sources}, f"{where}.further")
        kept = _published(kept, unpublished, f"{where}.further")
        ticked = tuple(place(name, sources, f"{where}.further") for name in kept)
        layer = place(view.layer, layers, f"{where}.layer") if isinstance(view.layer, str) else view.layer
        beside = view.compare
        if beside is not None:
            other = (
                place(beside.layer, layers, f"{where}.compare.layer")
                if isinstance(beside.layer, str)
                else beside.layer
            )
            beside = replace(beside, layer=other, sector=heading(beside.sector, titles))
        told.append(
            replace(view, layer=layer, sector=heading(view.sector, titles), further=ticked, compare=beside)
        )
    if problems:
        raise StudyError(problems)
    return told


def _tellable(view: StoryView, withheld: Withheld, where: str) -> bool:
    """Whether a view shows something that is told; of a sector that is told in part, its text is to be read again."""
    beside = view.compare or Beside()
    seen = [(view.layer, view.sector, view.territory)]
    if view.compare is not None:
        seen.append(
            (beside.layer or view.layer, beside.sector or view.sector, beside.territory or view.territory)
        )
    found = [withheld(str(layer), sector, territory) for layer, sector, territory in seen if sector]
    number = max(found, default=Hidden(0, 0), key=lambda hidden: hidden.number)
    if any(hidden.number == hidden.of > 0 for hidden in found):
        text = message(
            "{key}: the figures that it shows are withheld, so the view is left out. Show another sector or territory, "
            "or say why nothing need be withheld: [disclosure] off.",
            key=where,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
        return False
    if number.number:
        text = message(
            "{key}: {count} of the {all} figures that it shows are withheld. Read its text again: it must say nothing "
            "that they would tell.",
            key=where,
            count=number.number,
            all=number.of,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return True


def _with_rows(names: Iterable[int | str], empty: Collection[str], where: str) -> list[str]:
    """Results that a view ticks, without those that came out empty: the map was made, and one view shows less."""
    told = [str(name) for name in names]
    for name in told:
        if name in empty:
            text = message(
                "{key}: “{name}” has no rows, so it is not on the map, and the view is shown without it. Take it out "
                "of the view, or give its step other data or settings.",
                key=where,
                name=name,
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return [name for name in told if name not in empty]


def _published(names: Iterable[str], unpublished: Collection[str], where: str) -> list[str]:
    """Results that a view ticks, without those that disclosure control keeps back."""
    told = [*names]
    for name in told:
        if name in unpublished:
            text = message(
                "{key}: disclosure control keeps “{name}” back, so it is not on the map, and the view is shown without "
                "it. Take it out of the view, or say why nothing need be withheld: [disclosure] off.",
                key=where,
                name=name,
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return [name for name in told if name not in unpublished]
