"""What stands out in tables of institutions, what they do together, training and synergy, with its doubt."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.telling import LEVEL, Telling


def institutions(listing: Listing, lang: Language) -> Message | None:
    """
    Where kinds of institution are missing, whether chance alone would leave so few, and how dense institutions are.

    Parameters
    ----------
    listing
        Areas of `innovation_system`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    known = tell.table[tell.table["kinds_present"].notna()]
    if known.empty:
        return tell.together(tell.open())
    lost = known["missing_kinds"].fillna("").str.split("; ").map(lambda kinds: [k for k in kinds if k])
    number = lost.map(len).astype(int)
    if not number.any():
        gaps = message(
            "None of {total} territories lacks a kind of institution that is looked for.",
            total=tell.count(known),
        )
        return tell.together([gaps, *_dense(known, tell), *tell.open()])
    common = lost.explode().dropna().value_counts()
    gaps = message(
        "At least one kind of institution is missing in {count} of {total} territories; most of them, {most} of "
        "{kinds}, in {places}. The kind missing most often is “{kind}”: in {often}.",
        count=tell.numbers.count(int((number > 0).sum())),
        total=tell.count(known),
        most=tell.numbers.count(int(number.max())),
        kinds=tell.numbers.count(int((known["kinds_present"] + number).max())),
        places=tell.places(known[number == number.max()]),
        kind=tell.word("missing_kinds", common.index[0]),
        often=tell.numbers.count(int(common.iloc[0])),
    )
    return tell.together([gaps, *_few(known, tell), *_dense(known, tell), *tell.open()])


def _few(known: pd.DataFrame, tell: Telling) -> list[Message]:
    """Whether chance leaves as few kinds to as many institutions; all territories are tested together."""
    tested = known[known["kinds_p"].notna()]
    if tested.empty:
        return []
    sure = tested[too_few_kinds(tested)]
    total = tell.count(tested)
    if sure.empty:
        return [
            message(
                "In none of {total} tested are there fewer kinds than chance gives to as many institutions (q < 0.05): "
                "what is missing is counted, and their number alone may explain it.",
                total=total,
            )
        ]
    return [
        message(
            "Fewer kinds than chance gives to as many institutions (q < 0.05): {count} of {total} tested, {places}.",
            count=tell.count(sure),
            total=total,
            places=tell.places(sure),
        )
    ]


def too_few_kinds(areas: pd.DataFrame) -> pd.Series:
    """
    Whether territories have fewer kinds of institution than chance gives to as many institutions.

    Parameters
    ----------
    areas
        Areas of `innovation_system`, all of which are tested together.

    Returns
    -------
    few
        True where q is below 0.05; False where that is not so or not known.

    Examples
    --------
    >>> too_few_kinds(pd.DataFrame({"kinds_p": [0.001, 0.04, None]})).tolist()
    [True, True, False]
    """
    p = areas["kinds_p"].astype(float)
    q = pd.Series(float("nan"), index=areas.index)
    if p.notna().any():
        q[p.notna()] = stats.false_discovery_control(p.dropna().to_numpy())
    return q < LEVEL


def _dense(known: pd.DataFrame, tell: Telling) -> list[Message]:
    """Least and most dense territory with their intervals, and whether these lie apart."""
    rows = known.dropna(subset=["density", "low", "high"]).sort_values("density", kind="stable")
    if len(rows) < 2:  # noqa: PLR2004 - one territory has no other to be set beside
        return []
    least, most = rows.iloc[0].to_dict(), rows.iloc[-1].to_dict()
    text = mark(
        "Institutions for 1000 establishments: from {least} in {there} to {most} in {here}; the intervals overlap, so "
        "that their order is not sure."
    )
    if least["high"] < most["low"]:
        text = mark(
            "Institutions for 1000 establishments: from {least} in {there} to {most} in {here}; the intervals lie "
            "apart, but these are the ends of {total} territories, which chance alone draws apart too."
        )
    least_told, most_told = (
        f"{tell.numbers.score(row['density'])} ({tell.numbers.interval(row['low'], row['high'])})"
        for row in (least, most)
    )
    named = {"there": tell.place(least), "here": tell.place(most)}
    return [message(text, least=least_told, most=most_told, total=tell.count(rows), **named)]


