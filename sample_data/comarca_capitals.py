"""Which indicator speaks of which capital in the invented territory, and which way is better.

What a user would write down: a choice, open to dispute, of figures that the sample and the tools on it give. Two of
natural capital are asked for and told by nothing, so that this capital stays unknown. The table is the same in every
territory and every scenario.
"""

from __future__ import annotations

import comarca_codes as codes
import pandas as pd

# Indicator, capital, direction, lowest and highest figure it can have.
CAPITALS = (
    ("Jobs for each employed resident", "human", "higher", 0, None),
    ("Employed residents who work in it (share)", "human", "higher", 0, 1),
    ("Related variety (bits)", "human", "higher", 0, None),
    ("Overlap of homes and jobs (share)", "social", "higher", 0, 1),
    ("Jobs in plants below 50 (share)", "social", "higher", 0, 1),
    ("Kinds of institution present (share)", "social", "higher", 0, 1),
    ("Protected land (share)", "natural", "higher", 0, 1),
    ("Monuments for 1000 inhabitants", "natural", "higher", 0, None),
    ("Income per head", "economic", "higher", 0, None),
    ("Jobs in manufacturing (share)", "economic", "higher", 0, 1),
    ("Jobs in the three main sectors (share)", "economic", "lower", 0, 1),
)


def assignment() -> pd.DataFrame:
    """
    Capital of each indicator.

    Returns
    -------
    DataFrame
        `indicator`, `capital`, `direction`, `weight` (1: all alike), `least`, `most` and `nature`.
    """
    table = pd.DataFrame(CAPITALS, columns=["indicator", "capital", "direction", "least", "most"])
    table.insert(3, "weight", 1)
    return table.astype({"least": "Int64", "most": "Int64"}).assign(nature=codes.NATURE)
