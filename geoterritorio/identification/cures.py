"""What would decide what is unknown, by the reason for which it is: one list for every measure, table and page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geoterritorio.i18n import mark

_HIDDEN = mark("figures of the withheld cells, or totals that bound them")
_SIZES = mark("sizes of establishments: a register, or their squares in the counts")
_UNITS = mark("numbers of establishments")
_NOTHING = mark("nothing: the step before it fails")

# Why steps of districts are unknown, in words.
DISTRICT_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "no size classes": mark("sizes are not known"),
        "whole without size classes": mark("sizes in the whole are not known"),
        "coarse codes": mark("codes fit several groups or none, or are missing"),
        "withheld cells": mark("jobs are withheld or not stated here"),
        "whole with withheld cells": mark("jobs are withheld or missing in the whole"),
        "no numbers of units": mark("numbers of firms are not known"),
        "no inhabitants": mark("inhabitants are not known"),
        "number not confirmed": mark("the rule says “mainly” and no number is confirmed"),
        "several industries": mark("several industries may be the main one"),
        "no share in the whole": mark("the whole has none of it"),
    }
)
# What would decide them. That several industries may be the main one has a cause of its own, and its cure.
DISTRICTS: Mapping[str, str] = MappingProxyType(
    {
        "no size classes": mark("jobs by size class"),
        "whole without size classes": mark("jobs of the whole by size class"),
        "coarse codes": mark("finer or missing codes of sectors"),
        "withheld cells": mark("jobs that are withheld or not stated, or closer bounds of them"),
        "whole with withheld cells": mark("jobs of the whole that are withheld or missing"),
        "no numbers of units": mark("numbers of firms by size class"),
        "no inhabitants": mark("inhabitants of the market and of the whole"),
        "number not confirmed": mark("a number of one's own for “mainly”"),
        "no share in the whole": mark("a whole that has some of it"),
    }
)
# The same where there is no other whole than the sums of the markets.
OWN_SUMS: Mapping[str, str] = MappingProxyType(
    {
        **DISTRICTS,
        "whole without size classes": mark("sizes in all markets, or a reference by size class"),
        "whole with withheld cells": mark("jobs that are withheld in other markets, or a reference"),
        "no share in the whole": mark("a reference that has some of it"),
    }
)
# The same, and those that were not asked since there is nothing to ask about.
DISTRICTS_ASKED_OR_NOT: Mapping[str, str] = MappingProxyType(
    {**DISTRICTS, "no jobs at all": _NOTHING, "no manufacturing": _NOTHING, "no main industry": _NOTHING}
)
# Criteria of clusters.
CLUSTERS: Mapping[str, str] = MappingProxyType(
    {
        "withheld cells": _HIDDEN,
        "not tested": _SIZES,
        "no establishments given": _UNITS,
        "no sizes given": _SIZES,
        "no places given": mark("a register with points"),
        "not looked at": mark("nothing: no territory is specialised in the group"),
        "one sector": mark("codes of more digits, or a definition with related sectors"),
        "group from the same data": mark(
            "a definition from elsewhere: input-output, occupations, another area"
        ),
        "no test of the group": mark("more territories, or jobs in two sectors of the group"),
        "no roles given": mark("a definition that says which sectors supply and serve"),
        "no institutions given": mark("a layer of institutions"),
        "fields do not match": mark("fields of the institutions, and NACE codes of the sectors"),
        "no links given": mark("a layer of links between firms and institutions"),
        "too few links known": mark("more recorded links of its actors"),
    }
)
# Stars; where what they need is not given, by its name.
STARS: Mapping[str, str] = MappingProxyType(
    {
        "withheld cells": _HIDDEN,
        "too few territories": mark("more territories"),
        "value_added": mark("value added by territory and sector"),
        "earlier": mark("counts of an earlier period"),
        "establishments": _UNITS,
        "nothing to compare with": mark("totals of the whole"),
        "no jobs in the earlier period": mark("an earlier period with jobs in the group"),
    }
)
# Groups of technology and knowledge.
KNOWLEDGE: Mapping[str, str] = MappingProxyType(
    {"codes too short": mark("codes of three digits"), "withheld cells": _HIDDEN}
)
# Pieces of evidence that a reading lacks.
PIECES: Mapping[str, str] = MappingProxyType(
    {
        "not in this reading": mark("the same territories in both readings"),
        "no validity given": mark("commuting: labour markets drawn from it, with their validity"),
        "no figure tells": mark(
            "no figure here decides it: take interviews, history, and read the coded statements"
        ),
    }
)
# Figures of networks of actors.
NETWORKS: Mapping[str, str] = MappingProxyType(
    {
        "too few actors": mark("links of more actors"),
        "too few ties": mark("more recorded links"),
        "one period": mark("links of two periods or more, with the period of each"),
        "no links that can be returned": mark("links of supply or cooperation with their direction"),
        "no projects": mark("links of projects, or actions with their actors"),
        "no knowledge holders": mark(
            "institutions of higher education, laboratories and transfer, with their links"
        ),
        "no linked firms": mark("links of firms, by the identifiers of the register"),
        "one type of actor": mark("actors of several types: institutions beside firms"),
    }
)
# All of them, each once.
CURES: tuple[str, ...] = tuple(
    dict.fromkeys(
        text
        for table in (DISTRICTS_ASKED_OR_NOT, OWN_SUMS, CLUSTERS, STARS, KNOWLEDGE, PIECES, NETWORKS)
        for text in table.values()
    )
)
