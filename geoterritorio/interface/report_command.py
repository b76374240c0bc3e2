"""``geoterritorio report``: the report of a finished study, in one language and in further forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from geoterritorio import i18n
from geoterritorio.errors import Translate, message
from geoterritorio.i18n import mark
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode

MADE = (mark("Report"), mark("Pdf"), mark("Excel"), mark("Csv"))
_MEGABYTE = 1_000_000
# More files than this are counted, not listed.
_FEW = 2


def report_command(translate: Translate, lang: i18n.Language) -> click.Command:
    """Command of reports in one language."""

    def run(*, study: Path, output: Path, overwrite: bool, progress: Mode, **asked: Any) -> int:
        def work(channel: Channel) -> None:
            made = make_report(study, output, asked, lang=lang, overwrite=overwrite)
            told = {form: _told(paths, translate) for form, paths in made.items()}
            channel.result(told, {form: [str(p) for p in paths] for form, paths in made.items()})

        return attempt(work, Channel(progress, translate), translate)

    text = translate(
        "Report of a finished study in one language, also as PDF, and its tables, whole, as Excel and CSV."
    )
    return click.Command(
        "report",
        params=[
            click.Argument(["study"], type=click.Path(path_type=Path), metavar=translate("STUDY_FOLDER")),
            *_options(translate),
            *common_options(translate),
        ],
        help=text,
        callback=run,
        options_metavar=translate("[OPTIONS]"),
    )


def _options(translate: Translate) -> list[click.Option]:
    return [
        click.Option(
            ["--output"],
            metavar=translate("FOLDER"),
            type=click.Path(path_type=Path),
            default=Path(),
            help=translate("Folder for the files; by default the one in which the command runs."),
        ),
        click.Option(["--pdf"], is_flag=True, help=translate("Print the report to PDF, by a browser.")),
        click.Option(
            ["--excel"],
            is_flag=True,
            help=translate("Write the tables of the report, whole, into a workbook that explains them."),
        ),
        click.Option(
            ["--csv"],
            is_flag=True,
            help=translate("Write them as text too, with a description for programs."),
        ),
        click.Option(
            ["--browser"],
            metavar=translate("FILE"),
            help=translate("Chromium, Chrome or Edge that prints; by default the one that is found."),
        ),
    ]


def make_report(
    study: Path, output: Path, asked: Mapping[str, Any], *, lang: i18n.Language, overwrite: bool
) -> dict[str, list[Path]]:
    """
    Report written, or a refusal.

    Parameters
    ----------
    study
        Folder of a finished study.
    output
        Folder for the files.
    asked
        Values of the command's options: `pdf`, `excel`, `csv`, `browser`.
    lang
        Language of the report.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    made
        Files by form.

    Raises
    ------
    StudyError
        If the study is not there or not finished, or files are there or cannot be written.
    DependencyError
        If a form is wanted that cannot be made here.
    """
    # Only when it is asked for: geopandas takes its time.
    from geoterritorio.study.config import Copies  # noqa: PLC0415 - help must not load it
    from geoterritorio.study.kept import kept  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.study.reported import require_copies, write_report  # noqa: PLC0415 - help must not load geopandas

    copies = Copies(pdf=asked["pdf"] or bool(asked["browser"]), excel=asked["excel"], csv=asked["csv"])
    # Before anything is read: what is missing must not be found out at the end.
    browser = require_copies(copies, named=asked["browser"])
    return write_report(kept(study), output, lang=lang, copies=copies, browser=browser, overwrite=overwrite)


def _told(paths: Sequence[Path], translate: Translate) -> str:
    """Files with their size, or of many their folder."""
    size = sum(path.stat().st_size for path in paths) / _MEGABYTE
    if len(paths) > _FEW:
        where, count = paths[0].parent, len(paths)
        told = message("{where} ({count} files, {size} MB)", where=where, count=count, size=round(size, 1))
        return told.render(translate)
    names = ", ".join(str(path) for path in paths)
    return message("{names} ({size} MB)", names=names, size=round(size, 1)).render(translate)
