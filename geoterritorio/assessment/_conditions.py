"""Conditions of the ladder held against figures, readings and coded statements, each with its evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment.gates import FIGURE, READING, READINGS, STATEMENTS, SURE
from geoterritorio.errors import LayerError, message
from geoterritorio.identification.cures import LADDER, LADDER_SOURCES
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.dates import earliest, latest, parse_dates
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import FLAGS, NO, UNKNOWN, YES
from geoterritorio.layers.spans import spans

NO_FIGURE, NO_VALUE, CLOSE, MET_ALONE, MISSED_ALONE, THIN, NEAR_CHANCE, NO_CHANCE, *_OTHERS = LADDER
NO_READING, OPEN_READING, NO_STATEMENTS, FEW, SPLIT = _OTHERS
_KEYS = ["territory", "condition"]
_NUMBERS = ("value", "low", "high", "cases", "expected", "q")
_EVIDENCE = (
    "found",
    "value",
    "low",
    "high",
    "margin",
    "cases",
    "expected",
    "q",
    "passed",
    "reason",
    "period",
    "given_by",
    "rated",
    "raters",
)
_TEXTS = ("found", "passed", "reason", "period", "given_by")
COLUMNS = (
    "territory",
    "rung",
    "gate",
    "condition",
    "title",
    "kind",
    "required",
    "looks_at",
    "subject",
    "wanted",
    "threshold",
    *_EVIDENCE,
    "cure",
    "source",
    "meaning",
    "on",
    "version",
    "title_es",
    "meaning_es",
)


def evaluated(
    places: pd.Index,
    gates: pd.DataFrame,
    figures: pd.DataFrame | None,
    readings: pd.DataFrame | None,
    statements: pd.DataFrame | None,
    *,
    on: str | None = None,
) -> pd.DataFrame:
    """
    Every condition in every territory: met, not met or unknown, with what it rests on.

    Parameters
    ----------
    places
        Identifiers of the territories.
    gates
        As `checked_gates` gives them.
    figures, readings, statements
        As `ladder` takes them.
    on
        Day on which it is looked at.

    Returns
    -------
    conditions
        One row per territory and condition, in the order of both: the condition, `found` (a reading's word), `value`,
        `low`, `high` and `margin` (above 0 speaks for it), `cases` (ties or firms from which the value comes),
        `expected` (by chance) and `q`, `passed`, `reason`, `cure`, `period`, `given_by` (the step),
        `rated` (statements with a rating) and `raters` (their coders).
    """
    day = _day(on)
    every = pd.DataFrame({"territory": places}).astype(object).merge(gates.astype(object), how="cross")
    parts = [
        _figures(every[every["looks_at"] == FIGURE], figures, day),
        _readings(every[every["looks_at"] == READING], readings),
        _statements(every[every["looks_at"] == STATEMENTS], statements, day),
    ]
    found = pd.concat([p.astype(object) for p in parts if len(p)]).sort_index() if len(every) else every
    found = found.reindex(columns=[*every.columns, *_EVIDENCE])
    numbers = [c for c in (*_EVIDENCE, "threshold", "rung") if c not in _TEXTS]
    found[numbers] = found[numbers].astype(float)
    found["cure"] = _cures(found)
    found["on"] = on
    return found[list(COLUMNS)]


def _cures(found: pd.DataFrame) -> pd.Series:
    """What would decide each condition: of what is nowhere, the tool and the columns that give it."""
    absent = found["reason"].isin([NO_FIGURE, NO_VALUE, NO_READING])
    given = found["subject"].map(LADDER_SOURCES).where(absent)
    return given.fillna(found["reason"].map(LADDER)).astype(object)


def _day(on: str | None) -> pd.Timestamp | None:
    """Last day that the text may mean."""
    if on is None:
        return None
    days, problems = parse_dates(pd.Series([on]), column="on", layer="ladder")
    if problems:
        raise LayerError(problems)
    return latest(days).iloc[0]


def _figures(asked: pd.DataFrame, figures: pd.DataFrame | None, day: pd.Timestamp | None) -> pd.DataFrame:
    """Figures with their intervals against thresholds; one that lies on both sides decides nothing."""
    columns = ["territory", "subject", *_NUMBERS, "period", "given_by"]
    given = pd.DataFrame(columns=columns) if figures is None else _current(figures, day)[columns]
    given = given.astype(object)
    keys = ["territory", "subject"]
    found = asked.merge(given, on=keys, how="left", validate="many_to_one").set_axis(asked.index)
    value, low, high = (found[c].astype(float) for c in ("value", "low", "high"))
    spanned = low.notna() | high.notna()
    # Of an interval with one end the other is not known; without any, the figure is all there is.
    least = low.where(spanned, value).where(low.notna() | ~spanned, -np.inf)
    most = high.where(spanned, value).where(high.notna() | ~spanned, np.inf)
    up, limit = found["comparison"] == "≥", found["threshold"].astype(float)
    holds = np.where(up, least >= limit, most <= limit)
    fails = np.where(up, most < limit, least > limit)
    known = value.notna() | spanned
    meets = np.where(up, value >= limit, value <= limit)
    there = pd.MultiIndex.from_frame(asked[keys]).isin(pd.MultiIndex.from_frame(given[keys]))
    doubts = _doubts(found, holds, np.where(up, least, most))
    doubtful = np.any(list(doubts.values()), axis=0)
    return found.assign(
        margin=np.where(up, value - limit, limit - value),
        passed=np.select([~known | doubtful, holds, fails], [UNKNOWN, YES, NO], UNKNOWN).astype(object),
        reason=_reasons(
            {
                NO_FIGURE: ~there,
                NO_VALUE: ~known,
                CLOSE: ~(holds | fails) & value.isna(),
                MET_ALONE: ~(holds | fails) & meets,
                MISSED_ALONE: ~(holds | fails),
                **doubts,
            },
            asked.index,
        ),
    )


def _doubts(
    found: pd.DataFrame, holds: npt.NDArray[np.bool_], end: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.bool_]]:
    """
    Why a figure decides nothing: it rests on too few, or what speaks for the condition may be chance.

    A figure that is not known itself stands by the end of its interval that lies nearest to the threshold.
    """
    wanted, cases = found["fewest"].astype(float), found["cases"].astype(float)
    asked = found["beyond_chance"].eq(YES).to_numpy() & holds
    apart = found["value"].astype(float).fillna(pd.Series(end, index=found.index)) - found["expected"].astype(
        float
    )
    right = np.where(found["comparison"] == "≥", apart > 0, apart < 0)
    told = found["q"].notna().to_numpy()
    return {
        THIN: (wanted.notna() & ~(cases >= wanted)).to_numpy(),
        NO_CHANCE: asked & ~told,
        NEAR_CHANCE: asked & told & ~(right & (found["q"].astype(float) <= SURE).to_numpy()),
    }


def _current(figures: pd.DataFrame, day: pd.Timestamp | None) -> pd.DataFrame:
    """The latest figure of each indicator in each territory, of those whose period had begun by the day."""
    table = figures.assign(subject=figures["indicator"]).reset_index(drop=True)
    for column in (*_NUMBERS, "period", "source"):
        table[column] = table[column] if column in table.columns else np.nan
    table[[*_NUMBERS]] = amounts(table[[*_NUMBERS]].astype(float), "figures", signed=True)
    turned = table["low"] > table["high"]
    if turned.any():
        raise LayerError(
            message(
                "figures: {count} intervals end before they begin (low above high), for example of {values}. Correct "
                "them.",
                count=int(turned.sum()),
                values=listing(sorted(set(table.loc[turned, "subject"].astype(str)))),
            )
        )
    begin = spans(table["period"].astype(object))["begin"]
    if day is not None:
        table = table[begin.isna() | (begin <= day)]
    keys = ["territory", "subject"]
    last = table.assign(begin=begin, given_by=table["source"]).sort_values(
        "begin", na_position="first", kind="stable"
    )
    _refuse_rivals(last, keys)
    return last.drop_duplicates(keys, keep="last")


def _refuse_rivals(table: pd.DataFrame, keys: list[str]) -> None:
    """Refusal of figures that differ for one territory, indicator and period: nothing says which one counts."""
    figures = ["value", "low", "high"]
    told = table.assign(period=table["period"].astype(str)).drop_duplicates([*keys, "period", *figures])
    rivals = told.duplicated([*keys, "period"], keep=False)
    if rivals.any():
        raise LayerError(
            message(
                "figures: {count} rows give an indicator of a territory and period several times, each otherwise: "
                "{values}. Keep the figures of one of the steps.",
                count=int(rivals.sum()),
                values=listing(sorted(set(told.loc[rivals, "subject"].astype(str)))),
            )
        )


def _readings(asked: pd.DataFrame, readings: pd.DataFrame | None) -> pd.DataFrame:
    told = pd.DataFrame(index=pd.Index([])) if readings is None else readings
    known = [c for c in READINGS if c in told.columns]
    strange = sorted({str(w) for c in known for w in told[c].dropna()} - {*FLAGS, UNKNOWN})
    if strange:
        raise LayerError(
            message(
                "readings: verdicts are {values}; they must be yes, no or unknown. Give the areas of `contrast` or "
                "`districts`.",
                values=listing(strange),
            )
        )
    long = told[known].astype(object).rename_axis("territory").reset_index()
    long = long.melt("territory", var_name="subject", value_name="found").astype(object)
    found = asked.merge(long, on=["territory", "subject"], how="left").set_axis(asked.index)
    open_ = ~found["found"].isin(FLAGS)
    right = found["found"] == found["wanted"]
    return found.assign(
        passed=np.select([open_, right], [UNKNOWN, YES], NO).astype(object),
        reason=_reasons({NO_READING: found["found"].isna(), OPEN_READING: open_}, asked.index),
    )


def _statements(
    asked: pd.DataFrame, statements: pd.DataFrame | None, day: pd.Timestamp | None
) -> pd.DataFrame:
    """Statements on either side of the threshold are counted, and their coders: never averaged."""
    rows = asked.reset_index()[["index", "territory", "subject", "comparison", "threshold"]]
    given = pd.DataFrame(columns=["territory", "subject", "rating", "coder", "date"])
    if statements is not None:
        given = _rated(statements, day)
    given = given.astype({"territory": object, "subject": object})
    pairs = rows.merge(given, on=["territory", "subject"])
    rating, limit = pairs["rating"].astype(float), pairs["threshold"].astype(float)
    pairs["holds"] = np.where(pairs["comparison"] == "≥", rating >= limit, rating <= limit)
    by = pairs.groupby("index")
    found = asked.assign(
        rated=by.size().reindex(asked.index).fillna(0),
        raters=by["coder"].nunique().reindex(asked.index).fillna(0),
        low=by["rating"].min().reindex(asked.index),
        high=by["rating"].max().reindex(asked.index),
        period=by["date"].max().reindex(asked.index),
    )
    enough = (found["rated"] >= found["statements"]) & (found["raters"] >= found["coders"])
    holding = by["holds"].sum().reindex(asked.index).fillna(0).astype(float)
    yes, no = holding == found["rated"], holding == 0
    split = (found["rated"] > 0) & ~yes & ~no
    return found.assign(
        passed=np.select([split, enough & yes, enough & no], [UNKNOWN, YES, NO], UNKNOWN).astype(object),
        reason=_reasons({NO_STATEMENTS: found["rated"] == 0, SPLIT: split, FEW: ~enough}, asked.index),
    )


def _reasons(when: dict[str, npt.ArrayLike], rows: pd.Index) -> pd.Series:
    """The first reason that applies to each row; missing where none does."""
    found = pd.Series(None, index=rows, dtype=object)
    for reason, applies in reversed(when.items()):
        found[np.asarray(applies, dtype=bool)] = reason
    return found


def _rated(statements: pd.DataFrame, day: pd.Timestamp | None) -> pd.DataFrame:
    """Statements with a rating, made by the day, of each coder the latest; without a date they count on no day."""
    table = pd.DataFrame({"territory": statements["territory"], "subject": statements["item"]})
    for column in ("rating", "coder", "date"):
        table[column] = statements[column] if column in statements.columns else None
    # Statements of no named coder may all be of one.
    table["coder"] = table["coder"].astype(object).where(table["coder"].notna(), "")
    table["rating"] = amounts(table["rating"].astype(float), "evidence", signed=True)
    table = table[table["rating"].notna()]
    made = earliest(table["date"])
    if day is not None:
        table, made = table[made <= day], made[made <= day]
    # Whoever rates anew means the later rating, as in the agreement of coders.
    keys = [table[k] for k in ("territory", "subject", "coder")]
    return table[(made == made.groupby(keys).transform("max")) | (table["coder"] == "") | made.isna()]
