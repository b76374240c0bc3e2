"""Titles of sectors in the reader's language, where a layer says which classification its codes belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from geoterritorio.i18n import Language
from geoterritorio.layers.vocabularies import vocabulary, vocabulary_named
from geoterritorio.study.config import StudyPlan
from geoterritorio.study.results import StepResult

_SOURCES = ("counts", "firms")


def with_vocabularies(plan: StudyPlan, layers: Mapping[str, pd.DataFrame]) -> StudyPlan:
    """Plan whose layers name the vocabulary that their own column `classification` tells of."""
    told = {
        name: source
        if source.classification
        else replace(source, classification=_classification(layers.get(name)))
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
        return _classification(rows)
    inputs = results[step].step.inputs
    source = next((inputs[key] for key in _SOURCES if key in inputs), None)
    return None if source is None else vocabulary_of(source, plan, results)


def titled(table: pd.DataFrame, vocabulary_name: str | None, lang: Language) -> pd.DataFrame:
    """Table with the titles of its sectors in one language; its own names where the vocabulary has none."""
    pairs = {"sector": "sector_name"} | ({"other": "other_name"} if "other_name" in table.columns else {})
    if vocabulary_name is None or "sector" not in table.columns:
        return table
    held = vocabulary(vocabulary_name).set_index("code")[lang]
    titles = held[held != ""]
    # Registers often write codes without their points.
    plain = titles.set_axis(titles.index.str.replace(".", "", regex=False))
    plain = plain[~plain.index.duplicated()]
    for code, name in pairs.items():
        codes = table[code].astype(str)
        own = table[name] if name in table.columns else codes
        table = table.assign(**{name: codes.map(titles).fillna(codes.map(plain)).fillna(own)})
    return table


def _classification(rows: object) -> str | None:
    if not isinstance(rows, pd.DataFrame) or "classification" not in rows.columns:
        return None
    given = rows["classification"].dropna().unique()
    return vocabulary_named(str(given[0])) if len(given) == 1 else None
