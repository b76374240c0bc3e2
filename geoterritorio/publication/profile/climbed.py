"""What a profile says of the ladder: the rung, gates and conditions, and what changed since an earlier date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from geoterritorio.assessment.rungs import changed
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import NO, YES
from geoterritorio.publication.numbers import NOTHING
from geoterritorio.publication.profile.dates import day_of
from geoterritorio.publication.profile.parts import Case, Exhibit, Figure, Table, Told, along
from geoterritorio.publication.profile.stated import undecided
from geoterritorio.publication.shares import NAMED_SHARES

_MOVED, _KNOWN, _UNKNOWN = "figure or statements", "became known", "became unknown"
# What moved where a condition turned, by what it looks at.
_WHAT: Mapping[str, str] = {
    "figure": mark("its figure moved"),
    "reading": mark("the reading moved"),
    "statements": mark("the coded statements moved"),
}
_NEEDED = {"territory", "condition", "passed", "value"}


def ladder(case: Case) -> Told:
    """The rung that is reached for sure and the one that is not excluded, then gates, conditions and changes."""
    order = _by_date(case)
    if not order:
        return Told()
    now = order[-1]
    paragraphs = [_rung(case, area, row) for area in _of(case, "areas", now) for row in _rows(case, area)]
    figures = [_figure(case, area, row) for area in _of(case, "areas", now) for row in _rows(case, area)]
    tables, unknown = [], []
    for exhibit in _of(case, "gate_verdicts", now):
        tables += _gates(case, exhibit)
    for exhibit in _of(case, "conditions", now):
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        tables += _conditions(case, exhibit, rows)
        unknown += undecided(case, exhibit, rows, ("title",))
    then, turned = _since(case, order)
    return Told((), (*turned, *tables), tuple(figures), tuple(unknown), (*paragraphs, *then))


def _by_date(case: Case) -> list[str]:
    """Steps of the ladder by the day they look at, the latest last; one without a day looks at the latest figures."""
    days = {
        exhibit.title: exhibit.settings.get("on")
        for exhibit in case.exhibits
        if exhibit.tool == "ladder" and not case.mine(exhibit).empty
    }
    return sorted(days, key=lambda title: day_of(days[title]))


def _of(case: Case, output: str, title: str) -> list[Exhibit]:
    return [x for x in case.all_of("ladder", output) if x.title == title]


def _rows(case: Case, exhibit: Exhibit) -> list[dict[Any, Any]]:
    return [dict(row) for row in case.mine(exhibit).to_dict("records")]


# Where no open condition could change it, by whether any gate is passed.
_SURELY = {
    False: mark(
        "{title}: no gate is passed yet, whatever is unknown; next gate: {gate}. The gates are this software's "
        "proposal, or the study's own table."
    ),
    True: mark(
        "{title}: passed up to {least}, and no further, whatever is unknown; next gate: {gate}. The gates are this "
        "software's proposal, or the study's own table."
    ),
}


def _rung(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> str:
    text = mark(
        "{title}: at least {least}, at most {most}; next gate: {gate}. The gates are this software's proposal, "
        "or the study's own table."
    )
    if row.get("rung") == row.get("rung_most"):
        text = _SURELY[bool(row.get("rung"))]
    return case.words(
        text,
        title=exhibit.title,
        least=case.told("at_least", row.get("at_least"), exhibit.kind),
        most=case.told("at_most", row.get("at_most"), exhibit.kind),
        gate=case.told("next_gate", row.get("next_gate"), exhibit.kind),
    )


def _figure(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> Figure:
    """Gates passed one after the other, between the bounds that open conditions leave."""
    low, high = (float(row.get(c, float("nan"))) for c in ("rung", "rung_most"))
    gates = _of(case, "gate_verdicts", exhibit.title)
    number = max((len(case.mine(x)) for x in gates), default=0)
    sure = low == high
    interval = (
        case.say(mark("no open condition could change it")) if sure else case.between(low, high) or NOTHING
    )
    return Figure(
        case.say(mark("Gates of the ladder passed one after the other")),
        case.number(low) if sure else f"≥ {case.number(low)}",
        interval,
        case.words(mark("of {count} gates"), count=number),
        exhibit.title,
        along(low, low, high, least=0, most=max(number, 1)),
    )


def _gates(case: Case, exhibit: Exhibit) -> list[Table]:
    rows = case.mine(exhibit)
    if rows.empty:
        return []
    columns = ("gate", "passed", "unmet", "open_conditions")
    return [case.listing(exhibit, rows, columns, caption=case.say(mark("Gates on the way")))]


def _conditions(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> list[Table]:
    """Conditions that gates need, then those that only support, folded away."""
    needed = rows["required"].astype(str) != NO if "required" in rows.columns else rows["passed"].notna()
    tables = [
        _held(case, exhibit, rows[needed], mark("Conditions of the gates, with what was found")),
        _held(case, exhibit, rows[~needed], mark("Supporting conditions, which decide no gate")),
    ]
    # where nothing is known of any, they stand among what is unknown
    bare = not rows.loc[needed, "passed"].isin((YES, NO)).any()
    tables = [replace(tables[0], annex=bare), replace(tables[1], annex=True)]
    return [table for table in tables if table.rows]


def _held(case: Case, exhibit: Exhibit, rows: pd.DataFrame, caption: str) -> Table:
    """Every condition with what was found beside what must hold."""
    say = case.say
    head = (say(mark("Condition")), say(mark("Found")), say(mark("What must hold")), say(mark("Met")))
    cells = [
        (
            case.cell(row, "title", exhibit.kind),
            _as_of(case, exhibit, row),
            _wanted(case, exhibit, row),
            case.told("passed", row.get("passed"), exhibit.kind),
        )
        for row in rows.to_dict("records")
    ]
    return Table(case.dated(say(caption), exhibit), head, cells)


def _as_of(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> str:
    """What was found, and the period it is of."""
    found, period = _found(case, exhibit, row), row.get("period")
    return f"{found} · {period}" if isinstance(period, str) and period else found


def _found(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> str:
    """Verdict, figure with its interval, or ratings from the lowest to the highest."""
    share = _is_share(row)
    value, low, high = (row.get(c, float("nan")) for c in ("value", "low", "high"))
    if isinstance(row.get("found"), str):
        return case.told("found", row["found"], exhibit.kind)
    if not pd.isna(value):
        ends = case.bracketed({"low": low, "high": high}, ("low", "high"), shares=share)
        return f"{case.number(float(value), shares=share)}{ends}"
    if not pd.isna(low) and not pd.isna(high):
        least, most = case.number(float(low)), case.number(float(high))
        if least == most:
            return case.words(mark("rated {rating}"), rating=least)
        return case.words(mark("rated {least} to {most}"), least=least, most=most)
    return NOTHING


def _wanted(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> str:
    """What must hold: the sign of the comparison and the threshold, or the verdict."""
    wanted, threshold = row.get("wanted"), row.get("threshold", float("nan"))
    if not isinstance(wanted, str):
        return NOTHING
    sign, _, rest = wanted.partition(" ")
    if rest and not pd.isna(threshold):
        return f"{sign} {case.number(float(threshold), shares=_is_share(row))}"
    return case.told("wanted", wanted, exhibit.kind)


def _is_share(row: Mapping[Any, Any]) -> bool:
    subject = str(row.get("subject"))
    return row.get("looks_at") == "figure" and any(part in subject for part in NAMED_SHARES)


def _since(case: Case, order: Sequence[str]) -> tuple[list[str], list[Table]]:
    """What changed since the step before the latest, or since the run that the step was told of."""
    told = [case.mine(x) for x in _of(case, "changes", order[-1])]
    own = next((rows for rows in told if len(rows)), None)
    if len(order) < 2:  # noqa: PLR2004 - of one date alone nothing has changed but what the step was told of
        return [], ([] if own is None else _turned(case, own))
    before, after = order[-2:]
    then = [_climbed(case, before, after)]
    rows = own if own is not None else _compared(case, before, after)
    if rows is None or rows.empty:
        return [*then, case.say(mark("No condition turned between both dates."))], [_rungs(case, order)]
    return [*then, *_learnt(case, rows)], [_rungs(case, order), *_turned(case, rows)]


def _learnt(case: Case, rows: pd.DataFrame) -> list[str]:
    """How many conditions turned between met and not met, and how many merely became known or unknown."""
    found, count = rows["turn"].value_counts(), case.numbers.count
    turned = int(_decided(rows).sum())
    known = rows[rows["turn"] == _KNOWN]
    told = [
        case.words(mark("Conditions that turned between met and not met: {number}."), number=count(turned))
    ]
    if len(known):
        told.append(
            case.words(
                mark(
                    "Became known, which is no change of the territory: {number} (met {met}, not met {unmet})."
                ),
                number=count(len(known)),
                met=count(int((known["after"] == YES).sum())),
                unmet=count(int((known["after"] == NO).sum())),
            )
        )
    lost = int(found.get(_UNKNOWN, 0))
    if lost:
        told.append(case.words(mark("Became unknown: {number}."), number=count(lost)))
    return [" ".join(told)]


def _decided(rows: pd.DataFrame) -> pd.Series:
    """Whether a condition was known at both dates."""
    return rows["before"].isin((YES, NO)) & rows["after"].isin((YES, NO))


def _date(case: Case, title: str) -> str:
    """The day a step looks at, in words."""
    found = [x.settings.get("on") for x in case.exhibits if x.tool == "ladder" and x.title == title]
    day = next((str(on) for on in found if on), "")
    return day or case.say(mark("latest figures"))


def _climbed(case: Case, before: str, after: str) -> str:
    """Rungs at both dates in one sentence."""
    rungs = [
        (float(row.get("rung", float("nan"))), float(row.get("rung_most", float("nan"))))
        for title in (before, after)
        for x in _of(case, "areas", title)
        for row in _rows(case, x)
    ]
    if len(rungs) != 2:  # noqa: PLR2004 - the earlier and the later
        return case.say(mark("The rung of one of both dates is not known."))
    (least, most), (later, latest_most) = rungs
    text = mark("Between {before} and {after} neither a rise nor a fall is certain.")
    if later > most:
        text = mark("Between {before} and {after} it has certainly risen.")
    elif latest_most < least:
        text = mark("Between {before} and {after} it has certainly fallen.")
    elif least == most == later == latest_most:
        text = mark("Between {before} and {after} it has stayed on its rung.")
    return case.words(text, before=_date(case, before), after=_date(case, after))


def _rungs(case: Case, order: Sequence[str]) -> Table:
    """One row for each date."""
    say = case.say
    head = (say(mark("Date")), say(mark("At least")), say(mark("At most")), say(mark("Next gate")))
    cells = [
        (
            _date(case, title),
            *(case.told(c, row.get(c), exhibit.kind) for c in ("at_least", "at_most", "next_gate")),
        )
        for title in order
        for exhibit in _of(case, "areas", title)
        for row in _rows(case, exhibit)
    ]
    return Table(say(mark("The rung at each date")), head, cells)


def _compared(case: Case, before: str, after: str) -> pd.DataFrame | None:
    """Conditions that turned between two steps that were not told of each other."""
    pair = [case.mine(x) for title in (before, after) for x in _of(case, "conditions", title)]
    wanted = {*_NEEDED, "wanted", "on", "period"}
    if len(pair) != 2 or not all(wanted <= set(rows.columns) for rows in pair):  # noqa: PLR2004 - the earlier and the later
        return None
    earlier, later = pair
    full = later.reindex(columns=list(dict.fromkeys([*later.columns, "rung", "gate", "title", "title_es"])))
    day = next((x.settings.get("on") for x in _of(case, "conditions", after)), None)
    return changed(full, earlier, on=day if isinstance(day, str) and day else None)


def _turned(case: Case, rows: pd.DataFrame) -> list[Table]:
    """Conditions that turned between met and not met; those that became known or unknown are folded away."""
    sure = _decided(rows)
    tables = [
        _turns(case, rows[sure], mark("Conditions that turned between met and not met")),
        replace(_turns(case, rows[~sure], mark("Conditions that became known or unknown")), annex=True),
    ]
    return [table for table in tables if table.rows]


def _turns(case: Case, rows: pd.DataFrame, caption: str) -> Table:
    """Conditions on both sides, and why they turned."""
    say = case.say
    head = (say(mark("Condition")), say(mark("Before")), say(mark("After")), say(mark("Why it turned")))
    kind = "ladder_changes"
    asked = {
        str(row.get("condition")): row
        for exhibit in case.all_of("ladder", "conditions")
        for row in _rows(case, exhibit)
    }
    cells = [
        (
            case.cell(row, "title", kind),
            *(_dated(case, row, side, share=_is_share(held)) for side in ("before", "after")),
            _moved(case, row, held),
        )
        for row in rows.to_dict("records")
        for held in [asked.get(str(row.get("condition")), {})]
    ]
    return Table(say(caption), head, cells)


def _moved(case: Case, row: Mapping[Any, Any], held: Mapping[Any, Any]) -> str:
    """Why a condition turned; what moved is said by what it looks at."""
    turn = row.get("turn")
    looks_at = held.get("looks_at")
    if turn != _MOVED or looks_at not in _WHAT:
        return case.told("turn", turn, "ladder_changes")
    return case.say(_WHAT[str(looks_at)])


def _dated(case: Case, row: Mapping[Any, Any], side: str, *, share: bool) -> str:
    """What was known on one side, with its figure and date."""
    told = case.told(side, row.get(side), "ladder_changes")
    value, date = row.get(f"value_{side}"), row.get(f"date_{side}")
    more = [] if value is None or pd.isna(value) else [case.number(float(value), shares=share)]
    more += [str(date)] if isinstance(date, str) and date else []
    return f"{told} ({', '.join(more)})" if more else told
