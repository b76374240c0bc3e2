"""Wheel, source distribution and plugin of the last commit in ``dist/``, the same bytes wherever they are made.

``scripts/release.py PYTHON`` is run by an interpreter with ``scripts/release-tools.txt``; PYTHON is the one with what
the handbook and the sample study need. All is made twice, from two copies of the commit: in other folders, time zones,
languages and rights of files. Where bytes differ there is no release. ``--without-handbook`` leaves handbook and sample
results out of the plugin. Nothing is published, and no network is used.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import io
import locale
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import release_checks

ROOT = Path(__file__).parents[1]
SUMS = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a build must not depend on."""

    folder: str
    umask: int
    environment: Mapping[str, str]


def spanish() -> str:
    """Spanish where this machine has it; else no language, which differs from the first copy's too."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        return locale.setlocale(locale.LC_ALL, "es_ES.UTF-8")
    except locale.Error:
        return "POSIX"
    finally:
        locale.setlocale(locale.LC_ALL, before)


TWO = (
    Surroundings(
        folder="one", umask=0o022, environment={"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    ),
    Surroundings(
        folder="otra carpeta, más larga",
        umask=0o077,
        environment={"TZ": "Pacific/Chatham", "LC_ALL": spanish(), "PYTHONHASHSEED": "11"},
    ),
)


def git(*words: str, root: Path = ROOT) -> bytes:
    """What a command of git prints."""
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - words of this file


def unsaved(root: Path) -> list[str]:
    """Changes and files of a work tree that no commit holds."""
    lines = git("status", "--porcelain", root=root).decode().splitlines()
    return [f"not committed: {line[3:]}" for line in lines]


def copy_commit(root: Path, commit: str, folder: Path, umask: int) -> None:
    """A commit's files, with the rights that a fresh clone gives them."""
    unpack(io.BytesIO(git("archive", "--format=tar", commit, root=root)), folder, umask)


def unpack(packed: io.BytesIO, folder: Path, umask: int) -> None:
    """Files of an archive of our own; the filters of ``extractall`` are younger than Debian 12's Python."""
    with tarfile.open(fileobj=packed) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())
                path.chmod(member.mode & 0o777 & ~umask)


def run(command: Sequence[str | Path], folder: Path, epoch: int, around: Surroundings) -> None:
    """
    A command of the build; what it prints is shown where it fails.

    Parameters
    ----------
    command
        Program and arguments.
    folder
        Copy of the sources in which it runs.
    epoch
        Seconds that stand for now.
    around
        Time zone, language and rights of its files.

    Raises
    ------
    SystemExit
        If it fails.
    """
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "LANG", "LANGUAGE"}}
    environment = {**kept, **around.environment, "PYTHONPATH": str(folder), "SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(  # noqa: S603 - this project's own commands
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        umask=around.umask,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        text = f"{' '.join(map(str, command))} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        raise SystemExit(text)


def settle_wheel(path: Path, epoch: int) -> None:
    """
    The same wheel with the times and rights that every build gives, its metadata last.

    Parameters
    ----------
    path
        Wheel, which is replaced.
    epoch
        Seconds of the commit.
    """
    time = dt.datetime.fromtimestamp(epoch, dt.UTC).timetuple()[:6]
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(content, key=lambda name: (".dist-info/" in name, name.endswith("RECORD"), name)):
            member = zipfile.ZipInfo(name, time)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, content[name], compresslevel=9)


def settle_sdist(path: Path, epoch: int) -> None:
    """
    The same source distribution with one owner, one time, and rights that say only what can be run.

    Parameters
    ----------
    path
        Source distribution, which is replaced.
    epoch
        Seconds of the commit.
    """
    packed = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted((m for m in old if m.isfile()), key=lambda m: m.name):
            settled = tarfile.TarInfo(member.name)
            settled.size, settled.mtime = member.size, epoch
            settled.mode = 0o755 if member.mode & 0o100 else 0o644
            new.addfile(settled, old.extractfile(member))
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=epoch) as zipped:
        zipped.write(packed.getvalue())


def build_package(source: Path, place: Path, epoch: int, around: Surroundings) -> list[Path]:
    """
    Source distribution and wheel, each with settled times and rights.

    Parameters
    ----------
    source
        Copy of the sources.
    place
        Folder for what is made.
    epoch
        Seconds of the commit.
    around
        What the result must not depend on.

    Returns
    -------
    made
        Source distribution, wheel.

    Raises
    ------
    SystemExit
        If the source distribution does not give the same wheel.
    """
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", place]
    run([*build, "--sdist", source], source, epoch, around)
    run([*build, "--wheel", source], source, epoch, around)
    (sdist,), (wheel,) = place.glob("*.tar.gz"), place.glob("*.whl")
    settle_sdist(sdist, epoch)
    settle_wheel(wheel, epoch)
    with tempfile.TemporaryDirectory() as folder:
        unpack(io.BytesIO(sdist.read_bytes()), Path(folder), around.umask)
        (unpacked,) = Path(folder).iterdir()
        run([*build[:-1], Path(folder), "--wheel", unpacked], unpacked, epoch, around)
        (again,) = Path(folder).glob("*.whl")
        settle_wheel(again, epoch)
        stop(release_checks.differences(wheel, again), "the source distribution gives another wheel")
    return [sdist, wheel]


