"""What happens to a patient: each event with the facts it may record and those it must."""

from typing import TYPE_CHECKING

from hscpath.criteria import Event, EventGroup
from hscpath.lupus.facts import *

PATIENT = (AGE, SEX, DISEASE_DURATION)
ACTIVITY = (
    UPCR, EGFR, CREATININE, NEPHROTIC_SYNDROME, KIDNEY_IMPAIRED, URINE_RED_CELLS, ACANTHOCYTES, NEW_CASTS,
    SLEDAI, BILAG_KIDNEY, ANTI_DSDNA, COMPLEMENT, PREDNISONE_DOSE,
)  # fmt: skip
FITNESS = (PREGNANT, UNCONTROLLED_INFECTION, ECOG, KARNOFSKY, HCT_CI, LVEF, DLCO, KIDNEY_IMPAIRED_BY_LUPUS)
BLOOD = (NEUTROPHILS, PLATELETS, CD4, CD8, B_CELLS, NK_CELLS)
STATUS = (*PATIENT, *ACTIVITY, *FITNESS)
HISTOLOGY = (CLASSIFICATION, ACTIVITY_INDEX, CHRONICITY_INDEX, FIBRINOID_NECROSIS, CELLULAR_CRESCENTS, CRESCENTS)
DRUGS = (AGENT, MYCOPHENOLATE_DOSE, RAAS_BLOCKADE)
BEFORE_ENTRY = (
    LUPUS_NEPHRITIS, LN_CLASS, BIOPSY_AGE, MONTHS_OF_THERAPY, PRIOR_FAILED_COURSES, PRIOR_TRANSPLANTS,
    MONTHS_SINCE_TRANSPLANT, OTHER_IMMUNOSUPPRESSION,
)  # fmt: skip

# Work-up, or entry in mid-course.

ENROLLED = Event("enrolled", "enrolled in mid-course", must=(STATUS_AT_ENTRY,), may=(*BEFORE_ENTRY, *DRUGS, *STATUS))
SLE_DIAGNOSED = Event("sle_diagnosed", "lupus (SLE) diagnosed", may=STATUS)
NEPHRITIS_DIAGNOSED = Event("nephritis_diagnosed", "nephritis diagnosed", may=STATUS)
KIDNEY_BIOPSY_REPORTED = Event(
    "kidney_biopsy_reported", "kidney biopsy reported", may=(LN_CLASS, *HISTOLOGY, *ACTIVITY)
)

# Standard therapy.

SURVEILLANCE_STARTED = Event(
    "surveillance_started", "surveillance without immunosuppression started", may=(RAAS_BLOCKADE, *ACTIVITY)
)
IMMUNOSUPPRESSION_STARTED = Event(
    "immunosuppression_started", "immunosuppression started", may=(*DRUGS, *PATIENT, *ACTIVITY)
)
MAINTENANCE_STARTED = Event("maintenance_started", "maintenance therapy started", may=(*DRUGS, *ACTIVITY))
RESPONSE_ASSESSED = Event("response_assessed", "response assessed", may=(*ACTIVITY, *BLOOD))
COURSE_FAILED = Event("course_failed", "course of therapy failed", may=(ADHERENT, WORSENING, *ACTIVITY))
REFRACTORY_DECLARED = Event(
    "refractory_declared", "refractory disease declared", may=(ADHERENT, WORSENING, PRIOR_FAILED_COURSES, *ACTIVITY)
)
RELAPSE_DIAGNOSED = Event(
    "relapse_diagnosed", "relapse diagnosed", may=(FLARE_SEVERITY, PRIOR_RESPONSE, ADHERENT, *ACTIVITY)
)

# Towards the transplant.

HSCT_EVALUATION_STARTED = Event(
    "hsct_evaluation_started",
    "evaluation for transplant started",
    may=(INDICATION, BIOPSY_AGE, MONTHS_OF_THERAPY, *STATUS),
)
ACCEPTED_FOR_HSCT = Event(
    "accepted_for_hsct", "accepted for transplant by the multidisciplinary team", may=(INDICATION, BIOPSY_AGE, *STATUS)
)
DECLINED_FOR_HSCT = Event("declined_for_hsct", "declined for transplant", may=(WHY_NOT,))
CONSENT_SIGNED = Event("consent_signed", "written consent signed")
CONSENT_WITHDRAWN = Event("consent_withdrawn", "consent withdrawn")
TRANSPLANT_CALLED_OFF = Event("transplant_called_off", "transplant called off", may=(WHY_NOT, *FITNESS))
MOBILISATION_STARTED = Event("mobilisation_started", "mobilisation started", may=(MOBILISED_WITH, *FITNESS))
MOBILISING_CHEMOTHERAPY_GIVEN = Event("mobilising_chemotherapy_given", "mobilising chemotherapy given")
G_CSF_STARTED = Event("g_csf_started", "G-CSF started")
STEM_CELLS_COLLECTED = Event(
    "stem_cells_collected", "stem cells collected", may=(CD34_COLLECTED, MNC_COLLECTED, PERIPHERAL_CD34)
)
COLLECTION_FAILED = Event("collection_failed", "collection of stem cells failed", may=(PERIPHERAL_CD34,))
BONE_MARROW_HARVESTED = Event(
    "bone_marrow_harvested", "bone marrow harvested", may=(TNC_HARVESTED, CD34_COLLECTED, GRAFT_MANIPULATION)
)
GRAFT_STORED = Event("graft_stored", "graft stored", may=(GRAFT_MANIPULATION,))
EARLIER_GRAFT_REPORTED = Event("earlier_graft_reported", "a graft stored before entry reported", may=(CD34_COLLECTED,))
GRAFT_LOST = Event("graft_lost", "stored graft lost")

