"""Who is tied with whom: links and shared actions of known actors, each fault counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import listing

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PROJECT, SUPPLY, COOPERATION = "project", "supply", "cooperation"
FIRM = "firm"
# Those who hold knowledge that others may use, among the kinds of institutions.
HOLDERS = ("higher_education", "laboratory", "transfer")
# Ties of these kinds have no direction: they count both ways.
MUTUAL = (COOPERATION, PROJECT)
# Ties that can be returned, of which reciprocity is asked; links without kind are among them.
RETURNABLE = (SUPPLY, COOPERATION, "")


@dataclass(frozen=True)
class Ties:
    """
    Ties among known actors, as numbers.

    Parameters
    ----------
    actors
        Actors with at least one tie, by number: `actor`, `type`, `territory` (missing where it is not known).
    source, target
        Numbers of the actors at both ends, in the direction that is recorded.
    kind, period
        Kind and period of each tie; empty where not told.
    notices
        What was left out or put together.
    """

    actors: pd.DataFrame
    source: Ints
    target: Ints
    kind: npt.NDArray[np.object_]
    period: npt.NDArray[np.object_]
    notices: tuple[Message, ...] = ()

    @property
    def size(self) -> int:
        """Number of actors."""
        return len(self.actors)

    def chosen(self, rows: Flags) -> tuple[Ints, Ints]:
        """Ends of some of the ties."""
        return self.source[rows], self.target[rows]


def actor_ties(links: pd.DataFrame, actors: pd.DataFrame, actions: pd.DataFrame | None = None) -> Ties:
    """
    Ties among known actors: links, and actions that they share.

    Parameters
    ----------
    links
        `source`, `target` and, if known, `kind` and `period`.
    actors
        `actor`, `type` (firm, or the kind of the institution) and `territory`, each actor once.
    actions
        `actors` with semicolons between them and, if known, `period`: every two actors of an action are tied.

    Returns
    -------
    ties
        Each pair once for every kind and period. Ties with unknown actors, self-links and repetitions are left out and
        counted in `notices`.

    Raises
    ------
    LayerError
        If there are no links or actors, an actor is in two rows, or no tie is between two known ones.

    Examples
    --------
    >>> links = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "a", "x"], "kind": "supply"})
    >>> actors = pd.DataFrame({"actor": ["a", "b"], "type": "firm", "territory": "T"})
    >>> found = actor_ties(links, actors)
    >>> found.source.tolist(), found.target.tolist(), len(found.notices)
    ([0], [1], 2)
    """
    _sound(links, actors)
    rows = links.reindex(columns=["source", "target", "kind", "period"])
    told = {c: rows[c].astype(object).where(rows[c].notna(), "").astype(str) for c in ("kind", "period")}
    rows = rows.assign(**told)
    rows = pd.concat([rows.assign(origin="links"), _shared(actions)], ignore_index=True)
    numbers = pd.Index(actors["actor"].astype(str))
    ends = np.column_stack([numbers.get_indexer(rows[end].astype(str)) for end in ("source", "target")])
    unknown = (ends < 0).any(axis=1)
    own = rows["source"].astype(str).eq(rows["target"].astype(str)).to_numpy()
    kept = ~unknown & ~own
    again = (
        kept
        & rows.assign(a=ends[:, 0], b=ends[:, 1])[["a", "b", "kind", "period"]]
        .where(pd.Series(kept), None)
        .duplicated()
        .to_numpy()
    )
    notices = _notices(rows, numbers, (unknown & ~own, own, again))
    kept &= ~again
    if not kept.any():
        raise LayerError(
            message(
                "links: none of {count} is between two actors that firms and institutions have, for example {values}. "
                "Give the identifiers of the register and of the institutions.",
                count=len(rows),
                values=listing(sorted({*rows["source"].astype(str), *rows["target"].astype(str)})),
            )
        )
    used, codes = np.unique(ends[kept], return_inverse=True)
    codes = codes.reshape(-1, 2).astype(np.int64)
    return Ties(
        actors.iloc[used][["actor", "type", "territory"]].reset_index(drop=True),
        codes[:, 0],
        codes[:, 1],
        rows.loc[kept, "kind"].to_numpy(dtype=object),
        rows.loc[kept, "period"].to_numpy(dtype=object),
        notices,
    )


def _sound(links: pd.DataFrame, actors: pd.DataFrame) -> None:
    problems = []
    if links.empty:
        problems.append(message("links: no rows. Give links between firms and institutions."))
    if actors.empty:
        problems.append(message("No actors: give firms with the column “firm”, institutions, or both."))
    twice = actors.loc[actors["actor"].astype(str).duplicated(), "actor"].astype(str)
    if len(twice):
        problems.append(
            message(
                "firms, institutions: {count} identifiers are those of several actors, for example {values}. Links "
                "could mean either: give each actor its own.",
                count=twice.nunique(),
                values=listing(sorted(set(twice))),
            )
        )
    if problems:
        raise LayerError(problems)


def _shared(actions: pd.DataFrame | None) -> pd.DataFrame:
    """Every two actors of each action, as project ties of its period."""
    columns = ["source", "target", "kind", "period", "origin"]
    if actions is None or "actors" not in actions.columns:
        return pd.DataFrame(columns=columns, dtype=object)
    who = actions["actors"].dropna().astype(str).str.split(";").explode().str.strip()
    who = who[who != ""]
    told = actions.get("period", pd.Series("", index=actions.index)).astype(object)
    told = told.where(told.notna(), "").astype(str)
    one = pd.DataFrame({"row": who.index, "source": who.to_numpy()}).drop_duplicates()
    two = one.merge(one.rename(columns={"source": "target"}), on="row")
    two = two[two["source"] < two["target"]]
    return two.assign(kind=PROJECT, period=two["row"].map(told), origin="actions")[columns]


def _notices(
    rows: pd.DataFrame, numbers: pd.Index, faults: tuple[Flags, Flags, Flags]
) -> tuple[Message, ...]:
    unknown, own, again = faults
    found = []
    if unknown.any():
        names = pd.concat([rows.loc[unknown, "source"], rows.loc[unknown, "target"]]).astype(str)
        found.append(
            message(
                "{count} of {number} ties name actors that neither firms nor institutions have, for example {values}: "
                "they are left out. Add these actors, or give the identifiers of the register.",
                count=int(unknown.sum()),
                number=len(rows),
                values=listing(sorted(set(names[~names.isin(numbers)]))),
            )
        )
    if own.any():
        found.append(
            message(
                "{count} links go from an actor to itself, for example {values}: they are left out, since nobody is "
                "tied with itself. Correct one of their ends.",
                count=int(own.sum()),
                values=listing(sorted(set(rows.loc[own, "source"].astype(str)))),
            )
        )
    linked = again & rows["origin"].eq("links").to_numpy()
    if linked.any():
        found.append(
            message(
                "{count} links repeat another of the same ends, kind and period: each counts once. Give links of "
                "several years their periods.",
                count=int(linked.sum()),
            )
        )
    return tuple(found)


def pairs(source: Ints, target: Ints, size: int) -> tuple[Ints, Ints]:
    """Each pair of actors once, whatever the direction."""
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys = np.unique((low * size + high)[low != high])
    return keys // size, keys % size


def arcs(ties: Ties) -> tuple[Ints, Ints]:
    """Each ordered pair once: ties without direction (cooperation, project) count both ways."""
    both = np.isin(ties.kind.astype(str), MUTUAL)
    source = np.concatenate([ties.source, ties.target[both]])
    target = np.concatenate([ties.target, ties.source[both]])
    keys = np.unique(source * ties.size + target)
    return keys // ties.size, keys % ties.size
