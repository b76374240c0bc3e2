"""Vocabularies against the published structure of the classifications and against themselves."""

import pandas as pd
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.layers.vocabularies import (
    correspondence,
    correspondences,
    own_codes,
    titles,
    vocabularies,
    vocabulary,
)

NAMES = vocabularies()["name"].tolist()
TABLES = list(correspondences()[["source", "target"]].itertuples(index=False, name=None))
# Regulation (EC) 1893/2006; Delegated Regulation (EU) 2023/137; UN, ISIC Rev. 4; US Census Bureau; INEGI; UNESCO.
PUBLISHED = {
    "nace2": {"section": 21, "division": 88, "group": 272, "class": 615},
    "nace21": {"section": 22, "division": 87, "group": 287, "class": 651},
    "isic4": {"section": 21, "division": 88, "group": 238, "class": 419},
    "naics2022": {
        "sector": 20,
        "subsector": 96,
        "industry_group": 308,
        "industry": 689,
        "national_industry": 1012,
    },
    "scian2018": {
        "sector": 20,
        "subsector": 94,
        "industry_group": 306,
        "industry": 615,
        "national_industry": 1084,
    },
    "scian2023": {
        "sector": 20,
        "subsector": 94,
        "industry_group": 305,
        "industry": 610,
        "national_industry": 1086,
    },
    "isced_f_2013": {"broad": 11, "narrow": 29},
}
TRANSLATED = ["nace2", "nace21", "isic4"]
# Whole hierarchies, but for NAICS below the subsectors.
SPANISH = {name: PUBLISHED[name] for name in [*TRANSLATED, "scian2018", "scian2023"]}
SPANISH["naics2022"] = {"sector": 20, "subsector": 96}
COUNTS = {
    "istat_activities": 8,
    "istat_main_industries": 11,
    "institution_kinds": 10,
    "leader_features": 7,
    "development_elements": 8,
    "innovative_actions": 9,
    "innovation_components": 4,
    "innovation_social_features": 5,
    "capitals": 4,
    "action_phases": 3,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_levels_have_the_published_number_of_codes(name):
    assert vocabulary(name)["level"].value_counts().to_dict() == PUBLISHED[name]


@pytest.mark.parametrize("name", COUNTS)
def test_lists_have_the_items_they_are_named_after(name):
    assert len(vocabulary(name)) == COUNTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_codes_are_unique_and_every_parent_exists_one_level_up(name):
    table = vocabulary(name)
    assert table["code"].is_unique
    assert (table["code"].str.strip() == table["code"]).all()
    assert not (table["code"] == "").any()
    levels = list(dict.fromkeys(table["level"]))
    rank = table.set_index("code")["level"].map(levels.index)
    child = table[table["parent"] != ""]
    assert set(child["parent"]) <= set(table["code"])
    assert (rank[child["code"]].to_numpy() - rank[child["parent"]].to_numpy() == 1).all()
    assert (rank[table.loc[table["parent"] == "", "code"]] == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_text_has_its_twin_or_a_stated_reason(name):
    table = vocabulary(name)
    head = vocabularies().set_index("name").loc[name]
    one_sided = (table["en"] == "") ^ (table["es"] == "")
    assert not ((table["en"] == "") & (table["es"] == "")).any()
    assert bool(head["missing"]) == bool(one_sided.any())
    upper = table["parent"] == ""
    assert not one_sided[upper].any()
    assert all(bool(head[c]) == bool(head[f"{c}_es"]) for c in ("changed", "missing", "note"))
    assert all(head[c] for c in ("en", "es", "kind", "version", "date", "source", "licence"))


@pytest.mark.parametrize("name", NAMES)
def test_titles_are_clean(name):
    table = vocabulary(name)
    for language in ("en", "es"):
        text = table[language]
        assert (text == text.str.strip()).all()
        assert not text.str.contains(r",,|\s\s|�|interney|hodog|\),$", regex=True).any()
        assert not (text.str.isupper() & (text.str.len() > 4)).any()


@pytest.mark.parametrize("name", ["nace2", "nace21", "isic4", "naics2022", "scian2023"])
def test_spanish_titles_say_who_wrote_them(name):
    table = vocabulary(name)
    assert ((table["es"] != "") == (table["es_origin"] != "")).all()
    assert set(table["es_origin"]) <= {"", "project", "INEGI"}
    assert (table.loc[table["level"].isin(["section", "division", "sector", "subsector"]), "es"] != "").all()


@pytest.mark.parametrize(("name", "held"), SPANISH.items())
def test_spanish_titles_are_held_at_the_levels_stated(name, held):
    table = vocabulary(name)
    found = table.loc[table["es"] != "", "level"].value_counts().to_dict()
    assert found == held
    assert all(PUBLISHED[name][level] == count for level, count in held.items())


@pytest.mark.parametrize("name", TRANSLATED)
def test_translations_differ_from_english_and_tell_codes_of_a_level_apart(name):
    table = vocabulary(name)
    english = table["en"].str.lower()
    assert not (table["es"].str.lower() == english).any()
    assert table["es"].str[0].str.isupper().all()
    assert table.groupby(["level", "es"])["en"].nunique().max() == 1
    assert (table["en"].str.endswith("n.e.c.") == table["es"].str.endswith("n.c.o.p.")).all()


@pytest.mark.parametrize("name", TRANSLATED)
@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("^wholesale of", "^Comercio al por mayor de"),
        ("^retail sale of", "^Comercio al por menor de"),
        ("stores$", "en establecimientos"),
        ("^intermediation service activities for", "^Servicios de intermediación para"),
        ("^repair", "^Reparación"),
    ],
)
def test_the_same_turn_of_phrase_is_translated_the_same_way(name, english, spanish):
    table = vocabulary(name)
    turned = table["en"].str.lower().str.contains(english)
    assert table.loc[turned, "es"].str.contains(spanish).all()


