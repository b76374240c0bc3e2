"""``geoterritorio publish``: what others may have of a finished study, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import click

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import mark
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode

MADE = mark("Public")
_MEGABYTE = 1_000_000


def publish_command(translate: Translate) -> click.Command:
    """Command that parts what is public from what is internal."""

    def run(*, study: Path, output: Path, overwrite: bool, progress: Mode) -> int:
        def work(channel: Channel) -> None:
            from geoterritorio.study.handed_on import hand_on  # noqa: PLC0415 - help must not load geopandas

            made = hand_on(study, output, overwrite=overwrite)
            size = sum(path.stat().st_size for path in made) / _MEGABYTE
            told = message(
                "{where} ({count} files, {size} MB)", where=output, count=len(made), size=round(size, 1)
            )
            channel.result({MADE: told.render(translate)}, {MADE: [str(path) for path in made]})

        return attempt(work, Channel(progress, translate), translate)

    return click.Command(
        "publish",
        params=[
            click.Argument(["study"], type=click.Path(path_type=Path), metavar=translate("STUDY_FOLDER")),
            click.Option(
                ["--output"],
                metavar=translate("FOLDER"),
                type=click.Path(path_type=Path),
                required=True,
                help=translate("Folder for the copies; neither in the study's folder nor around it."),
            ),
            *common_options(translate),
        ],
        help=translate(
            "Copies of all files of a finished study that others may have; what is internal stays where it is."
        ),
        callback=run,
        options_metavar=translate("[OPTIONS]"),
    )
