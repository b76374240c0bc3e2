"""Which figures of results are shares, told in percent?"""

from __future__ import annotations

from geoterritorio.publication.headings import SHARES

# What an indicator that is a share has in its name.
NAMED_SHARES = ("(share)", "(proporción)")
# Columns that are shares in these kinds of results and something else in others.
_OWN = frozenset(
    (kind, column)
    for kind, columns in {
        "institutional_thickness": ("value", "link_density", "centralisation"),
        "training_match": ("expected", "expected_low", "expected_high"),
        "training_whole": ("expected", "expected_low", "expected_high"),
        "network_areas": ("local_share", "expected", "two_steps"),
        "local_division": ("share_before", "share_after"),
        "community_places": ("share_of_homes", "share_of_jobs"),
        "community_areas": (
            *(f"{side}{end}" for side in ("supply", "demand") for end in ("", "_low", "_high", "_chance")),
            *("containment", "overlap", "even", "dealt", "main_share_before", "moved", "moved_chance"),
        ),
        "capital_scores": ("known_share",),
    }.items()
    for column in columns
)
# Differences of shares, told in percentage points.
_POINTS = frozenset((("local_division", "share_change"), ("community_places", "difference")))
# Measures whose rows hold shares, by kind of result.
_MEASURED = frozenset(("network_figures", "network_whole"))
_FIGURES = frozenset(("value", "value_low", "value_high", "expected", "low", "high"))
_MEASURES = frozenset(
    ("reciprocity", "largest_share", "local_share", "repeated", "project_share", "one_step", "two_steps")
)


def is_share(column: str, kind: str, measure: object = None) -> bool:
    """
    Whether a figure is a share between 0 and 1.

    Parameters
    ----------
    column
        Column of the figure.
    kind
        Kind of the layer.
    measure
        What the row measures, where its table has such a column.

    Returns
    -------
    share
        Whether it is told in percent.

    Examples
    --------
    >>> is_share("value", "institutional_thickness"), is_share("value", "network_figures", "components")
    (True, False)
    """
    if kind in _MEASURED and column in _FIGURES:
        return measure in _MEASURES
    return column in SHARES or (kind, column) in _OWN


def is_points(column: str, kind: str) -> bool:
    """
    Whether a figure is a difference of shares.

    Parameters
    ----------
    column
        Column of the figure.
    kind
        Kind of the layer.

    Returns
    -------
    points
        Whether it is told in percentage points.

    Examples
    --------
    >>> is_points("share_change", "local_division"), is_points("share_before", "local_division")
    (True, False)
    """
    return (kind, column) in _POINTS
