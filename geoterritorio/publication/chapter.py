"""One chapter of a study: a table of location quotients, its territories and its rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from geoterritorio.errors import Message
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import WITHHELD

CERTAINTIES: Mapping[str, str] = {
    "high": mark("clearly above 1"),
    "low": mark("clearly below 1"),
    "unclear": mark("not told apart from 1"),
    "few": mark("under 5 effective establishments"),
    "untested": mark("not tested"),
    "withheld": mark("withheld"),
    "unknown": mark("unknown"),
}
FIGURES = ("employment", "establishments", "lq", "low", "high", "p", "q", "effective_plants", "excess")


@dataclass(frozen=True)
class Drawn:
    """
    A picture of a step's results.

    Parameters
    ----------
    figure
        The picture.
    title
        What it shows, in English.
    reading
        How it is read, in English.
    """

    figure: Figure
    title: str
    reading: str = ""


@dataclass(frozen=True)
class Chapter:
    """
    Result of one step of a study, ready to be told.

    Parameters
    ----------
    name
        The user's own name of the step.
    territories
        Polygons or points with columns ``territory``, ``name``.
    quotients
        Long table territory x sector with the columns of ``layers.result_schema.QUOTIENTS``;
        optional columns may be absent.
    rules
        Every rule used: measure, level, method, reference, total and so on.
    notices
        What the run warned about.
    pictures
        Pictures beside those that every chapter has.
    """

    name: str
    territories: gpd.GeoDataFrame
    quotients: pd.DataFrame
    rules: Mapping[str, object]
    notices: tuple[Message, ...] = ()
    pictures: tuple[Drawn, ...] = ()


@dataclass(frozen=True)
class Listing:
    """
    Another table of a study, told as it is.

    Parameters
    ----------
    title
        The user's own title of the step.
    table
        The table; its first rows are shown.
    file
        Where the whole of it is.
    notices
        What the step warned about.
    kind
        Kind of the layer, by which its columns are headed.
    helps
        What each column is, in English.
    pictures
        Pictures of the step's results.
    names
        The user's own headings, by column.
    whole
        File that readers may have with the whole table; empty where there is none, and `file` is internal.
    """

    title: str
    table: pd.DataFrame
    file: str
    notices: tuple[Message, ...] = ()
    kind: str = ""
    helps: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Drawn, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""


def shown_cells(quotients: pd.DataFrame, names: Mapping[object, object] | None = None) -> pd.DataFrame:
    """
    Cells as a reader may see them: all columns present, figures of withheld cells removed.

    Parameters
    ----------
    quotients
        Long table territory x sector; optional columns may be absent.
    names
        Names of the territories by identifier; the identifier where a name is missing.

    Returns
    -------
    cells
        One row per row of the input, columns ``territory``, ``sector``, ``place`` and ``activity``
        (names as shown), ``status``, ``certainty``, the figures and ``most``; figures are NaN where the
        cell is withheld.

    Notes
    -----
    A cell is withheld when its status or its certainty says so; every figure of such a cell is
    dropped here, once, so that no table, sentence or chart can print it.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"territory": ["a"], "sector": ["10"], "lq": [3.2], "status": ["withheld"]})
    >>> cells = shown_cells(table)
    >>> cells["certainty"].item(), bool(cells["lq"].isna().all())
    ('withheld', True)
    """
    blank = pd.Series(None, index=quotients.index, dtype=object)
    cells = pd.DataFrame(
        {name: quotients.get(name, blank).astype(object) for name in ("territory", "sector", "status")}
    )
    cells["place"] = _named(cells["territory"], pd.Series(dict(names or {}), dtype=object))
    own = quotients.get("sector_name", blank).astype(object)
    cells["activity"] = own.where(own.notna(), cells["sector"]).astype(str)
    for name in FIGURES:
        cells[name] = pd.to_numeric(quotients.get(name, blank), errors="coerce").astype(float)
    given = quotients.get("certainty", blank).astype(object)
    withheld = (cells["status"] == WITHHELD) | (given == "withheld")
    cells.loc[withheld, list(FIGURES)] = np.nan
    # What published totals leave to a withheld cell is no figure of the cell.
    cells["most"] = pd.to_numeric(quotients.get("most", blank), errors="coerce").astype(float)
    cells["certainty"] = _certainty(cells, given.where(~withheld, "withheld"))
    return cells.reset_index(drop=True)


def _named(territory: pd.Series, names: pd.Series) -> pd.Series:
    known = names[names.notna() & ~names.index.duplicated()]
    found = territory.map(known)
    return found.where(found.notna(), territory).astype(str)


def _certainty(cells: pd.DataFrame, given: pd.Series) -> pd.Series:
    # without a stated certainty the interval itself decides
    from_interval = np.select(
        [cells["low"] > 1, cells["high"] < 1, cells["low"].notna() & cells["high"].notna()],
        ["high", "low", "unclear"],
        "untested",
    )
    result = given.where(given.isin(list(CERTAINTIES)), pd.Series(from_interval, index=cells.index))
    # no quotient, no claim
    return result.where(cells["lq"].notna() | result.isin(["withheld", "unknown"]), "untested").astype(str)


def territory_names(territories: pd.DataFrame) -> dict[object, object]:
    """
    Names of the territories by identifier.

    Parameters
    ----------
    territories
        Table with ``territory`` and, perhaps, ``name``.

    Returns
    -------
    names
        Name by identifier; the identifier itself where the name is missing.
    """
    if "territory" not in territories:
        return {}
    ids = territories["territory"].astype(object)
    name = territories["name"].astype(object) if "name" in territories else ids
    return dict(zip(ids, name.where(name.notna(), ids), strict=True))


def alphabetical(text: object) -> str:
    """
    Sorting key that ignores case and accents.

    Parameters
    ----------
    text
        What is sorted.

    Returns
    -------
    key
        Lower-case text without combining marks.
    """
    plain = unicodedata.normalize("NFKD", str(text))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def strongest_first(cells: pd.DataFrame) -> pd.DataFrame:
    """
    Cells ordered by the lower end of their interval, then by quotient and name.

    Parameters
    ----------
    cells
        Output of `shown_cells`.

    Returns
    -------
    cells
        The same rows; those without an interval follow, ordered by quotient.
    """
    # the lower end ranks what is surely high before what is only perhaps very high
    return cells.sort_values(
        ["low", "lq", "place", "activity"], ascending=[False, False, True, True], na_position="last"
    )
