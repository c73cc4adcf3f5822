"""The clinical content: it reads as a protocol, cites its sources, and real patients run through it."""

import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    SAME_DAY,
    Certainty,
    Chart,
    Guideline,
    InvalidFile,
    InvalidFinding,
    InvalidRecord,
    Journey,
    PathwayError,
    ReplayStopped,
    Requirements,
    Verdict,
    files,
    lupus,
    months,
    tell,
    testing,
    years,
)
from hscpath.criteria import ALWAYS, Not
from hscpath.lupus import (
    ACR_2024,
    ASTIL,
    BEFORE_ASTCT_2024,
    BURT_2018,
    CREATININE,
    DEFAULTS,
    EBMT_2025,
    EULAR_2025,
    JINLING,
    KDIGO_2012_FLARES,
    KDIGO_2024,
    LIST,
    LN_CLASS,
    PATHWAY,
    SLEDAI,
    UPCR,
    pathway,
)
from hscpath.lupus.codes import CODES, ICD_10_CM, LOINC, SNOMED_CT, codes_of
from hscpath.lupus.definitions import (
    HIGH_INTENSITY,
    INTERMEDIATE_INTENSITY,
    LOW_INTENSITY,
    MILD_FLARE,
    MODERATE_FLARE,
    NON_RELAPSE_DEATH,
    SEVERE_FLARE,
    TREATMENT_RELATED_DEATH,
)
from hscpath.lupus.regimens import CONDITIONING_REGIMENS, MOBILISATION_REGIMENS, STANDARD_REGIMENS
from tests.command_line import CASES, T01
from tests.patients import (
    ABLATE,
    ACCEPT,
    APLASTIC,
    CONDITIONED,
    ENGRAFTED,
    EVA,
    IS,
    REMISSION,
    STORED,
    TREATED,
    entered,
    opened,
    record,
    taken,
    through,
)
from tests.profiles import examples

GUIDELINES = tuple(lupus.GUIDELINES.values())
ALL_CASES = pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)


# Published patients.


def holds(case):
    """Return whether a case replays, and ends as it says."""
    try:
        return case.journey(PATHWAY).state.name == case.outcome
    except (ReplayStopped, InvalidFile):
        return False


def changed(case, number, record):
    """Return a case with one of its events replaced, or left out."""
    events = [*case.events]
    events[number : number + 1] = [record] if record else []
    return attrs.evolve(case, events=tuple(events))


@ALL_CASES
def test_every_case_replays_to_its_published_outcome(path):
    """A published patient runs through the pathway to the outcome that was published."""
    case = files.read_case(path)
    assert case.citation is not None or case.about.startswith("Made up for teaching")
    assert holds(case)


@ALL_CASES
def test_every_reason_in_a_case_is_needed(path):
    """Take away any reason of a case, and it no longer holds."""
    case = files.read_case(path)
    for number, event in enumerate(case.events):
        reasons = {"": event.override} if isinstance(event.override, str) else event.override
        for name in reasons or ():
            fewer = {key: reason for key, reason in reasons.items() if key != name}
            assert not holds(changed(case, number, attrs.evolve(event, override=fewer or None))), (number, name)


@ALL_CASES
def test_every_inferred_step_in_a_case_is_needed(path):
    """Leave out any step that was inferred, and the case no longer holds."""
    case = files.read_case(path)
    for number, event in enumerate(case.events):
        if event.inferred:
            assert not holds(changed(case, number, None)), number


@ALL_CASES
def test_every_statement_of_where_a_step_led_is_needed(path):
    """Where a case says which state followed, what is recorded leaves that open."""
    case = files.read_case(path)
    for number, event in enumerate(case.events):
        if event.to:
            assert not holds(changed(case, number, attrs.evolve(event, to=None))), number


def test_patient_t01_relapses_after_three_years_and_receives_a_kidney():
    """Refractory nephritis, transplant, remission, relapse, kidney failure, dialysis, kidney transplant."""
    journey = files.read_case(T01).journey(PATHWAY)
    states = [step.state.name for step in journey.steps]
    assert states.index("post_hsct_remission") < states.index("post_hsct_relapse") < states.index("kidney_failure")
    assert {deviation.kind for deviation in journey.deviations} == {"not documented"}
    assert journey.chart[SLEDAI].value == 2


def test_a_patient_on_whom_nothing_is_missed_needs_no_reason():
    """From diagnosis through the transplant to a relapse, a fully recorded journey departs from nothing."""
    journey = Journey.replay(PATHWAY, EVA)
    assert journey.deviations == ()
    assert journey.state.name == "post_hsct_relapse"
    phases = [step.state.phase for step in journey.steps]
    assert list(dict.fromkeys(phases)) == ["work-up", "standard therapy", "transplant", "outcome"]


@pytest.mark.parametrize(("record_", "says"), [
    (record("cells_reinfused", 297, cd34_infused=4), "days never go back"),
    (record("neutrophils_recovered", 310, days_of_neutrophils=-3), "outside 0 to 365"),
    (record("kidney_biopsy_reported", 310, activity_index=25), "outside 0 to 24"),
    (record("kidney_biopsy_reported", 310, chronicity_index=13), "outside 0 to 12"),
    (record("kidney_biopsy_reported", 310, fibrinoid_necrosis=3), "is not an option"),
    (record("kidney_biopsy_reported", 310, cellular_crescents=5), "is not an option"),
    (record("kidney_biopsy_reported", 310, activity_and_chronicity=20), "does not record"),
    (record("results_recorded", 310, age=-1), "outside 0 to 120"),
])  # fmt: skip
def test_what_no_scale_knows_cannot_be_recorded(record_, says):
    """Negative durations, indices beyond their scale, odd sub-scores and sums of both indices are misuse."""
    with pytest.raises(InvalidRecord, match=says):
        CONDITIONED.take(record_)


