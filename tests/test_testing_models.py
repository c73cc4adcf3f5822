"""Apps held against a pathway: those that agree, those with a fault, and what is no adapter to an app."""

import pickle
from collections import deque
from datetime import date
from itertools import count
from random import Random

import attrs
import httpx
import pytest
from fastapi import Request
from hypothesis import Verbosity, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from hscpath import HscpathError, InvalidRecord, Journey, Record, TransitionNotAllowed, files, machine
from hscpath.lupus import EGFR, LN_CLASS, MOBILISED_WITH, PATHWAY, PREGNANT, STATUS_AT_ENTRY, UPCR
from hscpath.testing import AppDisagrees, NotForThisApp, app_machine, assert_agrees, pathways
from hscpath.testing.apps import NOT_AGAIN, Trial, as_record, failure_of
from hscpath.testing.models import changed_in_one_thing, decided
from tests import clinic
from tests.clinic import clinic_app
from tests.mutation import everywhere, shifted
from tests.patients import through
from tests.profiles import PHASES, drawn


def run(pathway, make, *, examples=20, steps=30, tested=None):
    """Test an app as often and as long as is said, the same way each time, and with every health check."""
    tested = tested or app_machine(pathway, make)
    chosen = settings(
        tested.TestCase.settings, max_examples=examples, stateful_step_count=steps, derandomize=True, database=None,
        suppress_health_check=(),
    )  # fmt: skip
    run_state_machine_as_test(tested, settings=chosen)


def failure(pathway, make, **how):
    """Return how an app fails its test."""
    with pytest.raises(Exception) as failed:
        run(pathway, make, **how)
    return failed.value


class Ward:
    """An app that keeps a journey, and so agrees with its pathway."""

    def __init__(self, pathway):
        self.journey = Journey(pathway)

    def take(self, record):
        """Return the journey after a record, as this app takes it."""
        return self.journey.take(record)

    def apply(self, record):
        """Take a record, as this app does."""
        try:
            self.journey = self.take(record)
        except HscpathError:
            return False
        return True

    def state(self):
        """Return the state, as this app does."""
        return self.journey.state.name


RANDOM = drawn(pathways(), 2)


@pytest.mark.parametrize("pathway", RANDOM, ids=map(str, range(len(RANDOM))))
def test_an_app_that_keeps_a_journey_agrees_with_any_pathway(pathway):
    """Whatever the pathway asks for, a sound app passes."""
    run(pathway, lambda: Ward(pathway), examples=10)


class Credulous(Ward):
    """Believes everything that it is told, and stays where it is if that makes no sense."""

    def apply(self, record):
        """Take a record, as this app does."""
        super().apply(record)
        return True


class Deaf(Ward):
    """Refuses everything."""

    def apply(self, record):
        """Take a record, as this app does."""
        return False


class Hasty(Ward):
    """Goes on although it says that it does not."""

    def apply(self, record):
        """Take a record, as this app does."""
        return super().apply(record) and not self.journey.state.final


@pytest.mark.parametrize("pathway", RANDOM, ids=map(str, range(len(RANDOM))))
def test_what_is_wrong_with_an_app_is_found_on_any_pathway(pathway):
    """To accept everything, to refuse everything, and to say one thing and do another is found within five examples."""
    assert failure(pathway, lambda: Credulous(pathway), examples=5).how == "the app accepts what the pathway refuses"
    for app in (Deaf, Hasty):
        found = failure(pathway, lambda app=app: app(pathway), examples=5)
        assert found.how == "the app refuses what the pathway accepts"
        assert len(found.records) == 1 or app is Hasty


class OnTransitions:
    """The adapter to an object that moves on a machine of the ``transitions`` package."""

    class Patient:
        """An object of the app."""

    wards = machine(PATHWAY, [])

    def __init__(self):
        self.patient = self.Patient()
        self.wards.add_model(self.patient)

    def apply(self, record):
        """Take a record, as this app does."""
        kept = {name: getattr(record, name) for name in ("day", "override", "to", "inferred")}
        try:
            return self.patient.trigger(record.event.name, *record.findings, **kept)
        except (TransitionNotAllowed, InvalidRecord):
            return False

    def state(self):
        """Return the state, as this app does."""
        return self.patient.state

    def close(self):
        """Take the patient off the machine."""
        self.wards.remove_model(self.patient)


