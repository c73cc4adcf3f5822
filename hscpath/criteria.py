"""Facts, events, and criteria about them: what can be said, not yet what it means.

Everything here is frozen data. Its meaning over a patient's chart is in ``hscpath.chart``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeAlias, cast

import attrs

from hscpath.citations import Citation
from hscpath.days import in_days
from hscpath.errors import InvalidFinding, PathwayError, Printed, Problem, Shown, brief, did_you_mean
from hscpath.identity import OPTION_WORDS, WORDS
from hscpath.numbers import Numeral, as_ratio, decimal_text, split_number

RESERVED = frozenset({"self", "event", "findings", "day", "on", "override", "to", "inferred"})
"""Names that no fact may have, because they name the parts of a record."""

Stored: TypeAlias = int | bool | str | frozenset[str]
"""A value as the chart keeps it: a quantity as a whole number of its resolution."""


def _identifier(instance: object, _: attrs.Attribute[str], value: str) -> None:
    plain = value.isidentifier() and value.isascii() and value[0].isalpha()
    if not plain or value != value.lower() or value in RESERVED:
        raise PathwayError(
            f"{value!r} cannot name a {type(instance).__name__.lower()}: use small letters, digits "
            f"and underscores, and none of {', '.join(sorted(RESERVED))}"
        )


class Voice(Enum):
    """For whom something is put into words."""

    WORDS = "words"
    """For people: labels, which may be mended or translated."""
    KEYS = "keys"
    """For programs: names and numbers that tell any two things apart."""


IN_WORDS, IN_KEYS = Voice.WORDS, Voice.KEYS


@cache
def _deciding(kind: type) -> tuple[attrgetter[Any], attrgetter[Any]]:
    """Return what reads all that decides off a thing of some kind, and what of it can be hashed."""
    decides = [field for field in attrs.fields(kind) if field.eq and field.init]
    hashed = [field.name for field in decides if field.hash is not False]
    return attrgetter(*(field.name for field in decides)), attrgetter(*hashed)


class _Value:
    """Equal to another of its kind if what decides is; said once here, so that no class compiles its own."""

    __slots__ = ("_hash",)

    if TYPE_CHECKING:
        _hash: int

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        read = _deciding(cast("Any", type(self)))[0]
        return bool(read(self) == read(other))

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            read = _deciding(cast("Any", type(self)))[1]
            object.__setattr__(self, "_hash", hash((self.__class__.__name__, read(self))))
            return self._hash


class _Spoken(_Value, Printed):
    """What criteria look at: it has words for people and a key for programs."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def words(self) -> str: ...

        @property
        def key(self) -> str: ...

    def __str__(self) -> str:
        return self.words

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def in_voice(self, voice: Voice) -> str:
        """Return what it is called, by people or by programs."""
        return self.words if voice is IN_WORDS else self.key


class _Named(_Spoken):
    """What has a name and a label of its own."""

    __slots__ = ()
    shelf: ClassVar = "fact"

    if TYPE_CHECKING:
        name: str
        label: str

    @property
    def words(self) -> str:
        """What people call it."""
        return self.label

    @property
    def key(self) -> str:
        """What programs call it."""
        return self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