def test_even_scores_are_recorded_as_numbers():
    """Sub-scores that count twice are 0, 2, 4 or 6, as digits or as numbers."""
    biopsied = TREATED.advance("kidney_biopsy_reported", ln_class="IV", fibrinoid_necrosis=4, cellular_crescents="2")
    assert biopsied.chart[lupus.FIBRINOID_NECROSIS].value == "4"
    assert biopsied.chart[lupus.CELLULAR_CRESCENTS].value == "2"


# Labels and units.


@pytest.mark.parametrize(
    ("label", "means"),
    [
        ("V+III(A)", "III(A)+V"),
        ("iv-g (a/c) + v", "IV-G(A/C)+V"),
        ("  V ", "V"),
        ("V + IV", "IV+V"),
        ("class IV", "IV"),
        ("Class V + III", "III+V"),
    ],
)
def test_biopsy_labels_are_read_in_any_order_and_spacing(label, means):
    """Ordinary reports write the same class in several ways."""
    assert LN_CLASS(label).value == means


@pytest.mark.parametrize("label", ["III+IV", "I+V", "II+V", "V+VI", "VI(A)", "V(A)", "II(A)", "VII", ""])
def test_what_is_no_class_is_refused(label):
    """Combinations that the classification does not know are no labels."""
    with pytest.raises(InvalidFinding, match="is not an option"):
        LN_CLASS(label)


def test_the_grammar_of_labels_is_whole():
    """Both schemes: III and IV with or without pattern, activity and V; I, II, V and VI alone."""
    grammar = {
        pattern + activity + mixed
        for pattern in ("III", "IV", "IV-S", "IV-G")
        for activity in ("", "(A)", "(A/C)", "(C)")
        for mixed in ("", "+V")
    }
    assert set(lupus.facts.LN_CLASSES) == grammar | {"I", "II", "V", "VI"}
    assert set(LN_CLASS.options) == set(lupus.facts.LN_CLASSES) | {"no lupus nephritis", "not adequate"}


def test_units_of_proteinuria_and_creatinine_convert():
    """By the molar masses of creatinine; a day's protein counts as if a gram of creatinine came with it."""
    assert UPCR("113.12 mg/mmol") == UPCR("1 g/g") == UPCR("1000 mg/g") == UPCR("1 g/d") == UPCR("1000 mg/24h")
    assert UPCR("50 mg/mmol").value == pytest.approx(0.442)
    assert CREATININE("88.4 umol/L") == CREATININE("1 mg/dL") == CREATININE("88.4 µmol/L")


def test_every_label_is_words():
    """Nothing that people read is an identifier."""
    for thing in (*PATHWAY.facts, *PATHWAY.events, *PATHWAY.states):
        assert thing.label
        assert "_" not in thing.label
    assert "_" not in str(tell.table(PATHWAY)).replace("{1.73_m2}", "")


def test_the_content_is_exported_whole():
    """Facts, events, states and guidelines are all names of the one module."""
    for thing in (*PATHWAY.facts, *PATHWAY.events, *PATHWAY.states, *GUIDELINES):
        assert any(value is thing for value in vars(lupus).values()), thing


def test_the_door_of_the_package_holds_no_more_than_it_says():
    """Definitions and sources stay behind their modules."""
    assert not {"TREATED", "STABLE_KIDNEY", "ALEXANDER_2025", "in_course", "Quantity"} & set(dir(lupus))
    assert {"UPCR", "DIED", "LIVING", "EBMT_2025", "POINTS", "DEFAULTS", "GUIDELINES"} <= set(lupus.__all__)


@pytest.mark.parametrize("name", lupus.GUIDELINES)
def test_a_guideline_is_named_by_whose_it_is(name):
    """By its body, author or journal with the year; a trial by its own name, what is only numbered by that."""
    guideline = lupus.GUIDELINES[name]
    assert getattr(lupus, name) is guideline
    years = re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", name)
    assert years == ([guideline.version] if guideline.version.isdigit() else [])
    assert years or name.casefold() in (guideline.name.casefold(), guideline.version.casefold())


# Sources.


def leaves(guard, cite=None):
    """Yield every single criterion within a guard, with the source that it or what holds it has."""
    cite = guard.cite or cite
    parts = (guard.part,) if isinstance(guard, Not) else getattr(guard, "parts", ())
    for part in parts:
        yield from leaves(part, cite)
    if not parts and guard != ALWAYS:
        yield guard, cite


@pytest.mark.parametrize("guideline", GUIDELINES, ids=str)
def test_every_criterion_has_a_source_and_no_recalled_one_is_hard(guideline):
    """Whatever is asked names where it comes from, and what is only recalled stays soft."""
    for row in pathway(guideline).transitions:
        for guard in (row.when, row.expects):
            for leaf, cite in leaves(guard):
                assert cite is not None, f"{row}: {leaf}"
        for leaf, cite in leaves(row.when):
            assert cite.certainty is not Certainty.RECALLED, f"{row}: {leaf}"


@pytest.mark.parametrize("guideline", GUIDELINES, ids=str)
def test_every_guideline_decides_something_of_its_own(guideline):
    """A default guideline changes nothing when it is named, and any other changes what is decided."""
    assert (pathway(guideline) == PATHWAY) == (guideline in DEFAULTS)


