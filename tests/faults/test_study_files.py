"""Study files of any content: a plan, or a refusal that names the key; never another exception, never a long wait."""

import json
import os
import random
import sys
import time
import tomllib
from importlib import util
from pathlib import Path

import pytest

from geoterritorio.errors import GeoterritorioError, StudyError
from geoterritorio.layers import write_layers
from geoterritorio.study import check_study, read_plan, run_study
from geoterritorio.study.handed_on import hand_on
from geoterritorio.study.workshop import MARK, check_folder

ROOT = Path(__file__).parents[2]


def samples():
    """The module of the long campaign, which knows hostile values."""
    spec = util.spec_from_file_location("fuzz_samples", ROOT / "benchmarks" / "fuzz_samples.py")
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


STUDY = """
profiles.write = false
project.write = false
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
"""


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def answer(path):
    begin = time.monotonic()
    try:
        found = read_plan(path)
    except GeoterritorioError as error:
        found = error
        assert found.problems
        assert all(str(p).strip() for p in found.problems)
    assert time.monotonic() - begin < 20
    return found


def refused(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = answer(path)
    assert isinstance(found, StudyError)
    return str(found)


def test_the_samples_of_the_campaign_are_read(tmp_path):
    fuzz = samples()
    for kind, frame in fuzz.tables().items():
        frame.to_csv(tmp_path / f"{kind}.csv", index=False)
    for kind in ("territories", "institutions"):
        fuzz.maps()[kind].to_file(tmp_path / f"{kind}.map.gpkg")
    (tmp_path / "parts").mkdir()
    fuzz.maps()["firms"].to_parquet(tmp_path / "parts" / "1.parquet")
    (tmp_path / "study.toml").write_text(fuzz.STUDY)
    assert not isinstance(answer(tmp_path / "study.toml"), GeoterritorioError)


@pytest.mark.parametrize("seed", range(8))
def test_keys_that_hold_anything(folder, seed):
    rng = random.Random(seed)  # noqa: S311 - chance of a test, no secret
    texts = samples().study_texts(rng, folder)
    for _ in range(60):
        (folder / "study.toml").write_bytes(next(texts))
        answer(folder / "study.toml")


@pytest.mark.parametrize("other", [[], ["x"], [["x"]], {}, {"x": 1}, [{"x": 1}], True, 7, ""], ids=str)
def test_lists_and_tables_where_names_belong(folder, other):
    """Each key in turn, whatever lies below it, holds something of another kind."""
    fuzz = samples()
    document = tomllib.loads(fuzz.STUDY)

    def walk(value):
        for key, part in list(value.items() if isinstance(value, dict) else enumerate(value)):
            value[key] = other
            text = "\n".join(f"{json.dumps(k)} = {fuzz.told(v)}" for k, v in document.items())
            (folder / "study.toml").write_text(text)
            answer(folder / "study.toml")
            value[key] = part
            if isinstance(part, dict | list):
                walk(part)

    walk(document)
    assert document == tomllib.loads(fuzz.STUDY)


@pytest.mark.parametrize("seed", range(3))
def test_bytes_that_are_damaged(folder, seed):
    rng = random.Random(seed)  # noqa: S311 - chance of a test, no secret
    whole = samples().STUDY.encode()
    for _ in range(80):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3, 30))):
            place = rng.randrange(len(data))
            data[place : place + rng.choice((0, 1, 40))] = rng.choice(
                (b"\0", b"[", b"{", b'"', b"=", b".", b"\xff", b"", b"'''", b"9" * 30, b"nan", b"\r")
            )
        (folder / "study.toml").write_bytes(bytes(data))
        answer(folder / "study.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = " + "[" * 100_000, "more deeply than in any study"),
        ("a = " + "[" * 3000 + "]" * 3000, "more deeply than in any study"),
        ("a = " + "{a=" * 3000 + "1" + "}" * 3000, "more deeply than in any study"),
        (".".join(["a"] * 20_000) + " = 1", "more deeply than in any study"),
        ("[" + ".".join(['"a"'] * 20_000) + "]", "more deeply than in any study"),
        ("[study]\nseed = " + "9" * 5000, "is not valid TOML"),
        ("[study]\nseed = " + "9" * 400, "study.seed: is no number that can be counted with"),
        ("[steps.x]\nlevel = nan", "steps.x.level: is no number that can be counted with"),
        ("[map]\nstory = [{view = [inf, 1, 1]}]", "map.story[1].view[1]: is no number"),
        ("# " + "x" * 5_000_001, "more than 5000000 bytes"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a = 1\x00", "is not valid TOML"),
        ("", "the study has no step"),
    ],
)  # fmt: skip
def test_texts_that_are_no_study(tmp_path, text, said):
    assert said in refused(tmp_path / "study.toml", text)


