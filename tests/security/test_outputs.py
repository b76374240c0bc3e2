"""What leaves the package beside pages and tables: words on a terminal, projects and styles of QGIS, names of files."""

import json
import re
import shutil
import tomllib
from pathlib import Path
from xml.etree.ElementTree import fromstring

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioError, message
from geoterritorio.interface.channel import Channel, for_terminal
from geoterritorio.interface.cli import main
from geoterritorio.publication import printing
from geoterritorio.publication.project import ProjectLayer, qgis_project
from geoterritorio.publication.qgis import styles
from geoterritorio.study.prepare import init_study

# Clears the screen, names the window, hides what follows, writes over the line, turns the direction of writing.
ORDERS = "\x1b[2J\x1b]0;owned\x07\x9b31m\x1b[8m\rRefused: nothing\x7f\u202eevil\u2066"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def test_a_terminal_obeys_no_text_of_others(capsys):
    channel = Channel("none", str)
    channel.warning(f"a {ORDERS}")
    channel.refuse(GeoterritorioError(message("{name}: no", name=ORDERS)))
    channel.fail(ValueError(ORDERS), "hint")
    channel.table(pd.DataFrame({ORDERS: [ORDERS]}), ORDERS)
    channel.result({"map": f"/tmp/{ORDERS}"}, {})  # noqa: S108 - a name to show
    said = "".join(capsys.readouterr())
    assert OBEYED.search(said) is None
    assert said.count(r"\x1b[2J") >= 5
    assert r"\u202e" in said


def test_progress_moves_its_own_line_and_no_more(capsys):
    channel = Channel("bar", str)
    channel.progress(0.5, ORDERS)
    said = capsys.readouterr().err
    assert OBEYED.search(said.removeprefix("\r")) is None


def test_lines_of_others_do_not_pass_for_ours(capsys):
    Channel("none", str).warning("areas: the value “a\nInternal error: call 555” is none of the codes")
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("Internal")] == []


def test_programs_get_the_text_itself():
    assert for_terminal("ñandú — 漢字 😀\tb\nc") == "ñandú — 漢字 😀\tb\nc"
    assert json.loads(json.dumps({"text": ORDERS}))["text"] == ORDERS


def test_a_refused_file_says_nothing_to_the_terminal(tmp_path, capsys):
    (tmp_path / "counts.csv").write_text(
        f"territory,{ORDERS.replace(chr(13), '')},employment\na,b,1\n", encoding="utf-8"
    )
    gpd.GeoDataFrame({"territory": ["a"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=25830).to_file(
        tmp_path / "a.gpkg"
    )
    words = [
        "--territories",
        tmp_path / "a.gpkg",
        "--counts",
        tmp_path / "counts.csv",
        "--output",
        tmp_path / "o.csv",
    ]
    assert main(["location-quotient", *map(str, words)]) == 1
    assert OBEYED.search("".join(capsys.readouterr())) is None


ACTING = re.compile(r"(?i)action|macro|initcode|python|(?<!de)script|maptip|webview|html")


def test_projects_and_styles_hold_nothing_that_runs():
    """No actions, macros, code of forms, map tips or pages: what QGIS would run or show as one."""
    areas = gpd.GeoDataFrame(
        {
            "territory": ["T1"],
            "name": ["[% env('HOME') %]"],
            "sector": ["15"],
            "sector_name": ["x"],
            "lq": [2.0],
        },
        geometry=[shapely.box(0, 40, 1, 41)],
        crs=4326,
    )
    layer = ProjectLayer("areas", "Areas", areas, "quotient_areas", "Results", shown=True)
    document = qgis_project([layer], title="[% env('HOME') %]", sources=[], notes=[]).document
    root = fromstring(document)  # noqa: S314 - our own text
    running = [
        node.tag
        for node in root.iter()
        if ACTING.search(node.tag) and (list(node) or (node.text or "").strip() not in {"", "0"})
    ]
    assert [tag for tag in running if not re.fullmatch(r"(?i)layoutmultiframe|layoutitemhtml", tag)] == []
    text = Path(styles.__file__).with_name("styles.json").read_text(encoding="utf-8")
    assert not re.search(r"(?i)\beval\s*\(|env\s*\(|@project_|file://|https?://", text)


@pytest.mark.parametrize(
    "name", ['a "quoted" study.toml', "back\\slash.toml", "tres'comillas''.toml", "{tools}.toml"]
)
def test_a_new_study_file_is_valid_whatever_it_is_called(tmp_path, name):
    for lang in ("en", "es"):
        made = init_study(tmp_path / f"{lang} {name}", lang=lang)
        assert set(tomllib.loads(made.read_text(encoding="utf-8"))) >= {"study", "layers"}


def test_no_browser_is_taken_from_where_the_program_stands(monkeypatch):
    """On Windows a search along the PATH begins in the folder one stands in."""
    monkeypatch.setattr(shutil, "which", lambda name, **_: f".\\{name}" if name == "chromium" else None)
    monkeypatch.delenv(printing.VARIABLE, raising=False)
    with pytest.raises(GeoterritorioError, match="none was found"):
        printing.find_browser()


def test_vendored_files_are_on_the_list_and_no_others():
    folder = Path(printing.__file__).parent / "webmap" / "vendor"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    listed = {name for library in manifest.values() for name in library["files"]}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == listed | {"manifest.json"}
    for library in manifest.values():
        assert library["version"]
        assert library["licence"]
        assert all(re.fullmatch("[0-9a-f]{64}", entry["sha256"]) for entry in library["files"].values())
