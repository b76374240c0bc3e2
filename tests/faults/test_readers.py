"""Damaged, hostile and impossible files: a layer or one refusal that names the file, soon, and in little memory."""

import json
import os
import random
import signal
import struct
import threading
import time
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import files as doors
from geoterritorio.layers import read_layer, write_layers
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.schema import KINDS

SECONDS = 20
FORMATS = ("csv", "tsv", "xlsx", "gpkg", "geojson", "fgb", "shp", "parquet", "zip", "tif")
SIDECARS = ("shp", "shx", "dbf", "prj", "cpg")
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
often = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def _soon():
    """An end for whatever waits for a pipe or goes on without one."""

    def late(_signal, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(3 * SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def answer(path, kind, **options):
    """Layer or refusal with words; ours are the only warnings and errors, and it comes soon."""
    begin = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", GeoterritorioWarning)
        try:
            found = read_layer(path, KINDS[kind], **options)
        except GeoterritorioError as error:
            found = error
            assert found.problems
            assert all(str(p).strip() for p in found.problems)
    assert time.monotonic() - begin < SECONDS
    return found


def refused(path, kind="firms", **options):
    found = answer(path, kind, **options)
    assert isinstance(found, GeoterritorioError)
    return str(found)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """One valid file of every format: its path and kind."""
    folder = tmp_path_factory.mktemp("samples")
    squares = [(x * 1000, y * 1000) for y in range(2) for x in range(3)]
    from shapely import box

    land = gpd.GeoDataFrame(
        {"territory": list("abcdef"), "name": "Área"},
        geometry=[box(x, y, x + 1000, y + 1000) for x, y in squares],
        crs=25830,
    )
    firms = pd.DataFrame({"firm": range(40), "sector": "15", "employment": 3, "territory": "a"})
    found = {}
    for suffix in FORMATS[:3]:
        found[suffix] = folder / f"firms.{suffix}", "firms"
        options = {"sep": "\t"} if suffix == "tsv" else {}
        firms.to_excel(found[suffix][0], index=False) if suffix == "xlsx" else firms.to_csv(
            found[suffix][0], index=False, **options
        )
    for suffix in FORMATS[3:8]:
        found[suffix] = folder / f"land.{suffix}", "territories"
        write_layers({str(found[suffix][0]): land})
    found["zip"] = folder / "land.zip", "territories"
    with zipfile.ZipFile(found["zip"][0], "w", zipfile.ZIP_DEFLATED) as packed:
        for suffix in SIDECARS:
            packed.write(folder / f"land.{suffix}", f"land.{suffix}")
    found["tif"] = folder / "height.tif", "elevation"
    raster(found["tif"][0], 40, 30, values=np.full((1, 30, 40), 7, "float32"))
    return found


def raster(path, width, height, *, values=None, **options):
    profile = {
        "driver": "GTiff",
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:25830",
        "nodata": -9999,
        **options,
    }
    profile["transform"] = Affine(100, 0, 5e5, 0, -100, 4.4e6)
    with rasterio.open(path, "w", width=width, height=height, **profile) as file:
        if values is not None:
            file.write(values)


def damage(rng, data):
    """Bytes cut, turned, repeated, taken out, or with numbers that stand at an end of what they can be."""
    place = rng.randrange(len(data)) if data else 0
    end = place + rng.randrange(1, 200)
    extreme = rng.choice((0, 2**31 - 1, 2**31, 2**32 - 1)).to_bytes(4, rng.choice(("little", "big")))
    turned = bytes(b ^ (1 << rng.randrange(8)) if rng.random() < 0.01 else b for b in data)
    magic = rng.choice((b"PK\x03\x04", b"SQLite format 3\0", b"PAR1", b"II*\0", b"<?xml"))
    word = rng.choice((b"NaN", b"1e999", b"\0", b'"', b"[" * 3000, b"\xff\xfe", b"9" * 5000))
    whole = data[:place] + extreme + data[place + 4 :]
    again = data[:end] + data[place:end] * 50 + data[end:]
    begun, without = data[:place], data[:place] + data[end:]
    return rng.choice((begun, turned, whole, again, without, magic + data, begun + word + data[end:]))


def test_the_samples_are_valid(samples):
    for path, kind in samples.values():
        assert not isinstance(answer(path, kind), GeoterritorioError), path


@pytest.mark.parametrize("suffix", FORMATS)
@often
@given(st.integers(0, 10**9))
def test_damaged_files(samples, tmp_path, suffix, seed):
    path, kind = samples[suffix]
    rng = random.Random(seed)  # noqa: S311 - chance of a test, no secret
    hit = rng.choice(SIDECARS) if suffix == "shp" else suffix
    for part in SIDECARS if suffix == "shp" else (suffix,):
        data = path.with_suffix(f".{part}").read_bytes()
        (tmp_path / f"x.{part}").write_bytes(damage(rng, data) if part == hit else data)
    answer(tmp_path / f"x.{suffix}", rng.choice((kind, "counts", "values")))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_cut_files_of_which_much_is_missing(samples, tmp_path, suffix, share):
    path, kind = samples[suffix]
    data = path.read_bytes()
    cut = tmp_path / path.name
    cut.write_bytes(data[: int(share * len(data))])
    found = answer(cut, kind)
    if share < 0.3:
        assert isinstance(found, GeoterritorioError)
        assert cut.name in str(found) or kind in str(found)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".gpkg", ".geojson", ".tif", ".zip", ""])
