"""What clinicians' words mean here: criteria with a name, used by guidelines and rows alike.

Whoever models another disease writes these anew; an app may ask them of any chart, as in
``journey.chart.check(NON_RELAPSE_DEATH)``.
"""

from typing import TYPE_CHECKING

from hscpath.citations import BY_DEFINITION, Citation
from hscpath.criteria import Criterion, Occasion, after
from hscpath.days import months
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.facts import (
    ACTIVE_PROLIFERATIVE,
    CLASSES_III_AND_IV,
    LN_CLASSES,
    MEMBRANOUS_ONLY_ACTIVE,
    NO_NEPHRITIS,
    NOT_ADEQUATE,
)
from hscpath.lupus.sources import *
from hscpath.pathway import Requirements

_IMPORTED = frozenset(globals())

# Entry in mid-course, and what it stands for.

ENTERED = ENROLLED.happened()
AFTER_TRANSPLANT_AT_ENTRY = (
    "engrafted",
    "remission after transplant",
    "partial response after transplant",
    "no response after transplant",
    "relapse after transplant",
)
IN_MID_COURSE = ENTERED.named("entered in mid-course", BY_DEFINITION, key="entered_in_mid_course")


def entered_as(status: str) -> Criterion:
    """Return the criterion: the patient was entered in mid-course with this status."""
    return STATUS_AT_ENTRY.one_of(status).named(
        f"entered as {status}", BY_DEFINITION, key=f"entered_as_{status.lower().replace(' ', '_')}"
    )


TRANSPLANTED = (
    CELLS_REINFUSED.count.including(PRIOR_TRANSPLANTS).called("stem-cell transplants").at_least(1)
    | (ENTERED & STATUS_AT_ENTRY.one_of(*AFTER_TRANSPLANT_AT_ENTRY))
).named("after a stem-cell transplant", BY_DEFINITION, key="transplanted")


def since_transplant(*, at_least: int) -> Criterion:
    """Return the criterion: the stem-cell transplant was at least so many months ago, here or before entry."""
    elsewhere = ENROLLED.happened(at_least_ago=months(at_least)) | MONTHS_SINCE_TRANSPLANT.at_least(at_least)
    return CELLS_REINFUSED.happened(at_least_ago=months(at_least)) | (~CELLS_REINFUSED.happened() & elsewhere)


# Baselines.

BASELINE_EGFR = EGFR.at(IMMUNOSUPPRESSION_STARTED).called("baseline eGFR")
BASELINE_UPCR = UPCR.at(IMMUNOSUPPRESSION_STARTED).called("baseline UPCR")
RESPONSE_UPCR = UPCR.at(RESPONSE).called("UPCR at response")
RESPONSE_CREATININE = CREATININE.at(RESPONSE).called("creatinine at response")
RESPONSE_RED_CELLS = URINE_RED_CELLS.at(RESPONSE).called("urine red cells at response")
RESPONSE_SLEDAI = SLEDAI.at(RESPONSE).called("SLEDAI at response")
UPCR_BEFORE_TRANSPLANT = UPCR.at(CONDITIONING_STARTED).called("UPCR before transplant")
CLASS_BEFORE = LN_CLASS.at(CLASS_GIVEN).called("class of the biopsy before")

# Biopsy.


def class_of(*labels: str) -> Criterion:
    """Return the criterion: the last biopsy gave one of these classes."""
    return LN_CLASS.one_of(*labels, since=CLASS_GIVEN)


CLASSED = LN_CLASS.one_of(*LN_CLASSES).named(
    "the biopsy shows a class of lupus nephritis", WEENING_2004, key="class_of_nephritis_shown"
)
ACTIVE_III_OR_IV = class_of(*ACTIVE_PROLIFERATIVE).named(
    "class III or IV, not only chronic", key="active_class_iii_or_iv"
)
CLASS_V = class_of(*MEMBRANOUS_ONLY_ACTIVE).named("class V, alone or with chronic III or IV", key="class_v")
CLASS_III_OR_IV = class_of(*CLASSES_III_AND_IV).named("class III or IV", key="class_iii_or_iv")
NEPHROTIC = (UPCR.at_least("3 g/g") | (NEPHROTIC_SYNDROME.is_true() & ~UPCR.below("3 g/g"))).named(
    "nephrotic", PODOCYTOPATHIES_2020, key="nephrotic"
)
NEEDS_IMMUNOSUPPRESSION = ACTIVE_III_OR_IV | ((CLASS_V | class_of("I", "II")) & NEPHROTIC)