def test_an_object_on_a_machine_agrees_with_the_pathway():
    """What ``machine`` hands out accepts and refuses as the journey does."""
    run(PATHWAY, OnTransitions, examples=10)
    assert OnTransitions.wards.models == []


def test_the_test_case_runs_as_others_do():
    """Whoever collects tests finds one that passes, with every health check of the run and the time it needs."""
    case = app_machine(PATHWAY, lambda: Ward(PATHWAY)).TestCase
    assert case.settings.suppress_health_check == settings().suppress_health_check
    assert case.settings.deadline is None
    case.settings = settings(case.settings, max_examples=3)
    result = case().run()
    assert (result.testsRun, result.wasSuccessful()) == (1, True)


def test_a_machine_can_ask_for_more():
    """A subclass has the app and the journey at hand, for invariants of its own."""
    seen = []

    class Watched(app_machine(PATHWAY, lambda: Ward(PATHWAY))):
        @invariant()
        def is_seen(self):
            """Note where the journey stands."""
            assert self.app.journey == self.journey
            seen.append(self.journey.state)

    run(PATHWAY, None, examples=3, tested=Watched)
    assert issubclass(Watched, RuleBasedStateMachine)
    assert len(set(seen)) > 3


def test_where_hypothesis_shrinks_too_it_comes_to_an_end():
    """With all of its own phases the story is as short, and it does not take forever."""
    tested = app_machine(PATHWAY, lambda: Credulous(PATHWAY))
    tested.TestCase.settings = settings(
        tested.TestCase.settings, phases=PHASES, verbosity=Verbosity.normal, max_examples=10, derandomize=True,
        database=None,
    )  # fmt: skip
    with pytest.raises(AppDisagrees) as failed:
        run_state_machine_as_test(tested)
    assert len(failed.value.records) == 1
    assert any("state.give(record=" in note for note in failed.value.__notes__)


# --- The clinic of the examples ------------------------------------------------------------------------


class NewPatient:
    """The adapter to the clinic's web service, in this process: each app is a patient who was just admitted."""

    numbers = count()

    def __init__(self, ask):
        self.ask, self.path = ask, f"/patients/{next(self.numbers)}"
        ask("PUT", self.path).raise_for_status()

    def state(self):
        """Return the state, as this app does."""
        answer = self.ask("GET", self.path).raise_for_status()
        self.seen = answer.headers["ETag"]
        return answer.json()["state"]

    def apply(self, record):
        """Take a record, as this app does."""
        headers = {"If-Match": self.seen}
        answer = self.ask("POST", f"{self.path}/events", json=files.write_record(record), headers=headers)
        if answer.status_code in (409, 422):
            return False
        return answer.raise_for_status().is_success


@pytest.fixture
def service(tmp_path):
    """The clinic's web service over an empty database."""
    with clinic.service(tmp_path / "clinic.db") as app:
        yield app


@pytest.fixture
def new_patient(service):
    """What admits a new patient to the clinic each time."""
    with clinic.client_of(service) as client:
        yield lambda: NewPatient(client.request)


def test_the_clinic_agrees_with_the_pathway(new_patient):
    """Over HTTP, in SQL and back, nothing is accepted, refused or lost that should not be."""
    run(PATHWAY, new_patient, examples=6)


class Faulty(clinic_app.Clinic):
    """A clinic that does something wrong with what it is to record."""

    def record(self, patient, record, seen):
        """Record an event, in the wrong way."""
        before = self.journey(patient)
        after = self.taken(before, record)
        entry = self.written(before, after)
        if entry is not None:
            number, state = len(before.steps), after.state.name
            self._add(clinic_app.Entry(patient=patient, number=number, record=entry, state=state))
        return after

    def taken(self, before, record):
        """Return the journey with a record accepted."""
        return before.take(record)

    def written(self, before, after):
        """Return what is to be stored of the last step."""
        return files.write_record(after.steps[-1])