def test_a_study_file_that_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    for name in ("pipe.toml", "loop.toml", "x" * 300, "nowhere.toml", "."):
        assert isinstance(answer(tmp_path / name), StudyError)
    assert isinstance(answer(Path("/dev/zero")), StudyError)


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "x/y", "..", ".", "", " x", "x.y", "x\\\\y", "a\\u0000b", "x" * 121, "ñ" * 61, "CON", "nul", "x|y"],
)  # fmt: skip
def test_names_that_files_are_called_after(folder, name):
    step = STUDY.replace("[steps.lq]", f'[steps."{name}"]')
    assert "steps." in refused(folder / "study.toml", step)
    layer = STUDY.replace("[layers.areas]", f'[layers."{name}"]')
    assert "layers." in refused(folder / "study.toml", layer)


def test_names_that_are_one_on_other_systems(folder):
    twice = STUDY + STUDY[STUDY.index("[steps.lq]") :].replace("steps.lq", "steps.LQ")
    assert "steps.LQ: is written under the same name as steps.lq" in refused(folder / "study.toml", twice)
    layer = STUDY + '[layers."LQ_quotients"]\nkind = "territories"\npath = "areas.gpkg"\n'
    assert "is written under the same name as" in refused(folder / "study.toml", layer)


@pytest.mark.parametrize(
    "path", ["a\\u0000b", "x" * 300, "loop.gpkg", "pipe.gpkg", "../" * 50 + "nowhere", "/dev/zero"]
)
@pytest.mark.parametrize("key", ["path", "places"])
def test_paths_that_lead_nowhere(folder, path, key):
    (folder / "loop.gpkg").symlink_to(folder / "loop.gpkg")
    os.mkfifo(folder / "pipe.gpkg")
    old = 'kind = "firms"\npath = "firms.gpkg"'
    new = f'kind = "firms"\npath = "{path}"' if key == "path" else f'{old}\nplaces = "{path}"'
    assert f"layers.register.{key}: there is no file" in refused(
        folder / "study.toml", STUDY.replace(old, new)
    )


def test_a_layer_that_changes_while_it_is_read(folder, firms, monkeypatch):
    from geoterritorio.study import pipeline

    true = pipeline._read

    def read(source):
        found = true(source)
        if source.name == "register":
            write_layers({str(folder / "firms.gpkg"): firms.iloc[:100]})
        return found

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_read", read)
        with pytest.raises(StudyError, match=r"layers\.register: its file was changed while it was read"):
            run_study(folder / "study.toml", folder / "out")
    assert not (folder / "out").exists()
    assert check_study(folder / "study.toml").layers.set_index("layer").loc["register", "rows"] == 100


@pytest.mark.parametrize("name", ["loop", "gone", "x" * 300, "loop/x"])
def test_folders_in_which_no_study_can_be(folder, name):
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "gone").symlink_to(folder / "nowhere")
    before = sorted(folder.iterdir())
    with pytest.raises(StudyError):
        run_study(folder / "study.toml", folder / name)
    assert sorted(folder.iterdir()) == before


def test_a_folder_behind_a_link_stays_behind_it(folder):
    (folder / "real").mkdir()
    (folder / "link").symlink_to(folder / "real")
    run_study(folder / "study.toml", folder / "link")
    assert (folder / "link").is_symlink()
    assert (folder / "real" / MARK).is_file()
    (folder / "real" / "mine.txt").write_text("mine")
    run_study(folder / "study.toml", folder / "link", overwrite=True)
    assert (folder / "link").is_symlink()
    assert (folder / "real" / "mine.txt").read_text() == "mine"
    assert not list(folder.glob(".*.work"))


def test_a_link_to_a_folder_of_somebody_else_is_left_alone(folder):
    (folder / "precious").mkdir()
    (folder / "precious" / "letter.txt").write_text("mine")
    (folder / "link").symlink_to(folder / "precious")
    with pytest.raises(StudyError, match="is not the folder of a study"):
        check_folder(folder / "link", overwrite=True)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{", '{"products": 7}', "\0", '{"products": {"../x": null}, "confidentiality": {}}'],
)
def test_accounts_of_a_study_that_are_none(folder, text):
    (folder / "out").mkdir()
    (folder / "out" / MARK).write_text(text)
    with pytest.raises(StudyError):
        hand_on(folder / "out", folder / "given")
    (folder / "loop").symlink_to(folder / "loop")
    with pytest.raises(StudyError):
        hand_on(folder / "out", folder / "loop")
    assert (folder / "out" / MARK).read_text() == text
