"""Why a step of districts is unknown, and so what would decide it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from geoterritorio.identification._district_account import Account
from geoterritorio.identification._district_cells import MANUFACTURING, Cells, Flags, Kinds, size_ranges
from geoterritorio.identification._district_steps import Answer, Beside, main_industries
from geoterritorio.identification._ranges import MOOT, OPEN, YES
from geoterritorio.identification.cures import DISTRICTS, OWN_SUMS
from geoterritorio.identification.district_rules import DistrictRules

Texts = npt.NDArray[np.object_]
NO_JOBS, NO_MAKING, NO_MAIN = "no jobs at all", "no manufacturing", "no main industry"
NO_SIZES, NO_SIZES_WHOLE, COARSE, HIDDEN, HIDDEN_WHOLE, UNITS, PEOPLE, NUMBER, SEVERAL, UNDEFINED = (
    "no size classes",
    "whole without size classes",
    "coarse codes",
    "withheld cells",
    "whole with withheld cells",
    "no numbers of units",
    "no inhabitants",
    "number not confirmed",
    "several industries",
    "no share in the whole",
)
# Why a step is decided though something is open, or by something else than its figure.
WHICHEVER, MAIN_OPEN, NOT_ONE = "whichever industry", "main one open", "not one firm"
_SIZES = ("size_quotients", "sme_manufacturing", "sme_industry", "small_industry", "one_medium_firm")
# Steps that take the largest of several quotients, and what these are of.
_QUOTIENTS: Mapping[str, str] = {"size_quotients": "size", "specialised": "activity"}
_COMPARED_SIZES = ("size_quotients", "sme_manufacturing")
_FLAGGED = ((NO_SIZES, "unsized", _SIZES), (NO_SIZES_WHOLE, "unsized whole", _COMPARED_SIZES))
_OF_MAIN = ("sme_industry", "small_industry", "one_medium_firm", "industry_jobs", "industry_share")


def reasons(
    kinds: Kinds,
    cells: Cells,
    whole: Cells | None,
    found: Account,
    told: Mapping[str, Answer],
    rules: DistrictRules,
    beside: Beside,
) -> dict[str, list[str | None]]:
    """
    Reasons of each step for each market.

    Parameters
    ----------
    kinds, cells, whole
        What was counted.
    found
        Figures made of it.
    told
        Answers of the steps.
    rules
        The rules.
    beside
        Inhabitants, if there are any.

    Returns
    -------
    reasons
        By step: codes with semicolons between them where it is unknown or not asked, or where it is decided though
        something is open or by a number that is not its figure; else None.
    """
    flags = _flags(kinds, cells, whole, rules)
    _, candidates = main_industries(found, rules)
    several = candidates.sum(axis=-1) > 1
    empty = found.jobs.high == 0
    nothing = found.activity_jobs.high[:, MANUFACTURING] == 0
    result = {}
    for step, answer in told.items():
        open_ = answer.passed == OPEN
        codes = _open_codes(step, flags, rules, found, beside)
        if step in _OF_MAIN:
            codes[SEVERAL] = several
            # Which one it is may be open by the whole alone.
            codes[HIDDEN_WHOLE] = codes.get(HIDDEN_WHOLE, False) | (several & flags["hidden whole"])
        table = {c: open_ & ~empty & f for c, f in codes.items()}
        others = np.any(list(table.values()), axis=0) if table else np.zeros(len(open_), bool)
        table[UNDEFINED] = table.get(UNDEFINED, np.zeros(len(open_), bool)) | (open_ & ~empty & ~others)
        table[NO_JOBS] = empty
        table[NO_MAKING] = (answer.passed == MOOT) & nothing & ~empty
        table[NO_MAIN] = (answer.passed == MOOT) & ~nothing & ~empty
        table |= _decided(step, answer, found, rules)
        names, matrix = list(table), np.stack(list(table.values()), axis=-1)
        result[step] = ["; ".join(n for n, f in zip(names, row, strict=True) if f) or None for row in matrix]
    return result


def cures(codes: list[str | None], *, own_sums: bool = False) -> list[str | None]:
    """What would decide each step, by the codes of its reasons."""
    known = OWN_SUMS if own_sums else DISTRICTS
    return ["; ".join(known[c] for c in (code or "").split("; ") if c in known) or None for code in codes]


def _decided(step: str, answer: Answer, found: Account, rules: DistrictRules) -> dict[str, Flags]:
    """Where a step is decided though it is open which industry is the main one, or by how many firms there are."""
    _, candidates = main_industries(found, rules)
    told, several = answer.passed >= 0, candidates.sum(axis=-1) > 1
    if step == "main_industry":
        return {MAIN_OPEN: (answer.passed == YES) & several}
    if step not in _OF_MAIN:
        return {}
    table = {WHICHEVER: told & several}
    if step == "one_medium_firm":
        near = 1e-9  # as in the step
        never = (found.medium_units.low > 1 + near) | (found.medium_units.high < 1 - near)
        table[NOT_ONE] = (answer.passed == YES) & (never | ~candidates).all(axis=-1)
    return table


def _open_codes(
    step: str, flags: Mapping[str, Flags], rules: DistrictRules, found: Account, beside: Beside
) -> dict[str, Flags]:
    """What may keep a step open, and in which markets it does."""
    markets = found.jobs.low.shape
    codes: dict[str, Flags] = {}
    if step == "unit_density":
        none = beside.people is None or np.isnan(beside.people_whole)
        missing = np.isnan(beside.people) if beside.people is not None else np.zeros(markets, bool)
        codes[PEOPLE] = np.full(markets, fill_value=True) if none else missing
        codes[UNITS] = ~(found.manufacturing_units.exact & found.manufacturing_units_whole.exact)
        return codes
    codes |= {c: flags[f] for c, f, steps in _FLAGGED if step in steps}
    if step in _QUOTIENTS:
        jobs, quotients = (getattr(found, f"{_QUOTIENTS[step]}_{n}") for n in ("jobs", "quotient"))
        codes[UNDEFINED] = np.asarray((np.isnan(quotients.high) & (jobs.high > 0)).any(axis=-1))
    if step == "one_medium_firm":
        codes[UNITS] = ~found.medium_units.exact.all(axis=-1) & ~flags["unsized"]
    if step in {"sme_industry", "small_industry"} and rules.mainly is None:
        codes[NUMBER] = np.full(markets, fill_value=True)
    if step in ("main_industry", *_OF_MAIN):
        codes[COARSE] = flags["coarse industries"]
    elif step not in _COMPARED_SIZES:
        codes[COARSE] = flags["coarse activities"]
    codes[HIDDEN] = flags["hidden"]
    if step not in _OF_MAIN or step == "industry_share":
        codes[HIDDEN_WHOLE] = flags["hidden whole"]
    return codes


def _flags(kinds: Kinds, cells: Cells, whole: Cells | None, rules: DistrictRules) -> dict[str, Flags]:
    """Markets in which something is coarse, hidden or without size; of the whole the same for all."""
    ranges = size_ranges(len(rules.classes))
    wide = np.tile(ranges[:, 0] != ranges[:, 1], len(kinds.activity))
    making = np.repeat(kinds.activity[:, MANUFACTURING], len(ranges))
    vague = np.repeat(kinds.activity.sum(axis=1) > 1, len(ranges))
    mixed = np.repeat(kinds.industry.sum(axis=1) > 1, len(ranges))

    def there(some: Flags) -> Flags:
        return np.asarray((cells.high[:, some] > 0).any(axis=1))

    def in_whole(some: Flags) -> Flags:
        value = bool(whole is not None and (whole.high[:, some] > 0).any())
        return np.full(len(cells.low), value)

    hidden = np.asarray((cells.high > cells.low).any(axis=1))
    beyond = bool((whole.high > whole.low).any()) if whole is not None else bool(hidden.any())
    unsized_whole = (
        in_whole(wide & making) if whole is not None else np.full(len(cells.low), there(wide & making).any())
    )
    return {
        "unsized": there(wide & making),
        "unsized whole": unsized_whole,
        "coarse industries": there(mixed | (vague & making)) | in_whole(mixed | (vague & making)),
        "coarse activities": there(vague) | in_whole(vague),
        "hidden": hidden,
        "hidden whole": np.full(len(cells.low), beyond),
    }
