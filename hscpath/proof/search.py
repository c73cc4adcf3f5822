"""The search for a journey to a goal, among all journeys there are.

A node of the search is a state of the pathway, a state of the goal's automaton, and what is remembered.
What is not remembered may be anything, so the search misses no real journey, and may find some that are
none. One that is none names the criteria that make it impossible, and is searched for again with them
remembered. Where nothing is found, the nodes seen are the proof: no journey ever leaves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from math import inf
from time import monotonic
from typing import Protocol, TypeAlias

import attrs

from hscpath.criteria import Criterion, Event, Fact
from hscpath.pathway import Pathway, State, Transition
from hscpath.proof.logic import AnyMoment, Term, Terms, Undecided, holds, rarely_recorded, solver, z3
from hscpath.proof.memory import Memory, Remembered, says

Condition: TypeAlias = Callable[[Terms], Term]
"""What has to hold of the chart at a step."""


@attrs.frozen(eq=False)
class Move:
    """An event in a state, the rows tried there, and the one that decides."""

    state: State
    event: Event
    rows: tuple[Transition, ...]
    place: int

    @property
    def row(self) -> Transition:
        """The row that decides."""
        return self.rows[self.place]

    @property
    def earlier(self) -> tuple[Transition, ...]:
        """The rows that are tried before it."""
        return self.rows[: self.place]

    @property
    def target(self) -> State:
        """Where it leads."""
        return self.row.target_from(self.state)

    def fires(self, terms: Terms) -> Term:
        """Return that this row decides: it is open, none before it is met, and none leads the same way sooner."""
        conditions = [z3.Not(terms.read(self.row.when).unmet)]
        for earlier in self.earlier:
            reading = terms.read(earlier.when)
            same = earlier.target_from(self.state) == self.target
            conditions.append(reading.unmet if same else z3.Not(reading.met))
        return z3.And(*conditions)

    def is_met(self, terms: Terms) -> Term:
        """Return that this row decides and nothing that a row asks for is unknown; what it expects may be amiss."""
        earlier = (terms.read(row.when).unmet for row in self.earlier)
        return z3.And(terms.read(self.row.when).met, *earlier)

    def is_clear(self, terms: Terms) -> Term:
        """Return that this row decides without anyone's leave."""
        return z3.And(self.is_met(terms), terms.read(self.row.expects).met)


@attrs.frozen(eq=False)
class Leg:
    """One step of a path: the event, its move, and what has to hold of the chart at it.

    Without a move the event is only asked about, and without an event no more than the state is.
    """

    event: Event | None
    move: Move | None = None
    condition: Condition | None = None

    def holds(self, terms: Terms) -> Term:
        """Return that the step may be taken."""
        fires = [] if self.move is None else [self.move.fires(terms)]
        return z3.And(*fires, *([] if self.condition is None else [self.condition(terms)]))


class Goal(Protocol):
    """What a journey is searched for: an automaton over moves.

    The same condition is the same object each time.
    """

    start: int
    """The automaton's first state."""

    def steps(self, now: int, move: Move, /) -> Iterable[tuple[int, Condition | None]]:
        """Return the automaton's next states, each with what has to hold of the chart for it."""
        ...

    def asks(self, now: int, state: State, /) -> Iterable[tuple[Event | None, Condition]]:
        """Return what is only asked about in a state, an event or nothing; where it holds, the goal is reached."""
        ...

    def reached(self, now: int, state: State, /) -> bool:
        """Return whether the goal is reached."""
        ...


Node: TypeAlias = tuple[State, int, Remembered]


class Table:
    """The rows of a pathway by state and event, and what was found out about them.

    A table much like another, of a pathway with the same states and events, shares what was found out about the
    rows that both have.
    """

    def __init__(self, pathway: Pathway, like: Table | None = None) -> None:
        self.pathway = pathway
        self.rows: dict[State, dict[Event, tuple[Transition, ...]]] = {state: {} for state in pathway.states}
        for row in pathway.transitions:
            for state in row.source.states:
                by_event = self.rows[state]
                by_event[row.event] = (*by_event.get(row.event, ()), row)
        known = {} if like is None else {_key(moves): moves for groups in like.moves.values() for moves in groups}
        self.moves: dict[State, list[list[Move]]] = {
            state: [_moves(state, event, rows, known) for event, rows in by_event.items()]
            for state, by_event in self.rows.items()
        }
        self.questions: Questions = Questions(pathway) if like is None else like.questions
        self.abstractions: dict[frozenset[Criterion], Abstraction] = {} if like is None else like.abstractions

    def abstraction(self, leaves: frozenset[Criterion]) -> Abstraction:
        """Return the table as seen by who remembers what some criteria need."""
        found = self.abstractions.get(leaves)
        if found is None:
            found = self.abstractions[leaves] = Abstraction(self.questions, Memory(leaves))
        return found


def _moves(
    state: State, event: Event, rows: tuple[Transition, ...], known: Mapping[tuple[object, ...], list[Move]]
) -> list[Move]:
    moves = [Move(state, event, rows, place) for place in range(len(rows))]
    return known.get(_key(moves), moves)


