"""What the events of one patient record, so that each leads where it should: solved over all of them together.

A row may ask for what an earlier event recorded: a baseline, a status at entry. So what an event leaves open stays
open, and counts as not known, until a row further on asks for it. A verdict that is known without it holds whatever
it turns out to be.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import TypeAlias, TypeVar

import attrs

from hscpath.criteria import Event, Fact, Finding, Stored
from hscpath.engine import EventRows, compiled
from hscpath.layout import Slots
from hscpath.pathway import Pathway, State
from hscpath.solve import Choose, Span, Wanted, spans_by, wanted_by
from hscpath.verdict import UNKNOWN, Verdict

T = TypeVar("T")

_MAX_TRIALS = 200
"""How many values are tried for one row to decide."""
_MAX_RECIPES = 8
"""How many recipes of a row are remembered, the latest."""

Recipe: TypeAlias = tuple[tuple[Event, Fact, Span | None], ...]
"""What made a row decide: at which events which facts were recorded, with one of which values, or left out."""


def _recorded(recipe: Recipe) -> int:
    """Return how many facts a recipe records."""
    return sum(span is not None for _, _, span in recipe)


@attrs.frozen(eq=False)
class RowDemands:
    """All that makes a row decide with nothing let through, and the recipes by which it did before."""

    demands: tuple[Wanted, ...]
    recipes: list[Recipe] = attrs.field(factory=list[Recipe])


class RowSolver:
    """What remembers, for one pathway, how its rows were made to decide."""

    def __init__(self, pathway: Pathway, choose: Choose) -> None:
        self.engine, self.choose = compiled(pathway), choose
        self._rows: dict[tuple[str, str, str], tuple[RowDemands, ...]] = {}

    def rows(self, event: Event, before: State, after: State) -> tuple[RowDemands, ...]:
        """Return every row by which an event leads from a state to another."""
        key = event.name, before.name, after.name
        if key not in self._rows:
            rows = self.engine.events[event.name].rows[before.name]
            leading = (place for place, row in enumerate(rows) if row.leads_to(before) == after)
            demands = (wanted_by(self.engine.layout, rows[: place + 1], clear=True) for place in leading)
            self._rows[key] = tuple(map(RowDemands, demands))
        return self._rows[key]

    def one_of(self, things: Sequence[T]) -> T:
        """Return one of several things."""
        return things[self.choose(len(things))]

    def rotated(self, things: Sequence[T]) -> list[T]:
        """Return things with one of them first, and those before it last."""
        start = self.choose(len(things)) if things else 0
        return [*things[start:], *things[:start]]


@attrs.define(eq=False)
class SimulatedEvent:
    """An event of a patient: what it records as far as that is decided, and which facts are still open."""

    known: EventRows
    day: int
    before: Slots
    findings: dict[str, Finding]
    open: dict[str, Fact]


class SimulatedPatient:
    """The events of one patient so far, each of which leads where it should."""

    def __init__(self, solver: RowSolver) -> None:
        self.solver = solver
        self.steps: list[SimulatedEvent] = []
        self._decided: list[tuple[int, Fact, Span | None]] = []
        self._effort = 0

    def leads(self, event: Event, day: int, findings: Iterable[Finding], before: State, after: State) -> bool:
        """Add an event, and return whether it can lead from one state to another."""
        known, given = self.solver.engine.events[event.name], {finding.fact.name: finding for finding in findings}
        slots = self._after(len(self.steps) - 1) if self.steps else self.solver.engine.layout.initial
        open_ = {name: fact for name, fact in known.facts.items() if name not in given}
        self.steps.append(SimulatedEvent(known, day, slots, given, open_))
        rows = self.solver.rows(event, before, after)
        for row in rows:
            if any(self._follows(recipe, row) for recipe in sorted(self.solver.rotated(row.recipes), key=_recorded)):
                return True
        begun = len(self._decided)
        for row in rows:
            self._effort = _MAX_TRIALS
            if self._decides(row):
                made = tuple(
                    (self.steps[number].known.event, fact, span) for number, fact, span in self._decided[begun:]
                )
                row.recipes[:] = [made, *row.recipes][:_MAX_RECIPES]
                return True
        return False

    def findings(self) -> list[dict[str, Finding]]:
        """Return what each event records; what it must record and nothing depends on is drawn from all there is."""
        for number, step in enumerate(self.steps):
            for fact in step.known.event.must:
                if fact.name in step.open:
                    self._decide(number, fact, self.solver.one_of(spans_by(fact, lambda _: None)))
        return [step.findings for step in self.steps]

    # How a row is made to decide.

    def _follows(self, recipe: Recipe, row: RowDemands) -> bool:
        """Record what a recipe says, and return whether the row decides; if not, all is as it was."""
        begun = len(self._decided)
        for event, fact, span in recipe:
            places = [place for place in self._open({fact.name}) if self.steps[place[0]].known.event is event]
            if not places:
                break
            self._decide(*places[0], span)
        else:
            slots = self._slots(len(self.steps) - 1)
            if all(demand.fits(slots) for demand in row.demands):
                return True
        self._undo(begun)
        return False

    def _decides(self, row: RowDemands) -> bool:
        """Decide what is open until the row decides, and return whether it does; if not, all is as it was."""
        slots = self._slots(len(self.steps) - 1)
        places: list[list[tuple[int, Fact]]] = []
        for demand in row.demands:
            verdict = demand.check(slots)
            if verdict is not demand.verdict:
                if verdict is not UNKNOWN:
                    return False
                places.append(self._open({thing.name for thing in demand.guard.mentions}))
        if not places:
            return True
        self._effort -= 1
        hardest = min(places, key=len)
        if self._effort < 0 or not hardest:
            return False
        number, fact = hardest[0]
        left_out = () if fact in self.steps[number].known.event.must else (None,)
        begun = len(self._decided)
        # Left out first: what was recorded before may do, and two values of one thing might contradict each other.
        for span in (*left_out, *self.solver.rotated(self._spans(number, fact, row))):
            self._decide(number, fact, span)
            if self._decides(row):
                return True
            self._undo(begun)
        return False

    def _spans(self, number: int, fact: Fact, row: RowDemands) -> list[Span]:
        """Return the values of an open fact, grouped by what the row's criteria make of them."""
        checks = [leaf.check for demand in row.demands for leaf in demand.leaves]
        begun = len(self._decided)

        def verdicts(stored: Stored) -> tuple[Verdict, ...]:
            self._decide(number, fact, (stored,))
            slots = self._slots(len(self.steps) - 1)
            self._undo(begun)
            return tuple(check(slots) for check in checks)

        return spans_by(fact, verdicts)

    def _open(self, names: Container[str]) -> list[tuple[int, Fact]]:
        """Return which of some facts are open, and at which event, the latest first."""
        steps = reversed(list(enumerate(self.steps)))
        return [(number, fact) for number, step in steps for name, fact in step.open.items() if name in names]

    # What is recorded.

    def _decide(self, number: int, fact: Fact, span: Span | None) -> None:
        """Record one of some values of a fact at an event, or leave it out for good."""
        step = self.steps[number]
        del step.open[fact.name]
        if span is not None:
            step.findings[fact.name] = Finding(fact, self.solver.one_of(span))
        self._decided.append((number, fact, span))
        self._replay(number)

    def _undo(self, begun: int) -> None:
        """Leave open again what was decided since then."""
        while len(self._decided) > begun:
            number, fact, _ = self._decided.pop()
            self.steps[number].findings.pop(fact.name, None)
            self.steps[number].open[fact.name] = fact
            self._replay(number)

    def _replay(self, number: int) -> None:
        for each in range(number + 1, len(self.steps)):
            self.steps[each].before = self._after(each - 1)

    def _slots(self, number: int) -> Slots:
        """Return the slots as the guards of an event see them, with what is open not known."""
        step = self.steps[number]
        slots = step.known.effects.enter(step.before, number, step.findings, step.day)
        for name, slot in step.known.effects.values.items():
            if name in step.open:
                slots[slot] = slots[slot + 1] = None
        return slots

    def _after(self, number: int) -> Slots:
        step, slots = self.steps[number], self._slots(number)
        step.known.effects.accept(slots, step.findings, number)
        return slots
