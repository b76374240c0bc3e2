"""What stands beside results in profiles: periods of ties, closed institutions, brokers of whom firms have no name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoterritorio.errors import message
from geoterritorio.i18n import Language, translator
from geoterritorio.publication.profile.brokered import BEYOND
from geoterritorio.publication.profile.parts import Exhibit
from geoterritorio.study.results import StepResult

_SURE = 0.05
_FIRM = "firm"
# Settings that say of which day or period a step tells.
_DATED = ("on", "period", "end")
# Input whose periods a tool tells of where no setting says which.
_OF_TIES = {"actor_network": "links", "brokerage": "links"}
_PERIODS_OF = {**_OF_TIES, "location_quotient": "counts"}
_OF_ROLES = (
    "territory",
    "actor_type",
    "actor_name",
    "actor_name_es",
    "over",
    "role",
    "ways",
    "expected",
    "q",
)


def when(result: StepResult, layers: Mapping[str, Any], lang: Language) -> str:
    """
    Day or period that a step tells of, in words.

    Parameters
    ----------
    result
        Result of the step.
    layers
        Layers of the study by name.
    lang
        Language of the reader.

    Returns
    -------
    when
        What its settings say; else the periods of its ties or counts; empty where neither is known.
    """
    said = next((str(result.settings[s]) for s in _DATED if result.settings.get(s)), "")
    layer = layers.get(result.step.inputs.get(_PERIODS_OF.get(result.step.tool, ""), ""))
    if said or not isinstance(layer, pd.DataFrame) or "period" not in layer.columns:
        return said
    periods = sorted(layer["period"].dropna().astype(str).unique())
    if not periods:
        return ""
    ends = "\N{EN DASH}".join(dict.fromkeys((periods[0], periods[-1])))
    if result.step.tool not in _OF_TIES:
        return ends
    return message("ties of {period}", period=ends).render(translator(lang))


def with_closing(rows: pd.DataFrame, result: StepResult, layers: Mapping[str, Any]) -> pd.DataFrame:
    """
    Institutions with the day on which they closed.

    Parameters
    ----------
    rows
        Rows of an output; only those of institutions that link others are changed.
    result
        Result of the step.
    layers
        Layers of the study by name.

    Returns
    -------
    rows
        With `closed`, where the layer of institutions has it.
    """
    bodies = layers.get(result.step.inputs.get("institutions", ""))
    if result.step.tool != "brokerage" or "actor" not in rows.columns or not isinstance(bodies, pd.DataFrame):
        return rows
    if not {"institution", "closed"} <= set(bodies.columns):
        return rows
    closed = bodies.drop_duplicates("institution").set_index("institution")["closed"]
    return rows.assign(closed=rows["actor"].map(closed))


def beyond_chance(result: StepResult, when: str, lang: Language) -> list[Exhibit]:
    """
    Those who mediate more than chance, each in the role that is furthest beyond it; firms have no name and no code.

    Parameters
    ----------
    result
        Result of the step.
    when
        Period of its ties, in words.
    lang
        Language of the reader.

    Returns
    -------
    exhibits
        One of a step of brokers, none of another.
    """
    roles = result.outputs.get("roles")
    if result.step.tool != "brokerage" or not isinstance(roles, pd.DataFrame):
        return []
    sure = (
        roles[roles["q"] <= _SURE].sort_values("z", ascending=False, kind="stable").drop_duplicates("actor")
    )
    rows = sure.reindex(columns=list(_OF_ROLES)).reset_index(drop=True)
    names = [c for c in _OF_ROLES if c.startswith("actor_name")]
    rows[names] = rows[names].astype(object).mask(rows["actor_type"] == _FIRM, None)
    return [
        Exhibit("brokerage", BEYOND, "actor_roles", result.step.titles[lang], rows, {}, result.settings, when)
    ]
