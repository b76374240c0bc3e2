"""A release is whole, the same everywhere it is made, and says one version; what is not so is refused, in words."""

from __future__ import annotations

import datetime as dt
import gzip
import importlib
import io
import re
import runpy
import shutil
import subprocess
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAY = dt.date(2030, 5, 17)
EPOCH = 1_900_000_000


@pytest.fixture
def checks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("release_checks")


@pytest.fixture
def release(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module("release")


@pytest.fixture
def sources(tmp_path):
    """Sources that state a release, 0.3.0 of 16 May 2030."""
    plugin = tmp_path / "qgis_plugin" / "geoterritorio_qgis"
    plugin.mkdir(parents=True)
    (plugin / "metadata.txt").write_text("[general]\nname=X\nabout=100 %\n  more\nversion=0.3.0\n")
    (tmp_path / "geoterritorio").mkdir()
    (tmp_path / "geoterritorio" / "__init__.py").write_text('"""X."""\n__version__ = "0.3.0"\n')
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 0.3.0\ndate-released: 2030-05-16\n")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 0.3.0 (2030-05-16)\n* A\n\n## 0.2.0 (2030-01-01)\n"
    )
    return tmp_path


def test_the_versions_of_these_sources_are_one(checks):
    found = checks.stated(ROOT)
    top = found.pop("CHANGELOG.md")
    assert len(set(found.values())) == 1, found
    assert top in {"Unreleased", *found.values()}


def test_a_release_without_faults(checks, sources):
    assert checks.version_faults(sources, DAY) == []


@pytest.mark.parametrize(
    ("place", "old", "new", "fault"),
    [
        (
            "geoterritorio/__init__.py",
            "0.3.0",
            "0.4.0",
            "CITATION.cff states version 0.3.0, the package 0.4.0",
        ),
        (
            "CITATION.cff",
            "version: 0.3.0",
            "version: 0.3",
            "CITATION.cff states version 0.3, the package 0.3.0",
        ),
        ("CHANGELOG.md", "0.3.0 (2030-05-16)", "Unreleased", "CHANGELOG.md states version Unreleased"),
        ("CHANGELOG.md", " (2030-05-16)", "", "CHANGELOG.md gives the release no day"),
        (
            "CHANGELOG.md",
            "05-16",
            "05-18",
            "CHANGELOG.md dates the release 2030-05-18, after the last commit",
        ),
        ("CHANGELOG.md", "05-16", "05-32", "CHANGELOG.md gives the release no day"),
        ("CITATION.cff", "05-16", "05-15", "days of the release differ"),
        (
            "qgis_plugin/geoterritorio_qgis/metadata.txt",
            "version=0.3.0",
            "",
            "metadata.txt states version none",
        ),
    ],
)
def test_versions_and_days_that_do_not_fit(checks, sources, place, old, new, fault):
    path = sources / place
    path.write_text(path.read_text().replace(old, new, 1))
    assert any(fault in text for text in checks.version_faults(sources, DAY))


def test_a_version_in_development_is_no_release(checks, sources):
    for path in sources.rglob("*.*"):
        path.write_text(path.read_text().replace("0.3.0", "0.3.0.dev0"))
    assert checks.version_faults(sources, DAY) == [
        "0.3.0.dev0 is no version of a release, such as 0.1.0 or 0.2.0rc1"
    ]


def tracked_files():
    if not (ROOT / ".git").exists():
        pytest.skip("the sources are no clone of a repository")
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-tree", "-r", "-z", "--name-only", "HEAD"], check=True, capture_output=True
    )
    return listed.stdout.decode().split("\0")[:-1]


def wheel_names(tracked):
    info = "geoterritorio-0.3.0.dist-info"
    metadata = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    return [n for n in tracked if n.startswith("geoterritorio/")] + [f"{info}/{n}" for n in metadata]


def test_a_wheel_of_all_that_git_holds_of_the_package(checks):
    tracked = tracked_files()
    assert checks.wheel_faults(wheel_names(tracked), tracked) == []


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "tools.json",
        "publication/webmap/vendor/leaflet/LICENSE",
        "locale/es/LC_MESSAGES/geoterritorio.mo",
    ],
)
def test_a_wheel_that_lacks_what_it_needs(checks, name):
    tracked = tracked_files()
    without = [found for found in wheel_names(tracked) if found != f"geoterritorio/{name}"]
    # Also where git does not hold it either.
    for known in (tracked, without):
        assert any(name in fault for fault in checks.wheel_faults(without, known))


@pytest.mark.parametrize(
    "name", ["tests/conftest.py", "geoterritorio/left.so", "sample_data/recipe_comarca.py"]
)
def test_a_wheel_with_what_has_no_place_in_it(checks, name):
    tracked = tracked_files()
    assert checks.wheel_faults([*wheel_names(tracked), name], tracked) == [
        f"{name} has no place in the wheel"
    ]


