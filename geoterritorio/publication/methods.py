"""Methods of a report: which formulas and works to name, read from the rules of its chapters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geoterritorio.errors import Translate
from geoterritorio.i18n import mark
from geoterritorio.publication.layer_words import LAYER_KINDS
from geoterritorio.registry import descriptions

WORKS: Mapping[str, str] = {
    "benjamini": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical "
    "and powerful approach to multiple testing. Journal of the Royal Statistical Society B, 57(1), "
    "289\N{EN DASH}300.",
    "berry": "Berry, G., & Armitage, P. (1995). Mid-P confidence intervals: a brief review. The "
    "Statistician, 44(4), 417\N{EN DASH}423.",
    "clopper": "Clopper, C. J., & Pearson, E. S. (1934). The use of confidence or fiducial limits "
    "illustrated in the case of the binomial. Biometrika, 26(4), 404\N{EN DASH}413.",
    "fay": "Fay, M. P., & Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a "
    "method based on the gamma distribution. Statistics in Medicine, 16(7), 791\N{EN DASH}801.",
    "fingleton": "Fingleton, B., Igliori, D. C., & Moore, B. (2004). Employment growth of small "
    "high-technology firms and the role of horizontal clustering. Urban Studies, 41(4), 773\N{EN DASH}799.",
    "isard": "Isard, W. (1960). Methods of Regional Analysis: an Introduction to Regional Science. MIT "
    "Press.",
    "moineddin": "Moineddin, R., Beyene, J., & Boyle, E. (2003). On the location quotient confidence "
    "interval. Geographical Analysis, 35(3), 249\N{EN DASH}256.",
    "odonoghue": "O'Donoghue, D., & Gleave, B. (2004). A note on methods for measuring industrial "
    "agglomeration. Regional Studies, 38(4), 419\N{EN DASH}427.",
}

# Words of a title that tell one work of a year from another.
_TITLE = 4


@dataclass(frozen=True)
class Method:
    """
    A method as the report explains it.

    Parameters
    ----------
    title
        Its name.
    formula
        Name of the macro in ``formulas.html`` that writes it.
    text
        What it says and assumes.
    works
        Keys of `WORKS`.
    """

    title: str
    formula: str
    text: str
    works: tuple[str, ...]


QUOTIENT = Method(
    mark("Location quotient"),
    "quotient",
    mark(
        "Share of sector i in territory r over the share of the same sector in the whole; e counts jobs or "
        "establishments. It is undefined, not zero, where the territory or the sector has no activity."
    ),
    ("isard",),
)
EXCESS = Method(
    mark("Excess"),
    "excess",
    mark("Jobs or establishments above what the territory would have with the whole's shares."),
    ("fingleton",),
)
MID_P = Method(
    mark("Interval: conditional mid-p"),
    "midp",
    mark(
        "For counts of establishments. Given the smaller of the totals of the sector and of the "
        "territory, the count is binomial; the interval holds the quotients that neither one-sided mid-p "
        "test rejects, and an empty cell still has an upper limit. A cell that is much of both totals "
        "takes the large-sample form."
    ),
    ("moineddin", "berry"),
)
EXACT = Method(
    mark("Interval: conditional exact"),
    "exact",
    mark(
        "For counts of establishments. Given the smaller of the totals of the sector and of the "
        "territory, the count is binomial; the interval holds the quotients that neither one-sided exact "
        "test rejects. It is somewhat wider than it need be."
    ),
    ("moineddin", "clopper"),
)
DELTA = Method(
    mark("Interval: large samples, delta method"),
    "variance",
    mark(
        "For counts of establishments. x, n, T and N are those of the cell, the territory, the sector and "
        "the whole; each Q is the number of establishments in the cell (a), the rest of its territory "
        "(b), the rest of its sector (c) and the remainder (d). The logarithm of the quotient is taken as "
        "normal."
    ),
    ("moineddin",),
)
COMPOUND = Method(
    mark("Interval: establishments of unequal size"),
    "compound",
    mark(
        "For jobs, which come in whole establishments and are never taken as independent. x, n, T and N "
        "are the jobs of the cell, the territory, the sector and the whole; each Q is the sum of the "
        "squared sizes of the establishments in the cell (a), the rest of its territory (b), the rest of "
        "its sector (c) and the remainder (d). The limits are those of a weighted sum of Poisson counts "
        "with this variance. Below 5 effective establishments a cell is never claimed as concentrated."
    ),
    ("moineddin", "fay"),
)
SURVEY = Method(
    mark("Interval: published relative standard error"),
    "survey",
    mark(
        "For estimates of a sample survey. The logarithm of the quotient is taken as normal, with the "
        "relative standard error (RSE) that the source publishes with the figure; the errors of the "
        "totals are neglected."
    ),
    ("moineddin",),
)
# words by which a rule names its method; the first that fits
_NAMED: tuple[tuple[tuple[str, ...], Method], ...] = (
    (("survey", "relative", "published", "rse"), SURVEY),
    (("compound", "plant"), COMPOUND),
    (("mid", "condition"), MID_P),
    (("exact",), EXACT),
    (("delta",), DELTA),
)
DISCOVERIES = Method(
    mark("Many tests at once"),
    "discoveries",
    mark(
        "p is two-sided for the hypothesis that the quotient is 1. q adjusts it for all tests of the "
        "table by Benjamini and Hochberg: among the cells with q up to a chosen value, the expected share "
        "of false ones is at most that value."
    ),
    ("benjamini",),
)
STANDARDISED = Method(
    mark("Standardised quotient"),
    "standardised",
    mark("Quotient of a sector less its mean over the territories, in standard deviations."),
    ("odonoghue",),
)


def methods_used(rules: Iterable[Mapping[str, object]], *, adjusted: bool) -> list[Method]:
    """
    Methods that the chapters used, each once, in reading order.

    Parameters
    ----------
    rules
        Rules of the chapters.
    adjusted
        Whether any chapter has adjusted p-values.

    Returns
    -------
    methods
        None without chapters; else the quotient and the excess, and intervals, adjustment and standardisation where
        used.

    Examples
    --------
    >>> [m.formula for m in methods_used([{"method": "mid_p"}], adjusted=True)]
    ['quotient', 'excess', 'midp', 'discoveries']
    """
    every = list(rules)
    stated = [str(r.get("method", "")).lower() for r in every]
    measures = " ".join(f"{k} {v}" for r in every for k, v in r.items() if v is not False).lower()
    if not every:
        return []
    used = [QUOTIENT, EXCESS]
    intervals = [next((m for words, m in _NAMED if any(w in name for w in words)), None) for name in stated]
    used += [method for _, method in reversed(_NAMED) if method in intervals]
    if adjusted:
        used.append(DISCOVERIES)
    if "standardised" in measures or "standardized" in measures:
        used.append(STANDARDISED)
    return used


# Settings of the chapter on quotients, in words.
RULE_LABELS: Mapping[str, str] = {
    "measure": mark("Measure"),
    "level": mark("Confidence level"),
    "method": mark("Interval method"),
    "reference": mark("Whole compared with"),
    "total": mark("Total of the whole"),
    "minimum_plants": mark("Fewest effective establishments"),
    "seed": mark("Random seed"),
    "classification": mark("Classification"),
    "period": mark("Period"),
    "territories": mark("Territories"),
    "firms": mark("Register"),
    "counts": mark("Counts"),
    "sector": mark("Sector of the map layer"),
    "chance": mark("Chance up to which jobs are taken to be booked at a headquarters"),
    "min_sector": mark("Fewest establishments of a sector whose sizes are compared"),
    "warn_share": mark("Share of misplaced establishments that is warned about"),
    "heap": mark("Share of opening dates taken for a date of entry"),
}
# only under these keys: elsewhere the same words are names that the reader gave
RULE_VALUES: Mapping[str, Mapping[str, str]] = {
    "reference": {"own sums": mark("its own sums")},
    "measure": {"employment": mark("employment"), "establishments": mark("establishments")},
    "method": {
        "compound": mark("establishments of unequal size"),
        "mid_p": mark("conditional mid-p"),
        "exact": mark("conditional exact"),
        "delta": mark("delta method"),
        "survey": mark("sample survey"),
        "none": mark("none: nothing allowed one"),
    },
    "shares": {"equal": mark("equal parts")},
    "computed": {"now": mark("in this run"), "before": mark("in an earlier run")},
    "lang": {"en": mark("English"), "es": mark("Spanish")},
    "layer_kind": LAYER_KINDS,
}
# of lists that are written as one text with commas
RULE_PARTS: Mapping[str, Mapping[str, str]] = {
    "levels": {
        "section": mark("section"),
        "division": mark("division"),
        "group": mark("group of the classification"),
        "class": mark("class of the classification"),
    }
}


@dataclass(frozen=True)
class ToolUse:
    """
    A tool as the report explains it, and how the study used it.

    Parameters
    ----------
    title
        Its title, in English.
    text
        What it does, in English.
    works
        References as printed.
    uses
        Settings by name of the step.
    parameters
        Descriptions of its parameters by name: their labels, and those of their options.
    """

    title: str
    text: str
    works: tuple[str, ...]
    uses: Mapping[str, Mapping[str, Any]]
    parameters: Mapping[str, Mapping[str, Any]]


def tools_used(steps: object, *, told: frozenset[str] = frozenset()) -> list[ToolUse]:
    """
    Tools that the steps of a study used, each once, in the order of the study.

    Parameters
    ----------
    steps
        Steps as the provenance has them: name, tool and settings; anything else gives nothing.
    told
        Tools that the report explains elsewhere.

    Returns
    -------
    tools
        With what their descriptions say of them.

    Examples
    --------
    >>> [use.title for use in tools_used([{"name": "a", "tool": "variety", "settings": {}}])]
    ['Unrelated and related variety of each territory']
    """
    every = [step for step in steps if isinstance(step, Mapping)] if isinstance(steps, list) else []
    names = dict.fromkeys(str(step.get("tool")) for step in every)
    return [
        ToolUse(
            held["title"],
            held["description"],
            tuple(held["references"]),
            {
                str(step.get("name")): step.get("settings") or {}
                for step in every
                if step.get("tool") == held["name"]
            },
            {parameter["name"]: parameter for parameter in held["parameters"]},
        )
        for held in (descriptions()[name] for name in names if name in descriptions() and name not in told)
    ]


def settings_told(step: Mapping[str, Any], say: Translate) -> dict[str, Any]:
    """
    Settings of a step in words.

    Parameters
    ----------
    step
        A step as the provenance has it.
    say
        Translator.

    Returns
    -------
    settings
        The same settings, with the words of the step's tool for its codes.

    Examples
    --------
    >>> settings_told({"tool": "nearest_areas", "settings": {"by": "line", "step": 50.0}}, str)
    {'by': 'Line', 'step': 50.0}
    """
    parameters = descriptions().get(str(step.get("tool")), {}).get("parameters", ())
    words = {
        p["name"]: dict(zip(p.get("options") or (), p.get("labels") or (), strict=False)) for p in parameters
    }
    return {
        name: say(words[name][value]) if isinstance(value, str) and value in words.get(name, {}) else value
        for name, value in (step.get("settings") or {}).items()
    }


def works_cited(methods: Iterable[Method], tools: Iterable[ToolUse] = ()) -> list[str]:
    """
    Works of the methods, each once, in alphabetical order.

    Parameters
    ----------
    methods
        Methods of a report.
    tools
        Further tools of the study.

    Returns
    -------
    works
        References as printed.
    """
    named = {WORKS[key] for method in methods for key in method.works}
    every = named | {work for use in tools for work in use.works}
    # of one work written in two ways the fuller one stands
    alike = {_work(text): text for text in sorted(every, key=lambda text: (len(text), text))}
    return sorted(alike.values(), key=str.casefold)


def _work(text: str) -> tuple[str, ...]:
    """What tells a work from another: names, year and the first words of its title, however it is punctuated."""
    words = re.findall(r"\w+", text.casefold())
    year = next(
        (i for i, word in enumerate(words) if re.fullmatch(r"(1[89]|20)\d\d[a-z]?", word)), len(words)
    )
    return (*words[: year + 1], *words[year + 1 :][:_TITLE])
