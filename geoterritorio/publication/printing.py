"""Pages printed to PDF by a browser that is on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from geoterritorio.errors import DependencyError, message

VARIABLE = "GEOTERRITORIO_BROWSER"
# Names under which Chromium and its relatives are installed, and where they lie off the path.
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "microsoft-edge-stable",
)
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)
# Seconds in which a page must be printed.
LIMIT = 90.0
# What is told of what the browser said.
_TOLD = 300
_OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pdf-header-footer",
    "--print-to-pdf-no-header",
    # headings and tables that a screen reader finds, and bookmarks
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
    # the pages ask for nothing, and a browser that prints need not either
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def find_browser(named: str | None = None, *, environment: Mapping[str, str] | None = None) -> Path:
    """
    Browser that can print.

    Parameters
    ----------
    named
        File of the browser, or its name on the path; by default the one that the variable `GEOTERRITORIO_BROWSER`
        names, else Chromium, Chrome or Edge wherever they are usually found.
    environment
        Variables; those of the process by default.

    Returns
    -------
    browser
        Its file.

    Raises
    ------
    DependencyError
        If the named one is not there, or none is found.
    """
    known = os.environ if environment is None else environment
    path = known.get("PATH")
    wanted = named or known.get(VARIABLE)
    if wanted:
        found = shutil.which(wanted, path=path)
        if found is None:
            raise DependencyError(
                message(
                    "browser: “{browser}” is no program that can be run. Name the file of Chromium, Chrome or Edge "
                    "(--browser, or the variable {variable}).",
                    browser=wanted,
                    variable=VARIABLE,
                )
            )
        return Path(found)
    for name in (*NAMES, *_ELSEWHERE):
        found = shutil.which(name, path=path)
        if found is not None and Path(found).is_absolute():  # on Windows, else one where the program stands
            return Path(found)
    raise DependencyError(
        message(
            "browser: a PDF is printed by Chromium, Chrome or Edge, and none was found. Install one, name its file "
            "(--browser, or the variable {variable}), or print the page from any browser.",
            variable=VARIABLE,
        )
    )


def print_pdf(
    browser: Path, pages: Sequence[tuple[Path, Path]], *, limit: float = LIMIT, folder: Path | None = None
) -> None:
    """
    Pages printed to PDF, each whole or not at all.

    Parameters
    ----------
    browser
        File of the browser.
    pages
        HTML file -> PDF file, in pairs; a PDF that is there is replaced.
    limit
        Seconds in which each must be printed.
    folder
        Where the browser keeps what it needs meanwhile; beside the first PDF by default, since browsers in a container
        of their own may see nothing else.

    Raises
    ------
    DependencyError
        If the browser cannot be started, takes too long, or gives no PDF.
    """
    if not pages:
        return
    with tempfile.TemporaryDirectory(
        prefix="printing-", dir=folder or pages[0][1].parent, ignore_cleanup_errors=True
    ) as place:
        for page, target in pages:
            made = Path(place) / "page.pdf"
            _printed(browser, page, made, Path(place), limit)
            made.replace(target)


def _printed(browser: Path, page: Path, made: Path, place: Path, limit: float) -> None:
    """One page printed; the browser and its children are gone afterwards."""
    words = [
        str(browser),
        *_OPTIONS,
        *_unboxed(),
        f"--user-data-dir={(place / 'user').absolute()}",
        f"--print-to-pdf={made.absolute()}",
        page.absolute().as_uri(),
    ]
    said = place / "said.txt"
    with said.open("wb") as stream:
        try:
            process = subprocess.Popen(  # noqa: S603 - a list of words, the browser found or named by the user
                words,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            raise DependencyError(
                message(
                    "browser: {browser} cannot be started ({reason}). Name another (--browser, or the variable "
                    "{variable}).",
                    browser=browser,
                    reason=error.strerror or type(error).__name__,
                    variable=VARIABLE,
                )
            ) from error
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired as error:
            raise DependencyError(
                message(
                    "browser: {browser} did not print {page} within {limit} s. Name another (--browser, or the "
                    "variable {variable}), or print the page from any browser.",
                    browser=browser,
                    page=page.name,
                    limit=limit,
                    variable=VARIABLE,
                )
            ) from error
        finally:
            _ended(process)
    if not _is_pdf(made):
        raise DependencyError(
            message(
                "browser: {browser} gave no PDF of {page} (exit code {code}: {said}). Name another (--browser, or the "
                "variable {variable}), or print the page from any browser.",
                browser=browser,
                page=page.name,
                code=process.returncode,
                said=said.read_text(encoding="utf-8", errors="replace").strip()[-_TOLD:] or "–",
                variable=VARIABLE,
            )
        )


def _unboxed() -> list[str]:
    """Chromium refuses to run in its box for the superuser, as whom programs run in containers."""
    return ["--no-sandbox"] if sys.platform != "win32" and os.geteuid() == 0 else []


def _ended(process: subprocess.Popen[bytes]) -> None:
    """The process and all that it started are over."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(5) == b"%PDF-"
    except OSError:
        return False
