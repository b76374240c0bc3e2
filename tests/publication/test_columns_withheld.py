"""Columns of which everything is withheld keep the type and the meaning that the tools declare."""

import json

import numpy as np
import pandas as pd
import pytest

from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.columns import columns_told
from geoterritorio.publication.described import description
from geoterritorio.publication.headings import worded

NOTHING = [np.nan, np.nan]


def listing(kind, **columns):
    return Listing("Invented", pd.DataFrame(columns), "t", kind=kind)


def held(given):
    return {told.name: told.holds for told in columns_told(given, "en")}


def test_a_column_without_a_value_has_the_declared_type():
    told = held(
        listing(
            "innovation_areas",
            density=NOTHING,
            diversity=[None, None],
            missing_kinds=NOTHING,
            number=[1.0, 2.0],
        )
    )
    assert told == {"density": "number", "diversity": "number", "missing_kinds": "text", "number": "whole"}


def test_types_of_a_described_table_are_the_same_with_and_without_values():
    full = listing(
        "innovation_areas", territory=["A", "B"], density=[0.5, 1.5], missing_kinds=["chamber", ""]
    )
    bare = listing("innovation_areas", territory=["A", "B"], density=NOTHING, missing_kinds=[None, None])
    types = [
        [
            column["datatype"]
            for column in json.loads(
                description({key: [one] for key in LANGUAGES}, titles={"en": "T", "es": "T"})
            )["tables"][0]["tableSchema"]["columns"]
        ]
        for one in (full, bare)
    ]
    assert types[0] == types[1] == ["string", "double", "string"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_has_a_meaning(lang):
    given = listing("local_division", territory=["A"], name=["Town"], sector_name=["Shoes"], odd=[1.0])
    meanings = {told.name: told.meaning for told in columns_told(given, lang)}
    assert all(meanings.values())
    say = translator(lang)
    assert meanings["sector_name"] == say("Name of the sector")
    assert meanings["name"] == say("Name of the territory")


@pytest.mark.parametrize("column", ["readings", "main_industry", "main_sectors", "group_name", "chosen_by"])
def test_withheld_is_a_word_in_every_column(column):
    for kind in ("contrast_areas", "community_areas"):
        assert worded(column, "withheld", kind, translator("es")) == "reservado"
    assert worded("territory", "withheld", "territories", translator("es")) == "withheld"