def test_what_is_no_file(tmp_path, suffix):
    kind = "elevation" if suffix == ".tif" else "firms"
    pipe, loop, gone = (tmp_path / f"{name}{suffix}" for name in ("pipe", "loop", "gone"))
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    gone.symlink_to(tmp_path / "nowhere")
    (tmp_path / f"folder{suffix}").mkdir()
    assert "it is a pipe, a device or a socket, and no file" in refused(pipe, kind)
    assert "links lead to one another in a circle" in refused(loop, kind)
    assert "there is no such file or folder" in refused(gone, kind)
    assert "cannot be read" in refused(tmp_path / f"folder{suffix}", kind)
    assert "a device" in refused("/dev/zero", kind)
    for name in ("x" * 300, "x" * 5000, "a\0b", "../../nowhere", "CON", "x."):
        said = refused(f"{tmp_path / name}{suffix}", kind)
        assert "no file" in said or "the name is longer" in said or "the name holds a sign" in said


def test_a_whole_disk_is_no_register(firms, tmp_path):
    assert "cannot be read" in refused("/proc")
    for n in range(3):
        (tmp_path / f"year={n}" / "x").mkdir(parents=True)
        firms.to_parquet(tmp_path / f"year={n}" / "x" / "1.parquet")
    (tmp_path / "year=0" / "round").symlink_to(tmp_path)
    with pytest.warns(GeoterritorioWarning, match="year=0/round"):
        assert len(open_parts(tmp_path, KINDS["firms"])) == 3


def test_a_register_is_looked_for_in_so_many_folders_and_no_more(firms, tmp_path, monkeypatch):
    for n in range(5):
        (tmp_path / f"{n}").mkdir()
    monkeypatch.setattr("geoterritorio.layers.part_files._FOLDERS", 3)
    assert "cannot be read" in refused(tmp_path)
    firms.to_parquet(tmp_path / "1.parquet")
    with pytest.raises(LayerError, match="has more than 3 folders in it"):
        open_parts(tmp_path, KINDS["firms"])


def test_what_is_no_part(tmp_path, firms):
    firms.to_parquet(tmp_path / "1.parquet")
    os.mkfifo(tmp_path / "2.parquet")
    with pytest.raises(LayerError, match="it is a pipe"):
        open_parts(tmp_path, KINDS["firms"])


