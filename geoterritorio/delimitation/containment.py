"""When is an area a labour market? Self-containment, validity by size, and rules with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation.commuting import commuting, sums
from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Metres, Ratio, Share

Floats = npt.NDArray[np.float64]
Enclaves = Literal["keep", "join"]
# Validities that differ from 1 by less than this are 1.
_EXACT = 1e-12


@dataclass(frozen=True)
class LabourMarketRules:
    """
    What makes a labour market.

    Parameters
    ----------
    min_size
        Employed residents of the smallest market that is accepted, if it is as self-contained as `target_containment`.
    min_containment
        Self-containment that a market of `target_size` or more must have.
    target_size
        Employed residents from which on the lower self-containment is enough.
    target_containment
        Self-containment that a market of `min_size` must have. Between the two sizes less is enough the larger it is.
    enclaves
        What becomes of parts of a market that do not touch its main part but another market: "keep" leaves them, "join"
        gives each place to the market it touches and commutes with most.
    snap
        Metres up to which a gap between two boundaries is none.
    """

    min_size: Ratio = 1000
    min_containment: Share = 0.6667
    target_size: Ratio = 10_000
    target_containment: Share = 0.75
    enclaves: Enclaves = "keep"
    snap: Metres = 50


@dataclass(frozen=True)
class Preset:
    """
    Rules of an institution.

    Parameters
    ----------
    rules
        The rules.
    source
        Where they are published.
    note
        What differs from what the institution does.
    """

    rules: LabourMarketRules
    source: str
    note: str


Presets = Literal["euro", "finland", "ttwa"]
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "euro": Preset(
            LabourMarketRules(),
            "Franconi, D'Alò & Ichim (2016), LabourMarketAreas for R, ISTAT and Eurostat: its worked example",
            mark(
                "The harmonised European algorithm leaves the four numbers to each country; these are the example of "
                "its software, not official ones."
            ),
        ),
        "finland": Preset(
            LabourMarketRules(3000, 0.66, 40_000, 0.90),
            "OECD (2020), Delineating Functional Areas in All Territories, annex A: Finland, 2018, experimental",
            mark("Finland's numbers for the harmonised European algorithm."),
        ),
        "ttwa": Preset(
            LabourMarketRules(3500, 0.667, 25_000, 0.75),
            "Office for National Statistics (2015), travel-to-work areas of 2011",
            mark(
                "The numbers of British travel-to-work areas in the European algorithm. It differs from the British "
                "one: places leave a market one at a time and may wait in a reserve, the self-containment asked for "
                "falls with size along a hyperbola and not a straight line, and no contiguity is asked for."
            ),
        ),
    }
)


def sound(rules: LabourMarketRules) -> None:
    """
    Refusal of rules that no market can fulfil.

    Parameters
    ----------
    rules
        The rules.

    Raises
    ------
    LayerError
        With every number out of its bounds.
    """
    problems: list[Message] = [
        message("{name}: {value} is no number of 0 or more.", name=f.name, value=getattr(rules, f.name))
        for f in fields(rules)
        if f.name in {"min_size", "target_size", "snap"} and not 0 <= getattr(rules, f.name) < np.inf
    ]
    if not rules.min_size < rules.target_size:
        problems.append(
            message(
                "min_size, target_size: {least} is not below {target}.",
                least=rules.min_size,
                target=rules.target_size,
            )
        )
    if not 0 < rules.min_containment <= 1 or not 0 < rules.target_containment <= 1:
        problems.append(
            message(
                "min_containment, target_containment: {least} and {target} must be above 0 and at most 1.",
                least=rules.min_containment,
                target=rules.target_containment,
            )
        )
    elif rules.min_containment > rules.target_containment:
        problems.append(
            message(
                "min_containment, target_containment: {least} is above {target}. The smaller an area is the more is "
                "asked of it: min_containment, that of the target size, must not be above target_containment, that "
                "of the smallest size.",
                least=rules.min_containment,
                target=rules.target_containment,
            )
        )
    if rules.enclaves not in {"keep", "join"}:
        problems.append(message("enclaves: “{value}” is neither “keep” nor “join”.", value=rules.enclaves))
    if problems:
        raise LayerError(problems)


def validity(
    residents: npt.ArrayLike, workers: npt.ArrayLike, internal: npt.ArrayLike, rules: LabourMarketRules
) -> Floats:
    r"""
    Validity of areas as labour markets.

    Parameters
    ----------
    residents, workers
        Employed who live, and who work, in each area.
    internal
        Employed who do both there.
    rules
        Sizes and self-containments asked for.

    Returns
    -------
    validity
        1 or more: a labour market; NaN where nobody lives or works.

    Notes
    -----
    .. math:: v = \min(c / c_t, 1) \left(1 - (1 - c_m / c_t) q\right) c_t / c_m, \quad
              q = \max\left((s_t - R) / (s_t - s_m), 0\right)

    with self-containment c = min(S/R, S/W), :math:`c_m, c_t` the self-containments and :math:`s_m, s_t` the sizes. q is
    not bounded above, so that an area below the smallest size needs more than the target, which it cannot reach unless
    nobody crosses its border: then it is valid by definition.

    References
    ----------
    .. [1] Coombes, M. & Bond, S. (2008). Travel-to-Work Areas: the 2007 review. London: ONS.
    .. [2] Franconi, L., Ichim, D. & D'Alò, M. (2017). Labour Market Areas for territorial policies: Tools for a
       European approach. Statistical Journal of the IAOS 33(3), 585-591.

    Examples
    --------
    >>> float(validity(4009, 3776, 3147, LabourMarketRules()).round(6))
    1.041773
    """
    living, working, both = (np.asarray(v, dtype=float) for v in (residents, workers, internal))
    shares = contained(living, working, both)
    ratio = rules.min_containment / rules.target_containment
    small = np.maximum((rules.target_size - living) / (rules.target_size - rules.min_size), 0)
    found = np.minimum(shares / rules.target_containment, 1) * (1 - (1 - ratio) * small) / ratio
    found = np.where(np.abs(found - 1) < _EXACT, 1.0, found)
    valid: Floats = np.where(shares == 1, 1.0, found)
    return valid


def contained(living: Floats, working: Floats, both: Floats) -> Floats:
    """Smaller of both self-containments; NaN where nobody lives or works."""
    larger = np.maximum(living, working)
    smaller = np.minimum(living, working)
    shares: Floats = np.divide(both, larger, out=np.full(np.shape(both), np.nan), where=smaller > 0)
    return shares


def self_containment(
    flows: pd.DataFrame, membership: pd.Series | None = None, *, outside: tuple[str, ...] = ()
) -> pd.DataFrame:
    """
    Self-containment of areas.

    Parameters
    ----------
    flows
        Commuters by `origin`, `destination`, `flow`, those within a place among them.
    membership
        Area of each place, by its identifier; by default each is its own.
    outside
        Names that flows give to what is across the border.

    Returns
    -------
    containment
        By area: `residents` and `workers`, `internal` (who do both in it), `supply` (share of its residents who work in
        it), `demand` (share of its workers who live in it), `containment`, the smaller of both.

    Raises
    ------
    FlowError
        The flows are wrong, or name none of the places.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aabb"), "destination": list("abba"), "flow": [8, 2, 5, 1]})
    >>> self_containment(flows)["containment"].round(3).to_dict()
    {'a': 0.8, 'b': 0.714}
    """
    known = None if membership is None else membership.dropna().astype(str)
    found = commuting(flows, None if known is None else known.index, outside=outside)
    units = pd.Series(found.units, index=found.units)
    label = units if known is None else units.map(known.set_axis(known.index.astype(str)))
    code, names = pd.factorize(label, sort=True)
    origin = np.repeat(np.arange(len(code)), np.diff(found.out.start))
    within = code[origin] == code[found.out.other]
    size = len(names)
    living, working, both = (
        sums(code, found.residents, None, size),
        sums(code, found.workers, None, size),
        sums(code[origin], found.out.flow, within, size),
    )
    return pd.DataFrame(
        {
            "residents": living,
            "workers": working,
            "internal": both,
            "supply": both / living,
            "demand": both / working,
            "containment": contained(living, working, both),
        },
        index=pd.Index(names, name="territory" if known is None else membership.name or "market"),  # type: ignore[union-attr] # known only with a membership
    )
