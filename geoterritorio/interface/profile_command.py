"""``geoterritorio profile``: profiles out of a finished study, or of results and layers without a study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoterritorio import i18n
from geoterritorio.errors import StudyError, Translate, message
from geoterritorio.i18n import mark
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode

if TYPE_CHECKING:
    from geoterritorio.study.kept import Kept

MADE = (mark("Profiles"), mark("Pdf"))
_MANY: Mapping[str, Any] = {"multiple": True}


def profile_command(translate: Translate, lang: i18n.Language) -> click.Command:
    """Command of profiles in one language."""

    def run(*, overwrite: bool, progress: Mode, **asked: Any) -> int:
        def work(channel: Channel) -> None:
            made = write_profiles(asked, lang=lang, overwrite=overwrite)
            told = {name: ", ".join(str(path) for path in paths) for name, paths in made.items()}
            channel.result(told, {name: [str(p) for p in paths] for name, paths in made.items()})

        return attempt(work, Channel(progress, translate), translate)

    text = translate(
        "Territorial profile: one page per territory, of a finished study or of results without a study."
    )
    return click.Command(
        "profile",
        params=[
            click.Argument(
                ["study"],
                required=False,
                type=click.Path(path_type=Path),
                metavar=translate("[STUDY_FOLDER]"),
            ),
            *_sources(translate),
            *_targets(translate),
            *common_options(translate),
        ],
        help=text,
        callback=run,
        options_metavar=translate("[OPTIONS]"),
    )


def _sources(translate: Translate) -> list[click.Option]:
    """Options that say what a profile is made of where there is no study."""
    column: Mapping[str, Any] = {"metavar": translate("COLUMN")}
    return [
        click.Option(
            ["--territories"],
            metavar=translate("FILE[|LAYER]"),
            help=translate("Without a study: territories, with the columns territory and name."),
        ),
        click.Option(
            ["--territories-territory", "code"], help=translate("Identifier of the territory"), **column
        ),
        click.Option(["--territories-name", "name"], help=translate("Name of the territory"), **column),
        click.Option(
            ["--result", "results"],
            metavar=translate("TOOL.OUTPUT=FILE"),
            help=translate("Without a study: a table that a tool has written; any number of times."),
            **_MANY,
        ),
        click.Option(
            ["--layer", "layers"],
            metavar=translate("KIND=FILE"),
            help=translate(
                "Without a study: indicators, evidence, actions, institutions or roads; any number of times."
            ),
            **_MANY,
        ),
        click.Option(
            ["--highest"],
            type=click.IntRange(min=1),
            help=translate("Without a study: highest rating of the evidence; by default 4."),
        ),
        click.Option(
            ["--title"],
            metavar=translate("text").upper(),
            help=translate("Without a study: title above the page; by default the name of the file."),
        ),
    ]


def _targets(translate: Translate) -> list[click.Option]:
    """Options that say of which territories, where to, and how."""
    return [
        click.Option(
            ["--territory", "chosen"],
            metavar=translate("text").upper(),
            help=translate("Identifier of a territory; any number of times, by default all."),
            **_MANY,
        ),
        click.Option(
            ["--output"],
            metavar=translate("FOLDER"),
            type=click.Path(path_type=Path),
            default=Path(),
            help=translate("Folder for the pages; by default the one in which the command runs."),
        ),
        click.Option(["--pdf"], is_flag=True, help=translate("Print each page to PDF, by a browser.")),
        click.Option(
            ["--browser"],
            metavar=translate("FILE"),
            help=translate("Chromium, Chrome or Edge that prints; by default the one that is found."),
        ),
    ]


def write_profiles(
    asked: Mapping[str, Any], *, lang: i18n.Language, overwrite: bool
) -> dict[str, list[Path]]:
    """
    Profiles written, or a refusal.

    Parameters
    ----------
    asked
        Values of the command's options.
    lang
        Language of the pages.
    overwrite
        Whether files that are there may be replaced.

    Returns
    -------
    made
        Pages, and PDFs where they are wanted.

    Raises
    ------
    StudyError
        If neither a study nor territories are named, or both, or what they hold cannot be used.
    DependencyError
        If a PDF is wanted and there is no browser.
    """
    # Only when it is asked for: geopandas takes its time.
    from geoterritorio.publication.printing import find_browser  # noqa: PLC0415 - help must not load it
    from geoterritorio.study.given import write_pages  # noqa: PLC0415 - help must not load geopandas

    _refuse(asked)
    # Before anything is read: a missing browser must not be found out at the end.
    browser = find_browser(asked["browser"]) if asked["pdf"] or asked["browser"] else None
    return write_pages(
        _kept(asked, lang),
        asked["output"],
        territories=asked["chosen"],
        lang=lang,
        browser=browser,
        overwrite=overwrite,
    )


def _refuse(asked: Mapping[str, Any]) -> None:
    """Refusal of what does not go together."""
    alone = [f"--{n}" for n in ("territories", "title", "highest") if asked[n]]
    alone += [f"--{n}" for n in ("result", "layer") if asked[f"{n}s"]]
    if asked["study"] is None and not asked["territories"]:
        raise StudyError(
            message(
                "profile: name the folder of a finished study, or the territories (--territories) with results "
                "(--result) and layers (--layer)."
            )
        )
    if asked["study"] is not None and alone:
        raise StudyError(
            message(
                "profile: a finished study has its own territories, results and layers; leave out {options}, or the "
                "study.",
                options=", ".join(alone),
            )
        )


def _kept(asked: Mapping[str, Any], lang: i18n.Language) -> Kept:
    from geoterritorio.study.given import given  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.study.kept import kept  # noqa: PLC0415 - help must not load geopandas

    if asked["study"] is not None:
        return kept(asked["study"])
    columns = {"territory": asked["code"], "name": asked["name"]}
    return given(
        asked["territories"],
        asked["results"],
        asked["layers"],
        columns={name: column for name, column in columns.items() if column},
        title=asked["title"] or "",
        lang=lang,
        highest=asked["highest"],
    )
