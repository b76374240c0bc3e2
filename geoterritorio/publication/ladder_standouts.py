"""What stands out on the ladder: how far territories have come, and which surely rose or fell since an earlier date."""

from __future__ import annotations

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.ladder_words import date_told
from geoterritorio.publication.telling import Telling

_MOVED = {
    "rose": mark("Between {before} and {after} certainly risen: {places}."),
    "fell": mark("Between {before} and {after} certainly fallen: {places}."),
}
_NONE = {
    "rose": mark("Between {before} and {after} no territory has certainly risen."),
    "fell": mark("None has certainly fallen."),
}
_TURNED = {
    "gained": mark("Not met then and met now: {conditions}."),
    "lost": mark("Met then and no longer: {conditions}."),
}


def rungs(listing: Listing, lang: Language) -> Message | None:
    """
    How many territories have surely passed which gate, how many may be further, and who surely rose or fell.

    Parameters
    ----------
    listing
        Areas of `ladder`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    table = tell.table
    if table.empty:
        return None
    words = table.sort_values("rung", ascending=False)["at_least"].value_counts(sort=False)
    unsure = table[table["certain"] == "no"]
    text = mark(
        "Surely passed, by gate: {rows}. Of {open} of {total} it is unknown whether they are further. Gates are this "
        "software's proposal, or the reader's own table."
    )
    if unsure.empty:
        text = mark(
            "Surely passed, by gate: {rows}. Of none of {total} is it unknown whether they are further. Gates are this "
            "software's proposal, or the reader's own table."
        )
    surely = message(
        text,
        rows="; ".join(f"{tell.word('at_least', c)}: {tell.numbers.count(int(n))}" for c, n in words.items()),
        open=tell.count(unsure),
        total=tell.count(table),
    )
    return tell.together([surely, *_since(tell)])


def _since(tell: Telling) -> list[Message]:
    """Which territories surely moved between both dates, which conditions turned, and of how many nothing is sure."""
    table = tell.table
    if "climbed" not in table.columns:
        return []
    dates = {
        "before": date_told(table["earlier_on"], pd.Series(dtype=object), tell.say),
        "after": date_told(table["on"], table["latest"], tell.say),
    }
    told = []
    for way, column in (("rose", "gained"), ("fell", "lost")):
        rows = table[table["climbed"] == way]
        if rows.empty:
            text = _NONE[way]
            told.append(message(text, **dates))
            continue
        text = _MOVED[way]
        told.append(message(text, places=_moves(rows, tell), **dates))
        told += _conditions(rows, column, tell)
    told += _others(table[~table["climbed"].isin(list(_MOVED))], tell)
    unsure = table["climbed"] == "not certain"
    if unsure.any():
        told.append(
            message(
                "Of {count} of {total} neither is certain, since conditions are unknown at one of both dates.",
                count=tell.count(table[unsure]),
                total=tell.count(table),
            )
        )
    return told


def _moves(rows: pd.DataFrame, tell: Telling) -> str:
    """Territories with the rungs they came from and came to."""
    return "; ".join(
        message(
            "{place} (from {then} to {now})",
            place=tell.place(row),
            then=_standing(row, "earlier_", tell),
            now=_standing(row, "", tell),
        ).render(tell.say)
        for row in rows.to_dict("records")
    )


def _standing(row: dict[str, object], prefix: str, tell: Telling) -> str:
    """Gate, or from which to which where that is not certain."""
    least, most = (tell.word("at_least", row[f"{prefix}{end}"]) for end in ("at_least", "at_most"))
    if least == most:
        return f"«{least}»" if tell.lang == "es" else f"“{least}”"
    return message("“{most}” at most", most=most).render(tell.say)


def _conditions(rows: pd.DataFrame, column: str, tell: Telling) -> list[Message]:
    """Conditions that turned, with the number of territories where there are several."""
    codes = rows[column].dropna().astype(str).str.split("; ").explode()
    if codes.empty:
        return []
    number = codes.value_counts(sort=False)
    several = len(rows) > 1
    words = [
        f"{tell.word('gained', c)} ({tell.numbers.count(int(n))})" if several else tell.word("gained", c)
        for c, n in number.items()
    ]
    text = _TURNED[column]
    return [message(text, conditions="; ".join(words))]


def _others(rows: pd.DataFrame, tell: Telling) -> list[Message]:
    """Conditions that turned where neither a rise nor a fall is certain."""
    told = []
    for column, text in (
        ("gained", mark("No certain rise, but conditions not met then and met now: {places}.")),
        ("lost", mark("No certain fall, but conditions met then and no longer: {places}.")),
    ):
        some = rows[rows[column].notna()]
        places = [
            f"{tell.place(row)} ({tell.word('gained', row[column])})" for row in some.to_dict("records")
        ]
        if places:
            told.append(message(text, places="; ".join(places)))
    return told
