"""How is each kind of layer drawn and headed in QGIS? Written to ``styles.json``, which the plugin reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.layers import quality
from geoterritorio.layers.schema import KINDS
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.code_words import OWN_VALUES, UNSURE, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.headings import CODED, OWN_HEADINGS
from geoterritorio.publication.webmap.further import COLOURS as KIND_COLOURS
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, FADE, GROUND, LIMITS, NONE, UPPER, mix
from geoterritorio.registry import descriptions

STYLES = Path(__file__).parent / "styles.json"
Style = dict[str, Any]
# pale to dark, apart from each other for readers who confuse colours, and unlike blue and orange around 1
SEQUENCE = ("#f7f1da", "#c5dca6", "#73b08e", "#2b7480", "#10305a")
PALE_NONE = mix(NONE, GROUND, FADE)
PLAIN, INK, TEAL = "#e4e3df", "#22272e", "#00796b"
LINE_INK = "#5b4a7d"
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
FIVE = (COLOURS[0], COLOURS[2], COLOURS[3], COLOURS[4], COLOURS[6])


def _rule(label: str, expression: str, look: str, colour: str, *needs: str, **values: float) -> Style:
    return {
        "label": label,
        "filter": expression,
        "look": look,
        "colour": colour,
        "needs": list(needs),
        "values": values,
    }


def _style(*needs: str, rules: Iterator[Style] | list[Style] | None = None, **other: Any) -> Style:
    return {"needs": list(needs), "rules": list(rules or []), **other}


def _around_one(column: str, upper: tuple[float, ...] = UPPER) -> Iterator[Style]:
    """Classes of a quotient; a value on a limit belongs to the class nearer to 1."""
    it = f'"{column}"'
    lower = [1 / b for b in reversed(upper)]
    n = len(upper)
    yield _rule(mark("over {a}"), f"{it} > {upper[-1]!r}", "fill", COLOURS[-1], a=upper[-1])
    for i in reversed(range(n - 1)):
        a, b = upper[i], upper[i + 1]
        yield _rule(
            mark("{a} to {b}"), f"{it} > {a!r} AND {it} <= {b!r}", "fill", COLOURS[n + 1 + i], a=a, b=b
        )
    a, b = lower[-1], upper[0]
    label = mark("{a} to {b}, around 1")
    yield _rule(label, f"{it} >= {a!r} AND {it} <= {b!r}", "fill", COLOURS[n], a=a, b=b)
    for i in reversed(range(n - 1)):
        a, b = lower[i], lower[i + 1]
        yield _rule(mark("{a} to {b}"), f"{it} >= {a!r} AND {it} < {b!r}", "fill", COLOURS[i + 1], a=a, b=b)
    yield _rule(mark("under {a}"), f"{it} > 0 AND {it} < {lower[0]!r}", "fill", COLOURS[0], a=lower[0])
    yield _rule(mark("0: none of the sector here"), f"{it} = 0", "fill", PALE_NONE)


def _missing(column: str, *, withheld: bool = False) -> Iterator[Style]:
    gone = f'"{column}" IS NULL'
    if withheld:
        hidden = "coalesce(\"status\", '') = 'withheld'"
        yield _rule(mark("Withheld"), f"{gone} AND {hidden}", "dots", NONE, "status")
        gone += f" AND NOT {hidden}"
    yield _rule(mark("No data"), gone, "dashes", NONE, *(("status",) if withheld else ()))


def _uncertain(column: str) -> Iterator[Style]:
    """Hatching; where there is none of a sector there is nothing to be unsure of."""
    texts = {
        "unclear": (mark("Not clear: the interval holds 1"), "hatch"),
        "few": (mark("Too few establishments to say"), "cross"),
        "untested": (mark("Not tested"), "bars"),
    }
    for code, (label, look) in texts.items():
        where = f'"certainty" = \'{code}\' AND "{column}" > 0'
        yield _rule(label, where, look, INK, "certainty")


def _quotients(column: str, heading: str) -> list[Style]:
    return [
        _style(
            column,
            *needs,
            rules=[*_around_one(column), *_missing(column, withheld=bool(needs)), *_uncertain(column)],
            size="employment",
            labels=["name", "territory"],
            sectors=True,
            heading=heading,
        )
        for needs in (("status",), ())
    ]


def _points_around_one(heading: str, *rules: Style) -> Style:
    found = [*_around_one("quotient"), *_missing("quotient"), *rules]
    return _style("quotient", rules=found, diameter=2.6, order='"quotient"', heading=heading)


def _sequence(column: str, *rules: Style, **other: Any) -> Style:
    scale = {"expression": f'"{column}"', "colours": list(SEQUENCE)}
    return _style(
        column,
        rules=[*_missing(column), *rules],
        scale=scale,
        labels=["name", "territory"],
        diameter=4.0,
        **other,
    )


def _around_zero(heading: str, expression: str, *needs: str, rules: tuple[Style, ...] = ()) -> Style:
    gone = _rule(mark("No data"), f"{expression} IS NULL", "dashes", NONE)
    scale = {"expression": expression, "colours": list(FIVE), "around": 0.0}
    return _style(
        *needs, rules=[gone, *rules], scale=scale, labels=["name", "territory"], diameter=4.0, heading=heading
    )


def _codes(column: str, colours: Mapping[str, str], **other: Any) -> Style:
    rules = [_rule(VALUES[c], f"\"{column}\" = '{c}'", "fill", colour) for c, colour in colours.items()]
    return _style(
        column, rules=[*rules, *_missing(column)], labels=["name", "territory"], diameter=4.0, **other
    )


def _clumps() -> Style:
    filled = _rule(VALUES["stable"], "\"stability\" = 'stable'", "veil", "#00796b")
    partly = _rule(VALUES["partly"], "\"stability\" = 'partly'", "veil", "#8a7a00")
    unstable = _rule(VALUES["unstable"], "\"stability\" = 'unstable'", "cross", "#7a2a8f")
    untested = _rule(mark("Not tested"), '"stability" IS NULL', "veil", NONE)
    return _style(
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
    return _style(
        "problems",
        rules=[
            _rule(mark("Serious"), serious, "fill", "#7a2a8f"),
            _rule(mark("Doubtful"), f"NOT {serious}", "fill", "#e0a63a"),
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
    return _style("kind", kinds=kinds, labels=["name"], diameter=3.2)


def _faults() -> Style:
    """Places of a boundary history that are doubtful, by what is wrong; slivers are told by their colour."""
    rules = [
        _rule(VALUES[code], f"\"fault\" = '{code}'", look, colour)
        for code, (look, colour) in {
            "space_overlap": ("fill", "#7a2a8f"),
            "overlap_sliver": ("fill", "#c48fd0"),
            "gap": ("fill", "#b3541e"),
            "gap_sliver": ("fill", "#e8b48a"),
            "thin_part": ("fill", TEAL),
        }.items()
    ]
    return _style("fault", rules=rules, labels=["territory"], heading=mark("Found"))


def _basins() -> Style:
    """Basins by their height, and those of which a part may be missing."""
    cut = _rule(
        mark("Cut by the edge of what is known"), "\"touches_edge\" = 'yes'", "hatch", INK, "touches_edge"
    )
    return {**_sequence("elevation", cut, heading=HEADINGS["elevation"]), "labels": ["territory"]}


def _streams() -> Style:
    """Streams, the wider the higher their order."""
    rules = [
        {
            **_rule(mark("Order {a}"), f'"order" = {order}', "line", "#2f6f9f", a=order),
            "width": round(0.15 + 0.2 * order, 2),
        }
        for order in range(1, 6)
    ]
    top = {**_rule(mark("Order 6 and above"), '"order" > 5', "line", "#2f6f9f"), "width": 1.5}
    return _style("order", rules=[*rules, top], order='"order"', heading=HEADINGS["order"])


def _reached() -> Style:
    """The nearer the darker; the smallest budget lies above."""
    scale = {"expression": '"up_to"', "colours": list(reversed(SEQUENCE))}
    return _style("up_to", scale=scale, order='-"up_to"', heading=HEADINGS["up_to"])


def _road_edges() -> Style:
    """Roads, and those that no way leads to, or none back from."""
    apart = _rule(VALUES["other_components"], '"component" > 1', "line", HOT, "component")
    trap = _rule(
        VALUES["one_way_traps"], '"component" = 1 AND "returns" = \'no\'', "line", "#7a2a8f", "returns"
    )
    rest = _rule(mark("Main network"), '"component" = 1 AND "returns" = \'yes\'', "line", "#9b8f7d")
    wide = [{**rule, "width": 0.7} for rule in (apart, trap)]
    return _style("component", "returns", rules=[*wide, rest], heading=HEADINGS["component"])


def _snapped() -> Style:
    near = _rule(mark("On the nearest road"), "\"snapped\" = 'yes'", "fill", TEAL)
    far = _rule(mark("Too far from every road"), "\"snapped\" = 'no'", "fill", HOT)
    return _style("snapped", rules=[near, far], labels=["place"], diameter=2.0, heading=HEADINGS["snapped"])


def _reach_areas() -> Style:
    """Shares of what is there: none is no share."""
    nobody = _rule(mark("Nobody there"), '"number" = 0', "dashes", NONE, "number")
    return _style(
        "reached_share",
        rules=[nobody],
        scale={"expression": '"reached_share"', "colours": list(SEQUENCE)},
        labels=["territory"],
        diameter=4.0,
        heading=HEADINGS["reached_share"],
    )


def _reach_centres() -> Style:
    """Centres on which many hang lie above."""
    scale = {"expression": '"only_share"', "colours": list(SEQUENCE)}
    return _style(
        "only_share",
        scale=scale,
        order='"only_share"',
        labels=["centre"],
        diameter=3.2,
        heading=HEADINGS["only_share"],
    )


def _nearest_lines() -> Style:
    scale = {"expression": '"cost"', "colours": ["#b9afd0", "#9484b5", "#745f9c", LINE_INK], "look": "arrow"}
    return _style("cost", scale=scale, order='"cost"', heading=HEADINGS["cost"])


def _border_limits() -> Style:
    rules = []
    for code, colour in reversed(LIMITS.items()):
        label = OWN_VALUES.get(("limits", code)) or VALUES[code]
        wide = 0.4 if code in {"none", "unknown"} else 0.9
        rules.append({**_rule(label, f"\"limits\" = '{code}'", "line", colour), "width": wide})
    return _style("limits", rules=rules, heading=HEADINGS["limits"])


def _limit_areas() -> Style:
    pale = {
        "unknown": NONE,
        "none": PLAIN,
        **{code: mix(LIMITS[code], GROUND, 0.45) for code in list(LIMITS)[2:]},
    }
    rules = [
        _rule(
            OWN_VALUES.get(("agrees_with", code)) or VALUES[code],
            f"\"agrees_with\" = '{code}'",
            "dashes" if code == "unknown" else "fill",
            colour,
        )
        for code, colour in reversed(pale.items())
    ]
    return _style("agrees_with", rules=rules, labels=["name", "territory"], heading=HEADINGS["agrees_with"])


def _all(label: str, look: str, colour: str, **other: Any) -> Style:
    return _style(rules=[_rule(label, "", look, colour)], **other)


def _claims() -> Style:
    """Verdicts on clusters; where several groups are claimed of a territory, the surer lie above."""
    looks = {
        "cluster": ("fill", HOT),
        "possible cluster": ("fill", COLOURS[4]),
        "concentration only": ("fill", COLOURS[2]),
        "undecided": ("hatch", NONE),
    }
    rules = [
        _rule(VALUES[code], f"\"verdict\" = '{code}'", look, colour) for code, (look, colour) in looks.items()
    ]
    return _style(
        "verdict", rules=rules, labels=["group_name", "group"], diameter=5.0, heading=HEADINGS["verdict"]
    )


def _chance(column: str) -> Style:
    return _rule(VALUES["not told from chance"], f'"{column}" > 0.05', "hatch", INK, column)


def _holds(low: str, high: str, value: float, label: str) -> Style:
    return _rule(label, f'"{low}" <= {value:g} AND "{high}" >= {value:g}', "hatch", INK, low, high)


# Verdicts by colours that a reader who confuses colours tells apart; what is not known is no colour.
_DISTRICTS = {
    "district": "#c2571a",
    "large firm system": "#5b4a7d",
    "residual": "#e8c9a0",
    "services": "#b7d3e0",
    "other system": "#d5e3c3",
}
_FIRM = 0.9


def _districts() -> Style:
    rules = [_rule(VALUES[c], f"\"verdict\" = '{c}'", "fill", colour) for c, colour in _DISTRICTS.items()]
    shaky = f'"verdict" = \'district\' AND "share_all_low" < {_FIRM}'
    return _style(
        "verdict",
        rules=[
            *rules,
            _rule(VALUES["no district"], "\"verdict\" = 'no district'", "fill", PLAIN),
            _rule(VALUES["undecidable"], "\"verdict\" = 'undecidable'", "dashes", NONE),
            _rule(VALUES["empty"], "\"verdict\" = 'empty'", "dots", NONE),
            _rule(mark("District in fewer than nine of ten runs"), shaky, "hatch", INK, "share_all_low"),
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

    return _style(
        "readings",
        rules=[
            *(_rule(said(code), it(code), "fill", colour) for code, colour in _READINGS.items()),
            _rule(said("no district, cluster open"), it("no district, cluster open"), "hatch", NONE),
            _rule(said("no cluster, district open"), it("no cluster, district open"), "dots", NONE),
            _rule(said("both open"), it("both open"), "dashes", NONE),
            _rule(said("neither"), it("neither"), "fill", PLAIN),
            _rule(mark("One of the readings is open"), "\"readings\" LIKE '%, % open'", "hatch", INK),
        ],
        labels=["name", "territory"],
        diameter=4.0,
        heading=HEADINGS["readings"],
    )


HOT, COLD = COLOURS[-1], COLOURS[0]
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
_FLOWS = _style(
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
        _style(
            "index",
            rules=[
                *_around_one("index", WIDE),
                *_missing("index"),
                _holds("low", "high", 1, mark("Not clear: the interval holds 1")),
                _rule(mark("Not tested"), '"low" IS NULL AND "index" > 0', "bars", INK, "low"),
            ],
            labels=["name", "territory"],
            sectors=True,
            heading=HEADINGS["index"],
        )
    ],
    "cluster_claims": [_claims()],
    "cluster_extents": [_claims()],
    "cluster_star_areas": [
        _sequence(
            "total",
            _rule(
                mark("Some stars are unknown"), '"stars_possible" > "stars"', "hatch", INK, "stars_possible"
            ),
            heading=mark("Stars of all groups"),
        )
    ],
    "strong_cluster_areas": [
        _sequence(
            "strong_groups",
            _rule(
                mark("Of some groups it is unknown"), '"unknown_groups" > 0', "hatch", INK, "unknown_groups"
            ),
            heading=HEADINGS["strong_groups"],
        )
    ],
    "knowledge_areas": _quotients("lq", mark("Location quotient of high technology"))[1:],
    "complexity_areas": [
        _around_zero(
            HEADINGS["eci"],
            '"eci"',
            "eci",
            rules=(_holds("low", "high", 0, mark("Not clear: the interval holds 0")),),
        )
    ],
    "fitness_areas": [_sequence("fitness", heading=HEADINGS["fitness"])],
    "territory_indices": [_sequence("value", _chance("q"), heading=HEADINGS["value"], headed_by="measure")],
    "relatedness_density_areas": [
        _sequence(
            "density",
            _rule(mark("Already specialised"), '"presence" = 1', "ring", HOT, "presence"),
            sectors=True,
            heading=mark("Share of related sectors present"),
        )
    ],
    "shift_share_areas": [
        _style(
            "growth",
            "regional",
            rules=[*_around_one("regional"), *_missing("regional")],
            labels=["name", "territory"],
            heading=mark("Regional index (Gerfin)"),
        ),
        _around_zero(mark("Regional part, % of the start"), _GROWTH.format("regional"), "regional", "before"),
        _around_zero(
            mark("Competitive part, % of the start"), _GROWTH.format("competitive"), "competitive", "before"
        ),
        _around_zero(mark("Change, % of the start"), _GROWTH.format("change"), "change", "before"),
    ],
    "variety": [
        _sequence("related", heading=mark("Related variety, bits")),
        _sequence("total", heading=mark("Entropy, bits")),
    ],
    "clumps": [_clumps()],
    "clumped_firms": [
        _style(
            "clump",
            rules=[
                _rule(mark("In a clump"), '"clump" IS NOT NULL', "fill", TEAL),
                _rule(mark("Outside clumps"), '"clump" IS NULL', "fill", "#b9bfc7"),
            ],
            diameter=1.8,
            order='"clump" IS NOT NULL',
        )
    ],
    "local_colocations": [
        _points_around_one(
            OWN_HEADINGS["local_colocations", "quotient"],
            _rule(
                VALUES["not told from chance"],
                "\"verdict\" = 'not told from chance'",
                "hatch",
                INK,
                "verdict",
            ),
        )
    ],
    "contributions": [_points_around_one(mark("Location quotient"))],
    "hotspots": [_codes("cluster", _HOTSPOTS, heading=mark("Hot and cold spots"))],
    "local_moran": [_codes("cluster", _MORAN, heading=mark("Value here – value around"))],
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
        _sequence(
            "supply",
            _rule(mark("Not valid by the rules"), "\"valid\" = 'no'", "hatch", INK, "valid"),
            heading=OWN_HEADINGS.get(("labour_markets", "supply")) or HEADINGS["supply"],
        )
    ],
    "urban_areas": [
        _sequence(
            "supply",
            _rule(mark("Too little of the centre in cities"), "\"enough\" = 'no'", "hatch", INK, "enough"),
            heading=HEADINGS["supply"],
        )
    ],
    "urban_membership": [_codes("role", _ROLES, heading=mark("Functional urban areas"))],
    "urban_centres": [_all(mark("Urban centre"), "fill", CENTRES, labels=["name", "territory"])],
    "flow_communities": [
        _sequence("supply", heading=OWN_HEADINGS.get(("flow_communities", "supply")) or HEADINGS["supply"])
    ],
    "market_links": [
        _style(
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
    "market_network": [
        _around_zero(
            mark("Workers less residents, % of residents"), '100 * "gain" / "residents"', "gain", "residents"
        )
    ],
    "market_places": [_sequence("kept", heading=HEADINGS["kept"])],
    "district_areas": [_districts()],
    "contrast_areas": [_readings()],
    "district_stability": [_sequence("share_all", heading=HEADINGS["share_all"])],
    "agreement_places": [
        _style(
            "agrees",
            rules=[
                _rule(mark("The divisions agree"), "\"agrees\" = 'yes'", "fill", PLAIN),
                _rule(mark("The divisions differ"), "\"agrees\" = 'no'", "fill", HOT),
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
        _sequence(
            "value",
            _rule(mark("Rests on an assumption"), '"split" > 0', "hatch", INK, "split"),
            heading=HEADINGS["value"],
        )
    ],
    "history": [_all(mark("Territory"), "outline", INK, labels=["name", "territory"])],
    "boundary_events": [_all(mark("Land that changes hands"), "veil", "#7a2a8f", labels=["kind", "date"])],
    "territories": [_all(mark("Territory"), "outline", INK, labels=["name", "territory"])],
    "firms": [_all(mark("Establishment"), "fill", TEAL, size="employment", diameter=1.0, growth=5.0)],
    "register": [_all(mark("Establishment"), "fill", TEAL, size="employment", diameter=1.0, growth=5.0)],
    "institutions": [_by_kind()],
    "flows": [_FLOWS],
    # There and back are two lines in one place: half arrows lie side by side.
    "flow_lines": [{**_FLOWS, "scale": {**_FLOWS["scale"], "look": "arrow"}}],
    "roads": [_all(mark("Road"), "line", "#9b8f7d")],
    "road_edges": [_road_edges()],
    "road_nodes": [_all(mark("Node"), "fill", INK, diameter=0.8)],
    "isochrones": [_reached()],
    "reached_land": [_reached()],
    "reached_roads": [_reached()],
    "snapped_places": [_snapped()],
    "reach_areas": [_reach_areas()],
    "reach_centres": [_reach_centres()],
    "nearest_lines": [_nearest_lines()],
    "reach_places": [{**_sequence("cost", heading=HEADINGS["cost"]), "labels": [], "diameter": 1.6}],
    "candidate_gains": [{**_sequence("newly", heading=HEADINGS["newly"]), "labels": ["candidate"]}],
    "chosen_candidates": [
        _all(mark("Chosen place"), "fill", HOT, labels=["turn", "candidate"], diameter=4.0)
    ],
}


def table() -> dict[str, Any]:
    """
    All that a face in QGIS needs to know of the layers' looks, English texts being keys of the catalogue.

    Returns
    -------
    table
        `kinds` (of each its `aliases` and `styles`), `coded` columns and the `words` of their codes, which of them are
        `unsure`, `units` of rasters in words.
    """
    columns: dict[str, list[str]] = {kind: [c.name for c in layer.columns] for kind, layer in KINDS.items()}
    for tool in descriptions().values():
        for output in tool["outputs"]:
            if output["type"] == "layer":
                known = columns.setdefault(output["kind"], [])
                known += [c["name"] for c in output["columns"] if c["name"] not in known]
    columns.update({kind: columns[source] for kind, source in DRAWN_AS.items()})
    kinds = {
        kind: {"aliases": _aliases(kind, columns[kind]), "styles": BY_KIND.get(kind, [])}
        for kind in sorted(columns)
    }
    return {
        "format": 1,
        "units": dict(UNITS),
        "coded": sorted(CODED),
        "words": dict(VALUES),
        "unsure": {column: list(codes) for column, codes in UNSURE.items()},
        "kinds": kinds,
    }


def _aliases(kind: str, columns: list[str]) -> dict[str, str]:
    found = {c: OWN_HEADINGS.get((kind, c)) or HEADINGS.get(c) for c in columns}
    return {c: text for c, text in found.items() if text}


def generated() -> str:
    """Text of ``styles.json`` as it would be written now."""
    return json.dumps(table(), ensure_ascii=False, indent=1) + "\n"
