"""Registers in parts: the same door, the same counts to the bit, faults that name the part, and what is kept."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from geoterritorio.concentration import tabulation_parts
from geoterritorio.concentration.tools import location_quotient, tabulate
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.interface import cli
from geoterritorio.layers import parquet_parts, read_firms, schema
from geoterritorio.layers.partitions import Parts, in_parts, open_parts, read_layer
from geoterritorio.layers.working import Working


@pytest.fixture
def register(tmp_path, firms):
    """Five parts of different sizes, one of them empty, with unknown jobs, names and firms outside."""
    firms = firms.assign(sector_name="Oficio " + firms["sector"].astype(str))
    firms.loc[::17, "employment"] = np.nan
    firms.loc[5:9, "geometry"] = shapely.Point(-500, -500)
    return written(firms, tmp_path / "register", [0, 30, 31, 31, 200, 300])


def written(firms, folder, limits):
    folder.mkdir()
    for k, (first, last) in enumerate(pairwise(limits)):
        firms.iloc[first:last].to_parquet(folder / f"part-{k}.parquet")
    firms.to_parquet(folder.with_suffix(".parquet"))
    return folder


def parts_of(source, **options) -> Parts:
    return open_parts(source, schema.FIRMS, name="firms", **options)


def told(work):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", GeoterritorioWarning)
        found = work()
    return found, [str(w.message) for w in said]


def same(parts, territories, whole):
    found, said = told(lambda: tabulate(territories, parts))
    expected, said_of_whole = told(lambda: tabulate(territories, whole))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert said == said_of_whole
    quotients, said = told(lambda: location_quotient(territories, parts))
    expected, said_of_whole = told(lambda: location_quotient(territories, whole))
    pd.testing.assert_frame_equal(quotients.quotients, expected.quotients, check_exact=True)
    assert said == said_of_whole


def test_parts_are_counted_as_the_whole_to_the_bit(register, territories):
    same(parts_of(register), territories, read_firms(register.with_suffix(".parquet")))


def test_batches_and_row_groups_change_nothing(register, territories, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_parts, "BATCH", 40)
    whole = gpd.read_parquet(register.with_suffix(".parquet"))
    whole.to_parquet(tmp_path / "one.parquet", row_group_size=16)
    parts = parts_of(f"{tmp_path / 'one.parquet'}?parts")
    assert len(parts) == 10  # 19 groups of 16, two at a time
    same(parts, territories, read_firms(tmp_path / "one.parquet"))
    whole.to_parquet(tmp_path / "large.parquet")
    assert len(list(parts_of(tmp_path / "large.parquet").reading.batches(0))) == 8
    same(parts_of(tmp_path / "large.parquet"), territories, read_firms(tmp_path / "large.parquet"))


def test_the_order_of_parts_and_of_columns_changes_no_count(register, territories):
    expected, _ = told(lambda: tabulate(territories, parts_of(register)))
    first = gpd.read_parquet(register / "part-0.parquet")
    (register / "part-0.parquet").unlink()
    first[list(reversed(first.columns))].to_parquet(register / "z.parquet")
    found, _ = told(lambda: tabulate(territories, parts_of(register)))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_sector_may_be_in_one_part_only_and_a_part_wholly_outside(register, territories):
    alone = gpd.read_parquet(register / "part-1.parquet").assign(sector="99", firm="z")
    alone.to_parquet(register / "part-7.parquet")
    outside = alone.assign(firm="y").set_geometry([shapely.Point(-9, -9)], crs=alone.crs)
    outside.to_parquet(register / "part-8.parquet")
    found, said = told(lambda: tabulate(territories, parts_of(register)))
    assert found.loc[found["sector"] == "99", "establishments"].tolist() == [1.0]
    assert "6 of 302 establishments" in said[0]


def test_tables_with_territories_and_with_coordinates(register, territories, tmp_path):
    whole = gpd.read_parquet(register.with_suffix(".parquet"))
    table = pd.DataFrame(whole.drop(columns="geometry"))
    table["territory"] = np.resize(list("abcx"), len(table))
    folder = written(table, tmp_path / "tables", [0, 100, 300])
    same(parts_of(folder), territories, read_firms(folder.with_suffix(".parquet")))
    territories = territories.set_geometry(territories.translate(5e5, 4.3e6))
    east, north = whole.geometry.x + 5e5, whole.geometry.y + 4.3e6
    table = table.drop(columns="territory").assign(east=east, north=north)
    folder = written(table, tmp_path / "places", [0, 100, 300])
    where = {"x": "east", "y": "north"}
    whole = read_firms(folder.with_suffix(".parquet"), crs="EPSG:25830", **where)
    same(parts_of(f"{folder}?crs=EPSG:25830", columns=where), territories, whole)


def test_own_names_of_columns_and_a_day(register, territories, tmp_path):
    whole = gpd.read_parquet(register.with_suffix(".parquet"))
    whole = whole.rename(columns={"sector": "CNAE", "employment": "Empleo"})
    whole["closed"] = np.where(np.arange(len(whole)) < 40, "2001-01-01", None)
    folder = written(whole, tmp_path / "own", [0, 30, 300])
    own = {"sector": "CNAE", "employment": "Empleo"}
    parts = parts_of(f"{folder}?on=2020", columns=own)
    expected = read_layer(
        f"{folder.with_suffix('.parquet')}?on=2020", schema.FIRMS, columns=own, name="firms"
    )
    same(parts, territories, expected)


def test_other_shapes_of_points_are_read_alike(firms):
    binary = pa.array(shapely.to_wkb(firms.geometry.array))
    plain = parquet_parts.points(binary, "WKB")
    assert shapely.equals_exact(plain, np.asarray(firms.geometry.array)).all()
    sliced = parquet_parts.points(binary.slice(7, 20), "WKB")
    assert shapely.equals_exact(sliced, plain[7:27]).all()
    raised = shapely.force_3d(firms.geometry.array, 5.0)
    mixed = [None, *shapely.to_wkb(raised[1:], byte_order=0)]
    found = parquet_parts.points(pa.array(mixed, pa.binary()), "WKB")
    assert found[0] is None
    assert (shapely.get_x(found[1:]) == shapely.get_x(plain[1:])).all()


def test_native_points_are_read(register, territories, tmp_path):
    whole = gpd.read_parquet(register.with_suffix(".parquet"))
    whole.to_parquet(tmp_path / "native.parquet", geometry_encoding="geoarrow")
    same(parts_of(tmp_path / "native.parquet"), territories, whole)


def changed(register, name, change):
    change(gpd.read_parquet(register / name)).to_parquet(register / name)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.to_crs(4326), "another coordinate reference system"),
        (lambda f: f.drop(columns="employment"), "only one has the columns “employment”"),
        (lambda f: f.assign(sector=15), "of another type"),
        (lambda f: f.assign(employment=-1.0), "part-3.parquet"),
        (lambda f: f.assign(sector=None), "has empty cells"),
        (lambda f: f.assign(firm="same"), "share their identifier"),
    ],
    ids=["system", "columns", "type", "negative", "no sector", "identifiers"],
)
def test_a_part_that_is_otherwise_is_refused_by_name(register, territories, change, words):
    changed(register, "part-3.parquet", change)
    with pytest.raises(LayerError) as refused:
        told(lambda: tabulate(territories, parts_of(register)))
    assert words in str(refused.value)
    assert "part-3.parquet" in str(refused.value)


def test_numbers_as_text_are_refused(register, territories):
    for path in register.iterdir():
        changed(register, path.name, lambda f: f.assign(employment=f["employment"].astype(str)))
    with pytest.raises(LayerError, match="numbers must be numbers"):
        told(lambda: tabulate(territories, parts_of(register)))


def test_nothing_in_a_folder_is_refused(register):
    for path in register.iterdir():
        changed(register, path.name, lambda f: f.iloc[:0])
    with pytest.raises(LayerError, match="no rows"):
        parts_of(register)
    with pytest.raises(LayerError, match="no column “rama”"):
        parts_of(register.with_suffix(".parquet"), columns={"sector": "rama"})
    with pytest.raises(LayerError, match="cannot be chosen by “province”"):
        parts_of(f"{register.with_suffix('.parquet')}?province=03")


def corrupt(path):
    data = bytearray(path.read_bytes())
    data[4:300] = bytes(255 - b for b in data[4:300])
    path.write_bytes(bytes(data))


def test_a_corrupt_part_is_named_and_what_is_kept_is_taken_again(
    register, territories, tmp_path, monkeypatch
):
    whole = (register / "part-3.parquet").read_bytes()
    corrupt(register / "part-3.parquet")
    working = Working(tmp_path / "kept")
    with pytest.raises(LayerError, match=r"part-3\.parquet cannot be read"):
        told(lambda: tabulate(territories, parts_of(register, working=working)))
    assert len(list(working.kept.iterdir())) == 2
    (register / "part-3.parquet").write_bytes(whole)
    counted = []
    original = tabulation_parts.Counting.__call__
    monkeypatch.setattr(
        tabulation_parts.Counting,
        "__call__",
        lambda self, batch: counted.append(len(batch)) or original(self, batch),
    )
    found, said = told(lambda: tabulate(territories, parts_of(register, working=working)))
    assert counted == [169, 100]
    again, said_again = told(lambda: tabulate(territories, parts_of(register, working=working)))
    assert counted == [169, 100]
    assert said == said_again
    pd.testing.assert_frame_equal(found, again, check_exact=True)
    same(parts_of(register, working=working), territories, read_firms(register.with_suffix(".parquet")))
    assert not [p for p in working.kept.iterdir() if p.name.startswith(".")]


def test_what_is_kept_counts_only_for_the_same_work(register, territories, tmp_path):
    working = Working(tmp_path / "kept")
    told(lambda: tabulate(territories, parts_of(register, working=working)))
    assert len(list(working.kept.iterdir())) == 4
    moved = territories.assign(geometry=territories.translate(1.0))
    told(lambda: tabulate(moved, parts_of(register, working=working)))
    assert len(list(working.kept.iterdir())) == 8
    for path in working.kept.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    same(parts_of(register, working=working), territories, read_firms(register.with_suffix(".parquet")))


def test_a_folder_that_cannot_be_is_refused(register, territories, tmp_path):
    (tmp_path / "kept").write_text("")
    with pytest.raises(LayerError, match="cannot be kept"):
        told(lambda: tabulate(territories, parts_of(register, working=Working(tmp_path / "kept"))))


def test_progress_counts_parts_and_may_cancel(register, territories):
    seen = []

    def progress(fraction, _text=""):
        seen.append(fraction)
        if fraction > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tabulate(territories, parts_of(register), progress=progress)
    assert seen[1:] == [0.0, 0.2, 0.4]


def test_commands_take_a_register_in_parts(register, territories, tmp_path, capsys):
    territories.to_parquet(tmp_path / "t.parquet")
    given = ["--territories", str(tmp_path / "t.parquet"), "--progress", "none"]
    for name, source in (("parts", f"{register}/*.parquet"), ("one", register.with_suffix(".parquet"))):
        words = ["tabulate", "--firms", str(source), *given, "--output", str(tmp_path / f"{name}.csv")]
        assert cli.main([*words, "--kept", str(tmp_path / "kept")]) == 0
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert len(list((tmp_path / "kept").iterdir())) == 4
    assert capsys.readouterr().err.count("“--kept”: no layer of this run is a register in parts") == 1
    words = ["location-quotient", "--firms", str(register), *given, "--output", str(tmp_path / "lq.csv")]
    assert cli.main(words) == 0
    capsys.readouterr()
    words = ["ellison-glaeser", "--firms", str(register), *given, "--output", str(tmp_path / "eg.csv")]
    assert cli.main(words) == 1
    assert "Tabulate it first" in capsys.readouterr().err
    assert not (tmp_path / "eg.csv").exists()


def test_refusals_survive_the_way_between_processes():
    error = LayerError([message("{layer}: no.", layer="firms"), message("b")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems  # noqa: S301 - made one line above


def test_what_is_in_parts(register, tmp_path):
    (tmp_path / "a.gdb").mkdir()
    assert in_parts(register)
    assert not in_parts(tmp_path / "a.gdb")
    assert not in_parts(tmp_path / "x.csv")
    with pytest.raises(LayerError, match="in parts"):
        read_firms(register)


def test_what_other_programs_leave_in_a_folder_is_no_part(register, tmp_path):
    alike = [f"{register}", f"{register}/*.parquet", f"{register}/**/*.parquet"]
    assert [len(parts_of(source)) for source in alike] == [4, 4, 4]
    for aside in (".ipynb_checkpoints/0.parquet", "_temporary/0/part.parquet", "_0.parquet", ".0.parquet"):
        (register / aside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(register / "part-0.parquet", register / aside)
    assert [len(parts_of(source)) for source in alike] == [4, 4, 4]
    hidden = tmp_path / "_hidden"
    register.rename(hidden)  # whoever names a folder wants it
    assert [len(parts_of(s)) for s in (f"{hidden}", f"{hidden}/*.parquet")] == [4, 4]


def test_endings_of_parquet(register, territories, tmp_path):
    whole = read_firms(register.with_suffix(".parquet"))
    for name, ending in (("part-0", "geoparquet"), ("part-3", "PARQUET"), ("part-4", "parq")):
        (register / f"{name}.parquet").rename(register / f"{name}.{ending}")
    same(parts_of(register), territories, whole)
    assert in_parts(register / "part-3.PARQUET?parts")
    assert len(read_firms(register / "part-0.geoparquet")) == 30
    register.rename(tmp_path / "written.parquet")  # as other programs call such a folder
    same(parts_of(tmp_path / "written.parquet"), territories, whole)


def test_what_is_beside_the_parts_is_told_once(register, territories):
    for name in ("more.csv", "readme.txt", "_SUCCESS", ".part-0.parquet.crc"):
        (register / name).write_text("")
    (register / "linked").symlink_to(register.parent)
    parts, said = told(lambda: parts_of(register))
    assert len(said) == 1
    assert "3 files or linked folders" in said[0]
    assert "“linked”, “more.csv”, “readme.txt”" in said[0]
    assert told(lambda: parts_of(f"{register}/*.parquet"))[1] == []
    assert not [text for text in told(lambda: tabulate(territories, parts))[1] if "beside" in text]


def test_a_folder_that_cannot_be_looked_into_is_refused(register, monkeypatch):
    (register / "inner").mkdir()
    look = os.scandir

    def scandir(place):
        if str(place).endswith("inner"):
            raise PermissionError(errno.EACCES, "", str(place))
        return look(place)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(LayerError, match=r"inner cannot be looked into \(the system does not permit it\)"):
        parts_of(register)


def other_groups(path):
    gpd.read_parquet(path).to_parquet(path, row_group_size=16)


def other_system(path):
    gpd.read_parquet(path).set_crs(25829, allow_override=True).to_parquet(path)


@pytest.mark.parametrize(
    "change", [other_groups, other_system, lambda path: path.touch(), corrupt, os.remove]
)
@pytest.mark.parametrize("late", [False, True], ids=["before it is read", "while it is read"])
def test_a_part_that_changes_is_refused_and_not_kept(
    register, territories, tmp_path, monkeypatch, change, late
):
    monkeypatch.setattr(parquet_parts, "BATCH", 200)
    working = Working(tmp_path / "kept")
    parts = parts_of(register, working=working)
    decoded = parquet_parts.ParquetSource._decoded

    def meanwhile(source, batch):
        if batch.num_rows == 100:
            change(register / "part-4.parquet")
        return decoded(source, batch)

    if late:
        monkeypatch.setattr(parquet_parts.ParquetSource, "_decoded", meanwhile)
    else:
        change(register / "part-4.parquet")
    words = "there is no such file" if change is os.remove else "was changed while the register was read"
    with pytest.raises(LayerError, match=rf"part-4\.parquet.*{words}"):
        told(lambda: tabulate(territories, parts))
    assert len(list(working.kept.iterdir())) == 3


def test_a_part_with_another_head_is_another_though_size_and_time_are_the_same(register):
    path = register / "part-4.parquet"
    before, when = parts_of(register).reading.source, path.stat().st_mtime_ns
    data = path.read_bytes()
    place = data.rindex(b"parquet-cpp-arrow")  # who wrote it, in the head
    path.write_bytes(data[:place] + b"parquet-xxx-arrow" + data[place + 17 :])
    os.utime(path, ns=(when, when))
    assert before.identity(3) != parts_of(register).reading.source.identity(3)
    with pytest.raises(LayerError, match="was changed"):
        list(before.read(3, ["sector"]))
