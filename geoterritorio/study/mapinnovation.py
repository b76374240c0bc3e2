"""How are institutions, what is missing of them, training and synergy told on the map of a study?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import worded
from geoterritorio.publication.innovation_standouts import too_few_kinds
from geoterritorio.publication.numbers import Numbers
from geoterritorio.study.mapfacts import (
    Fact,
    Row,
    beside,
    deciding,
    graded,
    looks_of,
    number,
    plain,
    share,
    where,
)

# From pale to dark, the more is missing; what is not known is no colour.
_MISSING = {
    mark("No kind of institution is missing"): "#b3d9d2",
    mark("One or two kinds are missing"): "#f0d3b0",
    mark("Three to five kinds are missing"): "#e39350",
    mark("Six kinds or more are missing"): "#a8480a",
    mark("Institutions unknown: not covered"): "#ffffff",
}
_MOST = (0, 2, 5)
_SERVED = {
    mark("Field taught for 80\u00a0% of the jobs or more"): "#0b5d53",
    mark("Field taught for 60 to 80\u00a0% of the jobs"): "#4f948b",
    mark("Field taught for 40 to 60\u00a0% of the jobs"): "#9fc7c1",
    mark("Field taught for fewer than 40\u00a0% of the jobs"): "#e3a463",
    mark("Share of the jobs unknown"): "#ffffff",
}
_STUDIED = {
    mark("Field studied for 80\u00a0% of the jobs or more"): "#0b5d53",
    mark("Field studied for 60 to 80\u00a0% of the jobs"): "#4f948b",
    mark("Field studied for 40 to 60\u00a0% of the jobs"): "#9fc7c1",
    mark("Field studied for fewer than 40\u00a0% of the jobs"): "#e3a463",
    mark("Share of the jobs unknown"): "#ffffff",
}
_FROM = (0.8, 0.6, 0.4, 0.0)
_SYNERGY = {
    mark("More synergy than chance gives"): "#00796b",
    mark("Synergy not told from chance"): "#e4e3df",
    mark("Less synergy than chance gives"): "#d2741f",
    mark("Synergy unknown"): "#ffffff",
}
_LINKED = {
    mark("Institutions linked with each other more than chance links them"): "#00796b",
    mark("Links between institutions not told from chance"): "#cfc9bb",
    mark("Too few links between institutions to test"): "#ece8dd",
    mark("Links between institutions unknown"): "#ffffff",
}
_LEVEL = 0.05
_AREAS, _MATCH, _HELIX, _PARTS = (
    "innovation_areas",
    "training_match",
    "triple_helix_areas",
    "institutional_thickness",
)


def missing_kinds(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more kinds of institution they lack, paler where chance leaves as few.

    Parameters
    ----------
    rows
        Areas of `innovation_system`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell which kinds are missing.
    """
    lost = rows["missing_kinds"].fillna("").str.split("; ").map(lambda kinds: len([k for k in kinds if k]))
    grade = np.searchsorted(_MOST, lost.to_numpy(), side="left")
    words = np.array(list(_MISSING), dtype=object)
    told = np.where(rows["kinds_present"].isna(), words[-1], words[grade])
    faint = (lost > 0) & rows["kinds_present"].notna() & ~too_few_kinds(rows)
    facts = (
        Fact(mark("Missing kinds"), _missing),
        Fact(
            mark("Kinds present"),
            lambda row, lang: beside(row, "kinds_present", "kinds_expected", lang, written=_few),
        ),
        plain("number", _AREAS),
        Fact(mark("Institutions for 1000 establishments (interval)"), _dense),
        deciding(_AREAS),
    )
    return graded(rows, name, told, _MISSING, facts, faint)


def _missing(row: Row, lang: Language) -> str:
    kinds, say = row.get("missing_kinds"), translator(lang)
    if isinstance(kinds, str) and kinds:
        return worded("missing_kinds", kinds, _AREAS, say)
    return "" if np.isnan(number(row, "kinds_present")) else say(mark("none"))


def _few(value: float, lang: Language) -> str:
    """Number of kinds, with a decimal where it is a mean."""
    return Numbers(lang).count(value) if value % 1 == 0 or np.isnan(value) else Numbers(lang).decimal(value)


def _dense(row: Row, lang: Language) -> str:
    low, high = number(row, "low"), number(row, "high")
    density = number(row, "density")
    if np.isnan(density):
        return ""
    return f"{Numbers(lang).score(density)} ({Numbers(lang).interval(low, high)})"


