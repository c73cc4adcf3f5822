"""Does the kit notice anything? Faults put into the pathway are found by the journeys and near misses it draws."""

from functools import cache

import pytest

from hscpath import Journey, ReplayStopped, TransitionNotAllowed
from hscpath.criteria import ALWAYS, AllOf, conjuncts
from hscpath.lupus import PATHWAY
from hscpath.testing import journeys, near_misses
from tests.mutation import Mutant, changed, mutants
from tests.profiles import sample

pytestmark = pytest.mark.slow

EXAMPLES = 1000
"""Within so many journeys, and as many near misses, each fault has to be found."""


def row_of(event, target):
    """Return the place of the row that is taken for an event and leads there."""
    names = [(row.event.name, row.target and row.target.name) for row in PATHWAY.transitions]
    return names.index((event, target))


def swapped(event, first, second):
    """Return the pathway with two rows of an event in each other's place."""
    one, other = row_of(event, first), row_of(event, second)
    rows = list(PATHWAY.transitions)
    rows[one], rows[other] = rows[other], rows[one]
    return Mutant("swapped", tuple(rows), frozenset({rows[one].event}))


def softened(event, target, phrase):
    """Return the pathway with one criterion of a row only expected, and no longer required."""
    row = PATHWAY.transitions[row_of(event, target)]
    (soft,) = [part for part in conjuncts(row.when) if part.phrase == phrase]
    hard = tuple(part for part in conjuncts(row.when) if part is not soft)
    expects = soft if row.expects == ALWAYS else row.expects & soft
    return changed(row_of(event, target), "softened", when=AllOf(hard) if hard else ALWAYS, expects=expects)


@cache
def by_text():
    """Return the faults that the prover is tried on, by what they are."""
    return {mutant.text: mutant for mutant in mutants()}


FAULTS = {
    "65 years, or 66": "65 years or younger: limit moved by +1",
    "proteinuria below 0.5 g/g, or at 0.5": (
        "UPCR below 0.5 g/g, after the course began, or the last assessment: limit moved by +1"
    ),
    "six months of therapy, or a day more": (
        "six months of therapy, or three and worsening: "
        "immunosuppression started at least 6 months ago: at_least_ago moved by +1"
    ),
    "one graft in store, or two": "a graft is in store: limit moved by +1",
    "no class asked of a biopsy": (
        "before the first class, kidney biopsy reported: lupus nephritis biopsied and classed: nothing asked in when"
    ),
    "engraftment on any day": (
        "aplasia, neutrophils recovered: engrafted: left out 'between day 6 and day 21' in expects"
    ),
    "engraftment leads nowhere": "aplasia, neutrophils recovered: engrafted: leads nowhere",
    "death is not the end": "any living patient, died: dead: leads nowhere",
    "a partial response before a complete one": swapped("response_assessed", "complete_response", "partial_response"),
    "no response before a partial one": swapped(
        "response_assessed", "post_hsct_partial_response", "post_hsct_no_response"
    ),
    "any biopsy, with a reason": softened(
        "kidney_biopsy_reported", "biopsied", "the biopsy shows a class of lupus nephritis"
    ),
}


@pytest.fixture(scope="module")
def logs():
    """Journeys and near misses, in turn, the same at every run, each with what it comes to on the sound pathway."""
    drawn, missed = [], []
    sample(journeys(PATHWAY), EXAMPLES, drawn.append)
    sample(near_misses(PATHWAY), EXAMPLES, missed.append)
    both = [log for pair in zip(drawn, missed, strict=True) for log in (pair[0].steps, pair[1].records)]
    return [(log, outcome(PATHWAY, log)) for log in both]


def outcome(pathway, log):
    """Return what a log comes to: its states and what was let through, and where it stopped, and whether refused."""
    end = None
    try:
        journey = Journey.replay(pathway, log)
    except ReplayStopped as stopped:
        journey, end = stopped.journey, (stopped.index, isinstance(stopped.reason, TransitionNotAllowed))
    let_through = [[deviation.criterion.phrase for deviation in step.deviations] for step in journey.steps]
    return [step.state.name for step in journey.steps], let_through, end


def test_the_sound_pathway_is_found_sound(logs):
    """A copy without a fault gives every log the same course."""
    copy = Mutant("sound", PATHWAY.transitions, frozenset()).pathway
    assert all(outcome(copy, log) == expected for log, expected in logs)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_pathway_is_found(fault, logs):
    """A patient is drawn whose course is another one with the fault than without."""
    mutant = by_text()[fault] if isinstance(fault, str) else fault
    assert any(outcome(mutant.pathway, log) != expected for log, expected in logs)