def test_a_wheel_without_its_licence(checks):
    tracked = tracked_files()
    names = [name for name in wheel_names(tracked) if not name.endswith("licenses/LICENSE")]
    assert checks.wheel_faults(names, tracked) == ["the wheel lacks licenses/LICENSE in its metadata"]


def test_sources_are_what_git_holds(checks):
    tracked = ["setup.cfg", "geoterritorio/a.py", ".gitignore"]
    whole = [
        "x-1/setup.cfg",
        "x-1/geoterritorio/a.py",
        "x-1/PKG-INFO",
        "x-1/geoterritorio.egg-info/SOURCES.txt",
    ]
    assert checks.sdist_faults(whole, tracked) == []
    assert checks.sdist_faults([*whole, "x-1/secret.csv"], tracked) == [
        "secret.csv has no place in the source distribution"
    ]
    assert checks.sdist_faults(whole[1:], tracked) == ["the source distribution lacks setup.cfg"]
    assert "2 folders" in checks.sdist_faults([*whole, "y/z"], tracked)[0]


def zipped(path, content, *, time=(2020, 1, 1, 0, 0, 0), rights=0o644):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            member = zipfile.ZipInfo(name, time)
            member.external_attr = rights << 16
            archive.writestr(member, data)
    return path


def tarred(path, names, *, owner="root", rights=0o644, time=1.0):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.uname, member.mode, member.mtime, member.size = owner, rights, time, len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    path.write_bytes(gzip.compress(packed.getvalue(), mtime=time))
    return path


def test_wheels_of_two_machines_become_one(checks, release, tmp_path):
    info = "geoterritorio-1.dist-info/RECORD"
    one = zipped(tmp_path / "one.whl", {info: "r", "b.py": "b", "a.py": "a"})
    two = zipped(
        tmp_path / "two.whl", {"a.py": "a", "b.py": "b", info: "r"}, time=(2024, 2, 3, 4, 5, 6), rights=0o600
    )
    assert checks.differences(one, two) == ["one.whl: the same contents, packed in another way"]
    for path in (one, two):
        release.settle_wheel(path, EPOCH)
    assert checks.differences(one, two) == []
    with zipfile.ZipFile(one) as archive:
        assert archive.namelist() == ["a.py", "b.py", info]
        assert {m.date_time for m in archive.infolist()} == {(2030, 3, 17, 17, 46, 40)}
        assert archive.read("b.py") == b"b"


def test_sources_of_two_machines_become_one(checks, release, tmp_path):
    one = tarred(tmp_path / "one.tar.gz", ["x/b", "x/a"], rights=0o755)
    two = tarred(tmp_path / "two.tar.gz", ["x/a", "x/b"], owner="someone", rights=0o700, time=2.0)
    assert checks.differences(one, two) == ["one.tar.gz: the same contents, packed in another way"]
    for path in (one, two):
        release.settle_sdist(path, EPOCH)
    assert checks.differences(one, two) == []
    with tarfile.open(two) as archive:
        told = {(m.name, m.mode, m.uname, m.uid, m.mtime) for m in archive}
    assert told == {(name, 0o755, "", 0, EPOCH) for name in ("x/a", "x/b")}


def test_what_differs_is_named(checks, tmp_path):
    one = zipped(tmp_path / "one.whl", {"a.py": "a", "b.py": "b"})
    two = zipped(tmp_path / "two.whl", {"a.py": "A", "c.py": "b"})
    assert checks.differences(one, two) == [f"one.whl: {name} differs" for name in ("a.py", "b.py", "c.py")]
    (tmp_path / "x").write_text("x")
    (tmp_path / "y").write_text("y")
    assert checks.differences(tmp_path / "x", tmp_path / "y") == ["x: content differs"]


