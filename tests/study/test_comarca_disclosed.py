"""The sample's studies with disclosure control come to their end, and what others have holds no confidential cell."""

import re
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from attacked import Tables

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.assignment import assign
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.webmap.codec import unpack
from geoterritorio.study.handed_on import hand_on
from geoterritorio.study.pipeline import run_study

COMARCA = Path(__file__).parents[2] / "sample_data" / "comarca"
# Fifteen sectors of 268, so that it takes seconds; every kind of tool of the two studies is there but those below.
SECTORS = ("10.3", "10.5", "10.7", "14.1", "15.1", "15.2", "23.3", "23.4", "25.6", "28.2")
SECTORS += ("43.2", "47.7", "56.1", "62.0", "85.3")
LEFT_OUT = {
    # A register of its own, of which nothing but faults is told; pairs of establishments take longest.
    "study": ("quality", "plants_together", "market_stability", "jobs_panel", "soundness", "lineage"),
    "innovation": (),
}
SHOWN = {
    "study": '["drawn_markets.areas", "drawn_network.links", "districts.areas", "reach.lines"]',
    "innovation": '["districts.areas", "actions.register", "network.between"]',
}


def folder_of(name, place):
    """The sample's files with fewer sectors, and its study without the reason for which nothing is withheld."""
    for path in COMARCA.iterdir():
        if path.suffix in {".gpkg", ".csv", ".tif", ".parquet"}:
            (place / path.name).symlink_to(path)
    for file in ("firms.parquet", "counts_periods.csv"):
        (place / file).unlink()
    firms = gpd.read_parquet(COMARCA / "firms.parquet")
    firms[firms["sector"].isin(SECTORS)].to_parquet(place / "firms.parquet")
    counts = pd.read_csv(COMARCA / "counts_periods.csv", dtype=str)
    counts[counts["sector"].isin(SECTORS)].to_csv(place / "counts_periods.csv", index=False)
    text = (COMARCA / f"{name}.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^\[disclosure\]\noff = .*$", "", text)
    text = re.sub(r"(?m)^show = \[\"establish.*$", "", text)
    text = re.sub(r"(?m)^show = .*$", f"show = {SHOWN[name]}", text)
    text = re.sub(r"(?m)^history = .*$", "", text) if "jobs_panel" in LEFT_OUT[name] else text
    text = re.sub(r"(?m)^(draws|simulations) = \d+$", r"\1 = 19", text)
    for block in (*(f"steps.{s}" for s in LEFT_OUT[name]), "layers.register", "layers.published_counts"):
        text = re.sub(rf"(?ms)^\[{re.escape(block)}\]\n.*?(?=^\[|^#)", "", text)
    for step in LEFT_OUT[name]:
        text = re.sub(rf'(?m)^  "{step}\..*\n', "", text)
    # The last view of the story is of a step that is left out.
    views = text.split("[[map.story]]")
    text = "[[map.story]]".join(v for v in views if "jobs_panel" not in v)
    text += "\n[report]\n" if "[report]" not in text else ""
    (place / f"{name}.toml").write_text(text.replace("[report]\n", "[report]\nexcel = true\ncsv = true\n"))
    return place / f"{name}.toml"


@pytest.fixture(scope="module", params=["study", "innovation"])
def run(request, tmp_path_factory):
    """A finished study, what it warned of, and copies of what others may have."""
    place = tmp_path_factory.mktemp(request.param)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", GeoterritorioWarning)
        made = run_study(folder_of(request.param, place), place / "made")
    hand_on(place / "made", place / "others")
    texts = [str(w.message) for w in warned if issubclass(w.category, GeoterritorioWarning)]
    return request.param, made["report"].parent, place / "others", texts


def test_the_study_comes_to_its_end_and_withholds(run):
    _, inside, others, _ = run
    for name in ("map.html", "report.html", "report.es.html", "project.gpkg", "public_tables.xlsx"):
        assert (others / name).is_file()
    log = pd.read_csv(inside / "log" / "disclosure.csv")
    assert log["reason"].eq("confidential").any()
    assert log["reason"].eq("verdicts").any()


def test_readers_are_told_that_verdicts_are_withheld_and_of_the_cure(run):
    _, _, others, _ = run
    for name, words in (
        ("report.html", "verdicts that follow"),
        ("report.es.html", "veredictos que se siguen"),
    ):
        text = re.sub(r"\s+", " ", (others / name).read_text(encoding="utf-8"))
        assert words in text


def test_views_of_withheld_figures_are_left_out_with_a_warning(run):
    name, _, others, warned = run
    views = [w for w in warned if w.startswith("map.story")]
    if name == "study":
        assert views
        assert all("withheld" in w for w in views)
    assert (others / "map.html").stat().st_size > 10_000


# Cells that nobody may find ---------------------------------------------------------------------------------------


def confidential():
    """Jobs of cells of one or two establishments of the sample, by municipality or labour market and sector."""
    firms = gpd.read_parquet(COMARCA / "firms.parquet")
    firms = firms[firms["sector"].isin(SECTORS)]
    found = []
    for file in ("municipalities_2025.gpkg", "labour_markets.gpkg"):
        areas = gpd.read_file(COMARCA / file)
        areas = areas.rename(columns={"code": "territory"}) if "territory" not in areas else areas
        place = assign(firms.to_crs(areas.crs), areas).territory
        cells = firms.groupby([place.rename("territory"), "sector"])["employment"].agg(["sum", "size"])
        found.append(cells)
    cells = pd.concat(found)
    return cells[cells["size"].lt(DisclosureRules.minimum)]["sum"]


