"""Which hashes of files others may have: one of a confidential file confirms every guess of what is withheld of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoterritorio.study.config import StudyPlan

# Account with all hashes, for those inside.
KEPT_IN = "log/provenance.json"
# Land, ways and vocabularies are nobody's; of every other kind somebody may be told.
_NOBODYS = frozenset(
    (
        "territories",
        "history",
        "boundary_events",
        "roads",
        "elevation",
        "land_cover",
        "friction",
        "speeds",
        "cover_speeds",
        "places",
        "correspondence",
        "gates",
    )
)
# What a study makes of its data before anything is withheld; rasters are made of every register too.
_INTERNAL = frozenset(("study.gpkg", "tables", "log", "rasters"))


def without_fingerprints(plan: StudyPlan, account: Mapping[str, Any]) -> dict[str, Any]:
    """
    Account of a study as others may have it.

    Parameters
    ----------
    plan
        The study.
    account
        Its provenance, with or without products.

    Returns
    -------
    account
        The same, but where disclosure control is on without the hashes of confidential inputs and of products that
        stay internal, and with the file that has them.

    Notes
    -----
    A file is confidential if any layer of it is: its hash is that of all of them. If rules of dominance are asked for,
    so is the study file, which holds what these are.
    """
    asked = plan.disclosure
    if asked.off:
        return dict(account)
    private = {
        s.path.resolve()
        for s in plan.layers.values()
        if s.kind not in _NOBODYS and s.name not in asked.published
    }
    inputs = {
        name: {**told, "sha256": None} if plan.layers[name].path.resolve() in private else told
        for name, told in account["inputs"].items()
    }
    study = dict(account["study"])
    if asked.rules.largest or asked.rules.percent:
        study["sha256"] = None
    told = {
        **account,
        "study": study,
        "inputs": inputs,
        "confidentiality": {**account["confidentiality"], "hashes": KEPT_IN},
    }
    if "products" in account:
        told["products"] = {
            name: None if name.partition("/")[0] in _INTERNAL else digest
            for name, digest in account["products"].items()
        }
    return told
