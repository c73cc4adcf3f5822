"""What clinicians' words mean here: criteria with a name, used by guidelines and rows alike.

Whoever models another disease writes these anew; an app may ask them of any chart, as in
``journey.chart.check(NON_RELAPSE_DEATH)``.
"""

from hscpath.criteria import BY_DEFINITION, Citation, Guard
from hscpath.days import months
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.sources import *


def entered_as(status: str) -> Guard:
    """Return the criterion: the patient was entered in mid-course with this status."""
    return STATUS_AT_ENTRY.one_of(status).named(f"entered as {status}", BY_DEFINITION)


# Baselines.

BASELINE_EGFR = EGFR.at(COURSE).called("baseline eGFR")
BASELINE_UPCR = UPCR.at(COURSE).called("baseline UPCR")
RESPONSE_UPCR = UPCR.at(RESPONSE).called("UPCR at response")
RESPONSE_CREATININE = CREATININE.at(RESPONSE).called("creatinine at response")
RESPONSE_RED_CELLS = URINE_RED_CELLS.at(RESPONSE).called("urine red cells at response")
RESPONSE_SLEDAI = SLEDAI.at(RESPONSE).called("SLEDAI at response")
UPCR_BEFORE_TRANSPLANT = UPCR.at(CONDITIONING_STARTED).called("UPCR before transplant")
CLASS_BEFORE = LN_CLASS.at(KIDNEY_BIOPSY_REPORTED).called("class of the biopsy before")

# Biopsy.


def class_of(*labels: str) -> Guard:
    """Return the criterion: the last biopsy gave one of these classes."""
    return LN_CLASS.one_of(*labels, since=CLASS_GIVEN)


CLASSED = LN_CLASS.one_of(*LN_CLASSES).named("the biopsy shows a class of lupus nephritis", WEENING_2004)
ACTIVE_III_OR_IV = class_of(*ACTIVE_PROLIFERATIVE).named("class III or IV, not only chronic")
CLASS_V = class_of(*MEMBRANOUS_ONLY_ACTIVE).named("class V, alone or with chronic III or IV")
CLASS_III_OR_IV = class_of(*CLASSES_III_AND_IV).named("class III or IV")
OWN_KIDNEY = ~KIDNEY_TRANSPLANT_PERFORMED.happened(since=KIDNEY_BIOPSY_REPORTED)
SCLEROSIS_BEFORE = KIDNEY_BIOPSY_REPORTED.happened() & CLASS_BEFORE.one_of("VI") & OWN_KIDNEY
SCLEROSIS_STAYS = (~(SCLEROSIS_BEFORE & ~LN_CLASS.one_of("VI"))).named(
    "advanced sclerosis does not revert in the same kidney", WEENING_2004.recalled
)

NEPHRITIS_KNOWN = (
    NEPHRITIS_DIAGNOSED.happened()
    | (KIDNEY_BIOPSY_REPORTED.happened() & class_of(*LN_CLASSES))
    | (ENROLLED.happened() & LUPUS_NEPHRITIS.is_true())
).named("lupus nephritis is known", BY_DEFINITION)
NEPHRITIS_IS_NEW = (~NEPHRITIS_KNOWN).cited(BY_DEFINITION)

# Standard therapy.

ON_DIALYSIS = (DIALYSIS_STARTED.happened() & ~DIALYSIS_ENDED.happened(since=DIALYSIS_STARTED)).named(
    "dialysis under way", BY_DEFINITION
)
OFF_IMMUNOSUPPRESSION = (
    ~IMMUNOSUPPRESSION_STARTED.happened() | OFF_THERAPY.happened(since=IMMUNOSUPPRESSION_STARTED)
).named("off immunosuppression")
UPCR_HALVED = UPCR.at_most(BASELINE_UPCR.times("1/2"), since=COURSE)
FAILED_COURSES = COURSE_FAILED.count.including(PRIOR_FAILED_COURSES).called("failed courses")


