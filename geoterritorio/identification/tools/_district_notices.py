"""What the tools of districts tell beside their results: own sums, and steps that are unknown."""

from __future__ import annotations

import warnings

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.identification.open_steps import open_steps


def tell_own_sums(reference: pd.DataFrame | None, markets: int) -> None:
    """Notice that markets are compared with nothing but themselves; one alone is told of elsewhere."""
    if reference is None and markets > 1:
        _tell(
            message(
                "reference: none given, so that the markets are compared with their own sums, beside which nothing "
                "can stand out that all of them share. Give the jobs of the nation by sector and size class."
            )
        )


def tell_open_steps(evidence: pd.DataFrame) -> None:
    """Notice of how many steps are unknown, why most of them are, and what would decide these."""
    found = open_steps(evidence)
    if found is not None:
        _tell(found)


def _tell(text: Message) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)
