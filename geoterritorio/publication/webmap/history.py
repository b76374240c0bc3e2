"""What does a layer of boundaries through time, and of figures that move with them, carry into the page?

Every version of a territory is drawn once. A step of the slider is a day on which a boundary or a figure changed; each
version says from which step to which it is in force, and each indicator has one slice of values per period. A value
belongs to a version, never to a name alone: what was counted on other boundaries is not shown on these.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from folium.map import Layer as FoliumLayer

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.findings import listing
from geoterritorio.publication.names import by_language
from geoterritorio.publication.webmap import classes, codec
from geoterritorio.publication.webmap.layers import Places, places, shape_block, shape_columns
from geoterritorio.publication.webmap.page import Page
from geoterritorio.publication.webmap.palette import FEW, NOTHING, SURE, UNSTATED
from geoterritorio.publication.webmap.texts import Words, in_all_languages

Array = np.ndarray[Any, Any]
AREA = mark("Area in km²")
_FIGURES = ("value", "low", "high", "split")
# beyond this a share is more than the rounding of a sum
_DIVIDED = 1e-9
_LARGEST, _DIGITS = 2**30, 3
_EQUAL_AREA = 6933


@dataclass(frozen=True)
class HistoryFigures:
    """
    Figures that a slider of boundaries moves.

    Parameters
    ----------
    table
        `territory` and `value`; where known `period`, `sector` (what else tells figures apart), `valid_from` (of the
        version that the figure is for) and `low`, `high` and `split`, as harmonised panels have them.
    name
        Name of the indicator as the reader sees it; one for all languages, or one by language.
    day
        Day whose boundaries all figures are for. Without one, and without `valid_from`, figures are for the
        territories in force on the first day of their period.
    """

    table: pd.DataFrame
    name: Words
    day: str | None = None


@dataclass(frozen=True)
class Versions:
    """
    Versions of territories on the steps of a slider.

    Parameters
    ----------
    territories
        Identifier of each version's territory, as text.
    begin, end
        First day, and first day no longer, of each version; missing where open.
    days
        Day of each step, in order; missing for a beginning without a date.
    labels
        The same as texts, as exact as they are known; empty for a beginning without a date.
    """

    territories: Array
    begin: pd.Series
    end: pd.Series
    days: tuple[pd.Timestamp, ...]
    labels: tuple[str, ...]

    def at(self, day: pd.Timestamp) -> Array:
        """Rows in force on a day; a missing day is before all others."""
        if pd.isna(day):
            return np.flatnonzero(self.begin.isna().to_numpy())
        there = (self.begin.isna() | (self.begin <= day)) & (self.end.isna() | (day < self.end))
        return np.flatnonzero(there.to_numpy())

    def step(self, day: pd.Timestamp) -> int:
        """Last step that is not after a day."""
        return max(0, sum(bool(pd.isna(d) or d <= day) for d in self.days) - 1)

    def spans(self) -> tuple[list[int], list[int]]:
        """First step of each version, and first step at which it is no longer in force."""
        first = int(any(pd.isna(day) for day in self.days[:1]))
        known = pd.DatetimeIndex(self.days[first:]).as_unit("s").to_numpy()

        def steps(days: pd.Series, absent: int) -> list[int]:
            at = np.searchsorted(known, days.to_numpy()) + first
            return [int(k) for k in np.where(days.isna(), absent, at)]

        return steps(self.begin, 0), steps(self.end, len(self.days))


def versions_of(territories: pd.DataFrame, further: Sequence[str] = ()) -> Versions:
    """
    Versions and the days on which something changed.

    Parameters
    ----------
    territories
        `territory` and, where known, `valid_from` and `valid_to`.
    further
        Further days to stop at, as texts: periods of figures.

    Returns
    -------
    versions
        Steps on which no territory is in force are left out.
    """
    texts = {c: _dates(territories, c, "territories") for c in ("valid_from", "valid_to")}
    begin, end = (_days(texts[c]) for c in ("valid_from", "valid_to"))
    known = pd.concat([texts["valid_from"].dropna(), texts["valid_to"].dropna()])
    first = begin.min()
    named = pd.concat([known, pd.Series(list(further), dtype=object)]).sort_values()
    days = _days(named)
    labels = dict(zip(days[::-1], named[::-1], strict=True))
    open_since = begin.isna()
    wanted = sorted(day for day in labels if open_since.any() or day >= first)
    held = Versions(territories["territory"].astype(str).to_numpy(), begin, end, (), ())
    steps = [day for day in [*([pd.NaT] if open_since.any() else []), *wanted] if len(held.at(day))]
    return replace(held, days=tuple(steps), labels=tuple(labels.get(day, "") for day in steps))


def _days(dates: pd.Series) -> pd.Series:
    """First days, in seconds: an end far ahead, as 9999-12-31, lies beyond what nanoseconds reach."""
    return pd.to_datetime(earliest(dates)).astype("datetime64[s]")


def _dates(frame: pd.DataFrame, column: str, layer: str) -> pd.Series:
    if column not in frame:
        return pd.Series(None, index=frame.index, dtype=object)
    dates, problems = parse_dates(frame[column], column=column, layer=layer)
    if problems:
        raise LayerError(problems)
    return dates


@dataclass(frozen=True)
class _Slice:
    """Values of one indicator and period on the versions."""

    step: int
    period: str
    values: pd.DataFrame


@dataclass(frozen=True)
class _Indicator:
    name: dict[Language, str]
    slices: tuple[_Slice, ...]
    fixed: int | None
    day: str
    breaks: dict[str, tuple[float, ...]]


class HistoryLayer(FoliumLayer):
    """
    Versions of territories with a slider over the days on which something changed.

    Parameters
    ----------
    places
        Versions, each drawn once.
    versions
        When each is in force.
    indicators
        Figures on the versions.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    """

    def __init__(
        self, places: Places, versions: Versions, indicators: Sequence[_Indicator], name: Words
    ) -> None:
        self.words = in_all_languages(name)
        super().__init__(name=next(iter(self.words.values())))
        self._name = "HistoryLayer"
        self.places = places
        self.versions = versions
        self.indicators = tuple(indicators)

    def block(self) -> str:
        """
        Names, days and figures of the layer as one data block.

        Returns
        -------
        block
            Compressed base64 text.
        """
        start, stop = self.versions.spans()
        slices = [(k, one) for k, indicator in enumerate(self.indicators) for one in indicator.slices]
        texts = {
            "ids": self.places.ids,
            "names": by_language(self.places.names),
            "sectors": [str(k) for k in range(len(self.indicators))],
            "sector_names": {lang: [i.name[lang] for i in self.indicators] for lang in LANGUAGES},
            "first": 0,
            "steps": self.versions.labels,
            "from": start,
            "to": stop,
            "slices": [[k, one.step, one.period] for k, one in slices],
            "fixed": [[i.fixed, i.day] for i in self.indicators],
            "ways": classes.METHODS,
            **{method: [i.breaks[method] for i in self.indicators] for method in classes.METHODS},
        }
        return codec.pack(self._columns(slices), texts)

    def _columns(self, slices: Sequence[tuple[int, _Slice]]) -> dict[str, codec.Column]:
        values = pd.concat([one.values for _, one in slices], ignore_index=True)
        breaks = [np.array(self.indicators[k].breaks[classes.QUANTILES]) for k, _ in slices]
        coded = np.concatenate(
            [_classes(one.values["value"], b) for (_, one), b in zip(slices, breaks, strict=True)]
        )
        divided = values["split"].to_numpy() > _DIVIDED
        sure = np.where(divided, FEW, np.where(values["split"].isna(), UNSTATED, SURE))
        columns = {"class": codec.Column(coded), "sure": codec.Column(sure)}
        for name in _FIGURES:
            # bounds of what is exact say nothing that the figure does not say; where there is none, they are all
            told = values[name] if name == "value" else values[name].where(divided | values["value"].isna())
            if name == "value" or told.notna().any():
                found = told.to_numpy(dtype=float)
                columns[name] = codec.Column(found, 1000 if name == "split" else _scale(found))
        return columns

    def headings(self) -> list[tuple[str, ...]]:
        """Code and names of each indicator."""
        return [(str(k), *indicator.name.values()) for k, indicator in enumerate(self.indicators)]

    def first(self) -> int:
        """Indicator with which the layer opens."""
        return 0

    def days(self) -> tuple[str, ...]:
        """Days of the slider, as texts."""
        return self.versions.labels

    def known(self) -> set[str]:
        """Identifiers of the territories of all days."""
        return set(self.places.ids)

    def extent(self, centre: float) -> tuple[Array, Array]:
        """Where the versions lie (degrees), and that each counts the same when the map is fitted."""
        bounds = shape_columns(self.places, centre)[1]
        return bounds, np.ones(len(bounds))

    def render(self, **_: Any) -> str:
        """Add the layer's data blocks to its page, raw, past every template; nothing stands in place."""
        page = getattr(self._parent, "page", None)
        if not isinstance(page, Page):
            raise LayerError(message("A history belongs on a map made by `territory_map`."))
        blocks = {"shape": shape_block(self.places, page.centre), "table": self.block()}
        page.layers.append({"name": self.words, **{k: page.add_data(b) for k, b in blocks.items()}})
        return ""


