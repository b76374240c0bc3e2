"""What stands out in tables that compare, trace or check: counts, and how much of them is open."""

from __future__ import annotations

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.telling import Telling

# Share of draws from which on a verdict is called firm.
_FIRM = 0.9


def _counted(listing: Listing, lang: Language, column: str) -> str:
    """Codes of a column in words, with how often they occur."""
    told = Telling(listing, lang)
    counts = listing.table[column].dropna().value_counts()
    return "; ".join(
        f"{worded(column, str(code), listing.kind, told.say)}: {told.numbers.count(int(n))}"
        for code, n in counts.items()
    )


def soundness(listing: Listing, lang: Language) -> Message | None:
    """How many checks of a history found something."""
    told, table = Telling(listing, lang), listing.table
    found = table[table["count"] > 0]
    return message(
        "Checks of the history that found something: {count} of {total}, of which {serious} are serious.",
        count=told.count(found),
        total=told.count(table),
        serious=told.count(found[found["severity"] == "serious"]),
    )


def events(listing: Listing, lang: Language) -> Message | None:
    """How many events of which kind."""
    if listing.table.empty:
        return None
    return message(
        "Events between versions: {count} ({rows}). They are read from the outlines, not from the acts.",
        count=Telling(listing, lang).count(listing.table),
        rows=_counted(listing, lang, "kind"),
    )


def firmness(listing: Listing, lang: Language) -> Message | None:
    """How many verdicts on districts hold if plants are drawn anew, and if thresholds move."""
    told, known = Telling(listing, lang), listing.table.dropna(subset=["kept"])
    if known.empty:
        return None
    return message(
        "Verdicts that hold in {firm} or more of all draws: {count} of {total}; least firm: {places}.",
        firm=told.share(_FIRM),
        count=told.count(known[known["kept"] >= _FIRM]),
        total=told.count(known),
        places=told.places(known.sort_values("kept", kind="stable").head(3)),
    )


def peers(listing: Listing, lang: Language) -> Message | None:
    """How many figures lie beyond the usual range of the peers, and how firmly."""
    told, table = Telling(listing, lang), listing.table
    known = table.dropna(subset=["place"])
    if known.empty:
        return None
    return message(
        "Figures beside those of the peers: {rows}. Where figures are redrawn within their intervals, {firm} of "
        "{total} keep that place in nine of ten draws.",
        rows=_counted(listing, lang, "place"),
        firm=told.count(known[known["same_place"] >= _FIRM]),
        total=told.count(known.dropna(subset=["same_place"])),
    )


def axes(listing: Listing, lang: Language) -> Message | None:
    """On how many axes of how many territories the two readings agree."""
    if listing.table.empty:
        return None
    return message(
        "Whether both readings agree, by axis and territory: {rows}. An axis on which one reading is unknown is "
        "neither agreement nor disagreement.",
        rows=_counted(listing, lang, "agrees"),
    )


def extents(listing: Listing, lang: Language) -> Message | None:
    """How many clusters reach over several territories."""
    told, table = Telling(listing, lang), listing.table
    if table.empty:
        return None
    return message(
        "Extents of clusters: {count}, of which {several} reach over several territories.",
        count=told.count(table),
        several=told.count(table[table["number"] > 1]),
    )
