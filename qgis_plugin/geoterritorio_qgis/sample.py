"""The sample project: an invented territory, copied to where it can be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from qgis.core import QgsApplication

from .texts import HERE, language

_PROJECT = "project.qgz"


def project_file() -> Path | None:
    """
    Project of the sample in the reader's language, copied into the user's profile when it is first asked for.

    Returns
    -------
    place
        The project; that of ``make study`` in a checkout; None where there is neither.
    """
    lang = language()
    target = Path(QgsApplication.qgisSettingsDirPath()) / "geoterritorio" / "sample" / lang
    if not (target / _PROJECT).exists():
        source = HERE / "sample" / lang
        if not (source / _PROJECT).exists():
            built = HERE.parents[1] / "output" / "comarca" / _PROJECT
            return built if built.exists() else None
        shutil.copytree(source, target, dirs_exist_ok=True)
    return target / _PROJECT
