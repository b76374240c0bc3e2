"""Columns of lists: what is understood, what is refused, what is only told."""

import warnings

import pandas as pd
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.i18n import translator
from geoterritorio.layers import as_layer, vocabulary
from geoterritorio.layers.schema import KINDS

spanish = translator("es")


def read(kind, table):
    """Layer and what was said in Spanish."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        layer = as_layer(pd.DataFrame(table), KINDS[kind])
    return layer, [w.message.message.render(spanish) for w in said]


@pytest.mark.parametrize(
    ("kind", "column", "values", "codes"),
    [
        (
            "actions",
            "phase",
            ["Animación", "ESTRUCTURACION", "consolidation"],
            ["animation", "structuring", "consolidation"],
        ),
        ("links", "kind", ["Suministro", "supply", "Cooperación"], ["supply", "supply", "cooperation"]),
        ("counts", "status", ["reservado", "Known", "estimado"], ["withheld", "known", "estimated"]),
        ("firms", "precision", ["Dirección", "calle", "centroide"], ["address", "street", "centroid"]),
        ("firms", "headquarters", ["Sí", "N", "1"], ["yes", "no", "yes"]),
        ("reference", "level", ["País", "región", "mayor"], ["nation", "region", "larger"]),
        (
            "institutions",
            "kind",
            ["Universidad", "Camara de Comercio", "R&D laboratory"],
            ["higher_education", "chamber", "laboratory"],
        ),
        (
            "actions",
            "kind",
            ["Respaldo a las PYMES", "links", "sme-support"],
            ["sme_support", "links", "sme_support"],
        ),
        (
            "evidence",
            "item",
            ["Capital humano", "Animación", "bottom-up"],
            ["human", "animation", "bottom_up"],
        ),
    ],
)
def test_words_of_both_languages_become_codes(kind, column, values, codes):
    columns = {c.name: ["1", "2", "3"] for c in KINDS[kind].columns if c.required}
    layer, said = read(kind, columns | {column: values})
    assert layer[column].tolist() == codes
    assert said == []


def test_every_entry_of_every_list_is_understood_in_both_languages():
    for kind, column, name in (
        ("institutions", "kind", "institution_kinds"),
        ("actions", "kind", "innovative_actions"),
        ("actions", "phase", "action_phases"),
    ):
        rows = vocabulary(name)
        columns = {c.name: rows.index.astype(str) for c in KINDS[kind].columns if c.required}
        for language in ("code", "en", "es"):
            words = rows[language] if column != "phase" else rows[language].str.partition(":")[0]
            layer, said = read(kind, columns | {column: words})
            assert layer[column].tolist() == rows["code"].tolist()
            assert said == []


def test_a_closed_list_is_named_in_the_readers_language():
    with pytest.raises(LayerError) as found:
        read("links", {"source": ["a", "b"], "target": ["b", "c"], "kind": ["Suministro", "propieda"]})
    text = found.value.render(spanish)
    assert "(filas: 1, primera: 2): «propieda». Parecidos: propiedad." in text
    assert "suministro; cooperación; propiedad; pertenencia; proyecto" in text
    assert "Near: ownership. Use one of: supply, cooperation, ownership, membership, project." in str(
        found.value
    )


def test_an_open_list_is_kept_and_told():
    layer, said = read(
        "institutions", {"institution": ["a", "b"], "kind": ["laboratorios", "Camara de comerzio"]}
    )
    assert layer["kind"].tolist() == ["laboratory", "Camara de comerzio"]
    assert len(said) == 1
    assert "«Camara de comerzio». Parecidos: chamber (Cámara de comercio)." in said[0]
    assert "«Clases de instituciones»" in said[0]
    _, said = read("evidence", {"territory": ["a"], "item": ["zzz"]})
    assert "«zzz»" in said[0]
    _, said = read("actions", {"action": ["a"], "kind": ["nada"]})
    assert "«nada»" in said[0]
