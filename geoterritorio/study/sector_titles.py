"""Which classification the codes of a layer or result belong to, where a layer says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from geoterritorio.publication.names import classification_of
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult

_SOURCES = ("counts", "firms")


def with_vocabularies(plan: StudyPlan, layers: Mapping[str, pd.DataFrame]) -> StudyPlan:
    """Plan whose layers name the vocabulary that their own column `classification` tells of."""
    told = {
        name: source
        if source.classification
        else replace(source, classification=classification_of(layers.get(name)))
        for name, source in plan.layers.items()
    }
    return replace(plan, layers=told)


def vocabulary_of(name: str, plan: StudyPlan, results: Mapping[str, StepResult]) -> str | None:
    """
    Vocabulary of the sector codes of a layer or result.

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
    vocabulary
        Name as held; None where nothing tells.
    """
    if name in plan.layers:
        return plan.layers[name].classification
    step, _, output = name.partition(".")
    if step not in results:
        return None
    rows = results[step].outputs.get(output)
    if isinstance(rows, pd.DataFrame) and "classification" in rows.columns:
        return classification_of(rows)
    inputs = results[step].step.inputs
    source = next((inputs[key] for key in _SOURCES if key in inputs), None)
    return None if source is None else vocabulary_of(source, plan, results)
