"""What facts make of the values of a column: as whole numbers, and which of them they can store."""

from __future__ import annotations

import json
from typing import NamedTuple, assert_never, cast

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from hscpath.cohort.table import Sizes, Whether
from hscpath.criteria import Choice, Fact, Flag, Quantity, Stored
from hscpath.errors import InvalidFinding

EXACT = 2**53
"""Below which every whole number has a float of its own."""
TEXTS = (pl.String, pl.Categorical, pl.Enum)


class Values(NamedTuple):
    """The values of a column as a fact stores them, and which of them it can store, unless it can store all."""

    stored: Sizes
    valid: Whether | None


def values(fact: Fact, series: pl.Series) -> Values:
    """Return what a fact makes of the values of a column, none of them null.

    >>> from hscpath.lupus import UPCR
    >>> values(UPCR, pl.Series([3.4, 1e9]))
    Values(stored=array([3400,    0], dtype=int32), valid=array([ True, False]))
    >>> values(UPCR, pl.Series(["3400 mg/g", "3.4"])).stored.tolist()
    [3400, 3400]
    """
    kind = series.dtype
    match fact:
        case Quantity() if is_number(kind) and max(abs(fact.lowest), abs(fact.highest)) < EXACT:
            return _sizes(fact, series)
        case Flag() if kind == pl.Boolean:
            return Values(series.to_numpy(), None)
        case Choice(several=True) if isinstance(kind, pl.List) and isinstance(kind.inner, TEXTS):
            return _sets(fact, series)
        case Quantity() if kind == pl.String and max(abs(fact.lowest), abs(fact.highest)) < EXACT:
            return _written(fact, series)
        case Quantity() | Flag() | Choice():
            return _each(fact, series)
        case _:
            assert_never(fact)


def _written(fact: Quantity, series: pl.Series) -> Values:
    """Return numbers that are written as text: bare ones all at once, and others value by value."""
    numbers = series.cast(pl.Float64, strict=False)
    other = (numbers.is_null() | series.str.contains("e|E")).to_numpy()
    if not other.any():
        return _sizes(fact, numbers)
    stored, valid = np.zeros(len(series), np.int64), np.zeros(len(series), np.bool_)
    for which, made in ((~other, _sizes(fact, numbers.filter(~other))), (other, _each(fact, series.filter(other)))):
        stored[which], valid[which] = made.stored, True if made.valid is None else made.valid
    return Values(stored, _unless_all(valid))


def _sizes(fact: Quantity, series: pl.Series) -> Values:
    """Return numbers as whole numbers of the resolution, by the operation that the fact itself uses."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = series.cast(pl.Float64).to_numpy() * float(1 / fact.resolution)
        np.rint(scaled, out=scaled)
        valid = None
        if not (scaled.min(initial=fact.lowest) >= fact.lowest and scaled.max(initial=fact.lowest) <= fact.highest):
            valid = (scaled >= fact.lowest) & (scaled <= fact.highest)
            scaled[~valid] = 0
    small = max(-fact.lowest, fact.highest) < 2**31
    return Values(scaled.astype(np.int32 if small else np.int64), valid)


def _each(fact: Fact, series: pl.Series) -> Values:
    """Return what the fact stores for each value that differs from the others."""
    number, different = distinct(series)
    made = [_stored(fact, value) for value in different]
    valid = np.array([value is not None for value in made], np.bool_)
    codes = [0 if value is None else fact.code(value) for value in made]
    stored = np.array(codes, np.int64 if all(abs(code) < EXACT for code in codes) else object)
    return Values(stored[number], _unless_all(valid[number]))


def _unless_all(valid: Whether) -> Whether | None:
    return None if valid.all() else valid


def as_given(fact: Fact, value: object) -> object:
    """Return a value of a table as the fact takes it: where a table has only text, it may hold flags and lists.

    >>> from hscpath.lupus import AGENT, PREGNANT
    >>> as_given(PREGNANT, "true"), as_given(AGENT, '["mycophenolate", "belimumab"]')
    (True, ['mycophenolate', 'belimumab'])
    """
    match fact:
        case Quantity():
            return value
        case Flag():
            return _FLAGS.get(value.strip().lower(), value) if isinstance(value, str) else value
        case Choice():
            return _listed(value) if fact.several and isinstance(value, str) else value
        case _:
            assert_never(fact)


def _listed(text: str) -> object:
    """Return the list that a text holds as JSON, or the text."""
    try:
        return cast("object", json.loads(text)) if text.lstrip().startswith("[") else text
    except (ValueError, RecursionError):
        return text


_FLAGS = {"true": True, "false": False}


def _stored(fact: Fact, value: object) -> Stored | None:
    given = as_given(fact, value)
    if isinstance(fact, Choice):
        return fact.store_or_none(given)
    try:
        return fact.store(given)
    except InvalidFinding:
        return None


def why_not(fact: Fact, value: object) -> str:
    """Return why a fact cannot store a value of a table, in the fact's own words; nothing if it can.

    >>> from hscpath.lupus import UPCR
    >>> why_not(UPCR, "3400"), why_not(UPCR, "3400 mg/g")
    ('3400 g/g is outside 0 to 50 g/g; is it in mg/g?', '')
    """
    try:
        fact.store(as_given(fact, value))
    except InvalidFinding as error:
        return str(error).removeprefix(f"{fact.name}: ")
    return ""


def _sets(fact: Choice, series: pl.Series) -> Values:
    """Return lists of options as bits; a list is valid if it is not empty and everything in it is."""
    length = series.list.len().to_numpy().astype(np.intp)
    each = series.list.explode(empty_as_null=False, keep_nulls=True)
    single = attrs.evolve(fact, several=False)
    made = _each(single, each)
    filled = np.flatnonzero(length)
    valid, stored = length > 0, np.zeros(len(series), np.int64 if len(fact.options) < 62 else object)
    if len(filled):
        # reduceat joins the values from each start up to the next, so lists that are empty must have none.
        starts = (np.cumsum(length) - length)[filled]
        bits = np.array([1 << n for n in range(len(fact.options))], stored.dtype)[made.stored]
        stored[filled] = np.bitwise_or.reduceat(bits, starts)
        if made.valid is not None:
            valid[filled] = np.logical_and.reduceat(made.valid, starts)
    return Values(stored, _unless_all(valid))


def distinct(series: pl.Series) -> tuple[NDArray[np.intp], list[object]]:
    """Return the number of each value, and the values so numbered."""
    kind = series.dtype
    if isinstance(kind, pl.Enum):
        number = series.to_physical().cast(pl.Int64).fill_null(len(kind.categories))
        return number.to_numpy(), [*kind.categories, None]
    if isinstance(kind, pl.String | pl.Categorical):
        text = series.cast(pl.String)
        known = text.drop_nulls().unique()
        number = text.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(len(known))
        return number.to_numpy(), [*known.to_list(), None]
    numbers: dict[tuple[type, object], int] = {}
    distinct: list[object] = []
    places = np.empty(len(series), np.int64)
    for place, value in enumerate(cast("list[object]", series.to_list())):
        key = (type(value), value if _can_be_a_key(value) else repr(value))
        if key not in numbers:
            numbers[key] = len(numbers)
            distinct.append(value)
        places[place] = numbers[key]
    return places, distinct


def _can_be_a_key(value: object) -> bool:
    return not isinstance(value, list | dict)


def is_number(kind: pl.DataType) -> bool:
    """Return whether a column holds numbers that numpy knows too."""
    return (kind.is_integer() or kind.is_float()) and not isinstance(kind, pl.Int128 | pl.UInt128)
