"""An attacker who has the published files alone: map, report, profiles, public tables, workbook, QGIS project."""

import re
from dataclasses import dataclass, replace

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from attacked import OFF, SECTORS, SIDE, TOWNS, Tables, register, sizes, squares
from scipy.optimize import Bounds, LinearConstraint, milp

from geoterritorio.layers.store import write_layers
from geoterritorio.publication import report
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.webmap.codec import unpack
from geoterritorio.study.config import Copies
from geoterritorio.study.given import given, write_pages
from geoterritorio.study.kept import kept
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.products import whole_table
from geoterritorio.study.reported import write_report

SEED = 7
MARKETS = [f"W{k}" for k in range(3)]
NATION = pd.Series([90.0, 30, 20, 25, 60, 120, 40, 500], SECTORS) * 1000
SHARE = NATION / NATION.sum()
STUDY = """
[study]
title = "Attacked"

[layers.towns]
kind = "territories"
path = "towns.gpkg"

[layers.markets]
kind = "territories"
path = "markets.gpkg"

[layers.firms]
kind = "firms"
path = "firms.gpkg"

[layers.nation]
kind = "reference"
path = "nation.csv"

[steps.towns_lq]
tool = "location_quotient"
territories = "towns"
firms = "firms"
reference = "nation"
measure = "employment"

[steps.markets_lq]
tool = "location_quotient"
territories = "markets"
firms = "firms"
reference = "nation"
measure = "employment"

[steps.unlike]
tool = "krugman_specialisation"
territories = "towns"
firms = "firms"
reference = "nation"

[steps.concentration]
tool = "ellison_glaeser"
territories = "towns"
firms = "firms"

[report]
excel = true
csv = true
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("attack")
    towns = squares(SIDE, 2, 4, 3, "M").assign(name=[f"Town {t}" for t in TOWNS])
    markets = towns.assign(territory=np.repeat(MARKETS, 4)).dissolve("territory").reset_index()
    markets["name"] = [f"Market {m}" for m in MARKETS]
    write_layers(
        {
            str(found / "towns.gpkg"): towns,
            str(found / "markets.gpkg"): markets,
            str(found / "firms.gpkg"): register(SEED).drop(columns="town"),
        }
    )
    pd.DataFrame({"sector": SECTORS, "employment": NATION.to_numpy()}).to_csv(
        found / "nation.csv", index=False
    )
    return found


def run(folder, name, words=""):
    (folder / f"{name}.toml").write_text(STUDY + words, encoding="utf-8")
    return run_study(folder / f"{name}.toml", folder / name)["report"].parent


@pytest.fixture(scope="module")
def bare(folder):
    return run(folder, "bare", OFF)


@pytest.fixture(scope="module")
def safe(folder):
    return run(folder, "safe")


# What the files say ----------------------------------------------------------------------------------------------


def number(text):
    """Value and half of its last digit, as the page prints it; nothing where it is none."""
    found = re.fullmatch(r"[+≥ ]*([-−]?[\d,]+(?:\.(\d+))?)", str(text))
    if not found:
        return np.nan, np.nan
    return float(found[1].replace(",", "").replace("−", "-")), 0.5 * 10.0 ** -len(found[2] or "")


FIGURES = {
    "employment": "employment",
    "Jobs": "employment",
    "establishments": "establishments",
    "plants": "establishments",
    "Establishments": "establishments",
    "lq": "lq",
    "LQ": "lq",
    "Location quotient": "lq",
    "excess": "excess",
    "Excess": "excess",
    "symmetric": "symmetric",
    "value": "krugman",
    "Value": "krugman",
}
PLACES = ("territory", "Territory")
ACTIVITIES = ("sector", "Sector", "Largest excess", "Sector or occupation", "Sector code")


def figures_told(rows, source, *, printed=False):
    """Every figure of a table that tells of a territory, of a sector or of both."""
    called = {f"Town {t}": t for t in TOWNS} | {f"Market {m}": m for m in MARKETS}
    place = next((c for c in PLACES if c in rows), None)
    activity = next((c for c in ACTIVITIES if c in rows), None)
    found = []
    for row in rows.to_dict("records"):
        where = called.get(str(row.get(place)), str(row.get(place)) if place else "")
        what = str(row.get(activity)).split()[0] if activity else ""
        if (place and where not in (*TOWNS, *MARKETS)) or (activity and what not in SECTORS):
            continue
        for column, kind in FIGURES.items():
            if column in row and (place or activity):
                # Numbers of files are exact to what a double holds.
                value, grain = number(row[column]) if printed else (float(row[column]), 1e-6)
                if np.isfinite(value):
                    found.append((source, kind, where, what, value, grain))
    return found


def key_figures(rows, page):
    """Jobs and establishments of a territory on its own page, or how many there are at least."""
    found = []
    for row in rows.to_dict("records"):
        kind = {"Jobs": "employment", "Establishments": "establishments"}.get(row["Figure"].split()[0])
        value, grain = number(row["Value"])
        if kind and np.isfinite(value):
            least = "least " * row["Value"].startswith("≥")
            found.append((page.name, least + kind, page.stem, "", value, grain))
    return found


def of_pages(folder):
    found = []
    for page in [folder / "report.html", *sorted((folder / "profiles").glob("*[0-9].html"))]:
        parser = Tables()
        parser.feed(page.read_text(encoding="utf-8"))
        for head, *rows in (t for t in parser.tables if t):
            table = pd.DataFrame([r for r in rows if len(r) == len(head)], columns=head)
            if page.parent.name == "profiles" and not set(PLACES) & set(head):
                table = table.assign(territory=page.stem)
            if "Figure" in table:
                found += key_figures(table, page)
                continue
            if head[0] != "Rule" and not table.columns.duplicated().any():
                found += figures_told(table, page.name, printed=True)
    return found


GRAIN = {"lq": 0.005, "employment": 0.5, "establishments": 0.5, "excess": 0.5}


def of_map(folder):
    """Figures of the map, whose data blocks are read as the page's own script reads them."""
    found = []
    text = (folder / "map.html").read_text(encoding="utf-8")
    for block in re.findall(r'<script type="application/octet-stream" id="data-\d+">([^<]*)</script>', text):
        columns, texts = unpack(block)
        if "lq" not in columns:
            continue
        size = len(texts["ids"])
        at = pd.MultiIndex.from_product([texts["sectors"], texts["ids"]], names=["sector", "territory"])
        rows = pd.DataFrame(
            {n: v for n, v in columns.items() if len(v) == size * len(texts["sectors"])}, at
        ).reset_index()
        for source, kind, where, what, value, _ in figures_told(rows, "map.html"):
            coarse = 1 + 9 * (value >= 10) + 90 * (value >= 100) if kind == "lq" else 1
            found.append((source, kind, where, what, value, GRAIN[kind] * coarse))
    return found


