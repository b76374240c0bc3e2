"""Errors of usage in the reader's language, also those that click words by number: the catalogue has no plurals."""

from __future__ import annotations

import json
import re

import click

from geoterritorio.errors import Translate, masked

# Texts of click for which it asks a plural, and so gets no translation.
PLURALS = (
    "{value!r} is not one of {choices}.",
    "{value!r} is not {choice}.",
    "Option {name!r} requires an argument.",
    "Got unexpected extra argument ({args})",
    "Got unexpected extra arguments ({args})",
)


def retold(error: click.ClickException, translate: Translate) -> click.ClickException:
    """The error in the reader's language, with its nearest suggestion in our words."""
    text = masked(_translated(error.message, translate))
    if text != error.message and isinstance(error, click.BadParameter):
        error = click.BadParameter(text, error.ctx, error.param, error.param_hint)
    elif text != error.message:
        error = click.UsageError(text, getattr(error, "ctx", None))
    near = getattr(error, "possibilities", None)
    if not near or not isinstance(error, click.UsageError):
        return error
    hint = translate(" Did you mean “{near}”?").format(near=near[0])
    return click.UsageError(error.message + hint, error.ctx)


def line(error: click.ClickException) -> str:
    """The error as a line of JSON, for programs."""
    return json.dumps({"type": "error", "kind": "UsageError", "text": error.format_message()})


def _translated(text: str, translate: Translate) -> str:
    for template in PLURALS:
        # Values are quoted already where click's text quotes them.
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(template.replace("!r", "")))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return translate(template).replace("!r", "").format(**found.groupdict())
    return text
