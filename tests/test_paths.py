"""Journeys to order are real, end where they say, and none is shorter; what could not be found is named."""

import re
import runpy
import subprocess
import sys
from collections import deque
from itertools import islice
from time import monotonic

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hscpath import Event, Flag, HscpathError, Journey, Pathway, Quantity, State, StateGroup, testing
from hscpath import paths as module
from hscpath.lupus import PATHWAY
from hscpath.paths import NoJourney, Omission, Paths, Undecided
from hscpath.proof.claims import Decides
from hscpath.proof.search import TransitionSystem
from hscpath.proof.stories import Story, find
from tests.profiles import examples

# --- On pathways of any kind ------------------------------------------------------------------------

PATIENCE = 1
"""Seconds for one search on a random pathway; what takes longer is undecided, and is told so."""


def order_alone(pathway):
    """Return a pathway without its criteria, of which the last row for a state and an event is kept."""
    last = {(source, row.event): row for row in pathway.transitions for source in row.source.states}
    rows = [source.on(event, to=row.target) for (source, event), row in last.items()]
    return Pathway("order alone", "1", pathway.initial, rows)


def distances(pathway):
    """Return how many steps each state is away from the first, by walking the rows."""
    found, queue = {pathway.initial: 0}, deque([pathway.initial])
    while queue:
        state = queue.popleft()
        for row in pathway.transitions:
            if state in row.source.states and row.target_from(state) not in found:
                found[row.target_from(state)] = found[state] + 1
                queue.append(row.target_from(state))
    return found


def walks(pathway, state, been=()):
    """Yield every way, row by row, that enters no state twice."""
    for row in pathway.transitions:
        target = row.target_from(state)
        if state in row.source.states and target not in (*been, state):
            yield (row,)
            yield from ((row, *more) for more in walks(pathway, target, (*been, state)))


def is_real(journey):
    """Return whether a journey replays, with its reasons, into itself."""
    return Journey.replay(journey.pathway, journey.steps) == journey


@given(testing.pathways().map(order_alone))
@examples(0.15)
def test_where_nothing_is_asked_the_shortest_way_is_the_shortest_in_the_table(pathway):
    """Each state, each row and each way without a detour: as many steps as the table itself says, and no more."""
    paths, away = Paths(pathway), distances(pathway)
    assert {path.journey.state: len(path.journey.steps) for path in paths.to_each_state()} == away
    for row in pathway.transitions:
        assert len(paths.to(row).steps) == away[row.source] + 1
    found = list(paths.simple())
    assert sorted(map(repr, (path.rows for path in found))) == sorted(map(repr, walks(pathway, pathway.initial)))
    lengths = [len(path.journey.steps) for path in found]
    assert lengths == sorted(lengths)
    short = [path.sentence for path in found if len(path.rows) <= 2]
    assert [path.sentence for path in paths.simple(max_steps=2)] == short


@given(st.data())
@examples(0.2)
def test_what_the_prover_reaches_is_reached(data):
    """A row that decides in some journey ends one, which is real and no longer; a row that never does ends none."""
    pathway = data.draw(testing.pathways())
    row = data.draw(st.sampled_from(pathway.transitions))
    try:
        system = TransitionSystem(pathway)
        known = find(system, Decides(tuple(system.edges_of[id(row)]), let_through=True), monotonic() + PATIENCE)
        journey = Paths(pathway, limit=PATIENCE).to(row)
    except Undecided:
        assume(False)
    except NoJourney:
        assert not isinstance(known, Story)
    else:
        assert isinstance(known, Story)
        assert is_real(journey)
        assert journey.decisions()[-1].row.transition is row
        if journey.deviations:
            assert len(journey.steps) == len(known.journey.steps)
        else:
            assert not any(step.inferred for step in journey.steps)


@given(st.data())
@examples(0.2)
def test_no_journey_is_shorter(data):
    """Wherever a journey drawn at random went, the one to order goes in as many steps or fewer."""
    pathway = data.draw(testing.pathways())
    drawn = data.draw(testing.journeys(pathway))
    paths = Paths(pathway, limit=PATIENCE)
    way = data.draw(st.sampled_from([[drawn.state], [decision.row.transition for decision in drawn.decisions()]]))
    assume(way)
    try:
        journey = paths.to(*way)
    except Undecided:
        assume(False)
    assert is_real(journey)
    assert way != [drawn.state] or journey.state == drawn.state
    if journey.deviations or not drawn.deviations:
        assert len(journey.steps) <= len(drawn.steps)


