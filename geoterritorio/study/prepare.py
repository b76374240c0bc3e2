"""Before a study: a commented template to start from, and a check that computes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geoterritorio.errors import Message, StudyError, message
from geoterritorio.i18n import Language
from geoterritorio.layers.findings import reason_of
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import KINDS
from geoterritorio.registry import descriptions
from geoterritorio.study import store
from geoterritorio.study.config import read_plan, taken
from geoterritorio.study.database import with_fingerprints
from geoterritorio.study.named_places import refuse_unknown_places
from geoterritorio.study.pipeline import read_layers
from geoterritorio.study.steps import plan_tasks
from geoterritorio.study.workshop import VALUES

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class StudyCheck:
    """
    What a study would read and run.

    Attributes
    ----------
    layers
        One row per layer: ``layer``, ``kind``, ``rows``, ``crs``.
    steps
        One row per step in running order: ``step``, ``tool``, ``from``, ``computed`` (now, or before).
    notices
        What the layers warn about.
    """

    layers: pd.DataFrame
    steps: pd.DataFrame
    notices: tuple[Message, ...]


def init_study(path: Path, *, lang: Language = "en") -> Path:
    """
    Commented template of a study file.

    Parameters
    ----------
    path
        File to write (``.toml`` is added where it is missing), or a folder for ``study.toml``.
    lang
        Language of the comments.

    Returns
    -------
    path
        The file.

    Raises
    ------
    StudyError
        If the file exists or cannot be written.
    """
    file = path / "study.toml" if path.is_dir() else path.with_name(f"{path.name.removesuffix('.toml')}.toml")
    text = (_TEMPLATES / f"study.{lang}.toml").read_text(encoding="utf-8")
    text = text.replace("{kinds}", ", ".join(KINDS)).replace("{tools}", ", ".join(descriptions()))
    text = text.replace("study.toml", file.name)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise StudyError(
            message("{path} exists and is left as it is. Choose another name.", path=file)
        ) from error
    except OSError as error:
        raise StudyError(
            message("{path} cannot be written ({reason}).", path=file, reason=reason_of(error))
        ) from error
    return file


def check_study(file: Path, output: Path | None = None) -> StudyCheck:
    """
    Check of a study without computing it: file, layers and order of steps.

    Parameters
    ----------
    file
        Study file.
    output
        Folder of an earlier run; tells which steps need not be computed again.

    Returns
    -------
    check
        Layers as read and steps in order.

    Raises
    ------
    StudyError
        With every error of the file, or every problem of the layers.
    """
    plan = with_fingerprints(read_plan(file))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        keys = read_layers(plan, place)
        values = {name: store.load(place, key) or store.Value({}) for name, key in keys.items()}
        refuse_unknown_places(plan, lambda name: values[name].outputs["layer"])
    layers = [
        (name, plan.layers[name].kind, _size(value.outputs["layer"]), _crs(value.outputs["layer"]))
        for name, value in values.items()
    ]
    tasks = plan_tasks(plan, keys)
    old = None if output is None else output / VALUES
    steps = [
        (
            name,
            task.step.tool,
            ", ".join(taken(task.step)),
            "before" if old is not None and store.known(old, task.key) else "now",
        )
        for name, task in tasks.items()
    ]
    return StudyCheck(
        pd.DataFrame(layers, columns=["layer", "kind", "rows", "crs"]),
        pd.DataFrame(steps, columns=["step", "tool", "from", "computed"]),
        tuple(n for value in values.values() for n in value.notices),
    )


def _size(layer: Any) -> int:
    return int(layer.values.size) if isinstance(layer, Grid) else len(layer)


def _crs(layer: Any) -> str:
    crs = getattr(layer, "crs", None) if isinstance(layer, gpd.GeoDataFrame | Grid) else None
    return str(CRS(crs).name) if crs else ""