OWN_KIDNEY = ~KIDNEY_TRANSPLANT_PERFORMED.happened(since=KIDNEY_BIOPSY_REPORTED)
SCLEROSIS_BEFORE = KIDNEY_BIOPSY_REPORTED.happened() & CLASS_BEFORE.one_of("VI") & OWN_KIDNEY
SCLEROSIS_STAYS = (~(SCLEROSIS_BEFORE & ~LN_CLASS.one_of("VI", NOT_ADEQUATE))).named(
    "advanced sclerosis does not revert in the same kidney", WEENING_2004.recalled, key="sclerosis_stays"
)

NEPHRITIS_KNOWN = (
    NEPHRITIS_DIAGNOSED.happened()
    | (CLASS_GIVEN.happened() & (class_of(*LN_CLASSES) | (class_of(NOT_ADEQUATE) & LUPUS_NEPHRITIS.is_true())))
    | (ENTERED & (LUPUS_NEPHRITIS.is_true() | STATUS_AT_ENTRY.one_of("nephritis diagnosed", "biopsied")))
).named("lupus nephritis is known", BY_DEFINITION, key="nephritis_known")
NEPHRITIS_IS_NEW = (~NEPHRITIS_KNOWN).cited(BY_DEFINITION).keyed("nephritis_is_new")

# Standard therapy. What is compared with a baseline has to be measured after it.

ON_DIALYSIS = (DIALYSIS_STARTED.happened() & ~DIALYSIS_ENDED.happened(since=DIALYSIS_STARTED)).named(
    "dialysis under way", BY_DEFINITION, key="dialysis_under_way"
)
OFF_DIALYSIS = (~ON_DIALYSIS).named("no dialysis under way", BY_DEFINITION, key="off_dialysis")
_STOPPED = OFF_THERAPY.happened() & (~THERAPY.happened() | OFF_THERAPY.happened(since=THERAPY))
_NEVER_GIVEN = ~THERAPY.happened() & (~ENTERED | OTHER_IMMUNOSUPPRESSION.is_false())
_NOTHING_ADDED = ~AGENT_STARTED.happened(since=OFF_THERAPY) | ADDED_AGENT.one_of("hydroxychloroquine", "glucocorticoid")
OFF_IMMUNOSUPPRESSION = ((_STOPPED | _NEVER_GIVEN) & _NOTHING_ADDED).named(
    "off immunosuppression", key="off_immunosuppression"
)
FAILED_COURSES = COURSE_FAILED.count.including(PRIOR_FAILED_COURSES).called("failed courses")
TREATED = (IMMUNOSUPPRESSION_STARTED.happened() | ENTERED).named(
    "immunosuppression was given", BY_DEFINITION, key="immunosuppression_given"
)
FIRST_FAILURE = (~COURSE_FAILED.happened(since=COURSE)).named(
    "not yet said to have failed", BY_DEFINITION, key="course_not_yet_failed"
)
AGENT_GIVEN = SOME_THERAPY.happened().named("some therapy was given", BY_DEFINITION, key="therapy_given")
RESPONDED_BEFORE = (PRIOR_RESPONSE.is_true() & (ENTERED | RESPONSE_ASSESSED.happened())).named(
    "an earlier response", RELAPSE_AFTER_RESPONSE, key="responded_before"
)


def in_course(*, at_least: float) -> Criterion:
    """Return the criterion: the course of therapy has lasted so many months, here or from before entry."""
    from_before = ENROLLED.happened(at_least_ago=months(at_least)) | MONTHS_OF_THERAPY.at_least(at_least)
    return IMMUNOSUPPRESSION_STARTED.happened(at_least_ago=months(at_least)) | (
        ~IMMUNOSUPPRESSION_STARTED.happened() & from_before
    )


def low_egfr(limit: int) -> Criterion:
    """Return the criterion: eGFR below this, of the transplanted kidney where there is one."""
    grafted = KIDNEY_TRANSPLANT_PERFORMED.happened()
    since = after(KIDNEY_TRANSPLANT_PERFORMED)
    return (grafted & EGFR.below(limit, since=since)) | (~grafted & EGFR.below(limit))


# Flares, graded as by KDIGO 2012 from the values at the last response.

