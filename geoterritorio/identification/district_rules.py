"""What makes an industrial district: rules in steps, presets with their sources, and what of them is not confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import NO, YES
from geoterritorio.registry import Ratio, Share

Step = Literal[
    "manufacturing_share",
    "unit_density",
    "specialised",
    "prevails",
    "size_quotients",
    "sme_manufacturing",
    "main_industry",
    "industry_share",
    "industry_jobs",
    "sme_industry",
    "one_medium_firm",
    "small_industry",
]
Whole = Literal["manufacturing", "all"]
SizeOf = Literal["plant", "enterprise"]
PUBLISHED, READING, OWN, OPEN = "published", "reading", "own rule", "not confirmed"
# Sectors are assigned to activities and industries in the data themselves.
GIVEN = "as given"
# What a market must pass to be a manufacturing one; the other steps are about its sizes and its main industry.
MANUFACTURING: tuple[Step, ...] = ("manufacturing_share", "specialised", "prevails")
# Sentences in the order in which steps are told.
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "manufacturing_share": mark("Manufacturing has a larger share of the jobs here than in the whole"),
        "unit_density": mark("There are more manufacturing units per inhabitant here than in the whole"),
        "specialised": mark(
            "The quotient of manufacturing, business services or consumer services is above the threshold"
        ),
        "prevails": mark("Manufacturing has more excess jobs than business services and consumer services"),
        "size_quotients": mark(
            "Within manufacturing, the largest quotient of a size class is that of small or medium firms, not of large "
            "ones"
        ),
        "sme_manufacturing": mark(
            "Small and medium firms have a larger share of manufacturing jobs here than in the whole"
        ),
        "main_industry": mark(
            "There is a main industry: the one with most excess jobs among those whose quotient is above the threshold"
        ),
        "industry_share": mark("The main industry has a large part of the manufacturing jobs"),
        "industry_jobs": mark("The main industry has as many jobs as are asked for, or more"),
        "sme_industry": mark("The main industry is mainly of small and medium firms"),
        "one_medium_firm": mark(
            "The main industry is not one medium firm with more jobs than all the small ones"
        ),
        "small_industry": mark("The main industry is mainly of small firms"),
    }
)


# The numbers that each step works with.
NUMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "manufacturing_share": ("over_whole", "without_agriculture"),
        "specialised": ("activity_quotient",),
        "prevails": ("prevails_by",),
        "size_quotients": ("size_over", "small", "medium", "micro"),
        "sme_manufacturing": ("medium",),
        "main_industry": ("industry_quotient", "industry_whole"),
        "industry_share": ("industry_share",),
        "industry_jobs": ("least_jobs",),
        "sme_industry": ("mainly", "medium"),
        "one_medium_firm": ("small", "medium"),
        "small_industry": ("mainly", "small"),
    }
)
# How data are given is no matter of presets.
_FREE = frozenset({"size_of", "classification", "total"})


@dataclass(frozen=True)
class DistrictRules:
    """
    What makes an industrial district.

    Parameters
    ----------
    steps
        What a market is asked, in order.
    over_whole
        Share of manufacturing here that is asked for, as a multiple of its share in the whole.
    without_agriculture
        Whether that share is one of the jobs outside agriculture.
    activity_quotient
        Quotient above which a market is specialised in manufacturing or in services.
    industry_quotient
        Quotient above which an industry can be the main one.
    industry_whole
        What industries are compared within: manufacturing, or all jobs.
    size_over
        How many times the quotient of large firms the largest of smaller ones must be above.
    mainly
        Share of the jobs of the main industry above which it is mainly of small and medium firms (or of small ones).
        None: no number, as in the rule's own text; decided only where it is all or nothing.
    least_jobs
        Jobs of the main industry that are asked for.
    industry_share
        Share of manufacturing jobs that the main industry must exceed.
    small, medium
        Most jobs of a small and of a medium firm.
    micro
        Most jobs of a micro firm, a size class of its own; 0 has none.
    prevails_by
        By how much of the market's jobs the excess jobs of manufacturing must be above those of services.
    kinds
        Whether markets that are no districts are told apart by kind (large-firm systems, residual, services, others);
        rules that know no such kinds, as the Italian decree, call them no district.
    size_of
        Whose jobs make the size: the plant's or the enterprise's.
    classification
        Vocabulary of the sector codes; "groups" where they are those of `istat_activities` and
        `istat_main_industries`, several of them with semicolons between where a sector may belong to each.
    total
        Sector of the rows that stand for all sectors of a market, or of the whole: they are no sector, and bound what
        is withheld. None: there are no such rows.
    """

    steps: tuple[Step, ...] = (
        "specialised",
        "prevails",
        "size_quotients",
        "main_industry",
        "sme_industry",
        "one_medium_firm",
    )
    over_whole: Ratio = 1.0
    without_agriculture: bool = True
    activity_quotient: Ratio = 1.0
    industry_quotient: Ratio = 1.0
    industry_whole: Whole = "manufacturing"
    size_over: Ratio = 1.0
    mainly: Share | None = None
    least_jobs: Ratio = 250
    industry_share: Share = 0.3
    small: Ratio = 49
    medium: Ratio = 249
    micro: Ratio = 0
    prevails_by: float = 0.0
    kinds: bool = True
    size_of: SizeOf = "plant"
    classification: str = "nace2"
    total: str | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """Most jobs of each size class but the last."""
        return tuple(e for e in (self.micro, self.small, self.medium) if e > 0)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the size classes, from the smallest."""
        return ("micro", "small", "medium", "large") if self.micro > 0 else ("small", "medium", "large")


