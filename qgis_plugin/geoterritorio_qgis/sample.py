"""The sample project: an invented territory, copied to where it can be changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from qgis.core import QgsApplication

from .texts import HERE

_PROJECT = "project.qgz"


def project_file() -> Path | None:
    """
    Project of the sample in the user's profile, copied there when it is first asked for.

    Returns
    -------
    place
        The project; None where this copy of the plugin holds no sample.
    """
    source = HERE / "sample"
    target = Path(QgsApplication.qgisSettingsDirPath()) / "geoterritorio" / "sample"
    if not (target / _PROJECT).exists():
        if not (source / _PROJECT).exists():
            return None
        shutil.copytree(source, target, dirs_exist_ok=True)
    return target / _PROJECT
