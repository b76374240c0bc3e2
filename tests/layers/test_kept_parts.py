"""Results of parts that are kept: what is not as it was written is worked through again, and never believed."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import message
from geoterritorio.layers.working import Outcome, Task, Working, _keep, _taken, in_order, key_of, software

KEYS = [key_of("work", k) for k in range(2)]
RESULT = [[0.0, 1.0, 2.0], [1.0, 1.0, 2.0]]


def summed(part):
    return {"sums": np.array([part, 1.0, 2.0]), "names": np.array(["café", "x"])}


def run(folder):
    """Sums of all parts, and which of them were worked through now."""
    now = []

    def batches(part):
        now.append(part)
        yield part

    task = Task(summed, batches, software())
    found = list(in_order(task, ["a", "b"], KEYS, Working(folder)))
    assert [sums["names"].tolist() for _, sums in found] == [["café", "x"]] * 2
    return [sums["sums"].tolist() for _, sums in found], now


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    assert run(folder) == (RESULT, [0, 1])
    assert run(folder) == (RESULT, [])
    file = next(p for p in folder.iterdir() if KEYS[0][:40] in p.name)
    return file, file.read_bytes()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_was_changed_anywhere_is_counted_again(kept, data):
    file, whole = kept
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                whole[:place]
                + bytes([whole[place] ^ (1 << data.draw(st.integers(0, 7)))])
                + whole[place + 1 :],
                whole[:place],
                whole[place + 1 :],
                whole + whole[: place + 1],
                whole[:place] + data.draw(st.binary(min_size=1)) + whole[place:],
            ]
        )
    )
    file.write_bytes(changed)
    assert run(file.parent) == (RESULT, [] if changed == whole else [0])
    assert file.read_bytes() == whole


def test_what_is_of_another_part_or_of_an_earlier_version_is_not_taken(kept):
    file, whole = kept
    other = file.with_name(file.name.replace(KEYS[0][:40], KEYS[1][:40]))
    file.write_bytes(other.read_bytes())
    assert run(file.parent) == (RESULT, [0])
    file.write_bytes(whole[hashlib.sha256().digest_size :])  # arrays without a hash
    assert run(file.parent) == (RESULT, [0])


@pytest.mark.parametrize(
    "said", ["[1]", "null", '[{"text": "x"}]', '[{"text": "x", "values": [1]}]', "{", "[" * 100_000, None]
)
def test_what_others_wrote_with_its_hash_is_no_fault_of_ours(kept, said):
    file, _ = kept
    content = io.BytesIO()
    np.savez_compressed(content, **({} if said is None else {"said": np.array(said)}))
    forged = content.getvalue()
    file.write_bytes(hashlib.sha256(KEYS[0].encode() + forged).digest() + forged)
    assert run(file.parent) == (RESULT, [0])


def test_what_was_said_is_kept(tmp_path):
    outcome = Outcome(({"a": np.arange(3)},), (message("{layer}: no.", layer=message("b")),))
    _keep(tmp_path, KEYS[0], outcome)
    found = _taken(tmp_path, KEYS[0])
    assert found.said == outcome.said
    assert found.sums[0]["a"].tolist() == [0, 1, 2]
