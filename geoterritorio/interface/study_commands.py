"""``geoterritorio study``: run a study, check it without computing, start a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geoterritorio import i18n
from geoterritorio.errors import Translate
from geoterritorio.i18n import mark
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode

MADE = (
    mark("Map"),
    mark("Report"),
    mark("Project"),
    mark("Profiles"),
    mark("Layers"),
    mark("Tables"),
    mark("Log"),
    mark("Provenance"),
    mark("Study"),
)

CHECKED = {
    "layer": mark("Layer"),
    "kind": mark("Kind"),
    "rows": mark("Rows"),
    "crs": mark("Coordinate system"),
    "step": mark("Step"),
    "tool": mark("Tool"),
    "from": mark("Made from"),
    "computed": mark("Computed"),
}


class _Study(click.Group):
    """A group whose first command is understood where none is named: ``study FILE`` runs the file."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["run", *args])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {*self.commands, "-h", "--help"}
        return super().parse_args(ctx, args if not args or args[0] in known else ["run", *args])


def study_command(translate: Translate, lang: i18n.Language) -> click.Group:
    """Commands of studies in one language."""
    text = translate("Whole study from one TOML file: layers, tables, map, report and provenance.")
    group = _Study(
        "study", help=text, subcommand_metavar=translate("FILE --output FOLDER | check FILE | init [PLACE]")
    )
    group.options_metavar = translate("[OPTIONS]")
    for built in (_run(translate), _check(translate), _init(translate, lang)):
        built.options_metavar = translate("[OPTIONS]")
        built.short_help = (built.help or "").rstrip(".")
        group.add_command(built)
    return group


def _file(translate: Translate) -> click.Argument:
    return click.Argument(["file"], type=click.Path(path_type=Path), metavar=translate("FILE"))


def _run(translate: Translate) -> click.Command:
    def run(*, file: Path, output: Path, jobs: int | None, overwrite: bool, progress: Mode) -> int:
        def work(channel: Channel) -> None:
            from geoterritorio.study import run_study  # noqa: PLC0415 - geopandas only when a study runs

            made = run_study(file, output, overwrite=overwrite, jobs=jobs, progress=channel.progress)
            channel.result({name: str(path) for name, path in made.items()}, {})

        return attempt(work, Channel(progress, translate), translate)

    params: list[click.Parameter] = [
        _file(translate),
        click.Option(
            ["--output"],
            required=True,
            metavar=translate("FOLDER"),
            type=click.Path(path_type=Path),
            help=translate("Folder for the results; it appears whole or not at all."),
        ),
        click.Option(
            ["--jobs"],
            type=click.IntRange(1),
            help=translate(
                "Independent steps that may run beside each other; by default by the size of the layers."
            ),
        ),
        *common_options(translate),
    ]
    text = translate("Run a study; after an interruption or a change only what is missing is computed.")
    return click.Command("run", params=params, help=text, callback=run)


def _check(translate: Translate) -> click.Command:
    def run(*, file: Path, output: Path | None, progress: Mode) -> int:
        def work(channel: Channel) -> None:
            from geoterritorio.study import check_study  # noqa: PLC0415 - geopandas only when a study is checked

            found = check_study(file, output)
            values = {"layers": found.layers.to_dict("records"), "steps": found.steps.to_dict("records")}
            channel.table(_headed(found.layers, translate), translate("Layers"))
            channel.table(_headed(found.steps, translate), translate("Steps"))
            channel.result({}, values)

        return attempt(work, Channel(progress, translate), translate)

    params: list[click.Parameter] = [
        _file(translate),
        click.Option(
            ["--output"],
            metavar=translate("FOLDER"),
            type=click.Path(path_type=Path),
            help=translate("Folder of an earlier run: tells which steps need not be computed again."),
        ),
        *common_options(translate, writes=False),
    ]
    text = translate("Check a study without computing it: its file, its layers, the order of its steps.")
    return click.Command("check", params=params, help=text, callback=run)


def _headed(frame: Any, translate: Translate) -> Any:
    """Table of a check in the reader's language; kinds and tools keep the names that a study file uses."""
    told = frame.rename(columns={name: translate(text) for name, text in CHECKED.items()})
    heading = CHECKED["computed"]
    when = translate(heading)
    if when in told:
        told[when] = told[when].map({"now": translate(mark("now")), "before": translate(mark("before"))})
    return told


def _init(translate: Translate, lang: i18n.Language) -> click.Command:
    def run(*, place: Path, progress: Mode) -> int:
        def work(channel: Channel) -> None:
            from geoterritorio.study import init_study  # noqa: PLC0415 - geopandas only when asked for

            channel.result({"study": str(init_study(place, lang=lang))}, {})

        return attempt(work, Channel(progress, translate), translate)

    place = click.Argument(
        ["place"], default=Path(), type=click.Path(path_type=Path), metavar=translate("[PLACE]")
    )
    text = translate("Write a commented study file to start from; a place is a folder or the file's name.")
    return click.Command(
        "init", params=[place, *common_options(translate, writes=False)], help=text, callback=run
    )
