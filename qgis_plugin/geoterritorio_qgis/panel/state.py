"""What the user works on: layers, fields and focus, kept with the project."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from qgis.core import QgsProject

_SCOPE = "geoterritorio"


@dataclass
class Work:
    """
    Layers by their role, their fields by role and column, and what is looked at.

    Attributes
    ----------
    layers
        Role (``territories``, ``firms``, ``counts``) -> identifier of the layer.
    columns
        ``role.column`` -> field.
    date
        Day in force as ``YYYY-MM-DD``; empty for all versions.
    territory, sector
        Codes; empty for all.
    """

    layers: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    date: str = ""
    territory: str = ""
    sector: str = ""

    def column(self, role: str, name: str) -> str:
        """Field chosen for a column of a role; empty where none is."""
        return self.columns.get(f"{role}.{name}", "")


def remembered(project: QgsProject) -> Work:
    """Work as the project holds it."""
    found = Work()
    for part in fields(Work):
        if isinstance(getattr(found, part.name), dict):
            lines, _ = project.readListEntry(_SCOPE, part.name)
            pairs = (line.partition("=") for line in lines)
            setattr(found, part.name, {key: value for key, _, value in pairs})
        else:
            setattr(found, part.name, project.readEntry(_SCOPE, part.name)[0])
    return found


def remember(project: QgsProject, work: Work) -> None:
    """Work put into the project; it is saved with it."""
    if remembered(project) == work:
        return  # nothing new: the project stays as saved as it was
    for name, value in asdict(work).items():
        if isinstance(value, dict):
            project.writeEntry(_SCOPE, name, [f"{key}={text}" for key, text in sorted(value.items())])
        else:
            project.writeEntry(_SCOPE, name, value)


def guessed(names: list[str], wanted: str, hints: dict[str, tuple[str, ...]]) -> str:
    """Field that most likely is a column: the one of its name, else one whose name begins as usual ones do."""
    lower = {name.lower(): name for name in reversed(names)}
    for hint in (wanted, *hints.get(wanted, ())):
        if hint in lower:
            return lower[hint]
    for hint in hints.get(wanted, ()):
        starting = [name for key, name in lower.items() if key.startswith(hint)]
        if starting:
            return starting[-1]
    return ""


HINTS: dict[str, tuple[str, ...]] = {
    "territory": ("codigo", "código", "cod_", "code", "geoid", "id_", "cvegeo", "codine", "nuts_id", "id"),
    "sector": ("cnae", "nace", "naics", "scian", "actividad", "activity", "codigo_act", "isic", "ciiu"),
    "employment": ("empleo", "ocupados", "trabajadores", "jobs", "empl", "per_ocu", "workers"),
    "establishments": ("establecimientos", "empresas", "estab", "plants", "firms"),
    "name": ("nombre", "nom_", "nom", "label", "rotulo"),
}


def filled(tool: dict[str, Any], work: Work) -> dict[str, Any]:
    """
    Values of a tool's parameters that the panel knows.

    Parameters
    ----------
    tool
        Its description.
    work
        What the user works on.

    Returns
    -------
    values
        Parameter of QGIS -> value.
    """
    values: dict[str, Any] = {}
    given = {p["kind"] for p in tool["parameters"] if p["type"] == "layer"} & set(work.layers)
    if "firms" in given:
        given -= {"counts"}  # tools take the one or the other; the register says more
    for parameter in tool["parameters"]:
        name = parameter["name"].upper()
        if parameter["type"] == "layer" and parameter["kind"] in given:
            role = parameter["kind"]
            values[name] = work.layers[role]
            chosen = ((c["name"], work.column(role, c["name"])) for c in parameter["columns"])
            values.update({f"{name}_{column}".upper(): text for column, text in chosen if text})
            if role == "territories" and work.date:
                values[f"{name}_ON"] = work.date
        elif parameter["name"] == "sector" and parameter["type"] == "text" and work.sector:
            values[name] = work.sector
    return values