def test_parts_of_which_texts_or_system_are_none(tmp_path, firms):
    (tmp_path / "texts").mkdir()
    bad = pa.array([b"\xff\xfe", b"ok"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"sector": bad}), tmp_path / "texts" / "1.parquet")
    assert "1.parquet cannot be read" in refused(tmp_path / "texts" / "1.parquet")
    found = open_parts(tmp_path / "texts", KINDS["firms"])
    with pytest.raises(LayerError, match=r"the part 1\.parquet cannot be read"):
        list(found.reading.batches(0))
    firms.to_parquet(tmp_path / "1.parquet")
    table = pq.read_table(tmp_path / "1.parquet")
    geo = json.loads(table.schema.metadata[b"geo"])
    geo["columns"]["geometry"]["crs"] = {"type": "ProjectedCRS", "name": "nothing"}
    (tmp_path / "system").mkdir()
    pq.write_table(
        table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), tmp_path / "system" / "1.parquet"
    )
    with pytest.raises(LayerError, match="there is no coordinate reference system"):
        open_parts(tmp_path / "system", KINDS["firms"])


def packed(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in parts.items():
            with archive.open(name, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: [archive.read(name)] for name in archive.namelist()}


@pytest.mark.parametrize("suffix", ["xlsx", "zip"])
@pytest.mark.parametrize("cheap", [True, False], ids=["much", "more than any"])
def test_archives_that_unpack_to_very_much(samples, tmp_path, monkeypatch, suffix, cheap):
    path, kind = samples[suffix]
    parts = parts_of(path)
    name = "xl/worksheets/sheet1.xml" if suffix == "xlsx" else "land.dbf"
    million = bytes(1_000_000)
    if cheap:
        parts[name] = [*parts[name], *[million] * 201]
    else:
        parts[name] = [*parts[name], os.urandom(3_000_000)]
        monkeypatch.setattr(doors, "_WORKBOOK", 2_000_000)
        monkeypatch.setattr(doors, "_ARCHIVE", 2_000_000)
    bomb = tmp_path / f"bomb.{suffix}"
    packed(bomb, parts)
    begin = time.monotonic()
    assert "would unpack to" in refused(bomb, kind)
    assert time.monotonic() - begin < 5
    other = bomb.rename(tmp_path / "bomb.gpkg")
    assert "would unpack to" in refused(other, kind), "whatever its name says"


def test_an_archive_that_lies_about_its_size(samples, tmp_path):
    path, kind = samples["xlsx"]
    parts = parts_of(path)
    parts["xl/worksheets/sheet1.xml"] += [bytes(1_000_000)] * 30
    lying = tmp_path / "lying.xlsx"
    packed(lying, parts)
    data = bytearray(lying.read_bytes())
    size = 30_000_000 + len(parts_of(path)["xl/worksheets/sheet1.xml"][0])
    for form in ("<I", "<Q"):
        told = struct.pack(form, size)
        while (place := data.find(told)) >= 0:
            data[place : place + len(told)] = struct.pack(form, 100)
    lying.write_bytes(data)
    refused(lying, kind)


def test_a_sheet_with_a_cell_at_its_far_end(samples, tmp_path):
    parts = parts_of(samples["xlsx"][0])
    cells = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>sector</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    )
    parts["xl/worksheets/sheet1.xml"] = [SHEET % cells]
    packed(tmp_path / "far.xlsx", parts)
    assert "reach to row 1048576 and column 16384" in refused(tmp_path / "far.xlsx")


def test_tables_of_a_million_columns(tmp_path):
    names = ",".join(f"c{k}" for k in range(1_000_000))
    for text in (names, f"{names}\n{names}\n", ",".join(["a"] * 20_000) + "\n", ";" * 70_000):
        (tmp_path / "wide.csv").write_text(text)
        assert "wide.csv" in refused(tmp_path / "wide.csv")
    many = {f"c{k}": [1] for k in range(doors.COLUMNS + 1)}
    pq.write_table(pa.table(many), tmp_path / "wide.parquet")
    assert "16385 columns are more than the 16384" in refused(tmp_path / "wide.parquet")


