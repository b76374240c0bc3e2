"""What the rows of one layer must say together: versions in time, wholes and their parts, shares, periods, ratings.

Called by the door (`checks`) when every column is typed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.layers.dates import earliest
from geoterritorio.layers.findings import distinct, first_row, listing
from geoterritorio.layers.schema import LEVELS

# Totals are often rounded to whole jobs: a part may exceed its whole by that much.
_ROUNDING = 0.5
_HIGHEST_RATING = 100
_YEARS = r"\s*(\d{4})\s*[-–—/]\s*(\d{4})\s*"


def inconsistencies(frame: pd.DataFrame, kind: str, layer: str) -> Iterator[Message]:
    """
    Contradictions between the rows of a typed layer.

    Parameters
    ----------
    frame
        Layer with fixed column names and types.
    kind
        Kind of layer.
    layer
        What it is called in messages.

    Yields
    ------
    problem
        One message for each kind of contradiction.

    Warns
    -----
    GeoterritorioWarning
        For what is odd but may be meant: a parent that is nowhere, an unusual rating, a statement of tomorrow.
    """
    rows = frame.reset_index(drop=True)
    for check in (*_CHECKS.get(kind, ()), _periods):
        yield from check(rows, layer)


def _periods(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Periods of years that end before they begin."""
    if "period" not in frame.columns:
        return
    years = frame["period"].astype("string").str.extract(f"^{_YEARS}$").astype("Float64")
    turned = (years[1] < years[0]).fillna(value=False).to_numpy(dtype=bool)
    if turned.any():
        yield message(
            "{layer}: periods end before they begin (rows: {count}, first: {row}): {values}. Write the first year "
            "first, as 1999-2001.",
            layer=layer,
            count=int(turned.sum()),
            row=first_row(turned),
            values=distinct(frame["period"][turned]),
        )


