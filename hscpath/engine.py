"""The table compiled by ``transitions``: a machine, and an index of its rows by state and event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, cast

import attrs
from transitions import Machine

from hscpath.criteria import Criterion, Event, Fact, conjuncts
from hscpath.layout import Check, EventEffects, Layout, Slots
from hscpath.pathway import Pathway, State, Transition
from hscpath.verdict import MET, UNKNOWN

OnDeviation: TypeAlias = Literal["stop", "record"]
"""What to do where a reason is needed and none is given: refuse, or note the deviation."""

Override: TypeAlias = str | Mapping[str, str] | None
"""A reason for the one criterion that needs it, or the reason for each by the criterion's name."""


@attrs.frozen(eq=False, repr=False)
class Row:
    """A transition as compiled: the condition that the ``transitions`` machine holds.

    ``hard`` and ``soft`` are what it asks for and what it expects, one by one: what is counted,
    told and waived.
    """

    transition: Transition
    when: Check
    expects: Check
    hard: tuple[Criterion, ...]
    soft: tuple[Criterion, ...]

    def __call__(self, decided: Row | None) -> bool:
        """Return whether this is the row decided on: it takes all rows together to know."""
        return decided is self

    def __deepcopy__(self, _: object) -> Row:
        return self

    def leads_to(self, state: State) -> State:
        """Return where the row leads from *state*."""
        return self.transition.target_from(state)


@attrs.frozen(eq=False, repr=False)
class EventRows:
    """One event of a compiled pathway: what it does, what it records, and its rows by state."""

    event: Event
    effects: EventEffects
    facts: Mapping[str, Fact]
    must: tuple[str, ...]
    rows: Mapping[str, tuple[Row, ...]]


class Engine:
    """A pathway compiled: its ``transitions`` machine, and an index of that machine's rows."""

    def __init__(self, pathway: Pathway) -> None:
        self.pathway = pathway
        self.layout = Layout(pathway.guards)
        self.machine = Machine(
            model=None,
            states=[{"name": state.name, "final": state.final} for state in pathway.states],
            initial=pathway.initial.name,
            transitions=[
                {
                    "trigger": row.event.name,
                    "source": [state.name for state in row.source.states],
                    "dest": row.target.name if row.target else None,
                    "conditions": self._row(row),
                }
                for row in pathway.transitions
            ],
            auto_transitions=False,
        )
        self.events = {event.name: self._indexed(event) for event in pathway.events}
        self.facts = {fact.name: fact for fact in pathway.facts}
        self.states = {state.name: state for state in pathway.states}

    def __reduce__(self) -> tuple[Callable[[Pathway], Engine], tuple[Pathway]]:
        return compiled, (self.pathway,)

    def _row(self, row: Transition) -> Row:
        check = self.layout.check
        return Row(row, check(row.when), check(row.expects), conjuncts(row.when), conjuncts(row.expects))

    def _indexed(self, event: Event) -> EventRows:
        by_source = self.machine.events[event.name].transitions
        rows = {
            source: tuple(cast("Row", compiled.conditions[0].func) for compiled in by_source[source])
            for source in list(by_source)
        }
        return EventRows(
            event,
            self.layout.effects(event),
            {fact.name: fact for fact in event.facts},
            tuple(fact.name for fact in event.must),
            rows,
        )


def compiled(pathway: Pathway) -> Engine:
    """Return the pathway compiled, which is done once."""
    if not pathway.compiled:
        pathway.compiled.append(Engine(pathway))
    return cast("Engine", pathway.compiled[0])


def decide(rows: tuple[Row, ...], slots: Slots) -> Row | None:
    """Return the row that moves without anyone's leave: the first not unmet, if all of it is met."""
    for row in rows:
        verdict = row.when(slots)
        if verdict is MET:
            return row if row.expects(slots) is MET else None
        if verdict is UNKNOWN:
            return None
    return None
