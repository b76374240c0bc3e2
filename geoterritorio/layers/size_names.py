"""Size classes: their bounds, read from their names in English or Spanish, and those that are strange in a sector."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

# European Commission Recommendation 2003/361/EC.
_WORDS = {"micro": (0.0, 9.0), "small": (10.0, 49.0), "medium": (50.0, 249.0), "large": (250.0, np.inf)}
_WORDS |= {"pequeña": _WORDS["small"], "mediana": _WORDS["medium"], "grande": _WORDS["large"]}
_WORDS |= {"microempresa": _WORDS["micro"]}
_USUAL = 0.95  # share of a sector's establishments in one class from which on the class is usual
_RARE = 1 / 200  # share of a sector's establishments in a strange class, if it is not the only one
_FAR = 10.0  # times the end of a class at which another begins, or beyond: far apart
Floats = npt.NDArray[np.float64]
_NUMBER = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+(?!\d)|\d+")
_AT_LEAST = re.compile(
    r"\+|≥|>=|\by m[áa]s\b|\bor more\b|\band (?:over|more)\b|\bat least\b|\bal menos\b", re.IGNORECASE
)
_ABOVE = re.compile(r">|\bm[áa]s de\b|\bmore than\b|\bover\b|\babove\b", re.IGNORECASE)
_BELOW = re.compile(r"<(?!=)|\bmenos de\b|\bless than\b|\bunder\b|\bbelow\b|\bfewer than\b", re.IGNORECASE)
_AT_MOST = re.compile(r"≤|<=|\bhasta\b|\bup to\b|\bat most\b", re.IGNORECASE)


def size_bounds(text: str) -> tuple[float, float] | None:
    """
    Lowest and highest number of jobs of a size class.

    Parameters
    ----------
    text
        Name of the class in English or Spanish: numbers, or one of the words micro, small, medium and large.

    Returns
    -------
    bounds
        Both ends belong to the class; None where the name does not say them.

    Examples
    --------
    >>> size_bounds("Micro")
    (0.0, 9.0)
    >>> [size_bounds(t) for t in ("11 a 30 personas", "251 y más personas", "< 10", "1 000+", "B")]
    [(11.0, 30.0), (251.0, inf), (0.0, 9.0), (1000.0, inf), None]
    """
    if text.strip().casefold() in _WORDS:
        return _WORDS[text.strip().casefold()]
    numbers = [float(re.sub(r"\D", "", n)) for n in _NUMBER.findall(text)]
    two = 2
    if len(numbers) == two and numbers[0] <= numbers[1]:
        return numbers[0], numbers[1]
    if len(numbers) != 1:
        return None
    number = numbers[0]
    for pattern, bounds in (
        (_AT_LEAST, (number, np.inf)),
        (_AT_MOST, (0.0, number)),
        (_ABOVE, (number + 1, np.inf)),
        (_BELOW, (0.0, number - 1)),
    ):
        if pattern.search(text):
            return bounds
    return None


def class_bounds(
    classes: pd.Series, *, names: Mapping[str, tuple[float, float]] | None = None
) -> tuple[Floats, Floats]:
    """
    Lowest and highest number of jobs of each establishment's size class.

    Parameters
    ----------
    classes
        Names of classes, one per establishment.
    names
        Bounds of classes whose names do not say them.

    Returns
    -------
    low, high
        NaN where the class is missing or does not say its bounds.

    Examples
    --------
    >>> [bounds.tolist() for bounds in class_bounds(pd.Series(["10 a 49", "B", None]), names={"B": (50, 99)})]
    [[10.0, 50.0, nan], [49.0, 99.0, nan]]
    """
    codes, found = pd.factorize(classes)
    bounds = [(names or {}).get(str(n)) or size_bounds(str(n)) or (np.nan, np.nan) for n in found]
    low, high = np.array([*bounds, (np.nan, np.nan)], dtype=float).T
    return low[codes], high[codes]


def strange_classes(
    low: Floats, high: Floats, sectors: pd.Series, *, min_sector: int = 20
) -> npt.NDArray[np.bool_]:
    """
    Establishments in a size class that is implausible for their sector.

    Parameters
    ----------
    low, high
        Bounds of the class of each establishment; NaN where unknown.
    sectors
        Sector of each establishment.
    min_sector
        Establishments of known class that a sector needs to be judged.

    Returns
    -------
    strange
        True where at least 95 % of the sector are in one class, that of the establishment is far from it, and it is
        the only one there or one of 1 in 200 at most. Far means that the higher class begins at 10 times the end of
        the lower one, or beyond, as 51 does after 0 to 5.

    Examples
    --------
    >>> low, high = class_bounds(pd.Series(["0 to 5"] * 30 + ["251 and more"]))
    >>> strange_classes(low, high, pd.Series(["4721"] * 31)).nonzero()[0].tolist()
    [30]
    """
    table = pd.DataFrame({"sector": sectors.to_numpy(), "low": low, "high": high}).reset_index()
    known = table.dropna()
    sizes = known.groupby(["sector", "low", "high"], as_index=False)["index"].count()
    sizes["all"] = sizes.groupby("sector")["index"].transform("sum")
    usual = sizes[(sizes["index"] >= _USUAL * sizes["all"]) & (sizes["all"] >= min_sector)]
    pairs = sizes.merge(usual[["sector", "low", "high"]], on="sector", suffixes=("", "_usual"))
    far = (pairs["low"] >= _FAR * pairs["high_usual"]) | (pairs["low_usual"] >= _FAR * pairs["high"])
    rare = (pairs["index"] == 1) | (pairs["index"] <= _RARE * pairs["all"])
    strange = pairs.loc[far & rare, ["sector", "low", "high"]]
    found = known.merge(strange, on=["sector", "low", "high"])["index"]
    return np.isin(np.arange(len(low)), found.to_numpy())
