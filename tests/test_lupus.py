"""The clinical content: it reads as a protocol, cites its sources, and a real patient runs through it."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hscpath import (
    Certainty,
    Criteria,
    Guideline,
    InvalidFinding,
    Journey,
    PathwayError,
    TransitionNotAllowed,
    files,
    lupus,
    tell,
    testing,
)
from hscpath.criteria import ALWAYS, Compare, Not
from hscpath.lupus import (
    DEFAULTS,
    EBMT_2025,
    KDIGO_2024,
    LN_CLASS,
    PATHWAY,
    UPCR,
    pathway,
)
from tests.test_cli import CASES, T01
from tests.test_journey import transplanted


def case(path):
    """Return a case of the examples and the journey it tells."""
    read = files.read_case(path)
    return read, read.journey(PATHWAY)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_case_replays_to_its_published_outcome(path):
    """A published patient runs through the pathway to the outcome that was published."""
    read, journey = case(path)
    assert read.citation is not None or read.about.startswith("Made up for teaching")
    assert journey.state.name == read.outcome


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_reason_in_a_case_is_needed(path):
    """Take away any reason of a case, and it no longer holds."""
    read, _ = case(path)
    for number, record in enumerate(read.events):
        reasons = {"": record.override} if isinstance(record.override, str) else record.override
        for name in reasons or ():
            fewer = {key: reason for key, reason in reasons.items() if key != name}
            with pytest.raises((files.ReplayStopped, files.InvalidFile)):
                changed(read, number, attrs.evolve(record, override=fewer or None)).journey(PATHWAY)


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_inferred_step_in_a_case_is_needed(path):
    """Leave out any step that was inferred, and the case no longer holds."""
    read, _ = case(path)
    for number, record in enumerate(read.events):
        if record.inferred:
            with pytest.raises((files.ReplayStopped, files.InvalidFile)):
                changed(read, number, None).journey(PATHWAY)


def changed(read, number, record):
    """Return a case with one of its events replaced, or left out."""
    events = [*read.events]
    events[number : number + 1] = [record] if record else []
    return attrs.evolve(read, events=tuple(events))


def test_patient_t01_relapses_after_three_years_and_receives_a_kidney():
    """Refractory nephritis, transplant, remission, relapse, kidney failure, dialysis, kidney transplant."""
    _, journey = case(T01)
    states = [step.state.name for step in journey.steps]
    assert states.index("post_hsct_remission") < states.index("post_hsct_relapse") < states.index("kidney_failure")
    assert {deviation.kind for deviation in journey.deviations} == {"not documented"}
    assert journey.chart[lupus.SLEDAI].value == 2


# From diagnosis to response.


def test_a_response_is_judged_by_proteinuria_and_kidney_function(ana):
    """Below 0.5 g/g with stable function is complete, half of 3.4 is partial, less than that is neither."""
    assess = ana.consider
    assert assess("response_assessed", day=200, upcr=0.499, egfr=66.3).target.name == "complete_response"
    assert assess("response_assessed", day=200, upcr=0.5, egfr=66.3).target.name == "partial_response"
    assert assess("response_assessed", day=200, upcr=1.7, egfr=66.3).target.name == "partial_response"
    assert assess("response_assessed", day=200, upcr=1.701, egfr=66.3).target.name == "immunosuppression"
    assert assess("response_assessed", day=200, upcr=0.499, egfr=66.3).allowed
    assert not assess("response_assessed", day=200, upcr=0.499, egfr=66.2).allowed


def test_a_response_is_not_expected_before_three_months(ana):
    """Ninety-one days after the start is three months; ninety is too soon without a reason."""
    assert ana.consider("response_assessed", day=14 + 91, upcr=0.3, egfr=80).allowed
    early = ana.consider("response_assessed", day=14 + 90, upcr=0.3, egfr=80)
    assert [guard.name for guard in early.open] == ["three months of therapy"]
    assert not early.closed


def test_the_first_example_of_the_readme_refuses_cells_without_a_graft(ana):
    """A reinfusion under immunosuppression means nothing, and the question of a response what is missing."""
    with pytest.raises(TransitionNotAllowed, match="cannot happen in this state"):
        ana.advance("cells_reinfused", day=30, cd34_infused=4.1)
    told = str(ana.consider("response_assessed", day=200))
    assert "? UPCR below 0.5 g/g: not recorded since immunosuppression started (day 14)" in told


# Towards the transplant.


def test_once_conditioned_only_the_graft_stands_between_the_patient_and_the_cells():
    """A dose too small or unknown, or more than was collected, needs a reason and closes nothing."""
    before = Journey.replay(PATHWAY, transplanted(day=None).steps[:-1])
    for findings in ({}, {"cd34_infused": 0.5}, {"cd34_infused": 9}):
        decision = before.consider("cells_reinfused", **findings)
        assert not decision.closed
        assert not decision.allowed
    interrupted = Journey.replay(PATHWAY, transplanted(day=None).steps[:-2])
    assert interrupted.state.name == "conditioning"
    decision = interrupted.consider("cells_reinfused", cd34_infused=4)
    assert [guard.name for guard in decision.open] == ["conditioning is complete"]
    assert interrupted.advance("cells_reinfused", cd34_infused=4, override="sepsis, stopped").state.name == "aplasia"


def test_pregnancy_and_infection_close_conditioning_whatever_the_reason():
    """A positive pregnancy test or an uncontrolled infection is never overridden."""
    before = Journey.replay(PATHWAY, transplanted(day=None).steps[:-3])
    for wrong in ({"pregnant": True}, {"uncontrolled_infection": True}):
        fit = {"pregnant": False, "uncontrolled_infection": False} | wrong
        with pytest.raises(TransitionNotAllowed) as refusal:
            before.advance("conditioning_started", override="no time to lose", **fit)
        assert refusal.value.decision.closed


def test_engraftment_is_expected_between_day_six_and_day_twenty_one():
    """Neutrophils on day 6 to day 21 after reinfusion need no reason; earlier or later ones do."""
    patient = transplanted(day=0)
    recovered = [
        patient.consider("neutrophils_recovered", day=day, days_of_neutrophils=3).allowed for day in (5, 6, 21, 22)
    ]
    assert recovered == [False, True, True, False]


def test_anyone_who_lives_may_die_and_nothing_follows():
    """Death is one row from every living state, and the last event of any journey."""
    living = [state for state in PATHWAY.states if not state.final]
    (row,) = [row for row in PATHWAY.transitions if row.event.name == "died"]
    assert set(row.source.states) == set(living)
    dead = Journey(PATHWAY).advance("died", cause_of_death="other")
    assert dead.options() == ()


# Labels.


@pytest.mark.parametrize(
    ("label", "means"),
    [("V+III(A)", "III(A)+V"), ("iv-g (a/c) + v", "IV-G(A/C)+V"), ("  V ", "V"), ("V + IV", "IV+V")],
)
def test_biopsy_labels_are_read_in_any_order_and_spacing(label, means):
    """Ordinary reports write the same class in several ways."""
    assert LN_CLASS(label).value == means


@pytest.mark.parametrize("label", ["III+IV", "I+V", "II+V", "V+VI", "VI(A)", "VII", ""])
def test_what_is_no_class_is_refused(label):
    """Combinations that the classification does not know are no labels."""
    with pytest.raises(InvalidFinding, match="is not an option"):
        LN_CLASS(label)


def test_one_gram_is_about_113_milligrams_per_millimole():
    """Units of proteinuria convert by the molar mass of creatinine."""
    assert UPCR("113.12 mg/mmol") == UPCR("1 g/g") == UPCR("1000 mg/g")
    assert UPCR("50 mg/mmol").value == pytest.approx(0.442)


# Guidelines.


def leaves(guard, cite=None):
    """Yield every single criterion within a guard, with the source that it or what holds it has."""
    cite = guard.cite or cite
    parts = (guard.part,) if isinstance(guard, Not) else getattr(guard, "parts", ())
    for part in parts:
        yield from leaves(part, cite)
    if not parts and guard != ALWAYS:
        yield guard, cite


def test_every_number_has_a_source_and_no_recalled_one_is_hard():
    """A criterion with a threshold from medicine is cited, and what is only recalled stays soft."""
    counted = {"a graft is in store", "no more cells than were collected"}
    for row in PATHWAY.transitions:
        for guard in (row.when, row.expects):
            for leaf, cite in leaves(guard):
                if isinstance(leaf, Compare) and leaf.name not in counted:
                    assert cite is not None, leaf
        for _, cite in leaves(row.when):
            assert cite is None or cite.certainty is not Certainty.RECALLED


def test_the_pathway_is_built_under_guidelines():
    """The default guidelines give the reference pathway, and a foreign one is refused."""
    assert pathway(KDIGO_2024, EBMT_2025) == PATHWAY
    wrong = Guideline("Foreign", "1", KDIGO_2024.cite, {"skin_score": Criteria()})
    with pytest.raises(PathwayError, match="Foreign 1 decides 'skin_score', which this pathway does not ask"):
        pathway(wrong)


def test_the_content_is_exported_whole():
    """Facts, events, states and guidelines are all names of the one module."""
    for thing in (*PATHWAY.facts, *PATHWAY.events, *PATHWAY.states, *DEFAULTS):
        assert any(value is thing for value in vars(lupus).values()), thing


def test_every_label_is_words():
    """Nothing that people read is an identifier."""
    for thing in (*PATHWAY.facts, *PATHWAY.events, *PATHWAY.states):
        assert thing.label
        assert "_" not in thing.label
    assert "_" not in tell.table(PATHWAY).replace("{1.73_m2}", "")


@settings(max_examples=50)
@given(st.data())
def test_every_decision_on_the_reference_pathway_can_be_told(data):
    """Whatever is asked of the clinical pathway, a refusal names a criterion or what is missing."""
    journey = data.draw(testing.journeys(PATHWAY))
    for decision in journey.options():
        told = str(decision)
        assert decision.allowed == (": may happen (" in told)
        assert decision.allowed or decision.lacking or "✗" in told or "?" in told


# What follows a response.


def test_a_partial_response_may_become_complete_or_turn_out_refractory(ana):
    """Half the way at six months may be the whole way at twelve, or no further."""
    partial = ana.advance("response_assessed", day=200, upcr=1.5, egfr=80)
    assert partial.state.name == "partial_response"
    assert partial.advance("response_assessed", day=380, upcr=0.4, egfr=80).state.name == "complete_response"
    assert partial.advance("response_assessed", day=380, upcr=1.4, egfr=80).state.name == "partial_response"
    assert partial.advance("refractory_declared", day=380, upcr=2.5).state.name == "refractory"


def test_a_relapse_is_judged_by_the_response_before_it(ana):
    """After a complete response 0.5 g/g is passed; after a partial one proteinuria has doubled to over 1 g/g."""
    partial = ana.advance("response_assessed", day=200, upcr=1.5, egfr=80)
    assert not partial.consider("relapse_diagnosed", day=300, upcr=2.9).allowed
    assert partial.consider("relapse_diagnosed", day=300, upcr=3).allowed
    complete = ana.advance("response_assessed", day=200, upcr=0.2, egfr=80)
    assert not complete.consider("relapse_diagnosed", day=300, upcr=0.5).allowed
    assert complete.consider("relapse_diagnosed", day=300, upcr=0.6).allowed


def test_fitness_is_asked_for_again_at_every_step():
    """A pregnancy test from before mobilisation says nothing about conditioning."""
    patient = transplanted(day=None)
    tested = Journey.replay(PATHWAY, patient.steps[:4]).advance("results_recorded", pregnant=False)
    tested = tested.advance("mobilisation_started")
    tested = tested.advance("stem_cells_collected", cd34_collected=3).advance("graft_stored")
    assert [fact.name for fact in tested.consider("conditioning_started").missing] == [
        "pregnant",
        "uncontrolled_infection",
    ]


def test_dialysis_that_was_stopped_is_no_kidney_failure():
    """Temporary dialysis does not make kidney failure; dialysis under way does."""
    patient = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, egfr=90).advance("dialysis_started", day=5)
    assert patient.consider("kidney_failure_diagnosed", day=9).allowed
    assert not patient.advance("dialysis_stopped", day=60).consider("kidney_failure_diagnosed", day=61).allowed


def test_remission_is_a_sledai_below_three_after_the_transplant():
    """A SLEDAI of 2 after reinfusion is remission, one of 3 is not, and one from before says nothing."""
    patient = transplanted(day=0).advance("neutrophils_recovered", day=10, days_of_neutrophils=3)
    assert patient.consider("response_assessed", day=100, sledai=2).target.name == "post_hsct_remission"
    assert patient.consider("response_assessed", day=100, sledai=3).target.name == "engrafted"
    assert not patient.consider("response_assessed", day=100).allowed


def test_kidney_failure_is_an_egfr_below_fifteen():
    """An eGFR of 14.9 is kidney failure; one of 15 needs dialysis or a reason."""
    patient = Journey(PATHWAY).advance("nephritis_diagnosed", day=0)
    assert patient.consider("kidney_failure_diagnosed", egfr=14.9).allowed
    assert not patient.consider("kidney_failure_diagnosed", egfr=15).allowed


def test_two_million_cells_per_kilogram_are_enough():
    """Collections add up to 2.0 ×10⁶/kg without a reason; 1.99 need one."""
    collecting = Journey.replay(PATHWAY, transplanted(day=None).steps[:5])
    once = collecting.advance("stem_cells_collected", cd34_collected=1.5)
    assert once.advance("stem_cells_collected", cd34_collected=0.5).consider("graft_stored").allowed
    short = once.advance("stem_cells_collected", cd34_collected=0.49).consider("graft_stored")
    assert [guard.name for guard in short.open] == ["enough CD34+ cells collected"]


@pytest.mark.parametrize(("age", "open_"), [(17, "an adult"), (18, None), (65, None), (66, "65 or younger")])
def test_adults_up_to_sixty_five_are_eligible_without_a_reason(age, open_):
    """Children and the old may be transplanted, with a reason."""
    patient = Journey(PATHWAY).advance("enrolled", status_at_entry="relapsed")
    decision = patient.consider("hsct_evaluation_started", age=age)
    assert [guard.name for guard in decision.open] == ([open_] if open_ else [])
