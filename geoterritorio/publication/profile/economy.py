"""What a profile says of a territory's economy: specialisations, labour market, peers, indicators."""

from __future__ import annotations

import math

import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.identification.homes_and_jobs import wilson
from geoterritorio.publication.chapter import CERTAINTIES, shown_cells, strongest_first
from geoterritorio.publication.numbers import NOTHING
from geoterritorio.publication.profile.keyed import KEYS, TOLD_ELSEWHERE, keyed
from geoterritorio.publication.profile.parts import (
    Case,
    Exhibit,
    Figure,
    Mark,
    Open,
    Table,
    Told,
    along,
    along_quotients,
)
from geoterritorio.publication.shares import NAMED_SHARES

_ROWS = 8
# Sectors that are shown where none is claimed.
_DOUBTFUL = 4
_OF_TOOLS = 3
_INTERVAL = mark("Interval")


def specialisations(case: Case) -> Told:
    """Sectors whose quotients are clearly above 1, with intervals; where none is, those that only look high."""
    told = [_quotients(case, exhibit) for exhibit in case.all_of("location_quotient", "quotients")]
    told = [part for part in told if not part.empty]
    return Told(
        paragraphs=tuple(p for part in told for p in part.paragraphs),
        tables=tuple(t for part in told for t in part.tables),
        figures=tuple(f for part in told[:1] for f in part.figures),
        open=tuple(o for part in told for o in part.open),
    )


def _quotients(case: Case, exhibit: Exhibit) -> Told:
    rows = case.mine(exhibit)
    if rows.empty:
        return Told()
    cells = strongest_first(shown_cells(rows))
    clear = cells[cells["certainty"] == "high"]
    doubtful = cells[cells["certainty"].isin(["unclear", "few"]) & (cells["lq"] > 1)]
    count, title = case.numbers.count, case.dated(exhibit.title, exhibit)
    paragraphs = [
        case.words(
            mark(
                "{title}: of {tested} sectors with a quotient, {clear} are clearly above 1 and {low} clearly below; "
                "{doubtful} are above 1 and not told from chance, or rest on too few establishments."
            ),
            title=title,
            tested=count(int(cells["lq"].notna().sum())),
            clear=count(len(clear)),
            low=count(int((cells["certainty"] == "low").sum())),
            doubtful=count(len(doubtful)),
        )
    ]
    shown, caption = (
        clear.head(_ROWS),
        mark("{title}: sectors clearly above 1, by the lower end of the interval ({level})"),
    )
    if clear.empty:
        caption = mark(
            "{title}: sectors above 1 that are not told from chance; none is claimed (interval: {level})"
        )
        shown = doubtful.head(_DOUBTFUL)
    level = case.percent(_number(exhibit.settings.get("level")))
    told = case.words(caption, title=title, level=level)
    tables = (_strongest(case, shown, told),) if len(shown) else ()
    return Told(
        tuple(paragraphs), tables, _sizes(case, exhibit, cells, len(clear)), _hidden(case, exhibit, cells)
    )


def _strongest(case: Case, cells: pd.DataFrame, caption: str) -> Table:
    say, numbers = case.say, case.numbers
    most = float(cells[["lq", "high"]].max().max())
    jobs = cells["employment"].notna().any()
    head = [say(mark("Sector")), say(mark("LQ")), say(_INTERVAL)]
    head += [say(mark("Jobs") if jobs else mark("Establishments")), say(mark("How sure"))]
    rows = [
        (
            str(row["activity"]),
            numbers.quotient(row["lq"]),
            numbers.interval(row["low"], row["high"]),
            numbers.count(row["employment" if jobs else "establishments"]),
            say(CERTAINTIES[str(row["certainty"])]),
        )
        for row in cells.to_dict("records")
    ]
    drawings = [
        along_quotients(row["lq"], row["low"], row["high"], most=most) for row in cells.to_dict("records")
    ]
    return Table(caption, tuple(head), rows, frozenset((1, 2, 3)), drawings)


def _sizes(case: Case, exhibit: Exhibit, cells: pd.DataFrame, clear: int) -> tuple[Figure, ...]:
    """Jobs and establishments, with what is withheld told; and how many sectors stand out."""
    hidden = int(cells["certainty"].isin(["withheld", "unknown"]).sum())
    count = case.numbers.count
    figures = []
    for column, label in (("employment", mark("Jobs")), ("establishments", mark("Establishments"))):
        known = cells[column].dropna()
        if known.empty:
            continue
        value = count(float(known.sum()))
        told = (
            case.words(mark("at least: {count} sectors are withheld or unknown"), count=count(hidden))
            if hidden
            else case.say(mark("a count: no interval"))
        )
        beside = case.median(_totals(exhibit, column))
        figures.append(
            Figure(
                case.dated(case.say(label), exhibit),
                f"≥ {value}" if hidden else value,
                told,
                beside,
                exhibit.title,
                earlier=exhibit.earlier,
            )
        )
    tested = int(cells["lq"].notna().sum())
    label = case.dated(case.say(mark("Sectors clearly above the whole's share")), exhibit)
    value = case.words(mark("{count} of {total}"), count=count(clear), total=count(tested))
    interval = case.say(mark("whole interval above 1"))
    beside = case.say(mark("1: the share of the whole that is compared with"))
    return (*figures, Figure(label, value, interval, beside, exhibit.title, earlier=exhibit.earlier))