def _options(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


def _facts(given: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(given)


def _events(given: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(given)


def _units(given: Mapping[str, int | str | Fraction]) -> Mapping[str, Fraction]:
    return {unit: as_ratio(worth) for unit, worth in given.items()}


def _texts(given: Mapping[str, str]) -> Mapping[str, str]:
    return dict(given)


def _whole_days(instance: Happened, _: attrs.Attribute[int | None], value: object) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise PathwayError(f"{instance.occasion.label}: {brief(value)} is no whole number of days")


# --- Facts -------------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Finding(Shown):
    """A recorded value: the fact, the value as stored, and the day it was recorded.

    Made by calling the fact; the day is that of the step that recorded it.

    >>> from hscpath.lupus import UPCR
    >>> finding = UPCR("3400 mg/g")
    >>> finding.value, finding.text, finding.stored
    (3.4, '3.4 g/g', 3400)
    """

    fact: Fact
    stored: Stored
    day: int | None = None

    @property
    def value(self) -> float | bool | str | frozenset[str]:
        """The value in the fact's own unit."""
        if isinstance(self.fact, Quantity):
            return self.fact.value_of(cast("int", self.stored))
        return self.stored

    @property
    def text(self) -> str:
        """The value as people read it, with its unit."""
        return self.fact.show(self.stored)

    def __str__(self) -> str:
        if isinstance(self.fact, Flag):
            return self.text
        return f"{self.fact.label}{':' if isinstance(self.fact, Choice) else ''} {self.text}"


class _Comparable:
    """The verbs of everything that has a size: a quantity, a tally, a baseline."""

    __slots__ = ()

    @property
    def measure(self) -> Quantity:
        """The quantity whose unit and resolution the size is in."""
        raise NotImplementedError  # pragma: no cover - each kind has its own

    def at_least(self, limit: Limit, *, since: Occasion | None = None) -> Compare:
        """Return the criterion: this much or more."""
        return _compare(self, Relation.AT_LEAST, limit, since)

    def at_most(self, limit: Limit, *, since: Occasion | None = None) -> Compare:
        """Return the criterion: this much or less."""
        return _compare(self, Relation.AT_MOST, limit, since)

    def above(self, limit: Limit, *, since: Occasion | None = None) -> Compare:
        """Return the criterion: more than this."""
        return _compare(self, Relation.ABOVE, limit, since)

    def below(self, limit: Limit, *, since: Occasion | None = None) -> Compare:
        """Return the criterion: less than this."""
        return _compare(self, Relation.BELOW, limit, since)

    def times(self, factor: Numeral) -> Multiple:
        """Return this times a ratio, such as ``"17/20"``, as a limit for something else."""
        return Multiple(cast("Numeric", self), as_ratio(factor))

    def plus(self, amount: Numeral) -> Multiple:
        """Return this plus an amount in its unit, as a limit for something else."""
        return Multiple(cast("Numeric", self), plus=self.measure.exactly(amount))


_NOT_NUMBERS = (bool, bytes, bytearray)
_NO_UNITS: Mapping[str, Fraction] = {}
_NO_TEXTS: Mapping[str, str] = {}


@attrs.frozen(eq=False, repr=False)
class Quantity(_Comparable, _Named):
    """Something measured: a unit (UCUM), a plausible range, and a resolution.

    A value is converted to the unit, rounded to the resolution as it enters, and is a whole
    number from there on, so that every reader of it agrees at every boundary; ``lowest`` and
    ``highest`` are the ends of the range as such numbers. *units* says what one of another unit
    is worth in this one. Raises ``InvalidFinding`` for a value that is no
    finite number, implausible, or in an unknown unit.

    >>> UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001",
    ...                 units={"mg/g": "1/1000"})
    >>> UPCR("3400 mg/g") == UPCR(3.4)
    True
    >>> UPCR(0.1 + 0.7).value
    0.8
    >>> print(UPCR(3400))
    Traceback (most recent call last):
    hscpath.errors.InvalidFinding: upcr: 3400 g/g is outside 0 to 50 g/g; is it in mg/g?
    """

    name: str = attrs.field(validator=_identifier)
    label: str = attrs.field(eq=False, metadata=WORDS)
    unit: str
    low: Fraction = attrs.field(converter=as_ratio, kw_only=True)
    high: Fraction = attrs.field(converter=as_ratio, kw_only=True)
    resolution: Fraction = attrs.field(default=Fraction(1), converter=as_ratio, kw_only=True)
    units: Mapping[str, Fraction] = attrs.field(default=_NO_UNITS, converter=_units, hash=False, kw_only=True)
    shown: str | None = attrs.field(default=None, eq=False, kw_only=True, metadata=WORDS)
    about: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)
    _factors: Mapping[str, float] = attrs.field(init=False, eq=False)
    lowest: int = attrs.field(init=False, eq=False)
    highest: int = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.resolution <= 0 or not self.low < self.high or "/" in decimal_text(self.resolution):
            raise PathwayError(f"{self.name}: give a decimal resolution above 0 and a low below the high")
        for unit, worth in self.units.items():
            if worth <= 0:
                raise PathwayError(f"{self.name}: say what one {unit} is worth in {self.unit}, as a number above 0")
        own = float(1 / self.resolution)
        factors = {"".join(unit.split()): float(worth / self.resolution) for unit, worth in self.units.items()}
        factors |= dict.fromkeys(self._own_units, own)
        object.__setattr__(self, "_factors", factors)
        object.__setattr__(self, "lowest", self._whole(self.low))
        object.__setattr__(self, "highest", self._whole(self.high))

    def __call__(self, value: Numeral) -> Finding:
        """Return the finding: the quantity has this value."""
        return Finding(self, self.store(value))

    def store(self, value: object) -> int:
        """Return *value* as a whole number of the resolution."""
        try:
            if type(value) is float or type(value) is int:
                scaled = float(value) * self._factors[""]
                if self.lowest <= scaled <= self.highest:
                    return round(scaled)
            number, unit = split_number(value) if isinstance(value, str) else (value, "")
            amount = float(cast("float", number))
        except OverflowError:
            raise self._invalid(f"{brief(value)} is not a finite number") from None
        except (TypeError, ValueError):
            raise self._no_number(value) from None
        if isinstance(value, _NOT_NUMBERS):
            raise self._no_number(value)
        factor = self._factors.get(unit)
        if factor is None:
            raise self._invalid(f"the unit {unit!r} is not known; {self._known_units()}")
        scaled = amount * factor
        if not math.isfinite(scaled):
            raise self._invalid(f"{brief(value)} is not a finite number")
        stored = round(scaled)
        if not self.lowest <= stored <= self.highest:
            raise self._invalid(self._implausible(amount, unit or self.unit_shown))
        return stored

    def exactly(self, value: Numeral) -> int:
        """Return *value*, a threshold or an amount of a criterion, as a whole number of it."""
        if type(value) is int:
            return self._whole(value)
        try:
            number, unit = split_number(value) if isinstance(value, str) else (str(value), "")
        except ValueError:
            raise PathwayError(f"{self.name}: {brief(value)} is no threshold: write a number, and its unit") from None
        worth = self._worth(unit)
        if worth is None:
            raise PathwayError(f"{self.name}: the unit {unit!r} is not known; {self._known_units()}")
        return self._whole(as_ratio(number) * worth)

    def _whole(self, amount: Fraction | int) -> int:
        whole, rest = divmod(amount * self.resolution.denominator, self.resolution.numerator)
        if rest:
            raise PathwayError(
                f"{self.name}: {decimal_text(Fraction(amount))} is no multiple of its resolution, "
                f"{decimal_text(self.resolution)} {self.unit}"
            )
        return whole

    def _worth(self, unit: str) -> Fraction | None:
        """Return what one of a unit, spelt without blanks, is worth in the quantity's own."""
        if unit in self._own_units:
            return Fraction(1)
        return next((worth for other, worth in self.units.items() if "".join(other.split()) == unit), None)

    @property
    def _own_units(self) -> tuple[str, str, str]:
        """Every way to write the quantity's own unit, without blanks."""
        return "", "".join(self.unit.split()), "".join(self.unit_shown.split())

    def check_plausible(self, threshold: int) -> None:
        """Raise ``PathwayError`` for a threshold that no plausible value could reach or miss."""
        if not self.lowest <= threshold <= self.highest:
            raise PathwayError(
                f"{self.name}: the threshold {self.show(threshold)} is outside "
                f"{self.show_number(self.lowest)} to {self.show(self.highest)}"
            )

    def show_range(self) -> str:
        """Return the plausible range as people read it: ``"0 to 50 g/g"``."""
        return f"{self.show_number(self.lowest)} to {self.show(self.highest)}"

    def _known_units(self) -> str:
        return "known: " + ", ".join(dict.fromkeys([self.unit, *self.units]))

    def _implausible(self, amount: float, unit: str) -> str:
        text = f"{amount:g} {unit}".rstrip() + f" is outside {self.show_range()}"
        for other in self.units:
            scaled = amount * self._factors["".join(other.split())]
            if other != unit and self.lowest <= scaled <= self.highest:
                return f"{text}; is it in {other}?"
        return text

    def _no_number(self, value: object) -> InvalidFinding:
        unit = f", and its unit if that is not {self.unit_shown}" if self.unit_shown else ""
        return self._invalid(f"{brief(value)} is no value: write a number with a decimal point{unit}")

    def _invalid(self, text: str) -> InvalidFinding:
        return InvalidFinding(Problem(f"{self.name}: {text}", self.name))

    def value_of(self, stored: int) -> float:
        """Return a stored value in the quantity's unit."""
        value = stored * self.resolution
        return value.numerator if self.resolution.denominator == 1 else float(value)

    def show_number(self, stored: int) -> str:
        """Return a stored value as digits, without the unit."""
        return decimal_text(stored * self.resolution)

    def show(self, stored: Stored) -> str:
        """Return a stored value as people read it, with its unit."""
        return f"{self.show_number(cast('int', stored))} {self.unit_shown}".rstrip()

    def amount(self, stored: int, voice: Voice) -> str:
        """Return an amount of a criterion: with the unit as people write it, or in UCUM."""
        return self.show(stored) if voice is IN_WORDS else f"{self.show_number(stored)} {self.unit}"

    def write(self, stored: Stored) -> str | float:
        """Return a stored value as a file holds it: exact, and with its unit if it has one."""
        if self.unit == "1":
            return self.value_of(cast("int", stored))
        return f"{self.show_number(cast('int', stored))} {self.unit}"

    @property
    def unit_shown(self) -> str:
        """The unit as people write it."""
        plain = "" if self.unit == "1" else self.unit
        return plain if self.shown is None else self.shown

    @property
    def measure(self) -> Quantity:
        """The quantity itself."""
        return self

    @property
    def mentions(self) -> tuple[Quantity]:
        """The quantity itself: what a criterion that looks at it mentions."""
        return (self,)

    def code(self, stored: Stored) -> int:
        """Return a stored value as a whole number: itself."""
        return cast("int", stored)

    def decode(self, code: int) -> int:
        """Return the stored value of a code."""
        return code

    @property
    def total(self) -> Tally:
        """The running total of every recorded value.

        An event that may record the quantity but did not leaves the total known only from below.
        """
        return Tally(recorded=self)

    def at(self, occasion: Occasion) -> Baseline:
        """Return the value as it stood when *occasion* last happened."""
        return Baseline(self, occasion)


@attrs.frozen(eq=False, repr=False)
class Flag(_Named):
    """Something that is so or is not so; not recorded is neither.

    >>> PREGNANT = Flag("pregnant", "pregnant", negative="not pregnant")
    >>> print(PREGNANT(False))
    not pregnant
    """

    name: str = attrs.field(validator=_identifier)
    label: str = attrs.field(eq=False, metadata=WORDS)
    negative: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)
    about: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)

    def __call__(self, value: bool) -> Finding:
        """Return the finding: it is so, or it is not."""
        return Finding(self, self.store(value))

    def store(self, value: object) -> bool:
        """Return *value* if it is true or false."""
        if not isinstance(value, bool):
            text = f"{self.name}: {brief(value)} is neither true nor false; write one of these"
            raise InvalidFinding(Problem(text, self.name))
        return value

    def show(self, stored: Stored) -> str:
        """Return the flag or its negative in words."""
        return self.label if stored else self.absent

    @property
    def absent(self) -> str:
        """The opposite in words."""
        return self.negative or f"not {self.label}"

    def write(self, stored: Stored) -> bool:
        """Return a stored value as a file holds it."""
        return cast("bool", stored)

    @property
    def mentions(self) -> tuple[Flag]:
        """The flag itself: what a criterion that looks at it mentions."""
        return (self,)

    def code(self, stored: Stored) -> int:
        """Return a stored value as a whole number: 1 if it is so, else 0."""
        return int(cast("bool", stored))

    def decode(self, code: int) -> bool:
        """Return the stored value of a code."""
        return bool(code)

    def is_true(self, *, since: Occasion | None = None) -> IsTrue:
        """Return the criterion: recorded as so."""
        return IsTrue(self, since=since)

    def is_false(self, *, since: Occasion | None = None) -> Not:
        """Return the criterion: recorded as not so."""
        return Not(IsTrue(self, since=since))


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


