"""The pathway itself: one row per transition, read from left to right as a clinical sentence."""

from hscpath.guidelines import Guideline, combined
from hscpath.lupus.events import (
    CELLS_REINFUSED,
    CONDITIONING_COMPLETED,
    CONDITIONING_STARTED,
    CONSENT_SIGNED,
    DIALYSIS_STARTED,
    DIALYSIS_STOPPED,
    DIED,
    ENROLLED,
    GRAFT_STORED,
    HSCT_EVALUATION_STARTED,
    IMMUNOSUPPRESSION_STARTED,
    KIDNEY_BIOPSY_REPORTED,
    KIDNEY_FAILURE_DIAGNOSED,
    KIDNEY_TRANSPLANT_PERFORMED,
    MDT_DECIDED,
    MOBILISATION_STARTED,
    NEPHRITIS_DIAGNOSED,
    NEUTROPHILS_RECOVERED,
    REFRACTORY_DECLARED,
    RELAPSE_DIAGNOSED,
    RESPONSE_ASSESSED,
    RESULTS_RECORDED,
    STEM_CELLS_COLLECTED,
)
from hscpath.lupus.facts import (
    CD34_COLLECTED,
    CD34_INFUSED,
    LN_CLASS,
    MDT_DECISION,
    NO_NEPHRITIS,
    NOT_ADEQUATE,
    REFRACTORY_AT_ENTRY,
    RELAPSED_AT_ENTRY,
    STATUS_AT_ENTRY,
    UNCONTROLLED_INFECTION,
)
from hscpath.lupus.guidelines import DEFAULTS, POINTS
from hscpath.lupus.sources import ALEXANDER_2025, COLLECTION_2011, WEENING_2004
from hscpath.lupus.states import (
    APLASIA,
    BIOPSIED,
    COMPLETE_RESPONSE,
    CONDITIONED,
    CONDITIONED_OR_INTERRUPTED,
    CONDITIONING,
    CONSENTED,
    DEAD,
    DIAGNOSED,
    ENGRAFTED,
    FAILED_STANDARD_THERAPY,
    GRAFT_IN_STORE,
    HSCT_ACCEPTED,
    HSCT_DECLINED,
    HSCT_EVALUATION,
    IMMUNOSUPPRESSION,
    KIDNEY_FAILURE,
    KIDNEY_TRANSPLANTED,
    LIVING,
    MAY_START_IMMUNOSUPPRESSION,
    MOBILISATION,
    NEPHRITIS,
    PARTIAL_RESPONSE,
    POST_HSCT_RELAPSE,
    POST_HSCT_REMISSION,
    REFRACTORY,
    RELAPSED,
    SUSPECTED,
    UNDER_THERAPY,
    WITH_NEPHRITIS,
)
from hscpath.pathway import Pathway

MINIMUM_DOSE = COLLECTION_2011.at("minimum collected, asked of what is reinfused")
NO_CLASS = LN_CLASS.one_of(NO_NEPHRITIS, NOT_ADEQUATE).named("no class of lupus nephritis")
CLASSED = (~NO_CLASS).named("the biopsy shows a class of lupus nephritis", WEENING_2004)
ENTERED_REFRACTORY = STATUS_AT_ENTRY.one_of(REFRACTORY_AT_ENTRY).named("entered as refractory")
ENTERED_RELAPSED = STATUS_AT_ENTRY.one_of(RELAPSED_AT_ENTRY).named("entered as relapsed")
ACCEPTED = MDT_DECISION.one_of("accepted").named("accepted by the team", ALEXANDER_2025)
DECLINED = MDT_DECISION.one_of("declined").named("declined by the team", ALEXANDER_2025)
COLLECTED = STEM_CELLS_COLLECTED.happened(since=MOBILISATION_STARTED).named("stem cells were collected")
UNUSED_GRAFTS = GRAFT_STORED.count.minus(CELLS_REINFUSED).called("stored grafts not yet used")
RESCUE = UNUSED_GRAFTS.at_least(1).named("a graft is in store")
CONDITIONED_BEFORE = CONDITIONING_COMPLETED.happened(since=CONDITIONING_STARTED).named("conditioning is complete")
ENOUGH_CELLS = CD34_INFUSED.at_least(2, since=CONDITIONING_STARTED).named("enough CD34+ cells reinfused", MINIMUM_DOSE)
MASS_BALANCE = CD34_INFUSED.total.at_most(CD34_COLLECTED.total).named("no more cells than were collected")
SAFE_REINFUSION = CONDITIONED_BEFORE & ENOUGH_CELLS & MASS_BALANCE
NO_INFECTION = UNCONTROLLED_INFECTION.is_false(since=KIDNEY_FAILURE_DIAGNOSED)