def test_equal_english_titles_have_one_spanish_title_in_every_edition():
    tables = pd.concat([vocabulary(name) for name in TRANSLATED])
    assert tables.groupby(tables["en"].str.lower())["es"].nunique().max() == 1


def test_known_titles_and_parents():
    nace = vocabulary("nace2").set_index("code")
    assert nace.loc["10.71", "en"] == ("Manufacture of bread; manufacture of fresh pastry goods and cakes")
    assert nace.loc["62", "parent"] == "J"
    assert vocabulary("nace21").set_index("code").loc["62", "parent"] == "K"
    naics = vocabulary("naics2022").set_index("code")
    assert naics.loc["311", "parent"] == "31-33"
    assert naics.loc["449", "parent"] == "44-45"


def test_titles_fall_back_on_the_other_language():
    assert titles("scian2018", "en")["311830"].startswith("Elaboración de tortillas")
    assert titles("nace2", "es")["01"].startswith("Producción agrícola")
    assert titles("nace2", "es")["01.12"] == "Cultivo de arroz"
    assert (
        titles("naics2022", "es")["1111"] == titles("naics2022", "en")["1111"] == "Oilseed and Grain Farming"
    )


def test_national_names_lead_to_their_edition_and_unknown_ones_are_refused():
    pd.testing.assert_frame_equal(vocabulary("CNAE2009"), vocabulary("nace2"))
    with pytest.raises(LayerError, match=r"no vocabulary “nace3”.*nace21.*ciiu4"):
        vocabulary("nace3")


def test_a_caller_cannot_change_the_vocabulary():
    table = vocabulary("capitals")
    table.loc[0, "en"] = "changed"
    assert vocabulary("capitals").loc[0, "en"] == "Human capital"


def test_spains_own_classes_are_read_as_classes_of_nace_and_are_none_themselves():
    codes = set(vocabulary("nace2")["code"])
    own = own_codes("nace2")
    assert len(own) == 25
    assert not set(own) & codes
    assert set(own.values()) <= codes
    assert all(own[c][:4] == c[:4] for c in own)


@pytest.mark.parametrize(("source", "target"), TABLES)
def test_links_join_codes_of_their_vocabularies(source, target):
    table = correspondence(source, target)
    assert len(table)
    assert set(table["source"]) <= set(vocabulary(source)["code"])
    assert set(table["target"]) <= set(vocabulary(target)["code"])
    assert not table.duplicated(["source", "target"]).any()


@pytest.mark.parametrize(
    ("source", "target", "level", "absent"),
    [
        ("nace2", "nace21", "class", set()),
        ("nace21", "nace2", "class", {"46.89"}),
        ("nace2", "isic4", "class", set()),
        ("isic4", "nace2", "class", set()),
        ("scian2018", "isic4", "national_industry", set()),
        ("scian2023", "isic4", "national_industry", set()),
        ("naics2022", "isic4", "national_industry", {"333511"}),
        ("nace2", "istat_activities", "group", set()),
    ],
)
def test_every_class_is_linked_but_the_stated_ones(source, target, level, absent):
    codes = vocabulary(source).loc[lambda t: t["level"] == level, "code"]
    assert set(codes) - set(correspondence(source, target)["source"]) == absent


def test_nace_rev_2_classes_have_exactly_one_isic_class():
    assert correspondence("nace2", "isic4")["source"].is_unique


@pytest.mark.parametrize(
    ("source", "target", "code", "expected"),
    [
        ("nace2", "isic4", "10.11", {"1010"}),
        ("nace2", "nace21", "62.01", {"62.10"}),
        ("nace2", "nace21", "30.30", {"30.31", "30.32"}),  # Rev. 2.1 parts civilian from military aircraft
        ("naics2022", "isic4", "112111", {"0141"}),  # cattle is animal production, not clothing (141)
        ("naics2022", "isic4", "211130", {"0510", "0620"}),
        ("naics2022", "isic4", "111336", {f"012{i}" for i in range(1, 10)}),  # fruits mixed: any of the group
        ("naics2022", "isic4", "311811", {"1071"}),
        ("scian2018", "isic4", "311830", {"1062", "1071"}),  # maize dough and tortillas
        ("scian2023", "isic4", "312144", {"1101"}),  # tequila, apart from mezcal since 2023
        ("scian2023", "isic4", "513210", {"5820"}),  # software, 511210 in 2018
    ],
)
def test_known_counterparts(source, target, code, expected):
    table = correspondence(source, target)
    assert set(table.loc[table["source"] == code, "target"]) == expected


