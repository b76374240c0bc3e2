"""What a profile says of both readings of a territory: industrial district, cluster, and their contrast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.layers.schema import UNKNOWN, WITHHELD
from geoterritorio.publication.numbers import NOTHING
from geoterritorio.publication.profile.parts import Case, Exhibit, Figure, Open, Table, Told, along

_EXPLAINED = 4
_HOLDS = mark("What must hold")
# Figure that each criterion of a cluster looks at, and on which side of its threshold it must lie.
_ASKED: Mapping[str, tuple[str, str]] = {
    "specialisation": (mark("lower end of the quotient's interval"), ">"),
    "breadth": (mark("core sectors with a quotient above 1"), "≥"),
    "mass": (mark("establishments of the core sectors"), "≥"),
    "plants": (mark("effective number of establishments"), "≥"),
    "gathering": (mark("q: how often chance puts them as near"), "≤"),
    "related": (mark("q: how often chance puts its sectors together"), "≤"),
    "suppliers": (mark("establishments of suppliers and services"), "≥"),
    "institutions": (mark("institutions with a field of the group"), "≥"),
    "links": (mark("p: how often chance gives as many links"), "≤"),
}
_FIGURE = (mark("figure of the criterion"), "≥")
# Steps of the district procedure whose figures are parts of one.
_SHARES = frozenset(
    ("manufacturing_share", "sme_manufacturing", "sme_industry", "small_industry", "industry_share")
)
_UNTOLD = mark(
    "Whether it is a district, a cluster, or both is withheld to protect confidentiality: it would tell of withheld "
    "figures."
)
_NO_CURE = mark("nothing in the data named")


def contrast(case: Case) -> Told:
    """Both readings in a sentence, and axis by axis."""
    paragraphs, tables, unknown = [], [], []
    for exhibit in case.all_of("contrast", "areas"):
        for row in case.mine(exhibit).to_dict("records"):
            if row["readings"] == WITHHELD:
                paragraphs.append(case.say(_UNTOLD))
                continue
            told = {
                c: case.told(c, row[c], exhibit.kind)
                for c in ("readings", "district", "cluster", "cluster_verdict", "chosen_by")
            }
            paragraphs.append(
                case.words(
                    mark(
                        "Read both ways: {readings}. As a district: {district}. As a cluster: {cluster} ({group}, "
                        "{cluster_verdict}; why this group is read: {chosen_by})."
                    ),
                    group=_known(row.get("group_name"), row.get("group")),
                    **told,
                )
            )
    for exhibit in case.all_of("contrast", "axes"):
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        tables.append(_axes(case, exhibit, rows))
        for row in rows[rows["agrees"] == UNKNOWN].to_dict("records"):
            what = case.words(
                mark("Axis {axis}: {title}"), axis=row["axis"], title=case.say(str(row["title"]))
            )
            unknown.append(_open(case, exhibit, row, what))
    return Told((), tuple(tables), (), tuple(unknown), tuple(paragraphs))


def _axes(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> Table:
    say = case.say
    head = (
        say(mark("Axis")),
        say(mark("As a district")),
        say(mark("As a cluster")),
        say(mark("Readings agree")),
        say(mark("Explained by")),
        say(mark("Coded statements")),
    )
    cells = [
        (
            f"{row['axis']}. {say(str(row['title']))}",
            case.told("district_reading", row["district_reading"], exhibit.kind),
            case.told("cluster_reading", row["cluster_reading"], exhibit.kind),
            case.told("agrees", row["agrees"], exhibit.kind),
            case.told("because", row["because"], exhibit.kind) or NOTHING,
            _rated(case, row),
        )
        for row in rows.to_dict("records")
    ]
    # Readings that agree everywhere have nothing to explain; statements may not be there.
    spare = {_EXPLAINED} if "statements" in rows else {_EXPLAINED, len(head) - 1}
    kept = [i for i in range(len(head)) if i not in spare or any(cell[i] != NOTHING for cell in cells)]
    told = [tuple(cell[i] for i in kept) for cell in cells]
    return Table(say(mark("Both readings, axis by axis")), tuple(head[i] for i in kept), told)


def _rated(case: Case, row: dict[str, float]) -> str:
    """Coded statements of an axis; a contrast that was given none says nothing of them."""
    if not row.get("statements", 0) > 0:
        return NOTHING
    number = case.numbers.count(row["statements"])
    if pd.isna(row["rating_least"]):
        return number
    plain = case.numbers.plain
    return case.words(
        mark("{number}, rated {least} to {most}"),
        number=number,
        least=plain(row["rating_least"]),
        most=plain(row["rating_most"]),
    )


def _open(case: Case, exhibit: Exhibit, row: dict[str, object], what: str) -> Open:
    """An unknown row, with its reason and cure in words."""
    reason = row.get("reason")
    why = (
        case.told("reason", reason, exhibit.kind)
        if isinstance(reason, str) and reason
        else case.say(mark("one reading or both are unknown"))
    )
    cure = row.get("cure")
    told = case.told("cure", cure, exhibit.kind) if isinstance(cure, str) and cure else case.say(_NO_CURE)
    return Open(what, why, told)


def _known(*texts: object) -> str:
    return next((str(text) for text in texts if isinstance(text, str) and text), NOTHING)


def districts(case: Case) -> Told:
    """Verdict of the district procedure, its steps, and how firm it is."""
    paragraphs, tables, figures, unknown = [], [], [], []
    for exhibit in case.all_of("districts", "areas"):
        for row in case.mine(exhibit).to_dict("records"):
            paragraphs.append(_verdict(case, exhibit, row))
            figures += _firm(case, exhibit, row)
    for exhibit in case.all_of("districts", "evidence"):
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        tables.append(_steps(case, exhibit, rows))
        unknown += [
            _open(case, exhibit, row, case.told("asked", row["asked"], exhibit.kind))
            for row in rows[rows["passed"] == UNKNOWN].to_dict("records")
        ]
    return Told(tuple(paragraphs), tuple(tables), tuple(figures), tuple(unknown))


def _verdict(case: Case, exhibit: Exhibit, row: dict[str, object]) -> str:
    words = {c: case.told(c, row[c], exhibit.kind) for c in ("verdict", "main_industry", "confirmed")}
    words["preset"] = case.told("preset", row["preset"], exhibit.kind)
    text = mark(
        "Industrial district procedure: {verdict}; main industry: {main_industry}. Rules: {preset}; all thresholds "
        "confirmed: {confirmed}."
    )
    if row["verdict"] == WITHHELD:
        text = mark(
            "Industrial district procedure: its verdict and the main industry are withheld to protect confidentiality. "
            "Rules: {preset}; all thresholds confirmed: {confirmed}."
        )
    return case.words(text, **words)


def _firm(case: Case, exhibit: Exhibit, row: dict[str, float]) -> list[Figure]:
    """Share of manufacturing; and how firm the verdict is, between its bounds."""
    figures = []
    share = row.get("share_manufacturing", float("nan"))
    if not pd.isna(share):
        every = exhibit.rows["share_manufacturing"].astype(float)
        figures.append(
            Figure(
                case.say(mark("Jobs in manufacturing")),
                case.percent(share),
                case.say(mark("a count: no interval")),
                case.median(every, shares=True),
                exhibit.title,
                along(share, float("nan"), float("nan"), least=0, most=1, at=float(every.median())),
            )
        )
    low, high = (float(row.get(c, float("nan"))) for c in ("share_all_low", "share_all_high"))
    if not pd.isna(low) and not pd.isna(high):
        value = float(row["share_all"])
        figures.append(
            Figure(
                case.say(mark("Draws and thresholds under which it is a district")),
                case.percent(value),
                case.between(low, high, shares=True)
                if low < high
                else case.say(mark("every draw is decided: no interval")),
                case.words(mark("a district for sure at {share}"), share=case.percent(1)),
                exhibit.title,
                along(value, low, high, least=0, most=1),
            )
        )
    return figures


def _steps(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> Table:
    say = case.say
    head = [say(mark("Step and rule")), say(mark("Found")), say(mark("Must exceed")), say(mark("Passed"))]
    # Figures that are known have no bounds to tell.
    ends = rows[["low", "high"]]
    bounded = bool((ends.notna().any(axis=1) & (ends["low"] != ends["high"])).any())
    head += [say(mark("Bounds"))] if bounded else []
    cells = [
        (
            _rule(case, exhibit, row),
            _figure_of(case, row, "value", shares=part),
            _figure_of(case, row, "threshold", shares=part),
            case.told("passed", row["passed"], exhibit.kind),
            *([_bounds(case, row["low"], row["high"], shares=part)] if bounded else []),
        )
        for row in rows.to_dict("records")
        for part in [row["asked"] in _SHARES]
    ]
    caption = case.dated(say(mark("Steps of the district procedure")), exhibit)
    silent = case.silent_of(exhibit, rows, ("value", "low", "high"))
    return Table(caption, tuple(head), cells, frozenset((1, 2)), silent=silent)


def _rule(case: Case, exhibit: Exhibit, row: Mapping[Any, Any]) -> str:
    """Rule of a step, which names the figure and its threshold; the step's name where it has none."""
    rule = row.get("rule")
    column = "rule" if isinstance(rule, str) and rule else "asked"
    return case.told(column, row[column], exhibit.kind)


