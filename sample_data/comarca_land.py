"""Relief, rivers, towns and parishes of the invented territory.

The territory lies at sea (Bay of Biscay, EPSG:25830, metres), where no real place can be mistaken for it.
Parishes are the atoms: every boundary there ever was is made of their edges, so borders are shared exactly and
areas are conserved whatever the history does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy.ndimage import distance_transform_edt, gaussian_filter
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Voronoi, cKDTree

EPSG = 25830
LEFT, BOTTOM, WIDTH, HEIGHT = 440_000.0, 4_905_000.0, 120_000.0, 90_000.0
CELL = 200.0  # of the relief, metres
LABEL_CELL = 100.0  # of the grid that says in which parish a point is
EDGE_STEP = 450.0  # spacing of the vertices of a border, metres
PARISHES = 4.2  # per municipality
REACH = 1.4  # how far the rivers go, the outline being 1: the relief continues beyond the border
SETTLED = 0.95  # how far out there are towns
SUMMIT = 1_500.0  # height above the valleys that is never reached, metres
NOBODY = -1

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Grid:
    """Raster with its place: square cells of `size` metres from the territory's north-western corner."""

    cells: Array
    size: float
    unit: str

    @property
    def transform(self) -> Affine:
        """Coordinates of a cell's corner by column and row."""
        return Affine(self.size, 0.0, LEFT, 0.0, -self.size, BOTTOM + HEIGHT)

    def find(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Rows and columns of the cells that hold points."""
        rows, columns = (BOTTOM + HEIGHT - y) / self.size, (x - LEFT) / self.size
        return np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)

    def corner(self, rows: Array, columns: Array) -> tuple[Array, Array]:
        """Coordinates of the north-western corners of cells."""
        return LEFT + columns * self.size, BOTTOM + HEIGHT - rows * self.size


@dataclass(frozen=True)
class Land:
    """
    Natural frame of the territory.

    Attributes
    ----------
    elevation
        Metres above the sea.
    seats
        Coordinates of the towns, one per municipality; those of the labour markets come first.
    markets
        Number of labour markets.
    parishes
        Polygons of the atoms.
    points
        Centre of each parish; the first are the seats.
    owner
        Municipality of each parish today.
    market
        Labour market of each municipality.
    labels
        Parish of each cell that lies wholly inside one, else -1.
    links
        Adjacent municipalities and the cost of going from one seat to the other, kilometres.
    """

    elevation: Grid
    seats: Array
    markets: int
    parishes: Array
    points: Array
    owner: Array
    market: Array
    labels: Grid
    links: csr_array


@dataclass(frozen=True)
class Waves:
    """Smooth random field, a sum of plane waves, with mean 0 and standard deviation 1."""

    vectors: Array
    phases: Array

    @classmethod
    def drawn(cls, rng: np.random.Generator, wavelength: float, count: int = 14) -> Waves:
        """Field of waves about this long, metres."""
        angle = rng.uniform(0, 2 * np.pi, count)
        size = 2 * np.pi / (wavelength * rng.uniform(0.7, 1.4, count))
        return cls(np.c_[np.cos(angle), np.sin(angle)] * size[:, None], rng.uniform(0, 2 * np.pi, count))

    def __call__(self, xy: Array) -> Array:
        """Values at coordinates."""
        count = len(self.phases)
        total = sum(np.cos(xy @ v + p) for v, p in zip(self.vectors, self.phases, strict=True))
        return np.asarray(total) * np.sqrt(2 / count)


@dataclass(frozen=True)
class Warp:
    """Smooth displacement that bends straight borders and never folds them."""

    fields: tuple[tuple[float, Waves, Waves], ...]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Warp:
        """Three scales of bends; amplitude over wavelength stays far below the folding point."""
        scales = ((480.0, 15_000.0), (120.0, 4_200.0), (34.0, 1_500.0))
        return cls(tuple((a, Waves.drawn(rng, w), Waves.drawn(rng, w)) for a, w in scales))

    def shift(self, xy: Array) -> Array:
        """Displacement at coordinates, metres."""
        return np.asarray(sum(a * np.c_[fx(xy), fy(xy)] for a, fx, fy in self.fields))

    def __call__(self, xy: Array) -> Array:
        """Displaced coordinates, to the decimetre."""
        return np.round(xy + self.shift(xy), 1)

    def undone(self, xy: Array) -> Array:
        """Coordinates that the displacement brings here."""
        source = xy.copy()
        for _ in range(20):
            source = xy - self.shift(source)
        return source


def land(seed: int, municipalities: int) -> Land:
    """
    Relief, towns, parishes and the municipalities they make.

    Parameters
    ----------
    seed
        Of the territory.
    municipalities
        How many there are today.
    """
    rng = np.random.default_rng([seed, 1])
    markets = max(2, round(municipalities / 12.5))
    outline = Waves.drawn(rng, 60_000.0)
    centres = _spread(rng, outline, markets, reach=0.84)
    springs = _rivers(rng, outline, centres)
    elevation, height = _relief(rng, centres, springs)
    seats = _towns(rng, outline, centres, height, municipalities)
    warp = Warp.drawn(rng)
    parishes, points, pairs = _parishes(rng, outline, seats, warp)
    elevation = _coast(elevation, parishes, outline)
    graph = _graph(points, pairs, elevation)
    owner = dijkstra(
        graph, directed=False, indices=np.arange(municipalities), min_only=True, return_predecessors=True
    )[2]
    links = _between(owner, pairs, points, elevation, municipalities)
    market = dijkstra(
        links, directed=False, indices=np.arange(markets), min_only=True, return_predecessors=True
    )[2]
    labels = _labels(parishes)
    return Land(elevation, seats, markets, parishes, points, owner, market, labels, links)


def depth(xy: Array, outline: Waves) -> Array:
    """Position between the middle (0) and the outline (1) of the territory."""
    u = (xy[:, 0] - LEFT - WIDTH / 2) / (WIDTH * 0.455)
    v = (xy[:, 1] - BOTTOM - HEIGHT / 2) / (HEIGHT * 0.44)
    return np.asarray((np.abs(u) ** 2.5 + np.abs(v) ** 2.5) ** 0.4 + 0.055 * outline(xy))


def _anywhere(rng: np.random.Generator, count: int) -> Array:
    return rng.uniform((LEFT, BOTTOM), (LEFT + WIDTH, BOTTOM + HEIGHT), (count, 2))


def _spread(rng: np.random.Generator, outline: Waves, count: int, *, reach: float) -> Array:
    """Points far from each other: of 25 candidates each time the one farthest from the others."""
    pool = _anywhere(rng, 4_000)
    pool = pool[depth(pool, outline) < reach]
    chosen = [pool[0]]
    for _ in range(count - 1):
        some = pool[rng.integers(len(pool), size=25)]
        chosen.append(some[cKDTree(np.array(chosen)).query(some)[0].argmax()])
    return np.array(chosen)


def _rivers(rng: np.random.Generator, outline: Waves, centres: Array) -> Array:
    """Points along rivers from the coast through every market centre, then tributaries: x, y, height of the bed."""
    rows = np.linspace(BOTTOM + 0.2 * HEIGHT, BOTTOM + 0.8 * HEIGHT, 3) + rng.normal(0, 4_000, 3)
    shore = np.array([_shore(outline, y) for y in rows])
    bed = np.c_[shore, np.zeros(3)]
    meander = Waves.drawn(rng, 5_000.0)
    for centre in centres[np.argsort(-centres[:, 0])]:
        bed = _tributary(bed, centre, meander, slope=0.0035)
    for count, slope in ((50, 0.008), (230, 0.016)):
        springs = _anywhere(rng, count * 2)
        for spring in springs[depth(springs, outline) < REACH][:count]:
            bed = _tributary(bed, spring, meander, slope=slope)
    return bed


def _shore(outline: Waves, y: float) -> Array:
    """Easternmost point of the territory at this northing."""
    line = np.c_[np.linspace(LEFT + WIDTH / 2, LEFT + WIDTH, 600), np.full(600, y)]
    return np.asarray(line[np.flatnonzero(depth(line, outline) < 1.0)[-1]])


def _tributary(bed: Array, source: Array, meander: Waves, *, slope: float) -> Array:
    """River bed with one more river, from the nearest point of the bed, downstream preferred, to the source."""
    distance = np.hypot(*(bed[:, :2] - source).T)
    start = bed[(distance + 25 * bed[:, 2] + 0.6 * np.maximum(source[0] - bed[:, 0], 0)).argmin()]
    length = np.hypot(*(source - start[:2]))
    t = np.linspace(0, 1, max(2, int(length / 600)) + 1)[1:]
    line = start[:2] + t[:, None] * (source - start[:2])
    across = np.array([start[1] - source[1], source[0] - start[0]]) / max(length, 1.0)
    bend = 0.16 * length * np.sin(np.pi * t) * meander(line)
    line = line + np.clip(bend, -2_500, 2_500)[:, None] * across
    return np.r_[bed, np.c_[line, start[2] + slope * length * t**1.3]]


def _centres_of_cells() -> tuple[Array, tuple[int, int]]:
    shape = (int(HEIGHT / CELL), int(WIDTH / CELL))
    x = LEFT + (np.arange(shape[1]) + 0.5) * CELL
    y = BOTTOM + HEIGHT - (np.arange(shape[0]) + 0.5) * CELL
    grid = np.meshgrid(x, y)
    return np.c_[grid[0].ravel(), grid[1].ravel()], shape


def _relief(rng: np.random.Generator, centres: Array, bed: Array) -> tuple[Grid, Grid]:
    """Elevation, and height above the nearest valley floor."""
    xy, shape = _centres_of_cells()
    bent = xy + 700 * np.c_[Waves.drawn(rng, 6_000)(xy), Waves.drawn(rng, 6_000)(xy)]
    near = cKDTree(centres).query(bent, k=2)[0]
    divide = np.exp(-((near[:, 1] - near[:, 0]) / 7_000))
    inland = np.clip((LEFT + WIDTH - xy[:, 0]) / WIDTH, 0, 1)
    steep = (0.018 + 0.075 * divide) * (0.35 + 1.1 * inland)
    distance, which = cKDTree(bed[:, :2]).query(bent, k=min(24, len(bed)))
    rough = 1 + 0.28 * Waves.drawn(rng, 3_000, 30)(xy) + 0.14 * Waves.drawn(rng, 1_200, 30)(xy)
    floor = bed[which, 2]
    surface = (floor + steep[:, None] * distance).min(axis=1)
    lowest = (floor + 0.02 * distance).min(axis=1)
    height = SUMMIT * np.tanh(np.maximum(surface - lowest, 0) / SUMMIT)
    elevation = gaussian_filter((lowest + height * np.maximum(rough, 0.2)).reshape(shape), 1.5)
    return Grid(elevation, CELL, "metres"), Grid(height.reshape(shape), CELL, "metres")


def _coast(elevation: Grid, parishes: Array, outline: Waves) -> Grid:
    """Relief with the sea to the east: the territory's eastern border is the shore."""
    xy, shape = _centres_of_cells()
    dry = (
        rasterize(parishes, out_shape=shape, transform=elevation.transform, all_touched=True, dtype="uint8")
        == 1
    )
    north = 2 * (xy[:, 1] - BOTTOM) / HEIGHT - 1
    coast = (LEFT + WIDTH * (0.62 + 0.2 * north**2) + 2_500 * outline(xy)).reshape(shape)
    sea = ~dry & (xy[:, 0].reshape(shape) > coast)
    shore = np.clip(distance_transform_edt(~sea) * CELL / 4_000, 0, 1)
    height = np.where(sea, 0, 1 + elevation.cells * shore)
    return Grid(np.round(height).astype(np.int16), CELL, elevation.unit)


def sample(grid: Grid, xy: Array) -> Array:
    """Values of a grid at coordinates; outside, those of its margin."""
    rows, columns = grid.find(xy[:, 0], xy[:, 1])
    height, width = grid.cells.shape
    return np.asarray(grid.cells[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)])


