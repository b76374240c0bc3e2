"""Is there a cluster? One line of evidence for each criterion, and what all together allow to say."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import Whole
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification._cluster_figures import Floats, Words, adjusted, decided, effective_between
from geoterritorio.identification.cluster_quotients import Sizes, quotients_of, sound_sizes, summed
from geoterritorio.identification.cures import CLUSTERS
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import NO, UNKNOWN, YES
from geoterritorio.registry import Count, Level, Metres, Ratio, Share

# Establishments that make a sector count as present.
_SEVERAL = 3
CORE, SUPPLIER, SERVICE = ROLES = ("core", "supplier", "service")
ECONOMIC = ("specialisation", "breadth", "mass", "plants", "gathering")
SYSTEM = ("related", "suppliers", "institutions", "links")
CRITERIA = (*ECONOMIC, *SYSTEM)
CLUSTER, POSSIBLE, CONCENTRATION, OPEN, NONE = VERDICTS = (
    "cluster",
    "possible cluster",
    "concentration only",
    "undecided",
    "no cluster",
)
# Why a criterion fails though its margin speaks for it.
CHANCE, OTHERWISE = "chance not ruled out", "differs from chance the other way"
# Whose cut-offs they are: no published method has any.
PROJECT, OWN = ORIGINS = ("project's own", "own choice")
# What of the rules each criterion rests on.
_RESTS_ON = MappingProxyType(
    {
        "specialisation": ("level", "quotient"),
        "breadth": ("least_sectors",),
        "mass": ("least_establishments",),
        "plants": ("least_plants",),
        "gathering": ("reach", "significance"),
        "related": ("significance",),
        "suppliers": ("least_suppliers",),
        "institutions": ("least_institutions",),
        "links": ("significance", "least_links"),
    }
)


@dataclass(frozen=True)
class ClusterRules:
    """
    When a group of related industries in a territory is called a cluster.

    No published method has cut-offs for all that Porter's definition names: these are this project's own.

    Parameters
    ----------
    level
        Level of the intervals of the quotients; its complement is what q must not exceed.
    quotient
        Quotient above which the lower end of the interval must lie.
    least_sectors
        Core sectors with a quotient above 1 and three establishments or more that there must be: related industries,
        not one.
    least_establishments
        Establishments of the core sectors that there must be.
    least_plants
        Effective number of establishments that there must be: of one large plant among small ones it is about 1.
    reach
        Metres within which the group's establishments must be nearer to each other than chance has it.
    significance
        p-value from which on chance is not ruled out, of distances, of relatedness and of links.
    least_suppliers
        Establishments of suppliers or services that there must be, where the definition names such.
    least_institutions
        Institutions with a field of knowledge of the group's that there must be.
    least_links
        Links of the group's actors below which nothing is said of them.
    simulations
        How often establishments are placed by chance; 0 leaves the test of distances out.
    """

    level: Level = 0.95
    quotient: Ratio = 1.0
    least_sectors: Count = 2
    least_establishments: Count = 10
    least_plants: Ratio = 5.0
    reach: Metres = 10_000
    significance: Share = 0.05
    least_suppliers: Count = 3
    least_institutions: Count = 1
    least_links: Count = 5
    simulations: Count = 199


@dataclass(frozen=True)
class Support:
    """
    What is known of groups beyond their jobs; None where nothing was given.

    Parameters
    ----------
    gathering
        By group: `p` and `verdict` of the distances between its establishments.
    related
        By group: `z` and `p` of its sectors being in the same territories; `own` where the group was made of them.
    institutions
        Institutions with a field of the group's, territories by groups; NaN where fields tell nothing.
    links
        By territory and group: `inside` (links among its actors), `expected`, `p`, `outside`, `actors`.
    """

    gathering: pd.DataFrame | None = None
    related: pd.DataFrame | None = None
    institutions: pd.DataFrame | None = None
    links: pd.DataFrame | None = None


RULES, NOTHING = ClusterRules(), Support()


@dataclass(frozen=True)
class Clusters:
    """
    What is found of each group of related industries in each territory.

    Parameters
    ----------
    cells
        One row per territory and group: `employment`, `establishments`, `effective_plants`, `lq`, `low`, `high`, `q`,
        `specialised_sectors`, `suppliers`, `institutions`, links, `verdict`, `met`, `unmet`, `unknown_criteria` and
        `origin` of the cut-offs.
    evidence
        One row per territory, group and criterion: `value`, `threshold`, `margin` (above 0 in favour), `q` and `q_most`
        (the p-value that specialisation and links ask for too), `passed`, `reason` and `cure` where it is unknown,
        `reason` too where it fails in spite of its margin or its value is but a bound, and `origin` of the cut-off.
    definitions
        Sectors of each group, with their roles.
    rules
        Thresholds.
    """

    cells: pd.DataFrame
    evidence: pd.DataFrame
    definitions: pd.DataFrame
    rules: ClusterRules


def clusters(
    sizes: Sizes,
    definitions: pd.DataFrame,
    support: Support = NOTHING,
    *,
    reference: Whole | None = None,
    rules: ClusterRules = RULES,
) -> Clusters:
    r"""
    Evidence for clusters of related industries, criterion by criterion.

    Parameters
    ----------
    sizes
        Jobs and establishments, territories by sectors.
    definitions
        `sector`, `group` and, if known, `role` ("core", "supplier", "service"); a sector may be in several groups.
    support
        What else is known.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    rules
        Thresholds.

    Returns
    -------
    clusters
        Cells, evidence, definitions and rules.

    Raises
    ------
    LayerError
        If no sector of the definitions is in the tables, rows of them have no sector or group, or figures are texts,
        infinite or negative.

    Notes
    -----
    *Specialisation*: the lower end of the interval of the group's quotient (its core sectors together) is above
    `quotient`, and q, over all groups and territories, at most 1 - `level`. *Breadth*: core sectors with a quotient
    above 1 and three establishments. *Mass*: establishments. *Plants*: :math:`(\sum x)^2 / \sum x^2` of their sizes.
    Where either is not known, a bound of it may decide, which is then the value, and said so in the reason.
    *Gathering*: the distances between the group's establishments up to `reach`, against places of all establishments
    (K-density, global band); it is of the group, and the same in all territories. *Related*: the group's sectors are
    in the same territories more than chance has it; not asked of a group made from the same table. *Suppliers*,
    *institutions*, *links*: Porter's other actors, and whether the group's actors are linked with each other more than
    actors of the same territory are in general: by p, and by q over all that are tested.

    A verdict is "cluster" if all criteria pass; "possible cluster" if none fails and the five economic ones pass, but
    others are unknown; "concentration only" if the economic ones pass and another fails; "no cluster" if an economic
    one fails; else "undecided". What is missing is unknown and never fails.

    References
    ----------
    .. [1] Porter, M. E. (1998). Clusters and the new economics of competition. Harvard Business Review 76(6), 77-90.
    .. [2] Moineddin, R., Beyene, J. & Boyle, E. (2003). On the location quotient confidence interval. Geographical
       Analysis 35, 249-256.

    Examples
    --------
    >>> jobs = pd.DataFrame({"10": [300.0, 20], "11": [200.0, 30], "62": [500.0, 950]}, index=["A", "B"])
    >>> plants = pd.DataFrame({"10": [30.0, 2], "11": [20.0, 3], "62": [50.0, 95]}, index=["A", "B"])
    >>> food = pd.DataFrame({"sector": ["10", "11"], "group": "food"})
    >>> found = clusters(Sizes(jobs, plants, plants * 100), food)
    >>> found.cells[["territory", "lq", "verdict"]].round(2).values.tolist()
    [['A', 1.82, 'undecided'], ['B', 0.18, 'no cluster']]
    >>> found.evidence.query("territory == 'A' and passed == 'unknown'")["criterion"].tolist()
    ['gathering', 'related', 'suppliers', 'institutions', 'links']
    """
    sizes = sound_sizes(sizes)
    definitions = _complete(definitions, sizes.amount.columns)
    core = definitions[definitions["role"] == CORE]
    groups = list(dict.fromkeys(core["group"]))
    held = _Held(sizes, core, groups, reference, rules)
    parts = {**held.economic(support), **held.system(support, definitions)}
    labels = pd.MultiIndex.from_product([sizes.amount.index, groups], names=["territory", "group"]).to_frame(
        index=False
    )
    origin = {name: _origin(rules, _RESTS_ON[name]) for name in CRITERIA}
    frames = [
        pd.concat([labels, parts[name].assign(criterion=name, origin=origin[name])], axis=1)
        for name in CRITERIA
    ]
    # Of each territory and group the criteria in their order; texts are sorted once, not once for each criterion.
    first = labels.sort_values(["territory", "group"], kind="stable").index.to_numpy()
    places = (first[:, None] + len(labels) * np.arange(len(CRITERIA))).ravel()
    evidence = pd.concat(frames, ignore_index=True).iloc[places].reset_index(drop=True)
    cells = _cells(labels, held, parts, support)
    cells["origin"] = OWN if OWN in origin.values() else PROJECT
    return Clusters(cells, evidence, definitions, rules)


def _origin(rules: ClusterRules, names: tuple[str, ...]) -> str:
    """Whether cut-offs are those of this project, or one's own."""
    return PROJECT if all(getattr(rules, n) == getattr(RULES, n) for n in names) else OWN


