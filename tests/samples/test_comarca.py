"""The invented territory: the same from the same seed, whole in space and time, with what was planted and no more."""

import hashlib
import json
import re
import tomllib
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from scipy.stats import binom

from geoterritorio.concentration import tools

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "sample_data" / "comarca"
SMALL = {"firms": 3_000, "municipalities": 40}
TODAY = "2025-01-01"
STUDIES = ("study.toml", "everyday.toml", "innovation.toml")
OTHER = {"SOURCES.json", *STUDIES, "README.md", "README.es.md"}
TEXT = {"sector": "str", "period": "str", "main_sector": "str", "date": "str"}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files(folder):
    return {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}


def table(name):
    return pd.read_csv(FOLDER / name, dtype=TEXT)


def plain(frame):
    """Columns without geometry, missing values alike."""
    rest = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return rest.astype(object).where(rest.notna(), None)


def quotient(firms, nation, group):
    """Location quotients of jobs, groups by sectors, by definition."""
    jobs = firms.pivot_table(index=group, columns="sector", values="employment", aggfunc="sum", fill_value=0)
    whole = nation.set_index("sector").employment
    return jobs.div(jobs.sum(axis=1), axis=0) / (whole / whole.sum()).reindex(jobs.columns)


def in_force(versions, day):
    """Versions valid on a day."""
    return versions[(versions.valid_from <= day) & ~(versions.valid_to <= day)]


@pytest.fixture(scope="module")
def firms():
    return gpd.read_parquet(FOLDER / "firms.parquet")


@pytest.fixture(scope="module")
def versions():
    return gpd.read_file(FOLDER / "municipalities.gpkg")


@pytest.fixture(scope="module")
def market():
    return table("truth/labour_markets.csv").set_index("territory").market


@pytest.fixture(scope="module")
def raw():
    return gpd.read_parquet(FOLDER / "register_raw.parquet").set_index("firm")


@pytest.fixture(scope="module")
def sins():
    return table("truth/register_sins.csv.gz")


@pytest.fixture(scope="module")
def clean(worlds):
    return pd.concat(worlds(1).chunks(closed=True)).set_index("firm")


class TestFiles:
    def test_files_are_those_of_the_recorded_build(self):
        recorded = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))["files"]
        shipped = {n: p for n, p in files(FOLDER).items() if n not in OTHER}
        assert {n: digest(p) for n, p in shipped.items()} == {n: e["sha256"] for n, e in recorded.items()}
        assert sum(p.stat().st_size for p in files(FOLDER).values()) <= 5_000_000

    def test_same_seed_same_bytes_and_another_seed_another_territory(self, parts, worlds, tmp_path):
        write, generate = parts("comarca_files").write, parts("generate").generate
        write(worlds(5, **SMALL), tmp_path / "a")
        write(generate(5, **SMALL), tmp_path / "b")
        write(generate(6, **SMALL), tmp_path / "c")
        a, b, c = ({n: digest(p) for n, p in files(tmp_path / f).items()} for f in "abc")
        assert a == b
        assert set(a) == set(c)
        # Who buys of whom, and what speaks of which capital, is brought from elsewhere, whatever was planted.
        assert {n for n in a if a[n] == c[n]} == {"industry_groups.csv", "capitals.csv"}

    def test_shipped_register_is_that_of_seed_1(self, worlds, firms):
        made = worlds(1).firms()
        pd.testing.assert_frame_equal(plain(made), plain(firms))
        assert made.geometry.geom_equals_exact(firms.geometry, tolerance=0).all()

    def test_everything_says_that_it_is_invented(self):
        for name, path in files(FOLDER).items():
            if path.suffix == ".gpkg":
                ((layer, _),) = pyogrio.list_layers(path)
                assert layer.startswith("invented_"), name
                assert set(gpd.read_file(path).nature) == {"invented / inventado"}, name
            elif path.suffix == ".parquet":
                assert set(gpd.read_parquet(path).nature) == {"invented / inventado"}, name
            elif path.suffix == ".tif":
                with rasterio.open(path) as grid:
                    assert grid.tags()["nature"] == "invented / inventado"
                    assert grid.descriptions[0].startswith("invented")
            elif path.suffix in {".csv", ".gz"}:
                assert set(pd.read_csv(path).nature) == {"invented / inventado"}, name
        for name in STUDIES:
            study = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
            parts = [*study["steps"].values(), *study["layers"].values()]
            titles = [study["study"]["title"], *(part["title"] for part in parts)]
            assert [t for t in titles if "nvented" not in t["en"] or "nventad" not in t["es"]] == []
        services = gpd.read_parquet(FOLDER / "services.parquet")
        assert services.name.str.match("Invented .+ / .+ inventad[oa] de ").all()
        assert "invented" in (FOLDER / "README.md").read_text(encoding="utf-8")
        assert "inventad" in (FOLDER / "README.es.md").read_text(encoding="utf-8")
        bodies = gpd.read_file(FOLDER / "institutions.gpkg")
        assert bodies.name.str.endswith("(invented)").all()
        assert bodies.name_es.str.endswith("(inventado)").all()
        assert table("evidence.csv").statement.str.startswith("Invented evidence").all()

    def test_names_come_from_the_syllables_that_were_compared_with_real_places(self, parts, versions):
        possible = set(parts("comarca_names").possible())
        assert set(versions.name.str.removesuffix(" del Rey")) <= possible
        assert in_force(versions, TODAY).name.is_unique
        notes = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))["notes"]
        assert notes["names_possible"] == len(possible)
        assert notes["names_compared"] > 140_000

    def test_a_real_name_among_the_possible_ones_is_found(self, parts):
        names = parts("comarca_names")
        assert names.clashes(["Almoradí", "Dolme Corlá"]) == ["Dolmecorla"]

    def test_every_file_stands_in_both_readmes(self):
        recorded = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))["files"]
        for readme in ("README.md", "README.es.md"):
            text = (FOLDER / readme).read_text(encoding="utf-8")
            assert [n for n in recorded if f"`{n}`" not in text] == []

    def test_codes_of_the_vocabularies_are_the_packages_own(self, parts):
        path = ROOT / "geoterritorio" / "layers" / "data" / "lists.toml"
        if not path.exists():
            pytest.skip("the package has no vocabularies yet")
        lists = tomllib.loads(path.read_text(encoding="utf-8"))
        codes = parts("comarca_codes")

        def of(name):
            return [row[0] for row in lists[name]["rows"]]

        assert list(codes.INSTITUTION_KINDS) == of("institution_kinds")
        assert list(codes.LEADER) == of("leader_features")
        assert list(codes.ELEMENTS) == of("development_elements")
        assert list(codes.ACTION_KINDS) == of("innovative_actions")
        assert list(codes.PHASES) == of("action_phases")
        fields = {f for *_, some in codes.INSTITUTION_KINDS.values() for f in some}
        assert fields <= set(of("isced_f_2013"))
        groups = pd.read_csv(ROOT / "geoterritorio/layers/data/nace2.csv", dtype="str")
        groups = groups[groups.level == "group"].set_index("code").en
        assert codes.sectors().set_index("sector").name.to_dict() == groups.to_dict()


