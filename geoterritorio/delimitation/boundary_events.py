"""Lists of events (creation, merger, secession, transfer, renaming) applied to one map: the versions they make."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.delimitation._pieces import faces
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.checks import require_unique
from geoterritorio.layers.crs import align, has_geometry, require_areas
from geoterritorio.layers.dates import earliest
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import TERRITORIES
from geoterritorio.registry import Progress, no_progress

Direction = Literal["forward", "backward"]
# Share of the land of an event that may lie elsewhere than the event says: how borders were drawn.
_ASTRAY = 0.01
_UNITS = ("level", "parent")


@dataclass(frozen=True)
class _Event:
    """An event as it is gone through: `old` territories become `new` ones, whichever way time runs."""

    number: int
    day: str
    kind: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    lands: tuple[tuple[str | None, Any], ...]
    names: tuple[tuple[str | None, str], ...]
    known: tuple[str, ...]

    def told(self, text: Message) -> Message:
        """Message that says which event it is of."""
        return message(
            "events: event {event} ({date}): {problem}", event=self.number + 1, date=self.day, problem=text
        )


@dataclass
class _Map:
    """What is in force while events are gone through, and the versions that are done with."""

    shapes: dict[str, Any]
    names: dict[str, str | None]
    since: dict[str, str | None]
    units: dict[str, dict[str, Any]]
    done: list[tuple[str, str | None, str | None, str | None, Any]] = field(default_factory=list)

    def end(self, territory: str, day: str) -> None:
        """End a version on a day; one that lasted no day was none."""
        since = self.since.pop(territory)
        shape = self.shapes.pop(territory)
        if since != day:
            self.done.append((territory, self.names[territory], since, day, shape))

    def begin(self, territory: str, day: str, shape: Any, name: str | None) -> None:
        """Begin a version on a day."""
        self.shapes[territory], self.since[territory], self.names[territory] = shape, day, name

    def inherit(self, event: _Event) -> None:
        """Level and parent of new territories: those of the ones before, where these agree."""
        kin = [self.units[t] for t in event.old]
        for territory in event.new:
            if territory not in self.units:
                same = {c: {k[c] for k in kin} for c in kin[0]}
                self.units[territory] = {c: next(iter(v)) if len(v) == 1 else None for c, v in same.items()}


def apply_events(
    territories: gpd.GeoDataFrame,
    events: pd.DataFrame,
    *,
    direction: Direction = "forward",
    progress: Progress = no_progress,
) -> gpd.GeoDataFrame:
    """
    Versions of territories from one map and a list of events.

    Parameters
    ----------
    territories
        One map: polygons with `territory` and, if known, `name`; as it was before all events (``forward``), or as it is
        after them (``backward``).
    events
        `date`, `kind`, `before`, `after` (identifiers, separated by semicolons), `name` (of what is new or renamed),
        `former_name` (of what is gone or renamed), and polygons of the land that changes hands where the map does not
        tell it: forward the new territory of a secession or creation, and the land transferred; backward the land
        transferred, what a creation took from one of two parents, and a territory that a merger or absorption ended.
        Where several territories could receive it, `receiver` says which; an event with several polygons has a row for
        each, with the same date, kind, before and after.
    direction
        Whether events are applied to the map as it was, or undone from the map as it is.
    progress
        Callback.

    Returns
    -------
    versions
        `territory`, `name`, `valid_from`, `valid_to` and polygons, ordered by territory and day: every version that
        the events make. `level` and `parent` are those of the map, of new territories those of the ones they came from,
        where these agree; other columns of the map are kept on versions that have its outline, and empty on others.

    Raises
    ------
    LayerError
        With every event that contradicts the map: territories that are not there, are there already, are too many or
        too few for the kind, have another name; land that is missing or lies elsewhere; renamings without a name.

    Warns
    -----
    GeoterritorioWarning
        If territories that a merger or absorption joins do not touch.

    Notes
    -----
    A transfer goes from the territory in which its land lies to the other one it names. What a territory that ends
    does not give away by polygons goes to the one that can have it; what a new one is not given, likewise. Events of
    one day follow each other as listed; undone, the other way round.

    Examples
    --------
    >>> today = gpd.GeoDataFrame({"territory": ["A", "B"], "name": ["Alta", "Baja"]}, crs=25830,
    ...     geometry=[shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)])
    >>> secession = pd.DataFrame({"date": ["1990"], "kind": ["secession"], "before": ["A"], "after": ["A;B"]})
    >>> apply_events(today, secession, direction="backward").drop(columns="geometry").values.tolist()
    [['A', 'Alta', None, '1990-01-01'], ['A', 'Alta', '1990-01-01', None], ['B', 'Baja', '1990-01-01', None]]
    """
    require_unique(territories, TERRITORIES, name="territories")
    require_areas(territories, name="territories")
    names = (
        territories["name"] if "name" in territories.columns else pd.Series(None, territories.index, object)
    )
    ids = [str(t) for t in territories["territory"]]
    state = _Map(
        dict(zip(ids, territories.geometry, strict=True)),
        dict(zip(ids, names.astype(object).where(names.notna(), None), strict=True)),
        dict.fromkeys(ids),
        dict(zip(ids, _units(territories), strict=True)),
    )
    listed = _listed(territories, events, forward=direction == "forward")
    problems: list[Message] = []
    for number, event in enumerate(listed):
        found = [*_misfits(event, forward=direction == "forward"), *_strangers(state, event)]
        found = found or list(_misnamed(state, event))
        problems += [event.told(p) for p in found or _step(state, event)]
        progress((number + 1) / len(listed))
    if problems:
        raise LayerError(problems)
    return _versions(state, direction, territories)


def _units(territories: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Level and parent of each territory, as far as the map has them; None where it is empty."""
    table = territories[[c for c in _UNITS if c in territories.columns]].astype(object)
    values = pd.DataFrame(table).where(table.notna(), None).to_numpy(dtype=object)
    return [dict(zip(table.columns, row, strict=True)) for row in values]