class OnlyChangesAreKept(Faulty):
    """Loses updates: where the state stays, it seems that nothing has happened."""

    def written(self, before, after):
        """Return what is to be stored of the last step."""
        return None if after.state == before.state else super().written(before, after)


class NoReasonIsAsked(Faulty):
    """Lacks a check: a departure is let through without a reason."""

    def taken(self, before, record):
        """Return the journey with a record accepted."""
        return before.take(record, "record")


class ReasonsAreNotKept(Faulty):
    """Keeps no reasons, so that its own log cannot be replayed."""

    def written(self, before, after):
        """Return what is to be stored of the last step."""
        return {name: value for name, value in super().written(before, after).items() if name != "override"}


async def record_without_zeros(request: Request):
    """Return what a request tells of, with "no" and 0 taken for "not filled in"."""
    record = files.parse_record(await request.body())
    said = tuple((name, value) for name, value in record.findings if value)
    return attrs.evolve(record, findings=said)


def off_by_one(words):
    """Return the pathway with a threshold, which these words tell, a step higher."""
    (pair,) = {
        (old, new)
        for row in PATHWAY.transitions
        for guard in (row.when, row.expects)
        for text, old, new in shifted(guard)
        if text == f"{words}: limit moved by +1"
    }
    return everywhere(words, *pair).pathway


@pytest.fixture
def with_fault(service, monkeypatch):
    """What puts a fault into the clinic."""

    def put(fault):
        match fault:
            case type():
                service.state.clinic = fault(service.state.clinic.engine.url)
            case str():
                monkeypatch.setattr(clinic_app, "PATHWAY", off_by_one(fault))
            case _:
                service.dependency_overrides[clinic_app.the_record] = fault

    sound = service.state.clinic
    yield put
    service.state.clinic.engine.dispose()
    sound.engine.dispose()


