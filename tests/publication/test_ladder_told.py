"""What the report, the pictures and the map tell of two dates of the ladder."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.assessment.tools import ladder
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.plots import ladder_change, ladder_map, ladder_matrix
from geoterritorio.publication.standouts import standout
from geoterritorio.study.mapladder import rungs

PLACES = gpd.GeoDataFrame(
    {
        "territory": list("ABC"),
        "name": [f"Market of {n} / Mercado de {n}" for n in ("Alba", "Bolsa", "Cala")],
    },
    geometry=[box(k, 0, k + 1, 1) for k in range(3)],
    crs="EPSG:25830",
)
GATES = pd.DataFrame(
    {
        "rung": [1, 2],
        "gate": ["firm_network", "district"],
        "condition": ["local_ties", "identity"],
        "looks_at": "figure",
        "subject": ["Ties", "Identity"],
        "comparison": "≥",
        "threshold": "1",
        "kind": "quantitative",
        "required": "yes",
        "title": ["Ties stay", "Identity is known"],
        "version": "mine",
    }
)


def figures(*rows):
    table = pd.DataFrame(rows, columns=["territory", "Ties", "Identity"]).melt(
        "territory", var_name="indicator"
    )
    return table.assign(
        low=table["value"], high=table["value"], period="2014" if rows[0][1] < 1 else "2024-10"
    )


@pytest.fixture(scope="module")
def dates():
    then = ladder(PLACES, figures(("A", 0.0, 0.0), ("B", 2.0, 0.0)), gates=GATES, on="2014")
    now = ladder(
        PLACES,
        figures(("A", 2.0, 2.0), ("B", 2.0, 2.0), ("C", 2.0, 0.0)),
        gates=GATES,
        before=then.conditions,
    )
    return then, now


def own(result, lang):
    return result.areas.assign(name=[n.split(" / ")[lang == "es"] for n in result.areas["name"]])


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        (
            "en",
            (
                "Between 2014 and the latest figures (up to 2024-10) certainly risen: Alba (from “no gate” to ",
                "“district”); Bolsa (from “firm network” to “district”).",
                "Not met then and met now: ties that stay (1); identity (2).",
                "None has certainly fallen.",
                "Of 1 of 3 neither is certain",
            ),
        ),
        ("es", ("Entre 2014 y las últimas cifras (hasta 2024-10) han subido con seguridad: Alba (de «por",)),
    ],
)
def test_the_chapter_of_the_ladder_tells_who_surely_rose_and_for_which_condition(dates, lang, texts):
    table = own(dates[1], lang)
    told = standout(Listing("Ladder", pd.DataFrame(table), "", kind="ladder_areas"), lang)
    for text in texts:
        assert text in told
    alone = standout(Listing("Ladder", pd.DataFrame(own(dates[0], lang)), "", kind="ladder_areas"), lang)
    assert "2014" not in alone


def words(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(lambda o: hasattr(o, "get_text"))]


def test_pictures_of_two_dates_have_their_date_and_one_order(dates):
    orders = []
    for result, date in zip(dates, ("2014", "the latest figures (up to 2024-10)"), strict=True):
        outputs = {**vars(result), "areas": own(result, "en")}
        for plot in (ladder_matrix, ladder_map):
            assert date in plot(outputs)._suptitle.get_text()
        matrix = ladder_matrix(outputs)
        orders.append([t.get_text() for t in matrix.axes[0].get_xticklabels()])
    assert orders[0] == orders[1] == ["…Alba", "…Bolsa", "…Cala"]


def test_the_change_is_drawn_with_both_dates_and_arrows_where_it_is_certain(dates):
    outputs = {**vars(dates[1]), "areas": own(dates[1], "en")}
    figure = ladder_change(outputs)
    axes = figure.axes[0]
    assert [t.get_weight() for t in axes.get_yticklabels()] == ["bold", "bold", "normal"]
    assert sum(getattr(t, "arrow_patch", None) is not None for t in axes.texts) == 2
    told = " ".join(words(figure))
    assert "2014" in told
    assert "2024-10" in told
    # Without an earlier run there is nothing to draw, and the picture says why.
    assert "No earlier run" in " ".join(words(ladder_change({**vars(dates[0])})))


def test_an_opened_territory_tells_its_date_and_where_it_stood(dates):
    layer = rungs(dates[1].areas.to_crs(4326), {"en": "Ladder", "es": "Escalera"})
    row = {c: layer.table[c].iloc[0] for c in layer.look.facts}
    told = {
        heading["es"]: layer.look.words.get(row[c], {"es": row[c]})["es"]
        for c, heading in layer.look.facts.items()
    }
    assert told["A fecha de"] == "las últimas cifras (hasta 2024-10)"
    assert told["Fecha anterior"] == "2014"
    assert told["Como mínimo, entonces"] == "por debajo del primer peldaño"
    assert told["Desde la fecha anterior"] == "ha subido con seguridad"
    assert told["Se cumple ahora, no entonces"] == "vínculos que se quedan; identidad"