def _described(
    frame: gpd.GeoDataFrame, units: dict[str, dict[str, Any]], territories: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Versions with the other columns of the map."""
    others = [c for c in territories.columns if c not in {*frame.columns, territories.geometry.name}]
    at = pd.Index(territories["territory"].astype(str)).get_indexer(frame["territory"])
    own, shapes = territories.geometry.to_numpy()[at], frame.geometry.to_numpy()
    same = np.array([a is b for a, b in zip(own, shapes, strict=True)], dtype=bool)
    same[~same] = shapely.equals(own[~same], shapes[~same])
    same &= at >= 0
    for column in others:
        if column in _UNITS:
            values = [units[t][column] for t in frame["territory"]]
            frame[column] = pd.Series(values, frame.index, dtype=object)
        else:
            frame[column] = territories[column].iloc[at].set_axis(frame.index).where(same)
    return frame[[*(c for c in frame.columns if c != "geometry"), "geometry"]]


def _versions(state: _Map, direction: Direction, territories: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [*state.done, *((t, state.names[t], state.since[t], None, s) for t, s in state.shapes.items())]
    frame = pd.DataFrame(
        rows, columns=["territory", "name", "valid_from", "valid_to", "geometry"], dtype=object
    )
    if direction == "backward":
        frame = frame.rename(columns={"valid_from": "valid_to", "valid_to": "valid_from"})
    frame = frame[["territory", "name", "valid_from", "valid_to", "geometry"]]
    order = (
        frame.assign(valid_from=frame["valid_from"].fillna("")).sort_values(["territory", "valid_from"]).index
    )
    found = gpd.GeoDataFrame(
        frame.loc[order].reset_index(drop=True), geometry="geometry", crs=territories.crs
    )
    return _described(found, state.units, territories)


def _listed(territories: gpd.GeoDataFrame, events: pd.DataFrame, *, forward: bool) -> list[_Event]:
    """Events in the order in which they are gone through; rows of one event are put together."""
    rows = pd.DataFrame(
        {
            "day": earliest(events["date"]).dt.strftime("%Y-%m-%d").to_numpy(),
            "kind": events["kind"].astype(str).to_numpy(),
            "before": [_ids(t) for t in events["before"]],
            "after": [_ids(t) for t in events["after"]],
            "name": _texts(events, "name" if forward else "former_name"),
            "known": _texts(events, "former_name" if forward else "name"),
            "receiver": _texts(events, "receiver"),
            "land": None,
        },
        dtype=object,
    )
    if has_geometry(events):
        rows["land"] = align(gpd.GeoDataFrame(events), territories, name="events").geometry.to_numpy()
    found = []
    for (day, kind, before, after), part in rows.groupby(["day", "kind", "before", "after"], sort=False):
        drawn = [not shapely.is_missing(s) and not shapely.is_empty(s) for s in part["land"]]
        lands = tuple(zip(part["receiver"][drawn], part["land"][drawn], strict=True))
        names = tuple((r, n) for r, n in zip(part["receiver"], part["name"], strict=True) if n is not None)
        known = tuple(dict.fromkeys(n for n in part["known"] if n is not None))
        sides = (before, after) if forward else (after, before)
        if kind == "transfer":
            sides = (tuple(dict.fromkeys((*before, *after))),) * 2
        found.append(_Event(int(part.index[0]), day, kind, *sides, lands, names, known))
    return sorted(found, key=lambda e: (e.day, e.number), reverse=not forward)


def _texts(events: pd.DataFrame, column: str) -> list[str | None]:
    if column not in events.columns:
        return [None] * len(events)
    return [None if pd.isna(v) else str(v) for v in events[column]]


def _ids(text: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.strip() for t in str(text).split(";") if t.strip()))


def _misfits(event: _Event, *, forward: bool) -> Iterator[Message]:
    """Refusal of an event that names too few or too many territories for what it is."""
    before, after = (event.old, event.new) if forward else (event.new, event.old)
    fits = {
        "creation": len(before) > 0 and set(before) < set(after),
        "secession": len(before) == 1 and set(before) < set(after),
        "merger": len(before) > 1 and len(after) == 1 and after[0] not in before,
        "absorption": len(after) == 1 and set(after) < set(before),
        "transfer": len(before) == 2,  # noqa: PLR2004 - who gives and who receives
        "renaming": len(before) == 1 and len(after) == 1,
    }
    if not fits[event.kind]:
        yield message(
            "{before} before and {after} after are no {kind}. A secession, or a creation out of several, adds "
            "territories to those that stay; a merger ends all and begins one, an absorption leaves one of them; a "
            "transfer names who gives and who receives; a renaming names one.",
            kind=Message(event.kind),
            before=listing(before),
            after=listing(after),
        )


def _misnamed(state: _Map, event: _Event) -> Iterator[Message]:
    """Refusal of a renaming that gives no name, or of something that is called otherwise on the map."""
    if event.kind != "renaming":
        return
    name = state.names[event.old[0]]
    others = [n for n in event.known if name is not None and _folded(n) != _folded(name)]
    if others:
        yield message(
            "“{territory}” is called “{name}” on the map then, and not {values}. Correct the name, or the map.",
            territory=event.old[0],
            name=name,
            values=listing(others),
        )
    if not event.names and event.old == event.new:
        yield message(
            "a renaming needs a name: “name” where events are applied forward, “former_name” backward."
        )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _strangers(state: _Map, event: _Event) -> Iterator[Message]:
    missing = [t for t in event.old if t not in state.shapes]
    if missing:
        yield message(
            "territories are not on the map then: {values}. Complete the map, or the events that make them.{hint}",
            values=listing(missing),
            hint=_spelling(missing, state),
        )
    there = [t for t in event.new if t in state.shapes and t not in event.old]
    if there:
        yield message(
            "territories are on the map already: {values}. Give new ones identifiers of their own, or leave the event "
            "out.",
            values=listing(there),
        )
    strange = [r for r, _ in event.lands if r is not None and r not in event.new]
    if strange:
        yield message("receivers are not among its territories: {values}.", values=listing(strange))


def _spelling(missing: list[str], state: _Map) -> Message | str:
    """Hint at identifiers that lack zeros at the beginning, or are parted by commas."""
    if any("," in t and {p.strip() for p in t.split(",")} & set(state.shapes) for t in missing):
        return message(" Several identifiers are separated by semicolons.")
    bare = {t.lstrip("0") for t in state.shapes}
    if any(t.lstrip("0") in bare for t in missing):
        return message(" Some differ by leading zeros only: read the column as text.")
    return ""


def _step(state: _Map, event: _Event) -> Iterator[Message]:
    """Go through one event; where something contradicts the map, it stays as it was."""
    shares, problems = _shared_out(state, event)
    if problems:
        yield from problems
        return
    _tell_apart(state, event, shares)
    state.inherit(event)
    names = {t: state.names[t] for t in event.old}
    fresh = [t for t in event.new if t not in event.old]
    renamed = (fresh or list(event.new)) if len(fresh) <= 1 else []
    told = {t: n for r, n in event.names for t in ([r] if r else renamed)}
    if event.kind == "renaming":
        names[event.new[0]] = names[event.old[0]]
    for territory in event.old:
        state.end(territory, event.day)
    for territory, shape in shares.items():
        state.begin(territory, event.day, shape, told.get(territory, names.get(territory)))


def _tell_apart(state: _Map, event: _Event, shares: dict[str, Any]) -> None:
    """Warning of territories that are joined though none touches another."""
    if event.kind not in {"merger", "absorption"} or len(shares) != 1:
        return
    before = sum(shapely.get_num_geometries(state.shapes[t]) for t in event.old)
    if shapely.get_num_geometries(next(iter(shares.values()))) >= before > 1:
        text = message("territories that become one do not touch: {values}.", values=listing(event.old))
        warnings.warn(GeoterritorioWarning(event.told(text)), stacklevel=4)


def _shared_out(state: _Map, event: _Event) -> tuple[dict[str, Any], list[Message]]:
    """Land of each territory after an event."""
    given, problems = _given(state, event)
    if problems:
        return {}, problems
    lands = shapely.union_all([shape for _, shape in event.lands])
    got: dict[str, list[Any]] = {t: given.get(t, []) for t in event.new}
    heirs = [t for t in event.new if t not in event.old and not got[t]]
    heirs = heirs or [t for t in event.new if not got[t]] or list(event.new)
    for territory in event.old:
        left = shapely.difference(state.shapes[territory], lands)
        if territory in got:
            got[territory].append(left)
        elif len(heirs) == 1:
            got[heirs[0]].append(left)
        elif shapely.area(left) > _ASTRAY * shapely.area(state.shapes[territory]):
            return {}, [_undrawn(territory)]
    shares = {t: _polygon(shapes) for t, shapes in got.items()}
    empty = [t for t, shape in shares.items() if shapely.is_empty(shape)]
    if empty:
        text = message(
            "no land is left for, or given to, {values}: draw the polygon that changes hands.",
            values=listing(empty),
        )
        return {}, [text]
    return shares, []


def _undrawn(territory: str) -> Message:
    return message(
        "who has the land of “{territory}” is open: draw the polygons, and name their receivers.",
        territory=territory,
    )


def _polygon(shapes: list[Any]) -> Any:
    """Union without the lines and points that differences leave."""
    parts = faces(np.array([shapely.union_all(shapes)], dtype=object))
    return shapely.union_all(parts) if len(parts) else shapely.Polygon()


def _given(state: _Map, event: _Event) -> tuple[dict[str, list[Any]], list[Message]]:
    """Polygons of the event by who receives them."""
    owned = shapely.union_all([state.shapes[t] for t in event.old])
    fresh = [t for t in event.new if t not in event.old]
    given: dict[str, list[Any]] = {}
    problems = []
    if event.kind == "transfer" and not event.lands:
        problems.append(message("the polygon of the land that changes hands is missing."))
    for named, land in event.lands:
        receiver = named or (fresh[0] if len(fresh) == 1 else _other(state, event, land))
        astray = 1 - shapely.area(shapely.intersection(owned, land)) / shapely.area(land)
        if receiver is None:
            problems.append(message("several could receive its polygon: name the receiver."))
        elif astray > _ASTRAY:
            problems.append(
                message(
                    "its polygon lies outside {values} by {percent} %. Draw it within.",
                    values=listing(event.old),
                    percent=round(100 * float(astray), 1),
                )
            )
        else:
            given.setdefault(receiver, []).append(land if astray <= 0 else shapely.intersection(owned, land))
    return given, problems


def _other(state: _Map, event: _Event, land: Any) -> str | None:
    """Who receives the land of a transfer: who of the two does not have it; nobody where both have some."""
    if event.kind != "transfer":
        return None
    inside = [shapely.area(shapely.intersection(state.shapes[t], land)) for t in event.old]
    if min(inside) > _ASTRAY * shapely.area(land):
        return None
    return event.old[int(np.argmin(inside))]
