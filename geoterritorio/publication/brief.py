"""A study in brief: at most six sentences for those who read nothing else, none of them without its doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.findings import together
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.findings import LIST_LENGTH, LOOKS_HIGH, Facts, without_sizes
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.telling import told_rows, untold_rows

SENTENCES = 6
# Words a minute that an adult reads of a text with figures.
_PACE = 180
LAST = mark(
    "The figures say where activity is; they do not say why it is there, nor what a measure would bring about."
)


def in_brief(found: Sequence[Facts], listings: Iterable[Listing], lang: Language) -> list[str]:
    """
    Sentences at the top of a report.

    Parameters
    ----------
    found
        Facts of the chapters; the first one is told, and of others how many pairs surely have more.
    listings
        Further tables; what some of them say to everybody is told, or else how many there are.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        At most six, without terms that need an explanation; none where there is nothing to tell.

    Examples
    --------
    >>> in_brief([], [], "en")
    []
    """
    told = [*(_of_quotients(found[0], found[1:], lang) if found else []), *_of_verdicts(listings, lang)]
    if not told:
        return []
    say = translator(lang)
    return [sentence.render(say) for sentence in told[: SENTENCES - 1]] + [say(LAST)]


def _of_quotients(found: Facts, others: Sequence[Facts], lang: Language) -> list[Message]:
    """How much is surely concentrated, where most surely, and how much only looks so."""
    numbers, clear = Numbers(lang), found.clear
    told = [_surely(found, others, numbers)]
    if len(clear):
        row = clear.iloc[0]
        told.append(
            message(
                "The surest one is “{sector}” in {territory}: by its interval alone, which does not allow for its "
                "being chosen, its share there is at least {low} times that of the whole.",
                sector=row["activity"],
                territory=row["place"],
                low=numbers.decimal(row["low"]),
            )
        )
    return [*told, *without_sizes(found, numbers), *_perhaps(found, numbers)]


def _surely(found: Facts, others: Sequence[Facts], numbers: Numbers) -> Message:
    """How many of the pairs that were judged are surely above 1; of several chapters the first in words."""
    told = message(
        "Of {judged} pairs of a territory and a sector that could be judged, {clear} surely have more of the "
        "sector than the area they are compared with.",
        judged=numbers.count(found.judged),
        clear=numbers.count(len(found.clear)),
    )
    if not others:
        return told
    rows = [
        message(
            "{clear} of {judged} (“{name}”)",
            clear=numbers.count(len(other.clear)),
            judged=numbers.count(other.judged),
            name=other.name,
        )
        for other in others[:LIST_LENGTH]
    ]
    return message(
        "{told} Those are of “{name}”; in further results of this kind it is: {rows}.",
        told=told,
        name=found.name,
        rows=together(rows),
    )


def _perhaps(found: Facts, numbers: Numbers) -> list[Message]:
    """How many pairs only look high: of those that were judged, and of those that were not, each of its own number."""
    judged = int((found.doubtful["certainty"] == "unclear").sum())
    others = len(found.doubtful) - judged
    figures = {
        "count": numbers.count(judged),
        "few": numbers.count(others),
        "total": numbers.count(found.number("few", "untested")),
        "high": numbers.quotient(LOOKS_HIGH),
    }
    texts = {
        (True, True): mark(
            "Of those judged, another {count} look high too (from {high} times on) but may be chance; so do {few} of "
            "the {total} pairs that rest on too little to be judged: nothing should be decided on them."
        ),
        (True, False): mark(
            "Of those judged, another {count} look high too (from {high} times on) but may be chance: nothing should "
            "be decided on them."
        ),
        (False, True): mark(
            "Of {total} pairs that rest on too little to be judged, {few} look high (from {high} times on): nothing "
            "should be decided on them."
        ),
    }
    kind = (judged > 0, others > 0)
    return [Message(texts[kind], figures)] if kind in texts else []


def _of_verdicts(listings: Iterable[Listing], lang: Language) -> list[Message]:
    """What other tables say to everybody: districts and clusters first, if they were looked for."""
    count = Numbers(lang).count
    found = [listing for listing in listings if len(listing.table)]
    told: list[Message] = []
    for one in (one for kind in _SAID for one in found if one.kind == kind):
        rows, untold = told_rows(one.table)
        told += [_SAID[one.kind](rows, count)] if len(rows) else []
        if untold:
            sentence = untold_rows(untold, len(one.table), lang)
            told.append(message("{title}. {sentence}", title=one.title, sentence=sentence))
    if found and not told:
        told = [
            message(
                "Tables of results: {count}. The findings say of each what stands out, and how much of it may be "
                "chance.",
                count=count(len(found)),
            )
        ]
    return told


def _districts(table: pd.DataFrame, count: Callable[[float], str]) -> Message:
    return message(
        "By the rules used, {found} of {total} labour markets are industrial districts; undecided for want of "
        "data: {open}.",
        found=count(int((table["district"] == "yes").sum())),
        total=count(len(table)),
        open=count(int((table["district"] == "unknown").sum())),
    )


def _clusters(table: pd.DataFrame, count: Callable[[float], str]) -> Message:
    return message(
        "Clusters of related industries: {found} found, and {possible} possible ones.",
        found=count(int((table["verdict"] == "cluster").sum())),
        possible=count(int((table["verdict"] == "possible cluster").sum())),
    )


def _institutions(table: pd.DataFrame, count: Callable[[float], str]) -> Message:
    known = table[table["kinds_present"].notna()]
    if known.empty:
        return message(
            "Of none of {total} territories is it told which kinds of institution there are.",
            total=count(len(table)),
        )
    return message(
        "In {lacking} of {total} territories at least one kind of institution that was looked for is missing; where "
        "there are few institutions, that may be chance.",
        lacking=count(int((known["missing_kinds"].fillna("") != "").sum())),
        total=count(len(known)),
    )


def _ladder(table: pd.DataFrame, count: Callable[[float], str]) -> Message:
    unsure = int((table["certain"] == "no").sum())
    if not unsure:
        return message(
            "How far territories have come is known of all {total}: no open condition could take any of them further.",
            total=count(len(table)),
        )
    return message(
        "How far territories have come is known within bounds: of {open} of {total} it is not certain that they are "
        "not further, because something is not known.",
        open=count(unsure),
        total=count(len(table)),
    )


def _markets(table: pd.DataFrame, count: Callable[[float], str]) -> Message:
    return message(
        "Commuting makes {total} labour markets, of which {valid} are valid by the rules used.",
        total=count(len(table)),
        valid=count(int((table["valid"] == "yes").sum())),
    )


# Kind of the table, those that weigh most first, and its sentence.
_SAID: Mapping[str, Callable[[pd.DataFrame, Callable[[float], str]], Message]] = {
    "district_areas": _districts,
    "cluster_cells": _clusters,
    "innovation_areas": _institutions,
    "ladder_areas": _ladder,
    "labour_markets": _markets,
}


def reading_time(texts: Iterable[str], lang: Language) -> str:
    """
    How long the findings take to read.

    Parameters
    ----------
    texts
        What stands open on the page.
    lang
        Language of the reader.

    Returns
    -------
    sentence
        Minutes, at least one.

    Examples
    --------
    >>> reading_time(["word " * 400], "en")
    'Reading time of brief and findings: about 3 min. Tables, methods and the record of the run are folded.'
    """
    words = sum(len(re.findall(r"\w+", text)) for text in texts)
    return message(
        "Reading time of brief and findings: about {minutes} min. Tables, methods and the record of the run are "
        "folded.",
        minutes=Numbers(lang).count(max(1, -(-words // _PACE))),
    ).render(translator(lang))
