"""Figures in messages are written as a reader counts them."""

import pytest

from geoterritorio.errors import message
from geoterritorio.i18n import translator


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [
        (1_993_000.0, "1,993,000", "1.993.000"),
        (-2_000_000.0, "-2,000,000", "-2.000.000"),
        (999_999.7, "1,000,000", "1.000.000"),
        (999_999.0, "999999", "999999"),
        (1234.5, "1234.5", "1234,5"),
        (0.25, "0.25", "0,25"),
        (3e20, "3e+20", "3e+20"),
    ],
)
def test_millions_are_written_out(value, english, spanish):
    told = message("{count} others", count=value)
    assert told.render(str) == f"{english} others"
    assert told.render(translator("es")) == f"otros {spanish}"
