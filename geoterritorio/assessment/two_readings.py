"""The same territory read as an industrial district and as a cluster, axis by axis, with the evidence of either."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._foremost import foremost
from geoterritorio.assessment.axes import AXES, CLUSTER, DISTRICT, READINGS, VALIDITY
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.identification.cluster_evidence import CRITERIA, OPEN, VERDICTS
from geoterritorio.identification.cluster_evidence import NONE as NO_CLUSTER
from geoterritorio.identification.cures import DISTRICTS_ASKED_OR_NOT, PIECES
from geoterritorio.layers.amounts import amounts, refuse_periods
from geoterritorio.layers.findings import crossed, listing
from geoterritorio.layers.schema import NO, UNKNOWN, YES

Words = npt.NDArray[np.object_]

MOOT = "not asked"
# What either reading says of a territory, and what both together are called.
CLASSES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        (YES, YES): "district and cluster",
        (YES, NO): "district only",
        (NO, YES): "cluster only",
        (NO, NO): "neither",
        (YES, UNKNOWN): "district, cluster open",
        (UNKNOWN, YES): "cluster, district open",
        (NO, UNKNOWN): "no district, cluster open",
        (UNKNOWN, NO): "no cluster, district open",
        (UNKNOWN, UNKNOWN): "both open",
    }
)
# Why there is nothing to read, beside the reasons of the evidence itself.
NOT_READ, NO_MARKETS = "not in this reading", "no validity given"
_PLACES, _MARKETS, _UNTOLD = PIECES[NOT_READ], PIECES[NO_MARKETS], PIECES["no figure tells"]
_KEYS = ["territory", "axis", "reading"]
_LINE = ["piece", "value", "threshold", "margin", "passed", "reason", "cure"]


@dataclass(frozen=True)
class Contrast:
    """
    Two readings of each territory.

    Parameters
    ----------
    territories
        By territory: `readings` (the class of both), `district`, `cluster`, `cluster_verdict`, `group`, `chosen_by`
        (why that group), `axes_agree`, `axes_differ`, `axes_open` and `differ_on` (axes, semicolons between).
    axes
        One row per territory and axis: `district_reading`, `cluster_reading`, `agrees`, `because` (pieces that explain
        a disagreement), `cure` (what would decide what is unknown), `statements` of coded evidence and their ratings.
    pieces
        One row per territory, axis, reading and piece of evidence: value, threshold, margin, passed, why it is unknown,
        and `explains`: whether a disagreement rests on it.
    """

    territories: pd.DataFrame
    axes: pd.DataFrame
    pieces: pd.DataFrame


def contrast(
    districts: pd.Series,
    district_evidence: pd.DataFrame,
    cluster_evidence: pd.DataFrame,
    *,
    validity: pd.Series | None = None,
    statements: pd.DataFrame | None = None,
    definitions: pd.DataFrame | None = None,
    group: str | Mapping[str, str] | None = None,
) -> Contrast:
    """
    Districts and clusters contrasted on the five axes of the founding document.

    Parameters
    ----------
    districts
        Whether each territory is a district: "yes", "no" or "unknown"; its index is the territories.
    district_evidence
        `territory`, `asked` (step), `value`, `threshold`, `margin`, `passed`, `reason`; `of` (main industry) if known.
    cluster_evidence
        `territory`, `group`, `criterion`, `value`, `threshold`, `margin`, `passed`, `reason` and `cure`.
    validity
        Validity of the territories as labour markets, 1 or more where it is enough.
    statements
        Coded evidence: `territory`, `item`, `rating`. It is told beside the readings and decides nothing.
    definitions
        `sector`, `group` and, if known, `role`: they tell which groups are of the district's main industry.
    group
        Group of industries that is read as the cluster, one for all or one by territory. By default the one with the
        best verdict (then most criteria met, fewest failed, largest margin of specialisation, first code); where none
        is a cluster or a possible one, one with core sectors of the main industry (first those with half of them or
        more there), then the one with the largest margin of specialisation.

    Returns
    -------
    contrast
        Territories, axes and pieces.

    Raises
    ------
    LayerError
        If the evidence is of other territories, or no evidence is of the group.

    Notes
    -----
    On an axis a reading holds if all its pieces do; it does not if one fails; else it is unknown, or not asked where no
    piece was asked. Both readings agree if both hold or neither does; they cannot be compared where one is unknown.
    A territory is a cluster if its group's verdict is "cluster"; not if that is "no cluster" or "concentration only";
    a possible or undecided one is unknown. Nothing is averaged. See `AXES` for which pieces speak to which axis.

    Examples
    --------
    >>> steps = {"territory": "T", "asked": ["prevails", "size_quotients"], "passed": ["yes", "no"]}
    >>> criteria = {"territory": "T", "group": "food", "criterion": CRITERIA, "passed": "yes"}
    >>> found = contrast(pd.Series({"T": "no"}), pd.DataFrame(steps), pd.DataFrame(criteria))
    >>> found.territories[["readings", "differ_on"]].iloc[0].tolist()
    ['cluster only', 'D']
    >>> found.axes.set_index("axis").loc["D", "because"]
    'size_quotients; mass; plants; suppliers; links'
    """
    places = pd.Index(districts.index, name="territory")
    _once(district_evidence, ["territory", "asked"], "district_evidence")
    _once(cluster_evidence, ["territory", "group", "criterion"], "cluster_evidence")
    _fitting(places, district_evidence, "district_evidence")
    _fitting(places, cluster_evidence, "cluster_evidence")
    told = foremost(cluster_evidence, district_evidence, definitions=definitions, group=group).reindex(places)
    pieces = pd.concat(
        [
            _of_districts(places, district_evidence, validity),
            _of_clusters(places, cluster_evidence, told["group"]),
        ],
        ignore_index=True,
    )
    axes = _axes(places, pieces)
    pieces = _explaining(pieces, axes)
    axes = _told(axes, pieces, statements)
    return Contrast(_territories(districts, told, axes), axes.reset_index(), _ordered(pieces, places))


def _once(evidence: pd.DataFrame, keys: list[str], name: str) -> None:
    """Of evidence of several periods, or of several runs, one would be taken and the others lost."""
    refuse_periods(evidence, name)
    twice = int(evidence.duplicated(keys).sum())
    if twice:
        raise LayerError(
            message(
                "{layer}: {count} rows say the same piece of the same territory again. Keep the rows of one run.",
                layer=name,
                count=twice,
            )
        )


def _fitting(places: pd.Index, evidence: pd.DataFrame, name: str) -> None:
    """Evidence must be of these territories; some of it may be of others, which is said."""
    given = pd.Index(evidence["territory"].dropna().unique())
    beyond = given.difference(places)
    if len(given) and len(beyond) == len(given):
        raise LayerError(
            message(
                "{layer}: none of its {count} territories is among those of the districts, for example {values}. Both "
                "readings must be of the same territories: give both tools the same labour markets.",
                layer=name,
                count=len(given),
                values=listing(sorted(map(str, given))),
            )
        )
    lacking = places.difference(given)
    if len(lacking) or len(beyond):
        text = message(
            "{layer}: {lacking} territories have no evidence and stay unknown; {beyond} others were left out: "
            "{values}.",
            layer=name,
            lacking=len(lacking),
            beyond=len(beyond),
            values=listing(sorted(map(str, [*lacking, *beyond]))),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _lines(places: pd.Index, reading: str) -> pd.DataFrame:
    """Every piece that speaks to an axis, for every territory."""
    rows = [(code, piece) for code, axis in AXES.items() for piece in axis.view(reading).pieces]
    frame = pd.DataFrame(rows, columns=["axis", "piece"])
    return places.to_frame(index=False).merge(frame, how="cross").assign(reading=reading)


def _of_districts(places: pd.Index, evidence: pd.DataFrame, validity: pd.Series | None) -> pd.DataFrame:
    """Steps that the rules ask, and the validity of the markets."""
    told = evidence.rename(columns={"asked": "piece"}).reindex(columns=["territory", *_LINE])
    told = told.assign(cure=_cures(told["reason"]))
    told = pd.concat([told, _validities(places, validity)], ignore_index=True)
    return _joined(_lines(places, DISTRICT), told, steps=set(told["piece"]))


def _of_clusters(places: pd.Index, evidence: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Criteria of the group that is read as each territory's cluster."""
    read = groups.dropna().rename("group").reset_index()
    told = evidence.merge(read, on=["territory", "group"]).rename(columns={"criterion": "piece"})
    told = told.reindex(columns=["territory", "group", *_LINE])
    return _joined(_lines(places, CLUSTER), told, steps=set(CRITERIA))