@attrs.frozen(eq=False, repr=False)
class Choice(_Named):
    """One of several named options, or with ``several=True`` a set of them.

    Spelling is tolerant of case and blanks, and of the *aliases* given (alias to option). An option
    is a key; people read its label in *labels*, if it has one.

    >>> AGENT = Choice("agent", "agent", ("mycophenolate", "cyclophosphamide"),
    ...                aliases={"MMF": "mycophenolate"})
    >>> AGENT("mmf").value
    'mycophenolate'
    >>> AGENT("mycofenolate")
    Traceback (most recent call last):
    hscpath.errors.InvalidFinding: agent: 'mycofenolate' is not an option; did you mean 'mycophenolate'?
    """

    name: str = attrs.field(validator=_identifier)
    label: str = attrs.field(eq=False, metadata=WORDS)
    options: tuple[str, ...] = attrs.field(converter=_options)
    several: bool = attrs.field(default=False, kw_only=True)
    aliases: Mapping[str, str] = attrs.field(default=_NO_TEXTS, converter=_texts, eq=False, kw_only=True)
    labels: Mapping[str, str] = attrs.field(
        default=_NO_TEXTS, converter=_texts, eq=False, kw_only=True, metadata=OPTION_WORDS
    )
    about: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)
    _spellings: Mapping[str, str] = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        spellings = {_squeezed(option): option for option in self.options}
        problems = [
            f"{self.name}: the alias {alias!r} stands for {option!r}, which is not an option"
            for alias, option in self.aliases.items()
            if option not in self.options
        ]
        problems += [
            f"{self.name}: {option!r} has a label and is not an option"
            for option in self.labels.keys() - {*self.options}
        ]
        if len(spellings) < max(1, len(self.options)):
            problems.append(f"{self.name}: give options that differ in more than case and blanks")
        labels = {label: option for option, label in self.labels.items()}
        for alias, option in (*self.aliases.items(), *labels.items()):
            if spellings.setdefault(_squeezed(alias), option) != option:
                problems.append(f"{self.name}: {alias!r} could mean more than one option")
        if problems:
            raise PathwayError(*problems)
        object.__setattr__(self, "_spellings", spellings)

    def __call__(self, value: str | Iterable[str]) -> Finding:
        """Return the finding: this option, or these."""
        return Finding(self, self.store(value))

    def store(self, value: object) -> str | frozenset[str]:
        """Return the option that *value* spells, or the set of them if several may hold."""
        given = self._each(value)
        if not given:
            text = f"{self.name}: name at least one option, or leave it out if it is not known"
            raise InvalidFinding(Problem(text, self.name))
        options = [self._option(each) for each in given]
        return frozenset(options) if self.several else options[0]

    def store_or_none(self, value: object) -> str | frozenset[str] | None:
        """Return what ``store`` does, or ``None`` where that raises: without a hint, for where many are read."""
        options = [self._spelt(each) for each in self._each(value)]
        known = [option for option in options if option is not None]
        if not known or len(known) < len(options):
            return None
        return frozenset(known) if self.several else known[0]

    def _each(self, value: object) -> list[object]:
        if not self.several or isinstance(value, str) or not isinstance(value, Iterable):
            return [value]
        return list(cast("Iterable[object]", value))

    def _spelt(self, value: object) -> str | None:
        digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        return self._spellings.get(_squeezed(digits)) if isinstance(digits, str) else None

    def _option(self, value: object) -> str:
        option = self._spelt(value)
        if option is None:
            hint = did_you_mean(value, [*self.options, *self.aliases])
            text = f"{self.name}: {brief(value)} is not an option; {hint}"
            raise InvalidFinding(Problem(text, self.name))
        return option

    def show(self, stored: Stored) -> str:
        """Return the option or options as people read them."""
        return ", ".join(map(self.label_of, self.ordered(stored)))

    def label_of(self, option: str) -> str:
        """Return an option as people read it."""
        return self.labels.get(option, option)

    def write(self, stored: Stored) -> str | list[str]:
        """Return a stored value as a file holds it."""
        return self.ordered(stored) if self.several else cast("str", stored)

    def ordered(self, stored: Stored) -> list[str]:
        """Return the options recorded, in the order in which the choice lists them."""
        held = stored if isinstance(stored, frozenset) else {stored}
        return [option for option in self.options if option in held]

    @property
    def mentions(self) -> tuple[Choice]:
        """The choice itself: what a criterion that looks at it mentions."""
        return (self,)

    def code(self, stored: Stored) -> int:
        """Return a stored value as a whole number: the option's place, or a set bit at the place of each."""
        if self.several:
            return sum(1 << self.options.index(option) for option in cast("frozenset[str]", stored))
        return self.options.index(cast("str", stored))

    def decode(self, code: int) -> str | frozenset[str]:
        """Return the stored value of a code."""
        if self.several:
            return frozenset(option for place, option in enumerate(self.options) if code >> place & 1)
        return self.options[code]

    def checked(self, options: Iterable[str]) -> frozenset[str]:
        """Return the options that a criterion asks for; raise ``PathwayError`` for none or unknown ones."""
        known = frozenset(options)
        try:
            if not known.issubset(self.options):
                known = frozenset(map(self._option, known))
        except InvalidFinding as error:
            raise PathwayError(*error.problems) from None
        if not known:
            raise PathwayError(f"{self.name}: say which options are asked for")
        return known

    def one_of(self, *options: str, since: Occasion | None = None) -> OneOf:
        """Return the criterion: recorded as one of these (or, if several hold, with any of them)."""
        return OneOf(self, self.checked(options), since=since)

    def at(self, occasion: Occasion) -> Snapshot:
        """Return what it was when *occasion* last happened."""
        return Snapshot(self, occasion)


