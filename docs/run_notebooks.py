"""Runs the notebooks of the handbook and writes them in place, such that the same results give the same file.

``python docs/run_notebooks.py [NAME …]``: all, or those that are named, such as ``analyst``.
"""

from __future__ import annotations

import base64
import html
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "notebooks"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
PNG = "image/png"
# A picture of a page in front of a reader has few colours, and a map of ours no more.
_COLOURS = 96
# Of a cell: how it is folded, and what its pictures show, which the handbook reads here and Jupyter beside the picture.
KEPT = ("tags", "mystnb")
_PAGE = re.compile(r'<iframe title="([^"]*)" srcdoc="([^"]*)"')
_SIZE = {"width": 1100, "height": 640}
_SECONDS = 300
Photograph = Callable[[str], bytes]


def run(path: Path, output: Path) -> nbformat.NotebookNode:
    """
    Notebook run from a clean state.

    Parameters
    ----------
    path
        The notebook; its outputs are not looked at.
    output
        Folder into which its cells write.

    Returns
    -------
    notebook
        The notebook with what its cells gave.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in _code(notebook):
        cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=_SECONDS,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
    )
    client.execute(env={**os.environ, "OUTPUT": str(output), "PYTHONPATH": os.pathsep.join(map(str, _way()))})
    return notebook


def tidied(notebook: nbformat.NotebookNode, photograph: Photograph | None = None) -> nbformat.NotebookNode:
    """
    Notebook without what differs from run to run, and with pictures in place of whole pages.

    Parameters
    ----------
    notebook
        A notebook that was run.
    photograph
        HTML document -> picture (PNG); without it pages are left out, and only their titles stay.

    Returns
    -------
    notebook
        The same notebook.
    """
    shown = {k: v for k, v in notebook.metadata.items() if k == "mystnb"}
    plain = {**shown, "kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.metadata = nbformat.from_dict(plain)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in KEPT})
    for cell in _code(notebook):
        cell.outputs = [_small(output, photograph) for output in _joined(cell.outputs)]
        _described(cell)
    return notebook


def texts(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """
    What a notebook says.

    Parameters
    ----------
    notebook
        A notebook that was run and tidied.

    Returns
    -------
    texts
        Of each code cell its text outputs; pictures are left out.
    """
    return [[text for output in cell.outputs for text in _said(output)] for cell in _code(notebook)]


def _way() -> list[str | Path]:
    """Where the kernel finds the package: this tree before any that is installed."""
    return [ROOT, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


def _code(notebook: nbformat.NotebookNode) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _described(cell: Any) -> None:
    """Write what a cell's pictures show where the handbook looks for it, and beside each of them."""
    shown = [output for output in cell.outputs if PNG in output.get("data", {})]
    told = [output.metadata.get(PNG, {}).get("alt") for output in shown]
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt") or next(filter(None, told), None)
    if not shown or not alt:
        return
    cell.metadata = nbformat.from_dict({**cell.metadata, "mystnb": {"image": {"alt": alt}}})
    for output in shown:
        output.metadata = nbformat.from_dict({PNG: {**output.metadata.get(PNG, {}), "alt": alt}})


def _said(output: Any) -> Iterator[str]:
    if output.output_type == "stream":
        yield output.text
    elif PNG in output.get("data", {}):
        # Of a page that became a picture its title is told, whether or not there was a browser for it.
        yield from filter(None, [output.metadata.get(PNG, {}).get("alt")])
    else:
        yield from (text for kind, text in sorted(output.get("data", {}).items()) if kind.startswith("text/"))


def _joined(outputs: list[Any]) -> list[Any]:
    """Outputs in which what was printed stands together: how it was cut depends on the kernel's haste."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.output_type == "stream" and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _small(output: Any, photograph: Photograph | None) -> Any:
    """Output whose pictures have few colours, and whose page has become one."""
    data = output.get("data", {})
    page = _PAGE.match(data.get("text/html", ""))
    if page:
        title = html.unescape(page[1])
        data.clear()
        data["text/plain"] = title
        if photograph:
            data[PNG] = base64.b64encode(photograph(html.unescape(page[2]))).decode()
            output.metadata = nbformat.from_dict({PNG: {"alt": title}})
    if PNG in data:
        data[PNG] = _few_colours(data[PNG])
    return output


def _few_colours(picture: str) -> str:
    stream = io.BytesIO()
    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return base64.b64encode(stream.getvalue()).decode()


def _photograph(document: str) -> bytes:
    """Picture of a page as a browser shows it once it says that it is ready."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only who writes the notebooks needs a browser

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder, "page.html")
        path.write_text(document, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=_SIZE)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        taken: bytes = page.screenshot()
        browser.close()
    return taken


def main(names: list[str]) -> None:
    """Run the notebooks and write them."""
    chosen = [FOLDER / f"{name}.ipynb" for name in names] or NOTEBOOKS
    for path in chosen:
        with tempfile.TemporaryDirectory() as folder:
            notebook = tidied(run(path, Path(folder)), _photograph)
        nbformat.write(notebook, path)
        sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