# Transplant.

CONDITIONING_STARTED = Event(
    "conditioning_started",
    "conditioning started",
    may=(CONDITIONED_WITH, CYCLOPHOSPHAMIDE_TOTAL, TBI_DOSE, OTHER_IMMUNOSUPPRESSION, *FITNESS, *ACTIVITY),
)
CONDITIONING_COMPLETED = Event("conditioning_completed", "conditioning completed")
RECOVERED_WITHOUT_CELLS = Event("recovered_without_cells", "counts recovered without reinfusion", may=BLOOD)
SEROTHERAPY_GIVEN = Event("serotherapy_given", "serotherapy given (ATG, alemtuzumab or rituximab)")
CELLS_REINFUSED = Event("cells_reinfused", "stem cells reinfused", may=(CD34_INFUSED,))
GRAFT_PART_REINFUSED = Event("graft_part_reinfused", "further part of the graft reinfused", may=(CD34_INFUSED,))
BACKUP_GRAFT_REINFUSED = Event("backup_graft_reinfused", "back-up graft or boost reinfused", may=(CD34_INFUSED,))
NEUTROPHILS_RECOVERED = Event(
    "neutrophils_recovered", "neutrophils recovered", may=(DAYS_OF_NEUTROPHILS, NEUTROPHILS, PLATELETS)
)
PLATELETS_RECOVERED = Event(
    "platelets_recovered", "platelets recovered", may=(DAYS_OF_PLATELETS, DAYS_WITHOUT_TRANSFUSION, PLATELETS)
)
PRIMARY_GRAFT_FAILURE_DECLARED = Event("primary_graft_failure_declared", "primary graft failure declared", may=BLOOD)
SECONDARY_GRAFT_FAILURE_DECLARED = Event(
    "secondary_graft_failure_declared", "secondary graft failure declared", may=BLOOD
)
IMMUNE_RECONSTITUTION_DOCUMENTED = Event(
    "immune_reconstitution_documented", "immune reconstitution documented", may=BLOOD
)
SECONDARY_AUTOIMMUNE_DISEASE_DIAGNOSED = Event(
    "secondary_autoimmune_disease_diagnosed", "secondary autoimmune disease diagnosed", may=(SECONDARY_DISEASE,)
)

# Kidney failure.

ACUTE_KIDNEY_INJURY_DIAGNOSED = Event("acute_kidney_injury_diagnosed", "acute kidney injury diagnosed", may=ACTIVITY)
KIDNEY_FAILURE_DIAGNOSED = Event("kidney_failure_diagnosed", "kidney failure diagnosed", may=ACTIVITY)
DIALYSIS_STARTED = Event("dialysis_started", "dialysis started", may=(DIALYSIS, AGE, *ACTIVITY))
DIALYSIS_STOPPED = Event("dialysis_stopped", "dialysis stopped", may=ACTIVITY)
KIDNEY_TRANSPLANT_PERFORMED = Event(
    "kidney_transplant_performed", "kidney transplanted", may=(KIDNEY_DONOR, *ACTIVITY, *FITNESS)
)
RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED = Event(
    "recurrence_in_kidney_graft_diagnosed", "lupus nephritis recurred in the transplanted kidney", may=ACTIVITY
)

# Information, and the end.

