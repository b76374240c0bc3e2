"""What does the page say, in each of its languages?"""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import LANGUAGES, Language, mark, translator

TEXTS = {
    "untitled": mark("Location quotients"),
    "untitled_figure": mark("Boundaries through time"),
    "map": mark("Map"),
    "sector": mark("Sector"),
    "sector_find": mark("Choose or search a sector"),
    "previous": mark("Previous sector"),
    "next": mark("Next sector"),
    "layer": mark("Territories shown"),
    "find": mark("Find a territory"),
    "find_firm": mark("Find a territory or an establishment"),
    "no_match": mark("No match"),
    "matches": mark("{n} matches"),
    "lq": mark("Location quotient"),
    "lq_covered": mark("Location quotient, where “{name}” does not cover it"),
    "cover": mark("On top: {name}"),
    "lq_short": mark("LQ"),
    "legend_hint": mark("Press a row to hide or show it"),
    "over": mark("over {a}"),
    "under": mark("under {a}"),
    "between": mark("{a} to {b}"),
    "around": mark("{a} to {b}, around 1"),
    "zero": mark("0: none of the sector here"),
    "withheld": mark("Withheld"),
    "nothing": mark("No data"),
    "certainty": mark("Certainty"),
    "sure": mark("Clear: told apart from 1, with all tests counted"),
    "unclear": mark("Not clear: not told apart from 1, with all tests counted"),
    "few": mark("Too few establishments to say"),
    "untested": mark("Not tested"),
    "unstated": mark("Certainty not stated"),
    "sure_short": mark("clear"),
    "unclear_short": mark("not clear"),
    "few_short": mark("too few"),
    "untested_short": mark("not tested"),
    "unstated_short": "",
    "sure_short_figure": mark("exact"),
    "few_short_figure": mark("estimate"),
    "size_employment": mark("Circle area: employment"),
    "size_establishments": mark("Circle area: establishments"),
    "high_words": mark("Clearly above 1: the sector is concentrated here."),
    "low_words": mark("Clearly below 1: the sector is scarce here."),
    "unclear_words": mark(
        "Not clear: with all tests counted it is not told apart from 1, so this may be chance."
    ),
    "alone_words": mark(
        "Not clear: the interval alone leaves out 1, but among {n} tests some such cells come by chance. With all of "
        "them counted (q-value) it is not told apart from 1."
    ),
    "few_words": mark("Fewer than 5 effective establishments: too few to tell a pattern from chance."),
    "untested_words": mark("Not tested: the data give no basis for an interval."),
    "unstated_words": mark("The table does not say how certain this quotient is."),
    "withheld_words": mark("Withheld to protect confidentiality: not zero, not known."),
    "nothing_words": mark("No data for this sector here: not zero, not known."),
    "estimated_words": mark("The figure is an estimate."),
    "interval": mark("interval {a} to {b}"),
    "employment": mark("Employment"),
    "establishments": mark("Establishments"),
    "effective_plants": mark("Effective establishments"),
    "excess": mark("Excess over the reference"),
    "p": mark("p-value"),
    "q": mark("q-value (adjusted)"),
    "top": mark("Highest quotients here"),
    "top_label": mark("Bar chart of the sectors with the highest location quotients in {name}"),
    "interval_label": mark("Location quotient {x}, interval from {a} to {b}"),
    "close": mark("Close"),
    "table": mark("Table"),
    "hide_table": mark("Hide the table"),
    "territory": mark("Territory"),
    "low": mark("Low"),
    "high": mark("High"),
    "caption": mark("{sector}: {n} of {m} territories"),
    "more": mark("Show {n} more"),
    "csv": mark("Download CSV"),
    "id": mark("Code"),
    "notes": mark("How to read this map"),
    "sector_figure": mark("Indicator"),
    "sector_find_figure": mark("Choose or search an indicator"),
    "previous_figure": mark("Previous indicator"),
    "next_figure": mark("Next indicator"),
    "lq_figure": mark("Classes of the figures"),
    "lq_covered_figure": mark("Classes of the figures, where “{name}” does not cover them"),
    "lq_short_figure": "",
    "over_figure": mark("{a} or more"),
    "quantiles_figure": mark("As many in each class, all periods together (quantiles)"),
    "certainty_figure": mark("How sure the figures are"),
    "sure_figure": mark("From whole territories"),
    "few_figure": mark("Partly from divided territories"),
    "unstated_figure": mark("Not told whether divided"),
    "sure_words_figure": mark("Exact: made of whole territories."),
    "few_words_figure": mark(
        "An estimate: part of it comes from territories that were divided. It lies within the bounds however they were "
        "divided."
    ),
    "unstated_words_figure": "",
    "nothing_words_figure": mark("No figure for these boundaries: not zero, not known."),
    "interval_figure": mark("between {a} and {b}"),
    "top_figure": mark("Through time"),
    "top_label_figure": mark("Bar chart of the figures of {name} by period"),
    "map_label_figure": mark("Map of territories through time; the table holds the same figures"),
    "value": mark("Figure"),
    "split": mark("Share divided"),
    "from": mark("In force since"),
    "to": mark("In force until"),
    "history": mark("Boundaries through time"),
    "day": mark("Day of the boundaries"),
    "earlier": mark("Day of the change before"),
    "later": mark("Day of the next change"),
    "beginning": mark("The beginning"),
    "boundaries_of": mark("Boundaries of {day}"),
    "boundaries_first": mark("First boundaries known"),
    "in_force": mark("{n} territories in force"),
    "begun": mark("new or changed: {names}"),
    "ended": mark("no longer: {names}"),
    "and_more": mark("{names} and {n} more"),
    "figures_of": mark("Figures of {period} on boundaries of {day}"),
    "figures_undated": mark("Figures without a stated date, on boundaries of {day}"),
    "figures_none": mark("No figures before {period}"),
    "further": mark("Further layers"),
    "kinds_hint": mark(
        "One row may count under several headings; the colour is that of the first one shown."
    ),
    "firms_shown": mark("{n} of {m} establishments shown"),
    "firms_dense": mark("Establishments close together, from 1 to 256 or more"),
    "firms_near": mark("Zoom in to see each."),
    "firms_sector": mark("Establishments by sector"),
    "firms_size": mark("Establishments by size"),
    "firms_years": mark("Open at some time from"),
    "firms_from": mark("First year"),
    "firms_to": mark("Last year"),
    "firms_open": mark("Open from {a} to {b}"),
    "firms_since": mark("Open since {a}"),
    "firms_until": mark("Open until {b}"),
    "firms_one": mark("Establishment"),
    "show_all": mark("Show all"),
    "hide_all": mark("Hide all"),
    "absent": mark("Not on the map: {n}"),
    "same_place": mark("{n} more on this point"),
    "flow_least": mark("Smallest flow shown"),
    "flow_place": mark("Flows of one place"),
    "flow_any": mark("All places"),
    "flow_all": mark("Flows between all places"),
    "flow_out": mark("From {name}"),
    "flow_in": mark("To {name}"),
    "flows_told": mark("{least} or more: {n} of {m} flows, {share}\u00a0% of what flows. Widest: {most}"),
    "keep": mark("Keep the map"),
    "png": mark("PNG"),
    "svg": mark("SVG"),
    "print": mark("Print"),
    "no_tiles": mark("Pictures and prints leave the online background out."),
    "provenance": mark("Where the figures come from"),
    "around_one": mark("Around 1, alike for x and 1/x"),
    "quantiles": mark("As many in each class (quantiles)"),
    "natural": mark("Natural breaks (Fisher-Jenks)"),
    "equal": mark("Equal intervals"),
    "parted": mark("Classes"),
    "colours": mark("Colours"),
    "colours0": mark("Blue and orange, or violet"),
    "colours1": mark("Purple and green"),
    "colours2": mark("Teal and brown"),
    "compare": mark("Compare"),
    "second": mark("Second map"),
    "heading": mark("Sector or indicator"),
    "same": mark("The same territory"),
    "right": mark("Second map: {name}"),
    "apart": mark("The difference is beyond their intervals."),
    "overlap": mark("Their intervals overlap: a difference is neither shown nor ruled out."),
    "untold": mark("Not known whether they differ: a figure or its interval is missing."),
    "unlike": mark("Two different measures: no difference is told."),
    "story": mark("Story"),
    "position": mark("View {n} of {m}"),
    "view_before": mark("View before"),
    "view_after": mark("Next view"),
    "view_again": mark("Back to this view"),
    "leave": mark("Leave the story"),
    "sources": mark("Sources"),
    "made_with": mark("Made with geoterritorio and Leaflet"),
    "tiles": mark("OpenStreetMap background (needs a connection)"),
    "tiles_failed": mark("The OpenStreetMap background cannot be reached."),
    "tiles_credit": mark("© OpenStreetMap contributors"),
    "zoom_in": mark("Zoom in"),
    "zoom_out": mark("Zoom out"),
    "whole": mark("First view"),
    "beyond": mark("Areas and points outside the first view: {n}. Show all"),
    "map_label": mark("Map of location quotients; the table holds the same figures"),
    "language": mark("Language"),
    "details": mark("Territory in detail"),
    "above_one": mark("{n}\u00a0clearly above 1"),
    "below_one": mark("{n}\u00a0clearly below 1"),
    "empty": mark("Choose layers in the list; a click on the map tells what is there."),
    "broken": mark("This browser cannot open the map's data."),
    "no_script": mark("This map needs JavaScript, which stays inside this file."),
    "panel": mark("Legend and settings"),
}

