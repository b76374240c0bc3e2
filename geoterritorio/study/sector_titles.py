"""How the codes and names of a layer or result are called, where a layer says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from geoterritorio.publication.names import Titles, classification_of
from geoterritorio.study.config import LayerSource, StudyPlan
from geoterritorio.study.results import StepResult

_SOURCES = ("counts", "firms")
# Columns of codes or names, and those in which a layer has their Spanish names.
_SPANISH = {"sector": "sector_name_es", "indicator": "indicator_es", "centre": "name_es"}


def with_vocabularies(plan: StudyPlan, layers: Mapping[str, pd.DataFrame]) -> StudyPlan:
    """Plan whose layers name the vocabulary that their own column `classification` tells of, and Spanish names."""
    return replace(
        plan, layers={name: _told(source, layers.get(name)) for name, source in plan.layers.items()}
    )


def _told(source: LayerSource, rows: object) -> LayerSource:
    return replace(
        source,
        classification=source.classification or classification_of(rows),
        spanish={code: _spanish(rows, code, name) for code, name in _SPANISH.items()},
    )


def _spanish(rows: object, code: str, name: str) -> dict[str, str]:
    """Spanish names of a layer by code; of several the first."""
    if not isinstance(rows, pd.DataFrame) or not {code, name} <= set(rows.columns):
        return {}
    known = rows[[code, name]].dropna().astype(str)
    known = known[known[name].str.strip() != ""].drop_duplicates(code)
    return dict(zip(known[code], known[name], strict=True))


def vocabulary_of(name: str, plan: StudyPlan, results: Mapping[str, StepResult]) -> Titles:
    """
    Titles of the sector codes and indicators of a layer or result.

    Parameters
    ----------
    name
        Layer, or step and output.
    plan
        The study.
    results
        Its steps' results by name.

    Returns
    -------
    titles
        Vocabulary of the sectors as held, None where nothing tells, and names that the layers have in Spanish.
    """
    indicators: dict[str, str] = {}
    for source in plan.layers.values():
        indicators |= source.spanish.get("indicator", {})
    step = name.partition(".")[0]
    centres = results[step].step.inputs.get("centres", "") if step in results else name
    held = plan.layers[centres].spanish.get("centre", {}) if centres in plan.layers else {}
    return replace(_sectors(name, plan, results), indicators=indicators, centres=held)


def _sectors(name: str, plan: StudyPlan, results: Mapping[str, StepResult]) -> Titles:
    if name in plan.layers:
        layer = plan.layers[name]
        return Titles(layer.classification, layer.spanish.get("sector", {}))
    step, _, output = name.partition(".")
    if step not in results:
        return Titles()
    rows = results[step].outputs.get(output)
    inputs = results[step].step.inputs
    source = next((inputs[key] for key in _SOURCES if key in inputs), None)
    found = Titles() if source is None else _sectors(source, plan, results)
    if isinstance(rows, pd.DataFrame) and "classification" in rows.columns:
        # Codes may be others than those of the source, which then has no names for them.
        own = classification_of(rows)
        return found if own == found.vocabulary else Titles(own)
    return found
