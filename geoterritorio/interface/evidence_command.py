"""``geoterritorio evidence-template``: a file in which coded evidence is filled in, with Excel or QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from geoterritorio import i18n
from geoterritorio.errors import LayerError, Translate, message
from geoterritorio.interface.attempt import attempt, common_options
from geoterritorio.interface.channel import Channel, Mode

FORMATS = (".xlsx", ".gpkg")


def evidence_command(translate: Translate, lang: i18n.Language) -> click.Command:
    """Command of the template in one language."""

    def run(
        *, territories: str, code: str | None, name: str | None, overwrite: bool, progress: Mode, **given: Any
    ) -> int:
        output = given["output"]

        def work(channel: Channel) -> None:
            columns = {"territory": code, "name": name}
            write_template(territories, columns, lang=lang, overwrite=overwrite, **given)
            channel.result({"output": str(output)}, {})

        return attempt(work, Channel(progress, translate), translate)

    params: list[click.Parameter] = [
        click.Option(
            ["--territories"],
            required=True,
            metavar=translate("FILE[|LAYER]"),
            help=translate("Territories that are assessed, with the columns territory and name."),
        ),
        click.Option(
            ["--territories-territory", "code"],
            metavar=translate("COLUMN"),
            help=translate("Identifier of the territory"),
        ),
        click.Option(
            ["--territories-name", "name"],
            metavar=translate("COLUMN"),
            help=translate("Name of the territory"),
        ),
        click.Option(
            ["--output"],
            required=True,
            metavar=translate("FILE"),
            type=click.Path(path_type=Path),
            help=translate("File to fill in: a spreadsheet (.xlsx) or a form for QGIS (.gpkg)."),
        ),
        click.Option(
            ["--highest"],
            type=click.IntRange(1, 100),
            default=4,
            show_default=True,
            help=translate("Highest rating of the scale, which goes by whole steps from 0."),
        ),
        click.Option(
            ["--lists"],
            metavar=translate("text").upper(),
            help=translate(
                "Lists whose items are assessed, with semicolons between; by default those of a profile."
            ),
        ),
        *common_options(translate),
    ]
    text = translate(
        "File in which coded evidence is filled in, with lists to choose from: for Excel or QGIS."
    )
    return click.Command(
        "evidence-template", params=params, help=text, callback=run, options_metavar=translate("[OPTIONS]")
    )


def write_template(
    territories: str,
    columns: Mapping[str, str | None],
    output: Path,
    *,
    highest: int,
    lists: str | None,
    lang: i18n.Language,
    overwrite: bool,
) -> None:
    """
    Template written, or a refusal.

    Parameters
    ----------
    territories
        File, and layer.
    columns
        Their columns `territory` and `name`; None where they are called so.
    output
        File to write.
    highest
        Highest rating.
    lists
        Lists of items; None for those of a profile.
    lang
        Language of the words to choose from.
    overwrite
        Whether a file that is there may be replaced.

    Raises
    ------
    LayerError
        If the format is another, the file is there, or lists are not known.
    """
    # Only when it is asked for: geopandas takes its time.
    from geoterritorio.assessment.profile_rules import RULES, ProfileRules  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.layers import read_territories  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.layers.store import check_targets, write_layers  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.publication.evidence_form import evidence_form  # noqa: PLC0415 - help must not load geopandas
    from geoterritorio.publication.evidence_sheet import evidence_workbook  # noqa: PLC0415 - help must not load geopandas

    suffix = output.suffix.lower()
    if suffix not in FORMATS:
        raise LayerError(
            message(
                "output: a template is a spreadsheet (.xlsx) or a GeoPackage (.gpkg), and “{extension}” is neither.",
                extension=output.suffix or output.name,
            )
        )
    check_targets({"output": str(output)}, overwrite=overwrite)
    rules = ProfileRules(highest=highest, lists=lists or RULES.lists)
    places = read_territories(territories, **{k: v for k, v in columns.items() if v})
    make = evidence_workbook if suffix == ".xlsx" else evidence_form
    write_layers({str(output): make(places, rules=rules, lang=lang)})