def _towns(rng: np.random.Generator, outline: Waves, centres: Array, height: Grid, count: int) -> Array:
    """Seats of the municipalities: apart from each other, in the valleys, the centres first."""
    pool = _anywhere(rng, 60 * count)
    pool = pool[depth(pool, outline) < SETTLED]
    good = np.exp(-sample(height, pool) / 45.0) * rng.uniform(0.6, 1.0, len(pool))
    apart = cKDTree(centres).query(pool)[0]
    seats = list(centres)
    for _ in range(count - len(centres)):
        best = int((np.minimum(apart, 9_000) * good).argmax())
        seats.append(pool[best])
        apart = np.minimum(apart, np.hypot(*(pool - pool[best]).T))
    return np.round(np.array(seats), 1)


def _parishes(
    rng: np.random.Generator, outline: Waves, seats: Array, warp: Warp
) -> tuple[Array, Array, Array]:
    """Polygons, centres (the seats first) and pairs of neighbours."""
    inner = WIDTH * HEIGHT * 0.72
    step = np.sqrt(inner / (PARISHES * len(seats)))
    x, y = np.meshgrid(
        np.arange(LEFT - 2 * step, LEFT + WIDTH + 2 * step, step),
        np.arange(BOTTOM - 2 * step, BOTTOM + HEIGHT + 2 * step, step * 0.866),
    )
    x[::2] += step / 2
    others = np.c_[x.ravel(), y.ravel()] + rng.normal(0, 0.17 * step, (x.size, 2))
    others = others[cKDTree(seats).query(others)[0] > 0.62 * step]
    points = np.r_[seats, others]
    inside = np.flatnonzero((depth(points, outline) < 1.0) | (np.arange(len(points)) < len(seats)))
    cells = Voronoi(warp.undone(points))
    rank = np.full(len(points), NOBODY)
    rank[inside] = np.arange(len(inside))
    sides = rank[cells.ridge_points]
    kept = (sides >= 0).any(axis=1)
    ends = np.array([cells.ridge_vertices[i] for i in np.flatnonzero(kept)])
    lines = _bent(cells.vertices[ends], warp)
    faces = np.array(shapely.polygonize(lines).geoms)
    found = shapely.STRtree(faces).query(shapely.points(points[inside]), predicate="within")
    polygons = np.empty(len(inside), dtype=object)
    polygons[found[0]] = faces[found[1]]
    pairs = sides[(sides >= 0).all(axis=1)]
    return polygons, points[inside], pairs