def of_tables(folder):
    found = []
    for file in sorted((folder / "public_tables").glob("*.csv")):
        found += figures_told(pd.read_csv(file, dtype={"sector": str}), file.name)
    book = openpyxl.load_workbook(folder / "public_tables.xlsx", read_only=True)
    for sheet in book.worksheets[2:]:
        lines = [list(r) for r in sheet.iter_rows(values_only=True)]
        head = next((k for k, r in enumerate(lines) if set(r) & {*PLACES, *ACTIVITIES}), None)
        if head is not None:
            names = [str(c) for c in lines[head]]
            filled = [(r + [None] * len(names))[: len(names)] for r in lines[head + 1 :]]
            rows = pd.DataFrame(filled, columns=names).loc[:, ~pd.Index(names).duplicated()]
            figures = [c for c in FIGURES if c in rows]
            rows[figures] = rows[figures].apply(pd.to_numeric, errors="coerce")
            found += figures_told(rows, "public_tables.xlsx")
    return found


def of_project(folder):
    found = []
    for layer in pyogrio.list_layers(folder / "project.gpkg")[:, 0]:
        if layer != "nation":
            rows = pyogrio.read_dataframe(folder / "project.gpkg", layer=layer, read_geometry=False)
            # Beside each territory stands its foremost sector, or figures of it alone.
            found += figures_told(rows, "project.gpkg")
    return found


