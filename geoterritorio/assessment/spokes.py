"""Shares of actions and of their actors that speak to the seven features; they stand beside ratings, not among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment.profile_rules import ProfileRules, names_in, refuse_kinds
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification.cures import ACTIONS
from geoterritorio.identification.homes_and_jobs import wilson
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import distinct, first_row
from geoterritorio.layers.schema import KNOWN, UNKNOWN

Floats = npt.NDArray[np.float64]
FIRM = "firm"  # kind of actors that are establishments, before their division
DIVISION = 2
_SEVERAL = 2
_KEYS = ["territory", "action"]
WILSON, BOUNDED, NO_INTERVAL = "Wilson", "Wilson, from bound to bound", "none: a sum of money"
# Which actions are decided hangs on the outcome here: two actors can show that there are two kinds, and all are needed
# to show that there are not. A share of the decided ones would be too high.
_ALL_OR_BOUNDS = ("several_kinds", "public_private")


@dataclass(frozen=True)
class Spoke:
    """
    A share of actions, of actors or of money.

    Parameters
    ----------
    title
        Name as an indicator.
    feature
        Item of the seven features to which it speaks.
    unit
        What is counted: actions, actors or money.
    """

    title: str
    feature: str
    unit: str


SPOKES: Mapping[str, Spoke] = MappingProxyType(
    {
        "co_financed": Spoke(
            mark("Actions paid by public and other money (share)"), "local_management", "actions"
        ),
        "other_money": Spoke(
            mark("Budget of the actions that is not public (share)"), "local_management", "money"
        ),
        "local": Spoke(
            mark("Actors of the actions that are in the territory (share)"), "local_management", "actors"
        ),
        "several_kinds": Spoke(
            mark("Actions with actors of two kinds or more (share)"), "integrated", "actions"
        ),
        "public_private": Spoke(
            mark("Actions with public and private actors (share)"), "public_private", "actions"
        ),
    }
)
# Why a share is unknown where nothing decides it, in the order in which it is looked for.
_UNDECIDED: Mapping[str, str] = MappingProxyType(
    {
        "co_financed": "no public shares",
        "other_money": "no budgets",
        "local": "actors without place",
        "several_kinds": "actors not known",
        "public_private": "kinds that may be either",
    }
)
_OF_ACTORS = ("local", "several_kinds", "public_private")


def action_spokes(
    actions: pd.DataFrame | None, actors: pd.DataFrame, territories: pd.Index, rules: ProfileRules
) -> pd.DataFrame:
    """
    Shares of the actions of each territory, of their actors and their money.

    Parameters
    ----------
    actions
        `action`, `territory`, `actors` (identifiers with semicolons between), `public_share`, `budget`, where known.
    actors
        Indexed by identifier: `kind` (of institution; "firm" and its division for establishments) and `territory`.
    territories
        Territories of the profile.
    rules
        Kinds that are public and private, level of the intervals.

    Returns
    -------
    spokes
        One row per territory and share: `feature` to which it speaks, `share_of`, `numerator`, `denominator`,
        `open_cases` (actions or actors that the data leave open), `value`, `low`, `high`, `interval`, `least` and
        `most` (were all undecided ones out, or in), `status`, `reason` and `cure`.

    Raises
    ------
    LayerError
        If public shares are above 1, or kinds are not known.

    Notes
    -----
    Value is numerator over denominator, both of what is decided; with undecided actions, kinds of actors have bounds
    and no value, since those that join kinds are decided more easily. Intervals are Wilson's, from the lower end for
    the lower bound to the upper end for the upper one, and read "if the process that made these actions were repeated".
    An action is co-financed if its public share is neither 0 nor 1; it has several
    kinds of actors if two known ones differ; it is public and private if it has a known public and a known private
    actor, and is not if all are known to be of one side. What actors that are not known could change is undecided.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212.
    """
    refuse_kinds(rules)
    keys = pd.MultiIndex.from_product([territories, SPOKES], names=["territory", "spoke"])
    columns = ["numerator", "denominator", "open_cases"]
    if actions is None:
        return _told(
            pd.DataFrame(np.nan, keys, columns), np.full(len(keys), "no actions given", dtype=object), rules
        )
    rows = _register(actions, territories)
    taking = _taking_part(rows, actors)
    # Actions without a named actor are open too.
    every = pd.MultiIndex.from_frame(rows[_KEYS].drop_duplicates())
    parts = [
        _decided(_any(rows, "co_financed"), "co_financed"),
        _money(rows),
        _decided(_locals(taking), "local"),
        _decided(_several_kinds(taking).reindex(every), "several_kinds"),
        _decided(_both_sides(taking, rules).reindex(every), "public_private"),
    ]
    found = pd.concat(parts).reindex(keys, fill_value=0.0)[columns]
    return _told(found, _reasons(found, rows, taking), rules)


def _register(actions: pd.DataFrame, territories: pd.Index) -> pd.DataFrame:
    """Rows of the actions of these territories, with numbers that are checked."""
    rows = pd.DataFrame(actions).reset_index(drop=True)
    rows = rows.reindex(columns=["action", "territory", "actors", "public_share", "budget"])
    share = amounts(rows["public_share"], "actions: public_share")
    if (share > 1).any():
        raise LayerError(
            message(
                "actions: column “public_share” holds values above 1 (rows: {count}, first: {row}): {values}. Write "
                "shares of the budget, as 0.8 for 80 %.",
                count=int((share > 1).sum()),
                row=first_row(share > 1),
                values=distinct(share[share > 1].map("{:g}".format)),
            )
        )
    both = ((share > 0) & (share < 1)).astype(float).where(share.notna())
    rows = rows.assign(
        public_share=share, budget=amounts(rows["budget"], "actions: budget"), co_financed=both
    )
    return rows[rows["territory"].isin(territories)]


def _taking_part(rows: pd.DataFrame, actors: pd.DataFrame) -> pd.DataFrame:
    """One row per action and actor: kind and territory of the actor, missing where not known."""
    names = rows["actors"].fillna("").astype(str).str.split(";").explode().str.strip()
    pairs = rows[_KEYS].join(names.rename("actor"), how="inner")
    pairs = pairs[pairs["actor"] != ""].drop_duplicates([*_KEYS, "actor"])
    held = actors.rename(columns={"territory": "of"}).reindex(columns=["kind", "of"])
    return pairs.join(held, on="actor").reset_index(drop=True)


def _any(rows: pd.DataFrame, column: str) -> pd.Series:
    """By action, 1 where any row says so, 0 where all say no, NaN where some do not say."""
    groups = rows.groupby(_KEYS)[column]
    yes, told, all_rows = groups.max(), groups.count(), groups.size()
    return yes.where((yes == 1) | (told == all_rows))


def _locals(taking: pd.DataFrame) -> pd.Series:
    """By territory and actor of its actions, whether the actor is in the territory; NaN where nobody knows."""
    actors = taking.drop_duplicates(["territory", "actor"])
    inside = (actors["of"] == actors["territory"]).astype(float).where(actors["of"].notna())
    return inside.set_axis(pd.MultiIndex.from_frame(actors[["territory", "actor"]]))


def _several_kinds(taking: pd.DataFrame) -> pd.Series:
    """By action, whether its actors are of several kinds; one known kind beside unknown actors decides nothing."""
    groups = taking.groupby(_KEYS)["kind"]
    kinds, known, all_actors = groups.nunique(), groups.count(), groups.size()
    return (kinds >= _SEVERAL).astype(float).where((kinds >= _SEVERAL) | (known == all_actors))


def _both_sides(taking: pd.DataFrame, rules: ProfileRules) -> pd.Series:
    """By action, whether public and private actors take part; kinds that may be either can still be the other."""
    kind = taking["kind"].fillna("").astype(str)
    firm = kind.str.startswith(FIRM)
    side = pd.DataFrame(
        {
            "public": kind.isin(names_in(rules.public_kinds)),
            "private": kind.isin(names_in(rules.private_kinds)) | firm,
        }
    )
    side["open"] = ~side["public"] & ~side["private"]
    sums = side.groupby([taking[c] for c in _KEYS]).sum()
    both = (sums["public"] > 0) & (sums["private"] > 0)
    # One action with one actor has one side, whichever it is.
    alone = sums.sum(axis=1) < _SEVERAL
    return both.astype(float).where(both | (sums["open"] == 0) | alone)


def _decided(outcome: pd.Series, spoke: str) -> pd.DataFrame:
    """Numerator, denominator and undecided ones of each territory."""
    groups = outcome.groupby(level="territory")
    table = pd.DataFrame(
        {
            "numerator": groups.sum(),
            "denominator": groups.count(),
            "open_cases": groups.size() - groups.count(),
        }
    ).astype(float)
    return table.set_axis(pd.MultiIndex.from_product([table.index, [spoke]], names=["territory", "spoke"]))


def _money(rows: pd.DataFrame) -> pd.DataFrame:
    """Money that is not public, all money, and actions whose money is not known."""
    known = rows["budget"].notna() & rows["public_share"].notna()
    whole = rows["budget"].where(known)
    table = pd.DataFrame(
        {
            "numerator": whole * (1 - rows["public_share"]),
            "denominator": whole,
            "open_cases": (~known).astype(float),
        }
    )
    sums = table.groupby(rows["territory"]).sum()
    return sums.set_axis(
        pd.MultiIndex.from_product([sums.index, ["other_money"]], names=["territory", "spoke"])
    )


def _reasons(found: pd.DataFrame, rows: pd.DataFrame, taking: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Why shares are unknown; empty where they are known."""
    place, spoke = (found.index.get_level_values(n) for n in ("territory", "spoke"))
    nothing = ~place.isin(rows["territory"])
    of_actors = spoke.isin(_OF_ACTORS)
    unnamed = of_actors & ~place.isin(taking["territory"])
    strange = taking["kind"].isna()
    strangers = of_actors & ~place.isin(taking.loc[~strange, "territory"])
    lost = (spoke == "public_private") & place.isin(taking.loc[strange, "territory"])
    cases = [_known(found, spoke), nothing, unnamed, strangers, lost]
    words: npt.NDArray[np.object_] = np.select(
        cases,
        ["", "no actions here", "no actors named", "actors not known", "actors not known"],
        np.array([_UNDECIDED[s] for s in spoke], dtype=object),
    )
    return words


