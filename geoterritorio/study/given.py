"""Profiles without a study, from territories and whatever results there are; and pages taken out of a study."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from geoterritorio.assessment.actions import action_register
from geoterritorio.assessment.coded import coded_statements
from geoterritorio.assessment.profile_rules import ProfileRules
from geoterritorio.errors import GeoterritorioError, Message, StudyError, message
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.layers.postgis.address import is_address, split_address
from geoterritorio.layers.readers import read_layer, split_source
from geoterritorio.layers.schema import KINDS
from geoterritorio.publication.printing import print_pdf
from geoterritorio.publication.profile import PARTS
from geoterritorio.registry import Layer, descriptions, layer_of
from geoterritorio.study.config import LayerSource, Profiles, Step, StudyPlan
from geoterritorio.study.disclosing import disclosed
from geoterritorio.study.kept import Kept
from geoterritorio.study.profiles import pages_of
from geoterritorio.study.results import StepResult
from geoterritorio.study.sector_titles import with_vocabularies
from geoterritorio.study.withholding import published

_TERRITORIES, _TERRITORY = "territories", "territory"
# What results rest on, and the columns of a table that stands for it where there is none.
_FIRMS, _SOURCES = "firms", frozenset(("firms", "register", "counts"))
_CELL = ("territory", "sector", "employment", "establishments")
# Kinds of layers that a profile reads beside results.
BESIDE = ("indicators", "evidence", "actions", "institutions", "roads")


def tools_of_profiles() -> tuple[str, ...]:
    """Tools whose results a profile tells."""
    return tuple(dict.fromkeys(tool for part in PARTS for tool in part.tools if tool in descriptions()))


def given(
    territories: str,
    results: Sequence[str] = (),
    layers: Sequence[str] = (),
    *,
    columns: Mapping[str, str] | None = None,
    title: str = "",
    lang: Language = "en",
    highest: int | None = None,
) -> Kept:
    """
    Results and layers as if a study had made them.

    Parameters
    ----------
    territories
        File, and layer, of the territories.
    results
        Tables of tools, each as ``TOOL.OUTPUT=FILE``.
    layers
        Layers beside them, each as ``KIND=FILE``.
    columns
        Column of the territories' identifier and name, by `territory` and `name`.
    title
        Title under which the page stands.
    lang
        Language of the titles.
    highest
        Highest rating of the evidence; by default that of the usual scale.

    Returns
    -------
    kept
        Plan, results, layers and an account without settings, since nobody says how the results were made.

    Raises
    ------
    StudyError
        With every tool, output and kind that is not known, and every file that cannot be used.
    """
    problems: list[Message] = []
    read = {_TERRITORIES: _read(problems, territories, KINDS[_TERRITORIES], "territories", columns)}
    sources = {_TERRITORIES: _source(_TERRITORIES, territories)}
    for kind, place in _pairs(problems, layers, "layer", "KIND=FILE"):
        if kind not in BESIDE:
            problems.append(
                message(
                    "layer: a profile reads no layer of the kind “{kind}”. It reads: {known}.",
                    kind=kind,
                    known=", ".join(BESIDE),
                )
            )
            continue
        read[kind] = _read(problems, place, KINDS[kind], kind)
        sources[kind] = _source(kind, place)
    if not problems:
        _check(problems, read, highest)
    made = _results(problems, _pairs(problems, results, "result", "TOOL.OUTPUT=FILE"))
    if problems:
        raise StudyError(problems)
    names = {code: title or _stem(territories) for code in LANGUAGES}
    plan = StudyPlan(
        path=Path(split_source(territories)[0]),
        titles=names,
        lang=lang,
        sources=(),
        notes=(),
        layers=sources,
        steps=tuple(result.step for result in made),
        profiles=Profiles(level=_TERRITORIES),
    )
    account = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "steps": [{"name": r.step.name, "tool": r.step.tool, "settings": {}} for r in made],
    }
    return Kept(plan, tuple(made), read, account)


def _pairs(problems: list[Message], texts: Sequence[str], option: str, form: str) -> list[tuple[str, str]]:
    """Names and files; whatever has no sign between them is a problem."""
    found = []
    for text in texts:
        name, sign, place = text.partition("=")
        if not sign or not name.strip() or not place.strip():
            problems.append(
                message("{option}: “{given}” is not {form}.", option=option, given=text, form=form)
            )
            continue
        found.append((name.strip(), place.strip()))
    return found


def _read(
    problems: list[Message], place: str, layer: Any, name: str, columns: Mapping[str, str] | None = None
) -> Any:
    try:
        return read_layer(place, layer, columns=columns or {}, name=name)
    except GeoterritorioError as error:
        problems.extend(error.problems)
        return None


def _check(problems: list[Message], read: Mapping[str, Any], highest: int | None) -> None:
    """What the tools of evidence and actions would refuse is no page either."""
    rules = ProfileRules() if highest is None else ProfileRules(highest=highest)
    places = pd.Index(read[_TERRITORIES][_TERRITORY])
    try:
        if "evidence" in read:
            coded_statements(read["evidence"], places, rules)
        if "actions" in read:
            action_register(pd.DataFrame(read["actions"]))
    except GeoterritorioError as error:
        problems.extend(error.problems)


def _source(kind: str, place: str) -> LayerSource:
    path, layer = (Path(_stem(place)), None) if is_address(place) else split_source(place)
    return LayerSource(kind, kind, path, layer, {}, titles=dict.fromkeys(LANGUAGES, path.stem))


def _stem(place: str) -> str:
    """Name of a file without its ending, or of a table."""
    return str(split_address(place)[0].table or "") if is_address(place) else split_source(place)[0].stem


def _results(problems: list[Message], pairs: Sequence[tuple[str, str]]) -> list[StepResult]:
    """Results by tool, in the order of the page."""
    known, outputs = tools_of_profiles(), dict[str, dict[str, Any]]()
    for name, place in pairs:
        tool, _, output = name.partition(".")
        described = {o["name"]: o for o in descriptions()[tool]["outputs"]} if tool in known else {}
        if output not in described:
            problems.append(_unknown(name, tool, known, described))
            continue
        rows = _read(problems, place, _as_written(layer_of(described[output])), name)
        outputs.setdefault(tool, {})[output] = rows
    return [_result(tool, outputs[tool]) for tool in known if tool in outputs]


def _as_written(layer: Layer) -> Layer:
    """Layer of a result as files hold it: a text without letters is an empty cell in them, and no fault."""
    columns = tuple(replace(c, required=c.required and c.name == _TERRITORY) for c in layer.columns)
    return replace(layer, columns=columns)


def _unknown(name: str, tool: str, known: Sequence[str], outputs: Mapping[str, Any]) -> Message:
    if tool not in known:
        return message(
            "result: a profile tells nothing of the tool of “{name}”. It tells of: {known}.",
            name=name,
            known=", ".join(known),
        )
    return message(
        "result: “{tool}” has no output of “{name}”. Its outputs: {known}.",
        tool=tool,
        name=name,
        known=", ".join(outputs),
    )


def _result(tool: str, outputs: Mapping[str, Any]) -> StepResult:
    """A result that may be of establishments: nothing says that it is not, so that small numbers are withheld."""
    about = descriptions()[tool]
    layers = [p["name"] for p in about["parameters"] if p["type"] == "layer"]
    inputs = {_TERRITORIES: _TERRITORIES, **({_FIRMS: _FIRMS} if _FIRMS in layers else {})}
    titles = {code: translator(code)(about["title"]) for code in LANGUAGES}
    return StepResult(Step(tool, tool, inputs, {}, titles), outputs, {}, computed=False)


def _shown(kept: Kept) -> list[StepResult]:
    """Results as they may be published; what withholding must see of them has to be there."""
    found = []
    plan, layers = _with_register(kept)
    for result in kept.results:
        try:
            found += published([result], plan.disclosure.rules.minimum)
        except KeyError as error:
            raise StudyError(
                message(
                    "result: of “{tool}” the output “{output}” is missing, without which nobody can say which "
                    "figures tell of one or two establishments. Give it too.",
                    tool=result.step.tool,
                    output=str(error.args[0]),
                )
            ) from error
    return disclosed(plan, layers, kept.results).results


def _with_register(kept: Kept) -> tuple[StudyPlan, Mapping[str, Any]]:
    """Plan and layers of a study; results that nobody has a register of stand for it with their own cells."""
    tables = [
        rows
        for result in kept.results
        for rows in result.outputs.values()
        if isinstance(rows, pd.DataFrame) and {"territory", "sector", "establishments"} <= set(rows.columns)
    ]
    if not tables or any(source.kind in _SOURCES for source in kept.plan.layers.values()):
        return kept.plan, kept.layers
    largest = max(tables, key=len)
    cells = pd.DataFrame(largest[[c for c in _CELL if c in largest.columns]]).dropna(subset="establishments")
    source = LayerSource(_FIRMS, "counts", kept.plan.path, None, {}, titles={})
    return (replace(kept.plan, layers={**kept.plan.layers, _FIRMS: source}), {**kept.layers, _FIRMS: cells})


def write_pages(
    kept: Kept,
    output: Path,
    *,
    territories: Sequence[str] = (),
    lang: Language = "en",
    browser: Path | None = None,
    overwrite: bool = False,
) -> dict[str, list[Path]]:
    """
    Profiles in one language in a folder of one's own.

    Parameters
    ----------
    kept
        A finished study, or results as if one had made them.
    output
        Folder; it is made where it is not there.
    territories
        Identifiers; none means all of them.
    lang
        Language of the pages.
    browser
        Prints each page to a PDF; None where none is wanted.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    made
        `profiles`, and `pdf` where they were printed.

    Raises
    ------
    StudyError
        If territories are not known, or files are there or cannot be written.
    DependencyError
        If the browser cannot print.
    """
    asked = Profiles(level=kept.plan.profiles.level, territories=tuple(territories), most=_ALL)
    plan = with_vocabularies(replace(kept.plan, profiles=asked), kept.layers)
    pages = pages_of(plan, _shown(kept), kept.layers, kept.account, lang)
    targets = {name: output / f"{name}.html" for name in pages}
    printed = {name: output / f"{name}.pdf" for name in pages} if browser is not None else {}
    there = [path for path in (*targets.values(), *printed.values()) if path.exists()]
    if there and not overwrite:
        raise StudyError(
            message(
                "output: files are there already ({count}): {names}. Choose another folder, or allow overwriting "
                "(--overwrite).",
                count=len(there),
                names=listing([path.name for path in there]),
            )
        )
    try:
        _deliver(output, pages, browser)
    except OSError as error:
        raise StudyError(
            message("{path} cannot be written ({reason}).", path=output, reason=reason_of(error))
        ) from error
    return {"profiles": list(targets.values())} | ({"pdf": list(printed.values())} if printed else {})


# More territories than any study has.
_ALL = 1_000_000


def _deliver(output: Path, pages: Mapping[str, str], browser: Path | None) -> None:
    """Pages and PDFs made beside their place, and put there when all are whole."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="profiles-", dir=output, ignore_cleanup_errors=True) as place:
        part = Path(place)
        for name, page in pages.items():
            (part / f"{name}.html").write_text(page, encoding="utf-8")
        if browser is not None:
            print_pdf(browser, [(part / f"{name}.html", part / f"{name}.pdf") for name in pages])
        for path in sorted(p for p in part.iterdir() if p.is_file()):
            path.replace(output / path.name)
