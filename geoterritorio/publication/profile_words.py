"""Words for the columns and codes of coded assessments and of the shares beside them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoterritorio.assessment.coded import assessed_items
from geoterritorio.assessment.profile_rules import LISTS
from geoterritorio.assessment.spokes import SPOKES
from geoterritorio.i18n import mark
from geoterritorio.layers.vocabularies import vocabularies

PROFILE_HEADINGS: Mapping[str, str] = {
    "rated_items": mark("Items with evidence"),
    "unknown_items": mark("Items without evidence"),
    "known_spokes": mark("Shares known"),
    "list": mark("List"),
    "item": mark("Item"),
    "ratings": mark("Ratings"),
    "sources": mark("Sources"),
    "coders": mark("Coders"),
    "contradictions": mark("Contradictions"),
    "rating_changes": mark("Changes of rating"),
    "lowest": mark("Lowest"),
    "median_upper": mark("Upper median"),
    "highest": mark("Highest"),
    "spread": mark("Steps apart"),
    "distribution": mark("Rating × times given"),
    "latest": mark("Latest"),
    "confidence_least": mark("Confidence at least"),
    "confidence_most": mark("Confidence at most"),
    "rating": mark("Rating"),
    "statement": mark("Statement"),
    "statement_es": mark("Statement in Spanish"),
    "coder": mark("Coder"),
    "confidence": mark("Confidence"),
    "standing": mark("Whether it counts"),
    "steps": mark("Steps apart"),
    "contradicted_by": mark("Between whom"),
    "same_time": mark("Of the same time"),
    "course": mark("Direction"),
    "rated_by": mark("By whom"),
    "earlier_rating": mark("Earlier rating"),
    "earlier_statement": mark("Its statement"),
    "earlier_statement_es": mark("Its statement in Spanish"),
    "earlier_source": mark("Its source"),
    "earlier_date": mark("Its date"),
    "earlier_coder": mark("Its coder"),
    "earlier_confidence": mark("Its confidence"),
    "later_rating": mark("Later rating"),
    "later_statement": mark("Statement of the later one"),
    "later_statement_es": mark("Later statement in Spanish"),
    "later_source": mark("Source of the later one"),
    "later_date": mark("Date of the later one"),
    "later_coder": mark("Coder of the later one"),
    "later_confidence": mark("Confidence in the later one"),
    "lower_rating": mark("Lower rating"),
    "lower_statement": mark("Its statement"),
    "lower_statement_es": mark("Its statement in Spanish"),
    "lower_source": mark("Its source"),
    "lower_date": mark("Its date"),
    "lower_coder": mark("Its coder"),
    "lower_confidence": mark("Its confidence"),
    "higher_rating": mark("Higher rating"),
    "higher_statement": mark("Statement of the higher one"),
    "higher_statement_es": mark("Higher statement in Spanish"),
    "higher_source": mark("Source of the higher one"),
    "higher_date": mark("Date of the higher one"),
    "higher_coder": mark("Coder of the higher one"),
    "higher_confidence": mark("Confidence in the higher one"),
    "metric": mark("Differences"),
    "alpha": mark("Krippendorff's alpha"),
    "rated_in_common": mark("Rated in common"),
    "by_coder": mark("Rated by each coder"),
    "spoke": mark("Share of the actions"),
    "feature": mark("Speaks to"),
    "share_of": mark("Share of"),
    "numerator": mark("Numerator"),
    "denominator": mark("Denominator"),
    "open_cases": mark("Undecided"),
    "interval": mark("Interval"),
}
_ITEMS = assessed_items(LISTS)
_HEADS = vocabularies().set_index("name").loc[list(LISTS)]
# Codes of these kinds of results that mean one thing everywhere.
PROFILE_CODES: Mapping[str, str] = {
    **{str(name): str(title) for name, title in _HEADS["en"].items()},
    **{code: spoke.title for code, spoke in SPOKES.items()},
    "counted": mark("counted"),
    "without source": mark("without source"),
    "of no territory here": mark("of no territory given"),
    "of no list here": mark("of another list, or of none"),
    "different coders": mark("different coders"),
    "the same coder": mark("the same coder"),
    "one coder, two sources": mark("one coder, two sources"),
    "up": mark("risen"),
    "down": mark("fallen"),
    "nominal": mark("same or not (nominal)"),
    "ordinal": mark("by order (ordinal)"),
    "interval": mark("by steps (interval)"),
    "actions": mark("actions"),
    "actors": mark("actors"),
    "money": mark("money"),
    "Wilson": mark("Wilson's"),
    "Wilson, from bound to bound": mark("Wilson's, from bound to bound"),
    "none: a sum of money": mark("none: a sum of money, not a count"),
    "nothing rated": mark("nothing is rated"),
    "one coder": mark("one coder, or none is named"),
    "nothing rated in common": mark("the coders rated nothing in common"),
    "too few rated in common": mark("too little is rated in common"),
    "all ratings the same": mark("all ratings are the same"),
    "too little variation": mark("ratings hardly vary"),
    "no evidence given": mark("no evidence is given"),
    "no statement": mark("no statement"),
    "no source": mark("statements without source"),
    "no rating": mark("statements without rating"),
    "no actions given": mark("no register of actions is given"),
    "no actions here": mark("no action is recorded here"),
    "no public shares": mark("public shares are not known"),
    "no budgets": mark("budgets or their public shares are not known"),
    "no actors named": mark("the actions name no actors"),
    "actors not known": mark("actors are in no layer"),
    "actors without place": mark("where the actors are is not known"),
    "kinds that may be either": mark("kinds of actor may be public or private"),
}
# Titles that the vocabularies hold in both languages: (title, its Spanish).
TITLES: tuple[tuple[str, str], ...] = (
    *_ITEMS[["en", "es"]].itertuples(index=False, name=None),
    *_HEADS[["en", "es"]].itertuples(index=False, name=None),
)
# By column and code; their Spanish is that of the vocabularies.
PROFILE_VALUES: Mapping[tuple[str, str], str] = {
    **{
        (column, code): title
        for column in ("item", "feature")
        for code, title in _ITEMS[["item", "en"]].itertuples(index=False, name=None)
    }
}
PROFILE_CODED = (
    "list",
    "item",
    "standing",
    "contradicted_by",
    "same_time",
    "course",
    "rated_by",
    "metric",
    "spoke",
    "feature",
    "share_of",
    "interval",
)
# Shares of the items that have evidence, with the least of each class, its colour and its words.
COVERED: Mapping[str, tuple[float, str, str]] = {
    "every": (1.0, "#0b5d54", mark("Every item has evidence")),
    "most": (0.5, "#4f9d8f", mark("Half of the items or more")),
    "some": (1e-9, "#b9dcd4", mark("Some items")),
    "none": (0.0, "#ffffff", mark("No item: unknown")),
}


def coverage(areas: pd.DataFrame) -> pd.Series:
    """
    Class of each territory by the share of its items that have evidence.

    Parameters
    ----------
    areas
        `rated_items` and `unknown_items`.

    Returns
    -------
    grade
        Key of `COVERED`.

    Examples
    --------
    >>> coverage(pd.DataFrame({"rated_items": [24, 3, 0], "unknown_items": [0, 21, 24]})).tolist()
    ['every', 'some', 'none']
    """
    share = areas["rated_items"] / (areas["rated_items"] + areas["unknown_items"]).clip(lower=1)
    grade = pd.Series("none", index=areas.index)
    for code, (least, _, _) in reversed(tuple(COVERED.items())):
        grade = grade.mask(share >= least, code)
    return grade
