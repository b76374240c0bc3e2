"""Pictures that have nothing to draw, and the order of steps."""

import pandas as pd

from geoterritorio.publication.chapter import Drawn
from geoterritorio.publication.drawing import canvas, nothing, undrawn
from geoterritorio.study import pictures
from geoterritorio.study.config import read_plan

AREAS = "territory,name,x,y\na,A,0,0\nb,B,1,1\n"


def test_a_picture_without_data_is_no_file_and_is_told_in_a_sentence(tmp_path):
    drawn = {
        "full": Drawn(canvas(2.0)[0], "Something"),
        "bare": Drawn(nothing("en", "No second period."), "Change of the division of labour"),
    }
    shown, told = pictures.parted(drawn, "en")
    assert list(shown) == ["full"]
    assert [t.render() for t in told] == [
        "Not drawn, since there is nothing to draw: Change of the division of labour. No second period."
    ]
    assert undrawn(drawn["full"].figure) is None
    pictures.write(tmp_path / "plots", {"step": drawn})
    assert [f.name for f in (tmp_path / "plots").iterdir()] == ["step.full.png"]


def test_steps_keep_the_order_of_the_file_but_for_what_must_wait(tmp_path):
    pd.DataFrame({"territory": ["a"], "indicator": ["I"], "value": [1.0]}).to_csv(tmp_path / "i.csv")
    (tmp_path / "areas.csv").write_text(AREAS)
    layer = 'kind = "{}"\npath = "{}"\n'
    text = '[study]\ntitle = "T"\n[layers.areas]\n' + layer.format("territories", "areas.csv")
    ladder = '[steps.{}]\ntool = "ladder"\nterritories = "areas"\n{}'
    text += ladder.format("late", 'before = "early.conditions"\n')
    text += ladder.format("second", "") + ladder.format("early", "") + ladder.format("last", "")
    (tmp_path / "study.toml").write_text(text)
    assert [s.name for s in read_plan(tmp_path / "study.toml").steps] == ["second", "early", "late", "last"]
