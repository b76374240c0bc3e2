"""What is installed and what is missing, as text to copy and as a page; there is no QGIS here."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

Say = Callable[[str], str]
_STYLE = (
    "body{font:14px sans-serif;margin:1.5em;max-width:60em;color:#222}h2{font-size:1.05em;margin:1.4em 0 .3em;"
    "overflow-wrap:anywhere}table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:left}"
    "tr.bad td{color:#a40000;font-weight:bold}.verdict{padding:.6em .8em;background:#e8f3ec}"
    ".verdict.bad{background:#fbe9e7}code{overflow-wrap:anywhere}"
)


@dataclass(frozen=True)
class Finding:
    """
    An interpreter that was examined.

    Attributes
    ----------
    path, origin
        As of `interpreter.Python`.
    report
        As `preflight.report`.
    lacking
        What it lacks, in words; empty where it is complete.
    used
        Whether the tools compute with it.
    """

    path: str
    origin: str
    report: dict[str, Any]
    lacking: str
    used: bool


@dataclass(frozen=True)
class Diagnosis:
    """
    All that a person who helps must know.

    Attributes
    ----------
    system
        What runs here: label and value.
    findings
        Interpreters in the order in which they are tried.
    cure
        What to do where none is complete; empty where one is.
    """

    system: Sequence[tuple[str, str]]
    findings: Sequence[Finding]
    cure: str

    @property
    def ready(self) -> bool:
        """Whether the tools can compute."""
        return any(finding.used for finding in self.findings)


def origin(name: str, say: Say) -> str:
    """Where an interpreter was found, in words."""
    return {
        "setting": say("named in the settings"),
        "private": say("the plugin's own environment"),
        "qgis": say("the Python of QGIS"),
    }.get(name, name)


def verdict(found: Diagnosis, say: Say) -> str:
    """The answer in one sentence."""
    for finding in found.findings:
        if finding.used:
            return say("All is there: the tools compute with {program}.").format(program=finding.path)
    return say("The tools cannot compute yet.")


def rows(finding: Finding, say: Say) -> list[tuple[str, str, str, bool]]:
    """What an interpreter has: name, version found, version needed, whether it is enough."""
    report = finding.report
    if "failure" in report:
        return []
    found = [("Python", report["python"], report["least_python"], bool(report["python_enough"]))]
    missing = say("missing")
    found += [(p["name"], p["version"] or missing, p["least"], p["enough"]) for p in report["packages"]]
    # Without all packages the library is not asked for: its absence is a consequence, not a finding.
    if all(enough for *_, enough in found):
        enough = not finding.lacking
        found.append(("GDAL", report["gdal"] or missing, report["least_gdal"], enough))
    return found


def text(found: Diagnosis, say: Say) -> str:
    """
    Diagnosis to copy into a message.

    Parameters
    ----------
    found
        The diagnosis.
    say
        Translation.

    Returns
    -------
    text
        Lines.
    """
    lines = [f"{label}: {value}" for label, value in found.system] + ["", verdict(found, say)]
    if found.cure:
        lines.append(found.cure)
    for number, finding in enumerate(found.findings, 1):
        lines += ["", f"{number}. {finding.path} ({origin(finding.origin, say)})"]
        lines.append(f"   {_state(finding, found, say)}")
        for name, version, least, enough in rows(finding, say):
            lines.append(f"   {'+' if enough else '!'} {name} {version} (≥ {least})")
    if not found.findings:
        lines += ["", say("No interpreter was found.")]
    return "\n".join(lines)


def page(found: Diagnosis, say: Say, lang: str) -> str:
    """
    Diagnosis as a page.

    Parameters
    ----------
    found
        The diagnosis.
    say
        Translation.
    lang
        Language of the page.

    Returns
    -------
    page
        HTML; all that comes from outside is escaped.
    """
    title = html.escape(say("Check of the installation"))
    state = "verdict" if found.ready else "verdict bad"
    told = [verdict(found, say), *filter(None, [found.cure])]
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f'<div class="{state}">{"<br>".join(html.escape(line) for line in told)}</div>',
        "<table>",
        *(f"<tr><th>{html.escape(a)}</th><td>{html.escape(b)}</td></tr>" for a, b in found.system),
        "</table>",
    ]
    for finding in found.findings:
        parts += _section(finding, found, say)
    return "\n".join([*parts, "</body></html>"])


def _section(finding: Finding, found: Diagnosis, say: Say) -> list[str]:
    head = f"<h2><code>{html.escape(finding.path)}</code> ({html.escape(origin(finding.origin, say))})</h2>"
    parts = [head, f"<p>{html.escape(_state(finding, found, say))}</p>"]
    listed = rows(finding, say)
    if listed:
        headings = (say("Package"), say("Version here"), say("At least"))
        parts.append("<table><tr>" + "".join(f"<th>{html.escape(h)}</th>" for h in headings) + "</tr>")
        for *cells, enough in listed:
            told = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
            parts.append(f"<tr>{told}</tr>" if enough else f'<tr class="bad">{told}</tr>')
        parts.append("</table>")
    return parts


def _state(finding: Finding, found: Diagnosis, say: Say) -> str:
    if finding.used:
        return say("Complete; the tools compute with this one.")
    if not finding.lacking and found.findings[0].origin == "setting":
        return say("Complete, but not used: the settings name another one.")
    if not finding.lacking:
        return say("Complete, but not used: another one comes first.")
    return say("Not usable: {reason}.").format(reason=finding.lacking)
