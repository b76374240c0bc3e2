"""What the tool on coded assessments gives: its layers."""

from __future__ import annotations

from dataclasses import replace

from geoterritorio.assessment import coded
from geoterritorio.assessment.coder_agreement import METRICS
from geoterritorio.assessment.profile_rules import LISTS
from geoterritorio.assessment.spokes import BOUNDED, NO_INTERVAL, SPOKES, WILSON
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import EVIDENCE, INDICATOR_TABLE, KNOWN, UNKNOWN, YES
from geoterritorio.registry import Column, Layer

_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
_LIST = Column("list", "text", mark("List to which the item belongs"), options=LISTS)
_ITEM = Column("item", "text", mark("Item assessed, from a vocabulary"))
_STATUS = Column(
    "status", "text", mark("Whether anything is known: known or unknown"), options=(KNOWN, UNKNOWN)
)
_REASON = Column("reason", "text", mark("Why it is unknown"))
_CURE = Column("cure", "text", mark("What would decide it"))
AREAS = Layer(
    "profile_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        Column("rated_items", "number", mark("Items with a rating that has a source")),
        Column("unknown_items", "number", mark("Items without one")),
        Column("statements", "number", mark("Statements with a source")),
        Column("sources", "number", mark("Different sources")),
        Column("coders", "number", mark("Coders")),
        Column(
            "contradictions",
            "number",
            mark("Pairs of statements on the same time that contradict each other"),
        ),
        Column(
            "rating_changes", "number", mark("Pairs of statements on different times that are as far apart")
        ),
        Column("latest", "date", mark("Date of the latest statement")),
        Column("known_spokes", "number", mark("Shares of actions and actors that are known")),
    ),
    key=("territory",),
)
ITEMS = Layer(
    "profile_items",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _LIST,
        _ITEM,
        Column("statements", "number", mark("Statements with a source")),
        Column("ratings", "number", mark("Ratings among them")),
        Column("sources", "number", mark("Different sources")),
        Column("coders", "number", mark("Coders")),
        Column("lowest", "number", mark("Lowest rating")),
        Column("median", "number", mark("Rating in the middle; the lower one of two")),
        Column("median_upper", "number", mark("The upper one of two in the middle; else the same")),
        Column("highest", "number", mark("Highest rating")),
        Column("spread", "number", mark("Steps from the lowest to the highest rating")),
        Column("distribution", "text", mark("Each rating, and how often it was given")),
        Column("latest", "date", mark("Date of the latest statement")),
        Column("confidence_least", "number", mark("Least confidence that a coder stated, from 0 to 1")),
        Column("confidence_most", "number", mark("Most confidence that a coder stated, from 0 to 1")),
        Column(
            "contradictions",
            "number",
            mark("Pairs of statements on the same time that contradict each other"),
        ),
        Column(
            "rating_changes", "number", mark("Pairs of statements on different times that are as far apart")
        ),
        _STATUS,
        _REASON,
        _CURE,
    ),
    key=("territory", "item"),
)
_SAID = [
    replace(c, required=c.name in ("territory", "item"))
    for c in EVIDENCE.columns
    if c.name not in ("territory", "item")
]
STATEMENTS = Layer(
    "profile_statements",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _LIST,
        _ITEM,
        *_SAID,
        Column(
            "standing", "text", mark("Whether the statement counts, else why not"), options=coded.STANDINGS
        ),
    ),
)


def _both(first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]]) -> tuple[Column, ...]:
    """Columns of two statements that stand side by side."""
    return tuple(
        Column(f"{side}_{c.name}", c.dtype, texts[c.name], required=c.name == "rating")
        for side, texts in (first, second)
        for c in _SAID
    )


