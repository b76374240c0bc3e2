"""Density surfaces: how many plants, or jobs, per square kilometre, at every place of a map."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid
from geoterritorio.patterns import _smoothing as smoothing
from geoterritorio.patterns._smoothing import Kernel, Spots
from geoterritorio.patterns.bandwidths import BandwidthRule, surface_bandwidth
from geoterritorio.patterns.sites import NOBODY, Sites, say_coincident, sites
from geoterritorio.registry import Count, Metres

Floats = npt.NDArray[np.float64]
Edge = Literal["none", "places", "plants"]
Mode = Literal["auto", "exact", "fft"]

_SQUARE_KM = 1e6
# Cells up to which a surface is made, and from which a cell chosen here becomes larger.
_MOST, _MANY = 100_000_000, 4_000_000
# A cell is this part of the bandwidth, if none is given.
_PART = 5
# Bandwidths around the plants that the surface covers: beyond, a Gaussian holds 1 in 15 000 to each side.
_MARGIN: dict[str, float] = {"gaussian": 4.0, "quartic": 1.0}
# Products of matrices that take no longer than a second or so, and those that take as long as a cell transformed.
_QUICK, _PER_CELL = 2e9, 500
# What a cell costs at least where nodes are fewer, in cells transformed.
_LEAST_WORK = 0.1
# Part of a kernel inside the window below which an edge is not corrected further.
_LEAST_INSIDE = 0.01
# Kernels looked at to say how far a surface is from the exact sum.
_COMPARED = 4_000_000


@dataclass(frozen=True)
class SurfaceRules:
    """
    How a surface is made.

    Parameters
    ----------
    cell
        Side of a cell in metres; None takes a round number of about a fifth of the bandwidth, or more where the
        surface would exceed four million cells.
    kernel
        "gaussian", whose bandwidth is its standard deviation, or "quartic", whose bandwidth is the radius at which it
        ends.
    bandwidth
        Metres, or the rule by which they are found: see `surface_bandwidth`.
    neighbour
        Of the rule "nearest": mean distance to the how-manieth plant; None takes the square root of their number.
    edge
        What becomes of a plant's kernel outside the window. "none": it is lost; "places": the density of each place
        is divided by the part of a kernel around it that is inside; "plants": each plant counts as much more as its
        own kernel is outside, which keeps their number.
    minimum_plants
        A relative surface is undefined where the kernel averages over fewer plants of all sectors than this.
    mode
        "exact" sums the kernels of all plants at every cell; "fft" shares plants among cells and multiplies Fourier
        transforms; "auto" takes what is quicker.
    """

    cell: Metres | None = None
    kernel: Kernel = "gaussian"
    bandwidth: Metres | BandwidthRule = "silverman"
    neighbour: Count | None = None
    edge: Edge = "none"
    minimum_plants: float = 5.0
    mode: Mode = "auto"


@dataclass(frozen=True)
class DensitySurface:
    """
    A density over a map.

    Parameters
    ----------
    grid
        Values at the centres of cells with transform and CRS; NaN outside the window and where undefined.
    unit
        "establishments per km2", "jobs per km2" or, of a relative surface, "location quotient".
    bandwidth
        Metres.
    rule
        How the bandwidth was found: the rule's name, or "given".
    kernel
        Kernel used.
    method
        "exact" or "fft".
    deviation
        Largest difference from the exact sum at some of the cells, the highest among them, relative to the peak.
    plants
        Number of plants that count.
    total
        Plants, or jobs, that the surface spreads.
    rules
        How it was made, with what was chosen filled in.
    """

    grid: Grid
    unit: str
    bandwidth: float
    rule: str
    kernel: Kernel
    method: str
    deviation: float
    plants: int
    total: float
    rules: SurfaceRules

    @property
    def values(self) -> Floats:
        """Rows from north to south by columns from west to east."""
        return np.asarray(self.grid.values, dtype=float)


def density_surface(
    points: pd.DataFrame,
    sector: str | Sequence[str] | None = None,
    window: shapely.Geometry | None = None,
    *,
    weighted: bool = False,
    relative: bool = False,
    crs: Any = None,
    rules: SurfaceRules | None = None,
) -> DensitySurface:
    r"""
    Density of plants, or of their jobs, at every place of a map.

    Parameters
    ----------
    points
        All plants: `x` and `y` in metres, `sector` and, if weighted, `employment`.
    sector
        Sector or sectors whose density is found; None takes all.
    window
        Land on which plants can be, in the same coordinates; plants outside it do not count. None takes the plane.
    weighted
        Whether a plant counts with its jobs.
    relative
        Whether the density of the sector is divided by that of all plants, each relative to its total.
    crs
        Coordinate system of the points, which the grid will say.
    rules
        Kernel, bandwidth, cells and edges; None takes the defaults.

    Returns
    -------
    surface
        Values with their place, and how they were found.

    Raises
    ------
    LayerError
        Columns, coordinates or weights are missing, no plant of the sector or no job is inside the window, the
        bandwidth is undefined, cells are larger than it, too many or too few, or an edge is to be corrected without
        a window.

    Notes
    -----
    .. math:: \hat f(s) = \frac{10^6}{h^2} \sum_i \frac{w_i}{e_i} K\left(\frac{|s - x_i|}{h}\right), \quad
       K(u) = \frac{e^{-u^2/2}}{2\pi} \quad \text{or} \quad \frac{3}{\pi} (1 - u^2)_+^2

    Over the plane it integrates to the number of plants or jobs. :math:`e_i` is 1, the mass of the kernel inside the
    window around the plant (edge "plants") or, taken out of the sum, around :math:`s` (edge "places"). Mass inside the
    window is counted in cells whose centre is inside.

    A relative surface is the location quotient of a moving neighbourhood,

    .. math:: \frac{\hat f_{sector}(s) / T_{sector}}{\hat f_{all}(s) / T_{all}}

    1 means the sector's share here is its share in all. Both take the bandwidth of the sector. The kernel averages over
    an area :math:`h^2 / \int K^2` (:math:`4 \pi h^2` of a Gaussian); where that holds fewer plants of all sectors than
    `minimum_plants`, the quotient is undefined.

    In the mode "fft" each plant is shared among 4 x 4 nodes so that mass, mean, variance and skewness stay; where a
    Gaussian's bandwidth has more than 24 cells, nodes are 24 to a bandwidth, and cells take their values by polynomials
    through 8 x 8 of them. `deviation` tells how little that changes.

    References
    ----------
    .. [1] Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall.
    .. [2] Diggle, P. (1985). A kernel method for smoothing point process data. Applied Statistics 34, 138-147.
    .. [3] Kelsall, J. E., Diggle, P. J. (1995). Non-parametric estimation of spatial variation in relative risk.
       Statistics in Medicine 14, 2335-2342.

    Examples
    --------
    >>> import pandas as pd
    >>> plant = pd.DataFrame({"x": [0.0], "y": [0.0], "sector": ["10"]})
    >>> found = density_surface(plant, rules=SurfaceRules(bandwidth=1000.0, cell=200.0))
    >>> round(float(found.values.max()), 4), round(float(found.values.sum() * 0.2**2), 4)
    (0.1576, 0.9999)
    """
    rules = rules or SurfaceRules()
    plants = _inside(sites(points, weighted=weighted), window)
    chosen = _chosen(plants, sector)
    _refuse(plants, chosen, sector, window, rules)
    rules, rule = _with_bandwidth(rules, plants, chosen)
    say_coincident(replace(plants, x=plants.x[chosen], y=plants.y[chosen], code=plants.code[chosen]))
    frame, rules = _frame(plants, chosen, window, rules)
    found, method, deviation = frame.density(chosen, rules)
    unit = "jobs per km2" if weighted else "establishments per km2"
    if relative:
        found, unit = _quotient(found, frame, plants, chosen, rules), "location quotient"
    total = float(plants.weight[chosen].sum())
    found[~frame.land] = np.nan
    return DensitySurface(
        Grid(found, frame.transform, crs),
        unit,
        float(rules.bandwidth),
        rule,
        rules.kernel,
        method,
        deviation,
        int((plants.weight[chosen] > 0).sum()),
        total,
        rules,
    )


def _inside(plants: Sites, window: shapely.Geometry | None) -> Sites:
    if window is None:
        return plants
    shapely.prepare(window)
    inside = shapely.intersects_xy(window, plants.x, plants.y)
    outside = int((~inside).sum())
    if outside:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "points: {count} of {number} establishments lie outside the window and do not count.",
                    count=outside,
                    number=len(plants),
                )
            ),
            stacklevel=3,
        )
    return replace(
        plants,
        x=plants.x[inside],
        y=plants.y[inside],
        code=plants.code[inside],
        weight=plants.weight[inside],
        labels=plants.labels[inside],
    )


def _chosen(plants: Sites, sector: str | Sequence[str] | None) -> npt.NDArray[np.bool_]:
    if sector is None:
        return np.ones(len(plants), dtype=bool)
    names = [sector] if isinstance(sector, str) else list(sector)
    return np.isin(plants.code, [plants.number(name) for name in names])


def _refuse(
    plants: Sites,
    chosen: npt.NDArray[np.bool_],
    sector: str | Sequence[str] | None,
    window: shapely.Geometry | None,
    rules: SurfaceRules,
) -> None:
    problems = []
    if not plants.weight[chosen].sum() > 0:
        problems.append(_nothing(plants, chosen, sector))
    if rules.edge != "none" and window is None:
        problems.append(
            message("edge: “{edge}” needs a window, the land on which plants can be.", edge=rules.edge)
        )
    for name in ("cell", "bandwidth"):
        given = getattr(rules, name)
        if isinstance(given, (int, float)) and not (np.isfinite(given) and given > 0):
            problems.append(message("{name}: give metres above 0.", name=name))
    if problems:
        raise LayerError(problems)


def _nothing(plants: Sites, chosen: npt.NDArray[np.bool_], sector: str | Sequence[str] | None) -> Message:
    """Why there is nothing to spread: nobody is there, or nobody has jobs."""
    if chosen.any():
        return message("points: no establishment has jobs, which are to weigh.")
    if sector is None or not len(plants):
        return message(
            "window: no establishment lies in it. Are both in the same coordinates, and is it the right land?"
        )
    return message(
        "window: no establishment of {sector} lies in it. Take another sector, or more land.",
        sector=listing(np.atleast_1d(sector).tolist()),
    )


def _with_bandwidth(
    rules: SurfaceRules, plants: Sites, chosen: npt.NDArray[np.bool_]
) -> tuple[SurfaceRules, str]:
    """Rules with the bandwidth in metres, and how it was found."""
    if not isinstance(rules.bandwidth, str):
        return rules, "given"
    found = surface_bandwidth(
        np.column_stack([plants.x, plants.y])[chosen],
        rules.bandwidth,
        weight=plants.weight[chosen],
        kernel=rules.kernel,
        neighbour=rules.neighbour,
    )
    return replace(rules, bandwidth=found), rules.bandwidth


@dataclass(frozen=True)
class Frame:
    """Cells of a surface, the land among them, and plants placed in them."""

    west: float
    north: float
    cell: float
    land: npt.NDArray[np.bool_]
    plants: Sites = NOBODY

    @property
    def transform(self) -> Any:
        """Place of the cells on the map."""
        return Affine(self.cell, 0, self.west, 0, -self.cell, self.north)

    def spots(self, chosen: npt.NDArray[np.bool_], weight: Floats) -> Spots:
        """Some of the plants in cells."""
        u = (self.plants.x[chosen] - self.west) / self.cell - 0.5
        v = (self.north - self.plants.y[chosen]) / self.cell - 0.5
        return Spots(u, v, weight[chosen])

    def density(
        self, chosen: npt.NDArray[np.bool_], rules: SurfaceRules, weight: Floats | None = None
    ) -> tuple[Floats, str, float]:
        """Per square kilometre, the method, and how far it is from the exact sum."""
        spots = self.spots(chosen, self.plants.weight if weight is None else weight)
        width = float(rules.bandwidth) / self.cell
        inside = None if rules.edge == "none" else smoothing.mass_inside(self.land, width, rules.kernel)
        if rules.edge == "plants" and inside is not None:
            kept = ndimage.map_coordinates(inside, [spots.v, spots.u], order=1, mode="nearest")
            spots = replace(spots, weight=spots.weight / np.maximum(kept, _LEAST_INSIDE))
        method = method_of(len(spots), self.land.shape, width, rules)
        if method == "exact":
            found, deviation = smoothing.exact(spots, self.land.shape, width, rules.kernel), 0.0
        else:
            found = smoothing.transformed(spots, self.land.shape, width, rules.kernel)
            deviation = _deviation(found, spots, width, rules.kernel)
        if rules.edge == "places" and inside is not None:
            found /= np.maximum(inside, _LEAST_INSIDE)
        found *= _SQUARE_KM / self.cell**2
        return found, method, deviation


def method_of(number: int, shape: tuple[int, ...], width: float, rules: SurfaceRules) -> str:
    """Whether so many plants are summed exactly or by a transform."""
    if rules.mode != "auto":
        return rules.mode
    rows, columns = shape
    exactly = smoothing.work(number, (rows, columns), width, rules.kernel)
    cells = rows * columns * max(smoothing.nodes(width, rules.kernel) ** 2, _LEAST_WORK)
    return "exact" if exactly <= max(_QUICK, _PER_CELL * cells) else "fft"


def _deviation(found: Floats, spots: Spots, width: float, kernel: Kernel) -> float:
    """Largest difference from the exact sum at the peak and at cells evenly spread over the land."""
    number = max(2, min(300, _COMPARED // len(spots)))
    flat = np.unique(np.r_[found.argmax(), np.linspace(0, found.size - 1, number).astype(np.int64)])
    v, u = np.unravel_index(flat, found.shape)
    exactly = smoothing.sums_at(u.astype(float), v.astype(float), spots, width, kernel)
    return float(np.abs(found.ravel()[flat] - exactly).max() / found.max())


def _quotient(
    found: Floats, frame: Frame, plants: Sites, chosen: npt.NDArray[np.bool_], rules: SurfaceRules
) -> Floats:
    """Density of the sector over that of all, each relative to its total."""
    every = np.ones(len(plants), dtype=bool)
    whole = frame.density(every, rules)[0]
    number = frame.density(every, rules, np.ones(len(plants)))[0]
    share = plants.weight[chosen].sum() / plants.weight.sum()
    return quotient_of(found, whole, number, share, rules)


def quotient_of(found: Floats, whole: Floats, number: Floats, share: float, rules: SurfaceRules) -> Floats:
    """Density of the sector over that of all, each relative to its total; undefined where few plants are near."""
    area = float(rules.bandwidth) ** 2 / smoothing.ROUGHNESS[rules.kernel] / _SQUARE_KM
    known = number * area >= rules.minimum_plants
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(known & (whole > 0), found / whole / share, np.nan)
    return quotient


def _frame(
    plants: Sites, chosen: npt.NDArray[np.bool_], window: shapely.Geometry | None, rules: SurfaceRules
) -> tuple[Frame, SurfaceRules]:
    """Cells that cover the window, or the plants with what their kernels reach."""
    x, y = plants.x[chosen], plants.y[chosen]
    land, rules = frame_over((x.min(), y.min(), x.max(), y.max()), window, rules)
    return replace(land, plants=plants), rules


def frame_over(
    bounds: tuple[float, float, float, float], window: shapely.Geometry | None, rules: SurfaceRules
) -> tuple[Frame, SurfaceRules]:
    """Cells that cover the window, or these bounds with what kernels reach, without plants yet."""
    width = float(rules.bandwidth)
    if window is None:
        margin = _MARGIN[rules.kernel] * width
        west, south, east, north = (b + margin * sign for b, sign in zip(bounds, (-1, -1, 1, 1), strict=True))
    else:
        west, south, east, north = shapely.bounds(window)
    cell = rules.cell or _cell(width, (east - west) * (north - south))
    # Edges lie on multiples of the cell, so that surfaces of one cell fit each other.
    west, north = np.floor(west / cell) * cell, np.ceil(north / cell) * cell
    columns, rows = (max(1, int(np.ceil(round(s / cell, 6)))) for s in (east - west, north - south))
    _refuse_cells(cell, width, rows, columns)
    land = np.ones((rows, columns), dtype=bool)
    if window is not None:
        place = Affine(cell, 0, west, 0, -cell, north)
        drawn = rasterize([window], (rows, columns), transform=place, dtype="uint8")
        land = drawn.astype(bool)
        if not land.any():
            raise LayerError(message("window: no cell of {cell} m has its centre inside.", cell=cell))
    return Frame(float(west), float(north), float(cell), land), replace(rules, cell=float(cell))


def _cell(width: float, area: float) -> float:
    """Round number near a fifth of the bandwidth."""
    wanted = max(width / _PART, np.sqrt(area / _MANY))
    tens = 10 ** np.floor(np.log10(wanted))
    return float(tens * next((n for n in (1, 2, 5) if n * tens >= wanted * 0.75), 10))


def _refuse_cells(cell: float, width: float, rows: int, columns: int) -> None:
    problems = []
    if rows * columns > _MOST:
        problems.append(
            message(
                "cell: {rows} x {columns} cells of {cell} m are too many (at most {most}). Take cells of {cure} m.",
                rows=rows,
                columns=columns,
                cell=cell,
                most=_MOST,
                cure=float(f"{cell * np.sqrt(rows * columns / _MOST):.2g}") * 1.1,
            )
        )
    if cell > width:
        problems.append(
            message(
                "cell: cells of {cell} m are larger than the bandwidth of {width} m, so that they miss establishments. "
                "Take smaller cells or a wider bandwidth.",
                cell=cell,
                width=float(f"{width:.3g}"),
            )
        )
    if problems:
        raise LayerError(problems)