def test_tables_of_more_rows_than_are_read_whole(tmp_path, firms, monkeypatch):
    firms.to_parquet(tmp_path / "firms.parquet")
    monkeypatch.setattr("geoterritorio.layers.files.ROWS", 299)
    assert "300 rows are more than the 299" in refused(tmp_path / "firms.parquet")
    monkeypatch.setattr("geoterritorio.layers.files.ROWS", 300)
    monkeypatch.setattr("geoterritorio.layers.files.free_memory", lambda: 1000)
    assert "MB of memory" in refused(tmp_path / "firms.parquet")


@pytest.mark.parametrize("side", [100_000, 2_000_000])
@pytest.mark.parametrize("kind", ["float32", "uint8"])
def test_a_raster_that_says_to_be_huge(tmp_path, monkeypatch, side, kind):
    path = tmp_path / "huge.tif"
    nodata = 255 if kind == "uint8" else -9999
    options = {"sparse_ok": True, "tiled": True, "blockxsize": 4096, "blockysize": 4096, "bigtiff": "yes"}
    raster(path, side, side, dtype=kind, nodata=nodata, **options)
    monkeypatch.setattr("geoterritorio.layers.files.free_memory", lambda: 16_000_000_000)
    assert "MB of memory" in refused(path, "elevation")


def test_free_memory_is_told_and_where_it_is_not_nothing_is_refused(tmp_path, firms, monkeypatch):
    assert doors.free_memory() > 10_000_000
    monkeypatch.setattr(doors, "_MEMORY", tmp_path / "nowhere")
    assert doors.free_memory() > 10_000_000
    monkeypatch.delattr(os, "sysconf")
    assert doors.free_memory() is None
    firms.to_parquet(tmp_path / "firms.parquet")
    assert len(answer(tmp_path / "firms.parquet", "firms")) == 300


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e308", "1e999", "null", '"x"', "[[[]]]", "{}"]
)
@pytest.mark.parametrize("form", ["Point", "Polygon"])
def test_coordinates_that_are_none(tmp_path, number, form):
    ring = f"[[[0,0],[1,0],[1,{number}],[0,0]]]"
    text = f"[0,{number}]" if form == "Point" else ring
    path = tmp_path / "odd.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"territory":"a","sector":"1"},'
        f'"geometry":{{"type":"{form}","coordinates":{text}}}}}]}}'
    )
    found = answer(path, "firms" if form == "Point" else "territories")
    if not isinstance(found, GeoterritorioError):
        there = found.geometry[~found.geometry.isna() & ~found.geometry.is_empty]
        assert np.isfinite(there.bounds.to_numpy()).all()


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"FeatureCollection","features":' + "[" * 200_000,
        '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"x":'
        + "[" * 50_000
        + "]" * 50_000
        + "}}]}",
        '{"type":"GeometryCollection","geometries":[' * 5000,
        '{"a":' * 100_000,
    ],
    ids=["open", "property", "collections", "objects"],
)
def test_geojson_that_lies_deep(tmp_path, text):
    (tmp_path / "deep.geojson").write_text(text)
    assert "deep.geojson cannot be read" in refused(tmp_path / "deep.geojson", "territories")


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-32", "cp1252", "cp037", "utf-7", "shift_jis", "utf-8-sig"]
)
def test_encodings(tmp_path, encoding):
    text = "firm;sector;name\n1;15;Ñandú, S.L. – café\n2;47;Peña\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding, "replace"))
    found = answer(tmp_path / "t.csv", "firms")
    if encoding in ("utf-16", "utf-8-sig", "cp1252"):
        assert found["name"].tolist() == ["Ñandú, S.L. – café", "Peña"]


def test_a_file_that_changes_while_it_is_read(tmp_path, samples):
    """Replaced as a whole it is what it was before or after; overwritten in place it is read or refused."""
    path, kind = samples["gpkg"]
    one, other = path.read_bytes(), path.read_bytes()[:5000]
    target = tmp_path / "changing.gpkg"
    target.write_bytes(one)
    done = threading.Event()

    def change():
        while not done.is_set():
            target.write_bytes(other)
            target.write_bytes(one)

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(15):
            answer(target, kind)
    finally:
        done.set()
        changing.join()
    assert len(answer(target, kind)) == 6


