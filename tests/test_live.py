"""An app's own object on the pathway: what it may do, what it is told, and that its journey is the record."""

import asyncio
import copy

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transitions import Machine
from transitions.extensions import GraphMachine, LockedMachine
from transitions.extensions.asyncio import AsyncMachine

from hscpath import (
    InvalidFinding,
    InvalidRecord,
    Journey,
    PathwayError,
    Record,
    TransitionNotAllowed,
    lupus,
    machine,
    testing,
)
from hscpath.lupus import PATHWAY, UPCR
from tests.patients import EVA, through


class Patient:
    """An object of an app."""


class Told(Patient):
    """An object that notes what it is told, and what stood on record then."""

    def __init__(self):
        self.heard = []

    def on_enter_biopsied(self, event):
        """Note the arrival."""
        self.heard.append(("enter", event.transition.source, self.state, self.journey.state.name))

    def on_exit_nephritis_diagnosed(self, event):
        """Note the departure."""
        self.heard.append(("exit", event.event.name, self.state, self.journey.state.name))


def agree(model):
    """Return whether state and journey of a model agree."""
    return model.state == model.journey.state.name


def test_a_patient_of_the_app_moves_as_a_journey_does():
    """Every event is a method that takes findings, days and reasons, and the journey is the record."""
    ana = Patient()
    machine(PATHWAY, ana)
    assert (ana.state, ana.journey) == ("suspected", Journey(PATHWAY))
    for record in EVA:
        findings = dict(record.findings)
        assert ana.trigger(record.event, day=record.day, **findings)
        assert agree(ana)
    assert ana.journey == Journey.replay(PATHWAY, EVA)
    assert ana.is_post_hsct_relapse()


def test_questions_are_answered_and_change_nothing():
    """Whether something may happen depends on what would be recorded with it."""
    ana = Patient()
    ana.journey = through("immunosuppression_started")
    machine(PATHWAY, ana)
    before = ana.journey
    assert ana.may_response_assessed(day=200, upcr=0.3, egfr=80)
    assert not ana.may_response_assessed(day=200, upcr=0.3)
    assert ana.may_response_assessed(day=200, upcr=0.3, override={"kidney function stable": "not measured"})
    assert not ana.may_cells_reinfused(day=200)
    assert ana.may_died(day=200)
    assert ana.journey is before


def test_a_refusal_explains_itself_and_changes_nothing():
    """What may not happen here, what means nothing here, and what cannot be recorded are told as by a journey."""
    ana = Patient()
    ana.journey = through("immunosuppression_started")
    machine(PATHWAY, ana)
    before = ana.journey
    with pytest.raises(TransitionNotAllowed, match="kidney function stable"):
        ana.response_assessed(day=200, upcr=0.3)
    with pytest.raises(TransitionNotAllowed, match="cannot happen in this state"):
        ana.cells_reinfused(day=200)
    with pytest.raises(TransitionNotAllowed, match="cannot happen in this state"):
        ana.trigger("cells_reinfused", day=200)
    with pytest.raises(InvalidFinding, match="outside 0 to 250"):
        ana.response_assessed(UPCR(0.3), day=200, egfr=-1)
    with pytest.raises(InvalidRecord, match="is no event of this pathway"):
        ana.trigger("cured")
    assert ana.journey is before
    assert agree(ana)


def test_callbacks_are_told_when_the_step_is_on_record():
    """Whoever is told of a departure or an arrival finds the new state and the new journey."""
    ana = Told()
    machine(PATHWAY, ana)
    ana.nephritis_diagnosed(day=0)
    ana.kidney_biopsy_reported(day=1, ln_class="IV")
    assert ana.heard == [
        ("exit", "kidney_biopsy_reported", "biopsied", "biopsied"),
        ("enter", "nephritis_diagnosed", "biopsied", "biopsied"),
    ]


def fail(event):
    """Fail, as a callback of an app may."""
    raise RuntimeError(event.event.name)


class FailsOnArrival(Patient):
    """An object whose callback fails once it has arrived."""

    def on_enter_nephritis_diagnosed(self, event):
        """Fail."""
        fail(event)