class TestTerritory:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_municipalities_cover_without_gaps_or_overlaps_in_every_epoch(self, worlds, seed):
        world = worlds(seed) if seed == 1 else worlds(seed, **SMALL)
        whole = world.upper.geometry[world.upper.level == "region"].iloc[0]
        days = sorted(set(world.municipalities.valid_from))
        assert len(days) == 11 if seed == 1 else len(days) >= 8  # smaller ones have room for fewer events
        for day in days:
            now = in_force(world.municipalities, day)
            shapes = now.geometry.to_numpy()
            assert shapely.coverage_is_valid(shapes)
            assert now.territory.is_unique
            assert now.area.sum() == pytest.approx(whole.area, rel=1e-12)
            assert shapely.coverage_union_all(shapes).symmetric_difference(whole).area < 1e-3

    def test_versions_of_a_municipality_follow_each_other_without_overlap(self, versions):
        assert not versions.duplicated(["territory", "valid_from"]).any()
        ordered = versions.sort_values(["territory", "valid_from"])
        after = ordered.groupby("territory").valid_from.shift(-1)
        # No municipality here comes back after an absence: each version ends when the next begins.
        assert (ordered.valid_to[after.notna()] == after[after.notna()]).all()
        assert (ordered.valid_to.dropna() > ordered.valid_from[ordered.valid_to.notna()]).all()
        assert set(versions.valid_from[versions.valid_from.duplicated(keep=False)]) >= {"1981-01-01"}

    def test_events_say_what_the_versions_show(self, versions):
        events = table("truth/boundary_events.csv")
        assert set(events.kind) == {"merger", "absorption", "renaming", "transfer", "secession", "creation"}
        before = {d: versions[versions.valid_to == d].set_index("territory") for d in events.date}
        after = {d: versions[versions.valid_from == d].set_index("territory") for d in events.date}
        for event in events.itertuples():
            old, new = before[event.date], after[event.date]
            assert set(old.index) == set(event.before.split(";"))
            assert set(new.index) == set(event.after.split(";"))
            assert new.area.sum() == pytest.approx(old.area.sum(), rel=1e-12)
            if event.kind == "renaming":
                assert new.name.iloc[0] != old.name.iloc[0]
                assert new.geometry.iloc[0].equals(old.geometry.iloc[0])
            if event.kind in {"secession", "creation"}:
                (fresh,) = set(new.index) - set(old.index)
                assert new.area[fresh] / 1e6 == pytest.approx(event.area_km2, abs=1e-3)
            if event.kind == "transfer":
                gone = old.geometry.difference(new.geometry.reindex(old.index)).area.sum() / 1e6
                assert gone == pytest.approx(event.area_km2, abs=1e-3)

    def test_levels_nest(self, versions, market):
        today = in_force(versions, TODAY).set_index("territory")
        assert len(today) == 150
        markets = gpd.read_file(FOLDER / "labour_markets.gpkg").set_index("territory")
        assert len(markets) == 12
        merged = today.dissolve(market.reindex(today.index))
        assert merged.area.to_dict() == pytest.approx(markets.area.to_dict(), rel=1e-12)
        assert set(merged.geom_type) == {"Polygon"}
        provinces = gpd.read_file(FOLDER / "provinces_region.gpkg").set_index("territory")
        summed = today.dissolve("parent").area
        assert summed.to_dict() == pytest.approx(provinces.area[summed.index].to_dict(), rel=1e-12)
        assert set(versions.parent) == set(summed.index)

    def test_towns_lie_low_and_the_sea_lies_outside(self, worlds, parts):
        world = worlds(1)
        land = parts("comarca_land")
        heights = land.sample(world.elevation, world.land.seats)
        whole = shapely.unary_union(world.land.parishes)
        xy = np.random.default_rng(0).uniform(whole.bounds[:2], whole.bounds[2:], (4_000, 2))
        inside = shapely.contains_xy(whole, *xy.T)
        everywhere = land.sample(world.elevation, xy[inside])
        assert (everywhere > 0).all()
        assert np.median(heights) < 0.8 * np.median(everywhere)
        assert world.elevation.cells.max() > 800

    def test_roads_link_every_town(self, worlds):
        roads = gpd.read_file(FOLDER / "roads.gpkg")
        ends = shapely.get_coordinates(shapely.boundary(roads.geometry.to_numpy())).reshape(-1, 2, 2)
        graph = nx.DiGraph()
        for (a, b), way in zip(ends, roads.oneway, strict=True):
            graph.add_edge(tuple(a), tuple(b))
            if way == "no":
                graph.add_edge(tuple(b), tuple(a))
        assert nx.is_strongly_connected(graph)
        assert {tuple(s) for s in worlds(1).land.seats} <= set(graph)
        np.testing.assert_allclose(roads.length, roads.geometry.length, atol=0.06)
        np.testing.assert_allclose(roads.minutes, roads.length / roads.speed * 0.06, atol=0.001)


