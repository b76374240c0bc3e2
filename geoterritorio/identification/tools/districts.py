"""Industrial districts on layers: labour markets and a register, or counts, in; areas with all the evidence out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.identification import district_draws, district_procedure
from geoterritorio.identification.district_procedure import own_rules
from geoterritorio.identification.district_rules import (
    PRESETS,
    DistrictRules,
    Presets,
    SizeOf,
    confirmed,
    preset_of,
)
from geoterritorio.identification.tools._district_layers import (
    ACTIVITIES,
    AREAS,
    EVIDENCE,
    INDUSTRIES,
    SHARES,
    SIZES,
    STABILITY,
    Activities,
    Areas,
    Evidence,
    Industries,
    Runs,
    Sizes,
    StableAreas,
)
from geoterritorio.identification.tools._district_notices import tell_open_steps, tell_own_sums
from geoterritorio.identification.tools._innovation_layers import FiguresTable, figures_of
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import listing, strings
from geoterritorio.layers.schema import (
    NO,
    CountsSizes,
    Firms,
    Population,
    Reference,
    ReferenceSizes,
    Territories,
)
from geoterritorio.registry import Count, Layer, Progress, Ratio, Share, no_progress, tool

HOLDS = mark("District in all draws and under all thresholds (share)")


@dataclass(frozen=True)
class DistrictOptions:
    """
    Rules of a preset, or one's own.

    Parameters
    ----------
    preset
        Rules to begin with. istat1997: three published steps, of which how the main industry is found, and what the
        share of small and medium firms is one of, are this project's reading. istat2006 and boix: steps as far as they
        are published, the main industry read in the same way; whether it is “mainly” of small and medium firms has no
        confirmed number and is open unless all of its jobs, or none, are theirs. Names that end in _unconfirmed put a
        number there that is not confirmed (half of the jobs), or are rules whose pages were not seen (istat2011), and
        every output says so. dm1993: the five criteria of the Italian decree, of which two numbers are not confirmed.
    mainly
        Share of the jobs of the main industry above which it is mainly of small and medium firms; by default the
        preset's.
    least_jobs
        Jobs of the main industry that are asked for, where the preset asks; by default its own number.
    activity_quotient
        Quotient above which a market is specialised in manufacturing or services; by default the preset's, 1.
    industry_quotient
        Quotient above which an industry can be the main one; by default the preset's.
    over_whole
        Share of manufacturing that is asked for as a multiple of the whole's, where the preset asks; by default its
        own number.
    small
        Most jobs of a small firm; by default 49.
    medium
        Most jobs of a medium firm; by default 249.
    size_of
        Whose jobs make the size: the plant's, or those of all plants of its enterprise in the register. Of counts:
        what their size classes are about.
    classification
        Classification of the sectors: nace2, another one that leads to it, or groups (codes of istat_activities and
        istat_main_industries).
    whole_people
        Inhabitants of the whole, for the step on density.
    total
        Sector of counts, and of the reference, that stands for all: its rows are no sector, and bound what is withheld.
    """

    preset: Presets = "istat2006"
    mainly: Share | None = None
    least_jobs: Ratio | None = None
    activity_quotient: Ratio | None = None
    industry_quotient: Ratio | None = None
    over_whole: Ratio | None = None
    small: Ratio | None = None
    medium: Ratio | None = None
    size_of: SizeOf = "plant"
    classification: str = "nace2"
    whole_people: Ratio | None = None
    total: str | None = None


@dataclass(frozen=True)
class DistrictResult:
    """
    Labour markets with their verdict, and what it rests on.

    Attributes
    ----------
    areas
        Markets with verdict, main industry, sizes, the weakest step and how often they are districts.
    evidence
        Every step of every market: figure, threshold, margin, passed or not, or why that is unknown.
    activities
        The eight activities of every market.
    industries
        The eleven industries of every market.
    sizes
        The size classes of manufacturing in every market.
    figures
        How often each market is a district in draws and under other thresholds, for ladder, capitals and benchmark.
    """

    areas: Areas
    evidence: Evidence
    activities: Activities
    industries: Industries
    sizes: Sizes
    figures: FiguresTable


@dataclass(frozen=True)
class DistrictStabilityResult:
    """
    How often markets are districts.

    Attributes
    ----------
    areas
        Markets with how often they are a district, and keep their verdict.
    runs
        Thresholds that were changed, with the number of districts.
    """

    areas: StableAreas
    runs: Runs


@tool
def districts(
    territories: Territories,
    firms: Firms | None = None,
    counts: CountsSizes | None = None,
    *,
    reference: ReferenceSizes | None = None,
    region: Reference | None = None,
    population: Population | None = None,
    rules: DistrictOptions = DistrictOptions(),
    draws: Count = 100,
    progress: Progress = no_progress,
) -> DistrictResult:
    """
    Industrial districts by the ISTAT procedure.

    Which labour markets are industrial districts, step by step: whether manufacturing prevails, whether small and
    medium firms do, which industry is the main one, and whether that is one of small and medium firms. Every step has
    its figure, its threshold and its margin; a step that withheld cells, coarse codes or missing sizes leave open is
    unknown, with the reason. The procedure knows no chance: read how often a market is a district when its plants are
    drawn anew.

    Parameters
    ----------
    territories
        Labour markets.
    firms
        Register of establishments: points, or a table with the market of each.
    counts
        In place of firms: jobs by market, sector and size class; establishments too, if known.
    reference
        Jobs by sector and size class of the whole, normally the nation; by default the table's own sums, beside which
        nothing can stand out that all these markets share.
    region
        Jobs by sector of the region, for dm1993.
    population
        Inhabitants of the markets, for dm1993.
    rules
        Steps and thresholds.
    draws
        How often the plants of a register are drawn anew, to tell how often each market is a district.
    progress
        Callback.

    Returns
    -------
    result
        Areas, evidence, activities, industries, sizes and figures.

    Raises
    ------
    LayerError
        If neither firms nor counts are given, or both; columns are missing; or the rules contradict themselves.

    References
    ----------
    .. [1] Sforzi, F. (2009). The empirical evidence of industrial districts in Italy. In: Becattini, G., Bellandi, M.,
       De Propris, L. (eds), A Handbook of Industrial Districts. Cheltenham: Edward Elgar, 327-342.
    .. [2] Boix, R., Galletto, V. (2009). Innovation and industrial districts: a first approach to the measurement and
       determinants of the I-district effect. Regional Studies 43(9), 1117-1133.
    """
    own = _rules_of(rules)
    placed, table = _jobs_of(territories, firms, counts)
    tell_own_sums(reference, len(territories))
    beside = {"region": region, "people": _people(population, territories, rules.whole_people)}
    jobs = district_procedure.district_jobs(placed, rules=own) if table is None else table
    found = district_procedure.districts(jobs, reference=reference, rules=own, **beside)
    tell_open_steps(found.evidence)
    firm = district_draws.district_stability(
        placed, table, reference, rules=own, draws=draws, progress=progress, **beside
    ).markets
    shares = firm[[c.name for c in SHARES]]
    areas = _with_places(found.areas.join(shares), territories, AREAS)
    names = areas.set_index("territory")["name"]
    return DistrictResult(
        areas,
        _table(found.evidence, names, EVIDENCE),
        _table(found.activities, names, ACTIVITIES),
        _table(found.industries, names, INDUSTRIES),
        _table(found.sizes, names, SIZES),
        _figures(firm, territories, drawn=placed is not None and draws > 0),
    )


def _figures(firm: pd.DataFrame, territories: gpd.GeoDataFrame, *, drawn: bool) -> pd.DataFrame:
    """How often each market is a district, in the shape of indicators; unknown where no plants were drawn."""
    ends = ["share_all", "share_all_low", "share_all_high"]
    shares = firm.reindex(territories["territory"])[ends] if drawn else pd.DataFrame(columns=ends)
    table = shares.reindex(territories["territory"]).rename_axis("territory").astype(float)
    # Bounds say something only where undecidable runs leave the share itself open.
    table.loc[table[ends[0]].notna(), ends[1:]] = float("nan")
    return figures_of(table.reset_index(), {HOLDS: tuple(ends)})


@tool
def district_stability(
    territories: Territories,
    firms: Firms | None = None,
    counts: CountsSizes | None = None,
    *,
    reference: ReferenceSizes | None = None,
    region: Reference | None = None,
    population: Population | None = None,
    rules: DistrictOptions = DistrictOptions(),
    draws: Count = 100,
    progress: Progress = no_progress,
) -> DistrictStabilityResult:
    """
    Stability of industrial districts.

    How often each labour market is a district, and keeps its verdict, when the plants of the register are drawn anew
    and each threshold is a little changed. Of counts only thresholds can be changed, since the plants behind them are
    not known.

    Parameters
    ----------
    territories
        Labour markets.
    firms
        Register of establishments: points, or a table with the market of each.
    counts
        In place of firms: jobs by market, sector and size class; establishments too, if known.
    reference
        Jobs by sector and size class of the whole, which stays the same in all draws; by default the sums of each draw.
    region
        Jobs by sector of the region, for dm1993.
    population
        Inhabitants of the markets, for dm1993.
    rules
        Steps and thresholds.
    draws
        How often the plants are drawn anew.
    progress
        Callback.

    Returns
    -------
    result
        Areas and runs.

    Raises
    ------
    LayerError
        If neither firms nor counts are given, or both; columns are missing; or the rules contradict themselves.

    References
    ----------
    .. [1] Hanley, J. A., MacGibbon, B. (2006). Creating non-parametric bootstrap samples using Poisson
       frequencies. Computer Methods and Programs in Biomedicine 83, 57-62.
    """
    placed, table = _jobs_of(territories, firms, counts)
    tell_own_sums(reference, len(territories))
    found = district_draws.district_stability(
        placed,
        table,
        reference,
        rules=_rules_of(rules),
        region=region,
        people=_people(population, territories, rules.whole_people),
        draws=draws,
        progress=progress,
    )
    return DistrictStabilityResult(_with_places(found.markets, territories, STABILITY), found.runs)


def _rules_of(options: DistrictOptions) -> DistrictRules:
    """Rules of the preset, with one's own numbers."""
    known = {f.name for f in fields(DistrictRules)}
    own = {f.name: getattr(options, f.name) for f in fields(options) if f.name in known}
    rules = own_rules(options.preset, **own)
    preset = preset_of(rules)
    if preset and confirmed(rules) == NO:
        note, source = PRESETS[preset].note, PRESETS[preset].source
        text = message(
            "preset: not all of “{preset}” is confirmed by a published page. {note} Source: {source}.",
            preset=preset,
            note=message(note),
            source=message(source),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return rules


def _jobs_of(
    territories: gpd.GeoDataFrame, firms: pd.DataFrame | None, counts: pd.DataFrame | None
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """The register with the market of each establishment, or the counts."""
    if (firms is None) == (counts is None):
        raise LayerError(
            message("Give either firms (a register) or counts (a table), not both and not neither.")
        )
    known = set(strings(territories["territory"]))
    if firms is not None:
        return _placed(firms, territories, known), None
    table = pd.DataFrame(counts)
    strange = sorted(set(table["territory"].dropna().astype(str)) - known)
    if strange:
        raise LayerError(
            message(
                "counts: {count} territories are not in the layer of territories: {values}. "
                "Check that both use the same codes (leading zeros?).",
                count=len(strange),
                values=listing(strange),
            )
        )
    return None, table


def _placed(
    layer: pd.DataFrame, territories: gpd.GeoDataFrame, known: set[str], *, name: str = "firms"
) -> pd.DataFrame:
    table = pd.DataFrame(layer.drop(columns="geometry", errors="ignore"))
    if has_geometry(layer) and territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        place = assign(align(gpd.GeoDataFrame(layer), territories, name=name), territories).territory
        return table.assign(territory=place.to_numpy())
    if "territory" not in table.columns:
        raise LayerError(
            message(
                "{layer}: neither points nor a territory column. Give a point layer, or name the column.",
                layer=name,
            )
        )
    inside = strings(table["territory"]).isin(known)
    return table.assign(territory=table["territory"].where(inside.to_numpy()))


def _people(
    population: pd.DataFrame | None, territories: gpd.GeoDataFrame, whole: float | None
) -> pd.Series | None:
    """Inhabitants of each market, and of the whole."""
    if population is None:
        return None
    place = _placed(population, territories, set(strings(territories["territory"])), name="population")
    # Where some of a market's people are not stated, their number is unknown.
    people = place.groupby("territory")["population"].agg(lambda p: p.sum(skipna=False))
    return people if whole is None else pd.concat([people, pd.Series({"whole": float(whole)})])


def _with_places(table: pd.DataFrame, territories: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Markets in the order of their layer, those without any row as empty ones."""
    ids = strings(territories["territory"]).astype(object)
    name = territories["name"].astype(object) if "name" in territories.columns else ids
    rows = table.reindex(ids)
    same = ["preset", "confirmed", "size_of", "reference"]
    rows[same] = table[same].iloc[0].to_numpy()
    rows["verdict"] = rows["verdict"].fillna("empty")
    if "district" in rows.columns:
        rows["district"] = rows["district"].fillna("no")
    rows.insert(0, "name", name.fillna(ids).to_numpy())
    kept = [c.name for c in layer.columns if c.name in (*rows.columns, "territory")]
    found = rows.rename_axis("territory").reset_index()[kept]
    return gpd.GeoDataFrame(found, geometry=territories.geometry.reset_index(drop=True), crs=territories.crs)


def _table(table: pd.DataFrame, names: pd.Series, layer: Layer) -> pd.DataFrame:
    rows = table.reset_index()
    rows["name"] = rows["territory"].map(names)
    return rows[[c.name for c in layer.columns if c.required or c.name in rows]]
