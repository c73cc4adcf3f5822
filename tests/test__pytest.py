"""The pytest plugin: what of a pathway a test run exercised, and failures that tell what is wrong."""

import json
import re
import runpy
import sys
from types import SimpleNamespace

import pytest

import hscpath
from hscpath import Citation, Journey, Record, ReplayStopped, UnknownEvent, _pytest
from hscpath._pytest import coverage, failures
from hscpath.invariants import Invariant, absence, precedence, response, throughout
from hscpath.lupus import DIED, INVARIANTS, NEPHRITIS_DIAGNOSED, PATHWAY, RESULTS_RECORDED, SLE_DIAGNOSED, SUSPECTED
from hscpath.testing import assert_follows
from tests.toy import REVIEW

TOY = """
from hscpath import Citation, Event, Flag, Pathway, State, StateGroup
from hscpath._pytest import coverage, failures
from hscpath.invariants import Invariant, precedence, never_closed, response

FEVER = Flag("fever", "fever", negative="no fever")
WELL, ILL, DEAD = State("well", "well"), State("ill", "ill"), State("dead", "dead", final=True)
SEEN, DIED = Event("seen", "seen", may=(FEVER,)), Event("died", "died")
ROWS = (
    WELL.on(SEEN, to=ILL, when=FEVER.is_true()),
    ILL.on(SEEN, to=WELL, when=FEVER.is_false(), expects=SEEN.count.at_least(2).named("twice before")),
    StateGroup("any living patient", (WELL, ILL)).on(DIED, to=DEAD),
)
PATHWAY = Pathway("toy", "1", WELL, ROWS)
OTHER = Pathway("other", "2", WELL, (*ROWS, WELL.on(Event("rested", "rested"))))
AGAIN = Pathway("again", "3", WELL, (WELL.on(SEEN, to=DEAD, when=FEVER.is_true()), WELL.on(SEEN, to=DEAD)))
WARD = Citation("Ward 2026", "Handbook of the ward")
INVARIANTS = (
    Invariant("seen before death", precedence(SEEN, DIED), "nobody dies unseen", WARD),
    Invariant("seen to the end", response(SEEN, DIED), "so it is here", WARD),
    Invariant("death is always possible", never_closed(ILL, DIED), "so it is", WARD),
)
RULES = [INVARIANTS[0]]
"""
BEGIN = """
from hscpath import *
from hscpath.testing import assert_follows
from toy import *

def test_ill_and_well_again():
    ill = Journey(PATHWAY).advance("seen", day=0, fever=True)
    Journey(PATHWAY).options()
    Journey(PATHWAY).advance("seen", override="seen elsewhere").options()
    try:
        ill.advance("seen", day=1, fever=True)
    except TransitionNotAllowed:
        pass
    well = ill.advance("seen", day=3, fever=False, override="better")
    assert well.consider("seen", day=4, fever=False).closed
    well.ask(Record("seen"))
    back = Journey.replay(PATHWAY, [*well.steps, Record("seen", {"fever": True}), Record("seen", {"fever": False})])
    assert back.state == WELL
    assert_follows(INVARIANTS[2], ill)
    assert_follows(INVARIANTS[:2], Journey(PATHWAY))
"""
DEATH = """
def test_death():
    dead = Journey(PATHWAY).advance("seen", day=0, fever=True).take(Record("died", day=1))
    assert_follows(INVARIANTS[:2], dead)
"""


@pytest.fixture
def everything_loaded():
    """All that is public: a run within a run takes away with it whatever it was the first to load."""
    assert all(hasattr(hscpath, name) for name in hscpath.__all__)


@pytest.fixture
def tell(everything_loaded, pytester):
    """A function that runs tests on the toy pathway and returns the result and its lines."""
    pytester.makepyfile(toy=TOY)
    pytester.syspathinsert()

    def run(tests, *options, apart=False):
        pytester.makepyfile(test_toy=tests)
        ran = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        result = ran("-p", "no:cacheprovider", *options)
        return result, [*result.outlines, *result.errlines]

    return run


