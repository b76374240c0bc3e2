"""Files that speak for themselves: what takes its rows from other files or from the network is refused.

GDAL opens anything: a small text can name files of this machine, a server, or a database, and a plain GeoJSON may have
its system fetched. Files are read without a network, and only by drivers that read the file that was named.
"""

from __future__ import annotations

import lzma
import os
import sqlite3
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import pyogrio
import rasterio

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import reason_of

# A proxy of a kind that is none: the library for the network gives up before it looks for a server.
OFF = {"GDAL_HTTP_PROXY": "none://none", "GDAL_HTTPS_PROXY": "none://none"}
# What GDAL would do for a file of its own accord, or because a variable of the session says so.
RULES = {
    **OFF,
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_VRT_ENABLE_RAWRASTERBAND": "NO",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
}
# Servers that are reached past any proxy.
_PAST = ("no_proxy", "NO_PROXY")
# Drivers of GDAL that read the file that was named.
_VECTOR = (
    "AIVector|AVCBin|AVCE00|Arrow|CAD|CSV|DGN|DWG|DXF|EDIGEO|ESRI Shapefile|ESRIJSON|FileGDB|"
    "FlatGeobuf|GML|GPKG|GPX|GTFS|GeoJSON|GeoJSONSeq|GeoRSS|Idrisi|Interlis 1|Interlis 2|JML|JSONFG|"
    "KML|LIBKML|LVBAG|MBTiles|MVT|MapInfo File|MapML|MiraMonVector|NAS|ODS|OGR_GMT|OSM|OpenFileGDB|"
    "PGDUMP|PMTiles|Parquet|S57|SQLite|SXF|Selafin|SVG|TopoJSON|VDV|VFK|WAsP|XLS|XLSX"
)
_RASTER = (
    "AAIGrid|ACE2|AIG|BAG|BMP|BT|BYN|COG|CTable2|DTED|EHdr|ENVI|GIF|GPKG|GRASSASCIIGrid|GRIB|GS7BG|"
    "GSAG|GSBG|GTX|GTiff|GXF|HDF5|HDF5Image|HF2|HFA|ILWIS|JP2ECW|JP2KAK|JP2OpenJPEG|JPEG|KEA|LCP|"
    "LIBERTIFF|LOSLAS|MBTiles|NGSGEOID|NITF|NTv2|NWT_GRC|NWT_GRD|PCIDSK|PCRaster|PNG|PNM|RMF|"
    "RRASTER|RST|Rasterlite|S102|SAGA|SDTS|SGI|SIGDEM|SNODAS|SRTMHGT|Terragen|USGSDEM|WEBP|XYZ|ZMap|"
    "netCDF"
)
VECTOR, RASTER = frozenset(_VECTOR.split("|")), frozenset(_RASTER.split("|"))
# Beginnings of texts that name other files, servers or databases: not even opened, since opening may log in.
_NAMING = (
    b"<ogrvrtdatasource",
    b"<vrtdataset",
    b"<ogrwfs",
    b"<ogroapif",
    b"<ogrcsw",
    b"<gdal_wms",
    b"<gdal_wmts",
    b"<wcs_gdal",
    b"<gdaltileindexdataset",
    b"gdal_streamed_alg",
    b'isseamless" = "true',
)
_LOOKED_AT = 65_536  # bytes of a file or a member in which a driver looks for its sign
_DATABASE = b"SQLite format 3\0"
# Modules of SQLite whose tables lie in the same file; any other kind of virtual table reads something else.
_WITHIN = ("rtree", "rtree_i32", "geopoly", "fts3", "fts4", "fts5")
_lock = threading.RLock()
_inside = 0


@contextmanager
def offline() -> Iterator[None]:
    """GDAL without a network, in both libraries that bring one; as it was afterwards."""
    with _held(), rasterio.Env(**RULES):
        yield


@contextmanager
def _held() -> Iterator[None]:
    """Settings of the whole process, kept as long as any thread reads."""
    global _inside, _before  # noqa: PLW0603 - GDAL knows one set of settings for a process
    with _lock:
        if not _inside:
            _before = _set()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                _put_back(_before)


