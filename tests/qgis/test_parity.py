"""The plugin's numbers are the command line's, to the last digit, in every room and by both roads."""

import csv
import json
import subprocess

import pytest
from conftest import COMARCA, PYTHON, ROOT, Log, context, exported, loaded, opened, rows
from qgis.core import QgsApplication, QgsProcessingUtils, QgsProject, QgsRasterLayer

MARKETS = COMARCA / "labour_markets.gpkg"
TIES = {
    "territories": MARKETS,
    "links": COMARCA / "links.csv",
    "firms": "everyone",  # ties to firms that are not there would be refused
    "institutions": COMARCA / "institutions.gpkg",
    "actions": COMARCA / "actions.csv",
}
# Tool, and what is special about the case: layers of the plugin, other values of the plugin, other outputs of layers.
CASES = {
    "reference_of": {"layers": {"totals": COMARCA / "nation.csv"}},
    "regular_grid": {
        "layers": {"territories": COMARCA / "labour_markets.gpkg"},
        "values": {"cell": 15000.0, "shape": "hexagon"},
    },
    "location_quotient": {
        "layers": {"territories": COMARCA / "labour_markets.gpkg", "firms": "register"},
        "values": {"measure": "employment", "level": 0.9},
        "more": ["areas"],
    },
    "local_moran": {
        "layers": {"territories": COMARCA / "municipalities_2025.gpkg", "firms": "register"},
        "values": {"sector": "01.1", "simulations": 199, "contact": "nearest", "number": 5},
    },
    "road_network": {
        "layers": {"roads": COMARCA / "roads.gpkg"},
        "values": {"junctions": "crossings"},
        "more": ["nodes", "components", "repairs"],
    },
    "districts": {
        "layers": {
            "territories": COMARCA / "labour_markets.gpkg",
            "firms": "register",
            "reference": COMARCA / "nation_sizes.csv",
        },
        "values": {"preset": "boix_unconfirmed", "draws": 5},
        "more": ["evidence"],
    },
    "knowledge_content": {
        "layers": {"territories": COMARCA / "labour_markets.gpkg", "firms": "register"},
        "values": {"level": 0.9},
        "more": ["areas"],
    },
    "benchmark": {
        "layers": {"indicators": COMARCA / "market_indicators.csv"},
        "values": {"territory": "MINV03", "number": 4, "draws": 99},
    },
    "community_of_people": {
        "layers": {
            "territories": COMARCA / "labour_markets.gpkg",
            "places": COMARCA / "municipalities_2025.gpkg",
            "flows": COMARCA / "commuting.csv",
            "counts": COMARCA / "counts_periods.csv",
        },
        "values": {"period": "2021", "outside": "OUTSIDE", "draws": 49},
        "more": ["homes_and_jobs", "division", "figures"],
    },
    "capitals": {
        "layers": {
            "territories": COMARCA / "labour_markets.gpkg",
            "indicators": COMARCA / "market_indicators.csv",
            "assignment": COMARCA / "capitals.csv",
        },
        "values": {"draws": 49},
        "more": ["scores", "normalised", "sensitivity"],
    },
    "disclose": {
        "layers": {"firms": "register", "territories": MARKETS},
        "values": {"verified": 5},
        "more": ["totals", "loss"],
    },
    "innovation_system": {
        "layers": {
            "territories": MARKETS,
            "institutions": COMARCA / "institutions.gpkg",
            "firms": "register",
        },
        "values": {"on": "2025-01-01", "draws": 49},
        "more": ["presence", "gaps", "placed_institutions", "figures"],
    },
    "institutional_thickness": {
        "layers": {
            "territories": MARKETS,
            "institutions": COMARCA / "institutions.gpkg",
            "links": COMARCA / "links.csv",
            "actions": COMARCA / "actions.csv",
            "evidence": COMARCA / "evidence.csv",
        },
        "values": {"on": "2025-01-01"},
        "more": ["figures"],
    },
    "training_match": {
        "layers": {
            "territories": MARKETS,
            "institutions": COMARCA / "institutions.gpkg",
            "firms": "register",
        },
        "values": {"on": "2025-01-01", "draws": 49},
        "more": ["sectors", "fields", "together", "figures"],
    },
    "triple_helix": {
        "layers": {
            "territories": MARKETS,
            "firms": "register",
            "units": COMARCA / "municipalities_2025.gpkg",
        },
        "values": {"draws": 19},
        "more": ["areas", "figures"],
    },
    "actor_network": {
        "layers": TIES,
        "values": {"draws": 19},
        "more": ["whole", "areas", "between", "ties", "actors", "figures"],
    },
    "brokerage": {
        "layers": TIES,
        "values": {"draws": 49},
        "more": ["by_type", "actors", "bodies", "top", "figures"],
    },
    "leader_profile": {
        "layers": {
            "territories": MARKETS,
            "evidence": COMARCA / "evidence.csv",
            "actions": COMARCA / "actions.csv",
            "institutions": COMARCA / "institutions.gpkg",
            "places": COMARCA / "municipalities_2025.gpkg",
        },
        "values": {"draws": 49},
        "more": ["items", "statements", "contradictions", "coding", "spokes", "figures"],
    },
    "action_register": {
        "layers": {
            "actions": COMARCA / "actions.csv",
            "territories": MARKETS,
            "places": COMARCA / "municipalities_2025.gpkg",
        },
        "more": ["budgets", "phase_funders", "years", "areas", "figures"],
    },
    "ladder": {
        "layers": {"territories": MARKETS, "figures": "figures.csv", "evidence": COMARCA / "evidence.csv"},
        "values": {"on": "2025-01-01"},
        "more": ["gate_verdicts", "conditions"],
    },
    "ladder, gates edited": {
        "layers": {
            "territories": MARKETS,
            "figures": "figures.csv",
            "evidence": COMARCA / "evidence.csv",
            "gates": "gates.csv",
        },
        "more": ["gate_verdicts", "conditions"],
    },
    "ladder_gates": {"layers": {}},
    "contrast": {
        "layers": {
            "district_areas": "districts.gpkg",
            "district_evidence": "steps.csv",
            "cluster_evidence": "criteria.csv",
            "evidence": COMARCA / "evidence.csv",
        },
        "more": ["axes", "pieces"],
    },
    "density_surface": {"layers": {"firms": "register"}, "values": {"cell": 2000.0}},
    "zonal_sums": {
        "layers": {
            "grid": COMARCA / "population_1km.tif",
            "territories": COMARCA / "municipalities_2025.gpkg",
        }
    },
}