def test_the_pathway_is_built_under_guidelines():
    """The default guidelines give the reference pathway, later ones win, and a foreign one is refused."""
    assert pathway(KDIGO_2024, EBMT_2025) == PATHWAY
    assert pathway(LIST, EBMT_2025) == PATHWAY
    assert pathway(KDIGO_2024, LIST) == pathway(LIST) != PATHWAY
    wrong = Guideline("Foreign", "1", KDIGO_2024.cite, {"skin_score": Requirements()})
    with pytest.raises(PathwayError, match="Foreign 1 decides 'skin_score', which this pathway does not ask"):
        pathway(wrong)


def test_certainty_stands_in_every_citation_and_shows():
    """What was read at second hand, or is only recalled, says so wherever it decides."""
    told = str(TREATED.consider("response_assessed", day=200, upcr=0.4))
    assert "[KDIGO 2024 (confirmed at second hand)]" in told
    assert "(recalled)" in str(TREATED.consider("refractory_declared", day=300, upcr=3))


# Guidelines.


def under(guideline, last):
    """Return Eva's journey through an event, under a guideline, whatever it would have departed from."""
    number = [r.event for r in EVA].index(last)
    return Journey.replay(pathway(guideline), EVA[: number + 1], on_deviation="record")


def test_kdigo_asks_for_proteinuria_and_stable_kidneys():
    """Below 0.5 g/g with 85 % of the eGFR is complete; half of 3.4 is partial; more than half is neither."""
    assess = TREATED.consider
    assert assess("response_assessed", day=200, upcr=0.499, egfr=66.3).target.name == "complete_response"
    assert assess("response_assessed", day=200, upcr=1.7, egfr=66.3).target.name == "partial_response"
    assert assess("response_assessed", day=200, upcr=1.701, egfr=66.3).target.name == "immunosuppression"
    assert assess("response_assessed", day=200, upcr=0.499, egfr=66.3).allowed
    assert opened(TREATED, "response_assessed", 200, upcr=0.499, egfr=66.2) == ["kidney function stable"]


def test_eulars_milestones_fall_at_three_six_and_twelve_months():
    """A quarter off by three months, half by six, below 0.7 g/g by twelve: one missed is enough."""
    treated = under(EULAR_2025, IS)
    missed = "a milestone of 3, 6 or 12 months missed"
    for month, kept, lost in ((3, 2.55, 2.551), (6, 1.7, 1.701), (12, 0.699, 0.7)):
        day = 45 + months(month)
        assert opened(treated, "course_failed", day, upcr=kept) == [missed]
        assert opened(treated, "course_failed", day, upcr=lost) == []
        assert opened(treated, "course_failed", day - 1, upcr=lost) == [missed]
    assert opened(treated, "response_assessed", 200, upcr=0.4, egfr=62.3) == ["eGFR kept to 80 %"]
    assert opened(treated, "response_assessed", 200, upcr=0.4, egfr=62.4) == []
    assert opened(treated, "response_assessed", 45 + months(12) + 1, upcr=1, egfr=78) == ["below 0.7 g/g after a year"]


def test_acr_calls_refractory_only_what_failed_two_courses():
    """One failed course is enough for KDIGO; ACR waits for the second."""
    first = TREATED.advance("course_failed", day=300, upcr=3)
    assert opened(first, "refractory_declared", 301, upcr=3, adherent=True) == []
    strict = Journey.replay(pathway(ACR_2024), first.steps)
    named = ["two courses of standard therapy failed"]
    assert opened(strict, "refractory_declared", 301, upcr=3, adherent=True) == named
    second = strict.advance(IS, day=310, agent="rituximab", upcr=3, egfr=70).advance("course_failed", day=520, upcr=3)
    assert opened(second, "refractory_declared", 521) == []
    entered = Journey(pathway(ACR_2024)).advance(
        "enrolled", status_at_entry="immunosuppression", prior_failed_courses=2
    )
    assert opened(entered, "refractory_declared", None) == []


def test_acr_asks_why_a_kidney_is_biopsied():
    """Proteinuria above 0.5 g/g or a kidney function that is impaired without another cause."""
    patient = Journey(pathway(ACR_2024)).advance("nephritis_diagnosed", day=0, upcr=0.5)
    named = ["proteinuria, or kidney function impaired"]
    assert opened(patient, "kidney_biopsy_reported", 1, ln_class="III", kidney_impaired=False) == named
    assert opened(patient, "kidney_biopsy_reported", 1, ln_class="III", kidney_impaired=True) == []
    assert opened(patient, "kidney_biopsy_reported", 1, ln_class="III", upcr=0.501) == []