_before: tuple[dict[str, Any], dict[str, str]] = ({}, {})


def _set() -> tuple[dict[str, Any], dict[str, str]]:
    options = {name: pyogrio.get_gdal_config_option(name) for name in RULES}
    variables = {name: os.environ.pop(name) for name in _PAST if name in os.environ}
    pyogrio.set_gdal_config_options(RULES)
    return options, variables


def _put_back(before: tuple[dict[str, Any], dict[str, str]]) -> None:
    options, variables = before
    pyogrio.set_gdal_config_options(options)
    os.environ.update(variables)


# What a damaged archive raises; an encrypted one a RuntimeError.
DAMAGED = (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def require_alone(path: Path) -> None:
    """
    Refusal of a file that names others, or holds tables that do, before any driver sees it.

    Parameters
    ----------
    path
        File that is there, an archive too.

    Raises
    ------
    LayerError
        If it takes its rows or cells from somewhere else.
    """
    if path.is_dir():
        return
    with path.open("rb") as file:
        _look(path.name, file.read(_LOOKED_AT))
        file.seek(0)
        if file.read(len(_DATABASE)) == _DATABASE:
            with closing(
                sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as base:
                _look_into(base, path.name)
    if zipfile.is_zipfile(path):
        _look_through(path)


def _look_through(path: Path) -> None:
    """The same for what lies in an archive, which GDAL reads as if unpacked; what cannot be looked at is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            for held in archive.infolist():
                if not held.is_dir():
                    with archive.open(held) as member:
                        _look_at(member, f"{path.name}/{held.filename}")
    except (*DAMAGED, RuntimeError, sqlite3.DatabaseError) as error:
        raise LayerError(
            message(
                "{path}: the archive cannot be read ({reason}). Make it anew, without a password, or unpack it and "
                "name the file.",
                path=path.name,
                reason=reason_of(error),
            )
        ) from error


def _look_at(member: IO[bytes], name: str) -> None:
    begin = member.read(_LOOKED_AT)
    _look(name, begin)
    if begin.startswith(_DATABASE):
        with closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(begin + member.read())
            _look_into(base, name)


def _look(name: str, begin: bytes) -> None:
    lower = begin.lower()
    lower = lower.replace(b"\0", b"") if lower[:2] in {b"\xff\xfe", b"\xfe\xff"} else lower
    if any(sign in lower for sign in _NAMING):
        raise _elsewhere(name)


def _look_into(base: sqlite3.Connection, name: str) -> None:
    """Virtual tables of a database that read something else; a file that is damaged is GDAL's to refuse."""
    try:
        found = base.execute(
            "select name, sql from sqlite_master where sql like 'create virtual%'"
        ).fetchall()
    except sqlite3.DatabaseError:
        return
    for table, sql in found:
        words = str(sql).lower().replace("(", " ").split()
        if words[words.index("using") + 1 if "using" in words[:-1] else 0].strip("\"'`[]") not in _WITHIN:
            raise LayerError(
                message(
                    "{path} holds the table “{table}”, whose rows come from another file or a server. Copy them into a "
                    "plain table, or drop it.",
                    path=name,
                    table=table,
                )
            )


def require_driver(driver: str, known: frozenset[str], path: Path) -> None:
    """
    Refusal of a file whose driver may take rows or cells from somewhere else.

    Parameters
    ----------
    driver
        Driver of GDAL that opened it.
    known
        Those that read the file that was named: `VECTOR` or `RASTER`.
    path
        The file.

    Raises
    ------
    LayerError
        If it is none of them.
    """
    if driver not in known:
        raise _elsewhere(path.name, driver)


def _elsewhere(name: str, driver: str = "") -> LayerError:
    if driver:
        text = message(
            "{path} is of a kind (GDAL: {driver}) that may take its content from other files or from the network. Save "
            "it as a file of its own first, for example as GeoPackage or GeoTIFF.",
            path=name,
            driver=driver,
        )
    else:
        text = message(
            "{path} names other files or a server from which its content would be taken. Save it as a file of its own "
            "first, for example as GeoPackage or GeoTIFF.",
            path=name,
        )
    return LayerError(text)