def called(name):
    return name.partition(",")[0]


def tool_of(name):
    tools = json.loads((ROOT / "geoterritorio" / "tools.json").read_text(encoding="utf-8"))["tools"]
    return next(tool for tool in tools if tool["name"] == called(name))


def test_every_room_has_a_case():
    tools = json.loads((ROOT / "geoterritorio" / "tools.json").read_text(encoding="utf-8"))["tools"]
    assert {tool["group"] for tool in tools} == {tool_of(name)["group"] for name in CASES}


# What other tools make for a case: file, tool, output, layers, and other words.
GROUPS = COMARCA / "industry_groups.csv"
REGISTER = {"territories": MARKETS, "firms": "register"}
MADE = {
    "districts.gpkg": ("districts", "output", REGISTER, ["--preset=istat2006_unconfirmed", "--draws=0"]),
    "steps.csv": ("districts", "evidence", REGISTER, ["--preset=istat2006_unconfirmed", "--draws=0"]),
    "criteria.csv": ("clusters", "evidence", REGISTER, [f"--definitions={GROUPS}", "--simulations=0"]),
    "figures.csv": ("actor-network", "figures", TIES, ["--draws=19"]),
    "gates.csv": ("ladder-gates", "output", {}, []),
}
EASIER = 0.001  # what every threshold of an edited table of gates asks for at least