class FailsOnDeparture(Patient):
    """An object whose callback fails as it departs."""

    def on_exit_suspected(self, event):
        """Fail."""
        fail(event)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Patient, {"before_state_change": fail}),
        (Patient, {"after_state_change": fail}),
        (FailsOnArrival, {}),
        (FailsOnDeparture, {}),
    ],
)
def test_a_callback_that_fails_keeps_the_step(kind, options):
    """Whichever callback fails, the step is on record, and journey and state agree."""
    ana = kind()
    machine(PATHWAY, ana, **options)
    with pytest.raises(RuntimeError, match="nephritis_diagnosed"):
        ana.nephritis_diagnosed(day=0)
    assert ana.state == "nephritis_diagnosed"
    assert agree(ana)


@pytest.mark.parametrize("when", ["before_state_change", "after_state_change"])
def test_a_callback_may_record_more(when):
    """A callback that records a result or moves the patient on leaves journey and state in agreement."""
    ana = Patient()

    def more(event):
        if event.event.name == "nephritis_diagnosed":
            ana.kidney_biopsy_reported(day=1, ln_class="IV")

    machine(PATHWAY, ana, **{when: more})
    ana.nephritis_diagnosed(day=0)
    assert [step.event.name for step in ana.journey.steps] == ["nephritis_diagnosed", "kidney_biopsy_reported"]
    assert ana.state == "biopsied"
    assert agree(ana)


def test_a_journey_that_was_saved_goes_on():
    """An object with a journey starts where the journey stands, and another pathway's is refused."""
    ana = Patient()
    ana.journey, ana.state = through("graft_stored"), "graft_stored"
    machine(PATHWAY, ana)
    assert ana.is_graft_stored()
    other = Patient()
    other.journey = "lost"
    with pytest.raises(PathwayError, match=r"Patient.journey is no journey on"):
        machine(PATHWAY, other)


def test_attributes_of_the_machines_own_names_are_refused():
    """An object that already means something by a name of the machine's is told so, for all names at once."""
    ana = Patient()
    ana.died, ana.is_dead, ana.may_died, ana.state = True, False, None, "Texas"
    with pytest.raises(PathwayError) as error:
        machine(PATHWAY, ana)
    assert [str(problem) for problem in error.value.problems] == [
        f"Patient has an attribute '{name}', which the machine needs: rename it"
        for name in ("is_dead", "died", "may_died", "state")
    ]


def test_several_patients_move_on_one_machine():
    """Objects may be given together or added later, each with its own journey; to add one twice does nothing."""
    ana, eva, ida = Patient(), Patient(), Patient()
    clinic = machine(PATHWAY, [ana, eva])
    clinic.add_model(ida)
    clinic.add_model(ida)
    ana.died(day=0)
    ida.sle_diagnosed(day=0)
    assert (ana.state, eva.state, ida.state) == ("dead", "suspected", "sle_diagnosed")
    clinic.set_state("dead")
    assert (ana.state, eva.state, ida.state) == ("dead", "suspected", "sle_diagnosed")
    assert machine(PATHWAY).models == []


def test_patients_that_cannot_be_told_apart_are_refused():
    """Objects that compare equal would be taken for one and the same patient, so the second is refused."""

    @attrs.define(slots=False)
    class Alike(Patient):
        name: str = ""

    @attrs.define(eq=False, slots=False)
    class Apart(Patient):
        name: str = ""

    with pytest.raises(PathwayError, match="compare such objects by identity"):
        machine(PATHWAY, [Alike(), Alike()])
    clinic = machine(PATHWAY, [Apart(), Apart()])
    assert len(clinic.models) == 2


def test_options_of_the_machine_are_the_apps():
    """Errors may go to a handler, callbacks before and after every step, and the state under another name."""
    heard = []
    ana = Patient()
    machine(
        PATHWAY,
        ana,
        model_attribute="status",
        prepare_event=lambda event: heard.append(("prepare", event.event.name)),
        on_exception=lambda event: heard.append(("error", type(event.error).__name__)),
    )
    ana.sle_diagnosed(day=0)
    ana.nephritis_diagnosed(day=-5)
    assert ana.status == "sle_diagnosed"
    assert heard == [("prepare", "sle_diagnosed"), ("error", "InvalidRecord")]


