"""What the reference pathway refuses, what it lets through, and where each criterion turns."""

import pytest

from hscpath import (
    InvalidFinding,
    Journey,
    TransitionNotAllowed,
    UnknownEvent,
)
from hscpath.lupus import PATHWAY
from tests.patients import (
    APLASTIC,
    CONDITIONED,
    ENGRAFTED,
    EVA,
    IS,
    REMISSION,
    TREATED,
    opened,
    record,
    taken,
    through,
)
from tests.refusals import (
    ABSURD,
    ASKED_FOR,
    HARD,
    LEADS_TO,
    MEANINGLESS,
    NOT_REFUSED,
    SOFT,
    STANDING,
    does_not_pass,
    is_judged,
    leads_there,
    means_nothing,
    means_something_there,
    needs_no_reason,
    opens_with_a_reason,
    refused_alone,
    stays_closed,
)


@pytest.mark.parametrize("refusal", [*SOFT, *HARD], ids=lambda refusal: refusal.why)
def test_one_thing_wrong_is_refused_for_that_thing_alone(refusal):
    """Everything else is right, the one criterion is named, and to correct it is enough."""
    refused_alone(refusal)


@pytest.mark.parametrize("refusal", SOFT, ids=lambda refusal: refusal.why)
def test_what_is_soft_opens_with_a_reason_and_leaves_a_deviation(refusal):
    """A departure from a guideline goes on record, with its reason."""
    opens_with_a_reason(refusal)


@pytest.mark.parametrize("refusal", HARD, ids=lambda refusal: refusal.why)
def test_what_is_hard_stays_closed_whatever_the_reason(refusal):
    """No reason opens what must never happen."""
    stays_closed(refusal)


@pytest.mark.parametrize(("criterion", "journey", "asked", "target", "verdict"), ASKED_FOR)
def test_each_row_asks_for_what_it_should(criterion, journey, asked, target, verdict):
    """A step of the unit's resolution, or a day, decides, also of what was before entry; the refusal says so."""
    is_judged(journey, (criterion, asked, target, verdict))


@pytest.mark.parametrize(("journey", "asked", "state"), LEADS_TO)
def test_a_step_leads_where_it_should(journey, asked, state):
    """An assessment confirms or moves on, a relapse is one, and what changes no state changes none."""
    leads_there(journey, (asked, state))


@pytest.mark.parametrize("journey", STANDING.values(), ids=STANDING)
def test_an_event_means_something_just_where_it_can_happen(journey):
    """No consent after conditioning, no second diagnosis, no assessment in aplasia: no criterion is asked for that."""
    means_something_there(journey, None)
    assert set(STANDING) == {state.name for state in PATHWAY.states if not state.final}


@pytest.mark.parametrize(("why", "journey", "what"), MEANINGLESS, ids=[why for why, _, _ in MEANINGLESS])
def test_what_is_out_of_order_means_nothing(why, journey, what):
    """Order is absolute: which events happened is always known."""
    means_nothing(journey, what)


def test_nothing_follows_death():
    """Of the dead nothing can be recorded, not even a result."""
    dead = TREATED.advance("died", day=50, cause_of_death="disease")
    for event in PATHWAY.events:
        assert dead.consider(event, day=60).closed
    assert dead.options() == ()


def test_a_complete_response_is_not_claimed_with_proteinuria():
    """At 0.5 g/g the response is partial, whatever one says; at 0.499 it is complete."""
    assert TREATED.consider("response_assessed", day=200, upcr=0.5, egfr=80).target.name == "partial_response"
    claim = {"to": "complete_response", "override": "she feels well"}
    with pytest.raises(TransitionNotAllowed, match=r"✗ UPCR below 0.5 g/g: 0.5 g/g"):
        TREATED.advance("response_assessed", day=200, upcr=0.5, egfr=80, **claim)
    assert TREATED.advance("response_assessed", day=200, upcr=0.499, egfr=80).state.name == "complete_response"


def test_nobody_responds_completely_on_dialysis():
    """A little protein in little urine is no complete response; off dialysis it may be one."""
    dialysed = TREATED.advance("dialysis_started", day=60, egfr=8)
    assert dialysed.consider("response_assessed", day=200, upcr=0.3, egfr=80).target.name != "complete_response"
    recovered = dialysed.advance("dialysis_stopped", day=150)
    assert recovered.consider("response_assessed", day=200, upcr=0.3, egfr=80).target.name == "complete_response"


