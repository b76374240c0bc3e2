"""Pictures of systems of innovation: what is missing, unknown and beyond chance is seen in them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geoterritorio.errors import LayerError
from geoterritorio.identification.tools import (
    InnovationRules,
    innovation_system,
    institutional_thickness,
    training_match,
)
from geoterritorio.publication import plots


@pytest.fixture(scope="module")
def given():
    shapes = [box(10_000 * k, 0, 10_000 * (k + 1), 10_000) for k in range(3)]
    land = gpd.GeoDataFrame({"territory": list("ABC")}, geometry=shapes, crs=25830)
    table = {"institution": ["a", "b"], "kind": ["training", "finance"], "fields": ["071", None]}
    return land, gpd.GeoDataFrame(table, geometry=[Point(5000, 5000), Point(15_000, 5000)], crs=25830)


def texts(figure):
    return [t.get_text() for t in figure.axes[0].texts]


def test_missing_and_unknown_kinds_are_told_apart(given):
    found = innovation_system(*given, rules=InnovationRules(covered="A;B", kinds="training;finance"))
    figure = plots.institution_matrix(vars(found), focus="B", lang="es")
    assert sorted(texts(figure)) == sorted(["1", "\N{MULTIPLICATION SIGN}"] * 2 + ["?"] * 2)
    bold = {t.get_text(): t.get_fontweight() for t in figure.axes[0].get_yticklabels()}
    assert (bold["B"], bold["A"]) == ("bold", "normal")
    with pytest.raises(LayerError, match="none of those that this picture can be about"):
        plots.institution_matrix(vars(found), focus="Z")


def test_kinds_of_which_chance_is_withheld_are_a_class_of_their_own(given):
    found = innovation_system(*given, rules=InnovationRules(covered="A;B", kinds="training;finance"))
    presence = found.presence.assign(certainty="withheld")
    figure = plots.institution_matrix({"areas": found.areas, "presence": presence}, lang="en")
    (legend,) = figure.legends
    words = [text.get_text().replace("\n", " ") for text in legend.get_texts()]
    assert words == ["present; whether more than chance is withheld", "none", "unknown: not covered"]
    assert sum(patch.get_hatch() == "...." for patch in figure.axes[0].patches) == 2
    bare = plots.institution_matrix(
        {"areas": found.areas, "presence": presence.assign(number=np.nan)}, lang="en"
    )
    assert "\N{EN DASH}" not in texts(bare), "no number is no dash"
    open_ = found.presence.assign(certainty=["withheld", *found.presence["certainty"].iloc[1:]])
    both = plots.institution_matrix({"areas": found.areas, "presence": open_}, lang="en")
    assert len(both.legends[0].get_texts()) == 5


def test_unknown_parts_are_question_marks(given):
    figure = plots.thickness_parts(vars(institutional_thickness(*given)))
    assert texts(figure).count("?") == 3 * 3


def test_bars_of_training_add_up_to_all_jobs(given):
    counts = pd.DataFrame(
        {"territory": ["A", "A", "B"], "sector": ["28.4", "15.2", "15.2"], "employment": [30.0, 70.0, 9.0]}
    )
    figure = plots.training_bars(vars(training_match(*given, counts=counts)))
    widths = [b.get_width() for b in figure.axes[0].patches]
    assert sum(widths) == pytest.approx(2)
    assert widths[0] == pytest.approx(0.3)