def taught(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories the darker the more of their jobs have their field taught there, paler where chance gives as much.

    Parameters
    ----------
    rows
        Areas of `training_match` for one purpose, training or research.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell jobs served and unserved, and what chance gives.
    """
    colours = _STUDIED if rows["purpose"].eq("research").all() else _SERVED
    part = rows["match_share"].to_numpy(dtype=float)
    words = np.array(list(colours), dtype=object)
    grade = np.searchsorted(-np.array(_FROM), -np.nan_to_num(part))
    told = np.where(np.isnan(part), words[-1], words[grade])
    faint = ~np.isnan(part) & ~(rows["q"].to_numpy(dtype=float) < _LEVEL)
    facts = (
        Fact(mark("Share served"), lambda row, lang: beside(row, "match_share", "expected", lang)),
        Fact(mark("Jobs undecided"), _undecided),
        *(plain(column, _MATCH) for column in ("served", "unserved", "no_field")),
        deciding(_MATCH),
    )
    return graded(rows, name, told, colours, facts, faint)


def _undecided(row: Row, lang: Language) -> str:
    """Jobs of which it is not known whether they are served, and what that leaves open."""
    jobs = number(row, "undecided_jobs")
    if not jobs > 0:
        return ""
    low, high = (share(number(row, c), lang) for c in ("match_low", "match_high"))
    return f"{Numbers(lang).count(jobs)} ({low}\N{EN DASH}{high})"


def synergies(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories with more or less triple-helix synergy than chance gives.

    Parameters
    ----------
    rows
        Areas of `triple_helix`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell T and what chance gives.
    """
    words = np.array(list(_SYNERGY), dtype=object)
    away, q = rows["beyond_chance"].to_numpy(dtype=float), rows["q"].to_numpy(dtype=float)
    told = np.select([np.isnan(away), ~(q <= _LEVEL), away < 0], [words[3], words[1], words[0]], words[2])
    facts = (
        Fact(
            mark("T, bits (below 0 is synergy)"),
            lambda row, lang: beside(row, "synergy", "expected", lang, written=_bits),
        ),
        Fact(mark("Interval"), _between),
        *(plain(column, _HELIX) for column in ("establishments", "units", "few")),
        deciding(_HELIX),
    )
    return graded(rows, name, told, _SYNERGY, facts)


def _bits(value: float, lang: Language) -> str:
    return Numbers(lang).index(value)


def _between(row: Row, lang: Language) -> str:
    ends = [number(row, column) for column in ("low", "high")]
    return "" if np.isnan(sum(ends)) else "; ".join(_bits(end, lang) for end in ends)


def parts(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories by whether their institutions are linked with each other more than chance links them.

    Parameters
    ----------
    rows
        Parts of `institutional_thickness`, with the territories' outlines.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell all four parts side by side, which are not added up.
    """
    by_part = {part: own.set_index("territory") for part, own in rows.groupby("part", sort=False)}
    one = gpd.GeoDataFrame(
        rows.drop_duplicates("territory").set_index("territory")[_kept(rows)], crs=rows.crs
    )
    beside_it = [own.drop(columns=_kept(rows)).add_prefix(f"{part}_") for part, own in by_part.items()]
    wide = gpd.GeoDataFrame(pd.concat([one, *beside_it], axis=1).reset_index(), crs=rows.crs)
    q, known = (
        wide.get(f"interaction_{c}", pd.Series(np.nan, index=wide.index)).to_numpy(dtype=float)
        for c in ("q", "value")
    )
    words = np.array(list(_LINKED), dtype=object)
    told = np.select([np.isnan(known), np.isnan(q), q < _LEVEL], [words[3], words[2], words[0]], words[1])
    facts = tuple(Fact(text, _part(part, detail)) for part, (text, detail) in _OF_PARTS.items())
    return graded(wide, name, told, _LINKED, facts)


def _kept(rows: pd.DataFrame) -> list[str]:
    return [c for c in ("name", "geometry") if c in rows.columns]


# Part: what its share is of, and the columns of figures that are told beside it.
_OF_PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "presence": (mark("Kinds of institution that are there"), ("kinds_present",)),
    "interaction": (mark("Institutions linked with any other"), ("links_inside", "links_outside", "q")),
    "coalition": (mark("Institutions in the largest group joined by links"), ("centralisation",)),
    "agenda": (mark("Institutions in shared projects"), ("projects", "statements")),
}


def _part(part: str, columns: tuple[str, ...]) -> Callable[[Row, Language], str]:
    """Share of a part with the figures beside it, or why it is unknown and what would decide it."""

    def told(row: Row, lang: Language) -> str:
        own = {str(k).removeprefix(f"{part}_"): v for k, v in row.items() if str(k).startswith(f"{part}_")}
        if np.isnan(number(own, "value")):
            return deciding(_PARTS).told(own, lang)
        said = [plain(c, _PARTS) for c in columns if not np.isnan(number(own, c))]
        details = [f"{_small(translator(lang)(fact.heading))}: {fact.told(own, lang)}" for fact in said]
        return share(number(own, "value"), lang) + (f" ({'; '.join(details)})" if details else "")

    return told


def _small(words: str) -> str:
    """Heading as it stands within a sentence."""
    return words[:1].lower() + words[1:]


def _fields(row: Row, lang: Language) -> str:
    given = row.get("fields")
    fields = [field.strip() for field in given.split(";")] if isinstance(given, str) else []
    return worded("needed_fields", "; ".join(filter(None, fields)), _MATCH, translator(lang))


def placed(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Institutions by kind.

    Parameters
    ----------
    rows
        Institutions of `innovation_system`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Points, a colour for each kind; opened, they tell fields and when they were opened.
    """
    kinds = sorted(set(rows["kind"].dropna()))
    labels = {
        k: {lang: worded("kind", k, "placed_institutions", translator(lang)) for lang in LANGUAGES}
        for k in kinds
    }
    facts = [where(), Fact(mark("Fields of knowledge"), _fields), plain("opened", "placed_institutions")]
    # A dot is called after its institution, not after the territory in which it lies.
    rows = rows.drop(columns="territory")
    columns, headings, words = looks_of(rows, facts)
    look = Look(headings, words=words)
    return further_layer(rows.assign(**columns), name=name, kinds="kind", labels=labels, look=look)
