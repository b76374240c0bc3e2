"""What stands out in a further table of a study: one sentence with its foremost rows, and with its doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.actor_standouts import brokers, network, whole_network
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.code_words import OWN_VALUES, VALUES
from geoterritorio.publication.further_standouts import axes, events, extents, firmness, peers, soundness
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.innovation_standouts import institutions, synergy, thickness, training
from geoterritorio.publication.ladder_standouts import rungs
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.ordering import ORDERS, foremost
from geoterritorio.publication.reach_standouts import reach, reached
from geoterritorio.publication.telling import told_rows, untold_rows

_ROWS = 3
_SIGNIFICANT = 0.05
_UNTOLD = "not told from chance"
_NONE = mark("none of them")
# Kind of the table: the figure told of its rows.
FIGURES: Mapping[str, str] = {
    "focal_quotients": "focal_lq",
    "cluster_indices": "index",
    "dartboard": "gamma",
    "sector_indices": "value",
    "territory_indices": "value",
    "coagglomeration": "gamma",
    "coagglomerated_pairs": "gamma",
    "plant_colocation": "z",
    "colocations": "quotient",
    "sector_pairs": "relatedness",
    "complexity_areas": "eci",
    "complexity_sectors": "pci",
    "fitness_areas": "fitness",
    "fitness_sectors": "complexity",
    "variety": "related",
    "knowledge_areas": "lq",
    "shift_share_areas": "regional",
}
# Columns by which a reader knows a row, the best first.
_NAMES = (
    ("sector_name", "sector", "group_name", "group"),
    ("other_name", "other", "neighbours_name", "neighbours"),
    ("name", "territory"),
)


def standout(listing: Listing, lang: Language) -> str | None:
    """
    Sentence on what stands out in a table.

    Parameters
    ----------
    listing
        The table with its kind.
    lang
        Language of the reader.

    Returns
    -------
    sentence
        How many rows hold against chance and which are foremost; None where nothing can be said in a sentence.

    Examples
    --------
    >>> table = pd.DataFrame({"sector": ["15.2", "10.7"], "gamma": [0.8, 0.0], "z": [9.0, 0.1], "q": [0.01, 0.9]})
    >>> standout(Listing("Dartboard", table, "", kind="dartboard"), "en")
    'Unlike chance (q < 0.05): 1 of 2 tested. Foremost, with Gamma: 15.2 (0.80).'
    """
    if listing.kind not in _SAID:
        found = [_ranked(listing, lang)]
    else:
        rows, untold = told_rows(listing.table)
        found = [_SAID[listing.kind](replace(listing, table=rows), lang)] if len(rows) or not untold else []
        found += [untold_rows(untold, len(listing.table), lang)] if untold else []
    return " ".join(one.render(translator(lang)) for one in found if one is not None) or None


def _ranked(listing: Listing, lang: Language) -> Message | None:
    """Rows of a table that has an order: those that hold, and the foremost of them."""
    table, figure = listing.table, FIGURES.get(listing.kind, "")
    if figure not in table.columns or table[figure].notna().sum() == 0:
        return None
    count = Numbers(lang).count
    for column, holds, some, none in _TESTS:
        tested = table[table[column].notna()] if column in table.columns else table.iloc[:0]
        if tested.empty:
            continue
        sure = tested[holds(tested[column])]
        told = {"count": count(len(sure)), "total": count(len(tested))}
        return message(some, **told, **_foremost(sure, listing, lang)) if len(sure) else message(none, **told)
    text = mark(
        "Foremost of {total}, by {figure}: {rows}. The order is no test: rows that follow each other may be alike."
    )
    if _by_lower_end(listing.kind):
        text = mark(
            "Foremost of {total}, by the lower end of the interval of {figure}: {rows}. The order is no test: rows "
            "that follow each other may be alike."
        )
    return message(text, total=count(int(table[figure].notna().sum())), **_foremost(table, listing, lang))


def _foremost(rows: pd.DataFrame, listing: Listing, lang: Language) -> dict[str, str]:
    """Heading of the figure, and the first rows with theirs: the highest, unless the sentence names another order."""
    figure, numbers = FIGURES[listing.kind], Numbers(lang)
    known = rows[rows[figure].notna()]
    if _by_lower_end(listing.kind):
        first = foremost(known, listing.kind).head(_ROWS)
    else:
        first = known.sort_values(figure, ascending=False, kind="stable").head(_ROWS)
    names = [next((c for c in choice if c in first and first[c].notna().all()), None) for choice in _NAMES]
    told = [
        f"{_called(row, names)} ({_written(figure, row[figure], numbers)})"
        for row in first.to_dict("records")
    ]
    return {"figure": heading(figure, listing.kind, translator(lang)), "rows": "; ".join(told)}


def _by_lower_end(kind: str) -> bool:
    """Whether rows of a kind are ordered by the lower end of their intervals, which their sentence then says."""
    return ORDERS.get(kind, ("",))[0] == "-low"


def _called(row: Mapping[str, object], names: list[str | None]) -> str:
    """Sector, the other sector of a pair, and territory, as far as the row has them."""
    sector, other, place = (str(row[name]) if name else "" for name in names)
    return ", ".join(filter(None, (" + ".join(filter(None, (sector, other))), place)))


def _written(figure: str, value: float, numbers: Numbers) -> str:
    return numbers.signed(value) if figure == "regional" else numbers.score(value)


def _likely(q: pd.Series) -> pd.Series:
    return pd.to_numeric(q, errors="coerce") < _SIGNIFICANT


def _high(certainty: pd.Series) -> pd.Series:
    return certainty == "high"


# Column, what holds, and the sentences where some rows hold and where none does. A certainty goes before q, since it
# leaves out what rests on few establishments.
_TESTS: tuple[tuple[str, Callable[[pd.Series], pd.Series], str, str], ...] = (
    (
        "certainty",
        _high,
        mark("Clearly above 1: {count} of {total} cells. Foremost, with {figure}: {rows}."),
        mark("None of {total} cells is clearly above 1."),
    ),
    (
        "q",
        _likely,
        mark("Unlike chance (q < 0.05): {count} of {total} tested. Foremost, with {figure}: {rows}."),
        mark("None of {total} tested is unlike chance once all are tested together (q < 0.05)."),
    ),
)


def _verdicts(listing: Listing, lang: Language) -> Message | None:
    count, table = Numbers(lang).count, listing.table
    return message(
        "The verdict on {count} of {total} sectors changes with the areas that are counted in.",
        count=count(int((table["changes"] == "yes").sum())),
        total=count(len(table)),
    )


def _quality(listing: Listing, lang: Language) -> Message | None:
    count, table = Numbers(lang).count, listing.table
    found = table[table["count"] > 0]
    return message(
        "Checks that found something: {count} of {total}, of which {serious} are serious.",
        count=count(len(found)),
        total=count(len(table)),
        serious=count(int((found["severity"] == "serious").sum())),
    )


def _inequality(listing: Listing, lang: Language) -> Message | None:
    rows = listing.table[listing.table["measure"] == "gini"].dropna(subset=["value"])
    if rows.empty:
        return None
    numbers = Numbers(lang)
    ends = rows.iloc[[0, -1]].to_dict("records")
    return message(
        "Gini of {before} in {start} and of {after} in {end}.",
        before=_between(ends[0], numbers),
        after=_between(ends[1], numbers),
        start=str(ends[0].get("period")),
        end=str(ends[1].get("period")),
    )


def _convergence(listing: Listing, lang: Language) -> Message | None:
    rows = listing.table[listing.table["measure"] == "beta"].dropna(subset=["value", "low", "high"])
    if rows.empty:
        return None
    row = rows.iloc[0].to_dict()
    text = mark("Growth does not tell poor from rich territories: beta {beta}.")
    if row["high"] < 0:
        text = mark("The poorer a territory was, the faster it grew: beta {beta}.")
    elif row["low"] > 0:
        text = mark("The richer a territory was, the faster it grew: beta {beta}.")
    return message(text, beta=_between(row, Numbers(lang)))


def _patterns(listing: Listing, lang: Language) -> Message | None:
    """Sectors that are localised or dispersed, with their distances."""
    table = listing.table
    told = table[table["verdict"].isin(["localised", "dispersed"])]
    looked = int(table["verdict"].isin(["localised", "dispersed", "neither"]).sum())
    if not looked:
        return None
    count, say = Numbers(lang).count, translator(lang)
    rows = [
        f"{row['sector_name'] if isinstance(row.get('sector_name'), str) else row['sector']} "
        f"({say(VALUES[row['verdict']])}, {row['distances']})"
        for row in told.sort_values("p", kind="stable").head(_ROWS).to_dict("records")
    ]
    if not rows:
        return message(
            "None of {total} sectors lies otherwise than chance would have it.", total=count(looked)
        )
    if "unit" in table and (told["unit"] == "costs").any():
        text = mark(
            "Otherwise than chance: {count} of {total} sectors, such as {rows} (distances in the unit of the costs)."
        )
    else:
        text = mark(
            "Otherwise than chance: {count} of {total} sectors, such as {rows} (distances in metres)."
        )
    return message(text, count=count(len(told)), total=count(looked), rows="; ".join(rows))


def _spots(listing: Listing, lang: Language) -> Message | None:
    """How many territories are in which kind of cluster."""
    known = listing.table["cluster"].dropna()
    if known.empty:
        return None
    count, say = Numbers(lang).count, translator(lang)
    kinds = known[known != _UNTOLD].value_counts()
    if kinds.empty:
        return message("None of {total} territories tested is told from chance.", total=count(len(known)))
    rows = "; ".join(f"{say(VALUES[kind])}: {count(number)}" for kind, number in kinds.items())
    return message(
        "Told from chance, of {total} territories tested: {rows}.", total=count(len(known)), rows=rows
    )


def _clumps(listing: Listing, lang: Language) -> Message | None:
    """How many clumps, and how many of them are stable."""
    table, numbers = listing.table, Numbers(lang)
    if table.empty:
        return message("No clump was found.")
    return message(
        "Clumps: {count}, of which {stable} are stable; they hold {share} % of the establishments.",
        count=numbers.count(len(table)),
        stable=numbers.count(int((table["stability"] == "stable").sum())),
        share=numbers.count(100 * float(table["share_plants"].sum())),
    )


def _markets(listing: Listing, lang: Language) -> Message | None:
    """How many labour markets, for which of them the rules do not hold, and how many borders are not known."""
    table, count = listing.table, Numbers(lang).count
    failing = table[table["valid"] == "no"].sort_values("workers", ascending=False, kind="stable")
    names = [_part(row, "name", "territory") for row in failing.head(_ROWS).to_dict("records")]
    more, none = count(len(failing) - len(names)), translator(lang)(_NONE)
    return message(
        "Labour markets: {count}, of which {valid} are valid by the rules; {reserve} places came to them from the "
        "reserve. Not valid: {names}. Border of the study not known: {open}.",
        count=count(len(table)),
        valid=count(int((table["valid"] == "yes").sum())),
        reserve=count(int(table["from_reserve"].sum())),
        names=("; ".join(names) or none) + (f"; +{more}" if len(failing) > len(names) else ""),
        open=count(int((table["border"] == "not known").sum())),
    )


def _limits(listing: Listing, lang: Language) -> Message | None:
    """How much of all borders lies along the limits of each division, and what chance gives."""
    count, say = Numbers(lang).count, translator(lang)
    known = listing.table.dropna(subset=["along", "by_chance"])
    rows = [
        f"{say(VALUES[row['division']])}: {count(100 * row['along'])} % ({count(100 * row['by_chance'])} %)"
        for row in known.to_dict("records")
    ]
    if not rows:
        return None
    return message("Borders along other limits, and what chance gives: {rows}.", rows="; ".join(rows))


def _relief(listing: Listing, lang: Language) -> Message | None:
    """How much of a relief had to be filled, and how much lies in basins that are cut."""
    row, count = listing.table.iloc[0], Numbers(lang).count
    return message(
        "Basins: {basins}; {filled} % of the land had to be raised for water to run off, {cut} % lies in basins that "
        "the edge cuts.",
        basins=count(int(row["basins"])),
        filled=count(100 * float(row["raised"])),
        cut=count(100 * float(row["at_edge"])),
    )


def _urban(listing: Listing, lang: Language) -> Message | None:
    """How many functional urban areas, and the people in them."""
    table, numbers = listing.table, Numbers(lang)
    if table.empty:
        return message("There is no urban centre, and so no functional urban area.")
    return message(
        "Functional urban areas: {count}, of {centres} urban centres; {people} people live in them, {city} % of these "
        "in their cities.",
        count=numbers.count(len(table)),
        centres=numbers.count(int(table["centres"].sum())),
        people=numbers.count(float(table["population"].sum())),
        city=numbers.count(100 * float(table["in_city"].sum() / table["population"].sum())),
    )


def _network(listing: Listing, lang: Language) -> Message | None:
    """How many commuters cross between markets, and how many of them others match, beside chance."""
    if listing.table.empty:
        return None
    figures, numbers = listing.table.set_index("measure"), Numbers(lang)
    # A row that is withheld says so in words.
    told = figures.loc["weighted_reciprocity", ["value", "null_mean", "p"]].astype(float)
    if told.isna().any() or figures.loc[["between_markets", "commuters"], "value"].isna().any():
        return None
    return message(
        "{between} of {all} commuters cross between markets. Of these, {share} are matched by commuters in the "
        "opposite direction; chance that keeps how many leave and reach each market, near or far, gives {chance} "
        "(p = {p}).",
        between=numbers.count(float(figures.loc["between_markets", "value"])),
        all=numbers.count(float(figures.loc["commuters", "value"])),
        share=numbers.percent(round(told["value"], 2)),
        chance=numbers.percent(round(told["null_mean"], 2)),
        p=numbers.index(told["p"]),
    )


_OPEN_MAIN = mark("main industry open")


def _districts(listing: Listing, lang: Language) -> Message | None:
    """How many markets are districts, by which rules, and how many are open or not firm."""
    table, count, say = listing.table, Numbers(lang).count, translator(lang)
    found = table[table["district"] == "yes"]
    told = {
        "total": count(len(table)),
        "open": count(int((table["district"] == "unknown").sum())),
        "preset": worded("preset", str(table["preset"].iloc[0]), listing.kind, say),
        "confirmed": worded("confirmed", table["confirmed"].iloc[0], listing.kind, say),
    }
    if found.empty:
        return message(
            "No industrial district among {total} markets; undecidable: {open}. Rules: {preset}; all thresholds "
            "confirmed: {confirmed}.",
            **told,
        )
    rows = [
        f"{row['name']} ({say(VALUES.get(row['main_industry'], _OPEN_MAIN))})"
        for row in found.head(_ROWS).to_dict("records")
    ]
    return message(
        "Industrial districts: {count} of {total} markets, which are {rows}. Undecidable: {open}. Rules: {preset}; all "
        "thresholds confirmed: {confirmed}.",
        count=count(len(found)),
        rows="; ".join(rows) + (f"; +{count(len(found) - len(rows))}" if len(found) > len(rows) else ""),
        **told,
    )


def _steps(listing: Listing, lang: Language) -> Message | None:
    """How many steps are passed, failed or open."""
    count, passed = Numbers(lang).count, listing.table["passed"]
    return message(
        "Steps passed: {yes}; failed: {no}; unknown: {open}; not asked: {moot}.",
        yes=count(int((passed == "yes").sum())),
        no=count(int((passed == "no").sum())),
        open=count(int((passed == "unknown").sum())),
        moot=count(int((passed == "not asked").sum())),
    )


def _clusters(listing: Listing, lang: Language) -> Message | None:
    """How many clusters are claimed, which, and how many stay open."""
    table, numbers = listing.table, Numbers(lang)
    verdict = table["verdict"]
    claimed = table[verdict.isin(["cluster", "possible cluster"])]
    if claimed.empty:
        return message("No cluster by these rules, among {total} pairs.", total=numbers.count(len(table)))
    first = claimed.sort_values("low", ascending=False, kind="stable").head(_ROWS).to_dict("records")
    return message(
        "Clusters: {count}; possible ones: {possible}, of {total} pairs of group and territory. Foremost: {rows}.",
        count=numbers.count(int((verdict == "cluster").sum())),
        possible=numbers.count(int((verdict == "possible cluster").sum())),
        total=numbers.count(len(table)),
        rows="; ".join(f"{_part(r, 'group_name', 'group')}, {_part(r, 'name', 'territory')}" for r in first),
    )


def _acted(listing: Listing, lang: Language) -> Message | None:
    """How many territories have actions, of which phases, and what is not known of the money."""
    table, count = listing.table, Numbers(lang).count
    phases = (table[["animation", "structuring", "consolidation"]] > 0).all(axis=1)
    return message(
        "Territories with actions: {some} of {total}; with all three phases: {phases}. Budgets missing: {missing}.",
        some=count(int((table["number"] > 0).sum())),
        total=count(len(table)),
        phases=count(int(phases.sum())),
        missing=count(int(table["without_budget"].sum())),
    )


def _contrast(listing: Listing, lang: Language) -> Message | None:
    """How many territories are which, and on which axes the readings differ."""
    table, count, say = listing.table, Numbers(lang).count, translator(lang)
    words = table["readings"].value_counts()
    told = "; ".join(
        f"{say(OWN_VALUES.get(('readings', code)) or VALUES[code])}: {count(int(number))}"
        for code, number in words.items()
    )
    axes = table["differ_on"].dropna().astype(str).str.split("; ").explode().replace("", None).dropna()
    if axes.empty:
        return message("Both readings: {rows}. No axis on which they disagree.", rows=told)
    return message(
        "Both readings: {rows}. They disagree most often on axis {axis}: in {count} territories.",
        rows=told,
        axis=str(axes.value_counts().index[0]),
        count=count(int(axes.value_counts().iloc[0])),
    )


# q from which on chance is not told from what was found.
_CHANCE = 0.05


def _community(listing: Listing, lang: Language) -> Message | None:
    """How self-contained territories are, whether jobs are where people live, and where work moved beyond chance."""
    table, numbers = listing.table, Numbers(lang)
    known = table.dropna(subset=["containment"])
    if known.empty:
        return None
    least = known.loc[known["containment"].idxmin()]
    return message(
        "Least self-contained: {place} ({share}). Homes and jobs overlap by {low} to {high}; work moved between "
        "sectors more than chance moves it in {count} of {total} territories.",
        place=_part(least.to_dict(), "name", "territory"),
        share=numbers.percent(round(least["containment"], 2)),
        low=numbers.percent(round(table["overlap"].min(), 2)) if table["overlap"].notna().any() else "–",
        high=numbers.percent(round(table["overlap"].max(), 2)) if table["overlap"].notna().any() else "–",
        count=numbers.count(int((table["q_moved"] < _CHANCE).sum())),
        total=numbers.count(len(table)),
    )


def _capitals(listing: Listing, lang: Language) -> Message | None:
    """Which capitals are known, and of how many territories."""
    table, numbers, say = listing.table, Numbers(lang), translator(lang)
    rows = [
        f"{say(OWN_VALUES['capital', str(code)])}: {numbers.count(int(known))}"
        for code, known in table["score"].notna().groupby(table["capital"], sort=False).sum().items()
    ]
    return message(
        "Capitals known, by number of territories (of {total}): {rows}. They are not added up.",
        total=numbers.count(table["territory"].nunique()),
        rows="; ".join(rows),
    )


def _evidence(listing: Listing, lang: Language) -> Message | None:
    """Of how many territories anything is said, what contradicts and what changed; not what is said."""
    table, count = listing.table, Numbers(lang).count
    if table.empty:
        return None
    return message(
        "{count} of {total} territories have evidence; pairs of statements on the same time that contradict each "
        "other: {pairs}; as far apart, but on different times, so that they tell of a change: {changes}. Items without "
        "evidence are unknown, not bad.",
        count=count(int((table["rated_items"] > 0).sum())),
        total=count(len(table)),
        pairs=count(int(table["contradictions"].sum())),
        changes=count(int(table["rating_changes"].sum())),
    )


def _part(row: Mapping[str, object], name: str, code: str) -> str:
    """Name of a row's group or territory, else its code."""
    return str(row[name]) if isinstance(row.get(name), str) else str(row[code])