@examples(3)
@given(
    st.integers(0, 60), st.integers(0, 120), st.integers(0, 800), st.integers(0, 1600),
    st.integers(0, 40), st.integers(0, 40), st.integers(0, 4), st.booleans(),
)  # fmt: skip
def test_flares_are_graded_as_kdigo_2012_does(creat_0, creat_1, upcr_0, upcr_1, red_0, red_1, acantho, casts):
    """Mild by the sediment, moderate and severe by creatinine and proteinuria, from the values at the response."""
    creatinine = [tenths / 10 for tenths in (creat_0, creat_1)]
    protein = [hundredths / 100 for hundredths in (upcr_0, upcr_1)]
    journey = taken(
        Journey(PATHWAY),
        record("enrolled", status_at_entry="complete response", creatinine=creatinine[0], upcr=protein[0],
               urine_red_cells=red_0),
        record("results_recorded", creatinine=creatinine[1], upcr=protein[1], urine_red_cells=red_1,
               acanthocytes=acantho, new_casts=casts),
    )  # fmt: skip
    rise, low = creat_1 - creat_0, creat_0 < 20
    gain = upcr_1 - upcr_0
    severe = rise > (10 if low else 15) or gain > 500
    moderate = not severe and (
        rise >= (2 if low else 4)
        or (upcr_0 < 50 and upcr_1 >= 100)
        or (50 <= upcr_0 <= 100 and upcr_1 >= 200)
        or (upcr_0 > 100 and upcr_1 >= 2 * upcr_0)
    )
    mild = (red_0 < 5 and red_1 > 15 and acantho >= 2) or casts
    chart = journey.chart
    graded = [chart.check(guard) is Verdict.MET for guard in (MILD_FLARE, MODERATE_FLARE, SEVERE_FLARE)]
    assert graded == [mild, moderate, severe]


def test_kdigo_2012_asks_for_a_flare_of_some_severity():
    """A little more protein than at the response is no flare under KDIGO 2012, and is a relapse by default."""
    at_response = {"upcr": 0.2, "egfr": 80, "creatinine": 0.8, "urine_red_cells": 2}
    now = {"upcr": 0.7, "creatinine": 0.8, "urine_red_cells": 3, "acanthocytes": 0, "new_casts": False}
    default = TREATED.advance("response_assessed", day=200, **at_response)
    assert opened(default, "relapse_diagnosed", 400, **now) == []
    graded = Journey.replay(pathway(KDIGO_2012_FLARES), default.steps)
    assert opened(graded, "relapse_diagnosed", 400, **now) == ["a mild, moderate or severe flare"]
    assert opened(graded, "relapse_diagnosed", 400, **now | {"upcr": 1}) == []


def test_the_trials_ask_what_their_protocols_say():
    """LIST takes 18 to 60, ASTIL 16 to 60, after six months of therapy, with BILAG A and a recent biopsy."""
    fit = {"bilag_kidney": "A", "disease_duration": 6}
    for guideline, youngest, months_of_biopsy in ((LIST, 18, 11), (ASTIL, 16, 12)):
        evaluated = under(guideline, "hsct_evaluation_started")
        ages = f"{youngest} to 60 years old"
        assert opened(evaluated, ACCEPT, 260, **fit) == []
        for age, wrong in ((youngest - 1, [ages]), (youngest, []), (60, []), (61, [ages])):
            patient = evaluated.advance("results_recorded", day=255, age=age)
            assert opened(patient, ACCEPT, 260, **fit) == wrong
        named = ["a biopsy not older than 11 months" if guideline is LIST else "a biopsy less than 12 months old"]
        latest = 40 + months(months_of_biopsy) - (guideline is ASTIL)
        assert opened(evaluated, ACCEPT, latest, **fit) == []
        assert opened(evaluated, ACCEPT, latest + 1, **fit) == named
        assert opened(evaluated, ACCEPT, 260, **fit | {"bilag_kidney": "B"}) == ["BILAG A in the kidney"]
        early = Journey.replay(pathway(guideline), TREATED.steps)
        assert "six months of therapy in the last course" in opened(early, "hsct_evaluation_started", 45 + 182)
        assert opened(early, "hsct_evaluation_started", 45 + 183) == []
    astil = under(ASTIL, "hsct_evaluation_started")
    assert opened(astil, ACCEPT, 260, bilag_kidney="A", disease_duration=5) == ["lupus for more than five years"]
    assert opened(astil, ACCEPT, 260, **fit | {"egfr": 30}) == ["creatinine clearance above 30"]
    scarred = taken(under(LIST, "hsct_evaluation_started"), record("kidney_biopsy_reported", 256, ln_class="IV(C)"))
    assert opened(scarred, ACCEPT, 260, **fit) == ["class III or IV, not only chronic"]
    membranous = taken(astil, record("kidney_biopsy_reported", 256, ln_class="V"))
    assert opened(membranous, ACCEPT, 260, **fit) == ["class III or IV"]
    list_ = under(LIST, IS)
    weak = Journey.replay(list_.pathway, list_.steps).advance(
        "agent_started", day=50, added_agent="MMF", mycophenolate_dose=1.5
    )
    assert opened(weak, "hsct_evaluation_started", 300) == [
        "cyclophosphamide pulses, or mycophenolate at 2 g/d or more"
    ]


def test_jinling_asks_for_mononuclear_cells_as_well():
    """More than 2 ×10⁶/kg CD34+ and more than 2 ×10⁸/kg mononuclear cells."""
    collecting = under(JINLING, "g_csf_started")
    both = ["enough CD34+ cells collected", "enough mononuclear cells collected"]
    for cells, wrong in (
        ({"cd34_collected": 2, "mnc_collected": 2}, both),
        ({"cd34_collected": 2.01, "mnc_collected": 2.01}, []),
    ):
        assert opened(collecting.advance("stem_cells_collected", day=281, **cells), "graft_stored", 281) == wrong
    early = Journey.replay(pathway(JINLING), TREATED.steps)
    assert opened(early, "hsct_evaluation_started", 60) == ["no response after six months, or relapse"]