def test_scian_2023_differs_from_2018_where_the_revision_did():
    """What the revision is known for: publishing becomes 513, broadcasting 516, tequila and mezcal part ways."""
    old, new = (vocabulary(f"scian{year}").set_index("code") for year in (2018, 2023))
    classes = new.index[new["level"] == "national_industry"]
    assert len(set(classes) - set(old.index)) == 34
    upper = new.index[new["level"] == "subsector"]
    assert set(upper) - set(old.index) == {"513", "516"}
    assert {"511", "515"} == set(old.index[old["level"] == "subsector"]) - set(upper)
    assert new.loc[["312144", "312145"], "es"].tolist() == ["Elaboración de tequila", "Elaboración de mezcal"]
    assert new.loc["4373", "es"] == new.loc["437", "es"]
    assert set(new.index[new["es_origin"] == "project"]) == {"513", "516", "5131", "5161", "51314", "5192"}


def test_farming_and_mining_stay_what_they_are_between_naics_and_isic():
    """ISIC 12, 14, 17, 21, 32 are what 012, 014, 017, 021, 032 become when a zero is lost."""
    table = correspondence("naics2022", "isic4")
    farming = table[table["source"].str.startswith("11")]
    assert not set(farming["target"].str[:2]) & {"12", "14", "17", "21", "32", "62", "72", "91"}
    assert set(farming.loc[farming["target"].str[:2] == "16", "source"]) <= {"113310"}  # loggers who saw
    livestock = table[table["source"].str.startswith(("1121", "1122", "1123", "1124"))]
    assert set(livestock["target"].str[:2]) == {"01"}
    mining = table[table["source"].str.startswith(("211", "212", "213"))]
    assert set(mining["target"].str[:2]) <= {"05", "06", "07", "08", "09", "43"}  # 43: site preparation


def test_eurostat_groups_at_two_digits_are_the_published_ones():
    """Annex 3 of Eurostat's high-tech indicators, divisions that belong whole to one group."""
    table = correspondence("nace2", "eurostat_technology")
    by_division = table.groupby(table["source"].str[:2])["target"].agg(set)
    whole = {d: next(iter(g)) for d, g in by_division.items() if len(g) == 1}
    assert {d for d, g in whole.items() if g == "high_tech"} == {"21", "26"}
    assert {d for d, g in whole.items() if g == "medium_high_tech"} == {"20", "27", "28", "29"}
    assert {d for d, g in whole.items() if g == "kis_high_tech"} == {"59", "60", "61", "62", "63", "72"}
    assert {d for d, g in whole.items() if g == "kis_financial"} == {"64", "65", "66"}
    kis = {d for d, g in whole.items() if g.startswith("kis")}
    ranges = (range(50, 52), range(58, 67), range(69, 76), (78, 80), range(84, 89), range(90, 94))
    assert kis == {str(d) for r in ranges for d in r}
    mixed = {d: g for d, g in by_division.items() if len(g) > 1}
    assert set(mixed) == {"18", "25", "30", "32"}


def test_every_row_of_the_projects_own_groups_says_so():
    for groups in ("istat_activities", "istat_main_industries"):
        table = correspondence("nace2", groups)
        assert set(table["origin"]) == {"project"}
        assert set(table["target"]) == set(vocabulary(groups)["code"])
    manufacturing = correspondence("nace2", "istat_activities").query("target == 'manufacturing'")["source"]
    assert set(manufacturing) == set(correspondence("nace2", "istat_main_industries")["source"])


def test_fields_reach_every_division_that_hires_and_say_who_proposed_it():
    table = correspondence("isced_f_2013", "nace2")
    assert set(table["relevance"]) == {0.5, 1.0}
    assert set(table["origin"]) == {"project"}
    narrow = vocabulary("isced_f_2013").query("level == 'narrow' and parent != '00'")["code"]
    assert set(table["source"]) == set(narrow)


@pytest.mark.parametrize("name", ["size_eu", "size_istat", "size_denue"])
def test_size_classes_cover_every_size_once(name):
    table = vocabulary(name)
    assert table["low"].iloc[0] == 0
    assert table["high"].iloc[-1] == float("inf")
    assert (table["low"].iloc[1:].to_numpy() == table["high"].iloc[:-1].to_numpy() + 1).all()


def test_no_correspondence_is_made_up():
    with pytest.raises(LayerError, match=r"none is made up.*nace2 → isic4"):
        correspondence("scian2018", "nace2")