@dataclass(frozen=True)
class DistrictPreset:
    """
    Rules of an institution or of authors.

    Parameters
    ----------
    rules
        The rules.
    source
        Where they are published.
    note
        What is published, and what is this project's reading.
    readings
        Steps of which the number, or what it is a share of, is this project's reading.
    unconfirmed
        Steps of which the number, or its absence, was seen on no published page.
    """

    rules: DistrictRules
    source: str
    note: str
    readings: frozenset[str] = field(default_factory=frozenset)
    unconfirmed: frozenset[str] = field(default_factory=frozenset)


_2006 = DistrictRules()
_ISTAT_1997 = mark("Sforzi-ISTAT (1997), I sistemi locali del lavoro 1991: 784 markets, 199 districts")
_ISTAT_2006 = mark(
    "ISTAT (2006), Distretti industriali e sistemi locali del lavoro 2001, as quoted by Boix (2008)"
)
# Within what, and by which of several excesses, an industry is the main one, is read so by this project everywhere.
_READ = frozenset({"main_industry"})
_READ_1997 = _READ | {"sme_manufacturing"}
_MAINLY = frozenset({"sme_industry"})
_BOIX = mark("Boix, R. (2008), Universitat Autònoma de Barcelona, working paper 08.07")
_LAW = mark("Decree of the Italian Ministry of Industry of 21 April 1993 (law 317/91, article 36)")
Presets = Literal[
    "istat1997",
    "istat1997_unconfirmed",
    "istat2006",
    "istat2006_unconfirmed",
    "boix",
    "boix_unconfirmed",
    "istat2011_unconfirmed",
    "dm1993_unconfirmed",
]
PRESETS: Mapping[str, DistrictPreset] = MappingProxyType(
    {
        "istat1997": DistrictPreset(
            DistrictRules(steps=("manufacturing_share", "main_industry", "sme_manufacturing")),
            _ISTAT_1997,
            mark(
                "Three published steps. That the quotient of an industry is taken within manufacturing, that the main "
                "one has most excess jobs, and that the share of small and medium firms is that of manufacturing jobs, "
                "is this project's reading."
            ),
            _READ_1997,
        ),
        "istat1997_unconfirmed": DistrictPreset(
            DistrictRules(
                steps=("manufacturing_share", "sme_manufacturing", "main_industry", "sme_industry"),
                mainly=0.5,
            ),
            _ISTAT_1997,
            mark(
                "The longer version: more than half of the jobs of the main industry, a number not confirmed."
            ),
            _READ_1997,
            _MAINLY,
        ),
        "istat2006": DistrictPreset(
            _2006,
            _ISTAT_2006,
            mark(
                "What is published of the four steps. The last says “mainly” of small and medium firms, and no number "
                "is confirmed: it is open unless all the jobs, or none, are theirs."
            ),
            _READ,
            unconfirmed=_MAINLY,
        ),
        "istat2006_unconfirmed": DistrictPreset(
            replace(_2006, mainly=0.5),
            _ISTAT_2006,
            mark("The four steps, “mainly” read as more than half of the jobs, a number not confirmed."),
            _READ,
            unconfirmed=_MAINLY,
        ),
        "boix": DistrictPreset(
            replace(_2006, steps=(*_2006.steps, "industry_jobs")),
            _BOIX,
            mark(
                "The steps of 2006, and 250 jobs or more in the main industry. “Mainly” has no confirmed number: that "
                "step is open unless all the jobs, or none, are theirs."
            ),
            _READ,
            unconfirmed=_MAINLY,
        ),
        "boix_unconfirmed": DistrictPreset(
            replace(_2006, steps=(*_2006.steps, "industry_jobs"), mainly=0.5),
            _BOIX,
            mark(
                "The steps of 2006 and 250 jobs in the main industry, “mainly” read as more than half of the jobs, a "
                "number not confirmed."
            ),
            _READ,
            unconfirmed=_MAINLY,
        ),
        "istat2011_unconfirmed": DistrictPreset(
            replace(_2006, mainly=0.5, micro=9),
            mark("ISTAT (2015), I distretti industriali 2011; its pages on method were not seen"),
            mark(
                "The rules of 2006 for markets of the European algorithm, with micro firms as a size class of their "
                "own: none of it is confirmed but the end of 250 jobs."
            ),
            unconfirmed=frozenset(_2006.steps),
        ),
        "dm1993_unconfirmed": DistrictPreset(
            DistrictRules(
                steps=(
                    "manufacturing_share",
                    "unit_density",
                    "main_industry",
                    "industry_share",
                    "small_industry",
                ),
                over_whole=1.3,
                without_agriculture=False,
                industry_quotient=1.3,
                industry_share=0.3,
                mainly=0.5,
                kinds=False,
            ),
            _LAW,
            mark(
                "The five criteria of the Italian decree: the first three are published (the first with the region's "
                "index where it is lower than the nation's), but that the main industry is one of eleven, and of "
                "several the one with most excess jobs, is this project's reading; the 30 and 50 % of the last two are "
                "not confirmed."
            ),
            _READ,
            unconfirmed=frozenset({"industry_share", "small_industry"}),
        ),
    }
)