@pytest.fixture(scope="session")
def found_at(tmp_path_factory, register):
    """Where a layer of a case is: as it stands, the register, all establishments, or what another tool makes, once."""
    folder = tmp_path_factory.mktemp("made")

    def find(place):
        if place == "register" or not isinstance(place, str):
            return register if place == "register" else place
        path = folder / (f"{place}.gpkg" if place == "everyone" else place)
        if path.exists():
            return path
        if place == "everyone":
            code = (
                "import sys, geopandas as g; g.read_parquet(sys.argv[1]).to_file(sys.argv[2], layer='firms')"
            )
            compute("-c", code, COMARCA / "firms.parquet", path)
            return path
        tool, output, layers, more = MADE[place]
        words = ["-m", "geoterritorio", tool, f"--{output}", path, *more]
        for key, given in layers.items():
            words += [f"--{key}", find(given)]
        words += [] if output == "output" else ["--output", folder / f"{place}.gpkg"]
        compute(*words)
        if place == "gates.csv":
            edit(path)
        return path

    return find


def compute(*words):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    command = [PYTHON, *map(str, words)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def edit(path):
    """The proposed gates with lower thresholds, as people write them with a spreadsheet."""
    with path.open(encoding="utf-8", newline="") as file:
        gates = [*csv.DictReader(file)]
    for row in gates:
        row["version"] = "office 1"
        if row["looks_at"] == "figure":
            row.update(comparison="≥", threshold=str(EASIER))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, gates[0])
        writer.writeheader()
        writer.writerows(gates)


@pytest.fixture(scope="session")
def told(tmp_path_factory, found_at):
    """What the command line makes of a case: folder and last message; each is run once."""
    made = {}

    def tell(name):
        if name not in made:
            made[name] = _told(name, tmp_path_factory.mktemp(name), found_at)
        return made[name]

    return tell


def _told(name, folder, found_at):
    case, tool = CASES[name], tool_of(name)
    words = ["-m", "geoterritorio", called(name).replace("_", "-"), "--progress", "json"]
    for key, place in case["layers"].items():
        words += [f"--{key.replace('_', '-')}", str(found_at(place))]
    words += [f"--{key}={value}" for key, value in case.get("values", {}).items()]
    first, *_ = [o for o in tool["outputs"] if o["type"] == "layer"]
    suffix = "tif" if first["geometry"] == ["raster"] else "fgb"
    words += ["--output", str(folder / f"{first['name']}.{suffix}")]
    for output in case.get("more", ()):
        words += [f"--{output.replace('_', '-')}", str(folder / f"{output}.fgb")]
    return folder, json.loads(compute(*words).splitlines()[-1])


@pytest.fixture
def values(provider, register, found_at, qgis_new_project):
    """Values of the plugin for a case."""

    def make(name, destination="memory:"):
        case, tool = CASES[name], tool_of(name)
        found = {}
        for key, place in case["layers"].items():
            source = found_at(place)
            source = f"{source}|layername=firms" if place in ("register", "everyone") else source
            found[key.upper()] = loaded(source, key).id()
        options = {p["name"]: p.get("options") for p in tool["parameters"]}
        for key, value in case.get("values", {}).items():
            found[key.upper()] = options[key].index(value) if options[key] else value
        first, *_ = [o["name"] for o in tool["outputs"] if o["type"] == "layer"]
        wanted = [first, *case.get("more", ())]
        return {**found, **{output.upper(): destination for output in wanted}}, wanted

    return make


def algorithm(name):
    return QgsApplication.processingRegistry().createAlgorithmById(f"geoterritorio:{called(name)}")


@pytest.mark.parametrize("name", [n for n in CASES if n != "density_surface"])
def test_layers_and_tables(told, values, name, route):
    folder, _ = told(name)
    asked, wanted = values(name)
    log, where = Log(), context()
    results, fine = algorithm(name).run(asked, where, log)
    assert fine, log.said
    for output in wanted:
        mine = rows(QgsProcessingUtils.mapLayerFromString(results[output.upper()], where))
        theirs = rows(folder / f"{output}.fgb")
        assert mine[0] == theirs[0]
        assert mine[1] == theirs[1]
        assert mine[1]
    files = {key for key, place in CASES[name]["layers"].items() if not str(place).endswith(".csv")}
    # Rasters are given as they are.
    given = {key for key, place in CASES[name]["layers"].items() if not str(place).endswith(".tif")}
    assert len(exported(log)) == len(given if route == "export" else given - files)