def test_graft_failure_may_count_to_day_28():
    """Older texts declare primary graft failure two days earlier."""
    aplastic = Journey.replay(pathway(BEFORE_ASTCT_2024), APLASTIC.steps)
    assert opened(APLASTIC, "primary_graft_failure_declared", 328) == ["day 30 after reinfusion, or later"]
    assert opened(aplastic, "primary_graft_failure_declared", 328) == []
    assert opened(aplastic, "primary_graft_failure_declared", 327) == ["day 28 after reinfusion, or later"]


def test_remission_without_drugs_asks_for_the_dose_of_prednisone():
    """Under Burt 2018 remission is 10 mg of prednisone or less and nothing else, whatever the SLEDAI."""
    patient = under(BURT_2018, "immune_reconstitution_documented")
    assert (
        patient.consider("response_assessed", day=510, sledai=4, prednisone_dose=10).target.name
        == "post_hsct_remission"
    )
    more = patient.consider("response_assessed", day=510, sledai=0, prednisone_dose=10.5, upcr=3)
    assert more.target.name == "post_hsct_no_response"


INTENSITIES = {
    "low": LOW_INTENSITY,
    "intermediate": INTERMEDIATE_INTENSITY,
    "high": HIGH_INTENSITY,
}


@pytest.mark.parametrize(
    ("name", "intensity"),
    [
        ("CYC + ATG", "intermediate"),
        ("CYC + ATG, Traynor", "intermediate"),
        ("CYC + ATG + rituximab", "intermediate"),
        ("CYC + alemtuzumab", "intermediate"),
        ("CYC 160 + ATG", "intermediate"),
        ("CYC + ATG, children", "intermediate"),
        ("CYC + fludarabine + rituximab", "low"),
        ("CYC alone", "low"),
        ("CYC alone, reduced", "low"),
        ("BEAM", "intermediate"),
        ("melphalan + etoposide", "intermediate"),
        ("CYC + TBI", "high"),
        ("busulfan + CYC", "high"),
        ("CYC + lymphoid irradiation", "intermediate"),
    ],
)
def test_the_intensity_of_conditioning_follows_from_what_was_given(name, intensity):
    """The published regimens fall into the classes of the EBMT, each into one, and each can be recorded."""
    findings = CONDITIONING_REGIMENS[name].findings
    chart = Chart.of(*findings)
    assert [named for named, guard in INTENSITIES.items() if chart.check(guard) is Verdict.MET] == [intensity]
    fit = {key: value for key, value in ABLATE.items() if key not in {"conditioned_with", "cyclophosphamide_total"}}
    decision = STORED.consider("conditioning_started", *findings, day=295, **fit)
    assert not [verdict for _, verdict in decision.waivable if verdict is Verdict.UNMET]


def test_what_is_not_recorded_has_no_intensity():
    """A conditioning of which nothing is known is of no class."""
    assert {Chart.of().check(guard) for guard in INTENSITIES.values()} == {Verdict.UNKNOWN}


def test_every_published_regimen_can_be_recorded():
    """The findings of a regimen are those of the event it belongs to."""
    biopsied, consented = through("kidney_biopsy_reported"), through("consent_signed")
    for regimen in STANDARD_REGIMENS.values():
        assert biopsied.advance(IS, *regimen.findings, day=50).state.name == "immunosuppression"
    for regimen in MOBILISATION_REGIMENS.values():
        mobilised = consented.advance("mobilisation_started", *regimen.findings, day=270, pregnant=False)
        assert mobilised.state.name == "mobilisation"


def test_mortality_by_cause_follows_from_the_record():
    """Treatment-related and non-relapse death are different questions about the same journey."""
    early = ENGRAFTED.advance("died", day=320, cause_of_death="treatment").chart
    after_relapse = Journey.replay(PATHWAY, EVA).advance("died", day=1600, cause_of_death="disease").chart
    accident = REMISSION.advance("died", day=1600, cause_of_death="other").chart
    before_transplant = TREATED.advance("died", day=50, cause_of_death="disease").chart
    asked_of = (early, after_relapse, accident, before_transplant)
    assert [chart.check(TREATMENT_RELATED_DEATH).mark for chart in asked_of] == ["✓", "✗", "✗", "✗"]
    assert [chart.check(NON_RELAPSE_DEATH).mark for chart in asked_of] == ["✓", "✗", "✓", "✗"]
    assert ENGRAFTED.advance("died").chart.check(TREATMENT_RELATED_DEATH) is Verdict.UNKNOWN
    assert REMISSION.chart.check(NON_RELAPSE_DEATH) is Verdict.UNMET


# Entry in mid-course.


@pytest.mark.parametrize("status", lupus.states.AT_ENTRY)
def test_a_patient_may_be_entered_anywhere(status):
    """Registries and reports begin in mid-course, with the courses and transplants before it."""
    patient = Journey(PATHWAY).advance("enrolled", status_at_entry=status)
    assert patient.state == lupus.states.AT_ENTRY[status]
    assert patient.deviations == ()


def test_transplants_before_entry_count():
    """A secondary autoimmune disease may follow a transplant that was done elsewhere."""
    entered = Journey(PATHWAY).advance("enrolled", status_at_entry="remission after transplant", prior_transplants=1)
    assert entered.consider("secondary_autoimmune_disease_diagnosed").allowed
    entered = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", prior_transplants=0)
    assert entered.consider("secondary_autoimmune_disease_diagnosed").closed


