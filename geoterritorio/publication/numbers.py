"""Numbers as the reader's language writes them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent, format_scientific

from geoterritorio.i18n import Language

NOTHING = "\N{EN DASH}"
_HUGE = 1e15
# Below this a figure of a table is what rounding in the machine left of 0.
_NIL = 1e-6
_SMALL = 0.01
_TEN = 10


@dataclass(frozen=True)
class Numbers:
    """
    Formatter of figures for one language.

    Parameters
    ----------
    lang
        Language of the reader.

    Examples
    --------
    >>> Numbers("en").count(12345), Numbers("es").count(12345)
    ('12,345', '12.345')
    >>> Numbers("es").quotient(2.314)
    '2,31'
    """

    lang: Language

    def count(self, value: float) -> str:
        """Whole number; a dash where undefined."""
        return self._written(value, "#,##0")

    def signed(self, value: float) -> str:
        """Whole number with its sign."""
        return self._written(value, "+#,##0;\N{MINUS SIGN}#,##0")

    def decimal(self, value: float) -> str:
        """Number with one decimal."""
        return self._written(value, "#,##0.0")

    def quotient(self, value: float) -> str:
        """Quotient with two decimals, and with more where two would make it look like 1 or like 0."""
        places = 2
        while places < 6 and value not in (0, 1) and round(value, places) in (0, 1):  # noqa: PLR2004 - six digits are the most a reader can use
            places += 1
        return self._written(value, "#,##0." + "0" * places)

    def significant(self, value: float) -> str:
        """Whole numbers as they are, others with two decimals, below 1 with three figures; what is nearly 0 is 0."""
        size = abs(value)
        if size >= 1 and float(value).is_integer():
            return self.count(value)
        if not _NIL < size < 1:
            return self._written(0.0 if size <= _NIL else value, "#,##0.##" if size <= _NIL else "#,##0.00")
        places = 2 - math.floor(math.log10(size))
        return self._written(value, "#,##0." + "0" * places)

    def score(self, value: float) -> str:
        """Number with two decimals; what is nearly 0 is 0, without a sign."""
        return self._written(
            value if math.isnan(value) else round(value, 2) + 0.0, "#,##0.00;\N{MINUS SIGN}#,##0.00"
        )

    def positive(self, value: float) -> str:
        """Number above 0 with two decimals; what two decimals would make 0 is told to be smaller."""
        return f"< {self.score(_SMALL)}" if 0 < value < _SMALL else self.score(value)

    def index(self, value: float) -> str:
        """Index between 0 and 1 with three decimals."""
        return self._written(
            value if math.isnan(value) else round(value, 3) + 0.0, "0.000;\N{MINUS SIGN}0.000"
        )

    def interval(self, low: float, high: float) -> str:
        """
        Two quotients joined by a dash, of three figures from 10 on; one dash alone where there is no interval.

        Examples
        --------
        >>> Numbers("en").interval(0.912, 1.304), Numbers("en").interval(14.69, 17727.47)
        ('0.91–1.30', '14.7–17,700')
        """
        if math.isnan(low) or math.isnan(high):
            return NOTHING
        return f"{self._end(low)}\N{EN DASH}{self._end(high)}"

    def _end(self, value: float) -> str:
        """End of an interval: what is large is not known to its last digits."""
        if not _TEN <= abs(value) < _HUGE:
            return self.quotient(value)
        rounded = float(f"{value:.3g}")
        return self.decimal(rounded) if abs(rounded) < _TEN**2 else self.count(rounded)

    def percent(self, share: float) -> str:
        """Share as a percentage, with as many decimals as it needs, at most two."""
        return str(
            format_percent(
                round(share, 6),
                "#,##0.##%" if self.lang == "en" else "#,##0.##\N{NO-BREAK SPACE}%",
                self.lang,
            )
        )

    def points(self, difference: float) -> str:
        """Difference of shares in percentage points, with its sign."""
        return self._written(
            difference if math.isnan(difference) else round(100 * difference, 1) + 0.0,
            "+#,##0.0;\N{MINUS SIGN}#,##0.0",
        )

    def plain(self, value: float) -> str:
        """Number with the decimals it has, at most six."""
        return self._written(value, "#,##0.######")

    def day(self, text: str) -> str:
        """
        A day as the language writes it out; what is no whole day stays as it is.

        Examples
        --------
        >>> Numbers("en").day("2026-11-03"), Numbers("es").day("2026-11-03"), Numbers("es").day("2026")
        ('3 November 2026', '3 de noviembre de 2026', '2026')
        """
        try:
            when = date.fromisoformat(text)
        except ValueError:
            return text
        return str(format_date(when, "long", "en_GB" if self.lang == "en" else self.lang))

    def _written(self, value: float, pattern: str) -> str:
        number = float(value)
        if math.isnan(number):
            return NOTHING
        if math.isinf(number):
            return "∞" if number > 0 else "\N{MINUS SIGN}∞"
        if abs(number) >= _HUGE:
            return str(format_scientific(number, "0.###E0", self.lang))
        return str(format_decimal(number, pattern, self.lang))
