"""One file for QGIS's plugin manager: the plugin, the package that computes, sample, handbook and licence.

``python qgis_plugin/build.py [--handbook FOLDER] [--projects FOLDER]`` writes
``dist/geoterritorio_qgis-VERSION.zip``; the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "geoterritorio_qgis"
PLUGIN = ROOT / "qgis_plugin" / NAME
PACKAGE = ROOT / "geoterritorio"
LANGUAGES = ("en", "es")
SAMPLE = ROOT / "sample_data" / "comarca"
MOST = 25_000_000  # bytes, the plugin repository's limit
_TIME = (2020, 1, 1, 0, 0, 0)
_BINARIES = {".so", ".pyd", ".dll", ".dylib", ".exe", ".pyc", ".pyo"}
_LEFT = {".po"}  # what only translators need
# Tools of the project's own workshop, which no run imports.
_WORKSHOP = {"interface/catalogue.py", "interface/describe.py"}
_FROM_SPHINX = {"_sources", "objects.inv"}  # of the handbook, what no reader opens
_PROJECT = {"project.qgz", "project.gpkg", "rasters"}  # of a study's results, what its project needs
_LINES = 40  # of the changelog, in what the plugin manager shows


def version() -> str:
    """Version of the package."""
    found = re.search(
        r'^__version__ = "(.+)"', (PACKAGE / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        text = "geoterritorio/__init__.py states no version"
        raise SystemExit(text)
    return found.group(1)


def metadata() -> str:
    """Metadata of the plugin with its changes."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in lines if line.strip() and not line.startswith("# ")]
    told = "\n".join("    " + re.sub(r"^#+ ", "", line) for line in shown[:_LINES])
    if len(shown) > _LINES:
        told += "\n    …"
    text = (PLUGIN / "metadata.txt").read_text(encoding="utf-8").rstrip("\n")
    return f"{text}\nchangelog=\n{told}\n"


def members(handbook: Path | None = None, projects: Path | None = None) -> dict[str, bytes]:
    """
    What the zip holds.

    Parameters
    ----------
    handbook
        Folder of the handbook as HTML; left out where there is none.
    projects
        Folder with the sample study's results in a folder for each language, whose QGIS projects the panel opens.

    Returns
    -------
    members
        Name in the zip -> content, sorted.
    """
    folders = [("", PLUGIN), ("core/geoterritorio/", PACKAGE), ("sample/comarca/", SAMPLE)]
    if handbook is not None:
        folders.append(("handbook/", handbook))
    if projects is not None:
        folders += [(f"sample/{lang}/", projects / lang) for lang in LANGUAGES]
    found = {f"{inside}{name}": path for inside, folder in folders for name, path in _files(folder)}
    for name in _WORKSHOP:
        del found[f"core/geoterritorio/{name}"]
    projected = tuple(f"sample/{lang}/" for lang in LANGUAGES)
    content = {
        name: path.read_bytes()
        for name, path in found.items()
        if not name.startswith(projected) or name.split("/")[2] in _PROJECT
    }
    content["metadata.txt"] = metadata().encode()
    content["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    return {f"{NAME}/{name}": content[name] for name in sorted(content)}


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files of a folder that belong in a release, by their names inside it."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        built = parts[0] in _FROM_SPHINX or (folder == PLUGIN and parts[0] in {"core", "sample", "handbook"})
        if path.is_file() and not hidden and not built and path.suffix not in _LEFT:
            yield path.relative_to(folder).as_posix(), path


def write(place: Path, content: dict[str, bytes]) -> None:
    """
    Zip with fixed times and rights.

    Parameters
    ----------
    place
        File to write.
    content
        Name -> bytes, in order.

    Raises
    ------
    SystemExit
        If it holds a binary or is larger than the repository takes.
    """
    binaries = [name for name in content if Path(name).suffix in _BINARIES]
    if binaries:
        text = f"binaries have no place in a plugin: {', '.join(binaries)}"
        raise SystemExit(text)
    place.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(place, "w") as file:
        for name, data in content.items():
            member = zipfile.ZipInfo(name, _TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o644 << 16  # the same on every system
            file.writestr(member, data, compresslevel=9)
    size = place.stat().st_size
    if size > MOST:
        text = f"{place} has {size} bytes; the plugin repository takes {MOST}"
        raise SystemExit(text)


def main() -> None:
    """The zip of this version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handbook", type=Path)
    parser.add_argument("--projects", type=Path)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / f"{NAME}-{version()}.zip")
    wanted = parser.parse_args()
    content = members(wanted.handbook, wanted.projects)
    write(wanted.output, content)
    size = wanted.output.stat().st_size / 1e6
    sys.stdout.write(f"{wanted.output}: {len(content)} files, {size:.1f} MB\n")


if __name__ == "__main__":
    main()