CONTRADICTIONS = Layer(
    "profile_contradictions",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _LIST,
        _ITEM,
        Column("steps", "number", mark("Steps between both ratings")),
        Column(
            "contradicted_by",
            "text",
            mark(
                "Whether different coders contradict each other, or one coder has two sources or contradicts itself"
            ),
            options=(coded.DIFFERENT, coded.SAME, coded.TWO_SOURCES),
        ),
        Column(
            "same_time",
            "text",
            mark("Whether both are of the same time: yes, or unknown where a date is missing"),
            options=(YES, UNKNOWN),
        ),
        *_both(
            (
                "lower",
                {
                    "rating": mark("The lower rating"),
                    "statement": mark("What the source of the lower rating says"),
                    "statement_es": mark("The same in Spanish (lower rating)"),
                    "source": mark("Source of the lower rating"),
                    "date": mark("Date of the lower rating"),
                    "coder": mark("Coder of the lower rating"),
                    "confidence": mark("Confidence in the lower rating, from 0 to 1"),
                },
            ),
            (
                "higher",
                {
                    "rating": mark("The higher rating"),
                    "statement": mark("What the source of the higher rating says"),
                    "statement_es": mark("The same in Spanish (higher rating)"),
                    "source": mark("Source of the higher rating"),
                    "date": mark("Date of the higher rating"),
                    "coder": mark("Coder of the higher rating"),
                    "confidence": mark("Confidence in the higher rating, from 0 to 1"),
                },
            ),
        ),
    ),
)
RATING_CHANGES = Layer(
    "profile_changes",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _LIST,
        _ITEM,
        Column("steps", "number", mark("Steps between both ratings")),
        Column(
            "course",
            "text",
            mark("Whether the later rating is higher (up) or lower (down)"),
            options=(coded.UP, coded.DOWN),
        ),
        Column(
            "rated_by",
            "text",
            mark("Whether both ratings are of different coders or of the same one"),
            options=(coded.DIFFERENT, coded.SAME),
        ),
        *_both(
            (
                "earlier",
                {
                    "rating": mark("The earlier rating"),
                    "statement": mark("What the source of the earlier rating says"),
                    "statement_es": mark("The same in Spanish (earlier rating)"),
                    "source": mark("Source of the earlier rating"),
                    "date": mark("Date of the earlier rating"),
                    "coder": mark("Coder of the earlier rating"),
                    "confidence": mark("Confidence in the earlier rating, from 0 to 1"),
                },
            ),
            (
                "later",
                {
                    "rating": mark("The later rating"),
                    "statement": mark("What the source of the later rating says"),
                    "statement_es": mark("The same in Spanish (later rating)"),
                    "source": mark("Source of the later rating"),
                    "date": mark("Date of the later rating"),
                    "coder": mark("Coder of the later rating"),
                    "confidence": mark("Confidence in the later rating, from 0 to 1"),
                },
            ),
        ),
    ),
)
AGREEMENT = Layer(
    "coder_agreement",
    ("table",),
    (
        _LIST,
        Column("item", "text", mark("Item, or empty for the list as a whole")),
        Column(
            "metric", "text", mark("How two ratings differ: nominal, ordinal or interval"), options=METRICS
        ),
        Column("alpha", "number", mark("Krippendorff's alpha: 1 all agree, 0 as by chance")),
        Column("low", "number", mark("Lower end of its interval, from draws of territories and items")),
        Column("high", "number", mark("Upper end of its interval")),
        Column("rated_in_common", "number", mark("Territories and items that two coders or more rated")),
        Column("ratings", "number", mark("Ratings of these")),
        Column("coders", "number", mark("Coders of these")),
        Column("by_coder", "text", mark("Each coder, and how much he or she rated, in common or not")),
        _REASON,
        _CURE,
    ),
    key=("list", "item", "metric"),
)
PROFILE_SPOKES = Layer(
    "profile_spokes",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("spoke", "text", mark("Share that is computed"), options=tuple(SPOKES)),
        Column("feature", "text", mark("Item of the seven features to which it speaks")),
        Column(
            "share_of",
            "text",
            mark("Of what it is a share: actions, actors or money"),
            options=("actions", "actors", "money"),
        ),
        Column("numerator", "number", mark("How many, or how much money")),
        Column("denominator", "number", mark("Of how many, or of how much, of which it is known")),
        Column("open_cases", "number", mark("Actions or actors of which the data do not tell it")),
        Column(
            "value", "number", mark("Share among those of which it is known; empty where only bounds are")
        ),
        Column("low", "number", mark("Lower end of its interval")),
        Column("high", "number", mark("Upper end of its interval")),
        Column("interval", "text", mark("What the interval is"), options=(WILSON, BOUNDED, NO_INTERVAL)),
        Column("least", "number", mark("Share if it were so for no undecided one")),
        Column("most", "number", mark("Share if it were so for all undecided ones")),
        _STATUS,
        _REASON,
        _CURE,
    ),
    key=("territory", "spoke"),
)
FIGURES = replace(INDICATOR_TABLE, key=("territory", "indicator"))
