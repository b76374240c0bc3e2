"""Whether areas and evidence of districts are of one run: else what is said of a territory has no ground."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.identification._district_cells import INDUSTRIES
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.layers.schema import NO, UNKNOWN, YES

_RUN = ("preset", "size_of", "reference")


def refuse_other_run(areas: pd.DataFrame, evidence: pd.DataFrame) -> None:
    """
    Refusal of evidence that is not that of the areas.

    Parameters
    ----------
    areas
        Of districts: `territory`, `district` and, if known, `main_industry`, `preset`, `size_of` and `reference`.
    evidence
        Of districts: `territory`, `asked`, `passed` and, if known, `of` and the same three.

    Raises
    ------
    LayerError
        If rules, sizes or the whole are not the same, or the steps give another verdict or main industry.
    """
    problems = [p for p in (*_of_rules(areas, evidence), _of_steps(areas, evidence)) if p is not None]
    if problems:
        raise LayerError(problems)


def _of_rules(areas: pd.DataFrame, evidence: pd.DataFrame) -> list[Message]:
    found = []
    for name in _RUN:
        if not {name} <= {*areas.columns} & {*evidence.columns}:
            continue
        here, there = (sorted(set(map(str, table[name].dropna()))) for table in (areas, evidence))
        if here and there and here != there:
            found.append(
                message(
                    "district_evidence: it is of another run than district_areas: column “{column}” has {values} "
                    "in it, and {others} in the areas. Give areas and evidence of one run of districts.",
                    column=name,
                    values=listing(there),
                    others=listing(here),
                )
            )
    return found


def _of_steps(areas: pd.DataFrame, evidence: pd.DataFrame) -> Message | None:
    """Territories whose steps give another verdict, or another main industry."""
    told = areas.drop_duplicates("territory").set_index("territory")
    number = crossed(evidence["territory"], evidence["passed"]).reindex(columns=[YES, NO, UNKNOWN])
    number = number.reindex(told.index[told.index.isin(number.index)]).fillna(0)
    district = told["district"].reindex(number.index)
    asked = evidence["territory"].value_counts().reindex(number.index)
    # Steps that are not asked after one that fails neither make a district nor an open one.
    wrong = np.select(
        [district == YES, district == UNKNOWN, district == NO],
        [
            (number[NO] > 0) | (number[UNKNOWN] > 0),
            (number[NO] > 0) | (number[UNKNOWN] == 0),
            (number[NO] == 0) & (number[YES] + number[UNKNOWN] == asked),
        ],
        default=False,
    ).astype(bool)
    others = {*number.index[wrong], *_other_industries(told, evidence)}
    if not others:
        return None
    return message(
        "district_evidence: in {count} territories its steps give another verdict or another main industry than "
        "district_areas has: {values}. Give areas and evidence of one run of districts.",
        count=len(others),
        values=listing(sorted(map(str, others))),
    )


def _other_industries(told: pd.DataFrame, evidence: pd.DataFrame) -> list[str]:
    if "main_industry" not in told.columns or "of" not in evidence.columns:
        return []
    of = evidence[evidence["of"].isin(INDUSTRIES)].drop_duplicates("territory").set_index("territory")["of"]
    main = told["main_industry"].reindex(of.index).dropna()
    return list(main.index[main != of[main.index]])
