"""Where do the figures of a map come from, in words for its reader?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoterritorio.errors import Message, message
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication.accounts import settings_rows
from geoterritorio.publication.numbers import Numbers
from geoterritorio.registry import descriptions
from geoterritorio.study.config import StudyPlan

# enough of a fingerprint to compare two files by eye
_DIGITS = 12


def origin(plan: StudyPlan, account: Mapping[str, Any]) -> list[dict[Language, str]]:
    """
    Software, study file, data and steps of a study.

    Parameters
    ----------
    plan
        The study.
    account
        Its provenance.

    Returns
    -------
    told
        A line for the study, for each of its layers and for each of its steps, by language.
    """
    whole = {lang: _whole(account, lang).render(translator(lang)) for lang in LANGUAGES}
    data = [_data(name, given) for name, given in account["inputs"].items()]
    titles = {step.name: step.titles for step in plan.steps}
    return [
        whole,
        *({lang: text.render(translator(lang)) for lang in LANGUAGES} for text in data),
        *(
            {
                lang: _step(step, titles[step["name"]][lang], lang).render(translator(lang))
                for lang in LANGUAGES
            }
            for step in account["steps"]
        ),
    ]


def _whole(account: Mapping[str, Any], lang: Language) -> Message:
    """Software, day and study file; a fingerprint that stays internal is not told."""
    study = account["study"]
    told = {
        "version": account["software"]["geoterritorio"],
        "day": Numbers(lang).day(str(account["finished"])[:10]),
        "file": study["file"],
    }
    if not study["sha256"]:
        return message(
            "Made by geoterritorio {version} on {day} from the study file {file} (SHA-256 kept internally).",
            **told,
        )
    return message(
        "Made by geoterritorio {version} on {day} from the study file {file} (SHA-256 {sum}…).",
        **told,
        sum=study["sha256"][:_DIGITS],
    )


def _data(name: str, given: Mapping[str, Any]) -> Message:
    """File of a layer; of confidential data its fingerprint, which would confirm guesses, stays internal."""
    if not given["sha256"]:
        return message("Data “{name}”: {file} (SHA-256 kept internally).", name=name, file=given["file"])
    return message(
        "Data “{name}”: {file} (SHA-256 {sum}…).",
        name=name,
        file=given["file"],
        sum=given["sha256"][:_DIGITS],
    )


def _step(step: Mapping[str, Any], title: str, lang: Language) -> Message:
    """Tool and settings of a step, as the report tells them; what was left open has no word."""
    parameters = {p["name"]: p for p in descriptions()[step["tool"]]["parameters"]}
    rows = settings_rows(step.get("settings") or {}, lang, parameters)
    settings = "; ".join(f"{label}: {value}" for label, value in rows)
    return message("{title}: tool {tool}. {settings}", title=title, tool=step["tool"], settings=settings)
