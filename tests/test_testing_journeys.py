"""Journeys go where they are sent, hold every kind of step, and shrink to the shortest story."""

from collections import Counter
from random import Random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, Unsatisfiable

from hscpath import SAME_DAY, Chart, Event, Flag, Journey, Pathway, State, Verdict
from hscpath.lupus import PATHWAY
from hscpath.paths import NoJourney, Paths, Undecided, happens, is_entered
from hscpath.testing import charts, journeys, next_steps, pathways
from hscpath.testing.journeys import NOT_STATED, Traveller, routes_of
from tests.profiles import MANY, examples, sample

FEVER = Flag("fever", "fever", negative="no fever")
SEEN, CURED, DIED = Event("seen", "seen", may=(FEVER,)), Event("cured", "cured"), Event("died", "died")
ILL, WELL, OVER = State("ill", "ill"), State("well", "well"), State("over", "over", final=True)


def rows_of(journey):
    """Return the row that decided at each step."""
    return [decision.row.transition for decision in journey.decisions()]


def went_through(journey, waypoints):
    """Return whether a journey goes by these waypoints, in this order."""
    left = list(waypoints)
    state = journey.pathway.initial
    if left and left[0] == state:
        left.pop(0)
    for row, step in zip(rows_of(journey), journey.steps, strict=True):
        if left and happens(left[0], row):
            left.pop(0)
        if left and is_entered(left[0], row, state):
            left.pop(0)
        state = step.state
    return not left


# --- What is reached -------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_row_and_state_of_the_reference_pathway_is_reached():
    """Twenty journeys for each row are enough to take every row and to enter every state."""
    rows, states = PATHWAY.transitions, PATHWAY.states
    taken, entered = set(), {PATHWAY.initial}

    def seen(journey):
        taken.update(map(id, rows_of(journey)))
        entered.update(step.state for step in journey.steps)

    sample(journeys(PATHWAY), 20 * len(rows), seen, lambda: len(taken) == len(rows) and len(entered) == len(states))
    assert [str(row) for row in rows if id(row) not in taken] == []
    assert entered == set(states)


@pytest.mark.slow
def test_journeys_of_lupus_patients_are_of_every_length_and_kind():
    """Many reach the reinfusion, none is as long as all others, and every kind of step is among them."""
    drawn = []
    sample(journeys(PATHWAY), 600, drawn.append)
    reinfused = [journey for journey in drawn if any(step.event.name == "cells_reinfused" for step in journey.steps)]
    assert len(reinfused) >= len(drawn) / 4
    lengths = Counter(len(journey.steps) for journey in drawn)
    assert len(lengths) > 20
    assert max(lengths.values()) < len(drawn) / 6
    for third in (range(1, 9), range(9, 17), range(17, 25)):
        assert sum(lengths[steps] for steps in third) > len(drawn) / 8

    steps = [step for journey in drawn for step in journey.steps]
    assert {type(step.day) for step in steps} == {int, type(None), type(SAME_DAY)}
    assert {deviation.verdict for step in steps for deviation in step.deviations} == {Verdict.UNMET, Verdict.UNKNOWN}
    assert any(step.to for step in steps)
    inferred = [step for step in steps if step.inferred]
    assert {step.inferred for step in inferred} == {NOT_STATED}
    given = [{finding.fact for finding in step.findings} for step in inferred]
    assert any(set(step.event.must) - facts for step, facts in zip(inferred, given, strict=True))
    assert all(Journey.replay(PATHWAY, journey.steps) == journey for journey in drawn[::20])


@examples(0.5)
@given(st.data())
def test_a_journey_goes_where_it_is_sent(data):
    """By waypoints in order, to the state asked for, in as many steps as were asked for; or none goes there."""
    pathway = data.draw(pathways())
    things = [*pathway.states[1:], *pathway.events, *pathway.transitions]
    through = data.draw(st.lists(st.sampled_from(things), max_size=2))
    ending_in = data.draw(st.none() | st.sampled_from(pathway.states))
    least = data.draw(st.integers(0, 3))
    try:
        strategy = journeys(pathway, ending_in=ending_in, through=through, min_steps=least, max_steps=9)
        journey = data.draw(strategy)
    except InvalidArgument:
        with pytest.raises((NoJourney, Undecided)):
            Paths(pathway).to(*through, *([] if ending_in is None else [ending_in]))
        return
    assert least <= len(journey.steps) <= 9
    assert went_through(journey, through)
    assert ending_in in (None, journey.state)
    assert Journey.replay(pathway, journey.steps) == journey


