"""What a criterion means by column is what it means on a chart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Journey, Pathway, Record, State
from hscpath.chart import Chart
from hscpath.cohort.columns import Asking
from hscpath.cohort.log import Reader, Shape
from hscpath.layout import Candidate
from hscpath.testing import guards, logs
from hscpath.testing.pathways import EVENTS, FACTS
from tests.logs import table
from tests.profiles import examples

HERE = State("here", "here")
OPEN = Pathway("open", "1", HERE, [HERE.on(event) for event in EVENTS])
"""A pathway that refuses nothing."""


def some_inferred(log, draw):
    """Return a log in which some events were inferred, without what they must record."""
    for record in log:
        if record.event.must and draw(st.integers(0, 2)) == 0:
            may = [finding for finding in record.findings if finding.fact not in record.event.must]
            yield Record(record.event, may, day=record.day, inferred="it must have been")
        else:
            yield record


@examples(0.6)
@given(st.data())
def test_a_criterion_by_column_is_what_it_is_on_every_chart(data):
    """Every kind of criterion is met, unmet or unknown at just the same events, before and after they happen."""
    asked = data.draw(st.lists(guards(FACTS, EVENTS), min_size=20, max_size=20))
    histories = {
        f"p{n}": list(some_inferred(data.draw(logs(OPEN, max_size=9)), data.draw))
        for n in range(data.draw(st.integers(1, 3)))
    }
    frame = table(histories, OPEN)
    piece = Reader(Shape(in_order=True), OPEN, frozenset(fact.name for fact in FACTS)).read(
        frame, np.arange(len(frame))
    )
    journeys = [Journey.replay(OPEN, log).steps for log in histories.values() if log]
    at = [(steps, number) for steps in journeys for number in range(len(steps))]
    assert not piece.wrong
    for event in OPEN.events:
        rows = piece.table.rows_of(event)
        for after in (False, True):
            asking = Asking(piece.table, rows, after=after)
            for guard in asked:
                charts = (_chart(*at[row], after=after) for row in rows)
                assert asking.verdicts(guard).tolist() == [chart.check(guard).value for chart in charts], guard.key


def _chart(steps, number, *, after):
    if after:
        return Chart(steps[: number + 1])
    step = steps[number]
    return Chart(steps[:number], Candidate(step.event, step.findings, step.day))
