"""What a profile says of the institutions and services that firms and people of a territory reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.publication.numbers import NOTHING
from geoterritorio.publication.profile.parts import Case, Exhibit, Figure, Mark, Open, Table, Told, along

_ESTABLISHMENTS, _RESIDENTS = "establishments", "residents"
_WHO = {_ESTABLISHMENTS: mark("small and medium establishments"), _RESIDENTS: mark("residents")}
# A kind that fewer reach is called a gap.
_GAP = 0.5


def reach(case: Case) -> Told:
    """Kinds of centre within the budget, gaps, and single centres on which many depend."""
    found = [
        _reached(case, areas, shares)
        for areas, shares in zip(
            case.all_of("reach", "areas"), case.all_of("reach", "territory_shares"), strict=False
        )
    ]
    return Told(
        tuple(p for part in found for p in part.paragraphs),
        tuple(t for part in found for t in part.tables),
        tuple(f for part in found for f in part.figures),
        tuple(o for part in found for o in part.open),
    )


def _reached(case: Case, areas: Exhibit, shares: Exhibit) -> Told:
    rows = case.mine(areas)
    if rows.empty:
        return Told()
    ends = case.mine(shares)[["who", "centre_kind", "up_to", "reached_low", "reached_high"]]
    rows = rows.merge(ends, on=["who", "centre_kind", "up_to"], how="left", validate="one_to_one")
    who = next(w for w in _WHO if w in set(rows["who"]))
    mine = rows[rows["who"] == who].sort_values(["reached_share", "centre_kind"], na_position="last")
    others = rows[rows["who"] == _RESIDENTS] if who == _ESTABLISHMENTS else rows.iloc[:0]
    return Told(
        (_gaps(case, areas, mine, who), *_hanging(case, areas, mine)),
        (_kinds(case, areas, mine, others),),
        _weakest(case, areas, mine),
        _withheld(case, areas, mine),
    )


def _budget(case: Case, row: dict[str, Any], kind: str) -> str:
    return f"{case.numbers.plain(row['up_to'])} {case.told('unit', row['unit'], kind)}"


def _gaps(case: Case, exhibit: Exhibit, rows: pd.DataFrame, who: str) -> str:
    first = rows.iloc[0].to_dict()
    gaps = rows[rows["reached_share"] < _GAP]
    named = "; ".join(
        f"{case.told('centre_kind', row['centre_kind'], exhibit.kind)} ({case.percent(row['reached_share'])})"
        for row in gaps.to_dict("records")
    )
    values = {
        "title": exhibit.title,
        "who": case.say(_WHO[who]),
        "budget": _budget(case, first, exhibit.kind),
        "by": case.told("by", first["by"], exhibit.kind),
        "kinds": case.numbers.count(int(rows["reached_share"].notna().sum())),
    }
    if gaps.empty:
        return case.words(
            mark(
                "{title} ({who}, {budget}, ways: {by}): half or more reach each of the {kinds} kinds with "
                "figures."
            ),
            **values,
        )
    return case.words(
        mark(
            "{title} ({who}, {budget}, ways: {by}): gaps, which fewer than half reach: {gaps}; of {kinds} "
            "kinds with figures."
        ),
        gaps=named,
        **values,
    )


def _hanging(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> list[str]:
    """Single centres on which half or more depend."""
    hung = rows[rows["main_share"] >= _GAP]
    if hung.empty:
        return []
    named = "; ".join(
        f"{row['main_centre']} ({case.told('centre_kind', row['centre_kind'], exhibit.kind)}, "
        f"{case.percent(row['main_share'])})"
        for row in hung.to_dict("records")
    )
    return [
        case.words(mark("Half or more would lose reach if a single centre closed: {centres}."), centres=named)
    ]


def _kinds(case: Case, exhibit: Exhibit, rows: pd.DataFrame, others: pd.DataFrame) -> Table:
    say = case.say
    people = others.set_index("centre_kind")["reached_share"]
    head = [
        say(mark("Kind of centre")),
        say(mark("Reached by")),
        say(mark("Half within")),
        say(mark("Only one centre")),
    ]
    # Where all sizes are known, shares have no bounds to tell.
    bounded = bool((rows["reached_low"] < rows["reached_high"]).any())
    head += [say(mark("Bounds"))] if bounded else []
    head += [say(mark("Residents"))] if len(people) else []
    cells = []
    for row in rows.to_dict("records"):
        line = [
            case.told("centre_kind", row["centre_kind"], exhibit.kind),
            _share(case, row, "reached_share"),
            NOTHING
            if pd.isna(row["median"])
            else f"{case.numbers.count(row['median'])} {case.told('unit', row['unit'], exhibit.kind)}",
            _share(case, row, "single"),
        ]
        line += [_bounds(case, row)] if bounded else []
        line += [case.percent(people.get(row["centre_kind"], np.nan))] if len(people) else []
        cells.append(tuple(line))
    caption = case.words(
        mark("Reached within {budget}"), budget=_budget(case, rows.iloc[0].to_dict(), exhibit.kind)
    )
    return Table(
        caption, tuple(head), cells, frozenset(range(1, len(head))), [_drawn(r) for r in _dicts(rows)]
    )


def _dicts(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _drawn(row: dict[str, Any]) -> Mark | None:
    return along(row["reached_share"], row["reached_low"], row["reached_high"], least=0, most=1)


def _is_withheld(row: dict[str, Any]) -> bool:
    return isinstance(row.get("withheld"), str) and bool(row["withheld"])


def _share(case: Case, row: dict[str, Any], column: str) -> str:
    if pd.isna(row[column]) and _is_withheld(row):
        return case.say(mark("withheld"))
    return case.percent(row[column])


def _bounds(case: Case, row: dict[str, Any]) -> str:
    """What sizes that are unknown leave open; shares that are counted have no interval."""
    low, high = row["reached_low"], row["reached_high"]
    if pd.isna(low) or pd.isna(high):
        return NOTHING
    return case.say(mark("known")) if low == high else case.between(low, high, shares=True)


def _weakest(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> tuple[Figure, ...]:
    known = rows.dropna(subset=["reached_share"])
    if known.empty:
        return ()
    row = known.iloc[0].to_dict()
    label = case.words(
        mark("Kind of centre fewest reach in {budget}: {kind}"),
        budget=_budget(case, row, exhibit.kind),
        kind=case.told("centre_kind", row["centre_kind"], exhibit.kind),
    )
    low, high = row["reached_low"], row["reached_high"]
    known_sizes = not pd.isna(low) and low == high
    interval = (
        case.say(mark("counted along ways: no interval"))
        if known_sizes
        else case.between(low, high, shares=True) or case.say(mark("no interval is known"))
    )
    beside = case.median(_of_all(exhibit, row), shares=True)
    return (Figure(label, case.percent(row["reached_share"]), interval, beside, exhibit.title, _drawn(row)),)


def _of_all(exhibit: Exhibit, row: dict[str, Any]) -> pd.Series:
    """Shares of all territories for whom, to what and how far the row tells of."""
    rows = exhibit.rows
    alike = [rows[c] == row[c] for c in ("who", "centre_kind", "up_to")]
    return rows.loc[np.logical_and.reduce(alike), "reached_share"].astype(float)


def _withheld(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> tuple[Open, ...]:
    if "withheld" not in rows.columns:
        return ()
    hidden = rows[rows["withheld"].astype(object).map(lambda text: isinstance(text, str) and bool(text))]
    if hidden.empty:
        return ()
    kinds = "; ".join(case.told("centre_kind", kind, exhibit.kind) for kind in hidden["centre_kind"])
    return (
        Open(
            case.words(mark("{title}: some figures of {kinds}"), title=exhibit.title, kinds=kinds),
            case.told("withheld", str(hidden["withheld"].iloc[0]), exhibit.kind),
            case.say(mark("the study's own tables, which are internal and hold all figures")),
        ),
    )
