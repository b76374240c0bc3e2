"""The run of a study: layers checked, steps run or taken from before, everything put into one folder."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration.tools import tabulate
from geoterritorio.errors import GeoterritorioError, Message, StudyError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import require_unique
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import FIRMS, KINDS, TERRITORIES
from geoterritorio.layers.store import LayerMetadata, write_layers
from geoterritorio.layers.working import Working
from geoterritorio.publication.printing import find_browser
from geoterritorio.registry import Progress, descriptions, label, no_progress, within
from geoterritorio.study import store
from geoterritorio.study.config import LayerSource, StudyPlan, read_plan
from geoterritorio.study.database import check_database, with_fingerprints, write_database
from geoterritorio.study.disclosing import disclosed, publishable
from geoterritorio.study.disclosure_log import public_account, write_account
from geoterritorio.study.fingerprints import without_fingerprints
from geoterritorio.study.kept import NAME as KEPT
from geoterritorio.study.kept import keep
from geoterritorio.study.named_places import refuse_unknown_places
from geoterritorio.study.parts import require_unchanged, tell_idle_scheduler
from geoterritorio.study.pictures import hidden
from geoterritorio.study.products import publish
from geoterritorio.study.profiles import write_profiles
from geoterritorio.study.project import write_project
from geoterritorio.study.provenance import internal_rasters, provenance, write_provenance
from geoterritorio.study.public_tables import write_public_tables
from geoterritorio.study.reported import print_reports, require_copies
from geoterritorio.study.results import OWN_SUMS, StepResult, table_file
from geoterritorio.study.sector_titles import with_vocabularies
from geoterritorio.study.sources import unprotected
from geoterritorio.study.steps import Task, noticing, plan_tasks, run_tasks
from geoterritorio.study.workshop import MARK, Workshop, check_folder, workshop

# Starting a process costs a second or two; below this much input it is not worth it.
_LARGE = 50_000_000


PRODUCTS = {
    "map": "map.html",
    "report": "report.html",
    "pdf": "report.pdf",
    "excel": "public_tables.xlsx",
    "csv": "public_tables",
    "layers": "study.gpkg",
    "tables": "tables",
    "rasters": "rasters",
    "plots": "plots",
    "project": "project.qgz",
    "profiles": "profiles",
    "log": "log",
}
# As a person reads them: the catalogue finds them here.
_SAID = (
    mark("Map"),
    mark("Report"),
    mark("Pdf"),
    mark("Excel"),
    mark("Csv"),
    mark("Layers"),
    mark("Tables"),
    mark("Rasters"),
    mark("Plots"),
    mark("Project"),
    mark("Profiles"),
    mark("Log"),
    mark("Provenance"),
)


def run_study(
    file: Path,
    output: Path,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> dict[str, Path]:
    """
    Whole study from one TOML file.

    Layers and steps that ended are kept: after an interruption, or a change of the study file, only what is
    missing or depends on the change is computed again.

    Parameters
    ----------
    file
        Study file; paths in it are relative to its folder.
    output
        Folder for the results; it appears whole or not at all.
    overwrite
        Whether the folder of an earlier study may be replaced.
    jobs
        How many independent steps may run beside each other; by default one, or one per processor where the
        layers are large.
    progress
        Callback.

    Returns
    -------
    made
        What was made -> its path: map, report and its copies, tables, layers, rasters, plots, project, log, provenance.

    Raises
    ------
    StudyError
        If the study file has errors (all of them, each with its key), a layer or step is refused, or the folder
        cannot be used.
    DependencyError
        If something is to be printed and there is no browser, or a workbook is wanted and openpyxl is missing.
    """
    started = datetime.now(UTC)
    plan = read_plan(file)
    browser = find_browser() if plan.profiles.write and plan.profiles.pdf else None
    printer = require_copies(plan.copies)
    check_folder(output, overwrite=overwrite)
    check_database(plan, overwrite=overwrite)
    plan = with_fingerprints(plan)
    with workshop(output) as place:
        progress(0.02, mark("Reading layers"))
        keys = read_layers(plan, place.values, progress=within(progress, 0.02, 0.1))
        refuse_unknown_places(plan, lambda name: _layer(place.values, keys[name]))
        tasks = plan_tasks(plan, keys)

        def part(fraction: float, text: str = "") -> None:
            progress(0.1 + 0.6 * fraction, text)

        computed = run_tasks(tasks, place.values, jobs=jobs or _jobs(plan), progress=part)
        results = _results(tasks, place.values, computed)
        _put_together(place, plan, keys, results, started, progress, browser, printer)
        keep(place.values, plan, keys, results)
        layers = {name: _layer(place.values, key) for name, key in keys.items()} if plan.database else {}
        write_database(plan, layers, results, overwrite=overwrite)
        place.deliver({*keys.values(), *(t.key for t in tasks.values()), KEPT})
    progress(1.0, mark("Done"))
    made = {name: output / path for name, path in PRODUCTS.items() if (output / path).exists()}
    return made | {"provenance": output / MARK}


def _jobs(plan: StudyPlan) -> int:
    # Registers in parts are counts by then.
    size = sum(s.path.stat().st_size for s in plan.layers.values() if not s.address and s.within is None)
    return min(len(plan.steps), os.cpu_count() or 1) if size > _LARGE else 1


def read_layers(plan: StudyPlan, folder: Path, *, progress: Progress = no_progress) -> dict[str, str]:
    """
    Checked layers of a study in the store.

    Parameters
    ----------
    plan
        The study.
    folder
        The store.
    progress
        Called while registers in parts are counted.

    Returns
    -------
    keys
        Name of the layer -> key of its value.

    Raises
    ------
    StudyError
        With the problems of all layers; else with those that cannot be protected.
    """
    tell_idle_scheduler(plan.scheduler, used=any(s.within is not None for s in plan.layers.values()))
    keys: dict[str, str] = {}
    problems: list[Message] = []
    for source in sorted(plan.layers.values(), key=lambda s: s.within is not None):
        keys[source.name] = key = _layer_key(source, keys)
        if store.known(folder, key):
            continue
        begin = time.perf_counter()
        try:
            with noticing() as notices:
                if problems and source.within is not None:
                    continue
                if source.within is None:
                    frame = _read(source)
                else:
                    done = len(keys) / len(plan.layers)
                    part = within(progress, done - 1 / len(plan.layers), done)
                    frame = _counted(source, plan, folder, keys, part)
        except GeoterritorioError as error:
            problems += error.problems
        else:
            if _layer_key(source, keys) != key:
                problems.append(_changed(source.name))
                continue
            seconds = round(time.perf_counter() - begin, 3)
            store.save(folder, key, store.Value({"layer": frame}, tuple(notices), seconds))
    if problems or (problems := unprotected(plan, lambda name: _layer(folder, keys[name]))):
        raise StudyError(problems)
    return {name: keys[name] for name in plan.layers}


def _changed(name: str) -> Message:
    """Refusal of a layer that would be kept, for later runs too, as what it was before or after."""
    return message(
        "{layer}: its file was changed while it was read. Run the study again.", layer=f"layers.{name}"
    )


def _counted(
    source: LayerSource, plan: StudyPlan, folder: Path, keys: Mapping[str, str], progress: Progress
) -> pd.DataFrame:
    """Counts of a register in parts, by territories that are read already; what is done of it stays in the store."""
    territories = _layer(folder, keys[str(source.within)])
    require_unique(territories, TERRITORIES, name=f"layers.{source.within}")
    parts = open_parts(
        source.address or source.path,
        FIRMS,
        columns=source.columns,
        name=f"layers.{source.name}",
        crs=source.crs,
        places=source.places,
        on=source.on,
        working=Working(folder / "parts", plan.scheduler),
    )
    require_unchanged(parts, source.fingerprint, name=f"layers.{source.name}")
    return tabulate(territories, parts, progress=progress)


def _layer_key(source: LayerSource, keys: Mapping[str, str]) -> str:
    if source.within is not None:
        places = [store.sha256(source.places)] if source.places else []
        counted = (dict(source.columns), source.crs, source.on, keys[source.within], places)
        rows = source.fingerprint if source.address else store.sha256_of(source.path)
        return store.key_of("layer", rows, counted, store.software())
    files = [] if source.address else [source.path]
    if not source.address and source.path.suffix.lower() == ".shp":
        files = sorted(p for p in source.path.parent.glob(f"{source.path.stem}.*") if p.is_file())
    files += [source.places] if source.places else []
    rules = (source.kind, source.layer, dict(source.columns), source.crs, source.on, dict(source.only))
    return store.key_of(
        "layer", [source.fingerprint, *(store.sha256(p) for p in files)], rules, store.software()
    )


def _read(source: LayerSource) -> Any:
    place = f"{source.path}|{source.layer}" if source.layer else source.address or str(source.path)
    return read_layer(
        place,
        KINDS[source.kind],
        columns=source.columns,
        name=f"layers.{source.name}",
        crs=source.crs,
        places=source.places,
        on=source.on,
        only=source.only,
    )


def _layer(folder: Path, key: str) -> Any:
    value = store.load(folder, key)
    return None if value is None else value.outputs["layer"]


def _results(tasks: Mapping[str, Task], folder: Path, computed: set[str]) -> list[StepResult]:
    results = []
    for name, task in tasks.items():
        value = store.load(folder, task.key) or store.Value({})
        parameters = descriptions()[task.step.tool]["parameters"]
        defaults = {p["name"]: p["default"] for p in parameters if p["type"] != "layer"}
        several = {p: "; ".join((task.step.inputs[p], *names)) for p, names in task.step.further.items()}
        settings = {**defaults, **value.rules, **task.step.options, **task.step.inputs, **several}
        if any(p["name"] == "reference" for p in parameters) and "reference" not in task.step.inputs:
            settings["reference"] = OWN_SUMS
        results.append(
            StepResult(
                task.step, value.outputs, settings, value.notices, value.seconds, task.key, name in computed
            )
        )
    return results


def _put_together(
    place: Workshop,
    plan: StudyPlan,
    keys: Mapping[str, str],
    results: list[StepResult],
    started: datetime,
    progress: Progress,
    browser: Path | None,
    printer: Path | None,
) -> None:
    progress(0.7, mark("Writing layers and tables"))
    values = {name: store.load(place.values, key) or store.Value({}) for name, key in keys.items()}
    layers = {name: value.outputs["layer"] for name, value in values.items()}
    _write_data(place.result, plan, layers, results)
    progress(0.8, mark("Drawing map and report"))
    notices = tuple(n for value in values.values() for n in value.notices)
    account = provenance(plan, results, started=started)
    told = with_vocabularies(plan, layers)
    safe = disclosed(plan, layers, results)
    shown = safe.results
    _write_logs(place.result / "log", results, plan.shown, {r.step.name: r for r in shown})
    write_account(place.result / "log", safe, plan)
    account["confidentiality"]["disclosure"] = public_account(safe, plan)
    account["confidentiality"]["internal"] += internal_rasters(results, shown)
    public = without_fingerprints(plan, account)
    profiled = write_profiles(place.result, told, shown, layers, public, browser=browser)
    publish(place.result, told, shown, notices, public, layers, profiled=bool(profiled))
    write_public_tables(place.result, told, shown, public)
    if printer is not None:
        print_reports(place.result, told, printer)
    if plan.project:
        write_project(place.result, told, publishable(plan, layers), shown, date=started.date().isoformat())
    write_provenance(plan, account, place.result)


def _write_data(
    folder: Path, plan: StudyPlan, layers: Mapping[str, pd.DataFrame], results: list[StepResult]
) -> None:
    frames: dict[str, pd.DataFrame | Grid] = {}
    about: dict[str, LayerMetadata] = {}
    named = {"source": "; ".join(plan.sources_in(plan.lang))}

    def keep(name: str, frame: pd.DataFrame | Grid, metadata: LayerMetadata, table: str = "") -> None:
        target = f"{folder / 'study.gpkg'}|{name}"
        if isinstance(frame, Grid):
            (folder / "rasters").mkdir(exist_ok=True)
            target = str(folder / "rasters" / f"{name}.tif")
        elif not isinstance(frame, gpd.GeoDataFrame):
            target = str(folder / table)
        frames[target], about[target] = frame, metadata

    for name, frame in layers.items():
        if isinstance(frame, gpd.GeoDataFrame):
            keep(name, frame, LayerMetadata(title=name, kind=plan.layers[name].kind, **named))
    for result in results:
        kinds = {o["name"]: o.get("kind", "") for o in descriptions()[result.step.tool]["outputs"]}
        for name, value in result.outputs.items():
            place = f"{result.step.name}_{name}"
            if isinstance(value, pd.DataFrame | Grid):
                title = f"{result.step.titles[plan.lang]} ({label(name).lower()})"
                about_it = LayerMetadata(title=title, kind=kinds[name], **named)
                keep(place, value, about_it, "" if isinstance(value, Grid) else table_file(result, name))
    (folder / "tables").mkdir()
    write_layers(frames, metadata=about)


def _left_out(result: StepResult, shown: frozenset[str]) -> dict[str, list[str]]:
    """Pictures and tables of single establishments that are not shown, by the result that they would show."""
    found: dict[str, list[str]] = {}
    for plot, source in hidden(result, shown).items():
        found.setdefault(source, []).append(f"plots/{result.step.name}.{plot}.png")
    return found


def _withheld(notices: Sequence[Message]) -> list[str]:
    """What others are told of what is withheld, and where it is, which they are not told."""
    inside = [
        "internal: tables/, rasters/ and study.gpkg have all figures",
        'internal: [disclosure] verdicts = "told" tells verdicts too; off publishes everything',
    ]
    return [*(f"published: {notice}" for notice in notices), *(inside if notices else [])]


def _write_logs(
    folder: Path, results: list[StepResult], shown: frozenset[str], published: Mapping[str, StepResult]
) -> None:
    folder.mkdir()
    for result in results:
        lines = [
            f"step: {result.step.name}",
            f"tool: {result.step.tool}",
            f"computed: {'now' if result.computed else 'before'}",
            f"seconds: {result.seconds}",
            f"key: {result.key}",
            *(f"setting {name}: {value}" for name, value in result.settings.items()),
            *(
                f"output {name}: {len(v)} rows"
                for name, v in result.outputs.items()
                if isinstance(v, pd.DataFrame)
            ),
            *(f"notice: {n}" for n in result.notices),
            *(
                f'left out: {", ".join(names)}: single establishments; [map] show = ["{source}"] shows them'
                for source, names in _left_out(result, shown).items()
            ),
            *(f"not published: {name}" for name in sorted(published[result.step.name].unpublished)),
            *_withheld(published[result.step.name].notices[len(result.notices) :]),
        ]
        (folder / f"{result.step.name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
