"""Quality of a real register: 2 414 establishments of the Isthmus of Tehuantepec (DENUE, SCIAN codes, size bands)."""

import pytest

from geoterritorio.layers import read_layer
from geoterritorio.layers.quality import QualityRules, register_quality
from geoterritorio.layers.schema import REGISTER

COLUMNS = {"firm": "id", "sector": "codigo_act", "size_class": "per_ocu", "opened": "fecha_alta"}


@pytest.fixture(scope="module")
def register(peer_data):
    return read_layer(peer_data / "denue_istmo.gpkg", REGISTER, columns=COLUMNS)


def test_what_the_report_finds(register):
    found = register_quality(register, rules=QualityRules(on="2024-12-31"))
    summary = found.summary.set_index("check")
    points = register.geometry.to_wkb()
    assert len(register) == 2414
    assert summary.loc["coincident", "count"] == points.duplicated(keep=False).sum() == 10
    # The three months of mass entry into the directory, not of opening.
    shares = register["opened"].value_counts(normalize=True)
    assert summary.loc["heaped_dates", "share"] == pytest.approx(shares[shares > 0.1].sum())
    assert summary.loc["heaped_dates", "count"] == 928 + 907 + 540
    for check in (
        "stacked",
        "rounded",
        "repeated_identifier",
        "no_sector",
        "sector_level",
        "opens_in_future",
    ):
        assert summary.loc[check, "count"] == 0, check
    assert summary.loc["implausible_size", "severity"] == "untested", "bands only"
    # The largest of 1428 workshops of six digits has 31 to 50 people: rare, but not far from 0 to 5.
    assert summary.loc[["implausible_class", "unknown_class"], "count"].tolist() == [0, 0]


def test_size_bands_far_from_those_of_the_subsector(register):
    coarse = register.assign(sector=register["sector"].str[:3])
    summary = register_quality(coarse, rules=QualityRules(on="2024-12-31")).summary.set_index("check")
    # Two metal workshops with 51 to 100 people among 1584, nearly all of five people at most.
    assert summary.loc["implausible_class", "count"] == 2


def test_size_bands_are_understood(register):
    mean = {"0 a 5 personas": 2, "251 y más personas": 9000}
    own = register.assign(employment=register["size_class"].map(mean))
    wrong = own.assign(employment=own["employment"].replace({2: 6}))
    for frame, expected in ((own, 0), (wrong, 2349)):
        summary = register_quality(frame, rules=QualityRules(on="2024")).summary.set_index("check")
        assert summary.loc["size_contradicted", "count"] == expected
