"""The study file: one TOML text turned into a checked plan, all its errors told at once with their key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from geoterritorio.errors import LayerError, Message, StudyError, message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.layers.files import is_file
from geoterritorio.layers.postgis.address import is_address, split_address
from geoterritorio.layers.readers import split_source
from geoterritorio.layers.schema import KINDS
from geoterritorio.layers.vocabularies import canonical_name
from geoterritorio.publication import Opening, StoryView
from geoterritorio.publication.webmap.texts import Words, in_all_languages
from geoterritorio.registry import descriptions
from geoterritorio.study.addresses import read_address, read_output
from geoterritorio.study.checks import Findings, check_name, check_value, flags, notes_of, texts, titles_of
from geoterritorio.study.confidential import Confidential, read_confidential, unworded
from geoterritorio.study.document import read_document
from geoterritorio.study.gallery_entry import GalleryEntry, read_gallery_entry
from geoterritorio.study.opening import read_opening
from geoterritorio.study.own_names import check_distinct, check_own_name
from geoterritorio.study.parts import check_path, check_within, read_scheduler
from geoterritorio.study.story import read_story

_SECTIONS = (
    "study",
    "layers",
    "steps",
    "map",
    "report",
    "project",
    "profiles",
    "disclosure",
    "output",
    "gallery",
    "run",
)
_STUDY_KEYS = ("title", "lang", "sources", "notes", "seed")
_STEP_KEYS = ("tool", "title")
# Kinds of tables of which several may be given: each row says of what it tells.
JOINED = frozenset(("indicators",))
_REGISTERS = ("firms", "register")
_SHOWN_KEYS = {
    "map": ("leave_out", "show", "ticked", "history", "story", "opens"),
    "report": ("leave_out", "pdf", "excel", "csv"),
}
_LAYER_KEYS = (
    "kind",
    "path",
    "title",
    "layer",
    "columns",
    "crs",
    "places",
    "on",
    "only",
    "classification",
    "within",
)


@dataclass(frozen=True)
class LayerSource:
    """Where a layer of the study comes from."""

    name: str
    kind: str
    path: Path
    layer: str | None
    columns: Mapping[str, str]
    crs: str | None = None
    places: Path | None = None
    on: str | None = None
    titles: Mapping[Language, str] = field(default_factory=dict)
    classification: str | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    address: str = ""  # of a table of a database; `path` then has its name
    fingerprint: str = ""  # of the rows of that table
    within: str | None = None  # territories by which a register in parts is counted
    # names that the layer has in Spanish, by column of codes and by code
    spanish: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """
    One call of a tool: parameter -> name of a layer or result, and parameter -> plain value.

    `further` has, by parameter, the names of the tables whose rows follow those of the first.
    """

    name: str
    tool: str
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    titles: Mapping[Language, str]
    further: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Profiles:
    """
    Which territories get a profile.

    Attributes
    ----------
    write
        Whether profiles are written.
    territories
        Identifiers; none means all of the level.
    level
        Layer or result that holds the territories; by default that of the study's foremost step.
    most
        How many get one where none is named.
    pdf
        Whether each is also printed to PDF, which takes a browser.
    """

    write: bool = True
    territories: tuple[str, ...] = ()
    level: str = ""
    most: int = 30
    pdf: bool = False


@dataclass(frozen=True)
class Copies:
    """
    In which further forms a report is given.

    Attributes
    ----------
    pdf
        Whether it is also printed to PDF, which takes a browser.
    excel
        Whether its tables, whole, are also a workbook, which takes openpyxl.
    csv
        Whether its tables, whole, are also text with a description for programs.
    """

    pdf: bool = False
    excel: bool = False
    csv: bool = False


@dataclass(frozen=True)
class StudyPlan:
    """Checked study: what to read, what to run, in which order."""

    path: Path
    titles: Mapping[Language, str]
    lang: Language
    sources: tuple[Words, ...]
    notes: tuple[Words, ...]
    layers: Mapping[str, LayerSource]
    steps: tuple[Step, ...]
    left_out: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    ticked: frozenset[str] = frozenset()
    seed: int | None = None
    project: bool = True
    in_project: frozenset[str] = frozenset()
    histories: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    profiles: Profiles = field(default_factory=Profiles)
    copies: Copies = field(default_factory=Copies)
    disclosure: Confidential = field(default_factory=Confidential)
    story: tuple[StoryView, ...] = ()
    gallery: GalleryEntry | None = None
    database: str = ""
    schema: str = ""
    scheduler: str | None = None
    opens: Opening | None = None  # what the map shows first

    def sources_in(self, lang: Language) -> tuple[str, ...]:
        """Sources in one language."""
        return tuple(in_all_languages(source)[lang] for source in self.sources)

    @property
    def exact_registers(self) -> bool:
        """Whether the map shows a register's establishments where they are."""
        return bool(self.registers) and not self.disclosure.gridded


