"""A study in brief: at most six sentences for those who read nothing else, none of them without its doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.findings import Facts
from geoterritorio.publication.numbers import Numbers

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
        Facts of the chapters; the first one is told.
    listings
        Further tables; districts and clusters among them are told.
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
    told = [*(_of_quotients(found[0], lang) if found else []), *_of_verdicts(listings, lang)]
    if not told:
        return []
    say = translator(lang)
    return [sentence.render(say) for sentence in told[: SENTENCES - 1]] + [say(LAST)]


def _of_quotients(found: Facts, lang: Language) -> list[Message]:
    """How much is surely concentrated, where most surely, and how much only looks so."""
    numbers, clear = Numbers(lang), found.clear
    told = [
        message(
            "Of {judged} pairs of a territory and a sector that could be judged, {clear} surely have more of the "
            "sector than the area they are compared with.",
            judged=numbers.count(found.judged),
            clear=numbers.count(len(clear)),
        )
    ]
    if len(clear):
        row = clear.iloc[0]
        told.append(
            message(
                "The surest one is “{sector}” in {territory}: its share there is most likely at least {low} times "
                "that of the whole.",
                sector=row["activity"],
                territory=row["place"],
                low=numbers.decimal(row["low"]),
            )
        )
    if len(found.doubtful):
        told.append(
            message(
                "Another {count} look high too, but rest on few establishments or may be chance: nothing should be "
                "decided on them.",
                count=numbers.count(len(found.doubtful)),
            )
        )
    return told


def _of_verdicts(listings: Iterable[Listing], lang: Language) -> list[Message]:
    """What districts and clusters were found, if they were looked for."""
    count, told = Numbers(lang).count, []
    for listing in listings:
        table = listing.table
        if listing.kind == "district_areas" and len(table):
            told.append(
                message(
                    "By the rules used, {found} of {total} labour markets are industrial districts; of {open} the data "
                    "cannot tell.",
                    found=count(int((table["district"] == "yes").sum())),
                    total=count(len(table)),
                    open=count(int((table["district"] == "unknown").sum())),
                )
            )
        if listing.kind == "cluster_cells" and len(table):
            verdict = table["verdict"]
            told.append(
                message(
                    "Clusters of related industries: {found} found, and {possible} possible ones.",
                    found=count(int((verdict == "cluster").sum())),
                    possible=count(int((verdict == "possible cluster").sum())),
                )
            )
    return told


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