class TestPeople:
    def test_commuting_adds_up_to_residents_and_jobs(self):
        flows, margins = (
            table("commuting.csv"),
            table("residents_jobs.csv").set_index(["period", "territory"]),
        )
        assert not flows.duplicated(["origin", "destination", "period"]).any()
        assert (flows.flow > 0).all()
        for side, column in (("origin", "employed_residents"), ("destination", "jobs")):
            sums = flows[flows[side] != "OUTSIDE"].groupby(["period", side]).flow.sum()
            pd.testing.assert_series_equal(
                sums.reindex(margins.index, fill_value=0),
                margins[column],
                check_names=False,
                check_dtype=False,
            )
        across = flows[(flows.origin == "OUTSIDE") != (flows.destination == "OUTSIDE")]
        assert across.groupby("period").flow.sum().between(4_000, 7_000).all()

    def test_jobs_are_those_of_the_plants_open_in_the_municipalities_of_the_day(self, worlds, versions):
        plants = worlds(1).plants
        points = gpd.GeoDataFrame(plants, geometry=gpd.points_from_xy(plants.x, plants.y), crs=25830)
        margins = table("residents_jobs.csv")
        for year in ("2001", "2011", "2021"):
            day = f"{year}-11-01"
            open_ = points[(points.opened <= day) & ~(points.closed <= day)]
            joined = open_.sjoin(in_force(versions, day)[["territory", "geometry"]], predicate="within")
            assert len(joined) == len(open_)
            jobs = joined.groupby("territory").employment.sum()
            stated = margins[margins.period == year].set_index("territory").jobs
            assert jobs.reindex(stated.index, fill_value=0).to_dict() == stated.to_dict()

    def test_planted_labour_markets_are_self_contained(self, market):
        flows = table("commuting.csv")
        flows = flows[flows.period == "2021"]
        origin, destination = flows.origin.map(market), flows.destination.map(market)
        inside = flows.flow[origin == destination].groupby(origin).sum()
        assert (inside / flows.flow.groupby(origin).sum() > 2 / 3).all()
        assert (inside / flows.flow.groupby(destination).sum() > 2 / 3).all()

    def test_population_grid_adds_up(self):
        with rasterio.open(FOLDER / "population_1km.tif") as grid:
            people = grid.read(1)
        margins = table("residents_jobs.csv")
        assert people.sum() == margins.population[margins.period == "2021"].sum()
        assert (people >= 0).all()