def test_conditioning_interrupted_does_not_close_reinfusion():
    """Without the last dose the cells may be given, with a reason for that alone."""
    started = through("conditioning_started")
    assert opened(started, "cells_reinfused", 299, cd34_infused=4) == [
        "conditioning is complete",
        "two days after full-dose cyclophosphamide",
    ]
    assert (
        started.advance(
            "cells_reinfused",
            day=SAME_DAY,
            cd34_infused=4,
            override=dict.fromkeys(opened(started, "cells_reinfused", 299, cd34_infused=4), "sepsis, stopped"),
        ).state.name
        == "aplasia"
    )


def test_fitness_is_asked_for_again_at_every_step():
    """A pregnancy test from before mobilisation says nothing about conditioning."""
    tested = through("consent_signed").advance("results_recorded", day=263, pregnant=False)
    tested = taken(tested, record("mobilisation_started", 270), *EVA[13:15])
    assert tested.chart[lupus.PREGNANT].value is False
    missing = {fact.name for fact in tested.consider("conditioning_started", day=295).missing}
    assert missing >= {"pregnant", "uncontrolled_infection"}


@examples(0.5)
@given(st.data())
def test_every_decision_on_the_reference_pathway_can_be_told(data):
    """Whatever is asked of the clinical pathway, a refusal names a criterion or what is missing."""
    journey = data.draw(testing.journeys(PATHWAY))
    for decision in journey.options():
        told = str(decision)
        assert decision.allowed == (": may happen (" in told)
        assert decision.allowed or decision.lacking or "✗" in told or "?" in told


def test_a_relapse_is_judged_by_the_response_before_it():
    """After a complete response 0.5 g/g is passed; after a partial one proteinuria has doubled to over 1 g/g."""
    partial = TREATED.advance("response_assessed", day=200, upcr=1.5, egfr=80)
    assert opened(partial, "relapse_diagnosed", 300, upcr=2.999) == ["proteinuria has doubled"]
    assert opened(partial, "relapse_diagnosed", 300, upcr=3) == []
    complete = TREATED.advance("response_assessed", day=200, upcr=0.2, egfr=80)
    assert opened(complete, "relapse_diagnosed", 300, upcr=0.5) == ["proteinuria has returned"]
    assert opened(complete, "relapse_diagnosed", 300, upcr=0.501) == []


def test_remission_is_a_sledai_below_three_after_the_transplant():
    """A SLEDAI of 2 after reinfusion is remission, one of 3 is not, and one from before says nothing."""
    assess = ENGRAFTED.consider
    assert assess("response_assessed", day=500, sledai=2).target.name == "post_hsct_remission"
    assert assess("response_assessed", day=500, sledai=3, upcr=1.5).target.name == "post_hsct_partial_response"
    assert assess("response_assessed", day=500, sledai=3, upcr=1.501).target.name == "post_hsct_no_response"
    assert assess("response_assessed", day=300 + 90, sledai=3, upcr=3).target.name == "engrafted"
    assert assess("response_assessed", day=300 + 91, sledai=3, upcr=3).target.name == "post_hsct_no_response"
    assert opened(ENGRAFTED, "response_assessed", 300 + 90, sledai=0) == ["three months after transplant"]
    assert opened(ENGRAFTED, "response_assessed", 300 + 91, sledai=0) == []
    assert not assess("response_assessed", day=500).allowed


def test_class_v_is_treated_when_nephrotic():
    """Three grams are nephrotic; a nephrotic syndrome counts where proteinuria is not recorded otherwise."""
    biopsied = taken(
        Journey(PATHWAY), record("nephritis_diagnosed", 0), record("kidney_biopsy_reported", 1, ln_class="V")
    )
    assert opened(biopsied, IS, 2, upcr=3) == []
    assert opened(biopsied, IS, 2, upcr=2.999) == [
        "active class III or IV, or nephrotic, or for lupus without nephritis"
    ]
    assert opened(biopsied, "surveillance_started", 2, upcr=2.999) == []
    assert opened(biopsied, "surveillance_started", 2, upcr=3) == [
        "neither active class III or IV, nor nephrotic class I, II or V"
    ]
    assert opened(taken(biopsied, record("kidney_biopsy_reported", 2, ln_class="II")), IS, 2, upcr=2) != []


# Codes.

_VERHOEFF_D = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]  # fmt: skip
_VERHOEFF_P = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    _VERHOEFF_P.append([_VERHOEFF_P[-1][digit] for digit in _VERHOEFF_P[1]])


def verhoeff(digits):
    """Return whether the check digit of a SNOMED CT identifier is right."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _VERHOEFF_D[check][_VERHOEFF_P[place % 8][int(digit)]]
    return check == 0


def luhn(digits):
    """Return whether the check digit of a LOINC code is right."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code.system} {code.code}")
def test_every_code_is_well_formed_and_means_something_here(code):
    """The check digits of LOINC and SNOMED CT are right, and what is coded is part of the pathway."""
    assert code.thing in (*PATHWAY.facts, *PATHWAY.events, *PATHWAY.states)
    assert not code.option or code.option in code.thing.options
    if code.system == LOINC:
        assert luhn(code.code.replace("-", ""))
    elif code.system == SNOMED_CT:
        assert verhoeff(code.code)
    elif code.system == ICD_10_CM:
        assert code.code[0].isalpha()
        assert len(code.code.replace(".", "")) in range(3, 8)
    else:
        assert len(code.code) == 7


def test_no_code_is_given_twice():
    """A code stands once for each thing, and can be found from it."""
    seen = [(code.thing.name, code.system, code.code) for code in CODES]
    assert len(seen) == len(set(seen))
    assert all(code in codes_of(code.thing) for code in CODES)
    assert codes_of(lupus.SEX) == ()