def history_layer(
    territories: gpd.GeoDataFrame, *figures: HistoryFigures, name: Words, level: str | None = None
) -> HistoryLayer:
    """
    Layer of boundaries through time, with a slider, for a territory map.

    Parameters
    ----------
    territories
        Versions of territories: `territory`, `name`, `valid_from` and `valid_to` (optional) and polygons in any stated
        CRS.
    *figures
        Figures that move with the slider; without any, the area of each version is shown.
    name
        Name of the layer as the reader sees it; one for all languages, or one by language.
    level
        Level of the versions to show, where the layer has several.

    Returns
    -------
    layer
        Element for `territory_map` or its `add_child`.

    Raises
    ------
    LayerError
        Columns are missing, dates are none, versions of a territory overlap in time, or no version is in force.
    CRSError
        The territories state no CRS.

    Warns
    -----
    GeoterritorioWarning
        Figures name territories that are not in force on the day they are for; they are left off the map.

    Notes
    -----
    On a day the map shows the figures of the latest period that had begun. Figures for one day's boundaries stay on
    those boundaries, and the outlines in force lie over them. Other figures are shown only on the very version they
    were counted on: where a boundary has changed since, there are none.

    Examples
    --------
    >>> import shapely
    >>> old_and_new = gpd.GeoDataFrame(
    ...     {"territory": ["A", "A", "B"], "valid_from": [None, "2000", "2000"], "valid_to": ["2000", None, None]},
    ...     geometry=[shapely.box(0, 40, 2, 41), shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)],
    ...     crs=4326,
    ... )
    >>> history_layer(old_and_new, name="Towns").versions.labels
    ('', '2000')
    """
    if level is not None and "level" in territories:
        territories = territories[territories["level"] == level]
    territories = territories.reset_index(drop=True)
    ground = _ground(territories)
    figures = tuple(
        replace(given, table=_checked(given.table), day=None if given.day is None else _date(given.day))
        for given in figures
    )
    periods = [p for given in figures for p in given.table["period"].dropna().unique()]
    versions = versions_of(territories, periods)
    if not versions.days:
        raise LayerError(message("No version of the territories is in force on any day."))
    _refuse_twice(versions, "; ".join(versions.labels))
    told = [one for given in figures for one in _indicators(given, versions, territories)]
    return HistoryLayer(ground, versions, told or [_area(territories)], name)