def in_course(*, at_least: float) -> Guard:
    """Return the criterion: so many months of the course of therapy have passed."""
    return COURSE.happened(at_least_ago=months(at_least))


RESPONDED_BEFORE = PRIOR_RESPONSE.is_true().cited(RELAPSE_AFTER_RESPONSE)


# Flares, graded as by KDIGO 2012 from the values at the last response.

_CREATININE_WAS_LOW = RESPONSE_CREATININE.below(2)
MILD_FLARE = (
    (RESPONSE_RED_CELLS.below(5) & URINE_RED_CELLS.above(15, since=RESPONSE) & ACANTHOCYTES.at_least(2, since=RESPONSE))
    | NEW_CASTS.is_true(since=RESPONSE)
).named("mild flare", KDIGO_GN_2012)


def _creatinine_rose(low: str, high: str) -> Guard:
    """Return the criterion: creatinine rose at least so far from below 2 mg/dL, or from above."""
    at_least = CREATININE.at_least
    return (_CREATININE_WAS_LOW & at_least(RESPONSE_CREATININE.plus(low), since=RESPONSE)) | (
        ~_CREATININE_WAS_LOW & at_least(RESPONSE_CREATININE.plus(high), since=RESPONSE)
    )


_UPCR_ROSE_BY_5 = UPCR.above(RESPONSE_UPCR.plus(5), since=RESPONSE)
SEVERE_FLARE = (_creatinine_rose("1.01", "1.51") | _UPCR_ROSE_BY_5).named("severe flare", KDIGO_GN_2012)
_UPCR_ROSE = (
    (RESPONSE_UPCR.below("0.5") & UPCR.at_least(1, since=RESPONSE))
    | (RESPONSE_UPCR.at_most(1) & RESPONSE_UPCR.at_least("0.5") & UPCR.at_least(2, since=RESPONSE))
    | (RESPONSE_UPCR.above(1) & UPCR.at_least(RESPONSE_UPCR.times(2), since=RESPONSE))
)
MODERATE_FLARE = ((_creatinine_rose("0.2", "0.4") | _UPCR_ROSE) & ~SEVERE_FLARE).named("moderate flare", KDIGO_GN_2012)

# Towards the transplant.

FOR_THE_KIDNEY = INDICATION.one_of("kidney", since=HSCT_EVALUATION_STARTED)
NEPHRITIS_BEFORE_TRANSPLANT = (~(FOR_THE_KIDNEY & ~NEPHRITIS_KNOWN)).named(
    "lupus nephritis is known where it is the indication", ALEXANDER_2025
)
NO_HOPELESS_CLASS = (~(FOR_THE_KIDNEY & class_of("I", "VI"))).named(
    "not for the kidney in class I or VI", KDIGO_LN_2024.second_hand
)
NO_CLASS_II = (~(FOR_THE_KIDNEY & class_of("II"))).named("not for the kidney in class II", KDIGO_LN_2024.second_hand)


def recent_biopsy(at_most: int, cite: Citation) -> Guard:
    """Return the criterion: where the kidney is the indication, the biopsy is at most so many months old."""
    logged = KIDNEY_BIOPSY_REPORTED.happened(at_most_ago=months(at_most))
    told = ~KIDNEY_BIOPSY_REPORTED.happened() & BIOPSY_AGE.at_most(at_most, since=HSCT_EVALUATION_STARTED)
    return (~FOR_THE_KIDNEY | logged | told).named(f"a biopsy not older than {at_most} months", cite)


INDICATED = NEPHRITIS_BEFORE_TRANSPLANT & NO_HOPELESS_CLASS
MALE = SEX.one_of("male")
FIT_FOR_MOBILISATION = (MALE | PREGNANT.is_false(since=HSCT_EVALUATION_STARTED)).named(
    "no pregnancy at mobilisation", ASTIL_TRIAL
)
CHEMOTHERAPY_FIRST = (~G_CSF_STARTED.happened(since=MOBILISATION_STARTED)).named(
    "chemotherapy before G-CSF", LIST_TRIAL.at("G-CSF from day 3")
)

