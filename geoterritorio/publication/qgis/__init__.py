"""A QGIS project written without QGIS: layers, styles, groups, and an atlas with a page for each territory."""

from geoterritorio.publication.qgis.atlas import Atlas
from geoterritorio.publication.qgis.project import ProjectLayer, QgisProject, qgis_project

__all__ = ["Atlas", "ProjectLayer", "QgisProject", "qgis_project"]
