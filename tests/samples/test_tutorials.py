"""The tutorials of the handbook: every command on them runs as it stands, and prints what the page shows."""

import contextlib
import gettext
import io
import os
import re
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "tutorials"
PAGES = sorted(FOLDER.glob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST = 150  # lines that a reader follows in one sitting
# Words in italics of QGIS itself, and those that are stressed and name nothing.
OTHERS = {
    "en": {"Plugins", "GeoTerritorio", "Run", "Hatched"},
    "es": {"Complementos", "GeoTerritorio", "Ejecutar", "Rayado"},
}
# A block of a study file names its file in the first line; one that goes on with it says so.
NAMED = re.compile(r"# (\w+\.toml)(, further down)?\n")
REFUSED = ("Refused:", "Rechazado:")  # how an answer begins that ends with exit code 1


def blocks(page):
    """Fenced blocks of a page: what kind each is, and its text."""
    return [(kind, text) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


def lines(text):
    """Lines without the blanks at their ends, which editors take away."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def in_shell(command, folder):
    """What a command prints; it must succeed, unless it is there to be refused."""
    place = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, **place},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert (done.returncode == 0) != done.stdout.startswith(REFUSED), done.stdout
    return done.stdout


def in_python(code, names):
    """What a block prints; names live on in the next one."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_, **__: print(f"Warning: {message}", file=said)
        exec(compile(code, "page", "exec"), names)  # noqa: S102 - the project's own pages
    return said.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder like the project's own: the samples, and the command."""
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    command = tmp_path / "bin" / "geoterritorio"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m geoterritorio "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_runs_and_prints_what_is_shown(page, folder):
    names, said = {}, None
    for kind, text in blocks(page):
        if kind == "toml":
            file, further = NAMED.match(text).groups()
            with (folder / file).open("a" if further else "w", encoding="utf-8") as out:
                out.write(f"\n{text}" if further else text)
        elif kind == "sh":
            said = in_shell(text, folder)
        elif kind == "python":
            said = in_python(text, names)
        else:
            assert kind == "text"
            assert lines(said) == lines(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_is_short_and_its_pictures_are_there(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
    assert all(alt for alt, _ in pictures)
    assert [name for _, name in pictures if not (FOLDER / name).exists()] == []


def test_every_tutorial_is_there_in_both_languages_with_the_same_steps():
    english = {page.stem for page in PAGES if not page.stem.endswith("_es")}
    assert english == {"analyst", "planner", "researcher"}
    assert {page.stem for page in PAGES} == english | {f"{name}_es" for name in english}
    for name in english:
        kinds = [[kind for kind, _ in blocks(FOLDER / f"{name}{end}.md")] for end in ("", "_es")]
        heads = [
            len(re.findall(r"^## ", (FOLDER / f"{name}{end}.md").read_text(encoding="utf-8"), re.MULTILINE))
            for end in ("", "_es")
        ]
        assert kinds[0] == kinds[1]
        assert heads[0] == heads[1]


@pytest.mark.parametrize(("page", "lang"), [("planner.md", "en"), ("planner_es.md", "es")])
def test_what_the_planner_presses_has_these_names_in_the_plugin(page, lang):
    text = re.sub(r"\s+", " ", BLOCK.sub("", (FOLDER / page).read_text(encoding="utf-8")))
    phrases = re.findall(r"(?<![*\w])\*(?=\S)([^*]+)\*(?!\*)", text)
    named = {re.sub(r"^\d\. ", "", part.strip()) for phrase in phrases for part in phrase.split("\u203a")}
    translations = gettext.translation("geoterritorio", str(ROOT / "geoterritorio" / "locale"), ["es"])
    known = {key for key in translations._catalog if isinstance(key, str)}
    shown = known if lang == "en" else {translations.gettext(key) for key in known}
    study = tomllib.loads((ROOT / "sample_data" / "comarca" / "study.toml").read_text(encoding="utf-8"))
    shown |= {layer["title"][lang] for layer in study["layers"].values()}
    assert len(named) > 15
    assert named - shown - OTHERS[lang] == set()


def test_questions_are_the_same_in_both_languages_and_answers_short():
    pages = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("faq.md", "faq_es.md")]
    answers = [[part.partition("\n## ")[0].strip() for part in page.split("\n### ")[1:]] for page in pages]
    assert len(answers[0]) == len(answers[1]) > 15
    # The question, an empty line, six of answer.
    assert max(len(answer.splitlines()) for page in answers for answer in page) <= 8
    links = [[sorted(re.findall(r"\{doc\}`([\w/]+)", a)) for a in page] for page in answers]
    assert [[link.removesuffix("_es") for link in each] for each in links[1]] == links[0]
