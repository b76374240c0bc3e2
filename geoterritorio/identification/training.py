"""Do the fields that are taught and researched here match the jobs that are here?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.identification._family import UNTESTABLE, adjusted, certainty
from geoterritorio.identification.cures import INNOVATION
from geoterritorio.layers.findings import crossed
from geoterritorio.layers.sector_codes import best_vocabulary
from geoterritorio.layers.vocabularies import correspondence, vocabulary
from geoterritorio.registry import Count, Level, Share

Floats = npt.NDArray[np.float64]
Purpose = Literal["training", "research"]
PURPOSES: tuple[Purpose, ...] = ("training", "research")
# Who teaches and who searches; a university does both.
KINDS: dict[Purpose, tuple[str, ...]] = {
    "training": ("training", "higher_education"),
    "research": ("laboratory", "transfer", "higher_education"),
}
SERVED, UNSERVED, NO_FIELD, OPEN = STATES = ("served", "unserved", "no field", "unknown")
_NO_FIELDS, _HIDDEN, _NO_FIELD_OF_IT = "no fields given", "withheld jobs", "no field of the sector"
_NOTHING_TO_SERVE = "no jobs with a field"
_COLUMNS = {SERVED: "served", UNSERVED: "unserved", NO_FIELD: "no_field", OPEN: "undecided_jobs"}
_ROUNDING = 1e-12
_NEARLY_ALL = 0.9
_DIVISION = 2
# Digits of a detailed field: a broader one does not say which of several is taught.
_DETAILED = 3
_BLOCK = 20_000_000


@dataclass(frozen=True)
class TrainingMatch:
    """
    Fields and jobs, territory by territory.

    Attributes
    ----------
    sectors
        One row per territory, purpose and division of NACE.
    fields
        One row per territory, purpose and field that is taught, or needed and missing.
    summary
        One row per territory and purpose.
    whole
        All territories together, one row for the purpose.
    """

    sectors: pd.DataFrame
    fields: pd.DataFrame
    summary: pd.DataFrame
    whole: pd.DataFrame


def training_match(
    jobs: pd.DataFrame,
    fields: pd.Series | pd.DataFrame,
    serves: pd.DataFrame,
    *,
    purpose: Purpose = "training",
    relevance: Share = 1.0,
    level: Level = 0.95,
    draws: Count = 999,
    rng: int | np.random.Generator = 1,
) -> TrainingMatch:
    r"""
    Jobs whose sector has its field taught or researched, and those without.

    Parameters
    ----------
    jobs
        Territories by sectors (NACE Rev. 2); NaN where withheld.
    fields
        Fields of knowledge (ISCED-F 2013, three digits) of each institution, semicolons between them; empty where not
        known, and not all known where one of them is no such code. As a table with `fields` and `kind`, they are dealt
        anew within each kind of institution only.
    serves
        Territories by institutions: whether the institution serves the territory, being in it or within reach.
    purpose
        What the institutions do; it is only said in the result.
    relevance
        A field serves a division from this relevance on: 1 only core fields, 0.5 supporting ones, too.
    level
        Level of the range that chance gives, and of the test.
    draws
        Times that the fields are dealt anew among the institutions.
    rng
        Seed or generator.

    Returns
    -------
    match
        `sectors`: `territory`, `purpose`, `sector` (division), `jobs`, `state` (served, unserved, no field, unknown),
        `needed_fields`, `taught_fields`, `reason`, `cure`. `fields`: `territory`, `purpose`, `field`, `taught`,
        `institutions`, `taught_elsewhere`, `jobs` of the divisions it serves, `jobs_only` that no other field taught
        here serves. `summary`: `territory`, `purpose`, `jobs`, `served`, `unserved`, `no_field`, `undecided_jobs`,
        `match_share` (share served) with `match_low` and `match_high` where fields are not known, `expected`,
        `expected_low`, `expected_high`, `p_low`, `p_high`, `p_least` (the smallest that twice the smaller of the two
        could have been), `q`, `certainty`, `reason`, `cure`.

    Raises
    ------
    LayerError
        If the sectors are not NACE Rev. 2.

    Notes
    -----
    The table of fields and divisions is this project's own (`layers.correspondence("isced_f_2013", "nace2")`).
    Divisions for which it names no field of that relevance (trade has no core field) can be matched by nothing: their
    jobs are told and left out of the share. A field known to be taught serves a division even where the fields of other
    institutions are not known; that none is taught can be said only if the fields of all are known. Chance: the lists
    of fields are dealt anew among the institutions, which stay where they are; among those of a kind, where kinds are
    given, since a place that has one institution of each kind teaches many fields, whatever jobs it has. Only known
    lists are dealt, and only among the institutions that have one: a list that is not known is not an empty one. A
    territory served by an institution whose fields are not known has bounds, but nothing that it could be compared
    with: `expected`, p and q are empty, `certainty` is untested and `reason` says why. p_low tells
    how often the match is as low as here, p_high how often as high, p is the smaller of the two, doubled. The family of
    q (Benjamini-Hochberg) is the territories of one purpose that could be told from chance: those whose smallest p that
    any of the draws or the observed match has, `p_least`, is not above 1 - level [1]_ [2]_. Others are untestable,
    which says nothing of their match: where one of twenty institutions is, hardly any match is rare. Where all dealing
    gives the same (nobody teaches here, or all of a kind teach the same), `p_least` is 1 and there is no p.

    References
    ----------
    .. [1] Tarone, R. E. (1990). A modified Bonferroni method for discrete data. Biometrics 46, 515-522.
    .. [2] Gilbert, P. B. (2005). A modified false discovery rate multiple-comparisons procedure for discrete data,
       applied to human immunodeficiency virus genetics. Journal of the Royal Statistical Society C 54, 143-158.

    Examples
    --------
    >>> jobs = pd.DataFrame({"15.2": [90.0, 0], "28.4": [10.0, 50]}, index=["A", "B"])
    >>> fields = pd.Series({"school": "071"})
    >>> found = training_match(jobs, fields, pd.DataFrame({"school": [True, False]}, index=["A", "B"]), draws=9)
    >>> found.summary[["territory", "served", "unserved", "match_share"]].values.tolist()
    [['A', 10.0, 90.0, 0.1], ['B', 0.0, 50.0, 0.0]]
    """
    divisions = _by_division(jobs)
    needs = _needs(divisions.columns, relevance)
    bodies = serves.columns
    told = (fields if isinstance(fields, pd.DataFrame) else fields.to_frame("fields")).reindex(bodies)
    offer = _offers(told["fields"], needs.index)
    reach = serves.to_numpy(bool).astype(np.float64)
    silent = _silent(told["fields"])
    open_ = (reach @ silent.astype(np.float64)) > 0
    state = _states(offer, reach, needs, open_)
    sectors = _sectors(divisions, state, needs, (offer, reach), purpose)
    kinds = pd.factorize(told["kind"])[0] if "kind" in told.columns else np.zeros(len(told), dtype=np.int64)
    # A list that is not known stays where it is, as if its institution were the only one of its kind.
    kinds = np.where(silent, -1 - np.arange(len(told)), kinds)
    dealt = _dealt_match(divisions, needs, (offer, reach, kinds), draws, np.random.default_rng(rng))
    summary = _summary(divisions, state, (dealt, open_), level).assign(purpose=purpose)
    whole = _whole(divisions, state, (dealt, open_), level).assign(purpose=purpose)
    return TrainingMatch(sectors, _fields(divisions, needs, offer, reach, purpose), summary, whole)


def _by_division(jobs: pd.DataFrame) -> pd.DataFrame:
    codes = pd.Series(jobs.columns.astype(str))
    vocabulary, share = best_vocabulary(codes)
    if vocabulary != "nace2" or share < _NEARLY_ALL:
        raise LayerError(
            message(
                "The codes of the sectors are not of NACE Rev. 2, to which fields of training are joined. Recode them "
                "first (recode-sectors), for example {values}.",
                values=", ".join(codes.head(3)),
            )
        )
    division = jobs.columns.astype(str).str[:_DIVISION]
    sums = jobs.T.groupby(division, sort=True).sum().T
    hidden = jobs.isna().T.groupby(division, sort=True).any().T
    return sums.where(~hidden)


def _needs(divisions: pd.Index, relevance: float) -> pd.DataFrame:
    """Fields by divisions: 1 where the field serves it."""
    table = correspondence("isced_f_2013", "nace2")
    table = table[table["relevance"] >= relevance]
    wide = crossed(table["source"], table["target"]).reindex(columns=divisions, fill_value=0)
    return (wide > 0).astype(float)


def _offers(fields: pd.Series, known: pd.Index) -> pd.DataFrame:
    """Institutions by fields of three digits; a broader field does not say which, and is left out."""
    listed = fields.dropna().astype(str).str.split(";").explode().str.strip()
    held = listed[listed.isin(known)]
    wide = pd.crosstab(held.index, held.to_numpy()).reindex(index=fields.index, columns=known, fill_value=0)
    return (wide > 0).astype(float)


def _silent(fields: pd.Series) -> npt.NDArray[np.bool_]:
    """Institutions of which not all fields are known: none is said, or one that does not say which it is."""
    codes = vocabulary("isced_f_2013")["code"].astype(str)
    detailed = codes[codes.str.len() == _DETAILED]
    listed = fields.dropna().astype(str).str.split(";").explode().str.strip()
    listed = listed[listed != ""]
    clear = listed.isin(detailed).groupby(listed.index).all().reindex(fields.index)
    found: npt.NDArray[np.bool_] = ~clear.eq(other=True).to_numpy(bool)
    return found


def _states(
    offer: pd.DataFrame, reach: Floats, needs: pd.DataFrame, silent: npt.NDArray[np.bool_]
) -> npt.NDArray[np.object_]:
    """State of each territory and division; open where an institution that serves it does not say its fields."""
    taught = (reach @ offer.to_numpy()) > 0
    served = (taught.astype(float) @ needs.to_numpy()) > 0
    nothing = np.broadcast_to(needs.sum(axis=0).to_numpy() == 0, served.shape)
    state: npt.NDArray[np.object_] = np.select(
        [nothing, served, np.broadcast_to(silent[:, None], served.shape)], [NO_FIELD, SERVED, OPEN], UNSERVED
    ).astype(object)
    return state


def _sectors(
    divisions: pd.DataFrame,
    state: npt.NDArray[np.object_],
    needs: pd.DataFrame,
    given: tuple[pd.DataFrame, Floats],
    purpose: str,
) -> pd.DataFrame:
    offer, reach = given
    index = pd.MultiIndex.from_product([divisions.index, divisions.columns], names=["territory", "sector"])
    frame = index.to_frame(index=False).assign(jobs=divisions.to_numpy(np.float64).ravel())
    frame["state"] = state.ravel()
    fields = needs.index.to_numpy(object)
    needed = {d: needs[d].to_numpy() > 0 for d in needs.columns}
    taught = (reach @ offer.to_numpy()) > 0
    frame["needed_fields"] = frame["sector"].map({d: "; ".join(fields[m]) for d, m in needed.items()})
    here = np.repeat(taught, len(divisions.columns), axis=0) & np.tile(
        needs.to_numpy().T > 0, (len(divisions), 1)
    )
    frame = frame.assign(taught_fields=["; ".join(fields[m]) for m in here], purpose=purpose)
    hidden = frame["jobs"].isna()
    frame["reason"] = np.select(
        [hidden, frame["state"] == OPEN, frame["state"] == NO_FIELD],
        [_HIDDEN, _NO_FIELDS, _NO_FIELD_OF_IT],
        "",
    )
    frame["cure"] = frame["reason"].map(INNOVATION).fillna("")
    return frame[hidden | (frame["jobs"] > 0)].reset_index(drop=True)


def _fields(
    divisions: pd.DataFrame, needs: pd.DataFrame, offer: pd.DataFrame, reach: Floats, purpose: str
) -> pd.DataFrame:
    """Fields taught or needed in each territory, with the jobs that hang on them."""
    number = reach @ offer.to_numpy()
    taught = (number > 0).astype(float)
    jobs = divisions.fillna(0.0).to_numpy()
    held = needs.to_numpy()
    others = taught @ held
    # Jobs that this field would serve and no other that is taught here does.
    alone = np.stack(
        [(jobs * (others - taught[:, [f]] * held[f] == 0)) @ held[f] for f in range(len(held))], axis=1
    )
    index = pd.MultiIndex.from_product([divisions.index, needs.index], names=["territory", "field"])
    frame = index.to_frame(index=False).assign(
        purpose=purpose,
        taught=np.where(number > 0, "yes", "no").ravel(),
        institutions=number.ravel(),
        taught_elsewhere=(offer.to_numpy().sum(axis=0) - number).ravel(),
        jobs=(jobs @ held.T).ravel(),
        jobs_only=alone.ravel(),
    )
    return frame[(frame["institutions"] > 0) | (frame["jobs_only"] > 0)].reset_index(drop=True)


def _dealt_match(
    divisions: pd.DataFrame,
    needs: pd.DataFrame,
    given: tuple[pd.DataFrame, Floats, npt.NDArray[np.int64]],
    draws: int,
    random: np.random.Generator,
) -> Floats:
    """Jobs served when lists of fields are dealt anew among institutions of a kind: draws by territories."""
    offer, reach, kinds = given
    held = needs.to_numpy()
    can = held.sum(axis=0) > 0
    jobs = divisions.fillna(0.0).to_numpy() * can
    table = offer.to_numpy()
    by_kind = np.argsort(kinds, kind="stable")
    block = max(1, _BLOCK // max(len(jobs) * held.shape[1], 1))
    found = []
    for start in range(0, draws, block):
        number = min(block, draws - start)
        # Rows by kind, and within each in the order of random numbers.
        order = np.empty((number, len(table)), dtype=np.int64)
        order[:, by_kind] = by_kind[np.argsort(kinds[by_kind] + random.random((number, len(table))), axis=1)]
        taught = (np.einsum("ti,rif->rtf", reach, table[order], optimize=True) > 0).astype(float)
        served = (taught @ held) > 0
        found.append((served * jobs).sum(axis=2))
    result: Floats = np.concatenate(found)
    return result


def _whole(
    divisions: pd.DataFrame,
    state: npt.NDArray[np.object_],
    chance: tuple[Floats, npt.NDArray[np.bool_]],
    level: float,
) -> pd.DataFrame:
    """All territories as if they were one, each with the fields that it has."""
    places, sectors = divisions.index.astype(str), divisions.columns
    flat = pd.DataFrame(
        divisions.to_numpy().reshape(1, -1),
        index=["-"],
        columns=[f"{t}|{s}" for t in places for s in sectors],
    )
    dealt, silent = chance
    together = dealt.sum(axis=1, keepdims=True), np.array([silent.any()])
    found = _summary(flat, state.reshape(1, -1), together, level)
    return found.drop(columns="territory")


def _summary(
    divisions: pd.DataFrame,
    state: npt.NDArray[np.object_],
    chance: tuple[Floats, npt.NDArray[np.bool_]],
    level: float,
) -> pd.DataFrame:
    dealt, silent = chance
    jobs = divisions.to_numpy(np.float64)
    frame = pd.DataFrame({"territory": divisions.index, "jobs": jobs.sum(axis=1)})
    for name in (SERVED, UNSERVED, NO_FIELD, OPEN):
        frame[_COLUMNS[name]] = np.where(state == name, np.nan_to_num(jobs), 0.0).sum(axis=1)
    hidden = np.isnan(jobs).any(axis=1)
    frame.loc[hidden, list(_COLUMNS.values())] = np.nan
    counted = (frame["served"] + frame["unserved"] + frame["undecided_jobs"]).to_numpy()
    open_ = (frame["undecided_jobs"] > 0).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(counted > 0, counted, np.nan)
        frame["match_low"] = frame["served"] / base
        frame["match_high"] = (frame["served"] + frame["undecided_jobs"]) / base
    frame["match_share"] = frame["match_low"].where(~open_)
    known = frame["match_share"].notna().to_numpy() & ~silent
    tail = (1 - level) / 2
    drawn = np.where(known, dealt, np.nan) / base
    frame["expected"] = drawn.mean(axis=0)
    for name, share in (("expected_low", tail), ("expected_high", 1 - tail)):
        frame[name] = np.quantile(drawn, share, axis=0)
    for name, values in _tails(np.vstack([drawn, frame["match_share"].to_numpy()])).items():
        frame[name] = values
    return _told(frame, hidden, open_ | silent & (counted > 0), level)


def _tails(pool: Floats) -> dict[str, Floats]:
    """How often draws, with what is observed as the last row, are as low and as high; the least p of any row."""
    value, least, most = pool[-1], pool.min(axis=0), pool.max(axis=0)
    # Where nothing could be dealt otherwise there is no test, and the least p that there could be is 1.
    number = np.where(most - least > _ROUNDING, float(len(pool)), np.nan)
    rarest = np.minimum((pool <= least + _ROUNDING).sum(axis=0), (pool >= most - _ROUNDING).sum(axis=0))
    always = np.where(np.isnan(value) | np.isnan(least), np.nan, 1.0)
    return {
        "p_low": (pool <= value + _ROUNDING).sum(axis=0) / number,
        "p_high": (pool >= value - _ROUNDING).sum(axis=0) / number,
        "p_least": np.where(np.isnan(number), always, np.minimum(1.0, 2 * rarest / number)),
    }


def _told(
    frame: pd.DataFrame, hidden: npt.NDArray[np.bool_], open_: npt.NDArray[np.bool_], level: float
) -> pd.DataFrame:
    p = np.minimum(1.0, 2 * np.minimum(frame["p_low"], frame["p_high"])).to_numpy()
    frame["q"] = adjusted(p, frame["p_least"].to_numpy(), level)
    more = (frame["match_share"] > frame["expected"]).to_numpy()
    told = certainty(p, frame["q"].to_numpy(), level, more=more)
    frame["certainty"] = np.where(np.isnan(p) & frame["match_share"].notna() & ~open_, UNTESTABLE, told)
    frame["reason"] = np.select(
        [hidden, open_, frame["match_share"].isna()], [_HIDDEN, _NO_FIELDS, _NOTHING_TO_SERVE], ""
    )
    frame["cure"] = frame["reason"].map(INNOVATION).fillna("")
    return frame
