"""A file that is named is what is read: no other file, no server, no database, whatever stands in it."""

import os
import sqlite3
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from affine import Affine

from geoterritorio.errors import GeoterritorioError, LayerError
from geoterritorio.layers import read_layer
from geoterritorio.layers.alone import OFF, RASTER, RULES, VECTOR, offline
from geoterritorio.layers.schema import AREAS, ELEVATION, FIGURES

MARK = "words-of-another-file"
VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
SIMPLE = (
    '<VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="Byte" band="1"{}>{}<SourceBand>1</SourceBand>'
    "</VRTRasterBand></VRTDataset>"
)
RAW = '<SourceFilename relativetoVRT="0">{}</SourceFilename>'
VECTORS = {
    "a.vrt": VRT.format("/vsicurl/{url}/a.geojson"),
    "a.xml": VRT.format("{url}/a.geojson"),
    "a.gpkg": VRT.format("{secret}"),
    "late.xml": "<!-- " + "x" * 700 + " -->" + VRT.format("{secret}"),
    "server.vrt": VRT.format("PG:host=127.0.0.1 port={port} dbname=x"),
    "a.gdalg.json": '{{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read {url}/a ! write x"}}',
    "wfs.xml": "<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
    "capabilities.xml": '<WFS_Capabilities version="1.0.0"><Capability><Request><GetFeature><DCPType><HTTP>'
    '<Get onlineResource="{url}/wfs?"/></HTTP></DCPType></GetFeature></Request></Capability></WFS_Capabilities>',
    "a.tab": '!table\n!version 300\nDefinition Table\n Type NATIVE Charset "Neutral"\nbegin_metadata\n'
    '"\\IsSeamless" = "TRUE"\nend_metadata\n',
}
RASTERS = {
    "a.vrt": SIMPLE.format(
        "", "<SimpleSource><SourceFilename>/vsicurl/{url}/a.tif</SourceFilename></SimpleSource>"
    ),
    "raw.tif": SIMPLE.format(' subClass="VRTRawRasterBand"', RAW.format("{secret}")),
    "wms.xml": "<GDAL_WMS><Service name='TMS'><ServerUrl>{url}/${{z}}</ServerUrl></Service></GDAL_WMS>",
    "wmts.xml": "<GDAL_WMTS><GetCapabilitiesUrl>{url}/wmts</GetCapabilitiesUrl></GDAL_WMTS>",
    "wcs.xml": "<WCS_GDAL><ServiceURL>{url}/wcs?</ServiceURL><CoverageName>x</CoverageName></WCS_GDAL>",
    "gti.tif": "<GDALTileIndexDataset><IndexDataset>{url}/a.fgb</IndexDataset></GDALTileIndexDataset>",
}


@pytest.fixture
def secret(tmp_path):
    place = tmp_path / "elsewhere" / "secret.csv"
    place.parent.mkdir()
    place.write_text(f"territory,value\n{MARK},2\n")
    return place


@pytest.fixture
def written(tmp_path, secret, server):
    """Writes a text with the addresses of the server and of somebody else's file."""

    def write(name, text):
        place = tmp_path / "data" / name
        place.parent.mkdir(exist_ok=True)
        port = server.url.rpartition(":")[2]
        place.write_text(text.format(url=server.url, secret=secret, port=port))
        return place

    return write


def refused(path, kind=FIGURES):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(GeoterritorioError) as found:
            read_layer(path, kind)
    assert MARK not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("name", VECTORS)
def test_vector_files_that_name_others_are_refused(written, server, name):
    said = refused(written(name, VECTORS[name]))
    assert name in said
    assert server.asked == []


@pytest.mark.parametrize("name", RASTERS)
def test_rasters_that_name_others_are_refused(written, server, name):
    said = refused(written(name, RASTERS[name]), ELEVATION)
    assert "names other files or a server" in said
    assert server.asked == []


@pytest.mark.parametrize(
    "name", ["/vsicurl/{}/a.tif", "{}/a.geojson", "/vsizip//vsicurl/{}/a.zip", "/vsis3/b/a.tif"]
)
@pytest.mark.parametrize("kind", [AREAS, ELEVATION], ids=["vector", "raster"])
def test_addresses_are_no_names_of_files(server, name, kind):
    assert "there is no file" in refused(name.format(server.url), kind)
    assert server.asked == []


@pytest.mark.parametrize(
    "name", ["PG:dbname=x", "MySQL:x", "MSSQL:x", "WFS:{}", "GPSBabel:gpx:a", "ADBC:x", "HTTP:{}"]
)
def test_words_for_drivers_are_no_names_of_files(server, name):
    assert "there is no file" in refused(name.format(server.url), AREAS)
    assert server.asked == []


