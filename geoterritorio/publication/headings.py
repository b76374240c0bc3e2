"""Short headings for the columns of results, and words for the codes in their cells."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.errors import Translate
from geoterritorio.i18n import mark

HEADINGS: Mapping[str, str] = {
    "agglomerated": mark("Agglomerated"),
    "agreement": mark("Agreement"),
    "area": mark("Whole"),
    "areas": mark("Division"),
    "certainty": mark("Certainty"),
    "check": mark("Looked for"),
    "classification": mark("Classification"),
    "closed": mark("Closed"),
    "code": mark("Code"),
    "count": mark("Establishments"),
    "cutoff": mark("Cut-off"),
    "effective_plants": mark("Effective establishments"),
    "employment": mark("Jobs"),
    "employment_high": mark("Jobs at most"),
    "employment_low": mark("Jobs at least"),
    "establishments": mark("Establishments"),
    "establishments_high": mark("Establishments at most"),
    "establishments_low": mark("Establishments at least"),
    "excess": mark("Excess"),
    "firm": mark("Establishment"),
    "group": mark("Enterprise or group"),
    "headquarters": mark("Headquarters"),
    "high": mark("Upper end"),
    "largest": mark("Largest LQ"),
    "level": mark("Level"),
    "low": mark("Lower end"),
    "lq": mark("LQ"),
    "meaning": mark("Meaning"),
    "name": mark("Name"),
    "normality_p": mark("p of normality"),
    "opened": mark("Opened"),
    "p": mark("p-value"),
    "parent": mark("Lies in"),
    "period": mark("Period"),
    "postcode": mark("Postcode"),
    "precision": mark("Placed by"),
    "problems": mark("Problems"),
    "q": mark("q-value"),
    "reason": mark("Reason"),
    "relative_error": mark("Relative error, %"),
    "rows": mark("Rows"),
    "sector": mark("Sector code"),
    "sector_name": mark("Sector"),
    "severity": mark("Severity"),
    "share": mark("Share"),
    "share_high": mark("Share in areas above 1"),
    "size_class": mark("Size class"),
    "squares": mark("Squared sizes"),
    "status": mark("Status"),
    "symmetric": mark("Symmetric LQ"),
    "target": mark("New code"),
    "territories": mark("Areas"),
    "territory": mark("Territory"),
    "valid_from": mark("In force from"),
    "valid_to": mark("In force until"),
    "via": mark("Way"),
    "x": mark("Easting or longitude"),
    "y": mark("Northing or latitude"),
    "z": mark("Standardised LQ"),
}
# where a column means something else than in the other layers
OWN_HEADINGS: Mapping[tuple[str, str], str] = {
    ("verdicts", "high"): mark("Areas above 1"),
    ("verdicts", "low"): mark("Areas below 1"),
}
# the checks of a register, the serious ones first: also the order of the map's legend
PROBLEMS: Mapping[str, str] = {
    "no_place": mark("No place"),
    "outside": mark("Outside all territories"),
    "on_centroid": mark("On the middle of a territory"),
    "booked_at_headquarters": mark("Jobs booked at the headquarters"),
    "repeated_identifier": mark("Identifier repeated"),
    "no_sector": mark("No sector"),
    "closed_before_opened": mark("Closed before it opened"),
    "elsewhere": mark("In another territory than stated"),
    "stacked": mark("Many on one point"),
    "imprecise": mark("Placed by place or territory only"),
    "rounded": mark("Coordinates rounded"),
    "implausible_size": mark("Implausible size"),
    "implausible_class": mark("Implausible size class"),
    "size_contradicted": mark("Jobs outside the size class"),
    "duplicate": mark("Probably counted twice"),
    "sector_level": mark("Sector code of another level"),
    "opens_in_future": mark("Opens in the future"),
    "coincident": mark("Shares its point"),
    "unknown_size": mark("Jobs unknown"),
    "unknown_class": mark("Size class unknown"),
    "heaped_dates": mark("Opening date shared by many"),
}
VALUES: Mapping[str, str] = {
    "yes": mark("yes"),
    "no": mark("no"),
    "serious": mark("serious"),
    "doubtful": mark("doubtful"),
    "note": mark("note"),
    "untested": mark("not tested"),
    "known": mark("known"),
    "withheld": mark("withheld"),
    "estimated": mark("estimated"),
    "unknown": mark("unknown"),
    "high": mark("clearly above 1"),
    "low": mark("clearly below 1"),
    "unclear": mark("not told apart from 1"),
    "few": mark("under 5 effective establishments"),
    "missing": mark("no code"),
    "not_in_vocabulary": mark("not in the classification"),
    "without_correspondence": mark("no correspondence"),
    "own": mark("same code"),
    "above": mark("code above"),
    "below": mark("codes below"),
    "territory": mark("territory"),
    "region": mark("region"),
    "nation": mark("nation"),
    "larger": mark("larger than a nation"),
    "address": mark("address"),
    "street": mark("street"),
    "place": mark("place"),
    "centroid": mark("middle of its territory"),
    "territories": mark("these territories"),
    "other": mark("other division"),
    "grid": mark("regular grid"),
}
# columns whose texts are codes of ours; the texts of all others are the reader's own data
CODED = frozenset(
    ("agglomerated", "areas", "certainty", "headquarters", "precision", "reason", "severity", "status", "via")
)
SENTENCES = frozenset(("meaning",))
SHARES = frozenset(("agreement", "share", "share_high"))


def heading(column: str, kind: str, say: Translate) -> str:
    """
    Heading of a column in the reader's language.

    Parameters
    ----------
    column
        Name of the column.
    kind
        Kind of the layer.
    say
        Translator.

    Returns
    -------
    heading
        Short heading; for a column of the reader's own, its name.

    Examples
    --------
    >>> heading("high", "verdicts", str), heading("high", "quotients", str), heading("my_own", "", str)
    ('Areas above 1', 'Upper end', 'my own')
    """
    known = OWN_HEADINGS.get((kind, column)) or HEADINGS.get(column)
    return say(known) if known else column.replace("_", " ")


def worded(column: str, value: str, kind: str, say: Translate) -> str:
    """
    Text of a cell in the reader's language.

    Parameters
    ----------
    column
        Name of the column.
    value
        Text of the cell.
    kind
        Kind of the layer.
    say
        Translator.

    Returns
    -------
    text
        Word for a code of ours; anything else as it is.

    Examples
    --------
    >>> worded("severity", "untested", "register_quality", str), worded("name", "low", "territories", str)
    ('not tested', 'low')
    """
    if column == "check":
        return say(PROBLEMS[value]) if value in PROBLEMS else value
    if column == "problems":
        return "; ".join(worded("check", part, kind, say) for part in value.split("; "))
    if column in SENTENCES:
        return say(value)
    coded = column in CODED or (column == "level" and kind == "reference")
    return say(VALUES[value]) if coded and value in VALUES else value
