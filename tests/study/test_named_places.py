"""Territories that a story names are looked up before anything is computed, and told with those written alike."""

import pytest

from geoterritorio.errors import StudyError
from geoterritorio.study import check_study, run_study

STUDY = """
[study]
title = "Squares"

[layers.squares]
kind = "territories"
path = "squares.csv"
crs = "EPSG:4326"

[layers.jobs]
kind = "counts"
path = "jobs.csv"

[steps.lq]
tool = "location_quotient"
territories = "squares"
counts = "jobs"
[disclosure]
off = "Nobody is told of in these invented counts."
[[map.story]]
title = "One"
text = "Here it is."
layer = "lq"
sector = "10"
territory = "{first}"
compare = {{ territory = "{second}" }}
"""


def study(folder, first, second):
    ids = ("012", "013", "140")
    rows = [
        f"{i},{name},{k},{k}" for k, (i, name) in enumerate(zip(ids, ("Alba", "Berta", "Cora"), strict=True))
    ]
    (folder / "squares.csv").write_text("\n".join(["territory,name,x,y", *rows]), encoding="utf-8")
    jobs = [f"{i},{sector},{n}" for i in ids for sector, n in (("10", 5), ("20", 9))]
    (folder / "jobs.csv").write_text("\n".join(["territory,sector,employment", *jobs]), encoding="utf-8")
    file = folder / "study.toml"
    file.write_text(STUDY.format(first=first, second=second), encoding="utf-8")
    return file


def test_check_and_run_refuse_all_unknown_territories_with_key_and_candidates(tmp_path):
    file = study(tmp_path, "12", "alba")
    for tried in (lambda: check_study(file), lambda: run_study(file, tmp_path / "out")):
        with pytest.raises(StudyError) as caught:
            tried()
        first, second = map(str, caught.value.problems)
        assert first.startswith("map.story[1].territory: “squares” has no territory “12”. Did you mean “012”")
        assert (
            second == "map.story[1].compare.territory: “squares” has no territory “alba”. Did you mean “012”?"
        )
    assert not (tmp_path / "out").exists()


def test_what_nothing_is_like_is_told_with_what_there_is(tmp_path):
    with pytest.raises(StudyError, match=r"has no territory “ZZZ”\. It has: “012”, “013”, “140”"):
        check_study(study(tmp_path, "ZZZ", "013"))
    assert check_study(study(tmp_path, "012", "140")).steps["step"].tolist() == ["lq"]


def test_profiles_are_checked_too(tmp_path):
    file = study(tmp_path, "012", "013")
    file.write_text(
        file.read_text(encoding="utf-8") + '[profiles]\nterritories = ["ZZZ"]\n', encoding="utf-8"
    )
    with pytest.raises(StudyError, match=r"profiles\.territories"):
        check_study(file)