def thickness(listing: Listing, lang: Language) -> Message | None:
    """
    What stands out in each part of institutional thickness; the parts are not added up.

    Parameters
    ----------
    listing
        Parts of `institutional_thickness`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    parts = dict(list(tell.table.groupby("part", sort=False)))
    told = [
        *_spread(parts.get("presence"), tell, _PRESENT),
        *_linked(parts.get("interaction"), tell),
        *_joined(parts.get("coalition"), tell),
        *_spread(parts.get("agenda"), tell, _SHARED),
    ]
    if told:
        told.append(message("The four parts stand side by side and are not added up."))
    return tell.together([*told, *tell.open()])


_PRESENT = mark(
    "Kinds of institution present: from {least} in {there} to {most} in {here}, of {total} territories."
)
_SHARED = mark(
    "Institutions in shared projects: from {least} in {there} to {most} in {here}, of {total} territories; this is not "
    "tested against chance."
)


def _spread(rows: pd.DataFrame | None, tell: Telling, text: str) -> list[Message]:
    """Territories with the least and the most of a part."""
    known = pd.DataFrame(columns=["value"]) if rows is None else rows[rows["value"].notna()]
    if known.empty:
        return []
    least, most = known["value"].min(), known["value"].max()
    return [
        message(
            text,
            least=tell.share(least),
            most=tell.share(most),
            there=tell.places(known[known["value"] == least]),
            here=tell.places(known[known["value"] == most]),
            total=tell.count(known),
        )
    ]


def _linked(rows: pd.DataFrame | None, tell: Telling) -> list[Message]:
    """Where institutions of one territory are linked with each other more than chance links them."""
    known = pd.DataFrame(columns=["value"]) if rows is None else rows[rows["value"].notna()]
    if known.empty:
        return []
    tested = known[known["q"].notna()]
    sure = tested[tested["q"] < LEVEL]
    told = {"total": tell.count(tested), "untested": tell.count(known.drop(tested.index))}
    if tested.empty:
        return [message("Links between institutions of one territory are too few to be tested anywhere.")]
    if sure.empty:
        return [
            message(
                "In none of {total} tested are institutions of one territory linked with each other more than chance "
                "links them (q < 0.05); too few links to test: {untested}.",
                **told,
            )
        ]
    return [
        message(
            "Institutions of one territory linked with each other more than chance links them (q < 0.05): {count} of "
            "{total} tested, {places}; too few links to test: {untested}.",
            count=tell.count(sure),
            places=tell.places(sure.sort_values("q", kind="stable")),
            **told,
        )
    ]


def _joined(rows: pd.DataFrame | None, tell: Telling) -> list[Message]:
    """Whether links join institutions of one territory into a network."""
    known = pd.DataFrame(columns=["value"]) if rows is None else rows[rows["value"].notna()]
    if known.empty:
        return []
    if not known["value"].any():
        return [
            message(
                "In none of {total} territories does a known link join two of its institutions: no coalition is seen.",
                total=tell.count(known),
            )
        ]
    largest = known["value"].max()
    return [
        message(
            "Most institutions joined by links within their territory: {share}, in {places}.",
            share=tell.share(largest),
            places=tell.places(known[known["value"] == largest]),
        )
    ]


def training(listing: Listing, lang: Language) -> Message | None:
    """
    For how many of the jobs their field is taught or studied where they are, and whether chance would do as well.

    Parameters
    ----------
    listing
        Areas of `training_match`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell, told = Telling(listing, lang), []
    for purpose, rows in tell.table.groupby("purpose", sort=False):
        known = rows[rows["match_share"].notna()]
        if len(known):
            told += [_served(str(purpose), known, tell), *_beside_chance(known, tell)]
    jobs = tell.table[tell.table["purpose"] == tell.table["purpose"].iloc[:1].squeeze()]
    all_jobs = float(jobs["jobs"].sum())
    if told and all_jobs:
        told.append(
            message(
                "Jobs of sectors that no field serves are left out: {share}.",
                share=tell.share(jobs["no_field"].sum() / all_jobs),
            )
        )
    return tell.together([*told, *tell.open()])


_PURPOSES = {
    "training": mark(
        "Training: the field is taught there for {least} of the jobs in {there} to {most} in {here}."
    ),
    "research": mark(
        "Research: the field is studied there for {least} of the jobs in {there} to {most} in {here}."
    ),
}


