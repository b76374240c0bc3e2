"""Institutions, links, actions and coded evidence of the invented territory."""

from __future__ import annotations

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
from comarca_history import History
from comarca_land import EPSG, Array, Land
from comarca_plants import Places, operating, positions
from comarca_register import identifiers

from geoterritorio.layers.vocabularies import vocabulary

CORE, SUPPLIERS = 60, 45  # of a structure's plants, how many have recorded links
SAMPLE = 700  # links between plants that belong to no structure
DAY = "2025-01-01"
# Names of coders, sources and funders read alike in both languages.
CODERS = ("A", "B")
DISAGREEMENT = 0.25
GONE = 0.06  # share of the institutions that have closed
USERS = 0.35  # share of a district's plants that work with its technology institute
UNKNOWN = 0.3  # share of the items nobody rated in the last market
CENTRAL = 0.6  # share of the actions that are in the centre of a market
ASSESSED = ("leader_features", "development_elements", "innovation_components", "innovation_social_features")
STATEMENT = "Invented evidence: “{item}” in {place}, rated {rating} of 4."
STATEMENT_ES = "Evidencia inventada: «{item}» en {place}, valorado con {rating} de 4."


def institutions(land: Land, where: Places, past: History, seed: int) -> gpd.GeoDataFrame:
    """Institutions of the ten kinds, in the centres first; names say that they are invented."""
    rng = np.random.default_rng([seed, 6])
    rows = [
        (kind, spanish, english, ";".join(fields), int(town))
        for kind, (count, spanish, english, fields) in codes.INSTITUTION_KINDS.items()
        for town in _towns(rng, kind, count, land, where)
    ]
    table = pd.DataFrame(rows, columns=["kind", "spanish", "english", "fields", "place"])
    place = table["place"].to_numpy()
    never = np.zeros(len(table))
    x, y, _ = positions(rng, land, place, (never, never))
    names = past.names[-1][place].astype(str)
    opened = rng.integers(1958, 2016, len(table))
    gone = rng.random(len(table)) < GONE
    number = table.groupby(["kind", "place"]).cumcount().to_numpy() + 1
    suffix = np.where(number > 1, np.char.add(" ", number.astype(str)), "")
    closed = np.where(gone, np.minimum(opened + rng.integers(8, 30, len(table)), 2024).astype(str), None)
    return gpd.GeoDataFrame(
        {
            "institution": [f"IINV{i + 1:03d}" for i in range(len(table))],
            "name": table["english"] + " of " + names + suffix + " (invented)",
            "name_es": table["spanish"] + " de " + names + suffix + " (inventado)",
            "kind": table["kind"],
            "fields": table["fields"].replace("", None),
            "territory": np.array(past.ids, dtype=object)[place],
            "opened": opened.astype(str),
            "closed": closed,
            "nature": codes.NATURE,
        },
        geometry=gpd.points_from_xy(x, y),
        crs=EPSG,
    )


