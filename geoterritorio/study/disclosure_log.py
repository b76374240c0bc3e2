"""What disclosure control did, for those inside, and how much of it others are told."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from geoterritorio.study.config import StudyPlan
from geoterritorio.study.disclosing import Disclosure

RESULTS, CELLS, RULES = "disclosure.csv", "disclosure_cells.csv", "disclosure.json"


def write_account(folder: Path, made: Disclosure, plan: StudyPlan) -> None:
    """
    Write the internal log: rows withheld by result, cells by reason, rules.

    Parameters
    ----------
    folder
        Folder ``log`` of the study.
    made
        What was done.
    plan
        The study, with its rules.
    """
    made.log.to_csv(folder / RESULTS, index=False, encoding="utf-8")
    made.cells.to_csv(folder / CELLS, index=False, encoding="utf-8")
    asked = plan.disclosure
    account = {
        "rules": asdict(asked.rules),
        "off": asked.off,
        "publish_exact_points": asked.exact_points,
        "published": sorted(asked.published),
    }
    (folder / RULES).write_text(json.dumps(account, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def public_account(made: Disclosure, plan: StudyPlan) -> dict[str, Any]:
    """
    What the provenance tells: how much was withheld, or why nothing was; neither shares nor rules of dominance.

    Parameters
    ----------
    made
        What was done.
    plan
        The study.

    Returns
    -------
    account
        JSON-ready.
    """
    asked = plan.disclosure
    told = {"publish_exact_points": asked.exact_points} if asked.exact_points else {}
    if asked.off:
        return {"off": asked.off, **told}
    return {"minimum": asked.rules.minimum, "rows_withheld": int(made.log["rows"].sum()), **told}