def test_a_folder_called_like_a_scheme_stays_a_folder(server, tmp_path, monkeypatch):
    """`http:/host/a.geojson` may be a file below this folder; for the library that reads it, it is an address."""
    host = server.url.removeprefix("http://")
    folder = tmp_path / "http:" / host
    folder.mkdir(parents=True)
    gpd.GeoDataFrame({"area": ["a"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(
        folder / "a.geojson"
    )
    monkeypatch.chdir(tmp_path)
    found = read_layer(f"http:/{host}/a.geojson", AREAS)
    assert found["area"].tolist() == ["a"]
    assert server.asked == []


@pytest.fixture
def linked(tmp_path, server):
    """GeoJSON whose system is an address: GDAL would ask for it."""
    text = (
        '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"URL/crs","type":"ogcwkt"}},"features":'
        '[{"type":"Feature","properties":{"area":"a"},"geometry":{"type":"Polygon","coordinates":'
        "[[[0,0],[0,1],[1,1],[0,0]]]}}]}"
    )
    place = tmp_path / "linked.geojson"
    place.write_text(text.replace("URL", server.url))
    return place


def test_the_system_of_a_geojson_is_not_fetched(linked, server):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.read_dataframe(linked)
    assert "/crs" in server.asked  # what the reader guards against
    server.asked.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(read_layer(linked, AREAS, crs="EPSG:4326")) == 1
    assert server.asked == []


@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY", "http_proxy"])
def test_no_variable_opens_the_way_again(linked, server, monkeypatch, variable):
    monkeypatch.setenv(variable, server.url if variable == "http_proxy" else "*")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read_layer(linked, AREAS, crs="EPSG:4326")
    assert server.asked == []
    assert os.environ[variable] in {"*", server.url}


def hidden(place, url, module):
    """Database with a table of another file behind a view, as if it were its own."""
    base = sqlite3.connect(place)
    base.execute("create table figures (territory text, value real)")
    base.execute("insert into figures values ('a', 1)")
    base.execute("pragma writable_schema = 1")
    sql = f"CREATE VIRTUAL TABLE other USING {module}('/vsicurl/{url}/other.csv')"
    base.execute("insert into sqlite_master values ('table', 'other', 'other', 0, ?)", (sql,))
    base.commit()
    base.close()
    return place


@pytest.mark.parametrize("module", ["VirtualOGR", '"VirtualOGR"', "VirtualText", "csv"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "zip"])
def test_databases_with_tables_of_other_files_are_refused(tmp_path, server, module, packed):
    place = hidden(tmp_path / "a.sqlite", server.url, module)
    if packed:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.write(place, "a.sqlite")
        place = tmp_path / "a.zip"
    assert "holds the table “other”" in refused(place)
    assert server.asked == []


def test_archives_are_looked_through(written, tmp_path, server):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(written("a.vrt", VECTORS["a.vrt"]), "folder/innocent.csv")
    assert "a.zip/folder/innocent.csv names other files" in refused(place)
    assert server.asked == []


def test_good_files_are_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"area": ["a", "b"]}, geometry=[shapely.box(i, 0, i + 1, 1) for i in (0, 1)], crs=25830
    )
    for name in ("a.gpkg", "a.shp", "a.fgb", "a.sqlite", "a.gml"):
        frame.to_file(tmp_path / name)
        assert read_layer(tmp_path / name, AREAS, crs="EPSG:25830")["area"].sort_values().tolist() == [
            "a",
            "b",
        ]
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(tmp_path / "a.gpkg", "a.gpkg")
    assert len(read_layer(tmp_path / "b.zip", AREAS)) == 2
    height = np.ones((3, 3), "float32")
    for driver, name in (("GTiff", "a.tif"), ("AAIGrid", "a.asc"), ("HFA", "a.img")):
        place = {
            "transform": Affine(1, 0, 0, 0, -1, 3),
            "crs": "EPSG:25830",
            "width": 3,
            "height": 3,
            "count": 1,
        }
        with rasterio.open(tmp_path / name, "w", driver=driver, dtype="float32", **place) as file:
            file.write(height, 1)
        assert read_layer(tmp_path / name, ELEVATION, crs="EPSG:25830").values.shape == (3, 3)


def test_drivers_that_reach_out_are_on_no_list():
    reaching = {
        "OGR_VRT",
        "VRT",
        "GDALG",
        "HTTP",
        "WFS",
        "OAPIF",
        "OGCAPI",
        "CSW",
        "WMS",
        "WMTS",
        "WCS",
        "GTI",
        "MRF",
    }
    reaching |= {
        "STACTA",
        "STACIT",
        "EEDA",
        "EEDAI",
        "PLSCENES",
        "PLMOSAIC",
        "Elasticsearch",
        "Carto",
        "AmigoCloud",
    }
    reaching |= {
        "NGW",
        "ADBC",
        "GPSBabel",
        "PostgreSQL",
        "MySQL",
        "MSSQLSpatial",
        "OCI",
        "ODBC",
        "MongoDBv3",
        "GMLAS",
    }
    reaching |= {
        "ERS",
        "KMLSUPEROVERLAY",
        "DERIVED",
        "PDF",
        "Zarr",
        "GNMFile",
        "GNMDatabase",
        "PDS4",
        "ISIS3",
    }
    assert not reaching & (VECTOR | RASTER)


def test_settings_are_as_they_were(tmp_path):
    before = {name: pyogrio.get_gdal_config_option(name) for name in RULES}
    with offline():
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") == OFF["GDAL_HTTP_PROXY"]
        with offline():
            pass
        assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") == OFF["GDAL_HTTP_PROXY"]
    (tmp_path / "a.gpkg").write_text("no database")
    with pytest.raises(LayerError):
        read_layer(tmp_path / "a.gpkg", AREAS)
    assert {name: pyogrio.get_gdal_config_option(name) for name in RULES} == before