@pytest.mark.parametrize("kind", [Machine, LockedMachine, GraphMachine])
def test_other_machines_of_the_package_will_do(kind):
    """Locked and drawn machines move as the plain one does."""
    ana = Patient()
    options = {"graph_engine": "mermaid"} if kind is GraphMachine else {}
    clinic = machine(PATHWAY, ana, machine_class=kind, **options)
    ana.nephritis_diagnosed(day=0)
    assert ana.may_kidney_biopsy_reported(day=1, ln_class="V")
    assert ana.kidney_biopsy_reported(day=1, ln_class="V")
    assert ana.state == "biopsied"
    assert isinstance(clinic, kind)


def test_an_asynchronous_machine_will_do():
    """Triggers and questions may be awaited."""
    ana = Told()

    async def course():
        machine(PATHWAY, ana, machine_class=AsyncMachine)
        await ana.nephritis_diagnosed(day=0)
        assert await ana.may_kidney_biopsy_reported(day=1, ln_class="V")
        assert not await ana.may_kidney_biopsy_reported(day=1)
        await ana.kidney_biopsy_reported(day=1, ln_class="V")
        with pytest.raises(TransitionNotAllowed):
            await ana.cells_reinfused(day=2)

    asyncio.run(course())
    assert ana.heard[-1][0] == "enter"
    assert agree(ana)


def outcome(take, event, given_):
    """Return what a call gives, or the kind of error it raises."""
    try:
        return take(event, **given_)
    except (TransitionNotAllowed, InvalidRecord) as error:
        return type(error)


@given(st.data())
def test_live_and_pure_agree_step_for_step(data):
    """Whatever is recorded, refused, unknown or waived, the object and the journey do the same."""
    pathway = data.draw(st.sampled_from([PATHWAY]) | testing.pathways())
    model, journey = Patient(), Journey(pathway)
    machine(pathway, model)
    for record in data.draw(testing.logs(pathway)):
        findings = {finding.fact.name: finding.fact.write(finding.stored) for finding in record.findings}
        given_ = {"day": record.day, **findings}
        try:
            decision = journey.consider(record.event, **given_)
        except InvalidRecord:
            with pytest.raises(InvalidRecord):
                model.trigger(record.event.name, **given_)
            continue
        if decision.rows:
            assert getattr(model, f"may_{record.event.name}")(**given_) == decision.allowed
        if not decision.allowed and not decision.closed and not decision.lacking:
            given_["override"] = {decision.name_of(guard): "a reason" for guard in decision.open} or None
            given_["to"] = data.draw(st.sampled_from(decision.possible)) if decision.ambiguous else None
            decided = journey.consider(record.event, **given_ | {"override": None})
            given_["override"] = {decided.name_of(guard): "a reason" for guard in decided.open} or None
        pure = outcome(journey.advance, record.event, given_)
        live = outcome(model.trigger, record.event.name, given_)
        if isinstance(pure, Journey):
            assert live is True
            journey = pure
        else:
            assert live is pure
        assert model.journey == journey
        assert agree(model)


def test_a_record_of_a_log_can_be_taken_by_name():
    """What a log holds is given to the trigger as it stands."""
    ana = Patient()
    machine(PATHWAY, ana)
    record = Record("enrolled", {"status_at_entry": "refractory"}, day=3)
    ana.trigger(record.event, day=record.day, **dict(record.findings))
    assert ana.journey.day == 3


def test_a_copied_patient_steps_like_the_one_it_was_copied_from():
    """A deep copy of an app's object, machine and all, takes the same steps and none of the other's."""
    ana = Patient()
    machine(PATHWAY, ana)
    other = copy.deepcopy(ana)
    assert other.nephritis_diagnosed(day=0)
    assert (other.state, ana.state) == ("nephritis_diagnosed", "suspected")


def test_a_journey_that_an_app_sets_is_where_its_object_stands(ana):
    """A journey loaded from elsewhere moves the object; one on another pathway is an error."""
    patient = Patient()
    machine(PATHWAY, patient)
    patient.journey = ana
    assert patient.results_recorded(day=20)
    assert (patient.state, len(patient.journey.steps)) == ("immunosuppression", 4)
    patient.journey = Journey(lupus.pathway(lupus.LIST))
    with pytest.raises(PathwayError, match="journey is no journey on"):
        patient.died(day=30)


def test_a_class_is_no_object_to_move():
    """Whoever gives the class instead of an object of it is told so."""
    with pytest.raises(PathwayError, match="Patient is a class: give an object of it"):
        machine(PATHWAY, Patient)
