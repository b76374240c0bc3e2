"""Maps in classes of what places reach: potential, availability, opportunities, costs, and one more centre."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, MUTED, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import DOT, QUOTIENTS, sheet, without_roads
from geoterritorio.publication.plots._places import (
    NO_REACH,
    NONE_LOOK,
    NOT_KNOWN,
    UNKNOWN_LOOK,
    areal,
    bounds_of,
    centre_dots,
    centre_names,
    coloured,
    hatched,
    how_far,
    place_dots,
)
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

Floats = npt.NDArray[np.float64]
# Around the mean, the same on every map; and as many classes where values have no middle.
_AROUND = np.array([0.5, 0.8, 1.25, 2.0])
_CLASSES = 5
_AROUND_COLOURS = [to_hex(QUOTIENTS(x)) for x in (0.04, 0.27, 0.5, 0.72, 0.95)]
_CHOSEN = "#a8480a"
_DOTS_TELL = mark("The larger a dot, the more people.")


@plot("gravity_access")
@styled
def potential_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Potential access on the map.

    Parameters
    ----------
    outputs
        Outputs of `gravity_access` by name.
    focus
        Identifier of a place, which is named.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places in five classes around the mean of all people, orange where more is within reach and purple where less;
        hatched where nothing is, dotted where it is not known.
    """
    how = how_far(outputs["summary"], Numbers(lang)).render(translator(lang))
    said = mark("Weighted supply within reach over the mean of all people: 1 = as on average.")
    return _around(outputs, "access", focus, lang, (mark("Potential access"), how, said))


