"""The tree of a classification: what lies above each code, and tables that mix its levels."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.sector_codes import named_vocabularies
from geoterritorio.layers.vocabularies import edition, vocabulary


def place_of(frame: pd.DataFrame) -> list[str]:
    """Columns that tell rows of one sector apart: of territories, or of the wholes of reference totals."""
    whose = ["territory"] if "territory" in frame.columns else ["area", "level", "parent"]
    return [c for c in (*whose, "period") if c in frame.columns]


def ancestry(name: str) -> pd.DataFrame:
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


def ranks(name: str) -> pd.Series:
    """Depth of every code, sections 0."""
    return ancestry(name).groupby("code")["distance"].max()


def nested(codes: pd.Series, name: str) -> pd.DataFrame:
    """code, ancestor: codes of which another one given lies above."""
    tree = ancestry(name)
    given = tree["code"].isin(codes) & tree["ancestor"].isin(codes)
    return tree.loc[given & (tree["distance"] > 0), ["code", "ancestor"]]


def refuse_contained(rows: pd.DataFrame, name: str, layer: str) -> None:
    """
    Refusal of a table in which one row contains another of the same place.

    Parameters
    ----------
    rows
        Rows that hold something: sector (as written), code, and the columns of `place_of`.
    name
        Vocabulary of the codes.
    layer
        What the table is called in messages.

    Raises
    ------
    LayerError
        If a code and one below it have rows in the same place and period: the first is probably the total.
    """
    links = nested(rows["code"], name)
    where = place_of(rows)
    rows = rows.assign(row=np.arange(len(rows)))
    upper = rows.merge(links.rename(columns={"code": "below", "ancestor": "code"}))
    lower = rows.rename(columns={"code": "below", "sector": "part"})[[*where, "below", "part"]]
    both = upper.merge(lower, on=[*where, "below"])
    if both.empty:
        return
    level = vocabulary(name).set_index("code")["level"]
    pairs = both.drop_duplicates(["code", "below"]).sort_values(["code", "below"])
    told = [
        f"{above} ({level[code]}) > {part} ({level[below]})"
        for above, code, part, below in pairs[["sector", "code", "part", "below"]].to_numpy()
    ]
    raise LayerError(
        message(
            "{layer}: {count} rows are of codes that contain codes of other rows in the same place: {pairs}. They are "
            "probably totals, and jobs would count twice. Codes by level: {levels}. Keep one level; establishments "
            "coded at several levels are recoded before they are counted.",
            layer=layer,
            count=int(both["row"].nunique()),
            pairs=listing(told),
            levels=_by_level(rows["code"], name),
        )
    )


def refuse_other(said: pd.Series, name: str) -> None:
    """
    Refusal of a table that says that its codes belong to another classification.

    Parameters
    ----------
    said
        Column `classification` of the table.
    name
        Vocabulary as which the codes are to be read.

    Raises
    ------
    LayerError
        If the column names other classifications, or other editions, than this one.
    """
    texts = [str(text) for text in said.dropna().unique()]
    other = [text for text in texts if (named := named_vocabularies(text)) and name not in named]
    if other:
        raise LayerError(
            message(
                "The column “classification” says {values}, but the codes are to be read as “{source}” ({edition}). "
                "Name the classification that they belong to, or correct the column.",
                values=listing(other),
                source=name,
                edition=edition(name),
            )
        )


def warn_mixed(codes: pd.Series, name: str, targets: pd.Series, target: str) -> None:
    """Warning where sectors of several levels come out as sectors of several levels."""
    found, made = _levels(codes, name), _levels(targets, target)
    if len(found) > 1 and len(made) > 1:
        text = message(
            "Sectors of several levels ({found}) come out as sectors of several levels ({made}): compare only those "
            "of one level, or bring all to one level before.",
            found=_by_level(codes, name),
            made=_by_level(targets, target),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _levels(codes: pd.Series, name: str) -> pd.Series:
    """Number of different codes by level, from the top down."""
    table = vocabulary(name)
    counts = table.loc[table["code"].isin(codes), "level"].value_counts()
    return counts.reindex([level for level in dict.fromkeys(table["level"]) if level in counts.index])


def _by_level(codes: pd.Series, name: str) -> str:
    return ", ".join(f"{level} {count}" for level, count in _levels(codes, name).items())
