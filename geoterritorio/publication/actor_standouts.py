"""What stands out in networks of actors and among brokers, with its doubt."""

from __future__ import annotations

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.telling import LEVEL, NAMED, Telling

# Measures of a network that the sentence tells, the one that most ask for first; the others are in the table.
_MEASURES = {
    "local_share": mark("ties that stay"),
    "two_steps": mark("firms within two steps of a knowledge holder"),
    "reciprocity": mark("links returned"),
    "repeated": mark("ties in several periods"),
    "project_overlap": mark("shared projects of those tied otherwise"),
}
_MORE, _LESS = mark("more than by chance"), mark("less than by chance")
_LINKED = "local_share"
# A table of institutions alone, and what is told of it and of one of all actors.
_BODIES = "institution_brokers"
_ROLES = {
    False: (
        mark("None of {total} actors stands in a role more often than chance (q < 0.05)."),
        mark(
            "In a role more often than chance (q < 0.05): {count} of {total} actors; strongest role: {rows}."
        ),
    ),
    True: (
        mark(
            "None of {total} institutions stands in a role more often than chance (q < 0.05). Firms, which are not "
            "named, count with them in the figures of territories."
        ),
        mark(
            "In a role more often than chance (q < 0.05): {count} of {total} institutions; strongest role: {rows}. "
            "Firms, which are not named, count with them in the figures of territories."
        ),
    ),
}
_RECORDED = message("Ties are those that were recorded: more of them may change each figure.")


def network(listing: Listing, lang: Language) -> Message | None:
    """
    In how many territories measures of the network lie above or below what chance gives.

    Parameters
    ----------
    listing
        Figures of `actor_network` by territory, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    tested = tell.table[tell.table["q"].notna()]
    if tested.empty:
        return tell.together(tell.open())
    sure = tested[tested["q"] < LEVEL]
    if sure.empty:
        return tell.together(
            [
                message(
                    "None of {total} figures tested is told from chance (q < 0.05), in {places} territories.",
                    total=tell.count(tested),
                    places=tell.numbers.count(tested["territory"].nunique()),
                ),
                _RECORDED,
            ]
        )
    rows = [
        message(
            "{measure}: more in {more}, less in {less} of {total}",
            measure=tell.say(words),
            more=tell.numbers.count(int((own["value"] > own["expected"]).sum())),
            less=tell.numbers.count(int((own["value"] < own["expected"]).sum())),
            total=tell.numbers.count(int((tested["measure"] == measure).sum())),
        ).render(tell.say)
        for measure, words in _MEASURES.items()
        if (tested["measure"] == measure).any()
        for own in [sure[sure["measure"] == measure]]
    ]
    told = message(
        "Told from chance (q < 0.05), by number of territories tested: {rows}.", rows="; ".join(rows)
    )
    return tell.together([told, *_stay(tested[tested["measure"] == _LINKED], "value", tell), _RECORDED])


def whole_network(listing: Listing, lang: Language) -> Message | None:
    """
    Which measures of the network of all actors together lie above or below what chance gives.

    Parameters
    ----------
    listing
        Figures of `actor_network` of all actors, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if nothing was tested.
    """
    tell = Telling(listing, lang)
    tested = tell.table[tell.table["q"].notna()]
    if tested.empty:
        return None
    sure = tested[tested["q"] < LEVEL]
    if sure.empty:
        return tell.together(
            [
                message(
                    "None of {total} figures tested of all actors together is told from chance (q < 0.05).",
                    total=tell.count(tested),
                )
            ]
        )
    rows = [
        f"{tell.word('measure', row['measure'])} ({tell.say(_MORE if row['value'] > row['expected'] else _LESS)})"
        for row in sure.to_dict("records")
    ]
    return tell.together(
        [
            message(
                "Of all actors together told from chance (q < 0.05): {count} of {total} figures tested: {rows}.",
                count=tell.count(sure),
                total=tell.count(tested),
                rows="; ".join(rows),
            )
        ]
    )


def _stay(tested: pd.DataFrame, column: str, tell: Telling) -> list[Message]:
    """Territories in which more ties stay than by chance, the surest of them by name."""
    if tested.empty:
        return []
    more = tested[(tested["q"] < LEVEL) & (tested[column] > tested["expected"])]
    if more.empty:
        return [
            message(
                "In none of {total} territories tested do more ties stay than by chance (q < 0.05).",
                total=tell.count(tested),
            )
        ]
    first = more.sort_values(column, ascending=False, kind="stable").head(NAMED).to_dict("records")
    rows = [
        message(
            "{place} ({share}; by chance {expected})",
            place=tell.place(row),
            share=tell.share(row[column]),
            expected=tell.share(row["expected"]),
        ).render(tell.say)
        for row in first
    ]
    return [
        message(
            "More ties stay in the territory than by chance (q < 0.05) in {count} of {total} tested, most in {rows}.",
            count=tell.count(more),
            total=tell.count(tested),
            rows="; ".join(rows),
        )
    ]


def brokers(listing: Listing, lang: Language) -> Message | None:
    """
    Which actors stand between others more often than chance puts them there, and which link knowledge to firms.

    Parameters
    ----------
    listing
        Actors or institutions of `brokerage`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    if tell.table.empty:
        return None
    roles = tell.table["strongest"].dropna().value_counts()
    total = tell.count(tell.table)
    none, some = _ROLES[listing.kind == _BODIES]
    if roles.empty:
        told = message(none, total=total)
    else:
        told = message(
            some,
            count=tell.numbers.count(int(roles.sum())),
            total=total,
            rows="; ".join(
                f"{tell.word('strongest', role)}: {tell.numbers.count(n)}" for role, n in roles.items()
            ),
        )
    return tell.together([told, *_linking(tell), _RECORDED])


def _linking(tell: Telling) -> list[Message]:
    """Actors that link knowledge holders with firms more than chance does."""
    tested = tell.table[tell.table["linking_q"].notna()]
    untested = tell.count(tell.table.drop(tested.index))
    sure = tested[tested["linking_q"] < LEVEL].sort_values("linking", ascending=False, kind="stable")
    if sure.empty:
        return [
            message(
                "None of {total} tested links knowledge holders with firms more than chance (q < 0.05); too few ways "
                "to test: {untested}.",
                total=tell.count(tested),
                untested=untested,
            )
        ]
    rows = [
        message(
            "{actor} ({ways} ways; by chance {expected})",
            actor=row["actor_name"] if isinstance(row["actor_name"], str) else str(row["actor"]),
            ways=tell.numbers.count(row["linking"]),
            expected=tell.numbers.count(row["linking_expected"]),
        ).render(tell.say)
        for row in sure.head(NAMED).to_dict("records")
    ]
    return [
        message(
            "Links knowledge holders with firms more than chance (q < 0.05): {count} of {total} tested, foremost "
            "{rows}; too few ways to test: {untested}.",
            count=tell.count(sure),
            total=tell.count(tested),
            rows="; ".join(rows),
            untested=untested,
        )
    ]
