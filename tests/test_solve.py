"""What is settled is what the rows decide: never more, and wherever there is anything to find."""

from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import SAME_DAY, Choice, Event, Flag, Journey, Pathway, Quantity, Record, State
from hscpath.chart import Chart
from hscpath.criteria import Finding, conjuncts, leaves
from hscpath.lupus import PATHWAY
from hscpath.solve import Attempt, Draft, solve, spans_by_criteria, wanted
from hscpath.testing import criteria, journeys, pathways, records
from hscpath.testing.journeys import chooser
from hscpath.testing.pathways import EVENTS, FACTS


@st.composite
def standing(draw, pathway=None):
    """Draw a journey that has not ended, and a row that starts where it stands."""
    journey = draw(journeys(pathway or draw(pathways()), max_steps=8))
    while journey.state.final:
        journey = Journey.replay(journey.pathway, journey.steps[:-1])
    return journey, draw(st.sampled_from([row for row in journey.pathway.transitions if starts(row, journey)]))


def starts(row, journey):
    """Return whether a row starts where a journey stands."""
    return journey.state in row.source.states


def is_settled(journey, row, record, *, clear):
    """Check that a record is taken by that very row, and that nothing but what the row expects may need a reason."""
    assert journey.misuse(record) == ()
    assert (record.override, record.to, record.inferred) == (None, None, None)
    decision = journey.ask(record)
    assert decision.row.transition is row
    assert {guard for guard, _ in decision.waivable} <= set(() if clear else conjuncts(row.expects))
    if clear:
        assert journey.take(record).state == row.target_from(journey.state)


@given(st.data())
def test_what_is_settled_is_taken_by_that_very_row(data):
    """What is found for a row makes that row decide, and no earlier one; if clear, nothing needs a reason."""
    journey, row = data.draw(standing())
    clear = data.draw(st.booleans())
    first = solve(journey, row, clear=clear)
    drawn = solve(journey, row, clear=clear, choose=chooser(data.draw))
    for record in (first, drawn):
        if record is not None:
            is_settled(journey, row, record, clear=clear)


@given(st.data())
def test_what_is_settled_on_the_reference_pathway_is_taken_by_that_very_row(data):
    """The same holds of lupus patients."""
    journey, row = data.draw(standing(PATHWAY))
    record = solve(journey, row, choose=chooser(data.draw))
    if record is not None:
        is_settled(journey, row, record, clear=True)


@given(st.data())
def test_whatever_is_accepted_could_have_been_settled(data):
    """Where some record makes a row decide, something is found for that row, whichever choices are made."""
    pathway = data.draw(st.just(PATHWAY) | pathways())
    journey, _ = data.draw(standing(pathway))
    last = journey.last_stated_day
    drawn = data.draw(records(pathway, state=journey.state, after=last or 0, first=not journey.steps))
    decision = journey.ask(drawn)
    if decision.row is not None and not decision.ambiguous:
        clear = decision.allowed
        row = decision.row.transition
        if clear or {guard for guard, _ in decision.waivable} <= set(conjuncts(row.expects)):
            assert solve(journey, row, clear=clear) is not None
            assert solve(journey, row, clear=clear, choose=chooser(data.draw)) is not None


# --- What cannot be told apart ----------------------------------------------------------------------


@given(st.data())
def test_values_of_one_span_are_alike_and_those_of_two_are_not(data):
    """What criteria of a fact make of a value is the same within a span, and different beyond it."""
    fact = data.draw(st.sampled_from(FACTS))
    asked = [leaf for guard in data.draw(st.lists(criteria((fact,), EVENTS), max_size=3)) for leaf in leaves(guard)]
    own = [attrs.evolve(leaf, since=None) for leaf in asked if getattr(leaf, "fact", None) == fact]

    def verdicts(stored):
        chart = Chart.of(Finding(fact, stored))
        return [chart.check(leaf) for leaf in own]

    spans = spans_by_criteria(fact, asked)
    for span in spans:
        inside = span[data.draw(st.integers(0, len(span) - 1))]
        assert verdicts(span[0]) == verdicts(inside) == verdicts(span[-1])
    if isinstance(fact, Quantity):
        assert (spans[0][0], spans[-1][-1]) == (fact.lowest, fact.highest)
        for lower, upper in pairwise(spans):
            assert upper[0] == lower[-1] + 1
            assert verdicts(lower[-1]) != verdicts(upper[0])
    elif not getattr(fact, "several", False):
        assert len({tuple(verdicts(span[0])) for span in spans}) == len(spans)


@given(st.data())
def test_another_value_of_the_span_changes_nothing(data):
    """A record whose values and day are moved within their spans is taken by the same row."""
    journey, row = data.draw(standing())
    criteria_wanted = wanted(journey, row)
    found = Attempt(criteria_wanted, chooser(data.draw)).solve(Draft.after(journey, row.event))
    if found is None:
        return
    asked = [leaf for each in criteria_wanted for leaf in each.leaves]
    for name, finding in found.findings.items():
        others = attrs.evolve(found, findings={k: v for k, v in found.findings.items() if k != name})
        (span,) = [span for span in others.spans(finding.fact, asked) if finding.stored in span][:1]
        moved = span[data.draw(st.integers(0, len(span) - 1))]
        is_settled(journey, row, others.with_value(finding.fact, moved).record(), clear=True)
    if found.dated:
        (span,) = [span for span in found.days(asked) if found.day in span]
        moved = span[data.draw(st.integers(0, len(span) - 1))]
        is_settled(journey, row, found.on_day(moved).record(), clear=True)


