"""Methods of a report: which formulas and works to name, read from the rules of its chapters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geoterritorio.i18n import mark

WORKS: Mapping[str, str] = {
    "benjamini": "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: a practical "
    "and powerful approach to multiple testing. Journal of the Royal Statistical Society B, 57(1), "
    "289\N{EN DASH}300.",
    "fingleton": "Fingleton, B., Igliori, D. C., & Moore, B. (2004). Employment growth of small "
    "high-technology firms and the role of horizontal clustering. Urban Studies, 41(4), 773\N{EN DASH}799.",
    "isard": "Isard, W. (1960). Methods of Regional Analysis: an Introduction to Regional Science. MIT "
    "Press.",
    "lancaster": "Lancaster, H. O. (1961). Significance tests in discrete distributions. Journal of the "
    "American Statistical Association, 56(294), 223\N{EN DASH}234.",
    "moineddin": "Moineddin, R., Beyene, J., & Boyle, E. (2003). On the location quotient confidence "
    "interval. Geographical Analysis, 35(3), 249\N{EN DASH}256.",
    "odonoghue": "O'Donoghue, D., & Gleave, B. (2004). A note on methods for measuring industrial "
    "agglomeration. Regional Studies, 38(4), 419\N{EN DASH}427.",
}


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
INTERVALS: Mapping[str, tuple[tuple[str, ...], Method]] = {
    "midp": (
        ("mid", "condition", "exact"),
        Method(
            mark("Interval: conditional mid-p"),
            "midp",
            mark(
                "For counts of establishments. Given the number of establishments of the sector, the "
                "number that falls in the territory follows a discrete distribution that depends on the "
                "quotient; the interval holds the values that neither one-sided mid-p test rejects. It "
                "also exists where the count is zero."
            ),
            ("moineddin", "lancaster"),
        ),
    ),
    "plants": (
        ("plant", "compound", "delta"),
        Method(
            mark("Interval: plants as units, delta method"),
            "plants",
            mark(
                "For jobs. Jobs come in whole plants, so the variance is that of a sum over plants of "
                "unequal size and uses the sum of squared plant sizes; jobs are never taken as "
                "independent. Where the effective number of plants is below 5, the cell is marked and not "
                "claimed."
            ),
            ("moineddin",),
        ),
    ),
    "published": (
        ("relative", "published", "rse", "sampling"),
        Method(
            mark("Interval: published relative standard error"),
            "published",
            mark(
                "For estimates of a sample survey. The interval on the logarithmic scale uses the "
                "relative standard error that the source publishes with the figure; it tells the error of "
                "the survey only."
            ),
            ("moineddin",),
        ),
    ),
}
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
        The quotient and the excess always; intervals, adjustment and standardisation where used.

    Examples
    --------
    >>> [m.formula for m in methods_used([{"method": "mid_p"}], adjusted=True)]
    ['quotient', 'excess', 'midp', 'discoveries']
    """
    every = list(rules)
    stated = " ".join(str(r.get("method", "")) for r in every).lower()
    measures = " ".join(f"{k} {v}" for r in every for k, v in r.items() if v is not False).lower()
    used = [QUOTIENT, EXCESS]
    used += [method for words, method in INTERVALS.values() if any(word in stated for word in words)]
    if adjusted:
        used.append(DISCOVERIES)
    if "standardised" in measures or "standardized" in measures:
        used.append(STANDARDISED)
    return used


def works_cited(methods: Iterable[Method]) -> list[str]:
    """
    Works of the methods, each once, in alphabetical order.

    Parameters
    ----------
    methods
        Methods of a report.

    Returns
    -------
    works
        References as printed.
    """
    return [WORKS[key] for key in sorted({key for method in methods for key in method.works})]