def _joined(lines: pd.DataFrame, told: pd.DataFrame, *, steps: set[str]) -> pd.DataFrame:
    """Lines with what was found; steps that the rules do not ask are left out, what is missing is unknown."""
    kept = lines[lines["piece"].isin(steps)]
    found = kept.merge(told.drop_duplicates(["territory", "piece"]), on=["territory", "piece"], how="left")
    absent = found["passed"].isna()
    found["passed"] = found["passed"].where(~absent, UNKNOWN)
    found["reason"] = found["reason"].where(~absent, NOT_READ).replace("", None)
    found["cure"] = found["cure"].where(~absent, _PLACES).replace("", None)
    return found


def _cures(reasons: pd.Series) -> pd.Series:
    """What would decide steps, by the reasons for which they are unknown."""
    codes = reasons.dropna().astype(str).str.split("; ").explode()
    cures = codes.map(DISTRICTS_ASKED_OR_NOT).dropna()
    if cures.empty:
        return pd.Series(None, index=reasons.index, dtype=object)
    return cures.groupby(level=0).agg(_together).reindex(reasons.index)


def _together(texts: pd.Series) -> str:
    return "; ".join(dict.fromkeys(texts))


def _validities(places: pd.Index, validity: pd.Series | None) -> pd.DataFrame:
    value = pd.Series(np.nan, index=places)
    if validity is not None:
        value = amounts(validity, "validity").reindex(places)
    known = value.notna()
    return pd.DataFrame(
        {
            "territory": places,
            "piece": VALIDITY,
            "value": value.to_numpy(),
            "threshold": 1.0,
            "margin": value.to_numpy() - 1,
            "passed": np.where(known, np.where(value >= 1, YES, NO), UNKNOWN),
            "reason": pd.Series(NO_MARKETS, index=places).mask(known, None).to_numpy(),
            "cure": pd.Series(_MARKETS, index=places).mask(known, None).to_numpy(),
        }
    )


