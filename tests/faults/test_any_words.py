"""Study files and sources made by hypothesis: what is checked, or a refusal in the house's words, and nothing else."""

import copy
import json
import sys
import tomllib
from importlib import util
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioError
from geoterritorio.layers import read_layer
from geoterritorio.layers.postgis.address import split_address
from geoterritorio.layers.readers import in_parts, split_options, split_source
from geoterritorio.layers.schema import KINDS
from geoterritorio.study import read_plan

ROOT = Path(__file__).parents[2]
often = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def _samples():
    """The module of the long campaign, which knows a study with all sections, and hostile values."""
    spec = util.spec_from_file_location("fuzz_samples", ROOT / "benchmarks" / "fuzz_samples.py")
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


FUZZ = _samples()
WHOLE = tomllib.loads(FUZZ.STUDY)


def _words(value):
    """Keys and texts of a document: other places where they stand are more telling than words nobody uses."""
    if isinstance(value, dict):
        return {*value, *(w for v in value.values() for w in _words(v))}
    if isinstance(value, list):
        return {w for v in value for w in _words(v)}
    return {value} if isinstance(value, str) else set()


KNOWN = sorted(_words(WHOLE))
HOSTILE = [v for v in FUZZ.HOSTILE if isinstance(v, str)]
texts = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=()), max_size=12),
)
values = st.recursive(
    st.one_of(
        texts,
        st.integers(),
        st.integers(-2, 5),
        st.floats(),
        st.booleans(),
        st.dates(),
        st.datetimes(),
        st.times(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
changes = st.lists(
    st.tuples(st.sampled_from(["replace", "delete", "add", "call"]), st.integers(0, 999), texts, values),
    min_size=1,
    max_size=4,
)


def _places(value):
    """Every container of a document with each of its keys, at any depth."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(parts):
        yield value, key
        if isinstance(part, dict | list):
            yield from _places(part)


def _changed(document, how, number, name, value):
    places = list(_places(document))
    if not places:
        return
    where, key = places[number % len(places)]
    if how == "replace":
        where[key] = value
    elif how == "delete":
        del where[key]
    elif isinstance(where, list):
        where.append(value)
    else:
        where[name] = value if how == "add" else where.pop(key)


def _written(document):
    return "\n".join(f"{json.dumps(str(k))} = {FUZZ.told(v)}" for k, v in document.items())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files that the study names."""
    folder = tmp_path_factory.mktemp("words")
    for kind, frame in FUZZ.tables().items():
        frame.to_csv(folder / f"{kind}.csv", index=False)
    for kind in ("territories", "institutions"):
        FUZZ.maps()[kind].to_file(folder / f"{kind}.map.gpkg")
    (folder / "parts").mkdir()
    FUZZ.maps()["firms"].to_parquet(folder / "parts" / "1.parquet")
    (folder / "study.toml").write_text(FUZZ.STUDY)
    read_plan(folder / "study.toml")
    return folder


def _told(error):
    assert error.problems
    assert all(str(p).strip() for p in error.problems)


def _plan_or_refusal(folder, document):
    file = folder / "changed.toml"
    file.write_bytes(_written(document).encode("utf-8", "surrogatepass"))
    try:
        plan = read_plan(file)
    except GeoterritorioError as error:
        _told(error)
    else:
        assert plan.steps


@often
@given(changed=changes)
def test_studies_of_which_any_part_is_something_else(folder, changed):
    document = copy.deepcopy(WHOLE)
    for change in changed:
        _changed(document, *change)
    _plan_or_refusal(folder, document)


@often
@given(section=st.sampled_from(sorted(WHOLE)), table=st.dictionaries(texts, values, max_size=4))
def test_sections_that_hold_anything(folder, section, table):
    _plan_or_refusal(folder, {**copy.deepcopy(WHOLE), section: table})


SIGNS = st.sampled_from(
    [*"?&=|;:/@%#\"'. ", "on", "kind", "crs", "places", "parts", "table", "EPSG:4326", "2025"]
)
addressed = st.one_of(st.text(), st.lists(st.one_of(SIGNS, texts), max_size=12).map("".join))


@settings(max_examples=200)
@given(source=addressed)
@example("what?.csv")
@example("a?b=c&d=")
@example("file.gpkg|x?on=?&kind==")
def test_sources_come_apart_and_together(source):
    text, options = split_options(source)
    assert all(k and v for k, v in options.items())
    if options:
        said = source[len(text) + 1 :]
        assert source == f"{text}?{said}"
        assert {part.split("=", 1)[0] for part in said.split("&")} == options.keys()
    else:
        assert text == source
    path, layer = split_source(text)
    assert layer is None or text.endswith(layer)
    assert isinstance(path, Path)
    assert isinstance(in_parts(source), bool)


@settings(max_examples=200)
@given(rest=addressed)
@example("[")
@example("u@h:x/db?table=a.b.c")
@example('h/d?table="a')
def test_addresses_of_databases_are_ones_or_refused(rest):
    try:
        address, options = split_address(f"postgresql://{rest}")
        again, others = split_address(str(address))
    except GeoterritorioError as error:
        _told(error)
        return
    assert again == address
    assert others == {}
    assert all(isinstance(v, str) for v in options.values())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    rest=addressed, mark=st.sampled_from(["?", "|", "?on=", "?kind=", "?crs=", "?places=", "?sector=10&", ""])
)
def test_files_with_anything_behind_their_name(folder, rest, mark):
    """A small register: what is taken of it is a layer with its columns, however few its rows."""
    source = f"{folder / 'firms.csv'}{mark}{rest}"
    try:
        layer = read_layer(source, KINDS["firms"], name="register")
    except GeoterritorioError as error:
        _told(error)
        return
    assert isinstance(layer, pd.DataFrame)
    assert {"firm", "sector"} <= set(layer.columns)