COVER = "--pathway-coverage=toy:PATHWAY"


# What was exercised.


def test_a_suite_that_goes_everywhere_reaches_all(tell):
    """Every state, row, verdict and invariant was seen, so nothing is listed as missed."""
    result, lines = tell(BEGIN + DEATH, COVER, "--pathway-coverage-fail-under=100")
    assert result.ret == 0
    start = lines.index(next(line for line in lines if "pathway coverage: toy 1" in line))
    assert lines[start + 1 : start + 6] == [
        "states         3 of 3",
        "rows           3 of 3",
        "verdicts       8 of 8",
        "invariants     3 of 3",
        "in all        17 of 17: 100.0 %",
    ]
    assert lines[start + 6] == ""


def test_a_suite_that_leaves_out_one_row_is_told_that_row(tell):
    """Nobody dies, and the report says that this row, its state and its two rules were never exercised."""
    result, lines = tell(BEGIN, COVER)
    assert result.ret == 0
    report = lines[lines.index("in all        13 of 17: 76.4 %") + 1 : -2]
    assert report == [
        "states never entered:",
        "  dead",
        "rows never taken:",
        "  any living patient: died -> dead",
        "invariants checked only where nothing called for them:",
        "  seen before death",
        "  seen to the end",
    ]


def test_a_refused_step_enters_no_state_and_takes_no_row(tell):
    """A refusal shows how its criteria were judged, and nothing more; a criterion names what it never was."""
    tests = """
from hscpath import *
from toy import *
def test_refused():
    try:
        Journey(PATHWAY).advance("seen", fever=False)
    except TransitionNotAllowed:
        pass
"""
    _, lines = tell(tests, COVER)
    assert "states         1 of 3" in lines
    assert "rows never taken: all 3" in lines
    at = lines.index("  well: seen -> ill:")
    assert lines[at + 1 : at + 3] == [
        "    fever: met, unknown",
        "  ill: seen -> well: none of 2 criteria was judged",
    ]
    assert "invariants never checked: all 3" in lines


def test_rows_of_one_source_event_and_target_are_told_apart(tell):
    """Where two rows read alike, their numbers say which is meant."""
    _, lines = tell("def test_nothing(): pass", "--pathway-coverage=toy:AGAIN", "--pathway-invariants=toy:RULES")
    assert "rows never taken: all 2" in lines
    assert "  well: seen -> dead (row 1): none of 1 criteria was judged" in lines
    assert "invariants never checked:" in lines


def test_the_file_says_the_same_as_the_report(tell, pytester):
    """The data holds every state, row, criterion and invariant, with what was seen of each."""
    tell(BEGIN, COVER, "--pathway-coverage-json=told.json", "--pathway-invariants=toy:RULES")
    told = json.loads((pytester.path / "told.json").read_text())
    assert told["format"] == "hscpath pathway coverage"
    assert (told["pathway"]["name"], told["pathway"]["version"]) == ("toy", "1")
    assert told["counts"]["invariants"] == {"seen": 0, "of": 1}
    assert told["percent"] == pytest.approx(100 * 12 / 15)
    assert told["states"][-1] == {"state": "dead", "seen": False}
    assert [row["taken"] for row in told["rows"]] == [True, True, False]
    assert told["rows"][1]["criteria"] == [
        {"criterion": "no fever", "seen": ["met", "unmet", "unknown"], "missed": []},
        {"criterion": "twice before", "seen": ["met", "unmet"], "missed": []},
    ]
    assert told["invariants"] == [{"invariant": "seen before death", "exercised": "only without occasion"}]


