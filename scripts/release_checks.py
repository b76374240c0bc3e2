"""What is wrong with a release: versions that differ, files that are missing or have no place in it, bytes that differ.

Each check returns what it found, in words; an empty list is a release without faults.
"""

from __future__ import annotations

import configparser
import datetime as dt
import re
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

PACKAGE = "geoterritorio"
# What only the workshop around the sources reads: in git, and not in the source distribution.
WORKSHOP = {".ci/run", ".gitignore", ".pre-commit-config.yaml"}
# Made by the build: metadata of the source distribution.
_MADE = re.compile(rf"PKG-INFO|{PACKAGE}\.egg-info/.+")
_NEEDED = (
    "py.typed",
    "__init__.pyi",
    "tools.json",
    "locale/es/LC_MESSAGES/geoterritorio.mo",
    "assessment/data/",
    "layers/data/",
    "publication/project/templates/",
    "publication/qgis/styles.json",
    "publication/templates/",
    "publication/webmap/assets/",
    "publication/webmap/vendor/leaflet/leaflet.js",
    "publication/webmap/vendor/leaflet/LICENSE",
    "study/templates/",
)
_ADDRESSES = ("email", "homepage", "repository", "tracker")
# Domains kept for examples (RFC 2606).
_NOWHERE = re.compile(r"(?:^|[/@.])example\.(?:com|net|org)(?![\w.-])|\.(?:example|invalid|test)(?![\w.-])")
_SECTION = re.compile(r"^## (?P<version>\S+)(?: \((?P<date>\d{4}-\d{2}-\d{2})\))?$", re.MULTILINE)


def _found(pattern: str, path: Path) -> str:
    """First group of a pattern that begins a line of a file; empty where there is none."""
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else ""


def stated(root: Path) -> dict[str, str]:
    """File -> version that it states; empty where it states none."""
    parser = configparser.ConfigParser(interpolation=None)
    plugin = root / "qgis_plugin" / "geoterritorio_qgis" / "metadata.txt"
    parser.read(plugin, encoding="utf-8")
    section = _SECTION.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return {
        f"{PACKAGE}/__init__.py": _found(r'^__version__ = "(.+)"$', root / PACKAGE / "__init__.py"),
        "CITATION.cff": _found(r"^version: (\S+)$", root / "CITATION.cff"),
        "CHANGELOG.md": section["version"] if section else "",
        plugin.relative_to(root).as_posix(): parser.get("general", "version", fallback=""),
    }