def combined(passed: pd.DataFrame) -> Words:
    """
    What pieces say together: "no" if one fails, else "unknown" if one is, else "yes"; "not asked" if none was asked.

    Parameters
    ----------
    passed
        How many pieces are "yes", "no", "unknown" and "not asked", columns by these words; a row for each reading.

    Returns
    -------
    told
        One word for each row; "unknown" where there is no piece at all.

    Examples
    --------
    >>> list(combined(pd.DataFrame({"yes": [2, 1, 1, 0], "no": [0, 1, 0, 0], "unknown": [0, 1, 1, 0]})))
    ['yes', 'no', 'unknown', 'unknown']
    """
    number = passed.reindex(columns=[NO, UNKNOWN, YES, MOOT], fill_value=0).to_numpy()
    found: Words = np.select(list((number > 0).T), [NO, UNKNOWN, YES, MOOT], UNKNOWN).astype(object)
    return found


def _axes(places: pd.Index, pieces: pd.DataFrame) -> pd.DataFrame:
    """Both readings of every axis, and whether they agree."""
    every = pd.MultiIndex.from_product([places, list(AXES), list(READINGS)], names=_KEYS)
    number = crossed(*(pieces[k] for k in _KEYS), pieces["passed"]).reindex(every, fill_value=0)
    one = pd.MultiIndex.from_product([places, list(AXES)], names=_KEYS[:2])
    wide = combined(number).reshape(-1, len(READINGS))
    found = pd.DataFrame(wide, index=one, columns=[f"{r}_reading" for r in READINGS])
    known = np.isin(wide, [YES, NO]).all(axis=1)
    same = wide[:, 0] == wide[:, 1]
    found["agrees"] = np.where(known, np.where(same, YES, NO), UNKNOWN)
    return found


def _explaining(pieces: pd.DataFrame, axes: pd.DataFrame) -> pd.DataFrame:
    """Whether a disagreement rests on a piece: those that fail on the one side, those that hold on the other."""
    of = axes.loc[pd.MultiIndex.from_frame(pieces[_KEYS[:2]])]
    explains = (of["agrees"].to_numpy() == NO) & (
        pieces["passed"].to_numpy(dtype=object) == _own(pieces, axes)
    )
    return pieces.assign(explains=np.where(explains, YES, NO))