def test_journeys_on_another_pathway_are_not_counted(tell):
    """Two journeys on a pathway with one row more leave this one untouched, and the report says so."""
    tests = """
from hscpath import *
from toy import *
def test_one(): Journey(OTHER).advance("seen", fever=True)
def test_two(): assert INVARIANTS[0].check(Journey(OTHER).advance("died")).standing
"""
    result, lines = tell(tests, COVER)
    assert result.ret == 0
    assert "in all         0 of 17: 0.0 %" in lines
    assert "not counted, on a pathway that decides otherwise: other 2" in lines


def test_an_equal_pathway_is_the_same(tell):
    """A pathway built again, under another label, decides alike, so its journeys count."""
    tests = """
from hscpath import *
from toy import *
def test_it(): Journey(Pathway("copy", "9", State("well", "quite well"), ROWS)).advance("died")
"""
    _, lines = tell(tests, COVER)
    assert "rows           1 of 3" in lines


def test_what_an_invariant_asks_is_not_what_a_test_asked(tell):
    """To check that death stays possible asks for it in every state, and leaves no verdict behind."""
    tests = """
from hscpath import *
from hscpath._pytest import coverage, failures
from hscpath.invariants import Invariant, never_closed
from toy import *
def test_it():
    assert Invariant("seen", never_closed(WELL, SEEN), "it is so", WARD).check(Journey(PATHWAY)).standing
"""
    _, lines = tell(tests, COVER)
    assert "verdicts       0 of 8" in lines


def test_a_journey_that_stood_somewhere_before_the_tests_began_counts_where_it_stands(tell, pytester):
    """Begun as the tests were set up, it is asked in the state that it has reached."""
    pytester.makeconftest(
        "from hscpath import Journey\nfrom toy import *\nILL_ONE = Journey(PATHWAY).advance('seen', fever=True)"
    )
    _, lines = tell("from conftest import ILL_ONE\ndef test_it(): assert ILL_ONE.consider('died').allowed", COVER)
    assert "states         1 of 3" in lines


@pytest.mark.slow
def test_several_processes_see_what_one_sees(tell, pytester):
    """Spread over two processes, the same tests leave the same report and the same file."""
    _, alone = tell(BEGIN + DEATH, COVER, "--pathway-coverage-json=alone.json")
    result, spread = tell(BEGIN + DEATH, COVER, "--pathway-coverage-json=spread.json", "-n", "2", apart=True)
    assert result.ret == 0
    assert "in all        17 of 17: 100.0 %" in spread
    assert "in all        17 of 17: 100.0 %" in alone
    assert (pytester.path / "alone.json").read_bytes() == (pytester.path / "spread.json").read_bytes()


@pytest.mark.slow
def test_a_process_that_crashes_is_said_to_take_with_it_what_it_saw(tell):
    """The report of the others stands, and says that something is lost."""
    tests = BEGIN + "def test_crash():\n    import os\n    os._exit(3)\n"
    result, lines = tell(tests, COVER, "-n", "1", "--max-worker-restart=0", apart=True)
    assert result.ret == 1
    assert "not counted, as it was lost: what a test process saw that crashed" in lines


def test_several_processes_that_crashed_are_counted():
    """The report says of how many test processes it knows nothing."""
    plugin = coverage.PathwayCoverage(coverage.Watch(coverage.Scope(PATHWAY, ())), None, None)
    plugin.pytest_unconfigure()
    plugin.lost = 2
    told = []
    reporter = SimpleNamespace(section=told.append, line=lambda line, **_: told.append(line))
    plugin.pytest_terminal_summary(reporter)
    assert told[-1] == "not counted, as it was lost: what 2 test processes saw that crashed"