def read_plan(path: Path) -> StudyPlan:
    """
    Checked plan of a study file.

    Parameters
    ----------
    path
        TOML file; paths in it are relative to its folder.

    Returns
    -------
    plan
        The plan, its steps in an order in which they can run.

    Raises
    ------
    StudyError
        With every error of the file, each with its key.
    """
    document = read_document(path)
    found = Findings()
    found.keys(document, _SECTIONS, "")
    titles, lang, sources, notes = _head(found, found.table(document.get("study", {}), "study"))
    described = found.table(document.get("layers", {}), "layers")
    layers = {
        name: source
        for name, table in described.items()
        if (source := _layer(found, name, found.table(table, f"layers.{name}"), path.parent))
    }
    tables = found.table(document.get("steps", {}), "steps")
    if not tables and isinstance(document.get("steps", {}), dict):
        found.add(message("steps: the study has no step. Add one, for example [steps.lq]."))
    names = {n: str(t.get("kind", "")) for n, t in described.items() if isinstance(t, dict)} | _results(
        tables
    )
    steps = [
        step
        for name, table in tables.items()
        if (step := _step(found, name, found.table(table, f"steps.{name}"), names))
    ]
    ordered = _ordered(found, steps)
    check_distinct(found, layers, [(step.name, step.tool) for step in ordered])
    seed = _seed(found, document.get("study", {}))
    ordered = tuple(_seeded(step, seed) for step in ordered)
    registers = _registers(document.get("map", {}), described)
    named = _named(found, document, tables, registers)
    project = _project(found, found.table(document.get("project", {}), "project"), described, tables)
    histories = _histories(found, document.get("map", {}), described)
    profiles = _profiles(found, found.table(document.get("profiles", {}), "profiles"), names)
    copies = Copies(**flags(found, document.get("report", {}), "report", ("pdf", "excel", "csv")))
    disclosure, wrong = read_confidential(document.get("disclosure", {}), described)
    found.problems += wrong
    exact = named[1] | project[1] | frozenset(() if disclosure.gridded else registers)
    found.problems += unworded(disclosure, described, ordered, exact)
    story = _story(found, document.get("map", {}), tables, histories, registers)
    opens = _opening(found, document.get("map", {}), [*_with_quotients(tables), *histories], len(story))
    gallery = read_gallery_entry(found, document.get("gallery"))
    database = read_output(found, found.table(document.get("output", {}), "output"))
    check_within(found, described)
    scheduler = read_scheduler(found, found.table(document.get("run", {}), "run"))
    if found.problems:
        raise StudyError(found.problems)
    return StudyPlan(
        path,
        titles,
        lang,
        sources,
        notes,
        layers,
        ordered,
        *named,
        seed,
        *project,
        histories,
        registers,
        profiles,
        copies,
        disclosure,
        story,
        gallery,
        *database,
        scheduler,
        opens,
    )


def _head(
    found: Findings, study: dict[str, Any]
) -> tuple[dict[Language, str], Language, tuple[Words, ...], tuple[Words, ...]]:
    found.keys(study, _STUDY_KEYS, "study.")
    lang = study.get("lang", "en")
    if lang not in LANGUAGES:
        found.add(message("{key}: must be one of {options}.", key="study.lang", options=", ".join(LANGUAGES)))
        lang = "en"
    title = study.get("title", "")
    if isinstance(title, dict):
        found.keys(title, LANGUAGES, "study.title.")
    elif not isinstance(title, str):
        found.add(message("{key}: must be text.", key="study.title"))
    titles: dict[Language, str] = {
        code: str(title.get(code) or next(iter(title.values()), ""))
        if isinstance(title, dict)
        else str(title)
        for code in LANGUAGES
    }
    return titles, lang, notes_of(found, study, "sources"), notes_of(found, study, "notes")


