"""What the user works on: layers, fields and focus, kept with the project."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from qgis.core import QgsProject

from ..styling import KIND, TOOL

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
    "valid_from": ("desde", "vigente_desde", "fecha_inicio", "start_date", "begin"),
    "valid_to": ("hasta", "vigente_hasta", "fecha_fin", "end_date"),
}
# Optional layers that are filled in where the project has one of their kind; others would change results unasked.
_TAKEN = {"reference"}
# By tool, optional layers without which it refuses the others, or finds everything unknown.
_ASKED = {
    "actor_network": {"institutions", "actions"},
    "brokerage": {"institutions", "actions"},
    "institutional_thickness": {"links", "actions", "evidence"},
    "ladder": {"readings", "evidence"},
    "leader_profile": {"evidence", "actions", "institutions"},
}
# Plots that are about a sector, never about a territory.
_OF_SECTORS = {
    "concentration",
    "dartboard",
    "pairs",
    "around",
    "bands",
    "contributions",
    "network",
    "surface",
}


def suited(tool: dict[str, Any], project: QgsProject, known: set[str]) -> dict[str, str]:
    """
    Layers of the project for what a tool asks for beyond what the panel knows.

    Parameters
    ----------
    tool
        Its description.
    project
        The project.
    known
        Kinds that the panel knows.

    Returns
    -------
    layers
        Name of the parameter -> identifier of a layer: one that is of the kind, by what a study wrote of it, else one
        with all columns that the tool must have. Layers that tools made come last.
    """
    layers = sorted(project.mapLayers().values(), key=lambda x: (bool(x.customProperty(TOOL)), x.id()))
    found = {}
    for asked in tool["parameters"]:
        wanted = asked["type"] == "layer" and asked["kind"] not in known
        own = asked["required"] or asked["name"] in _ASKED.get(tool["name"], ())
        if not wanted or not (own or asked["name"] in _TAKEN):
            continue
        needed = {c["name"] for c in asked["columns"] if c["required"]} if own else set()
        kinds = (x for x in layers if x.customProperty(KIND) == asked["kind"])
        fitting = (x for x in layers if needed and hasattr(x, "fields") and needed <= set(x.fields().names()))
        chosen = next(kinds, None) or next(fitting, None)
        if chosen is not None:
            found[asked["name"]] = chosen.id()
    return found


def filled(tool: dict[str, Any], work: Work, others: dict[str, str] | None = None) -> dict[str, Any]:
    """
    Values of a tool's parameters that the panel knows.

    Parameters
    ----------
    tool
        Its description.
    work
        What the user works on.
    others
        Layers for its other parameters, see `suited`.

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
            given.discard(role)  # a second layer of a kind is another one: smaller places, other boundaries
            values[name] = work.layers[role]
            chosen = ((c["name"], work.column(role, c["name"])) for c in parameter["columns"])
            values.update({f"{name}_{column}".upper(): text for column, text in chosen if text})
            if role == "territories" and work.date:
                values[f"{name}_ON"] = work.date
        elif parameter["name"] == "sector" and parameter["type"] == "text" and work.sector:
            values[name] = work.sector
        elif parameter["name"] in (others or {}):
            values[name] = (others or {})[parameter["name"]]
        elif parameter["type"] == "layer" and parameter["kind"] == "register" and "firms" in work.layers:
            values[name] = work.layers["firms"]
            chosen = ((c["name"], work.column("firms", c["name"])) for c in parameter["columns"])
            values.update({f"{name}_{column}".upper(): text for column, text in chosen if text})
    focus = _focus(tool, work)
    return {**values, "PLOT_FOCUS": focus} if focus else values


def _focus(tool: dict[str, Any], work: Work) -> str:
    """Code of what the tool's first plot can be about."""
    if not tool["plots"]:
        return ""
    columns = {c["name"] for o in tool["outputs"] if o["type"] == "layer" for c in o["columns"]}
    of_sectors = tool["plots"][0]["name"] in _OF_SECTORS
    territory = work.territory if "territory" in columns and not of_sectors else ""
    return territory or (work.sector if "sector" in columns else "")
