"""Links between the codes of two classifications: held, composed of several held tables, or the user's own."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.sector_codes import normalise_sectors
from geoterritorio.layers.sector_tree import ancestry, ranks
from geoterritorio.layers.vocabularies import (
    canonical_name,
    correspondence,
    correspondence_head,
    steps_between,
)

REMAINDER = "remainder"
_TOLERANCE = 1e-6
_DIRECT = 2  # vocabularies on the way where one table links the ends


def links_between(source: str, target: str, table: pd.DataFrame | None, shares: str) -> pd.DataFrame:
    """source, target, share: at most one row per pair, shares of a source summing to 1."""
    if table is None:
        steps = steps_between(source, target)
        if len(steps) > _DIRECT and shares == "equal":
            return _composed(steps)
        if correspondence_head(source, target)["kind"] != "recoding":
            raise LayerError(
                message(
                    "The links between “{source}” and “{target}” say what is relevant to what; jobs cannot be "
                    "moved along them. Give a correspondence table of your own.",
                    source=source,
                    target=target,
                )
            )
        table = correspondence(source, target)
    links = _own_table(table, source, target)
    return _equal(links) if shares == "equal" else _given_shares(links, shares)


def _equal(links: pd.DataFrame) -> pd.DataFrame:
    links = links.drop_duplicates(["source", "target"])
    each = links.groupby("source")["target"].transform("size")
    return links.assign(share=1.0 / each)[["source", "target", "share"]]


def _composed(steps: list[str]) -> pd.DataFrame:
    """Links along several tables: shares multiply; what is lost on the way goes to the remainder."""
    text = message(
        "No table from “{source}” to “{target}” is held: composed of those along {path}. At every step codes are "
        "divided equally, so the result says less than one table would, and codes that are the same at both ends may "
        "be divided as well. Give a table of your own if you have one.",
        source=steps[0],
        target=steps[-1],
        path=" → ".join(steps),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    first, *rest = (_equal(_own_table(correspondence(a, b), a, b)) for a, b in pairwise(steps))
    links = first
    for middle, step in zip(steps[1:-1], rest, strict=True):
        links = _joined(links, middle, step)
    lost = (
        links[links["target"] == REMAINDER].set_index("source")["share"].reindex(links["source"]).to_numpy()
    )
    return links[~(lost > 1 - _TOLERANCE)].reset_index(drop=True)


def _joined(links: pd.DataFrame, middle: str, step: pd.DataFrame) -> pd.DataFrame:
    """Links of one table with those of the next, which begin at or above or below their ends."""
    codes = links["target"].drop_duplicates()
    moves = split_of(pd.DataFrame({"sector": codes, "code": codes}), middle, step, None, inherit=True)
    moves = moves.rename(columns={"code": "middle", "target": "next", "share": "part"})
    both = links.merge(moves, left_on="target", right_on="middle", how="left")
    both = both.fillna({"next": REMAINDER, "part": 1.0})
    both = both.assign(target=both["next"], share=both["share"] * both["part"])
    return both.groupby(["source", "target"], as_index=False)["share"].sum()


def _own_table(table: pd.DataFrame, source: str, target: str) -> pd.DataFrame:
    absent = [c for c in ("source", "target") if c not in table.columns]
    if absent:
        raise LayerError(
            message("table: no column “{column}”. It needs source and target.", column=", ".join(absent))
        )
    links = table.reset_index(drop=True).copy()
    problems: list[Message] = []
    for column, name in (("source", held_name(source)), ("target", held_name(target))):
        read = read_codes(links[column], name)
        strange = links.loc[read.isna(), column]
        if len(strange):
            problems.append(
                message(
                    "table: {count} rows whose {column} is not a code of “{vocabulary}”: {values}.",
                    count=len(strange),
                    column=column,
                    vocabulary=name or (source if column == "source" else target),
                    values=listing(sorted(set(strange.fillna("").astype(str)))),
                )
            )
        links[column] = read
    if problems:
        raise LayerError(problems)
    return links


def _given_shares(links: pd.DataFrame, column: str) -> pd.DataFrame:
    if column not in links.columns:
        raise LayerError(message("table: no column “{column}”, named as the shares.", column=column))
    value = pd.to_numeric(links[column], errors="coerce")
    wrong = links.loc[~((value >= 0) & (value <= 1 + _TOLERANCE)), "source"]
    sums = value.groupby(links["source"]).sum()
    uneven = sums.index[(sums - 1).abs() > _TOLERANCE]
    problems: list[Message] = []
    if len(wrong):
        problems.append(
            message(
                "table: {count} shares are missing or not between 0 and 1, of the codes {values}.",
                count=len(wrong),
                values=listing(sorted(set(wrong))),
            )
        )
    elif len(uneven):
        problems.append(
            message(
                "table: the shares of {count} codes do not sum to 1: {values}. Complete or correct them.",
                count=len(uneven),
                values=listing([f"{c}: {sums[c]:.6g}" for c in uneven]),
            )
        )
    if problems:
        raise LayerError(problems)
    exact = links.assign(share=value / links["source"].map(sums))
    return exact[exact["share"] > 0].groupby(["source", "target"], as_index=False)["share"].sum()


def split_of(
    used: pd.DataFrame, name: str | None, links: pd.DataFrame, lifts: pd.DataFrame | None, *, inherit: bool
) -> pd.DataFrame:
    """sector, code, target, share, via for every code that the links reach."""
    anchors = _anchors(used["code"].drop_duplicates(), name, links["source"].unique(), inherit=inherit)
    found = anchors.merge(links, left_on="anchor", right_on="source")
    found["share"] *= found["weight"]
    if lifts is not None:
        rank = found["code"].map(ranks(name)) if name else pd.Series(np.nan, index=found.index)
        lifted = found.assign(rank=rank).merge(lifts, on=["target", "rank"], how="left")["lifted"]
        found["target"] = lifted.where((found["via"] == "below") & lifted.notna(), found["target"])
    found = found.groupby(["code", "target", "via"], as_index=False)["share"].sum()
    # Sixteenths and the like leave the sum of a code a hair from 1: a whole code must stay whole.
    found["share"] /= found.groupby("code")["share"].transform("sum")
    rows = used.merge(found, on="code")[["sector", "code", "target", "share", "via"]]
    return rows.sort_values(["code", "target"], kind="stable").reset_index(drop=True)


def _anchors(codes: pd.Series, name: str | None, linked: Any, *, inherit: bool) -> pd.DataFrame:
    """code, anchor, weight, via: where in the links each code's shares are taken from."""
    own = pd.DataFrame({"code": codes[codes.isin(linked)]}).assign(via="own", weight=1.0)
    own["anchor"] = own["code"]
    if name is None or not inherit:
        return own
    tree = ancestry(name)
    rest = codes[~codes.isin(linked)]
    above = tree[tree["code"].isin(rest) & tree["ancestor"].isin(linked)]
    above = above.sort_values("distance").drop_duplicates("code").rename(columns={"ancestor": "anchor"})
    below = tree[tree["ancestor"].isin(rest) & tree["code"].isin(linked)]
    below = below.rename(columns={"code": "anchor", "ancestor": "code"})
    below = below[~below["code"].isin(above["code"])]
    each = below.groupby("code")["anchor"].transform("size")
    parts = [own, above.assign(via="above", weight=1.0), below.assign(via="below", weight=1.0 / each)]
    return pd.concat([p[["code", "anchor", "weight", "via"]] for p in parts], ignore_index=True)


def lifts_of(name: str | None) -> pd.DataFrame | None:
    """target, rank, lifted: the code at each depth above every target; the target itself below its own depth."""
    if name is None:
        return None
    tree = ancestry(name)
    rank = tree["code"].map(ranks(name)) - tree["distance"]
    return pd.DataFrame({"target": tree["code"], "rank": rank, "lifted": tree["ancestor"]})


def held_name(name: str) -> str | None:
    """Name under which a vocabulary is held, if it is."""
    try:
        return canonical_name(name)
    except LayerError:
        return None


def read_codes(codes: pd.Series, name: str | None) -> pd.Series:
    """Codes in the spelling of their vocabulary; without one as they are written."""
    if name is not None:
        return normalise_sectors(codes, name)
    return codes.map(lambda c: str(c).strip(), na_action="ignore").astype(object).where(codes.notna(), None)