class TestPlanted:
    def test_firms_lie_in_their_municipality(self, firms, versions):
        today = in_force(versions, TODAY)[["territory", "geometry"]]
        joined = firms.sjoin(today, predicate="within", lsuffix="said", rsuffix="found")
        assert len(joined) == len(firms)
        assert (joined.territory_said == joined.territory_found).all()

    def test_sizes_and_sectors_cover_what_the_measures_need(self, firms):
        assert set(firms.size_class) == {"micro", "small", "medium", "large"}
        assert firms.employment.min() == 1
        assert firms.sector.nunique() > 250
        manufacturing = firms[firms.sector.between("10", "34")]
        assert set(manufacturing.sector.str[:2].astype(int)) == set(range(10, 34))
        assert set(firms.precision) == {"address", "street", "place", "centroid"}
        assert set(firms.opened.str.len()) == {4, 7, 10}

    def test_districts_are_systems_of_small_firms_in_one_labour_market(self, firms, market):
        nation = table("nation.csv")
        districts = table("truth/districts.csv")
        place = firms.territory.map(market)
        lq = quotient(firms, nation, place)
        assert len(districts) == 3
        for d in districts.itertuples():
            own = firms[(place == d.market) & (firms.sector == d.main_sector)]
            assert lq.loc[d.market, d.main_sector] > 2
            assert (own.employment < 250).sum() >= 50
            assert own.employment[own.employment < 250].sum() > 0.5 * own.employment.sum()
            assert own.territory.isin(d.municipalities.split(";")).mean() > 0.9
            assert own.territory.nunique() >= 4
            made = firms[place == d.market].assign(m=lambda f: f.sector.between("10", "34"))
            share = made.employment[made.m].sum() / made.employment.sum()
            whole = nation.employment[nation.sector.between("10", "34")].sum() / nation.employment.sum()
            assert share > whole

    def test_clusters_join_related_industries_across_labour_markets(self, firms, market):
        lq = quotient(firms, table("nation.csv"), firms.territory)
        for c in table("truth/clusters.csv").itertuples():
            towns = c.municipalities.split(";")
            assert market[towns].nunique() == 2
            strong = lq.loc[towns, c.sectors.split(";")] > 2
            assert strong.any().sum() >= 4
            assert strong.any(axis=1).mean() > 0.7

    def test_the_large_firm_system_rests_on_large_plants(self, firms, market):
        (system,) = table("truth/large_firm_systems.csv").itertuples()
        own = firms[(firms.territory.map(market) == system.market) & (firms.sector == system.main_sector)]
        assert own.employment[own.employment >= 250].sum() > 0.9 * own.employment.sum()

    def test_one_plant_towns_have_one_plant(self, firms):
        lq = quotient(firms, table("nation.csv"), firms.territory)
        decoys = table("truth/decoys.csv")
        lonely = decoys[decoys.kind == "one_plant"]
        assert len(lonely) == 5
        for d in lonely.itertuples():
            own = firms[(firms.territory == d.territory) & (firms.sector == d.sector)]
            assert own.employment.tolist() == [d.employment]
            assert lq.loc[d.territory, d.sector] > 20

    def test_size_only_towns_are_large_and_have_the_mix_of_everywhere(self, worlds):
        world = worlds(1, "decoys")
        decoys = world.truth.decoys
        towns = decoys.territory[decoys.kind == "size_only"]
        open_ = world.plants[~(world.plants.closed <= TODAY)]
        number = pd.crosstab(world.today.territory.to_numpy()[open_.place], open_.sector)
        assert (number.sum(axis=1).rank(ascending=False)[towns] <= 12).all()
        share = pd.Series(worlds(1, "decoys").nation.set_index("sector").establishments)
        share = (share / share.sum()).reindex(number.columns)
        expected = np.outer(number.loc[towns].sum(axis=1), share)
        many = expected >= 5
        chi = ((number.loc[towns].to_numpy() - expected) ** 2 / expected)[many].sum() / many.sum()
        assert 0.7 < chi < 1.4

    @pytest.mark.parametrize("sector", ["10.7", "18.1", "25.1"])
    def test_dispersed_sectors_are_spread_more_evenly_than_chance(self, worlds, parts, sector):
        world = worlds(1, "decoys")
        mass = parts("comarca_plants").places(world.land, 1).mass
        own = world.plants[world.plants.sector == sector]
        number = np.bincount(own.place, minlength=len(mass))
        assert len(own) > 30
        assert np.abs(number - mass * len(own)).max() < 1

    def test_brokers_are_the_only_way_out_of_their_district(self, worlds):
        links, brokers = table("links.csv"), table("truth/brokers.csv")
        bodies = gpd.read_file(FOLDER / "institutions.gpkg").set_index("institution")
        known = set(bodies.index) | {f"EINV{n:08d}" for n in worlds(1).plants.firm}
        assert set(links.source) | set(links.target) <= known
        planted = table("truth/planted_establishments.csv.gz").set_index("firm").structure
        assert len(brokers) == 6
        projects = nx.Graph(links.loc[links.kind == "project", ["source", "target"]].itertuples(index=False))
        holders = set(bodies.index[bodies.kind.isin(["higher_education", "laboratory"])]) & set(projects)
        for b in brokers[brokers.role.str.startswith("knowledge")].itertuples():
            own = set(planted.index[planted == b.structure]) & set(projects)
            assert len(own) >= 10
            assert nx.node_connected_component(projects, b.actor) >= own | holders
            without = projects.copy()
            without.remove_node(b.actor)
            reached = set().union(*(nx.node_connected_component(without, f) for f in own))
            assert not reached & holders