Fact: TypeAlias = Quantity | Flag | Choice
"""A thing that can be known of a patient."""


# --- Events ------------------------------------------------------------------------------------


class _Occasion:
    """The verbs of an event and of a group of events."""

    __slots__ = ()

    def happened(
        self,
        *,
        at_least_ago: int | None = None,
        at_most_ago: int | None = None,
        since: Occasion | None = None,
    ) -> Happened:
        """Return the criterion: it has happened, the last time so many days ago.

        An event that is not logged has not happened; how long ago is unknown where a day is.
        """
        return Happened(cast("Occasion", self), at_least_ago, at_most_ago, since=since)

    @property
    def lead(self) -> int:
        """How many steps after it counting begins where values count ``since=`` it."""
        return int(cast("Occasion", self).excluded)

    @property
    def count(self) -> Tally:
        """How often it has happened."""
        return Tally(gains=cast("Occasion", self).events)


@attrs.frozen(eq=False, repr=False)
class Event(_Occasion, _Named):
    """Something that happens: a name, a label, the facts it may record and those it must.

    A fact is a *must* only if the event says nothing without it.

    >>> FEVER = Flag("fever", "fever")
    >>> SEEN = Event("seen", "seen by a doctor", may=(FEVER,))
    >>> print(SEEN.happened(at_most_ago=7))
    seen by a doctor at most 7 days ago
    """

    shelf: ClassVar = "event"

    name: str = attrs.field(validator=_identifier)
    label: str = attrs.field(eq=False, metadata=WORDS)
    may: tuple[Fact, ...] = attrs.field(default=(), converter=_facts, kw_only=True)
    must: tuple[Fact, ...] = attrs.field(default=(), converter=_facts, kw_only=True)

    def __attrs_post_init__(self) -> None:
        names = [fact.name for fact in self.facts]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PathwayError(f"{self.name}: records {', '.join(twice)} more than once")

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Everything that the event may record."""
        return (*self.must, *self.may)

    @property
    def events(self) -> tuple[Event, ...]:
        """The event itself, as a group of one."""
        return (self,)

    @property
    def excluded(self) -> bool:
        """Whether ``since=`` this leaves out what it recorded itself: an event alone never does."""
        return False

    @property
    def mentions(self) -> tuple[Event, ...]:
        """What a criterion that looks at it mentions."""
        return (self,)


@attrs.frozen(eq=False, repr=False)
class EventGroup(_Occasion, _Spoken):
    """Several events that count as one kind: any of them is an occurrence.

    >>> contact = EventGroup("any contact", (Event("seen", "seen"), Event("called", "called")))
    >>> print(contact.count.called("contacts").at_least(2))
    contacts at least 2
    """

    shelf: ClassVar = "group"

    label: str = attrs.field(eq=False, metadata=WORDS)
    events: tuple[Event, ...] = attrs.field(converter=_events)
    own_key: str = attrs.field(default="", kw_only=True, eq=False, alias="key")
    excluded: bool = attrs.field(default=False, kw_only=True)
    """Whether ``since=`` this counts only what came after it, and not what it recorded itself."""

    def __attrs_post_init__(self) -> None:
        if not self.events:
            raise PathwayError(f"{self.label}: a group of events must name at least one")

    @property
    def words(self) -> str:
        """What people call it."""
        return self.label

    @property
    def key(self) -> str:
        """What programs call it: its own key, or the names of its events."""
        return self.own_key or f"({' or '.join(event.name for event in self.events)})"

    @property
    def mentions(self) -> tuple[Event, ...]:
        """What a criterion that looks at it mentions."""
        return self.events


Occasion: TypeAlias = Event | EventGroup


def after(occasion: Occasion) -> EventGroup:
    """Return the occasion for ``since=``, with what it recorded itself left out.

    A value that is compared with its own baseline has to come after it.

    >>> SCORE = Quantity("score", "score", "1", low=0, high=9)
    >>> STARTED = Event("started", "therapy started", may=(SCORE,))
    >>> print(SCORE.below(3, since=after(STARTED)).text)
    score below 3, after therapy started
    """
    own_key = occasion.own_key if isinstance(occasion, EventGroup) else occasion.name
    return EventGroup(occasion.label, occasion.events, key=own_key, excluded=True)


# --- Derived facts -----------------------------------------------------------------------------


class _Derived(_Spoken):
    """What is derived from facts and events: it has a label of its own, or the words that it is made of."""

    __slots__ = ()
    shelf: ClassVar = "derived"

    if TYPE_CHECKING:
        label: str

        def said(self, voice: Voice) -> str: ...

    @property
    def words(self) -> str:
        """What people call it."""
        return self.label or self.said(IN_WORDS)

    @property
    def key(self) -> str:
        """What programs call it."""
        return self.said(IN_KEYS)

    def called(self, label: str) -> Self:
        """Return the same under a label that people use for it."""
        return cast("Self", attrs.evolve(cast("Any", self), label=label))


@attrs.frozen(eq=False, repr=False)
class Tally(_Comparable, _Derived):
    """A running sum over accepted events: occurrences gained, occurrences lost, values recorded.

    ``EVENT.count``, ``QUANTITY.total``, or both at once: the courses given here and those
    recorded on entry are ``STARTED.count.including(PRIOR_COURSES)``.
    """

    gains: tuple[Event, ...] = attrs.field(default=(), kw_only=True)
    losses: tuple[Event, ...] = attrs.field(default=(), kw_only=True)
    recorded: Quantity | None = attrs.field(default=None, kw_only=True)
    label: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)

    def __attrs_post_init__(self) -> None:
        quantity = self.recorded
        if quantity is None:
            return
        if quantity.low < 0:
            raise PathwayError(f"{quantity.name}: only what is never negative can be totalled")
        if self.gains and quantity.resolution != 1:
            raise PathwayError(f"{quantity.name}: only whole numbers can be added to a count")

    @property
    def measure(self) -> Quantity:
        """The quantity totalled, or plain counting."""
        return self.recorded or _TIMES

    def including(self, quantity: Quantity) -> Tally:
        """Return the count with a recorded number added, such as courses before entry."""
        return attrs.evolve(self, recorded=quantity)

    def minus(self, *occasions: Occasion) -> Tally:
        """Return the count with each occurrence of these taken away."""
        lost = tuple(event for occasion in occasions for event in occasion.events)
        return attrs.evolve(self, losses=self.losses + lost)

    def said(self, voice: Voice) -> str:
        """Return what is counted, in words or keys."""
        counted = " or ".join(event.in_voice(voice) for event in self.gains)
        parts = [f"number of times {counted}"] if counted else []
        if self.recorded:
            parts.append(f"total {self.recorded.in_voice(voice)}")
        return " plus ".join(parts) + "".join(f" minus {event.in_voice(voice)}" for event in self.losses)

    @property
    def mentions(self) -> tuple[Fact | Event, ...]:
        """The events and the quantity that are counted."""
        return (*self.gains, *self.losses, *((self.recorded,) if self.recorded else ()))


_TIMES = Quantity("times", "times", "1", low=0, high=10**9)


@attrs.frozen(eq=False, repr=False)
class Baseline(_Comparable, _Derived):
    """The value that a quantity had when an event last happened."""

    fact: Quantity
    occasion: Occasion
    label: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)

    @property
    def measure(self) -> Quantity:
        """The quantity that was noted."""
        return self.fact

    def said(self, voice: Voice) -> str:
        """Return what was noted and when, in words or keys."""
        return f"{self.fact.in_voice(voice)} when {self.occasion.in_voice(voice)}"

    @property
    def mentions(self) -> tuple[Fact | Event, ...]:
        """The quantity and the events that note it."""
        return (self.fact, *self.occasion.events)


@attrs.frozen(eq=False, repr=False)
class Snapshot(_Derived):
    """What a choice was when an event last happened.

    >>> STAGE = Choice("stage", "stage", ("early", "late"))
    >>> SEEN = Event("seen", "seen", may=(STAGE,))
    >>> print(STAGE.at(SEEN).one_of("late"))
    stage when seen is late
    """

    fact: Choice
    occasion: Occasion
    label: str = attrs.field(default="", eq=False, kw_only=True, metadata=WORDS)

    def said(self, voice: Voice) -> str:
        """Return what was noted and when, in words or keys."""
        return f"{self.fact.in_voice(voice)} when {self.occasion.in_voice(voice)}"

    @property
    def mentions(self) -> tuple[Fact | Event, ...]:
        """The choice and the events that note it."""
        return (self.fact, *self.occasion.events)

    def one_of(self, *options: str) -> OneOf:
        """Return the criterion: it was one of these (or, if several held, with any of them)."""
        return OneOf(self, self.fact.checked(options))


Numeric: TypeAlias = Quantity | Tally | Baseline
Subject: TypeAlias = Fact | Occasion | Tally | Baseline | Snapshot
"""What a criterion looks at."""


@attrs.frozen(eq=False, repr=False)
class Multiple(_Value, Shown):
    """A limit that is another fact's size, times a ratio, plus an amount."""

    fact: Numeric
    factor: Fraction = attrs.field(default=Fraction(1))
    plus: int = attrs.field(default=0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.factor <= 0:
            raise PathwayError(f"a limit cannot be {self.factor} times something: use a ratio above 0")

    def __str__(self) -> str:
        return self.said(IN_WORDS)

    def said(self, voice: Voice) -> str:
        """Return the limit in words or keys."""
        text, measure = self.fact.in_voice(voice), self.fact.measure
        if self.factor != 1:
            percent = self.factor * 100
            whole = percent.denominator == 1 and self.factor < 1
            text = f"{percent} % of {text}" if whole else f"{decimal_text(self.factor)} times {text}"
        if self.plus:
            text += f" {'plus' if self.plus > 0 else 'minus'} {measure.amount(abs(self.plus), voice)}"
        return text


Limit: TypeAlias = Numeral | Numeric | Multiple


# --- Criteria ------------------------------------------------------------------------------------


class Relation(Enum):
    """How a size stands to its limit."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOVE = "above"
    BELOW = "below"


def _first_words(criterion: _CriterionBase) -> str:
    """Return the key of a criterion that is given none: the words that it is first named by."""
    return criterion.name


@attrs.frozen(eq=False, init=False, repr=False)
class _CriterionBase(_Value, Shown):
    """What every criterion has: a key and words to waive it by, a source, and ``&``, ``|`` and ``~``.

    ``own_key`` is what a named criterion is: it decides identity, digest and saved reasons.
    ``name`` is what people read, and may be mended. ``formerly`` lists keys that it had.
    """

    shelf: ClassVar = "criterion"

    name: str = attrs.field(default="", kw_only=True, eq=False, metadata=WORDS)
    own_key: str = attrs.field(default=attrs.Factory(_first_words, takes_self=True), kw_only=True)
    formerly: tuple[str, ...] = attrs.field(default=(), kw_only=True, eq=False)
    cite: Citation | None = attrs.field(default=None, kw_only=True, eq=False)

    def __and__(self, other: Criterion) -> AllOf:
        return AllOf((*_joined(self, AllOf), *_joined(other, AllOf)))

    def __or__(self, other: Criterion) -> AnyOf:
        return AnyOf((*_joined(self, AnyOf), *_joined(other, AnyOf)))

    def __invert__(self) -> Not:
        return Not(cast("Criterion", self))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a criterion is neither true nor false until a chart is asked: join criteria with "
            "&, | and ~ (not and, or, not), and ask with chart.check(criterion)"
        )

    def named(
        self, name: str, cite: Citation | None = None, *, key: str = "", formerly: tuple[str, ...] = ()
    ) -> Criterion:
        """Return the same criterion under a name, by which it is told and waived.

        *key* is what it stays when its words are mended, and is the name where none is given.
        """
        words = {"name": name, "own_key": key or name, "formerly": formerly, "cite": cite or self.cite}
        return cast("Criterion", attrs.evolve(cast("Any", self), **words))

    def keyed(self, key: str, *, formerly: tuple[str, ...] = ()) -> Criterion:
        """Return the same criterion under a key alone: people go on reading what it says."""
        return cast("Criterion", attrs.evolve(cast("Any", self), own_key=key, formerly=formerly))

    def cited(self, cite: Citation) -> Criterion:
        """Return the same criterion with its source."""
        return cast("Criterion", attrs.evolve(cast("Any", self), cite=cite))

    def __str__(self) -> str:
        return self.phrase

    @property
    def phrase(self) -> str:
        """The criterion in words: its name, or what it says if it has none."""
        return self.name or self.text

    @property
    def text(self) -> str:
        """What the criterion says, in words."""
        return cast("Criterion", self).said(IN_WORDS)

    @property
    def brief(self) -> str:
        """The criterion in as few words as will do: without what an explanation shows anyway."""
        return self.name or cast("Criterion", self).without_since.text

    @property
    def key(self) -> str:
        """What saved reasons call the criterion: no label is in it, so labels may be mended."""
        return self.own_key or cast("Criterion", self).said(IN_KEYS)

    def in_voice(self, voice: Voice) -> str:
        """Return what the criterion is called, or what it says if it has no name."""
        return self.phrase if voice is IN_WORDS else self.key

    def negated(self, voice: Voice) -> str:
        """Return the opposite in words or keys."""
        return f"not ({self.in_voice(voice)})"

    @property
    def mentions(self) -> tuple[Fact | Event, ...]:
        """Every fact and event that the criterion asks about, each once."""
        subjects = cast("Criterion", self).subjects
        return tuple(dict.fromkeys(thing for subject in subjects for thing in subject.mentions))


@attrs.frozen(eq=False, init=False, repr=False)
class _Leaf(_CriterionBase):
    """A criterion that is made of no others; only what was recorded since an occasion counts."""

    since: Occasion | None = attrs.field(default=None, kw_only=True)

    @property
    def parts(self) -> tuple[Criterion, ...]:
        """The criteria that it is made of: none."""
        return ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What it looks at: its own subjects, then the occasion since which they count."""
        return (*cast("Leaf", self).looks_at, *((self.since,) if self.since else ()))

    def said(self, voice: Voice) -> str:
        """Return what it says, in words or keys."""
        return cast("Leaf", self).said_alone(voice) + self._said_since(voice)

    def _said_since(self, voice: Voice) -> str:
        if self.since is None:
            return ""
        return f", {'after' if self.since.excluded else 'since'} {self.since.in_voice(voice)}"

    @property
    def without_since(self) -> Criterion:
        """The same criterion, whenever its subjects were recorded."""
        return cast("Criterion", attrs.evolve(cast("Leaf", self), since=None))


@attrs.frozen(eq=False, repr=False)
class Compare(_Leaf):
    """A size stands in a relation to a limit: a whole number, or a multiple of another fact."""

    fact: Numeric
    relation: Relation
    limit: int | Multiple

    @property
    def looks_at(self) -> tuple[Subject, ...]:
        """The size, and that in its limit."""
        return (self.fact, self.limit.fact) if isinstance(self.limit, Multiple) else (self.fact,)

    def said_alone(self, voice: Voice) -> str:
        """Return the comparison in words or keys."""
        limit = self.limit
        limit_said = limit.said(voice) if isinstance(limit, Multiple) else self.fact.measure.amount(limit, voice)
        return f"{self.fact.in_voice(voice)} {self.relation.value} {limit_said}"


_MOST_OPTIONS_SAID = 6


@attrs.frozen(eq=False, repr=False)
class OneOf(_Leaf):
    """A choice is, or was, recorded as one of these options, or includes any of them."""

    fact: Choice | Snapshot
    options: frozenset[str]

    @property
    def choice(self) -> Choice:
        """The choice that has the options."""
        return self.fact if isinstance(self.fact, Choice) else self.fact.fact

    @property
    def looks_at(self) -> tuple[Subject, ...]:
        """The choice, or what it was."""
        return (self.fact,)

    def said_alone(self, voice: Voice) -> str:
        """Return the options in words or keys."""
        if voice is IN_WORDS and len(self.options) > _MOST_OPTIONS_SAID:
            options = f"one of {len(self.options)} options"
        else:
            called = self.choice.label_of if voice is IN_WORDS else str
            options = " or ".join(map(called, self.choice.ordered(self.options)))
        return f"{self.fact.in_voice(voice)} {'includes' if self.choice.several else 'is'} {options}"


@attrs.frozen(eq=False, repr=False)
class IsTrue(_Leaf):
    """A flag is recorded as so."""

    fact: Flag

    @property
    def looks_at(self) -> tuple[Subject, ...]:
        """The flag."""
        return (self.fact,)

    def said_alone(self, voice: Voice) -> str:
        """Return the flag in words or keys."""
        return self.fact.in_voice(voice)

    def negated(self, voice: Voice) -> str:
        """Return the flag's own negative, which needs no "not"."""
        if self.name or voice is IN_KEYS:
            return super().negated(voice)
        return self.fact.absent + self._said_since(voice)


@attrs.frozen(eq=False, repr=False)
class Happened(_Leaf):
    """An event, or any of a group, has happened; the last time within these days."""

    occasion: Occasion
    at_least_ago: int | None = attrs.field(default=None, validator=_whole_days)
    at_most_ago: int | None = attrs.field(default=None, validator=_whole_days)

    def __attrs_post_init__(self) -> None:
        least, most = self.at_least_ago, self.at_most_ago
        if (least or 0) < 0 or (most is not None and most < (least or 0)):
            raise PathwayError(f"{self.occasion.label}: {least} to {most} days ago is no window")

    @property
    def looks_at(self) -> tuple[Subject, ...]:
        """The occasion."""
        return (self.occasion,)

    @property
    def timed(self) -> bool:
        """Whether it matters how long ago it happened."""
        return self.at_least_ago is not None or self.at_most_ago is not None

    def said_alone(self, voice: Voice) -> str:
        """Return the occasion and its window in words or keys."""
        return self.occasion.in_voice(voice) + self._window(voice)

    def negated(self, voice: Voice) -> str:
        """Return that it is not on record, where it does not matter how long ago."""
        if self.name or voice is IN_KEYS or self.timed:
            return super().negated(voice)
        return f"{self.occasion.words} not on record{self._said_since(voice)}"

    def _window(self, voice: Voice) -> str:
        least, most = self.at_least_ago, self.at_most_ago
        if voice is IN_KEYS:  # a month is a month to people, and so many days to programs
            least, most = (None if days is None else int(days) for days in (least, most))
        if most is None:
            return " on record" if least is None else f" at least {in_days(least)} ago"
        return f" at most {in_days(most)} ago" if least is None else f" {least} to {in_days(most)} ago"


class _Joined(_CriterionBase):
    """A criterion that is made of others."""

    __slots__ = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What its parts look at."""
        return tuple(subject for part in cast("Criterion", self).parts for subject in part.subjects)

    @property
    def without_since(self) -> Criterion:
        """The criterion itself: what its parts count from is a part of what it says."""
        return cast("Criterion", self)

    def _listed(self, voice: Voice, joint: str) -> str:
        """Return the parts in words or keys, bracketed or in quotation marks where they would be misread."""
        parts = cast("Criterion", self).parts
        if voice is IN_KEYS:
            return f"({'; '.join(part.key for part in parts)})"
        return joint.join(
            f"'{part.name}'" if part.name else part.text if isinstance(part, Leaf | Not) else f"({part.text})"
            for part in parts
        )


@attrs.frozen(eq=False, repr=False)
class AllOf(_Joined):
    """Every one of these criteria; none at all is always met."""

    parts: tuple[Criterion, ...]

    def said(self, voice: Voice) -> str:
        """Return the parts in words or keys."""
        listed = self._listed(voice, " and ")
        return f"all of {listed}" if voice is IN_KEYS else listed or "nothing asked"


@attrs.frozen(eq=False, repr=False)
class AnyOf(_Joined):
    """At least one of these criteria."""

    parts: tuple[Criterion, ...]

    def said(self, voice: Voice) -> str:
        """Return the parts in words or keys."""
        listed = self._listed(voice, " or ")
        return f"any of {listed}" if voice is IN_KEYS else listed or "never"


@attrs.frozen(eq=False, repr=False)
class SomeOf(_Joined):
    """At least *least* of these criteria."""

    least: int
    parts: tuple[Criterion, ...]

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.least <= len(self.parts):
            raise PathwayError(f"{self.least} of {len(self.parts)} criteria can never be asked for")

    def said(self, voice: Voice) -> str:
        """Return the parts in words or keys."""
        listed = self._listed(voice, "; ")
        return f"{self.least} of {listed}" if voice is IN_KEYS else f"at least {self.least} of: {listed}"


@attrs.frozen(eq=False, repr=False)
class Not(_Joined):
    """The opposite of a criterion; of something unknown it is unknown."""

    part: Criterion

    @property
    def parts(self) -> tuple[Criterion, ...]:
        """The criterion whose opposite this is."""
        return (self.part,)

    @property
    def without_since(self) -> Criterion:
        """The opposite of the part, whenever its subjects were recorded."""
        return attrs.evolve(self, part=self.part if self.part.name else self.part.without_since)

    def said(self, voice: Voice) -> str:
        """Return the opposite of the part in words or keys."""
        return self.part.negated(voice)


Leaf: TypeAlias = Compare | OneOf | IsTrue | Happened
"""A criterion that is made of no others."""
Criterion: TypeAlias = Leaf | AllOf | AnyOf | SomeOf | Not
"""Any criterion: a closed union, so that each reading of it is one ``match``."""

ALWAYS = AllOf(())
"""The guard of a row that asks for nothing."""


def at_least(least: int, *parts: Criterion) -> SomeOf:
    """Return the criterion: at least so many of these.

    >>> FEVER, RASH, ARTHRITIS = (Flag(name, name) for name in ("fever", "rash", "arthritis"))
    >>> print(at_least(2, FEVER.is_true(), RASH.is_true(), ARTHRITIS.is_true()).phrase)
    at least 2 of: fever; rash; arthritis
    """
    return SomeOf(least, parts)


def conjuncts(guard: Criterion) -> tuple[Criterion, ...]:
    """Return the criteria that a guard asks for one by one: those counted, told and waived."""
    return _joined(guard, AllOf)


def nested(guard: Criterion) -> Iterator[Criterion]:
    """Yield every criterion that a guard is made of, at any depth, itself left out."""
    for part in guard.parts:
        yield part
        yield from nested(part)


def leaves(guard: Criterion) -> tuple[Leaf, ...]:
    """Return the criteria that a guard is made of and that are made of no others, each once."""
    return tuple(dict.fromkeys(part for part in (guard, *nested(guard)) if isinstance(part, Leaf)))


def _joined(guard: object, kind: type[AllOf] | type[AnyOf]) -> tuple[Criterion, ...]:
    """Return the parts of an unnamed guard of this kind, so that chains stay flat.

    The source of the whole becomes that of the parts which have none.
    """
    if isinstance(guard, kind) and not guard.name:
        cite = guard.cite
        return guard.parts if cite is None else tuple(p if p.cite else p.cited(cite) for p in guard.parts)
    if not isinstance(guard, _CriterionBase):
        raise TypeError(f"{guard!r} is not a criterion; facts have verbs: FACT.at_least(...), FLAG.is_true()")
    return (cast("Criterion", guard),)


def _compare(fact: _Comparable, relation: Relation, limit: Limit, since: Occasion | None) -> Compare:
    numeric = cast("Numeric", fact)
    if isinstance(limit, Quantity | Tally | Baseline):
        limit = Multiple(limit)
    if not isinstance(limit, Multiple):
        whole = numeric.measure.exactly(limit)
        if isinstance(fact, Quantity | Baseline):
            fact.measure.check_plausible(whole)
        return Compare(numeric, relation, whole, since=since)
    mine, other = numeric.measure, limit.fact.measure
    if (mine.unit, mine.resolution) != (other.unit, other.resolution):
        raise PathwayError(
            f"{mine.name} ({mine.unit} by {mine.resolution}) cannot be compared with "
            f"{other.name} ({other.unit} by {other.resolution})"
        )
    return Compare(numeric, relation, limit, since=since)