@pytest.mark.parametrize(
    ("through", "ending_in"),
    [
        (("kidney_biopsy_reported", "refractory", "cells_reinfused"), "post_hsct_remission"),
        (("graft_failure",), "engrafted"),
        (("kidney_failure", "kidney_transplanted", "cells_reinfused", "cells_reinfused"), "dead"),
        ("relapsed", None),
    ],
)
def test_a_lupus_patient_goes_where_she_is_sent(through, ending_in):
    """By each station in turn, however far it is, and to the outcome that was asked for."""
    waypoints = Paths(PATHWAY).waypoints(*((through,) if isinstance(through, str) else through))

    def seen(journey):
        assert went_through(journey, waypoints)
        assert ending_in in (None, journey.state.name)
        assert 12 <= len(journey.steps) <= 20

    strategy = journeys(PATHWAY, through=through, ending_in=ending_in, min_steps=12, max_steps=20)
    number = 25 if MANY else 3
    assert sample(strategy, number, seen) == number


@given(st.data())
def test_charts_are_what_is_known_after_a_journey(data):
    """A drawn chart answers every criterion of its pathway."""
    pathway = data.draw(pathways())
    chart = data.draw(charts(pathway, max_steps=5))
    assert isinstance(chart, Chart)
    assert len(chart.happenings) <= 5
    assert {chart.check(guard) for guard in pathway.guards} <= set(Verdict)


@given(st.data())
def test_next_steps_are_accepted(data):
    """Whatever is drawn to come next is taken as it stands; what has ended has no next step."""
    journey = data.draw(journeys(data.draw(pathways())))
    if journey.state.final:
        assert next_steps(journey).is_empty
    else:
        assert journey.take(data.draw(next_steps(journey))).steps[:-1] == journey.steps


def test_next_steps_are_of_every_kind():
    """By every event that may happen to her, clearly or with a reason, dated or not, stated or inferred."""
    ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0)
    drawn = []
    possible = {decision.event for decision in ana.options() if not decision.closed}
    sample(next_steps(ana), 40 * len(possible), drawn.append)
    assert {record.event for record in drawn} == possible
    assert {record.override is None for record in drawn} == {True, False}
    assert {record.inferred is None for record in drawn} == {True, False}
    assert {type(record.day) for record in drawn} == {int, type(None), type(SAME_DAY)}


# --- What is rejected, and what is long -----------------------------------------------------------------


@pytest.mark.parametrize("least", [0, 6, 15])
def test_next_to_nothing_is_rejected(least):
    """Journeys of at least so many steps are drawn without throwing away more than one of a hundred."""
    number = 100 if MANY else 12
    assert sample(journeys(PATHWAY, min_steps=least), number, lambda journey: None) == number


def test_a_journey_that_ends_too_early_is_drawn_out():
    """Where the end may not change, steps are put before it; where nothing can be, the journey is rejected."""
    seen = ILL.on(SEEN)
    pathway = Pathway("loop", "1", ILL, [seen, ILL.on(DIED, to=OVER, expects=SEEN.count.at_most(2))])
    for least in (1, 3, 5):
        shortest = find(journeys(pathway, ending_in=OVER, min_steps=least), lambda journey: True)
        assert [step.event for step in shortest.steps] == [SEEN] * (least - 1) + [DIED]
    short = Pathway("short", "1", ILL, [ILL.on(CURED, to=WELL), WELL.on(DIED, to=OVER)])
    assert len(find(journeys(short, min_steps=2), lambda journey: True).steps) == 2
    for strategy in (journeys(short, min_steps=3), journeys(short, ending_in=WELL, min_steps=2)):
        with pytest.raises(Unsatisfiable):
            find(strategy, lambda journey: True, settings=settings(max_examples=20))


# --- The shortest story ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["refractory", "hsct_accepted", "graft_stored", "aplasia", "dead"])
def test_a_journey_shrinks_to_the_shortest(name):
    """What a failing test shows has no more steps than the shortest journey that the prover finds, and no reasons."""
    state = PATHWAY.state(name)
    shortest = find(journeys(PATHWAY, ending_in=state), lambda journey: True)
    assert len(shortest.steps) == len(Paths(PATHWAY).to(state).steps)
    assert shortest.deviations == ()


