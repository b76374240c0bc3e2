"""Real codes of the Mexican business directory: metal and furniture trades of the Isthmus of Tehuantepec."""

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.layers.recoding import recode_sectors
from geoterritorio.layers.sector_codes import check_sectors
from geoterritorio.layers.vocabularies import vocabulary


@pytest.fixture(scope="module")
def register(peer_data):
    path = peer_data / "denue_istmo.gpkg"
    if not path.is_file():
        pytest.skip("no business directory beside this checkout")
    return gpd.read_file(path)


def test_every_code_of_the_register_is_known(register):
    assert check_sectors(register["codigo_act"], "scian2018").empty


def test_every_establishment_arrives_in_isic(register):
    counts = register.groupby(["cve_mun", "codigo_act"]).size().rename("establishments").reset_index()
    counts = counts.rename(columns={"cve_mun": "territory", "codigo_act": "sector"})
    found = recode_sectors(counts, source="scian2018", target="isic4")
    assert found.remainder.empty
    assert found.layer["establishments"].sum() == pytest.approx(len(register), abs=1e-9)
    assert set(found.layer["sector"].str[:2]) <= {str(d) for d in range(10, 34)}


def test_titles_of_the_register_and_of_the_vocabulary_agree(register):
    titles = vocabulary("scian2018").set_index("code")["es"]
    seen = register.drop_duplicates("codigo_act").set_index("codigo_act")["nombre_act"].str.strip()
    same = pd.Series({c: titles[str(c)].lower() == name.lower() for c, name in seen.items()})
    assert same.mean() > 0.9


def test_every_size_band_is_in_the_vocabulary(register):
    assert set(register["per_ocu"]) <= set(vocabulary("size_denue")["text"])
