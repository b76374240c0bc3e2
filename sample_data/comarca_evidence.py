"""Further statements on the invented territory: on innovation, with what was planted in them; of other rounds."""

from __future__ import annotations

import comarca_codes as codes
import numpy as np
import pandas as pd
from comarca_actors import CODERS, evidence, stated
from comarca_history import History
from comarca_land import Land
from comarca_plants import Places

INNOVATION = {"innovation_components": codes.COMPONENTS, "innovation_social_features": codes.SOCIAL}
APART = 0.25  # share of the units of innovation, exact but for rounding, that both coders rate one step apart
CONTRADICTIONS = 3  # units on which they are two steps apart or more
BARE = 5  # statements that do not say their source
EARLIER = ("networking", "integrated", "public_private", "bottom_up", "identity")
ROUND = "2014"
# Last round: one district has what a territorial project asks of statements.
LAST = ("integrated", "public_private")


def statements(
    land: Land, where: Places, past: History, seed: int, *, planted: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    All statements, and what was planted among them.

    Beside those of LEADER's features and the eight elements: components and social features of innovation in the same
    markets, of which a known share is rated alike, some contradict each other and some say no source; a round ten years
    before in the markets of the districts, with low ratings of the same coders; and a last one, with high ratings in
    one of them.
    """
    now = evidence(land, where, past, seed, planted=planted)
    districts = [where.rank[s.market % land.markets] for s in codes.STRUCTURES if s.kind == "district"]
    homes = [f"MINV{m + 1:02d}" for m in districts]
    names = dict(
        zip(
            [f"MINV{m + 1:02d}" for m in range(land.markets)],
            past.names[-1][: land.markets].astype(str),
            strict=True,
        )
    )
    more, truth = _innovation(now, homes, seed, planted=planted)
    before, last = _earlier(homes, seed), _last(homes[1:2] if planted else [])
    table = pd.concat([now, *(_worded(t, names) for t in (more, before, last) if len(t))], ignore_index=True)
    told = pd.DataFrame(
        [
            *((m, i, "rated low in the round of 2014", len(CODERS)) for m in homes for i in EARLIER),
            *(
                (m, i, "rated high in the round of 2025", len(CODERS))
                for m in homes[1:2]
                for i in LAST
                if planted
            ),
        ],
        columns=["territory", "item", "planted", "value"],
    )
    return table, pd.concat([truth, told], ignore_index=True).assign(nature=codes.NATURE)


def _innovation(
    now: pd.DataFrame, districts: list[str], seed: int, *, planted: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings of innovation by two coders, apart as often as was decided."""
    rng = np.random.default_rng([seed, 19])
    parts, truth = [], []
    for name, items in INNOVATION.items():
        rows = pd.DataFrame(
            [(m, i) for m in now["territory"].unique() for i in items], columns=["territory", "item"]
        )
        good = rows["territory"].isin(districts).to_numpy() & planted
        true = np.where(good, rng.choice([2, 3], len(rows)), rng.choice([0, 1], len(rows)))
        apart = rng.permutation(len(rows))[: round(APART * len(rows))]
        far = apart[: CONTRADICTIONS if name == "innovation_components" else 0]
        second = true.copy()
        second[apart] += np.where(true[apart] > 1, 1, 1 - 2 * true[apart])
        second[far] = np.where(true[far] > 1, true[far] - 2, true[far] + 3)
        parts += [rows.assign(coder=c, rating=r) for c, r in zip(CODERS, (true, second), strict=True)]
        truth.append(("", name, "share of its items that both coders rate alike", (true == second).mean()))
        truth += [
            (
                *rows.loc[k, ["territory", "item"]],
                "contradiction of the coders",
                abs(int(true[k] - second[k])),
            )
            for k in sorted(far)
        ]
    table = pd.concat(parts).sort_values(["territory", "item", "coder"], ignore_index=True)
    table["date"] = [f"2024-{m:02d}" for m in rng.integers(1, 13, len(table))]
    table["source"] = [f"INV-I{n}" for n in rng.integers(40, 60, len(table))]
    bare = pd.DataFrame(
        {
            "territory": table["territory"].iloc[-1],
            "item": list(codes.SOCIAL[:BARE]),
            "coder": "C",
            "rating": 4,
            "date": "2024-06",
            "source": None,
        }
    )
    truth += [(m, i, "statement without a source", 1) for m, i in bare[["territory", "item"]].to_numpy()]
    told = pd.DataFrame(truth, columns=["territory", "item", "planted", "value"])
    return pd.concat([table, bare], ignore_index=True), told


def _earlier(districts: list[str], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 20])
    rows = [(m, i, c) for m in districts for i in EARLIER for c in CODERS]
    table = pd.DataFrame(rows, columns=["territory", "item", "coder"])
    table["rating"] = rng.integers(0, 3, len(table))
    table["date"] = [f"{ROUND}-{m:02d}" for m in rng.integers(1, 13, len(table))]
    table["source"] = [f"INV-W{n}" for n in rng.integers(1, 10, len(table))]
    return table


def _last(districts: list[str]) -> pd.DataFrame:
    rows = [(m, i, c, 4, "2025-03", "INV-A1") for m in districts for i in LAST for c in CODERS]
    return pd.DataFrame(rows, columns=["territory", "item", "coder", "rating", "date", "source"])


def _worded(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Rows with what their invented sources say."""
    return rows.assign(
        **stated(rows["item"], rows["territory"].map(names).to_numpy(), rows["rating"]),
        confidence=0.6,
        nature=codes.NATURE,
    )