def test_edited_gates_change_the_ladder(told):
    """A table of gates that a person has edited is the one that is used, and says so."""
    proposed, edited = (rows(told(name)[0] / "conditions.fgb") for name in ("ladder", "ladder, gates edited"))
    at = proposed[0].index("version")
    versions = [{row[at] for row in found[1]} for found in (proposed, edited)]
    assert "office 1" in versions[1]
    assert "office 1" not in versions[0]
    met = [sum(row[proposed[0].index("passed")] == "yes" for row in found[1]) for found in (proposed, edited)]
    assert met[1] > met[0]


def test_a_raster_and_a_number(told, values, here, route):
    folder, message = told("density_surface")
    asked, _ = values("density_surface", str(here / "densidad ñ.tif"))
    results, fine = algorithm("density_surface").run(asked, context(), Log())
    assert fine
    assert results["BANDWIDTH"] == message["values"]["bandwidth"]
    mine, theirs = (cells(path) for path in (results["SURFACE"], folder / "surface.tif"))
    assert mine == theirs
    assert route


def test_a_raster_goes_in_and_its_layers_come_out(provider, qgis_new_project):
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pyflwdir') is None)"
    equipped = subprocess.run([PYTHON, "-c", code], check=False).returncode == 0
    layer = QgsRasterLayer(str(COMARCA / "elevation_200m.tif"), "relieve ñ")
    QgsProject.instance().addMapLayer(layer)
    log, where = Log(), context()
    outputs = dict.fromkeys(("BASINS", "STREAMS", "REPORT"), "memory:")
    asked = {"ELEVATION": layer.id(), "MIN_AREA": 100.0, **outputs}
    results, fine = algorithm("natural_basins").run(asked, where, log)
    if not equipped:
        assert not fine
        assert any("pip install pyflwdir" in text for _, text in log.said)
        return
    assert fine, log.said
    basins, streams, report = (
        QgsProcessingUtils.mapLayerFromString(results[name], where) for name in outputs
    )
    assert basins.featureCount() == next(report.getFeatures())["basins"]
    assert streams.featureCount() > basins.featureCount()


def cells(path):
    layer = QgsRasterLayer(str(path), "cells")
    assert layer.isValid()
    provider = layer.dataProvider()
    block = provider.block(1, layer.extent(), layer.width(), layer.height())
    return (
        layer.crs().authid(),
        layer.extent().toString(6),
        layer.width(),
        layer.height(),
        bytes(block.data()),
    )


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_plot(values, here, suffix):
    asked, _ = values("location_quotient")
    picture = here / f"dibujo ñ.{suffix}"
    asked.update(PLOT=str(picture), PLOT_KIND=1, AREAS=None)
    results, fine = algorithm("location_quotient").run(asked, context(), Log())
    assert fine
    assert results["PLOT"] == str(picture)
    assert picture.read_bytes()[:4] in {b"\x89PNG", b"<?xm"}


def test_rasters_are_geotiffs_and_nothing_else(values, tmp_path):
    asked, _ = values("density_surface", str(tmp_path / "x.asc"))
    fine, why = algorithm("density_surface").checkParameterValues(asked, context())
    assert not fine
    assert "asc" in why


def test_words_of_the_log_can_be_repeated(values, told, tmp_path):
    """The shown command, with its own output, gives the same rows."""
    asked, _ = values("regular_grid")
    log, where = Log(), context()
    results, fine = algorithm("regular_grid").run(asked, where, log)
    assert fine
    import shlex

    words = shlex.split(log.of("command")[0])
    words[words.index("--output") + 1] = str(tmp_path / "again.fgb")
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    subprocess.run(words, env=environment, check=True, capture_output=True)
    again = rows(tmp_path / "again.fgb")
    assert again == rows(QgsProcessingUtils.mapLayerFromString(results["OUTPUT"], where))
    assert again == rows(opened(told("regular_grid")[0] / "output.fgb"))
