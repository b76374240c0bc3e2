"""What a study's map shows as it opens: named as the study file names it, checked with its keys, found on the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from geoterritorio.errors import StudyError, message
from geoterritorio.i18n import Language
from geoterritorio.publication import Beside, HistoryLayer, Opening, QuotientLayer, StoryView
from geoterritorio.study.checks import Findings, flags
from geoterritorio.study.story import BESIDE, check_shown, heading, read_beside, read_middle, read_shown

_KEYS = (*BESIDE, "view", "compare", "table", "story")
_WHERE = "map.opens"
# what a view of the story says by itself; layer and sector come first among the others all the same
_SAID = tuple(key for key in _KEYS if key not in {"layer", "sector", "story"})


def read_opening(found: Findings, given: object, layers: Sequence[str], story: int) -> Opening | None:
    """
    Key ``[map] opens``: what the map shows first.

    Parameters
    ----------
    found
        Where errors are noted.
    given
        What the file has under the key; None without it.
    layers
        Steps with quotients, then layers with a history.
    story
        How many views the story of the file has.

    Returns
    -------
    opens
        With names as the study file has them; None without the key.
    """
    if given is None:
        return None
    table = found.table(given, _WHERE)
    found.keys(table, _KEYS, f"{_WHERE}.")
    own = {"layer": next(iter(layers), ""), **read_shown(found, table, _WHERE, layers)}
    if not layers:
        for key in (*BESIDE[1:], "compare"):
            if key in table:
                check_shown(found, str(table[key]), (), f"{_WHERE}.{key}")
    beside = read_beside(found, table, _WHERE, layers)
    view = read_middle(found, table.get("view"), f"{_WHERE}.view")
    opened = flags(found, table, _WHERE, ("table",)).get("table", False)
    number = _number(found, table, story)
    return Opening(**own, view=view, compare=beside, table=opened, story=number)


def _number(found: Findings, table: Mapping[str, object], views: int) -> int | None:
    """Number of a view of the story, which says all else that is shown."""
    number, key = table.get("story"), f"{_WHERE}.story"
    if number is None:
        return None
    if not views:
        found.add(message("{key}: the map has no story. Begin one with [[map.story]].", key=key))
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= views:
        found.add(
            message("{key}: must be the number of a view of the story, 1 to {views}.", key=key, views=views)
        )
        return None
    for other in _SAID:
        if other in table:
            found.add(
                message(
                    "{key}: a view of the story says by itself what is shown; leave this out, or leave out {other}.",
                    key=f"{_WHERE}.{other}",
                    other=key,
                )
            )
    return number


def opening_first(
    opens: Opening | None, names: Sequence[str], layers: Sequence[QuotientLayer | HistoryLayer]
) -> tuple[list[str], list[QuotientLayer | HistoryLayer]]:
    """
    Layers of a map, of which the first is the one that it opens with.

    Parameters
    ----------
    opens
        What the map opens with; its layer is a name, or empty where the study has none.
    names, layers
        Names of the layers and layers, in the order of the study.

    Returns
    -------
    names, layers
        The same in the order of the map.

    Raises
    ------
    StudyError
        The layer did not come onto the map, or has no such sector.
    """
    if opens is None or not opens.layer:
        return [*names], [*layers]
    found = Findings()
    check_shown(found, str(opens.layer), names, f"{_WHERE}.layer")
    pairs = sorted(zip(names, layers, strict=True), key=lambda pair: pair[0] != opens.layer)
    first = pairs[0][1] if pairs else None
    if opens.sector and isinstance(first, QuotientLayer) and not found.problems:
        check_shown(found, opens.sector, [own[0] for own in first.headings()], f"{_WHERE}.sector")
        first.opening = opens.sector
    if found.problems:
        raise StudyError(found.problems)
    return [own for own, _ in pairs], [layer for _, layer in pairs]


def opening_on_the_map(
    opens: Opening | None,
    names: Sequence[str],
    layers: Sequence[QuotientLayer | HistoryLayer],
    titles: Mapping[str, Mapping[Language, str]],
    story: tuple[Sequence[StoryView], Sequence[StoryView]],
) -> Opening | None:
    """
    The opening with the places that its layers have on the map.

    Parameters
    ----------
    opens
        What the map opens with, as the study file names it.
    names, layers
        Names of the layers and layers, in the order of the map.
    titles
        Titles by step: an indicator of a history is named by its step.
    story
        Views of the study file, and those that came onto the map: one that shows withheld figures alone does not.

    Returns
    -------
    opens
        The same with places instead of names; None where there is nothing to say, or its view of the story is left out.

    Raises
    ------
    StudyError
        A sector, day or territory did not come onto the map; all are told at once, each with what there is.
    """
    if opens is None:
        return None
    if opens.story is not None:
        given, shown = story
        told = given[opens.story - 1]
        number = next(
            (n for n, own in enumerate(shown, 1) if (own.title, own.text) == (told.title, told.text)), None
        )
        return None if number is None else Opening(story=number)
    if not layers:
        return replace(opens, layer=0)
    found = Findings()
    place = names.index(str(opens.layer))
    own = replace(opens, layer=place, sector=_sector(found, opens, layers[place], titles, _WHERE))
    if opens.compare is not None:
        own = replace(own, compare=_beside(found, opens.compare, place, names, layers, titles))
    if found.problems:
        raise StudyError(found.problems)
    return own


def _beside(
    found: Findings,
    beside: Beside,
    place: int,
    names: Sequence[str],
    layers: Sequence[QuotientLayer | HistoryLayer],
    titles: Mapping[str, Mapping[Language, str]],
) -> Beside:
    """Second map with the place of its layer; without one it shows that of the first."""
    where = f"{_WHERE}.compare"
    if beside.layer is None:
        return replace(beside, sector=_sector(found, beside, layers[place], titles, where))
    check_shown(found, str(beside.layer), names, f"{where}.layer")
    there = names.index(str(beside.layer)) if beside.layer in names else place
    return replace(beside, layer=there, sector=_sector(found, beside, layers[there], titles, where))


def _sector(
    found: Findings,
    seen: Opening | Beside,
    layer: QuotientLayer | HistoryLayer,
    titles: Mapping[str, Mapping[Language, str]],
    where: str,
) -> str:
    """Sector as the layer calls it; what is named of the layer and not there is noted with what there is."""
    sector, headings = heading(seen.sector, titles), layer.headings()
    if sector and not any(sector in own for own in headings):
        known = [own[0] for own in headings]
        if isinstance(layer, HistoryLayer):
            told = {text for own in headings for text in own}
            known = [name for name, words in titles.items() if {*words.values()} & told]
        check_shown(found, seen.sector, known, f"{where}.sector")
    if seen.day is not None:
        check_shown(found, seen.day, layer.days(), f"{where}.day")
    if seen.territory:
        check_shown(found, seen.territory, sorted(layer.known()), f"{where}.territory")
    return sector
