"""What a step of a study gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geoterritorio.errors import Message
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.registry import descriptions
from geoterritorio.study.config import Step

OWN_SUMS = "own sums"
# Longer tables, as that of all ways between places, are for programs: text takes five times the room of Parquet.
_MOST_TEXT = 100_000
# Establishments of which fewer are not counted in public.
_FEWEST = DisclosureRules.minimum
# Jobs by territory and sector of a register: many are those of one or two establishments.
_BY_SECTOR = frozenset(("training_sectors", "training_fields"))
_ESTABLISHMENTS = frozenset(
    (
        "firms",
        "register",
        "doubtful_firms",
        "clumped_firms",
        "linked_actors",
        "actor_ties",
        "actor_brokers",
        "actor_roles",
        "top_brokers",
        "disclosure_bounds",
        "disclosure_loss",
    )
)


@dataclass(frozen=True)
class StepResult:
    """
    Result of a step, computed now or before.

    Attributes
    ----------
    step
        The step.
    outputs
        Its outputs by name.
    settings
        Its complete settings, defaults and the tool's own rules included.
    notices
        What it warned about.
    seconds
        How long it took when it was computed.
    key
        Key of its value in the store.
    computed
        Whether it was computed in this run.
    unpublished
        Outputs that it had and that are not published.
    """

    step: Step
    outputs: Mapping[str, Any]
    settings: Mapping[str, Any]
    notices: tuple[Message, ...] = ()
    seconds: float = 0.0
    key: str = ""
    computed: bool = True
    unpublished: frozenset[str] = frozenset()


def described(result: StepResult, name: str) -> Mapping[str, Any]:
    """Description of one of the step's outputs."""
    outputs = descriptions()[result.step.tool]["outputs"]
    return next((o for o in outputs if o["name"] == name), {})


def table_file(result: StepResult, name: str) -> str:
    """File of an output that is a table, in the study's folder: text that a person opens, Parquet if it is long."""
    suffix = "csv" if len(result.outputs[name]) <= _MOST_TEXT else "parquet"
    return f"tables/{result.step.name}_{name}.{suffix}"


def of_establishments(result: StepResult, name: str) -> bool:
    """Whether an output has a row for each establishment, or counts one or two, which no public file may show."""
    rows, kind = result.outputs[name], described(result, name).get("kind")
    if kind in _BY_SECTOR and "firms" in result.step.inputs:
        return True
    if kind == "gaining_territories" and "firms" in result.step.inputs:
        return bool((rows["newly"] < _FEWEST).any())
    return kind in _ESTABLISHMENTS or "firm" in getattr(rows, "columns", ())


def is_chapter(result: StepResult) -> bool:
    """Whether it is a table of location quotients with its areas; others of the name are no plain quotients."""
    return "areas" in result.outputs and described(result, "quotients").get("kind") == "quotients"


def hidden_outputs(result: StepResult, shown: frozenset[str]) -> set[str]:
    """Outputs with a row for each establishment that the study does not show, as “step.output”."""
    names = {f"{result.step.name}.{name}" for name in result.outputs if of_establishments(result, name)}
    return names - shown


def internal_map(results: Iterable[StepResult], shown: frozenset[str]) -> bool:
    """Whether the map shows single establishments, because the study asks for it."""
    return any(
        f"{result.step.name}.{name}" in shown and of_establishments(result, name)
        for result in results
        for name in result.outputs
    )
