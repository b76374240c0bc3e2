"""Coded assessments: what is said of each item with which sources, what contradicts, what nobody has said.

Ratings are ordinal. They are counted, ordered and set side by side; nothing here adds or averages them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pandas as pd

from geoterritorio.assessment.profile_rules import ProfileRules, lists_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.identification.cures import CODED
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.dates import earliest, latest
from geoterritorio.layers.findings import distinct, first_row
from geoterritorio.layers.schema import KNOWN, UNKNOWN, YES
from geoterritorio.layers.vocabularies import vocabulary

BY = ["territory", "item"]
SAID = ("statement", "statement_es", "source", "date", "coder", "confidence")
COUNTED, UNSOURCED, ELSEWHERE, UNLISTED = (
    "counted",
    "without source",
    "of no territory here",
    "of no list here",
)
STANDINGS = (COUNTED, UNSOURCED, ELSEWHERE, UNLISTED)
DIFFERENT, SAME, TWO_SOURCES = "different coders", "the same coder", "one coder, two sources"
UP, DOWN = "up", "down"
_PAIRS = 1_000_000
_COUNTS = ["statements", "ratings", "sources", "coders", "contradictions", "rating_changes"]


@cache
def assessed_items(lists: tuple[str, ...]) -> pd.DataFrame:
    """
    Items of the lists, in their order.

    Parameters
    ----------
    lists
        Names of vocabularies.

    Returns
    -------
    items
        `list`, `item` (code), `en` and `es` (titles).

    Examples
    --------
    >>> assessed_items(("leader_features",))["item"].tolist()[:3]
    ['networking', 'integrated', 'bottom_up']
    """
    held = [vocabulary(name).assign(list=name).rename(columns={"code": "item"}) for name in lists]
    return pd.concat(held, ignore_index=True)[["list", "item", "en", "es"]]


def coded_statements(
    evidence: pd.DataFrame | None, territories: pd.Index, rules: ProfileRules
) -> pd.DataFrame:
    """
    Statements checked, each with its list and whether it counts.

    Parameters
    ----------
    evidence
        `territory`, `item`, `rating`, `statement`, `source`, `date`, `coder`, `confidence`, all but the first two where
        known.
    territories
        Territories of the profile.
    rules
        Scale and lists.

    Returns
    -------
    statements
        Rows of the evidence with `list` and `standing`: counted, without source, of no territory here, or of no list
        here.

    Raises
    ------
    LayerError
        If ratings are not on the scale, confidences above 1, no statement is of a territory, or none has a source.

    Warns
    -----
    GeoterritorioWarning
        Where statements are left out, or are formulas of a spreadsheet.
    """
    rows = pd.DataFrame({}) if evidence is None else pd.DataFrame(evidence).reset_index(drop=True)
    rows = rows.reindex(columns=[*BY, "rating", *SAID])
    given = {c: amounts(rows[c], f"evidence: {c}", signed=True) for c in ("rating", "confidence")}
    rows = rows.assign(**given)
    if "statement_es" not in getattr(evidence, "columns", ()):
        rows = rows.drop(columns="statement_es")
    problems = list(_out_of_scale(rows, rules))
    if problems:
        raise LayerError(problems)
    listed = assessed_items(tuple(lists_of(rules))).set_index("item")["list"]
    rows = rows.assign(list=rows["item"].map(listed))
    here = rows["territory"].isin(territories)
    sourced = _sourced(rows)
    standing = np.select([~here, rows["list"].isna(), ~sourced], [ELSEWHERE, UNLISTED, UNSOURCED], COUNTED)
    _refuse_nothing(rows, standing, territories)
    _tell(rows, standing)
    return rows.assign(standing=standing)


def _sourced(rows: pd.DataFrame) -> pd.Series:
    return rows["source"].fillna("").astype(str).str.strip() != ""


def with_source(evidence: pd.DataFrame) -> pd.DataFrame:
    """
    Statements that say their source; the others are no evidence.

    Parameters
    ----------
    evidence
        Layer of coded evidence.

    Returns
    -------
    evidence
        Its rows with a source.

    Raises
    ------
    LayerError
        If none has one.

    Warns
    -----
    GeoterritorioWarning
        Where some have none.
    """
    rows = evidence if "source" in evidence.columns else evidence.assign(source=None)
    sourced = _sourced(rows)
    standing = np.where(sourced, COUNTED, UNSOURCED)
    _refuse_nothing(rows, standing, pd.Index([]))
    _tell_left(rows, standing)
    return rows[sourced]


def _out_of_scale(rows: pd.DataFrame, rules: ProfileRules) -> Iterator[Message]:
    """Ratings that are no step of the scale, and confidences that are no share."""
    rating = rows["rating"]
    wrong = rating.notna() & ((rating < 0) | (rating > rules.highest) | (rating % 1 != 0))
    if wrong.any():
        yield message(
            "evidence: column “rating” holds values that are no whole step of the scale from 0 to {highest} (rows: "
            "{count}, first: {row}): {values}. Correct them; if the scale is another, give its highest rating "
            "(highest).",
            highest=rules.highest,
            count=int(wrong.sum()),
            row=first_row(wrong),
            values=distinct(rating[wrong].map("{:g}".format)),
        )
    sure = rows["confidence"]
    far = (sure < 0) | (sure > 1)
    if far.any():
        yield message(
            "evidence: column “confidence” holds values outside 0 to 1 (rows: {count}, first: {row}): {values}. Write "
            "confidence as a share, or leave it empty.",
            count=int(far.sum()),
            row=first_row(far),
            values=distinct(sure[far].map("{:g}".format)),
        )


def _refuse_nothing(rows: pd.DataFrame, standing: np.ndarray, territories: pd.Index) -> None:
    """Refusal of evidence of which nothing is of these territories, or nothing has a source."""
    if len(rows) and (standing == ELSEWHERE).all():
        raise LayerError(
            message(
                "evidence: none of its {count} statements is of the {number} territories; it speaks of {values}, and "
                "they are {others}. Give the territories of which it speaks.",
                count=len(rows),
                number=len(territories),
                values=distinct(rows["territory"]),
                others=distinct(territories),
            )
        )
    if (standing == UNSOURCED).any() and not (standing == COUNTED).any():
        raise LayerError(
            message(
                "evidence: none of its {count} statements has a source. Write in the column “source” who said it or "
                "where it stands; without it a rating is no evidence.",
                count=int((standing == UNSOURCED).sum()),
            )
        )


def _tell(rows: pd.DataFrame, standing: np.ndarray) -> None:
    """Warnings about what does not count, and what is a formula."""
    _tell_left(rows, standing)
    _tell_formulas(rows)


def _tell_left(rows: pd.DataFrame, standing: np.ndarray) -> None:
    left = {
        UNSOURCED: message("no source, so that they are no evidence"),
        ELSEWHERE: message("a territory that is not among those given"),
        UNLISTED: message("an item of another list, or of none"),
    }
    for code, why in left.items():
        out = standing == code
        if out.any():
            text = message(
                "evidence: {count} statements have {why}: they count for nothing (first row: {row}): {values}.",
                count=int(out.sum()),
                why=why,
                row=first_row(out),
                values=distinct(rows[BY[0] if code == ELSEWHERE else BY[1]][out]),
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _tell_formulas(rows: pd.DataFrame) -> None:
    words = rows[[c for c in ("statement", "statement_es", "source", "coder") if c in rows.columns]]
    formula = words.apply(lambda c: c.fillna("").astype(str).str.match(r"\s*[=@]|\s*[+-]\s*\w+\(")).any(
        axis=1
    )
    if formula.any():
        text = message(
            "evidence: {count} rows hold texts that a spreadsheet would compute as formulas (first row: {row}): "
            "{values}. They are kept as texts; look at them before you open results in a spreadsheet.",
            count=int(formula.sum()),
            row=first_row(formula),
            values=distinct(words[formula].bfill(axis=1).iloc[:, 0].astype(str).str.slice(0, 40)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def coded_items(
    statements: pd.DataFrame, territories: pd.Index, rules: ProfileRules, *, given: bool = True
) -> pd.DataFrame:
    """
    What is said of each item of each territory.

    Parameters
    ----------
    statements
        As `coded_statements` gives them.
    territories
        Territories of the profile.
    rules
        Scale, lists and contradictions.
    given
        Whether there was a layer of evidence at all.

    Returns
    -------
    items
        One row per territory and item: `list`, numbers of statements, ratings, sources and coders; `lowest`, `median`,
        `median_upper` and `highest` rating, `spread` (steps from lowest to highest), `distribution`, `latest` date,
        `confidence_least` and `confidence_most`, `contradictions`, `rating_changes`, `status`, `reason` and `cure`.

    Notes
    -----
    Ratings are ordinal: the median is a rating that was given, and where their number is even and both in the middle
    differ, `median_upper` is the other one. Nothing is averaged.
    """
    items = assessed_items(tuple(lists_of(rules)))
    keys = pd.MultiIndex.from_product([territories, items["item"]], names=BY)
    counted = statements[statements["standing"] == COUNTED]
    told = counted.groupby(BY)
    found = pd.DataFrame(
        {
            "statements": told.size(),
            "ratings": told["rating"].count(),
            "sources": told["source"].nunique(),
            "coders": told["coder"].nunique(),
            "contradictions": contradictions(statements, rules).groupby(BY).size(),
            "rating_changes": rating_changes(statements, rules).groupby(BY).size(),
            **_middle(counted),
            "latest": latest_date(counted, BY),
            "confidence_least": told["confidence"].min(),
            "confidence_most": told["confidence"].max(),
        }
    ).reindex(keys)
    found[_COUNTS] = found[_COUNTS].fillna(0).astype(int)
    found["spread"] = found["highest"] - found["lowest"]
    unsourced = set(
        statements.loc[statements["standing"] == UNSOURCED, BY].itertuples(index=False, name=None)
    )
    found["reason"] = _reasons(found, pd.Series([k in unsourced for k in keys], index=keys), given=given)
    found["cure"] = found["reason"].map(CODED).where(found["reason"] != "", "")
    found["status"] = np.where(found["ratings"] > 0, KNOWN, UNKNOWN)
    lists = items.set_index("item")["list"]
    found.insert(0, "list", lists.reindex(keys.get_level_values("item")).to_numpy())
    return found.reset_index()


def _reasons(found: pd.DataFrame, unsourced: pd.Series, *, given: bool) -> np.ndarray:
    """Why items are unknown; empty where they are rated."""
    if not given:
        return np.full(len(found), "no evidence given", dtype=object)
    cases = [found["ratings"] > 0, found["statements"] > 0, unsourced]
    return np.select(cases, ["", "no rating", "no source"], "no statement")


def _middle(counted: pd.DataFrame) -> dict[str, pd.Series]:
    """Lowest, both middle ones and highest of the ratings, and how many there are of each."""
    rated = counted.dropna(subset=["rating"]).sort_values([*BY, "rating"], kind="stable")
    groups = rated.groupby(BY)
    at, size = groups.cumcount(), groups["rating"].transform("size")
    picked = {
        "lowest": at == 0,
        "median": at == (size - 1) // 2,
        "median_upper": at == size // 2,
        "highest": at == size - 1,
    }
    found = {name: rated[rows].set_index(BY)["rating"] for name, rows in picked.items()}
    number = rated.groupby([*BY, "rating"]).size().reset_index(name="count")
    texts = number["rating"].map("{:g}".format).astype(object) + " × " + number["count"].astype(str)
    found["distribution"] = texts.groupby([number["territory"], number["item"]]).agg("; ".join)
    return found


def latest_date(counted: pd.DataFrame, by: list[str]) -> pd.Series:
    """
    Latest date of some statements, as exact as it is known.

    Parameters
    ----------
    counted
        Statements.
    by
        Columns that tell them apart.

    Returns
    -------
    latest
        By those columns, the date of which the first day is the latest.
    """
    dated = counted.dropna(subset=["date"])
    order = dated.assign(day=earliest(dated["date"])).sort_values([*by, "day"], kind="stable")
    return order.groupby(by)["date"].last()


def contradictions(statements: pd.DataFrame, rules: ProfileRules) -> pd.DataFrame:
    """
    Pairs of statements on the same time whose ratings contradict each other, side by side.

    Parameters
    ----------
    statements
        As `coded_statements` gives them.
    rules
        Steps from which ratings contradict each other, and months within which they are of the same time.

    Returns
    -------
    pairs
        `territory`, `list`, `item`, `steps` apart, `contradicted_by` (different coders, one coder with two sources, or
        one with the same), `same_time` (yes, or unknown where a date is missing), then rating, statement, source, date,
        coder and confidence of the lower rating (`lower_…`) and of the higher one (`higher_…`).

    Raises
    ------
    LayerError
        If there are more than a million pairs.

    Notes
    -----
    A coder who rates anew later means the later rating: that is a change, however short the time between. Dates that
    are not exact are of the same time if they may be.
    """
    pairs, own = _opposed(statements, rules)
    found = pairs[~pairs["moved"]]
    undated = found["lower_date"].isna() | found["higher_date"].isna()
    sources = found["lower_source"] != found["higher_source"]
    by = np.select([~found["one_coder"], sources], [DIFFERENT, TWO_SOURCES], SAME).astype(object)
    found = found.assign(contradicted_by=by, same_time=np.where(undated, UNKNOWN, YES).astype(object))
    kept = ["territory", "list", "item", "steps", "contradicted_by", "same_time"]
    kept += [f"{side}_{c}" for side in ("lower", "higher") for c in own]
    return found.sort_values([*BY, "steps"], ascending=[True, True, False], kind="stable", ignore_index=True)[
        kept
    ]


def rating_changes(statements: pd.DataFrame, rules: ProfileRules) -> pd.DataFrame:
    """
    Pairs of statements on different times whose ratings are as far apart as those that contradict each other.

    Parameters
    ----------
    statements
        As `coded_statements` gives them.
    rules
        Steps from which ratings differ, and months within which they are of the same time.

    Returns
    -------
    pairs
        `territory`, `list`, `item`, `steps` apart, `course` (up or down), `rated_by` (different coders or the same
        one), then rating, statement, source, date, coder and confidence of the earlier statement (`earlier_…`) and of
        the later one (`later_…`).
    """
    pairs, own = _opposed(statements, rules)
    found = pairs[pairs["moved"]]
    up = found["rises"].to_numpy(dtype=bool)
    sides = {
        f"{time}_{c}": found[f"{'lower' if rises else 'higher'}_{c}"].where(
            up, found[f"{'higher' if rises else 'lower'}_{c}"]
        )
        for time, rises in (("earlier", True), ("later", False))
        for c in own
    }
    found = found.assign(
        course=np.where(up, UP, DOWN).astype(object),
        rated_by=np.where(found["one_coder"], SAME, DIFFERENT).astype(object),
        **sides,
    )
    order = found.sort_values([*BY, "steps"], ascending=[True, True, False], kind="stable", ignore_index=True)
    return order[["territory", "list", "item", "steps", "course", "rated_by", *sides]]


def _opposed(statements: pd.DataFrame, rules: ProfileRules) -> tuple[pd.DataFrame, list[str]]:
    """Pairs of ratings that are far apart, whether time lies between them, and what is said of each."""
    rated = statements[(statements["standing"] == COUNTED) & statements["rating"].notna()]
    _refuse_many(rated, rules)
    own = ["rating", *(c for c in SAID if c in rated.columns)]
    days = rated.assign(begin=earliest(rated["date"]), end=latest(rated["date"]))
    told = [*own, "begin", "end"]
    sides = [
        days[[*BY, *told]].rename(columns={c: f"{side}_{c}" for c in told}) for side in ("lower", "higher")
    ]
    pairs = sides[0].merge(sides[1], on=BY)
    steps = pairs["higher_rating"] - pairs["lower_rating"]
    # Two ratings that are equal contradict nothing, whatever the rule.
    pairs = pairs.assign(steps=steps)[steps >= max(rules.contradiction, 1)]
    lists = rated.drop_duplicates("item").set_index("item")["list"]
    one = pairs["lower_coder"].notna() & (pairs["lower_coder"] == pairs["higher_coder"])
    rises = pairs["lower_begin"] < pairs["higher_begin"]
    ends, begins = (
        pairs[f"lower_{a}"].where(rises, pairs[f"higher_{a}"])
        if a == "end"
        else pairs[f"higher_{a}"].where(rises, pairs[f"lower_{a}"])
        for a in ("end", "begin")
    )
    # Missing dates compare as false: what may be of the same time is not told as a change.
    far = _month(begins) - _month(ends) > rules.same_time
    moved = far | (one & (begins > ends))
    return pairs.assign(list=pairs["item"].map(lists), one_coder=one, rises=rises, moved=moved), own


def _month(days: pd.Series) -> pd.Series:
    return days.dt.year * 12 + days.dt.month


def _refuse_many(rated: pd.DataFrame, rules: ProfileRules) -> None:
    """Refusal of more pairs than anybody reads; their number is known before they are made."""
    number = rated.groupby([*BY, "rating"]).size().reset_index(name="count")
    both = number.merge(number, on=BY)
    apart = both["rating_y"] - both["rating_x"] >= max(rules.contradiction, 1)
    pairs = int((both["count_x"] * both["count_y"])[apart].sum())
    if pairs > _PAIRS:
        raise LayerError(
            message(
                "evidence: {count} pairs of statements contradict each other, more than {most}. Let only ratings that "
                "are farther apart contradict each other (contradiction), or look at fewer territories.",
                count=pairs,
                most=_PAIRS,
            )
        )


def ratings_by_coder(statements: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """
    One rating of each coder for each territory and item: the latest.

    Parameters
    ----------
    statements
        As `coded_statements` gives them.

    Returns
    -------
    ratings
        Territories and items (rows) by coders (columns); missing where a coder did not rate.
    undecided
        Ratings left out, since a coder gave different ones of the same latest date.
    """
    rated = statements[(statements["standing"] == COUNTED)].dropna(subset=["rating", "coder"])
    key = [*BY, "coder"]
    day = earliest(rated["date"]).fillna(pd.Timestamp.min.as_unit("s"))
    newest = rated[day == day.groupby([rated[c] for c in key]).transform("max")]
    chosen = newest.groupby(key)["rating"].agg(["min", "max"])
    sure = chosen[chosen["min"] == chosen["max"]]["min"]
    table = sure.reset_index(name="rating").pivot_table(
        index=BY, columns="coder", values="rating", aggfunc="first"
    )
    return table, len(chosen) - len(sure)


def agreement_sets(ratings: pd.DataFrame, lists: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """
    Ratings of which agreement is told: each list as a whole, then each of its items.

    Parameters
    ----------
    ratings
        As `ratings_by_coder` gives them.
    lists
        Names of vocabularies.

    Yields
    ------
    set
        List, item (empty for the list as a whole) and the ratings.
    """
    items = assessed_items(tuple(lists))
    at = ratings.index.get_level_values("item") if len(ratings) else pd.Index([], dtype=object)
    for name, codes in items.groupby("list", sort=False)["item"]:
        yield str(name), "", ratings[at.isin(codes)]
        for code in codes:
            yield str(name), str(code), ratings[at == code]