class TestNothing:
    def test_margins_are_those_of_the_planted_territory(self, worlds):
        planted, nothing = worlds(1).plants, worlds(1, "nothing").plants
        assert planted.sector.value_counts().to_dict() == nothing.sector.value_counts().to_dict()
        assert planted.place.value_counts().to_dict() == nothing.place.value_counts().to_dict()
        assert sorted(planted.employment) == sorted(nothing.employment)
        truth = worlds(1, "nothing").truth
        for empty in (
            truth.districts,
            truth.clusters,
            truth.large_firm_systems,
            truth.decoys,
            truth.plants,
            truth.brokers,
            truth.gap,
        ):
            assert empty.empty

    def test_no_market_is_without_a_health_centre(self, worlds, market):
        for scenario in ("nothing", "decoys"):
            assert set(worlds(1, scenario).health_centres.territory.map(market)) == set(market)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_hardly_any_quotient_is_clear(self, worlds, seed):
        shares = {}
        for scenario in ("planted", "nothing"):
            world = worlds(seed, scenario)
            open_ = world.plants[~(world.plants.closed <= TODAY)]
            number = pd.crosstab(world.land.market[open_.place], open_.sector).to_numpy()
            size, rate = number.sum(axis=1)[:, None], number.sum(axis=0) / number.sum()
            p = 2 * np.minimum(binom.cdf(number, size, rate), binom.sf(number - 1, size, rate))
            shares[scenario] = (p < 0.05)[size * rate >= 5].mean()
        assert shares["nothing"] <= 0.05
        assert shares["planted"] > 1.5 * shares["nothing"]


class TestRegister:
    def test_faults_come_at_their_rates(self, parts, sins, raw, clean):
        rates = parts("comarca_register").RATES
        found = sins.sin.value_counts()
        for sin, rate in rates.items():
            assert found[sin] == pytest.approx(rate * len(clean), abs=1)
        assert len(raw) == len(clean) + found["duplicate"]
        assert sins.firm.is_unique
        groups = clean.group.dropna()
        booked = clean.group[sins.firm[sins.sin == "booked_at_headquarters"]]
        assert booked.nunique() == pytest.approx(0.35 * groups.nunique(), abs=1)

    def test_faults_are_where_the_truth_says_and_nowhere_else(self, sins, raw, clean):
        own = sins.set_index("firm")
        kind = own.sin.reindex(raw.index)
        assert set(raw.index[raw.sector.isna()]) == set(own.index[own.sin == "missing_sector"])
        healthy = pd.DataFrame(raw[kind.isna()].drop(columns="geometry"))
        same = clean.loc[healthy.index, healthy.columns]
        pd.testing.assert_frame_equal(plain(healthy), plain(same), check_index_type=False)
        xy = shapely.get_coordinates(raw.geometry[kind.isna()])
        np.testing.assert_allclose(xy, clean.loc[raw.index[kind.isna()], ["x", "y"]])

    def test_each_fault_is_what_its_name_says(self, sins, raw, clean, versions):
        of = sins.set_index("firm").groupby("sin").groups
        region = in_force(versions, TODAY).union_all()
        assert not raw.geometry[of["outside"]].intersects(region).any()
        assert (raw.employment[of["implausible_size"]] >= 9_999).all()
        twice = raw.loc[of["duplicate"]]
        truth = sins.set_index("firm").truth[of["duplicate"]]
        first = raw.loc[truth]
        assert twice.geometry.geom_equals(first.geometry, align=False).all()
        assert (twice.sector.to_numpy() == first.sector.to_numpy()).all()
        together = raw.loc[of["coincident"]]
        points = together.geometry.to_wkb()
        assert len(set(zip(together.territory, points, strict=True))) == together.territory.nunique()
        booked = raw.loc[of["booked_at_headquarters"]]
        assert (booked.employment[booked.headquarters == "no"] == 0).all()
        sums = booked.groupby("group").employment.sum()
        assert sums.to_dict() == clean.loc[booked.index].groupby("group").employment.sum().to_dict()