def build_plugin(
    python: Path, source: Path, place: Path, epoch: int, around: Surroundings, *, whole: bool
) -> Path:
    """
    The plugin's zip.

    Parameters
    ----------
    python
        Interpreter with what handbook and sample study need.
    source
        Copy of the sources.
    place
        Folder for what is made.
    epoch
        Seconds of the commit.
    around
        What the result must not depend on.
    whole
        With the handbook and the sample study's results.

    Returns
    -------
    zip
        The file.
    """
    version = release_checks.stated(source)["geoterritorio/__init__.py"]
    zipped = place / f"geoterritorio_qgis-{version}.zip"
    words: list[str | Path] = ["--output", zipped]
    if whole:
        handbook, results = source / "docs" / "_build" / "html", source / "output" / "sample"
        run([python, "-m", "sphinx", "-q", "-W", "-b", "html", "docs", handbook], source, epoch, around)
        run([python, "qgis_plugin/sample_projects.py", results], source, epoch, around)
        words += ["--handbook", handbook, "--projects", results]
    run([python, "qgis_plugin/build.py", *words], source, epoch, around)
    return zipped


def examine(made: Sequence[Path], tracked: Sequence[str], source: Path) -> None:
    """
    Refuse a release that is not whole, holds what it should not, or says of itself what no index takes.

    Parameters
    ----------
    made
        Source distribution and wheel.
    tracked
        Files under version control.
    source
        Copy of the sources.
    """
    sdist, wheel = made
    with tarfile.open(sdist) as archive:
        faults = release_checks.sdist_faults([m.name for m in archive if m.isfile()], tracked)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        faults += release_checks.wheel_faults(names, tracked)
        for name in names:
            if name.endswith(".dist-info/METADATA"):
                faults += release_checks.description_faults(archive.read(name).decode())
    stop(faults, "not a release")
    for command in (
        ["twine", "check", "--strict", *made],
        # A vendored licence lies beside what it licenses and among the metadata: W002, files that are twice there.
        ["check-wheel-contents", "--ignore", "W002", wheel],
        ["cffconvert", "--validate", "--infile", "CITATION.cff"],
    ):
        run([Path(sys.executable).with_name(command[0]), *command[1:]], source, 0, TWO[0])


def stop(faults: Sequence[str], title: str) -> None:
    """End with what was found, if anything was."""
    if faults:
        text = "\n".join([f"{title}:", *(f"  {fault}" for fault in faults)])
        raise SystemExit(text)


def sums(paths: Sequence[Path]) -> str:
    """Hashes as ``sha256sum --check`` reads them."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(paths)
    )


def main(words: Sequence[str] | None = None) -> None:
    """Make, compare, examine; then, and only then, fill ``dist/``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("python", type=lambda text: Path(text).absolute())
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--without-handbook", action="store_true")
    wanted = parser.parse_args(words)
    stop(unsaved(ROOT), "a release is made of a commit, and the work tree has more")
    commit = git("rev-parse", "HEAD").decode().strip()  # another one may be made meanwhile
    epoch = int(git("log", "-1", "--format=%ct", commit))
    last = dt.datetime.fromtimestamp(epoch, dt.UTC).date()
    stop(release_checks.version_faults(ROOT, last), "versions do not fit together")
    tracked = git("ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")[:-1]
    with tempfile.TemporaryDirectory() as folder:
        rounds = []
        for around in TWO:
            source, place = Path(folder) / around.folder / "source", Path(folder) / around.folder / "made"
            copy_commit(ROOT, commit, source, around.umask)
            made = build_package(source, place, epoch, around)
            made.append(
                build_plugin(wanted.python, source, place, epoch, around, whole=not wanted.without_handbook)
            )
            rounds.append(made)
        faults = [text for pair in zip(*rounds, strict=True) for text in release_checks.differences(*pair)]
        stop(faults, "two builds of one commit differ")
        examine(rounds[0][:2], tracked, Path(folder) / TWO[0].folder / "source")
        wanted.output.mkdir(parents=True, exist_ok=True)
        for old in wanted.output.glob("geoterritorio*"):
            old.unlink()
        made = [Path(shutil.copy(path, wanted.output)) for path in rounds[0]]
    (wanted.output / SUMS).write_text(sums(made), encoding="ascii")
    told = f"Python {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}, SOURCE_DATE_EPOCH={epoch}"
    sys.stdout.write(f"{sums(made)}{wanted.output}: two builds, the same bytes ({told})\n")
    sys.stdout.writelines(f"before it is uploaded: {text}\n" for text in release_checks.reminders(ROOT))


if __name__ == "__main__":
    main()
