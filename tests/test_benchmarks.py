"""The benchmarks measure what they say: both peers do the same work, and come to the same end."""

from tests.benchmarks import stepping
from tests.benchmarks.__main__ import PAIRS, bytes_kept, ratio


def test_both_peers_walk_the_same_way():
    """The journey and the peer's model pass the same events to the same state."""
    assert len(stepping.PATHWAY.states) == 23
    assert len(stepping.PATHWAY.transitions) == 1 + stepping.STATES - 1 + stepping.RIVALS
    journey = stepping.walk()
    assert journey == stepping.walk_by_name()
    assert len(journey.steps) == 1 + stepping.STEPS
    assert len(journey.chart.findings) == 30
    assert journey.state.name == stepping.walk_peer().state == "state_14"


def test_every_benchmark_runs_once():
    """Refusals are refused, accepted steps accepted, and a new journey is new."""
    stepping.refuse()
    stepping.accept()
    assert stepping.begin().steps == ()
    stepping.attach()
    assert len(stepping.MACHINE.models) == 1


def test_what_is_printed_is_measured():
    """Ratios are of the two works given, and a journey of fourteen steps keeps more than a new one."""
    assert [most for *_, most in PAIRS] == [1, 1, 1, 1 / 40]
    ours, peer, quotient = ratio(stepping.begin, stepping.begin, repeats=1)
    assert min(ours, peer, quotient) > 0
    assert bytes_kept(stepping.walk_by_name, 3) > bytes_kept(stepping.begin, 3) > 0
