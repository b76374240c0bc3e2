"""Short headings for the columns of results, and words for the codes in their cells."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.errors import Translate
from geoterritorio.i18n import mark

HEADINGS: Mapping[str, str] = {
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
    "correction": mark("Correction"),
    "null": mark("Chance"),
    "window": mark("Window"),
}
# where a column means something else than in the other layers
OWN_HEADINGS: Mapping[tuple[str, str], str] = {
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
}
# the checks of a register, the serious ones first: also the order of the map's legend
PROBLEMS: Mapping[str, str] = {
    "no_place": mark("No place"),
    "outside": mark("Outside all territories"),
    "on_centroid": mark("On the middle of a territory"),
    "booked_at_headquarters": mark("Jobs booked at the headquarters"),
    "repeated_identifier": mark("Identifier repeated"),
    "no_sector": mark("No sector"),
    "closed_before_opened": mark("Closed before it opened"),
    "elsewhere": mark("In another territory than stated"),
    "stacked": mark("Many on one point"),
    "imprecise": mark("Placed by place or territory only"),
    "rounded": mark("Coordinates rounded"),
    "implausible_size": mark("Implausible size"),
    "implausible_class": mark("Implausible size class"),
    "size_contradicted": mark("Jobs outside the size class"),
    "duplicate": mark("Probably counted twice"),
    "sector_level": mark("Sector code of another level"),
    "opens_in_future": mark("Opens in the future"),
    "coincident": mark("Shares its point"),
    "unknown_size": mark("Jobs unknown"),
    "unknown_class": mark("Size class unknown"),
    "heaped_dates": mark("Opening date shared by many"),
}
VALUES: Mapping[str, str] = {
    "yes": mark("yes"),
    "no": mark("no"),
    "employment": mark("employment"),
    "establishments": mark("establishments"),
    "serious": mark("serious"),
    "doubtful": mark("doubtful"),
    "note": mark("note"),
    "untested": mark("not tested"),
    "known": mark("known"),
    "withheld": mark("withheld"),
    "estimated": mark("estimated"),
    "partial totals": mark("partial totals"),
    "unknown": mark("unknown"),
    "high": mark("clearly above 1"),
    "low": mark("clearly below 1"),
    "unclear": mark("not told apart from 1"),
    "few": mark("under 5 effective establishments"),
    "missing": mark("no code"),
    "not_in_vocabulary": mark("not in the classification"),
    "without_correspondence": mark("no correspondence"),
    "own": mark("same code"),
    "above": mark("code above"),
    "below": mark("codes below"),
    "territory": mark("territory"),
    "region": mark("region"),
    "nation": mark("nation"),
    "larger": mark("larger than a nation"),
    "address": mark("address"),
    "street": mark("street"),
    "place": mark("place"),
    "centroid": mark("middle of its territory"),
    "territories": mark("these territories"),
    "other": mark("other division"),
    "grid": mark("regular grid"),
    "shifted": mark("grid shifted by half a cell"),
    "most": mark("mostly in areas above 1"),
    "some": mark("partly in areas above 1"),
    "none": mark("in no area above 1"),
    "own sums": mark("its own sums"),
    "reference": mark("the reference"),
    "mean of the sectors": mark("mean of the sectors"),
    "undefined": mark("undefined"),
    "no jobs": mark("no jobs at all"),
    "one territory": mark("one territory only"),
    "plants unknown": mark("establishments unknown"),
    "one plant": mark("one establishment"),
    "sizes unknown": mark("sizes unknown"),
    "empty": mark("empty"),
    "apart": mark("apart from the rest"),
    "alike": mark("all alike"),
    "swings": mark("swings between two states"),
    "specialised, advantaged": mark("specialised, growing faster"),
    "specialised, disadvantaged": mark("specialised, growing slower"),
    "not specialised, advantaged": mark("not specialised, growing faster"),
    "not specialised, disadvantaged": mark("not specialised, growing slower"),
    "gini": mark("Gini"),
    "pietra": mark("Pietra (Hoover)"),
    "theil_t": mark("Theil T"),
    "theil_l": mark("Theil L"),
    "atkinson": mark("Atkinson"),
    "williamson": mark("Williamson"),
    "coefficient_of_variation": mark("coefficient of variation"),
    "theil_t_between": mark("Theil T, between groups"),
    "theil_t_within": mark("Theil T, within groups"),
    "theil_t_share_between": mark("Theil T, share between groups"),
    "theil_l_between": mark("Theil L, between groups"),
    "theil_l_within": mark("Theil L, within groups"),
    "theil_l_share_between": mark("Theil L, share between groups"),
    "beta": mark("beta"),
    "speed": mark("speed of convergence"),
    "half_life": mark("half-life, years"),
    "r_squared": mark("R squared"),
    "sigma_change": mark("change of the dispersion"),
    "sigma_trend": mark("trend of the dispersion"),
    "constant": mark("constant"),
    "plain": mark("plain"),
    "normalised": mark("normalised"),
    "weighted": mark("weighted by size"),
    "unweighted": mark("unweighted"),
    "area": mark("area"),
    "between": mark("between groups"),
    "within": mark("within the group"),
    "herfindahl": mark("Herfindahl index"),
    "hoover": mark("Hoover index"),
    "krugman_concentration": mark("Krugman index of concentration"),
    "krugman_specialisation": mark("Krugman index of specialisation"),
    "locational_gini": mark("locational Gini"),
    "hachman": mark("Hachman index"),
    "relative_diversity": mark("relative diversity"),
    "initial": mark("initial level (logarithm)"),
    "localised": mark("localised"),
    "dispersed": mark("dispersed"),
    "neither": mark("not told from chance"),
    "small": mark("too few establishments"),
    "stable": mark("stable"),
    "partly": mark("partly"),
    "unstable": mark("unstable"),
    "hot spot": mark("hot spot"),
    "cold spot": mark("cold spot"),
    "high-high": mark("high-high"),
    "low-low": mark("low-low"),
    "high-low": mark("high-low"),
    "low-high": mark("low-high"),
    "not told from chance": mark("not told from chance"),
    "together": mark("together"),
    "each_side": mark("each side"),
    "both_sides": mark("both sides"),
    "rank": mark("by ranks"),
    "dropping": mark("by dropping"),
    "location": mark("places exchanged"),
    "labelling": mark("sectors dealt anew"),
    "independence": mark("neighbours exchanged"),
    "position": mark("anywhere in the window"),
    "isotropic": mark("isotropic"),
    "translation": mark("translation"),
    "border": mark("border"),
    "given": mark("given"),
    "rectangle": mark("rectangle"),
    "studentised": mark("studentised"),
    "quantile": mark("by quantiles"),
}
# where a code means something else than in the other columns
OWN_VALUES: Mapping[tuple[str, str], str] = {
    ("scaling", "none"): mark("none"),
    ("correction", "none"): mark("none"),
}
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
CODED = frozenset(
    (
        "agglomerated",
        "areas",
        "certainty",
        "changes",
        "definition",
        "headquarters",
        "measure",
        "on_grid",
        "on_other",
        "on_shifted",
        "on_territories",
        "part",
        "position",
        "verdict",
        "convention",
        "band",
        "scaling",
        "null",
        "correction",
        "window",
        "stability",
        "cluster",
        "precision",
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
SHARES = frozenset(("agreement", "share", "share_high", "share_least", "share_most"))


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
    coded = column in CODED or (column == "level" and kind == "reference")
    known = OWN_VALUES.get((column, value)) or VALUES.get(value)
    return say(known) if coded and known else value