@given(testing.pathways())
@examples(0.05)
def test_a_list_holds_everything_or_names_it(pathway):
    """Every state and every row is in some journey of its list, or is said to be left out and why."""
    paths = Paths(pathway, limit=PATIENCE / 4)
    states, rows = paths.to_each_state(), paths.covering(max_steps=4)
    reached = {path.journey.state for path in states} | {left.what for left in states.left_out}
    assert reached == set(pathway.states)
    taken, left_out = {row for path in rows for row in path.rows}, {left.what for left in rows.left_out}
    assert taken | left_out == set(pathway.transitions)
    assert not taken & left_out
    for found in (states, rows, list(islice(paths.simple(), 6)), list(islice(paths.simple(clear=False), 6))):
        assert all(is_real(path.journey) for path in found)
        assert len({path.sentence for path in found}) == len(found)
        lengths = [len(path.journey.steps) for path in found]
        assert lengths == sorted(lengths)


# --- A pathway of five states -----------------------------------------------------------------------

SCORE = Quantity("score", "score", "1", low=0, high=10)
FEVER = Flag("fever", "fever", negative="no fever")
SEEN, FED = Event("seen", "seen", may=(SCORE,)), Event("fed", "fed", must=(FEVER,))
TREATED, DIED, LOST_IT = Event("treated", "treated"), Event("died", "died"), Event("lost", "lost to the ward")
WELL, ILL, CURED, LOST = (
    State("well", "well"),
    State("ill", "ill"),
    State("cured", "cured"),
    State("lost", "gone astray"),
)
DEAD = State("dead", "dead", final=True)
FALLS_ILL = WELL.on(SEEN, to=ILL, when=SCORE.at_least(7))
STAYS_WELL = WELL.on(SEEN)
EATS = ILL.on(FED)
TREATS = ILL.on(TREATED, to=CURED, when=FED.happened() & FEVER.is_false())
LAPSES = CURED.on(SEEN, to=ILL, expects=FED.count.below(0).named("starved"))
STRAYS = ILL.on(LOST_IT, to=LOST, when=TREATED.count.below(0))
DIES = StateGroup("the living", (WELL, ILL, CURED, LOST)).on(DIED, to=DEAD)
TOY = Pathway("toy", "1", WELL, [FALLS_ILL, STAYS_WELL, EATS, TREATS, LAPSES, STRAYS, DIES])


def told(journey):
    """Return the steps of a journey, with what each records."""
    return [", ".join((step.event.name, *map(str, step.findings))) for step in journey.steps]


@pytest.mark.parametrize(
    ("way", "steps"),
    [
        (["well"], []),
        ([ILL], ["seen"]),
        (["seen"], ["seen"]),
        ([STAYS_WELL], ["seen"]),
        (["seen", "ill"], ["seen"]),
        (["ill", "seen"], ["seen", "fed", "treated", "seen"]),
        ([STAYS_WELL, FALLS_ILL], ["seen", "seen"]),
        (["cured"], ["seen", "fed", "treated"]),
        (["well", FED, "fed", "dead"], ["seen", "fed", "fed", "died"]),
        (["died", "dead"], ["died"]),
    ],
    ids=str,
)
def test_a_journey_goes_by_what_it_was_asked_to(way, steps):
    """States, events and rows in their order; an event and the state that it leads to may be one step."""
    journey = Paths(TOY).to(*way)
    assert [step.event.name for step in journey.steps] == steps
    assert is_real(journey)


def test_nothing_is_let_through_that_need_not_be():
    """A row that expects the impossible is let through, and on the way to it nothing else is."""
    journey = Paths(TOY).to(LAPSES)
    assert told(journey)[-2:] == ["treated", "seen"]
    assert [str(deviation) for deviation in journey.deviations] == [
        "departs: starved (let through, to show where this leads)"
    ]
    assert not Paths(TOY).to("cured").deviations


def test_nobody_goes_where_no_journey_leads():
    """What no record opens is said to be out of reach, and how far a journey gets."""
    with pytest.raises(NoJourney, match=re.escape("no journey goes by 'gone astray', whatever is recorded")):
        Paths(TOY).to(LOST)
    with pytest.raises(NoJourney, match=re.escape("no journey goes by 'ill' after 'ill', then 'dead', whatever")):
        Paths(TOY).to(ILL, "dead", ILL, "cured")
    assert issubclass(NoJourney, HscpathError)
    assert issubclass(NoJourney, LookupError)


