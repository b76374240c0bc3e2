"""Where every figure of a study comes from: versions, inputs and their hashes, rules, products."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import shapely

from geoterritorio import __version__
from geoterritorio.i18n import LANGUAGES
from geoterritorio.layers.grids import Grid
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.fingerprints import KEPT_IN, without_fingerprints
from geoterritorio.study.pictures import internal
from geoterritorio.study.project import internal_project
from geoterritorio.study.results import StepResult, internal_map
from geoterritorio.study.store import sha256, sha256_of
from geoterritorio.study.workshop import MARK

_LIBRARIES = ("geopandas", "shapely", "pandas", "numpy", "scipy", "pyogrio", "pyproj", "folium")


def provenance(plan: StudyPlan, results: Sequence[StepResult], *, started: datetime) -> dict[str, Any]:
    """
    Account of a study.

    Parameters
    ----------
    plan
        The study.
    results
        Its steps' results.
    started
        When the run began.

    Returns
    -------
    account
        JSON-ready: software, machine, times, study file, inputs with sha256, steps with every rule.
    """
    folder = plan.path.parent
    return {
        "software": _software(),
        "machine": {
            "processors": os.cpu_count(),
            "system": platform.system(),
            "release": platform.release(),
            "processor": platform.machine(),
        },
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "study": {"file": plan.path.name, "sha256": sha256(plan.path), "lang": plan.lang, "seed": plan.seed},
        "inputs": {
            s.name: {
                "kind": s.kind,
                "file": s.path.relative_to(folder).as_posix()
                if s.path.is_relative_to(folder)
                else s.path.name,
                **({"table": True} if s.address else {}),
                "layer": s.layer,
                "columns": dict(s.columns),
                "on": s.on,
                "only": {column: list(values) for column, values in s.only.items()},
                "sha256": s.fingerprint if s.address else sha256_of(s.path),
                **({"within": s.within} if s.within else {}),
            }
            for s in plan.layers.values()
        },
        "steps": [
            {
                "name": r.step.name,
                "tool": r.step.tool,
                "settings": dict(r.settings),
                "seconds": r.seconds,
                "computed": "now" if r.computed else "before",
                "notices": [str(n) for n in r.notices],
            }
            for r in results
        ],
        "sources": list(plan.sources),
        "confidentiality": {
            "internal": ["study.gpkg", "tables", "log", ".values"],
            # named with the study's reason, `disclosure.publish_exact_points` or `off`
            "single_establishments": [
                *(["map.html"] if internal_map(results, plan.shown) or plan.exact_registers else []),
                *(
                    ["project.qgz", "project.gpkg"]
                    if plan.project and internal_project(plan, results)
                    else []
                ),
                *_pictured(plan, results),
            ],
        },
    }


def _pictured(plan: StudyPlan, results: Sequence[StepResult]) -> list[str]:
    """Pictures of single establishments that the study shows, and the reports that hold them or their rows."""
    found = internal(results, plan.shown)
    reports = [
        "report.html" if lang == plan.lang else f"report.{lang}.html"
        for lang in LANGUAGES
        if internal_map(results, plan.shown)
    ]
    return [*reports, *found]


def internal_rasters(results: Sequence[StepResult], shown: Sequence[StepResult]) -> list[str]:
    """
    Rasters that are not published, since positions of establishments can be read off them.

    Parameters
    ----------
    results
        Results of the steps.
    shown
        The same as they are published.

    Returns
    -------
    files
        Files, relative to the study's folder.
    """
    told = {r.step.name: r.outputs for r in shown}
    return [
        f"rasters/{r.step.name}_{name}.tif"
        for r in results
        for name, value in r.outputs.items()
        if isinstance(value, Grid) and name not in told[r.step.name]
    ]


def write_provenance(plan: StudyPlan, account: dict[str, Any], folder: Path) -> None:
    """
    Write the account as JSON, with the hashes of everything else in the folder.

    Parameters
    ----------
    plan
        The study. Where disclosure control is on, what others may have lacks hashes, and the log has the whole.
    account
        Its provenance.
    folder
        Where the study is written.
    """
    made = {
        p.relative_to(folder).as_posix(): sha256(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and not p.relative_to(folder).parts[0].startswith(".")
    }
    if not plan.disclosure.off:
        _write(folder / KEPT_IN, {**account, "products": made})
        made[KEPT_IN] = ""
    _write(folder / MARK, without_fingerprints(plan, {**account, "products": made}))


def _write(path: Path, account: Mapping[str, Any]) -> None:
    text = json.dumps(account, ensure_ascii=False, indent=1, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _software() -> dict[str, str]:
    return {
        "geoterritorio": __version__,  # inside QGIS the package is on the path and not installed
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "GDAL": pyogrio.__gdal_version_string__,
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
    }