# Boundaries that no row above crosses.


def test_a_partial_response_is_below_three_grams():
    """Half of eight grams is four, and not enough; below three it is."""
    heavy = taken(entered("refractory", ln_class="IV"), record(IS, 1, agent="MMF", upcr=8, egfr=80))
    assert heavy.consider("response_assessed", day=200, upcr=2.999, egfr=80).target.name == "partial_response"
    assert heavy.consider("response_assessed", day=200, upcr=3, egfr=80).target.name == "immunosuppression"
    conditioned = taken(STORED, record("results_recorded", 290, upcr=8), *EVA[15:19])
    assess = conditioned.consider
    assert assess("response_assessed", day=500, sledai=9, upcr=2.999).target.name == "post_hsct_partial_response"
    assert assess("response_assessed", day=500, sledai=9, upcr=3).target.name == "post_hsct_no_response"


def test_a_relapse_after_transplant_is_a_sledai_above_that_at_response():
    """As many points as at the response are no relapse; one more is."""
    named = ["disease activity has returned"]
    same = {"nephrotic_syndrome": False, "upcr": 0.5}
    assert opened(REMISSION, "relapse_diagnosed", 900, sledai=0, **same) == named
    assert opened(REMISSION, "relapse_diagnosed", 900, sledai=1, **same) == []
    assert opened(REMISSION, "relapse_diagnosed", 900, sledai=0, nephrotic_syndrome=False, upcr=0.501) == []


def test_eular_treats_class_v_above_a_gram_despite_raas_blockade():
    """One gram is not above one gram, and without RAAS blockade it is not despite it."""
    biopsied = Journey(pathway(EULAR_2025)).advance("kidney_biopsy_reported", day=0, ln_class="V")
    for findings, treated in (
        ({"upcr": 1.001, "raas_blockade": True}, True),
        ({"upcr": 1, "raas_blockade": True}, False),
        ({"upcr": 2, "raas_blockade": False}, False),
    ):
        assert (opened(biopsied, IS, 1, **findings) == []) == treated
        assert (opened(biopsied, "surveillance_started", 1, **findings) == []) != treated


@pytest.mark.parametrize(("courses", "referred"), [(0, False), (1, True)])
def test_a_course_that_failed_before_entry_counts(courses, referred):
    """One failed course before entry is enough to be referred."""
    patient = entered("immunosuppression", prior_failed_courses=courses)
    assert patient.consider("hsct_evaluation_started", indication="kidney").allowed == referred


@pytest.mark.parametrize(("lasted", "enough"), [(5, False), (6, True)])
def test_therapy_before_entry_counts(lasted, enough):
    """Six months of a course that began before entry are six months of therapy."""
    patient = entered("immunosuppression", months_of_therapy=lasted, upcr=4)
    named = ["six months of therapy, or three and worsening"]
    findings = {"upcr": 4, "adherent": True, "worsening": False}
    assert opened(patient, "refractory_declared", 10, **findings) == ([] if enough else named)


@pytest.mark.parametrize(("age_of_biopsy", "recent"), [(12, True), (13, False)])
def test_a_biopsy_before_entry_counts(age_of_biopsy, recent):
    """The age of a biopsy that is no event of its own is asked in months."""
    patient = entered("refractory", age=30, ln_class="IV").advance(
        "hsct_evaluation_started", indication="kidney", ecog=1
    )
    named = [] if recent else ["a biopsy not older than 12 months"]
    assert opened(patient, ACCEPT, None, biopsy_age=age_of_biopsy) == named


@pytest.mark.parametrize(("total", "fit"), [(199, True), (200, False)])
def test_full_dose_cyclophosphamide_begins_at_200(total, fit):
    """Below 200 mg/kg a weak heart is not asked about."""
    weak = STORED.advance("results_recorded", day=290, lvef=20)
    regimen = ABLATE | {"cyclophosphamide_total": total}
    assert (opened(weak, "conditioning_started", 295, **regimen) == []) == fit


def test_grafts_stored_before_entry_can_be_used():
    """A graft that was stored elsewhere is a graft."""
    patient = taken(
        entered("relapse after transplant", sex="male", age=40),
        record("earlier_graft_reported", 1),
        record("hsct_evaluation_started", 5, indication="other organ", ecog=1, lvef=60, egfr=90),
        record(ACCEPT, 9),
        record("consent_signed", 10),
        record("conditioning_started", 20, **ABLATE | {"pregnant": None}),
    )
    assert patient.deviations == ()


def test_a_transplant_called_off_after_conditioning_needs_a_reason():
    """Counts may recover without the cells, but nobody plans for it."""
    assert opened(CONDITIONED, "recovered_without_cells", 310) == ["cells are given back once conditioning has begun"]
    given_up = CONDITIONED.advance("recovered_without_cells", day=310, override="counts recovered without the cells")
    assert given_up.state.name == "hsct_declined"


def test_agents_added_stopped_and_not_tolerated_are_told_apart():
    """What was stopped or not tolerated does not become what is given."""
    patient = taken(
        TREATED,
        record("agent_started", 50, added_agent="HCQ"),
        record("agent_not_tolerated", 60, intolerant_of="MMF"),
        record("agent_stopped", 60, stopped_agent="MMF"),
    )
    assert patient.chart[lupus.AGENT].value == {"mycophenolate"}
    assert patient.chart[lupus.ADDED_AGENT].value == {"hydroxychloroquine"}
    assert patient.chart[lupus.INTOLERANT_OF].value == {"mycophenolate"}
    assert opened(APLASTIC, "agent_started", 303, added_agent="CYC") == ["no immunosuppressant beside the conditioning"]
    assert opened(APLASTIC, "agent_started", 303, added_agent="prednisone") == []


