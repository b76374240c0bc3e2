"""The notebooks of the handbook: they run from a clean state, and say what they said when they were written."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "notebooks"
NAMES = ("analyst", "planner", "planner_en", "researcher")
LARGEST = 1_000_000  # bytes, with pictures
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MOST = 4_000  # signs that one cell says
# Folders that only one machine has, wherever a notebook was written.
MACHINE = re.compile(
    r"(?<![\w.])/(home|root|tmp|work|Users|usr|opt|var)/|[A-Z]:\\|site-packages|0x[0-9a-f]{6,}"
)


@pytest.fixture(scope="module")
def runner():
    for name in ("nbclient", "ipykernel"):
        pytest.importorskip(name)
    if str(ROOT / "docs") not in sys.path:
        sys.path.insert(0, str(ROOT / "docs"))
    return import_module("run_notebooks")


@pytest.fixture(params=NAMES)
def written(request, runner):
    path = FOLDER / f"{request.param}.ipynb"
    return path, runner.nbformat.read(path, as_version=4)


def cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_no_others():
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == NAMES


def test_a_notebook_runs_from_a_clean_state_and_says_the_same(written, runner, tmp_path):
    path, notebook = written
    again = runner.tidied(runner.run(path, tmp_path))
    assert [cell.source for cell in cells(again)] == [cell.source for cell in cells(notebook)]
    assert runner.texts(again) == runner.texts(notebook)


def test_all_cells_were_run_in_order(written):
    code = cells(written[1])
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [o for cell in code for o in cell.outputs if o.output_type == "error"]


def test_a_notebook_is_small_and_of_no_machine(written, runner):
    path, notebook = written
    assert path.stat().st_size <= LARGEST
    assert max(len("".join(said)) for said in runner.texts(notebook)) <= MOST
    assert MACHINE.findall("".join(text for said in runner.texts(notebook) for text in said)) == []
    assert notebook.metadata.kernelspec.name == "python3"
    assert all(set(cell.metadata) <= set(runner.KEPT) for cell in notebook.cells)


def test_every_picture_says_what_it_shows(written):
    shown = [
        (cell, o) for cell in cells(written[1]) for o in cell.outputs if "image/png" in o.get("data", {})
    ]
    assert len(shown) >= 2
    for cell, output in shown:
        alt = cell.metadata.mystnb.image.alt  # where the handbook looks for it
        assert output.metadata["image/png"].alt == alt
        assert len(alt) > 10


def test_what_a_drawn_picture_shows_is_kept_when_it_is_drawn_anew(runner):
    output = runner.nbformat.v4.new_output("display_data", {"image/png": PICTURE, "text/plain": "<Figure>"})
    cell = runner.nbformat.v4.new_code_cell(outputs=[output], metadata={"mystnb": {"image": {"alt": "Bars"}}})
    notebook = runner.tidied(runner.nbformat.v4.new_notebook(cells=[cell]))
    assert notebook.cells[0].outputs[0].metadata["image/png"].alt == "Bars"
    assert runner.texts(notebook) == [["Bars"]]


def test_a_page_becomes_its_picture_and_nothing_of_it_stays(runner):
    page = {
        "text/html": '<iframe title="A &amp; B" srcdoc="&lt;p&gt;" width="1">',
        "text/plain": "<Map at 0x7f>",
    }
    notebook = runner.nbformat.v4.new_notebook(
        cells=[
            runner.nbformat.v4.new_code_cell(outputs=[runner.nbformat.v4.new_output("display_data", page)])
        ]
    )
    assert runner.texts(runner.tidied(notebook)) == [["A & B"]]


def test_how_the_kernel_cuts_what_is_printed_does_not_matter(runner):
    said = [runner.nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("one\n", "two\n")]
    notebook = runner.nbformat.v4.new_notebook(cells=[runner.nbformat.v4.new_code_cell(outputs=said)])
    assert runner.texts(runner.tidied(notebook)) == [["one\ntwo\n"]]
