"""The command line: one sub-command per tool, built from ``tools.json``.

Nothing heavy is imported until a tool runs. Exit codes: 0 done, 1 refused input (nothing written),
2 usage, 70 internal error, 130 cancelled.
"""

from __future__ import annotations

import atexit
import gettext
import io
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
from geoterritorio.interface.form_command import form_command
from geoterritorio.interface.options import parameter_options, parts_options, plot_options
from geoterritorio.interface.profile_command import profile_command
from geoterritorio.interface.publish_command import publish_command
from geoterritorio.interface.report_command import report_command
from geoterritorio.interface.study_commands import study_command


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
    """Tools of the registry, listed without being built, beside the few other commands."""

    def __init__(self, translate: Translate, lang: i18n.Language, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.tr, self.lang = translate, lang

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Names of all commands, tools last, in the order of the rooms."""
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
    options = [o for p in tool["parameters"] for o in parameter_options(p, translate)]
    for i, output in enumerate(o for o in tool["outputs"] if o["type"] == "layer"):
        flag = "--output" if i == 0 else f"--{output['name'].replace('_', '-')}"
        text = tr(output["help"])
        options.append(
            click.Option([flag, f"out_{output['name']}"], metavar=translate("FILE[|LAYER]"), help=text)
        )
    options += parts_options(tool, translate) + plot_options(tool, translate) + common_options(translate)
    name = tool["name"].replace("_", "-")
    text = tr(tool["title"]) + ".\n\n" + tr(tool["description"])
    run = _runner(tool, translate, lang)
    return click.Command(
        name, params=list(options), help=text, callback=run, options_metavar=translate("[OPTIONS]")
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
            from geoterritorio.interface.run import Plot, run_tool, sources, worked  # noqa: PLC0415 - geopandas only when a tool runs

            arguments = sources(tool, given)
            kind = (given.get("plot_kind") or "").replace("-", "_") or None
            plot = Plot(picture, kind, given.get("plot_focus")) if picture else None
            values = run_tool(
                tool,
                arguments,
                targets,
                plot=plot,
                lang=lang,
                overwrite=overwrite,
                working=worked(given),
                progress=channel.progress,
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
    for form in registry.forms().values():
        group.add_command(form_command(form, translate, lang))
    group.add_command(profile_command(translate, lang))
    group.add_command(report_command(translate, lang))
    group.add_command(publish_command(translate))
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
    if argv is None:
        _hardened()
    lang = chosen_language(words)
    os.environ.setdefault(
        "PROJ_NETWORK", "OFF"
    )  # whoever wants grids fetched says so; a file of PROJ's may not
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


def _hardened() -> None:
    """Streams of the process on which nothing that is said can fail: letters that they do not know become codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    atexit.register(_let_go)


def _let_go() -> None:
    """What cannot be said at the end, since nobody listens or the disk is full, changes no exit code."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


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
