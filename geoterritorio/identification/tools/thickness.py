"""Institutional thickness on layers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.i18n import mark
from geoterritorio.identification import thickness
from geoterritorio.identification.actor_ties import to_themselves
from geoterritorio.identification.tools._bodies import bodies_of, covered_of, kinds_asked
from geoterritorio.identification.tools._cluster_layers import shaped, with_names
from geoterritorio.identification.tools._innovation_layers import (
    THICKNESS,
    FiguresTable,
    ThicknessTable,
    figures_of,
)
from geoterritorio.layers.schema import Actions, Evidence, Institutions, Links, Territories
from geoterritorio.registry import Level, Progress, no_progress, tool

_FIGURES = {
    thickness.PRESENCE: mark("Kinds of institution present (share)"),
    thickness.INTERACTION: mark("Institutions linked with another one (share)"),
    thickness.COALITION: mark("Institutions in the largest linked group (share)"),
    thickness.AGENDA: mark("Institutions in a shared project (share)"),
}


@dataclass(frozen=True)
class ThicknessRules:
    """
    Which institutions count, and whether the parts are put together.

    Parameters
    ----------
    on
        Day on which institutions must be open; without it all are taken, and those that have closed are told.
    kinds
        Kinds that are looked at, semicolons between them; all of the vocabulary without.
    covered
        Territories that the layer of institutions covers, semicolons between them; others are unknown. All without.
    index
        Whether a row with the plain mean of the four parts is added; it is unknown where one of them is.
    level
        Level of the test of links.
    """

    on: str = ""
    kinds: str = ""
    covered: str = ""
    index: bool = False
    level: Level = 0.95


_RULES = ThicknessRules()


@dataclass(frozen=True)
class ThicknessResult:
    """
    Institutional thickness.

    Attributes
    ----------
    parts
        One row per territory and part.
    figures
        Figures by territory, as capitals, comparisons and profiles read them.
    """

    parts: ThicknessTable
    figures: FiguresTable


@tool
def institutional_thickness(
    territories: Territories,
    institutions: Institutions,
    links: Links | None = None,
    *,
    actions: Actions | None = None,
    evidence: Evidence | None = None,
    rules: ThicknessRules = _RULES,
    progress: Progress = no_progress,
) -> ThicknessResult:
    """
    Institutional thickness by its parts: presence, interaction, coalition, common agenda.

    How many kinds of institution are present, how many are linked with another one, whether their links make one group
    or hang on one institution, and how many take part in a shared project, side by side for every territory. What is
    not given is unknown and says what would decide it; the parts are put together only where that is asked for.

    Parameters
    ----------
    territories
        Territories to look at.
    institutions
        Institutions with their kinds, as points or with their territory.
    links
        Links among institutions, and of others with them.
    actions
        Register of actions with their actors.
    evidence
        Coded statements; those on a territory are counted, and their ratings are not used.
    rules
        Which institutions count, and whether there is an index.
    progress
        Callback.

    Returns
    -------
    result
        Parts and figures.

    Raises
    ------
    LayerError
        If there are no institutions in the territories, links or actions name none of them, or all links that do go
        from one to itself.

    Warns
    -----
    GeoterritorioWarning
        If links go from an institution to itself: these are left out.

    References
    ----------
    .. [1] Amin, A. & Thrift, N. (1994). Living in the global. In Globalization, Institutions and Regional Development
       in Europe. Oxford University Press, 1-22.
    """
    kinds = kinds_asked(rules.kinds)
    bodies = bodies_of(institutions, territories, rules.on, kinds)
    covered = covered_of(territories, rules.covered, bodies)
    progress(0.3, mark("Links"))
    _tell_own(links)
    said = None if evidence is None else evidence["territory"].value_counts()
    parts = thickness.institutional_thickness(
        bodies.dropna(subset=["territory"]),
        pd.Index(territories["territory"]),
        len(kinds),
        thickness.InstitutionTies(links, actions, said),
        covered=covered,
        level=rules.level,
    )
    figures = _figures(parts, rules.on)
    if rules.index:
        parts = _with_index(parts)
    return ThicknessResult(shaped(with_names(parts, territories), THICKNESS), figures)


def _tell_own(links: pd.DataFrame | None) -> None:
    """Warning that links go from somebody to itself; where all do, the measure refuses them."""
    own = (
        pd.Series(dtype=object) if links is None else links.loc[links["source"] == links["target"], "source"]
    )
    if len(own):
        warnings.warn(GeoterritorioWarning(to_themselves(own)), stacklevel=4)


def _figures(parts: pd.DataFrame, period: str) -> pd.DataFrame:
    wide = parts.pivot_table(index="territory", columns="part", values="value", sort=False, dropna=False)
    wide = wide.reindex(columns=list(_FIGURES)).reset_index()
    return figures_of(wide, {text: (part,) for part, text in _FIGURES.items()}, period)


def _with_index(parts: pd.DataFrame) -> pd.DataFrame:
    """Parts, and after those of each territory their mean."""
    mean = thickness.thickness_index(parts)
    lost = parts[parts["reason"] != ""].drop_duplicates("territory").set_index("territory")
    rows = pd.DataFrame({"territory": mean.index, "part": "index", "value": mean.to_numpy()})
    for name in ("reason", "cure"):
        rows[name] = rows["territory"].map(lost[name]).astype(object).fillna("")
    order = {t: k for k, t in enumerate(parts["territory"].drop_duplicates())}
    return pd.concat([parts, rows]).sort_values("territory", key=lambda s: s.map(order), kind="stable")
