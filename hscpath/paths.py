"""Journeys to order: the shortest one to where you say, and lists of them that say what they leave out."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import heappop, heappush
from itertools import count
from math import inf
from time import monotonic
from typing import TypeAlias, cast, overload

import attrs

from hscpath.criteria import Event
from hscpath.engine import Row
from hscpath.errors import HscpathError, Shown, brief, did_you_mean, on_one_line
from hscpath.journey import Journey
from hscpath.pathway import Pathway, State, Transition
from hscpath.proof.claims import check_arguments
from hscpath.proof.logic import Undecided
from hscpath.proof.search import Condition, Edge, Goal, TransitionSystem
from hscpath.proof.stories import find

__all__ = ["NoJourney", "Omission", "Path", "PathList", "Paths", "SimplePaths", "Undecided"]

Waypoint: TypeAlias = State | Event | Transition
"""What a journey may be asked to go by: a state that is entered, an event that happens, a row that decides."""


class NoJourney(HscpathError, LookupError):
    """No journey goes this way, whatever is recorded and whatever reasons are given."""


# --- What is found ------------------------------------------------------------------------------


@attrs.frozen(repr=False)
class Path(Shown):
    """A journey, and a sentence that tells it from the others of its list, without a patient's values.

    >>> from hscpath.lupus import PATHWAY
    >>> path = next(Paths(PATHWAY).simple())
    >>> print(path)
    enrolled in mid-course leads to lupus (SLE) diagnosed
    >>> path.journey
    <Journey: lupus (SLE) diagnosed, 1 step>
    """

    sentence: str
    journey: Journey

    def __str__(self) -> str:
        return self.sentence

    @property
    def rows(self) -> tuple[Transition, ...]:
        """The row that decided at each step."""
        return _rows_of(self.journey)


@attrs.frozen(repr=False)
class Omission(Shown):
    """What a list had to leave out, and why: a state, a row, or the rows of a path with all that follows them."""

    what: State | Transition | tuple[Transition, ...]
    why: str

    def __str__(self) -> str:
        what = ", then ".join(map(str, self.what)) if isinstance(self.what, tuple) else str(self.what)
        return f"{what}: {self.why}"


@attrs.frozen(repr=False)
class PathList(Shown, Sequence[Path]):
    """Paths, shortest first, each with a sentence of its own, and what had to be left out.

    A pathway that is sound leaves nothing out; ``assert not found.left_out`` says so in a test.
    """

    paths: tuple[Path, ...]
    left_out: tuple[Omission, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, place: int) -> Path: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, place: int | slice) -> Path | tuple[Path, ...]:
        return self.paths[place]

    def __str__(self) -> str:
        return "\n".join((*map(str, self.paths), *(f"left out: {each}" for each in self.left_out)))

    def __repr__(self) -> str:
        return f"<PathList: {len(self.paths)} paths, {len(self.left_out)} left out>"


class SimplePaths(Iterator[Path]):
    """The paths that ``Paths.simple`` finds, one by one; ``left_out`` grows with what could not be decided."""

    def __init__(self, paths: Iterator[Path], left_out: Sequence[Omission]) -> None:
        self.left_out = left_out
        self._paths = paths

    def __next__(self) -> Path:
        return next(self._paths)


# --- What is looked for -------------------------------------------------------------------------

Follow: TypeAlias = Callable[[int, Edge, Transition], int | None]
"""How far along its way a journey is after an edge of a row, from how far it was; ``None`` where it must not go."""


@attrs.frozen(eq=False)
class _Route(Goal):
    """A journey to the end of a way; if *clear*, with nothing let through."""

    rows: Mapping[Edge, Transition]
    follow: Follow
    end: int
    clear: bool = attrs.field(kw_only=True)

    def steps(self, now: int, edge: Edge) -> Iterable[tuple[int, Condition | None]]:
        """Return how far an edge leads."""
        row = self.rows[edge]
        after = self.follow(now, edge, row)
        return () if after is None else ((after, edge.clear(row.expects) if self.clear else None),)

    def reached(self, now: int, _state: State) -> bool:
        """Return whether the end of the way is reached."""
        return now == self.end


def _by(waypoints: Sequence[Waypoint]) -> Follow:
    """Return the way by these waypoints: a step is an event, by a row, and then the state that it enters."""

    def follow(along: int, edge: Edge, row: Transition) -> int:
        along += happens(waypoints[along], row)
        return along + (along < len(waypoints) and is_entered(waypoints[along], row, edge.state))

    return follow


def happens(waypoint: Waypoint, row: Transition) -> bool:
    """Return whether a waypoint is a row, or the event of it."""
    return row.event == waypoint or row is waypoint


def is_entered(waypoint: Waypoint, row: Transition, state: State) -> bool:
    """Return whether a waypoint is the state that a row enters from another one."""
    return row.target_from(state) == waypoint != state


def _through(edges: Sequence[Edge]) -> Follow:
    """Return the way of these edges, between which no step changes the state."""

    def follow(along: int, edge: Edge, _row: Transition) -> int | None:
        if edge is edges[along]:
            return along + 1
        return along if edge.target == edge.state else None

    return follow


def _onward(rows: Sequence[Transition], wanted: Container[int]) -> Follow:
    """Return the way of these rows, step by step, and then to any row that is wanted, short of an end."""

    def follow(along: int, edge: Edge, row: Transition) -> int | None:
        if along < len(rows):
            return along + 1 if row is rows[along] else None
        return None if edge.target.final else along + (id(row) in wanted)

    return follow


# --- The paths of a pathway -----------------------------------------------------------------------


class Paths:
    """The journeys of one pathway, to order; what was found out for one serves the next.

    Nothing here is drawn at random: the same program gets the same journeys in every run (of several
    values that would do, which one is recorded may hang on what was asked before). They record no more
    than they need. *limit* is how many seconds one search may take (on the reference pathway the longest
    takes one or two); what takes longer is undecided, as is what the prover cannot follow over time. A
    list names what that leaves out.

    >>> from hscpath.lupus import PATHWAY
    >>> paths = Paths(PATHWAY)
    >>> for step in paths.to("immunosuppression_started", "relapsed").steps:
    ...     print(step)
    enrolled in mid-course, day not recorded: lupus (SLE) diagnosed
    immunosuppression started, day not recorded: immunosuppression under way
    relapse diagnosed, day not recorded: relapsed
    """

    def __init__(self, pathway: Pathway, *, limit: float = 10.0) -> None:
        check_arguments(pathway, limit)
        self.pathway = pathway
        self.limit = limit

    @cached_property
    def _system(self) -> TransitionSystem:
        return TransitionSystem(self.pathway)

    def __repr__(self) -> str:
        return f"Paths({self.pathway!r})"

    def to(self, *waypoints: Waypoint | str) -> Journey:
        """Return the shortest journey that goes by these waypoints, in this order, and ends with the last.

        A waypoint is a state that is entered, an event, a row of the pathway, or a state's or event's
        name. One step may be two of them: an event or its row, and then the state that it leads to.
        It is the shortest on which nothing is let through, if one is found; else the shortest of all, with
        no more let through than its steps take.

        Raises ``LookupError`` for what the pathway does not have, ``NoJourney`` (a ``LookupError`` too)
        where no journey goes this way, and ``Undecided`` where that could not be told.
        """
        way = self.waypoints(*waypoints)
        if not way:
            raise TypeError("a journey goes somewhere: give at least one state, event or row")
        found = self._to(*way)
        if found is None:
            reached = next(n for n in range(len(way)) if self._to(*way[: n + 1]) is None)
            before = f" after {_in_words(way[:reached])}" if reached else ""
            raise NoJourney(f"no journey goes by {_in_words(way[reached : reached + 1])}{before}, whatever is recorded")
        if isinstance(found, Undecided):
            raise Undecided(f"whether a journey goes by {_in_words(way)} could not be decided: {found}")
        return found

    def to_each_state(self) -> PathList:
        """Return a shortest journey to each state, as ``to`` does; one that nobody reaches is left out."""
        return self._listed((state, self._to(state)) for state in self.pathway.states)

    def covering(self, *, max_steps: int = 12) -> PathList:
        """Return a small number of journeys that together take every row.

        The shortest journey to a row is led on to rows that none has taken yet, as long as it has at
        most *max_steps* and nothing is let through. On the reference pathway that makes 26 journeys of 150
        steps, in seven seconds; there can hardly be fewer, as 22 of its rows leave the first state for
        good. A row that nobody takes is left out.
        """
        _check_steps(max_steps)
        wanted = set(map(id, self.pathway.transitions))
        tried: dict[int, Journey | Undecided | None] = {}
        for row in reversed(self.pathway.transitions):  # the last rows of a table are the farthest, as a rule
            if id(row) in wanted:
                found = tried[id(row)] = self._to(row)
                while isinstance(found, Journey):
                    wanted.difference_update(map(id, _rows_of(found)))
                    tried[id(row)] = found
                    found = self._led_on(found, wanted, max_steps)
        of_row = ((row, tried[id(row)]) for row in self.pathway.transitions if id(row) in tried)
        return self._listed((row, found) for row, found in of_row if isinstance(found, Journey) or id(row) in wanted)

    def simple(self, *, max_steps: int | None = None, clear: bool = True) -> SimplePaths:
        """Return the paths that enter no state twice, one by one, the shortest first, as far as *max_steps*.

        Two are different if they change the state by different rows. Each comes with the shortest
        journey that takes it: between these rows steps that change no state may be needed, and they
        count. Paths that no journey takes are not among them, nor, unless *clear* is false, are those
        on which something has to be let through.

        There are many: on the reference pathway 22 of one step, 127 of two and 593 of three, some
        forty a second. Take as many as you need with ``itertools.islice``.
        """
        if max_steps is not None:
            _check_steps(max_steps)
        left_out: list[Omission] = []
        found = self._simple(inf if max_steps is None else max_steps, left_out, clear=clear)
        return SimplePaths(_named(found), left_out)

    def waypoints(self, *given: Waypoint | str) -> tuple[Waypoint, ...]:
        """Return what waypoints are meant; raise ``LookupError`` for all that the pathway does not have."""
        way: list[Waypoint] = []
        problems: list[str] = []
        for each in given:
            try:
                way.append(self._waypoint(each))
            except LookupError as error:
                problems.append(str(error))
        if problems:
            raise LookupError("; ".join(problems))
        return tuple(way)

    # How they are found.

    def _waypoint(self, given: object) -> Waypoint:
        pathway = self.pathway
        things: tuple[State | Event, ...] = (*pathway.states, *pathway.events)
        match given:
            case str():
                named = [thing for thing in things if thing.name == given]
                if len(named) > 1:
                    raise LookupError(
                        f"{given!r} is a state and an event: give pathway.state({given!r}) or pathway.event({given!r})"
                    )
                if not named:
                    hint = did_you_mean(given, [thing.name for thing in things])
                    raise LookupError(f"{pathway.name!r} has no state or event {brief(given)}; {hint}")
                return named[0]
            case State() if given in pathway.states:
                return given
            case Event() if given in pathway.events:
                return given
            case Transition() if given in pathway.transitions:
                return pathway.transitions[pathway.transitions.index(given)]
            case State() | Event() | Transition():
                kind = "row" if isinstance(given, Transition) else type(given).__name__.lower()
                raise LookupError(f"{pathway.name!r} has no such {kind} as {str(given)!r}: give one of its own")
            case _:
                raise LookupError(f"{brief(given)} is no state, event or row")

    def _tried(self, follow: Follow, end: int, *, clear: bool = True) -> Journey | Undecided | None:
        """Return the shortest journey to the end of a way; ``None`` where there is none."""
        try:
            found = find(self._system, _Route(self._system.row, follow, end, clear=clear), monotonic() + self.limit)
        except Undecided as error:
            return error
        return None if found is None else found.journey

    def _to(self, *way: Waypoint) -> Journey | Undecided | None:
        """Return the shortest clear journey by these waypoints, or else the shortest; ``None`` where there is none."""
        if way[0] == self.pathway.initial:
            way = way[1:]
        if not way:
            return Journey(self.pathway)
        follow = _by(way)
        clear = self._tried(follow, len(way))
        return clear if isinstance(clear, Journey) else self._tried(follow, len(way), clear=False)

    def _led_on(self, journey: Journey, wanted: Container[int], max_steps: int) -> Journey | None:
        """Return a journey led on to the nearest row that is wanted, if there is one and it is near enough."""
        rows = _rows_of(journey)
        found = self._tried(_onward(rows, wanted), len(rows) + 1) if len(rows) < max_steps else None
        return found if isinstance(found, Journey) and len(found.steps) <= max_steps else None

    def _listed(self, tried: Iterable[tuple[State | Transition, Journey | Undecided | None]]) -> PathList:
        journeys: list[Journey] = []
        left_out: list[Omission] = []
        for what, found in tried:
            if isinstance(found, Journey):
                journeys.append(found)
            else:
                left_out.append(Omission(what, f"undecided: {found}" if found else "no journey leads there"))
        journeys.sort(key=lambda journey: len(journey.steps))
        return PathList(tuple(_named(journeys)), tuple(left_out))

    def _simple(self, max_steps: float, left_out: list[Omission], *, clear: bool) -> Iterator[Journey]:
        """Yield the journeys of simple paths; of a path's journeys none is shorter than those of a part of it."""
        order = count()
        frontier: list[tuple[int, int, tuple[Edge, ...], Journey | None]]
        frontier = [(0, next(order), (), Journey(self.pathway))]
        while frontier:
            steps, _, edges, journey = heappop(frontier)
            if journey is None:
                found = self._tried(_through(edges), len(edges), clear=clear)
                if isinstance(found, Undecided):
                    rows = tuple(self._system.row[edge] for edge in edges)
                    left_out.append(Omission(rows, f"undecided, with all that follows: {found}"))
                if not isinstance(found, Journey):
                    continue
                journey = found
                if len(journey.steps) > steps:
                    heappush(frontier, (len(journey.steps), next(order), edges, journey))
                    continue
            if steps > max_steps:
                return
            if edges:
                yield journey
            been = {self.pathway.initial, *(edge.target for edge in edges)}
            for edge in self._system.edges[journey.state]:
                if edge.target not in been and steps < max_steps:
                    heappush(frontier, (steps + 1, next(order), (*edges, edge), None))


