"""Districts by hand: small tables whose every cell stands here, one market for every branch, each preset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import (
    PRESETS,
    DistrictRules,
    district_jobs,
    district_stability,
    districts,
    own_rules,
)
from geoterritorio.identification.district_rules import MANUFACTURING, TEXTS

COLUMNS = ["sector", "size_class", "employment", "establishments"]
# 200,000 jobs, of them 50,000 in manufacturing: small 16,000, medium 12,000, large 22,000.
NATION = pd.DataFrame(
    [
        ("15.2", "small", 6_000, 600),
        ("15.2", "medium", 2_000, 20),
        ("15.2", "large", 2_000, 5),
        ("29.1", "small", 2_000, 200),
        ("29.1", "medium", 4_000, 40),
        ("29.1", "large", 14_000, 20),
        ("31.0", "small", 8_000, 800),
        ("31.0", "medium", 6_000, 60),
        ("31.0", "large", 6_000, 15),
        ("47.1", "small", 60_000, 9_000),
        ("62.0", "small", 40_000, 5_000),
        ("01.1", "small", 20_000, 9_000),
        ("85.2", "small", 30_000, 1_000),
    ],
    columns=COLUMNS,
)
MARKETS = {
    # 1,000 jobs, 600 of them in manufacturing
    "A": [
        ("15.2", "small", 400, 40),
        ("15.2", "medium", 100, 1),
        ("31.0", "small", 100, 10),
        ("47.1", "small", 200, 50),
        ("62.0", "small", 100, 20),
        ("01.1", "small", 100, 20),
    ],
    # one medium firm with more jobs than the small ones
    "B": [
        ("15.2", "small", 50, 5),
        ("15.2", "medium", 200, 1),
        ("47.1", "small", 100, 20),
        ("62.0", "small", 50, 9),
    ],
    # a large firm and its suppliers
    "C": [
        ("29.1", "small", 50, 5),
        ("29.1", "large", 500, 1),
        ("31.0", "small", 50, 5),
        ("47.1", "small", 200, 30),
        ("62.0", "small", 100, 9),
    ],
    # large firms, but not in the main industry
    "D": [
        ("15.2", "small", 350, 40),
        ("31.0", "large", 325, 1),
        ("29.1", "large", 325, 1),
        ("47.1", "small", 200, 30),
    ],
    "E": [("15.2", "small", 100, 9), ("47.1", "small", 800, 90), ("62.0", "small", 100, 9)],
    "F": [("01.1", "small", 500, 90), ("47.1", "small", 300, 40), ("62.0", "small", 200, 20)],
    "G": [("47.1", "small", 0, 0)],
}
TABLE = pd.concat([pd.DataFrame(rows, columns=COLUMNS).assign(territory=m) for m, rows in MARKETS.items()])
PEOPLE = pd.Series({"A": 3_000.0, "B": 2_000.0, "whole": 500_000.0})


def found(preset="istat2006_unconfirmed", table=TABLE, reference=NATION, **options):
    changed = options.pop("rules", {})
    return districts(table, reference=reference, rules=own_rules(preset, **changed), **options)


def steps(result, market):
    rows = result.evidence.loc[market].set_index("asked")
    return rows[["value", "threshold", "passed"]].to_dict("index")


class TestByHand:
    """Market A in each preset."""

    SPECIALISED = (600 / 1000) / (50_000 / 200_000)  # 2.4, above services: 0.667 and 0.5
    PREVAILS = 600 - 1000 * 50_000 / 200_000, max(200 - 1000 * 0.3, 100 - 1000 * 0.2)  # 350, -100
    SMALL = (500 / 600) / (16_000 / 50_000)  # 2.604; medium 0.694, large 0
    LEATHER = (500 / 600) / (10_000 / 50_000)  # 4.167; housing 0.417
    NON_FARM = 600 / 900, 50_000 / 180_000

    def check(self, result, expected):
        told = steps(result, "A")
        assert list(told) == list(expected)
        for step, (value, threshold, passed) in expected.items():
            assert told[step]["value"] == pytest.approx(value, rel=1e-12), step
            assert told[step]["threshold"] == pytest.approx(threshold, rel=1e-12, nan_ok=True), step
            assert told[step]["passed"] == passed, step

    def steps_of_2006(self, mainly):
        return {
            "specialised": (self.SPECIALISED, 1, "yes"),
            "prevails": (*self.PREVAILS, "yes"),
            "size_quotients": (self.SMALL, 0, "yes"),
            "main_industry": (self.LEATHER, 1, "yes"),
            "sme_industry": (1, mainly, "yes"),
            "one_medium_firm": (400, 100, "yes"),
        }

    def test_istat_1997(self):
        smaller = 1, (16_000 + 12_000) / 50_000
        short = {
            "manufacturing_share": (*self.NON_FARM, "yes"),
            "main_industry": (self.LEATHER, 1, "yes"),
            "sme_manufacturing": (*smaller, "yes"),
        }
        self.check(found("istat1997"), short)
        longer = {
            "manufacturing_share": (*self.NON_FARM, "yes"),
            "sme_manufacturing": (*smaller, "yes"),
            "main_industry": (self.LEATHER, 1, "yes"),
            "sme_industry": (1, 0.5, "yes"),
        }
        self.check(found("istat1997_unconfirmed"), longer)

    def test_istat_2006(self):
        self.check(found("istat2006"), self.steps_of_2006(np.nan))
        self.check(found("istat2006_unconfirmed"), self.steps_of_2006(0.5))

    def test_boix(self):
        floor = {"industry_jobs": (500, 250, "yes")}
        self.check(found("boix"), self.steps_of_2006(np.nan) | floor)
        self.check(found("boix_unconfirmed"), self.steps_of_2006(0.5) | floor)

    def test_istat_2011_has_micro_firms_of_their_own(self):
        classes = {"small": "10-49"}
        table, nation = (t.replace({"size_class": classes}) for t in (TABLE, NATION))
        result = found("istat2011_unconfirmed", table, nation)
        told = self.steps_of_2006(0.5)
        self.check(result, told)
        assert result.sizes.loc["A"].index.tolist() == ["micro", "small", "medium", "large"]
        assert result.sizes.loc[("A", "micro"), "employment"] == 0

    def test_the_decree(self):
        # 51 units of 3,000 people beside 1,760 of 500,000
        expected = {
            "manufacturing_share": (0.6, 1.3 * 0.25, "yes"),
            "unit_density": (51 / 3_000, 1_760 / 500_000, "yes"),
            "main_industry": (self.LEATHER, 1.3, "yes"),
            "industry_share": (500 / 600, 0.3, "yes"),
            "small_industry": (400 / 500, 0.5, "yes"),
        }
        self.check(found("dm1993_unconfirmed", people=PEOPLE), expected)
        region = pd.DataFrame({"sector": ["15.2", "47.1"], "employment": [100.0, 900]})
        told = steps(found("dm1993_unconfirmed", people=PEOPLE, region=region), "A")
        assert told["manufacturing_share"]["threshold"] == pytest.approx(1.3 * 0.1)

    def test_figures_of_every_size_and_industry(self):
        result = found()
        sizes, industries = result.sizes.loc["A"], result.industries.loc["A"]
        assert sizes["employment"].tolist() == [500, 100, 0]
        assert sizes["establishments"].tolist() == [50, 1, 0]
        np.testing.assert_allclose(sizes["lq"], [self.SMALL, (100 / 600) / 0.24, 0])
        leather, housing = industries.loc["leather_footwear"], industries.loc["housing_goods"]
        assert (leather["excess"], housing["excess"]) == pytest.approx((500 - 600 * 0.2, 100 - 600 * 0.4))
        assert (leather["main"], housing["main"]) == ("yes", "no")
        area = result.areas.loc["A"]
        assert area[["employment", "manufacturing", "industry_employment"]].tolist() == [1000, 600, 500]
        assert area["main_industry"] == "leather_footwear"
        assert area[["share_small", "share_medium", "share_large"]].tolist() == pytest.approx(
            [5 / 6, 1 / 6, 0]
        )
        # manufacturing prevails by 450 of 1,000 jobs, which is nearer than any quotient to its threshold
        assert (area["weakest"], area["margin"]) == ("prevails", pytest.approx(0.45))


class TestBranches:
    def test_every_verdict(self):
        assert found().areas["verdict"].to_dict() == {
            "A": "district",
            "B": "residual",
            "C": "large firm system",
            "D": "residual",
            "E": "services",
            "F": "other system",
            "G": "empty",
        }

    def test_one_medium_firm_alone_is_no_district(self):
        told = steps(found(), "B")["one_medium_firm"]
        assert told == {"value": 50, "threshold": 200, "passed": "no"}
        two = TABLE.copy()
        two.loc[(two["territory"] == "B") & (two["size_class"] == "medium"), "establishments"] = 2
        assert found(table=two).areas.loc["B", "verdict"] == "district"

    def test_where_no_number_is_confirmed_all_or_nothing_decides(self):
        result = found("istat2006")
        assert result.areas["verdict"].to_dict() == {
            "A": "district",
            "B": "residual",
            "C": "no district",
            "D": "residual",
            "E": "services",
            "F": "other system",
            "G": "empty",
        }
        row = result.evidence.loc["C"].set_index("asked").loc["sme_industry"]
        assert (row["passed"], row["reason"], row["origin"]) == (
            "unknown",
            "number not confirmed",
            "not confirmed",
        )

    def test_floor_of_jobs(self):
        assert found("boix_unconfirmed", rules={"least_jobs": 501}).areas.loc["A", "district"] == "no"
        assert found("boix_unconfirmed", rules={"least_jobs": 500}).areas.loc["A", "district"] == "yes"

    def test_without_manufacturing_sizes_are_not_asked(self):
        rows = found().evidence.loc["F"].set_index("asked")
        assert rows.loc["specialised", "passed"] == "no"
        assert set(rows.loc[["size_quotients", "main_industry", "sme_industry"], "passed"]) == {"not asked"}
        assert rows.loc["main_industry", "reason"] == "no manufacturing"

    def test_equal_excess_takes_the_first_industry(self):
        table = pd.DataFrame({"territory": "A", "sector": ["15.2", "10.1"], "size_class": "small"})
        table = table.assign(employment=100.0, establishments=10)
        nation = pd.DataFrame({"sector": ["15.2", "10.1", "29.1"], "employment": [500.0, 500, 1000]})
        result = found(table=table, reference=nation.assign(size_class="small"))
        assert result.areas.loc["A", "main_industry"] == "leather_footwear"


class TestSaid:
    def test_unconfirmed_rules_say_so_everywhere(self):
        for name, preset in PRESETS.items():
            result = districts(TABLE, reference=NATION, rules=preset.rules)
            # of 2006 it is open what “mainly” is, which no number confirms
            # and of all, which industry is the main one, and which sectors make it, is read by this project
            sure = "reading" if name == "istat1997" else "no"
            for table in (result.areas, result.evidence, result.industries, result.sizes):
                assert set(table["preset"]) == {name}
                assert set(table["confirmed"]) == {sure}
        own = found(rules={"mainly": 0.6})
        assert set(own.evidence["preset"]) == {"own rules"}
        assert set(own.evidence["confirmed"]) == {"no"}
        assert set(own.evidence["origin"]) == {"own rule", "published", "reading"}
        assert set(own.evidence["assignment"]) == {"reading"}

    def test_sectors_may_be_assigned_in_the_data(self):
        groups = pd.DataFrame({"territory": "A", "sector": ["leather_footwear", "agriculture"]})
        groups = groups.assign(size_class="small", employment=[60.0, 40], establishments=[6, 4])
        nation = groups.drop(columns="territory").assign(employment=[6_000.0, 94_000])
        result = found("istat1997", table=groups, reference=nation, rules={"classification": "groups"})
        assert set(result.evidence["assignment"]) == {"as given"}
        assert set(result.evidence["confirmed"]) == {"reading"}

    def test_every_preset_has_source_note_and_words_for_its_steps(self):
        for preset in PRESETS.values():
            assert preset.source
            assert preset.note
            assert set(preset.rules.steps) <= set(TEXTS)
            assert preset.readings <= set(preset.rules.steps)
            assert set(preset.rules.steps) & set(MANUFACTURING)

    def test_the_whole_is_named(self):
        assert set(found(reference=None).areas["reference"]) == {"own sums"}
        assert set(found().areas["reference"]) == {"reference"}


class TestMissing:
    def reasons(self, result, market):
        rows = result.evidence.loc[market].set_index("asked")
        return rows.loc[rows["passed"] == "unknown", "reason"].to_dict()

    def test_no_size_classes(self):
        plain = TABLE.groupby(["territory", "sector"], as_index=False)[["employment"]].sum()
        result = found(table=plain)
        assert self.reasons(result, "A") == {
            "size_quotients": "no size classes",
            "sme_industry": "no size classes",
            "one_medium_firm": "no size classes",
        }
        assert result.areas.loc["A", "verdict"] == "undecidable"
        assert result.areas.loc["A", "main_industry"] == "leather_footwear"
        # what does not manufacture is told without sizes
        assert result.areas.loc[["E", "F"], "verdict"].tolist() == ["services", "other system"]

    def test_sizes_follow_where_a_cell_has_too_few_jobs_for_a_larger_plant(self):
        table = pd.DataFrame({"territory": "A", "sector": ["15.2", "47.1"], "employment": [49.0, 10]})
        assert found(table=table).areas.loc["A", "district"] == "yes"
        of_firms = found(table=table, rules={"size_of": "enterprise"})
        assert of_firms.areas.loc["A", "district"] == "unknown"
        # a single plant is as large as its cell
        alone = table.assign(employment=[300.0, 10], establishments=1)
        assert found(table=alone).sizes["share"].tolist() == [0, 0, 1]

    def test_no_sizes_in_the_whole(self):
        nation = NATION.groupby("sector", as_index=False)[["employment"]].sum()
        result = found(reference=nation)
        assert self.reasons(result, "D") == {"size_quotients": "whole without size classes"}
        # Without large firms here theirs is no quotient above another, whatever the whole has.
        assert result.areas.loc["A", "verdict"] == "district"

    def test_two_digits_tell_all_but_division_32(self):
        coarse = TABLE.assign(sector=TABLE["sector"].str[:2])
        assert found(table=coarse).areas["verdict"].tolist() == found().areas["verdict"].tolist()
        toys = coarse.replace({"sector": {"15": "32"}})
        nation = pd.concat([NATION, NATION[:3].assign(sector="32.1"), NATION[:3].assign(sector="32.9")])
        result = found(table=toys, reference=nation)
        assert pd.isna(result.areas.loc["A", "main_industry"])
        reasons = self.reasons(result, "A")
        assert reasons["main_industry"] == "coarse codes"
        assert result.areas.loc["A", "unknown_steps"].startswith("main_industry")

    def test_withheld_cells(self):
        hidden = TABLE.copy()
        cell = (hidden["territory"] == "A") & (hidden["sector"] == "47.1")
        hidden.loc[cell, "employment"] = np.nan
        # Nearly all jobs may be in retail: then services are what stands out.
        assert self.reasons(found(table=hidden), "A") == {
            "specialised": "withheld cells",
            "prevails": "withheld cells",
        }
        bounded = hidden.assign(employment_low=np.nan, employment_high=np.nan)
        bounded.loc[cell, ["employment_low", "employment_high"]] = 100.0, 400.0
        assert found(table=bounded).areas.loc["A", "district"] == "yes"

    def test_no_inhabitants(self):
        reasons = self.reasons(found("dm1993_unconfirmed"), "A")
        assert reasons["unit_density"].startswith("no inhabitants")

    def test_no_numbers_of_firms(self):
        table = TABLE.drop(columns="establishments")
        # 200 jobs in plants of 50 to 249 may be one plant or four
        assert self.reasons(found(table=table), "B") == {"one_medium_firm": "no numbers of units"}
        assert found(table=table).areas.loc["A", "district"] == "yes"


class TestRefused:
    @pytest.mark.parametrize(
        ("table", "text"),
        [
            (TABLE.drop(columns="sector"), "no column “sector”"),
            (TABLE[:0], "no rows"),
            (TABLE.assign(employment=0.0), "no jobs above 0"),
            (TABLE.assign(employment=-1.0), "below 0"),
            (TABLE.assign(size_class="B"), "no number of jobs"),
            (TABLE.assign(sector="xyz"), "none of the 1 codes"),
            (TABLE.assign(territory=None), "no territory or no sector"),
        ],
    )
    def test_tables(self, table, text):
        with pytest.raises(LayerError, match=text):
            found(table=table)

    def test_a_whole_without_the_industry(self):
        with pytest.raises(LayerError, match=r"15\.2"):
            found(reference=NATION[NATION["sector"] != "15.2"])

    def test_unknown_codes_are_told(self):
        some = pd.concat([TABLE, TABLE[:1].assign(sector="xyz")])
        with pytest.warns(GeoterritorioWarning, match="xyz"):
            result = found(table=some)
        # its jobs are there, of whatever industry
        assert result.areas.loc["A", "employment"] == 1400
        assert np.isnan(result.areas.loc["A", "manufacturing"])

    def test_totals_beside_their_parts(self):
        with pytest.raises(LayerError, match="count twice"):
            found(table=pd.concat([TABLE, TABLE[:1].assign(sector="15")]))

    @pytest.mark.parametrize(
        "changed",
        [
            {"steps": ("nothing",)},
            {"steps": ()},
            {"small": 300},
            {"small": 0},
            {"micro": 60},
            {"mainly": 50},
            {"least_jobs": -1},
            {"size_of": "firm"},
            {"industry_whole": "some"},
            {"activity_quotient": np.inf},
        ],
    )
    def test_rules(self, changed):
        with pytest.raises(LayerError):
            districts(TABLE, rules=replace(DistrictRules(), **changed))

    def test_presets(self):
        with pytest.raises(LayerError, match="istat2006"):
            own_rules("istat2012")


class TestRegister:
    FIRMS = pd.DataFrame(
        {
            "territory": ["A", "A", "A", "B"],
            "sector": ["15.2", "15.2", "15.1", "15.2"],
            "employment": [30.0, 40, 10, 200],
            "group": ["g", "g", None, "g"],
        }
    )

    def test_plants(self):
        jobs = district_jobs(self.FIRMS).set_index(["territory", "sector", "size_class"])
        assert jobs["employment"].to_dict() == {
            ("A", "15.1", "small"): 10,
            ("A", "15.2", "small"): 70,
            ("B", "15.2", "medium"): 200,
        }
        assert jobs.loc[("A", "15.2", "small"), "establishments"] == 2

    def test_enterprises(self):
        jobs = district_jobs(self.FIRMS, rules=DistrictRules(size_of="enterprise"))
        jobs = jobs.set_index(["territory", "sector", "size_class"])
        # 270 jobs in all, of which 70 in market A, where it is one firm
        assert jobs.loc[("A", "15.2", "large")].tolist() == [70, 1]
        assert jobs.loc[("A", "15.1", "small")].tolist() == [10, 1]

    def test_what_is_not_known_is_told(self):
        firms = self.FIRMS.assign(employment=[30.0, np.nan, 10, 200], sector=["15.2", "15.2", None, "15.2"])
        with pytest.warns(GeoterritorioWarning) as told:
            jobs = district_jobs(firms)
        assert [str(w.message) for w in told] == [
            "1 establishments have no sector: their jobs may be of any industry, which can leave steps unknown.",
            "1 establishments have no jobs stated: these may be any number, which can leave steps unknown.",
        ]
        assert jobs["employment"].sum() == 240
        assert jobs["establishments"].sum() == 4
        assert jobs.loc[jobs["size_class"].isna(), "employment"].isna().all()

    def test_refused(self):
        with pytest.raises(LayerError, match="employment"):
            district_jobs(self.FIRMS.drop(columns="employment"))
        with pytest.raises(LayerError, match="group"):
            district_jobs(self.FIRMS.drop(columns="group"), rules=DistrictRules(size_of="enterprise"))


QUICK = settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))


class TestIdentities:
    @QUICK
    @given(times=st.floats(1, 100))
    def test_scale_changes_no_step_but_floors(self, times):
        scaled = TABLE.assign(employment=TABLE["employment"] / times)
        pd.testing.assert_series_equal(found(table=scaled).evidence["passed"], found().evidence["passed"])
        nation = NATION.assign(employment=NATION["employment"] * times)
        pd.testing.assert_series_equal(found(reference=nation).evidence["passed"], found().evidence["passed"])

    @QUICK
    @given(names=st.permutations(sorted(MARKETS)), order=st.randoms(use_true_random=False))
    def test_names_and_order_do_not_matter(self, names, order):
        new = dict(zip(sorted(MARKETS), names, strict=True))
        rows = list(range(len(TABLE)))
        order.shuffle(rows)
        turned = TABLE.assign(territory=TABLE["territory"].map(new)).iloc[rows]
        told = found(table=turned, reference=None).areas["verdict"]
        before = found(reference=None).areas["verdict"]
        assert told.to_dict() == {new[m]: v for m, v in before.items()}

    @pytest.mark.parametrize("preset", PRESETS)
    def test_a_market_without_jobs_changes_nothing(self, preset):
        more = pd.concat([TABLE, TABLE[:3].assign(territory="H", employment=0.0, establishments=0)])
        result = found(preset, more, None, people=PEOPLE).evidence.drop("H")
        pd.testing.assert_frame_equal(result, found(preset, reference=None, people=PEOPLE).evidence)

    def test_quotients_average_to_one_and_excess_sums_to_nothing(self):
        result = found(reference=None)
        rows = result.industries.reset_index()
        excess = rows.groupby("industry")["excess"].sum()
        np.testing.assert_allclose(excess, 0, atol=1e-9)
        by_size = result.sizes.reset_index()
        weight = by_size.groupby("territory")["employment"].transform("sum")
        mean = (by_size["lq"] * weight).groupby(by_size["size_class"]).sum() / weight.groupby(
            by_size["size_class"]
        ).sum()
        np.testing.assert_allclose(mean, 1)


class TestPlantsOfWhichLittleIsStated:
    """What a register does not state is unknown, and never nothing."""

    @pytest.fixture
    def register(self):
        table = TABLE.reset_index(drop=True)
        rows = table.loc[table.index.repeat(table["establishments"])]
        return rows.assign(employment=rows["employment"] / rows["establishments"]).reset_index(drop=True)

    def verdict(self, register, **options):
        rules = own_rules("istat2006_unconfirmed", **options)
        with pytest.warns(GeoterritorioWarning, match="leave steps unknown"):
            result = districts(district_jobs(register, rules=rules), reference=NATION, rules=rules)
        return result.areas.loc["A"], result.evidence.loc["A"]

    @pytest.mark.filterwarnings("ignore:firms. no enterprise has more")  # each plant is one here
    @pytest.mark.parametrize("options", [{}, {"size_of": "enterprise"}])
    def test_jobs_that_are_not_stated(self, register, options):
        hidden = (register["territory"] == "A") & (register["sector"] == "15.2")
        firms = register.assign(employment=register["employment"].mask(hidden), group=None)
        area, evidence = self.verdict(firms, **options)
        assert area["verdict"] == "undecidable"
        assert np.isnan(area["employment"])
        assert "withheld cells" in evidence.set_index("asked").loc["main_industry", "reason"]

    def test_sectors_that_are_not_stated_or_no_codes(self, register):
        hidden = (register["territory"] == "A") & (register["sector"] == "15.2")
        for nothing in (None, "xx"):
            area, evidence = self.verdict(register.assign(sector=register["sector"].mask(hidden, nothing)))
            assert area["verdict"] == "undecidable"
            assert area["employment"] == 1000
            assert "coarse codes" in evidence.set_index("asked").loc["main_industry", "reason"]

    def test_drawn_anew_they_stay_unknown(self, register):
        hidden = (register["territory"] == "A") & (register["sector"] == "15.2")
        firms = register.assign(employment=register["employment"].mask(hidden))
        with pytest.warns(GeoterritorioWarning, match="no jobs stated"):
            drawn = district_stability(firms, reference=NATION, draws=5).markets
        assert drawn.loc["A", "verdict"] == "undecidable"
        assert drawn.loc["A", "kept"] != 0


def test_a_market_compared_with_itself_is_told_nothing_of():
    """Every excess is nothing but for rounding, and no verdict may rest on that."""
    jobs = TABLE[TABLE["territory"] == "A"].assign(employment=lambda t: t["employment"] * 0.1)
    with pytest.warns(GeoterritorioWarning, match="compared with itself"):
        result = found(table=jobs, reference=None)
    assert result.areas.loc["A", "verdict"] == "no district"
    assert pd.isna(result.areas.loc["A", "activity"])
    assert (result.evidence.loc["A"].set_index("asked").loc[["specialised", "prevails"], "margin"] == 0).all()


def test_origins_are_those_of_the_documentation():
    told = {
        name: districts(TABLE, reference=NATION, rules=p.rules, people=PEOPLE)
        .evidence.loc["A"]
        .set_index("asked")["origin"]
        for name, p in PRESETS.items()
    }
    for name in ("istat1997_unconfirmed", "istat2006", "istat2006_unconfirmed", "boix", "boix_unconfirmed"):
        assert told[name]["sme_industry"] == "not confirmed"
        if name != "istat1997_unconfirmed":
            assert told[name]["main_industry"] == "reading"
            assert told[name]["size_quotients"] == "published"
    assert set(told["istat2011_unconfirmed"]) == {"not confirmed"}
    assert told["istat1997"].to_dict() == {
        "manufacturing_share": "published",
        "main_industry": "reading",
        "sme_manufacturing": "reading",
    }
    assert told["dm1993_unconfirmed"].to_dict() == {
        "manufacturing_share": "published",
        "unit_density": "published",
        "main_industry": "reading",
        "industry_share": "not confirmed",
        "small_industry": "not confirmed",
    }


def test_a_number_of_ones_own_is_one_of_its_steps_alone():
    result = found("boix_unconfirmed", rules={"least_jobs": 100})
    origin = result.evidence.loc["A"].set_index("asked")["origin"]
    assert origin[["industry_jobs", "specialised", "sme_industry"]].tolist() == [
        "own rule",
        "published",
        "not confirmed",
    ]
    assert set(result.areas["preset"]) == {"own rules"}
    assert result.evidence["source"].str.startswith("Boix").all()


def test_a_number_that_no_step_asks_for_changes_nothing():
    with pytest.warns(GeoterritorioWarning, match="mainly: no step of “istat1997”"):
        rules = own_rules("istat1997", mainly=0.5)
    assert rules == PRESETS["istat1997"].rules


def test_the_decree_knows_no_kinds_of_markets():
    result = found("dm1993_unconfirmed", people=PEOPLE)
    assert set(result.areas["verdict"]) <= {"district", "no district", "undecidable", "empty"}
    # nor is a market “other” in which manufacturing has most excess jobs
    areas = found("istat1997").areas
    assert not (
        (areas["activity"] == "manufacturing") & areas["verdict"].isin(["other system", "services"])
    ).any()


class TestEvidenceTellsWhatDecides:
    """Nothing that decides a step is in no table."""

    def rows(self, market="A", **options):
        return found(**options).evidence.loc[market].set_index("asked")

    def test_activities(self):
        result = found()
        table = result.activities.loc["A"]
        assert len(table) == 8
        assert table["employment"].sum() == 1000
        assert table["establishments"].sum() == 141
        assert table["excess"].sum() == pytest.approx(0)
        for step, column in (("specialised", "lq"), ("prevails", "excess")):
            row = self.rows().loc[step]
            assert row["of"] == "manufacturing"
            assert row["value"] == table.loc[row["of"], column]
        row = self.rows().loc["prevails"]
        assert row["against"] == "business_services; consumer_services"  # the same for both
        assert row["threshold"] == table.loc["business_services", "excess"] == -100
        assert table.index[table["main"] == "yes"].tolist() == [result.areas.loc["A", "activity"]]

    def test_what_the_figures_are_of(self):
        rows = self.rows()
        assert rows.loc["size_quotients", ["of", "against"]].tolist() == ["small", "large"]
        assert set(rows.loc[["main_industry", "sme_industry", "one_medium_firm"], "of"]) == {
            "leather_footwear"
        }

    def test_sizes_and_medium_firms_of_industries(self):
        leather = found().industries.loc[("A", "leather_footwear")]
        assert leather[["employment_small", "employment_medium", "employment_large"]].tolist() == [
            400,
            100,
            0,
        ]
        assert leather["medium_firms"] == 1
        row = self.rows("D").loc["one_medium_firm"]
        assert (row["value"], row["threshold"], row["passed"], row["reason"]) == (
            350,
            0,
            "yes",
            "not one firm",
        )

    def test_bounds_of_figures_and_thresholds(self):
        hidden = TABLE.reset_index(drop=True)
        hidden.loc[0, "employment"] = np.nan
        rows = self.rows(table=hidden)
        known = self.rows()
        assert (known["low"] == known["value"]).all()
        assert (known["high"] == known["value"]).all()
        assert (known["threshold_low"] == known["threshold_high"]).all()
        # The whole has 6,000 of these jobs, and the other markets 500: the excess is 50 + 3/4 of 0 to 5,500.
        row = rows.loc["prevails"]
        assert np.isnan(row[["value", "threshold"]].tolist()).all()
        assert (row["low"], row["high"]) == (50, 4175)
        assert (row["threshold_low"], row["threshold_high"]) == (100 - 6_100 / 5, 20)
        # without upper bound for the jobs there is none for services to fall behind by
        alone = self.rows(table=hidden, reference=None).loc["prevails"]
        assert np.isnan(alone[["high", "threshold_low"]].tolist()).all()

    def test_decided_whichever_the_main_industry_is(self):
        cells = pd.DataFrame(
            {
                "territory": "A",
                "sector": ["15.2", "31.0", "47.1"],
                "size_class": "small",
                "employment": [np.nan, np.nan, 50],
                "employment_low": [80, 80, np.nan],
                "employment_high": [200, 300, np.nan],
                "establishments": [20, 20, 9],
            }
        )
        rows = self.rows(table=cells)
        assert rows.loc["sme_industry", "of"] == "leather_footwear; housing_goods"
        assert rows.loc["sme_industry", ["passed", "reason"]].tolist() == ["yes", "whichever industry"]
        assert rows.loc["one_medium_firm", "reason"] == "whichever industry; not one firm"

    def test_every_unknown_step_has_a_cure(self):
        for preset in PRESETS:
            plain = TABLE.drop(columns=["size_class", "establishments"])
            evidence = found(preset, table=plain).evidence
            unknown = evidence["passed"] == "unknown"
            assert unknown.any()
            assert evidence.loc[unknown, "cure"].notna().all()
            assert evidence.loc[~unknown, "cure"].isna().all()


def test_a_whole_smaller_than_its_parts_is_refused():
    with pytest.raises(LayerError, match=r"reference: fewer jobs.*employment \(2000 < 5500\).*manufacturing"):
        found(reference=NATION.assign(employment=NATION["employment"] / 100))
    # what may be as many is no contradiction
    hidden = NATION.assign(employment=np.nan)
    assert set(found(reference=hidden).areas["district"]) <= {"unknown", "no"}


def test_another_edition_of_the_classification_is_refused():
    with pytest.raises(LayerError, match=r"classification.*NACE Rev\. 2\.1"):
        found(reference=NATION.assign(classification="NACE Rev. 2.1"))
    with pytest.raises(LayerError, match="classification"):
        district_jobs(TABLE.assign(classification="NACE Rev. 2.1"))
    assert (
        found(reference=NATION.assign(classification="NACE Rev. 2")).areas.loc["A", "verdict"] == "district"
    )


def test_what_is_undecidable_is_no_run_against_a_market():
    plain = TABLE.drop(columns="size_class")
    told = district_stability(None, plain, NATION, rules=own_rules("istat2006_unconfirmed"))
    area = told.markets.loc["A"]
    assert area["verdict"] == "undecidable"
    assert area[["share_settings", "share_all", "kept_settings", "kept_all"]].isna().all()
    assert (area["share_all_low"], area["share_all_high"]) == (0, 1)
    assert told.markets.loc["E", ["share_all", "share_all_high"]].tolist() == [0, 0]
    assert told.runs.loc[0, "undecidable"] >= 1
    none = district_stability(None, TABLE, NATION, rules=own_rules("dm1993_unconfirmed")).markets
    assert none.loc["A", ["share_all", "kept_all"]].isna().all()
    sure = district_stability(None, TABLE, NATION, rules=own_rules("istat2006_unconfirmed")).markets.loc["A"]
    assert sure["share_all"] == sure["share_all_low"] == sure["share_all_high"]