def _totals(exhibit: Exhibit, column: str) -> pd.Series:
    """Sums of all territories of which every cell is known."""
    rows = exhibit.rows
    if column not in rows.columns:
        return pd.Series(dtype=float)
    sums: pd.Series = rows.groupby("territory")[column].sum(min_count=1)
    return sums[~rows[column].isna().groupby(rows["territory"]).any()]


def _hidden(case: Case, exhibit: Exhibit, cells: pd.DataFrame) -> tuple[Open, ...]:
    hidden = cells[cells["certainty"].isin(["withheld", "unknown"])]
    untested = cells[(cells["certainty"] == "untested") & cells["lq"].notna()]
    found = []
    if len(hidden):
        what = case.words(
            mark("{title}: quotients of {count} sectors"),
            title=exhibit.title,
            count=case.numbers.count(len(hidden)),
        )
        cure = mark("figures of the withheld cells, or totals that bound them")
        found.append(Open(what, case.say(mark("withheld, or missing")), case.say(cure)))
    if len(untested):
        what = case.words(
            mark("{title}: how sure {count} quotients are"),
            title=exhibit.title,
            count=case.numbers.count(len(untested)),
        )
        cure = mark("sizes of establishments: a register, or their squares in the counts")
        found.append(Open(what, case.say(mark("sizes of establishments are not known")), case.say(cure)))
    return tuple(found)


def labour_market(case: Case) -> Told:
    """The labour market of the territory, or the one in which most of its land lies."""
    paragraphs, figures, unsure = [], [], []
    for exhibit in case.all_of("labour_markets", "areas"):
        for row in case.mine(exhibit).to_dict("records"):
            paragraphs.append(_market(case, exhibit, row))
            figures += _contained(case, exhibit, row)
            if row.get("border") == "not known":
                what = case.words(
                    mark("{title}: commuters across the border of the study"), title=exhibit.title
                )
                unsure.append(
                    Open(
                        what,
                        case.say(mark("the flows do not tell them")),
                        case.say(mark("flows that name where people outside the study live and work")),
                    )
                )
    return Told(tuple(paragraphs), (), tuple(figures), tuple(unsure))


def _market(case: Case, exhibit: Exhibit, row: dict[str, object]) -> str:
    values = {
        "title": exhibit.title,
        "name": str(row["name"]),
        "places": case.numbers.count(_number(row["units"])),
        "residents": case.numbers.count(_number(row["residents"])),
        "workers": case.numbers.count(_number(row["workers"])),
        "valid": case.told("valid", row["valid"], exhibit.kind),
        "validity": case.numbers.significant(_number(row["validity"])),
    }
    told = case.words(
        mark(
            "{title}: market of {name}, {places} places, {residents} employed residents, {workers} jobs. Large and "
            "self-contained enough by the rules: {valid} (validity {validity}; 1 is enough)."
        ),
        **values,
    )
    covered = _number(row.get("covered"))
    if math.isnan(covered) or covered > 0.995:  # noqa: PLR2004 - less than half a percent is how borders are drawn
        return told
    share = case.words(
        mark("It is the market in which most of the territory's land lies: {share}."),
        share=case.percent(covered),
    )
    return f"{told} {share}"


def _contained(case: Case, exhibit: Exhibit, row: dict[str, object]) -> list[Figure]:
    labels = {
        "supply": mark("Employed residents of its labour market who work there"),
        "demand": mark("Workers of its labour market who live there"),
    }
    return [
        Figure(
            case.say(label),
            case.percent(_number(row[column])),
            case.between(low, high, shares=True),
            case.say(mark("1 would be that nobody crosses its border")),
            exhibit.title,
            along(_number(row[column]), low, high, least=0, most=1),
        )
        for column, label in labels.items()
        if not math.isnan(_number(row[column]))
        for low, high in [_wilson(row, column)]
    ]


def _wilson(row: dict[str, object], side: str) -> tuple[float, float]:
    """Interval of a share of commuters, if people chose home and work once more."""
    whole = pd.Series([_number(row["residents" if side == "supply" else "workers"])])
    low, high = wilson(whole * _number(row[side]), whole)
    return float(low.iloc[0]), float(high.iloc[0])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value is not None else math.nan


