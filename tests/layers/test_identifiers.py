"""Identifiers of a register in parts: each once in all of them, as in one file, whatever memory there is."""

from __future__ import annotations

import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration.tools import tabulate
from geoterritorio.errors import LayerError
from geoterritorio.layers import identifiers, parquet_parts, read_firms, schema
from geoterritorio.layers.identifiers import hashed, refuse_repeated
from geoterritorio.layers.partitions import open_parts
from geoterritorio.layers.working import Working
from geoterritorio.patterns.tools import density_surface

LIMITS = [0, 30, 31, 200, 300]


@pytest.fixture
def twins(firms):
    """Two identifiers that are there twice, and rows without one."""
    firms.loc[[210, 211], "firm"] = ["f3", "f40"]
    firms.loc[[5, 100, 299], "firm"] = None
    return firms


def written(firms, folder):
    folder.mkdir()
    for k, (first, last) in enumerate(pairwise(LIMITS)):
        firms.iloc[first:last].to_parquet(folder / f"{k}.parquet")
    firms.to_parquet(folder.with_suffix(".parquet"))
    return folder


def counted(territories, folder, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tabulate(territories, open_parts(folder, schema.FIRMS, name="firms", **options))


def refusal(work):
    with pytest.raises(LayerError) as refused:
        work()
    return str(refused.value)


@pytest.mark.parametrize("at_once", [1_000_000, 7])
def test_what_occurs_in_several_parts_is_refused_as_in_one_file(
    twins, territories, tmp_path, monkeypatch, at_once
):
    monkeypatch.setattr(identifiers, "_AT_ONCE", at_once)
    folder = written(twins, tmp_path / "register")
    said = refusal(lambda: counted(territories, folder))
    whole = refusal(lambda: read_firms(folder.with_suffix(".parquet")))
    assert "4 rows share their identifier (firm): “f3”, “f40”. " in whole
    assert said == whole.replace("firms:", "firms [“0.parquet”, “2.parquet”, “3.parquet”]:")


def test_batches_of_a_part_and_rows_that_are_not_open_count_too(twins, territories, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_parts, "BATCH", 10)
    twins["closed"] = np.where(np.arange(len(twins)) < 200, "2001-01-01", None)
    twins["firm"] = twins["firm"].where(twins["firm"] != "f3", "f299")
    twins.loc[299, "firm"] = "f40"
    folder = written(twins, tmp_path / "register")
    said = refusal(lambda: counted(territories, f"{folder}?on=2020"))
    whole = refusal(lambda: read_firms(f"{folder.with_suffix('.parquet')}?on=2020"))
    assert "5 rows share" in whole
    assert said.partition("]: ")[2] == whole.partition("firms: ")[2]


def test_what_is_kept_is_compared_too_and_cured_by_one_part(twins, territories, tmp_path):
    folder = written(twins, tmp_path / "register")
    working = Working(tmp_path / "kept")
    first = refusal(lambda: counted(territories, folder, working=working))
    kept = {path.name for path in working.kept.iterdir()}
    assert len(kept) == 4
    assert refusal(lambda: counted(territories, folder, working=working)) == first
    gpd.GeoDataFrame(twins[200:]).assign(firm=None).to_parquet(folder / "3.parquet")
    found = counted(territories, folder, working=working)
    assert found["establishments"].sum() == 300
    assert len({path.name for path in working.kept.iterdir()} - kept) == 1


def test_a_surface_compares_them_too(twins, territories, tmp_path):
    folder = written(twins, tmp_path / "register")
    whole = refusal(
        lambda: density_surface(open_parts(folder, schema.FIRMS, name="firms"), territories, bandwidth="300")
    )
    assert "4 rows share their identifier" in whole


def test_rows_without_identifier_and_registers_without_any_have_no_twins(firms, territories, tmp_path):
    firms.loc[::3, "firm"] = None
    assert counted(territories, written(firms, tmp_path / "some"))["establishments"].sum() == 300
    firms = firms.drop(columns="firm")
    assert counted(territories, written(firms, tmp_path / "none"))["establishments"].sum() == 300


def test_the_same_hash_is_not_the_same_identifier(firms, territories, tmp_path, monkeypatch):
    monkeypatch.setattr("geoterritorio.layers.partitions.hashed", lambda texts: hashed(texts) % 8)
    monkeypatch.setattr(identifiers, "hashed", lambda texts: hashed(texts) % 8)
    assert counted(territories, written(firms, tmp_path / "register"))["establishments"].sum() == 300
    firms.loc[250, "firm"] = "f2"
    said = refusal(lambda: counted(territories, written(firms, tmp_path / "twins")))
    assert "firms [“0.parquet”, “3.parquet”]: 2 rows share their identifier (firm): “f2”." in said


def test_of_very_many_twins_all_are_counted_and_some_read_again(monkeypatch):
    monkeypatch.setattr(identifiers, "_LOOKED_AT", 10)
    texts = pd.Series([f"f{k}" for k in range(500)])
    hashes = np.sort(hashed(texts))
    read = []

    def again(part):
        read.append(part)
        return iter([texts])

    seen = [(0, hashes), (1, hashes[:100]), (2, hashes[400:]), (3, np.empty(0, np.uint64))]
    said = refusal(lambda: refuse_repeated(seen, again, "abcd", schema=schema.FIRMS, layer="firms"))
    assert "firms [“a”, “b”, “c”]: 400 rows share" in said
    assert read == [0, 1]


def test_hashes_are_those_of_other_processes():
    """Kept results are compared with those of other days and machines."""
    texts = pd.Series(["f1", "ñandú", "B-96"], dtype="str")
    assert hashed(texts)[0] == 18078623642821437999
    assert hashed(texts).tolist() == hashed(texts.astype(object)).tolist()
    assert hashed(texts).tolist() == hashed(texts.astype("category")).tolist()