# How to read each kind of layer, and the map.
NOTES = {
    "quotients": (
        mark(
            "A location quotient (LQ) of 1 means that the sector has the same share here as in the "
            "reference; 2 means twice the share, 0.5 half of it."
        ),
        mark(
            "As the map opens, colours diverge around 1, in steps that are symmetric for x and 1/x: blue is below, "
            "orange above. Quantiles say nothing of 1: their colours only rank the quotients of one sector."
        ),
        mark(
            "Full colour: told apart from 1 by the interval, and with all tests counted. Upright stripes: not told "
            "apart. Slanting stripes: too few establishments, or not tested."
        ),
        mark("Dotted: withheld by the source. Dashed: no data. Neither is zero."),
        mark(
            "Among many cells some stand out by chance; the q-value is adjusted for all cells tested together."
        ),
    ),
    "history": (
        mark(
            "Slide through the days on which a boundary or a figure changed. Territories that are new or changed on "
            "the day have a red outline; figures are those of the latest period that had begun."
        ),
        mark(
            "Figures told for the boundaries of one day stay on these, and the outlines of the chosen day lie over "
            "them. Other figures are shown only where the boundary is still that on which they were counted."
        ),
        mark(
            "Hatched: part of the figure comes from territories that were divided; its bounds hold however they were "
            "divided."
        ),
        mark(
            "An indicator has one set of classes for all periods, so that a colour means the same on every day: "
            "quantiles hold as many figures of all periods together, not of each."
        ),
    ),
    "keys": (
        mark(
            "Keyboard: on the map, arrows move, plus and minus zoom, Enter opens the territory under the "
            "cross. The table holds the same figures."
        ),
        mark(
            "The table's file has the rows that the legend shows, and figures with no more digits than the map tells."
        ),
    ),
}

# Of single establishments: why they may be seen, or that nobody said so.
SINGLE = mark("This map shows single establishments. Why it may: {reason}")
INTERNAL = mark(
    "Internal: this map holds the exact places of single establishments, and nobody has said why others may see them."
)

Words = str | Mapping[Language, str]


def in_all_languages(words: Words) -> dict[Language, str]:
    """
    Text by language, from one text for all or from a table of texts.

    Parameters
    ----------
    words
        One text, or texts by language; where a language is missing, the first text stands for it.

    Returns
    -------
    texts
        A text for every language.

    Examples
    --------
    >>> in_all_languages({"es": "Estados"})
    {'en': 'Estados', 'es': 'Estados'}
    """
    if isinstance(words, Mapping):
        fallback = next(iter(words.values()), "")
        return {lang: str(words.get(lang, fallback)) for lang in LANGUAGES}
    return {lang: str(words) for lang in LANGUAGES}


def dictionaries() -> dict[str, dict[str, str]]:
    """Texts of the page by language and key."""
    return {
        lang: {key: translator(lang)(text) if text else "" for key, text in TEXTS.items()}
        for lang in LANGUAGES
    }