def _check_steps(given: object) -> None:
    if not isinstance(given, int) or isinstance(given, bool):
        raise TypeError(f"max_steps: {brief(given)} is no number of steps: write a whole number")
    if given < 1:
        raise ValueError(f"max_steps: {given} is no number of steps: write 1 or more")


def _rows_of(journey: Journey) -> tuple[Transition, ...]:
    return tuple(cast("Row", decision.row).transition for decision in journey.decisions())


def _in_words(way: Iterable[Waypoint]) -> str:
    return ", then ".join(repr(str(waypoint)) for waypoint in way)


# --- What a path is called ------------------------------------------------------------------------

_FIRST, _LAST = 2, 2
"""How many of a long journey's events are told, from its beginning and from its end."""


def _named(journeys: Iterable[Journey]) -> Iterator[Path]:
    """Yield each journey of a list with a sentence of its own."""
    given: set[str] = set()
    for journey in journeys:
        sentence = shown = _sentence(journey)
        ways = count(2)
        while shown in given:
            shown = f"{sentence} (way {next(ways)})"
        given.add(shown)
        yield Path(shown, journey)


def _sentence(journey: Journey) -> str:
    events = list(_events(journey))
    left = len(events) - _FIRST - _LAST
    if left > 1:
        events[_FIRST:-_LAST] = [f"{left} more steps"]
    if not events:
        return on_one_line(f"every journey begins with {journey.state}")
    *before, last = events
    many = f"{', '.join(before)} and {last} lead" if before else f"{last} leads"
    reasons = sum(bool(step.deviations) for step in journey.steps)
    let_through = f" ({reasons} let through)" if reasons else ""
    return on_one_line(f"{many} to {journey.state}{let_through}")


def _events(journey: Journey) -> Iterator[str]:
    """Yield what happens, with where it leads if the event alone does not say so."""
    rows = journey.pathway.transitions
    before, steps = journey.pathway.initial, journey.steps
    for number, step in enumerate(steps, start=1):
        targets = {row.target_from(before) for row in rows if row.event == step.event and before in row.source.states}
        open_ended = len(targets) > 1 and number < len(steps)
        yield f"{step.event} ({step.state})" if open_ended else str(step.event)
        before = step.state