_NOW = after(RESPONSE)
_CREATININE_WAS_LOW = RESPONSE_CREATININE.below(2)
MILD_FLARE = (
    (RESPONSE_RED_CELLS.below(5) & URINE_RED_CELLS.above(15, since=_NOW) & ACANTHOCYTES.at_least(2, since=_NOW))
    | NEW_CASTS.is_true(since=_NOW)
).named("mild flare", KDIGO_GN_2012, key="mild_flare")


def _creatinine_rose(low: str, high: str) -> Criterion:
    """Return the criterion: creatinine rose at least so far from below 2 mg/dL, or from above."""
    return (_CREATININE_WAS_LOW & CREATININE.at_least(RESPONSE_CREATININE.plus(low), since=_NOW)) | (
        ~_CREATININE_WAS_LOW & CREATININE.at_least(RESPONSE_CREATININE.plus(high), since=_NOW)
    )


SEVERE_FLARE = (_creatinine_rose("1.01", "1.51") | UPCR.above(RESPONSE_UPCR.plus(5), since=_NOW)).named(
    "severe flare", KDIGO_GN_2012, key="severe_flare"
)
_UPCR_ROSE = (
    (RESPONSE_UPCR.below("0.5") & UPCR.at_least(1, since=_NOW))
    | (RESPONSE_UPCR.at_most(1) & RESPONSE_UPCR.at_least("0.5") & UPCR.at_least(2, since=_NOW))
    | (RESPONSE_UPCR.above(1) & UPCR.at_least(RESPONSE_UPCR.times(2), since=_NOW))
)
AT_LEAST_MODERATE_FLARE = (_creatinine_rose("0.2", "0.4") | _UPCR_ROSE | SEVERE_FLARE).named(
    "moderate or severe flare", KDIGO_GN_2012, key="moderate_or_severe_flare"
)
MODERATE_FLARE = (AT_LEAST_MODERATE_FLARE & ~SEVERE_FLARE).named("moderate flare", KDIGO_GN_2012, key="moderate_flare")

# Towards the transplant.

FOR_THE_KIDNEY = INDICATION.one_of("kidney", since=HSCT_EVALUATION_STARTED)
FOR_MALIGNANCY = INDICATION.one_of("haematological malignancy")
NEPHRITIS_BEFORE_TRANSPLANT = (~FOR_THE_KIDNEY | NEPHRITIS_KNOWN).named(
    "lupus nephritis is known where it is the indication", ALEXANDER_2025, key="nephritis_known_if_indication"
)
SUITABLE_CLASS = (~FOR_THE_KIDNEY | ~class_of("I", "VI", NO_NEPHRITIS)).named(
    "not for the kidney in class I or VI, or without nephritis",
    KDIGO_LN_2024.second_hand,
    key="suitable_class_if_indication",
)
CLASS_III_IV_OR_V = (~FOR_THE_KIDNEY | class_of(*CLASSES_III_AND_IV, "V")).named(
    "class III, IV or V where the kidney is the indication",
    KDIGO_LN_2024.second_hand,
    key="class_iii_iv_or_v_if_indication",
)
INDICATED = NEPHRITIS_BEFORE_TRANSPLANT & SUITABLE_CLASS
FAILED_STANDARD_THERAPY = FAILURE_OF_THERAPY.happened() | (
    ENTERED
    & (
        STATUS_AT_ENTRY.one_of("refractory", "relapsed", "relapse after transplant", "no response after transplant")
        | PRIOR_FAILED_COURSES.at_least(1)
    )
)
ACTIVE_AGAIN = (
    INDICATION.one_of("other organ", "haematological malignancy") | FAILURE_OF_THERAPY.happened(since=after(RESPONSE))
).named("active disease, although in remission", ALEXANDER_2025, key="active_again")
MALE = SEX.one_of("male")


def not_pregnant(since: Occasion) -> Criterion:
    """Return the criterion: a man, or tested since then; a pregnancy that is known stays known."""
    return MALE | (PREGNANT.is_false(since=since) & ~PREGNANT.is_true())


def not_infected(since: Occasion) -> Criterion:
    """Return the criterion: found free of uncontrolled infection since then, and not infected as last reported."""
    return UNCONTROLLED_INFECTION.is_false(since=since) & ~UNCONTROLLED_INFECTION.is_true()


