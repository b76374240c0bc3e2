"""Printing to PDF: by a browser that is there, within a time, whole or not at all, and refused with a cure."""

import shutil
import stat
import sys
import time
from pathlib import Path

import pytest

from geoterritorio.errors import DependencyError
from geoterritorio.i18n import translator
from geoterritorio.publication.printing import NAMES, VARIABLE, find_browser, print_pdf

ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the programs made here are shell scripts")
PAGE = "<!DOCTYPE html><html lang='en'><title>T</title><p>Somewhere</p></html>"


@pytest.fixture
def browser(needs):
    """The real one."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    needs(found, "no Chromium, Chrome or Edge on the path")
    return find_browser(found)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "pa ge#1;$(x).html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def program(folder, text, name="chromium"):
    """A program that does something else than a browser."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_page_is_printed_by_a_real_browser(browser, page, tmp_path):
    target = tmp_path / "out" / "página.pdf"
    target.parent.mkdir()
    target.write_text("an older one", encoding="utf-8")
    print_pdf(browser, [(page, target)])
    assert target.read_bytes().startswith(b"%PDF-")
    assert [p.name for p in target.parent.iterdir()] == ["página.pdf"]


@ON_POSIX
def test_browsers_are_found_by_name_variable_and_path(tmp_path):
    own, other = program(tmp_path, "exit 0"), program(tmp_path, "exit 0", "mine")
    only = {"PATH": str(tmp_path)}
    assert find_browser(environment=only) == own
    assert find_browser(environment=only | {VARIABLE: str(other)}) == other
    assert find_browser("mine", environment=only | {VARIABLE: "nowhere"}) == other


def test_no_browser_is_refused_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr("geoterritorio.publication.printing._ELSEWHERE", ())
    with pytest.raises(DependencyError, match="Install one, name its file") as refused:
        find_browser(environment={"PATH": str(tmp_path)})
    assert VARIABLE in str(refused.value)
    assert "Instale uno" in refused.value.render(translator("es"))
    with pytest.raises(DependencyError, match="“nowhere” is no program"):
        find_browser("nowhere", environment={"PATH": str(tmp_path)})


@pytest.mark.skipif(sys.platform != "linux", reason="whether a process is over is read from /proc")
def test_a_browser_that_hangs_is_ended_with_all_it_started(page, tmp_path):
    mark = tmp_path / "child"
    slow = program(tmp_path, f"sleep 60 & echo $! > {mark}; sleep 60")
    target = tmp_path / "out.pdf"
    begin = time.monotonic()
    with pytest.raises(DependencyError, match=r"did not print .* within 1 s"):
        print_pdf(slow, [(page, target)], limit=1.0)
    assert time.monotonic() - begin < 20
    child = int(mark.read_text(encoding="utf-8"))
    for _ in range(50):
        try:
            state = Path(f"/proc/{child}/stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            break
        # what nobody has waited for is over all the same
        if state.rsplit(")", 1)[1].split()[0] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child of the browser is still there")
    assert not target.exists()


@ON_POSIX
@pytest.mark.parametrize("does", ["echo broken >&2; exit 3", "exit 0"])
def test_a_browser_that_gives_no_pdf_leaves_what_was_there(does, page, tmp_path):
    target = tmp_path / "out.pdf"
    target.write_text("an older one", encoding="utf-8")
    with pytest.raises(DependencyError, match=r"gave no PDF of .*exit code [03]"):
        print_pdf(program(tmp_path, does), [(page, target)])
    assert target.read_text(encoding="utf-8") == "an older one"
    assert not list(tmp_path.glob("printing-*"))


def test_what_cannot_be_started_is_refused(page, tmp_path):
    with pytest.raises(DependencyError, match="cannot be started"):
        print_pdf(tmp_path / "nowhere", [(page, tmp_path / "out.pdf")])


def test_nothing_to_print_starts_nothing(tmp_path):
    print_pdf(tmp_path / "nowhere", [])
