"""Layers of QGIS as files for the worker: the file itself where it says what QGIS shows, else an export."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from qgis.core import (
    QgsDataProvider,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProviderRegistry,
    QgsVectorFileWriter,
)

from .texts import say

_READ = (".gpkg", ".shp", ".fgb", ".geojson", ".parquet")
_EXPORT = "layer"
_SIGNS = "|?"  # the command line gives them a meaning
_PART = "|geometrytype="  # one kind of shapes of a file with several


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
    return _place(layer)


def _place(layer: Any) -> str | None:
    """``file|layer`` of a layer, if the command line can read it so."""
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path = str(parts.get("path", ""))
    if not path.lower().endswith(_READ) or path.startswith("/vsi") or parts.get("openOptions"):
        return None
    if any(sign in path for sign in _SIGNS) or _PART in layer.source():
        return None
    if not path.lower().endswith(".gpkg"):
        return path
    name = str(parts.get("layerName") or layer_of_file(layer, parts.get("layerId")))
    if any(sign in name for sign in _SIGNS):
        return None
    return f"{path}|{name}" if name else path


def _changed(layer: Any) -> bool:
    """Whether QGIS shows other values, another system or other letters than the file has."""
    fields, provider = layer.fields(), layer.dataProvider()
    foreign = any(
        fields.fieldOrigin(i) != QgsFields.FieldOrigin.OriginProvider for i in range(fields.count())
    )
    placed = layer.crs() != provider.crs()
    spelt = layer.source().lower().endswith(".shp") and provider.encoding() != "UTF-8"
    return foreign or placed or spelt or (layer.isEditable() and layer.isModified())


def _narrowed(definition: Any) -> bool:
    """Whether the user asked for less than all features as they are."""
    if not isinstance(definition, QgsProcessingFeatureSourceDefinition):
        return False
    expression = getattr(definition, "filterExpression", "")  # from 3.32 on
    return bool(
        definition.selectedFeaturesOnly
        or definition.featureLimit != -1
        or expression
        or own_validity(definition)
    )


def own_validity(definition: Any) -> bool:
    """Whether the user said for this layer what becomes of invalid shapes."""
    if not isinstance(definition, QgsProcessingFeatureSourceDefinition):
        return False
    return bool(definition.flags & QgsProcessingFeatureSourceDefinition.Flag.FlagOverrideDefaultGeometryCheck)


def layer_of_file(layer: Any, number: Any) -> str:
    """
    Name of a layer of a file that is known by its number, or is the first.

    Parameters
    ----------
    layer
        The layer.
    number
        Its number in the file; None for the first.

    Returns
    -------
    name
        Empty where the file does not tell.
    """
    separator = QgsDataProvider.sublayerSeparator()
    listed = [sub.split(separator) for sub in layer.dataProvider().subLayers()]
    named = {int(parts[0]): str(parts[1]) for parts in listed}
    return named.get(0 if number is None else int(number), "")


def export(source: Any, path: str, context: Any, feedback: Any, *, unchecked: bool = True) -> str:
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
    unchecked
        Whether invalid shapes go through: the core refuses them by row, whatever road they came.

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
    try:
        if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
            raise QgsProcessingException(writer.errorMessage())
        _copy(source, writer, feedback, unchecked=unchecked)
    finally:
        del writer, source  # written to the end; and QGIS keeps the frames of an error for good
    return f"{path}|{_EXPORT}"


def _copy(source: Any, writer: Any, feedback: Any, *, unchecked: bool) -> None:
    skip = QgsProcessingFeatureSource.Flag.FlagSkipGeometryValidityChecks
    request = QgsFeatureRequest()
    request.setFeedback(feedback)  # a cancelled copy ends early; nobody reads it
    found = source.getFeatures(request, skip) if unchecked else source.getFeatures(request)
    try:
        if not writer.addFeatures(found, QgsFeatureSink.Flag.FastInsert):
            raise QgsProcessingException(writer.errorMessage())
    finally:
        del writer, source, found


def raster(algorithm: Any, name: str, values: Any, context: Any) -> str:
    """File of a raster layer; rasters of services and databases must be saved first."""
    layer = algorithm.parameterAsRasterLayer(values, name, context)
    if layer is None:
        raise QgsProcessingException(algorithm.invalidRasterError(values, name))
    # GDAL reaches databases too, by words that may hold a password: these go into no command.
    if layer.providerType() != "gdal" or str(layer.source()).upper().startswith("PG:"):
        text = say("The raster {layer} is no file. Save it as a GeoTIFF first (Export > Save As…).")
        raise QgsProcessingException(text.format(layer=layer.name()))
    return str(layer.source())