def _ground(territories: gpd.GeoDataFrame) -> Places:
    """Versions as drawn; each is told apart from the others of its territory only while it is checked."""
    if "territory" not in territories:
        raise LayerError(message("The territories lack the column `{column}`.", column="territory"))
    apart = territories.assign(territory=[str(k) for k in range(len(territories))])
    if "name" not in territories:
        apart["name"] = territories["territory"]
    found = places(apart.assign(name=apart["name"].where(apart["name"].notna(), territories["territory"])))
    if found.kind != "area":
        raise LayerError(
            message("Boundaries through time are drawn from polygons; these territories are points.")
        )
    return replace(found, ids=territories["territory"].astype(str).tolist())


def _refuse_twice(versions: Versions, days: str) -> None:
    for day in versions.days:
        here = pd.Series(versions.territories[versions.at(day)])
        twice = here[here.duplicated()].unique()
        if len(twice):
            raise LayerError(
                message(
                    "{n} territories have two versions in force on {day} ({ids}); run `history-checks`, or name a "
                    "`level`.",
                    n=len(twice),
                    day=f"{day:%Y-%m-%d}" if not pd.isna(day) else days.partition(";")[0],
                    ids=listing(twice.tolist()),
                )
            )


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    """Figures with all columns there, periods as dates and territories as text."""
    missing = [c for c in ("territory", "value") if c not in table]
    if missing:
        raise LayerError([message("The figures lack the column `{column}`.", column=c) for c in missing])
    told = table.assign(
        territory=table["territory"].astype(str),
        period=_dates(table, "period", "figures"),
        sector=table["sector"].astype(object) if "sector" in table else None,
        **{c: table[c].astype(float) if c in table else np.nan for c in _FIGURES},
    )
    keys = ["territory", "period", "sector", *[c for c in ("valid_from",) if c in table]]
    twice = int(told.duplicated(keys).sum())
    if twice:
        raise LayerError(
            message(
                "{n} rows of the figures repeat a territory, period and sector; keep one of each.", n=twice
            )
        )
    return told.reset_index(drop=True)


