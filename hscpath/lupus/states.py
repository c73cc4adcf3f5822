"""Where the course of the disease stands."""

from typing import TYPE_CHECKING

from hscpath.pathway import State, StateGroup

WORK_UP, STANDARD, TRANSPLANT, OUTCOME = "work-up", "standard therapy", "transplant", "outcome"

SUSPECTED = State("suspected", "suspected lupus", WORK_UP)
SLE = State("sle_diagnosed", "lupus (SLE) diagnosed", WORK_UP)
NEPHRITIS = State("nephritis_diagnosed", "lupus nephritis diagnosed", WORK_UP)
BIOPSIED = State("biopsied", "lupus nephritis biopsied and classed", WORK_UP)

SURVEILLANCE = State("surveillance", "surveillance, no immunosuppression for the kidney", STANDARD)
IMMUNOSUPPRESSION = State("immunosuppression", "immunosuppression under way", STANDARD)
COMPLETE_RESPONSE = State("complete_response", "complete response", STANDARD)
PARTIAL_RESPONSE = State("partial_response", "partial response", STANDARD)
REFRACTORY = State("refractory", "refractory disease", STANDARD)
RELAPSED = State("relapsed", "relapsed", STANDARD)

HSCT_EVALUATION = State("hsct_evaluation", "under evaluation for transplant", TRANSPLANT)
HSCT_ACCEPTED = State("hsct_accepted", "accepted for transplant", TRANSPLANT)
HSCT_DECLINED = State("hsct_declined", "no transplant: declined or called off", TRANSPLANT)
CONSENTED = State("consented", "consented to transplant", TRANSPLANT)
MOBILISATION = State("mobilisation", "stem cells being mobilised", TRANSPLANT)
GRAFT_IN_STORE = State("graft_stored", "graft in store", TRANSPLANT)
CONDITIONING = State("conditioning", "conditioning under way", TRANSPLANT)
CONDITIONED = State("conditioned", "ablation complete", TRANSPLANT)
APLASIA = State("aplasia", "aplasia", TRANSPLANT)
ENGRAFTED = State("engrafted", "engrafted", TRANSPLANT)
RECONSTITUTED = State("reconstituted", "immune system reconstituted", TRANSPLANT)
GRAFT_FAILURE = State("graft_failure", "graft failure", TRANSPLANT)

POST_HSCT_REMISSION = State("post_hsct_remission", "remission after transplant", OUTCOME)
POST_HSCT_PARTIAL_RESPONSE = State("post_hsct_partial_response", "partial response after transplant", OUTCOME)
POST_HSCT_NO_RESPONSE = State("post_hsct_no_response", "no response after transplant", OUTCOME)
POST_HSCT_RELAPSE = State("post_hsct_relapse", "relapse after transplant", OUTCOME)
KIDNEY_FAILURE = State("kidney_failure", "kidney failure", OUTCOME)
KIDNEY_TRANSPLANTED = State("kidney_transplanted", "living with a kidney transplant", OUTCOME)
DEAD = State("dead", "dead", OUTCOME, final=True)

AT_ENTRY = {
    "SLE diagnosed": SLE,
    "nephritis diagnosed": NEPHRITIS,
    "biopsied": BIOPSIED,
    "surveillance": SURVEILLANCE,
    "immunosuppression": IMMUNOSUPPRESSION,
    "complete response": COMPLETE_RESPONSE,
    "partial response": PARTIAL_RESPONSE,
    "refractory": REFRACTORY,
    "relapsed": RELAPSED,
    "engrafted": ENGRAFTED,
    "remission after transplant": POST_HSCT_REMISSION,
    "partial response after transplant": POST_HSCT_PARTIAL_RESPONSE,
    "no response after transplant": POST_HSCT_NO_RESPONSE,
    "relapse after transplant": POST_HSCT_RELAPSE,
    "kidney failure": KIDNEY_FAILURE,
    "kidney transplanted": KIDNEY_TRANSPLANTED,
}
"""Where a patient who is entered in mid-course stands."""

# Groups from which the same row starts.

POST_HSCT = (POST_HSCT_REMISSION, POST_HSCT_PARTIAL_RESPONSE, POST_HSCT_NO_RESPONSE, POST_HSCT_RELAPSE)
ON_STANDARD_THERAPY = (IMMUNOSUPPRESSION, COMPLETE_RESPONSE, PARTIAL_RESPONSE, REFRACTORY, RELAPSED)
KIDNEY = (KIDNEY_FAILURE, KIDNEY_TRANSPLANTED)

