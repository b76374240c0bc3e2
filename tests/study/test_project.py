"""The QGIS project of a study: what it holds, and which establishments it shows."""

import json
import zipfile
from xml.etree.ElementTree import fromstring

import pandas as pd
import pyogrio
import pytest

from geoterritorio.errors import StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.study import run_study

pytestmark = pytest.mark.filterwarnings("ignore:1 of 300 establishments")
STUDY = """
[study]
title = {{ en = "Three sectors", es = "Tres sectores" }}
lang = "es"
{more}
[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[steps.lq]
tool = "location_quotient"
territories = "areas"
firms = "register"

[steps.quality]
tool = "register_quality"
firms = "register"
territories = "areas"
"""

WORDS = '[disclosure]\npublish_exact_points = "The owners of the shops agreed."\n'


@pytest.fixture
def run(tmp_path, territories, firms):
    firms = firms.copy()
    firms.loc[firms.index[0], "geometry"] = firms.geometry.iloc[0].__class__(
        -1e6, 4e6
    )  # outside, so doubtful
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})

    def go(more=""):
        file = tmp_path / "study.toml"
        file.write_text(STUDY.format(more=more), encoding="utf-8")
        return run_study(file, tmp_path / "out", overwrite=True)

    return go


def held(made):
    return set(pyogrio.list_layers(made["project"].with_name("project.gpkg"))[:, 0])


def internal(made):
    return json.loads(made["provenance"].read_text(encoding="utf-8"))["confidentiality"][
        "single_establishments"
    ]


def test_single_establishments_are_in_it_only_where_the_study_asks_for_them(run):
    made = run()
    assert {"areas", "lq_areas", "lq_quotients", "quality_summary"} <= held(made)
    assert not {"register", "quality_doubtful"} & held(made)
    assert "project.qgz" not in internal(made)
    made = run('[project]\nshow = ["register"]\n' + WORDS)
    assert "register" in held(made)
    assert "quality_doubtful" not in held(made)
    assert {"project.qgz", "project.gpkg"} <= set(internal(made))
    assert "map.html" not in internal(made)
    made = run('[map]\nshow = ["quality.doubtful"]\n' + WORDS)
    assert "quality_doubtful" in held(made)
    assert "project.gpkg" in internal(made)


def test_what_is_left_off_the_map_is_left_out_of_it(run):
    assert "lq_areas" not in held(run('[map]\nleave_out = ["lq.areas"]\n'))


def test_it_need_not_be_written(run):
    made = run("[project]\nwrite = false\n")
    assert "project" not in made
    assert not (made["map"].parent / "project.gpkg").exists()


def test_its_settings_are_checked(run, tmp_path):
    with pytest.raises(StudyError) as refused:
        run('[project]\nwrite = "no"\nshow = ["regster"]\nshows = 1\n')
    told = str(refused.value)
    assert "project.write: must be true or false" in told
    assert "register" in told
    assert "project.shows: unknown key" in told
    assert not (tmp_path / "out").exists()


def titles(made):
    with zipfile.ZipFile(made["project"]) as package:
        document = fromstring(package.read("project.qgs"))  # noqa: S314 - our own text
    return [layer.findtext("layername") for layer in document.iter("maplayer")]


def test_a_result_with_the_title_of_a_layer_says_which_output_it_is(run):
    found = titles(
        run('[steps.told]\ntitle = "areas"\ntool = "entropy"\nterritories = "areas"\nfirms = "register"\n')
    )
    assert found.count("areas") == 1
    assert len(set(found)) == len(found)


def test_flows_are_also_drawn_as_lines(run, territories, tmp_path):
    a, b = territories["territory"][:2].astype(str)
    flows = pd.DataFrame({"origin": [a, a], "destination": [b, a], "flow": [9.0, 20.0]})
    flows.to_csv(tmp_path / "commuting.csv", index=False)
    words = '[disclosure]\npublished = ["commuting"]\n'
    made = run(f'[layers.commuting]\nkind = "flows"\npath = "commuting.csv"\n{words}')
    assert {"commuting", "commuting_lines"} <= held(made)
    lines = pyogrio.read_dataframe(made["project"].with_name("project.gpkg"), layer="commuting_lines")
    assert lines[["origin", "destination", "flow"]].to_numpy().tolist() == [[a, b, 9.0]]
    assert lines.geom_type.tolist() == ["LineString"]
    assert "commuting: los mayores, en líneas" in titles(made)
