"""What happens to a patient: each event with the facts it may record and those it must."""

from hscpath.criteria import Event
from hscpath.lupus.facts import (
    ACTIVITY_INDEX,
    AGE,
    AGENT,
    ANTI_DSDNA,
    CAUSE_OF_DEATH,
    CD34_COLLECTED,
    CD34_INFUSED,
    CHRONICITY_INDEX,
    DAYS_OF_NEUTROPHILS,
    EGFR,
    LN_CLASS,
    MDT_DECISION,
    NEPHROTIC_SYNDROME,
    PREGNANT,
    PRIOR_COURSES,
    SLEDAI,
    STATUS_AT_ENTRY,
    UNCONTROLLED_INFECTION,
    UPCR,
)

KIDNEY = (UPCR, EGFR, NEPHROTIC_SYNDROME)
ACTIVITY = (*KIDNEY, SLEDAI, ANTI_DSDNA)
FITNESS = (PREGNANT, UNCONTROLLED_INFECTION)
STATUS = (AGE, *ACTIVITY, *FITNESS)

# Work-up.

ENROLLED = Event("enrolled", "enrolled in mid-course", must=(STATUS_AT_ENTRY,), may=(PRIOR_COURSES, LN_CLASS, *STATUS))
NEPHRITIS_DIAGNOSED = Event("nephritis_diagnosed", "nephritis diagnosed", may=STATUS)
KIDNEY_BIOPSY_REPORTED = Event(
    "kidney_biopsy_reported",
    "kidney biopsy reported",
    must=(LN_CLASS,),
    may=(ACTIVITY_INDEX, CHRONICITY_INDEX),
)

# Standard therapy.

IMMUNOSUPPRESSION_STARTED = Event("immunosuppression_started", "immunosuppression started", may=(AGENT, *ACTIVITY))
RESPONSE_ASSESSED = Event("response_assessed", "response assessed", may=ACTIVITY)
REFRACTORY_DECLARED = Event("refractory_declared", "refractory disease declared", may=ACTIVITY)
RELAPSE_DIAGNOSED = Event("relapse_diagnosed", "relapse diagnosed", may=ACTIVITY)

# Towards the transplant.

HSCT_EVALUATION_STARTED = Event("hsct_evaluation_started", "evaluation for transplant started", may=STATUS)
MDT_DECIDED = Event("mdt_decided", "multidisciplinary team decided", must=(MDT_DECISION,))
CONSENT_SIGNED = Event("consent_signed", "written consent signed")
MOBILISATION_STARTED = Event("mobilisation_started", "mobilisation started", may=FITNESS)
STEM_CELLS_COLLECTED = Event("stem_cells_collected", "stem cells collected", may=(CD34_COLLECTED,))
GRAFT_STORED = Event("graft_stored", "graft stored")
CONDITIONING_STARTED = Event("conditioning_started", "conditioning started", may=FITNESS)
CONDITIONING_COMPLETED = Event("conditioning_completed", "conditioning completed")

# Transplant.

CELLS_REINFUSED = Event("cells_reinfused", "stem cells reinfused", may=(CD34_INFUSED,))
NEUTROPHILS_RECOVERED = Event("neutrophils_recovered", "neutrophils recovered", may=(DAYS_OF_NEUTROPHILS,))

# Kidney failure.

KIDNEY_FAILURE_DIAGNOSED = Event("kidney_failure_diagnosed", "kidney failure diagnosed", may=ACTIVITY)
DIALYSIS_STARTED = Event("dialysis_started", "dialysis started")
DIALYSIS_STOPPED = Event("dialysis_stopped", "dialysis stopped")
KIDNEY_TRANSPLANT_PERFORMED = Event("kidney_transplant_performed", "kidney transplanted", may=FITNESS)

# Everything else.

RESULTS_RECORDED = Event("results_recorded", "results recorded", may=STATUS)
DIED = Event("died", "died", may=(CAUSE_OF_DEATH,))
