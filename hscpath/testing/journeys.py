"""Journeys that aim: a goal is drawn, and then steps by which it is reached.

At each step a row is chosen that leads nearer, and its event records what makes that row decide
(``hscpath.solve``), so nothing is drawn in vain. Where the record as it stands cannot lead on, the
shortest journey there is (``hscpath.paths``) is taken, and varied as long as its rest still holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial, wraps
from math import inf
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from hscpath.chart import Chart
from hscpath.criteria import Criterion, Event, Fact, leaves
from hscpath.decisions import TransitionNotAllowed
from hscpath.engine import Engine, Row, compiled
from hscpath.errors import InvalidRecord, brief
from hscpath.journey import Journey, Record
from hscpath.paths import NoJourney, Paths, Undecided, Waypoint, happens, is_entered
from hscpath.pathway import Pathway, State, Transition
from hscpath.solve import Attempt, Choose, Draft, Span, one_of, rotated, spans_by_criteria, wanted
from hscpath.testing.apps import as_record

Draw: TypeAlias = st.DrawFn
Closed: TypeAlias = frozenset[tuple[str, int]]
"""Rows that cannot be taken from a state, by the state's name and the row's identity."""

P = ParamSpec("P")
T = TypeVar("T")

A_REASON = "drawn, to show what a reason lets through"
NOT_STATED = "drawn, as if the source did not state it"
MOST_STEPS = 24
NOTHING: Mapping[str, Sequence[Span]] = {}


# --- The way ---------------------------------------------------------------------------------------


def _key(waypoint: Waypoint) -> object:
    return id(waypoint) if isinstance(waypoint, Transition) else (type(waypoint), waypoint.name)


def _once(measure: Callable[Concatenate[Routes, P], T]) -> Callable[Concatenate[Routes, P], T]:
    """Return a method that remembers what it returned for some waypoints, all given by position."""

    @wraps(measure)
    def remembered(routes: Routes, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (measure.__name__, *map(_key, cast("tuple[Waypoint, ...]", args)))
        if key not in routes.made:
            routes.made[key] = measure(routes, *args, **kwargs)
        return cast("T", routes.made[key])

    return remembered


class Routes:
    """A pathway as a traveller sees it: which rows start where, how far it is, and the shortest journeys."""

    def __init__(self, pathway: Pathway) -> None:
        self.pathway, self.paths = pathway, Paths(pathway, limit=60)
        self.rows: dict[str, list[Transition]] = {state.name: [] for state in pathway.states}
        self._ways: list[tuple[str, int, str]] = []
        for row in pathway.transitions:
            for state in row.source.states:
                self.rows[state.name].append(row)
                self._ways.append((state.name, id(row), row.target_from(state).name))
        self.made: dict[object, Any] = {}

    def __repr__(self) -> str:
        return repr(self.pathway)

    def distances(self, waypoint: Waypoint, closed: Closed = frozenset()) -> Mapping[str, int]:
        """Return how many rows lie between a state and one where a waypoint is passed, by rows not *closed*."""
        return self._measured(waypoint, closed) if closed else self._open_distances(waypoint)

    @_once
    def _open_distances(self, waypoint: Waypoint) -> dict[str, int]:
        return self._measured(waypoint, frozenset())

    def _measured(self, waypoint: Waypoint, closed: Closed) -> dict[str, int]:
        before: dict[str, dict[str, None]] = {}
        for source, row, target in self._ways:
            if source != target and (source, row) not in closed:
                before.setdefault(target, {})[source] = None
        found = {source: 0 for source, row in self._passing(waypoint) if (source, row) not in closed}
        frontier = list(found)
        for name in frontier:
            new = [source for source in before.get(name, ()) if source not in found]
            found |= dict.fromkeys(new, found[name] + 1)
            frontier += new
        return found

    @_once
    def _passing(self, waypoint: Waypoint) -> list[tuple[str, int]]:
        rows = ((state, row) for state in self.pathway.states for row in self.rows[state.name])
        return [(state.name, id(row)) for state, row in rows if passes(waypoint, state, row)]

    def subjects_of(self, waypoint: Waypoint) -> tuple[Fact | Event, ...]:
        """Return what the rows by which a waypoint is passed ask about."""
        return tuple(dict.fromkeys(thing for guard in self._guards(waypoint) for thing in guard.mentions))

    @_once
    def mentioned(self, row: Transition) -> frozenset[str]:
        """Return the names of what a row asks about."""
        return frozenset(thing.name for guard in (row.when, row.expects) for thing in guard.mentions)

    @_once
    def of_use(self, waypoint: Waypoint) -> Mapping[str, Sequence[Span]]:
        """Return the facts that these rows ask about, each with its values as their criteria tell them apart."""
        asked = tuple(dict.fromkeys(leaf for guard in self._guards(waypoint) for leaf in leaves(guard)))
        facts = (thing for thing in self.subjects_of(waypoint) if not isinstance(thing, Event))
        return {fact.name: spans_by_criteria(fact, asked) for fact in facts}

    def _guards(self, waypoint: Waypoint) -> Iterator[Criterion]:
        passing = {row for _, row in self._passing(waypoint)}
        return (guard for row in self.pathway.transitions if id(row) in passing for guard in (row.when, row.expects))

    @_once
    def shortest(self, *waypoints: Waypoint) -> Journey | NoJourney | Undecided:
        """Return the shortest journey by waypoints, or why there is none."""
        try:
            return self.paths.to(*waypoints)
        except (NoJourney, Undecided) as error:
            return error


@lru_cache(maxsize=8)
def _mapped(engine: Engine) -> Routes:
    return Routes(engine.pathway)


def routes_of(pathway: Pathway) -> Routes:
    """Return the map of a pathway, which is made once for the pathways in use."""
    return _mapped(compiled(pathway))


def passes(waypoint: Waypoint, state: State, row: Transition) -> bool:
    """Return whether a step by a row from a state passes a waypoint."""
    return happens(waypoint, row) or is_entered(waypoint, row, state)


# --- One step --------------------------------------------------------------------------------------


def chooser(draw: Draw) -> Choose:
    """Return a choice among so many that is drawn, and shrinks to the first."""
    return lambda of: draw(st.integers(0, of - 1)) if of > 1 else 0


_ROOM = 2**24


def pooled(choose: Choose) -> Choose:
    """Return a choice that takes several from one number, digit by digit: drawing is what takes longest."""
    number, room = 0, 1

    def chosen(of: int) -> int:
        nonlocal number, room
        if of > room:
            room = max(of, _ROOM)
            number = choose(room)
        number, digit = divmod(number, of)
        room //= of
        return digit

    return chosen


def step_by(
    choose: Choose,
    journey: Journey,
    rows: Collection[Transition],
    *,
    clear: bool = True,
    of_use: Mapping[str, Sequence[Span]] = NOTHING,
) -> Record | None:
    """Return a record by which one of some rows decides next, or ``None`` if none was found.

    If it is not to be *clear*, it is as real records are: with a criterion departed from for a reason, with
    something left out, or inferred. Now and then there is more in it than was asked for, and mostly what will
    be *of use*: facts, with the values that are to be told apart.
    """
    rows, choose = rotated(tuple(rows), choose), pooled(choose)
    for row in rows:
        found = Attempt(wanted(journey, row, clear=clear), choose).solve(Draft.after(journey, row.event))
        if found is not None:
            more = [fact for fact in found.open.values() if fact not in row.event.must]
            for fact in [fact for fact in more if fact.name in of_use and choose(4)]:
                more.remove(fact)
                found = found.with_any_value(fact, choose, of_use[fact.name])
            for _ in range(min(len(more), (0, 0, 1, 3)[choose(4)])):
                found = found.with_any_value(more.pop(choose(len(more))), choose)
            record = found.record(choose)
            taken = reasoned(journey, record if clear else _as_sources_are(choose, record), row)
            if taken is not None:
                return taken
    return None


def _as_sources_are(choose: Choose, record: Record) -> Record:
    """Return a record as a source may give it: with a finding or the day left out, or as inferred."""
    match choose(4):
        case 1 if record.findings:
            gone = choose(len(record.findings))
            findings = record.findings[:gone] + record.findings[gone + 1 :]
            return attrs.evolve(record, findings=findings, inferred=NOT_STATED)
        case 2:
            return attrs.evolve(record, day=None)
        case 3:
            return attrs.evolve(record, inferred=NOT_STATED)
        case _:
            return record


def reasoned(journey: Journey, record: Record, row: Transition) -> Record | None:
    """Return a record with the reasons by which a row takes it, or ``None`` if no reason makes it do so."""
    decision = journey.ask(record)
    if decision.ambiguous:
        record = attrs.evolve(record, to=row.target_from(journey.state).name)
        decision = journey.ask(record)
    if decision.row is None or decision.row.transition is not row:
        return None
    if decision.open:
        record = attrs.evolve(record, override=dict.fromkeys((guard.key for guard in decision.open), A_REASON))
    return record


# --- Whole journeys ----------------------------------------------------------------------------------

_DEEPEST = 2
"""How many steps may be taken only for what comes after them."""


class Traveller:
    """A journey as it is drawn: at most so many steps, towards one waypoint after another."""

    def __init__(self, choose: Choose, way: Routes, most: int) -> None:
        self.choose, self.map, self.most = choose, way, most
        self.journey: Journey = Journey(way.pathway)
        self.of_use: Mapping[str, Sequence[Span]] = NOTHING

    @property
    def here(self) -> str:
        """The name of the state where the walk stands."""
        return self.journey.state.name

    @property
    def left(self) -> int:
        """How many steps may still be taken."""
        return self.most - len(self.journey.steps)

    def directed(self, through: Sequence[Waypoint], end: Sequence[State], shortest: Journey | None) -> bool:
        """Walk through waypoints, in this order, to an end, and return whether that was possible.

        The simplest of choices, to which all others shrink, is the *shortest* journey as it is.
        """
        way = self.choose(8)
        if shortest is not None and way == 0:
            self.journey = shortest
        elif shortest is not None and way == 1:
            self.along(shortest)
        elif not (self._led(through, end, astray=way % 2 == 1) or self._led(through, end, astray=False)):
            if shortest is None:
                return False
            self.along(shortest)
        return True

    def _led(self, through: Sequence[Waypoint], end: Sequence[State], *, astray: bool) -> bool:
        """Walk from the start through waypoints to an end, perhaps by way of some other row."""
        self.journey = Journey(self.map.pathway)
        if astray:
            rows = self.map.pathway.transitions
            self.towards(one_of(rows, self.choose))
        return all(map(self.towards, through)) and all(self.here == state.name or self.towards(state) for state in end)

    def wander(self) -> None:
        """Walk to a row that is drawn, and then perhaps far away, and again; now and then to an end.

        Every other journey that goes on goes through the event from which days are counted, if there is one.
        """
        rows, zero = self.map.pathway.transitions, self.map.pathway.day_zero
        for leg in range(one_of((0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3), self.choose)):
            if leg == 0:
                self.towards(one_of(rows, self.choose))
            elif leg == 1 and zero is not None and self.choose(2):
                self.towards(zero)
            else:
                drawn = [one_of(rows, self.choose) for _ in range(3)]
                self.towards(max(drawn, key=lambda row: self.map.distances(row).get(self.here, -1)))
            for _ in range(one_of((0, 0, 1, 3), self.choose)):
                self.stay()
        if self.choose(6) == 5:
            self._step([row for row in self.map.rows[self.here] if _ends(row)], 0)

    def towards(self, waypoint: Waypoint, *, deep: int = _DEEPEST) -> bool:
        """Walk to a waypoint by rows that lead nearer, and return whether it was passed.

        Where none of them can be taken, they are held for closed from there on, and another way is looked for. If
        there is none, something may have to come first, with values to compare with: an event that the rows which
        pass the waypoint ask about, and then perhaps a row that was closed, as it wants something itself.
        """
        start = self.journey
        closed = self._towards(waypoint)
        return closed is None or (
            deep > 0 and any(self._by_way_of(first, waypoint, start, deep) for first in self._lacking(waypoint, start))
        )

    def _towards(self, waypoint: Waypoint) -> list[Transition] | None:
        """Walk to a waypoint; where that fails, return the rows that were closed on the way."""
        closed: Closed = frozenset()
        shut: list[Transition] = []
        while (here := self.here) in (far := self.map.distances(waypoint, closed)) and self.left > far[here]:
            if self.left > far[here] + 1 and self.choose(8) == 7:
                self.stay()
            ways = [row for row in self.map.rows[here] if (here, id(row)) not in closed]
            if far[here]:
                ways = [row for row in ways if row.target and far.get(row.target.name, inf) < far[here]]
            else:
                ways = [row for row in ways if passes(waypoint, self.journey.state, row)]
            if not self._step(ways):
                closed |= {(here, id(row)) for row in ways}
                shut += ways if far[here] else []
            elif not far[here]:
                return None
        return shut

    def _by_way_of(self, first: Event, waypoint: Waypoint, start: Journey, deep: int) -> bool:
        self.journey = start
        if not self.towards(first, deep=0):
            return False
        start = self.journey
        shut = self._towards(waypoint)
        if not shut:
            return shut is None
        self.journey = start
        return self.towards(one_of(shut, self.choose), deep=deep - 1) and self.towards(waypoint, deep=0)

    def _lacking(self, waypoint: Waypoint, start: Journey) -> Iterator[Event]:
        """Yield the events that a waypoint may want and that are not on record; what it asks is recorded from here."""
        asked = self.map.subjects_of(waypoint)
        self.of_use = self.map.of_use(waypoint)
        there = {step.event.name for step in start.steps}
        yield from rotated([each for each in asked if isinstance(each, Event) and each.name not in there], self.choose)

    def stay(self) -> bool:
        """Take a step that changes no state, if one is found."""
        return self._step([row for row in self.map.rows[self.here] if self._stays(row)], 0)

    def _stays(self, row: Transition) -> bool:
        return row.target is None or row.target.name == self.here

    def _step(self, rows: Collection[Transition], deep: int = _DEEPEST) -> bool:
        """Take a step by one of some rows: clearly, if need be after what has to come first, or with a reason."""
        going_on = self.choose(8) < 7
        while going_on and not self._take(step_by(self.choose, self.journey, rows, of_use=self.of_use)):
            first = [row for row in self._first(rows) if row not in rows] if deep else []
            going_on = bool(first) and self._step(first, deep - 1)
        return going_on or self._take(step_by(self.choose, self.journey, rows, clear=False, of_use=self.of_use))

    def _first(self, rows: Iterable[Transition]) -> Iterator[Transition]:
        """Yield the rows that change no state, of an event that some rows ask about and that did not happen here."""
        asked = {name for row in rows for name in self.map.mentioned(row)}
        steps = self.journey.steps
        since = max((n + 1 for n, step in enumerate(steps) if step.state.name != self.here), default=0)
        asked -= {step.event.name for step in steps[since:]}
        return (row for row in self.map.rows[self.here] if row.event.name in asked and self._stays(row))

    def _take(self, record: Record | None) -> bool:
        if record is None or self.left <= 0:
            return False
        self.journey = self.journey.take(record)
        return True

    def along(self, shortest: Journey) -> None:
        """Walk as another journey does, from the start, with its steps varied as long as its rest still holds."""
        self.journey = Journey(self.map.pathway)
        rest = row_steps(shortest)[: self.most]
        while rest:
            if self.left > len(rest) and self.choose(6) == 5:
                self._vary(self.stay, rest)
            leg, *rest = rest
            if not self._vary(partial(self._step, [leg.row], 0), rest):
                self.journey = leg.followed(self.journey) or self.journey

    def _vary(self, step: Callable[[], bool], rest: Iterable[RowStep]) -> bool:
        """Take a step if the rest still holds after it, and return whether it was taken."""
        before = self.journey
        if step() and _hold(self.journey, rest):
            return True
        self.journey = before
        return False

    def lengthen(self, least: int, *, anywhere: bool) -> None:
        """Walk on, or before an end, until there are so many steps, as far as that can be.

        If it may not lead *anywhere*, it ends in the same state, and an end is reached by the same row.
        """
        before = self.journey
        if len(before.steps) >= least:
            return
        ended = before.state.final
        ending = row_steps(before)[-1:] if ended and not anywhere else []
        self.journey = Journey.replay(self.map.pathway, before.steps[: -1 if ended else None])
        while len(self.journey.steps) < least - len(ending) and (self.stay() or (anywhere and self._go_on())):
            pass
        if not all(self._step([leg.row], 0) for leg in ending):
            self.journey = before

    def _go_on(self) -> bool:
        """Take a step by any row, by one that leads to an end only if no other can be taken."""
        rows = self.map.rows[self.here]
        return self._step([row for row in rows if not _ends(row)]) or self._step(rows)


def _ends(row: Transition) -> bool:
    return row.target is not None and row.target.final


@attrs.frozen(eq=False)
class RowStep:
    """A step of a journey as a record, the row it takes, and how many days it comes after the last day stated."""

    record: Record
    row: Transition
    days: int | None

    def followed(self, journey: Journey) -> Journey | None:
        """Return a journey with this step taken by the same row, or ``None`` where it is not."""
        record = self.record
        if self.days is not None:
            record = attrs.evolve(record, day=(journey.last_stated_day or 0) + self.days)
        try:
            row = journey.ask(record).row
            return journey.take(record) if row is not None and row.transition is self.row else None
        except (TransitionNotAllowed, InvalidRecord):
            return None


def row_steps(journey: Journey) -> list[RowStep]:
    """Return the steps of a journey, each with its row and the days since the last day stated."""
    found: list[RowStep] = []
    last = 0
    for step, decision in zip(journey.steps, journey.decisions(), strict=True):
        day = step.day if isinstance(step.day, int) else None
        found.append(
            RowStep(as_record(step), cast("Row", decision.row).transition, None if day is None else day - last)
        )
        last = last if day is None else day
    return found


def _hold(journey: Journey, rest: Iterable[RowStep]) -> bool:
    """Return whether the rest of a journey can be taken after this one."""
    after: Journey | None = journey
    for leg in rest:
        after = after and leg.followed(after)
    return after is not None


# --- Strategies --------------------------------------------------------------------------------------


class Aim:
    """What is to be drawn: where to, and how long; its representation is short, as Hypothesis prints it."""

    def __init__(
        self, pathway: Pathway, through: Sequence[Waypoint] = (), end: Sequence[State] = (), *, least: int, most: int
    ) -> None:
        self.map = routes_of(pathway)
        self.through, self.end, self.least, self.most = through, end, least, most

    def __repr__(self) -> str:
        aims = ", then ".join(map(str, (*self.through, *self.end)))
        return f"<{self.map!r}{aims and f', by way of {aims}'}, {self.least} to {self.most} steps>"

    @property
    def directed(self) -> bool:
        """Whether it matters where a journey goes."""
        return bool(self.through or self.end)

    @cached_property
    def shortest(self) -> Journey | Undecided:
        """The shortest journey that goes there, if that could be decided; raise where none goes, or none so short."""
        found = self.map.shortest(*self.through, *self.end)
        if isinstance(found, NoJourney):
            raise InvalidArgument(str(found))
        if isinstance(found, Journey) and len(found.steps) > self.most:
            raise InvalidArgument(f"max_steps: {self.most} is too few, the shortest journey takes {len(found.steps)}")
        return found

    def strategy(self) -> st.SearchStrategy[Journey]:
        """Return the strategy; where it matters where journeys go, the shortest is found before any is drawn."""
        if self.directed:
            _ = self.shortest
        return _journeys(self)


def journeys(
    pathway: Pathway,
    *,
    ending_in: State | str | None = None,
    through: Iterable[Waypoint | str] | Waypoint | str = (),
    min_steps: int = 0,
    max_steps: int = MOST_STEPS,
) -> st.SearchStrategy[Journey]:
    """Return a strategy for journeys on a pathway, of *min_steps* to *max_steps* steps.

    They go through states, events or rows, in this order, and end in a state, where these are given. With none,
    any row may be the aim, and another after it. Among the steps are departures with a reason, records with a day
    or a finding left out, and inferred ones. They shrink to the shortest journey that will do.

    Raises ``InvalidArgument`` for what the pathway does not have, and where no journey goes that way or none that
    short. What ends before *min_steps*, and cannot be drawn out, is rejected.

    >>> from hypothesis import find
    >>> from hscpath.lupus import PATHWAY
    >>> shortest = find(journeys(PATHWAY, ending_in="refractory"), lambda journey: True)
    >>> print(*shortest.steps)
    enrolled in mid-course, day not recorded: refractory disease
    """
    if not 0 <= min_steps <= max_steps:
        raise InvalidArgument(f"min_steps, max_steps: {brief(min_steps)} to {brief(max_steps)} is no range of steps")
    try:
        one = (through,) if isinstance(through, str | State | Event | Transition) else through
        by = routes_of(pathway).paths.waypoints(*one)
        end = (
            () if ending_in is None else (pathway.state(ending_in.name if isinstance(ending_in, State) else ending_in),)
        )
    except LookupError as error:
        raise InvalidArgument(str(error)) from None
    aim = Aim(pathway, by, end, least=min_steps, most=max_steps)
    return st.deferred(lambda: aim.strategy()) if aim.directed else aim.strategy()  # noqa: PLW0108  # must be a function


@st.composite
def _journeys(draw: Draw, aim: Aim) -> Journey:
    walk = walked(chooser(draw), aim)
    if len(walk.steps) < aim.least:
        reject()
    return walk


def walked(choose: Choose, aim: Aim) -> Journey:
    """Return a journey that goes where it was to go; one that cannot be drawn out is shorter than it was to be."""
    walk = Traveller(choose, aim.map, aim.most)
    if not aim.directed:
        walk.wander()
    elif not walk.directed(aim.through, aim.end, aim.shortest if isinstance(aim.shortest, Journey) else None):
        raise InvalidArgument(str(aim.shortest))
    walk.lengthen(aim.least, anywhere=not aim.directed)
    return walk.journey


def charts(pathway: Pathway, *, max_steps: int = MOST_STEPS) -> st.SearchStrategy[Chart]:
    """Return a strategy for what is known after a journey on a pathway of at most so many steps."""
    return journeys(pathway, max_steps=max_steps).map(lambda journey: journey.chart)


def next_steps(journey: Journey) -> st.SearchStrategy[Record]:
    """Return a strategy for records that the pathway accepts next, each by a row that is drawn first.

    Departures with their reasons are among them, records with a day or a finding left out, and inferred ones.
    After an end nothing follows: an example in which it would have to is discarded.

    >>> from hypothesis import find
    >>> from hscpath.lupus import PATHWAY
    >>> print(find(next_steps(Journey(PATHWAY)), lambda record: record.event.name == "died"))
    died, day not recorded
    """
    return st.nothing() if journey.state.final else _next_steps(journey)


@st.composite
def _next_steps(draw: Draw, journey: Journey) -> Record:
    choose = chooser(draw)
    rows = routes_of(journey.pathway).rows[journey.state.name]
    clear = choose(4) < 3
    record = step_by(choose, journey, rows, clear=clear) or step_by(choose, journey, rows, clear=not clear)
    return reject() if record is None else record
