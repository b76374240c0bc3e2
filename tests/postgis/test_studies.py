"""A study that reads its layers from a database and also puts layers and results there."""

from __future__ import annotations

import json

import pytest

from geoterritorio.errors import StudyError
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import FIRMS, TERRITORIES
from geoterritorio.layers.store import write_layers
from geoterritorio.study.config import read_plan
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.prepare import check_study

SECRET = "Ñu-s3cr3t-pass"  # noqa: S105 - of the server of the tests, see conftest

STUDY = """
[study]
title = "Land"
sources = ["invented"]
[layers.territories]
kind = "territories"
path = "{land}"
[layers.register]
kind = "firms"
path = "{server}"
layer = "public.firms"
[steps.lq]
tool = "location_quotient"
territories = "territories"
firms = "register"
[output]
postgis = "{server}"
schema = "study"
"""


@pytest.fixture
def file(db, territories, firms, tmp_path, monkeypatch):
    land, register = db.address(table="public.land"), db.address(table="public.firms")
    write_layers({land: territories, register: firms}, kinds={land: TERRITORIES, register: FIRMS})
    db.do("grant select on public.land, public.firms to keeper")
    monkeypatch.setenv("PGPASSWORD", SECRET)
    path = tmp_path / "study.toml"
    keeper = db.address("keeper")
    path.write_text(STUDY.format(land=f"{keeper}&table=public.land", server=keeper), encoding="utf-8")
    return path


def test_a_study_reads_and_writes_a_database_and_resumes_by_its_rows(db, file, tmp_path):
    output = tmp_path / "out"
    assert list(check_study(file).layers["rows"]) == [6, 300]
    run_study(file, output)
    tables = {
        name
        for (name,) in db.do(
            "select relname from pg_class where relnamespace = 'study'::regnamespace "
            "and relkind in ('r', 'v')"
        )
    }
    assert {"territories", "register", "lq_quotients", "lq_quotients_map"} <= tables
    assert db.do("select count(*), count(geom) from study.lq_quotients_map") == [(18, 18)]
    assert "internal" in db.do("select obj_description('study.register'::regclass)")[0][0]
    assert len(read_layer(db.address(table="study.register"), FIRMS)) == 300
    account = json.loads((output / "provenance.json").read_text(encoding="utf-8"))
    assert account["inputs"]["territories"]["file"] == "public.land"
    with pytest.raises(StudyError, match="exists"):
        run_study(file, tmp_path / "other")
    run_study(file, output, overwrite=True)
    assert computed(output) == ["before"]
    db.do("update public.firms set employment = employment + 1 where firm = 'f7'")
    run_study(file, output, overwrite=True)
    assert computed(output) == ["now"]
    assert db.do("select count(*) from study.lq_quotients_map") == [(18,)]
    for path in filter(lambda p: p.is_file(), output.rglob("*")):
        assert SECRET.encode() not in path.read_bytes(), path
        # which server it was is nobody's business but the owner's, who has the study file
        assert ".values" in path.parts or db.folder.encode() not in path.read_bytes(), path


def computed(output):
    account = json.loads((output / "provenance.json").read_text(encoding="utf-8"))
    return [step["computed"] for step in account["steps"]]


def test_a_study_that_may_not_write_is_refused_before_it_computes(db, file, tmp_path):
    db.do("revoke create on schema study from keeper")
    with pytest.raises(StudyError, match="may not make tables"):
        run_study(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_database_that_refuses_at_the_end_leaves_folder_and_tables_as_they_were(
    db, file, tmp_path, monkeypatch
):
    from geoterritorio.errors import GeoterritorioError
    from geoterritorio.layers.postgis import writing

    def cut(*_):
        db.do(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'geoterritorio'"
        )
        return "x"

    monkeypatch.setattr(writing, "copied", cut)
    with pytest.raises(GeoterritorioError, match="Nothing was changed"):
        run_study(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert db.do("select count(*) from pg_class where relnamespace = 'study'::regnamespace") == [(0,)]


def test_errors_of_addresses_in_the_file_are_told_with_their_key(tmp_path):
    text = STUDY.format(land=f"postgresql://a:{SECRET}@h/d?table=x", server="http://h/d")
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as found:
        read_plan(tmp_path / "s.toml")
    assert "layers.territories.path" in str(found.value)
    assert "output.postgis" in str(found.value)
    assert SECRET not in str(found.value)


def test_a_study_goes_into_its_own_schema_again_after_small_changes(db, file, tmp_path):
    output, text = tmp_path / "out", file.read_text(encoding="utf-8")
    run_study(file, output)
    db.do("create view study.theirs as select territory, lq from study.lq_quotients")
    changed = text.replace('["invented"]', '["invented, 2026"]')
    file.write_text(
        changed.replace('"territories"\n', '"territories"\ntitle = "Places"\n', 1), encoding="utf-8"
    )
    db.do("alter table public.land add level text")
    run_study(file, output, overwrite=True)
    said = db.do("select obj_description('study.territories'::regclass)")[0][0]
    assert said.startswith("Places")
    assert "invented, 2026" in said
    assert db.do("select count(level), count(*) from study.territories") == [(0, 6)]
    assert db.do("select count(geom) from study.lq_quotients_map") == [(18,)]
    assert db.do("select count(*) from study.theirs") == [(18,)]
