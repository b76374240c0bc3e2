import pytest

from geoterritorio.errors import StudyError
from geoterritorio.study import read_plan

GOOD = """
[study]
title = { en = "Leather", es = "Cuero" }
lang = "es"

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.csv"
columns = { sector = "cnae" }

[steps.later]
tool = "location_quotient"
territories = "areas"
counts = "table.output"

[steps.table]
tool = "tabulate"
territories = "areas"
firms = "register"
"""


def plan(tmp_path, text):
    for name in ("areas.gpkg", "firms.csv"):
        (tmp_path / name).write_text("x")
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path)


def errors(tmp_path, text) -> list[str]:
    with pytest.raises(StudyError) as caught:
        plan(tmp_path, text)
    return [str(p) for p in caught.value.problems]


def test_steps_run_after_what_they_need(tmp_path):
    found = plan(tmp_path, GOOD)
    assert [s.name for s in found.steps] == ["table", "later"]
    assert found.titles == {"en": "Leather", "es": "Cuero"}
    assert found.steps[0].titles == {"en": "table", "es": "table"}
    assert found.layers["register"].columns == {"sector": "cnae"}


def test_all_errors_at_once_each_with_its_key(tmp_path):
    text = (
        GOOD.replace("lang =", "lng =")
        .replace("areas.gpkg", "missing.gpkg")
        .replace("sector =", "sectr =")
        .replace('counts = "table.output"', 'counts = "table.ouput"\nlevel = 2\nmeasure = "jobs"\nsector = 5')
        .replace('tool = "tabulate"', 'tool = "tabulat"')
    )
    said = errors(tmp_path, text)
    for start in (
        "study.lng: unknown key. Did you mean “lang”?",
        "layers.areas.path: there is no file",
        "layers.register.columns.sectr: unknown key. Did you mean “sector”?",
        "steps.later.counts: there is no layer or result “table.ouput”.",
        "steps.later.level: must lie between 0.5 and 0.9999.",
        "steps.later.measure: must be one of employment, establishments.",
        "steps.later.sector: must be of type text.",
        "steps.table.tool: no tool of this name. Did you mean “tabulate”?",
    ):
        assert any(line.startswith(start) for line in said), (start, said)
    assert len(said) == 8


def test_steps_that_wait_for_each_other(tmp_path):
    text = GOOD.replace('firms = "register"', 'firms = "later.quotients"')
    assert any("wait for each other" in line for line in errors(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[study", "is not valid TOML"),
        ("", "the study has no step"),
        ("study = 3\nsteps = 4", "must be a table"),
    ],
)
def test_files_that_are_no_study(tmp_path, text, said):
    assert any(said in line for line in errors(tmp_path, text))


def test_no_file(tmp_path):
    with pytest.raises(StudyError, match="There is no study file"):
        read_plan(tmp_path / "none.toml")


def test_layers_of_the_wrong_kind_and_names_that_are_paths(tmp_path):
    text = GOOD.replace('firms = "register"', 'firms = "areas"').replace("[steps.later]", '[steps."../evil"]')
    said = errors(tmp_path, text)
    assert any(
        line.startswith("steps.table.firms: “areas” is a layer of territories, and firms are")
        for line in said
    )
    assert any(line.startswith("steps.../evil: a name is made of") for line in said)


def test_windows_byte_order_mark_and_layers_in_the_path(tmp_path):
    found = plan(tmp_path, "\ufeff" + GOOD.replace('path = "areas.gpkg"', 'path = "areas.gpkg|towns"'))
    assert found.layers["areas"].layer == "towns"
    assert found.layers["areas"].path.name == "areas.gpkg"


def test_the_seed_of_a_study_reaches_the_steps_that_draw(tmp_path):
    (tmp_path / "incomes.csv").write_text("x")
    text = GOOD.replace("[study]", "[study]\nseed = 7") + (
        '\n[layers.incomes]\nkind = "indicators"\npath = "incomes.csv"\n'
        '\n[steps.drawn]\ntool = "disparities"\nindicators = "incomes"\n'
        '\n[steps.own]\ntool = "disparities"\nindicators = "incomes"\nseed = 3\n'
    )
    found = plan(tmp_path, text)
    seeds = {step.name: step.options.get("seed") for step in found.steps}
    assert (found.seed, seeds) == (7, {"drawn": 7, "own": 3, "later": None, "table": None})
    said = errors(tmp_path, text.replace("seed = 7", "seed = -1"))
    assert said == ["study.seed: must be a whole number of at least 0."]


def test_any_raster_may_be_summed_and_basins_stand_for_territories(tmp_path):
    layers = "".join(
        f'\n[layers.{kind}]\nkind = "{kind}"\npath = "areas.gpkg"\n'
        for kind in ("friction", "population_grid")
    )
    centres = '\n[layers.places]\nkind = "centres"\npath = "areas.gpkg"\n'
    basins = '\n[steps.near]\ntool = "allocation"\nfriction = "friction"\nsources = "places"\n'
    sums = '\n[steps.people]\ntool = "zonal_sums"\ngrid = "population_grid"\nterritories = "near.basins"\n'
    found = plan(tmp_path, GOOD + layers + centres + basins + sums)
    assert [s.name for s in found.steps].index("near") < [s.name for s in found.steps].index("people")
    inside = '\n[steps.inside]\ntool = "sums_within"\npopulation_grid = "population_grid"\nareas = '
    for areas in ('"near.basins"\n', '"areas"\n'):
        assert plan(tmp_path, GOOD + layers + centres + basins + inside + areas)
    said = errors(tmp_path, GOOD + layers + centres + basins.replace('"friction"', '"population_grid"'))
    assert any("is a layer of population_grid, and friction are needed" in line for line in said)


def test_a_bound_that_is_no_value_itself_is_refused(tmp_path):
    step = '\n[steps.points]\ntool = "break_points"\ncentres = "register"\nexponent = {value}\n'
    assert "steps.points.exponent: must be above 0." in errors(tmp_path, GOOD + step.format(value=0))
    assert not any("exponent" in line for line in errors(tmp_path, GOOD + step.format(value=0.5)))
