"""Nothing asks for anything unless told to: study, map, report, profiles and gallery where there is no network."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

ROOT = Path(__file__).parents[2]
STUDY = """
[study]
title = { en = "Three invented towns", es = "Tres pueblos inventados" }
sources = ["invented, https://example.org/register"]
[layers.areas]
kind = "territories"
path = "areas.geojson"
crs = "EPSG:4326"
[layers.counted]
kind = "counts"
path = "counts.csv"
[steps.lq]
title = { en = "Quotients", es = "Coeficientes" }
tool = "location_quotient"
territories = "areas"
counts = "counted"
[disclosure]
published = ["counted"]
"""
GALLERY = """
[gallery]
text = { en = "Three invented towns.", es = "Tres pueblos inventados." }
alt = { en = "Map of three squares.", es = "Mapa de tres cuadrados." }
address = "layer=0"
"""
# Names looked up and connections tried from Python, other than pipes of this machine; C libraries are seen by strace.
GUARD = """
import os, socket
def tried(what):
    def call(*words, **more):
        family = getattr(words[0], "family", None)
        if family == getattr(socket, "AF_UNIX", None) and family is not None:
            return original[what](*words, **more)
        with open(os.environ["TRIED"], "a") as file:
            file.write(f"{what} {words}\\n")
        raise OSError("no network in this test")
    return call
original = {}
LOOKED = ("getaddrinfo", "gethostbyname")
for owner, names in ((socket.socket, ("connect", "connect_ex", "sendto")), (socket, LOOKED)):
    for name in names:
        original[name] = getattr(owner, name)
        setattr(owner, name, tried(name))
"""
WORK = """
import sys
from pathlib import Path
from click.testing import CliRunner
from geoterritorio.interface.cli import main
from geoterritorio.interface.gallery import command

if __name__ == "__main__":
    data, out = map(Path, sys.argv[1:])
    assert main(["study", str(data / "study.toml"), "--output", str(out / "study")]) == 0
    assert main(["profile", str(out / "study"), "--output", str(out / "pages")]) == 0
    words = ["--lang", "es", "--output", str(out / "informe")]
    assert main(["report", str(out / "study"), *words]) == 0
    done = CliRunner().invoke(command, [str(data / "maps"), "--output", str(out / "gallery")])
    assert done.exit_code == 0, done.output
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    place = tmp_path_factory.mktemp("offline")
    shapes = [shapely.box(-4 + i / 10, 40, -4 + (i + 1) / 10, 40.1) for i in range(3)]
    towns = gpd.GeoDataFrame({"territory": list("abc"), "name": list("ABC")}, geometry=shapes, crs=4326)
    towns.to_file(place / "areas.geojson")
    held = json.loads((place / "areas.geojson").read_text(encoding="utf-8"))
    held["crs"] = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "ogcwkt"}}
    (place / "areas.geojson").write_text(json.dumps(held), encoding="utf-8")
    rows = [
        (t, s, 10.0 * (i + 1) * (j + 1) + j)
        for i, t in enumerate("abc")
        for j, s in enumerate(("15.2", "25.1"))
    ]
    pd.DataFrame(rows, columns=["territory", "sector", "employment"]).to_csv(
        place / "counts.csv", index=False
    )
    (place / "study.toml").write_text(STUDY, encoding="utf-8")
    (place / "maps").mkdir()
    recipe = STUDY.replace('path = "', 'path = "../') + GALLERY
    (place / "maps" / "towns.toml").write_text("# Quotients of three towns.\n" + recipe, encoding="utf-8")
    return place


def works(data, out, *, before=(), **variables):
    """Study, pages and gallery made by a process of their own."""
    out.mkdir()
    (out / "work.py").write_text(WORK, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROJ_")}
    around = {**kept, "PATH": "/nowhere", "PYTHONPATH": str(ROOT), **variables}
    command = [*before, sys.executable, str(out / "work.py"), str(data), str(out)]
    done = subprocess.run(
        command, env=around, cwd=out, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(said(path)).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.suffix in {".html", ".csv", ".svg"} and ".store" not in path.parts
    }


def said(path):
    """Bytes of a file; of a report without when it was computed, and in how many seconds the one step."""
    text = path.read_bytes()
    if path.name.startswith("report"):
        text, times = re.subn(rb"<td>\d{4}-\d\d-\d\dT[\d:+]+", b"<td>", text)
        text, seconds = re.subn(rb"(S(?:econds|egundos)</th>\s*<td>)[\d.,]+", rb"\1", text)
        assert times >= 1
        assert seconds == 1
    return text


def cut_off():
    """What takes a program's network away altogether; nothing where this machine does not let us."""
    program = shutil.which("unshare")
    if (
        program is None
        or subprocess.run([program, "-n", "/bin/true"], capture_output=True, check=False).returncode
    ):
        return []
    return [program, "-n"]


def test_without_a_network_the_results_are_the_same_and_nothing_is_tried(data, tmp_path):
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    tried, calls = tmp_path / "tried.txt", tmp_path / "calls.txt"
    tried.touch()
    watch, strace = [], shutil.which("strace")
    if strace:
        watch = [
            strace,
            "-f",
            "--seccomp-bpf",
            "-qq",
            "-e",
            "trace=connect,sendto,sendmsg,sendmmsg",
            "-o",
            str(calls),
        ]
    path = f"{guard}{os.pathsep}{ROOT}"
    apart = works(data, tmp_path / "apart", before=[*watch, *cut_off()], PYTHONPATH=path, TRIED=str(tried))
    plain = works(data, tmp_path / "plain")
    assert len(apart) >= 6
    assert apart == plain
    assert tried.read_text() == ""
    if strace:
        assert [
            line for line in calls.read_text().splitlines() if re.search(r"AF_INET6?|sin6?_port", line)
        ] == []


def test_the_guard_sees_what_is_tried(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    code = "import urllib.request as r\ntry: r.urlopen('http://example.org')\nexcept OSError: pass"
    around = {**os.environ, "PYTHONPATH": str(tmp_path), "TRIED": str(tmp_path / "tried.txt")}
    subprocess.run([sys.executable, "-c", code], env=around, check=True)
    assert "example.org" in (tmp_path / "tried.txt").read_text()


@pytest.mark.parametrize("variable", [None, "ON"])
def test_systems_of_coordinates_are_not_looked_up_on_the_way(tmp_path, variable):
    """PROJ fetches grids where a variable or its own file says so; the command line does not let a file say so."""
    code = (
        "from geoterritorio.interface.cli import main\nimport pyproj.network as n\nmain(['--version'])\n"
        "import os; print(os.environ['PROJ_NETWORK'], n.is_network_enabled())"
    )
    kept = {k: v for k, v in os.environ.items() if k != "PROJ_NETWORK"}
    around = {**kept, **({"PROJ_NETWORK": variable} if variable else {})}
    done = subprocess.run(
        [sys.executable, "-c", code], env=around, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    # Whoever sets the variable has asked for it.
    assert done.stdout.split()[-2:] == (["ON", "True"] if variable else ["OFF", "False"])
