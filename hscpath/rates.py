"""How often what happens next, and when: the shares and times from which cohorts are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, TypeAlias, cast

import attrs
from attrs.validators import deep_iterable, deep_mapping, instance_of, optional

from hscpath.citations import Citation
from hscpath.criteria import Event, Fact, Quantity, Stored
from hscpath.days import Approximate, in_days
from hscpath.errors import InvalidFinding, InvalidRates, PathwayError, Problem, Shown, brief, did_you_mean
from hscpath.numbers import Numeral, as_ratio
from hscpath.pathway import Pathway, State, Transition

__all__ = ["Mix", "Rates", "Spread", "Then", "Way", "then"]

_SHARE_TOLERANCE = Fraction(1, 10**9)
"""How far shares that were computed may be from 1 in all."""

_MAX_DAYS = 999_999
"""The most days that anything may take."""


@attrs.frozen(init=False, repr=False)
class Spread(Shown):
    """Numbers as papers report them: equally spaced quantiles, from the least to the greatest.

    Two are a range, all of it alike; three are least, median and greatest; five have the quartiles
    too. Between two quantiles every number is alike.

    >>> print(Spread(7, 8, 9))
    7 to 9, median 8
    """

    quantiles: tuple[object, ...]

    def __init__(self, *quantiles: object) -> None:
        object.__setattr__(self, "quantiles", quantiles)

    def __str__(self) -> str:
        shown = [str(quantile) for quantile in self.quantiles]
        middle = f", median {shown[len(shown) // 2]}" if len(shown) > 2 and len(shown) % 2 else ""
        return " to ".join(dict.fromkeys([*shown[:1], *shown[-1:]])) + middle


def _pairs(given: Mapping[Any, Numeral]) -> tuple[tuple[object, Numeral], ...]:
    return tuple(given.items())


@attrs.frozen(repr=False)
class Mix(Shown):
    """Values, each with the share of those who have it.

    >>> print(Mix({"female": "0.9", "male": "0.1"}))
    female 0.9, male 0.1
    """

    shares: tuple[tuple[object, Numeral], ...] = attrs.field(converter=_pairs)

    def __str__(self) -> str:
        return ", ".join(f"{value} {share}" for value, share in self.shares)


@attrs.frozen(repr=False)
class Then(Shown):
    """An event that comes next: after how many days, where it leads, and what it records."""

    event: Event | str = attrs.field(validator=instance_of((Event, str)))
    days: int | Spread = 0
    to: State | str | None = attrs.field(default=None, validator=optional(instance_of((State, str))))
    findings: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.event if isinstance(self.event, str) else self.event.label


def then(event: Event | str, days: int | Spread = 0, *, to: State | str | None = None, **findings: object) -> Then:
    """Return the event as it comes next.

    *days* is a number of days since the event before, or a ``Spread`` of them; *to* says where it
    leads, where it may lead to several states. A finding is a value, a ``Spread`` of values or a
    ``Mix`` of them; units may be written (``upcr=Spread("500 mg/g", "3 g/g")``).

    >>> FEVER = Event("fever", "fever")
    >>> print(then(FEVER, Spread(3, 9)))
    fever
    """
    return Then(event, days, to, tuple(findings.items()))


def _thens(given: Iterable[Then] | Then) -> tuple[Then, ...]:
    return (given,) if isinstance(given, Then) else tuple(given)


@attrs.frozen(repr=False)
class Way(Shown):
    """One way on from a state: the share of patients who go it, what happens on it, and the source.

    Without any event, these patients stay where they are until they are no longer followed.
    """

    share: Numeral
    events: tuple[Then, ...] = attrs.field(default=(), converter=_thens, validator=deep_iterable(instance_of(Then)))
    cite: Citation | None = attrs.field(default=None, kw_only=True)

    def __str__(self) -> str:
        return f"{self.share}: {', then '.join(map(str, self.events)) or 'nothing more'}"


def _ways(given: Iterable[Way] | Way) -> tuple[Way, ...]:
    return (given,) if isinstance(given, Way) else tuple(given)


_ARE_WAYS: Callable[[Any, attrs.Attribute[Any], Any], Any] = deep_iterable(instance_of(Way))


def _by_state(given: Mapping[Any, Iterable[Way] | Way]) -> Mapping[str, tuple[Way, ...]]:
    return {state.name if isinstance(state, State) else state: _ways(ways) for state, ways in given.items()}


@attrs.frozen(repr=False)
class Rates(Shown):
    """What happens next, how often and when, from each state on.

    *ways* holds the ways on from each state, with shares that come to 1; where a state has none,
    patients stay. *ends* says how the observation of a patient ends who has not died before: with
    which event, how often, and how many days after the first. Nothing is checked before the rates
    meet a pathway.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL, DEAD = State("well", "well"), State("ill", "ill"), State("dead", "dead", final=True)
    >>> FELL_ILL, DIED, SEEN = Event("fell_ill", "fell ill"), Event("died", "died"), Event("seen", "seen")
    >>> toy = Pathway("toy", "1", WELL, [
    ...     WELL.on(FELL_ILL, to=ILL), ILL.on(DIED, to=DEAD), WELL.on(SEEN), ILL.on(SEEN)
    ... ])
    >>> rates = Rates({
    ...     WELL: [Way("0.3", [then(FELL_ILL, Spread(10, 20))]), Way("0.7")],
    ...     ILL: [Way(1, [then(DIED, Spread(1, 3, 9))])],
    ... }, ends=[Way(1, [then(SEEN, 365)])])
    >>> rates.check(toy)
    >>> Rates({WELL: [Way("0.3", [then(FELL_ILL, -2)]), Way("0.6", [then("cured")])]}).check(toy)
    Traceback (most recent call last):
    hscpath.errors.InvalidRates: 3 problems:
      - well: the shares come to 9/10, not to 1
      - well, fell ill: after -2 days: no event comes before the one before it
      - well: 'cured' is no event of this pathway; known: died, fell_ill, seen
    """

    ways: Mapping[str, tuple[Way, ...]] = attrs.field(
        converter=_by_state, validator=deep_mapping(instance_of(str), _ARE_WAYS), hash=False
    )
    ends: tuple[Way, ...] = attrs.field(default=(), converter=_ways, validator=_ARE_WAYS, kw_only=True)

    def __str__(self) -> str:
        return f"{sum(map(len, self.ways.values()))} ways from {len(self.ways)} states"

    def check(self, pathway: Pathway) -> None:
        """Raise ``InvalidRates``, with everything that is wrong, where the rates do not fit a pathway."""
        read(self, pathway)

    def table(self, pathway: Pathway) -> str:
        """Return the rates as text: from each state, which share goes which way, after how long, from which source."""
        ways, ends = read(self, pathway)
        lines: list[str] = []
        for name, some in self.ways.items():
            lines += ["", pathway.state(name).label, *map(_line, some, ways[name].ways)]
        if ends:
            lines += ["", "end of observation, from the first day on", *map(_line, self.ends, ends.ways)]
        return "\n".join(lines[1:])

    @property
    def cited(self) -> tuple[Citation, ...]:
        """Every source, in order of first mention."""
        ways = [way for some in (*self.ways.values(), self.ends) for way in some]
        return tuple(dict.fromkeys(way.cite for way in ways if way.cite))


def _line(way: Way, moves: tuple[Move, ...]) -> str:
    events = [f"{move.event.label}{_after(coming.days)}" for coming, move in zip(way.events, moves, strict=True)]
    to = [move.after for move in moves if move.after != move.before]
    leads = f": {moves[-1].after}" if to else ""
    source = f" [{way.cite}]" if way.cite else ""
    return f"  {float(as_ratio(way.share) * 100):.4g} %  {', then '.join(events) or 'nothing more'}{leads}{source}"


def _after(days: int | Spread) -> str:
    """Return after how many days something comes, in words."""
    some = [cast("int", day) for day in (days.quantiles if isinstance(days, Spread) else (days,))]
    middle = f", median {in_days(some[len(some) // 2])}" if len(some) > 2 and len(some) % 2 else ""
    if some[0] == some[-1]:
        return f" after {in_days(some[0])}" if some[0] else ""
    approximate = any(isinstance(day, Approximate) for day in some)
    return f" after {in_days(some[0]) if approximate else some[0]} to {in_days(some[-1])}{middle}"


# --- Rates as a pathway reads them ------------------------------------------------------------------


@attrs.frozen
class Even:
    """Whole numbers by equally spaced quantiles."""

    quantiles: tuple[int, ...]


@attrs.frozen
class OneIn:
    """Stored values, each with the share of it and of those before it."""

    values: tuple[Stored, ...]
    upto: tuple[float, ...]


ValueDraw: TypeAlias = Even | OneIn


@attrs.frozen
class Move:
    """An event from one state to another: after how many days, and what it records."""

    event: Event
    before: State | None
    """``None`` for what may happen in any state, and changes none."""
    after: State | None
    days: Even
    findings: tuple[tuple[Fact, ValueDraw], ...]


@attrs.frozen
class Choices:
    """The ways on from a state, each with the share of it and of those before it."""

    upto: tuple[float, ...]
    ways: tuple[tuple[Move, ...], ...]


def read(rates: Rates, pathway: Pathway) -> tuple[Mapping[str, Choices], Choices | None]:
    """Return the ways by state, and how observation ends, as a pathway understands them.

    Raises ``InvalidRates`` with everything that is wrong.
    """
    reader = _RatesReader(pathway)
    ways = {name: reader.choices(name, some) for name, some in rates.ways.items()}
    ends = reader.ends(rates) if rates.ends else None
    if pathway.initial.name not in rates.ways:
        reader.note(f"nothing ever happens: give the ways on from {pathway.initial.label!r}, where everybody starts")
    if reader.problems:
        raise InvalidRates(*reader.problems)
    return cast("Mapping[str, Choices]", ways), ends


class _RatesReader:
    """Reads rates part by part, and notes what is wrong instead of stopping at it."""

    def __init__(self, pathway: Pathway) -> None:
        self.pathway = pathway
        self.states = {state.name: state for state in pathway.states}
        self.events = {event.name: event for event in pathway.events}
        self.rows: dict[tuple[str, str], list[Transition]] = {}
        for row in pathway.transitions:
            for state in row.source.states:
                self.rows.setdefault((state.name, row.event.name), []).append(row)
        self.problems: list[Problem] = []

    def note(self, text: str) -> None:
        self.problems.append(Problem(text))

    def choices(self, name: str, ways: tuple[Way, ...]) -> Choices | None:
        state = self.states.get(name)
        if state is None:
            self.note(f"{brief(name)} is no state of this pathway; {did_you_mean(name, self.states)}")
            return None
        if state.final:
            self.note(f"{state.label}: nothing follows a final state, so leave its ways out")
        upto = self.shares(state.label, [way.share for way in ways])
        return Choices(upto, tuple(tuple(self.moves(state, way)) for way in ways))

    def shares(self, where: str, given: Iterable[Numeral]) -> tuple[float, ...]:
        """Return the sums of the shares so far, or note why they are none."""
        shares: list[Fraction] = []
        for share in given:
            try:
                ratio = as_ratio(share)
            except PathwayError:
                ratio = Fraction(-1)
            if not 0 <= ratio <= 1 or isinstance(share, bool):
                self.note(f"{where}: {brief(share)} is no share: write a number from 0 to 1")
            shares.append(ratio)
        total = sum(shares, Fraction(0))
        if abs(total - 1) > _SHARE_TOLERANCE and all(share >= 0 for share in shares):
            self.note(f"{where}: the shares come to {total if total.denominator < 1000 else float(total)}, not to 1")
            return ()
        return tuple(float(sum(shares[: number + 1]) / total) if total else 0.0 for number in range(len(shares)))

    def moves(self, state: State, way: Way) -> Iterator[Move]:
        """Yield the moves of a way, each from the state that the one before led to."""
        for coming in way.events:
            event = self.event(state.label, coming)
            if event is None:
                return
            after = self.target(state, event, coming)
            where = f"{state.label}, {event.label}"
            move = Move(event, state, after, self.days(where, coming.days), tuple(self.findings(where, event, coming)))
            if after is None:
                return
            yield move
            state = after

    def event(self, where: str, coming: Then) -> Event | None:
        name = coming.event if isinstance(coming.event, str) else coming.event.name
        known = self.events.get(name)
        if known is None:
            self.note(f"{where}: {brief(name)} is no event of this pathway; {did_you_mean(name, self.events)}")
        return known

    def target(self, state: State, event: Event, coming: Then) -> State | None:
        ends = {
            row.target_from(state).name: row.target_from(state) for row in self.rows.get((state.name, event.name), ())
        }
        to = coming.to.name if isinstance(coming.to, State) else coming.to
        where = f"{state.label}, {event.label}"
        if not ends:
            self.note(f"{where}: this event cannot happen in this state")
        elif to is None and len(ends) > 1:
            self.note(f"{where}: say where it leads, with to=: {' or '.join(map(repr, ends))}")
        elif to is not None and to not in ends:
            self.note(f"{where}: it does not lead to {brief(to)}; {did_you_mean(to, ends)}")
        else:
            return ends[to] if to is not None else next(iter(ends.values()))
        return None

    def days(self, where: str, given: int | Spread) -> Even:
        quantiles: list[int] = []
        for day in given.quantiles if isinstance(given, Spread) else (given,):
            whole = isinstance(day, int | float) and not isinstance(day, bool) and isfinite(day) and day == int(day)
            if not whole or abs(cast("float", day)) > _MAX_DAYS:
                self.note(f"{where}: {brief(day)} is no whole number of days")
            elif cast("float", day) < 0:
                self.note(f"{where}: after {day} days: no event comes before the one before it")
            else:
                quantiles.append(int(cast("float", day)))
        return self.even(where, "days", given, quantiles)

    def even(self, where: str, what: str, given: object, quantiles: list[int]) -> Even:
        if isinstance(given, Spread) and not given.quantiles:
            self.note(f"{where}, {what}: a spread needs at least one number")
        if quantiles != sorted(quantiles):
            self.note(f"{where}, {what}: {given}: write a spread from the least to the greatest")
        return Even(tuple(quantiles))

    def findings(self, where: str, event: Event, coming: Then) -> Iterator[tuple[Fact, ValueDraw]]:
        facts: dict[str, Fact] = {fact.name: fact for fact in event.facts}
        given = dict(coming.findings)
        for name, what in given.items():
            if name not in facts:
                self.note(f"{where}: it does not record {name!r}; {did_you_mean(name, facts)}")
                continue
            fact = facts[name]
            if isinstance(what, Mix):
                upto = self.shares(f"{where}, {fact.name}", [share for _, share in what.shares])
                values = tuple(self.stored(where, fact, value) for value, _ in what.shares)
                yield fact, OneIn(cast("tuple[Stored, ...]", values), upto)
            elif isinstance(fact, Quantity):
                some = what.quantiles if isinstance(what, Spread) else (what,)
                stored = [self.stored(where, fact, value) for value in some]
                yield fact, self.even(where, name, what, [cast("int", value) for value in stored if value is not None])
            elif isinstance(what, Spread):
                self.note(f"{where}: {name} has no sizes, so no spread: give a value, or a Mix of values")
            else:
                yield fact, OneIn((cast("Stored", self.stored(where, fact, what)),), (1.0,))

    def stored(self, where: str, fact: Fact, value: object) -> Stored | None:
        try:
            return fact.store(value)
        except InvalidFinding as error:
            self.problems += [Problem(f"{where}: {problem}", fact.name) for problem in error.problems]
            return None

    def ends(self, rates: Rates) -> Choices:
        """Return how observation ends: with one event, which has to be possible wherever a patient may be."""
        upto = self.shares("ends", [way.share for way in rates.ends])
        here = [state for state in self.pathway.states if not state.final]
        ways: list[tuple[Move, ...]] = []
        for way in rates.ends:
            if len(way.events) != 1:
                self.note("ends: give just one event for each way in which observation ends")
            for coming in way.events[:1]:
                event = self.event("ends", coming)
                if event is None:
                    continue
                stays = [s for s in here if any(r.target_from(s) == s for r in self.rows.get((s.name, event.name), ()))]
                if len(stays) < len(here):
                    missing = next(state for state in here if state not in stays)
                    self.note(f"ends, {event.label}: it cannot happen in every state, such as {missing.label!r}")
                where = f"ends, {event.label}"
                found = tuple(self.findings(where, event, coming))
                ways.append((Move(event, None, None, self.days(where, coming.days), found),))
        return Choices(upto, tuple(ways))
