"""What holds of every journey on the pathway, under every guideline: the order of the way, and what is never done."""

from hscpath.citations import BY_DEFINITION, Citation
from hscpath.criteria import Criterion, Event, EventGroup
from hscpath.invariants import (
    Activity,
    Either,
    Invariant,
    Rule,
    absence,
    alternate_precedence,
    never_closed,
    not_succession,
    precedence,
    throughout,
    whenever,
)
from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.facts import PREGNANT, UNCONTROLLED_INFECTION
from hscpath.lupus.pathway import PATHWAY
from hscpath.lupus.sources import *
from hscpath.lupus.states import *
from hscpath.lupus.states import AT_ENTRY
from hscpath.pathway import State

__all__ = ["INVARIANTS"]

ANYTHING_ELSE = EventGroup(
    "anything else", tuple(event for event in PATHWAY.events if event != DIED), key="anything_else"
)
WORK_UP_EVENTS = EventGroup("work-up", (SLE_DIAGNOSED, NEPHRITIS_DIAGNOSED), key="work_up_events")
DIAGNOSIS = EventGroup(
    "a diagnosis, a biopsy, a first therapy, kidney failure, or entry",
    (*WORK_UP_EVENTS.events, KIDNEY_BIOPSY_REPORTED, IMMUNOSUPPRESSION_STARTED, KIDNEY_FAILURE_DIAGNOSED, ENROLLED),
    key="diagnosis",
)
NOT_PREGNANT = (MALE | PREGNANT.is_false()).named("not pregnant", key="not_pregnant")
NOT_INFECTED = UNCONTROLLED_INFECTION.is_false().named("no uncontrolled infection", key="no_uncontrolled_infection")

TURNS = EventGroup(
    "the last turn",
    (
        ENROLLED, SLE_DIAGNOSED, NEPHRITIS_DIAGNOSED, SURVEILLANCE_STARTED, IMMUNOSUPPRESSION_STARTED,
        REFRACTORY_DECLARED, RELAPSE_DIAGNOSED, HSCT_EVALUATION_STARTED, ACCEPTED_FOR_HSCT, DECLINED_FOR_HSCT,
        CONSENT_SIGNED, TRANSPLANT_CALLED_OFF, MOBILISATION_STARTED, COLLECTION_FAILED, BONE_MARROW_HARVESTED,
        GRAFT_STORED, CONDITIONING_STARTED, CONDITIONING_COMPLETED, CELLS_REINFUSED, RECOVERED_WITHOUT_CELLS,
        NEUTROPHILS_RECOVERED, PRIMARY_GRAFT_FAILURE_DECLARED, SECONDARY_GRAFT_FAILURE_DECLARED,
        KIDNEY_FAILURE_DIAGNOSED, KIDNEY_TRANSPLANT_PERFORMED, RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, DIED,
    ), key="turns",
)  # fmt: skip
"""Events after which the course never stands where it stood before them."""


def _stands(state: State, *since: Event) -> Invariant:
    """Return the invariant: a state follows from the record, by these events, or from the status at entry."""
    events = (*since, ENROLLED) if state in AT_ENTRY.values() else since
    return _stands_where(state.label, state, _any_of(*events).happened(since=TURNS))


def _stands_where(called: str, state: State, record: Criterion) -> Invariant:
    reason = "a state is no more than what the record says"
    return _invariant(f"where the course stands: {called}", throughout(state, record), reason)


def _any_of(*events: Event) -> EventGroup:
    return EventGroup(" or ".join(event.label for event in events), events)


def _or_entry(event: Event) -> EventGroup:
    return _any_of(event, ENROLLED)


def _invariant(name: str, rule: Rule, reason: str, cite: Citation = BY_DEFINITION) -> Invariant:
    return Invariant(name, rule, reason, cite)


def _order(name: str, before: Activity, after: Activity, reason: str, cite: Citation = BY_DEFINITION) -> Invariant:
    return _invariant(name, precedence(before, after), reason, cite)


def _anew(name: str, before: Activity, after: Activity, reason: str, cite: Citation = BY_DEFINITION) -> Invariant:
    return _invariant(name, alternate_precedence(before, after), reason, cite)


