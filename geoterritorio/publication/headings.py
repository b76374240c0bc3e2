"""Short headings for the columns of results, and words for the codes in their cells."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.errors import Translate
from geoterritorio.i18n import mark
from geoterritorio.publication.code_words import OWN_VALUES, PROBLEMS, VALUES

HEADINGS: Mapping[str, str] = {
    "basis": mark("Divided by"),
    "covered": mark("Land covered"),
    "days": mark("Days"),
    "difference": mark("Difference"),
    "event": mark("Event"),
    "fault": mark("Looked for"),
    "outside": mark("Share in no target"),
    "predecessor": mark("Predecessor"),
    "predecessor_name": mark("Name of the predecessor"),
    "remainder": mark("Remainder"),
    "share_of_predecessor": mark("Share of the predecessor"),
    "share_of_successor": mark("Share of the successor"),
    "share_of_target": mark("Share of the target's land"),
    "size": mark("Size"),
    "source": mark("Source"),
    "split": mark("Share from divided territories"),
    "successor": mark("Successor"),
    "successor_name": mark("Name of the successor"),
    "targets": mark("Targets"),
    "width": mark("Mean width (m)"),
    "after": mark("At the end"),
    "agglomerated": mark("Agglomerated"),
    "agreement": mark("Agreement"),
    "allocation": mark("Allocation"),
    "area": mark("Whole"),
    "areas": mark("Division"),
    "before": mark("At the start"),
    "between": mark("Between groups"),
    "certainty": mark("Certainty"),
    "change": mark("Change"),
    "changes": mark("Verdict changes"),
    "check": mark("Looked for"),
    "classification": mark("Classification"),
    "closed": mark("Closed"),
    "code": mark("Code"),
    "colocation": mark("Colocation"),
    "competitive": mark("Competitive"),
    "complexity": mark("Complexity"),
    "cooccurrences": mark("Territories with both"),
    "corrected": mark("Corrected for chance"),
    "count": mark("Establishments"),
    "cutoff": mark("Cut-off"),
    "definition": mark("Definition"),
    "density": mark("Density"),
    "diversity": mark("Diversity"),
    "eci": mark("Complexity (ECI)"),
    "effective_plants": mark("Effective establishments"),
    "employment": mark("Jobs"),
    "employment_high": mark("Jobs at most"),
    "employment_low": mark("Jobs at least"),
    "end": mark("To"),
    "establishments": mark("Establishments"),
    "establishments_high": mark("Establishments at most"),
    "establishments_low": mark("Establishments at least"),
    "estimate": mark("Estimate"),
    "excess": mark("Excess"),
    "expected": mark("Expected"),
    "firm": mark("Establishment"),
    "fitness": mark("Fitness"),
    "focal_lq": mark("Focal LQ"),
    "g": mark("Raw concentration"),
    "gamma": mark("Gamma"),
    "group": mark("Enterprise or group"),
    "growth": mark("Growth"),
    "headquarters": mark("Headquarters"),
    "herfindahl": mark("Herfindahl of plants"),
    "high": mark("Upper end"),
    "index": mark("Cluster index"),
    "largest": mark("Largest LQ"),
    "least": mark("At least"),
    "level": mark("Level"),
    "log_deviation": mark("Deviation of logarithms"),
    "low": mark("Lower end"),
    "lq": mark("LQ"),
    "mean": mark("Mean"),
    "meaning": mark("Meaning"),
    "measure": mark("Measure"),
    "most": mark("At most"),
    "mix": mark("Sector mix"),
    "mix_differential": mark("Mix, differential"),
    "mix_homothetic": mark("Mix, homothetic"),
    "name": mark("Name"),
    "national": mark("National"),
    "national_differential": mark("National, differential"),
    "national_homothetic": mark("National, homothetic"),
    "neighbours": mark("Neighbours"),
    "normality_p": mark("p of normality"),
    "null_mean": mark("By chance"),
    "on_grid": mark("On a grid"),
    "on_other": mark("On the other division"),
    "on_shifted": mark("On the grid shifted by half a cell"),
    "on_territories": mark("On these territories"),
    "opened": mark("Opened"),
    "other": mark("Other code"),
    "other_name": mark("Other sector"),
    "other_ubiquity": mark("Ubiquity of the other"),
    "outlook": mark("Outlook (COI)"),
    "observed": mark("Observed"),
    "p": mark("p-value"),
    "parent": mark("Lies in"),
    "pci": mark("Complexity (PCI)"),
    "period": mark("Period"),
    "plants": mark("Establishments"),
    "population": mark("Inhabitants"),
    "position": mark("Position"),
    "postcode": mark("Postcode"),
    "precision": mark("Placed by"),
    "presence": mark("Specialised"),
    "problems": mark("Problems"),
    "q": mark("q-value"),
    "quotient": mark("LQ"),
    "rank": mark("Rank"),
    "rank_high": mark("Worst rank"),
    "rank_low": mark("Best rank"),
    "reason": mark("Reason"),
    "reference": mark("Whole"),
    "regional": mark("Regional"),
    "regional_growth_differential": mark("Regional growth, differential"),
    "regional_growth_homothetic": mark("Regional growth, homothetic"),
    "regional_mix_differential": mark("Regional mix, differential"),
    "regional_mix_homothetic": mark("Regional mix, homothetic"),
    "related": mark("Related variety"),
    "relatedness": mark("Relatedness"),
    "relative_error": mark("Relative error, %"),
    "rows": mark("Rows"),
    "sector": mark("Sector code"),
    "sector_name": mark("Sector"),
    "sectors": mark("Sectors"),
    "semi_related": mark("Semi-related variety"),
    "severity": mark("Severity"),
    "share": mark("Share"),
    "share_high": mark("Share in areas above 1"),
    "share_least": mark("Share above 1, least"),
    "share_most": mark("Share above 1, most"),
    "size_class": mark("Size class"),
    "squares": mark("Squared sizes"),
    "standard_error": mark("Standard error"),
    "start": mark("From"),
    "status": mark("Status"),
    "symmetric": mark("Symmetric LQ"),
    "target": mark("New code"),
    "term": mark("Term"),
    "territories": mark("Areas"),
    "territory": mark("Territory"),
    "theil": mark("Theil"),
    "total": mark("Entropy"),
    "ubiquity": mark("Ubiquity"),
    "unrelated": mark("Unrelated variety"),
    "unsplit": mark("Not divided"),
    "valid_from": mark("In force from"),
    "valid_to": mark("In force until"),
    "value": mark("Value"),
    "variance": mark("Variance by chance"),
    "variation": mark("Variation"),
    "via": mark("Way"),
    "weight": mark("Weight"),
    "within": mark("Within groups"),
    "x": mark("Easting or longitude"),
    "y": mark("Northing or latitude"),
    "z": mark("z-score"),
    "distances": mark("Distances"),
    "distance": mark("Distance"),
    "global_low": mark("Global band from"),
    "global_high": mark("Global band to"),
    "psi": mark("Psi (dispersion)"),
    "verdict": mark("Verdict"),
    "bandwidth": mark("Bandwidth (m)"),
    "farthest": mark("Up to"),
    "scale_error": mark("Error of distances"),
    "method": mark("Method"),
    "cluster": mark("Cluster"),
    "lag": mark("Around it"),
    "statistic": mark("Statistic"),
    "neighbours_name": mark("Name of the neighbours"),
    "found": mark("Found nearest"),
    "clump": mark("Clump"),
    "jobs": mark("Jobs"),
    "share_plants": mark("Share of establishments"),
    "share_jobs": mark("Share of jobs"),
    "area_km2": mark("Area (km²)"),
    "plants_km2": mark("Establishments per km²"),
    "main_sectors": mark("Main sectors"),
    "similarity": mark("Likeness, some left out"),
    "found_again": mark("Found again, some left out"),
    "similarity_settings": mark("Likeness, other settings"),
    "found_again_settings": mark("Found again, other settings"),
    "stability": mark("Stability"),
    "probability": mark("Probability"),
    "convention": mark("Error spent on"),
    "band": mark("Band"),
    "simulations": mark("Simulations"),
    "deviation": mark("Deviation by binning"),
    "p_largest": mark("p by the largest difference"),
    "tested": mark("Distances tested"),
    "scaling": mark("Differences scaled"),
    "form": mark("Function"),
    "unit": mark("Unit of distances"),
    "correction": mark("Correction"),
    "null": mark("Chance"),
    "window": mark("Window"),
    "balance": mark("Balance"),
    "beyond": mark("Across the border"),
    "border": mark("Border of the study"),
    "central_units": mark("Central places"),
    "cohesion": mark("Cohesion"),
    "cohesion_flows": mark("Flows among its places"),
    "cohesion_links": mark("Pairs linked"),
    "commuters_share": mark("Crossing its border"),
    "demand": mark("Workers who live in it"),
    "from_reserve": mark("From the reserve"),
    "how": mark("How"),
    "internal": mark("Live and work in it"),
    "iteration": mark("Move"),
    "links_in": mark("Markets of origin"),
    "links_out": mark("Markets of destination"),
    "market": mark("Market"),
    "market_name": mark("Name of the market"),
    "moves": mark("Moves"),
    "outcome": mark("Outcome"),
    "pieces": mark("Parts"),
    "residents": mark("Employed residents"),
    "seed": mark("Began as"),
    "supply": mark("Residents who work in it"),
    "target_after": mark("Validity of the target after"),
    "target_before": mark("Validity of the target before"),
    "units": mark("Places"),
    "valid": mark("Valid"),
    "validity": mark("Validity"),
    "validity_before": mark("Validity before the reserve"),
    "workers": mark("Workers"),
    "adjusted_rand": mark("Adjusted Rand"),
    "agrees": mark("Agrees"),
    "first": mark("First division"),
    "match": mark("Answers to"),
    "second": mark("Second division"),
    "elsewhere": mark("Otherwise in"),
    "elsewhere_name": mark("Name of that market"),
    "kept": mark("Stays, commuters redrawn"),
    "kept_settings": mark("Stays, other settings"),
    "markets": mark("Markets"),
    "share_elsewhere": mark("Share otherwise"),
    "origin": mark("From"),
    "destination": mark("To"),
    "flow": mark("Commuters"),
}
# where a column means something else than in the other layers
OWN_HEADINGS: Mapping[tuple[str, str], str] = {
    ("crosswalk", "target"): mark("Target"),
    ("figures_of_versions", "high"): mark("At most"),
    ("figures_of_versions", "low"): mark("At least"),
    ("figures_told", "high"): mark("At most"),
    ("figures_told", "low"): mark("At least"),
    ("history_places", "other"): mark("Other territory"),
    ("history_places", "fault"): mark("Found"),
    ("history_times", "fault"): mark("Found"),
    ("history_report", "count"): mark("Number"),
    ("lineage", "date"): mark("Date"),
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
    ("flow_communities", "territory"): mark("Community"),
    ("agreement_areas", "area"): mark("Area"),
    ("agreement_areas", "parts"): mark("Parts"),
}
# the checks of a register, the serious ones first: also the order of the map's legend
# columns whose texts are codes of ours; the texts of all others are the reader's own data
# parts of the account of a run
ACCOUNT: Mapping[str, str] = {
    "software": mark("Software"),
    "machine": mark("Machine"),
    "processors": mark("Processors"),
    "system": mark("Operating system"),
    "release": mark("Release"),
    "processor": mark("Processor"),
    "started": mark("Started"),
    "finished": mark("Finished"),
    "study": mark("Study"),
    "inputs": mark("Inputs"),
    "steps": mark("Steps"),
    "settings": mark("Settings"),
    "tool": mark("Tool"),
    "file": mark("File"),
    "kind": mark("Kind"),
    "layer": mark("Layer"),
    "columns": mark("Columns"),
    "name": mark("Name"),
    "seconds": mark("Seconds"),
    "computed": mark("Computed"),
    "lang": mark("Language"),
    "confidentiality": mark("Confidentiality"),
    "internal": mark("Internal files"),
}
# columns that hold codes of ours in some kinds of layers only
OWN_CODED = frozenset((("level", "reference"), ("kind", "lineage"), ("kind", "lineage_events")))
CODED = frozenset(
    (
        "basis",
        "fault",
        "agglomerated",
        "agrees",
        "areas",
        "border",
        "certainty",
        "changes",
        "definition",
        "headquarters",
        "how",
        "measure",
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
        "severity",
        "status",
        "term",
        "via",
    )
)
SENTENCES = frozenset(("meaning",))
PROBABILITIES = frozenset(("p", "q", "normality_p"))
SHARES = frozenset(
    (
        "agreement",
        "share",
        "outside",
        "share_of_predecessor",
        "share_of_successor",
        "share_of_target",
        "split",
        "share_high",
        "share_least",
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
    if column == "check":
        return say(PROBLEMS[value]) if value in PROBLEMS else value
    if column == "problems":
        return "; ".join(worded("check", part, kind, say) for part in value.split("; "))
    if column in SENTENCES:
        return say(value)
    coded = column in CODED or (column, kind) in OWN_CODED
    known = OWN_VALUES.get((column, value)) or VALUES.get(value)
    return say(known) if coded and known else value
