"""Who is tied with whom: links and shared actions of known actors, each fault counted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.identification.network_figures import distinct
from geoterritorio.layers.findings import listing
from geoterritorio.layers.spans import spans

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
        Actors with at least one tie, by number: `actor`, `type`, `territory` (missing where it is none of those that
        are looked at, or not known) and `placed` (whether it is known where the actor is).
    source, target
        Numbers of the actors at both ends, in the direction that is recorded.
    kind, period
        Kind and period of each tie; empty where not told.
    echo
        Ties without direction (cooperation, project) that their other end has stated too, in the same period: both
        statements are one tie, and the second is asked of reciprocity alone.
    notices
        What was left out or put together.
    """

    actors: pd.DataFrame
    source: Ints
    target: Ints
    kind: npt.NDArray[np.object_]
    period: npt.NDArray[np.object_]
    echo: Flags
    notices: tuple[Message, ...] = ()

    @property
    def size(self) -> int:
        """Number of actors."""
        return len(self.actors)

    @cached_property
    def cells(self) -> Ints:
        """Ties among which chance deals ends: those of a kind and period, second statements apart."""
        told = pd.DataFrame({"kind": self.kind, "period": self.period, "echo": self.echo})
        return np.asarray(told.groupby(list(told.columns), sort=True).ngroup(), dtype=np.int64)

    @cached_property
    def mutual(self) -> Flags:
        """Ties without direction."""
        return np.isin(self.kind.astype(str), MUTUAL)

    @cached_property
    def days(self) -> tuple[Ints, Ints]:
        """First and last day of the period of each tie, as numbers; the first above the last where none is told."""
        told, codes = np.unique(self.period.astype(str), return_inverse=True)
        days = spans(pd.Series(told, dtype=object))
        begin = days["begin"].to_numpy("datetime64[D]").astype(np.int64)
        end = days["end"].to_numpy("datetime64[D]").astype(np.int64)
        known = days["begin"].notna().to_numpy()
        return np.where(known, begin, 1)[codes], np.where(known, end, 0)[codes]

    def either_way(self, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Ends of all ties; those of projects, which have no direction, in either order as chance will."""
        turned = (self.kind == PROJECT) & (rng.random(len(self.kind)) < 0.5)  # noqa: PLR2004 - two orders
        return np.where(turned, self.target, self.source), np.where(turned, self.source, self.target)

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
        `actor`, `type` (firm, or the kind of the institution) and `territory`, each actor once; perhaps `placed`, false
        where it is not known where the actor is. Without it that is where `territory` is missing.
    actions
        `actors` with semicolons between them and, if known, `period`: every two actors of an action are tied.

    Returns
    -------
    ties
        Each pair once for every kind and period, in the direction that is recorded; projects have none, and of
        cooperation that both ends state the second statement is an `echo`. Ties with unknown actors, self-links and
        repetitions are left out and counted in `notices`.

    Raises
    ------
    LayerError
        If there are neither links nor actions that are shared, no actors, an actor is in two rows, or no tie is between
        two known ones.

    Examples
    --------
    >>> links = pd.DataFrame({"source": ["a", "a", "b"], "target": ["b", "a", "x"], "kind": "supply"})
    >>> actors = pd.DataFrame({"actor": ["a", "b"], "type": "firm", "territory": "T"})
    >>> found = actor_ties(links, actors)
    >>> found.source.tolist(), found.target.tolist(), len(found.notices)
    ([0], [1], 2)
    """
    shared = _shared(actions)
    _sound(links, actors, shared)
    rows = links.reindex(columns=["source", "target", "kind", "period"])
    told = {c: rows[c].astype(object).where(rows[c].notna(), "").astype(str) for c in ("kind", "period")}
    rows = rows.assign(**told)
    rows = pd.concat([rows.assign(origin="links"), shared], ignore_index=True)
    numbers = pd.Index(actors["actor"].astype(str))
    ends = np.column_stack([numbers.get_indexer(rows[end].astype(str)) for end in ("source", "target")])
    unknown = (ends < 0).any(axis=1)
    own = rows["source"].astype(str).eq(rows["target"].astype(str)).to_numpy()
    kept = ~unknown & ~own
    again = kept & _repeated(rows, ends, kept, ordered=rows["kind"].ne(PROJECT).to_numpy())
    notices = _notices(rows, numbers, (unknown & ~own, own, again))
    kept &= ~again
    if not kept.any():
        raise LayerError(_none_left(rows, own))
    echo = kept & _repeated(rows, ends, kept, ordered=~rows["kind"].isin(MUTUAL).to_numpy())
    placed = actors["placed"] if "placed" in actors.columns else actors["territory"].notna()
    who = actors[["actor", "type", "territory"]].assign(placed=placed.astype(bool))
    used, codes = np.unique(ends[kept], return_inverse=True)
    codes = codes.reshape(-1, 2).astype(np.int64)
    return Ties(
        who.iloc[used].reset_index(drop=True),
        codes[:, 0],
        codes[:, 1],
        rows.loc[kept, "kind"].to_numpy(dtype=object),
        rows.loc[kept, "period"].to_numpy(dtype=object),
        echo[kept],
        notices,
    )


def _repeated(rows: pd.DataFrame, ends: Ints, kept: Flags, *, ordered: Flags) -> Flags:
    """Rows that say again what one before them says; where ends are not ordered, in either direction."""
    low = np.where(ordered, ends[:, 0], ends.min(axis=1))
    high = np.where(ordered, ends[:, 1], ends.max(axis=1))
    told = rows[["kind", "period"]].assign(low=low, high=high)
    found = np.zeros(len(rows), dtype=bool)
    found[kept] = told[kept].duplicated().to_numpy()
    return found


def to_themselves(who: pd.Series) -> Message:
    """What is told of links from an actor to itself, by the actors of these."""
    return message(
        "Links from an actor to itself: {count}, for example {values}. They are left out, since nobody is tied "
        "with itself. Correct one of their ends.",
        count=len(who),
        values=listing(sorted(set(who.astype(str)))),
    )


def all_to_themselves(who: pd.Series) -> Message:
    """Why links are refused of which all go from an actor to itself."""
    return message(
        "links: every one of them (rows: {count}) goes from an actor to itself, for example {values}, and nobody "
        "is tied with itself. Correct one end of each.",
        count=len(who),
        values=listing(sorted(set(who.astype(str)))),
    )


def _none_left(rows: pd.DataFrame, own: Flags) -> Message:
    """Why no tie is left: all are of actors with themselves, or none is between two known ones."""
    if own.all():
        return all_to_themselves(rows["source"])
    others = rows[~own]
    return message(
        "links: none of {count} is between two actors that firms and institutions have, for example {values}; from an "
        "actor to itself: {own}. Give the identifiers of the register and of the institutions.",
        count=len(rows),
        own=int(own.sum()),
        values=listing(sorted({*others["source"].astype(str), *others["target"].astype(str)})),
    )


def _sound(links: pd.DataFrame, actors: pd.DataFrame, shared: pd.DataFrame) -> None:
    problems = []
    if links.empty and shared.empty:
        problems.append(
            message(
                "links: no rows, and no actions with two actors or more. Without recorded ties nothing can be told of "
                "networks: give links between firms and institutions, or actions with their actors."
            )
        )
    if actors.empty:
        problems.append(message("No actors: give firms with the column “firm”, institutions, or both."))
    twice = actors.loc[actors["actor"].astype(str).duplicated(), "actor"].astype(str)
    if len(twice):
        problems.append(
            message(
                "firms, institutions: identifiers of several actors: {count}, for example {values}. Links could mean "
                "either: give each actor its own.",
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
    actions = actions.reset_index(drop=True)
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
                "Ties that name actors which neither firms nor institutions have: {count} of {number}, for example "
                "{values}. They are left out. Add these actors, or give the identifiers of the register.",
                count=int(unknown.sum()),
                number=len(rows),
                values=listing(sorted(set(names[~names.isin(numbers)]))),
            )
        )
    if own.any():
        found.append(to_themselves(rows.loc[own, "source"]))
    linked = again & rows["origin"].eq("links").to_numpy()
    if linked.any():
        found.append(
            message(
                "Links that repeat another of the same ends, kind and period: {count}. They count once. Give links of "
                "several years their periods.",
                count=int(linked.sum()),
            )
        )
    strange = rows.loc[(rows["period"] != "") & spans(rows["period"])["begin"].isna(), "period"]
    if len(strange):
        found.append(
            message(
                "Ties with a period that is neither day, month, year nor from one to another: {count}, for example "
                "{values}. They count, but not as repetition. Write 2012, 2012-05 or 2012/2015.",
                count=len(strange),
                values=listing(sorted(set(strange))),
            )
        )
    return tuple(found)


def apart(key: Ints, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """
    In how many periods that do not overlap each of some things is found.

    Parameters
    ----------
    key
        What is found, as numbers.
    begin, end
        First and last day of the period in which it is; no period where the first is above the last.

    Returns
    -------
    keys, number
        What is found in any period, in order, and in how many that do not overlap, at most.

    Examples
    --------
    >>> apart(np.array([7, 7, 7, 8, 8]), np.array([1, 3, 5, 1, 2]), np.array([2, 4, 6, 2, 3]))
    (array([7, 8]), array([3, 1]))
    """
    told = begin <= end
    key, begin, end = key[told], begin[told], end[told]
    keys, whose = np.unique(key, return_inverse=True)
    number, after = np.zeros(len(keys), dtype=np.int64), np.full(len(keys), np.iinfo(np.int64).min)
    left = np.ones(len(key), dtype=bool)
    while left.any():
        # of those that begin after the last one chosen, the one that ends first leaves most room for others
        first = np.full(len(keys), np.iinfo(np.int64).max)
        np.minimum.at(first, whose[left], end[left])
        found = np.unique(whose[left])
        number[found] += 1
        after[found] = first[found]
        left &= begin > after[whose]
    return keys, number


def pairs(source: Ints, target: Ints, size: int) -> tuple[Ints, Ints]:
    """Each pair of actors once, whatever the direction."""
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys = distinct((low * size + high)[low != high])
    return keys // size, keys % size


def arcs_of(source: Ints, target: Ints, both: Flags, size: int) -> tuple[Ints, Ints]:
    """Each ordered pair once: ties without direction (`both`) count both ways."""
    keys = distinct(np.concatenate([source, target[both]]) * size + np.concatenate([target, source[both]]))
    return keys // size, keys % size
