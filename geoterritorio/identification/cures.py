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
# Institutions, what they do together, and the fields they teach.
_COVERED = mark("a layer of institutions that covers the territory")
_LINKS = mark("a layer of links that names institutions")
_ACTIONS = mark("a register of actions with their actors, or links of the kind project")
INNOVATION: Mapping[str, str] = MappingProxyType(
    {
        "not covered": _COVERED,
        "no establishments given": mark("a register, or numbers of establishments by territory"),
        "withheld establishments": mark("numbers of establishments that are withheld"),
        "no institutions here": mark("nothing: the layer has no institution here"),
        "no links given": _LINKS,
        "no links between institutions": mark("links between institutions"),
        "too few institutions": mark("nothing: a network needs three institutions or more"),
        "no actions given": _ACTIONS,
        "no statements given": mark("coded statements on the territory"),
        "no fields given": mark("fields of all institutions that teach or do research here"),
        "withheld jobs": mark("jobs that are withheld, or a register"),
        "no field of the sector": mark("fields that serve the sector: a lower relevance"),
        "no jobs with a field": mark("nothing: no jobs here that a field could serve"),
        "one place": mark("smaller places within the territory (units)"),
    }
)
# Why they are unknown, in words, where the reason itself says too little.
INNOVATION_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "not covered": mark("the layer of institutions does not cover the territory"),
        "withheld establishments": mark("numbers of establishments are withheld"),
        "no institutions here": mark("no institutions here"),
        "no links between institutions": mark("no link here or elsewhere is between two institutions"),
        "too few institutions": mark("fewer than three institutions"),
        "no actions given": mark("no actions given"),
        "no statements given": mark("no coded statements given"),
        "no fields given": mark("an institution does not say its fields"),
        "withheld jobs": mark("jobs are withheld"),
        "no field of the sector": mark("no field serves the sector at this relevance"),
        "no jobs with a field": mark("no jobs that a field could serve"),
        "one place": mark("only one smaller place: places tell nothing"),
    }
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
# Capitals of a territory.
CAPITALS: Mapping[str, str] = MappingProxyType(
    {
        "no indicators assigned": mark("indicators of this capital, in the table and in the assignment"),
        "too little known": mark("figures of the indicators that are missing"),
    }
)
# What community, firms and division of labour lack.
COMMUNITY: Mapping[str, str] = MappingProxyType(
    {
        "no commuting given": mark("commuting between places"),
        "no inhabitants given": mark("inhabitants"),
        "no residents and jobs given": mark("employed residents and jobs by place, or commuting"),
        "no smaller places given": mark(
            "smaller places: municipalities or cells, with residents and jobs of each"
        ),
        "one place only": mark("smaller places within the territory"),
        "nobody lives or works there": mark("nothing: nobody lives or works there"),
        "no counts given": mark("jobs by sector"),
        "no counts here": mark("jobs by sector of this territory"),
        "one period only": mark("jobs by sector of a second period"),
        "withheld cells": _HIDDEN,
    }
)
# Agreement of coders.
AGREEMENT: Mapping[str, str] = MappingProxyType(
    {
        "nothing rated": mark("ratings: somebody who rates the items"),
        "one coder": mark("a second coder, named in the column coder"),
        "nothing rated in common": mark("ratings of the same items and territories by two coders"),
        "too few rated in common": mark("more territories or items rated by two coders"),
        "all ratings the same": mark(
            "territories or items that differ, so that agreement is no matter of course"
        ),
        "too little variation": mark("more ratings that differ"),
    }
)
# Items of coded assessments.
CODED: Mapping[str, str] = MappingProxyType(
    {
        "no evidence given": mark(
            "a layer of coded evidence (the command evidence-template makes one to fill in)"
        ),
        "no statement": mark("a statement with its source, and a rating"),
        "no source": mark("the source of the statements"),
        "no rating": mark("a rating of the statements"),
    }
)
# Shares of actions and of their actors.
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "no actions given": mark("a register of actions"),
        "no actions here": mark("actions of the territory, recorded with their actors"),
        "no public shares": mark("the public share of the budgets"),
        "no budgets": mark("budgets of the actions, and their public shares"),
        "no actors named": mark("the actors of the actions"),
        "actors not known": mark("layers of institutions and firms that hold the actors of the actions"),
        "actors without place": mark("where the actors are: territories or points of institutions and firms"),
        "kinds that may be either": mark("which kinds of actor are public and which private"),
    }
)
# Conditions of the ladder.
LADDER: Mapping[str, str] = MappingProxyType(
    {
        "no such figure": mark(
            "a table of figures with this indicator (layer indicators, columns territory, indicator and value)"
        ),
        "no value here": mark("the value of this indicator here (layer indicators, column value)"),
        "too close to tell": mark(
            "the figure itself: its interval has one end only, on this side of the threshold"
        ),
        "met by the figure alone": mark(
            "closer figures (more recorded cases): the figure meets the threshold, one end of its interval does not"
        ),
        "missed by the figure alone": mark(
            "closer figures (more recorded cases): the figure misses the threshold, one end of its interval does not"
        ),
        "from too few": mark("as many recorded ties or firms as the condition asks for (n)"),
        "no further than chance": mark("more recorded ties, by which the figure could be told from chance"),
        "not held against chance": mark(
            "the figure beside chance, where chance can give more than one value (columns `expected`, `q`)"
        ),
        "no such reading": mark("both readings of the territory, from `contrast`"),
        "reading open": mark(
            "what `districts` or `clusters` tell in their evidence, in the column cure, and `contrast` beside it"
        ),
        "no statements": mark(
            "statements on the item with source and rating, by several coders (layer evidence, columns item, rating, "
            "source and coder), for which `evidence-template` makes a file to fill in"
        ),
        "too few statements": mark(
            "more statements on the item, or further coders (layer evidence, columns item, rating, source and coder)"
        ),
        "statements contradict": mark("coders who talk about why they differ, or further sources"),
    }
)
_LIVING = mark(
    "`community-of-people`: commuting (layer flows, columns origin, destination and flow), or residents who work, and "
    "jobs, by municipality"
)
# Which tool and which columns give what the conditions of the proposal look at, where it is not there.
LADDER_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "Ties that stay in the territory (share)": mark(
            "`actor-network`: links of its firms and institutions (layer links, columns source, target and kind), and "
            "the layers firms and institutions, which say where these are"
        ),
        "Reciprocity of supply and cooperation (share)": mark(
            "`actor-network`: links of supply or cooperation with their direction (layer links, columns source, target "
            "and kind)"
        ),
        "Linked firms within two steps of a knowledge holder (share)": mark(
            "`actor-network`: links of its firms (layer links), and universities, laboratories and transfer agencies "
            "(layer institutions, column kind)"
        ),
        "Kinds of institution present (share)": mark(
            "`innovation-system`: the institutions of the territory (layer institutions, column kind)"
        ),
        "Employed residents who work in it (share)": _LIVING,
        "Workers who live in it (share)": _LIVING,
        "Brokers beyond chance (number)": mark(
            "`brokerage`: links of its firms and institutions (layer links, columns source, target and kind), and what "
            "these are (layer institutions, column kind)"
        ),
        "Phases with actions": mark(
            "`action-register`: its actions with their phase (layer actions, columns territory and phase)"
        ),
        "Actions paid by public and other money (share)": mark(
            "`leader-profile`: the public share of its actions (layer actions, column public_share)"
        ),
        "Actions with public and private actors (share)": mark(
            "`leader-profile`: who takes part in its actions (layer actions, column actors), the layer institutions "
            "with their kind, and which kinds are public and which private"
        ),
        "Jobs whose sector has its field taught (share)": mark(
            "`training-match`: fields that are taught here (layer institutions, column fields), and jobs by sector "
            "(layer firms, columns sector and employment)"
        ),
        "District in all draws and under all thresholds (share)": mark(
            "`districts` with draws: establishments in local labour markets, which are drawn anew (layer firms, "
            "columns sector and employment)"
        ),
        "cluster": mark(
            "`contrast`, on what `clusters` finds: establishments with sector and jobs (layer firms) and groups of "
            "related industries (layer definitions)"
        ),
        "district": mark(
            "`contrast`, or `districts` alone: establishments with sector and jobs in local labour markets (layer "
            "firms), and the same of the whole by size (layer reference)"
        ),
    }
)
# Figures of networks of actors.
NETWORKS: Mapping[str, str] = MappingProxyType(
    {
        "too few actors": mark("links of more actors"),
        "too few ties": mark("more recorded links"),
        "ends not placed": mark("places of the linked actors, or the territory of each"),
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
        for table in (
            DISTRICTS_ASKED_OR_NOT,
            OWN_SUMS,
            CLUSTERS,
            STARS,
            KNOWLEDGE,
            INNOVATION,
            PIECES,
            CAPITALS,
            COMMUNITY,
            AGREEMENT,
            CODED,
            ACTIONS,
            LADDER,
            LADDER_SOURCES,
            NETWORKS,
        )
        for text in table.values()
    )
)