def test_a_range_is_split_where_something_changes():
    """Sizes by their thresholds, options by their lists; of several options, each by itself and two together."""
    doses = Quantity("doses", "doses", "1", low=0, high=9)
    assert spans_by_criteria(doses, ()) == [range(10)]
    assert spans_by_criteria(doses, (doses.at_least(3), doses.above(6))) == [range(3), range(3, 7), range(7, 10)]
    fever = Flag("fever", "fever")
    assert spans_by_criteria(fever, ()) == [(False, True)]
    assert spans_by_criteria(fever, (fever.is_true(),)) == [(False,), (True,)]
    stage = Choice("stage", "stage", ("I", "II", "III"))
    assert spans_by_criteria(stage, (stage.one_of("I", "III"), doses.at_least(3))) == [("I", "III"), ("II",)]
    drugs = Choice("drugs", "drugs", ("A", "B", "C"), several=True)
    alone = (frozenset("A"), frozenset("C"))
    assert spans_by_criteria(drugs, (drugs.one_of("B"),)) == [alone, (frozenset("B"),), (frozenset("AB"),)]


# --- One case each ------------------------------------------------------------------------------------

DOSES = Quantity("doses", "doses", "1", low=0, high=9)
FEVER = Flag("fever", "fever", negative="no fever")
SEEN = Event("seen", "seen", may=(FEVER, DOSES))
TREATED = Event("treated", "treated", may=(FEVER,), must=(DOSES,))
ILL, WELL, OVER = State("ill", "ill"), State("well", "well"), State("over", "over", final=True)


def small(*rows):
    """Return a pathway that begins ill, and may end."""
    return Pathway("small", "1", ILL, [*rows, ILL.on(Event("died", "died"), to=OVER)])


def test_an_event_on_the_day_of_an_undated_one_is_found():
    """Where the step before has no day, only the same day says that no time has passed since then."""
    pathway = small(ILL.on(SEEN), ILL.on(TREATED, to=OVER, when=SEEN.happened(at_most_ago=0)))
    ana = Journey(pathway).advance("seen")
    assert solve(ana, pathway.transitions[1]).day is SAME_DAY
    ana = ana.advance("seen", day=4).advance("seen")
    assert solve(ana, pathway.transitions[1]).day is SAME_DAY


def test_a_rival_that_comes_first_is_closed():
    """What is recorded closes the rows that are tried first: here by a value, and by no fever."""
    pathway = small(
        ILL.on(TREATED, to=OVER, when=DOSES.at_least(5) | FEVER.is_true()),
        ILL.on(TREATED, to=WELL, when=DOSES.at_least(4)),
        WELL.on(SEEN),
    )
    record = solve(Journey(pathway), pathway.transitions[1])
    assert record.findings == (DOSES(4), FEVER(False))


def test_what_nothing_can_settle_is_not_found():
    """A row that asks for what cannot be, or that an earlier row always forestalls, is given up."""
    pathway = small(
        ILL.on(SEEN, to=WELL, when=DOSES.at_least(5) & DOSES.below(5)),
        ILL.on(SEEN, when=SEEN.count.below(1)),
        ILL.on(SEEN, to=OVER),
        WELL.on(SEEN),
    )
    never, begins, after = pathway.transitions[:3]
    assert solve(Journey(pathway), never) is None
    assert solve(Journey(pathway), after) is None
    assert solve(Journey(pathway), begins) == Record(SEEN, (DOSES(0),))


def test_what_is_expected_is_met_only_if_it_is_to_be_clear():
    """A patient who departs from what is expected is found by asking for one who is not clear."""
    pathway = small(ILL.on(SEEN, to=WELL, expects=FEVER.is_true() & FEVER.is_false()), WELL.on(SEEN))
    row = pathway.transitions[0]
    assert solve(Journey(pathway), row) is None
    assert solve(Journey(pathway), row, clear=False) == Record(SEEN)


def test_what_takes_too_long_is_given_up():
    """The search ends when the guards were asked often enough."""
    pathway = small(ILL.on(TREATED, to=OVER, when=DOSES.at_least(5)))
    row = pathway.transitions[0]
    assert solve(Journey(pathway), row, effort=0) is None
    assert solve(Journey(pathway), row, effort=1) == Record(TREATED, (DOSES(5),))


def test_a_row_that_starts_elsewhere_is_called_so():
    """A row is asked about where it starts."""
    pathway = small(ILL.on(SEEN, to=WELL), WELL.on(TREATED, to=ILL))
    with pytest.raises(LookupError, match="the row 'well, treated: ill' does not start where the journey stands"):
        solve(Journey(pathway), pathway.transitions[1])


def test_the_last_day_is_the_last_that_was_stated():
    """Steps without a day of their own leave it as it was; before any, there is none."""
    pathway = small(ILL.on(SEEN))
    ana = Journey(pathway)
    assert ana.last_stated_day is None
    assert ana.advance("seen").last_stated_day is None
    assert ana.advance("seen", day=3).advance("seen").advance("seen", day=SAME_DAY).last_stated_day == 3
