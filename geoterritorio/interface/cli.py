"""The command line: one sub-command per tool, built from ``tools.json``.

Nothing heavy is imported until a tool runs. Exit codes: 0 done, 1 refused input (nothing written),
2 usage, 70 internal error, 130 cancelled.
"""

from __future__ import annotations

import gettext
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from geoterritorio import __version__, i18n, registry
from geoterritorio.errors import Translate
from geoterritorio.i18n import mark
from geoterritorio.interface import parent, usage
from geoterritorio.interface.attempt import CANCELLED, DONE, USAGE, attempt, common_options
from geoterritorio.interface.channel import Channel, Mode
from geoterritorio.interface.evidence_command import evidence_command
from geoterritorio.interface.profile_command import profile_command
from geoterritorio.interface.study_commands import study_command

_NUMBERS = {"integer": click.IntRange, "number": click.FloatRange}
_BOUNDLESS = {"integer": click.INT, "number": click.FLOAT}


def chosen_language(argv: Sequence[str]) -> i18n.Language:
    """Language asked for by ``--lang``, else by the environment, else English."""
    wanted = os.environ.get("GEOTERRITORIO_LANG", "")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = wanted or os.environ.get(name, "")
    for i, word in enumerate(argv):
        if word == "--lang" and i + 1 < len(argv):
            wanted = argv[i + 1]
        elif word.startswith("--lang="):
            wanted = word.removeprefix("--lang=")
    return "es" if wanted.lower().startswith("es") else "en"


class Commands(click.Group):
    """Tools of the registry beside the few commands written by hand, all listed without being built."""

    def __init__(self, translate: Translate, lang: i18n.Language, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.tr, self.lang = translate, lang

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Names of all commands, hand-written first, tools in the order of the rooms."""
        return [*self.commands, *(n.replace("_", "-") for n in registry.descriptions())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Command of a name; a tool's command is built when it is asked for."""
        tool = registry.descriptions().get(cmd_name.replace("-", "_"))
        return tool_command(tool, self.tr, self.lang) if tool else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click passes it
        """Commands under the question their room answers."""
        rooms: dict[str, list[tuple[str, str]]] = {mark("Commands"): []}
        for name in self.commands:
            rooms["Commands"].append((name, (self.commands[name].help or "").rstrip(".")))
        for tool in registry.descriptions().values():
            rows = rooms.setdefault(registry.label(tool["group"]), [])
            rows.append((tool["name"].replace("_", "-"), self.tr(tool["title"])))
        for room, rows in rooms.items():
            with formatter.section(self.tr(room)):
                formatter.write_dl(rows)


def tool_command(tool: dict[str, Any], translate: Translate, lang: i18n.Language = "en") -> click.Command:
    """Click command of a described tool."""
    tr = translate  # for texts that come from the description, not from this code
    options = [o for p in tool["parameters"] for o in _options(p, translate)]
    for i, output in enumerate(o for o in tool["outputs"] if o["type"] == "layer"):
        flag = "--output" if i == 0 else f"--{output['name'].replace('_', '-')}"
        text = tr(output["help"])
        options.append(
            click.Option([flag, f"out_{output['name']}"], metavar=translate("FILE[|LAYER]"), help=text)
        )
    options += _plot_options(tool, translate) + common_options(translate)
    name = tool["name"].replace("_", "-")
    text = tr(tool["title"]) + ".\n\n" + tr(tool["description"])
    run = _runner(tool, translate, lang)
    return click.Command(
        name, params=list(options), help=text, callback=run, options_metavar=translate("[OPTIONS]")
    )


def _options(parameter: dict[str, Any], translate: Translate) -> list[click.Option]:
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


def _plot_options(tool: dict[str, Any], translate: Translate) -> list[click.Option]:
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


def _runner(tool: dict[str, Any], translate: Translate, lang: i18n.Language) -> Callable[..., int]:
    def run(*, overwrite: bool, progress: Mode, **given: Any) -> int:
        targets = {
            o["name"]: given[f"out_{o['name']}"] for o in tool["outputs"] if given.get(f"out_{o['name']}")
        }
        picture = given.get("plot")
        if not targets and not picture:
            raise click.UsageError(
                translate("Name at least one output file, for example --output result.csv.")
            )

        def work(channel: Channel) -> None:
            from geoterritorio.interface.run import Plot, Source, run_tool  # noqa: PLC0415 - geopandas only when a tool runs

            arguments: dict[str, Any] = {}
            for parameter in tool["parameters"]:
                value = given[parameter["name"]]
                if parameter["type"] == "layer" and value is not None:
                    names = (
                        (c["name"], given[f"{parameter['name']}__{c['name']}"]) for c in parameter["columns"]
                    )
                    value = Source(value, {fixed: user for fixed, user in names if user})
                arguments[parameter["name"]] = value
            kind = (given.get("plot_kind") or "").replace("-", "_") or None
            plot = Plot(picture, kind, given.get("plot_focus")) if picture else None
            values = run_tool(
                tool, arguments, targets, plot=plot, lang=lang, overwrite=overwrite, progress=channel.progress
            )
            channel.result(targets | ({"plot": picture} if picture else {}), values)

        return attempt(work, Channel(progress, translate), translate)

    return run


def command(lang: i18n.Language) -> Commands:
    """The whole command line in one language."""
    translate = i18n.translator(lang)
    text = translate(
        "Territories, their firms and institutions: what is concentrated, where, and how surely."
    )
    group = Commands(
        translate,
        lang,
        name="geoterritorio",
        help=text,
        options_metavar=translate("[OPTIONS]"),
        subcommand_metavar=translate("COMMAND [OPTIONS]"),
        params=[
            click.Option(
                ["--lang"],
                type=click.Choice(i18n.LANGUAGES),
                help=translate("Language of messages."),
                expose_value=False,
            )
        ],
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    group.add_command(study_command(translate, lang))
    group.add_command(evidence_command(translate, lang))
    group.add_command(profile_command(translate, lang))
    return click.version_option(__version__, prog_name="geoterritorio")(group)


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run of the command line.

    Parameters
    ----------
    argv
        Words after the program's name; those of the process by default.

    Returns
    -------
    code
        0 done, 1 refused input, 2 usage, 70 internal error, 130 cancelled.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    lang = chosen_language(words)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupted)
        parent.heed()
    with _speaking(lang):
        try:
            code = command(lang).main(words, prog_name="geoterritorio", standalone_mode=False)
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.ClickException as found:
            error = usage.retold(found, i18n.translator(lang))
            if "json" in words:
                click.echo(usage.line(error))
            error.show()
            return USAGE
        except (click.Abort, KeyboardInterrupt):
            return CANCELLED
    return int(code or DONE)


@contextmanager
def _speaking(lang: i18n.Language) -> Iterator[None]:
    """Let click, which asks gettext, which asks the environment, speak a language; leave both as they were."""
    before, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain(i18n.DOMAIN, str(i18n.LOCALES))
    gettext.textdomain(i18n.DOMAIN)
    try:
        yield
    finally:
        gettext.textdomain(domain)
        os.environ.pop("LANGUAGE")
        if before is not None:
            os.environ["LANGUAGE"] = before


def _interrupted(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
