"""The report of a finished study, in one language and in further forms: PDF, workbook, text for programs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geoterritorio.errors import StudyError, message
from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.layers.findings import listing, reason_of
from geoterritorio.publication.printing import find_browser, print_pdf
from geoterritorio.publication.workbook import require_excel
from geoterritorio.study.config import Copies, StudyPlan
from geoterritorio.study.disclosing import disclosed
from geoterritorio.study.kept import Kept
from geoterritorio.study.products import file_of, report_of
from geoterritorio.study.public_tables import write_public_tables
from geoterritorio.study.sector_titles import with_vocabularies


def require_copies(copies: Copies, *, named: str | None = None) -> Path | None:
    """
    Refusal of forms that cannot be made here, before anything is computed.

    Parameters
    ----------
    copies
        What is asked for.
    named
        Browser that prints; by default the one that is found.

    Returns
    -------
    browser
        The one that prints the report; None where no PDF is wanted.

    Raises
    ------
    DependencyError
        If there is no browser, or no openpyxl.
    """
    if copies.excel:
        require_excel()
    return find_browser(named) if copies.pdf else None


def print_reports(
    folder: Path, plan: StudyPlan, browser: Path, *, languages: Sequence[Language] = LANGUAGES
) -> list[str]:
    """
    Reports of a folder printed beside their pages.

    Parameters
    ----------
    folder
        Folder with ``report.html``, and perhaps its twin.
    plan
        The study.
    browser
        Prints.
    languages
        Languages of the reports.

    Returns
    -------
    written
        Files, relative to the folder.

    Raises
    ------
    DependencyError
        If the browser cannot print.
    """
    names = [(file_of("report", "html", x, plan), file_of("report", "pdf", x, plan)) for x in languages]
    print_pdf(browser, [(folder / page, folder / target) for page, target in names])
    return [target for _, target in names]


def write_report(
    kept: Kept,
    output: Path,
    *,
    lang: Language = "en",
    copies: Copies | None = None,
    browser: Path | None = None,
    overwrite: bool = False,
) -> dict[str, list[Path]]:
    """
    Report of a finished study in a folder of one's own.

    Parameters
    ----------
    kept
        The study.
    output
        Folder; it is made where it is not there.
    lang
        Language of the report.
    copies
        Further forms; none by default.
    browser
        Prints the PDF.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    made
        `report`, and `pdf`, `excel` and `csv` where they are wanted.

    Raises
    ------
    StudyError
        If files are there or cannot be written.
    DependencyError
        If the browser cannot print, or openpyxl is missing.
    """
    # The language asked for is the only one: it stands in no name.
    plan = replace(with_vocabularies(kept.plan, kept.layers), lang=lang, copies=copies or Copies())
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="report-", dir=output, ignore_cleanup_errors=True) as place:
            made = _made(kept, plan, Path(place), browser)
            _refuse_replacing(output, made, overwrite=overwrite)
            return _delivered(Path(place), output, made)
    except OSError as error:
        raise StudyError(
            message("{path} cannot be written ({reason}).", path=output, reason=reason_of(error))
        ) from error


def _made(kept: Kept, plan: StudyPlan, place: Path, browser: Path | None) -> list[str]:
    shown = disclosed(kept.plan, kept.layers, kept.results).results
    page = report_of(plan, shown, kept.notices, kept.account, kept.layers, plan.lang)
    name = file_of("report", "html", plan.lang, plan)
    (place / name).write_text(page, encoding="utf-8")
    made = [name]
    if browser is not None:
        made += print_reports(place, plan, browser, languages=(plan.lang,))
    return made + write_public_tables(place, plan, shown, kept.account, languages=(plan.lang,))


def _refuse_replacing(output: Path, made: Sequence[str], *, overwrite: bool) -> None:
    there = [name for name in made if (output / name).exists()]
    if there and not overwrite:
        raise StudyError(
            message(
                "output: files are there already ({count}): {names}. Choose another folder, or allow overwriting "
                "(--overwrite).",
                count=len(there),
                names=listing(there),
            )
        )


def _delivered(place: Path, output: Path, made: Sequence[str]) -> dict[str, list[Path]]:
    """Files put into their folder when all are whole, by their form."""
    forms = {".html": "report", ".pdf": "pdf", ".xlsx": "excel"}
    told: dict[str, list[Path]] = {}
    for name in made:
        target = output / name
        target.parent.mkdir(exist_ok=True)
        (place / name).replace(target)
        told.setdefault(forms.get(target.suffix, "csv"), []).append(target)
    return told