class TestTables:
    def test_cells_of_fewer_than_three_are_withheld(self, firms):
        counts = table("counts.csv").set_index(["territory", "sector"])
        true = firms.groupby(["territory", "sector"]).employment.agg(["size", "sum"])
        assert set(counts.index) == set(true.index)
        true = true.reindex(counts.index)
        withheld = counts.status == "withheld"
        assert (withheld == (true["size"] < 3)).all()
        assert counts.employment[withheld].isna().all()
        assert counts.establishments[withheld].isna().all()
        assert (counts.employment[~withheld] == true["sum"][~withheld]).all()
        assert (counts.establishments[~withheld] == true["size"][~withheld]).all()

    def test_wholes_contain_each_other(self, firms):
        wholes = table("reference.csv")
        level = {
            k: v.set_index("sector")[["employment", "establishments"]] for k, v in wholes.groupby("level")
        }
        assert set(level) == {"region", "nation", "larger"}
        assert all(len(part) == 272 for part in level.values())
        jobs = firms.groupby("sector").employment.sum()
        assert (
            jobs.reindex(level["region"].index, fill_value=0).tolist() == level["region"].employment.tolist()
        )
        assert (level["nation"] >= level["region"]).all(axis=None)
        assert (level["larger"] >= level["nation"]).all(axis=None)
        nation = table("nation.csv").set_index("sector")[["employment", "establishments"]]
        pd.testing.assert_frame_equal(nation, level["nation"])

    @pytest.mark.parametrize("year", ["2005", "2015", "2025"])
    def test_counts_of_several_years_are_those_of_the_plants_open_then(self, worlds, market, year):
        plants, ids = worlds(1).plants, worlds(1).today.territory
        day = f"{year}-01-01"
        open_ = plants[(plants.opened <= day) & ~(plants.closed <= day)]
        place = open_.place.map(ids).map(market).rename("territory")
        true = open_.groupby([place, open_.sector.astype(str)]).employment.agg(["sum", "size"])
        counts = table("counts_periods.csv")
        assert not counts.duplicated(["territory", "sector", "period"]).any()
        stated = counts[counts.period == year].set_index(["territory", "sector"])
        assert stated[["employment", "establishments"]].to_numpy().tolist() == true.to_numpy().tolist()
        assert stated.index.tolist() == true.index.tolist()
        assert stated.index.unique("territory").size == 12

    def test_counts_of_today_are_those_of_the_shipped_register(self, firms, market):
        counts = table("counts_periods.csv")
        now = counts[counts.period == "2025"].groupby("territory").employment.sum()
        assert now.to_dict() == firms.groupby(firms.territory.map(market)).employment.sum().to_dict()

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_convergence_finds_the_planted_beta(self, worlds, seed):
        truth, found = {}, {}
        for scenario in ("planted", "nothing"):
            world = worlds(seed, scenario)
            truth[scenario] = world.truth.convergence.iloc[0]
            summary = tools.convergence(world.indicators, replicates=0).summary.set_index("measure")
            found[scenario] = summary.loc["beta"]
        assert 0.015 <= truth["planted"].speed <= 0.03
        assert found["planted"].value == pytest.approx(truth["planted"].beta, abs=0.0015)
        assert found["planted"].low - 0.0005 < truth["planted"].beta < found["planted"].high + 0.0005
        assert found["planted"].high < -0.008
        assert truth["nothing"].beta == 0
        assert abs(found["nothing"].value) < 0.0015

    def test_incomes_become_more_alike_within_and_between_provinces(self):
        incomes = table("indicators.csv")
        today = gpd.read_file(FOLDER / "municipalities_2025.gpkg").set_index("territory")
        assert incomes.groupby("period").size().tolist() == [150, 150, 150]
        assert (incomes.group == incomes.territory.map(today.parent)).all()
        found = tools.disparities(incomes, replicates=0).measures.pivot_table(
            index="period", columns="measure", values="value"
        )
        for measure in ("gini", "theil_t_within", "theil_t_between"):
            assert found[measure].is_monotonic_decreasing, measure
        truth = table("truth/convergence.csv").iloc[0]
        deviation = np.log(incomes.value).groupby(incomes.period).std()
        assert deviation["2005"] == pytest.approx(truth.deviation_start, abs=1e-3)
        assert deviation["2025"] == pytest.approx(truth.deviation_end, abs=1e-3)

    def test_evidence_has_two_coders_who_sometimes_disagree(self, parts):
        every = table("evidence.csv")
        codes = parts("comarca_codes")
        of_features = {*codes.LEADER, *codes.ELEMENTS}
        assert set(every.item) == {*of_features, *codes.COMPONENTS, *codes.SOCIAL}
        assert every.rating.between(0, 4).all()
        evidence = every[every.item.isin(of_features) & every.date.str.startswith("2024")]
        wide = evidence.pivot_table(index=["territory", "item"], columns="coder", values="rating")
        assert wide.notna().all(axis=None)
        assert 0.05 < (wide.iloc[:, 0] != wide.iloc[:, 1]).mean() < 0.4
        districts = set(table("truth/districts.csv").market)
        high = evidence.territory.isin(districts)
        assert evidence.rating[high].mean() > evidence.rating[~high].mean() + 1

    def test_what_was_planted_in_the_statements_is_there(self):
        evidence, truth = table("evidence.csv"), table("truth/evidence.csv")
        rounds = {year: evidence[evidence.date.str.startswith(year)] for year in ("2014", "2025")}
        for year, word in (("2014", "low"), ("2025", "high")):
            told = truth[truth.planted == f"rated {word} in the round of {year}"]
            found = rounds[year].groupby(["territory", "item"]).size()
            assert (
                found.sort_index().to_dict()
                == told.set_index(["territory", "item"]).value.sort_index().to_dict()
            )
        assert (rounds["2014"].rating <= 2).all()
        assert (rounds["2025"].rating == 4).all()
        assert set(rounds["2014"].territory) == set(table("truth/districts.csv").market)
        assert evidence.source.isna().sum() == (truth.planted == "statement without a source").sum()

    def test_the_sample_is_small(self):
        assert sum(path.stat().st_size for path in files(FOLDER).values()) <= 5_000_000

    def test_actions_name_actors_and_territories_that_exist(self, versions):
        actions = table("actions.csv")
        bodies = gpd.read_file(FOLDER / "institutions.gpkg")
        assert set(actions.actors.str.split(";").explode()) <= set(bodies.institution)
        assert set(actions.territory) <= set(in_force(versions, TODAY).territory)
        assert set(actions.phase) == {"animation", "structuring", "consolidation"}
        assert actions.kind.nunique() == 9
        assert actions.public_share.between(0, 1).all()