def _seed(found: Findings, study: object) -> int | None:
    seed = study.get("seed") if isinstance(study, dict) else None
    if seed is None or (isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0):
        return seed
    found.add(message("{key}: must be a whole number of at least 0.", key="study.seed"))
    return None


def _seeded(step: Step, seed: int | None) -> Step:
    """Step with the study's seed, if its tool draws at random and it names none of its own."""
    takes = any(p["name"] == "seed" for p in descriptions()[step.tool]["parameters"])
    if seed is None or not takes or "seed" in step.options:
        return step
    return replace(step, options={**step.options, "seed": seed})


def _project(
    found: Findings, table: dict[str, Any], layers: Iterable[str], steps: Mapping[str, Any]
) -> tuple[bool, frozenset[str]]:
    """Whether a QGIS project is written, and the layers and results of establishments that are to be in it."""
    found.keys(table, ("write", "show"), "project.")
    write = table.get("write", True)
    if not isinstance(write, bool):
        found.add(message("{key}: must be true or false.", key="project.write"))
    names = texts(found, table, "show", "project")
    for name in names:
        check_name(found, name, dict.fromkeys(layers, "") | _results(steps), "project.show", "")
    return bool(write), frozenset(names)


def _profiles(found: Findings, table: dict[str, Any], names: Mapping[str, str]) -> Profiles:
    """Which territories get a profile."""
    found.keys(table, ("write", "territories", "level", "most", "pdf"), "profiles.")
    level, most = table.get("level", ""), table.get("most", Profiles.most)
    switches = {"write": True} | flags(found, table, "profiles", ("write", "pdf"))
    if not isinstance(level, str):
        found.add(message("{key}: must be text.", key="profiles.level"))
    elif level:
        check_name(found, level, dict.fromkeys(names, ""), "profiles.level", "")
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        found.add(message("{key}: must be a whole number of at least {low}.", key="profiles.most", low=1))
        most = Profiles.most
    named = texts(found, table, "territories", "profiles")
    return Profiles(territories=named, level=str(level), most=most, **switches)


def _named(
    found: Findings, document: Mapping[str, Any], steps: Mapping[str, Any], registers: Iterable[str]
) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    """Results that stay off the map, are to be on it, stay out of the report, and are ticked as the map opens."""
    on_map, told = (found.table(document.get(section, {}), section) for section in _SHOWN_KEYS)
    for section, table in zip(_SHOWN_KEYS, (on_map, told), strict=True):
        found.keys(table, _SHOWN_KEYS[section], f"{section}.")
    return (
        _listed(found, on_map, "map.leave_out", steps),
        _listed(found, on_map, "map.show", steps, registers),
        _listed(found, told, "report.leave_out", steps),
        _checked(found, on_map, "map.ticked", steps, registers),
    )


def _histories(found: Findings, on_map: object, layers: Mapping[str, Any]) -> tuple[str, ...]:
    """Layers of territories whose versions the map shows through time."""
    kinds = {name: str(table.get("kind", "")) for name, table in layers.items() if isinstance(table, dict)}
    names = texts(found, on_map, "history", "map") if isinstance(on_map, dict) else ()
    for name in names:
        check_name(found, name, kinds, "map.history", "territories")
    return names


def _story(
    found: Findings,
    on_map: object,
    steps: Mapping[str, Any],
    histories: Sequence[str],
    registers: Sequence[str],
) -> tuple[StoryView, ...]:
    """Views with text, of steps with quotients and layers with a history; results and registers can be ticked."""
    results = list(_results(steps))
    given = on_map.get("story", []) if isinstance(on_map, dict) else []
    return read_story(found, given, [*_with_quotients(steps), *histories], [*results, *registers])