@pytest.mark.parametrize(
    ("way", "error", "says"),
    [
        ([], TypeError, "give at least one state, event or row"),
        (["curred"], LookupError, "'toy' has no state or event 'curred'; did you mean 'cured'?"),
        (["lost"], LookupError, "'lost' is a state and an event: give pathway.state('lost')"),
        ([7, ""], LookupError, "7 is no state, event or row; 'toy' has no state or event ''; known: cured, dead"),
        ([State("ill", "ill", final=True)], LookupError, "'toy' has no such state as 'ill': give one of its own"),
        ([Event("seen", "seen")], LookupError, "'toy' has no such event as 'seen'"),
        ([WELL.on(SEEN, to=CURED)], LookupError, "'toy' has no such row as 'well, seen: cured'"),
        ([StateGroup("some", (ILL,))], LookupError, "<StateGroup: some> is no state, event or row"),
    ],
)
def test_what_the_pathway_does_not_have_is_named(way, error, says):
    """A slip of the pen is told with its cure, all of one call at once, and never passes for a journey there is not."""
    pathway = Pathway("toy", "1", WELL, [*TOY.transitions[:5], ILL.on(LOST_IT, to=LOST), DIES])
    with pytest.raises(error, match=re.escape(says)) as caught:
        Paths(pathway).to(*way)
    assert not isinstance(caught.value, NoJourney)


def test_what_is_no_question_is_refused():
    """No pathway, no number of seconds, no number of steps: each is told as such."""
    with pytest.raises(TypeError, match="'toy' is no pathway"):
        Paths("toy")
    with pytest.raises(ValueError, match="limit: nan is no number of seconds"):
        Paths(TOY, limit=float("nan"))
    for asked in (Paths(TOY).covering, Paths(TOY).simple):
        with pytest.raises(TypeError, match=re.escape("max_steps: 2.5 is no number of steps")):
            asked(max_steps=2.5)
        with pytest.raises(ValueError, match="max_steps: 0 is no number of steps: write 1 or more"):
            asked(max_steps=0)


def test_a_list_says_what_nobody_reaches():
    """States and rows out of reach are left out, by name and with the reason."""
    paths = Paths(TOY)
    assert repr(paths) == "Paths(Pathway('toy', '1': 5 states, 5 events, 7 rows))"
    states, rows = paths.to_each_state(), paths.covering()
    assert repr(states) == "<PathList: 4 paths, 1 left out>"
    assert states.left_out == (Omission(LOST, "no journey leads there"),)
    assert str(states).splitlines() == [
        "every journey begins with well",
        "seen leads to ill",
        "died leads to dead",
        "seen (ill), fed and treated lead to cured",
        "left out: gone astray: no journey leads there",
    ]
    assert [left.what for left in rows.left_out] == [STRAYS]
    assert {row for path in rows for row in path.rows} == set(TOY.transitions) - {STRAYS}
    assert [str(path) for path in rows] == [
        "seen leads to well",
        "died leads to dead",
        "seen (ill), fed, treated and seen lead to ill (1 let through)",
    ]
    assert rows[0] == rows[:2][0]


def test_what_another_journey_takes_is_not_left_out(monkeypatch):
    """A row that was not found by itself, and is on the way of another, is taken."""
    paths = Paths(Pathway("toy", "1", WELL, [FALLS_ILL, TREATS, EATS, CURED.on(DIED, to=DEAD)]))
    order = paths._to
    monkeypatch.setattr(paths, "_to", lambda *way: Undecided("a test") if way == (EATS,) else order(*way))
    found = paths.covering()
    assert EATS in found[-1].rows
    assert found.left_out == ()


def test_ways_that_part_in_silence_are_numbered():
    """Where the same events lead to the same state by different rows, the sentences still differ."""
    rows = [WELL.on(SEEN, to=ILL, when=SCORE.below(5)), WELL.on(SEEN, to=ILL), ILL.on(FED), ILL.on(DIED, to=DEAD)]
    paths = Paths(Pathway("toy", "1", WELL, rows))
    assert [str(path) for path in paths.simple()] == [
        "seen leads to ill",
        "seen leads to ill (way 2)",
        "seen and died lead to dead",
        "seen and died lead to dead (way 2)",
    ]
    long = paths.covering(max_steps=30)[-1]
    assert str(Paths(long.journey.pathway).to_each_state()[0]) == "every journey begins with well"


def test_a_long_journey_keeps_a_short_name_without_values():
    """Of many steps the first and the last are told, and the rest by number; no value is."""
    steps = [Event(f"step_{n}", f"step {'abcdefghij'[n]}", may=(SCORE,)) for n in range(10)]
    states = [State(f"place_{n}", f"place {'abcdefghij'[n]}") for n in range(10)]
    states.append(State("place_10", "place k", final=True))
    rows = [
        before.on(step, to=after, when=SCORE.at_least(8))
        for before, step, after in zip(states, steps, states[1:], strict=False)
    ]
    *_, path = Paths(Pathway("toy", "1", states[0], rows)).to_each_state()
    assert str(path) == "step a, step b, 6 more steps, step i and step j lead to place k"
    assert told(path.journey)[0].startswith("step_0, score ")