def test_a_process_sends_what_it_saw(tell, pytester):
    """As one of several, a run reports nothing itself; the one in charge takes over what is sent."""
    pytester.makeconftest(
        "def pytest_configure(config): config.workeroutput = {}\n"
        "def pytest_unconfigure(config): print('sent', *map(len, config.workeroutput.values()))"
    )
    result, lines = tell(BEGIN + DEATH, COVER, "-s", "--pathway-coverage-fail-under=100")
    assert result.ret == 0
    assert "sent 20" in lines
    scope = coverage.Scope(PATHWAY, INVARIANTS)
    charge = coverage.PathwayCoverage(coverage.Watch(scope), None, None)
    charge.pytest_unconfigure()
    Journey(PATHWAY)
    charge.pytest_testnodedown(SimpleNamespace(workeroutput={"hscpath_pathway_coverage": [["row", "1"]]}))
    assert (charge.watch.seen, charge.lost) == ({("row", "1")}, 0)
    charge.pytest_testnodedown(object())
    assert charge.lost == 1


def test_afterwards_journeys_are_as_they_were(tell):
    """Nothing that was put in place to watch is left behind."""
    before = Journey._taken, Journey._considered, Journey.__attrs_post_init__, type(INVARIANTS[0]).check
    tell(BEGIN, COVER)
    assert before == (Journey._taken, Journey._considered, Journey.__attrs_post_init__, type(INVARIANTS[0]).check)


# Too little, and too late.


def test_less_than_was_asked_for_fails_the_run(tell):
    """The run ends with 1 and says by how much it fell short; a percentage is never rounded up."""
    result, lines = tell(BEGIN, COVER, "--pathway-coverage-fail-under=76.5")
    assert result.ret == 1
    assert "FAILED --pathway-coverage-fail-under: 76.4 % is less than 76.5 %" in lines


def test_a_run_that_failed_anyway_keeps_its_code(tell):
    """Interrupted, or without any test, a run ends as pytest ends it, and still says what is missing."""
    tests = "import pytest\ndef test_it(): pytest.exit('enough', returncode=7)"
    result, lines = tell(tests, COVER, "--pathway-coverage-fail-under=50")
    assert result.ret == 7
    result, lines = tell("def test_it(): assert False", COVER, "--pathway-coverage-fail-under=50")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert any("0.0 % is less than 50 %" in line for line in lines)
    result, lines = tell("", COVER, "--pathway-coverage-fail-under=50")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "states never entered: all 3" in lines


def test_a_run_that_only_lists_its_tests_is_not_judged(tell):
    """Nothing is exercised by listing, so nothing is told."""
    result, lines = tell(BEGIN, COVER, "--collect-only", "--pathway-coverage-fail-under=50")
    assert result.ret == 0
    assert not any("pathway coverage" in line for line in lines)


