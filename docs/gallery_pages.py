"""The page of plots: every kind of picture, drawn by the command that stands above it from the sample data."""

from __future__ import annotations

import hashlib
import io
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from PIL import Image

from geoterritorio.interface.cli import main
from geoterritorio.registry import descriptions

ROOT = Path(__file__).resolve().parents[1]
_WIDTH = 1140  # pixels of a picture
_COMARCA = "--territories sample_data/comarca/labour_markets.gpkg"
_REGISTER = f"{_COMARCA} --firms sample_data/comarca/firms.parquet"
_YEARS = f"{_COMARCA} --counts sample_data/comarca/counts_periods.csv"
_BASINS = "natural-basins --elevation sample_data/comarca/elevation_200m.tif --min-area 100"
_HISTORY = "--territories sample_data/comarca/municipalities.gpkg"
_TODAY = "sample_data/comarca/municipalities_2025.gpkg"
_FLOWS = f"--territories {_TODAY} --flows sample_data/comarca/commuting.csv --period 2021 --outside OUTSIDE"
_MOVED = (
    "--source sample_data/comarca/municipalities.gpkg?on=1983-01-01 "
    f"--target {_TODAY} --grid sample_data/comarca/population_1km.tif"
)
_CELLS = (
    f"regular-grid {_COMARCA} --cell 10000 --output cells.gpkg && transfer --source {_TODAY} --target cells.gpkg "
    "--figures sample_data/comarca/inhabitants_2021.csv --figures-territory place --figures-value population "
    "--grid sample_data/comarca/population_1km.tif"
)
_BODIES = "--institutions sample_data/comarca/institutions.gpkg --on 2025-01-01"
_NATION = "--reference sample_data/comarca/nation.csv"
_GROUPS = "--definitions sample_data/comarca/industry_groups.csv"
_DISTRICTS = (
    f"districts {_REGISTER} --reference sample_data/comarca/nation_sizes.csv --preset istat2006_unconfirmed"
)
_CLUSTERS = (
    f"clusters {_REGISTER} {_NATION} {_GROUPS} --institutions sample_data/comarca/institutions.gpkg "
    "--links sample_data/comarca/links.csv --simulations 39"
)
_COMMUNITY = (
    "community-of-people --territories sample_data/comarca/labour_markets.gpkg "
    "--places sample_data/comarca/municipalities_2025.gpkg --flows sample_data/comarca/commuting.csv --period 2021 "
    "--outside OUTSIDE --counts sample_data/comarca/counts_periods.csv"
)
_CODED = (
    "leader-profile --territories sample_data/comarca/labour_markets.gpkg --evidence sample_data/comarca/evidence.csv "
    "--actions sample_data/comarca/actions.csv --institutions sample_data/comarca/institutions.gpkg "
    "--places sample_data/comarca/municipalities_2025.gpkg"
)
_ACTORS = (
    "--territories sample_data/comarca/labour_markets.gpkg --links sample_data/comarca/links.csv "
    "--firms sample_data/comarca/firms.parquet --institutions sample_data/comarca/institutions.gpkg "
    "--actions sample_data/comarca/actions.csv"
)
_CONTRAST = (
    f"{_DISTRICTS} --draws 0 --output districts.gpkg --evidence steps.csv && "
    f"{_CLUSTERS} --output clusters.gpkg --evidence criteria.csv && "
    "contrast --district-areas districts.gpkg --district-evidence steps.csv --cluster-evidence criteria.csv"
)
_ACTIONS = (
    "action-register --actions sample_data/comarca/actions.csv --territories sample_data/comarca/labour_markets.gpkg "
    "--places sample_data/comarca/municipalities_2025.gpkg"
)
_LADDER = (
    f"{_CONTRAST} --output readings.gpkg && {_ACTIONS} --output actions.gpkg --figures figures.csv && "
    "ladder --territories sample_data/comarca/labour_markets.gpkg --figures figures.csv --readings readings.gpkg "
    "--evidence sample_data/comarca/evidence.csv"
)
_FRICTION = (
    "friction-surface --elevation sample_data/comarca/elevation_200m.tif --roads sample_data/comarca/roads.gpkg "
    "--sea-level 0 --output friction.tif"
)
_CENTRES = (
    "--friction friction.tif --sources 'sample_data/comarca/institutions.gpkg?on=2025-12-31' "
    "--sources-centre institution"
)
_HELSINKI = "--firms sample_data/helsinki/establishments.gpkg --firms-firm osm_id --firms-sector group"
_REACH = (
    "reach --centres sample_data/comarca/institutions.gpkg --centres-centre institution "
    "--firms sample_data/comarca/firms.parquet --roads sample_data/comarca/roads.gpkg "
    f"{_COMARCA} --on 2025-12-31 --max-distance 10000 --walking-speed 30 --main-only"
)
# Files without a folder: what the commands make.
_MADE = re.compile(r"[a-z]+\.(csv|gpkg|png|tif)")
# The CSV file has its coordinates, the institutions count one each.
_DEMAND = (
    "--demand 'sample_data/comarca/inhabitants_2021.csv?crs=EPSG:25830' "
    "--supply 'sample_data/comarca/institutions.gpkg?on=2025-12-31' --supply-centre institution"
)
_OFFERED = (
    "--centres 'sample_data/comarca/institutions.gpkg?on=2025-12-31' --centres-centre institution "
    "--territories sample_data/comarca/municipalities_2025.gpkg"
)
# Kind of picture, and the command without its picture; few random tables, since the page is drawn at every build.
PICTURES: tuple[tuple[str, str], ...] = (
    ("forest", f"location-quotient {_REGISTER} --reference sample_data/comarca/nation.csv"),
    ("bubbles", f"location-quotient {_REGISTER} --reference sample_data/comarca/nation.csv"),
    ("concentration", f"locational-gini {_REGISTER} --replicates 49"),
    ("lorenz", f"locational-gini {_REGISTER} --replicates 49"),
    ("dartboard", f"ellison-glaeser {_REGISTER}"),
    (
        "network",
        (
            "sector-relatedness --territories sample_data/comarca/municipalities_2025.gpkg "
            "--firms sample_data/comarca/firms.parquet"
        ),
    ),
    ("ranking", f"complexity {_REGISTER} --reference sample_data/comarca/nation.csv --replicates 50"),
    ("sector_ranking", f"fitness {_REGISTER} --reference sample_data/comarca/nation.csv"),
    ("components", f"shift-share {_YEARS} --method arcelus"),
    ("steps", f"shift-share {_YEARS} --method dynamic"),
    ("lorenz", "disparities --indicators sample_data/comarca/indicators.csv --replicates 99"),
    ("bands", f"k-density {_HELSINKI} --simulations 39"),
    ("contributions", f"m-function {_HELSINKI} --simulations 39 --plot-focus office"),
    (
        "surface",
        (
            "density-surface --firms sample_data/comarca/firms.parquet "
            "--territories sample_data/comarca/municipalities_2025.gpkg --sector 15.2"
        ),
    ),
    (
        "isochrone_map",
        (
            "isochrones --origins sample_data/helsinki/groceries.gpkg --origins-centre name "
            "--roads sample_data/helsinki/streets.gpkg --budgets '2; 4; 6' --default-speed 4.8 --no-oneways "
            "--main-only --direction to --radius 25 --per-origin none"
        ),
    ),
    ("reach_bars", _REACH),
    ("reach_map", f"{_REACH} --plot-focus higher_education"),
    (
        "reach_map_residents",
        f"{_REACH} --population 'sample_data/comarca/inhabitants_2021.csv?crs=EPSG:25830' --plot-focus chamber",
    ),
    (
        "network_map",
        "road-network --roads sample_data/helsinki/streets.gpkg --roads-oneway oneway --default-speed 30",
    ),
    (
        "cost_curves",
        (
            "travel-costs --origins sample_data/comarca/municipalities_2025.gpkg --origins-centre territory "
            "--destinations sample_data/comarca/institutions.gpkg --destinations-centre institution "
            "--roads sample_data/comarca/roads.gpkg --max-distance 10000 --walking-speed 30"
        ),
    ),
    ("clumped", "clumps --firms sample_data/comarca/firms.parquet --sector 15.2"),
    ("markets", f"labour-markets {_FLOWS}"),
    ("market_places", f"labour-market-stability {_FLOWS} --draws 20 --sampled 0.05"),
    ("market_flows", f"market-network {_FLOWS} --areas sample_data/comarca/labour_markets.gpkg --draws 19"),
    ("communities", f"flow-communities {_FLOWS}"),
    (
        "agreement",
        (
            f"flow-communities {_FLOWS} --resolution 3 --output communities.gpkg && division-agreement "
            f"--territories {_TODAY} --first sample_data/comarca/labour_markets.gpkg --second communities.gpkg"
        ),
    ),
    ("faults", "history-checks --history sample_data/comarca/municipalities.gpkg"),
    ("in_force", f"as-of {_HISTORY} --day 1990-01-01"),
    ("lineages", f"lineage {_HISTORY}"),
    ("divided", f"crosswalk {_MOVED}"),
    ("estimates", _CELLS),
    ("certainty", _CELLS),
    (
        "panel",
        (
            f"harmonised-panel {_HISTORY} --figures sample_data/comarca/residents_jobs.csv "
            "--figures-value jobs --day 2025-01-01 --grid sample_data/comarca/population_1km.tif"
        ),
    ),
    ("basins", _BASINS),
    (
        "borders",
        (
            f"{_BASINS} --output basins.gpkg && {_FRICTION} && allocation --friction friction.tif "
            "--sources 'sample_data/comarca/market_towns.csv?crs=EPSG:25830' --sources-centre town "
            "--basins travel.gpkg && limit-agreement --travel travel.gpkg "
            "--territories sample_data/comarca/municipalities_2025.gpkg "
            "--functional sample_data/comarca/labour_markets.gpkg --natural basins.gpkg"
        ),
    ),
    (
        "urban_areas",
        (
            "functional-urban-areas --territories sample_data/comarca/municipalities_2025.gpkg "
            "--flows sample_data/comarca/commuting.csv --period 2021 --outside OUTSIDE "
            "--grid sample_data/comarca/population_1km.tif --density 1000 --min-population 5000"
        ),
    ),
    ("district_map", f"districts {_REGISTER} --preset istat2006_unconfirmed"),
    ("district_evidence", _DISTRICTS),
    ("group_network", f"cluster-groups {_REGISTER} --method louvain"),
    ("cluster_map", _CLUSTERS),
    ("cluster_evidence", _CLUSTERS),
    ("cluster_ratings", f"cluster-stars {_YEARS} {_GROUPS} {_NATION}"),
    ("strong_map", f"strong-clusters {_REGISTER} {_GROUPS} {_NATION}"),
    ("institution_matrix", f"innovation-system {_REGISTER} {_BODIES}"),
    (
        "thickness_parts",
        (
            f"institutional-thickness {_COMARCA} {_BODIES} --links sample_data/comarca/links.csv "
            "--actions sample_data/comarca/actions.csv"
        ),
    ),
    ("training_bars", f"training-match {_REGISTER} {_BODIES}"),
    (
        "helix_bars",
        f"triple-helix {_REGISTER} --units sample_data/comarca/municipalities_2025.gpkg --draws 99",
    ),
    ("knowledge_shares", f"knowledge-content {_REGISTER} {_NATION}"),
    ("ties_map", f"actor-network {_ACTORS} --draws 19"),
    ("local_and_outward", f"actor-network {_ACTORS} --draws 199"),
    ("broker_roles", f"brokerage {_ACTORS} --draws 199"),
    ("contrast_matrix", _CONTRAST),
    ("contrast_map", _CONTRAST),
    (
        "beside_peers",
        (
            "benchmark --indicators sample_data/comarca/market_indicators.csv --territory MINV06 --number 5 "
            "--territories sample_data/comarca/labour_markets.gpkg"
        ),
    ),
    ("homes_and_jobs_map", _COMMUNITY),
    ("division_change", _COMMUNITY),
    (
        "capitals_matrix",
        (
            "capitals --territories sample_data/comarca/labour_markets.gpkg "
            "--indicators sample_data/comarca/market_indicators.csv --assignment sample_data/comarca/capitals.csv"
        ),
    ),
    ("rated_items", _CODED),
    ("coders_agree", _CODED),
    ("action_shares", _CODED),
    ("evidence_map", _CODED),
    ("action_timeline", _ACTIONS),
    ("action_budgets", _ACTIONS),
    ("ladder_matrix", _LADDER),
    ("ladder_map", _LADDER),
    (
        "spots",
        (
            "hotspots --territories sample_data/comarca/municipalities_2025.gpkg "
            "--firms sample_data/comarca/firms.parquet --sector 15.2 --simulations 999"
        ),
    ),
    ("pairs", f"colocation-quotient {_HELSINKI} --simulations 199"),
    ("around", f"colocation-quotient {_HELSINKI} --sector office --neighbours shop --simulations 199"),
    ("reach", f"{_FRICTION} && cost-distance {_CENTRES}"),
    ("travel_basins", f"{_FRICTION} && allocation {_CENTRES}"),
    ("area_map", f"service-areas {_OFFERED} --distances '2000; 5000' --overlap dissolve"),
    (
        "area_map",
        f"nearest-areas {_OFFERED} --by road --roads sample_data/comarca/roads.gpkg --walking-speed 30",
    ),
    ("access_map", f"floating-catchments {_DEMAND} --variant e2sfca --within 20000"),
    (
        "access_lorenz",
        (
            f"floating-catchments {_DEMAND} --variant e2sfca --within 20000 --output access.gpkg && "
            "access-inequality --access access.gpkg"
        ),
    ),
    (
        "zonal_map",
        (
            "zonal-sums --grid sample_data/comarca/population_1km.tif "
            "--territories sample_data/comarca/municipalities_2025.gpkg"
        ),
    ),
    (
        "path_map",
        (
            f"{_FRICTION} && least-cost-paths --friction friction.tif "
            "--origins sample_data/comarca/municipalities_2025.gpkg --origins-centre territory "
            "--destinations sample_data/comarca/institutions.gpkg --destinations-centre institution"
        ),
    ),
    (
        "break_map",
        (
            "break-points --centres 'sample_data/comarca/inhabitants_2021.csv?crs=EPSG:25830' "
            "--centres-centre place --centres-capacity population"
        ),
    ),
    ("potential_map", f"gravity-access {_DEMAND} --decay exponential --half 5000 --within 20000"),
    ("availability_map", f"spatial-availability {_DEMAND} --within 12000"),
    ("opportunity_map", f"opportunities-within {_DEMAND} --budgets '5000; 10000; 20000'"),
    ("cost_map", f"rational-agent-access {_DEMAND} --tau 20000 --within 100000"),
    (
        "one_more_map",
        (
            "one-more-centre --centres sample_data/comarca/institutions.gpkg --centres-centre institution "
            "--candidates sample_data/comarca/municipalities_2025.gpkg --candidates-centre territory "
            "--firms sample_data/comarca/firms.parquet --roads sample_data/comarca/roads.gpkg "
            "--kind transfer --budget 15 --number 3"
        ),
    ),
    ("market_area_map", f"huff-shares {_DEMAND} --within 40000 --least 1000"),
)