def _figure_of(case: Case, row: Mapping[Any, Any], column: str, *, shares: bool) -> str:
    """Figure in words; that it is withheld, where the row says that its figures are."""
    if pd.isna(row[column]) and isinstance(row.get("withheld"), str):
        return case.say(mark("withheld"))
    return case.number(row[column], shares=shares)


def _bounds(case: Case, low: float, high: float, *, shares: bool = False) -> str:
    """Bounds in words; a figure that is known has none."""
    if not pd.isna(low) and low == high:
        return case.say(mark("known"))
    return case.between(low, high, shares=shares) or NOTHING


def clusters(case: Case) -> Told:
    """Groups of related industries here: verdicts, and the criteria of the group that is read."""
    paragraphs, tables, unknown = [], [], []
    for exhibit in case.all_of("clusters", "cells"):
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        paragraphs.append(_groups(case, exhibit, rows))
        tables += _claimed(case, exhibit, rows)
    for exhibit in case.all_of("clusters", "evidence"):
        rows = case.mine(exhibit)
        rows = rows[rows["group"].astype(str).isin(_read(case, rows))]
        if rows.empty:
            continue
        tables.append(_criteria(case, exhibit, rows))
        for row in rows[rows["passed"] == UNKNOWN].to_dict("records"):
            criterion = case.told("criterion", row["criterion"], exhibit.kind)
            what = f"{_known(row.get('group_name'), row.get('group'))}: {criterion}"
            unknown.append(_open(case, exhibit, row, what))
    return Told(tuple(paragraphs), tuple(tables), (), tuple(unknown))


