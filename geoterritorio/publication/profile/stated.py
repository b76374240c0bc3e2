"""What a profile says of coded statements and of actions, and of tools that have no words of their own here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import repeat
from typing import Any

import pandas as pd

from geoterritorio.i18n import Language, mark
from geoterritorio.layers.vocabularies import titles, vocabularies
from geoterritorio.publication.numbers import NOTHING
from geoterritorio.publication.profile.chosen import CHOSEN, Shown
from geoterritorio.publication.profile.parts import SHARE_ROW, Case, Exhibit, Mark, Open, Table, Told, along

# The source does not name the currency.
IN_CURRENCY = mark("{sum} in the currency of the source")
# Rows of a table, statements and actions that one page shows.
_ROWS, _STATEMENTS, _ACTIONS, _ITEMS = 12, 40, 15, 10
_COLUMNS = 7
# Ratings of one item that lie farther apart contradict each other.
_APART = 1
# Columns that say what a row is of.
_HEADS = ("item", "title", "part", "spoke", "capital", "measure")
# Reasons for which conditions of the ladder are unknown where a step or a layer is missing altogether.
_NOT_GIVEN, _NO_STATEMENTS = ("no such figure", "no such reading"), ("no statements",)
# Columns that say whose a row is, or what stands elsewhere on the page.
_PLAIN = {"territory", "name", "geometry", "reference", "origin", "preset", "confirmed", "size_of"}


def statements(case: Case) -> Told:
    """Coded statements with source, date, coder and confidence; ratings farthest apart first, none averaged."""
    paragraphs, tables = [], []
    for exhibit in case.exhibits:
        if exhibit.tool or exhibit.kind != "evidence":
            continue
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        apart = _apart(rows)
        paragraphs.append(_told_of_statements(case, exhibit, rows, apart))
        tables += [_sources(case, rows, apart), _statements(case, rows, apart)]
    return Told(tuple(paragraphs), tuple(tables))


def _apart(rows: pd.DataFrame) -> pd.Series:
    """Range of the ratings of each item, by item; NaN without ratings."""
    if "rating" not in rows.columns:
        return pd.Series(dtype=float)
    ratings = rows.groupby("item")["rating"]
    return ratings.max() - ratings.min()


def _told_of_statements(case: Case, exhibit: Exhibit, rows: pd.DataFrame, apart: pd.Series) -> str:
    far = [_item(case, str(item)) for item in apart.index[apart > _APART]]
    bare = (
        int((rows["source"].isna() | (rows["source"].astype(str) == "")).sum())
        if "source" in rows.columns
        else len(rows)
    )
    told = case.words(
        mark(
            "{title}: {count} statements on {items} items, none averaged or mixed with figures; without a source: "
            "{bare}."
        ),
        title=exhibit.title,
        count=case.numbers.count(len(rows)),
        items=case.numbers.count(rows["item"].nunique()),
        bare=case.numbers.count(bare),
    )
    if not far:
        none = case.say(mark("No item whose ratings lie more than one step apart."))
        return f"{told} {none}"
    further = case.words(
        mark("Ratings more than one step apart, kept as they are: {items}."), items="; ".join(far)
    )
    return f"{told} {further}"


def _statements(case: Case, rows: pd.DataFrame, apart: pd.Series) -> Table:
    """One row for each item: every rating beside every other, then what each source says."""
    say = case.say
    order = rows.assign(_apart=rows["item"].map(apart).fillna(-1)).sort_values(
        ["_apart", "item"], ascending=[False, True], kind="stable"
    )
    shown = order.head(_STATEMENTS)
    head = tuple(
        say(text)
        for text in (
            mark("Item"),
            mark("Ratings"),
            mark("Statements, with source, date, coder and confidence"),
        )
    )
    cells = [
        (
            _item(case, str(item)),
            " / ".join(_number(case, row.get("rating")) for row in held.to_dict("records")),
            "\n".join(
                f"{_own(case, row, 'statement')} ({_cited(case, row)})" for row in held.to_dict("records")
            ),
        )
        for item, held in shown.groupby("item", sort=False)
    ]
    caption = case.words(
        mark("{shown} of {total} statements, items whose ratings are farthest apart first"),
        shown=case.numbers.count(len(shown)),
        total=case.numbers.count(len(rows)),
    )
    return Table(caption, head, cells, annex=True)


def _sources(case: Case, rows: pd.DataFrame, apart: pd.Series) -> Table:
    """One row for each item: its ratings, none averaged, and who says so."""
    say = case.say
    order = rows.assign(_apart=rows["item"].map(apart).fillna(-1)).sort_values(
        ["_apart", "item"], ascending=[False, True], kind="stable"
    )
    cells = [
        (
            _item(case, str(item)),
            " / ".join(_number(case, row.get("rating")) for row in held.to_dict("records")),
            "; ".join(dict.fromkeys(_cited(case, row, brief=True) for row in held.to_dict("records"))),
        )
        for item, held in list(order.groupby("item", sort=False))[:_ITEMS]
    ]
    head = (say(mark("Item")), say(mark("Ratings")), say(mark("Source, date, coder and confidence")))
    return Table(say(mark("Items, ratings farthest apart first")), head, cells)


def _number(case: Case, value: Any) -> str:
    return NOTHING if value is None or pd.isna(value) else case.numbers.plain(float(value))


def _own(case: Case, row: dict[str, Any], column: str) -> str:
    """Text in the reader's language where the data have it in a column of that language, else as it is."""
    for name in (f"{column}_{case.lang}", column):
        if isinstance(row.get(name), str) and row[name]:
            return str(row[name])
    return NOTHING


