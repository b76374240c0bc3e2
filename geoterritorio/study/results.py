"""What a step of a study gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoterritorio.errors import Message
from geoterritorio.study.config import Step


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
    """

    step: Step
    outputs: Mapping[str, Any]
    settings: Mapping[str, Any]
    notices: tuple[Message, ...] = ()
    seconds: float = 0.0
    key: str = ""
    computed: bool = True
