"""A territorial profile as one HTML page that stands alone and prints to A4.

Text of the reader's data reaches the page only as values of template variables, which Jinja escapes. The page holds no
script, and its content security policy names the hash of its only style block.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.methods import methods_used, tools_used, works_cited
from geoterritorio.publication.profile.dates import in_order
from geoterritorio.publication.profile.parts import MARK_WIDTH, Case, Told
from geoterritorio.publication.profile.sections import FIGURES, PARTS, Part
from geoterritorio.publication.profile.unlooked import in_short, looked_at, open_rows

# Key figures that one page shows, and groups of what is unknown.
_FIGURES, _OPEN = 20, 14

TEXTS: Mapping[str, str] = {
    "profile": mark("Territorial profile"),
    "key": mark("Key figures"),
    "lead": mark("In short"),
    "figure": mark("Figure"),
    "value": mark("Value"),
    "interval": mark("Interval, or why none"),
    "beside": mark("Compared with"),
    "drawing": mark("Drawn"),
    "annex": mark("Details, printed only if opened"),
    "no_figures": mark("The study holds no figure of this territory."),
    "unknown": mark("What is unknown, and what would decide it"),
    "what": mark("Unknown, or not looked at"),
    "why": mark("Why"),
    "cure": mark("What would decide it"),
    "nothing_open": mark("Nothing that the study looked at is unknown here."),
    "command": mark("Command"),
    "earlier": mark("Figures of earlier dates"),
    "methods": mark("Methods"),
    "works": mark("References"),
    "sources": mark("Data sources"),
    "no_sources": mark("No data source was named."),
    "map": mark("The territory in its surroundings"),
    "whole": mark("The whole study"),
    "others": mark("Profiles of other territories"),
    "footer": mark("Made with geoterritorio."),
    "reading": mark(
        "In small drawings the dot is the figure, the bar its interval, the pale band what chance gives, and the thin "
        "line what it is compared with: chance, 1 for quotients, else the median of all territories. Intervals read: "
        "if the process that placed plants, bodies and people were repeated."
    ),
    "not_proof": mark(
        "Figures tell where activity is, not why. Coded statements stand beside them and are never averaged into them."
    ),
    "empty": mark("The study looked at this and has nothing to tell of this territory:"),
    "index": mark("Territorial profiles"),
    "no_profiles": mark("The study has no profiles."),
}


@dataclass(frozen=True)
class Setting:
    """
    What a page says of the study around a territory.

    Parameters
    ----------
    title
        Title of the study.
    sources
        Data sources as they should be cited.
    steps
        Steps as the provenance has them: name, tool, settings.
    date
        Day of the run.
    elsewhere
        Tools whose steps looked at other territories -> what these are called.
    links
        Text -> address of another page of the study, relative to this one.
    kinds
        Kinds of the layers that the study has.
    """

    title: str
    sources: Sequence[str] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    date: str = ""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()


def profile(case: Case, setting: Setting, *, picture: str = "", alt: str = "") -> str:
    """
    Profile of one territory as an HTML document that stands alone.

    Parameters
    ----------
    case
        The territory and the exhibits that tell of it.
    setting
        What the page says of the study.
    picture
        Data URI of the map; without one the page has none.
    alt
        Description of the map for those who do not see it.

    Returns
    -------
    html
        Complete document without script and without any request to elsewhere; it prints to A4.

    Notes
    -----
    What is unknown and sections without a step in the study stand in one table, by the layer that would decide them.
    Of several steps of one tool the latest is told first; earlier ones are folded away. The same input gives the same
    text.

    Examples
    --------
    >>> page = profile(Case("T1", "Town", (), "en"), Setting("A study"))
    >>> page.startswith("<!DOCTYPE html>"), "<script" in page, "not looked at" in page
    (True, False, True)
    """
    case, say = in_order(case), case.say
    told = [(part, part.tell(case)) for part in PARTS if looked_at(part, case)]
    beside = FIGURES(case)
    found = [*(t for _, t in told), beside]
    figures = [figure for t in found for figure in t.figures]
    unknown = [row for t in found for row in t.open]
    rows = open_rows(case, unknown, setting.elsewhere, setting.kinds)
    tools = tools_used(_steps(case, setting))
    rules = [step.get("settings") or {} for step in setting.steps if step.get("tool") == "location_quotient"]
    methods = methods_used(rules if any(t.title for t in tools) else [], adjusted=bool(rules))
    return _rendered(
        "profile.html",
        case.lang,
        running=" \N{MIDDLE DOT} ".join((case.name, setting.title, say(TEXTS["footer"]))),
        case=case,
        setting=setting,
        figures=[figure for figure in figures if not figure.earlier][:_FIGURES],
        earlier=[figure for figure in figures if figure.earlier],
        lead=[*in_short(case, unknown, setting.kinds), *(text for t in found for text in t.lead)],
        picture=picture,
        alt=alt,
        sections=[_section(part, t, case) for part, t in told if not _only_open(t)],
        unknown=[row.told(case) for row in rows[:_OPEN]],
        more_unknown=_more(case, len(rows)),
        methods=[(say(m.title), say(m.text)) for m in methods],
        tools=[(say(use.title), say(use.text), _titles(setting, use.uses)) for use in tools],
        works=works_cited(methods, tools),
        width=MARK_WIDTH,
    )


def profile_index(entries: Sequence[tuple[str, str]], setting: Setting, *, lang: Language = "en") -> str:
    """
    Index of a study's profiles.

    Parameters
    ----------
    entries
        Name of the territory and file of its profile, in reading order.
    setting
        What the page says of the study.
    lang
        Language of the page.

    Returns
    -------
    html
        Document with a link to each profile.

    Examples
    --------
    >>> '<a href="T1.html">Town</a>' in profile_index([("Town", "T1.html")], Setting("A study"))
    True
    """
    return _rendered("profiles.html", lang, entries=entries, setting=setting)


@cache
def _templates() -> tuple[Environment, str]:
    """Templates and the pages' style: read once for all pages."""
    loader = PackageLoader("geoterritorio.publication", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment, loader.get_source(environment, "profile.css")[0]


def _running(text: str) -> str:
    """Style that puts a text and the number of the page at the foot of every printed one."""
    if not text:
        return ""
    # every letter by its number: no text of the data can end the string or the style
    letters = "".join(f"\\{ord(letter):x} " for letter in text)
    return (
        '@media print { @page { @bottom-left { content: "' + letters + '"; } '
        '@bottom-right { content: counter(page) " / " counter(pages); } } }'
    )


def _rendered(name: str, lang: Language, *, running: str = "", **values: Any) -> str:
    say = translator(lang)
    environment, style = _templates()
    style += _running(running)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template(name).render(
        lang=lang,
        style=Markup(style),  # noqa: S704 - our own file; of the data it holds numbers of letters alone
        style_hash=digest,
        t={key: say(text) for key, text in TEXTS.items()},
        **values,
    )
    # a lone surrogate in a name could not be written to a file
    return page.encode("utf-8", "replace").decode("utf-8")


def _only_open(told: Told) -> bool:
    """Whether a section would hold nothing but what is listed as unknown anyway."""
    return bool(told.open or told.lead) and not (told.paragraphs or told.tables or told.figures)


def _section(part: Part, told: Told, case: Case) -> dict[str, Any]:
    """A section; one that has nothing to tell says from which steps."""
    titles = [
        x.title for x in case.exhibits if x.tool in part.tools or (not x.tool and x.kind in part.layers)
    ]
    return {
        "key": part.key,
        "title": case.say(part.title),
        "told": told,
        "tables": [table for table in told.tables if not table.annex],
        "annex": [table for table in told.tables if table.annex],
        "empty": told.empty,
        "from": "; ".join(dict.fromkeys(titles)),
    }


def _more(case: Case, number: int) -> str:
    left = number - _OPEN
    if left <= 0:
        return ""
    return case.words(mark("{count} more are in the study's tables."), count=case.numbers.count(left))


def _titles(setting: Setting, names: Iterable[str]) -> str:
    """Titles of steps, and their names where they have none."""
    known = {str(step.get("name")): str(step.get("title") or step.get("name")) for step in setting.steps}
    return "; ".join(known.get(name, name) for name in names)


def _steps(case: Case, setting: Setting) -> list[Mapping[str, Any]]:
    """Steps whose results are on the page."""
    used = {x.tool for x in case.exhibits if x.tool}
    return [step for step in setting.steps if step.get("tool") in used]