def indicators(case: Case) -> Told:
    """Figures of layers of indicators and of the tools' common tables: latest period, interval, all territories."""
    figures, unknown = [], []
    told: set[tuple[str, float]] = set()
    for exhibit in case.exhibits:
        figures += keyed(case, exhibit)
        if exhibit.kind != "indicators" or exhibit.tool in TOLD_ELSEWHERE or exhibit.tool in KEYS:
            continue
        rows = _latest(case.mine(exhibit))
        # What tools tell stands in their sections, with what would decide it: here are their first figures alone.
        rows = rows.dropna(subset=["value"]).head(_OF_TOOLS) if exhibit.tool else rows
        for row in rows.to_dict("records"):
            label, value = _label(case, exhibit, row), _number(row["value"])
            if math.isnan(value):
                why = case.say(mark("the source has no figure of it"))
                cure = case.words(mark("a figure of it in “{layer}”"), layer=exhibit.title)
                unknown.append(Open(label, why, cure))
                continue
            # Several tools may hand on the same figure.
            if (label, value) not in told:
                figures.append(_indicator(case, exhibit, row, label))
            told.add((label, value))
    return Told(figures=tuple(figures), open=tuple(unknown))


def _latest(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [c for c in ("indicator",) if c in rows.columns]
    if "period" not in rows.columns:
        return rows
    ordered = rows.sort_values("period", kind="stable")
    return ordered.groupby(keys, sort=False, dropna=False).tail(1) if keys else ordered.tail(1)


def _label(case: Case, exhibit: Exhibit, row: dict[str, object]) -> str:
    name = row.get("indicator")
    label = case.say(name) if isinstance(name, str) and name else exhibit.title
    period = row.get("period")
    return label if period is None or pd.isna(period) else f"{label} · {period}"


def _indicator(case: Case, exhibit: Exhibit, row: dict[str, object], label: str) -> Figure:
    value, low, high = (_number(row.get(c)) for c in ("value", "low", "high"))
    all_rows = exhibit.rows
    if "indicator" in all_rows.columns:
        all_rows = all_rows[all_rows["indicator"] == row["indicator"]]
    numbers = all_rows[[c for c in ("value", "low", "high") if c in all_rows.columns]]
    least, most = float(numbers.min().min()), float(numbers.max().max())
    shares = _is_share(row.get("indicator"))
    interval = case.between(low, high, shares=shares) or case.say(mark("no interval is known"))
    middle = float(all_rows["value"].median())
    return Figure(
        label,
        case.number(value, shares=shares),
        interval,
        case.median(_at(exhibit, row), shares=shares),
        exhibit.title,
        along(value, low, high, least=least, most=most, at=middle),
    )


def _at(exhibit: Exhibit, row: dict[str, object]) -> pd.Series:
    """The indicator in all territories and the row's period."""
    rows = exhibit.rows
    for column in ("indicator", "period"):
        if column in rows.columns and not pd.isna(row.get(column)):
            rows = rows[rows[column] == row[column]]
    return rows["value"].astype(float)


def _is_share(name: object) -> bool:
    """Whether an indicator says in its name that it is a share."""
    return isinstance(name, str) and any(part in name for part in NAMED_SHARES)


def peers(case: Case) -> Told:
    """The territory beside its peers, indicator by indicator."""
    tables, paragraphs = [], []
    for exhibit in case.all_of("benchmark", "comparison"):
        rows = case.mine(exhibit)
        if rows.empty:
            continue
        drawings = [_beside(row) for row in rows.to_dict("records")]
        say = case.say
        head = (
            say(mark("Indicator")),
            say(mark("Here")),
            say(_INTERVAL),
            say(mark("Median of the peers")),
            say(mark("Place among peers")),
        )
        cells = [
            (
                say(str(row["indicator"])),
                case.number(row["value"], shares=part),
                case.between(row["low"], row["high"], shares=part) or NOTHING,
                case.number(row["median"], shares=part),
                _place(case, row, exhibit.kind),
            )
            for row in rows.to_dict("records")
            for part in [_is_share(row["indicator"])]
        ]
        tables.append(Table(exhibit.title, head, cells, frozenset((1, 3)), drawings))
    for exhibit in case.all_of("benchmark", "chosen_peers"):
        names = case.mine(exhibit)["peer_name"].dropna().astype(str)
        if len(names):
            paragraphs.append(case.words(mark("Peers: {names}."), names="; ".join(names)))
    return Told(tuple(paragraphs), tuple(tables))


def _beside(row: dict[str, float]) -> Mark | None:
    ends = [row[c] for c in ("value", "low", "high", "least", "most") if not pd.isna(row[c])]
    if not ends:
        return None
    return along(row["value"], row["low"], row["high"], least=min(ends), most=max(ends), at=row["median"])


def _place(case: Case, row: dict[str, object], kind: str) -> str:
    place = case.told("place", row["place"], kind)
    same = _number(row.get("same_place"))
    if math.isnan(same):
        return place
    return case.words(mark("{place} (in {share} of draws)"), place=place, share=case.percent(same))