def _cited(case: Case, row: dict[str, Any], *, brief: bool = False) -> str:
    """Source, date, coder and confidence; that there is no source is said."""
    named = isinstance(row.get("source"), str) and row["source"]
    parts = [str(row["source"]) if named else case.say(mark("no source"))]
    parts += [str(row[c]) for c in ("date", "coder") if isinstance(row.get(c), str) and row[c]]
    if not pd.isna(row.get("confidence", float("nan"))):
        sure = _number(case, row["confidence"])
        parts.append(sure if brief else case.words(mark("confidence {share}"), share=sure))
    return ", ".join(parts)


def _item(case: Case, code: str) -> str:
    """Title of an item, feature or kind from the vocabularies held; the code where none has it."""
    return _titles_held(case.lang).get(code, code)


@cache
def _titles_held(lang: Language) -> Mapping[str, str]:
    """Titles of every list that is no classification, by code; of a code in several lists, the first one's."""
    heads = vocabularies()
    found: dict[str, str] = {}
    for name in heads.loc[heads["kind"] != "classification", "name"]:
        found = {str(code): str(text) for code, text in titles(name, lang).items() if text} | found
    return found


def actions(case: Case) -> Told:
    """Actions of the territory, by period: phase, budget, who pays."""
    paragraphs, tables = [], []
    for exhibit in case.exhibits:
        if exhibit.tool or exhibit.kind != "actions":
            continue
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        paragraphs.append(_told_of_actions(case, exhibit, rows))
        tables.append(_actions(case, rows))
    return Told(tuple(paragraphs), tuple(tables))


def _told_of_actions(case: Case, exhibit: Exhibit, rows: pd.DataFrame) -> str:
    budget = rows["budget"] if "budget" in rows.columns else pd.Series(dtype=float)
    phases = rows["phase"].value_counts() if "phase" in rows.columns else pd.Series(dtype=int)
    return case.words(
        mark("{title}: {count} actions ({phases}); budgets stated for {stated} of them add up to {budget}."),
        title=exhibit.title,
        count=case.numbers.count(len(rows)),
        phases="; ".join(f"{_item(case, str(p))}: {case.numbers.count(n)}" for p, n in phases.items())
        or NOTHING,
        stated=case.numbers.count(int(budget.notna().sum())),
        budget=case.words(IN_CURRENCY, sum=case.numbers.count(float(budget.sum())))
        if budget.notna().any()
        else NOTHING,
    )


