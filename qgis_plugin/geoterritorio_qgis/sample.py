"""The sample project: an invented territory, copied to where it can be changed."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

from qgis.core import Qgis, QgsApplication

from .texts import HERE, language, release

_PROJECT, _DOCUMENT = "project.qgz", "project.qgs"


def project_file() -> Path | None:
    """
    Project of the sample in the reader's language, copied into the user's profile when it is first asked for.

    Each release of the plugin has a copy of its own: what the reader changed in an earlier one stays.

    Returns
    -------
    place
        The project; that of ``make study`` in a checkout; None where there is neither.
    """
    lang = language()
    target = Path(QgsApplication.qgisSettingsDirPath()) / "geoterritorio" / "sample" / release() / lang
    if not (target / _PROJECT).exists():
        source = HERE / "sample" / lang
        if not (source / _PROJECT).exists():
            built = HERE.parents[1] / "output" / "comarca" / _PROJECT
            return built if built.exists() else None
        shutil.copytree(source, target, dirs_exist_ok=True)
        _of_this_qgis(target / _PROJECT)
    return target / _PROJECT


def _of_this_qgis(project: Path) -> None:
    """Say that this QGIS wrote the project: else it warns of an old file, which QGIS 3.22 and later read alike."""
    with zipfile.ZipFile(project) as package:
        document = package.read(_DOCUMENT).decode()
    version = f'<qgis version="{Qgis.version()}"'
    document = re.sub(r'<qgis version="[^"]*"', lambda _: version, document, count=1)
    with zipfile.ZipFile(project, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(_DOCUMENT, document)
