"""Work of a command: options that all commands share, and one place where every end gets its exit code."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path

import click

from geoterritorio import i18n
from geoterritorio.errors import GeoterritorioError, Translate, message
from geoterritorio.interface.channel import MODES, Channel

_NO_MEMORY = message(
    "There is not enough memory; nothing was written. Take fewer rows or areas, coarser cells, or a register in parts."
)
DONE, REFUSED, USAGE, INTERNAL, CANCELLED = 0, 1, 2, 70, 130


def common_options(translate: Translate, *, writes: bool = True) -> list[click.Option]:
    """Options of every command; `writes` adds the one that allows overwriting."""
    overwrite = click.Option(["--overwrite"], is_flag=True, help=translate("Replace outputs that exist."))
    return [
        *([overwrite] if writes else []),
        click.Option(
            ["--progress"],
            type=click.Choice(MODES),
            default="auto",
            show_default=True,
            help=translate("How progress is told; json: one JSON object a line, for programs."),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(i18n.LANGUAGES),
            help=translate("Language of messages."),
            expose_value=False,
        ),
    ]


def _require_place() -> None:
    """Refusal to work where there is no folder any more: nothing could be found from there."""
    try:
        Path.cwd()
    except OSError as error:
        raise GeoterritorioError(
            message("The folder in which the command was given is gone. Change to another one.")
        ) from error


def attempt(work: Callable[[Channel], None], channel: Channel, translate: Translate) -> int:
    """Exit code of some work: refusals, interruptions and defects told through the channel."""
    try:
        with channel.listening():
            _require_place()
            work(channel)
    except GeoterritorioError as error:
        channel.refuse(error)
        return REFUSED
    except KeyboardInterrupt:
        channel.warning(
            translate(
                "Cancelled; nothing was written. A study keeps its finished steps and goes on from there."
            )
        )
        return CANCELLED
    except MemoryError:
        channel.refuse(GeoterritorioError(_NO_MEMORY))
        return REFUSED
    except Exception as error:  # noqa: BLE001 - the last door: everything else is a defect and says so
        if os.environ.get("GEOTERRITORIO_DEBUG"):
            traceback.print_exc()
        channel.fail(
            error, translate("This is a defect. Set GEOTERRITORIO_DEBUG=1 to see where it happened.")
        )
        return INTERNAL
    return DONE
