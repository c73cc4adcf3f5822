"""The table is compiled once into a machine, which goes where journeys go."""

from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine

from hscpath import (
    Journey,
    testing,
)
from hscpath.engine import compiled, decide
from hscpath.lupus import PATHWAY
from hscpath.testing import pathways


@given(pathways())
def test_transitions_holds_every_row_in_order(pathway):
    """The compiled machine has the pathway's states and rows, and the index is read from it."""
    engine = compiled(pathway)
    assert isinstance(engine.machine, Machine)
    assert list(engine.machine.states) == [state.name for state in pathway.states]
    for event in pathway.events:
        for state in pathway.states:
            rows = [row for row in pathway.transitions if row.event == event and state in row.source.states]
            held = engine.machine.events[event.name].transitions.get(state.name, [])
            assert [each.dest for each in held] == [row.target.name if row.target else None for row in rows]
            indexed = engine.events[event.name].rows.get(state.name, ())
            assert [row.transition for row in indexed] == rows


def test_a_pathway_is_compiled_once():
    """Every journey on a pathway shares its compiled table."""
    assert compiled(PATHWAY) is compiled(PATHWAY)
    assert Journey(PATHWAY)._engine is Journey(PATHWAY)._engine


class Cursor:
    """An object for ``transitions`` to move."""


@given(st.data())
def test_the_compiled_machine_goes_where_journeys_go(data):
    """``transitions`` itself, told which row was decided on, moves as the journey does, or not at all."""
    journey = data.draw(testing.journeys(data.draw(pathways())))
    machine, cursor = compiled(journey.pathway).machine, Cursor()
    machine.add_model(cursor, initial=journey.state.name)
    for event in journey.pathway.events:
        decision = journey.consider(event, *data.draw(testing.findings(event)), day=data.draw(st.integers(200, 300)))
        cursor.state = journey.state.name
        decided = decide(decision.rows, decision.slots)
        moved = not decision.meaningless and cursor.trigger(event.name, decided)
        assert moved == decision.allowed
        assert cursor.state == (decision.target.name if decision.allowed else journey.state.name)
    machine.remove_model(cursor)
