"""Rows of an output that are withheld in the way that the list of guarded outputs says, or that nothing guards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geoterritorio.publication.disclosure.contributions import Mask, Numbers
from geoterritorio.study.guarded import CHECKS, LINES, MANY, OF_OTHERS, OF_TERRITORY, PAIRS, ROWS, WHOLE
from geoterritorio.study.masking import System, key_of, line_of, lost_sectors, masks_of, with_reason
from geoterritorio.study.size_classes import SizeCells
from geoterritorio.study.verdicts import in_no_order, rests_on_others, without_verdicts

Masks = tuple[Mask, Mask, Numbers]
# Of fewer establishments, distances between them tell where each is.
MANY_PLANTS = 10
_OTHERS = ("other", "neighbours")
_EVIDENCE, _SUPPLIERS = ("clusters", "evidence"), ("suppliers", "gathering")


@dataclass(frozen=True)
class Guard:
    """
    What a result rests on.

    Attributes
    ----------
    places
        Layer or result of its territories.
    systems
        Tables of its registers and counts as far as they are known.
    complete
        Whether there is one of each of them.
    equations
        How many figures are told of each line.
    sizes
        Establishments, or their groups, by sector, of each of its registers.
    minimum
        Fewest contributors of a cell that is told.
    shown
        Outputs of single establishments that the study shows, as “step.output”.
    verdicts
        Whether the study tells words that follow from withheld figures.
    sized
        Whose figures by size class are withheld.
    """

    places: str
    systems: Sequence[System]
    complete: bool
    equations: Mapping[tuple[str, str], int]
    sizes: Sequence[pd.Series]
    minimum: int
    shown: frozenset[str] = frozenset()
    verdicts: bool = False
    sized: SizeCells = field(default_factory=SizeCells)

    def masks(self, rows: pd.DataFrame, way: str) -> Masks | None:
        """
        Rows of which every figure is withheld, those of which ratios are, and contributors of each.

        Parameters
        ----------
        rows
            An output.
        way
            How it is made safe.

        Returns
        -------
        masks
            None where nothing here can make it safe.
        """
        none = np.zeros(len(rows), dtype=bool)
        without_end = np.full(len(rows), np.inf)
        if way == CHECKS:
            number = rows["count"].to_numpy(float)
            return (number > 0) & (number < MANY_PLANTS), none, without_end
        if way == MANY:
            known = masks_of(rows, self.places, self.systems, self.equations)
            return known[0] | self._few_plants(rows), known[1], known[2]
        if not self.complete:
            return None
        if way in {PAIRS, WHOLE}:
            lost = self._lost_pairs(rows) if way == PAIRS else none | self._anything()
            return lost, none, without_end
        return self._of_lines(rows, way) if all(self._judged(rows, s) for s in self.systems) else None

    def _of_lines(self, rows: pd.DataFrame, way: str) -> Masks:
        """Masks of rows that are cells or lines of the system."""
        whole_row, ratios, fewest = masks_of(rows, self.places, self.systems, self.equations)
        if "territory" in rows.columns:
            # A row of all territories, less those that are told, tells of those that are not.
            whole_row = whole_row | (rows["territory"].isna().to_numpy() & self._anything())
        if way == LINES:
            whole_row = whole_row | self._lost_lines(rows)
        elif way == ROWS:
            whole_row = whole_row | self.lost_territories(rows)
        whole_row = whole_row | _few_cases(rows, self.minimum)
        return whole_row, ratios & ~whole_row, fewest

    def _anything(self) -> bool:
        """Whether any cell is withheld."""
        return bool(self.sized) or any(
            mask.any() for system in self.systems for mask in system.hidden.values()
        )

    def _judged(self, rows: pd.DataFrame, system: System) -> bool:
        """Whether rows are lines or cells of a division that the system knows."""
        if "territory" not in rows.columns:
            return line_of(rows) == "sector"
        r, ids = system.rows.get(self.places, (-1, pd.Index([])))
        given = rows["territory"].dropna()
        return r >= 0 and (given.empty or bool(given.isin(ids).any()))

    def _few_plants(self, rows: pd.DataFrame) -> Mask:
        """Rows of a sector, or of a pair of them, with few establishments."""
        found = np.zeros(len(rows), dtype=bool)
        for sizes in self.sizes:
            for column in {"sector", *_OTHERS} & set(rows.columns):
                number = rows[column].astype(object).map(sizes).to_numpy(float)
                # No code: all establishments. A code that the register has not: unknown groups of them.
                known = np.where(rows[column].isna(), sizes.sum(), np.nan_to_num(number))
                found |= known < MANY_PLANTS
        return found if self.sizes else ~found

    def _lost_pairs(self, rows: pd.DataFrame) -> Mask:
        found = np.zeros(len(rows), dtype=bool)
        for system in self.systems:
            for column in {"sector", *_OTHERS} & set(rows.columns):
                known = np.zeros(len(rows), dtype=bool)
                for level in system.column_levels("sector", rows[column]):
                    lost = lost_sectors(system, {}, self.places, level)
                    code = system.columns[max(level, 0)][1].get_indexer(rows[column].astype(str))
                    found |= (code >= 0) & lost[code]
                    known |= code >= 0
                found |= ~known & lost_sectors(system, {}, self.places, 0).any()
        return found

    def _lost_lines(self, rows: pd.DataFrame) -> Mask:
        """Rows of sectors with a withheld cell in these territories; all, where one of the totals is withheld."""
        found = np.zeros(len(rows), dtype=bool)
        key = key_of(rows)
        for system in self.systems:
            r, _ = system.rows[self.places]
            last_r, last_c = system.last
            found |= system.hidden[r, last_c].any() | system.hidden[last_r, last_c].any()
            if not key:
                continue
            given = rows[key].notna().to_numpy()
            known, some = np.zeros(len(rows), dtype=bool), False
            for c in system.column_levels(key, rows[key]):
                if c < 0:
                    found |= given
                    continue
                lost = system.hidden[r, c].any(axis=0) | system.hidden[last_r, c].ravel()
                code = system.columns[c][1].get_indexer(rows[key].astype(str))
                found |= (code >= 0) & lost[code]
                known |= code >= 0
                some |= bool(lost.any())
            # what has no code of any division is of them all
            found |= ~known & some
        return found

    def lost_territories(self, rows: pd.DataFrame) -> Mask:
        """
        Rows of territories with a withheld cell.

        Parameters
        ----------
        rows
            An output with a territory in each row.

        Returns
        -------
        lost
            Whether it has one.
        """
        # A row of no territory is of all of them.
        found: Mask = rows["territory"].isna().to_numpy(dtype=bool) & self._anything()
        for system in self.systems:
            if self.places not in system.rows:
                found |= self._anything()
                continue
            r, ids = system.rows[self.places]
            lost = system.hidden[r, 0].any(axis=1) | system.hidden[r, system.last[1]].ravel()
            at = ids.get_indexer(rows["territory"].astype(object))
            found |= (at >= 0) & lost[at]
        return found

    def words(self, rows: pd.DataFrame, lost: Mask, name: tuple[str, str]) -> tuple[pd.DataFrame, Mask]:
        """
        Output without words that follow from withheld figures, and in no order that tells of them.

        Parameters
        ----------
        rows
            An output without its withheld figures.
        lost
            Rows of it that lost figures.
        name
            Its tool and its name.

        Returns
        -------
        rows, some
            The output, and rows that lost words.
        """
        rests = lost
        if rests_on_others(name) and "territory" in rows.columns:
            rests = lost | self.lost_territories(rows)
        told, some = without_verdicts(rows, rests & (not self.verdicts), name)
        return (in_no_order(told, lost) if len(told) == len(rows) else told), some

    def columns(self, rows: pd.DataFrame, name: tuple[str, str]) -> tuple[pd.DataFrame, Mask]:
        """
        Output without the columns that tell of other cells than their row.

        Parameters
        ----------
        rows
            An output.
        name
            Its tool and its name.

        Returns
        -------
        rows, lost
            The output, and rows that lost figures.
        """
        told, some = rows.copy(), np.zeros(len(rows), dtype=bool)
        masks = {c: some | self._anything() for c in OF_OTHERS.get(name, ())}
        if name[0] == "shift_share":
            # only the spatial method has that part
            spatial = rows["neighbours"].notna().to_numpy() if "neighbours" in rows.columns else some
            masks = {column: mask & spatial for column, mask in masks.items()}
        if name in OF_TERRITORY:
            masks |= dict.fromkeys(OF_TERRITORY[name], self.lost_territories(rows))
        if name == _EVIDENCE:
            theirs = rows["criterion"].isin(_SUPPLIERS).to_numpy() & self.lost_territories(rows)
            masks |= dict.fromkeys(("value", "margin", "q"), theirs)
        masks |= self.sized.columns(rows, name)
        for column, mask in masks.items():
            if column in told.columns and pd.api.types.is_numeric_dtype(told[column]):
                had = mask & told[column].notna().to_numpy()
                told[column] = told[column].astype(float).mask(had)
                some = some | had
        if not some.any():
            return rows, some
        return with_reason(told, some) if self.sized else told, some


def _few_cases(rows: pd.DataFrame, minimum: int) -> Mask:
    """Rows of which so few have a feature, or have it not, that the share tells of them."""
    if not {"numerator", "denominator"} <= set(rows.columns):
        return np.zeros(len(rows), dtype=bool)
    some, all_of = (rows[c].to_numpy(float) for c in ("numerator", "denominator"))
    parts = np.column_stack([some, all_of - some])
    return np.asarray(((parts > 0) & (parts < minimum)).any(axis=1))