def tables(others):
    """Every table of every published file."""
    for file in sorted((others / "public_tables").glob("*.csv")):
        yield file.name, pd.read_csv(file, dtype=str)
    book = openpyxl.load_workbook(others / "public_tables.xlsx", read_only=True)
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows(values_only=True))
        width = max(map(len, rows))
        yield sheet.title, pd.DataFrame([(*r, *[None] * (width - len(r))) for r in rows])
    for layer in pyogrio.list_layers(others / "project.gpkg")[:, 0]:
        yield layer, pyogrio.read_dataframe(others / "project.gpkg", layer=layer, read_geometry=False)
    for page in sorted(others.rglob("*.html")):
        parser = Tables()
        parser.feed(page.read_text(encoding="utf-8"))
        for rows in parser.tables:
            if rows:
                yield page.name, pd.DataFrame([r for r in rows if len(r) == len(rows[0])])


def of_cells(rows, codes):
    """Rows of a table in which a territory and a sector stand, as both and all other values of the row."""
    values = rows.astype(object).where(rows.notna(), "").astype(str)
    first = values.apply(lambda column: [(text.split() or [""])[0] for text in column])
    for (_, row), (_, head) in zip(values.iterrows(), first.iterrows(), strict=True):
        where, what = set(row) & codes[0], set(head) & codes[1]
        if len(where) == 1 and len(what) == 1:
            yield where.pop(), what.pop(), row


def test_no_published_table_has_figures_of_a_confidential_cell(run):
    _, _, others, _ = run
    secret = confidential()
    codes = set(secret.index.get_level_values(0)), set(secret.index.get_level_values(1))
    looked, found = 0, []
    for name, rows in tables(others):
        for where, what, row in of_cells(rows, codes):
            looked += 1
            jobs = secret.get((where, what))
            if jobs is not None and jobs > 2 and {f"{jobs:.0f}", f"{jobs:.1f}"} & set(row):
                found.append((name, where, what, jobs))
    assert looked > 100
    assert not found


def test_no_block_of_the_map_has_figures_of_a_confidential_cell(run):
    name, _, others, _ = run
    secret = confidential()
    text = (others / "map.html").read_text(encoding="utf-8")
    looked = 0
    for block in re.findall(r'<script type="application/octet-stream" id="data-\d+">([^<]*)</script>', text):
        columns, texts = unpack(block)
        if "lq" not in columns:
            continue
        at = pd.MultiIndex.from_product([texts["sectors"], texts["ids"]]).swaplevel()
        of_few = at.isin(secret.index)
        for column in ("lq", "employment", "establishments", "low", "high"):
            if column in columns and len(columns[column]) == len(at):
                looked += of_few.sum()
                assert np.isnan(columns[column][of_few]).all()
    assert looked or name == "innovation"


# Verdicts ---------------------------------------------------------------------------------------------------------


def test_no_verdict_is_told_of_a_market_with_a_withheld_cell(run):
    """Each would bound a withheld figure from one side: a main industry has more jobs than any other."""
    _, inside, others, _ = run
    rows = pyogrio.read_dataframe(others / "project.gpkg", layer="districts_areas", read_geometry=False)
    whole = pyogrio.read_dataframe(inside / "study.gpkg", layer="districts_areas", read_geometry=False)
    assert whole["main_industry"].notna().any()
    secret = set(confidential().index.get_level_values(0))
    assert rows["territory"].isin(secret).any()
    told = [c for c in ("verdict", "main_industry", "weakest") if c in rows]
    assert rows.loc[rows["territory"].isin(secret), told].isin(["withheld"]).all(axis=None)


def test_no_withheld_verdict_is_counted_as_none(run):
    """That none of twelve is a district would be false where all twelve are withheld."""
    _, _, others, _ = run
    for file, words, none in (
        ("report.html", "neither a yes nor a no", "None is an industrial district"),
        ("report.es.html", "ni un sí ni un no", "Ningún distrito industrial"),
    ):
        text = re.sub(r"\s+", " ", (others / file).read_text(encoding="utf-8"))
        assert words in text
        assert none not in text


def test_no_threshold_is_told_that_is_a_figure_of_one_territory(run):
    name, inside, others, _ = run
    if name == "innovation":
        return
    whole = pd.read_csv(inside / "tables" / "stars_evidence.csv")
    told = pyogrio.read_dataframe(others / "project.gpkg", layer="stars_evidence", read_geometry=False)
    assert whole["threshold"].notna().any()
    assert "threshold" not in told or told["threshold"].isna().all()


def test_first_industries_follow_from_what_is_told(run):
    """The first of all would bound what is withheld: it is found among the rows that are told."""
    name, _, others, _ = run
    if name == "innovation":
        return
    cells = pd.read_csv(others / "public_tables" / "markets_lq_quotients.csv", dtype={"sector": str})
    rows = pyogrio.read_dataframe(others / "project.gpkg", layer="markets_lq_areas", read_geometry=False)
    first = cells.dropna(subset="excess").sort_values(["excess", "sector"], ascending=[False, True])
    first = first.drop_duplicates("territory").set_index("territory")["sector"]
    if first.empty:
        # Of so few sectors no quotient may be left.
        assert rows["sector"].isna().all()
        return
    found = rows.set_index("territory")["sector"].astype(str).str.split().str[0]
    assert (found.reindex(first.index) == first).all()