@pytest.fixture
def repository(tmp_path):
    """A repository of one commit."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "run").write_text("x")
    (root / "run").chmod(0o755)
    mine = ["git", "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*mine, *words], check=True)
    return root


def test_what_no_commit_holds_is_refused(release, repository):
    assert release.unsaved(repository) == []
    (repository / "run").write_text("y")
    (repository / "new").write_text("z")
    assert release.unsaved(repository) == ["not committed: run", "not committed: new"]
    with pytest.raises(SystemExit, match="no release:\n  not committed: run"):
        release.stop(release.unsaved(repository), "no release")


def test_only_what_is_committed_is_copied(release, repository, tmp_path):
    (repository / "run").write_text("y")
    release.copy_commit(repository, "HEAD", tmp_path / "copy", 0o077)
    assert (tmp_path / "copy" / "run").read_text() == "x"
    assert (tmp_path / "copy" / "run").stat().st_mode & 0o777 == 0o700


def test_hashes_are_those_of_sha256sum(release, tmp_path):
    paths = [tmp_path / "b.whl", tmp_path / "a.zip"]
    for path in paths:
        path.write_text(path.name)
    (tmp_path / release.SUMS).write_text(release.sums(paths))
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum")
    done = subprocess.run(
        ["sha256sum", "--check", release.SUMS], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert re.findall(r"^(\S+): ", done.stdout, re.MULTILINE) == ["a.zip", "b.whl"]


def test_a_build_that_fails_tells_what_it_said(release, tmp_path):
    command = ["sh", "-c", "echo $TZ $SOURCE_DATE_EPOCH; umask; exit 3"]
    with pytest.raises(SystemExit, match=r"failed:\nPacific/Chatham 5\n0077"):
        release.run(command, tmp_path, 5, release.TWO[1])


def test_two_builds_of_the_package_are_the_same(checks, release, tmp_path, needs):
    """In folders, time zones, languages and rights of files that differ; the sources give the same wheel."""
    tracked = tracked_files()
    try:
        ready = int(version("setuptools").split(".")[0]) >= 77 and version("build") != ""
    except PackageNotFoundError:
        ready = False
    needs(ready, "build and setuptools 77 or later are not installed")
    rounds = []
    for around in release.TWO:
        source, place = tmp_path / around.folder / "source", tmp_path / around.folder / "made"
        release.copy_commit(ROOT, "HEAD", source, around.umask)
        rounds.append(release.build_package(source, place, EPOCH, around))
    assert [checks.differences(*pair) for pair in zip(*rounds, strict=True)] == [[], []]
    sdist, wheel = rounds[0]
    with tarfile.open(sdist) as archive:
        assert checks.sdist_faults([m.name for m in archive], tracked) == []
    with zipfile.ZipFile(wheel) as archive:
        assert checks.wheel_faults(archive.namelist(), tracked) == []
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(name).decode()
    assert "License-Expression: GPL-3.0-or-later" in metadata
    assert checks.description_faults(metadata) == []
    assert "## What it does today" in metadata
    assert "District, cluster, both? Invented labour markets" in metadata


@pytest.mark.parametrize(
    ("readme", "told"),
    [
        ("[the handbook](docs/index.md), with", "the handbook (`docs/index.md`), with"),
        ("[`maps/a`](maps/a)", "`maps/a`"),
        ('[<img src="a/b.png" width="3" alt="Who, where?">](maps/a.toml)', "Who, where? (`maps/a.toml`)"),
        ("![A map](a/b.png) and more", "A map and more"),
        ("[GDAL](https://gdal.org) [above](#above)", "[GDAL](https://gdal.org) [above](#above)"),
    ],
)
def test_what_an_index_shows_leads_to_no_file(readme, told):
    said = runpy.run_path(str(ROOT / "setup.py"))["description"](f"# Name\n\n{readme}\n")
    title, first, rest = said.split("\n\n", 2)
    assert (title, rest) == ("# Name", f"{told}\n")
    assert "source distribution" in first


def test_descriptions_that_lead_nowhere_are_no_release(checks):
    head = "Metadata-Version: 2.4\nName: x\n\n"
    assert checks.description_faults(f"{head}# X\n[a](https://gdal.org) [b](#b)\n") == []
    assert checks.description_faults(head) == ["the description is empty"]
    assert checks.description_faults(f'{head}[a](docs/a.md) <img src="b.png"> [c](//c)') == [
        f"the description leads to {target}, which no index has" for target in ("//c", "b.png", "docs/a.md")
    ]


def test_addresses_of_nobody_are_reminded_of_and_refuse_nothing(checks, sources):
    place = "qgis_plugin/geoterritorio_qgis/metadata.txt"
    given = {
        "email": "someone@gdal.org",
        "homepage": "https://example.org/x",
        "repository": "https://gdal.org/example.com-is-no-host",
        "tracker": "http://host.invalid/x",
    }
    with (sources / place).open("a") as file:
        file.writelines(f"{key}={value}\n" for key, value in given.items() if key != "repository")
    refused = ": a public address must stand there"
    assert checks.reminders(sources) == [
        f"{place}: homepage is https://example.org/x{refused}",
        f"{place}: repository is not given{refused}",
        f"{place}: tracker is http://host.invalid/x{refused}",
    ]
    assert checks.version_faults(sources, DAY) == []
    (sources / place).write_text(
        (sources / place).read_text().replace("example.org", "gdal.org").replace("host.invalid", "gdal.org")
        + f"repository={given['repository']}\n"
    )
    assert checks.reminders(sources) == []


@pytest.mark.parametrize("readme", ["README.md", "README.es.md"])
def test_the_fresh_debian_has_what_the_readme_says_and_no_more(readme):
    script = (ROOT / "scripts" / "test-fresh-debian").read_text(encoding="utf-8")
    (packages,) = re.findall(r'^packages="(.+)"', script, re.MULTILINE)
    told = re.findall(r"apt install ([a-z0-9 -]+)`", (ROOT / readme).read_text(encoding="utf-8"))
    assert told == [packages]