def test_what_is_compared_with_a_baseline_is_measured_after_it():
    """The values at the start of a course, at the response or at the relapse prove nothing about what follows."""
    treated = through("kidney_biopsy_reported").advance(IS, day=45, agent="MMF", upcr=0.4, egfr=78)
    assert not treated.consider("response_assessed", day=200).allowed
    assert opened(treated, "response_assessed", 200, upcr=0.3) == ["kidney function stable"]
    assert "no partial response" in opened(treated, "refractory_declared", 300, adherent=True)
    relapsed = Journey.replay(PATHWAY, EVA)
    assert not relapsed.consider("response_assessed", day=1500).allowed
    partial = ENGRAFTED.advance("response_assessed", day=420, sledai=5, upcr=1.4)
    assert opened(partial, "relapse_diagnosed", 420) == ["disease activity has returned"]
    early = taken(APLASTIC, record("results_recorded", 302, sledai=0), EVA[18])
    assert not early.consider("response_assessed", day=500).allowed


def test_an_assessment_in_response_confirms_it_or_is_refused():
    """A response that is gone is a relapse, and is to be called one; the measure of the response stays."""
    complete = TREATED.advance("response_assessed", day=200, upcr=0.2, egfr=80)
    partial = TREATED.advance("response_assessed", day=200, upcr=1.5, egfr=80)
    for responding, gone in ((complete, {"upcr": 9}), (partial, {"upcr": 5}), (REMISSION, {"sledai": 20})):
        assert responding.consider("response_assessed", day=1000, **gone).closed
    assert complete.advance("response_assessed", day=400, upcr=0.3).state.name == "complete_response"
    assert partial.advance("response_assessed", day=400, upcr=1.4).state.name == "partial_response"
    assert REMISSION.advance("response_assessed", day=800, sledai=2).state.name == "post_hsct_remission"


def test_a_patient_free_of_activity_needs_a_reason_for_a_transplant():
    """After a response, earlier failures count no more, unless another organ is at stake."""
    complete = taken(TREATED, record("course_failed", 240, upcr=3), record("response_assessed", 500, upcr=0.2, egfr=80))
    assert opened(complete, "hsct_evaluation_started", 501, indication="kidney") == [
        "active disease, although in remission"
    ]
    assert opened(complete, "hsct_evaluation_started", 501, indication="other organ") == []
    again = complete.advance("agent_not_tolerated", day=550, intolerant_of="MMF")
    assert opened(again, "hsct_evaluation_started", 560, indication="kidney") == []


@pytest.mark.parametrize("event", ["gvhd_diagnosed", "chimerism_tested", "graft_rejected", "donor_lymphocytes_given"])
def test_events_of_allogeneic_transplants_do_not_exist(event):
    """Chimerism, graft-versus-host disease and rejection have no place on an autologous path."""
    with pytest.raises(UnknownEvent):
        ENGRAFTED.advance(event, day=320)


def test_the_cells_of_another_person_cannot_be_named():
    """A donor is no finding of an autologous reinfusion."""
    with pytest.raises(InvalidFinding, match="does not record 'donor'"):
        CONDITIONED.advance("cells_reinfused", day=300, donor="sibling")


def test_nobody_is_cured():
    """Remission can relapse, so no state, event or label speaks of cure."""
    for thing in (*PATHWAY.states, *PATHWAY.events, *PATHWAY.facts):
        assert "cure" not in f"{thing.name} {thing.label}".lower()


@pytest.mark.parametrize(("why", "journey", "records"), NOT_REFUSED, ids=[why for why, _, _ in NOT_REFUSED])
def test_what_does_happen_to_patients_needs_no_reason(why, journey, records):
    """A model that refuses what medicine does every day is wrong."""
    needs_no_reason(journey, records)


def test_reinfusion_stays_open_whatever_happens_after_conditioning_began():
    """Infection, withdrawn consent, pregnancy, no dose, no days: the cells may still be given, with a reason."""
    for start in (through("conditioning_started"), CONDITIONED):
        worst = taken(
            start,
            record("consent_withdrawn", 299),
            record("infection_reported", 299, uncontrolled_infection=True),
            record("pregnancy_reported", 299, pregnant=True),
            record("dialysis_started", 299, egfr=5),
        )
        for findings in ({}, {"cd34_infused": 0.5}, {"cd34_infused": 90}):
            for day in (None, 299, 400):
                decision = worst.consider("cells_reinfused", day=day, **findings)
                assert not decision.closed
                assert decision.target.name == "aplasia"


@pytest.mark.parametrize(("why", "journey", "records"), ABSURD, ids=[why for why, _, _ in ABSURD])
def test_absurd_journeys_do_not_pass(why, journey, records):
    """The last step is refused, or needs a reason; the steps before it are sound."""
    does_not_pass(journey, records)