def refuse_nameless(definitions: pd.DataFrame) -> None:
    """Refusal of rows without a sector or a group, or whose name is an empty text."""
    names = definitions[["sector", "group"]]
    blank = names.isna() | names.astype(str).apply(lambda c: c.str.strip() == "")
    lost = int(blank.any(axis=1).sum())
    if lost:
        raise LayerError(
            message(
                "definitions: {count} rows have no sector or no group. Fill them or remove the rows.",
                count=lost,
            )
        )


def _complete(definitions: pd.DataFrame, sectors: pd.Index) -> pd.DataFrame:
    """Definitions with roles, of the sectors that the tables have."""
    refuse_nameless(definitions)
    frame = definitions.copy()
    role = frame["role"] if "role" in frame.columns else pd.Series(None, index=frame.index, dtype=object)
    frame["role"] = role.fillna(CORE)
    known = frame["sector"].isin(sectors)
    if not known.any():
        raise LayerError(
            message(
                "definitions: none of their {count} sectors is in the data, for example {values}. Check that both use "
                "the same classification and the same number of digits.",
                count=frame["sector"].nunique(),
                values=listing(sorted(frame["sector"].unique())),
            )
        )
    if not known.all():
        text = message(
            "definitions: {count} of {number} sectors are not in the data and were left out: {values}.",
            count=int((~known).sum()),
            number=len(frame),
            values=listing(sorted(frame.loc[~known, "sector"].unique())),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return frame[known].drop_duplicates(["sector", "group"]).reset_index(drop=True)


def line(
    value: npt.ArrayLike,
    threshold: npt.ArrayLike,
    *,
    why: npt.ArrayLike,
    above: bool = True,
    strict: bool = False,
    also: npt.ArrayLike = True,
    but: npt.ArrayLike = CHANCE,
) -> pd.DataFrame:
    """
    Lines of evidence for one criterion.

    Parameters
    ----------
    value
        What was found; NaN where unknown.
    threshold
        What it is held against.
    why
        Reason for which it is unknown where it is NaN, one for all lines or one for each.
    above
        Whether the value must be above the threshold, or below.
    strict
        Whether the threshold itself does not pass.
    also
        What else must hold.
    but
        Reason for which it fails where only that does not hold, one for all lines or one for each.

    Returns
    -------
    lines
        `value`, `threshold`, `margin`, `passed`, `reason`, `cure`.

    Examples
    --------
    >>> line([2.0, 0.5, np.nan], 1.0, why="withheld cells")[["margin", "passed"]].values.tolist()
    [[1.0, 'yes'], [-0.5, 'no'], [nan, 'unknown']]
    """
    found = np.asarray(value, dtype=np.float64).ravel()
    limit = np.broadcast_to(np.asarray(threshold, dtype=np.float64), found.shape)
    margin = (found - limit) if above else (limit - found)
    enough = (margin > 0) if strict else (margin >= 0)
    holds = enough & np.broadcast_to(np.asarray(also).ravel(), found.shape)
    missing = np.isnan(found)
    reason = np.where(
        missing,
        np.broadcast_to(np.asarray(why, dtype=object).ravel(), found.shape),
        np.where(enough & ~holds, np.asarray(but, dtype=object).ravel(), ""),
    )
    return pd.DataFrame(
        {
            "value": found,
            "threshold": limit,
            "margin": margin,
            "passed": np.where(missing, UNKNOWN, np.where(holds, YES, NO)),
            "reason": reason,
            "cure": pd.Series(reason, dtype=object).map(CLUSTERS).fillna("").to_numpy(),
        }
    )


def between(low: Floats, high: Floats, threshold: float, *, why: npt.ArrayLike) -> pd.DataFrame:
    """
    Lines of evidence of a figure of which only bounds may be known.

    Parameters
    ----------
    low, high
        What it is at least and at most.
    threshold
        What it must reach.
    why
        Reason for which it is unknown where its bounds do not decide.

    Returns
    -------
    lines
        As `line` gives them; the reason says where the value is but a bound.

    Examples
    --------
    >>> told = between(np.array([6.0]), np.array([9.0]), 5, why="no sizes given")
    >>> told[["value", "passed", "reason"]].values.tolist()
    [[6.0, 'yes', 'at least this']]
    """
    figure, bound = decided(low, high, threshold)
    found = line(figure, threshold, why=why)
    found["reason"] = found["reason"].where(found["reason"] != "", bound.ravel())
    return found


class _Held:
    """Tables of groups made from those of sectors; each asked once."""

    def __init__(
        self,
        sizes: Sizes,
        core: pd.DataFrame,
        groups: list[str],
        reference: Whole | None,
        rules: ClusterRules,
    ) -> None:
        self.sizes, self.groups, self.rules, self.whole = sizes, groups, rules, reference is not None
        sectors = sizes.amount.columns
        self.member = np.array(
            [sectors.isin(core.loc[core["group"] == g, "sector"]) for g in groups]
        ).T.astype(float)
        self.amount = self.sums(sizes.amount)
        establishments = sizes.amount if sizes.plants else sizes.establishments
        self.establishments = None if establishments is None else self.sums(establishments)
        self.sector_plants = establishments
        self.interval = quotients_of(sizes, core, groups, reference, level=rules.level)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = sizes.amount.div(sizes.amount.sum(axis=1, skipna=False), axis=0)
            self.sector_lq = share / _shares(sizes.amount, reference)

    def sums(self, table: pd.DataFrame) -> pd.DataFrame:
        """Sums over the sectors of each group; NaN where one is missing."""
        return pd.DataFrame(
            summed(table.to_numpy(np.float64), self.member), index=table.index, columns=self.groups
        )

    def breadth(self) -> tuple[Floats, Floats]:
        """Core sectors with a quotient above 1 and establishments enough: at least, and at most; NaN of one sector."""
        lq = self.sector_lq.to_numpy(np.float64)
        plants = np.full(lq.shape, np.nan)
        if self.sector_plants is not None:
            plants = self.sector_plants.to_numpy(np.float64)
        sure = (lq > 1) & (plants >= _SEVERAL)
        never = (lq <= 1) | (plants < _SEVERAL)
        # One sector cannot show that related ones are there, unless finer codes are known.
        several = np.where(self.member.sum(axis=0) < self.rules.least_sectors, np.nan, 1.0)
        return sure.astype(float) @ self.member * several, (~never).astype(float) @ self.member * several

    def plants(self) -> tuple[Floats, Floats]:
        """Effective number of establishments: at least, and at most; both the same where their sizes are known."""
        low, high = effective_between(self.sizes, self.member)
        if self.sizes.squares is None:
            return low, high
        told = self.interval["effective"]
        return np.where(np.isnan(told), low, told), np.where(np.isnan(told), high, told)

    def short(self) -> npt.NDArray[np.bool_]:
        """Cells whose quotient rests on withheld ones: their own, of their territory or of the whole."""
        missing = self.sizes.amount.isna().to_numpy()
        own = np.zeros((1, len(self.groups)), dtype=bool) if self.whole else missing.any()
        found: npt.NDArray[np.bool_] = (
            self.amount.isna().to_numpy() | missing.any(axis=1, keepdims=True) | own
        )
        return found

    def economic(self, support: Support) -> dict[str, pd.DataFrame]:
        rules, found = self.rules, self.interval
        hidden = self.amount.isna().to_numpy()
        single = np.broadcast_to(self.member.sum(axis=0) < rules.least_sectors, hidden.shape)
        count = np.full(hidden.shape, np.nan)
        if self.establishments is not None:
            count = self.establishments.to_numpy(np.float64)
        given = "withheld cells" if self.establishments is not None else "no establishments given"
        return {
            "specialisation": line(
                found["low"],
                rules.quotient,
                why=np.where(self.short(), "withheld cells", "not tested"),
                strict=True,
                also=found["q"] <= 1 - rules.level,
            ).assign(q=found["q"].ravel(), q_most=1 - rules.level),
            "breadth": between(
                *self.breadth(), rules.least_sectors, why=np.where(single, "one sector", given)
            ),
            "mass": line(count, rules.least_establishments, why=given),
            "plants": between(
                *self.plants(), rules.least_plants, why=np.where(hidden, "withheld cells", "no sizes given")
            ),
            "gathering": self._of_groups(support.gathering, "no places given"),
        }

    def _of_groups(self, table: pd.DataFrame | None, why: str) -> pd.DataFrame:
        """A test of each group, the same in all territories; p is held against the significance."""
        shape = self.amount.shape
        if table is None:
            return line(np.full(shape, np.nan), self.rules.significance, why=why)
        rows = table.reindex(self.groups)
        p = np.broadcast_to(rows["p"].to_numpy(np.float64), shape)
        agrees = np.broadcast_to(rows["agrees"].fillna(value=False).to_numpy(dtype=bool), shape)
        reasons = np.broadcast_to(rows["reason"].fillna(why).to_numpy(dtype=object), shape)
        return line(p, self.rules.significance, why=reasons, above=False, also=agrees, but=OTHERWISE)

    def system(self, support: Support, definitions: pd.DataFrame) -> dict[str, pd.DataFrame]:
        rules, shape = self.rules, self.amount.shape
        bodies, why = np.full(shape, np.nan), "no institutions given"
        if support.institutions is not None:
            bodies = support.institutions.reindex_like(self.amount).to_numpy(np.float64)
            why = "fields do not match"
        return {
            "related": self._of_groups(support.related, "no test of the group"),
            "suppliers": self._suppliers(definitions),
            "institutions": line(bodies, rules.least_institutions, why=why),
            "links": self._links(support.links),
        }

    def others(self, definitions: pd.DataFrame) -> Floats:
        """Establishments of suppliers and services, by territory and group; NaN where none are defined or known."""
        shape = self.amount.shape
        rest = definitions[definitions["role"] != CORE]
        if self.sector_plants is None or rest.empty:
            return np.full(shape, np.nan)
        sectors = self.sector_plants.columns
        member = np.array(
            [sectors.isin(rest.loc[rest["group"] == g, "sector"]) for g in self.groups]
        ).T.astype(float)
        count = summed(self.sector_plants.to_numpy(np.float64), member)
        return np.where(member.sum(axis=0) > 0, count, np.nan)

    def _suppliers(self, definitions: pd.DataFrame) -> pd.DataFrame:
        named = definitions[definitions["role"] != CORE]["group"].unique()
        known = np.broadcast_to(np.isin(self.groups, named), self.amount.shape)
        lacking = "no establishments given" if self.sector_plants is None else "withheld cells"
        return line(
            self.others(definitions),
            self.rules.least_suppliers,
            why=np.where(known, lacking, "no roles given"),
        )

    def _links(self, links: pd.DataFrame | None) -> pd.DataFrame:
        shape, rules = self.amount.shape, self.rules
        if links is None:
            return line(np.full(shape, np.nan), rules.significance, why="no links given")
        rows = links.reindex(pd.MultiIndex.from_product([self.amount.index, self.groups]))
        known = (rows["inside"] + rows["outside"]).fillna(0) >= rules.least_links
        p = rows["p"].where(known).to_numpy(np.float64)
        q = adjusted(p)
        more = (rows["inside"] > rows["expected"]).to_numpy(dtype=bool)
        return line(
            p,
            rules.significance,
            why="too few links known",
            above=False,
            also=more & (q <= rules.significance),
            but=np.where(more, CHANCE, OTHERWISE),
        ).assign(q=q, q_most=rules.significance)


def _shares(amount: pd.DataFrame, reference: Whole | None) -> pd.Series:
    if reference is None:
        sums = amount.sum(skipna=False)
        return sums.where(sums > 0) / amount.to_numpy().sum()
    sums = reference.sectors.reindex(amount.columns)
    return sums.where(sums > 0) / reference.total


def _cells(
    labels: pd.DataFrame, held: _Held, parts: dict[str, pd.DataFrame], support: Support
) -> pd.DataFrame:
    found = held.interval
    frame = labels.copy()
    frame["establishments" if held.sizes.plants else "employment"] = held.amount.to_numpy().ravel()
    if held.establishments is not None:
        frame["establishments"] = held.establishments.to_numpy().ravel()
    for name in ("lq", "low", "high", "q"):
        frame[name] = found[name].ravel()
    for name, (low, high) in (("effective_plants", held.plants()), ("specialised_sectors", held.breadth())):
        frame[name] = np.where(low == high, low, np.nan).ravel()
    frame["suppliers"] = parts["suppliers"]["value"]
    frame["institutions"] = parts["institutions"]["value"]
    if support.links is not None:
        rows = support.links.reindex(pd.MultiIndex.from_frame(labels))
        for name in ("actors", "inside", "outside", "expected"):
            frame[f"links_{name}" if name != "actors" else name] = rows[name].to_numpy()
    passed = np.column_stack([parts[name]["passed"] for name in CRITERIA])
    frame["verdict"] = verdicts(passed)
    frame["met"], frame["unmet"], frame["unknown_criteria"] = (
        (passed == word).sum(axis=1) for word in (YES, NO, UNKNOWN)
    )
    return frame


def verdicts(passed: Words) -> Words:
    """
    Verdict on each row of criteria, in the order of `CRITERIA`.

    Parameters
    ----------
    passed
        "yes", "no" or "unknown", rows by criteria.

    Returns
    -------
    verdicts
        One for each row.

    Examples
    --------
    >>> verdicts(np.array([["yes"] * 9, ["yes"] * 8 + ["unknown"], ["yes"] * 8 + ["no"], ["no"] * 9], dtype=object))
    array(['cluster', 'possible cluster', 'concentration only', 'no cluster'], dtype=object)
    """
    economic, system = passed[:, : len(ECONOMIC)], passed[:, len(ECONOMIC) :]
    sound = (economic == YES).all(axis=1)
    conditions = [
        (economic == NO).any(axis=1),
        ~sound,
        (system == NO).any(axis=1),
        (system == UNKNOWN).any(axis=1),
    ]
    found: Words = np.select(conditions, [NONE, OPEN, CONCENTRATION, POSSIBLE], CLUSTER).astype(object)
    return found