@pytest.mark.parametrize(
    ("fault", "examples", "steps", "words"),
    [
        pytest.param(OnlyChangesAreKept, 5, 4, ["the app"], id="a lost update"),
        pytest.param(NoReasonIsAsked, 5, 3, ["the app accepts what the pathway refuses", "(a reason may be given)"],
                     id="a missing check", marks=pytest.mark.slow),
        pytest.param("65 years or younger", 25, 4, ["65 years or younger", "age 66 years"],
                     id="a threshold off by one", marks=pytest.mark.slow),
        pytest.param(record_without_zeros, 30, 6, ["the app refuses what the pathway accepts"],
                     id="what is not so is taken for not filled in", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_fault_in_the_clinic_is_found_and_told(with_fault, new_patient, fault, examples, steps, words):
    """Within so many patients, in so few steps, and in these words; no step of the story can be left out."""
    with_fault(fault)
    found = failure(PATHWAY, new_patient, examples=examples)
    assert isinstance(found, AppDisagrees)
    assert 1 <= len(found.records) <= steps
    for word in words:
        assert word in str(found)
    for place in range(len(found.records)):
        rest = found.records[:place] + found.records[place + 1 :]
        assert_agrees(PATHWAY, new_patient(), rest)


def test_an_error_of_the_clinic_itself_is_told_with_the_story(with_fault, new_patient):
    """A log that cannot be replayed is the app's own failure: it is shown as it is, and what led to it."""
    with_fault(ReasonsAreNotKept)
    found = failure(PATHWAY, new_patient, examples=10)
    assert isinstance(found, httpx.HTTPStatusError)
    (story,) = found.__notes__
    title, *told = story.splitlines()
    assert title == "what led to it:"
    assert 2 <= len(told) <= 7
    assert "(with a reason for: " in told[-1]
    assert told[-1].startswith(">")


# --- What is no adapter, and apps that cannot be relied on -------------------------------------------------


class Says(Ward):
    """An app that gives an odd answer."""

    def __init__(self, pathway, *, accepts=True, state="suspected"):
        super().__init__(pathway)
        self.answers = accepts, state

    def apply(self, record):
        """Take a record, as this app does."""
        return self.answers[0]

    def state(self):
        """Return the state, as this app does."""
        return self.answers[1]


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (object(), ["has no method apply and no state", "an adapter to an app has apply(record)"]),
        (Ward, ["is a class, and not an object of it"]),
        (None, ["None has no method apply"]),
        (Says(PATHWAY, state=None), ["Says.state() returned None: return the name of a state, as a str"]),
        (Says(PATHWAY, state=PATHWAY.initial), ["state() returned <State: ", "as a str"]),
        (Says(PATHWAY, state="suspect"), ["'suspect', which is the name of no state; did you mean 'suspected'?"]),
        (Says(PATHWAY, state=""), ["'', which is the name of no state; known: "]),
        (Says(PATHWAY, accepts=None), ["Says.apply() returned None: return True where the app accepts", ">  1. died"]),
        (Says(PATHWAY, accepts=1), ["Says.apply() returned 1: "]),
        (Says(PATHWAY, accepts="x" * 1000), ["Says.apply() returned 'xxx", "..."]),
    ],
    ids=lambda value: "",
)
def test_what_is_no_adapter_is_told_what_to_mend(app, words):
    """A method that is missing, an answer of the wrong kind, a state that is none: each with the cure."""
    with pytest.raises((TypeError, ValueError)) as failed:
        assert_agrees(PATHWAY, app, [Record("died", day=9)])
    told = "\n".join((str(failed.value), *getattr(failed.value, "__notes__", ())))
    assert len(told) < 2000
    for word in words:
        assert word in told
    with pytest.raises(type(failed.value)) as again:
        run(PATHWAY, lambda: app, examples=5)
    assert str(again.value).split(":")[0] == str(failed.value).split(":")[0]


@pytest.mark.parametrize(
    ("pathway", "make", "words"),
    [
        ("lupus", object, "'lupus' is no pathway"),
        (PATHWAY, Says(PATHWAY), "cannot be called: give what makes a new app"),
    ],
    ids=["pathway", "app"],
)
def test_what_a_machine_cannot_be_made_of_is_told(pathway, make, words):
    """A pathway, and what makes a new app each time."""
    with pytest.raises(TypeError, match=words):
        app_machine(pathway, make)


class WithoutReasons(Ward):
    """An app that knows no reasons, and so has to be told of none."""

    def apply(self, record):
        """Take a record, as this app does."""
        if record.override:
            raise NotForThisApp
        return super().apply(record)


def test_what_an_app_has_no_such_thing_for_is_passed_over(ana):
    """Neither the app nor the journey is given it, and it is no part of the story."""
    run(PATHWAY, lambda: WithoutReasons(PATHWAY), examples=5)
    early = Record("response_assessed", {"upcr": 0.3, "egfr": 80}, day=60, override="seen early")
    assert_agrees(PATHWAY, WithoutReasons(PATHWAY), [*ana.steps, early])
    log = [*ana.steps, early, Record("response_assessed", {"upcr": 0.3, "egfr": 80}, day=110)]
    trial = Trial(PATHWAY, WithoutReasons(PATHWAY))
    for record in log:
        trial.give(as_record(record))
    assert (len(trial.records), trial.journey.state.name) == (4, "complete_response")


def test_an_app_in_which_something_has_happened_is_told():
    """Each story needs an app of its own; one for all of them is found at the start of the second."""
    used = Ward(PATHWAY)
    used.apply(Record("died", day=9))
    with pytest.raises(AppDisagrees) as failed:
        assert_agrees(PATHWAY, used, [])
    assert str(failed.value).splitlines() == [
        "the app does not begin where the pathway does: each new one has to be one in which nothing happened",
        ">  0. suspected lupus",
        "the app: dead",
    ]


class Closed(Ward):
    """An app that counts how many of it are open."""

    open = 0

    def __init__(self, pathway=PATHWAY):
        super().__init__(pathway)
        type(self).open += 1

    def close(self):
        """Count one less."""
        type(self).open -= 1


class ClosedAndOdd(Closed):
    """An app that has to be closed, and begins with an odd answer."""

    def state(self):
        """Return the state, as this app does."""
        return 3


class OddAtTheEnd(Closed):
    """An app of which only the first begins well, and that cannot be closed twice."""

    made = 0

    def __init__(self):
        """Count the apps that were made."""
        super().__init__()
        type(self).made += 1
        self.number = self.made
        self.is_open = True

    def state(self):
        """Return the state, as this app does."""
        return 3 if self.number > 1 else super().state()

    def close(self):
        """Close, once."""
        assert self.is_open
        self.is_open = False
        super().close()


class ClosedAndWrong(Closed):
    """An app that has to be closed, and falls over at the third record."""

    given = 0

    def apply(self, record):
        """Take a record, as this app does."""
        self.given += 1
        if self.given == 3:
            raise LookupError("the disk is full")
        return super().apply(record)


def test_every_app_is_closed():
    """Whether its story ends well, or with an error, or could not begin."""
    run(PATHWAY, Closed, examples=5)
    for wrong in (ClosedAndOdd, OddAtTheEnd, ClosedAndWrong):
        failure(PATHWAY, wrong, examples=5)
    assert [each.open for each in (Closed, ClosedAndOdd, OddAtTheEnd, ClosedAndWrong)] == [0, 0, 0, 0]


def test_what_an_app_raises_is_told_with_the_shortest_story():
    """It goes on as it is, and says after which records."""
    found = failure(PATHWAY, ClosedAndWrong, examples=5)
    assert (type(found), str(found)) == (LookupError, "the disk is full")
    assert [len(note.splitlines()) for note in found.__notes__] == [5]


def test_what_does_not_come_again_is_told_so():
    """An app that hangs on what another has done fails only once: the story says that it is not to be had again."""
    failed = []

    class Shared(Ward):
        def apply(self, record):
            """Take a record, as this app does."""
            if len(failed) == 0 and len(self.journey.steps) > 1:
                failed.append(record)
                return not super().apply(record)
            return super().apply(record)

    tested = app_machine(PATHWAY, lambda: Shared(PATHWAY))
    machine = tested()
    with pytest.raises(AppDisagrees) as found:
        deque(machine.give(machine.next_record(Random(number))) for number in range(99))
    assert found.value.__notes__ == [NOT_AGAIN]


def test_an_app_in_which_something_has_happened_fails_before_any_record():
    """A new app that holds the patient for dead already parts from the pathway before the story begins."""
    left_over = Ward(PATHWAY)
    left_over.journey = left_over.journey.advance("died", day=0)
    error, records = failure_of(PATHWAY, lambda: left_over, (Record("died"),))
    assert error.how.startswith("the app does not begin where the pathway does")
    assert records == ()


# --- How it is told, and what is tried -----------------------------------------------------------------------


def test_a_story_tells_everything_that_was_given():
    """Findings by name or made, dates, reasons, where a step led, what was inferred, and what cannot be recorded."""
    records = [
        Record("nephritis_diagnosed", {"upcr": "3400 mg/g"}, day=0),
        Record("kidney_biopsy_reported", (EGFR(60), LN_CLASS("IV")), day=9, inferred="treated, so there\nwas a biopsy"),
        Record("kidney_biopsy_reported", day=9, override="seen on the slides"),
        Record("gone", {"upcrr": "x" * 99}, to="nowhere"),
        Record("died", on=date(2020, 1, 1)),
        Record("hsct_evaluation_started", day=9, override={"active disease": "seen early"}, to="hsct_evaluation"),
    ]
    odd = Record(7, (3, ("upcr", 1, 2)), day="x", override=3, to=4, inferred=5)
    records.append(odd)
    *_, died = ana = Journey.replay(PATHWAY, [*records[:2], Record("died", day=9)]).steps
    with pytest.raises(AppDisagrees) as failed:
        assert_agrees(PATHWAY, Hesitant(PATHWAY, len(records) + 1), [*records, died])
    assert len(ana) == 3
    assert failed.value.records == (*records, Record(died.event, day=9))
    assert (
        str(failed.value)
        == """\
the app is in another state than the pathway, after what both accept
   0. suspected lupus
   1. nephritis diagnosed, day 0 (upcr: '3400 mg/g'): lupus nephritis diagnosed
   2. kidney biopsy reported, day 9 (eGFR 60 mL/min/1.73 m², biopsy class: IV) \
(inferred: treated, so there was a biopsy): lupus nephritis biopsied and classed
   3. kidney biopsy reported, day 9 (with a reason): refused by both
   4. 'gone', day not recorded (upcrr: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...) \
(leading to: 'nowhere'): refused by both
   5. died, 2020-01-01: refused by both
   6. evaluation for transplant started, day 9 (with a reason for: active disease) \
(leading to: under evaluation for transplant): refused by both
   7. 7, day x (3, ('upcr', 1, 2)) (inferred: 5) (with a reason) (leading to: 4): refused by both
>  8. died, day 9
the pathway: accepted; dead
the app: accepted; lupus nephritis biopsied and classed"""
    )


class Hesitant(Ward):
    """An app that accepts the record of a number, and does nothing."""

    def __init__(self, pathway, number):
        super().__init__(pathway)
        self.left = number

    def take(self, record):
        """Return the journey after a record, as this app takes it."""
        self.left -= 1
        return super().take(record) if self.left else self.journey


def test_a_journey_is_a_log_too(ana):
    """An app agrees with every step of a journey; what is no record is told."""
    assert_agrees(PATHWAY, Ward(PATHWAY), ana)
    with pytest.raises(TypeError, match="'died' is no record: write Record"):
        assert_agrees(PATHWAY, Ward(PATHWAY), ["died"])


def test_an_error_can_be_pickled():
    """Test runs in several processes hand failures on."""
    error = AppDisagrees("so", ("told",), (Record("died"),))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.records, again.how) == (str(error), error.records, "so")