@pytest.mark.slow
def test_a_transplanted_patient_shrinks_to_the_bare_course():
    """Of all who are reinfused, the one that is shown has what reinfusion takes and little else.

    Where a journey may go anywhere, shrinking can end in a corner: one of three has to find the way.
    """
    reinfused = lambda journey: any(step.event.name == "cells_reinfused" for step in journey.steps)  # noqa: E731
    found = [
        find(journeys(PATHWAY), reinfused, random=Random(seed), settings=settings(database=None)) for seed in range(3)
    ]
    shown = min(found, key=lambda journey: len(journey.steps))
    assert len(shown.steps) <= 9
    assert all(step.inferred is None for step in shown.steps)


def test_a_failing_example_is_told_as_a_story():
    """A test that fails for a drawn journey shows its steps, one to a line."""

    @settings(database=None, derandomize=True, max_examples=50)
    @given(journeys(PATHWAY, ending_in="refractory"))
    def fails(journey):
        assert journey.state.name != "refractory"

    with pytest.raises(AssertionError) as failure:
        fails()
    notes = "\n".join(failure.value.__notes__)
    assert "journey=<Journey: refractory disease, 1 step>:\n" in notes
    assert "1. enrolled in mid-course, day not recorded: refractory disease" in notes


# --- Misuse ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"ending_in": "refractry"}, "has no state 'refractry'; did you mean 'refractory'?"),
        ({"ending_in": WELL}, "has no state 'well'"),
        ({"through": "cells_reinfusd"}, "has no state or event 'cells_reinfusd'; did you mean 'cells_reinfused'?"),
        ({"through": ("relapsed", 7)}, "7 is no state, event or row"),
        ({"through": WELL}, "has no such state as 'well': give one of its own"),
        ({"min_steps": 3, "max_steps": 2}, "min_steps, max_steps: 3 to 2 is no range of steps"),
        ({"min_steps": -1}, "min_steps, max_steps: -1 to 24 is no range of steps"),
    ],
)
def test_what_cannot_be_asked_for_is_named_at_once(asked, told):
    """A state, an event or a number of steps that is none is told as it is given, with what to give instead."""
    with pytest.raises(InvalidArgument) as error:
        journeys(PATHWAY, **asked)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"through": "dead", "ending_in": "relapsed"}, "no journey goes by 'relapsed' after 'dead'"),
        ({"through": "cells_reinfused", "max_steps": 3}, "max_steps: 3 is too few, the shortest journey takes "),
    ],
)
def test_where_no_journey_goes_is_told_when_it_is_drawn(asked, told):
    """Nobody relapses after death, and nobody is reinfused in three steps."""
    with pytest.raises(InvalidArgument) as error:
        find(journeys(PATHWAY, **asked), lambda journey: True)
    assert told in str(error.value)


def test_what_nobody_can_tell_is_said_when_it_is_drawn(monkeypatch):
    """Where neither a walk nor the prover finds a way, the question is named as open."""

    def undecided(*_):
        raise Undecided("it took too long")

    never = FEVER.is_true() & FEVER.is_false()
    small = Pathway(
        "small", "1", ILL, [ILL.on(SEEN, to=WELL, when=never), WELL.on(CURED, to=OVER), ILL.on(DIED, to=OVER)]
    )
    monkeypatch.setattr(Paths, "to", undecided)
    with pytest.raises(InvalidArgument, match="it took too long"):
        find(journeys(small, ending_in=WELL), lambda _: True)


def test_an_end_that_one_more_step_would_close_is_left_as_it_is():
    """Who may only die unseen is not made to be seen first, so as to live longer."""
    unseen = ILL.on(DIED, to=OVER, when=~SEEN.happened())
    small = Pathway("small", "1", ILL, [ILL.on(SEEN), unseen])
    walk = Traveller(lambda _of: 0, routes_of(small), 24)
    assert walk.towards(OVER)
    walk.lengthen(2, anywhere=False)
    assert [step.event for step in walk.journey.steps] == [DIED]


def test_strategies_are_called_by_what_they_draw():
    """A strategy prints as the pathway and the way, and not as all that they hold."""
    strategy = journeys(PATHWAY, through=("relapsed", "cells_reinfused"), ending_in="dead", min_steps=3)
    find(strategy, lambda journey: True)
    assert len(repr(strategy)) < 200
    assert "by way of relapsed, then stem cells reinfused, then dead, 3 to 24 steps" in repr(strategy)
