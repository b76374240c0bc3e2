"""The five axes on which the founding document compares districts and clusters, and the evidence on each.

The document (F. Alburquerque, on clusters, industrial districts and territorial development) names the axes and
describes them in words; that a step or a criterion speaks to one of them is this project's reading. Each step of the
district procedure and each criterion of clusters belongs to one axis and to no other, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pandas as pd

from geoterritorio.i18n import mark

Reading = Literal["district", "cluster"]
DISTRICT, CLUSTER = READINGS = ("district", "cluster")
AxisCode = Literal["A", "B", "C", "D", "E"]


@dataclass(frozen=True)
class View:
    """
    One reading of an axis.

    Parameters
    ----------
    pieces
        Steps or criteria that speak to it.
    reason
        Why these, in the document's terms.
    untold
        What no layer can tell of it, and what would.
    """

    pieces: tuple[str, ...]
    reason: str
    untold: str


@dataclass(frozen=True)
class Axis:
    """
    An axis of the document.

    Parameters
    ----------
    title
        What it is about.
    district, cluster
        How either reading sees it.
    items
        Items of the vocabulary of coded evidence that speak to it.
    """

    title: str
    district: View
    cluster: View
    items: tuple[str, ...] = ()

    def view(self, reading: str) -> View:
        """How one reading sees the axis."""
        return self.district if reading == DISTRICT else self.cluster


# How sure it is that people live where they work: of the labour markets, not of the district procedure.
VALIDITY = "validity"
AXES: Mapping[str, Axis] = MappingProxyType(
    {
        "A": Axis(
            mark("Economy and society, and the role of institutions"),
            View(
                (),
                mark(
                    "To the district, economy and society are one fabric of people and firms. The procedure counts "
                    "jobs: none of its steps asks about it."
                ),
                mark(
                    "how people, firms and institutions hang together: interviews, history, coded statements"
                ),
            ),
            View(
                ("institutions",),
                mark(
                    "To the cluster, society is context: it appears as the institutions associated with the group's "
                    "fields."
                ),
                mark("what the institutions do for the firms: interviews, coded statements"),
            ),
            ("institutions", "public_private", "values", "integrated"),
        ),
        "B": Axis(
            mark("Away from the sector as the unit"),
            View(
                (
                    "manufacturing_share",
                    "unit_density",
                    "specialised",
                    "prevails",
                    "main_industry",
                    "industry_share",
                    "industry_jobs",
                ),
                mark(
                    "The unit is the labour market. What it does as a whole is asked first, and its main industry, "
                    "which is several sectors, after that."
                ),
                mark("whether the productive process is defined by the culture of the place: history"),
            ),
            View(
                ("breadth", "related"),
                mark(
                    "The unit is a group of related sectors: several of them are here, and they are in the same "
                    "places more than chance has it."
                ),
                mark("whether the sectors are links of one strategy: a study of the group"),
            ),
            ("division_of_labour",),
        ),
        "C": Axis(
            mark("Methods"),
            View(
                (),
                mark(
                    "The district is studied in depth: relations between firms, institutions and community, their "
                    "history and geography. No step does that."
                ),
                mark("a study of the place in depth: history, geography, sociology, coded statements"),
            ),
            View(
                ("specialisation",),
                mark(
                    "The cluster is studied by comparison with other places: its quotient, with its interval, is one."
                ),
                mark("a comparison with chosen rivals, and a study of markets"),
            ),
            ("bottom_up", "learning"),
        ),
        "D": Axis(
            mark("Networks and collaboration, trust and rivalry"),
            View(
                ("size_quotients", "sme_manufacturing", "sme_industry", "one_medium_firm", "small_industry"),
                mark(
                    "Trust balances competition and collaboration among many firms of which none rules: a population "
                    "of small and medium ones is what the steps can see of it."
                ),
                mark("trust itself: interviews, coded statements"),
            ),
            View(
                ("mass", "plants", "suppliers", "links"),
                mark(
                    "Rivalry beside cooperation raises performance: there must be several establishments of weight, "
                    "suppliers, and links among the actors."
                ),
                mark("whether links are of cooperation or of rivalry: kinds of links, interviews"),
            ),
            ("networking", "intermediaries", "innovation"),
        ),
        "E": Axis(
            mark("The strategic role of location"),
            View(
                (VALIDITY,),
                mark(
                    "Location is a place of life: people live where they work. The validity of the labour market "
                    "tells it, if the market was drawn from commuting."
                ),
                mark("bonds with the place: interviews, history, coded statements"),
            ),
            View(
                ("gathering",),
                mark(
                    "Location is a strategic resource: the group's establishments are nearer to each other than "
                    "chance has it."
                ),
                mark("what the firms gain from being there: interviews, costs"),
            ),
            ("territorial", "identity", "local_markets", "local_management", "training_fit"),
        ),
    }
)


def axis_table() -> pd.DataFrame:
    """
    Axes with the evidence that speaks to each, and why.

    Returns
    -------
    table
        One row per axis and reading: `axis`, `title`, `reading`, `speaks` (codes with semicolons between), `meaning`
        (why these), `untold`, `items` of coded evidence.

    Examples
    --------
    >>> axis_table().query("axis == 'E'")["speaks"].tolist()
    ['validity', 'gathering']
    """
    return pd.DataFrame(
        [
            {
                "axis": code,
                "title": axis.title,
                "reading": reading,
                "speaks": "; ".join(axis.view(reading).pieces),
                "meaning": axis.view(reading).reason,
                "untold": axis.view(reading).untold,
                "items": "; ".join(axis.items),
            }
            for code, axis in AXES.items()
            for reading in READINGS
        ]
    )