def changes(journey, record):
    """Return what just misses a record, told by what differs, each with the state that it leads to, if any."""
    found = {}
    for other in changed_in_one_thing(journey, record):
        parts = [other.event] if other.event != record.event else []
        parts += [f"day {other.day}"] if other.day != record.day else []
        parts += [str(finding) for finding in other.findings if finding not in record.findings]
        parts += ["less"] if len(other.findings) < len(record.findings) else []
        parts += ["no reason"] if other.override != record.override else []
        parts += ["stated"] if other.inferred != record.inferred else []
        state = decided(journey, other)
        found[", ".join(map(str, parts))] = state and state.name
    return found


def test_near_misses_are_where_the_pathway_begins_to_decide_otherwise(ana):
    """On either side of a threshold, of a baseline, of a limit in time; before the last day; something left out."""
    step = Record("response_assessed", (UPCR(0.3), EGFR(80)), day=200)
    assert decided(ana, step).name == "complete_response"
    assert changes(ana, step) == {
        "day None": None,
        "less": None,
        "immunosuppression started, agents: mycophenolate, less": "immunosuppression",
        "day 13": None,
        "UPCR 0.5 g/g": "partial_response",
        "UPCR 0.499 g/g": "complete_response",
        "eGFR 66.2 mL/min/1.73 m²": None,
        "eGFR 66.3 mL/min/1.73 m²": "complete_response",
        "day 104": None,
        "day 105": "complete_response",
    }


def test_near_misses_of_flags_choices_and_reasons():
    """The other answer, another option, no reason, and stated what was inferred, where that is decisive."""
    eva = through("consent_signed")
    safe = Record("mobilisation_started", (PREGNANT(False), MOBILISED_WITH({"G-CSF"})))
    assert changes(eva, safe) == {"less": None, "pregnant": None, "written consent signed, less": None, "day 261": None}
    entry = Record("enrolled", (STATUS_AT_ENTRY("refractory"),))
    assert changes(Journey(PATHWAY), entry)["status at entry: relapsed"] == "relapsed"
    treated = through("immunosuppression_started")
    assert changes(treated, Record("agent_not_tolerated", inferred="noted later"))["stated"] is None
    early = Record("response_assessed", (UPCR(0.3), EGFR(80)), day=90, override="seen early")
    assert changes(treated, early)["no reason"] is None


def test_what_is_given_by_name_is_left_as_it_is(ana):
    """Records of a log of one's own have no near misses in their values, and are left out as a whole."""
    step = Record("response_assessed", {"upcr": 0.3, "egfr": 80}, day=200)
    assert len(list(changed_in_one_thing(ana, step))) == 7
