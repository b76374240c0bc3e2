"""Sectors from one classification into another, into coarser levels, into groups; nothing lost on the way.

What has no counterpart stays in the table under the code `REMAINDER`, so totals are the same before and after.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.checks import listing
from geoterritorio.layers.schema import ESTIMATED, KNOWN, WITHHELD
from geoterritorio.layers.sector_codes import normalise_sectors
from geoterritorio.layers.vocabularies import (
    canonical_name,
    correspondence,
    correspondence_head,
    known_level,
    titles,
    vocabulary,
)
from geoterritorio.registry import Column, Layer

REMAINDER = "remainder"
MISSING, UNREAD, UNLINKED = "missing", "not_in_vocabulary", "without_correspondence"
_AMOUNTS = ("employment", "establishments", "squares")
_TOLERANCE = 1e-6

CORRESPONDENCE = Layer(
    "correspondence",
    ("table",),
    (
        Column("source", "text", "Code to be replaced"),
        Column(
            "target", "text", "Code that replaces it; a source with several targets stands in several rows"
        ),
    ),
)
LEFT_OVER = Layer(
    "remainder",
    ("table",),
    (
        Column("sector", "text", "Code as it was given"),
        Column(
            "reason",
            "text",
            "missing, not_in_vocabulary or without_correspondence",
            options=(MISSING, UNREAD, UNLINKED),
        ),
        Column("rows", "number", "Rows of the table with this code", min=0),
        Column("employment", "number", "Jobs under this code", required=False, min=0),
        Column("establishments", "number", "Establishments under this code", required=False, min=0),
    ),
    key=("sector",),
)
SPLIT = Layer(
    "split",
    ("table",),
    (
        Column("sector", "text", "Code as it was given"),
        Column("code", "text", "The same code in the spelling of its classification"),
        Column("target", "text", "Code that replaces it"),
        Column("share", "number", "Share of the code's jobs and establishments that goes there", min=0),
        Column(
            "via",
            "text",
            "own: the table has the code; above: it has the code above it; below: it has codes below it, taken equally",
            options=("own", "above", "below"),
        ),
    ),
)

Correspondence = Annotated[pd.DataFrame, CORRESPONDENCE]
LeftOver = Annotated[pd.DataFrame, LEFT_OVER]
Split = Annotated[pd.DataFrame, SPLIT]


@dataclass(frozen=True)
class Recoded:
    """
    A layer with other sector codes, and what became of each old one.

    Attributes
    ----------
    layer
        As the input, with the target's codes; what has no counterpart is under the code `REMAINDER`.
    remainder
        Codes without counterpart: sector, reason, rows, employment, establishments; for a wide table, whatever it
        counts stands as employment.
    split
        Every old code with its targets and the shares used: sector, code, target, share, via.
    """

    layer: Any
    remainder: pd.DataFrame
    split: pd.DataFrame


def recode_sectors(
    frame: pd.DataFrame,
    *,
    source: str,
    target: str,
    table: pd.DataFrame | None = None,
    shares: str = "equal",
    language: Language = "en",
) -> Recoded:
    r"""
    Sectors of a layer in another classification.

    Parameters
    ----------
    frame
        Counts (long: territory, sector and amounts; or wide: territories × sectors), reference totals, or firms.
    source
        Vocabulary of the codes; with a table of one's own, any name.
    target
        Vocabulary wanted; with a table of one's own, any name.
    table
        One's own correspondence: source, target and, if `shares` names it, a column of shares.
    shares
        ``equal``: a code with several counterparts is divided equally among them; or the column of shares, which
        must sum to 1 for each source.
    language
        Language of the sector names.

    Returns
    -------
    recoded
        Layer, remainder and the shares used. Firms with several counterparts become several rows with a column
        `share` and employment in proportion.

    Raises
    ------
    LayerError
        If no table between the two is held, the table names codes its vocabularies do not have, or shares are not
        between 0 and 1 or do not sum to 1.

    Notes
    -----
    .. math:: E_{rj} = \sum_i s_{ij} E_{ri}, \qquad \sum_j s_{ij} = 1

    A code above the table's level (a division, where the table links classes) is divided equally among the linked
    codes below it and brought back to the same level of the target. A withheld cell makes every cell it may reach
    withheld; a divided cell is marked estimated. Equal shares are an assumption: give measured ones where they exist.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["62.01", "58.29", "99.99"], "employment": [8.0, 2.0, 1.0]})
    >>> found = recode_sectors(counts, source="nace2", target="isic4")
    >>> found.layer[["sector", "employment"]].values.tolist()
    [['5820', 2.0], ['6201', 8.0], ['remainder', 1.0]]
    """
    links = _links(source, target, table, shares)
    return _recoded(frame, _names_or_none(source), links, _titles(target, language), _levels(target))


def aggregate_sectors(
    frame: pd.DataFrame, *, vocabulary: str, level: str, language: Language = "en"
) -> Recoded:
    """
    Sectors of a layer at a coarser level of their own classification.

    Parameters
    ----------
    frame
        As for `recode_sectors`.
    vocabulary
        Vocabulary of the codes.
    level
        Level wanted, such as ``division``; codes above it go to the remainder.
    language
        Language of the sector names.

    Returns
    -------
    recoded
        Layer, remainder and the codes each old one went to.

    Raises
    ------
    LayerError
        If the vocabulary has no such level.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["10.11", "10.5"], "employment": [8.0, 2.0]})
    >>> aggregate_sectors(counts, vocabulary="nace2", level="division").layer[["sector", "employment"]].values.tolist()
    [['10', 10.0]]
    """
    known_level(vocabulary, level)
    ancestors = _ancestry(vocabulary)
    wanted = ancestors[ancestors["level"] == level]
    links = pd.DataFrame({"source": wanted["code"], "target": wanted["ancestor"], "share": 1.0})
    return _recoded(
        frame, canonical_name(vocabulary), links, _titles(vocabulary, language), None, inherit=False
    )


def group_sectors(
    frame: pd.DataFrame, *, groups: str, source: str = "nace2", language: Language = "en"
) -> Recoded:
    """
    Sectors of a layer as groups: activities, main industries, technology.

    Parameters
    ----------
    frame
        As for `recode_sectors`.
    groups
        ``istat_activities``, ``istat_main_industries`` or ``eurostat_technology``.
    source
        Vocabulary of the codes.
    language
        Language of the group names.

    Returns
    -------
    recoded
        Layer by group, remainder and the groups each code went to.

    Raises
    ------
    LayerError
        If the vocabulary is not assigned to these groups.

    Examples
    --------
    >>> counts = pd.DataFrame({"territory": "T", "sector": ["26", "30.3", "13.1"], "employment": [8.0, 2.0, 5.0]})
    >>> found = group_sectors(counts, groups="eurostat_technology", language="es").layer
    >>> found[["sector_name", "employment"]].values.tolist()
    [['Tecnología alta', 10.0], ['Tecnología baja', 5.0]]
    """
    return recode_sectors(frame, source=source, target=groups, language=language)


def _links(source: str, target: str, table: pd.DataFrame | None, shares: str) -> pd.DataFrame:
    """source, target, share: at most one row per pair, shares of a source summing to 1."""
    if table is None:
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
    if shares == "equal":
        links = links.drop_duplicates(["source", "target"])
        each = links.groupby("source")["target"].transform("size")
        return links.assign(share=1.0 / each)[["source", "target", "share"]]
    return _given_shares(links, shares)


def _own_table(table: pd.DataFrame, source: str, target: str) -> pd.DataFrame:
    absent = [c for c in ("source", "target") if c not in table.columns]
    if absent:
        raise LayerError(
            message("table: no column “{column}”. It needs source and target.", column=", ".join(absent))
        )
    links = table.reset_index(drop=True).copy()
    problems: list[Message] = []
    for column, name in (("source", _names_or_none(source)), ("target", _names_or_none(target))):
        read = _normalised(links[column], name)
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


def _recoded(
    frame: pd.DataFrame,
    name: str | None,
    links: pd.DataFrame,
    names: pd.Series,
    target_levels: pd.DataFrame | None,
    *,
    inherit: bool = True,
) -> Recoded:
    wide = "sector" not in frame.columns
    sectors = _text(frame.columns if wide else frame["sector"])
    frame = frame.set_axis(sectors, axis=1) if wide else frame.assign(sector=sectors)
    given = pd.Series(sectors, dtype=object).drop_duplicates().reset_index(drop=True)
    read = _normalised(given, name)
    split = _split(
        pd.DataFrame({"sector": given, "code": read}).dropna(), name, links, target_levels, inherit=inherit
    )
    reason = np.where(given == "", MISSING, np.where(read.isna(), UNREAD, UNLINKED))
    lost = pd.Series(reason, index=given, dtype=object)[~given.isin(split["sector"]).to_numpy()]
    moves = pd.concat(
        [
            split[["sector", "target", "share"]],
            pd.DataFrame({"sector": lost.index, "target": REMAINDER, "share": 1.0}),
        ],
        ignore_index=True,
    )
    if wide:
        layer = _wide(frame, moves)
        amounts = pd.DataFrame({"sector": frame.columns, "employment": frame.sum(skipna=False).to_numpy()})
        return Recoded(layer, _remainder(amounts, lost), split)
    firms = isinstance(frame, gpd.GeoDataFrame) or "firm" in frame.columns
    layer = _firms(frame, moves, names) if firms else _counts(frame, moves, names)
    return Recoded(layer, _remainder(frame, lost), split)


def _text(sectors: Any) -> Any:
    """Codes as text, missing ones empty."""
    codes, distinct = pd.factorize(pd.Series(sectors))
    return np.array([*(str(c).strip() for c in distinct), ""], dtype=object)[codes]


def _split(
    used: pd.DataFrame,
    name: str | None,
    links: pd.DataFrame,
    target_levels: pd.DataFrame | None,
    *,
    inherit: bool,
) -> pd.DataFrame:
    """sector, code, target, share, via for every code that the links reach."""
    anchors = _anchors(used["code"].drop_duplicates(), name, links["source"].unique(), inherit=inherit)
    found = anchors.merge(links, left_on="anchor", right_on="source")
    found["share"] *= found["weight"]
    if target_levels is not None:
        rank = found["code"].map(_ranks(name)) if name else pd.Series(np.nan, index=found.index)
        lifted = found.assign(rank=rank).merge(target_levels, on=["target", "rank"], how="left")["lifted"]
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
    tree = _ancestry(name)
    rest = codes[~codes.isin(linked)]
    above = tree[tree["code"].isin(rest) & tree["ancestor"].isin(linked)]
    above = above.sort_values("distance").drop_duplicates("code").rename(columns={"ancestor": "anchor"})
    below = tree[tree["ancestor"].isin(rest) & tree["code"].isin(linked)]
    below = below.rename(columns={"code": "anchor", "ancestor": "code"})
    below = below[~below["code"].isin(above["code"])]
    each = below.groupby("code")["anchor"].transform("size")
    parts = [own, above.assign(via="above", weight=1.0), below.assign(via="below", weight=1.0 / each)]
    return pd.concat([p[["code", "anchor", "weight", "via"]] for p in parts], ignore_index=True)


def _ancestry(name: str) -> pd.DataFrame:
    """code, ancestor (itself included), its level and the distance up to it."""
    table = vocabulary(name).set_index("code")
    current = pd.Series(table.index, index=table.index)
    steps: list[pd.DataFrame] = []
    while len(current):
        steps.append(
            pd.DataFrame({"code": current.index, "ancestor": current.to_numpy(), "distance": len(steps)})
        )
        current = current.map(table["parent"])
        current = current[current != ""]
    tree = pd.concat(steps, ignore_index=True)
    return tree.assign(level=tree["ancestor"].map(table["level"]))


def _ranks(name: str) -> pd.Series:
    """Depth of every code, sections 0."""
    return _ancestry(name).groupby("code")["distance"].max()


def _levels(target: str) -> pd.DataFrame | None:
    """target, rank, lifted: the code at each depth above every target; the target itself below its own depth."""
    name = _names_or_none(target)
    if name is None:
        return None
    tree = _ancestry(name)
    rank = tree["code"].map(_ranks(name)) - tree["distance"]
    return pd.DataFrame({"target": tree["code"], "rank": rank, "lifted": tree["ancestor"]})


def _counts(frame: pd.DataFrame, moves: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    rows = frame.reset_index(drop=True)
    if "relative_error" in rows.columns:
        warnings.warn(
            GeoterritorioWarning(
                message("Sampling errors cannot be carried into other sectors and are left out.")
            ),
            stacklevel=4,
        )
    parts = _pieces(rows, moves)
    row, share = parts["row"].to_numpy(), parts["share"].to_numpy()
    keys = {"territory": rows["territory"].to_numpy()[row]} if "territory" in rows.columns else {}
    cells = pd.DataFrame({**keys, "sector": parts["target"].astype(object).to_numpy()})
    groups = cells.groupby(list(cells.columns), dropna=False)
    layer = groups.size().index.to_frame(index=False)
    cell = groups.ngroup().to_numpy()
    unknown = np.zeros(len(layer), dtype=bool)
    layer["sector_name"] = layer["sector"].map(names).astype(object)
    for amount in (c for c in _AMOUNTS if c in rows.columns):
        value = rows[amount].to_numpy(float)[row] * share
        missing = _any(np.isnan(value), cell, len(layer))
        layer[amount] = np.where(
            missing, np.nan, np.bincount(cell, weights=np.nan_to_num(value), minlength=len(layer))
        )
        unknown |= missing
    old = (
        rows["status"].to_numpy()[row] if "status" in rows.columns else np.full(len(row), KNOWN, dtype=object)
    )
    guessed = _any((old == ESTIMATED) | (share < 1), cell, len(layer))
    status = pd.Series(KNOWN, index=layer.index, dtype=object).mask(guessed, ESTIMATED)
    layer["status"] = status.where(~unknown, None).mask(_any(old == WITHHELD, cell, len(layer)), WITHHELD)
    return layer


def _any(flag: Any, cell: Any, count: int) -> Any:
    """Whether any piece of each cell has the flag."""
    return np.bincount(cell, weights=np.asarray(flag, dtype=float), minlength=count) > 0


def _firms(frame: pd.DataFrame, moves: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    parts = _pieces(frame, moves)
    layer = frame.iloc[parts["row"]].reset_index(drop=True)
    layer["sector"] = parts["target"].to_numpy()
    layer["sector_name"] = layer["sector"].map(names).to_numpy()
    layer["share"] = parts["share"].to_numpy()
    if "employment" in layer.columns:
        layer["employment"] *= layer["share"]
    divided = int((parts["share"] < 1).groupby(parts["row"]).any().sum())
    if divided:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{count} establishments have a code with several counterparts and stand in several rows, each "
                    "with its share. Count them by territory before recoding to have whole establishments.",
                    count=divided,
                )
            ),
            stacklevel=4,
        )
    return layer


def _pieces(frame: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    """Position of the row, target, share: every row of the frame once for each of its targets."""
    sectors = pd.DataFrame({"sector": frame["sector"].to_numpy(), "row": np.arange(len(frame))})
    return sectors.merge(moves, on="sector", how="left").sort_values("row", kind="stable")


def _wide(frame: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
    parts = _pieces(pd.DataFrame({"sector": frame.columns}), moves)
    column, targets = pd.factorize(parts["target"], sort=True)
    weights = np.zeros((frame.shape[1], len(targets)))
    np.add.at(weights, (parts["row"].to_numpy(), column), parts["share"].to_numpy())
    values = frame.to_numpy(float)
    unknown = np.isnan(values).astype(float) @ (weights > 0)
    out = np.where(unknown > 0, np.nan, np.nan_to_num(values) @ weights)
    return pd.DataFrame(out, index=frame.index, columns=pd.Index(targets, name="sector", dtype=object))


def _remainder(frame: pd.DataFrame, lost: pd.Series) -> pd.DataFrame:
    amounts = [c for c in ("employment", "establishments") if c in frame.columns]
    rows = frame[frame["sector"].isin(lost.index)]
    grouped = rows.groupby(rows["sector"].astype(object))
    table = grouped.size().rename("rows").to_frame().join(grouped[amounts].sum(min_count=1))
    table.insert(0, "reason", lost.reindex(table.index).to_numpy())
    return table.rename_axis("sector").reset_index()


def _names_or_none(name: str) -> str | None:
    try:
        return canonical_name(name)
    except LayerError:
        return None


def _normalised(codes: pd.Series, name: str | None) -> pd.Series:
    if name is not None:
        return normalise_sectors(codes, name)
    return codes.map(lambda c: str(c).strip(), na_action="ignore").astype(object).where(codes.notna(), None)


def _titles(target: str, language: Language) -> pd.Series:
    name = _names_or_none(target)
    found = titles(name, language) if name is not None else pd.Series(dtype=object)
    rest = pd.Series({REMAINDER: translator(language)(mark("Without correspondence"))})
    return pd.concat([found, rest])
