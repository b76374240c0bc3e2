"""Words for the columns and codes of results about communities of people and the capitals of territories."""

from __future__ import annotations

from collections.abc import Mapping

from geoterritorio.i18n import mark

PEOPLE_HEADINGS: Mapping[str, str] = {
    "inhabitants": mark("Inhabitants"),
    "jobs_per_resident": mark("Workers per employed resident"),
    "supply_low": mark("Work in it, at least"),
    "supply_high": mark("Work in it, at most"),
    "supply_chance": mark("Would work in it by chance"),
    "demand_low": mark("Live in it, at least"),
    "demand_high": mark("Live in it, at most"),
    "demand_chance": mark("Would live in it by chance"),
    "containment": mark("Self-containment"),
    "overlap_of": mark("Compared with jobs"),
    "even": mark("Overlap if jobs followed people"),
    "p_apart": mark("p (apart)"),
    "q_apart": mark("q (apart)"),
    "dealt": mark("Overlap if jobs were dealt out"),
    "p_together": mark("p (together)"),
    "q_together": mark("q (together)"),
    "equivalent_sectors": mark("Equivalent number of sectors"),
    "specialisation": mark("Unlike the whole's sectors"),
    "equivalent_sectors_before": mark("Equivalent sectors, before"),
    "specialisation_before": mark("Unlike the whole, before"),
    "main_share_before": mark("In the three main sectors, before"),
    "moved_chance": mark("Work that chance would move"),
    "p_moved": mark("p (moved)"),
    "q_moved": mark("q (moved)"),
    "unknown_parts": mark("Parts unknown"),
    "homes": mark("People who live there"),
    "share_of_homes": mark("Share of the territory's people"),
    "share_of_jobs": mark("Share of the territory's jobs"),
    "share_before": mark("Share at the start"),
    "share_after": mark("Share at the end"),
    "share_change": mark("Change of the share"),
    "part": mark("Part"),
    "human": mark("Human capital"),
    "social": mark("Social and institutional capital"),
    "economic": mark("Economic and financial capital"),
    "known_capitals": mark("Capitals known"),
    "normalisation": mark("Made comparable by"),
    "capital": mark("Capital"),
    "score_low": mark("Score at least"),
    "score_high": mark("Score at most"),
    "indicators": mark("Indicators"),
    "known_share": mark("Share known"),
    "with_intervals": mark("With an interval"),
    "direction": mark("Better"),
    "weight_share": mark("Share of the weights"),
    "normalised": mark("Made comparable"),
    "normalised_low": mark("Made comparable, at least"),
    "normalised_high": mark("Made comparable, at most"),
    "changed": mark("What is changed"),
    "what": mark("Which"),
}
# By kind of layer, where a column of that name says something else elsewhere.
PEOPLE_OWN: Mapping[tuple[str, str], str] = {
    ("community_areas", "overlap"): mark("Overlap of homes and jobs"),
    ("community_areas", "places"): mark("Smaller places"),
    ("community_areas", "main_share"): mark("In the three main sectors"),
    ("community_areas", "moved"): mark("Work in other sectors"),
    ("community_places", "difference"): mark("Jobs less people (shares)"),
    ("local_division", "beyond"): mark("Jobs beyond the whole's growth"),
    ("capital_areas", "natural"): mark("Natural capital and heritage"),
    ("capital_scores", "least"): mark("Lowest indicator"),
    ("capital_scores", "most"): mark("Highest indicator"),
    ("capital_scores", "known"): mark("Indicators known"),
    ("capital_scores", "missing"): mark("Indicators missing"),
    ("capital_sensitivity", "moved"): mark("Ranks moved"),
}
PEOPLE_CODED = ("capital", "overlap_of", "normalisation", "direction", "changed", "part", "what", "indicator")
# By column: words that the code itself is not.
PEOPLE_VALUES: Mapping[tuple[str, str], str] = {
    ("capital", "human"): mark("Human capital"),
    ("capital", "social"): mark("Social and institutional capital"),
    ("capital", "natural"): mark("Natural capital and heritage"),
    ("capital", "economic"): mark("Economic and financial capital"),
    ("overlap_of", "employed residents"): mark("employed residents"),
    ("overlap_of", "inhabitants"): mark("inhabitants"),
    **{
        (column, code): text
        for column in ("normalisation", "what")
        for code, text in (
            ("percentile", mark("place among the territories")),
            ("zscore", mark("standard deviations from their mean")),
            ("minmax", mark("part of the way from the worst to the best")),
            ("reference", mark("distance from the goal")),
        )
    },
    ("direction", "higher"): mark("higher"),
    ("direction", "lower"): mark("lower"),
    ("changed", "indicator left out"): mark("indicator left out"),
    ("changed", "weights at random"): mark("weights at random"),
    ("changed", "normalisation"): mark("normalisation"),
    ("part", "inhabitants"): mark("inhabitants"),
    ("part", "self-containment"): mark("self-containment"),
    ("part", "homes and jobs"): mark("homes and jobs"),
    ("part", "division of labour"): mark("division of labour"),
    ("part", "change of the division of labour"): mark("change of the division of labour"),
    **{
        ("reason", code): text
        for code, text in (
            ("no indicators assigned", mark("no indicators are assigned")),
            ("too little known", mark("too few of its indicators are known")),
            ("no figure here", mark("no figure of this territory")),
            ("no figures given", mark("no figures of any territory")),
            ("only one figure", mark("only one territory has a figure")),
            ("same everywhere", mark("the same in all territories")),
            ("no commuting given", mark("no commuting")),
            ("no inhabitants given", mark("no inhabitants known")),
            ("no residents and jobs given", mark("no residents and jobs by place")),
            ("no smaller places given", mark("no smaller places")),
            ("one place only", mark("only one smaller place")),
            ("nobody lives or works there", mark("nobody lives or works there")),
            ("no counts given", mark("no jobs by sector")),
            ("no counts here", mark("no jobs by sector of this territory")),
            ("one period only", mark("only one period")),
        )
    },
}