def preset_of(rules: DistrictRules) -> str:
    """
    Name of the preset that these rules are.

    Parameters
    ----------
    rules
        The rules; whose jobs make the size and how sectors are coded is no matter of presets.

    Returns
    -------
    name
        The preset; empty where the rules are no preset's.

    Examples
    --------
    >>> preset_of(DistrictRules()), preset_of(DistrictRules(least_jobs=100))
    ('istat2006', '')
    """
    plain = replace(rules, size_of="plant", classification="nace2", total=None)
    return next((name for name, preset in PRESETS.items() if preset.rules == plain), "")


def base_of(rules: DistrictRules) -> str:
    """Name of the preset that rules are, or of the one with the same steps that fewest numbers differ from."""
    same = [name for name, preset in PRESETS.items() if preset.rules.steps == rules.steps]
    return min(same, key=lambda name: len(_changed(rules, PRESETS[name].rules)), default="")


def _changed(rules: DistrictRules, other: DistrictRules) -> set[str]:
    return {f.name for f in fields(rules) if getattr(rules, f.name) != getattr(other, f.name)} - _FREE


def origin_of(rules: DistrictRules, step: str) -> str:
    """
    Where what a step asks comes from.

    Parameters
    ----------
    rules
        The rules.
    step
        The step.

    Returns
    -------
    origin
        Published as it stands, this project's reading of it, a number not confirmed, or the user's own rule: only
        steps whose own numbers are changed are that.

    Examples
    --------
    >>> rules = DistrictRules(activity_quotient=1.2)
    >>> [origin_of(rules, s) for s in ("specialised", "prevails", "sme_industry")]
    ['own rule', 'published', 'not confirmed']
    """
    name = base_of(rules)
    if not name or _changed(rules, PRESETS[name].rules) & set(NUMBERS.get(step, ())):
        return OWN
    if step in PRESETS[name].unconfirmed:
        return OPEN
    return READING if step in PRESETS[name].readings else PUBLISHED


