"""Short headings for the columns of results, and words for the codes in their cells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from geoterritorio.errors import Translate
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.publication.actor_words import ACTOR_OWN_HEADINGS
from geoterritorio.publication.code_words import OWN_VALUES, PROBLEMS, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.innovation_heading_words import CERTAINTY
from geoterritorio.publication.ladder_words import CODED_COLUMNS, LADDER_HEADINGS, LADDER_SHARES
from geoterritorio.publication.people_words import PEOPLE_CODED, PEOPLE_OWN
from geoterritorio.publication.profile_words import PROFILE_CODED
from geoterritorio.registry import descriptions

# where a column means something else than in the other layers
OWN_HEADINGS: Mapping[tuple[str, str], str] = {
    **PEOPLE_OWN,
    **ACTOR_OWN_HEADINGS,
    ("network_figures", "direction"): mark("Direction"),
    ("network_whole", "direction"): mark("Direction"),
    ("institutional_thickness", "expected"): mark("Pairs by chance"),
    ("institutional_thickness", "links_inside"): mark("Linked pairs here"),
    ("institutional_thickness", "links_outside"): mark("Linked pairs with elsewhere"),
    ("capital_scores", "spread"): mark("Spread of its indicators"),
    ("institution_gaps", "distance"): mark("Distance (m)"),
    ("service_areas", "area"): mark("Area"),
    ("service_areas", "centres"): mark("Centres"),
    ("service_areas", "up_to"): mark("Up to (m)"),
    ("nearest_areas", "area"): mark("Area"),
    ("nearest_areas", "centres"): mark("Centres"),
    ("area_contents", "area"): mark("Area"),
    ("summed_areas", "area"): mark("Area"),
    ("summed_areas", "up_to"): mark("Up to"),
    ("summed_areas", "unit"): mark("Unit"),
    ("summed_areas", "part"): mark("Piece of land"),
    ("area_contents", "centres"): mark("Centres"),
    ("area_contents", "source"): mark("Layer"),
    ("area_contents", "share"): mark("Share of the layer"),
    ("reach_shares", "unit"): mark("Unit"),
    ("reach_times", "unit"): mark("Unit"),
    ("reach_by_territory", "unit"): mark("Unit"),
    ("reach_areas", "unit"): mark("Unit"),
    ("reach_centres", "unit"): mark("Unit"),
    ("nearest_lines", "unit"): mark("Unit"),
    ("reach_places", "unit"): mark("Unit"),
    ("candidate_gains", "unit"): mark("Unit"),
    ("chosen_candidates", "unit"): mark("Unit"),
    ("reach_times", "median"): mark("Half within (min or m)"),
    ("reach_areas", "median"): mark("Half within (min or m)"),
    ("reach_places", "firm"): mark("Establishment or place"),
    ("reach_places", "centres"): mark("Centres within the budget"),
    ("isochrones", "unit"): mark("Unit"),
    ("reached_land", "unit"): mark("Unit"),
    ("isochrones", "length_km"): mark("Roads reached (km)"),
    ("reached_land", "part"): mark("Piece of land"),
    ("reached_land", "origins"): mark("Places in it"),
    ("reached_roads", "origin"): mark("Nearest place"),
    ("road_repairs", "count"): mark("Number"),
    ("snapped_places", "distance"): mark("Way to the road (m)"),
    ("crosswalk", "target"): mark("Target"),
    ("distance_functions", "gamma"): mark("Gamma (localisation)"),
    ("pattern_verdicts", "gamma"): mark("Gamma (localisation)"),
    ("figures_of_versions", "high"): mark("At most"),
    ("figures_of_versions", "low"): mark("At least"),
    ("figures_told", "high"): mark("At most"),
    ("figures_told", "low"): mark("At least"),
    ("history_places", "other"): mark("Other territory"),
    ("history_places", "fault"): mark("Found"),
    ("history_times", "fault"): mark("Found"),
    ("history_report", "count"): mark("Number"),
    ("lineage", "date"): mark("Date"),
    ("profile_statements", "date"): mark("Date"),
    ("profile_statements", "source"): mark("Who says so, or where"),
    ("evidence", "date"): mark("Date"),
    ("evidence", "source"): mark("Who says so, or where"),
    ("lineage", "kind"): mark("Kind of event"),
    ("lineage", "area_km2"): mark("Land in common (km²)"),
    ("lineage_events", "after"): mark("Territories after"),
    ("lineage_events", "area_km2"): mark("Land moved (km²)"),
    ("lineage_events", "before"): mark("Territories before"),
    ("lineage_events", "date"): mark("Date"),
    ("lineage_events", "kind"): mark("Kind of event"),
    ("told_areas", "high"): mark("At most"),
    ("told_areas", "low"): mark("At least"),
    ("transfer_totals", "source"): mark("Sum given"),
    ("transfer_totals", "target"): mark("Sum told"),
    ("lorenz_curves", "reference"): mark("Share of the whole"),
    ("lorenz_curves", "share"): mark("Share of the sector"),
    ("cluster_areas", "area"): mark("Land"),
    ("cluster_indices", "area"): mark("Land"),
    ("coagglomeration", "group"): mark("Group of sectors"),
    ("standardised_quotients", "z"): mark("Standardised LQ"),
    ("theil_groups", "group"): mark("Group of territories"),
    ("theil_parts", "group"): mark("Group of territories"),
    ("theil_parts", "part"): mark("Part"),
    ("verdicts", "high"): mark("Areas above 1"),
    ("verdicts", "low"): mark("Areas below 1"),
    ("colocations", "quotient"): mark("Colocation quotient"),
    ("local_colocations", "quotient"): mark("Colocation quotient"),
    ("window_verdicts", "area"): mark("Land"),
    ("labour_market_trace", "unit"): mark("Place"),
    ("market_pairs", "other"): mark("Other place"),
    ("market_pairs", "place"): mark("Place"),
    ("market_runs", "setting"): mark("Setting"),
    ("market_stability", "similarity"): mark("Likeness, commuters redrawn"),
    ("market_stability", "found_again"): mark("Found again, commuters redrawn"),
    ("labour_market_trace", "target"): mark("Commutes most with"),
    ("labour_markets", "territory"): mark("Market"),
    ("urban_areas", "territory"): mark("Urban area"),
    ("urban_areas", "centre_share"): mark("Share of centres in cities"),
    ("urban_areas", "units"): mark("Territories"),
    ("urban_centres", "area"): mark("Urban area"),
    ("urban_centres", "density"): mark("Inhabitants per km²"),
    ("urban_membership", "area"): mark("Urban area"),
    ("market_links", "expected"): mark("By chance"),
    ("market_network", "territory"): mark("Market"),
    ("market_network_figures", "high"): mark("By chance, at most"),
    ("market_network_figures", "low"): mark("By chance, at least"),
    ("flow_communities", "territory"): mark("Community"),
    ("agreement_areas", "area"): mark("Area"),
    ("agreement_areas", "parts"): mark("Parts"),
    ("basins", "territory"): mark("Basin"),
    ("border_limits", "first"): mark("Territory"),
    ("border_limits", "second"): mark("Other territory"),
    ("division_limits", "along"): mark("Borders along limits"),
    ("division_limits", "units"): mark("Units"),
    ("streams", "territory"): mark("Basin"),
    ("territory_limits", "match"): mark("Unit most like it"),
    ("territory_limits", "outside"): mark("In no unit"),
    ("territory_limits", "parts"): mark("Units among which it is"),
    ("district_areas", "territory"): mark("Market"),
    ("district_evidence", "territory"): mark("Market"),
    ("district_evidence", "low"): mark("At least"),
    ("district_evidence", "high"): mark("At most"),
    ("district_evidence", "threshold_low"): mark("Threshold at least"),
    ("district_evidence", "threshold_high"): mark("Threshold at most"),
    ("district_evidence", "of"): mark("Figure of"),
    ("district_evidence", "against"): mark("Compared with that of"),
    ("district_evidence", "source"): mark("Source of the rules"),
    ("district_activities", "territory"): mark("Market"),
    ("district_activities", "low"): mark("LQ at least"),
    ("district_activities", "high"): mark("LQ at most"),
    ("district_activities", "excess_low"): mark("Excess at least"),
    ("district_activities", "excess_high"): mark("Excess at most"),
    ("district_industries", "excess_low"): mark("Excess at least"),
    ("district_industries", "excess_high"): mark("Excess at most"),
    ("district_industries", "employment_micro"): mark("Jobs, micro firms"),
    ("district_industries", "employment_small"): mark("Jobs, small firms"),
    ("district_industries", "employment_medium"): mark("Jobs, medium firms"),
    ("district_industries", "employment_large"): mark("Jobs, large firms"),
    ("district_industries", "medium_firms"): mark("Medium firms"),
    ("district_industries", "medium_firms_low"): mark("Medium firms, at least"),
    ("district_industries", "medium_firms_high"): mark("Medium firms, at most"),
    ("contrast_areas", "cluster"): mark("Is a cluster"),
    ("district_evidence", "origin"): mark("Origin of the threshold"),
    ("district_evidence", "distance"): mark("Margin, as a part"),
    ("district_industries", "territory"): mark("Market"),
    ("district_industries", "low"): mark("LQ at least"),
    ("district_industries", "high"): mark("LQ at most"),
    ("district_sizes", "territory"): mark("Market"),
    ("district_sizes", "low"): mark("LQ at least"),
    ("district_sizes", "high"): mark("LQ at most"),
    ("district_stability", "territory"): mark("Market"),
    ("district_stability", "kept"): mark("Same verdict, plants redrawn"),
    ("district_stability", "kept_settings"): mark("Same verdict, other thresholds"),
    ("district_stability", "other"): mark("Otherwise mostly"),
    ("cluster_cells", "group"): mark("Group of industries"),
    ("cluster_claims", "group"): mark("Group of industries"),
    ("cluster_evidence", "group"): mark("Group of industries"),
    ("cluster_actors", "group"): mark("Group of industries"),
    ("cluster_extents", "group"): mark("Group of industries"),
    ("cluster_definitions", "group"): mark("Group of industries"),
    ("cluster_stars", "group"): mark("Group of industries"),
    ("cluster_star_areas", "group"): mark("Group of industries"),
    ("cluster_star_evidence", "group"): mark("Group of industries"),
    ("strong_clusters", "group"): mark("Group of industries"),
    ("related_sectors", "group"): mark("Group of industries"),
    ("related_groups", "group"): mark("Group of industries"),
    ("cluster_stars", "growth"): mark("Growth of jobs"),
    ("cluster_star_areas", "total"): mark("All stars"),
    ("institution_presence", "kind"): mark("Kind of institution"),
    ("institution_gaps", "kind"): mark("Missing kind"),
    ("placed_institutions", "kind"): mark("Kind of institution"),
    ("institution_presence", "density"): mark("For 1000 establishments"),
    ("innovation_areas", "density"): mark("For 1000 establishments"),
    ("institution_presence", "number"): mark("Institutions"),
    ("innovation_areas", "number"): mark("Institutions"),
    ("institutional_thickness", "part"): mark("Part"),
    ("institutional_thickness", "institutions"): mark("Institutions"),
    ("triple_helix", "part"): mark("Part"),
    ("training_fields", "institutions"): mark("Institutions that teach it"),
    ("knowledge_content", "share_high"): mark("Share at most"),
    ("knowledge_areas", "share_high"): mark("Share at most"),
    ("cluster_star_evidence", "low"): mark("At least"),
    ("cluster_star_evidence", "high"): mark("At most"),
    ("cluster_evidence", "origin"): mark("Origin of the cut-off"),
    ("cluster_cells", "origin"): mark("Origin of the cut-offs"),
    ("cluster_claims", "origin"): mark("Origin of the cut-offs"),
    ("cluster_star_evidence", "origin"): mark("Origin of the cut-off"),
    ("cluster_extents", "territories"): mark("Territories"),
    ("cluster_extents", "number"): mark("Number of territories"),
    ("related_sectors", "within"): mark("With its own group"),
    ("related_sectors", "between"): mark("With the other groups"),
    ("related_groups", "within"): mark("Within the group"),
    ("related_groups", "between"): mark("With the other groups"),
    ("group_links", "similarity"): mark("Similarity"),
    ("cluster_evidence", "value"): mark("Found"),
    ("benchmark", "place"): mark("Place among peers"),
    ("benchmark", "least"): mark("Lowest peer"),
    ("benchmark", "most"): mark("Highest peer"),
    ("benchmark", "difference"): mark("Less the median"),
    ("benchmark_peers", "order"): mark("Order of likeness"),
    ("contrast_areas", "group"): mark("Group of industries"),
    ("contrast_pieces", "group"): mark("Group of industries"),
    ("cost_report", "centres"): mark("Centres"),
    ("basin_report", "centres"): mark("Centres"),
    ("travel_basins", "territory"): mark("Basin"),
    ("zonal_sums", "covered"): mark("Share with values"),
    ("zonal_sums", "outside"): mark("Beyond the raster"),
    ("contrast_pieces", "value"): mark("Found"),
    ("contrast_axes", "agrees"): mark("Readings agree"),
    ("contrast_mapping", "meaning"): mark("Why"),
    ("cluster_star_evidence", "value"): mark("Found"),
    ("access_summary", "within"): mark("Limit (min or m)"),
    ("rational_summary", "within"): mark("Limit (min or m)"),
    ("opportunities", "within"): mark("Limit (min or m)"),
    ("group_access", "group"): mark("Group of people"),
    ("access_curves", "group"): mark("Group of people"),
    ("fitted_choices", "observed"): mark("Observed share"),
    ("break_points", "other_name"): mark("Name of the other centre"),
    ("market_areas", "name"): mark("Name of that centre"),
    ("market_areas", "centre"): mark("Leading centre"),
    ("market_areas", "share"): mark("Share of that centre"),
    ("market_centres", "share"): mark("Share of customers"),
    **LADDER_HEADINGS,
}
# the checks of a register, the serious ones first: also the order of the map's legend
# columns whose texts are codes of ours; the texts of all others are the reader's own data
_OF_EVENTS = frozenset(("lineage", "lineage_events"))
# columns that hold codes of ours in some kinds of layers only
OWN_CODED = CODED_COLUMNS | frozenset(
    (
        ("level", "reference"),
        ("kind", "lineage"),
        ("kind", "institution_presence"),
        ("kind", "institution_gaps"),
        ("kind", "placed_institutions"),
        ("kind", "lineage_events"),
        ("origin", "district_evidence"),
        ("of", "district_evidence"),
        ("against", "district_evidence"),
        ("other", "district_stability"),
        ("size_class", "district_sizes"),
        ("place", "benchmark"),
        ("decay", "access_summary"),
        ("group", "group_access"),
        ("group", "access_curves"),
        ("measured", "access_summary"),
        ("measured", "rational_summary"),
        ("variant", "access_summary"),
        ("figure", "area_contents"),
        ("source", "area_contents"),
        ("method", "area_contents"),
    )
)
CODED = frozenset(
    (
        *PEOPLE_CODED,
        *PROFILE_CODED,
        "actor_type",
        "direction",
        "baseline",
        "tie",
        "local",
        "repeated",
        "project",
        "over",
        "strongest",
        "nearest_by",
        "field",
        "few",
        "measured_from",
        "present",
        "purpose",
        "state",
        "taught",
        "withheld",
        "oneway",
        "returns",
        "snapped",
        "treatment",
        "reached",
        "by",
        "centre_kind",
        "who",
        "because",
        "cluster_reading",
        "cluster_verdict",
        "district_reading",
        "explains",
        "piece",
        "reading",
        "readings",
        "rests_on",
        "speaks",
        "activity",
        "asked",
        "above_95",
        "above_mean",
        "actor",
        "chosen",
        "chosen_by",
        "class",
        "criterion",
        "cure",
        "origin",
        "outlier",
        "passed",
        "role",
        "star_focus",
        "star_growth",
        "star_productivity",
        "star_size",
        "star_specialisation",
        "strong",
        "together",
        "unconfirmed",
        "basis",
        "confirmed",
        "assignment",
        "district",
        "fault",
        "industry",
        "main",
        "main_industry",
        "passed",
        "preset",
        "size_of",
        "unknown_steps",
        "weakest",
        "agglomerated",
        "agrees",
        "agrees_with",
        "area_size",
        "areas",
        "border",
        "certainty",
        "changes",
        "definition",
        "division",
        "functional",
        "enough",
        "headquarters",
        "how",
        "limits",
        "measure",
        "natural",
        "travel",
        "on_grid",
        "on_other",
        "on_shifted",
        "on_territories",
        "outcome",
        "part",
        "position",
        "valid",
        "verdict",
        "convention",
        "band",
        "scaling",
        "null",
        "correction",
        "window",
        "unit",
        "stability",
        "cluster",
        "precision",
        "setting",
        "reason",
        "reference",
        "role",
        "severity",
        "status",
        "term",
        "touches_edge",
        "via",
    )
)
# Tools name their figures in English words; names of the reader's own are no texts of ours, and stay as they are.
SENTENCES = frozenset(("indicator", "meaning", "rule", "title", "untold"))
# sentences of ours in columns that elsewhere hold the reader's, with their layer
OWN_SENTENCES = frozenset((("source", "district_evidence"), ("what", "capital_sensitivity")))
# columns of several codes with semicolons between them, and the column that holds one
LISTS: Mapping[str, str] = {
    "problems": "check",
    "unconfirmed": "criterion",
    **dict.fromkeys(("needed_fields", "taught_fields"), "field"),
    "missing_kinds": "centre_kind",
}
OWN_LISTS: Mapping[tuple[str, str], str] = {("missing", "capital_scores"): "indicator"}
PROBABILITIES = frozenset(
    (
        *(
            "p",
            "p_least",
            "q",
            "q_most",
            "normality_p",
            "kinds_p",
            "none_by_chance",
            "p_high",
            "p_low",
            "linking_p",
            "linking_q",
        ),
        *(f"{test}_{of}" for test in ("p", "q") for of in ("apart", "together", "moved")),
    )
)
SHARES = LADDER_SHARES | frozenset(
    (
        "kinds_share",
        "match_high",
        "match_low",
        "match_share",
        "reached_share",
        "direction_error",
        "without",
        "nodata",
        "people_share",
        "access_share",
        "scale_error",
        "between_territories",
        "reached_low",
        "reached_high",
        "jobs_share",
        "jobs_low",
        "jobs_high",
        "several",
        "single",
        "main_share",
        "only_share",
        "agreement",
        "along",
        "at_edge",
        "bordered",
        "by_chance",
        "raised",
        "functional_along",
        "left_out",
        "natural_along",
        "travel_along",
        "outside",
        "share",
        "share_in_match",
        "share_of_match",
        "undecided",
        "share_of_predecessor",
        "share_of_successor",
        "share_of_residents",
        "share_of_target",
        "share_of_workers",
        "destination_share",
        "openness_in",
        "openness_out",
        "origin_share",
        "split",
        "share_all",
        "share_all_low",
        "share_all_high",
        "share_draws",
        "share_high",
        "share_large",
        "share_least",
        "share_low",
        "share_manufacturing",
        "share_medium",
        "share_micro",
        "share_other",
        "share_settings",
        "share_small",
        "share_smaller",
        "industry_smaller",
        "kept_all",
        "same",
        "same_place",
        "share_most",
    )
)


def heading(column: str, kind: str, say: Translate) -> str:
    """
    Heading of a column in the reader's language.

    Parameters
    ----------
    column
        Name of the column.
    kind
        Kind of the layer.
    say
        Translator.

    Returns
    -------
    heading
        Short heading; for a column of the reader's own, its name.

    Examples
    --------
    >>> heading("high", "verdicts", str), heading("high", "quotients", str), heading("my_own", "", str)
    ('Areas above 1', 'Upper end', 'my own')
    """
    known = OWN_HEADINGS.get((kind, column)) or HEADINGS.get(column)
    return say(known) if known else column.replace("_", " ")


@lru_cache
def _presets() -> Mapping[str, str]:
    """Sets of rules as the tools call them, which say what is unconfirmed."""
    given = [p for tool in descriptions().values() for p in tool["parameters"] if p["name"] == "preset"]
    return {code: name for p in given for code, name in zip(p["options"], p["labels"], strict=True)}


# What somebody else has called something, whatever it is.
_NAMES = frozenset(("territory", "place", "firm", "institution", "action", "sector"))


def worded(column: str, value: str, kind: str, say: Translate) -> str:
    """
    Text of a cell in the reader's language.

    Parameters
    ----------
    column
        Name of the column.
    value
        Text of the cell.
    kind
        Kind of the layer.
    say
        Translator.

    Returns
    -------
    text
        Word for a code of ours; anything else as it is.

    Examples
    --------
    >>> worded("severity", "untested", "register_quality", str), worded("name", "low", "territories", str)
    ('not tested', 'low')
    """
    kept_back = value == WITHHELD and column not in _NAMES
    whole = VALUES if kept_back else {"check": PROBLEMS, "preset": _presets()}.get(column, {})
    if value in whole or column == "check":
        return say(whole[value]) if value in whole else value
    single = OWN_LISTS.get((column, kind)) or LISTS.get(column)
    if single:
        return "; ".join(worded(single, part, kind, say) for part in value.split("; "))
    if column in SENTENCES or (column, kind) in OWN_SENTENCES:
        return say(OWN_VALUES.get((column, value), value))
    coded = column in CODED or (column, kind) in OWN_CODED
    if column == "certainty" and (kind, value) in CERTAINTY:
        return say(CERTAINTY[kind, value])
    # what moves land is no institution, though both are called transfer
    own = None if kind in _OF_EVENTS else OWN_VALUES.get((column, value))
    known = own or VALUES.get(value)
    if coded and known is None and "; " in value:
        return "; ".join(worded(column, part, kind, say) for part in value.split("; "))
    return say(known) if coded and known else value
