"""Commands of forms: files that people fill in, with Excel or QGIS, built from ``tools.json`` as those of tools are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from geoterritorio import i18n
from geoterritorio.errors import Translate
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode
from geoterritorio.interface.options import parameter_options


def form_command(form: dict[str, Any], translate: Translate, lang: i18n.Language) -> click.Command:
    """Command of a described form in one language."""
    tr = translate  # for texts that come from the description, not from this code

    def run(*, output: Path, overwrite: bool, progress: Mode, **given: Any) -> int:
        def work(channel: Channel) -> None:
            from geoterritorio.interface.run import run_form, sources  # noqa: PLC0415 - help must not load geopandas

            run_form(form, sources(form, given), output, lang=lang, overwrite=overwrite)
            channel.result({"output": str(output)}, {})

        return attempt(work, Channel(progress, translate), translate)

    target = click.Option(
        ["--output"],
        required=True,
        metavar=translate("FILE"),
        type=click.Path(path_type=Path),
        help=tr(form["outputs"][0]["help"]),
    )
    options = [o for p in form["parameters"] for o in parameter_options(p, translate)]
    return click.Command(
        form["name"].replace("_", "-"),
        params=[*options, target, *common_options(translate)],
        help=tr(form["title"]) + ".\n\n" + tr(form["description"]),
        callback=run,
        options_metavar=translate("[OPTIONS]"),
    )