def write_gallery(folder: Path) -> None:
    """Write the page and its pictures; what neither the package nor the samples have changed is left alone."""
    made = folder / "made.txt"
    state = _state()
    if made.exists() and made.read_text(encoding="utf-8") == state:
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.md").write_text("\n".join(_page(folder)) + "\n", encoding="utf-8")
    made.write_text(state, encoding="utf-8")


def _state() -> str:
    """Hash of all that the pictures depend on."""
    digest = hashlib.sha256(repr(PICTURES).encode())
    files = [*ROOT.glob("geoterritorio/**/*.py"), *ROOT.glob("sample_data/**/*.*"), Path(__file__)]
    for path in sorted(p for p in files if p.is_file()):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _page(folder: Path) -> Iterator[str]:
    yield "# A page of plots\n"
    yield (
        "Every kind of picture, with the command that draws it from the sample data (the comarca is invented; "
        "Helsinki: © OpenStreetMap contributors, ODbL 1.0). `--plot` names the file (`.png`, `.svg` or `.pdf`), "
        "`--plot-kind` the kind where a tool has several, `--plot-focus` what to look at "
        "(the help of each command says what that can be), "
        "`--lang es` the language. A study draws all pictures of its steps. Random tables are few here, so that "
        "the page is built fast: leave the option out for the usual number.\n"
    )
    for kind, command in PICTURES:
        yield from _entry(kind, command, folder)