def version_faults(root: Path, last: dt.date) -> list[str]:
    """
    Versions and days that do not fit together.

    Parameters
    ----------
    root
        Folder of the sources.
    last
        Day of the last commit, after which no release of it is dated.

    Returns
    -------
    faults
        Sentences; empty if the version is a release and the same everywhere.
    """
    versions = stated(root)
    version = versions[f"{PACKAGE}/__init__.py"]
    faults = [
        f"{place} states version {found or 'none'}, the package {version or 'none'}"
        for place, found in versions.items()
        if found != version
    ]
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        faults.append(f"{version or 'no version'} is no version of a release, such as 0.1.0 or 0.2.0rc1")
    section = _SECTION.search((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    days = {
        "CHANGELOG.md": (section["date"] or "") if section else "",
        "CITATION.cff": _found(r"^date-released: (\S+)$", root / "CITATION.cff"),
    }
    return faults + _day_faults(days, last)


def _day_faults(days: Mapping[str, str], last: dt.date) -> list[str]:
    """Days of a release that are none, differ or are later than what is released."""
    faults = []
    for place, text in days.items():
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            faults.append(f"{place} gives the release no day")
            continue
        if day > last:
            faults.append(f"{place} dates the release {day}, after the last commit ({last})")
    if len(set(days.values())) > 1:
        faults.append(
            "days of the release differ: " + ", ".join(f"{k} {v or 'none'}" for k, v in days.items())
        )
    return faults


def wheel_faults(names: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """
    What a wheel lacks or should not hold.

    Parameters
    ----------
    names
        Files in the wheel.
    tracked
        Files under version control.

    Returns
    -------
    faults
        Sentences; empty if it holds the package as it is in git, metadata and licence.
    """
    held = {name for name in names if not name.endswith("/")}
    info = {name for name in held if re.match(rf"{PACKAGE}-[^/]+\.dist-info/", name)}
    wanted = {name for name in tracked if name.startswith(f"{PACKAGE}/")}
    faults = [f"the wheel lacks {name}" for name in sorted(wanted - held)]
    faults += [f"{name} has no place in the wheel" for name in sorted(held - wanted - info)]
    for name in _NEEDED:
        place = f"{PACKAGE}/{name}"
        if not any(found.startswith(place) if name.endswith("/") else found == place for found in held):
            faults.append(f"the wheel lacks {place}, without which it does not run or may not be given away")
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"):
        if not any(found.split("/", 1)[1] == name for found in info):
            faults.append(f"the wheel lacks {name} in its metadata")
    return faults


def description_faults(metadata: str) -> list[str]:
    """
    Pictures and links of a description that lead nowhere where its files do not lie beside it.

    Parameters
    ----------
    metadata
        ``METADATA`` of a wheel, or ``PKG-INFO``.

    Returns
    -------
    faults
        Sentences; empty if all addresses are whole.
    """
    _, _, text = metadata.partition("\n\n")
    if not text.strip():
        return ["the description is empty"]
    found = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|href)=[\"']([^\"']*)", text)
    targets = sorted({markdown or html for markdown, html in found})
    return [
        f"the description leads to {target}, which no index has"
        for target in targets
        if not re.match(r"https?://|mailto:|#", target)
    ]


def reminders(root: Path) -> list[str]:
    """
    What is to be set before the plugin is uploaded: its repository asks for addresses, and opens those of the web.

    Parameters
    ----------
    root
        Folder of the sources.

    Returns
    -------
    reminders
        Sentences; empty if all addresses are there, and none is one of the domains that stand for no address.
    """
    parser = configparser.ConfigParser(interpolation=None)
    place = Path("qgis_plugin") / "geoterritorio_qgis" / "metadata.txt"
    parser.read(root / place, encoding="utf-8")
    told = {key: parser.get("general", key, fallback="") for key in _ADDRESSES}
    return [
        f"{place.as_posix()}: {key} is {address or 'not given'}: a public address must stand there"
        for key, address in told.items()
        if not address or _NOWHERE.search(address)
    ]


def sdist_faults(names: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """
    What a source distribution lacks or should not hold.

    Parameters
    ----------
    names
        Files in it, under its one folder.
    tracked
        Files under version control.

    Returns
    -------
    faults
        Sentences; empty if it holds what git holds.
    """
    parts = [PurePosixPath(name).parts for name in names]
    roots = {part[0] for part in parts}
    if len(roots) != 1:
        return [f"the source distribution has {len(roots)} folders at its top, not one"]
    held = {"/".join(part[1:]) for part in parts if len(part) > 1}
    wanted = set(tracked) - WORKSHOP
    strange = sorted(name for name in held - wanted if not _MADE.fullmatch(name))
    faults = [f"the source distribution lacks {name}" for name in sorted(wanted - held)]
    return faults + [f"{name} has no place in the source distribution" for name in strange]


def differences(first: Path, second: Path) -> list[str]:
    """
    Where two files of a release differ.

    Parameters
    ----------
    first, second
        Archives, or any files.

    Returns
    -------
    differences
        Sentences; empty if all bytes are the same.
    """
    if first.read_bytes() == second.read_bytes():
        return []
    ours, theirs = _contents(first), _contents(second)
    named = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    if not named:
        return [f"{first.name}: the same contents, packed in another way"]
    return [f"{first.name}: {name} differs" for name in named]


def _contents(path: Path) -> dict[str, bytes]:
    """Name -> content of an archive's files; a file that is none is one content."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            files = [member for member in archive if member.isfile()]
            return {m.name: file.read() for m in files if (file := archive.extractfile(m)) is not None}
    return {"content": path.read_bytes()}