@plot("spatial_availability")
@styled
def availability_map(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Spatial availability on the map.

    Parameters
    ----------
    outputs
        Outputs of `spatial_availability` by name.
    focus
        Identifier of a place, which is named.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places in five classes of what is available per head, around the mean of all people, orange where it is more and
        purple where less; hatched where nothing is within reach, dotted where it is not known.
    """
    number = Numbers(lang).count(len(outputs["output"]))
    how = message("places: {count}", count=number).render(translator(lang))
    said = mark("Supply per head, all of it shared out, over the mean of all people: 1 = as on average.")
    return _around(outputs, "output", focus, lang, (mark("Spatial availability per head"), how, said))


@plot("opportunities_within")
@styled
def opportunity_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Opportunities within a budget on the map.

    Parameters
    ----------
    outputs
        Outputs of `opportunities_within` by name.
    focus
        Budget, such as 30; the middle one if none is given.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places in up to five classes of what is offered within the budget, the more the darker; hatched where nothing
        is, dotted where it is not known.
    """
    every = outputs["output"]
    budgets = np.sort(every["within"].unique())
    if focus is not None and focus not in {f"{b:g}" for b in budgets}:
        raise unknown(focus, [f"{b:g}" for b in budgets])
    if not isinstance(every, gpd.GeoDataFrame) or every.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    budget = budgets[(len(budgets) - 1) // 2] if focus is None else float(focus)
    places = every[np.isclose(every["within"], budget)]
    figure, axes = sheet(places.total_bounds, places.crs, without_roads(outputs), numbers, room=0.9)
    values = places["available"].to_numpy(dtype=np.float64)
    edges = _edges(values)
    looks = _drawn(axes, places, values, edges, _ramp(len(edges) + 1), numbers, say)
    said = mark("What is offered within the budget; all of it counts alike.")
    _keyed(figure, looks, said, places, say)
    told = message(
        "up to a cost of {amount} (metres if straight lines, else the unit of the costs); places: {count}",
        amount=numbers.plain(float(budget)),
        count=numbers.count(len(places)),
    )
    headline(figure, say(mark("Opportunities within the budget")), told.render(say))
    return figure


@plot("rational_agent_access")
@styled
def cost_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Cost of travel and crowding on the map.

    Parameters
    ----------
    outputs
        Outputs of `rational_agent_access` by name.
    focus
        Identifier of a place, which is named.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places in up to five classes of what travel and crowding cost their people, the more the darker; dotted where
        nothing is within reach, so that there is no cost. Dots are centres, the larger the more people go there.
    """
    places, centres = outputs["access"], outputs["centres"]
    _require(focus, places)
    if not isinstance(places, gpd.GeoDataFrame) or places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(bounds_of(places, centres), places.crs, without_roads(outputs), numbers, room=1.0)
    values = places["rational_cost"].to_numpy(dtype=np.float64)
    edges = _edges(values)
    ramp = [to_hex(c) for c in colormaps["YlOrBr"](np.linspace(0.08, 0.75, len(edges) + 1))]
    looks = _drawn(axes, places, values, edges, ramp, numbers, say, missing=NO_REACH)
    sizes = centre_dots(axes, centres, "people_served", places)
    if len(sizes):
        look = Line2D([], [], **{**DOT, "color": INK, "markeredgecolor": PAPER, "markersize": 5})
        looks.append((look, say(mark("centre, the larger the more people go there"))))
    said = mark("Travel over tau plus load over the usual one: the lower the better.")
    _keyed(figure, looks, said, places, say)
    if focus is None:
        centre_names(axes, centres, sizes, ["people_served"], places)
    else:
        _named(axes, places, focus)
    parts = [part.render(say) for part in _rest(outputs["summary"].iloc[0], numbers)]
    headline(figure, say(mark("Cost of travel and crowding (rational agents)")), *parts)
    return figure


@plot("one_more_centre")
@styled
def one_more_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    What one more centre would change, on the map.

    Parameters
    ----------
    outputs
        Outputs of `one_more_centre` by name.
    focus
        Identifier of a candidate, which is named.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Candidates in up to five classes of how many would newly be within the budget of a centre there, the more the
        darker; hatched where nobody would. Numbered dots are the ones chosen one after the other.
    """
    gains, chosen = outputs["gains"], outputs["chosen"]
    if focus is not None and focus not in set(gains["candidate"]):
        raise unknown(focus, gains["candidate"])
    if not isinstance(gains, gpd.GeoDataFrame) or gains.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(gains.total_bounds, gains.crs, without_roads(outputs), numbers, room=0.9)
    values = gains["newly"].to_numpy(dtype=np.float64)
    edges = _edges(values)
    looks = _drawn(axes, gains, values, edges, _ramp(len(edges) + 1), numbers, say, none=mark("nobody newly"))
    best = chosen[(chosen["turn"] > 0) & chosen.geometry.notna()]
    if len(best):
        look = Line2D([], [], **{**DOT, "color": _CHOSEN, "markeredgecolor": PAPER, "markersize": 6})
        looks.append((look, say(mark("chosen, in this order"))))
        _numbered(axes, best.to_crs(gains.crs))
    _keyed(figure, looks, mark("Establishments or residents newly within the budget."), gains, say)
    if focus is not None:
        _named(axes, gains.rename(columns={"candidate": "place"}), focus)
    first = gains.iloc[0]
    unit = worded("unit", str(first["unit"]), "candidate_gains", say)
    told = message("up to {amount} {unit}", amount=numbers.plain(float(first["up_to"])), unit=unit)
    kind = worded("centre_kind", str(first["centre_kind"]), "candidate_gains", say)
    headline(figure, say(mark("Who would newly reach one more centre")), kind, told.render(say))
    return figure


def _rest(row: Any, numbers: Numbers) -> list[Message]:
    """What travel weighs, the mean cost, and word of a search that did not end."""
    mean = numbers.plain(float(f"{row['mean_cost']:.3g}"))
    if row["measured"] == "straight lines":
        km = numbers.plain(float(row["tau"]) / 1000)
        told = [message("straight lines, tau {km} km; mean of all people {mean}", km=km, mean=mean)]
    else:
        tau = numbers.plain(float(row["tau"]))
        told = [message("by the table of costs, tau {tau}; mean of all people {mean}", tau=tau, mean=mean)]
    if row["converged"] != "yes":
        told.append(message("not at rest"))
    return told


def _around(
    outputs: Mapping[str, Any], name: str, focus: str | None, lang: Language, words: tuple[str, str, str]
) -> Figure:
    """Map of a measure per head over its mean: title, how it was found, and what the classes are."""
    places = outputs[name]
    _require(focus, places)
    if not isinstance(places, gpd.GeoDataFrame) or places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(places.total_bounds, places.crs, without_roads(outputs), numbers, room=0.9)
    # Where all have nothing there is no mean to be over.
    values = np.where(places["access"] == 0, 0.0, places["relative"].to_numpy(dtype=np.float64))
    looks = _drawn(axes, places, values, _AROUND, _AROUND_COLOURS, numbers, say)
    title, how, said = words
    _keyed(figure, looks, said, places, say)
    if focus is not None:
        _named(axes, places, focus)
    headline(figure, say(title), how)
    return figure


def _edges(values: Floats) -> Floats:
    """Upper ends of all classes but the last: fifths of what is above 0, in two figures."""
    known = values[np.isfinite(values) & (values > 0)]
    if not known.size:
        return np.zeros(0)
    ends = np.quantile(known, np.linspace(0, 1, _CLASSES + 1)[1:-1])
    rounded = np.unique([float(f"{end:.2g}") for end in ends])
    return np.asarray(rounded[(rounded >= known.min()) & (rounded < known.max())], dtype=np.float64)


def _ramp(number: int) -> list[str]:
    return [to_hex(c) for c in colormaps["YlGnBu"](np.linspace(0.12, 0.75, number))]


def _drawn(
    axes: Axes,
    places: gpd.GeoDataFrame,
    values: Floats,
    edges: Floats,
    colours: Sequence[str],
    numbers: Numbers,
    say: Translate,
    *,
    none: str = NO_REACH,
    missing: str = NOT_KNOWN,
) -> list[tuple[Any, str]]:
    """Places in the colours of their classes; the looks that there are, with their words."""
    code = np.searchsorted(edges, values, side="left")
    zero, lost = values == 0, np.isnan(values)
    plain = zero | lost
    coloured(axes, places, [PAPER if p else colours[c] for c, p in zip(code, plain, strict=True)])
    there = [c for c in range(len(edges) + 1) if (code[~plain] == c).any()]
    looks: list[tuple[Any, str]] = [
        (Patch(facecolor=colours[c], edgecolor=MUTED, linewidth=0.3), _span(c, edges, numbers).render(say))
        for c in there
    ]
    for rows, look, text in ((zero, NONE_LOOK, none), (lost, UNKNOWN_LOOK, missing)):
        hatched(axes, places, rows, look)
        if rows.any():
            looks.append((Patch(**look), say(text)))
    return looks


def _span(code: int, edges: Floats, numbers: Numbers) -> Any:
    if not len(edges):
        return message("above 0")
    if code == 0:
        return message("up to {amount}", amount=numbers.plain(float(edges[0])))
    if code == len(edges):
        return message("over {amount}", amount=numbers.plain(float(edges[-1])))
    low, high = (numbers.plain(float(end)) for end in edges[code - 1 : code + 1])
    return message("over {low} to {high}", low=low, high=high)


def _keyed(
    figure: Figure, looks: list[tuple[Any, str]], said: str, places: gpd.GeoDataFrame, say: Translate
) -> None:
    told = [say(said)]
    if "population" in places.columns and not areal(places):
        told.append(say(_DOTS_TELL))
    legend_below(figure, [look for look, _ in looks], [text for _, text in looks], note=" ".join(told))


def _require(focus: str | None, places: Any) -> None:
    if focus is not None and focus not in set(places["place"]):
        raise unknown(focus, places["place"])


def _named(axes: Axes, places: gpd.GeoDataFrame, focus: str) -> None:
    """Name of the place in focus, beside its dot or on its area."""
    spots = places.geometry.representative_point()
    at = int(np.flatnonzero(places["place"].to_numpy() == focus)[0])
    sizes = np.zeros(len(places)) if areal(places) else place_dots(places)
    near_labels(
        axes,
        np.column_stack([spots.x, spots.y]),
        sizes,
        {at: focus},
        covered=len(places),
        centred=areal(places),
    )


def _numbered(axes: Axes, best: gpd.GeoDataFrame) -> None:
    """Dots of the chosen candidates with their turn and name."""
    spots = best.geometry.representative_point()
    axes.scatter(spots.x, spots.y, s=42.0, c=_CHOSEN, edgecolors=PAPER, linewidths=0.6, zorder=3)
    rows = zip(best["turn"], best["candidate"], strict=True)
    texts = {i: f"{turn:.0f}. {candidate}" for i, (turn, candidate) in enumerate(rows)}
    near_labels(axes, np.column_stack([spots.x, spots.y]), np.full(len(best), 42.0), texts)