def everything(folder):
    """All figures of all published files."""
    parts = [of_map(folder), of_pages(folder), of_tables(folder), of_project(folder)]
    assert all(parts)
    names = ["source", "figure", "territory", "sector", "value", "grain"]
    return pd.DataFrame([f for part in parts for f in part], columns=names).drop_duplicates()


# What follows from it --------------------------------------------------------------------------------------------


@dataclass
class Knowledge:
    """Figures as bounds on sums of the finest cells, and of ratios of jobs between them."""

    matrix: np.ndarray
    low: np.ndarray
    high: np.ndarray


def cells_of(territory, sector):
    """The finest cells that a cell of any published table is the sum of."""
    rows = [k for k, t in enumerate(TOWNS) if territory in {"", t, MARKETS[k // 4]}]
    columns = [k for k, s in enumerate(SECTORS) if sector in {"", s}]
    found = np.zeros((len(TOWNS), len(SECTORS)))
    found[np.ix_(rows, columns)] = 1.0
    return found.ravel()


def knowledge(figures, measure):
    """Equations and bounds that figures are, of jobs or of establishments."""
    lines = []
    for row in figures.itertuples():
        own, whole = cells_of(row.territory, row.sector), cells_of(row.territory, "")
        share = SHARE.get(row.sector, 1.0)
        if row.figure == measure:
            lines.append((own, row.value - row.grain, row.value + row.grain))
        elif row.figure == f"least {measure}":
            lines.append((own, row.value - row.grain, np.inf))
        elif measure == "employment" and row.figure == "excess":
            lines.append((own - share * whole, row.value - row.grain, row.value + row.grain))
        elif measure == "employment" and row.figure in {"lq", "symmetric"}:
            ends = np.array([row.value - row.grain, row.value + row.grain])
            ends = (1 + ends) / (1 - ends) if row.figure == "symmetric" else ends
            lines += [
                (own - ends[0] * share * whole, 0.0, np.inf),
                (own - ends[1] * share * whole, -np.inf, 0.0),
            ]
    matrix, low, high = zip(*lines, strict=True)
    return Knowledge(np.array(matrix), np.array(low), np.array(high))


def ends(known, goal, *, whole=False, further=None):
    """Least and most of a sum of cells that everything known leaves possible."""
    size = further.A.shape[1] if further else len(goal)
    pad = ((0, 0), (0, size - len(goal)))
    constraints = [LinearConstraint(np.pad(known.matrix, pad), known.low, known.high)]
    # Behind the cells stand the amounts above expectation, and whether a cell is above it.
    above = np.arange(size) >= 2 * len(goal)
    most = np.where(above, 1.0, np.inf)
    found = []
    for sign in (1.0, -1.0):
        made = milp(
            np.pad(sign * goal, (0, size - len(goal))),
            constraints=[*constraints, *([further] if further else [])],
            integrality=np.where(above, 1, int(whole)),
            bounds=Bounds(0, most),
        )
        assert made.status in {0, 3, 4}, made.message
        found.append(sign * made.fun if made.status == 0 else -sign * np.inf)
    return found


def unlikeness(figures):
    """Krugman's index, the sum of absolute differences of shares, as constraints on cells."""
    number, large = len(TOWNS) * len(SECTORS), 5000.0
    lines = []
    exact = figures[figures["figure"].eq("krugman") & figures["grain"].lt(1e-5)]
    for row in exact.drop_duplicates("territory").itertuples():
        whole, here = cells_of(row.territory, ""), np.flatnonzero(cells_of(row.territory, ""))
        for at, sector in zip(here, SECTORS, strict=True):
            one = np.eye(number)[at]
            more = one - SHARE[sector] * whole
            lines += [
                (-more, one, 0 * one, 0.0, np.inf),
                (0 * one, one, -large * one, -np.inf, 0.0),
                (-more, one, large * one, -np.inf, large),
            ]
        for end, ways in ((row.value - 1e-6, (-1e-4, np.inf)), (row.value + 1e-6, (-np.inf, 1e-4))):
            lines.append((-end * whole, 2 * whole, 0 * whole, *ways))
    rows = np.array([np.concatenate(line[:3]) for line in lines])
    return LinearConstraint(rows, [line[3] for line in lines], [line[4] for line in lines])


@pytest.fixture(scope="module")
def few():
    """Cells, totals and cells of markets with one or two establishments."""
    rows = register(SEED)
    rows["territory"] = rows["town"]
    rows["market"] = np.array(MARKETS)[rows["town"].map(TOWNS.index) // 4]
    found = [
        rows.rename(columns={place: "place"}).groupby(["place", "sector"])["employment"].agg(["sum", "size"])
        for place in ("territory", "market")
    ]
    cells = pd.concat(found).rename(columns={"sum": "jobs", "size": "plants"})
    return cells[cells["plants"].lt(DisclosureRules.minimum)].reset_index()


def caught(figures, few):
    """Cells of which both ends are found to within a tenth; of which one is; and of which few are certain."""
    jobs, plants = (knowledge(figures, m) for m in ("employment", "establishments"))
    both = one = number = 0
    for cell in few.itertuples():
        low, high = ends(jobs, cells_of(cell.place, cell.sector))
        near = low > 0.9 * cell.jobs + 1e-3, high < 1.1 * cell.jobs - 1e-3
        both += all(near)
        one += any(near)
        number += ends(plants, cells_of(cell.place, cell.sector), whole=True)[1] < DisclosureRules.minimum
    return both, one, number


def test_without_control_every_cell_is_read(bare, few):
    assert len(few) > 20
    assert caught(everything(bare), few) == (len(few),) * 3


def hidden_by_hand(figures, few, names):
    """What someone publishes who hides these figures of cells of few, and no more."""
    cells = set(zip(few["place"], few["sector"], strict=True))
    of_few = [cell in cells for cell in zip(figures["territory"], figures["sector"], strict=True)]
    return figures[~(np.array(of_few) & figures["figure"].isin(names))]


def test_quotients_are_solved_back(bare, few):
    left = hidden_by_hand(everything(bare), few, ["employment", "establishments", "excess"])
    assert caught(left, few)[0] == len(few)


def test_totals_and_nested_areas_are_subtracted(bare, few):
    left = hidden_by_hand(everything(bare), few, list(FIGURES.values()))
    both, _, number = caught(left, few)
    assert both >= len(few) // 3
    assert number > len(few) // 2


def test_with_control_no_cell_is_found(safe, few):
    figures = everything(safe)
    assert len(figures) > 500
    assert caught(figures, few) == (0, 0, 0)


def test_filters_and_legends_count_no_more_than_is_told(safe):
    """Classes of the map's legend, by which a reader filters and counts, hold withheld cells in one class alone."""
    text = (safe / "map.html").read_text(encoding="utf-8")
    for block in re.findall(r'<script type="application/octet-stream" id="data-\d+">([^<]*)</script>', text):
        columns, _ = unpack(block)
        if "lq" in columns:
            lost = np.isnan(columns["lq"])
            assert lost.any()
            assert len(set(columns["class"][lost])) == 1
            assert len(set(columns["sure"][lost])) == 1


def test_indices_narrow_cells_down_where_the_study_lets_them(folder, safe, few):
    assert everything(safe)["figure"].ne("krugman").all()
    counted = everything(run(folder, "counted", '[disclosure]\nindices = "counted"\n'))
    known, further = knowledge(counted, "employment"), unlikeness(counted)
    near = 0
    for cell in few[few["place"].isin(["M00", "M01"])].itertuples():
        low, _ = ends(known, cells_of(cell.place, cell.sector), further=further)
        near += low > 0.9 * cell.jobs
    # By sums alone each could be none.
    assert near >= 1


def solved(folder):
    """Of cells with three or four establishments, how many sets of sizes the effective number leaves."""
    rows = pd.read_csv(folder / "public_tables" / "towns_lq_quotients.csv")
    rows = rows[rows["establishments"].isin([3, 4]) & rows["effective_plants"].notna()]
    return [
        len(sizes(int(n), int(jobs), round(jobs**2 / effective)))
        for n, jobs, effective in rows[["establishments", "employment", "effective_plants"]].to_numpy()
    ]


def test_effective_establishments_tell_the_size_of_each(bare, safe):
    found = solved(bare)
    assert len(found) > 10
    assert np.mean(np.array(found) == 1) > 0.4
    assert solved(safe) == []
    rows = pd.read_csv(safe / "public_tables" / "towns_lq_quotients.csv")
    told = rows[rows["establishments"].lt(10)]
    assert told.loc[told["establishments"].lt(5), ["low", "high"]].isna().all(axis=None)
    assert told[["p", "q"]].isna().all(axis=None)
    assert (told["effective_plants"].dropna() % 1 == 0).all()
    # Intervals are coarser outwards: they hold what they held.
    whole = pd.read_csv(bare / "public_tables" / "towns_lq_quotients.csv")
    both = told.merge(whole, on=["territory", "sector"], suffixes=("", "_whole")).dropna(subset="low")
    assert (both["low"] <= both["low_whole"]).all()
    assert (both["high"] >= both["high_whole"]).all()


def test_readers_are_sent_to_public_tables(safe):
    rows = pd.DataFrame({"territory": range(1000), "value": 1.0})
    listing = Listing(
        "Long", rows, "tables/long_rows.csv", whole=whole_table("tables/long_rows.csv", kept(safe).plan, "en")
    )
    assert "whole table: public_tables/long_rows.csv" in report([], title="x", listings=[listing])
    internal = replace(listing, whole="")
    assert "whole table is internal: tables/long_rows.csv" in report([], title="x", listings=[internal])


def test_commands_on_a_finished_study_tell_no_more(safe, tmp_path):
    finished = kept(safe)
    made = write_report(finished, tmp_path / "report", copies=Copies(csv=True))
    for file in made["csv"]:
        assert (
            file.read_bytes() == (safe / "public_tables" / file.name).read_bytes() or file.suffix == ".json"
        )
    write_pages(finished, tmp_path / "pages", territories=["M00"])
    page = Tables(), Tables()
    for parser, path in zip(
        page, (tmp_path / "pages" / "M00.html", safe / "profiles" / "M00.html"), strict=True
    ):
        parser.feed(path.read_text(encoding="utf-8"))
    assert page[0].tables == page[1].tables


def test_profiles_of_results_alone_withhold_as_a_study_does(bare, folder, tmp_path):
    """Nobody gives a register, so that the cells themselves stand for it."""
    table = bare / "tables" / "towns_lq_quotients.csv"
    gone = given(str(folder / "towns.gpkg"), [f"location_quotient.quotients={table}"])
    write_pages(gone, tmp_path)
    rows = pd.read_csv(table, dtype={"sector": str}).set_index(["territory", "sector"])
    for page in sorted(tmp_path.glob("M*.html")):
        parser = Tables()
        parser.feed(page.read_text(encoding="utf-8"))
        for head, *body in (t for t in parser.tables if t and {"Sector", "Jobs"} <= set(t[0])):
            for line in body:
                cell = rows.loc[(page.stem, line[head.index("Sector")].split()[0])]
                assert cell["establishments"] >= DisclosureRules.minimum
