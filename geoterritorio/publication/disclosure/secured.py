"""Tables made safe: confidential cells and partners withheld, and what an attacker still finds out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.publication.disclosure.audit import Unknowns, bounds, unknowns
from geoterritorio.publication.disclosure.contributions import (
    Contributions,
    Level,
    Mask,
    Table,
    tables,
    targets,
)
from geoterritorio.publication.disclosure.partners import pattern
from geoterritorio.publication.disclosure.rules import PARTNER, WHOLE, DisclosureRules
from geoterritorio.registry import Progress, no_progress

_NEAR = 1e-6


@dataclass(frozen=True)
class Secured:
    """
    Published tables and what is withheld of them.

    Attributes
    ----------
    found
        The tables by level.
    hidden
        Cells withheld, by level.
    audit
        What linear programming finds out of the confidential cells that were verified.
    given_up
        Whether no partners were found for some cell, so that only the sum of all is told.
    """

    found: dict[Level, Table]
    hidden: dict[Level, Mask]
    audit: pd.DataFrame
    given_up: bool

    @property
    def protected(self) -> bool:
        """Whether all confidential cells that were verified are as uncertain as is demanded."""
        return bool(self.audit["safe"].all())

    def reasons(self, level: Level) -> np.ndarray:
        """Why cells of a table are withheld; empty where they are told."""
        own = self.found[level].reason
        partner = WHOLE if self.given_up else PARTNER
        return np.where(self.hidden[level], np.where(own == "", partner, own), "")


def secured(given: Contributions, rules: DisclosureRules, *, progress: Progress = no_progress) -> Secured:
    """
    Tables with all withheld that must be.

    Parameters
    ----------
    given
        Contributions and divisions.
    rules
        What is confidential, and what an attacker must be left to guess.
    progress
        Callback.

    Returns
    -------
    secured
        Tables, cells withheld, verification.

    Raises
    ------
    RuntimeError
        If verification finds a cell that can be found out: an error of this program.
    """
    found = tables(given, rules)
    made = pattern(given, found, rules, progress=lambda f, text="": progress(0.7 * f, text))
    hidden, given_up = made.hidden, False
    if made.short:
        _cover(given, hidden, made.short)
        jobs, plants = _systems(given, hidden)
        given_up = not all(_safe(given, found, hidden, (jobs, plants), rules, t)[-1] for t in made.short)
    if given_up or _tells_all(given, found):
        given_up = True
        hidden = {level: _everything(given, found, level) for level in found}
    audit = _audited(given, found, hidden, rules, progress)
    if not given_up and not audit["safe"].all():
        message = "a withheld cell can be found out"
        raise RuntimeError(message)
    return Secured(found, hidden, audit, given_up)


def warn_unprotected(name: str, safe: Secured) -> None:
    """
    Warning, if no partners were found and the sum of all alone leaves too little to guess.

    Parameters
    ----------
    name
        Register or counts.
    safe
        What is withheld.
    """
    if safe.protected:
        return
    warnings.warn(
        GeoterritorioWarning(
            message(
                "{name}: no partners are left for some confidential cells. Only the sum of all is told, and of {count} "
                "cells it leaves less to guess than “protection” demands. Publish nothing of it, or join sectors or "
                "territories first.",
                name=name,
                count=int((~safe.audit["safe"]).sum()),
            )
        ),
        stacklevel=3,
    )


def _tells_all(given: Contributions, found: dict[Level, Table]) -> bool:
    """Whether the sum of all is itself confidential."""
    last = (len(given.rows) - 1, len(given.columns) - 1)
    return bool(found[last].confidential.any())


def _everything(given: Contributions, found: dict[Level, Table], level: Level) -> Mask:
    last = (len(given.rows) - 1, len(given.columns) - 1)
    if level == last:
        return found[level].confidential.copy()
    return np.asarray(found[level].plants > 0, dtype=bool)


def _cover(given: Contributions, hidden: dict[Level, Mask], short: list[tuple[Level, int, int]]) -> None:
    """Withhold whole rows and columns, with their totals, of cells without partners."""
    last = (len(given.rows) - 1, len(given.columns) - 1)
    plants = given.finest[1]
    for level, row, column in short:
        rows, columns = np.zeros(plants.shape, dtype=bool), np.zeros(plants.shape, dtype=bool)
        rows[given.rows[level[0]] == row] = True
        columns[:, given.columns[level[1]] == column] = True
        a, j = np.nonzero((plants > 0) & (rows | columns))
        for (r, c), mask in hidden.items():
            if (r, c) != last:
                x, y = given.rows[r][a], given.columns[c][j]
                there = (x >= 0) & (y >= 0)
                mask[x[there], y[there]] = True


def _systems(given: Contributions, hidden: dict[Level, Mask]) -> tuple[Unknowns, Unknowns]:
    jobs, plants, _ = given.finest
    return unknowns(given, hidden, jobs), unknowns(given, hidden, plants)


def _safe(
    given: Contributions,
    found: dict[Level, Table],
    hidden: dict[Level, Mask],
    systems: tuple[Unknowns, Unknowns],
    rules: DisclosureRules,
    target: tuple[Level, int, int],
) -> tuple[float, float, float, float, bool]:
    """Least and most jobs and establishments of a confidential cell, and whether that is wide enough."""
    level, row, column = target
    table, (jobs, plants) = found[level], systems
    chosen = (given.rows[level[0]][jobs.rows] == row) & (given.columns[level[1]][jobs.columns] == column)
    # Finest cells of it that are told are no unknowns: everybody adds them up.
    told = np.outer(given.rows[level[0]] == row, given.columns[level[1]] == column) & ~hidden[0, 0]
    known, counted = (float(values[told].sum()) for values in given.finest[:2])
    low, high = (known + end for end in bounds(jobs, chosen))
    fewest, most = (counted + end for end in bounds(plants, chosen, least=1.0))
    true, demanded = table.jobs[row, column], table.demanded[row, column]
    wide = low <= true - demanded + _NEAR * (1 + true) and high >= true + demanded - _NEAR * (1 + true)
    many = most >= min(rules.minimum, table.plants[row, column] + 1) - _NEAR
    return low, high, fewest, most, bool(wide and many)


def _audited(
    given: Contributions,
    found: dict[Level, Table],
    hidden: dict[Level, Mask],
    rules: DisclosureRules,
    progress: Progress,
) -> pd.DataFrame:
    systems = _systems(given, hidden)
    rows = []
    chosen = list(targets(found))
    chosen = sorted(chosen, key=lambda t: -found[t[0]].jobs[t[1], t[2]])[: rules.verified]
    for k, target in enumerate(chosen):
        progress(0.7 + 0.3 * k / len(chosen))
        level, row, column = target
        table = found[level]
        rows.append(
            (
                *level,
                row,
                column,
                table.jobs[row, column],
                table.plants[row, column],
                table.demanded[row, column],
                *_safe(given, found, hidden, systems, rules, target),
            )
        )
    names = ["row_level", "column_level", "row", "column", "jobs", "plants", "demanded"]
    return pd.DataFrame(rows, columns=[*names, "low", "high", "fewest", "most", "safe"]).astype(
        {"safe": bool}
    )