def test_a_file_that_cannot_be_written_fails_the_run(tell):
    """The report is told all the same, and why there is no file."""
    result, lines = tell(BEGIN, COVER, "--pathway-coverage-json=nowhere/told.json")
    assert result.ret == 1
    assert "FAILED --pathway-coverage-json: nowhere/told.json cannot be written: No such file or directory" in lines
    assert "in all        13 of 17: 76.4 %" in lines


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ("--pathway-coverage=:X",),
            "':X' names no pathway: write my.module, my.module:NAME",
        ),
        (("--pathway-coverage=tooy:PATHWAY",), "there is no module 'tooy'; "),
        (("--pathway-coverage=hscpath.lupsu:PATHWAY",), "there is no module 'hscpath.lupsu'; did you mean 'lupus'?"),
        (("--pathway-coverage=hscpath.errors.more:X",), "there is no module 'hscpath.errors.more'"),
        (("--pathway-coverage=toy:PATHWAI",), "toy has no 'PATHWAI'; did you mean 'PATHWAY'?"),
        (("--pathway-coverage=toy:WELL",), "toy:WELL is no pathway, but <State: well>; known: AGAIN, OTHER, PATHWAY"),
        (("--pathway-coverage=broken",), "broken cannot be imported: ZeroDivisionError"),
        (("--pathway-coverage=lacking:X",), "lacking cannot be imported: No module named 'sodium'"),
        ((COVER, "--pathway-invariants=toy:RULE"), "toy has no 'RULE'; did you mean 'RULES'?"),
        ((COVER, "--pathway-invariants=toy:ROWS"), "toy:ROWS is no list of invariants"),
        ((COVER, "--pathway-invariants=toy:WARD"), "toy:WARD is no list of invariants"),
        ((COVER, "--pathway-coverage-fail-under=most"), "'most' is no percentage: write a number from 0 to 100"),
        ((COVER, "--pathway-coverage-fail-under=101"), "'101' is no percentage"),
        ((COVER, "--pathway-coverage-fail-under=nan"), "'nan' is no percentage"),
        (
            ("--pathway-coverage-fail-under=5",),
            "--pathway-coverage-fail-under needs a pathway: add --pathway-coverage=",
        ),
        (("--pathway-coverage-json=x",), "--pathway-coverage-json needs a pathway"),
        (("--pathway-invariants=toy:RULES",), "--pathway-invariants needs a pathway"),
    ],
)
def test_an_option_that_cannot_be_meant_says_what_can(tell, pytester, options, says):
    """Culprit and cure, before any test is run."""
    pytester.makepyfile(broken="1 / 0", lacking="import sodium")
    result, lines = tell("def test_it(): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert says in "\n".join(lines)


def test_a_module_without_invariants_has_none(tell, pytester):
    """Without INVARIANTS in it nothing is told of them; what is called so and is none is a mistake."""
    pytester.makepyfile(bare="from toy import PATHWAY", odd="from toy import PATHWAY\nINVARIANTS = [3]")
    result, lines = tell(BEGIN, "--pathway-coverage=odd")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--pathway-coverage: odd: INVARIANTS is [3]; make it a tuple of invariants" in "\n".join(lines)
    _, lines = tell(BEGIN, "--pathway-coverage=bare")
    assert not any(line.startswith("invariants") for line in lines)
    assert "in all        12 of 14: 85.7 %" in lines


# Failures.

FAILS = """
from hscpath import *
from hscpath.testing import assert_follows
from toy import *

def seen_twice(day):
    return Journey(PATHWAY).advance("seen", day=0, fever=True).advance("seen", day=day, fever=False, override="better")
"""


def failing(tell, line, *options):
    """Return what pytest shows of a test that ends in a line."""
    result, lines = tell(f"{FAILS}\ndef test_it():\n    {line}\n", *options)
    result.assert_outcomes(failed=1)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Journey(PATHWAY).advance('seen', fever=False)", "TransitionNotAllowed: seen: may not happen (well)"),
        ("Journey(PATHWAY).advance('sene')", "did you mean 'seen'?"),
        ("Journey.replay(PATHWAY, [Record('died'), Record('seen')])", "ReplayStopped: event 2 of the log: seen"),
    ],
)
def test_an_error_is_shown_at_the_line_of_the_test(tell, line, says):
    """The line and the explanation, and nothing of the library's inside unless one asks for all of it."""
    shown = failing(tell, line)
    assert f">       {line}" in shown
    assert says in shown
    assert "journey.py" not in shown
    assert "direct cause" not in shown
    assert "journey.py" in failing(tell, line, "--full-trace")


def test_an_error_in_a_helper_keeps_the_way_to_it(tell):
    """The test's line and its helper's are both shown, for both are the author's."""
    shown = failing(tell, "seen_twice(-1)")
    assert ">       seen_twice(-1)" in shown
    assert "    def seen_twice(day):" in shown
    assert "journey.py" not in shown


def test_an_error_from_within_only_is_shown_whole(tell):
    """Where no line is the author's, all there is is shown."""
    with pytest.raises(UnknownEvent) as refused:
        Journey(PATHWAY).advance("nothing")
    error = refused.value
    inside = pytest.ExceptionInfo.from_exc_info((type(error), error, error.__traceback__.tb_next))
    whole = len(inside.traceback)
    failures.explain(inside, full=False)
    assert len(inside.traceback) == whole > 1