def test_a_way_without_a_detour_may_take_steps_that_stay():
    """To be cured one has to be fed first, which changes no state: the journey holds that step, and it counts."""
    found = list(Paths(TOY).simple())
    assert [str(path) for path in found] == [
        "seen leads to ill",
        "died leads to dead",
        "seen (ill) and died lead to dead",
        "seen (ill), fed and treated lead to cured",
        "seen (ill), fed, treated and died lead to dead",
    ]
    assert [len(path.rows) for path in Paths(TOY).simple(max_steps=2)] == [1, 1, 2]
    assert [len(path.journey.steps) for path in Paths(TOY).simple(max_steps=3)] == [1, 1, 2, 3]


def test_with_reasons_there_are_more_ways():
    """Whoever asks for what has to be let through, too, gets it, marked as such."""
    gone = State("gone", "gone", final=True)
    paths = Paths(Pathway("toy", "1", WELL, [WELL.on(DIED, to=gone, expects=FED.count.below(0)), WELL.on(FED)]))
    assert list(paths.simple()) == []
    assert [str(path) for path in paths.simple(clear=False)] == ["died leads to gone (1 let through)"]


def test_what_is_not_decided_is_never_passed_over():
    """Without time nothing is found, and every list says of each state, row and path that it is not known."""
    paths = Paths(TOY, limit=0)
    why = "undecided: it took too long"
    with pytest.raises(Undecided, match="whether a journey goes by 'ill', then 'dead' could not be decided: it took"):
        paths.to(ILL, DEAD)
    assert paths.to_each_state().left_out == tuple(Omission(state, why) for state in TOY.states[1:])
    assert {left.what for left in paths.covering().left_out} == set(TOY.transitions)
    simple = paths.simple()
    assert list(simple) == []
    assert [str(left) for left in simple.left_out] == [
        "well, seen: ill: undecided, with all that follows: it took too long",
        "the living, died: dead: undecided, with all that follows: it took too long",
    ]
    assert issubclass(Undecided, HscpathError)


# --- The reference pathway ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def covering():
    """The journeys that take every row of the reference pathway."""
    return Paths(PATHWAY).covering()


@pytest.mark.slow
def test_a_few_journeys_take_every_row(covering):
    """Some two dozen journeys of at most a dozen steps, of which only one needs a reason, take all rows."""
    assert covering.left_out == ()
    assert len(covering) <= 26
    assert {row for path in covering for row in path.rows} == set(PATHWAY.transitions)
    assert all(is_real(path.journey) for path in covering)
    assert max(len(path.journey.steps) for path in covering) <= 12
    assert sum(bool(path.journey.deviations) for path in covering) == 1


def test_each_state_is_reached_as_a_rule():
    """Nobody needs a reason to get to any state of the reference pathway, nor more than nine steps."""
    found = Paths(PATHWAY).to_each_state()
    assert {path.journey.state for path in found} == set(PATHWAY.states)
    assert len(found) == len(PATHWAY.states)
    assert found.left_out == ()
    assert not any(path.journey.deviations for path in found)
    assert max(len(path.journey.steps) for path in found) <= 9


@pytest.mark.slow
def test_names_can_be_read(covering):
    """A sentence each, in the words of the pathway and not its identifiers, on one line, and not endless."""
    sentences = [*map(str, covering), *map(str, islice(Paths(PATHWAY).simple(), 40))]
    for sentence in sentences:
        assert re.search(r" leads? to |^every journey begins with ", sentence)
        assert "_" not in sentence
        assert "\n" not in sentence
        assert len(sentence) < 250
    assert not any("(way " in sentence for sentence in sentences)


PROGRAM = """
from itertools import islice
from hscpath import files
from hscpath.lupus import PATHWAY
from hscpath.paths import Paths
paths = Paths(PATHWAY)
for journey in map(paths.to, PATHWAY.transitions[::6]):
    print(files.to_json(journey))
for path in (*paths.to_each_state(), *islice(paths.simple(), 30)):
    print(path, files.to_json(path.journey))
"""


@pytest.mark.slow
def test_every_run_gets_the_same_journeys():
    """Whatever order Python gives to sets, the journeys are the same, finding by finding."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        )
        for seed in ("1", "2")
    ]
    first, second = (run.communicate(timeout=300)[0] for run in runs)
    assert first.count(b"\n") > 1000
    assert first == second


def test_without_the_solver_the_extra_is_named(monkeypatch):
    """Whoever asks for journeys without z3 is told what to install."""
    monkeypatch.setitem(sys.modules, "z3", None)
    for name in [name for name in sys.modules if name.startswith("hscpath.proof")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=re.escape('pip install "hscpath[verify]"')):
        runpy.run_path(module.__file__)
