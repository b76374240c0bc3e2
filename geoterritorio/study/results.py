"""What a step of a study gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoterritorio.errors import Message
from geoterritorio.study.config import Step


@dataclass(frozen=True)
class StepResult:
    """What a step gave: its outputs by name, its complete settings, what it warned about."""

    step: Step
    outputs: Mapping[str, Any]
    settings: Mapping[str, Any]
    notices: tuple[Message, ...] = ()