INVARIANTS = (
    # The order of the way: diagnosis, class, therapy, failure, collection, ablation, reinfusion, recovery, outcome.
    _order("refractory to a therapy that was given", _or_entry(IMMUNOSUPPRESSION_STARTED), REFRACTORY_DECLARED,
           "disease is refractory to something", ALEXANDER_2025),
    _order("relapse after a response", _or_entry(RESPONSE_ASSESSED), RELAPSE_DIAGNOSED,
           "without an earlier response it is non-response", RELAPSE_AFTER_RESPONSE),
    _order("evaluation of a patient with a diagnosis", DIAGNOSIS, HSCT_EVALUATION_STARTED,
           "nobody is transplanted on a suspicion", ALEXANDER_2025),
    _anew("acceptance after an evaluation of its own", HSCT_EVALUATION_STARTED, ACCEPTED_FOR_HSCT,
          "the team decides on what was found", ALEXANDER_2025),
    _anew("consent to what was accepted", ACCEPTED_FOR_HSCT, CONSENT_SIGNED,
          "one consents to a transplant that is offered", ALEXANDER_2025),
    _order("no mobilisation without consent", CONSENT_SIGNED, MOBILISATION_STARTED,
           "consent comes before the first procedure", ALEXANDER_2025),
    _order("no marrow harvest without consent", CONSENT_SIGNED, BONE_MARROW_HARVESTED,
           "consent comes before the first procedure", ALEXANDER_2025),
    _order("no conditioning without consent", CONSENT_SIGNED, CONDITIONING_STARTED,
           "consent comes before ablation", ALEXANDER_2025),
    _order("collection from mobilised cells", MOBILISATION_STARTED, STEM_CELLS_COLLECTED,
           "stem cells leave the marrow when they are mobilised", COLLECTION_2011),
    _anew("a graft stored from cells of its own", STEM_CELLS_COLLECTED, GRAFT_STORED,
          "what is stored was collected", COLLECTION_2011),
    _order("no ablation without a rescue", GRAFT_GAINED, CONDITIONING_STARTED,
           "without cells to give back ablation is lethal", COLLECTION_2011),
    _anew("conditioning is completed once begun", CONDITIONING_STARTED, CONDITIONING_COMPLETED,
          "what never began cannot end"),
    _anew("reinfusion after conditioning of its own", CONDITIONING_STARTED, CELLS_REINFUSED,
          "cells are given back to who was ablated", CONDITIONING_2000),
    _order("reinfusion of a graft that is there", GRAFT_GAINED, CELLS_REINFUSED,
           "there is nothing else to give back", COLLECTION_2011),
    _order("further parts after the first", REINFUSION, GRAFT_PART_REINFUSED, "a second part needs a first"),
    _order("a back-up after a transplant", _or_entry(CELLS_REINFUSED), BACKUP_GRAFT_REINFUSED,
           "a back-up backs something up", ENGRAFTMENT_CONSENSUS),
    _order("engraftment of cells that were given", _or_entry(CELLS_REINFUSED), NEUTROPHILS_RECOVERED,
           "engraftment counts from day 0", ENGRAFTMENT_CONSENSUS),
    _order("platelets recover after cells were given", _or_entry(CELLS_REINFUSED), PLATELETS_RECOVERED,
           "engraftment counts from day 0", ENGRAFTMENT_CONSENSUS),
    _order("primary graft failure of a transplant", _or_entry(CELLS_REINFUSED), PRIMARY_GRAFT_FAILURE_DECLARED,
           "a graft fails after it was given", ENGRAFTMENT_CONSENSUS),
    _order("secondary graft failure after engraftment", _or_entry(NEUTROPHILS_RECOVERED),
           SECONDARY_GRAFT_FAILURE_DECLARED, "what is lost was there", ENGRAFTMENT_CONSENSUS),
    _order("reconstitution after engraftment", _or_entry(NEUTROPHILS_RECOVERED), IMMUNE_RECONSTITUTION_DOCUMENTED,
           "immunity returns after the neutrophils do", ENGRAFTMENT_CONSENSUS),
    _order("no remission after transplant before engraftment", _or_entry(NEUTROPHILS_RECOVERED), POST_HSCT_REMISSION,
           "disease cannot be judged in aplasia", ENGRAFTMENT_CONSENSUS),
    _order("no partial response after transplant before engraftment", _or_entry(NEUTROPHILS_RECOVERED),
           POST_HSCT_PARTIAL_RESPONSE, "disease cannot be judged in aplasia", ENGRAFTMENT_CONSENSUS),
    _order("no failure of a transplant before engraftment", _or_entry(NEUTROPHILS_RECOVERED), POST_HSCT_NO_RESPONSE,
           "disease cannot be judged in aplasia", ENGRAFTMENT_CONSENSUS),
    _order("relapse after transplant follows a response",
           Either("a response after transplant, or entry",
                  (POST_HSCT_REMISSION, POST_HSCT_PARTIAL_RESPONSE, ENROLLED)),
           POST_HSCT_RELAPSE, "without an earlier response it is non-response", RELAPSE_AFTER_RESPONSE),
    _order("complete response to a therapy that was given", _or_entry(IMMUNOSUPPRESSION_STARTED), COMPLETE_RESPONSE,
           "what was not given cannot be answered to"),
    _order("partial response to a therapy that was given", _or_entry(IMMUNOSUPPRESSION_STARTED), PARTIAL_RESPONSE,
           "what was not given cannot be answered to"),
    # Where the course stands: what happened last that could change it.
    _stands_where("suspected lupus", SUSPECTED, (~TURNS.happened()).named("no turn")),
    _stands(SLE, SLE_DIAGNOSED),
    _stands(NEPHRITIS, NEPHRITIS_DIAGNOSED),
    _stands_where("biopsied", BIOPSIED,
                  (KIDNEY_BIOPSY_REPORTED.happened() & ~TURNS.happened()) | CLASS_GIVEN.happened(since=TURNS)),
    _stands(SURVEILLANCE, SURVEILLANCE_STARTED),
    _stands(IMMUNOSUPPRESSION, IMMUNOSUPPRESSION_STARTED),
    _stands(COMPLETE_RESPONSE, RESPONSE_ASSESSED),
    _stands(PARTIAL_RESPONSE, RESPONSE_ASSESSED),
    _stands(REFRACTORY, REFRACTORY_DECLARED),
    _stands(RELAPSED, RELAPSE_DIAGNOSED, RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED),
    _stands(HSCT_EVALUATION, HSCT_EVALUATION_STARTED),
    _stands(HSCT_ACCEPTED, ACCEPTED_FOR_HSCT),
    _stands(HSCT_DECLINED, DECLINED_FOR_HSCT, CONSENT_WITHDRAWN, TRANSPLANT_CALLED_OFF, RECOVERED_WITHOUT_CELLS),
    _stands(CONSENTED, CONSENT_SIGNED, COLLECTION_FAILED, GRAFT_LOST),
    _stands(MOBILISATION, MOBILISATION_STARTED),
    _stands(GRAFT_IN_STORE, GRAFT_STORED, BONE_MARROW_HARVESTED),
    _stands(CONDITIONING, CONDITIONING_STARTED),
    _stands(CONDITIONED, CONDITIONING_COMPLETED),
    _stands(APLASIA, CELLS_REINFUSED, BACKUP_GRAFT_REINFUSED),
    _stands(ENGRAFTED, NEUTROPHILS_RECOVERED),
    _stands(RECONSTITUTED, IMMUNE_RECONSTITUTION_DOCUMENTED),
    _stands(GRAFT_FAILURE, PRIMARY_GRAFT_FAILURE_DECLARED, SECONDARY_GRAFT_FAILURE_DECLARED),
    _stands(POST_HSCT_REMISSION, RESPONSE_ASSESSED),
    _stands(POST_HSCT_PARTIAL_RESPONSE, RESPONSE_ASSESSED),
    _stands(POST_HSCT_NO_RESPONSE, RESPONSE_ASSESSED),
    _stands(POST_HSCT_RELAPSE, RELAPSE_DIAGNOSED),
    _stands(KIDNEY_FAILURE, KIDNEY_FAILURE_DIAGNOSED),
    _stands(KIDNEY_TRANSPLANTED, KIDNEY_TRANSPLANT_PERFORMED),
    _stands(DEAD, DIED),
    # What surrounds the way.
    _order("consent withdrawn was signed", _or_entry(CONSENT_SIGNED), CONSENT_WITHDRAWN,
           "what was not given cannot be withdrawn"),
    _order("what is called off was agreed", CONSENT_SIGNED, TRANSPLANT_CALLED_OFF,
           "what was not planned is not called off"),
    _order("mobilising chemotherapy within mobilisation", MOBILISATION_STARTED, MOBILISING_CHEMOTHERAPY_GIVEN,
           "it is part of mobilisation", LIST_TRIAL),
    _order("G-CSF within mobilisation", MOBILISATION_STARTED, G_CSF_STARTED, "it is part of mobilisation", LIST_TRIAL),
    _anew("collection fails where it was tried", MOBILISATION_STARTED, COLLECTION_FAILED,
          "what was not tried cannot fail", COLLECTION_2011),
    _order("serotherapy goes with conditioning", _or_entry(CONDITIONING_STARTED), SEROTHERAPY_GIVEN,
           "it is part of conditioning", CONDITIONING_2000),
    _anew("recovery without cells follows conditioning", CONDITIONING_STARTED, RECOVERED_WITHOUT_CELLS,
          "who was not ablated has nothing to recover from"),
    _order("a graft that is lost was stored", GRAFT_GAINED, GRAFT_LOST, "what is lost was there"),
    _order("a kidney for kidneys that failed", _or_entry(KIDNEY_FAILURE_DIAGNOSED), KIDNEY_TRANSPLANT_PERFORMED,
           "a working kidney is not replaced", KDIGO_NOMENCLATURE),
    _order("recurrence in a graft that is there", _or_entry(KIDNEY_TRANSPLANT_PERFORMED),
           RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, "it recurs in a kidney that was given"),
    _anew("dialysis that stops was under way", DIALYSIS_STARTED, DIALYSIS_STOPPED, "what never began cannot end"),
    _invariant("entry comes first", not_succession(WORK_UP_EVENTS, ENROLLED),
               "who is known from the start does not enter in mid-course"),
    _invariant("lupus is diagnosed once", absence(SLE_DIAGNOSED, 2), "a diagnosis is made once"),
    _invariant("nephritis is diagnosed once", absence(NEPHRITIS_DIAGNOSED, 2), "what is known is not new"),
    _invariant("entered once", absence(ENROLLED, 2), "a journey has one beginning"),
    _invariant("nothing after death", not_succession(DIED, ANYTHING_ELSE), "death ends every journey"),
    _invariant("one death", absence(DIED, 2), "death ends every journey"),
    # What is never done, whatever is recorded.
    Invariant("ablation only with a graft in store", whenever(CONDITIONING_STARTED, A_GRAFT_IN_STORE),
              "without cells to give back ablation is lethal", COLLECTION_2011),
    Invariant("reinfusion only of a graft not yet used", whenever(CELLS_REINFUSED, A_GRAFT_IN_STORE),
              "a graft is given once", COLLECTION_2011),
    Invariant("a rescue at hand, from conditioning to reinfusion",
              throughout(CONDITIONED_OR_INTERRUPTED, A_GRAFT_IN_STORE),
              "without cells to give back ablation is lethal", COLLECTION_2011),
    Invariant("nothing stands between an ablated patient and the cells",
              never_closed(CONDITIONED_OR_INTERRUPTED, CELLS_REINFUSED),
              "whatever else is amiss, the marrow does not return without them", CONDITIONING_2000),
    Invariant("a back-up only from the store", whenever(BACKUP_GRAFT_REINFUSED, A_GRAFT_IN_STORE),
              "a graft is given once", COLLECTION_2011),
    Invariant("only a stored graft is lost", whenever(GRAFT_LOST, A_GRAFT_IN_STORE),
              "what is not in store cannot be lost", COLLECTION_2011),
    Invariant("no mobilisation in pregnancy", whenever(MOBILISATION_STARTED, NOT_PREGNANT),
              "cyclophosphamide and G-CSF harm the child", ASTIL_TRIAL),
    Invariant("no conditioning in pregnancy", whenever(CONDITIONING_STARTED, NOT_PREGNANT),
              "ablation harms the child", ASTIL_TRIAL),
    Invariant("no conditioning in uncontrolled infection",
              whenever(CONDITIONING_STARTED, NOT_INFECTED),
              "who has no neutrophils cannot fight it", TRAYNOR_2000),
    Invariant("no kidney transplant in uncontrolled infection",
              whenever(KIDNEY_TRANSPLANT_PERFORMED, NOT_INFECTED),
              "immunosuppression follows", TRAYNOR_2000.at("infection excluded before a transplant; here of a kidney")),
    Invariant("not for class I or VI, or without nephritis", whenever(ACCEPTED_FOR_HSCT, SUITABLE_CLASS),
              "immunosuppression of the kidney does not help there", KDIGO_LN_2024.second_hand),
    Invariant("nephritis is known where it is the indication", whenever(ACCEPTED_FOR_HSCT, NEPHRITIS_BEFORE_TRANSPLANT),
              "nobody is transplanted on a suspicion", ALEXANDER_2025),
    Invariant("primary failure only where neutrophils never recovered",
              whenever(PRIMARY_GRAFT_FAILURE_DECLARED, NEVER_ENGRAFTED), "a later loss is secondary",
              ENGRAFTMENT_CONSENSUS),
    Invariant("a kidney only for kidneys that have failed",
              whenever(KIDNEY_TRANSPLANT_PERFORMED, KIDNEY_HAS_FAILED), "a working kidney is not replaced",
              KDIGO_NOMENCLATURE),
    _invariant("recurrence only in a kidney graft", whenever(RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, HAS_KIDNEY_GRAFT),
               "it recurs in a kidney that was given"),
    _invariant("dialysis stops only while under way", whenever(DIALYSIS_STOPPED, ON_DIALYSIS),
               "what never began cannot end"),
    _invariant("a course fails once", whenever(COURSE_FAILED, FIRST_FAILURE), "one course, one failure"),
    _invariant("secondary autoimmune disease after a transplant",
               whenever(SECONDARY_AUTOIMMUNE_DISEASE_DIAGNOSED, TRANSPLANTED), "secondary to the transplant"),
)  # fmt: skip
"""The order of the way, what surrounds it, and what is never done whatever is recorded."""