def _no_counts(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Counts taken for a register: each cell would be counted as one establishment."""
    cell = ["territory", "sector", "establishments"]
    single = "firm" in frame.columns or "geometry" in frame.columns
    if single or not set(cell) <= set(frame.columns):
        return
    key = [*cell[:2], *({"period"} & set(frame.columns))]
    if not frame.duplicated(key).any():
        yield message(
            "{layer}: its {count} rows are counts, one for each territory and sector, and a register has a row for "
            "each establishment. Give it as counts; if each row is an establishment, name a column that identifies it "
            "(firm).",
            layer=layer,
            count=len(frame),
        )


def _evidence(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Ratings and dates that can hardly be meant; both are kept."""
    if "rating" in frame.columns:
        far = ((frame["rating"] < 0) | (frame["rating"] > _HIGHEST_RATING)).to_numpy()
        if far.any():
            _say(
                message(
                    "{layer}: column “rating” holds values below 0 or above {highest}, as hardly any scale has them "
                    "(rows: {count}, first: {row}): {values}. Correct them.",
                    layer=layer,
                    highest=_HIGHEST_RATING,
                    count=int(far.sum()),
                    row=first_row(far),
                    values=distinct(frame["rating"][far].map("{:g}".format)),
                )
            )
    if "date" in frame.columns:
        today = pd.Timestamp(datetime.now(UTC).date())
        future = (earliest(frame["date"]) > today).to_numpy()
        if future.any():
            _say(
                message(
                    "{layer}: column “{column}” holds days that are still to come (rows: {count}, first: {row}): "
                    "{values}. Correct them.",
                    layer=layer,
                    column="date",
                    count=int(future.sum()),
                    row=first_row(future),
                    values=distinct(frame["date"][future]),
                )
            )
    yield from ()


def _say(text: Message) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _versions(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Versions that end before they begin, or are in force together."""
    if "valid_from" not in frame.columns and "valid_to" not in frame.columns:
        return
    begin, end = _edge(frame, "valid_from", "1000-01-01"), _edge(frame, "valid_to", "9999-12-31")
    empty = (end <= begin).to_numpy()
    if empty.any():
        yield message(
            "{layer}: versions of territories end (valid_to) before or when they begin (valid_from); rows: "
            "{count}, first: {row}: {values}. A version must last at least a day.",
            layer=layer,
            count=int(empty.sum()),
            row=first_row(empty),
            values=distinct(frame["territory"][empty]),
        )
    order = pd.DataFrame({"territory": frame["territory"], "begin": begin, "end": end})[~empty]
    order = order.dropna(subset=["territory"]).sort_values(["territory", "begin"], kind="stable")
    following = order.groupby("territory", sort=False)["begin"].shift(-1)
    clash = order.index[(order["end"] > following).to_numpy()]
    if len(clash):
        rows = np.isin(frame.index, clash)
        yield message(
            "{layer}: versions of territories are still in force when the next one begins (rows: {count}, first: "
            "{row}): {values}. Let each version end (valid_to) on the day on which the next begins (valid_from).",
            layer=layer,
            count=len(clash),
            row=first_row(rows),
            values=distinct(frame["territory"][rows]),
        )


def _edge(frame: pd.DataFrame, column: str, open_end: str) -> pd.Series:
    """First or last day of each version; one far away where it is open."""
    far = pd.Timestamp(open_end).as_unit("s")
    if column not in frame.columns:
        return pd.Series(far, index=frame.index)
    return earliest(frame[column]).fillna(far)


def _hierarchy(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Parts that are larger than their whole, alone or together."""
    parts = parents(frame)
    if parts is None:
        return
    keys = ["sector", *(c for c in ("period", "size_class") if c in frame.columns)]
    for measure in ("employment", "establishments"):
        if measure not in frame.columns:
            continue
        rows = frame[[*keys, measure]].assign(area=parts["area"], parent=parts["parent"])
        sums = rows.dropna(subset=["parent", measure]).groupby([*keys, "parent"], dropna=False)[measure]
        together = sums.agg(["sum", "size"]).reset_index().rename(columns={"parent": "area"})
        # Keys that are missing throughout have lost their type on the way.
        together = together.astype(rows[[*keys, "area"]].dtypes.to_dict())
        joined = together.merge(rows[[*keys, "area", measure]], on=[*keys, "area"])
        over = joined[joined["sum"] > joined[measure] + _ROUNDING * (joined["size"] + 1)]
        if len(over):
            names = [
                f"{s} ({a}): {p:g} > {w:g}"
                for s, a, p, w in zip(over["sector"], over["area"], over["sum"], over[measure], strict=True)
            ]
            yield message(
                "{layer}: the parts have more {measure} than the whole in which they lie (sectors: {count}): "
                "{values}. Check the levels, the parents and that all figures are of one source and period.",
                layer=layer,
                count=len(over),
                measure=measure,
                values=listing(names),
            )


def parents(frame: pd.DataFrame) -> pd.DataFrame | None:
    """
    Area of each row of a layer of reference totals and the area in which it lies.

    Parameters
    ----------
    frame
        Reference totals, typed.

    Returns
    -------
    parts
        Columns `area` (the level where areas have no identifier) and `parent`: as given, else the one area of the
        next level that is there, else missing. None where the layer knows neither areas nor levels.
    """
    if "area" not in frame.columns and "level" not in frame.columns:
        return None
    blank = pd.Series(None, index=frame.index, dtype=object)
    level = frame["level"] if "level" in frame.columns else blank
    area = (frame["area"] if "area" in frame.columns else blank).fillna(level)
    given = frame["parent"] if "parent" in frame.columns else blank
    only: dict[str, str] = {}
    above: str | None = None
    for name in reversed(LEVELS):
        members = area[(level == name).to_numpy()].dropna().unique()
        if above is not None:
            only[name] = above
        if len(members):
            above = str(members[0]) if len(members) == 1 else None
    return pd.DataFrame({"area": area, "parent": given.where(given.notna(), level.map(only))})


def _shares(column: str) -> Callable[[pd.DataFrame, str], Iterator[Message]]:
    def check(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
        if column not in frame.columns:
            return
        high = (frame[column] > 1).to_numpy()
        if high.any():
            yield message(
                "{layer}: column “{column}” is a share and must not be above 1 (rows above: {count}, first: "
                "{row}): {values}. Write 0.5, not 50, for a half.",
                layer=layer,
                column=column,
                count=int(high.sum()),
                row=first_row(high),
                values=distinct(frame[column][high].map("{:g}".format)),
            )

    return check


def _circles(own: str) -> Callable[[pd.DataFrame, str], Iterator[Message]]:
    """Check of the column `parent`: nothing may lie in its own part. Told, not refused."""

    def check(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
        if "parent" not in frame.columns or own not in frame.columns:
            return
        pairs = frame[[own, "parent"]].dropna()
        rows = np.isin(frame.index, pairs.index[_circular(pairs[own], pairs["parent"])])
        if rows.any():
            _say(
                message(
                    "{layer}: parents lie in their own parts: going up from one comes back to it (rows: {count}, "
                    "first: {row}): {values}. Correct the column “parent”.",
                    layer=layer,
                    count=int(rows.sum()),
                    row=first_row(rows),
                    values=distinct(frame[own][rows]),
                )
            )
        yield from ()

    return check


def _orphans(frame: pd.DataFrame, layer: str) -> Iterator[Message]:
    """Territories whose parent is missing where others are there. Told, not refused."""
    rows = _lost(frame, "territory") if "parent" in frame.columns else np.zeros(len(frame), dtype=bool)
    if rows.any():
        _say(
            message(
                "{layer}: parents are not in the layer, where others of the same level are (rows: {count}, first: "
                "{row}): {values}. Correct them, or add the areas that are missing.",
                layer=layer,
                count=int(rows.sum()),
                row=first_row(rows),
                values=distinct(frame["parent"][rows]),
            )
        )
    yield from ()


def _circular(own: pd.Series, parent: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows on a circle: what is left when those without parents, and those without parts, are taken off in turn."""
    left = np.ones(len(own), dtype=bool)
    while left.any():
        kept = left & own.isin(parent[left]).to_numpy() & parent.isin(own[left]).to_numpy()
        if (kept == left).all():
            break
        left = kept
    return left


def _lost(frame: pd.DataFrame, own: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows whose parent is neither a row nor the name of a level, though parents of their level are rows."""
    parent, there = frame["parent"], frame["parent"].isin(frame[own].dropna())
    if "level" not in frame.columns:
        known, some = there, pd.Series(bool(there.any()), index=frame.index)
    else:
        known = there | parent.isin([*LEVELS, *frame["level"].dropna().unique()])
        some = there.groupby(frame["level"], dropna=False).transform("any").astype(bool)
    return np.asarray(parent.notna() & ~known & some, dtype=bool)


_CHECKS: dict[str, tuple[Callable[[pd.DataFrame, str], Iterator[Message]], ...]] = {
    "territories": (_versions, _circles("territory"), _orphans),
    "firms": (_no_counts,),
    "register": (_no_counts,),
    "reference": (_hierarchy, _circles("area")),
    "actions": (_shares("public_share"),),
    "evidence": (_shares("confidence"), _evidence),
}
