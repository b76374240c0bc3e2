"""The gates of the ladder from firm network to territorial project: one table, this software's proposal; its checks.

The founding document (F. Alburquerque, on clusters, industrial districts and territorial development) tells of projects
that advance from firm networks to clusters and from there to territorial projects. It gives no thresholds: which
conditions make a gate, and from which figure on they hold, is proposed in `data/gates.csv` and may be changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import distinct, first_row, listing
from geoterritorio.layers.gate_schema import GATE_KINDS, LOOKED_AT
from geoterritorio.layers.schema import FLAGS, NO, YES
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.registry import descriptions

_FILE = Path(__file__).with_name("data") / "gates.csv"
FIGURE, READING, STATEMENTS = LOOKED_AT
QUANTITATIVE, QUALITATIVE = GATE_KINDS
# Verdicts that a table of readings may hold.
READINGS = ("district", "cluster")
# As typed on keyboards that lack the signs.
SIGNS = {"≥": "≥", ">=": "≥", "≤": "≤", "<=": "≤", "is": "is", "es": "is"}
_ITEMS = (
    "leader_features",
    "development_elements",
    "innovative_actions",
    "innovation_components",
    "innovation_social_features",
    "capitals",
    "action_phases",
)
_TEXTS = ("version", "source", "title", "title_es", "meaning", "meaning_es")
# How many statements, of how many coders, decide an item where the table does not say.
_STATEMENTS, _CODERS = 2, 2
# Largest q at which a figure is told from chance.
SURE = 0.05
_MOST = 60


@cache
def _proposal() -> pd.DataFrame:
    given = pd.read_csv(_FILE, dtype=str, keep_default_na=False)
    for column in ("rung", "statements", "coders", "fewest"):
        given[column] = pd.to_numeric(given[column].replace("", None)).astype(float)
    return given.replace("", None)


def gate_table() -> pd.DataFrame:
    """
    Gates and conditions that this software proposes.

    Returns
    -------
    table
        One row per condition: `version`, `rung`, `gate`, `condition`, `looks_at` (a figure, a reading or coded
        statements), `subject` (which), `comparison`, `threshold`, `kind`, `required` (yes, or no: supporting),
        `statements` and `coders` (how many are asked for), `fewest` (from how many ties or firms a figure must come),
        `beyond_chance` (whether it must lie beyond chance), `source` (the tool that gives it), `title` and
        `meaning` (why) in English and Spanish.

    Examples
    --------
    >>> gate_table()["gate"].unique().tolist()
    ['firm_network', 'cluster', 'district', 'territorial_project']
    """
    return _proposal().copy()


def checked_gates(
    gates: pd.DataFrame, known: Collection[str] = (), items: Collection[str] = ()
) -> pd.DataFrame:
    """
    Gates in the order of their rungs, with numbers as numbers.

    Parameters
    ----------
    gates
        As `gate_table` gives them; columns of texts, and numbers of statements and coders, may be absent.
    known
        Names of figures there are, beside those of the proposal.
    items
        Coded items there are, beside those of the vocabularies.

    Returns
    -------
    gates
        The same conditions; `threshold` is a number (missing of readings) and `wanted` says what must hold.

    Raises
    ------
    LayerError
        With everything that is wrong: codes that repeat, unknown figures, readings, items, signs or words, thresholds
        that are no numbers, rungs and gates that do not match, gates without a required condition.
    """
    table = gates.reset_index(drop=True).copy()
    for name in _TEXTS:
        table[name] = table[name] if name in table.columns else None
    for name, usual in (("statements", _STATEMENTS), ("coders", _CODERS)):
        given = table[name] if name in table.columns else pd.Series(np.nan, index=table.index)
        table[name] = pd.to_numeric(given, errors="coerce").fillna(usual)
    table["fewest"] = pd.to_numeric(
        table.get("fewest", pd.Series(np.nan, index=table.index)), errors="coerce"
    )
    asked = table.get("beyond_chance", pd.Series(None, index=table.index, dtype=object))
    table["beyond_chance"] = asked.astype(object).where(asked.notna(), NO)
    table["comparison"] = table["comparison"].astype(str).str.strip().str.lower()
    numbers = pd.to_numeric(table["threshold"], errors="coerce")
    problems = [
        *_words(table),
        *_ladder(table),
        *_subjects(table, known, items),
        *_thresholds(table, numbers),
    ]
    if problems:
        raise LayerError(problems)
    table["comparison"] = table["comparison"].map(SIGNS)
    table["wanted"] = np.where(
        table["looks_at"] == READING,
        table["threshold"],
        table["comparison"] + " " + numbers.map("{:g}".format) + _also(table),
    )
    table["threshold"] = numbers.where(table["looks_at"] != READING)
    return table.sort_values("rung", kind="stable").reset_index(drop=True)


def _also(table: pd.DataFrame) -> pd.Series:
    """What else is asked of a figure, in signs: from how many cases it comes, how sure its distance from chance is."""
    fewest = table["fewest"].map("; n ≥ {:g}".format).where(table["fewest"].notna(), "")
    far = pd.Series(np.where(table["beyond_chance"] == YES, f"; q ≤ {SURE:g}", ""), index=table.index)
    return (fewest + far).where(table["looks_at"] == FIGURE, "")


def _words(table: pd.DataFrame) -> Iterator[Message]:
    """Words that are none of those that may stand in a column, and codes that repeat."""
    options = {
        "looks_at": LOOKED_AT,
        "kind": GATE_KINDS,
        "required": FLAGS,
        "comparison": tuple(SIGNS),
        "beyond_chance": FLAGS,
    }
    for column, words in options.items():
        strange = ~table[column].astype(str).isin(words)
        if strange.any():
            yield message(
                "gates: column “{column}” holds {values} (rows: {count}, first: {row}); it may hold {options}.",
                column=column,
                values=distinct(table.loc[strange, column].astype(str)),
                count=int(strange.sum()),
                row=first_row(strange),
                options=", ".join(words),
            )
    yield from _sources(table)
    twice = table.loc[table["condition"].duplicated(), "condition"].astype(str).unique()
    if len(twice):
        yield message(
            "gates: {count} codes of conditions repeat: {values}. Give each condition a code of its own.",
            count=len(twice),
            values=listing(twice),
        )


def _sources(table: pd.DataFrame) -> Iterator[Message]:
    """Tools that there are not; a blank says that the figure is of one's own table."""
    named = table["source"].dropna().astype(str).str.strip()
    strange = named[(named != "") & ~named.str.replace("-", "_").isin(list(descriptions()))]
    if len(strange):
        near = get_close_matches(strange.iloc[0].replace("-", "_"), descriptions(), n=1)
        yield message(
            "gates: column “source” names tools that there are not (rows: {count}, first: {row}): {values}.{hint} "
            "Write the name of the tool that gives the figure, or nothing where it is of a table of your own.",
            values=distinct(strange),
            count=len(strange),
            row=int(strange.index[0]) + 1,
            hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
        )