def _known(found: pd.DataFrame, spoke: pd.Index | pd.Series) -> npt.NDArray[np.bool_]:
    """Whether shares have a value."""
    whole = (found["open_cases"] == 0) | ~spoke.isin(_ALL_OR_BOUNDS)
    known: npt.NDArray[np.bool_] = ((found["denominator"] > 0) & whole).to_numpy()
    return known


def _told(found: pd.DataFrame, reason: npt.NDArray[np.object_], rules: ProfileRules) -> pd.DataFrame:
    """Shares with intervals, bounds and words."""
    table = found.reset_index()
    known = _known(table, table["spoke"])
    table["share_of"] = table["spoke"].map({c: s.unit for c, s in SPOKES.items()})
    counted = table["share_of"] != "money"
    everyone = table["denominator"] + table["open_cases"]
    everyone = everyone.where((everyone > 0) & counted)
    least, most = table["numerator"], table["numerator"] + table["open_cases"]
    open_ = table["open_cases"].fillna(0) > 0
    return table.assign(
        feature=table["spoke"].map({c: s.feature for c, s in SPOKES.items()}),
        indicator=table["spoke"].map({c: s.title for c, s in SPOKES.items()}),
        value=(table["numerator"] / table["denominator"]).where(known),
        low=wilson(least, everyone, level=rules.level)[0],
        high=wilson(most, everyone, level=rules.level)[1],
        interval=np.select([~counted, open_], [NO_INTERVAL, BOUNDED], WILSON),
        least=least / everyone,
        most=most / everyone,
        status=np.where(known, KNOWN, UNKNOWN),
        reason=reason,
        cure=pd.Series(reason).map(ACTIONS).where(reason != "", "").to_numpy(),
    )


def figures_of(spokes: pd.DataFrame) -> pd.DataFrame:
    """
    Shares as a table of indicators; ratings are never in it.

    Parameters
    ----------
    spokes
        As `action_spokes` gives them.

    Returns
    -------
    figures
        `territory`, `indicator`, `value`, `low`, `high`; unknown shares are rows without a value.
    """
    return spokes[["territory", "indicator", "value", "low", "high"]].copy()
