"""Where the course of the disease stands."""

from hscpath.pathway import State, StateGroup

WORK_UP, STANDARD, TRANSPLANT, OUTCOME = "work-up", "standard therapy", "transplant", "outcome"

SUSPECTED = State("suspected", "suspected lupus nephritis", WORK_UP)
NEPHRITIS = State("nephritis_diagnosed", "lupus nephritis diagnosed", WORK_UP)
BIOPSIED = State("biopsied", "lupus nephritis biopsied and classed", WORK_UP)

IMMUNOSUPPRESSION = State("immunosuppression", "immunosuppression under way", STANDARD)
COMPLETE_RESPONSE = State("complete_response", "complete response", STANDARD)
PARTIAL_RESPONSE = State("partial_response", "partial response", STANDARD)
REFRACTORY = State("refractory", "refractory disease", STANDARD)
RELAPSED = State("relapsed", "relapsed", STANDARD)

HSCT_EVALUATION = State("hsct_evaluation", "under evaluation for transplant", TRANSPLANT)
HSCT_ACCEPTED = State("hsct_accepted", "accepted for transplant", TRANSPLANT)
HSCT_DECLINED = State("hsct_declined", "declined for transplant", TRANSPLANT)
CONSENTED = State("consented", "consented to transplant", TRANSPLANT)
MOBILISATION = State("mobilisation", "stem cells being mobilised", TRANSPLANT)
GRAFT_IN_STORE = State("graft_stored", "graft in store", TRANSPLANT)
CONDITIONING = State("conditioning", "conditioning under way", TRANSPLANT)
CONDITIONED = State("conditioned", "ablation complete", TRANSPLANT)
APLASIA = State("aplasia", "aplasia", TRANSPLANT)
ENGRAFTED = State("engrafted", "engrafted", TRANSPLANT)

POST_HSCT_REMISSION = State("post_hsct_remission", "remission after transplant", OUTCOME)
POST_HSCT_RELAPSE = State("post_hsct_relapse", "relapse after transplant", OUTCOME)
KIDNEY_FAILURE = State("kidney_failure", "kidney failure", OUTCOME)
KIDNEY_TRANSPLANTED = State("kidney_transplanted", "living with a kidney transplant", OUTCOME)
DEAD = State("dead", "dead", OUTCOME, final=True)

ON_STANDARD_THERAPY = StateGroup(
    "any state of standard therapy",
    (IMMUNOSUPPRESSION, COMPLETE_RESPONSE, PARTIAL_RESPONSE, REFRACTORY, RELAPSED),
)
MAY_START_IMMUNOSUPPRESSION = StateGroup(
    "any state that may be treated",
    (BIOPSIED, COMPLETE_RESPONSE, PARTIAL_RESPONSE, REFRACTORY, RELAPSED, HSCT_DECLINED, POST_HSCT_RELAPSE),
)
UNDER_THERAPY = StateGroup("under therapy, at most in partial response", (IMMUNOSUPPRESSION, PARTIAL_RESPONSE))
FAILED_STANDARD_THERAPY = StateGroup("refractory or relapsed disease", (REFRACTORY, RELAPSED))
CONDITIONED_OR_INTERRUPTED = StateGroup("conditioning, complete or interrupted", (CONDITIONED, CONDITIONING))
WITH_NEPHRITIS = StateGroup(
    "any state with nephritis outside the transplant",
    (NEPHRITIS, BIOPSIED, *ON_STANDARD_THERAPY.states, HSCT_DECLINED, ENGRAFTED, POST_HSCT_REMISSION,
     POST_HSCT_RELAPSE),
)  # fmt: skip
DIAGNOSED = StateGroup(
    "any diagnosed, living patient",
    (NEPHRITIS, BIOPSIED, *ON_STANDARD_THERAPY.states, HSCT_EVALUATION, HSCT_ACCEPTED, HSCT_DECLINED, CONSENTED,
     MOBILISATION, GRAFT_IN_STORE, CONDITIONING, CONDITIONED, APLASIA, ENGRAFTED, POST_HSCT_REMISSION,
     POST_HSCT_RELAPSE, KIDNEY_FAILURE, KIDNEY_TRANSPLANTED),
)  # fmt: skip
LIVING = StateGroup("any living patient", (SUSPECTED, *DIAGNOSED.states))