def require_version(gates: pd.DataFrame) -> None:
    """
    Refusal of a table of gates that does not say which version it is.

    Parameters
    ----------
    gates
        Table of one's own.

    Raises
    ------
    LayerError
        If `version` is missing, is not the same in all rows, or is that of the proposal while conditions differ.
    """
    proposal = _proposal()
    version = gates["version"] if "version" in gates.columns else pd.Series(None, index=gates.index)
    blank = version.isna() | (version.astype(str).str.strip() == "")
    names = version[~blank].astype(str).unique()
    if blank.any():
        raise LayerError(
            message(
                "gates: column “version” is empty (rows: {count}, first: {row}). Results say by which table they were "
                "judged: write the same name into every row, such as “our table 1”, and a new one after each change.",
                count=int(blank.sum()),
                row=first_row(blank),
            )
        )
    if len(names) > 1:
        raise LayerError(
            message(
                "gates: column “version” holds {count} versions: {values}. Write one and the same into every row.",
                count=len(names),
                values=distinct(names),
            )
        )
    changed = _altered(gates, proposal) if names[0] == proposal["version"].iloc[0] else []
    if changed:
        raise LayerError(
            message(
                "gates: column “version” says “{version}”, and {count} conditions are not as in that table: {values}. "
                "Give your table a version of its own.",
                version=names[0],
                count=len(changed),
                values=listing(changed),
            )
        )