def test_a_file_that_nobody_may_read(tmp_path, samples):
    if os.geteuid() == 0:
        assert "cannot be read" in refused("/proc/self/mem", "firms")
        return
    locked = tmp_path / "locked.csv"
    locked.write_bytes(samples["csv"][0].read_bytes())
    locked.chmod(0)
    assert "permit" in refused(locked)


def test_a_command_without_memory_refuses(tmp_path, territories, firms, monkeypatch, capsys):
    land, register = tmp_path / "land.gpkg", tmp_path / "firms.gpkg"
    write_layers({str(land): territories, str(register): firms})
    words = [
        "tabulate",
        "--territories",
        str(land),
        "--firms",
        str(register),
        "--output",
        str(tmp_path / "o.csv"),
    ]

    def full(*_args, **_options):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("geoterritorio.layers.readers.pyogrio.read_dataframe", full)
        assert main(words) == 1
    assert "there is not enough memory" in capsys.readouterr().err
    monkeypatch.setattr("geoterritorio.interface.run.gathered", full)
    assert main(words) == 1
    assert "There is not enough memory; nothing was written" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["firms.gpkg", "land.gpkg"]


def test_a_working_folder_that_is_gone(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert main(["tabulate", "--territories", "a.gpkg", "--firms", "b.csv", "--output", "o.csv"]) == 1
    assert "is gone. Change to another one" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["y" * 300, "loop/x", "gone/x", "pipe/x"])
def test_outputs_that_no_system_takes(tmp_path, name, territories):
    from geoterritorio.layers.store import check_targets

    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LayerError, match=r"cannot be written|not there or not writable"):
        check_targets({"output": str(tmp_path / f"{name}.csv")}, overwrite=False)
    with pytest.raises(LayerError):
        write_layers({str(tmp_path / f"{name}.csv"): territories})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["loop", "pipe"]


def test_outputs_of_names_as_long_as_the_system_takes(tmp_path, territories):
    path = tmp_path / f"{'y' * 250}.csv"
    write_layers({str(path): territories})
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_an_output_that_is_a_link_leaves_what_it_leads_to(tmp_path, territories):
    (tmp_path / "precious.csv").write_text("mine")
    (tmp_path / "o.csv").symlink_to(tmp_path / "precious.csv")
    write_layers({str(tmp_path / "o.csv"): territories})
    assert (tmp_path / "precious.csv").read_text() == "mine"
    assert not (tmp_path / "o.csv").is_symlink()


def test_a_layer_beside_others_in_what_is_no_file(tmp_path, territories):
    os.mkfifo(tmp_path / "pipe.gpkg")
    with pytest.raises(LayerError):
        write_layers({f"{tmp_path / 'pipe.gpkg'}|areas": territories})
    assert Path(tmp_path / "pipe.gpkg").is_fifo()


def test_keys_that_are_numbers_are_listed_where_they_repeat(tmp_path):
    (tmp_path / "covers.csv").write_text("cover,speed\n1,4\n1,5\n2,3\n")
    assert "share their identifier (cover): “1.0”" in refused(tmp_path / "covers.csv", "cover_speeds")


@pytest.mark.parametrize("words", [
    ["crosswalk", "--source", "land.gpkg", "--target", "land.gpkg"],
    ["transfer", "--source", "land.gpkg", "--target", "land.gpkg", "--figures", "figures.csv"],
    ["version-panel", "--territories", "land.gpkg", "--figures", "figures.csv"],
    ["harmonised-panel", "--territories", "land.gpkg", "--figures", "figures.csv", "--day", "2020-01-01"],
], ids=lambda words: words[0])  # fmt: skip
def test_weights_without_places(tmp_path, territories, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    write_layers({"land.gpkg": territories.assign(valid_from="2000-01-01")})
    names = territories["territory"]
    pd.DataFrame({"place": names, "population": 1}).to_csv("people.csv", index=False)
    pd.DataFrame({"territory": names, "value": 1, "period": "2020"}).to_csv("figures.csv", index=False)
    assert main([*words, "--weights", "people.csv", "--output", "o.csv"]) == 1
    assert "the rows have no places" in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()