def assignment_of(rules: DistrictRules) -> str:
    """Where it comes from which sectors make an activity or an industry: no page seen assigns codes to them."""
    return GIVEN if rules.classification == "groups" else READING


def confirmed(rules: DistrictRules) -> str:
    """
    Whether rules are a preset's, and all of it is published.

    Parameters
    ----------
    rules
        The rules.

    Returns
    -------
    confirmed
        No, where rules are one's own or a number of theirs is open or not confirmed; reading, where all numbers are
        published but some of what they are of, or the assignment of sectors, is this project's reading; else yes.

    Examples
    --------
    >>> confirmed(PRESETS["istat1997"].rules), confirmed(PRESETS["istat2006"].rules)
    ('reading', 'no')
    """
    origins = {origin_of(rules, s) for s in rules.steps} | {assignment_of(rules)}
    if not preset_of(rules) or origins & {OPEN, OWN}:
        return NO
    return READING if READING in origins else YES


def source_of(rules: DistrictRules) -> str:
    """Where the preset of the rules is published; empty where there is none with these steps."""
    name = base_of(rules)
    return PRESETS[name].source if name else ""


def sound(rules: DistrictRules) -> None:
    """
    Refusal of rules that contradict themselves.

    Parameters
    ----------
    rules
        The rules.

    Raises
    ------
    LayerError
        With everything that is wrong.
    """
    problems: list[Message] = []
    strange = [s for s in rules.steps if s not in get_args(Step)]
    if strange or not rules.steps:
        problems.append(
            message(
                "steps: {values}: there is no such step. There are: {known}.",
                values=", ".join(strange) or "–",
                known=", ".join(get_args(Step)),
            )
        )
    for f in fields(rules):
        value = getattr(rules, f.name)
        counted = isinstance(value, int | float) and not isinstance(value, bool) and f.name != "prevails_by"
        if counted and not 0 <= value < np.inf:
            problems.append(message("{name}: {value} is no number of 0 or more.", name=f.name, value=value))
    if list(rules.ends) != sorted(set(rules.ends)) or rules.small <= 0:
        problems.append(
            message(
                "micro, small, medium: {values} are no ends of size classes, each above the one before.",
                values=", ".join(f"{e:g}" for e in (rules.micro, rules.small, rules.medium)),
            )
        )
    for name in ("mainly", "industry_share"):
        share = getattr(rules, name)
        if share is not None and share > 1:
            problems.append(
                message("{name}: {value} is no share. Write 0.5, not 50.", name=name, value=share)
            )
    if rules.size_of not in get_args(SizeOf):
        problems.append(
            message("size_of: “{value}” is neither “plant” nor “enterprise”.", value=rules.size_of)
        )
    if rules.industry_whole not in get_args(Whole):
        problems.append(
            message(
                "industry_whole: “{value}” is neither “manufacturing” nor “all”.", value=rules.industry_whole
            )
        )
    if problems:
        raise LayerError(problems)
