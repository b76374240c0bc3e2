"""Options of the command line from the descriptions of parameters."""

from __future__ import annotations

from typing import Any

import click

from geoterritorio.errors import Translate

_NUMBERS = {"integer": click.IntRange, "number": click.FloatRange}
_BOUNDLESS = {"integer": click.INT, "number": click.FLOAT}


def parameter_options(parameter: dict[str, Any], translate: Translate) -> list[click.Option]:
    """Options of a described parameter: one, and of a layer one more for each of its columns."""
    flag, tr = "--" + parameter["name"].replace("_", "-"), translate
    text = tr(parameter["help"])
    if parameter["type"] == "layer":
        layer = click.Option(
            [flag, parameter["name"]],
            required=parameter["required"],
            metavar=translate("FILE[|LAYER]"),
            help=text,
        )
        return [layer, *(_column(flag, parameter["name"], c, translate) for c in parameter["columns"])]
    if parameter["type"] == "flag":
        return [
            click.Option(
                [f"{flag}/--no-{flag[2:]}", parameter["name"]],
                default=parameter["default"],
                show_default=True,
                help=text,
            )
        ]
    kind: Any = click.STRING
    shown = tr(parameter["type"])
    if parameter["type"] == "choice":
        kind = click.Choice(parameter["options"])
    elif parameter["type"] in _NUMBERS:
        kind = _number(parameter)
        kind.name = shown
        text += f" [{parameter['unit']}]" if parameter["unit"] else ""
    # A default of None would stand in for what is required.
    given: dict[str, Any] = {"required": True}
    if not parameter["required"]:
        # an empty text is as good as none, and says nothing
        given = {"default": parameter["default"], "show_default": parameter["default"] not in (None, "")}
    if parameter["type"] != "choice":
        given["metavar"] = shown.upper()
    return [click.Option([flag, parameter["name"]], type=kind, help=text, **given)]


def _number(parameter: dict[str, Any]) -> Any:
    """Kind of a number; one without bounds shows none."""
    low, high = parameter["min"], parameter["max"]
    if low is None and high is None:
        return type(_BOUNDLESS[parameter["type"]])()
    return _NUMBERS[parameter["type"]](low, high, min_open=parameter.get("above", False))


def plot_options(tool: dict[str, Any], translate: Translate) -> list[click.Option]:
    """Options of a tool whose outputs can be drawn."""
    plots, tr = tool["plots"], translate
    if not plots:
        return []
    shown = "; ".join(f"{p['name'].replace('_', '-')}: {tr(p['title'])}" for p in plots)
    text = translate("Picture of the result (.png, .svg or .pdf). {plots}.").format(plots=shown)
    wanted = " ".join(f"{p['name'].replace('_', '-')}: {tr(p['focus'])}" for p in plots)
    if len(plots) == 1:
        wanted = tr(plots[0]["focus"])
    focus = translate("What the picture is about. {wanted}").format(wanted=wanted)
    options = [
        click.Option(["--plot"], metavar=translate("FILE"), help=text),
        click.Option(["--plot-focus"], metavar=translate("CODE"), help=focus),
    ]
    kinds = [p["name"].replace("_", "-") for p in plots]
    choice = click.Option(
        ["--plot-kind"],
        type=click.Choice(kinds),
        default=kinds[0],
        show_default=True,
        help=translate("Which picture."),
    )
    return [*options, choice] if len(kinds) > 1 else options


def parts_options(tool: dict[str, Any], translate: Translate) -> list[click.Option]:
    """Options of a tool that takes a layer in parts."""
    if not any(p.get("parts") for p in tool["parameters"]):
        return []
    kept = translate(
        "Folder that keeps what each part of a register in parts gave; a run that ended early goes on from there."
    )
    scheduler = translate(
        "Address of the scheduler of a Dask cluster that works through the parts, as tcp://host:8786; needs the extra "
        "“scale”."
    )
    return [
        click.Option(["--kept"], metavar=translate("FOLDER"), help=kept),
        click.Option(["--scheduler"], metavar=translate("ADDRESS"), help=scheduler),
    ]


def _column(flag: str, layer: str, column: dict[str, Any], translate: Translate) -> click.Option:
    tr = translate
    meaning = tr(column["help"])
    default = translate("default: column “{column}”, if there").format(column=column["name"])
    if column["required"]:
        default = translate("default: column “{column}”").format(column=column["name"])
    return click.Option(
        [f"{flag}-{column['name'].replace('_', '-')}", f"{layer}__{column['name']}"],
        metavar=translate("COLUMN"),
        help=f"{meaning} ({default})",
    )