class TestEverydayServices:
    def test_one_market_has_no_health_centre_and_every_service_elsewhere_is_there(self, market):
        services = gpd.read_parquet(FOLDER / "services.parquet").assign(
            market=lambda s: s.territory.map(market)
        )
        (gap,) = table("truth/service_gap.csv").itertuples()
        wide = services.pivot_table(index="market", columns="kind", aggfunc="size", fill_value=0)
        assert wide.index[wide[gap.missing] == 0].tolist() == [gap.market]
        assert (wide.drop(columns=gap.missing) > 0).all(axis=None)
        assert set(wide.columns) == {
            "school",
            "secondary_school",
            "health_centre",
            "pharmacy",
            "food_shop",
            "library",
        }

    def test_services_stand_in_their_municipality(self, versions):
        services = gpd.read_parquet(FOLDER / "services.parquet")
        towns = in_force(versions, TODAY).set_index("territory")
        assert services.within(towns.geometry[services.territory].reset_index(drop=True)).all()

    def test_health_centres_are_those_of_the_services_and_have_doctors(self):
        services = gpd.read_parquet(FOLDER / "services.parquet").set_index("service")
        health = table("health_centres.csv").set_index("service")
        same = services[services.kind == "health_centre"]
        assert same.drop(columns=["kind", "geometry"]).equals(health.drop(columns=["x", "y", "doctors"]))
        assert (health.doctors >= 1).all()
        assert np.allclose(np.c_[same.geometry.x, same.geometry.y], health[["x", "y"]])

    def test_residents_are_the_inhabitants_and_older_in_small_places(self, market):
        residents = table("residents_2021.csv").set_index("place")
        inhabitants = table("inhabitants_2021.csv").set_index("place")
        assert residents[["x", "y", "population"]].equals(inhabitants[["x", "y", "population"]])
        assert residents.market.equals(market.reindex(residents.index).rename_axis("place"))
        (gap,) = table("truth/service_gap.csv").itertuples()
        assert residents.population[residents.market == gap.market].sum() == gap.residents
        share = residents.older / residents.population
        assert share.between(0, 1).all()
        assert share.corr(np.log(residents.population)) < -0.7


def test_size_and_scenario_are_what_was_asked_for(parts):
    generate = parts("generate").generate
    world = generate(9, scenario="decoys", **SMALL)
    assert len(world.plants) == 3_000
    assert len(world.today) == 40
    assert set(world.truth.decoys.kind) == {"one_plant", "size_only", "dispersed_sector"}
    assert world.truth.districts.empty
    with pytest.raises(ValueError, match="scenario must be one of"):
        generate(9, scenario="other")


def test_strength_scales_what_is_planted_and_nothing_else(worlds):
    usual, weak = worlds(5, **SMALL), worlds(5, strength=0.25, **SMALL)
    number = weak.plants.structure.notna().sum() / usual.plants.structure.notna().sum()
    assert number == pytest.approx(0.25, abs=0.03)
    assert len(weak.plants) == len(usual.plants)
    assert weak.truth.decoys.equals(usual.truth.decoys)


def test_rows_in_the_readmes_are_those_of_the_files():
    recorded = json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))["files"]
    for readme in ("README.md", "README.es.md"):
        stated = re.findall(
            r"^\| `([^`]+)` \| ([0-9 ]+) \|", (FOLDER / readme).read_text(encoding="utf-8"), re.MULTILINE
        )
        assert len(stated) >= 15
        assert {n: int(rows.replace(" ", "")) for n, rows in stated} == {
            n: recorded[n]["rows"] for n, _ in stated
        }