# The graft.

UNUSED_GRAFTS = GRAFT_GAINED.count.minus(REINFUSION, GRAFT_LOST).called("stored grafts not yet used")
RESCUE = UNUSED_GRAFTS.at_least(1).named("a graft is in store", COLLECTION_2011)
LAST_GRAFT = UNUSED_GRAFTS.at_most(1).named("no other graft is in store", BY_DEFINITION)
COLLECTED = STEM_CELLS_COLLECTED.happened(since=COLLECTION_BEGAN).named("stem cells were collected", COLLECTION_2011)
CD34_OF_THIS_GRAFT = CD34_COLLECTED.total.called("CD34+ cells collected")

SAFE_TO_ABLATE = (
    RESCUE
    & (MALE | PREGNANT.is_false(since=PREPARATION)).named("no pregnancy at conditioning", ASTIL_TRIAL)
    & UNCONTROLLED_INFECTION.is_false(since=PREPARATION).named("no infection at conditioning", TRAYNOR_2000)
)

# Conditioning, and its intensity as the EBMT grades it.

FULL_DOSE_CYCLOPHOSPHAMIDE = (CONDITIONED_WITH.one_of("cyclophosphamide") & CYCLOPHOSPHAMIDE_TOTAL.at_least(200)).named(
    "full-dose cyclophosphamide, 200 mg/kg"
)
TOTAL_BODY_IRRADIATION = CONDITIONED_WITH.one_of("total body irradiation")


def _only(agent: str) -> Guard:
    others = (option for option in CONDITIONED_WITH.options if option not in {agent, "methylprednisolone"})
    return CONDITIONED_WITH.one_of(agent) & ~CONDITIONED_WITH.one_of(*others)


_EBMT_INTENSITY = SNOWDEN_2012.at("intensity of conditioning").recalled
HIGH_INTENSITY = CONDITIONED_WITH.one_of("total body irradiation", "busulfan").named("high intensity", _EBMT_INTENSITY)
LOW_INTENSITY = (
    ~HIGH_INTENSITY & (_only("cyclophosphamide") | _only("melphalan") | CONDITIONED_WITH.one_of("fludarabine"))
).named("low intensity", _EBMT_INTENSITY)
INTERMEDIATE_INTENSITY = (~HIGH_INTENSITY & ~LOW_INTENSITY).named("intermediate intensity", _EBMT_INTENSITY)

# Outcome.

TRANSPLANTED = (
    CELLS_REINFUSED.count.including(PRIOR_TRANSPLANTS)
    .called("stem-cell transplants")
    .at_least(1)
    .named("after a stem-cell transplant", BY_DEFINITION)
)
KIDNEY_HAS_FAILED = (
    KIDNEY_FAILURE_DIAGNOSED.happened() | (ENROLLED.happened() & STATUS_AT_ENTRY.one_of("kidney failure"))
).named("the kidneys have failed", KDIGO_NOMENCLATURE)
FIT_FOR_A_KIDNEY = KIDNEY_HAS_FAILED & UNCONTROLLED_INFECTION.is_false(since=KIDNEYS_LOST).named(
    "no infection at kidney transplant", TRAYNOR_2000
)
TREATMENT_RELATED_DEATH = (DIED.happened() & CAUSE_OF_DEATH.one_of("treatment")).named(
    "treatment-related death", MORTALITY.recalled
)
NON_RELAPSE_DEATH = (
    DIED.happened() & CONDITIONING_STARTED.happened() & ~RELAPSE_DIAGNOSED.happened(since=CONDITIONING_STARTED)
).named("non-relapse death", MORTALITY.recalled)
