"""The pathway itself: one row per transition, read from left to right as a clinical sentence."""

from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.guidelines import DEFAULTS, POINTS
from hscpath.lupus.sources import ALEXANDER_2025, ENGRAFTMENT_CONSENSUS
from hscpath.lupus.states import *
from hscpath.lupus.states import AT_ENTRY
from hscpath.pathway import Guideline, Pathway, combined

__all__ = ["PATHWAY", "pathway"]


def pathway(*guidelines: Guideline) -> Pathway:
    """Return the pathway under these guidelines: each decides the points it defines.

    Of two that decide the same point the later one counts; what none decides is left to
    ``DEFAULTS``. Raises ``PathwayError`` for a guideline that decides a point not in ``POINTS``.

    >>> from hscpath import Citation, Requirements, Guideline
    >>> from hscpath.lupus import PATHWAY, SLEDAI, pathway
    >>> points = {"remission": Requirements(when=SLEDAI.at_most(0))}
    >>> STRICT = Guideline("Ward rule", "1", Citation("Ward 2026", "Ward handbook, 2026"), points)
    >>> pathway(STRICT) == PATHWAY
    False
    """
    by = combined(POINTS, (*DEFAULTS, *guidelines))
    rows = (
        # Entry in mid-course, or work-up.
        *(SUSPECTED.on(ENROLLED, to=state, when=entered_as(status)) for status, state in AT_ENTRY.items()),
        SUSPECTED.on(SLE_DIAGNOSED, to=SLE),
        UNDIAGNOSED.on(NEPHRITIS_DIAGNOSED, to=NEPHRITIS),
        TREATED_FOR_SLE.on(NEPHRITIS_DIAGNOSED, to=NEPHRITIS, when=NEPHRITIS_IS_NEW),
        UNCLASSED.on(KIDNEY_BIOPSY_REPORTED, to=BIOPSIED, when=CLASSED, under=by["biopsy"]),
        LIVING.on(KIDNEY_BIOPSY_REPORTED, expects=SCLEROSIS_STAYS),
        # Standard therapy.
        MAY_BE_WATCHED.on(SURVEILLANCE_STARTED, to=SURVEILLANCE, under=by["surveillance"]),
        UNDIAGNOSED.on(IMMUNOSUPPRESSION_STARTED, to=IMMUNOSUPPRESSION),
        MAY_BE_TREATED.on(IMMUNOSUPPRESSION_STARTED, to=IMMUNOSUPPRESSION, under=by["treatment"]),
        MAY_BE_TREATED.on(MAINTENANCE_STARTED),
        NOT_YET_COMPLETE.on(
            RESPONSE_ASSESSED, to=COMPLETE_RESPONSE, when=TREATED & OFF_DIALYSIS, under=by["complete_response"]
        ),
        COMPLETE_RESPONSE.on(RESPONSE_ASSESSED, when=OFF_DIALYSIS & by["complete_response"].when),
        NOT_YET_PARTIAL.on(RESPONSE_ASSESSED, to=PARTIAL_RESPONSE, when=TREATED, under=by["partial_response"]),
        PARTIAL_RESPONSE.on(RESPONSE_ASSESSED, when=by["partial_response"].when),
        NOT_YET_PARTIAL.on(RESPONSE_ASSESSED),
        IN_A_COURSE.on(COURSE_FAILED, when=TREATED & FIRST_FAILURE, under=by["inadequate_response"]),
        IN_A_COURSE.on(REFRACTORY_DECLARED, to=REFRACTORY, when=TREATED, under=by["refractory"]),
        COMPLETE_RESPONSE.on(RELAPSE_DIAGNOSED, to=RELAPSED, under=by["relapse_after_complete_response"]),
        PARTIAL_RESPONSE.on(RELAPSE_DIAGNOSED, to=RELAPSED, under=by["relapse_after_partial_response"]),
        RESPONDED_ELSEWHERE.on(RELAPSE_DIAGNOSED, to=RELAPSED, when=RESPONDED_BEFORE),
        # Towards the transplant.
        MAY_BE_REFERRED.on(HSCT_EVALUATION_STARTED, to=HSCT_EVALUATION, under=by["referral"]),
        FREE_OF_ACTIVITY.on(HSCT_EVALUATION_STARTED, to=HSCT_EVALUATION, expects=ACTIVE_AGAIN),
        HSCT_EVALUATION.on(ACCEPTED_FOR_HSCT, to=HSCT_ACCEPTED, when=INDICATED, under=by["eligibility"]),
        BEFORE_CONSENT.on(DECLINED_FOR_HSCT, to=HSCT_DECLINED),
        HSCT_ACCEPTED.on(CONSENT_SIGNED, to=CONSENTED, cite=ALEXANDER_2025),
        BEFORE_CONDITIONING.on(CONSENT_WITHDRAWN, to=HSCT_DECLINED, cite=ALEXANDER_2025),
        BEFORE_CONDITIONING.on(TRANSPLANT_CALLED_OFF, to=HSCT_DECLINED),
        BEFORE_CONDITIONING.on(MOBILISATION_STARTED, to=MOBILISATION, when=FIT_FOR_MOBILISATION),
        MOBILISATION.on(MOBILISING_CHEMOTHERAPY_GIVEN, expects=CHEMOTHERAPY_FIRST),
        MOBILISATION.on(G_CSF_STARTED),
        COLLECTING.on(STEM_CELLS_COLLECTED, when=MOBILISED, under=by["collection"]),
        MOBILISATION.on(COLLECTION_FAILED, to=CONSENTED, under=by["failed_collection"]),
        COLLECTING.on(GRAFT_STORED, to=GRAFT_IN_STORE, when=COLLECTED, under=by["minimum_graft"]),
        MAY_BE_HARVESTED.on(BONE_MARROW_HARVESTED, to=GRAFT_IN_STORE, under=by["minimum_marrow"]),
        NOT_BEING_ABLATED.on(EARLIER_GRAFT_REPORTED, when=IN_MID_COURSE),
        GRAFT_IN_STORE.on(GRAFT_LOST, to=CONSENTED, when=LAST_GRAFT),
        NOT_BEING_ABLATED.on(GRAFT_LOST, when=A_GRAFT_IN_STORE),
        MAY_BE_CONDITIONED.on(CONDITIONING_STARTED, to=CONDITIONING, when=SAFE_TO_ABLATE, under=by["conditioning"]),
        # Transplant: once conditioning has begun, nothing stands between the patient and the cells.
        ABLATED.on(CONSENT_WITHDRAWN),
        ABLATED.on(SEROTHERAPY_GIVEN),
        ABLATED.on(AGENT_STARTED, expects=NO_CYTOTOXIC_AGENT),
        CONDITIONING.on(CONDITIONING_COMPLETED, to=CONDITIONED),
        CONDITIONED_OR_INTERRUPTED.on(CELLS_REINFUSED, to=APLASIA, when=A_GRAFT_IN_STORE, under=by["reinfusion"]),
        CONDITIONED_OR_INTERRUPTED.on(RECOVERED_WITHOUT_CELLS, to=HSCT_DECLINED, expects=CELLS_GIVEN_BACK),
        APLASIA.on(GRAFT_PART_REINFUSED, expects=MASS_BALANCE),
        GRAFT_FAILURE.on(BACKUP_GRAFT_REINFUSED, to=APLASIA, when=A_GRAFT_IN_STORE, expects=MASS_BALANCE),
        AFTER_REINFUSION.on(BACKUP_GRAFT_REINFUSED, when=A_GRAFT_IN_STORE, expects=MASS_BALANCE),
        APLASIA.on(NEUTROPHILS_RECOVERED, to=ENGRAFTED, under=by["engraftment"]),
        GRAFT_FAILURE.on(NEUTROPHILS_RECOVERED, to=ENGRAFTED, expects=LASTING_NEUTROPHILS),
        AFTER_REINFUSION.on(PLATELETS_RECOVERED, under=by["platelet_recovery"]),
        APLASIA.on(PRIMARY_GRAFT_FAILURE_DECLARED, to=GRAFT_FAILURE, when=NEVER_ENGRAFTED, under=by["graft_failure"]),
        APLASIA.on(SECONDARY_GRAFT_FAILURE_DECLARED, to=GRAFT_FAILURE, when=ENGRAFTED_BEFORE),
        WITH_NEW_CELLS.on(SECONDARY_GRAFT_FAILURE_DECLARED, to=GRAFT_FAILURE, cite=ENGRAFTMENT_CONSENSUS),
        LONG_AFTER.on(SECONDARY_GRAFT_FAILURE_DECLARED, to=GRAFT_FAILURE, when=ENGRAFTED_BEFORE),
        ENGRAFTED.on(IMMUNE_RECONSTITUTION_DOCUMENTED, to=RECONSTITUTED, under=by["reconstitution"]),
        LONG_AFTER.on(IMMUNE_RECONSTITUTION_DOCUMENTED, when=TRANSPLANTED, under=by["reconstitution"]),
        # Outcome of the transplant.
        NOT_IN_REMISSION.on(RESPONSE_ASSESSED, to=POST_HSCT_REMISSION, under=by["remission"]),
        POST_HSCT_REMISSION.on(RESPONSE_ASSESSED, when=by["remission"].when),
        NOT_RESPONDING.on(RESPONSE_ASSESSED, to=POST_HSCT_PARTIAL_RESPONSE, under=by["partial_remission"]),
        POST_HSCT_PARTIAL_RESPONSE.on(RESPONSE_ASSESSED, when=by["partial_remission"].when),
        UNASSESSED.on(RESPONSE_ASSESSED, to=POST_HSCT_NO_RESPONSE, under=by["no_remission"]),
        NOT_RESPONDING.on(RESPONSE_ASSESSED),
        IN_REMISSION.on(RELAPSE_DIAGNOSED, to=POST_HSCT_RELAPSE, under=by["relapse_after_transplant"]),
        LIVING.on(SECONDARY_AUTOIMMUNE_DISEASE_DIAGNOSED, when=TRANSPLANTED),
        # Kidney failure: dialysis may be temporary and changes no state.
        LIVING.on(ACUTE_KIDNEY_INJURY_DIAGNOSED, under=by["acute_kidney_injury"]),
        KIDNEY_FAILURE.on(DIALYSIS_STARTED),
        LIVING.on(DIALYSIS_STARTED, under=by["dialysis"]),
        LIVING.on(DIALYSIS_STOPPED, when=ON_DIALYSIS),
        NOT_BEING_ABLATED.on(KIDNEY_FAILURE_DIAGNOSED, to=KIDNEY_FAILURE, under=by["kidney_failure"]),
        NOT_BEING_ABLATED.on(KIDNEY_TRANSPLANT_PERFORMED, to=KIDNEY_TRANSPLANTED, under=FOR_A_KIDNEY),
        WITH_A_KIDNEY_GRAFT.on(RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, to=RELAPSED, under=FOR_RECURRENCE),
        # Any living patient.
        LIVING.on(RESULTS_RECORDED),
        LIVING.on(INFECTION_REPORTED),
        LIVING.on(COMPLICATION_REPORTED),
        LIVING.on(AGENT_STARTED),
        LIVING.on(AGENT_STOPPED),
        LIVING.on(AGENT_NOT_TOLERATED, expects=AGENT_GIVEN),
        LIVING.on(RESCUE_THERAPY_GIVEN),
        LIVING.on(IMMUNOSUPPRESSION_STOPPED),
        LIVING.on(LIVE_VACCINE_GIVEN, under=by["live_vaccine"]),
        LIVING.on(PREGNANCY_REPORTED),
        LIVING.on(CONTACT_LOST),
        LIVING.on(DIED, to=DEAD),
    )
    under = f", under {', '.join(map(str, guidelines))}" if guidelines else ""
    return Pathway(
        f"lupus nephritis to autologous HSCT{under}",
        "1",
        SUSPECTED,
        rows,
        day_zero=CELLS_REINFUSED,
        day_counted="transplant day",
    )


PATHWAY = pathway()
"""The reference pathway, under the default guidelines."""
