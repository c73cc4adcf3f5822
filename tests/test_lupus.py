"""The clinical content: it reads as a protocol, cites its sources, and a real patient runs through it."""

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hscpath import Certainty, InvalidFinding, Journey, PathwayError, TransitionNotAllowed, files, lupus, tell, testing
from hscpath.criteria import Compare, Criterion, conjuncts
from hscpath.lupus import (
    DEFAULTS,
    EBMT_2025,
    EGFR,
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
    """Take away any reason or inference of a case, and it no longer holds."""
    read, _ = case(path)
    for number, record in enumerate(read.events):
        reasons = {"": record.override} if isinstance(record.override, str) else record.override
        for name in reasons or ():
            fewer = {key: reason for key, reason in reasons.items() if key != name}
            changed = [*read.events]
            changed[number] = attrs.evolve(record, override=fewer or None)
            with pytest.raises((files.ReplayStopped, files.InvalidFile)):
                attrs.evolve(read, events=tuple(changed)).journey(PATHWAY)


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
    with pytest.raises(TransitionNotAllowed, match="means nothing in this state"):
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
    assert interrupted.consider("cells_reinfused", cd34_infused=4).allowed


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


def criteria(guard):
    """Yield every criterion of a guard that is told by itself."""
    for part in conjuncts(guard):
        assert isinstance(part, Criterion)
        yield part


def test_every_number_has_a_source_and_no_recalled_one_is_hard():
    """A criterion with a threshold from medicine is cited, and what is only recalled stays soft."""
    for row in PATHWAY.transitions:
        for part in (*criteria(row.when), *criteria(row.expects)):
            if isinstance(part, Compare) and not part.name:
                assert part.cite, part
        for part in criteria(row.when):
            assert part.cite is None or part.cite.certainty is not Certainty.RECALLED


@pytest.mark.parametrize("guideline", DEFAULTS, ids=str)
def test_every_criterion_of_a_guideline_is_cited(guideline):
    """No guideline asks for anything without saying where that comes from."""
    for asked in guideline.points.values():
        for part in (*criteria(asked.when), *criteria(asked.expects)):
            assert part.cite is not None


def test_the_pathway_is_built_under_guidelines():
    """The default guidelines give the reference pathway, and a foreign one is refused."""
    assert pathway(KDIGO_2024, EBMT_2025) == PATHWAY
    wrong = lupus.Guideline("Foreign", "1", KDIGO_2024.cite, {"skin_score": lupus.Criteria()})
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
    """Whatever is asked of the clinical pathway, the answer has words and a shape."""
    journey = data.draw(testing.journeys(PATHWAY))
    for decision in journey.options():
        assert str(decision)
        assert decision.allowed or decision.missing or decision.tried
    assert EGFR.name in {fact.name for fact in PATHWAY.facts}
