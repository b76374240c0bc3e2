"""Invented names of places, made of syllables, never the name of a real place that could be checked."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable

import numpy as np

_HEADS = """
Alquer Brevo Candra Dolme Estruva Fonsa Galdri Herme Istra Jorba Lumbre Mirva Norde Olmedra Pardu Quinse Rovel Sarme
Tolva Urdi Valsi Xere Yelma Zarde Cuerva Bolsa Trene Nuvia
"""
_TAILS = """
bral corla dosa dente fuena garda lanza lices llubia manza nalva pelda quera rasca resma rigo santa tena tiera varca
vela venque verde xara zuelo mora lunda cera
"""
HEADS, TAILS = _HEADS.split(), _TAILS.split()


def plain(name: str) -> str:
    """Name in lower case without accents, spaces or signs, for comparison."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in letters if c.isalpha())


def possible() -> list[str]:
    """Every name the syllables can form."""
    return [head + tail for head, tail in itertools.product(HEADS, TAILS)]


def clashes(real: Iterable[str]) -> list[str]:
    """Possible names that are names of real places too: `rebuild.py comarca` refuses any."""
    known = {plain(name) for name in real}
    return sorted(name for name in possible() if plain(name) in known)


def invented(rng: np.random.Generator, count: int) -> list[str]:
    """Different invented names, drawn without replacement."""
    names = possible()
    chosen = rng.choice(len(names), size=count, replace=count > len(names))
    # More places than names: number the repetitions rather than repeat them.
    rounds = np.arange(count) // len(names)
    return [names[i] if r == 0 else f"{names[i]} {r + 1}" for i, r in zip(chosen, rounds, strict=True)]