def _between(row: Mapping[str, float], numbers: Numbers) -> str:
    value, low, high = (numbers.index(row[key]) for key in ("value", "low", "high"))
    return f"{value} ({low}; {high})"


_SAID: Mapping[str, Callable[[Listing, Language], Message | None]] = {
    "cluster_cells": _clusters,
    "reach_times": reach,
    "contrast_areas": _contrast,
    "profile_areas": _evidence,
    "community_areas": _community,
    "capital_scores": _capitals,
    "ladder_areas": rungs,
    "action_areas": _acted,
    "reached_land": reached,
    "sector_verdicts": _verdicts,
    "register_quality": _quality,
    "inequalities": _inequality,
    "convergence": _convergence,
    "pattern_verdicts": _patterns,
    "window_verdicts": _patterns,
    "hotspots": _spots,
    "local_moran": _spots,
    "clumps": _clumps,
    "labour_markets": _markets,
    "division_limits": _limits,
    "relief_report": _relief,
    "urban_areas": _urban,
    "market_network_figures": _network,
    "innovation_areas": institutions,
    "institutional_thickness": thickness,
    "training_match": training,
    "triple_helix": synergy,
    "network_figures": network,
    "network_whole": whole_network,
    "institution_brokers": brokers,
    "actor_brokers": brokers,
    "district_areas": _districts,
    "district_evidence": _steps,
    "district_stability": firmness,
    "history_report": soundness,
    "lineage_events": events,
    "benchmark": peers,
    "contrast_axes": axes,
    "cluster_extents": extents,
}