def _key(moves: Sequence[Move]) -> tuple[object, ...]:
    return (moves[0].state, moves[0].event, *(id(move.row) for move in moves))


class _Question:
    """One event, asked about in any chart."""

    def __init__(self, moment: AnyMoment) -> None:
        self.moment = moment
        self.solver = solver()
        self._literals: dict[object, tuple[Term, frozenset[Fact | Event]]] = {}
        self._stated = 0

    def literal(self, key: object, formula: Callable[[], Term]) -> tuple[Term, frozenset[Fact | Event]]:
        """Return a name for a formula, by which it can be assumed or not, and what the formula asks about."""
        found = self._literals.get(key)
        if found is None:
            self.moment.asked.clear()
            literal = z3.FreshBool("assumption")
            self.solver.add(z3.Implies(literal, formula()))
            self.solver.add(*self.moment.laws[self._stated :])
            self._stated = len(self.moment.laws)
            found = self._literals[key] = literal, frozenset(self.moment.asked)
        return found


class Questions:
    """What was asked about the events of a pathway, each in any chart."""

    def __init__(self, pathway: Pathway) -> None:
        self._recorders = rarely_recorded(pathway)
        self._by_event: dict[Event | None, _Question] = {}

    def about(self, event: Event | None) -> _Question:
        """Return what was asked about an event, or about none."""
        found = self._by_event.get(event)
        if found is None:
            found = self._by_event[event] = _Question(AnyMoment(self._recorders, event))
        return found


class Abstraction:
    """What may happen next to a patient of whom no more is known than is remembered."""

    def __init__(self, questions: Questions, memory: Memory) -> None:
        self.questions, self.memory = questions, memory
        self._answers: dict[tuple[object, ...], bool] = {}

    def possible(self, leg: Leg, remembered: Remembered) -> bool:
        """Return whether a step may be taken in some chart that fits what is remembered."""
        question = self.questions.about(leg.event)
        key = (leg.move, leg.condition)
        may, asked = question.literal(key, lambda: leg.holds(question.moment))
        of_use = [
            (place, value)
            for (place, about), value in zip(self.memory.places, chain.from_iterable(remembered), strict=True)
            if not about.isdisjoint(asked)
        ]
        values = tuple(value for _, value in of_use)
        answer = self._answers.get((*key, values))
        if answer is None:
            known = [question.literal(each, partial(says, question.moment, *each))[0] for each in of_use]
            answer = self._answers[*key, values] = holds(question.solver, may, *known)
        return answer


class Search:
    """The search for a goal by who remembers what some criteria need."""

    def __init__(self, table: Table, goal: Goal, leaves: frozenset[Criterion]) -> None:
        self.table, self.goal, self.leaves = table, goal, leaves
        self.abstraction = table.abstraction(leaves)
        self.seen: dict[Node, tuple[Node, Leg] | None] = {}

    def path(self, deadline: float = inf) -> list[Leg] | None:
        """Return the shortest path to the goal; ``None`` if no journey reaches it."""
        start = (self.table.pathway.initial, self.goal.start, self.abstraction.memory.initial)
        self.seen = {start: None}
        frontier = [start]
        while frontier:
            onward: list[Node] = []
            for node in frontier:
                if monotonic() > deadline:
                    raise Undecided("it took too long")
                for leg, nodes in self._legs(node):
                    if not nodes:
                        return [*self._way_to(node), leg]
                    for new in nodes:
                        self.seen[new] = (node, leg)
                        if self.goal.reached(new[1], new[0]):
                            return self._way_to(new)
                    onward += nodes
            frontier = onward
        return None

    def still_proves(self, table: Table, goal: Goal, changed: frozenset[Event]) -> bool:
        """Return whether what was seen is a proof for another table too, of which only these events' rows differ.

        The table has to have the same states and events, and the goal the same automaton.
        """
        other = Search(table, goal, self.leaves)
        other.seen = self.seen
        return not any(True for node in self.seen for _ in other._legs(node, changed))

    def _way_to(self, node: Node) -> list[Leg]:
        legs: list[Leg] = []
        before = self.seen[node]
        while before is not None:
            legs.append(before[1])
            before = self.seen[before[0]]
        return legs[::-1]

    def _legs(self, node: Node, only: frozenset[Event] | None = None) -> Iterator[tuple[Leg, list[Node]]]:
        """Yield each leg from a node with the nodes it newly leads to; none where the goal is reached."""
        state, now, remembered = node
        memory, possible = self.abstraction.memory, self.abstraction.possible
        for event, condition in self.goal.asks(now, state):
            leg = Leg(event, condition=condition)
            if any(possible(leg, entered) for _, entered in memory.enter(remembered, event)):
                yield leg, []
        for move in chain.from_iterable(self.table.moves[state]):
            if only is not None and move.event not in only:
                continue
            for following, needed in self.goal.steps(now, move):
                leg = Leg(move.event, move, needed)
                for given, entered in memory.enter(remembered, move.event):
                    nodes = [(move.target, following, after) for after in memory.accept(entered, move.event, given)]
                    new = [found for found in nodes if found not in self.seen]
                    if new and possible(leg, entered):
                        yield leg, new