def _actions(case: Case, rows: pd.DataFrame) -> Table:
    say = case.say
    order = rows.sort_values("period", kind="stable") if "period" in rows.columns else rows
    head = tuple(
        say(text)
        for text in (
            mark("Action"),
            mark("Kind"),
            mark("Phase"),
            mark("Period"),
            mark("Money budgeted"),
            mark("Who pays"),
        )
    )
    cells = [
        (
            _own(case, row, "name") if _own(case, row, "name") != NOTHING else str(row["action"]),
            _item(case, str(row["kind"])) if isinstance(row.get("kind"), str) else NOTHING,
            _item(case, str(row["phase"])) if isinstance(row.get("phase"), str) else NOTHING,
            str(row["period"]) if isinstance(row.get("period"), str) else NOTHING,
            _number(case, row.get("budget")),
            str(row["funder"]) if isinstance(row.get("funder"), str) else NOTHING,
        )
        for row in order.tail(_ACTIONS).to_dict("records")
    ]
    caption = case.words(
        mark("{shown} of {total} actions, the latest"),
        shown=case.numbers.count(len(cells)),
        total=case.numbers.count(len(rows)),
    )
    return Table(caption, head, cells, frozenset((4,)))


def generic(case: Case, tools: Sequence[str]) -> Told:
    """Rows of the territory in every output of some tools, with what is unknown in them and what would decide it."""
    tables, unknown = [], []
    chosen = {tool for tool, _ in CHOSEN}
    for exhibit in case.exhibits:
        look = CHOSEN.get((exhibit.tool, exhibit.output))
        if (
            exhibit.tool not in tools
            or exhibit.kind == "indicators"
            or (look is None and exhibit.tool in chosen)
        ):
            continue
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        if look is None:
            unknown += undecided(case, exhibit, rows, _columns(exhibit, rows))
            look = Shown("", tuple(_columns(exhibit, rows)), most=_ROWS)
        elif look.told:
            unknown += undecided(case, exhibit, rows, look.columns)
        tables += _table(case, exhibit, rows, look)
    return Told(tables=tuple(tables), open=tuple(unknown))


def _table(case: Case, exhibit: Exhibit, rows: pd.DataFrame, look: Shown) -> list[Table]:
    """Rows of one output as they are to be shown; none where no column or row is left."""
    if look.where is not None and look.where[0] in rows.columns:
        rows = rows[rows[look.where[0]].isin(look.where[1])]
    by = [c for c in look.order if c.removeprefix("-") in rows.columns]
    if by:
        ascending = [not c.startswith("-") for c in by]
        rows = rows.sort_values([c.removeprefix("-") for c in by], ascending=ascending, kind="stable")
    shown = rows.head(look.most)
    if shown.empty or not any(c in shown.columns and shown[c].notna().any() for c in look.columns):
        return []
    caption = case.say(look.caption) if look.caption else exhibit.title
    if len(shown) < len(rows):
        caption = case.words(
            mark("{title}: {shown} of {total} rows"),
            title=caption,
            shown=case.numbers.count(len(shown)),
            total=case.numbers.count(len(rows)),
        )
    if look.money is not None:
        shown = _with_currency(case, exhibit, shown, look.money)
    if look.share_rows is not None and look.share_rows[0] in shown.columns:
        shown = shown.assign(**{SHARE_ROW: shown[look.share_rows[0]].isin(look.share_rows[1])})
    table = case.listing(
        exhibit,
        shown,
        look.columns,
        caption=caption,
        drawings=_drawings(shown, look),
        shares=look.shares,
        ends=look.ends,
    )
    return [replace(table, annex=look.annex or exhibit.earlier)]