def pathway(*guidelines: Guideline) -> Pathway:
    """Return the pathway under these guidelines: each decides the points it defines.

    Of two that decide the same point the later one counts; what none decides is left to
    ``DEFAULTS``. Raises ``PathwayError`` for a guideline that decides a point not in ``POINTS``.

    >>> from hscpath import Citation, Criteria, Guideline
    >>> from hscpath.lupus import PATHWAY, SLEDAI, pathway
    >>> points = {"remission": Criteria(when=SLEDAI.at_most(0))}
    >>> STRICT = Guideline("Ward rule", "1", Citation("Ward 2026", "Ward handbook, 2026"), points)
    >>> pathway(STRICT) == PATHWAY
    False
    """
    by = combined(POINTS, (*DEFAULTS, *guidelines))
    rows = (
        # Work-up, or entry in mid-course.
        SUSPECTED.on(ENROLLED, to=REFRACTORY, when=ENTERED_REFRACTORY),
        SUSPECTED.on(ENROLLED, to=RELAPSED, when=ENTERED_RELAPSED),
        SUSPECTED.on(NEPHRITIS_DIAGNOSED, to=NEPHRITIS),
        NEPHRITIS.on(KIDNEY_BIOPSY_REPORTED, to=BIOPSIED, when=CLASSED),
        DIAGNOSED.on(KIDNEY_BIOPSY_REPORTED),
        # Standard therapy.
        MAY_START_IMMUNOSUPPRESSION.on(IMMUNOSUPPRESSION_STARTED, to=IMMUNOSUPPRESSION, under=by["treatment"]),
        UNDER_THERAPY.on(RESPONSE_ASSESSED, to=COMPLETE_RESPONSE, under=by["complete_response"]),
        IMMUNOSUPPRESSION.on(RESPONSE_ASSESSED, to=PARTIAL_RESPONSE, under=by["partial_response"]),
        UNDER_THERAPY.on(RESPONSE_ASSESSED),
        COMPLETE_RESPONSE.on(RESPONSE_ASSESSED),
        UNDER_THERAPY.on(REFRACTORY_DECLARED, to=REFRACTORY, under=by["refractory"]),
        COMPLETE_RESPONSE.on(RELAPSE_DIAGNOSED, to=RELAPSED, under=by["relapse_after_complete_response"]),
        PARTIAL_RESPONSE.on(RELAPSE_DIAGNOSED, to=RELAPSED, under=by["relapse_after_partial_response"]),
        # Towards the transplant.
        FAILED_STANDARD_THERAPY.on(HSCT_EVALUATION_STARTED, to=HSCT_EVALUATION, under=by["eligibility"]),
        HSCT_EVALUATION.on(MDT_DECIDED, to=HSCT_ACCEPTED, when=ACCEPTED),
        HSCT_EVALUATION.on(MDT_DECIDED, to=HSCT_DECLINED, when=DECLINED),
        HSCT_ACCEPTED.on(CONSENT_SIGNED, to=CONSENTED, cite=ALEXANDER_2025),
        CONSENTED.on(MOBILISATION_STARTED, to=MOBILISATION, under=by["mobilisation"]),
        MOBILISATION.on(STEM_CELLS_COLLECTED),
        MOBILISATION.on(GRAFT_STORED, to=GRAFT_IN_STORE, when=COLLECTED, under=by["minimum_graft"]),
        # Transplant: once conditioning has begun, nothing stands between the patient and the cells.
        GRAFT_IN_STORE.on(CONDITIONING_STARTED, to=CONDITIONING, when=RESCUE, under=by["conditioning"]),
        CONDITIONING.on(CONDITIONING_COMPLETED, to=CONDITIONED),
        CONDITIONED_OR_INTERRUPTED.on(CELLS_REINFUSED, to=APLASIA, when=RESCUE, expects=SAFE_REINFUSION),
        APLASIA.on(NEUTROPHILS_RECOVERED, to=ENGRAFTED, under=by["engraftment"]),
        ENGRAFTED.on(RESPONSE_ASSESSED, to=POST_HSCT_REMISSION, under=by["remission"]),
        ENGRAFTED.on(RESPONSE_ASSESSED),
        POST_HSCT_REMISSION.on(RESPONSE_ASSESSED),
        POST_HSCT_REMISSION.on(RELAPSE_DIAGNOSED, to=POST_HSCT_RELAPSE, under=by["relapse_after_transplant"]),
        # Kidney failure: dialysis may be temporary and changes no state.
        WITH_NEPHRITIS.on(KIDNEY_FAILURE_DIAGNOSED, to=KIDNEY_FAILURE, under=by["kidney_failure"]),
        KIDNEY_FAILURE.on(KIDNEY_TRANSPLANT_PERFORMED, to=KIDNEY_TRANSPLANTED, when=NO_INFECTION),
        DIAGNOSED.on(DIALYSIS_STARTED),
        DIAGNOSED.on(DIALYSIS_STOPPED),
        # Any living patient.
        LIVING.on(RESULTS_RECORDED),
        LIVING.on(DIED, to=DEAD),
    )
    return Pathway(
        "lupus nephritis to autologous HSCT",
        "1",
        SUSPECTED,
        rows,
        day_zero=CELLS_REINFUSED,
        day_counted="transplant day",
    )


PATHWAY = pathway()
"""The reference pathway, under the default guidelines."""