RESULTS_RECORDED = Event("results_recorded", "results recorded", may=(*STATUS, *BLOOD, OTHER_IMMUNOSUPPRESSION))
INFECTION_REPORTED = Event("infection_reported", "infection reported", must=(UNCONTROLLED_INFECTION,))
COMPLICATION_REPORTED = Event(
    "complication_reported", "complication reported", may=(COMPLICATION, UNCONTROLLED_INFECTION, *ACTIVITY, *BLOOD)
)
AGENT_STARTED = Event(
    "agent_started", "further agent started", may=(ADDED_AGENT, MYCOPHENOLATE_DOSE, PREDNISONE_DOSE, RAAS_BLOCKADE)
)
AGENT_STOPPED = Event("agent_stopped", "agent stopped", may=(STOPPED_AGENT, PREDNISONE_DOSE))
AGENT_NOT_TOLERATED = Event(
    "agent_not_tolerated", "agent stopped or reduced for toxicity", must=(INTOLERANT_OF,), may=(TOXICITY_GRADE,)
)
RESCUE_THERAPY_GIVEN = Event("rescue_therapy_given", "rescue therapy given", may=(ADDED_AGENT,))
IMMUNOSUPPRESSION_STOPPED = Event("immunosuppression_stopped", "all immunosuppression stopped", may=ACTIVITY)
LIVE_VACCINE_GIVEN = Event("live_vaccine_given", "live vaccine given")
PREGNANCY_REPORTED = Event("pregnancy_reported", "pregnancy reported", must=(PREGNANT,), may=(PREGNANCY_OUTCOME,))
CONTACT_LOST = Event("contact_lost", "contact lost")
DIED = Event("died", "died", may=(CAUSE_OF_DEATH,))

# Kinds of event that count as one. For a patient entered in mid-course, what is known begins with the entry.

COURSE = EventGroup(
    "the course, or a relapse, began",
    (IMMUNOSUPPRESSION_STARTED, ENROLLED, RELAPSE_DIAGNOSED, RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED),
    key="course",
)
COURSE_OR_ASSESSMENT = EventGroup(
    "the course began, or the last assessment", (*COURSE.events, RESPONSE_ASSESSED), key="course_or_assessment"
)
RESPONSE = EventGroup("the response, or entry", (RESPONSE_ASSESSED, ENROLLED), key="response")
CLASS_GIVEN = EventGroup("the last biopsy, or entry", (KIDNEY_BIOPSY_REPORTED, ENROLLED), key="class_given")
CELLS_GIVEN = EventGroup(
    "the last reinfusion, or entry", (CELLS_REINFUSED, BACKUP_GRAFT_REINFUSED, ENROLLED), key="cells_given"
)
RECOVERY_AWAITED = EventGroup(
    "the last reinfusion or graft failure, or entry",
    (*CELLS_GIVEN.events, PRIMARY_GRAFT_FAILURE_DECLARED, SECONDARY_GRAFT_FAILURE_DECLARED),
    key="recovery_awaited",
)
OUTCOME_CHANGED = EventGroup(
    "the last assessment",
    (ENROLLED, CELLS_REINFUSED, NEUTROPHILS_RECOVERED, RESPONSE_ASSESSED, RELAPSE_DIAGNOSED),
    key="outcome_changed",
)
READY_TO_ABLATE = EventGroup(
    "the graft was stored",
    (CONSENT_SIGNED, MOBILISATION_STARTED, BONE_MARROW_HARVESTED, GRAFT_STORED),
    key="ready_to_ablate",
)
READY_OR_INFECTED = EventGroup(
    "the graft was stored, or a complication",
    (*READY_TO_ABLATE.events, INFECTION_REPORTED, COMPLICATION_REPORTED),
    key="ready_or_infected",
)
COLLECTION_BEGAN = EventGroup(
    "the collection for this graft began", (MOBILISATION_STARTED, GRAFT_STORED), key="collection_began"
)
GRAFT_GAINED = EventGroup(
    "a graft was stored", (GRAFT_STORED, BONE_MARROW_HARVESTED, EARLIER_GRAFT_REPORTED), key="graft_gained"
)
REINFUSION = EventGroup("stem cells were reinfused", (CELLS_REINFUSED, BACKUP_GRAFT_REINFUSED), key="reinfusion")
KIDNEYS_LOST = EventGroup("kidney failure", (KIDNEY_FAILURE_DIAGNOSED, ENROLLED), key="kidneys_lost")
DIALYSIS_ENDED = EventGroup("dialysis ended", (DIALYSIS_STOPPED, KIDNEY_TRANSPLANT_PERFORMED), key="dialysis_ended")
FAILURE_OF_THERAPY = EventGroup(
    "standard therapy failed",
    (COURSE_FAILED, REFRACTORY_DECLARED, RELAPSE_DIAGNOSED, RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, AGENT_NOT_TOLERATED),
    key="failure_of_therapy",
)
THERAPY = EventGroup(
    "immunosuppression given", (IMMUNOSUPPRESSION_STARTED, MAINTENANCE_STARTED, RESCUE_THERAPY_GIVEN), key="therapy"
)
SOME_THERAPY = EventGroup("therapy given", (IMMUNOSUPPRESSION_STARTED, AGENT_STARTED, ENROLLED), key="some_therapy")
OFF_THERAPY = EventGroup(
    "immunosuppression ended", (IMMUNOSUPPRESSION_STOPPED, CONDITIONING_STARTED), key="off_therapy"
)

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [name for name, thing in globals().items() if isinstance(thing, Event | EventGroup)]