def _opening(found: Findings, on_map: object, layers: Sequence[str], story: int) -> Opening | None:
    """What the map opens with; nothing where the study does not say."""
    return read_opening(found, on_map.get("opens") if isinstance(on_map, dict) else None, layers, story)


def _with_quotients(steps: Mapping[str, Any]) -> list[str]:
    return [n.removesuffix(".quotients") for n in _results(steps) if n.endswith(".quotients")]


def _registers(on_map: object, layers: Mapping[str, Any]) -> tuple[str, ...]:
    """Registers whose establishments the map shows one by one; what else it names are results."""
    given = on_map.get("show", []) if isinstance(on_map, dict) else []
    names = given if isinstance(given, list) else [given]
    kinds = {name: table.get("kind") for name, table in layers.items() if isinstance(table, dict)}
    return tuple(n for n in names if isinstance(n, str) and kinds.get(n) in _REGISTERS)


def _listed(
    found: Findings, table: dict[str, Any], where: str, steps: Mapping[str, Any], others: Iterable[str] = ()
) -> frozenset[str]:
    """Results that a key lists, without other names it may list."""
    return _checked(found, table, where, steps, others) - frozenset(others)


def _checked(
    found: Findings, table: dict[str, Any], where: str, steps: Mapping[str, Any], others: Iterable[str]
) -> frozenset[str]:
    """All names that a key lists; an unknown one is told: it would protect nothing."""
    section, _, key = where.partition(".")
    names = texts(found, table, key, section)
    results = dict.fromkeys([*_results(steps), *others], "")
    for name in names:
        check_name(found, name, results, where, "")
    return frozenset(names)


def _layer(found: Findings, name: str, table: dict[str, Any], folder: Path) -> LayerSource | None:
    where = f"layers.{name}"
    found.keys(table, _LAYER_KEYS, f"{where}.")
    kind = str(table.get("kind"))
    path, layer, address = _place(found, table, where)
    columns = found.table(table.get("columns", {}), f"{where}.columns")
    check_own_name(found, name, where)
    if kind not in KINDS:
        found.add(message("{key}: must be one of {options}.", key=f"{where}.kind", options=", ".join(KINDS)))
    else:
        own = KINDS["firms" if "within" in table else kind]
        found.keys(columns, [c.name for c in own.columns], f"{where}.columns.")
    check_path(found, folder, path, where, parts="within" in table, address=address)
    _check_texts(found, table, folder, where)
    for key, value in columns.items():
        if not isinstance(value, str):
            found.add(message("{key}: must be text.", key=f"{where}.columns.{key}"))
    if kind not in KINDS or not isinstance(path, str) or not isinstance(table.get("places", ""), str):
        return None
    places = table.get("places")
    where_from = folder / places if places else None
    titles = titles_of(found, table.get("title", name), f"{where}.title")
    classification = _classification(found, table.get("classification"), where)
    only = _only(found, table.get("only", {}), f"{where}.only")
    return LayerSource(
        name,
        kind,
        folder / path,
        layer,
        columns,
        table.get("crs"),
        where_from,
        table.get("on"),
        titles,
        classification,
        only,
        address,
        within=table.get("within"),
    )


def _place(found: Findings, table: dict[str, Any], where: str) -> tuple[Any, Any, str]:
    """Path and layer of a file; of a database the name of the table, nothing and its address."""
    path, layer = table.get("path"), table.get("layer")
    if isinstance(path, str) and is_address(path):
        address = read_address(found, path, layer if isinstance(layer, str) else None, f"{where}.path")
        return str(split_address(address)[0].table or table.get("kind")) if address else "", None, address
    if isinstance(path, str) and "|" in path and layer is None:
        source, layer = split_source(path)
        path = source.as_posix()
    return path, layer, ""


def _only(found: Findings, table: object, where: str) -> dict[str, tuple[str, ...]]:
    """Values of the rows that are taken, by column."""
    chosen = {}
    for column, values in found.table(table, where).items():
        several = values if isinstance(values, list) else [values]
        if not several or not all(isinstance(v, str) for v in several):
            found.add(message("{key}: must be text, or a list of texts.", key=f"{where}.{column}"))
            continue
        chosen[column] = tuple(several)
    return chosen