FIT_FOR_MOBILISATION = not_pregnant(HSCT_EVALUATION_STARTED).named(
    "no pregnancy at mobilisation", ASTIL_TRIAL, key="no_pregnancy_at_mobilisation"
)
MOBILISED = MOBILISATION_STARTED.happened(since=CONSENT_SIGNED).named(
    "stem cells were mobilised", BY_DEFINITION, key="mobilised"
)
CHEMOTHERAPY_FIRST = (~G_CSF_STARTED.happened(since=MOBILISATION_STARTED)).named(
    "chemotherapy before G-CSF", LIST_TRIAL.at("G-CSF from day 3"), key="chemotherapy_before_g_csf"
)


def recent_biopsy(name: str, days: int, cite: Citation) -> Criterion:
    """Return the criterion: where the kidney is the indication, the biopsy is at most so many days old."""
    logged = KIDNEY_BIOPSY_REPORTED.happened(at_most_ago=days)
    told = ~KIDNEY_BIOPSY_REPORTED.happened() & BIOPSY_AGE.at_most(days // 30, since=HSCT_EVALUATION_STARTED)
    return (~FOR_THE_KIDNEY | logged | told).named(name, cite, key="recent_biopsy")


# The graft.

UNUSED_GRAFTS = GRAFT_GAINED.count.minus(REINFUSION, GRAFT_LOST).called("stored grafts not yet used")
A_GRAFT_IN_STORE = UNUSED_GRAFTS.at_least(1).named("a graft is in store", COLLECTION_2011, key="graft_in_store")
LAST_GRAFT = UNUSED_GRAFTS.at_most(1).named("no other graft is in store", BY_DEFINITION, key="last_graft")
COLLECTED = STEM_CELLS_COLLECTED.happened(since=COLLECTION_BEGAN).named(
    "stem cells were collected", COLLECTION_2011, key="collected"
)
CD34_OF_THIS_GRAFT = CD34_COLLECTED.total.called("CD34+ cells collected")
FROM_MARROW = BONE_MARROW_HARVESTED.happened(since=CONSENT_SIGNED)
MASS_BALANCE = (FROM_MARROW | CD34_INFUSED.total.at_most(CD34_COLLECTED.total)).named(
    "no more cells than were collected", COLLECTION_2011, key="mass_balance"
)
SAFE_TO_ABLATE = (
    A_GRAFT_IN_STORE
    & not_pregnant(READY_TO_ABLATE).named(
        "no pregnancy at conditioning", ASTIL_TRIAL, key="no_pregnancy_at_conditioning"
    )
    & not_infected(READY_OR_INFECTED).named(
        "no infection at conditioning", TRAYNOR_2000, key="no_infection_at_conditioning"
    )
)

# Conditioning, and its intensity as the EBMT grades it.

THIS_TRANSPLANT = CONSENT_SIGNED
FULL_DOSE_CYCLOPHOSPHAMIDE = (
    CONDITIONED_WITH.one_of("cyclophosphamide", since=THIS_TRANSPLANT)
    & CYCLOPHOSPHAMIDE_TOTAL.at_least(200, since=THIS_TRANSPLANT)
).named("full-dose cyclophosphamide, 200 mg/kg", CONDITIONING_2000, key="full_dose_cyclophosphamide")
LESS_CYCLOPHOSPHAMIDE = ~FULL_DOSE_CYCLOPHOSPHAMIDE
FULL_DOSE_IRRADIATION = (
    CONDITIONED_WITH.one_of("total body irradiation", since=THIS_TRANSPLANT)
    & TBI_DOSE.at_least(1200, since=THIS_TRANSPLANT)
).named("full-dose total body irradiation, 1200 cGy", BURT_1998, key="full_dose_irradiation")
CELLS_GIVEN_BACK = CELLS_REINFUSED.happened(since=CONDITIONING_STARTED).named(
    "cells are given back once conditioning has begun", CONDITIONING_2000.at("rescue"), key="cells_given_back"
)
_NOT_ABLATIVE = frozenset({"methylprednisolone", "plasma exchange", "ATG", "rituximab", "alemtuzumab", "other"})
NO_CYTOTOXIC_AGENT = ADDED_AGENT.one_of(
    "glucocorticoid", "hydroxychloroquine", "intravenous immunoglobulin", "plasma exchange", "immunoadsorption", "other"
).named("no immunosuppressant beside the conditioning", GOKLEMEZ_2022, key="no_immunosuppressant_beside_conditioning")


def _only(agent: str) -> Criterion:
    others = (option for option in CONDITIONED_WITH.options if option not in {agent, "methylprednisolone"})
    return CONDITIONED_WITH.one_of(agent) & ~CONDITIONED_WITH.one_of(*others)


_EBMT_INTENSITY = SNOWDEN_2012.at("intensity of conditioning").recalled
HIGH_INTENSITY = CONDITIONED_WITH.one_of("total body irradiation", "busulfan").named(
    "high intensity", _EBMT_INTENSITY, key="high_intensity"
)
LOW_INTENSITY = (
    ~HIGH_INTENSITY & (_only("cyclophosphamide") | _only("melphalan") | CONDITIONED_WITH.one_of("fludarabine"))
).named("low intensity", _EBMT_INTENSITY, key="low_intensity")
_ABLATIVE = CONDITIONED_WITH.one_of(*(option for option in CONDITIONED_WITH.options if option not in _NOT_ABLATIVE))
INTERMEDIATE_INTENSITY = (~HIGH_INTENSITY & ~LOW_INTENSITY & _ABLATIVE).named(
    "intermediate intensity", _EBMT_INTENSITY, key="intermediate_intensity"
)

# Recovery and outcome.

ENGRAFTED_BEFORE = (
    NEUTROPHILS_RECOVERED.happened(since=CELLS_REINFUSED)
    | (~CELLS_REINFUSED.happened() & ENTERED & STATUS_AT_ENTRY.one_of(*AFTER_TRANSPLANT_AT_ENTRY))
).named("neutrophils had recovered", ENGRAFTMENT_CONSENSUS, key="engrafted_before")
NEVER_ENGRAFTED = (~ENGRAFTED_BEFORE).named(
    "neutrophils had never recovered", ENGRAFTMENT_CONSENSUS, key="never_engrafted"
)
LASTING_NEUTROPHILS = DAYS_OF_NEUTROPHILS.at_least(3, since=RECOVERY_AWAITED).named(
    "three days of neutrophils", ENGRAFTMENT_CONSENSUS, key="lasting_neutrophils"
)
HAS_KIDNEY_GRAFT = (
    KIDNEY_TRANSPLANT_PERFORMED.happened(since=KIDNEYS_LOST)
    | (ENTERED & STATUS_AT_ENTRY.one_of("kidney transplanted") & ~KIDNEY_FAILURE_DIAGNOSED.happened())
).named("a transplanted kidney", BY_DEFINITION, key="kidney_graft")
KIDNEY_HAS_FAILED = (
    (KIDNEY_FAILURE_DIAGNOSED.happened() | (ENTERED & STATUS_AT_ENTRY.one_of("kidney failure")))
    & ~KIDNEY_TRANSPLANT_PERFORMED.happened(since=KIDNEYS_LOST)
).named("the kidneys have failed", KDIGO_NOMENCLATURE, key="kidneys_failed")
FOR_A_KIDNEY = Requirements(
    when=KIDNEY_HAS_FAILED
    & not_infected(KIDNEYS_LOST).named(
        "no infection at kidney transplant",
        TRAYNOR_2000.at("infection excluded before a transplant; here of a kidney"),
        key="no_infection_at_kidney_transplant",
    ),
    expects=(EGFR.below(15, since=KIDNEYS_LOST) | ON_DIALYSIS).named(
        "eGFR below 15, or dialysis under way", KDIGO_CKD_2012, key="kidney_replacement_needed"
    ),
)
FOR_RECURRENCE = Requirements(
    when=HAS_KIDNEY_GRAFT,
    expects=(
        LN_CLASS.one_of(*LN_CLASSES, since=KIDNEY_TRANSPLANT_PERFORMED)
        | (~KIDNEY_TRANSPLANT_PERFORMED.happened() & LN_CLASS.one_of(*LN_CLASSES, since=after(ENROLLED)))
    ).named("a biopsy of the graft shows it", WEENING_2004, key="recurrence_on_biopsy"),
)
TREATMENT_RELATED_DEATH = (
    DIED.happened() & CAUSE_OF_DEATH.one_of("treatment") & (CONDITIONING_STARTED.happened() | TRANSPLANTED)
).named("treatment-related death", MORTALITY.recalled, key="treatment_related_death")
NON_RELAPSE_DEATH = (
    DIED.happened()
    & (CONDITIONING_STARTED.happened() | TRANSPLANTED)
    & ~RELAPSE_DIAGNOSED.happened(since=CELLS_GIVEN)
    & ~(ENTERED & STATUS_AT_ENTRY.one_of("relapse after transplant"))
).named("non-relapse death", MORTALITY.recalled, key="non_relapse_death")

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [name for name in globals() if name not in _IMPORTED and not name.startswith("_")]
