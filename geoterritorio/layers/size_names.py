"""Bounds of size classes, read from their names in English or Spanish."""

from __future__ import annotations

import re

import numpy as np

# European Commission Recommendation 2003/361/EC.
_WORDS = {"micro": (0.0, 9.0), "small": (10.0, 49.0), "medium": (50.0, 249.0), "large": (250.0, np.inf)}
_WORDS |= {"pequeña": _WORDS["small"], "mediana": _WORDS["medium"], "grande": _WORDS["large"]}
_WORDS |= {"microempresa": _WORDS["micro"]}
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