_CLAIMS = ("cluster", "possible cluster")


def _groups(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> str:
    count = rows["verdict"].value_counts()
    told = "; ".join(
        f"{case.told('verdict', code, exhibit.kind)}: {case.numbers.count(number)}"
        for code, number in count.items()
    )
    return case.words(
        mark("Groups of related industries looked at: {total} ({told})."), total=len(rows), told=told
    )


def _claimed(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> list[Table]:
    claimed = rows[rows["verdict"].isin(_CLAIMS)]
    if claimed.empty:
        return []
    columns = ["group_name", "verdict", "employment", "lq"]
    if "group_name" not in claimed.columns or claimed["group_name"].isna().any():
        columns[0] = "group"
    caption = case.say(mark("Clusters and possible clusters"))
    rows = claimed.sort_values("low", ascending=False)
    return [case.listing(exhibit, rows, columns, caption=caption, ends={"lq": ("low", "high")})]


def _read(case: Case, rows: pd.DataFrame) -> list[str]:
    """Groups whose criteria are told: the one that the contrast reads, else those that are claimed."""
    read = [str(g) for x in case.all_of("contrast", "areas") for g in case.mine(x)["group"].dropna()]
    if read:
        return read
    cells = [case.mine(x) for x in case.all_of("clusters", "cells")]
    best = [c.sort_values(["met", "low"], ascending=False)["group"].head(1) for c in cells]
    return [str(g) for found in best for g in found if g in set(rows["group"])]


def _criteria(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> Table:
    """Criteria, each with the name of its figure, and on which side of which threshold it must lie."""
    say, first = case.say, rows.iloc[0].to_dict()
    group = _known(first.get("group_name"), first.get("group"))
    head = (say(mark("Criterion and its figure")), say(mark("Found")), say(_HOLDS), say(mark("Met")))
    cells = [
        (
            f"{case.told('criterion', row['criterion'], exhibit.kind)}: {say(figure)}",
            _measured(case, row),
            _side(case, row),
            case.told("passed", row["passed"], exhibit.kind),
        )
        for row in rows.to_dict("records")
        for figure, _ in [_ASKED.get(str(row["criterion"]), _FIGURE)]
    ]
    caption = case.dated(case.words(mark("Criteria of a cluster: {group}"), group=group), exhibit)
    return Table(caption, head, cells)


def _measured(case: Case, row: Mapping[Any, Any]) -> str:
    """Figure of a criterion, with its q where it has one."""
    figure = float(row["value"])
    value = case.told("q", figure, "") if _is_probability(row) else case.number(figure)
    if pd.isna(row.get("q", float("nan"))):
        return value
    return f"{value}; q {case.told('q', row['q'], '')}"


def _side(case: Case, row: Mapping[Any, Any]) -> str:
    """What must hold: a sign and the threshold, and the level of q where it has one."""
    sign = _ASKED.get(str(row["criterion"]), _FIGURE)[1]
    if pd.isna(row["threshold"]):
        return NOTHING
    told = f"{sign} {case.numbers.plain(float(row['threshold']))}"
    most = row.get("q_most", float("nan"))
    if pd.isna(most):
        return told
    return f"{told}; q ≤ {case.numbers.plain(float(most))}"


def _is_probability(row: Mapping[Any, Any]) -> bool:
    return row["criterion"] in ("gathering", "related", "links")
