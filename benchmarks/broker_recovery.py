"""Are planted brokers claimed, and who else is? Writes the table of ``docs/recovery.md``.

Run with ``python benchmarks/broker_recovery.py [seeds]``. Of every invented territory three networks are looked at:
that with its planted brokers, the same with the ends of ties exchanged within territories (degrees and local ties as
they were, nobody a broker over territories but by chance), and that of the scenario in which nothing is planted.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification._dealing import Switching
from geoterritorio.identification.actor_ties import MUTUAL, Ties
from geoterritorio.identification.brokers import broker_roles
from geoterritorio.identification.tools._actor_layers import ties_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "recovery.md"
SURE, DRAWS, ROUNDS = 0.05, 499, 40
FAMILIES = {"territory": "over territories", "type": "over types", "knowledge": "knowledge"}


def network(world: Any) -> Ties:
    """Ties of an invented territory."""
    with warnings.catch_warnings():
        # its notices of closed institutions and repeated links are looked at elsewhere
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return ties_of(world.markets, world.links, world.firms(), world.institutions, world.actions)[0]


def exchanged(ties: Ties, seed: int) -> Ties:
    """The same with the ends of ties exchanged within territories."""
    where = ties.actors["territory"].astype(object)
    label = np.unique(where.fillna("").astype(str), return_inverse=True)[1].astype(np.int64)
    switching = Switching(ties.source, ties.cells, np.isin(ties.kind.astype(str), MUTUAL), label)
    return replace(ties, target=switching.after(ties.target, ROUNDS, np.random.default_rng(seed)))


def claims(ties: Ties, seed: int) -> pd.DataFrame:
    """Tests of one network: the actor, the groups, the role, and whether it is claimed."""
    roles = broker_roles(ties, draws=DRAWS, rng=seed).roles
    tested = roles[roles["q"].notna()]
    names = ties.actors["actor"].to_numpy()[tested["actor"].to_numpy(dtype=int)]
    return tested.assign(name=names, claimed=tested["q"] <= SURE)[["name", "by", "role", "claimed"]]


def recovered(generate: Callable[..., Any], seed: int) -> list[dict[str, object]]:
    """Counts of one seed, by network and groups."""
    world = generate(seed, scenario="planted")
    truth, ties = world.truth, network(world)
    structured = set(truth.plants["firm"])
    brokers = set(truth.brokers["actor"])
    others = {
        "ends exchanged": exchanged(ties, seed),
        "nothing planted": network(generate(seed, scenario="nothing")),
    }
    rows = []
    for name, one in {"planted": ties, **others}.items():
        table = claims(one, seed)
        for by, part in table.groupby("by"):
            hit = part[part["claimed"]]
            who = set(hit["name"])
            found = len(who & brokers) if name == "planted" else 0
            inside = int((hit["name"].isin(structured) & ~hit["name"].isin(brokers)).sum())
            rows.append(
                {
                    "seed": seed,
                    "network": name,
                    "by": by,
                    "tests": len(part),
                    "claims": len(hit),
                    "found": found,
                }
                | {"inside": inside, "any": bool(len(hit))}
            )
        sure = set(table.loc[table["claimed"], "name"])
        if name == "planted":
            rows.append(
                {
                    "seed": seed,
                    "network": name,
                    "by": "all",
                    "tests": len(table),
                    "claims": int(table["claimed"].sum()),
                }
                | {"found": len(sure & brokers), "inside": len(brokers), "any": bool(sure)}
            )
    return rows


def told(rows: pd.DataFrame) -> str:
    """Markdown: what was found and what was claimed, of all seeds together."""
    lines = [
        "| network | groups | tests | claims | of which planted brokers | networks with a claim, of all |"
    ]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for (name, by), part in rows[rows["by"] != "all"].groupby(["network", "by"], sort=False):
        planted = str(part["found"].sum()) if name == "planted" else "–"
        lines.append(
            f"| {name} | {FAMILIES[by]} | {part['tests'].sum()} | {part['claims'].sum()} | {planted} | "
            f"{part['any'].sum()} of {len(part)} |"
        )
    every = rows[rows["by"] == "all"]
    lines += ["", f"Planted brokers found in any role: {every['found'].sum()} of {every['inside'].sum()}."]
    return "\n".join(lines)


def main(seeds: int) -> None:
    sys.path.insert(0, str(ROOT / "sample_data"))
    generate = import_module("generate").generate
    rows: list[dict[str, object]] = []
    for seed in range(1, seeds + 1):
        rows += recovered(generate, seed)
        print(
            f"seed {seed}",
            pd.DataFrame(rows).tail(10).to_string(),
            told(pd.DataFrame(rows)),
            sep="\n",
            flush=True,
        )
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition("<!-- brokers -->\n")
    _, _, after = rest.partition("<!-- /brokers -->")
    PAGE.write_text(
        f"{before}<!-- brokers -->\n{told(pd.DataFrame(rows))}\n<!-- /brokers -->{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