def _classification(found: Findings, name: object, where: str) -> str | None:
    """Vocabulary of a layer's sector codes, from which their titles come in the reader's language."""
    if name is None:
        return None
    try:
        return canonical_name(str(name))
    except LayerError as error:
        for problem in error.problems:
            found.add(message("{key}: {problem}", key=f"{where}.classification", problem=problem))
        return None


def _check_texts(found: Findings, table: Mapping[str, Any], folder: Path, where: str) -> None:
    for key in ("layer", "crs", "places", "on", "within"):
        if not isinstance(table.get(key, ""), str):
            found.add(message("{key}: must be text.", key=f"{where}.{key}"))
        elif key == "places" and key in table and not is_file(folder / table[key]):
            found.add(
                message("{key}: there is no file {path}.", key=f"{where}.{key}", path=folder / table[key])
            )


def _results(steps: Mapping[str, Any]) -> dict[str, str]:
    """Kind of every result that a step will have, by its name."""
    tools = descriptions()
    return {
        f"{name}.{output['name']}": output.get("kind", "")
        for name, table in steps.items()
        if isinstance(table, dict) and str(table.get("tool")) in tools
        for output in tools[table["tool"]]["outputs"]
    }


def _step(found: Findings, name: str, table: dict[str, Any], names: Mapping[str, str]) -> Step | None:
    where = f"steps.{name}"
    tools = descriptions()
    check_own_name(found, name, where)
    tool = tools.get(str(table.get("tool", "")))
    if tool is None:
        near = get_close_matches(str(table.get("tool", "")), tools, n=1)
        found.add(
            message(
                "{key}: no tool of this name.{hint} Tools: {names}.",
                key=f"{where}.tool",
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
                names=", ".join(tools),
            )
        )
        return None
    parameters = {p["name"]: p for p in tool["parameters"]}
    plain = {k: v for k, v in table.items() if k not in _STEP_KEYS}
    found.keys(plain, parameters, f"{where}.")
    inputs: dict[str, str] = {}
    further: dict[str, tuple[str, ...]] = {}
    options: dict[str, Any] = {}
    for key, parameter in parameters.items():
        value = table.get(key)
        if value is None:
            if parameter["required"]:
                found.add(
                    message(
                        "{key}: is missing. {help}", key=f"{where}.{key}", help=Message(parameter["help"])
                    )
                )
        elif parameter["type"] == "layer":
            inputs[key], *others = _tables(found, value, parameter["kind"], f"{where}.{key}")
            further |= {key: tuple(others)} if others else {}
            for name_ in (inputs[key], *others):
                check_name(found, name_, names, f"{where}.{key}", parameter["kind"])
        else:
            options[key] = value
            check_value(found, value, parameter, f"{where}.{key}")
    titles = titles_of(found, table.get("title", name), f"{where}.title")
    return Step(name, tool["name"], inputs, options, titles, further)


def _tables(found: Findings, value: object, kind: str, where: str) -> list[str]:
    """Names of the layers or results of a parameter: one, or of some kinds a list of several."""
    if not isinstance(value, list):
        return [str(value)]
    if kind not in JOINED or not value or len(set(map(str, value))) < len(value):
        found.add(
            message(
                "{key}: takes one name. Only {kinds} may be a list, of names that differ.",
                key=where,
                kinds=", ".join(sorted(JOINED)),
            )
        )
    return [str(v) for v in value] or [""]


def taken(step: Step) -> list[str]:
    """Names of all layers and results that a step takes."""
    return [*step.inputs.values(), *(name for names in step.further.values() for name in names)]


def _ordered(found: Findings, steps: list[Step]) -> tuple[Step, ...]:
    by_name = {s.name: s for s in steps}
    graph = {s.name: [v.partition(".")[0] for v in taken(s) if "." in v] for s in steps}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found.add(
            message("steps: these steps wait for each other: {names}.", names=" → ".join(error.args[1]))
        )
        return ()
    # As in the file, but for what must wait: map and report tell the steps in the order in which they were written.
    order: list[str] = []
    while len(order) < len(by_name):
        order.append(
            next(n for n in by_name if n not in order and not {*graph[n]} & by_name.keys() - {*order})
        )
    return tuple(by_name[name] for name in order)
