"""Installation inside QGIS: what is there, and the plugin's own environment made on the user's word."""

from __future__ import annotations

import os
import platform
from typing import Any, Callable
from urllib.parse import quote

from qgis.core import Qgis, QgsSettings

from . import diagnosis, installer, interpreter, texts
from .interpreter import Python
from .texts import say


def diagnosed(
    chosen: str | None = None, feedback: Any = None, idle: Callable[[], None] | None = None
) -> diagnosis.Diagnosis:
    """
    Every interpreter that could compute, examined; whatever is broken is told.

    Parameters
    ----------
    chosen
        Interpreter to suppose in the settings; by default the one that is there.
    feedback, idle
        As for `interpreter.examined`.

    Returns
    -------
    found
        The diagnosis.

    Raises
    ------
    CancelledError
        If the user cancelled.
    """
    chosen = interpreter.setting() if chosen is None else chosen
    findings, used = [], False
    for python in interpreter.known(chosen):
        report = interpreter.examined(python, feedback, idle)
        lacking = interpreter.shortfall(report, say)
        tried = not chosen or python.origin == "setting"
        takes = not lacking and tried and not used
        used = used or takes
        findings.append(diagnosis.Finding(python.path, python.origin, report, lacking, takes))
    cure = "" if used else interpreter.cure(say, chosen)
    return diagnosis.Diagnosis(_system(), findings, cure)


def _system() -> list[tuple[str, str]]:
    return [
        ("GeoTerritorio", texts.release()),
        ("QGIS", Qgis.version()),
        (say("System"), platform.platform()),
        (say("Core"), str(texts.core())),
    ]


def install(wishes: installer.Wishes, feedback: Any, idle: Callable[[], None] | None) -> str:
    """
    The plugin's own environment made.

    Parameters
    ----------
    wishes
        What the user wants; an empty proxy stands for the one of QGIS.
    feedback
        Takes progress and lines; says whether the user cancelled.
    idle
        Called while waiting.

    Returns
    -------
    program
        Its interpreter.

    Raises
    ------
    InstallError
        With cause and cure.
    CancelledError
        If the user cancelled.
    """
    own = interpreter.own_python()
    maker = installer.Maker(
        folder=interpreter.private_folder(),
        requirements=texts.HERE / "requirements.txt",
        extras=texts.HERE / "extras.txt",
        core=texts.core() / texts.DOMAIN,
        bases=[*filter(None, [own]), *installer.on_path()],
        examine=lambda path: interpreter.shortfall(
            interpreter.examined(Python(path, "private"), feedback, idle), say
        ),
        environment=lambda path: Python(path, "qgis" if path == own else "private").environment(
            fetching=True
        ),
        feedback=feedback,
        say=say,
        idle=idle,
    )
    if not wishes.proxy:
        wishes = installer.Wishes(wishes.base, wishes.wheels, proxy_of_qgis(), wishes.replace)
    return installer.make(wishes, maker)


def proxy_of_qgis() -> str:
    """Address of the proxy in QGIS's network settings; empty where there is none."""
    settings = QgsSettings()
    kinds = {"HttpProxy": "http", "HttpCachingProxy": "http", "Socks5Proxy": "socks5"}
    scheme = kinds.get(str(settings.value("proxy/proxyType", "")), "")
    host = str(settings.value("proxy/proxyHost", "") or "")
    if not settings.value("proxy/proxyEnabled", False, type=bool) or not scheme or not host:
        return ""
    port = str(settings.value("proxy/proxyPort", "") or "")
    user, word = (str(settings.value(f"proxy/proxy{part}", "") or "") for part in ("User", "Password"))
    who = f"{quote(user, safe='')}:{quote(word, safe='')}@" if user else ""
    return f"{scheme}://{who}{host}" + (f":{port}" if port else "")


def handbook() -> str:
    """
    Page of the handbook on the plugin in the reader's language, else its first page; empty where it is absent.

    Returns
    -------
    page
        Inside the plugin, or where a checkout builds or writes it.
    """
    docs = texts.HERE.parents[1] / "docs"
    page = {"es": "qgis_es"}.get(texts.language(), "index")
    folders = (texts.HERE / "handbook", docs / "_build" / "html")
    pages = [*(folder / f"{name}.html" for folder in folders for name in (page, "index"))]
    pages += [docs / f"{name}.md" for name in (page, "index")]
    return next((os.fspath(path) for path in pages if path.is_file()), "")


def sample() -> str:
    """Folder of the invented territory: inside the plugin, or of the checkout; empty where it is absent."""
    folders = (texts.HERE / "sample" / "comarca", texts.HERE.parents[1] / "sample_data" / "comarca")
    return next((os.fspath(path) for path in folders if path.is_dir()), "")
