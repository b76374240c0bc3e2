"""Which group of industries is read as the cluster of each territory."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification._district_cells import INDUSTRIES
from geoterritorio.identification.cluster_evidence import (
    CLUSTER,
    CORE,
    CRITERIA,
    POSSIBLE,
    VERDICTS,
    verdicts,
)
from geoterritorio.layers.findings import listing
from geoterritorio.layers.recoding import recode_sectors
from geoterritorio.layers.schema import NO, UNKNOWN, YES
from geoterritorio.layers.sector_codes import best_vocabulary

# Why a group is read.
ASKED, VERDICT, INDUSTRY, SPECIALISED, MET = REASONS = (
    "asked for",
    "best verdict",
    "main industry",
    "specialisation",
    "criteria met",
)
_INDUSTRIES = "istat_main_industries"
# Share of the codes that a classification must read, and of a group's core sectors that make it one of an industry.
_NEARLY_ALL, _MOSTLY = 0.9, 0.5
_KEYS = ["territory", "group"]


def foremost(
    evidence: pd.DataFrame,
    steps: pd.DataFrame,
    *,
    definitions: pd.DataFrame | None,
    group: str | Mapping[str, str] | None,
) -> pd.DataFrame:
    """
    Group that is read as the cluster of each territory.

    Parameters
    ----------
    evidence
        Of clusters: `territory`, `group`, `criterion`, `passed` and, if known, `margin`.
    steps
        Evidence of districts, of which the main industry is taken (`of`), if it is there.
    definitions
        `sector`, `group` and, if known, `role`; None knows no group of the main industry.
    group
        Group asked for: one for all territories, or one by territory.

    Returns
    -------
    groups
        By territory: `group`, `cluster_verdict` and `chosen_by`.

    Raises
    ------
    LayerError
        If a group asked for is not in the evidence.
    """
    found = _rated(evidence).reset_index()
    found["overlap"] = _overlap(found, steps, definitions)
    asked = _asked(found, group)
    claimed = ~asked & found["cluster_verdict"].isin([CLUSTER, POSSIBLE])
    # Where nothing is a cluster, the most criteria met may be those of any weak group.
    reason = np.select([asked, claimed, found["overlap"] > 0, found["margin"].notna()], REASONS[:4], MET)
    found = found.assign(
        chosen_by=reason,
        place=np.select([asked, claimed], [0, 1], 2),
        near=found["overlap"].where(~claimed & ~asked, 0.0),
        pull=found["margin"].where(~claimed & ~asked, 0.0),
    )
    order = ["place", "near", "pull", "rank", "met", "unmet", "margin", "group"]
    ranked = found.sort_values(
        order, ascending=[True, False, False, True, False, True, False, True], kind="stable"
    )
    columns = ["group", "cluster_verdict", "chosen_by"]
    return ranked.drop_duplicates("territory").set_index("territory")[columns]


def _rated(evidence: pd.DataFrame) -> pd.DataFrame:
    """Verdict on each group of each territory, criteria met and failed, and margin of specialisation."""
    wide = evidence.pivot_table(
        index=_KEYS, columns="criterion", values="passed", aggfunc="first", dropna=False
    )
    passed = wide.reindex(columns=list(CRITERIA)).fillna(UNKNOWN).to_numpy(dtype=object)
    found = pd.DataFrame(index=wide.index)
    found["cluster_verdict"] = verdicts(passed) if len(passed) else []
    found["rank"] = found["cluster_verdict"].map({v: i for i, v in enumerate(VERDICTS)})
    found["met"], found["unmet"] = ((passed == word).sum(axis=1) for word in (YES, NO))
    found["margin"] = np.nan
    if "margin" in evidence:
        first = evidence[evidence["criterion"] == "specialisation"].drop_duplicates(_KEYS)
        found["margin"] = first.set_index(_KEYS)["margin"].reindex(wide.index).astype(float)
    return found


def _asked(found: pd.DataFrame, group: str | Mapping[str, str] | None) -> npt.NDArray[np.bool_]:
    """Rows of the groups that are asked for."""
    if group is None:
        return np.zeros(len(found), dtype=bool)
    pairs = dict.fromkeys(found["territory"].unique(), group) if isinstance(group, str) else {**group}
    wanted = np.asarray(found["group"] == found["territory"].map(pairs), dtype=bool)
    lost = set(pairs.values()) - set(found.loc[wanted, "group"])
    if lost:
        raise LayerError(
            message(
                "group: “{group}” is not in cluster_evidence. There are: {values}.",
                group=listing(sorted(lost)) if len(lost) > 1 else min(lost),
                values=listing(sorted(map(str, found["group"].unique()))),
            )
        )
    return wanted


def _overlap(
    found: pd.DataFrame, steps: pd.DataFrame, definitions: pd.DataFrame | None
) -> npt.NDArray[np.float64]:
    """2 where most of the group's core sectors are of the territory's main industry, 1 where some are, else 0."""
    if definitions is None or "of" not in steps.columns:
        return np.zeros(len(found))
    of = steps[steps["of"].isin(INDUSTRIES)].drop_duplicates("territory").set_index("territory")["of"]
    role = definitions.get("role", pd.Series(CORE, index=definitions.index)).fillna(CORE)
    core = definitions[role == CORE]
    shares = core.merge(_industries(core["sector"]), on="sector").groupby(["group", "industry"]).size()
    shares = shares / core.groupby("group").size().reindex(shares.index.get_level_values("group")).to_numpy()
    wanted = pd.MultiIndex.from_arrays([found["group"], found["territory"].map(of)])
    share = shares.reindex(wanted).fillna(0.0).to_numpy()
    return np.select([share >= _MOSTLY, share > 0], [2.0, 1.0], 0.0)


def _industries(sectors: pd.Series) -> pd.DataFrame:
    """Main industry of each sector, where it surely is of one."""
    codes = sectors.drop_duplicates()
    none = pd.DataFrame({"sector": [], "industry": []}, dtype=object)
    vocabulary, share = best_vocabulary(codes)
    if share < _NEARLY_ALL:
        return none
    rows = pd.DataFrame({"territory": codes, "sector": codes, "employment": 1.0})
    with warnings.catch_warnings():
        # Sectors that make nothing are of no industry.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        try:
            split = recode_sectors(rows, source=vocabulary, target=_INDUSTRIES).split
        except LayerError:
            return none
    sure = split[split["target"].isin(INDUSTRIES)].drop_duplicates(["sector", "target"])
    sure = sure[~sure["sector"].duplicated(keep=False)]
    return sure[["sector", "target"]].rename(columns={"target": "industry"})