def _own(pieces: pd.DataFrame, axes: pd.DataFrame) -> Words:
    """What the reading to which each piece belongs says of its axis."""
    of = axes.loc[pd.MultiIndex.from_frame(pieces[_KEYS[:2]])]
    own: Words = np.where(
        pieces["reading"] == DISTRICT, of["district_reading"].to_numpy(), of["cluster_reading"].to_numpy()
    )
    return own


def _told(axes: pd.DataFrame, pieces: pd.DataFrame, statements: pd.DataFrame | None) -> pd.DataFrame:
    """Axes with the pieces that explain, what would decide, and how many statements there are."""
    by = _KEYS[:2]
    explaining = pieces[pieces["explains"] == YES].groupby(by)["piece"].agg("; ".join)
    # What is unknown beside a piece that fails need not be decided.
    due = (pieces["passed"] == UNKNOWN) & (_own(pieces, axes) == UNKNOWN)
    open_ = pieces[due & pieces["cure"].notna()]
    cures = (
        open_.assign(cure=open_["cure"].str.split("; ")).explode("cure").groupby(by)["cure"].agg(_together)
    )
    found = axes.assign(because=explaining.reindex(axes.index), cure=cures.reindex(axes.index))
    # Where no piece speaks, no figure will: what is told there is told in words.
    silent = [c for c, axis in AXES.items() if not all(axis.view(r).pieces for r in READINGS)]
    rows = found.index.get_level_values("axis").isin(silent)
    joined = (found["cure"] + "; ").fillna("") + _UNTOLD
    found["cure"] = found["cure"].where(~rows, joined)
    if statements is None:
        return found
    item = {i: code for code, axis in AXES.items() for i in axis.items}
    coded = statements.assign(axis=statements["item"].map(item)).dropna(subset=["axis"])
    given = coded["rating"] if "rating" in coded.columns else pd.Series(np.nan, index=coded.index)
    coded = coded.assign(rating=amounts(given, "statements: rating", signed=True))
    rated = coded.groupby(by)["rating"]
    found["statements"] = rated.size().reindex(found.index).fillna(0)
    found["rating_least"], found["rating_most"] = (r.reindex(found.index) for r in (rated.min(), rated.max()))
    return found


def _territories(districts: pd.Series, told: pd.DataFrame, axes: pd.DataFrame) -> pd.DataFrame:
    verdict = told["cluster_verdict"].fillna(OPEN)
    is_cluster = np.select(
        [verdict == VERDICTS[0], verdict.isin([NO_CLUSTER, "concentration only"])], [YES, NO], UNKNOWN
    )
    is_district = districts.where(districts.isin([YES, NO]), UNKNOWN)
    wide = axes["agrees"].to_numpy(dtype=object).reshape(-1, len(AXES))
    differ, names = wide == NO, np.array(list(AXES), dtype=object)
    return pd.DataFrame(
        {
            "readings": [CLASSES[d, c] for d, c in zip(is_district, is_cluster, strict=True)],
            "district": is_district.to_numpy(),
            "cluster": is_cluster,
            "cluster_verdict": verdict,
            "group": told["group"],
            "chosen_by": told["chosen_by"],
            "axes_agree": (wide == YES).sum(axis=1),
            "axes_differ": differ.sum(axis=1),
            "axes_open": (wide == UNKNOWN).sum(axis=1),
            "differ_on": ["; ".join(names[row]) for row in differ],
        },
        index=told.index,
    )


def _ordered(pieces: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    """Pieces by territory, axis and reading, in the order of each."""
    keys = {
        "territory": {t: i for i, t in enumerate(places)},
        "axis": {a: i for i, a in enumerate(AXES)},
        "reading": {r: i for i, r in enumerate(READINGS)},
    }
    ranks = pd.DataFrame({k: pieces[k].map(order) for k, order in keys.items()})
    rows = ranks.sort_values(list(ranks), kind="stable").index
    return pieces.loc[rows, [*_KEYS, "group", *_LINE, "explains"]].reset_index(drop=True)