def planted_groups():
    """Markets and groups of industries where districts and clusters stand, spilled parts too."""
    market = table("truth/labour_markets.csv").set_index("territory").market
    groups = table("industry_groups.csv")
    core = groups[groups["role"] == "core"].set_index("sector")["group"]
    rows = pd.concat([table("truth/districts.csv"), table("truth/clusters.csv")])
    return {(m, core[r.main_sector]) for r in rows.itertuples() for m in market[r.municipalities.split(";")]}


class TestIndustryGroups:
    def test_shipped_groups_are_those_of_the_generator(self, parts):
        made = parts("comarca_groups").definitions()
        pd.testing.assert_frame_equal(table("industry_groups.csv"), made)

    def test_roles_and_sectors_are_known_ones_and_each_sector_has_one_role_in_a_group(self, firms):
        groups = table("industry_groups.csv")
        assert set(groups["sector"]) <= set(firms["sector"])
        assert not groups.duplicated(["sector", "group"]).any()
        roles = groups.groupby("group")["role"].agg(set)
        assert (roles == {"core", "supplier", "service"}).all()

    def test_more_groups_are_without_planted_systems_than_with(self):
        groups = table("industry_groups.csv")
        core = groups[groups["role"] == "core"]
        files = ("districts", "clusters", "large_firm_systems")
        mains = set(pd.concat([table(f"truth/{f}.csv") for f in files])["main_sector"])
        with_one = set(core.loc[core["sector"].isin(mains), "group"])
        assert len(with_one) == len(mains)
        assert core["group"].nunique() > 2 * len(mains)

    @pytest.mark.parametrize("scenario", ["nothing", "decoys"])
    def test_nothing_is_claimed_with_them_where_nothing_is_planted(self, worlds, scenario):
        from geoterritorio.identification import ClusterRules
        from geoterritorio.identification.tools import clusters

        world = worlds(1, scenario)
        found = clusters(
            world.markets,
            world.firms(),
            definitions=world.definitions,
            reference=world.nation,
            institutions=world.institutions,
            links=world.links,
            rules=ClusterRules(simulations=39),
        ).cells
        assert set(found["verdict"]) == {"no cluster"}


# Notices that the sample's steps owe their reader; any other one fails.
@pytest.mark.filterwarnings(
    "ignore:.*too coarse",  # random tables are kept few, to be quick
    "ignore:.*verdicts are unknown",  # stars need more territories
    "ignore:preset",  # nor are the rules of districts confirmed
)
def test_study_finds_the_planted_districts(tmp_path):
    from geoterritorio.errors import GeoterritorioWarning
    from geoterritorio.study import run_study

    with pytest.warns(GeoterritorioWarning, match="placed on the middle"):
        run_study(FOLDER / "study.toml", tmp_path)
    rows = pd.read_csv(tmp_path / "tables" / "markets_lq_quotients.csv", dtype={"sector": "str"})
    clear = rows[rows.certainty == "high"].set_index(["territory", "sector"])
    for d in table("truth/districts.csv").itertuples():
        assert clear.lq[(d.market, d.main_sector)] > 10
    claims = pd.read_csv(tmp_path / "tables" / "clusters_cells.csv").set_index(["territory", "group"])
    assert set(claims.index[claims["verdict"] == "cluster"]) == planted_groups()
    assert set(claims["verdict"]) == {"cluster", "no cluster"}
    axes = pd.read_csv(tmp_path / "tables" / "contrast_axes.csv")
    decided = axes["district_reading"].ne("unknown") & axes["cluster_reading"].ne("unknown")
    homes = {market for market, _ in planted_groups()}
    assert decided[axes["axis"] == "B"].all()
    assert decided[(axes["axis"] == "D") & axes["territory"].isin(homes)].all()
    assert not decided[axes["axis"].isin(["A", "C", "E"])].any()
    # Twenty sections and more with their figures can still be sent by mail.
    assert all((tmp_path / name).stat().st_size < 2_000_000 for name in ("report.html", "report.es.html"))


@pytest.mark.parametrize("seed", range(2, 12))
def test_a_system_of_large_firms_has_large_firms(worlds, seed):
    world = worlds(seed, firms=3_000, municipalities=40)
    plants = world.plants
    own = plants[(plants["structure"] == "L1 vehicles") & plants["closed"].isna()]
    assert own.loc[own["employment"] >= 250, "employment"].sum() > own["employment"].sum() / 2


def test_size_classes_of_the_nation_sum_to_it():
    sizes, nation = table("nation_sizes.csv"), table("nation.csv")
    sums = sizes.groupby("sector")[["employment", "establishments"]].sum()
    pd.testing.assert_frame_equal(
        sums, nation.set_index("sector")[["employment", "establishments"]].sort_index()
    )
    # In each class there are as many jobs as its plants can have, and none without plants.
    mean = sizes["employment"] / sizes["establishments"]
    ends = {"small": (1, 49), "medium": (50, 249), "large": (250, np.inf)}
    for name, (least, most) in ends.items():
        assert mean[sizes["size_class"] == name].between(least, most).all(), name