def without_field(
    bodies: gpd.GeoDataFrame, land: Land, where: Places, *, planted: bool
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """In the market of the first district nobody teaches the field of its main sector; and where that is."""
    columns = ["structure", "market", "main_sector", "field", "institutions", "nature"]
    if not planted:
        return bodies, pd.DataFrame(columns=columns)
    district = next(s for s in codes.STRUCTURES if s.kind == "district")
    market = int(where.rank[district.market % land.markets])
    towns = bodies["territory"].map({f"INV{i + 1:04d}": i for i in range(len(land.seats))}).to_numpy()
    here = (land.market[towns] == market) & bodies["kind"].isin(["training", "higher_education"]).to_numpy()
    left = bodies["fields"].fillna("").str.split(";")
    left = left.map(lambda fields: ";".join(f for f in fields if f != codes.TRAINING_GAP))
    row = (
        district.key,
        f"MINV{market + 1:02d}",
        district.main,
        codes.TRAINING_GAP,
        ";".join(bodies.loc[here, "institution"]),
        codes.NATURE,
    )
    return bodies.assign(fields=bodies["fields"].where(~here, left)), pd.DataFrame([row], columns=columns)


def _towns(rng: np.random.Generator, kind: str, count: int, land: Land, where: Places) -> Array:
    """Towns of one kind of institution: centres by rank; technology institutes in the districts' centres first."""
    ranked = where.rank
    if kind == "transfer":
        own = [where.rank[s.market % land.markets] for s in codes.STRUCTURES if s.kind == "district"]
        ranked = np.r_[own, ranked[~np.isin(ranked, own)]]
    more = rng.choice(len(where.mass), size=count, p=where.mass / where.mass.sum())
    return np.r_[ranked, more][:count]


def links(
    land: Land, where: Places, plants: pd.DataFrame, bodies: gpd.GeoDataFrame, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Recorded links, and the brokers planted among them.

    In every district the technology institute of its centre is the only recorded way from the district's plants to
    laboratories and universities, and one trader the only way to customers elsewhere.
    """
    rng = np.random.default_rng([seed, 7])
    open_ = plants[operating(plants, DAY)].reset_index(drop=True)
    name = identifiers(open_["firm"].to_numpy()).astype(object)
    parts, brokers = [_scattered(rng, open_, name, bodies), _owned(open_, name)], []
    for structure in codes.STRUCTURES:
        own = np.flatnonzero((open_["structure"] == structure.key).to_numpy())
        if not len(own):
            continue
        market = int(where.rank[structure.market % land.markets])
        parts.append(_system(rng, structure, open_, name, own))
        if structure.kind == "district":
            frame, found = _bridges(rng, structure, market, land, open_, name, own, bodies)
            parts.append(frame)
            brokers += found
    table = pd.concat(parts, ignore_index=True).drop_duplicates(
        ["source", "target", "kind"], ignore_index=True
    )
    table = table[table["source"] != table["target"]].reset_index(drop=True)
    table = table.assign(period="2024", nature=codes.NATURE)
    return table, pd.DataFrame(brokers, columns=["actor", "structure", "role", "nature"])


def _frame(source: Array, target: Array, kind: str, weight: Array | float) -> pd.DataFrame:
    return pd.DataFrame({"source": source, "target": target, "kind": kind, "weight": weight})


def _scattered(
    rng: np.random.Generator, open_: pd.DataFrame, name: Array, bodies: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Links that mean nothing: chance customers, members and projects."""
    free = np.flatnonzero(open_["structure"].isna().to_numpy())
    count = min(SAMPLE, len(free))
    pairs = rng.choice(free, (count, 2))
    clubs = bodies.loc[bodies["kind"].isin(["association", "chamber"]), "institution"].to_numpy()
    members = rng.choice(free, count // 2)
    return pd.concat(
        [
            _frame(name[pairs[:, 0]], name[pairs[:, 1]], "supply", rng.integers(1, 6, count).astype(float)),
            _frame(name[members], rng.choice(clubs, len(members)), "membership", 1.0),
        ]
    )


def _owned(open_: pd.DataFrame, name: Array, most: int = 250) -> pd.DataFrame:
    """Ownership from headquarters to the other plants of their groups."""
    group = open_["group"].to_numpy()
    head = open_["headquarters"].to_numpy()
    owner = pd.Series(name[head], group[head])
    rest = np.flatnonzero((group > 0) & (group <= most) & ~head & np.isin(group, owner.index))
    return _frame(owner.reindex(group[rest]).to_numpy(), name[rest], "ownership", 1.0)


def _system(
    rng: np.random.Generator, structure: codes.Structure, open_: pd.DataFrame, name: Array, own: Array
) -> pd.DataFrame:
    """Supply and cooperation inside one structure."""
    main = open_["sector"].to_numpy()[own] == structure.main
    core, others = own[main][:CORE], own[~main][:SUPPLIERS]
    if not len(core) or not len(others):
        return _frame(np.array([]), np.array([]), "supply", np.array([]))
    buyers = np.repeat(core, 3)
    partners = np.roll(core, 1)
    more = rng.choice(core, (len(core), 2))
    return pd.concat(
        [
            _frame(
                name[rng.choice(others, len(buyers))],
                name[buyers],
                "supply",
                rng.integers(1, 10, len(buyers)).astype(float),
            ),
            _frame(name[core], name[partners], "cooperation", 1.0),
            _frame(name[more[:, 0]], name[more[:, 1]], "cooperation", 1.0),
        ]
    )


def _bridges(
    rng: np.random.Generator,
    structure: codes.Structure,
    market: int,
    land: Land,
    open_: pd.DataFrame,
    name: Array,
    own: Array,
    bodies: gpd.GeoDataFrame,
) -> tuple[pd.DataFrame, list[tuple[str, ...]]]:
    """The two brokers of a district, and their links on both sides."""
    towns = bodies["territory"].map({f"INV{i + 1:04d}": i for i in range(len(land.seats))}).to_numpy()
    kind = bodies["kind"].to_numpy()
    here = land.market[towns] == market
    institute = bodies["institution"].to_numpy()[(kind == "transfer") & here][0]
    holders = bodies["institution"].to_numpy()[np.isin(kind, ["higher_education", "laboratory"]) & ~here]
    users = own[rng.random(len(own)) < USERS]
    trade = own[open_["sector"].iloc[own].astype(str).str.startswith("46").to_numpy()]
    trader = trade[0] if len(trade) else own[0]
    sellers = np.setdiff1d(own[:CORE], [trader])[:25]
    away = land.market[open_["place"].to_numpy()] != market
    customers = rng.choice(np.flatnonzero(away & open_["structure"].isna().to_numpy()), 12, replace=False)
    clubs = bodies["institution"].to_numpy()[(kind == "association") & here]
    parts = [
        _frame(name[users], np.full(len(users), institute), "project", 1.0),
        _frame(np.full(len(holders), institute), holders, "project", 1.0),
        _frame(name[sellers], np.full(len(sellers), name[trader]), "supply", 3.0),
        _frame(np.full(len(customers), name[trader]), name[customers], "supply", 5.0),
    ]
    if len(clubs):
        parts.append(_frame(name[own[:CORE]], np.full(len(own[:CORE]), clubs[0]), "membership", 1.0))
    found = [
        (
            str(institute),
            structure.key,
            "knowledge: between the district and laboratories elsewhere",
            codes.NATURE,
        ),
        (
            str(name[trader]),
            structure.key,
            "trade: between the district and customers elsewhere",
            codes.NATURE,
        ),
    ]
    return pd.concat(parts), found


def actions(land: Land, past: History, bodies: gpd.GeoDataFrame, seed: int, count: int = 60) -> pd.DataFrame:
    """Register of projects: kind, phase, period, actors, money."""
    rng = np.random.default_rng([seed, 8])
    phase = rng.choice(len(codes.PHASES), count, p=(0.4, 0.35, 0.25))
    start = 1998 + 8 * phase + rng.integers(0, 9, count)
    actors = [
        ";".join(sorted(rng.choice(bodies["institution"], size=rng.integers(2, 6), replace=False)))
        for _ in range(count)
    ]
    place = np.where(
        rng.random(count) < CENTRAL,
        rng.integers(0, land.markets, count),
        rng.integers(0, len(land.seats), count),
    )
    funders = ("Regionalia (INV)", "Nationalia (INV)", "Ruralia (INV)", "Propria (INV)")
    kind = np.array(codes.ACTION_KINDS)[np.arange(count) % len(codes.ACTION_KINDS)]
    return pd.DataFrame(
        {
            "action": [f"AINV{i + 1:03d}" for i in range(count)],
            "name": [
                f"Invented project {i + 1}: {k}"
                for i, k in enumerate(titled(kind, "innovative_actions", "en"))
            ],
            "name_es": [
                f"Proyecto inventado {i + 1}: {k}"
                for i, k in enumerate(titled(kind, "innovative_actions", "es"))
            ],
            "territory": np.array(past.ids, dtype=object)[place],
            "kind": kind,
            "phase": np.array(codes.PHASES)[phase],
            "actors": actors,
            "budget": np.round(rng.lognormal(12.2, 0.9, count), -3),
            "funder": np.array(funders)[rng.integers(0, len(funders), count)],
            "public_share": np.round(rng.beta(5, 2, count), 2),
            "period": [f"{a}/{b}" for a, b in zip(start, start + rng.integers(1, 5, count), strict=True)],
            "nature": codes.NATURE,
        }
    )


def titled(codes_: Array, vocabulary_name: str, lang: str) -> list[str]:
    """Titles of codes in a language."""
    held = vocabulary(vocabulary_name).set_index("code")[lang]
    return [str(held[code]) for code in codes_]


def stated(items: pd.Series, names: Array, ratings: pd.Series) -> dict[str, list[str]]:
    """What invented sources say of items, in both languages."""
    held = pd.concat([vocabulary(name).set_index("code") for name in ASSESSED])
    return {
        column: [
            text.format(item=title, place=place, rating=rating)
            for title, place, rating in zip(held.loc[items, lang], names, ratings, strict=True)
        ]
        for column, text, lang in (("statement", STATEMENT, "en"), ("statement_es", STATEMENT_ES, "es"))
    }


def evidence(land: Land, where: Places, past: History, seed: int, *, planted: bool) -> pd.DataFrame:
    """
    Ratings 0 to 4 of LEADER's seven features and the eight elements in seven labour markets, by two coders.

    Where a district is planted the ratings are higher, else they are low; coders disagree by one step in a quarter
    of the items; some items of the last market are unknown to both.
    """
    rng = np.random.default_rng([seed, 9])
    districts = [where.rank[s.market % land.markets] for s in codes.STRUCTURES if s.kind == "district"]
    ranked = [m for m in where.rank if m not in districts]
    markets = [int(m) for m in [*districts, *ranked[:4]]]
    rows = pd.DataFrame(
        [(m, i) for m in markets for i in (*codes.LEADER, *codes.ELEMENTS)], columns=["market", "item"]
    )
    good = rows["market"].isin(districts).to_numpy() & planted
    true = np.where(
        good,
        rng.choice([2, 3, 4], len(rows), p=(0.2, 0.5, 0.3)),
        rng.choice([0, 1, 2], len(rows), p=(0.3, 0.5, 0.2)),
    )
    unknown = (rows["market"] == markets[-1]).to_numpy() & (rng.random(len(rows)) < UNKNOWN)
    parts = []
    for coder in CODERS:
        step = np.where(rng.random(len(rows)) < DISAGREEMENT / 2, rng.choice([-1, 1], len(rows)), 0)
        part = rows.assign(coder=coder, rating=np.clip(true + step, 0, 4))
        parts.append(part[~unknown])
    table = pd.concat(parts).sort_values(["market", "item", "coder"], ignore_index=True)
    names = past.names[-1][table["market"]].astype(str)
    texts = stated(table["item"], names, table["rating"])
    return pd.DataFrame(
        {
            "territory": [f"MINV{m + 1:02d}" for m in table["market"]],
            "item": table["item"],
            "rating": table["rating"],
            **texts,
            "source": [f"INV-I{n}" for n in rng.integers(1, 40, len(table))],
            "date": [f"2024-{m:02d}" for m in rng.integers(1, 13, len(table))],
            "coder": table["coder"],
            "confidence": rng.choice([0.3, 0.6, 0.9], len(table), p=(0.2, 0.5, 0.3)),
            "nature": codes.NATURE,
        }
    )