UNCLASSED = StateGroup("before the first class", (SUSPECTED, SLE, NEPHRITIS))
UNDIAGNOSED = StateGroup("suspected, or SLE diagnosed", (SUSPECTED, SLE))
TREATED_FOR_SLE = StateGroup("under care for SLE", (SURVEILLANCE, *ON_STANDARD_THERAPY))
MAY_BE_WATCHED = StateGroup(
    "diagnosed, or after therapy",
    (SLE, NEPHRITIS, BIOPSIED, COMPLETE_RESPONSE, PARTIAL_RESPONSE, REFRACTORY, RELAPSED, HSCT_DECLINED,
     KIDNEY_FAILURE),
)  # fmt: skip
MAY_BE_TREATED = StateGroup(
    "any state that may be treated",
    (NEPHRITIS, BIOPSIED, SURVEILLANCE, *ON_STANDARD_THERAPY, HSCT_EVALUATION, HSCT_DECLINED, ENGRAFTED, RECONSTITUTED,
     *POST_HSCT, *KIDNEY),
)  # fmt: skip
NOT_YET_COMPLETE = StateGroup(
    "under therapy, no complete response", (IMMUNOSUPPRESSION, PARTIAL_RESPONSE, HSCT_DECLINED, KIDNEY_FAILURE)
)
NOT_YET_PARTIAL = StateGroup("under therapy, no response", (IMMUNOSUPPRESSION, HSCT_DECLINED, KIDNEY_FAILURE))
IN_A_COURSE = StateGroup("in a course of therapy", (IMMUNOSUPPRESSION, PARTIAL_RESPONSE, HSCT_DECLINED))
RESPONDED_ELSEWHERE = StateGroup(
    "where an earlier response does not show", (SURVEILLANCE, IMMUNOSUPPRESSION, HSCT_DECLINED, *KIDNEY)
)
MAY_BE_REFERRED = StateGroup(
    "any state that may be referred",
    (SLE, NEPHRITIS, BIOPSIED, SURVEILLANCE, IMMUNOSUPPRESSION, PARTIAL_RESPONSE, REFRACTORY, RELAPSED, HSCT_DECLINED,
     ENGRAFTED, RECONSTITUTED, POST_HSCT_PARTIAL_RESPONSE, POST_HSCT_NO_RESPONSE, POST_HSCT_RELAPSE,
     *KIDNEY),
)  # fmt: skip
FREE_OF_ACTIVITY = StateGroup("complete response or remission", (COMPLETE_RESPONSE, POST_HSCT_REMISSION))
BEFORE_CONSENT = StateGroup("under evaluation or accepted", (HSCT_EVALUATION, HSCT_ACCEPTED))
BEFORE_CONDITIONING = StateGroup("consented, before conditioning", (CONSENTED, MOBILISATION, GRAFT_IN_STORE))
COLLECTING = StateGroup("mobilised, or a graft in store", (MOBILISATION, GRAFT_IN_STORE))
MAY_BE_HARVESTED = StateGroup("consented or mobilised", (CONSENTED, MOBILISATION))
MAY_BE_CONDITIONED = StateGroup("consented, or a graft in store", (CONSENTED, GRAFT_IN_STORE))
CONDITIONED_OR_INTERRUPTED = StateGroup("conditioning, complete or interrupted", (CONDITIONED, CONDITIONING))
ABLATED = StateGroup("from conditioning to engraftment", (CONDITIONING, CONDITIONED, APLASIA))
WITH_NEW_CELLS = StateGroup("engrafted, and after", (ENGRAFTED, RECONSTITUTED, *POST_HSCT))
AFTER_REINFUSION = StateGroup("after reinfusion", (APLASIA, GRAFT_FAILURE, *WITH_NEW_CELLS.states))
NOT_IN_REMISSION = StateGroup(
    "engrafted, not in remission",
    (ENGRAFTED, RECONSTITUTED, POST_HSCT_PARTIAL_RESPONSE, POST_HSCT_NO_RESPONSE, POST_HSCT_RELAPSE),
)
UNASSESSED = StateGroup("engrafted, not yet assessed", (ENGRAFTED, RECONSTITUTED))
NOT_RESPONDING = StateGroup(
    "engrafted, without a response", (ENGRAFTED, RECONSTITUTED, POST_HSCT_NO_RESPONSE, POST_HSCT_RELAPSE)
)
WITH_A_KIDNEY_GRAFT = StateGroup(
    "any state with a transplanted kidney",
    (SURVEILLANCE, *ON_STANDARD_THERAPY, HSCT_DECLINED, *POST_HSCT, KIDNEY_TRANSPLANTED),
)
LONG_AFTER = StateGroup(
    "engrafted, or long after", (*WITH_NEW_CELLS.states, *ON_STANDARD_THERAPY, HSCT_DECLINED, *KIDNEY)
)
IN_REMISSION = StateGroup("responding after transplant", (POST_HSCT_REMISSION, POST_HSCT_PARTIAL_RESPONSE))
NOT_BEING_ABLATED = StateGroup(
    "any living state but conditioning, aplasia and graft failure",
    (SUSPECTED, SLE, NEPHRITIS, BIOPSIED, SURVEILLANCE, *ON_STANDARD_THERAPY, HSCT_EVALUATION, HSCT_ACCEPTED,
     HSCT_DECLINED, CONSENTED, MOBILISATION, GRAFT_IN_STORE, ENGRAFTED, RECONSTITUTED, *POST_HSCT,
     *KIDNEY),
)  # fmt: skip
LIVING = StateGroup("any living patient", (*NOT_BEING_ABLATED.states, *ABLATED.states, GRAFT_FAILURE))

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [name for name, thing in globals().items() if isinstance(thing, State | StateGroup)]
