"""What stands out in the tables of who reaches what: sentences with the numbers that matter most."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers


def reached(listing: Listing, lang: Language) -> Message | None:
    """
    How much land any of the places reaches, and what counts as reached.

    Parameters
    ----------
    listing
        The table, and how the report names it.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if nothing is known.
    """
    table, numbers, say = listing.table, Numbers(lang), translator(lang)
    if table.empty:
        return None
    unit = worded("unit", str(table["unit"].iloc[0]), listing.kind, say)
    land = table.groupby("up_to")[["area_km2", "places"]].sum()
    rows = [
        f"{message('up to {amount} {unit}', amount=numbers.plain(budget), unit=unit).render(say)} "
        f"({numbers.significant(area)} km²)"
        for budget, area in land["area_km2"].items()
    ]
    return message(
        "Land within reach of {places} places: {rows}. Counted is what lies within {radius} m of a reached road.",
        places=numbers.count(int(land["places"].max())),
        rows="; ".join(rows),
        radius=numbers.plain(float(table["radius"].iloc[0])),
    )


def reach(listing: Listing, lang: Language) -> Message | None:
    """
    Which kind of centre fewest reach, how far it is, what hangs on one centre, and what is not known.

    Parameters
    ----------
    listing
        The table, and how the report names it.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if nothing is known.
    """
    told = listing.table[listing.table["who"].eq(listing.table["who"].iloc[:1].squeeze())]
    known = told.assign(share=told["several"] + told["single"]).dropna(subset=["share", "number"])
    if known.empty:
        return None
    order = known.sort_values("share", kind="stable").to_dict("records")
    least, most = order[0], order[-1]
    numbers, say = Numbers(lang), translator(lang)
    named = [worded("centre_kind", str(row["centre_kind"]), listing.kind, say) for row in (least, most)]
    unit = worded("unit", str(least["unit"]), listing.kind, say)
    reached, computed = _REACHED[str(least["who"])], _COMPUTED[str(least["by"])]
    sentences = [
        message(
            reached,
            number=numbers.count(least["number"]),
            amount=numbers.plain(least["up_to"]),
            unit=unit,
            kind=named[0],
            share=_whole_percent(least["share"], numbers),
        ),
        *_depending(least, unit, numbers),
        message(
            "Of {total} kinds whose figures are told it is the one that fewest reach; most, {share}, reach “{kind}”.",
            total=numbers.count(len(known)),
            share=_whole_percent(most["share"], numbers),
            kind=named[1],
        ),
        message(computed),
    ]
    if len(known) == 1:
        del sentences[-2]
    return Message("{text}", {"text": " ".join(sentence.render(say) for sentence in sentences)})


_REACHED = {
    "establishments": mark(
        "Of {number} small and medium establishments, {share} reach a centre of the kind “{kind}” within {amount} "
        "{unit}."
    ),
    "residents": mark(
        "Of {number} residents, {share} reach a centre of the kind “{kind}” within {amount} {unit}."
    ),
}
_COMPUTED = {
    "road": mark("Ways are computed along roads: they tell what could be reached, not who goes there."),
    "straight line": mark("Ways are straight lines: they tell what could be reached, not who goes there."),
    "table": mark("Ways are those of a table of costs: they tell what could be reached, not who goes there."),
}
# Shares beyond these are told with a decimal, so that nearly all is not taken for all.
_FEWEST, _NEARLY = 0.005, 0.001


def _whole_percent(share: float, numbers: Numbers) -> str:
    """Share in whole percent; only none is 0 and only all is 100."""
    if share in (0, 1) or _FEWEST <= share < 1 - _FEWEST:
        return numbers.percent(round(share, 2))
    return numbers.percent(min(max(round(share, 3), _NEARLY), 1 - _NEARLY))


def _depending(row: Mapping[str, float], unit: str, numbers: Numbers) -> list[Message]:
    """How far it is, and what hangs on a single centre, as far as it is told."""
    half = (
        message("Fewer than half find a way to one.")
        if pd.isna(row["median"])
        else message(
            "Half of them are within {median} {unit} of one.", median=numbers.count(row["median"]), unit=unit
        )
    )
    told = {"single": _whole_percent(row["single"], numbers)}
    if pd.isna(row["main_share"]) or not row["main_share"]:
        return [half, message("For {single} only one lies within the budget.", **told)]
    text = mark(
        "For {single} only one lies within the budget, and {share} would lose theirs if {centre} closed."
    )
    told |= {"share": _whole_percent(row["main_share"], numbers), "centre": _name(row)}
    return [half, message(text, **told)]


def _name(row: Mapping[str, object]) -> str:
    """Centre by its name, where it has one."""
    name = row.get("main_centre_name")
    return name if isinstance(name, str) and name else str(row["main_centre"])
