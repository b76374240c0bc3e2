"""What a profile says of networks of actors: who mediates more than chance, of firms the number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.publication.profile.dates import day_of
from geoterritorio.publication.profile.parts import Case, Exhibit, Told
from geoterritorio.publication.profile.stated import generic

# Table of those who mediate more than chance, with firms unnamed; the study makes it of the tool's roles.
BEYOND = "beyond"
_FIRM = "firm"
_NUMBER = "Brokers beyond chance (number)"


def networks(case: Case) -> Told:
    """How many mediate more than chance, of which kind and in which role, then the tables of the tools."""
    on = next(
        (x.settings.get("on") for x in case.all_of("innovation_system", "areas") if not x.earlier), None
    )
    exhibits = tuple(
        _closed(case, x, on) if (x.tool, x.output) == ("brokerage", "bodies") else x for x in case.exhibits
    )
    told = generic(replace(case, exhibits=exhibits), ("actor_network", "brokerage"))
    sentences = [text for x in case.all_of("brokerage", "figures") for text in _beyond(case, x)]
    sentences += [text for x in exhibits for text in _tied(case, x, on) if x.output == "bodies"]
    return replace(told, paragraphs=tuple(sentences))


def _beyond(case: Case, figures: Exhibit) -> list[str]:
    """Who mediates more than chance; firms have no name here."""
    mine = case.mine(figures)
    number = mine.loc[mine["indicator"] == _NUMBER, "value"].dropna()
    if number.empty:
        return []
    total, title = int(number.iloc[0]), case.dated(figures.title, figures)
    if not total:
        return [
            case.words(
                mark("{title}: no firm or institution mediates more than chance (q above 0.05 for all)."),
                title=title,
            )
        ]
    found = [x for x in case.all_of("brokerage", BEYOND) if x.title == figures.title]
    rows = [dict(row) for x in found for row in case.mine(x).to_dict("records")]
    firms = total - sum(row["actor_type"] != _FIRM for row in rows)
    text = mark(
        "{title}: mediate more than chance: {total} (firms, which are not named: {firms}; institutions: {bodies})."
    )
    count = case.numbers.count
    told = case.words(text, title=title, total=count(total), firms=count(firms), bodies=count(total - firms))
    roles = "; ".join(_role(case, row) for row in rows)
    return [told, case.words(mark("Their strongest roles: {roles}."), roles=roles)] if roles else [told]


def _role(case: Case, row: Mapping[Any, Any]) -> str:
    name = row.get("actor_name")
    named = isinstance(name, str) and bool(name) and row["actor_type"] != _FIRM
    return case.words(
        mark("{who}: {role}, {ways} ways, by chance {expected} (q {q})"),
        who=case.cell(row, "actor_name", "")
        if named
        else case.told("actor_type", row["actor_type"], "actor_roles"),
        role=case.told("role", row["role"], "actor_roles"),
        ways=case.number(float(row["ways"])),
        expected=case.number(float(row["expected"])),
        q=case.told("q", float(row["q"]), ""),
    )


def _gone(rows: pd.DataFrame, on: Any) -> pd.Series:
    """Whether an institution had closed by the day of the reading; any day that is past where there is none."""
    if "closed" not in rows.columns:
        return pd.Series(data=False, index=rows.index)
    day = day_of(on if isinstance(on, str) else None)
    return (
        rows["closed"]
        .map(lambda text: isinstance(text, str) and bool(text) and day_of(text) <= day)
        .astype(bool)
    )


def _closed(case: Case, exhibit: Exhibit, on: Any) -> Exhibit:
    """Institutions with the date on which they closed behind their names."""
    rows, gone = exhibit.rows, _gone(exhibit.rows, on)
    for column in ("actor_name", f"actor_name_{case.lang}"):
        if column in rows.columns and gone.any():
            names = [
                case.words(mark("{name}, closed {date}"), name=name, date=date)
                if is_gone and isinstance(name, str)
                else name
                for name, date, is_gone in zip(rows[column], rows["closed"], gone, strict=True)
            ]
            rows = rows.assign(**{column: names})
    return replace(exhibit, rows=rows)


def _tied(case: Case, exhibit: Exhibit, on: Any) -> list[str]:
    """How many institutions have ties, and which of them had closed: others count those that are open alone."""
    rows = case.mine(exhibit)
    gone = int(_gone(rows, on).sum())
    if not gone or not isinstance(on, str):
        return []
    return [
        case.words(
            mark(
                "Institutions with ties: {number}; of these {gone} had closed by {date}, the day of the institutions "
                "by kind, which count those that are open."
            ),
            number=case.numbers.count(len(rows)),
            gone=case.numbers.count(gone),
            date=on,
        )
    ]