def _indicators(given: HistoryFigures, versions: Versions, territories: pd.DataFrame) -> list[_Indicator]:
    """One indicator per sector of the figures, its periods in order."""
    table, words = given.table, in_all_languages(given.name)
    rows = _rows(given, versions, territories)
    lost = int((rows < 0).sum())
    if lost:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{n} figures of “{name}” name territories that are not in force on the day they are for; they are "
                    "left off the map.",
                    n=lost,
                    name=next(iter(words.values())),
                )
            ),
            stacklevel=3,
        )
    fixed = None if given.day is None else versions.step(_day(given.day))
    found = []
    for sector, own in table.assign(row=rows).groupby("sector", dropna=False, sort=False):
        name = words if pd.isna(sector) else {lang: f"{word}: {sector}" for lang, word in words.items()}
        slices = _slices(own[own["row"] >= 0], versions)
        breaks = _breaks(own.loc[own["row"] >= 0, "value"])
        found.append(_Indicator(name, slices, fixed, given.day or "", breaks))
    return found


def _rows(given: HistoryFigures, versions: Versions, territories: pd.DataFrame) -> Array:
    """Version that each figure belongs to; -1 where there is none."""
    table = given.table
    if "valid_from" in table:
        since = _dates(territories, "valid_from", "territories").fillna("")
        own = pd.MultiIndex.from_arrays([versions.territories, since])
        wanted = [table["territory"], _dates(table, "valid_from", "figures").fillna("")]
        return np.asarray(own.get_indexer(pd.MultiIndex.from_arrays(wanted)))
    rows = np.full(len(table), -1)
    for period, own in table.groupby("period", dropna=False):
        last = versions.days[-1]
        day = _day(given.day) if given.day is not None else last if pd.isna(period) else _day(str(period))
        there = versions.at(day)
        at = pd.Index(versions.territories[there]).get_indexer(own["territory"])
        rows[own.index] = np.where(at < 0, -1, there[at])
    return rows


def _date(text: str) -> str:
    """A day as the page reads it, however it was written."""
    dates, problems = parse_dates(pd.Series([text], dtype=object), column="day", layer="figures")
    if problems or dates.isna().all():
        raise LayerError(problems or [message("The day whose boundaries figures are for is empty.")])
    return str(dates.iloc[0])


def _day(text: str) -> pd.Timestamp:
    return pd.Timestamp(_days(pd.Series([_date(text)], dtype=object)).iloc[0])


def _slices(own: pd.DataFrame, versions: Versions) -> tuple[_Slice, ...]:
    size = len(versions.territories)
    found = []
    for period, rows in own.groupby("period", dropna=False):
        dated = not pd.isna(period)
        values = rows.set_index("row")[list(_FIGURES)].reindex(range(size))
        found.append(
            _Slice(versions.step(_day(str(period))) if dated else 0, str(period) if dated else "", values)
        )
    found.sort(key=lambda one: (one.step, one.period))
    if not found or found[0].step > 0:
        nothing = pd.DataFrame(np.nan, index=range(size), columns=list(_FIGURES))
        found.insert(0, _Slice(0, "", nothing))
    return tuple(found)


def _area(territories: gpd.GeoDataFrame) -> _Indicator:
    """Land of each version, on an equal-area grid of the whole globe."""
    km2 = territories.geometry.to_crs(_EQUAL_AREA).area.to_numpy() / 1e6
    values = pd.DataFrame({"value": km2, "low": np.nan, "high": np.nan, "split": np.nan})
    name = {lang: translator(lang)(AREA) for lang in LANGUAGES}
    return _Indicator(name, (_Slice(0, "", values),), None, "", _breaks(values["value"]))


def _breaks(values: pd.Series) -> dict[str, tuple[float, ...]]:
    """Bounds of classes by each way to part figures, the same for all periods."""
    return {method: classes.breaks(values.to_numpy(dtype=float), method) for method in classes.METHODS}


def _classes(values: pd.Series, breaks: Array) -> Array:
    figures = values.to_numpy(dtype=float)
    return np.where(np.isnan(figures), NOTHING, np.searchsorted(breaks, figures, side="right"))


def _scale(values: Array) -> float:
    """Grid steps per unit: no more digits than figures have, and never more than the grid reaches."""
    known = np.abs(values[np.isfinite(values)])
    if not known.size or not known.max():
        return 1
    reach = np.floor(np.log10(_LARGEST / known.max()))
    whole = bool((known == np.round(known)).all())
    return float(10.0 ** min(reach, 0 if whole else _DIGITS))