def _with_currency(
    case: Case, exhibit: Exhibit, rows: pd.DataFrame, money: tuple[str, str, Sequence[str]]
) -> pd.DataFrame:
    """Rows whose sums of money say so among figures that are none; the source does not name the currency."""
    column, of, values = money
    if column not in rows.columns or of not in rows.columns:
        return rows
    told = [
        case.words(IN_CURRENCY, sum=case.told(column, row[column], exhibit.kind))
        if row[of] in values and not pd.isna(row[column])
        else case.told(column, row[column], exhibit.kind)
        for row in rows.to_dict("records")
    ]
    return rows.assign(**{column: pd.Series(told, index=rows.index, dtype=object)})


def _drawings(rows: pd.DataFrame, look: Shown) -> list[Mark | None]:
    """Small drawings of the rows, on one scale; none where the figures are not there."""
    held = [c for c in look.drawn if c in rows.columns]
    if not held or held[0] != look.drawn[0] or rows[held[0]].isna().all():
        return []
    if look.chance is not None and not look.share:
        return [_beside_chance(row, held[0], look.chance) for row in rows.to_dict("records")]
    numbers = rows.reindex(columns=list(look.drawn)).apply(pd.to_numeric, errors="coerce").astype(float)
    least, most = (
        (0.0, 1.0) if look.share else (min(0.0, float(numbers.min().min())), float(numbers.max().max()))
    )
    drawn = []
    bands = rows[list(look.chance)].astype(float).itertuples(index=False) if look.chance else repeat(None)
    for (value, low, high, *at), band in zip(numbers.itertuples(index=False), bands, strict=False):
        chance = None if band is None else (band[0], band[1])
        drawn.append(along(value, low, high, least=least, most=most, at=at[0] if at else None, chance=chance))
    return drawn


def _beside_chance(row: Mapping[Any, Any], column: str, ends: tuple[str, str]) -> Mark | None:
    """Figure of one row on a scale of its own, over what chance gives."""
    value, low, high = (float(row.get(c, float("nan"))) for c in (column, *ends))
    known = [0.0, *(x for x in (value, low, high) if not pd.isna(x))]
    nothing = float("nan")
    return along(value, nothing, nothing, least=min(known), most=max(known), chance=(low, high))


def _columns(exhibit: Exhibit, rows: pd.DataFrame) -> list[str]:
    described = list(exhibit.helps) or list(rows.columns)
    told = [c for c in described if c in rows.columns and c not in _PLAIN | {"cure", "reason"}]
    return [c for c in told if rows[c].notna().any()][:_COLUMNS]


def undecided(case: Case, exhibit: Exhibit, rows: pd.DataFrame, columns: Sequence[str]) -> list[Open]:
    """Rows that are unknown, those of one reason and cure together, headed by what they are of in words."""
    if "cure" not in rows.columns:
        return []
    open_rows = rows[rows["cure"].map(lambda text: isinstance(text, str) and bool(text))]
    wordy = [
        c for c in (*_HEADS, *columns) if c in rows.columns and not pd.api.types.is_numeric_dtype(rows[c])
    ]
    together: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for row in open_rows.to_dict("records"):
        why = (
            case.told("reason", row.get("reason"), exhibit.kind),
            case.told("cure", row["cure"], exhibit.kind),
            *_sources_of(row),
        )
        together.setdefault(why, []).extend(case.cell(row, c, exhibit.kind) for c in wordy[:1])
    return [
        Open(f"{exhibit.title}: {case.several(of)}" if of else exhibit.title, *why, tuple(of), exhibit.title)
        for why, of in together.items()
    ]


def _sources_of(row: Mapping[Any, Any]) -> tuple[str, tuple[str, ...]]:
    """Tool or layers that a condition of the ladder asks for in vain; nothing where something else is missing."""
    reason, source = row.get("reason"), row.get("source")
    if reason in _NO_STATEMENTS:
        return "", ("evidence",)
    if reason not in _NOT_GIVEN or not isinstance(source, str):
        return "", ()
    if source == "leader_profile":
        # its figures are of actions; its statements are asked for by themselves
        return "", ("actions",)
    return {"cluster": "clusters", "district": "districts"}.get(str(row.get("subject")), source), ()
