"""How is each kind of layer drawn and headed in QGIS? Written to ``styles.json``, which the plugin reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.layers import quality
from geoterritorio.layers.schema import KINDS
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.code_words import OWN_VALUES, UNSURE, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.headings import CODED, OWN_CODED, OWN_HEADINGS
from geoterritorio.publication.qgis.actor_looks import ACTOR_LOOKS
from geoterritorio.publication.qgis.brushes import (
    COLD,
    HOT,
    INK,
    LINE_INK,
    PLAIN,
    SEQUENCE,
    TEAL,
    Style,
    around_one,
    around_zero,
    chance,
    codes,
    everything,
    holds,
    missing,
    rule,
    sequence,
    style,
    uncertain,
)
from geoterritorio.publication.qgis.innovation_looks import INNOVATION
from geoterritorio.publication.qgis.ladder_looks import LADDER
from geoterritorio.publication.qgis.reach_looks import REACH
from geoterritorio.publication.webmap.further import COLOURS as KIND_COLOURS
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, GROUND, LIMITS, NONE, mix
from geoterritorio.registry import descriptions

STYLES = Path(__file__).parent / "styles.json"
CENTRES = "#a8480a"
_ROLES = {
    "city": "#7fa3c7",
    "added city": "#a893c4",
    "commuting zone": "#d5e3ef",
    "added enclave": "#b5d3b0",
    "dropped exclave": "#f1d9b5",
    "outside": PLAIN,
}
# an index of products of shares spreads far wider than a quotient does
WIDE = (1.25, 2.0, 4.0)


def _quotients(column: str, heading: str) -> list[Style]:
    return [
        style(
            column,
            *needs,
            rules=[*around_one(column), *missing(column, withheld=bool(needs)), *uncertain(column)],
            size="employment",
            labels=["name", "territory"],
            sectors=True,
            heading=heading,
        )
        for needs in (("status",), ())
    ]


def _points_around_one(heading: str, *rules: Style) -> Style:
    found = [*around_one("quotient"), *missing("quotient"), *rules]
    return style("quotient", rules=found, diameter=2.6, order='"quotient"', heading=heading)


def _clumps() -> Style:
    filled = rule(VALUES["stable"], "\"stability\" = 'stable'", "veil", "#00796b")
    partly = rule(VALUES["partly"], "\"stability\" = 'partly'", "veil", "#8a7a00")
    unstable = rule(VALUES["unstable"], "\"stability\" = 'unstable'", "cross", "#7a2a8f")
    untested = rule(mark("Not tested"), '"stability" IS NULL', "veil", NONE)
    return style(
        "stability",
        rules=[filled, partly, unstable, untested],
        labels=["main_sectors", "clump"],
        overflow=True,
        heading=HEADINGS["stability"],
    )


def _doubtful() -> Style:
    """Register rows by their gravest problem."""
    grave = [name for name, severity in quality.SEVERITIES.items() if severity == quality.SERIOUS]
    serious = f"regexp_match(\"problems\", '\\\\b({'|'.join(grave)})\\\\b')"
    return style(
        "problems",
        rules=[
            rule(mark("Serious"), serious, "fill", "#7a2a8f"),
            rule(mark("Doubtful"), f"NOT {serious}", "fill", "#e0a63a"),
        ],
        diameter=1.8,
        order=serious,
    )


def _by_kind() -> Style:
    held = vocabulary("institution_kinds")
    titles = {
        code: {"en": en, "es": es} for code, en, es in held[["code", "en", "es"]].itertuples(index=False)
    }
    kinds = {"column": "kind", "titles": titles, "colours": list(KIND_COLOURS)}
    return style("kind", kinds=kinds, labels=["name"], diameter=3.2, heading=mark("Kind of institution"))


def _faults() -> Style:
    """Places of a boundary history that are doubtful, by what is wrong; slivers are told by their colour."""
    rules = [
        rule(VALUES[code], f"\"fault\" = '{code}'", look, colour)
        for code, (look, colour) in {
            "space_overlap": ("fill", "#7a2a8f"),
            "overlap_sliver": ("fill", "#c48fd0"),
            "gap": ("fill", "#b3541e"),
            "gap_sliver": ("fill", "#e8b48a"),
            "thin_part": ("fill", TEAL),
        }.items()
    ]
    return style("fault", rules=rules, labels=["territory"], heading=mark("Found"))


def _basins() -> Style:
    """Basins by their height, and those of which a part may be missing."""
    cut = rule(
        mark("Cut by the edge of what is known"), "\"touches_edge\" = 'yes'", "hatch", INK, "touches_edge"
    )
    return {**sequence("elevation", cut, heading=HEADINGS["elevation"]), "labels": ["territory"]}


def _streams() -> Style:
    """Streams, the wider the higher their order."""
    rules = [
        {
            **rule(mark("Order {a}"), f'"order" = {order}', "line", "#2f6f9f", a=order),
            "width": round(0.15 + 0.2 * order, 2),
        }
        for order in range(1, 6)
    ]
    top = {**rule(mark("Order 6 and above"), '"order" > 5', "line", "#2f6f9f"), "width": 1.5}
    return style("order", rules=[*rules, top], order='"order"', heading=HEADINGS["order"])


def _border_limits() -> Style:
    rules = []
    for code, colour in reversed(LIMITS.items()):
        label = OWN_VALUES.get(("limits", code)) or VALUES[code]
        wide = 0.4 if code in {"none", "unknown"} else 0.9
        rules.append({**rule(label, f"\"limits\" = '{code}'", "line", colour), "width": wide})
    return style("limits", rules=rules, heading=HEADINGS["limits"])


def _limit_areas() -> Style:
    pale = {
        "unknown": NONE,
        "none": PLAIN,
        **{code: mix(LIMITS[code], GROUND, 0.45) for code in list(LIMITS)[2:]},
    }
    rules = [
        rule(
            OWN_VALUES.get(("agrees_with", code)) or VALUES[code],
            f"\"agrees_with\" = '{code}'",
            "dashes" if code == "unknown" else "fill",
            colour,
        )
        for code, colour in reversed(pale.items())
    ]
    return style("agrees_with", rules=rules, labels=["name", "territory"], heading=HEADINGS["agrees_with"])


def _claims() -> Style:
    """Verdicts on clusters; where several groups are claimed of a territory, the surer lie above."""
    looks = {
        "cluster": ("fill", HOT),
        "possible cluster": ("fill", COLOURS[4]),
        "concentration only": ("fill", COLOURS[2]),
        "undecided": ("hatch", NONE),
    }
    rules = [
        rule(VALUES[code], f"\"verdict\" = '{code}'", look, colour) for code, (look, colour) in looks.items()
    ]
    return style(
        "verdict", rules=rules, labels=["group_name", "group"], diameter=5.0, heading=HEADINGS["verdict"]
    )


_DISTRICTS = {
    "district": "#c2571a",
    "large firm system": "#5b4a7d",
    "residual": "#e8c9a0",
    "services": "#b7d3e0",
    "other system": "#d5e3c3",
}
_FIRM = 0.9


def _districts() -> Style:
    rules = [rule(VALUES[c], f"\"verdict\" = '{c}'", "fill", colour) for c, colour in _DISTRICTS.items()]
    shaky = f'"verdict" = \'district\' AND "share_all_low" < {_FIRM}'
    return style(
        "verdict",
        rules=[
            *rules,
            rule(VALUES["no district"], "\"verdict\" = 'no district'", "fill", PLAIN),
            rule(VALUES["undecidable"], "\"verdict\" = 'undecidable'", "dashes", NONE),
            rule(VALUES["empty"], "\"verdict\" = 'empty'", "dots", NONE),
            rule(mark("District in fewer than nine of ten runs"), shaky, "hatch", INK, "share_all_low"),
        ],
        labels=["name", "territory"],
        diameter=4.0,
        heading=HEADINGS["verdict"],
    )


# Both readings at once; what is open is hatched over the colour of what is known.
_READINGS = {
    "district and cluster": "#5b2a6e",
    "district only": "#d2741f",
    "cluster only": "#2d7f95",
    "district, cluster open": "#f0b97a",
    "cluster, district open": "#9ccbd6",
}


def _readings() -> Style:
    def it(code: str) -> str:
        return f"\"readings\" = '{code}'"

    def said(code: str) -> str:
        return OWN_VALUES.get(("readings", code)) or VALUES[code]

    return style(
        "readings",
        rules=[
            *(rule(said(code), it(code), "fill", colour) for code, colour in _READINGS.items()),
            rule(said("no district, cluster open"), it("no district, cluster open"), "hatch", NONE),
            rule(said("no cluster, district open"), it("no cluster, district open"), "dots", NONE),
            rule(said("both open"), it("both open"), "dashes", NONE),
            rule(said("neither"), it("neither"), "fill", PLAIN),
            rule(mark("One of the readings is open"), "\"readings\" LIKE '%, % open'", "hatch", INK),
        ],
        labels=["name", "territory"],
        diameter=4.0,
        heading=HEADINGS["readings"],
    )


_HOTSPOTS = {"hot spot": HOT, "cold spot": COLD, "not told from chance": PLAIN}
_MORAN = {
    "high-high": HOT,
    "high-low": COLOURS[4],
    "low-high": COLOURS[2],
    "low-low": COLD,
    "not told from chance": PLAIN,
}
_GROWTH = '100 * "{0}" / "before"'
UNITS = {
    "establishments per km2": mark("establishments per km²"),
    "jobs per km2": mark("jobs per km²"),
    "location quotient": mark("Location quotient"),
    "inhabitants": mark("inhabitants"),
}
_FLOWS = style(
    "flow",
    scale={"expression": '"flow"', "colours": ["#b9afd0", "#9484b5", "#745f9c", LINE_INK]},
    heading=mark("Flow"),
    order='"flow"',
)
# Kinds that publication makes of others, with their columns.
DRAWN_AS = {"flow_lines": "flows"}
# kinds of layer -> styles; the first whose columns a layer has is taken
BY_KIND: Mapping[str, list[Style]] = {
    "quotient_areas": _quotients("lq", mark("Location quotient")),
    "focal_areas": _quotients("focal_lq", HEADINGS["focal_lq"]),
    "cluster_areas": [
        style(
            "index",
            rules=[
                *around_one("index", WIDE),
                *missing("index"),
                holds("low", "high", 1, mark("Not clear: the interval holds 1")),
                rule(mark("Not tested"), '"low" IS NULL AND "index" > 0', "bars", INK, "low"),
            ],
            labels=["name", "territory"],
            sectors=True,
            heading=HEADINGS["index"],
        )
    ],
    "cluster_claims": [_claims()],
    "cluster_extents": [_claims()],
    "cluster_star_areas": [
        sequence(
            "total",
            rule(
                mark("Some stars are unknown"), '"stars_possible" > "stars"', "hatch", INK, "stars_possible"
            ),
            heading=mark("Stars of all groups"),
        )
    ],
    "strong_cluster_areas": [
        sequence(
            "strong_groups",
            rule(
                mark("Of some groups it is unknown"), '"unknown_groups" > 0', "hatch", INK, "unknown_groups"
            ),
            heading=HEADINGS["strong_groups"],
        )
    ],
    "knowledge_areas": _quotients("lq", mark("Location quotient of high technology"))[1:],
    "complexity_areas": [
        around_zero(
            HEADINGS["eci"],
            '"eci"',
            "eci",
            rules=(holds("low", "high", 0, mark("Not clear: the interval holds 0")),),
        )
    ],
    "fitness_areas": [sequence("fitness", heading=HEADINGS["fitness"])],
    "territory_indices": [sequence("value", chance("q"), heading=HEADINGS["value"], headed_by="measure")],
    "relatedness_density_areas": [
        sequence(
            "density",
            rule(mark("Already specialised"), '"presence" = 1', "ring", HOT, "presence"),
            sectors=True,
            heading=mark("Share of related sectors present"),
        )
    ],
    "shift_share_areas": [
        style(
            "growth",
            "regional",
            rules=[*around_one("regional"), *missing("regional")],
            labels=["name", "territory"],
            heading=mark("Regional index (Gerfin)"),
        ),
        around_zero(mark("Regional part, % of the start"), _GROWTH.format("regional"), "regional", "before"),
        around_zero(
            mark("Competitive part, % of the start"), _GROWTH.format("competitive"), "competitive", "before"
        ),
        around_zero(mark("Change, % of the start"), _GROWTH.format("change"), "change", "before"),
    ],
    "variety": [
        sequence("related", heading=mark("Related variety, bits")),
        sequence("total", heading=mark("Entropy, bits")),
    ],
    "clumps": [_clumps()],
    "clumped_firms": [
        style(
            "clump",
            rules=[
                rule(mark("In a clump"), '"clump" IS NOT NULL', "fill", TEAL),
                rule(mark("Outside clumps"), '"clump" IS NULL', "fill", "#b9bfc7"),
            ],
            diameter=1.8,
            order='"clump" IS NOT NULL',
        )
    ],
    "local_colocations": [
        _points_around_one(
            OWN_HEADINGS["local_colocations", "quotient"],
            rule(
                VALUES["not told from chance"],
                "\"verdict\" = 'not told from chance'",
                "hatch",
                INK,
                "verdict",
            ),
        )
    ],
    "contributions": [_points_around_one(mark("Location quotient"))],
    "hotspots": [codes("cluster", _HOTSPOTS, heading=mark("Hot and cold spots"))],
    "local_moran": [codes("cluster", _MORAN, heading=mark("Value here – value around"))],
    "density": [
        {
            "needs": [],
            "unit": "location quotient",
            "scale": {"expression": "", "limits": list(BREAKS), "colours": list(COLOURS)},
        },
        {"needs": [], "scale": {"expression": "", "colours": list(SEQUENCE[1:]), "floor": True}},
    ],
    "doubtful_firms": [_doubtful()],
    "labour_markets": [
        sequence(
            "supply",
            rule(mark("Not valid by the rules"), "\"valid\" = 'no'", "hatch", INK, "valid"),
            heading=OWN_HEADINGS.get(("labour_markets", "supply")) or HEADINGS["supply"],
        )
    ],
    "urban_areas": [
        sequence(
            "supply",
            rule(mark("Too little of the centre in cities"), "\"enough\" = 'no'", "hatch", INK, "enough"),
            heading=HEADINGS["supply"],
        )
    ],
    "urban_membership": [codes("role", _ROLES, heading=mark("Functional urban areas"))],
    "urban_centres": [everything(mark("Urban centre"), "fill", CENTRES, labels=["name", "territory"])],
    "flow_communities": [
        sequence("supply", heading=OWN_HEADINGS.get(("flow_communities", "supply")) or HEADINGS["supply"])
    ],
    "market_links": [
        style(
            "flow",
            scale={
                "expression": '"flow"',
                "colours": ["#b9afd0", "#9484b5", "#745f9c", LINE_INK],
                "look": "arrow",
            },
            heading=HEADINGS["flow"],
            order='"flow"',
        )
    ],
    **ACTOR_LOOKS,
    "market_network": [
        around_zero(
            mark("Workers less residents, % of residents"), '100 * "gain" / "residents"', "gain", "residents"
        )
    ],
    "market_places": [sequence("kept", heading=HEADINGS["kept"])],
    "district_areas": [_districts()],
    "profile_areas": [
        sequence(
            "rated_items",
            rule(mark("No item: unknown"), '"rated_items" = 0', "hatch", INK, "rated_items"),
            heading=HEADINGS["rated_items"],
        )
    ],
    "contrast_areas": [_readings()],
    "community_areas": [
        sequence("containment", heading=HEADINGS["containment"]),
        sequence("overlap", heading=OWN_HEADINGS["community_areas", "overlap"]),
        sequence("moved", chance("q_moved"), heading=OWN_HEADINGS["community_areas", "moved"]),
    ],
    "community_places": [
        around_zero(OWN_HEADINGS["community_places", "difference"], '"difference"', "difference")
    ],
    "capital_areas": [
        sequence(name, heading=OWN_HEADINGS.get(("capital_areas", name)) or HEADINGS[name])
        for name in ("human", "social", "natural", "economic")
    ],
    "district_stability": [sequence("share_all", heading=HEADINGS["share_all"])],
    "agreement_places": [
        style(
            "agrees",
            rules=[
                rule(mark("The divisions agree"), "\"agrees\" = 'yes'", "fill", PLAIN),
                rule(mark("The divisions differ"), "\"agrees\" = 'no'", "fill", HOT),
            ],
            labels=["name", "territory"],
            diameter=4.0,
        )
    ],
    "basins": [_basins()],
    "streams": [_streams()],
    "limit_areas": [_limit_areas()],
    "border_limits": [_border_limits()],
    "history_places": [_faults()],
    "told_areas": [
        sequence(
            "value",
            rule(mark("Rests on an assumption"), '"split" > 0', "hatch", INK, "split"),
            heading=HEADINGS["value"],
        )
    ],
    "history": [everything(mark("Territory"), "outline", INK, labels=["name", "territory"])],
    "boundary_events": [
        everything(mark("Land that changes hands"), "veil", "#7a2a8f", labels=["kind", "date"])
    ],
    "territories": [everything(mark("Territory"), "outline", INK, labels=["name", "territory"])],
    "firms": [everything(mark("Establishment"), "fill", TEAL, size="employment", diameter=1.0, growth=5.0)],
    "register": [
        everything(mark("Establishment"), "fill", TEAL, size="employment", diameter=1.0, growth=5.0)
    ],
    "institutions": [_by_kind()],
    "placed_institutions": [_by_kind()],
    **INNOVATION,
    "flows": [_FLOWS],
    # There and back are two lines in one place: half arrows lie side by side.
    "flow_lines": [{**_FLOWS, "scale": {**_FLOWS["scale"], "look": "arrow"}}],
    **LADDER,
    **REACH,
    "roads": [everything(mark("Road"), "line", "#9b8f7d")],
}


def table() -> dict[str, Any]:
    """
    All that a face in QGIS needs to know of the layers' looks, English texts being keys of the catalogue.

    Returns
    -------
    table
        `kinds` (of each its `aliases`, columns that are `coded` in it alone, and `styles`), `coded` columns and the
        `words` of their codes, `own_words` of a column, which codes are `unsure`, `units` of rasters in words.
    """
    columns: dict[str, list[str]] = {kind: [c.name for c in layer.columns] for kind, layer in KINDS.items()}
    for tool in descriptions().values():
        for output in tool["outputs"]:
            if output["type"] == "layer":
                known = columns.setdefault(output["kind"], [])
                known += [c["name"] for c in output["columns"] if c["name"] not in known]
    columns.update({kind: columns[source] for kind, source in DRAWN_AS.items()})
    kinds = {
        kind: {
            "aliases": _aliases(kind, columns[kind]),
            "coded": [c for c in columns[kind] if (c, kind) in OWN_CODED],
            "styles": BY_KIND.get(kind, []),
        }
        for kind in sorted(columns)
    }
    return {
        "format": 1,
        "units": dict(UNITS),
        "coded": sorted(CODED),
        "words": dict(VALUES),
        "own_words": _own_words(),
        "unsure": {column: list(codes) for column, codes in UNSURE.items()},
        "kinds": kinds,
    }


def _aliases(kind: str, columns: list[str]) -> dict[str, str]:
    found = {c: OWN_HEADINGS.get((kind, c)) or HEADINGS.get(c) for c in columns}
    return {c: text for c, text in found.items() if text}


def _own_words() -> dict[str, dict[str, str]]:
    """Words of codes that mean something else, or nothing, in other columns."""
    found: dict[str, dict[str, str]] = {}
    for (column, code), text in OWN_VALUES.items():
        found.setdefault(column, {})[code] = text
    return found


def generated() -> str:
    """Text of ``styles.json`` as it would be written now."""
    return json.dumps(table(), ensure_ascii=False, indent=1) + "\n"
