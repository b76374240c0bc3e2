"""Layers of QGIS as files for the worker: the file itself where it says what QGIS shows, else an export."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from qgis.core import (
    QgsDataProvider,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProviderRegistry,
    QgsVectorFileWriter,
)

from .texts import say

_READ = (".gpkg", ".shp", ".fgb", ".geojson", ".parquet")
_EXPORT = "layer"


def original(layer: Any, definition: Any, chosen: Collection[str]) -> str | None:
    """
    File that says exactly what QGIS shows of a layer; call it in the thread that owns the layer.

    Parameters
    ----------
    layer
        The layer.
    definition
        What the user asked of it: all of it, a selection, a limit.
    chosen
        Fields the worker will read.

    Returns
    -------
    place
        ``file|layer``; None where filters, edits, joins, virtual fields or selections make the layer more or less
        than its file.
    """
    if layer is None or layer.providerType() != "ogr" or layer.subsetString():
        return None
    if _changed(layer) or _narrowed(definition):
        return None
    fields = layer.fields()
    if any(fields.at(i).name() in chosen for i in layer.primaryKeyAttributes()):
        return None  # readers outside QGIS see no such field
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = str(parts.get("path", ""))
    if not path.lower().endswith(_READ) or path.startswith("/vsi") or parts.get("openOptions"):
        return None
    if "|" in path or "?" in path:
        return None  # the command line gives these signs a meaning
    name = parts.get("layerName") or _only_layer(layer)
    return f"{path}|{name}" if name and path.lower().endswith(".gpkg") else path


def _changed(layer: Any) -> bool:
    fields = layer.fields()
    foreign = any(
        fields.fieldOrigin(i) != QgsFields.FieldOrigin.OriginProvider for i in range(fields.count())
    )
    return foreign or (layer.isEditable() and layer.isModified())


def _narrowed(definition: Any) -> bool:
    if not isinstance(definition, QgsProcessingFeatureSourceDefinition):
        return False
    expression = getattr(definition, "filterExpression", "")  # from 3.32 on
    return bool(definition.selectedFeaturesOnly or definition.featureLimit != -1 or expression)


def _only_layer(layer: Any) -> str:
    listed = layer.dataProvider().subLayers()
    separator = QgsDataProvider.sublayerSeparator()
    return str(listed[0].split(separator)[1]) if listed else ""


def export(source: Any, path: str, context: Any, feedback: Any) -> str:
    """
    Copy of what QGIS shows: selection, filter, virtual, joined and edited values.

    Parameters
    ----------
    source
        Features as the run sees them.
    path
        GeoPackage to write.
    context, feedback
        Those of the run.

    Returns
    -------
    place
        ``file|layer``.

    Raises
    ------
    QgsProcessingException
        If the copy cannot be written.
    """
    feedback.setProgressText(say("Copying the layer {layer}").format(layer=source.sourceName()))
    options = QgsVectorFileWriter.SaveVectorOptions()
    # GDAL 3.6 loses tables and empty layers in FlatGeobuf; the key's name leaves a field called fid alone.
    options.driverName, options.layerName = "GPKG", _EXPORT
    options.layerOptions = ["SPATIAL_INDEX=NO", "FID=__gt_fid"]
    writer = QgsVectorFileWriter.create(
        path, source.fields(), source.wkbType(), source.sourceCrs(), context.transformContext(), options
    )
    if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
        raise QgsProcessingException(writer.errorMessage())
    if not writer.addFeatures(source.getFeatures(), QgsFeatureSink.Flag.FastInsert):
        raise QgsProcessingException(writer.errorMessage())
    del writer
    return f"{path}|{_EXPORT}"


def raster(algorithm: Any, name: str, values: Any, context: Any) -> str:
    """File of a raster layer; rasters of services and databases must be saved first."""
    layer = algorithm.parameterAsRasterLayer(values, name, context)
    if layer is None:
        raise QgsProcessingException(algorithm.invalidRasterError(values, name))
    if layer.providerType() != "gdal":
        text = say("The raster {layer} is no file. Save it as a GeoTIFF first (Export > Save As…).")
        raise QgsProcessingException(text.format(layer=layer.name()))
    return str(layer.source())
