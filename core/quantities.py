"""How numbers are written for people: three significant digits, thousands grouped, the unit behind."""

import math
from decimal import Decimal

DIGITS = 3
ABSENT = "–"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
SMALLEST, LARGEST = 1e-3, 1e12
"""Outside of these magnitudes a power of ten is written."""
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float | Decimal | None, *, unit: str = "") -> str:
    """`value` for reading; integers in full, others to three significant digits; "–" for no number.

    >>> written(0.084321), written(1234567), written(12345.6), written(3.21e-5), written(640, unit="ms")
    ('0.0843', '1,234,567', '12,300', '3.21 × 10⁻⁵', '640\\xa0ms')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    text = f"{value:,}" if isinstance(value, int) else _three_digits(float(value))
    return text.replace("-", "−") + (f"{NO_BREAK_SPACE}{unit}" if unit else "")


def percentage(share: float | None) -> str:
    """A share of 0 to 1 in percent; one that is not whole is never rounded up to 100 %."""
    if share is not None and 0.9995 <= share < 1:
        return f"> 99.9{NO_BREAK_SPACE}%"
    return written(None if share is None else 100.0 * share, unit="%")


def _three_digits(value: float) -> str:
    rounded = float(f"{value:.{DIGITS - 1}e}")
    magnitude = abs(rounded)
    if magnitude != 0 and not SMALLEST <= magnitude < LARGEST:
        mantissa, _, power = f"{rounded:.{DIGITS - 1}e}".partition("e")
        return f"{_trimmed(mantissa)} × 10{str(int(power)).translate(_POWERS)}"
    decimals = DIGITS - 1 - math.floor(math.log10(magnitude)) if magnitude else 0
    return _trimmed(f"{rounded:,.{max(0, decimals)}f}")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
