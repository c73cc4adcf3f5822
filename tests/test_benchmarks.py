"""The benchmarks measure what they say: ours and every peer do the same work, and come to the same end."""

import importlib.util
import time

import pytest

from hscpath.cohort import audit
from tests.benchmarks import __main__ as table
from tests.benchmarks import cohorts, drawing, peers, stepping


def made(kind):
    """Return a way to walk, or skip the test where its package is not installed."""
    try:
        return kind()
    except stepping.NotInstalled as missing:
        pytest.skip(str(missing))


@pytest.fixture(
    scope="module", params=[stepping.Ours, stepping.OursByName, *peers.PEERS], ids=lambda kind: kind.__name__
)
def walker(request):
    """Each way to walk, once."""
    return made(request.param)


def test_every_walk_ends_in_the_same_state(walker):
    """Fourteen events take every patient to the fifteenth state, one after the other."""
    patient = walker.ready()
    for number, (event, given) in enumerate(walker.journey):
        assert walker.state(patient) == stepping.PLACES[number].name
        patient = walker.step(patient, event, given)
    assert walker.state(patient) == stepping.PLACES[stepping.STEPS].name
    assert walker.state(walker.walk(walker.ready())) == stepping.PLACES[stepping.STEPS].name


def test_every_too_low_value_is_refused(walker):
    """A patient whose value is too low stays where it is, and moves on once the value is high enough."""
    refused = walker.refuse(walker.ready())
    assert walker.state(refused) == stepping.PLACES[0].name
    assert walker.state(walker.step(refused, *walker.journey[0])) == stepping.PLACES[1].name


def test_every_rival_row_comes_first(walker):
    """A very high value keeps the patient in the first state, although the other row would fit too."""
    event, given = walker.journey[0]
    high = {**given, "fact_0": 950.0} if isinstance(given, dict) else (0, stepping.FACTS[0](950), given[2])
    assert walker.state(walker.step(walker.ready(), event, high)) == stepping.PLACES[0].name


def test_a_new_patient_is_new(walker):
    """No patient begins where another has gone, or with what is known of another."""
    walker.walk(walker.ready())
    assert walker.state(walker.begin()) == stepping.PLACES[0].name
    assert {fact.name: 50.0 for fact in stepping.FACTS} == stepping.KNOWN


def test_the_pathway_is_of_the_size_that_is_told():
    """There are 23 states and 35 rows, of which the peers have all but the one that records thirty facts."""
    assert len(stepping.PATHWAY.states) == 23
    assert len(stepping.PATHWAY.transitions) == len(peers.ROWS) + 1 == 35
    ours = stepping.Ours()
    walked = ours.walk(ours.ready())
    assert len(walked.steps) == 1 + stepping.STEPS
    assert len(walked.chart.findings) == 30
    by_name = stepping.OursByName()
    assert walked == by_name.walk(by_name.ready())
    ours.accept(ours.ready())


def test_a_peer_that_is_not_installed_is_left_out_with_a_word(monkeypatch, capsys):
    """What is not there is not measured, and the table says how to install it."""
    monkeypatch.setattr(peers.FrozenAttrs, "package", "no-such-package")
    monkeypatch.setattr(peers, "PEERS", (peers.Transitions, peers.FrozenAttrs))
    assert [peer.package for peer in table.installed()] == ["transitions"]
    assert capsys.readouterr().out == "no-such-package, by hand is left out: pip install no-such-package\n"


def test_what_is_printed_is_measured():
    """Ratios are of the two works given, and a patient who walked keeps more than a new one."""
    ours = stepping.Ours()
    assert min(table.timed(ours.works["begin"], ours.works["begin"], repeats=1, budget=0.001)) > 0
    slow, quick = ((tuple, lambda: time.sleep(0.02)), (tuple, lambda: time.sleep(0.001)))
    ours_time, peer_time, ratio = table.timed(slow, quick, repeats=3, budget=0.001)
    assert ours_time > peer_time > 0
    assert ratio > 1
    walked = table.bytes_kept(lambda: ours.walk(ours.ready()), 3)
    assert walked > table.bytes_kept(ours.begin, 3) > 0


def test_as_much_is_drawn_on_both_sides():
    """A bare record has no more findings than a step of a journey has, and both take time to draw."""
    ours, bare = drawing.drawn(drawing.OURS, 30), drawing.drawn(drawing.BARE, 30)
    assert min(ours["steps"], bare["steps"]) >= 100
    assert 0.3 <= bare["findings"] / bare["steps"] <= ours["findings"] / ours["steps"]
    assert min(table.drawn(repeats=1, examples=3)) > 0


def test_a_missed_ratio_is_named_and_fails_the_check(monkeypatch, capsys):
    """The program ends with 1 where a ratio is too high and a check is asked for, and names it."""
    rows = [("14 steps, µs", "a peer", 2.0, 1.0, 2.0, 1.0), ("14 refusals, µs", "a peer", 2.0, 1.0, 2.0, None)]
    monkeypatch.setattr(table, "measured", lambda found: iter(rows))
    monkeypatch.setattr(table, "audits", list)
    assert table.main(["--check"]) == 1
    assert capsys.readouterr().err == "missed: 14 steps, µs, against a peer: 2.000 is above 1.000\n"
    assert table.main([]) == 0
    rows[0] = ("14 steps, µs", "a peer", 1.0, 2.0, 0.5, 1.0)
    assert table.main(["--check"]) == 0
    monkeypatch.setattr(peers, "PEERS", (peers.Transitions,))
    assert table.main(["--check"]) == 1
    assert "not measured: 14 steps, against sismic" in capsys.readouterr().err


def test_whole_logs_are_measured_against_what_they_say(capsys):
    """A small cohort is audited, replayed and gathered; pm4py is measured only where it is installed."""
    found = {what: (rate, ours) for what, rate, ours in cohorts.rates(patients=60, few=20, different=60)}
    assert list(found)[:3] == ["audit from Parquet, guards on", "audit from Parquet, guards off", "Journey.replay"]
    assert min(min(rates) for rates in found.values()) > 0
    log = cohorts.cohort(200)
    told = audit(log, stepping.PATHWAY)
    assert told.outcomes["refused"] == cohorts.replay(cohorts.records(log))
    assert told.outcomes["complete"] > 190
    assert audit(log, cohorts.UNGUARDED).outcomes == {"complete": 200}
    ways = cohorts.ways(200).group_by("patient", maintain_order=True).agg("event")
    assert ways["event"].n_unique() == len(ways) > 150
    assert ("pm4py is left out" in capsys.readouterr().out) == (importlib.util.find_spec("pm4py") is None)


def test_an_audit_that_is_too_slow_is_named(capsys):
    """Each bound has its own line where it is missed."""
    slow = [
        ("audit from Parquet, guards on", 4.0, 4.0),
        ("Journey.replay", 1.0, 4.0),
        ("pm4py token replay", 0.001, 0.4),
    ]
    assert table.audits(lambda: slow) == [
        "missed: an audit, against a million events a second: 4.0 is below 5",
        "missed: an audit, against Journey.replay: 4.0 is below 30",
    ]
    assert "| Journey.replay" in capsys.readouterr().out


def test_imports_are_timed_with_their_bytecode(monkeypatch):
    """Both sides of the import read bytecode, even where the environment forbids to write it."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(table, "IMPORTS", ("import sys; assert not sys.dont_write_bytecode", "assert 1"))
    assert len(table.imported(repeats=1)) == 3