def _served(purpose: str, known: pd.DataFrame, tell: Telling) -> Message:
    least, most = known["match_share"].min(), known["match_share"].max()
    text = _PURPOSES[purpose]
    return message(
        text,
        least=tell.share(least),
        most=tell.share(most),
        there=tell.places(known[known["match_share"] == least]),
        here=tell.places(known[known["match_share"] == most]),
    )


def _beside_chance(known: pd.DataFrame, tell: Telling) -> list[Message]:
    """Which territories are told from chance; if none is, the one that is furthest below it."""
    tested = known[known["q"].notna()]
    if tested.empty:
        return []
    sure = tested[tested["q"] < LEVEL]
    total = tell.count(tested)
    if len(sure):
        more = sure["certainty"].eq("high")
        return [
            message(
                "Told from chance (q < 0.05): {count} of {total} tested; more than chance gives: {more}; less: {less}.",
                count=tell.count(sure),
                total=total,
                more=tell.places(sure[more]) or "\N{EN DASH}",
                less=tell.places(sure[~more]) or "\N{EN DASH}",
            )
        ]
    none = message("None of {total} tested is told from chance (q < 0.05).", total=total)
    below = tested[tested["match_share"] < tested["expected"]]
    if below.empty:
        return [none]
    row = below.loc[below["p_low"].idxmin()].to_dict()
    return [
        none,
        message(
            "Furthest below it, and no finding: {place} ({share}; chance gives {expected}; q = {q}).",
            place=tell.place(row),
            share=tell.share(row["match_share"]),
            expected=tell.share(row["expected"]),
            q=tell.numbers.score(row["q"]),
        ),
    ]


def synergy(listing: Listing, lang: Language) -> Message | None:
    """
    Whether places, technologies and sizes go together more or less than chance has it, as a whole and by territory.

    Parameters
    ----------
    listing
        Parts of `triple_helix`, and how the report names them.
    lang
        Language of the reader.

    Returns
    -------
    sentences
        None if the table is empty.
    """
    tell = Telling(listing, lang)
    told = [*_whole(tell.table[tell.table["part"] == "whole"], tell), *_territories(tell)]
    if told:
        told.append(
            message("It tells which kinds of establishment are found together, not who works with whom.")
        )
    return tell.together([*told, *tell.open()])


_SYNERGY = {
    "more": mark(
        "The whole: T = {value} bits ({interval}), by chance {expected}: more synergy than chance (p = {p})."
    ),
    "less": mark(
        "The whole: T = {value} bits ({interval}), by chance {expected}: less synergy than chance (p = {p})."
    ),
    "alike": mark(
        "The whole: T = {value} bits ({interval}), by chance {expected}: not told from chance (p = {p})."
    ),
}


def _whole(rows: pd.DataFrame, tell: Telling) -> list[Message]:
    known = rows.dropna(subset=["synergy", "low", "high", "expected", "p"])
    if known.empty:
        return []
    row, index = known.iloc[0].to_dict(), tell.numbers.index
    # T is information in three dimensions: the more below 0, the more synergy.
    verdict = "alike" if row["p"] >= LEVEL else "more" if row["synergy"] < row["expected"] else "less"
    text = _SYNERGY[verdict]
    return [
        message(
            text,
            value=index(row["synergy"]),
            interval=f"{index(row['low'])}; {index(row['high'])}",
            expected=index(row["expected"]),
            p=index(row["p"]),
        )
    ]


def _territories(tell: Telling) -> list[Message]:
    own = tell.table[tell.table["part"] == "territory"]
    tested = own[own["q"].notna()]
    if tested.empty:
        return []
    sure = tested[tested["q"] < LEVEL].sort_values("q", kind="stable")
    few = tell.numbers.count(int(own["few"].eq("yes").sum()))
    if sure.empty:
        return [
            message(
                "None of {total} territories tested is told from chance (q < 0.05); with few establishments: {few}.",
                total=tell.count(tested),
                few=few,
            )
        ]
    more = sure["synergy"] < sure["expected"]
    return [
        message(
            "Of {total} territories tested, more synergy than chance (q < 0.05): {more}; less: {less}; with few "
            "establishments: {few}.",
            total=tell.count(tested),
            more=_counted(sure[more], tell),
            less=_counted(sure[~more], tell),
            few=few,
        )
    ]


def _counted(rows: pd.DataFrame, tell: Telling) -> str:
    return f"{tell.count(rows)} ({tell.places(rows)})" if len(rows) else tell.count(rows)