def _bent(ends: Array, warp: Warp) -> Array:
    """Lines between pairs of vertices, with vertices between and displaced; each line is made once."""
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    pieces = np.maximum(1, np.ceil(length / EDGE_STEP)).astype(int)
    line = np.repeat(np.arange(len(ends)), pieces + 1)
    order = np.arange(len(line)) - np.repeat(np.r_[0, np.cumsum(pieces + 1)[:-1]], pieces + 1)
    t = (order / pieces[line])[:, None]
    # Both ends exactly as the neighbouring lines have them.
    xy = np.where(t == 1, ends[line, 1], ends[line, 0] + t * (ends[line, 1] - ends[line, 0]))
    return shapely.linestrings(warp(xy), indices=line)


def climb(a: Array, b: Array, elevation: Grid) -> Array:
    """Height of the pass between two places above the lower one, metres."""
    t = np.linspace(0, 1, 9)[:, None]
    way = np.stack([sample(elevation, a + s * (b - a)) for s in t]).astype(float)
    return np.asarray(way.max(axis=0) - np.minimum(way[0], way[-1]))


def _graph(points: Array, pairs: Array, elevation: Grid) -> csr_array:
    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    cost = np.hypot(*(a - b).T) / 1_000 * (1 + climb(a, b, elevation) / 120)
    return csr_array(coo_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points))))


def _between(owner: Array, pairs: Array, points: Array, elevation: Grid, count: int) -> csr_array:
    """Costs between the seats of neighbouring municipalities."""
    touching = np.unique(np.sort(owner[pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]], axis=1), axis=0)
    a, b = points[touching[:, 0]], points[touching[:, 1]]
    cost = np.hypot(*(a - b).T) / 1_000 * (1 + climb(a, b, elevation) / 150)
    return csr_array(coo_array((cost, (touching[:, 0], touching[:, 1])), shape=(count, count)))


def _labels(parishes: Array) -> Grid:
    """Parish of every cell that no border touches."""
    shape = (int(HEIGHT / LABEL_CELL), int(WIDTH / LABEL_CELL))
    frame = Grid(np.empty(shape), LABEL_CELL, "").transform
    inside = rasterize(
        zip(parishes, range(len(parishes)), strict=True),
        out_shape=shape,
        transform=frame,
        fill=NOBODY,
        dtype="int32",
    )
    border = rasterize(
        shapely.boundary(parishes), out_shape=shape, transform=frame, all_touched=True, dtype="uint8"
    )
    return Grid(np.where(border == 1, NOBODY, inside), LABEL_CELL, "parish")