def test_a_decision_that_was_to_be_allowed_says_why_it_is_not(tell):
    """Named or not, the refused decision of a failed assertion is told in full; one that is allowed is not."""
    for line in (
        "assert Journey(PATHWAY).consider('seen', fever=False).allowed",
        "no = Journey(PATHWAY).consider('seen', fever=False); assert no.allowed",
    ):
        shown = failing(tell, line)
        assert "seen: may not happen (well)\nE         to ill:\nE           ✗ fever: no fever" in shown
    assert "\nE       died: may happen" not in failing(
        tell, "yes = Journey(PATHWAY).consider('died'); assert yes.closed"
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("assert seen_twice(3) == seen_twice(4)", ["step 2 is the first that differs:", "  day: 3 != 4"]),
        ("assert seen_twice(3) == seen_twice(3).advance('died')",
         ["only the right goes on after step 2, with step 3: died, day not recorded: dead"]),
        ("assert seen_twice(3).steps[:1] != 3; assert seen_twice(3).steps == seen_twice(3).steps[:1]",
         ["2 steps == 1 steps", "only the left goes on after step 1, with step 2: seen, day 3: well"]),
        ("assert seen_twice(3).steps[0] == seen_twice(3).steps[1]",
         ["day: 0 != 3", "findings: fever != no fever", "state: ill != well",
          "let through: nothing != departs: twice before (better)"]),
        ("from datetime import date; assert Journey(OTHER, began=date(2026, 1, 1)) == Journey(PATHWAY)",
         ["on different pathways: other 2", "begun on different dates: 2026-01-01 and None"]),
    ],
)  # fmt: skip
def test_two_journeys_that_differ_say_where(tell, line, says):
    """The first step that differs, and in what, in words."""
    shown = failing(tell, line)
    for words in says:
        assert f"E       {words}" in shown.replace("E         ", "E       ").replace("assert 2 steps", "2 steps")


def test_what_is_no_journey_is_left_to_pytest(tell):
    """Numbers, empty logs and other comparisons are shown as ever."""
    assert "assert 1 == 2" in failing(tell, "assert 1 == 2")
    assert "assert () == " in failing(tell, "assert Journey(PATHWAY).steps == seen_twice(3).steps")
    assert "assert 2 < 1" in failing(tell, "assert 2 < 1")
    assert _pytest.pytest_assertrepr_compare("==", 1, 2) is None


def test_before_any_journey_nothing_is_loaded(monkeypatch):
    """Where no journey was ever loaded, none can have failed."""
    monkeypatch.delitem(sys.modules, "hscpath.journey")
    assert _pytest.pytest_assertrepr_compare("==", 1, 2) is None
    assert _pytest.pytest_runtest_makereport(None, SimpleNamespace(excinfo="failed")) is None


# What the rule says.


def ended():
    """Return a journey that is over, after two events."""
    return Journey(PATHWAY).advance("nephritis_diagnosed", day=0).advance("died", day=9)


def rule(name):
    """Return an invariant of the reference pathway by its name."""
    return next(each for each in INVARIANTS if each.name == name)


def test_a_journey_that_follows_says_nothing():
    """One rule or all of them, a journey or a log: what is kept raises nothing."""
    assert_follows(rule("one death"), ended())
    assert_follows(INVARIANTS, ended())
    assert_follows(INVARIANTS, ended().steps, pathway=PATHWAY)
    assert_follows(iter(INVARIANTS), iter([Record("died")]), pathway=PATHWAY)
    assert_follows(INVARIANTS, Journey(PATHWAY))


NOBODY = Citation("Ward 2026", "Handbook of the ward")
SEEN_FIRST = Invariant("seen first", precedence(RESULTS_RECORDED, DIED), "nobody dies unseen", NOBODY)
NO_DEATH = Invariant("no death", absence(DIED), "nobody dies here", NOBODY)
FROM_THE_START = Invariant("lupus", throughout(SUSPECTED, SLE_DIAGNOSED.happened()), "it is known", NOBODY)


