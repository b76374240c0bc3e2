import tomllib

import pytest

from geoterritorio.errors import StudyError
from geoterritorio.interface.cli import main
from geoterritorio.layers import write_layers
from geoterritorio.study import check_study, init_study, read_plan, run_study


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    (tmp_path / "study.toml").write_text(
        '[layers.areas]\nkind = "territories"\npath = "areas.gpkg"\n\n'
        '[layers.register]\nkind = "firms"\npath = "firms.gpkg"\n\n'
        '[steps.lq]\ntool = "location_quotient"\nterritories = "areas"\ncounts = "table.output"\n\n'
        '[steps.table]\ntool = "tabulate"\nterritories = "areas"\nfirms = "register"\n'
    )
    return tmp_path


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_template_is_a_study_that_lacks_only_its_files(tmp_path, lang):
    path = init_study(tmp_path, lang=lang)
    text = path.read_text(encoding="utf-8")
    assert "location_quotient" in text
    assert "{" + "kinds}" not in text
    whole = "\n".join(
        line.removeprefix("# ")
        if line.startswith("# ") and ("= " in line or line.startswith("# ["))
        else line
        for line in text.splitlines()
    )
    for layer in tomllib.loads(whole)["layers"].values():
        (tmp_path / layer["path"]).write_text("x")
    path.write_text(whole, encoding="utf-8")
    assert read_plan(path).lang == lang
    with pytest.raises(StudyError, match="left as it is"):
        init_study(tmp_path, lang=lang)


def test_a_check_reads_all_and_computes_nothing(folder):
    found = check_study(folder / "study.toml")
    assert found.layers["rows"].tolist() == [6, 300]
    assert found.steps["step"].tolist() == ["table", "lq"]
    assert set(found.steps["computed"]) == {"now"}
    assert sorted(p.name for p in folder.iterdir()) == ["areas.gpkg", "firms.gpkg", "study.toml"]
    run_study(folder / "study.toml", folder / "out")
    assert set(check_study(folder / "study.toml", folder / "out").steps["computed"]) == {"before"}


def test_a_check_tells_the_problems_of_all_layers(folder, territories, firms):
    bad = {"areas.gpkg": territories.assign(territory="x"), "firms.gpkg": firms.assign(employment=-1.0)}
    write_layers({str(folder / name): frame for name, frame in bad.items()})
    with pytest.raises(StudyError) as caught:
        check_study(folder / "study.toml")
    assert len(caught.value.problems) == 2


def test_commands(folder, capsys):
    study, out = str(folder / "study.toml"), str(folder / "out")
    assert main(["study", "check", study]) == 0
    assert "location_quotient" in capsys.readouterr().out
    assert main(["study", study, "--output", out]) == 0
    assert main(["study", "--output", out, study]) == 1
    assert main(["study", "run", study, "--output", out, "--overwrite"]) == 0
    assert main(["study", "check", study, "--output", out]) == 0
    assert "before" in capsys.readouterr().out
    assert main(["study", "init", str(folder / "new.toml"), "--lang", "es"]) == 0
    assert (folder / "new.toml").read_text(encoding="utf-8").startswith("# Un estudio")
    assert main(["study", "init", str(folder / "new.toml")]) == 1
    assert main(["study"]) == 2


def test_a_check_speaks_spanish(folder, capsys):
    assert main(["study", "check", str(folder / "study.toml"), "--lang", "es"]) == 0
    said = capsys.readouterr().out
    assert all(
        word in said for word in ("Capa", "Filas", "Sistema de coordenadas", "Paso", "Herramienta", "ahora")
    )
    assert not {"layer", "rows", "crs", "step", "computed", "now"} & set(said.split())


def test_a_template_names_itself(tmp_path):
    path = init_study(tmp_path / "comarca")
    assert path.name == "comarca.toml"
    text = path.read_text(encoding="utf-8")
    assert "geoterritorio study check comarca.toml" in text
    assert "study.toml" not in text