def _entry(kind: str, command: str, folder: Path) -> Iterator[str]:
    """Heading, command, picture and how it is read."""
    # What a first command makes goes into the second.
    tool = command.rpartition("&& ")[2].partition(" ")[0]
    plots = {t["name"].replace("_", "-"): {p["name"]: p for p in t["plots"]} for t in descriptions().values()}
    told = plots[tool][kind]
    name = f"{tool}-{kind.replace('_', '-')}"
    chosen = f" --plot-kind {kind.replace('_', '-')}" if len(plots[tool]) > 1 else ""
    _draw(f"{command}{chosen}", folder / f"{name}.webp")
    lines = f"geoterritorio {command} --plot {name}.png{chosen}".replace(" --", " \\\n    --")
    lines = lines.replace("&& ", "&&\ngeoterritorio ")
    yield f"## {told['title']} ({tool})\n"
    yield f"{told['help']}\n"
    yield f"```{{image}} {name}.webp\n:alt: {told['title']}\n:width: 100%\n```\n"
    yield f"```console\n{lines}\n```\n"
    links = [f"[{other}](../reference/tools/{other}.md)" for other in plots if kind in plots[other]]
    yield f"Drawn by: {', '.join(links)}.\n"


def _draw(command: str, path: Path) -> None:
    """Picture of a command, run as a reader would from the folder of the project."""
    with tempfile.TemporaryDirectory() as folder, chdir(ROOT), redirect_stderr(io.StringIO()) as said:
        for part in f"{command} --plot plot.png".split(" && "):
            words = [f"{folder}/{w}" if _MADE.fullmatch(w) else w for w in shlex.split(part)]
            with redirect_stdout(said):
                code = main(words)
            if code != 0:
                raise RuntimeError(said.getvalue())
        _lean(Path(folder, "plot.png"), path)


def _lean(drawn: Path, path: Path) -> None:
    """The picture as wide as one and a half pages, a fifth of the bytes: the plugin carries all of them."""
    with Image.open(drawn) as picture:
        picture.thumbnail((_WIDTH, 4 * _WIDTH), Image.Resampling.LANCZOS)
        picture.convert("RGB").save(path, "WEBP", quality=80, method=6)