def _altered(gates: pd.DataFrame, proposal: pd.DataFrame) -> list[str]:
    """Codes of the conditions that another table has not, or has otherwise."""
    judged = [c for c in proposal.columns if c in gates.columns and c not in (*_TEXTS, "condition")]
    tables = [t.assign(comparison=t["comparison"].replace(SIGNS)) for t in (gates, proposal)]
    own, held = (
        t.set_index(t["condition"].astype(str))[judged].astype(object).where(t[judged].notna().to_numpy(), "")
        for t in tables
    )
    for table in (own, held):
        for column in judged:
            numbers = pd.to_numeric(table[column], errors="coerce")
            table[column] = numbers.map("{:g}".format).where(numbers.notna(), table[column].astype(str))
    both = own.index.intersection(held.index)
    other = (own.loc[both] != held.loc[both]).any(axis=1)
    return [*both[other], *own.index.symmetric_difference(held.index)]


def _ladder(table: pd.DataFrame) -> Iterator[Message]:
    """Rungs and gates that do not belong to each other, one to one, and gates that anyone would pass."""
    rung = pd.to_numeric(table["rung"], errors="coerce")
    several = table.assign(rung=rung).groupby("gate")["rung"].nunique(dropna=False)
    shared = table.assign(rung=rung).groupby("rung")["gate"].nunique()
    if rung.isna().any() or (several > 1).any() or (shared > 1).any() or table.empty:
        yield message(
            "gates: rungs and gates do not match. Give every condition a gate, and each gate one number of its own in "
            "column “rung”, 1 for the lowest."
        )
    lax = sorted(
        set(table["gate"].astype(str)) - set(table.loc[table["required"] == YES, "gate"].astype(str))
    )
    if lax:
        yield message(
            "gates: {values} have no required condition, so that every territory would pass. Require at least one.",
            values=listing(lax),
        )


def _subjects(table: pd.DataFrame, known: Collection[str], items: Collection[str]) -> Iterator[Message]:
    proposal = _proposal()
    figures = {*proposal.loc[proposal["looks_at"] == FIGURE, "subject"], *known}
    coded = {*items, *(code for name in _ITEMS for code in vocabulary(name)["code"])}
    names: tuple[tuple[str, Collection[str], Message], ...] = (
        (FIGURE, figures, message("indicators of a table of figures")),
        (READING, READINGS, message("readings")),
        (STATEMENTS, coded, message("items of coded statements")),
    )
    for looked, there, called in names:
        asked = table.loc[table["looks_at"] == looked, "subject"].astype(str)
        strange = sorted(set(asked) - set(there))
        if strange:
            yield message(
                "gates: column “subject” (rows: {count}): {values} are no {called}. There are: {known}.",
                count=int(asked.isin(strange).sum()),
                values=listing(strange),
                called=called,
                known=listing(sorted(there), most=_MOST),
            )


def _thresholds(table: pd.DataFrame, numbers: pd.Series) -> Iterator[Message]:
    reading = (table["looks_at"] == READING).to_numpy()
    wrong = (numbers.isna() | ~np.isfinite(numbers.fillna(0))).to_numpy() & ~reading
    if wrong.any():
        yield message(
            "gates: column “threshold” holds what is no number (rows: {count}, first: {row}): {values}, for {codes}. "
            "Write 0.5, not “half”.",
            count=int(wrong.sum()),
            row=first_row(pd.Series(wrong)),
            codes=listing(table.loc[wrong, "condition"].astype(str)),
            values=listing(table.loc[wrong, "threshold"].astype(str)),
        )
    word = table["threshold"].isin(FLAGS).to_numpy() & (table["comparison"].map(SIGNS) == "is").to_numpy()
    signs = (table["comparison"].map(SIGNS) != "is").to_numpy()
    odd = np.where(reading, ~word, ~signs)
    if odd.any():
        yield message(
            "gates: column “comparison” does not fit (rows: {count}, first: {row}), for {codes}. A reading “is” yes or "
            "no; figures and ratings are ≥ or ≤ a number.",
            count=int(odd.sum()),
            row=first_row(pd.Series(odd)),
            codes=listing(table.loc[odd, "condition"].astype(str)),
        )