def test_the_living_are_everyone_but_the_dead():
    """Every state that is not final is in the group of the living."""
    assert set(lupus.LIVING.states) == {state for state in PATHWAY.states if not state.final}


def test_without_a_graft_nobody_is_ablated_wherever_the_record_began():
    """A graft that nobody reported does not exist, whatever the reason, for those entered in mid-course as well."""
    patient = taken(
        entered("refractory", sex="male", age=40),
        record("hsct_evaluation_started", 5, indication="other organ", ecog=1, lvef=60, egfr=90),
        record(ACCEPT, 9),
        record("consent_signed", 10),
    )
    assert patient.consider("conditioning_started", day=20, **ABLATE | {"pregnant": None}).closed


def test_a_transplant_before_entry_is_dated_by_entry_or_as_reported():
    """Months since entry prove as much, months reported before entry add to it, and neither is unknown."""
    patient = entered("engrafted", sledai=9)
    soon = {"sledai": 0}
    assert opened(patient, "response_assessed", 90, **soon) == ["three months after transplant"]
    assert patient.consider("response_assessed", day=90, **soon).tried[0].criteria[-1].verdict is not Verdict.UNMET
    assert opened(patient, "response_assessed", 91, **soon) == []
    reported = entered("engrafted", sledai=9, months_since_transplant=3)
    assert opened(reported, "response_assessed", 1, **soon) == []


def test_a_pregnancy_or_infection_that_is_known_stays_known():
    """Whatever was reported since, a positive finding closes the way until a negative one is recorded."""
    ready = taken(STORED, record("infection_reported", 285, uncontrolled_infection=False))
    pregnant = ready.advance("pregnancy_reported", day=286, pregnant=True)
    infected = taken(
        STORED,
        record("infection_reported", 285, uncontrolled_infection=True),
        record("complication_reported", 286, complication="thrombosis"),
    )
    untold = {key: value for key, value in ABLATE.items() if key not in {"pregnant", "uncontrolled_infection"}}
    for closed in (pregnant, infected):
        assert closed.consider("conditioning_started", day=295, **untold).closed
        assert closed.consider("conditioning_started", day=295, **ABLATE).allowed
    found = taken(through("refractory_declared"), record("pregnancy_reported", 249, pregnant=True), *EVA[7:10])
    assert found.consider("mobilisation_started", day=270).closed


def test_a_relapse_is_closed_where_the_record_shows_no_response():
    """On a record that is complete from the diagnosis, an earlier response cannot be merely asserted."""
    assert TREATED.consider("relapse_diagnosed", day=100, upcr=4).closed
    assert TREATED.consider("relapse_diagnosed", day=100, upcr=4, prior_response=True).closed
    patient = entered("immunosuppression")
    assert patient.consider("relapse_diagnosed", day=100, prior_response=True).allowed


def test_graft_failure_after_entry_knows_whether_the_graft_had_taken():
    """Who was entered as engrafted can lose the graft a second time, and not for the first time."""
    patient = entered("engrafted")
    assert patient.consider("secondary_graft_failure_declared", day=40).allowed
    failed = taken(
        patient,
        record("earlier_graft_reported", 1, cd34_collected=3),
        record("secondary_graft_failure_declared", 40),
        record("backup_graft_reinfused", 41, cd34_infused=2),
    )
    assert failed.consider("primary_graft_failure_declared", day=80).closed
    assert failed.consider("secondary_graft_failure_declared", day=80).allowed


def test_an_assessment_rests_on_what_was_measured_since_the_last():
    """Neither the values of a response before a relapse, nor those of the last assessment, are today's."""
    relapsed = taken(
        TREATED,
        record("response_assessed", 200, upcr=0.2, egfr=80),
        record("relapse_diagnosed", 500, upcr=2),
        record("hsct_evaluation_started", 510, indication="other organ"),
        record("declined_for_hsct", 520),
    )
    assert not relapsed.consider("response_assessed", day=600).allowed
    complete = TREATED.advance("response_assessed", day=200, upcr=0.2, egfr=80)
    assert not complete.consider("response_assessed", day=4000).allowed


def test_months_after_entry_count_as_therapy():
    """A year after entry under therapy, a response may be assessed and therapy may have failed."""
    patient = entered("immunosuppression", months_of_therapy=2, ln_class="IV", upcr=4, egfr=80)
    assert opened(patient, "response_assessed", 400, upcr=0.3, egfr=80) == ["kidney function stable"]
    named = "six months of therapy, or three and worsening"
    assert named not in opened(patient, "refractory_declared", 400, upcr=4, adherent=True)
    assert named in opened(patient, "refractory_declared", 30, upcr=4, adherent=True)


def test_what_was_added_or_stopped_decides_whether_one_is_off_therapy():
    """Tacrolimus added after the transplant is immunosuppression, prednisone and hydroxychloroquine are not."""
    later = {"day": 300 + years(3)}
    for agent, off in (("tacrolimus", False), ("HCQ", True), ("prednisone", True)):
        patient = REMISSION.advance("agent_started", day=800, added_agent=agent)
        assert (opened(patient, "live_vaccine_given", **later) == []) == off
    stopped = entered("immunosuppression").advance("immunosuppression_stopped", day=10)
    assert "off immunosuppression" not in opened(stopped, "live_vaccine_given", 20)
