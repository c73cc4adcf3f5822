"""All readings of a criterion agree on every chart: steps, columns, formulas, files, and ten lines of Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Record, TransitionNotAllowed, files, testing
from hscpath.chart import Chart
from hscpath.cohort.columns import ColumnVerdicts
from hscpath.cohort.log import PieceReader, Shape
from hscpath.layout import Candidate
from hscpath.proof.logic import KnownMoment
from tests import reference
from tests.formulas import known_events, verdict_of
from tests.logs import table


def happened(record):
    """Return a record as something that happened, whether or not a pathway would accept it."""
    return Candidate(record.event, record.findings, record.day)


@st.composite
def some_inferred(draw, log):
    """Draw a log in which some events were inferred, without what they must record."""
    for number, record in enumerate(log):
        if record.event.must and draw(st.integers(0, 2)) == 0:
            may = [finding for finding in record.findings if finding.fact not in record.event.must]
            log[number] = Record(record.event, may, day=record.day, inferred="it must have been")
    return log


@st.composite
def recorded(draw, pathway):
    """Draw what is on record of three patients: a journey with one more record, and two logs that are no journeys."""
    journey = draw(testing.journeys(pathway, max_steps=8))
    after = max((step.day for step in journey.steps if isinstance(step.day, int)), default=0)
    asked = draw(testing.records(pathway, state=journey.state, after=after, first=not journey.steps))
    others = [draw(testing.logs(pathway, max_size=6).flatmap(some_inferred)) for _ in range(2)]
    return journey, asked, [[*journey.steps, asked], *others]


def columns_of(logs, pathway):
    """Return logs as a table of a registry, and the number of the record that each of its rows is."""
    frame = table({f"p{n}": log for n, log in enumerate(logs)}, pathway)
    reader = PieceReader(Shape(in_order=True), pathway, frozenset(fact.name for fact in pathway.facts))
    piece = reader.read(frame, np.arange(len(frame)))
    assert not piece.wrong
    return piece.table, [(log, number) for log in logs for number in range(len(log))]


@given(st.data())
def test_all_readings_agree_on_a_chart(data):
    """Whatever is on record, a criterion has one verdict, and words."""
    pathway = data.draw(testing.pathways())
    more = data.draw(st.lists(testing.criteria(pathway.facts, pathway.events), max_size=4))
    journey, asked, logs = data.draw(recorded(pathway))
    happenings = [happened(record) for record in logs[0]]

    # One chart, read in every way.
    chart = journey.consider(asked.event, *asked.findings, day=asked.day).chart
    again = files.pathway_from_json(files.pathway_to_json(pathway))
    assert again == pathway
    written = dict(zip(pathway.guards, again.guards, strict=True))
    history = reference.History(happenings)
    moment = KnownMoment(known_events(happenings), len(happenings) - 1)
    for guard in (*pathway.guards, *more):
        expected = reference.VERDICTS[reference.meaning(guard, history)]
        explained = chart.explain(guard)
        assert explained.verdict is expected
        assert chart.check(guard) is expected
        assert chart.check(written.get(guard, guard)) is expected
        assert verdict_of(moment.read(guard)) is expected
        assert guard.key
        assert guard.phrase
        assert str(explained)

    # Every record of every patient, by columns: as it is asked about, and after it.
    columns, places = columns_of(logs, pathway)
    for event in pathway.events:
        rows = columns.rows_of(event)
        for after in (False, True):
            column = ColumnVerdicts(columns, rows, after=after)
            here = [chart_at(*places[row], after=after) for row in rows]
            for guard in (*pathway.guards, *more):
                expected = [chart.check(guard).value for chart in here]
                assert column.verdicts(guard).tolist() == expected, guard.key


def chart_at(log, number, *, after):
    """Return what is known as a record is asked about, or after it."""
    happenings = [happened(record) for record in log[: number + 1]]
    return Chart(happenings) if after else Chart(happenings[:-1], happenings[-1])


@given(st.data())
def test_the_row_that_moves_is_the_one_that_the_reference_says(data):
    """A row moves by itself exactly where ten plain lines of Python say that it does."""
    journey, asked, _ = data.draw(testing.pathways().flatmap(recorded))
    row = reference.decision(journey.pathway, journey.state, [*journey.steps, happened(asked)])
    decision = journey.ask(asked)
    assert decision.allowed == (row is not None)
    if row is None:
        with pytest.raises(TransitionNotAllowed):
            journey.take(asked)
    else:
        assert journey.take(asked).state == row.target_from(journey.state)
