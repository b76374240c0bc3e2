"""A QGIS project written without QGIS: layers, styles, groups, and an atlas with a page for each territory."""

from geoterritorio.publication.project.atlas import Atlas
from geoterritorio.publication.project.document import ProjectLayer, QgisProject, qgis_project

__all__ = ["Atlas", "ProjectLayer", "QgisProject", "qgis_project"]