def test_every_rule_that_is_violated_is_told_with_the_story():
    """Name, rule, reason, source and step of each, and the steps with a mark at those that broke one."""
    with pytest.raises(AssertionError) as broken:
        assert_follows([rule("one death"), SEEN_FIRST, NO_DEATH], ended())
    assert str(broken.value).splitlines() == [
        "✗ seen first: violated at step 2 (died): died only after results recorded, "
        "because nobody dies unseen [Ward 2026]",
        "✗ no death: violated at step 2 (died): never died, because nobody dies here [Ward 2026]",
        "   0. suspected lupus",
        "   1. nephritis diagnosed, day 0: lupus nephritis diagnosed",
        ">  2. died, day 9: dead",
    ]
    with pytest.raises(AssertionError, match=re.escape("violated from the start")) as broken:
        assert_follows(FROM_THE_START, Journey(PATHWAY))
    assert str(broken.value).splitlines()[1:] == [">  0. suspected lupus"]


def test_what_is_pending_follows_until_the_journey_has_ended():
    """A death that is to come keeps the rule open; a journey that ended otherwise has broken it."""
    recovers = Invariant("recovers", response(NEPHRITIS_DIAGNOSED, RESULTS_RECORDED), "so it is", NOBODY)
    assert_follows(recovers, [Record("nephritis_diagnosed")], pathway=PATHWAY)
    with pytest.raises(AssertionError, match="recovers: violated at step 2"):
        assert_follows(recovers, ended())


def test_a_log_that_the_pathway_refuses_is_no_journey():
    """What could not have happened follows nothing: the refusal is told instead."""
    with pytest.raises(ReplayStopped, match="event 1 of the log"):
        assert_follows(INVARIANTS, [Record("cells_reinfused")], pathway=PATHWAY)


@pytest.mark.parametrize(
    ("rules", "events", "pathway", "says"),
    [
        ((), ended(), None, "there is no invariant to follow: give one, or several"),
        ("one death", ended(), None, "'o' is no invariant: write Invariant(name, rule, reason, citation)"),
        (3, ended(), None, "3 is no invariant"),
        ([NO_DEATH, 3], ended(), None, "3 is no invariant"),
        (NO_DEATH, [], PATHWAY, "there are no events to judge: give at least one record"),
        (NO_DEATH, None, PATHWAY, "None is no journey and no log: give a Journey, or records with pathway="),
        (NO_DEATH, "died", PATHWAY, "'died' is no journey and no log"),
        (NO_DEATH, [Record("died")], None, "records alone do not say on which pathway they are: give pathway="),
        (NO_DEATH, ended(), PATHWAY, "a journey knows its pathway: leave pathway= out"),
        (NO_DEATH, Journey(REVIEW), None, "no death: the pathway does not have 'died': an invariant that speaks of"),
    ],
)
def test_what_cannot_be_asserted_is_misuse(rules, events, pathway, says):
    """Nothing to follow, nothing to judge, or nothing in common: an assertion that could not fail is refused."""
    with pytest.raises(TypeError, match=re.escape(says)):
        assert_follows(rules, events, pathway=pathway)


def test_the_modules_can_be_run_again():
    """What a test run loads before it measures anything, it can load twice."""
    assert set(runpy.run_path(_pytest.__file__)) >= {"pytest_addoption", "pytest_configure"}


@pytest.mark.slow
def test_without_an_option_nothing_of_the_package_is_loaded(pytester):
    """A test run that knows nothing of pathways pays for none; without the plugin, its options are unknown."""
    pytester.makepyfile("import sys\ndef test_it(): print(*(m for m in sys.modules if m.startswith('hscpath')))")
    result = pytester.runpytest_subprocess("-s", "-p", "no:cacheprovider")
    assert "hscpath hscpath._pytest" in [line.removesuffix(".").partition("py ")[2] for line in result.outlines]
    result = pytester.runpytest_subprocess("-p", "no:hscpath", COVER)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments" in result.stderr.str()
