"""Numbers as people write them, exact until they are stored."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from hscpath.errors import PathwayError, brief

_LONGEST_NUMBER, _LONGEST_EXPONENT = 60, 3


def as_ratio(value: int | float | str | Decimal | Fraction) -> Fraction:
    """Return a number exactly as it is written: 0.1 is a tenth."""
    if type(value) is int:
        return Fraction(value)
    text = str(value)
    try:
        exponent = text.lower().partition("e")[2]
        if len(text) > _LONGEST_NUMBER or len(exponent) > _LONGEST_EXPONENT:
            raise ValueError(text)
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise PathwayError(f"{brief(value)} is no number") from None


Numeral: TypeAlias = int | float | str | Decimal | Fraction


_NUMBER_THEN_UNIT = r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4})?)\s*(.*)"


def split_number(text: str) -> tuple[str, str]:
    """Return the number and the unit of a text such as ``"3400 mg/g"``."""
    match = re.fullmatch(_NUMBER_THEN_UNIT, text.strip(), re.DOTALL)
    if match is None or match[2].startswith((",", ".")):
        raise ValueError(text)
    return match[1], "".join(match[2].split())


def decimal_text(value: Fraction) -> str:
    """Return a ratio as a decimal if it has a finite one, else as a fraction."""
    rest, places = value.denominator, 0
    while rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :].rstrip("0")
    return ("-" if value < 0 else "") + (f"{whole}.{part}" if part else whole)
