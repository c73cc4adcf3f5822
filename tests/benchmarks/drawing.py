"""Drawing journeys, against drawing as many records, with as many findings, that no pathway has to accept."""

from collections import Counter
from time import perf_counter

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hscpath import Record
from hscpath.lupus import PATHWAY
from hscpath.testing import journeys, stored_values

EXAMPLES = 100


@st.composite
def bare_records(draw):
    """Draw an event, what it must record and at most two findings more, and a day: no more than a step holds."""
    event = draw(st.sampled_from(PATHWAY.events))
    more = draw(st.lists(st.sampled_from(event.may), unique=True, max_size=2)) if event.may else []
    findings = tuple(fact(draw(stored_values(fact))) for fact in (*event.must, *more))
    return Record(event, findings, day=draw(st.none() | st.integers(0, 25)))


OURS = journeys(PATHWAY).map(lambda journey: journey.steps)
BARE = st.lists(bare_records(), min_size=10, max_size=10)


def drawn(strategy, examples=EXAMPLES):
    """Return how many steps or records there are in so many examples, and how many findings, the same at every run."""
    held = Counter()

    @settings(max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def draw(log):
        held["steps"] += len(log)
        held["findings"] += sum(len(each.findings) for each in log)

    draw()
    return held


def seconds_each(strategy, examples=EXAMPLES):
    """Return how long it takes to draw one step or record."""
    begun = perf_counter()
    steps = drawn(strategy, examples)["steps"]
    return (perf_counter() - begun) / steps
