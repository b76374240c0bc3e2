"""Figures by size class of firms: a class of an industry in a market is often one plant."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification._district_cells import INDUSTRIES, MANUFACTURING, kinds_of, sized_jobs
from geoterritorio.identification.district_procedure import own_rules
from geoterritorio.identification.district_rules import DistrictRules
from geoterritorio.publication.disclosure.contributions import Contributions, Mask, Numbers, tables, whole
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.publication.disclosure.whose import place_of
from geoterritorio.study.results import StepResult

Name = tuple[str, str]
Codes = npt.NDArray[np.intp]
# Steps that compare jobs by size, those of them that ask about the main industry, and tools of both.
_OF_MAIN = frozenset(("sme_industry", "one_medium_firm", "small_industry"))
_STEPS = _OF_MAIN | {"size_quotients", "sme_manufacturing"}
TOOLS = frozenset(("districts", "district_stability"))
_OF_INDUSTRY = ("share_smaller", "employment_", "medium_firms")
_OF_MARKET = (
    "share_smaller",
    "share_micro",
    "share_small",
    "share_medium",
    "share_large",
    "industry_smaller",
)
_DRAWN = ("share_draws", "share_settings", "share_all", "share_all_low", "share_all_high", "margin")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SizeCells:
    """
    Whose figures by size class are withheld.

    Attributes
    ----------
    industries
        Markets and industries with a confidential class.
    totals
        Markets whose sums over industries are withheld, since one of them is confidential or would tell one that is.
    judged
        Markets whose verdict rests on what is withheld.
    everything
        Whether nothing is known of who stands behind the figures, so that none is told.
    """

    industries: frozenset[tuple[str, str]] = frozenset()
    totals: frozenset[str] = _NONE
    judged: frozenset[str] = _NONE
    everything: bool = False

    def __or__(self, other: SizeCells) -> SizeCells:
        return SizeCells(
            self.industries | other.industries,
            self.totals | other.totals,
            self.judged | other.judged,
            self.everything or other.everything,
        )

    def __bool__(self) -> bool:
        return self.everything or bool(self.industries or self.totals or self.judged)

    def rows(self, rows: pd.DataFrame, name: Name) -> Mask:
        """
        Rows of an output of which every figure, and every word, is withheld.

        Parameters
        ----------
        rows
            The output.
        name
            Its tool and its name.

        Returns
        -------
        lost
            Of the procedure's own tables those of size classes; of what is made of them all of a market.
        """
        none = np.zeros(len(rows), dtype=bool)
        if not self or "territory" not in rows.columns or name in _BY_COLUMNS:
            return none
        if name == ("districts", "sizes"):
            return self._among(rows, self.totals)
        judged = self._among(rows, self.judged)
        if name == ("districts", "evidence"):
            return np.asarray(judged & rows["asked"].isin(_STEPS), dtype=bool)
        return judged

    def columns(self, rows: pd.DataFrame, name: Name) -> dict[str, Mask]:
        """
        Columns of which figures are withheld by themselves, and in which rows.

        Parameters
        ----------
        rows
            An output.
        name
            Its tool and its name.

        Returns
        -------
        masks
            None but of markets and industries of the district procedure.
        """
        if not self:
            return {}
        if name == ("districts", "industries"):
            mine = pd.MultiIndex.from_frame(rows[["territory", "industry"]].astype(str))
            lost = np.array([self.everything or pair in self.industries for pair in mine], dtype=bool)
            found = [c for c in rows.columns if c.startswith(_OF_INDUSTRY)]
            return dict.fromkeys([c for c in found if c not in _ALL_SIZES], lost)
        if name == ("districts", "areas"):
            lost = self.judges(rows, name)
            return {c: lost for c in (*_OF_MARKET, *_DRAWN) if c in rows.columns}
        return {}

    def judges(self, rows: pd.DataFrame, name: Name) -> Mask:
        """
        Rows of which words are withheld, beside those that lose all figures.

        Parameters
        ----------
        rows
            An output.
        name
            Its tool and its name.

        Returns
        -------
        lost
            Markets whose verdict rests on withheld size classes.
        """
        if name != ("districts", "areas"):
            return np.zeros(len(rows), dtype=bool)
        return self._among(rows, self.judged)

    def _among(self, rows: pd.DataFrame, markets: frozenset[str]) -> Mask:
        return np.asarray(rows["territory"].astype(str).isin(markets) | self.everything, dtype=bool)


# Tables most of whose figures are of no size class.
_BY_COLUMNS = frozenset(("districts", output) for output in ("areas", "activities", "industries"))
# Jobs of all sizes are told by the system of all tables.
_ALL_SIZES = frozenset(("employment_low", "employment_high"))


@dataclass(frozen=True)
class _Sized:
    """Establishments of manufacturing: market, industry (each that it may be of, −1 for none), class, whose, jobs."""

    markets: pd.Index
    classes: int
    market: Codes
    size: Codes
    whose: Codes
    jobs: Numbers
    industry: npt.NDArray[np.bool_] = field(repr=False)

    def of(self, which: Codes) -> _Sized:
        """Some establishments, each as often as it is named."""
        return _Sized(
            self.markets,
            self.classes,
            self.market[which],
            self.size[which],
            self.whose[which],
            self.jobs[which],
            self.industry[which],
        )

    def confidential(self, here: Mask, column: Codes, width: int, rules: DisclosureRules) -> Mask:
        """Which cells of markets by columns are confidential, of the establishments that are here."""
        levels = (whole([np.arange(n)], n) for n in (len(self.markets), width))
        given = Contributions(self.market[here], column[here], self.whose[here], self.jobs[here], *levels)
        return tables(given, rules)[0, 0].confidential


def sized_cells(
    result: StepResult, layers: Mapping[str, Any], territories: Any, rules: DisclosureRules
) -> SizeCells:
    """
    Whose figures by size class a result of the district procedure must not tell.

    Parameters
    ----------
    result
        Result of a tool of the procedure.
    layers
        Layers of the study.
    territories
        Its markets.
    rules
        What is confidential.

    Returns
    -------
    cells
        Everything, where no register says who stands behind the classes.

    Notes
    -----
    An industry with a confidential class is withheld in all its classes. What is left of a market's manufacturing when
    the told industries are taken away must not be confidential in any class; nor may a withheld cell lie between ends
    nearer than what is demanded: with the jobs of each industry and those of each class, the least of a cell is what
    is left of the industry when all else of the other classes is taken away, the most the smaller of both.
    """
    firms = layers.get(result.step.inputs.get("firms", ""))
    if not isinstance(firms, pd.DataFrame) or not isinstance(territories, gpd.GeoDataFrame):
        return SizeCells(everything=True)
    known = {f.name for f in fields(DistrictRules)}
    with warnings.catch_warnings():
        # The tool has warned of all that before.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        settings = {k: v for k, v in result.settings.items() if k in known}
        sized = _sized(firms, territories, own_rules(str(result.settings["preset"]), **settings))
    if not len(sized.markets):
        return SizeCells()
    lost, totals = _lost(sized, rules)
    if totals.any() and "reference" not in result.step.inputs:
        # The whole is the sum of the markets: less those that are told it tells the others.
        totals[:] = True
    main = _main(result, sized.markets)
    judged = totals | (lost & main).any(axis=1)
    names = sized.markets.astype(str)
    return SizeCells(
        frozenset((names[m], INDUSTRIES[i]) for m, i in zip(*np.nonzero(lost), strict=True)),
        frozenset(names[totals]),
        frozenset(names[judged]),
    )


def _sized(firms: pd.DataFrame, territories: gpd.GeoDataFrame, rules: DistrictRules) -> _Sized:
    placed = pd.DataFrame(firms.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    placed["territory"] = place_of(firms, territories).to_numpy()
    jobs, row, _ = sized_jobs(placed, rules)
    placed, row = placed[row >= 0], row[row >= 0]
    mine = jobs.iloc[row].reset_index(drop=True)
    kinds = kinds_of(mine[["territory", "sector"]], rules.classification)
    kind = kinds.of.reindex(mine["sector"]).to_numpy(dtype=np.intp)
    making = kinds.activity[kind, MANUFACTURING]
    mine, placed, kind = mine[making], placed[making], kind[making]
    who = placed["firm"].astype(str)
    if "group" in placed.columns:
        who = placed["group"].astype(object).where(placed["group"].notna(), "\x00" + who)
    markets = pd.Index(sorted(set(mine["territory"])))
    size = pd.Index(rules.classes).get_indexer(mine["size_class"])
    return _Sized(
        markets,
        len(rules.classes) + 1,
        markets.get_indexer(mine["territory"]),
        # Jobs that are not stated are a class of their own.
        np.where(size < 0, len(rules.classes), size),
        pd.factorize(who)[0],
        placed["employment"].fillna(0).to_numpy(dtype=float),
        kinds.industry[kind],
    )


def _lost(sized: _Sized, rules: DisclosureRules) -> tuple[Mask, Mask]:
    """Industries of each market that are withheld, and markets whose sums are."""
    shape = (len(sized.markets), len(INDUSTRIES), sized.classes)
    which, industry = np.nonzero(sized.industry)
    every = sized.of(which)
    column = industry * sized.classes + every.size
    all_of = np.ones(len(which), dtype=bool)
    cells = every.confidential(all_of, column, shape[1] * shape[2], rules).reshape(shape)
    lost = np.asarray(cells.any(axis=2), dtype=bool)
    # Of what may be of several industries, or is of none, nothing is told by industry.
    alone = sized.industry.sum(axis=1) == 1
    first = sized.industry.argmax(axis=1)
    rest = ~alone | lost[sized.market, first]
    totals = sized.confidential(np.ones(len(rest), dtype=bool), sized.size, shape[2], rules).any(axis=1)
    totals |= sized.confidential(rest, sized.size, shape[2], rules).any(axis=1)
    jobs, left = np.zeros(shape), np.zeros((shape[0], 1, shape[2]))
    np.add.at(jobs, (every.market, industry, every.size), every.jobs)
    np.add.at(left, (sized.market[rest], 0, sized.size[rest]), sized.jobs[rest])
    return lost, np.asarray(totals | (cells & _near(jobs, left, rules.protection)).any(axis=(1, 2)))


def _near(jobs: Numbers, left: Numbers, protection: float) -> Mask:
    """Cells that the jobs of their industry, and of what is left of their class, leave between too narrow ends."""
    own = jobs.sum(axis=2, keepdims=True)
    most = np.minimum(own, left)
    least = np.maximum(own - (left.sum(axis=2, keepdims=True) - left), 0)
    return np.asarray((most < (1 + protection) * jobs) | (least > (1 - protection) * jobs), dtype=bool)


def _main(result: StepResult, markets: pd.Index) -> Mask:
    """Industries that the steps of each market ask about; all, where none are named."""
    found = np.ones((len(markets), len(INDUSTRIES)), dtype=bool)
    steps = result.outputs.get("evidence")
    if not isinstance(steps, pd.DataFrame):
        return found
    rows = steps[steps["asked"].isin(_OF_MAIN) & steps["of"].notna()]
    for market, of in zip(rows["territory"], rows["of"], strict=True):
        at = markets.get_indexer([market])[0]
        if at >= 0:
            found[at] = np.isin(INDUSTRIES, str(of).split("; "))
    return found
