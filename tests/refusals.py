"""What the reference pathway refuses, what it lets through, and where each criterion turns."""

import re

import attrs
import pytest

from hscpath import (
    InvalidRecord,
    Journey,
    Record,
    TransitionNotAllowed,
    Verdict,
    lupus,
    months,
    years,
)
from hscpath.lupus import PATHWAY
from tests.patients import (
    ABLATE,
    ACCEPT,
    APLASTIC,
    CONDITIONED,
    ENGRAFTED,
    EVA,
    EVALUATED,
    IS,
    REMISSION,
    STORED,
    TREATED,
    entered,
    record,
    taken,
    through,
)

# What must be refused: one thing wrong, and nothing else.


@attrs.frozen
class Refusal:
    """A step that is refused for one criterion alone, and what to change for it to be accepted."""

    why: str
    journey: Journey
    asked: Record
    criterion: str
    cure: tuple[Record, ...]
    cured: Journey | None = None

    def on(self, other):
        """Return the same refusal on another pathway."""
        cured = self.cured and Journey.replay(other, self.cured.steps)
        return attrs.evolve(self, journey=Journey.replay(other, self.journey.steps), cured=cured)


SECOND = taken(
    Journey.replay(PATHWAY, EVA),
    record("hsct_evaluation_started", 1510, indication="other organ", ecog=1, lvef=60, egfr=80),
    record(ACCEPT, 1520),
    record("consent_signed", 1530),
)
COLLECT_AGAIN = (
    record("mobilisation_started", 1540, pregnant=False),
    record("stem_cells_collected", 1550, cd34_collected=4),
    record("graft_stored", 1551),
)
BACKED_UP = taken(
    STORED, record("stem_cells_collected", 282, cd34_collected=3), record("graft_stored", 282), *EVA[15:18]
)
TRANSPLANTED_KIDNEY = taken(
    TREATED,
    record("kidney_failure_diagnosed", 100, egfr=8),
    record("kidney_transplant_performed", 300, uncontrolled_infection=False),
)
WITHOUT_NEPHRITIS = taken(
    Journey(PATHWAY),
    record("enrolled", 0, status_at_entry="refractory", age=30, lupus_nephritis=False, ln_class="not adequate"),
    record("hsct_evaluation_started", 10, indication="kidney", ecog=1, biopsy_age=3),
)
UNTREATED = taken(
    through("kidney_biopsy_reported"),
    Record("hsct_evaluation_started", {"indication": "other organ"}, day=42, override="an emergency"),
    record("declined_for_hsct", 43),
)
ASSESSED = TREATED.advance("response_assessed", day=150, upcr=3, egfr=80)
ENTERED = Journey(PATHWAY).advance("enrolled", day=0, status_at_entry="refractory", egfr=70)
BY_G_CSF = through("consent_signed").advance("mobilisation_started", day=270, pregnant=False, mobilised_with="G-CSF")
ON_DIALYSIS_FOR_LONG = taken(TREATED, record("acute_kidney_injury_diagnosed", 50), record("dialysis_started", 51))

SOFT = (
    Refusal(
        "more cells than were collected", CONDITIONED, record("cells_reinfused", 300, cd34_infused=5.01),
        "no more cells than were collected", (record("cells_reinfused", 300, cd34_infused=5),),
    ),
    Refusal(
        "reinfusion a day after full-dose cyclophosphamide", CONDITIONED,
        record("cells_reinfused", 299, cd34_infused=4),
        "two days after full-dose cyclophosphamide", (record("cells_reinfused", 300, cd34_infused=4),),
    ),
    Refusal(
        "evaluation before any course failed", TREATED, record("hsct_evaluation_started", 60, indication="kidney"),
        "failed, relapsed or not tolerated standard therapy",
        (record("agent_not_tolerated", 60, intolerant_of="MMF"),
         record("hsct_evaluation_started", 60, indication="kidney")),
    ),
    Refusal(
        "transplant for class II", taken(EVALUATED, record("kidney_biopsy_reported", 255, ln_class="II")),
        record(ACCEPT, 260), "class III, IV or V where the kidney is the indication",
        (record("kidney_biopsy_reported", 259, ln_class="III"), record(ACCEPT, 260)),
    ),
    Refusal(
        "a biopsy more than a year old", EVALUATED, record(ACCEPT, 40 + 366), "a biopsy not older than 12 months",
        (record(ACCEPT, 40 + 365),),
    ),
    Refusal(
        "refractory before three months", TREATED,
        record("refractory_declared", 45 + 90, upcr=3, adherent=True, worsening=True),
        "six months of therapy, or three and worsening",
        (record("refractory_declared", 45 + 91, upcr=3, adherent=True, worsening=True),),
    ),
    Refusal(
        "refractory before six months without worsening", TREATED,
        record("refractory_declared", 45 + 182, upcr=3, adherent=True, worsening=False),
        "six months of therapy, or three and worsening",
        (record("refractory_declared", 45 + 183, upcr=3, adherent=True, worsening=False),),
    ),
    Refusal(
        "refractory with a partial response", TREATED, record("refractory_declared", 300, upcr=1.7, adherent=True),
        "no partial response", (record("refractory_declared", 300, upcr=1.701, adherent=True),),
    ),
    Refusal(
        "refractory without the medicines taken", TREATED, record("refractory_declared", 300, upcr=3, adherent=False),
        "adherence confirmed", (record("refractory_declared", 300, upcr=3, adherent=True),),
    ),
    Refusal(
        "complete response under rescue therapy", taken(TREATED, record("rescue_therapy_given", 100)),
        record("response_assessed", 200, upcr=0.3, egfr=80), "no rescue therapy in this course",
        (record("response_assessed", 200, upcr=0.3, egfr=80),), TREATED,
    ),
    Refusal(
        "complete response without a kidney function to compare with",
        taken(Journey(PATHWAY), record("nephritis_diagnosed", 30, upcr=3.4), EVA[2], EVA[3]),
        record("response_assessed", 200, upcr=0.3, egfr=80), "kidney function stable",
        (record("response_assessed", 200, upcr=0.3, egfr=80),), TREATED,
    ),
    Refusal(
        "complete response on day 90 of therapy", TREATED, record("response_assessed", 45 + 90, upcr=0.3, egfr=80),
        "three months of therapy", (record("response_assessed", 45 + 91, upcr=0.3, egfr=80),),
    ),
    Refusal(
        "engraftment on two days of neutrophils", APLASTIC, record("neutrophils_recovered", 310, days_of_neutrophils=2),
        "three days of neutrophils", (record("neutrophils_recovered", 310, days_of_neutrophils=3),),
    ),
    Refusal(
        "engraftment on day 5", APLASTIC, record("neutrophils_recovered", 305, days_of_neutrophils=3),
        "between day 6 and day 21", (record("neutrophils_recovered", 306, days_of_neutrophils=3),),
    ),
    Refusal(
        "aplasia to day 43 without a graft failure declared", APLASTIC,
        record("neutrophils_recovered", 343, days_of_neutrophils=3), "between day 6 and day 21",
        (record("primary_graft_failure_declared", 330), record("neutrophils_recovered", 343, days_of_neutrophils=3)),
    ),
    Refusal(
        "graft failure declared on day 29", APLASTIC, record("primary_graft_failure_declared", 329),
        "day 30 after reinfusion, or later", (record("primary_graft_failure_declared", 330),),
    ),
    Refusal(
        "full-dose cyclophosphamide with an eGFR of 30", taken(STORED, record("results_recorded", 290, egfr=30)),
        record("conditioning_started", 295, **ABLATE), "kidneys fit for full-dose cyclophosphamide",
        (record("results_recorded", 290, kidney_impaired_by_lupus=True), record("conditioning_started", 295, **ABLATE)),
    ),
    Refusal(
        "full-dose cyclophosphamide with a weak heart", taken(STORED, record("results_recorded", 290, lvef=39)),
        record("conditioning_started", 295, **ABLATE), "heart fit for full-dose cyclophosphamide",
        (record("results_recorded", 290, lvef=40), record("conditioning_started", 295, **ABLATE)),
    ),
    Refusal(
        "kidney failure with an eGFR of 15", TREATED, record("kidney_failure_diagnosed", 60, egfr=15),
        "eGFR below 15, or three months of dialysis", (record("kidney_failure_diagnosed", 60, egfr=14.9),),
    ),
    Refusal(
        "dialysis with a normal eGFR", TREATED, record("dialysis_started", 60, egfr=60), "kidney function impaired",
        (record("dialysis_started", 60, egfr=59.9),),
    ),
    Refusal(
        "class VI followed by class IV in the same kidney",
        taken(TREATED, record("kidney_biopsy_reported", 60, ln_class="VI")),
        record("kidney_biopsy_reported", 70, ln_class="IV"), "advanced sclerosis does not revert in the same kidney",
        (record("kidney_failure_diagnosed", 61, egfr=9),
         record("kidney_transplant_performed", 62, uncontrolled_infection=False),
         record("kidney_biopsy_reported", 70, ln_class="IV")),
    ),
    Refusal(
        "mycophenolate continued through conditioning", STORED,
        record("conditioning_started", 295, **ABLATE | {"other_immunosuppression": True}),
        "other immunosuppression stopped", (record("conditioning_started", 295, **ABLATE),),
    ),
    Refusal(
        "a live vaccine 23 months after transplant", through("immune_reconstitution_documented"),
        record("live_vaccine_given", 300 + months(24) - 1), "24 months after transplant",
        (record("live_vaccine_given", 300 + months(24)),),
    ),
    Refusal(
        "a live vaccine under immunosuppression", TREATED, record("live_vaccine_given", 60), "off immunosuppression",
        (record("immunosuppression_stopped", 59), record("live_vaccine_given", 60)),
    ),
    Refusal(
        "G-CSF before the chemotherapy", taken(through("mobilisation_started"), record("g_csf_started", 270)),
        record("mobilising_chemotherapy_given", 271), "chemotherapy before G-CSF",
        (record("mobilising_chemotherapy_given", 271),), through("mobilisation_started"),
    ),
    Refusal(
        "irradiation and cyclophosphamide, both in full dose", STORED,
        record("conditioning_started", 295, **ABLATE | {"conditioned_with": ["TBI", "CYC"], "tbi_dose": "12 Gy"}),
        "not both irradiation and cyclophosphamide in full dose",
        (record("conditioning_started", 295, **ABLATE | {"conditioned_with": ["TBI", "CYC"], "tbi_dose": "4 Gy"}),),
    ),
    Refusal(
        "acute kidney injury after three months of dialysis", ON_DIALYSIS_FOR_LONG,
        record("acute_kidney_injury_diagnosed", 51 + 91), "not on dialysis for three months",
        (record("acute_kidney_injury_diagnosed", 51 + 90),),
    ),
    Refusal(
        "a patient of 66", taken(EVALUATED, record("results_recorded", 255, age=66)), record(ACCEPT, 260),
        "65 years or younger", (record("results_recorded", 259, age=65), record(ACCEPT, 260)),
    ),
    Refusal(
        "an ECOG of 2", taken(EVALUATED, record("results_recorded", 255, ecog=2, karnofsky=60)), record(ACCEPT, 260),
        "good performance status, by ECOG or Karnofsky",
        (record("results_recorded", 259, karnofsky=61), record(ACCEPT, 260)),
    ),
    Refusal(
        "a graft of 1.99 million cells",
        taken(through("g_csf_started"), record("stem_cells_collected", 281, cd34_collected=1.99)),
        record("graft_stored", 281), "enough CD34+ cells collected",
        (record("stem_cells_collected", 282, cd34_collected=0.01), record("graft_stored", 282)),
    ),
    Refusal(
        "a dose of 1.99 million cells", CONDITIONED, record("cells_reinfused", 300, cd34_infused=1.99),
        "enough CD34+ cells reinfused", (record("cells_reinfused", 300, cd34_infused=2),),
    ),
    Refusal(
        "a marrow harvest of 0.99", through("consent_signed"), record("bone_marrow_harvested", 270, tnc_harvested=0.99),
        "enough marrow harvested", (record("bone_marrow_harvested", 270, tnc_harvested=1),),
    ),
    Refusal(
        "collection on the seventh day of mobilisation", through("mobilisation_started"),
        record("stem_cells_collected", 276, cd34_collected=5),
        "third day of mobilisation, or a week after cyclophosphamide",
        (record("stem_cells_collected", 277, cd34_collected=5),),
    ),
    Refusal(
        "collection on the second day of G-CSF", BY_G_CSF, record("stem_cells_collected", 271, cd34_collected=5),
        "third day of mobilisation, or a week after cyclophosphamide",
        (record("stem_cells_collected", 272, cd34_collected=5),),
    ),
    Refusal(
        "a failed collection of two million cells",
        taken(through("g_csf_started"), record("stem_cells_collected", 281, cd34_collected=2)),
        record("collection_failed", 281), "too few CD34+ cells collected", (record("collection_failed", 281),),
        through("g_csf_started"),
    ),
    Refusal(
        "reinfusion ten days after conditioning began", CONDITIONED, record("cells_reinfused", 305, cd34_infused=4),
        "within nine days of its start", (record("cells_reinfused", 304, cd34_infused=4),),
    ),
    Refusal(
        "reconstitution with 200 CD4+ cells", ENGRAFTED, record("immune_reconstitution_documented", 400, cd4=200),
        "CD4+ cells recovered", (record("immune_reconstitution_documented", 400, cd4=201),),
    ),
    Refusal(
        "platelets on two days", ENGRAFTED,
        record("platelets_recovered", 312, days_of_platelets=2, days_without_transfusion=8), "three days of platelets",
        (record("platelets_recovered", 312, days_of_platelets=3, days_without_transfusion=8),),
    ),
)  # fmt: skip
HARD = (
    Refusal(
        "stem cells collected that were never mobilised",
        taken(through("consent_signed"), record("bone_marrow_harvested", 270, tnc_harvested=4)),
        record("stem_cells_collected", 281, cd34_collected=4), "stem cells were mobilised",
        (record("mobilisation_started", 275, pregnant=False), record("stem_cells_collected", 285, cd34_collected=4)),
    ),
    Refusal(
        "refractory to no therapy", UNTREATED, record("refractory_declared", 245, upcr=3, adherent=True),
        "immunosuppression was given",
        (record(IS, 45, agent="mycophenolate", upcr=3.4, egfr=78), *EVA[4:7]),
    ),
    Refusal(
        "secondary graft failure without engraftment", APLASTIC, record("secondary_graft_failure_declared", 340),
        "neutrophils had recovered",
        (record("neutrophils_recovered", 310, days_of_neutrophils=3), record("secondary_graft_failure_declared", 340)),
    ),
    Refusal(
        "primary graft failure after the back-up of a graft that had taken",
        taken(BACKED_UP, record("neutrophils_recovered", 310, days_of_neutrophils=3),
              record("secondary_graft_failure_declared", 350), record("backup_graft_reinfused", 351, cd34_infused=1)),
        record("primary_graft_failure_declared", 390), "neutrophils had never recovered",
        (record("secondary_graft_failure_declared", 390),),
    ),
    Refusal(
        "a second kidney transplant while the first works", TRANSPLANTED_KIDNEY,
        record("kidney_transplant_performed", 500, uncontrolled_infection=False), "the kidneys have failed",
        (record("kidney_failure_diagnosed", 400, egfr=9),
         record("kidney_transplant_performed", 500, uncontrolled_infection=False)),
    ),
    Refusal(
        "the same course failing twice", taken(TREATED, record("course_failed", 240, upcr=3)),
        record("course_failed", 250, upcr=3), "not yet said to have failed",
        (record(IS, 245, agent="rituximab", upcr=3), record("course_failed", 440, upcr=3)),
    ),
    Refusal(
        "conditioning with the only graft lost", taken(STORED, record("graft_lost", 290)),
        record("conditioning_started", 295, **ABLATE), "a graft is in store",
        (record("conditioning_started", 295, **ABLATE),), STORED,
    ),
    Refusal(
        "a second transplant without a second graft", SECOND, record("conditioning_started", 1560, **ABLATE),
        "a graft is in store", (*COLLECT_AGAIN, record("conditioning_started", 1560, **ABLATE)),
    ),
    Refusal(
        "transplant for class I", taken(EVALUATED, record("kidney_biopsy_reported", 255, ln_class="I")),
        record(ACCEPT, 260), "not for the kidney in class I or VI, or without nephritis",
        (record("kidney_biopsy_reported", 259, ln_class="IV"), record(ACCEPT, 260)),
    ),
    Refusal(
        "transplant for class VI", taken(EVALUATED, record("kidney_biopsy_reported", 255, ln_class="VI")),
        record(ACCEPT, 260), "not for the kidney in class I or VI, or without nephritis",
        (record(ACCEPT, 260),), EVALUATED,
    ),
    Refusal(
        "transplant for nephritis that nobody has seen", WITHOUT_NEPHRITIS, record(ACCEPT, 20),
        "lupus nephritis is known where it is the indication",
        (record("kidney_biopsy_reported", 15, ln_class="IV"), record(ACCEPT, 20)),
    ),
    Refusal(
        "relapse without an earlier response", ASSESSED, record("relapse_diagnosed", 200, upcr=3, prior_response=False),
        "an earlier response", (record("relapse_diagnosed", 200, upcr=3, prior_response=True),),
    ),
    Refusal(
        "platelets transfused six days ago", ENGRAFTED,
        record("platelets_recovered", 312, days_of_platelets=3, days_without_transfusion=6),
        "seven days without a platelet transfusion",
        (record("platelets_recovered", 312, days_of_platelets=3, days_without_transfusion=7),),
    ),
    Refusal(
        "conditioning under an uncontrolled infection", STORED,
        record("conditioning_started", 295, **ABLATE | {"uncontrolled_infection": True}),
        "no infection at conditioning",
        (record("conditioning_started", 295, **ABLATE),),
    ),
    Refusal(
        "conditioning in pregnancy", STORED, record("conditioning_started", 295, **ABLATE | {"pregnant": True}),
        "no pregnancy at conditioning", (record("conditioning_started", 295, **ABLATE),),
    ),
    Refusal(
        "mobilisation in pregnancy", through("consent_signed"), record("mobilisation_started", 270, pregnant=True),
        "no pregnancy at mobilisation", (record("mobilisation_started", 270, pregnant=False),),
    ),
    Refusal(
        "kidney transplant under an infection", taken(TREATED, record("kidney_failure_diagnosed", 60, egfr=9)),
        record("kidney_transplant_performed", 90, uncontrolled_infection=True), "no infection at kidney transplant",
        (record("kidney_transplant_performed", 90, uncontrolled_infection=False),),
    ),
    Refusal(
        "kidney transplant without kidney failure", ENTERED,
        record("kidney_transplant_performed", 90, uncontrolled_infection=False), "the kidneys have failed",
        (record("kidney_failure_diagnosed", 60, egfr=9),
         record("kidney_transplant_performed", 90, uncontrolled_infection=False)),
    ),
    Refusal(
        "dialysis stopped that was never started", TREATED, record("dialysis_stopped", 90), "dialysis under way",
        (record("dialysis_started", 89, egfr=9), record("dialysis_stopped", 90)),
    ),
    Refusal(
        "a secondary autoimmune disease without a transplant", TREATED,
        record("secondary_autoimmune_disease_diagnosed", 90), "after a stem-cell transplant",
        (record("secondary_autoimmune_disease_diagnosed", 400),), ENGRAFTED,
    ),
    Refusal(
        "a graft stored of nothing", through("g_csf_started"), record("graft_stored", 281), "stem cells were collected",
        (record("stem_cells_collected", 281, cd34_collected=4), record("graft_stored", 281)),
    ),
)  # fmt: skip


def not_met(decision):
    """Return the names of all criteria of the rows tried that are not met, in the row that decides or closes."""
    rows = [tried for tried in decision.tried if tried.decides] or decision.tried
    return [part.guard.phrase for tried in rows for part in tried.criteria if part.verdict is not Verdict.MET]


def refused_alone(refusal):
    """Check that everything else is right, that the one criterion is named, and that to correct it is enough."""
    assert not_met(refusal.journey.ask(refusal.asked)) == [refusal.criterion]
    with pytest.raises(TransitionNotAllowed, match=re.escape(refusal.criterion)):
        refusal.journey.take(refusal.asked)
    taken(refusal.cured or refusal.journey, *refusal.cure)


def opens_with_a_reason(refusal):
    """Check that a departure goes on record, with its reason."""
    accepted = refusal.journey.take(attrs.evolve(refusal.asked, override="the team decided so"))
    assert [(d.criterion.phrase, d.reason) for d in accepted.deviations[len(refusal.journey.deviations) :]] == [
        (refusal.criterion, "the team decided so")
    ]


def stays_closed(refusal):
    """Check that no reason opens it."""
    assert refusal.journey.ask(refusal.asked).closed
    for override in ("no time to lose", {refusal.criterion: "no time to lose"}):
        with pytest.raises((TransitionNotAllowed, InvalidRecord)):
            refusal.journey.take(attrs.evolve(refusal.asked, override=override))


# Where a criterion turns: on one side of its threshold it is met, a step further it is not.


ASSESS, ALL_WELL = "response_assessed", {"upcr": 0.3, "egfr": 80}
IN_REMISSION = taken(ENGRAFTED, record(ASSESS, 510, sledai=0, upcr=0.2))
COMPLETE = TREATED.advance(ASSESS, day=200, upcr=0.2, egfr=80)
PARTIAL = TREATED.advance(ASSESS, day=200, upcr=1.5, egfr=80)
HEAVY = taken(
    through("kidney_biopsy_reported"), record("results_recorded", 44, upcr=8), record(IS, 45, agent="mycophenolate")
)
MEMBRANOUS = taken(through("nephritis_diagnosed"), record("kidney_biopsy_reported", 40, ln_class="V"))
ON_THERAPY = entered("immunosuppression", months_of_therapy=2)
FAILED = taken(APLASTIC, record("primary_graft_failure_declared", 331))
BACKED_UP_FAILED = taken(BACKED_UP, record("primary_graft_failure_declared", 331))
TWO_GRAFTS = taken(STORED, record("stem_cells_collected", 282, cd34_collected=3), record("graft_stored", 282))
HEAVY_BEFORE_TRANSPLANT = taken(STORED, record("conditioning_started", 295, **ABLATE, upcr=8), *EVA[16:19])
KIDNEY_FAILED = taken(TREATED, record("kidney_failure_diagnosed", 60, egfr=9))
DIALYSED_IN_RESPONSE = taken(COMPLETE, record("dialysis_started", 300, egfr=9))
POST_PARTIAL = taken(ENGRAFTED, record(ASSESS, 400, sledai=9, upcr=1.5))


def evaluated(journey, *, day=5, **findings):
    """Return a journey with an evaluation for transplant begun."""
    return taken(journey, record("hsct_evaluation_started", day, ecog=1, **findings))


def collected(cells):
    """Return a journey in which so many cells were collected, and are not yet stored."""
    return taken(through("g_csf_started"), record("stem_cells_collected", 281, cd34_collected=cells))


def ablating(**findings):
    """Return the record of conditioning with these findings."""
    return record("conditioning_started", 295, **ABLATE | findings)


STABLE, HALVED, TIME = "kidney function stable", "UPCR at most 50 % of baseline UPCR", "three months of therapy"
SINCE = ", after the course began, or the last assessment"
FULL, GIVEN = "six months of therapy, or three and worsening", "immunosuppression was given"
TREAT = "active class III or IV, or nephrotic, or for lupus without nephritis"
FIT_KIDNEY, FIT_HEART = "kidneys fit for full-dose cyclophosphamide", "heart fit for full-dose cyclophosphamide"
NOT_BOTH, BALANCE = "not both irradiation and cyclophosphamide in full dose", "no more cells than were collected"
AFTER_3, AFTER_24 = "three months after transplant", "24 months after transplant"
RETURNED, HALVED_AFTER = "disease activity has returned", "proteinuria of nephritis halved"
REFER, YOUNG = "failed, relapsed or not tolerated standard therapy", "65 years or younger"
RECENT = "a biopsy not older than 12 months"
MONTHS_24 = int(months(24))

BOUNDARIES = (
    # criterion, journey, the record that meets it, the record that does not, and the row's target where it matters
    (TREAT, MEMBRANOUS, record(IS, 45, upcr=3), record(IS, 45, upcr=2.999, nephrotic_syndrome=True)),
    (STABLE, TREATED, record(ASSESS, 200, upcr=0.3, egfr=66.3), record(ASSESS, 200, upcr=0.3, egfr=66.2)),
    (STABLE, TREATED, record(ASSESS, 200, upcr=1.5, egfr=66.3), record(ASSESS, 200, upcr=1.5, egfr=66.2)),
    (TIME, TREATED, record(ASSESS, 136, upcr=1.5, egfr=80), record(ASSESS, 135, upcr=1.5, egfr=80)),
    (TIME, ON_THERAPY, record(ASSESS, 91, **ALL_WELL), record(ASSESS, 90, **ALL_WELL)),
    (FULL, ON_THERAPY, record("course_failed", 183, worsening=False), record("course_failed", 182, worsening=False)),
    (FULL, ON_THERAPY, record("course_failed", 91, worsening=True), record("course_failed", 90, worsening=True)),
    ("no partial response", HEAVY, record("course_failed", 240, upcr=3), record("course_failed", 240, upcr=2.999)),
    ("no partial response", TREATED, record("course_failed", 240, upcr=1.701), record("course_failed", 240, upcr=1.7)),
    ("proteinuria has returned", COMPLETE, record("relapse_diagnosed", 400, upcr=0.501),
     record("relapse_diagnosed", 400, upcr=0.5)),
    ("proteinuria has doubled", PARTIAL, record("relapse_diagnosed", 400, upcr=3),
     record("relapse_diagnosed", 400, upcr=2.999)),
    ("proteinuria has doubled", TREATED.advance(ASSESS, day=200, upcr=0.5, egfr=80),
     record("relapse_diagnosed", 400, upcr=1.001), record("relapse_diagnosed", 400, upcr=1)),
    (FIT_HEART, STORED, ablating(cyclophosphamide_total=199, lvef=30), ablating(cyclophosphamide_total=200, lvef=30)),
    (FIT_HEART, STORED, ablating(lvef=40), ablating(lvef=39)),
    (FIT_KIDNEY, STORED, ablating(egfr=30.1), ablating(egfr=30, kidney_impaired_by_lupus=False)),
    (NOT_BOTH, STORED, ablating(conditioned_with=["TBI", "CYC"], tbi_dose=1199),
     ablating(conditioned_with=["TBI", "CYC"], tbi_dose=1200)),
    (BALANCE, APLASTIC, record("graft_part_reinfused", 301, cd34_infused=0.5),
     record("graft_part_reinfused", 301, cd34_infused=0.51)),
    (BALANCE, BACKED_UP, record("backup_graft_reinfused", 320, cd34_infused=3.5),
     record("backup_graft_reinfused", 320, cd34_infused=3.51)),
    (BALANCE, BACKED_UP_FAILED, record("backup_graft_reinfused", 332, cd34_infused=3.5),
     record("backup_graft_reinfused", 332, cd34_infused=3.51)),
    ("between day 6 and day 21", APLASTIC, record("neutrophils_recovered", 321), record("neutrophils_recovered", 322)),
    ("between day 6 and day 21", APLASTIC, record("neutrophils_recovered", 306), record("neutrophils_recovered", 305)),
    ("three days of neutrophils", FAILED, record("neutrophils_recovered", 340, days_of_neutrophils=3),
     record("neutrophils_recovered", 340, days_of_neutrophils=2)),
    ("CD4+ cells recovered", IN_REMISSION, record("immune_reconstitution_documented", 900, cd4=201),
     record("immune_reconstitution_documented", 900, cd4=200)),
    (RETURNED, IN_REMISSION, record("relapse_diagnosed", 900, sledai=1, upcr=0.5, nephrotic_syndrome=False),
     record("relapse_diagnosed", 900, sledai=0, upcr=0.5, nephrotic_syndrome=False)),
    (RETURNED, IN_REMISSION, record("relapse_diagnosed", 900, sledai=0, upcr=0.501, nephrotic_syndrome=False),
     record("relapse_diagnosed", 900, sledai=0, upcr=0.5, nephrotic_syndrome=False)),
    ("kidney function impaired", TRANSPLANTED_KIDNEY, record("dialysis_started", 400, egfr=59.9),
     record("dialysis_started", 400, egfr=60)),
    ("eGFR below 15, or three months of dialysis", TRANSPLANTED_KIDNEY,
     record("kidney_failure_diagnosed", 400, egfr=14.9), record("kidney_failure_diagnosed", 400, egfr=15)),
    ("eGFR below 15, or dialysis under way", KIDNEY_FAILED, record("kidney_transplant_performed", 90, egfr=14.9),
     record("kidney_transplant_performed", 90, egfr=15)),
    (AFTER_24, entered("engrafted", months_since_transplant=0), record("live_vaccine_given", MONTHS_24),
     record("live_vaccine_given", MONTHS_24 - 1)),
    (f"UPCR below 3 g/g{SINCE}", HEAVY, record(ASSESS, 200, upcr=2.999), record(ASSESS, 200, upcr=3)),
    (HALVED + SINCE, TREATED, record(ASSESS, 200, upcr=1.7), record(ASSESS, 200, upcr=1.701)),
    (AFTER_3, ENGRAFTED, record(ASSESS, 391, sledai=0), record(ASSESS, 390, sledai=0)),
    (AFTER_3, entered("engrafted", months_since_transplant=2), record(ASSESS, 91, sledai=0),
     record(ASSESS, 90, sledai=0)),
    (HALVED_AFTER, HEAVY_BEFORE_TRANSPLANT, record(ASSESS, 400, sledai=9, upcr=2.999),
     record(ASSESS, 400, sledai=9, upcr=3)),
    (HALVED_AFTER, ENGRAFTED, record(ASSESS, 400, sledai=9, upcr=1.5), record(ASSESS, 400, sledai=9, upcr=1.501)),
    ("SLEDAI below 3, after the last assessment", IN_REMISSION, record(ASSESS, 900, sledai=2),
     record(ASSESS, 900, sledai=3)),
)  # fmt: skip


# What is not met, row by row.

UNMET = (
    # criterion, journey, the record that does not meet it, and where the row leads
    (TIME, entered("immunosuppression", months_of_therapy=2), record(ASSESS, 1, **ALL_WELL), None),
    (FULL, ON_THERAPY, record("course_failed", 1, worsening=True), None),
    (FULL, entered("immunosuppression", months_of_therapy=5), record("course_failed", 1, worsening=False), None),
    (REFER, entered("immunosuppression", prior_failed_courses=0),
     record("hsct_evaluation_started", 5, indication="other organ"), None),
    (YOUNG, evaluated(entered("refractory", age=66), indication="other organ"), record(ACCEPT, 20), None),
    (RECENT, evaluated(entered("refractory", ln_class="IV"), indication="kidney", biopsy_age=13),
     record(ACCEPT, 20), None),
    ("too few CD34+ cells collected", collected(2), record("collection_failed", 283), None),
    ("active disease, although in remission", COMPLETE, record("hsct_evaluation_started", 300, indication="kidney"),
     None),
    ("neither active class III or IV, nor nephrotic class I, II or V", through("kidney_biopsy_reported"),
     record("surveillance_started", 42), None),
    (GIVEN, UNTREATED, record("course_failed", 240, upcr=3), None),
    (GIVEN, UNTREATED, record(ASSESS, 240, upcr=0.2), lupus.COMPLETE_RESPONSE),
    (GIVEN, UNTREATED, record(ASSESS, 240, upcr=0.2), lupus.PARTIAL_RESPONSE),
    ("no immunosuppressant beside the conditioning", through("conditioning_started"),
     record("agent_started", 297, added_agent="mycophenolate"), None),
    ("conditioning is complete", through("conditioning_started"), record("cells_reinfused", 299), None),
    ("cells are given back once conditioning has begun", through("conditioning_started"),
     record("recovered_without_cells", 330), None),
    ("a biopsy of the graft shows it",
     taken(TRANSPLANTED_KIDNEY, record("kidney_biopsy_reported", 390, ln_class="no lupus nephritis")),
     record("recurrence_in_kidney_graft_diagnosed", 400), None),
    ("a transplanted kidney", TREATED, record("recurrence_in_kidney_graft_diagnosed", 400), None),
    ("some therapy was given", through("kidney_biopsy_reported"),
     record("agent_not_tolerated", 42, intolerant_of="mycophenolate"), None),
    (AFTER_24, entered("engrafted", months_since_transplant=23), record("live_vaccine_given", 1), None),
    (AFTER_3, entered("engrafted", months_since_transplant=2), record(ASSESS, 1, sledai=0), None),
    (f"UPCR below 3 g/g{SINCE}", HEAVY.advance(ASSESS, day=200, upcr=2.9, egfr=80), record(ASSESS, 400, upcr=3), None),
    (HALVED + SINCE, PARTIAL, record(ASSESS, 400, upcr=1.701), None),
    ("no other graft is in store", TWO_GRAFTS, record("graft_lost", 283), lupus.CONSENTED),
    ("the biopsy shows a class of lupus nephritis", through("nephritis_diagnosed"),
     record("kidney_biopsy_reported", 40, ln_class="not adequate"), lupus.BIOPSIED),
    ("no dialysis under way", taken(TREATED, record("dialysis_started", 100, egfr=9)),
     record(ASSESS, 200, upcr=0.2), lupus.COMPLETE_RESPONSE),
    ("no dialysis under way", DIALYSED_IN_RESPONSE, record(ASSESS, 400, upcr=0.2), None),
    (f"UPCR below 0.5 g/g{SINCE}", COMPLETE, record(ASSESS, 400, upcr=0.5), None),
    ("entered in mid-course", TREATED, record("earlier_graft_reported", 60), None),
    ("a graft is in store", FAILED, record("backup_graft_reinfused", 332, cd34_infused=0.1), lupus.APLASIA),
    ("neutrophils had recovered", TREATED, record("secondary_graft_failure_declared", 90), None),
    ("after a stem-cell transplant", TREATED, record("immune_reconstitution_documented", 300, cd4=500), None),
    (HALVED_AFTER, POST_PARTIAL, record(ASSESS, 600, sledai=9, upcr=1.501), None),
)  # fmt: skip
MET = (
    (TIME, entered("immunosuppression", months_of_therapy=3), record(ASSESS, 1, **ALL_WELL), None),
    (FULL, entered("immunosuppression", months_of_therapy=3), record("course_failed", 1, worsening=True), None),
    (FULL, entered("immunosuppression", months_of_therapy=6), record("course_failed", 1, worsening=False), None),
    (REFER, entered("immunosuppression", prior_failed_courses=1),
     record("hsct_evaluation_started", 5, indication="other organ"), None),
    (YOUNG, evaluated(entered("refractory", age=65.9), indication="other organ"), record(ACCEPT, 20), None),
    (RECENT, evaluated(entered("refractory", ln_class="IV"), indication="kidney", biopsy_age=12),
     record(ACCEPT, 20), None),
    ("too few CD34+ cells collected", collected(1.99), record("collection_failed", 283), None),
    (AFTER_24, entered("engrafted", months_since_transplant=24), record("live_vaccine_given", 1), None),
    (AFTER_3, entered("engrafted", months_since_transplant=3), record(ASSESS, 1, sledai=0), None),
)  # fmt: skip


ASKED_FOR = (
    *((criterion, journey, met, None, Verdict.MET) for criterion, journey, met, _ in BOUNDARIES),
    *((criterion, journey, unmet, None, Verdict.UNMET) for criterion, journey, _, unmet in BOUNDARIES),
    *((*row, Verdict.UNMET) for row in UNMET),
    *((*row, Verdict.MET) for row in MET),
)


def is_judged(journey, case):
    """Check the verdict of a criterion that is asked for; of the row that leads to a state if that is said."""
    criterion, asked, target, verdict = case
    rows = [tried for tried in journey.ask(asked).tried if target is None or tried.transition.target == target]
    parts = [part for tried in rows for part in tried.criteria]
    assert next(part.verdict for part in parts if part.guard.phrase == criterion) is verdict, (criterion, asked)


# Where a step leads.

LEADS_TO = (
    (COMPLETE, record(ASSESS, 400, upcr=0.3), "complete_response"),
    (COMPLETE, record("relapse_diagnosed", 400, upcr=0.6), "relapsed"),
    (PARTIAL, record(ASSESS, 400, upcr=1.4), "partial_response"),
    (PARTIAL, record("relapse_diagnosed", 400, upcr=3), "relapsed"),
    (PARTIAL, record("course_failed", 400, upcr=2), "partial_response"),
    (TREATED, record("maintenance_started", 400), "immunosuppression"),
    (COMPLETE, record("maintenance_started", 400), "complete_response"),
    (TREATED, record(ASSESS, 200, upcr=3), "immunosuppression"),
    (IN_REMISSION, record(ASSESS, 900, sledai=1), "post_hsct_remission"),
    (IN_REMISSION, record("relapse_diagnosed", 900, sledai=9), "post_hsct_relapse"),
    (POST_PARTIAL, record(ASSESS, 600, sledai=9, upcr=1.4), "post_hsct_partial_response"),
    (POST_PARTIAL, record("relapse_diagnosed", 900, sledai=10), "post_hsct_relapse"),
    (ENGRAFTED, record(ASSESS, 400, sledai=9, upcr=3), "post_hsct_no_response"),
    (taken(ENGRAFTED, record(ASSESS, 400, sledai=9, upcr=3)), record(ASSESS, 600, sledai=9, upcr=3),
     "post_hsct_no_response"),
    (ENGRAFTED, record("platelets_recovered", 312, days_of_platelets=3, days_without_transfusion=8), "engrafted"),
    (BACKED_UP_FAILED, record("backup_graft_reinfused", 332, cd34_infused=3), "aplasia"),
    (IN_REMISSION, record("immune_reconstitution_documented", 900, cd4=300), "post_hsct_remission"),
    (TWO_GRAFTS, record("graft_lost", 283), "graft_stored"),
    (STORED, record("graft_lost", 283), "consented"),
    *((Journey(PATHWAY), record("enrolled", 0, status_at_entry=status), state.name)
      for status, state in lupus.states.AT_ENTRY.items()),
)  # fmt: skip


def leads_there(journey, case):
    """Check where a step leads, with nothing let through."""
    after = journey.take(case[0])
    assert (after.state.name, after.deviations) == (case[1], journey.deviations)


# Where an event means something.

WORK_UP = "suspected sle_diagnosed nephritis_diagnosed biopsied"
UNDER_CARE = "surveillance immunosuppression complete_response partial_response refractory relapsed"
EVALUATION, COLLECTION = "hsct_evaluation hsct_accepted", "consented mobilisation graft_stored"
ABLATION = "conditioning conditioned aplasia graft_failure"
JUDGED = "post_hsct_remission post_hsct_partial_response post_hsct_no_response post_hsct_relapse"
NEW_CELLS, DECLINED, KIDNEY = f"engrafted reconstituted {JUDGED}", "hsct_declined", "kidney_failure kidney_transplanted"
ANY = f"{WORK_UP} {UNDER_CARE} {EVALUATION} {DECLINED} {COLLECTION} {ABLATION} {NEW_CELLS} {KIDNEY}"


def but(states, *others):
    """Return states without some of them."""
    left_out = " ".join(others).split()
    return " ".join(state for state in states.split() if state not in left_out)


MEANS_SOMETHING = {
    "enrolled": "suspected",
    "sle_diagnosed": "suspected",
    "nephritis_diagnosed": f"suspected sle_diagnosed {UNDER_CARE}",
    "surveillance_started":
        f"sle_diagnosed nephritis_diagnosed biopsied {but(UNDER_CARE, 'surveillance immunosuppression')} {DECLINED} "
        "kidney_failure",
    "immunosuppression_started": but(ANY, "hsct_accepted", COLLECTION, ABLATION),
    "maintenance_started": but(ANY, "suspected sle_diagnosed hsct_accepted", COLLECTION, ABLATION),
    "response_assessed":
        f"immunosuppression complete_response partial_response {NEW_CELLS} {DECLINED} kidney_failure",
    "course_failed": f"immunosuppression partial_response {DECLINED}",
    "refractory_declared": f"immunosuppression partial_response {DECLINED}",
    "relapse_diagnosed":
        f"{but(UNDER_CARE, 'refractory relapsed')} post_hsct_remission post_hsct_partial_response {KIDNEY} {DECLINED}",
    "hsct_evaluation_started": but(ANY, "suspected", EVALUATION, COLLECTION, ABLATION),
    "accepted_for_hsct": "hsct_evaluation",
    "declined_for_hsct": EVALUATION,
    "consent_signed": "hsct_accepted",
    "consent_withdrawn": f"{COLLECTION} {but(ABLATION, 'graft_failure')}",
    "transplant_called_off": COLLECTION,
    "mobilisation_started": COLLECTION,
    "mobilising_chemotherapy_given": "mobilisation",
    "g_csf_started": "mobilisation",
    "stem_cells_collected": "mobilisation graft_stored",
    "collection_failed": "mobilisation",
    "graft_stored": "mobilisation graft_stored",
    "bone_marrow_harvested": "consented mobilisation",
    "earlier_graft_reported": but(ANY, ABLATION),
    "graft_lost": but(ANY, ABLATION),
    "conditioning_started": "consented graft_stored",
    "serotherapy_given": but(ABLATION, "graft_failure"),
    "conditioning_completed": "conditioning",
    "cells_reinfused": "conditioning conditioned",
    "recovered_without_cells": "conditioning conditioned",
    "graft_part_reinfused": "aplasia",
    "backup_graft_reinfused": f"aplasia graft_failure {NEW_CELLS}",
    "neutrophils_recovered": "aplasia graft_failure",
    "platelets_recovered": f"aplasia graft_failure {NEW_CELLS}",
    "primary_graft_failure_declared": "aplasia",
    "secondary_graft_failure_declared":
        f"aplasia {NEW_CELLS} {but(UNDER_CARE, 'surveillance')} {DECLINED} {KIDNEY}",
    "immune_reconstitution_documented": f"{NEW_CELLS} {but(UNDER_CARE, 'surveillance')} {DECLINED} {KIDNEY}",
    "kidney_failure_diagnosed": but(ANY, ABLATION),
    "kidney_transplant_performed": but(ANY, ABLATION),
    "recurrence_in_kidney_graft_diagnosed": f"{UNDER_CARE} {JUDGED} kidney_transplanted {DECLINED}",
}  # fmt: skip
"""Where it can be, by what is under way; every event that is not named may happen to any living patient."""
STANDING = {
    journey.state.name: journey
    for journey in (
        Journey(PATHWAY), EVALUATED, through(ACCEPT), through("consent_signed"), through("mobilisation_started"),
        STORED, through("conditioning_started"), CONDITIONED, APLASTIC, FAILED,
        through("immune_reconstitution_documented"), taken(EVALUATED, record("declined_for_hsct", 255)),
        *(entered(status) for status in lupus.states.AT_ENTRY),
    )
}  # fmt: skip


def means_something_there(journey, _):
    """Check where each event means something, for a patient who stands in one state."""
    for event in PATHWAY.events:
        states = MEANS_SOMETHING.get(event.name, ANY).split()
        assert journey.consider(event).meaningless is (journey.state.name not in states), event.name


MEANINGLESS = (
    ("reinfusion before any collection", through("mobilisation_started"), record("cells_reinfused", 300)),
    ("conditioning without consent", through(ACCEPT), record("conditioning_started", 295, **ABLATE)),
    ("the last cytotoxic dose after the reinfusion", APLASTIC, record("conditioning_completed", 301)),
    ("mobilisation without consent", through(ACCEPT), record("mobilisation_started", 270, pregnant=False)),
    ("mobilisation after consent was withdrawn", taken(through("consent_signed"), record("consent_withdrawn", 265)),
     record("mobilisation_started", 270, pregnant=False)),
    ("consent after mobilisation", through("mobilisation_started"), record("consent_signed", 271)),
    ("consent after conditioning", through("conditioning_started"), record("consent_signed", 296)),
    ("graft failure, and a kidney transplant", taken(APLASTIC, record("primary_graft_failure_declared", 331)),
     record("kidney_transplant_performed", 400)),
    ("relapse without any therapy", through("kidney_biopsy_reported"), record("relapse_diagnosed", 60, upcr=3)),
    ("complete response of refractory disease", through("refractory_declared"),
     record("response_assessed", 246, upcr=0.2)),
    ("refractory disease in complete response", taken(TREATED, record("response_assessed", 200, upcr=0.3, egfr=80)),
     record("refractory_declared", 201, upcr=3)),
    ("engraftment before reinfusion", CONDITIONED, record("neutrophils_recovered", 299, days_of_neutrophils=3)),
    ("primary graft failure after engraftment", ENGRAFTED, record("primary_graft_failure_declared", 340)),
    ("kidney transplant in aplasia", APLASTIC, record("kidney_transplant_performed", 305)),
    ("remission in aplasia", APLASTIC, record("response_assessed", 305, sledai=0)),
    ("a graft lost after conditioning began", through("conditioning_started"), record("graft_lost", 296)),
)  # fmt: skip


def means_nothing(journey, what):
    """Check that an event cannot happen where a journey stands."""
    assert journey.ask(what).meaningless
    with pytest.raises(TransitionNotAllowed, match="cannot happen in this state"):
        journey.take(attrs.evolve(what, override="an emergency"))


# What must not be refused.

DIALYSED = taken(
    TREATED,
    record("acute_kidney_injury_diagnosed", 50),
    record("dialysis_started", 51, dialysis="haemodialysis"),
    record("dialysis_stopped", 120, egfr=40),
    record("course_failed", 240, upcr=3),
)
NOT_REFUSED = (
    ("transplant after temporary dialysis", DIALYSED, (
        record("hsct_evaluation_started", 250, indication="kidney", ecog=1), record(ACCEPT, 260))),
    ("transplant of a child", Journey(PATHWAY), (
        record("enrolled", 0, status_at_entry="refractory", age=7, ln_class="III", lupus_nephritis=True),
        record("hsct_evaluation_started", 5, indication="kidney", ecog=1, biopsy_age=2), record(ACCEPT, 9))),
    ("collection four years before conditioning", STORED, (
        record("conditioning_started", 281 + years(4), **ABLATE),)),
    ("ATG after day 0", APLASTIC, (record("serotherapy_given", 301), record("serotherapy_given", 303))),
    ("a lower class at the next biopsy", TREATED, (record("kidney_biopsy_reported", 400, ln_class="II"),)),
    ("relapse ten years after transplant", REMISSION, (record("relapse_diagnosed", 300 + years(10), sledai=8),)),
    ("pregnancy in remission", REMISSION, (
        record("pregnancy_reported", 900, pregnant=True),
        record("pregnancy_reported", 1150, pregnant=False, pregnancy_outcome="live birth"))),
    ("kidney transplant after stem cells", REMISSION, (
        record("kidney_failure_diagnosed", 2000, egfr=8),
        record("kidney_transplant_performed", 2100, uncontrolled_infection=False))),
    ("a further course after transplant", Journey.replay(PATHWAY, EVA), (
        record("kidney_biopsy_reported", 1510, ln_class="IV"), record(IS, 1515, agent="rituximab"),
        record("response_assessed", 1700, upcr=0.3, egfr=80))),
    ("stem cells from marrow", through("consent_signed"), (
        record("bone_marrow_harvested", 280, tnc_harvested=2.5), record("conditioning_started", 295, **ABLATE))),
    ("a graft that was not selected", through("stem_cells_collected"), (
        record("graft_stored", 281, graft_manipulation="unselected"),)),
    ("a second transplant with a second graft", SECOND, (
        *COLLECT_AGAIN, record("conditioning_started", 1560, **ABLATE), record("conditioning_completed", 1563),
        record("cells_reinfused", 1565, cd34_infused=4))),
    ("a second transplant with a graft kept from the first", taken(
        STORED, record("stem_cells_collected", 282, cd34_collected=3), record("graft_stored", 282),
        *EVA[15:23], record("hsct_evaluation_started", 1510, indication="other organ", ecog=1, lvef=60, egfr=80),
        record(ACCEPT, 1520), record("consent_signed", 1530)), (
        record("conditioning_started", 1560, **ABLATE), record("conditioning_completed", 1563),
        record("cells_reinfused", 1565, cd34_infused=3))),
    ("a split reinfusion and a boost", taken(
        STORED, record("stem_cells_collected", 282, cd34_collected=3), record("graft_stored", 282), *EVA[15:18]), (
        record("graft_part_reinfused", 301, cd34_infused=1), record("backup_graft_reinfused", 320, cd34_infused=2),
        record("neutrophils_recovered", 330, days_of_neutrophils=3))),
    ("a back-up graft after graft failure", taken(
        STORED, record("stem_cells_collected", 282, cd34_collected=3), record("graft_stored", 282), *EVA[15:18]), (
        record("primary_graft_failure_declared", 331), record("backup_graft_reinfused", 332, cd34_infused=3),
        record("neutrophils_recovered", 345, days_of_neutrophils=3))),
    ("failed collection, then marrow", through("g_csf_started"), (
        record("stem_cells_collected", 281, cd34_collected=0.8), record("collection_failed", 283),
        record("bone_marrow_harvested", 300, tnc_harvested=2))),
    ("failed collection, then a second mobilisation with plerixafor", through("g_csf_started"), (
        record("stem_cells_collected", 281, cd34_collected=0.8), record("collection_failed", 283),
        record("mobilisation_started", 310, mobilised_with=["G-CSF", "plerixafor"], pregnant=False),
        record("stem_cells_collected", 315, cd34_collected=2.5), record("graft_stored", 315))),
    ("a man who is never asked for a pregnancy test", taken(
        Journey(PATHWAY), record("enrolled", 0, status_at_entry="relapsed", age=40, sex="male"),
        record("hsct_evaluation_started", 5, indication="other organ", ecog=0), record(ACCEPT, 9),
        record("consent_signed", 10)), (record("mobilisation_started", 20),)),
    ("recurrence in a transplanted kidney", taken(
        TREATED, record("kidney_failure_diagnosed", 100, egfr=8),
        record("kidney_transplant_performed", 300, uncontrolled_infection=False)), (
        record("kidney_biopsy_reported", 700, ln_class="III"), record("recurrence_in_kidney_graft_diagnosed", 701),
        record(IS, 702, agent="MMF", upcr=2, egfr=60), record("response_assessed", 900, upcr=0.3, egfr=60))),
    ("contact lost, and found again", REMISSION, (
        record("contact_lost", 600), record("results_recorded", 2000, sledai=0))),
    ("consent withdrawn during conditioning changes nothing", through("conditioning_started"), (
        record("consent_withdrawn", 297), record("conditioning_completed", 298),
        record("cells_reinfused", 300, cd34_infused=4))),
)  # fmt: skip


def needs_no_reason(journey, records):
    """Check that nothing in these records needs a reason."""
    assert taken(journey, *records).deviations == journey.deviations


# What a transplant physician would laugh at.

ABSURD = (
    ("mobilisation and collection in one day", through("consent_signed"), (
        record("mobilisation_started", 270, pregnant=False), record("stem_cells_collected", 270, cd34_collected=5))),
    ("complete response on the day therapy starts", TREATED, (record("response_assessed", 45, upcr=0.1, egfr=80),)),
    ("a month in conditioning", through("conditioning_started"), (
        record("conditioning_completed", 325), record("cells_reinfused", 327, cd34_infused=4))),
    ("remission during aplasia", APLASTIC, (record("response_assessed", 303, sledai=0),)),
    ("a second transplant without a graft", SECOND, (record("conditioning_started", 1560, **ABLATE),)),
    ("engraftment on the day of reinfusion", APLASTIC, (record("neutrophils_recovered", 300, days_of_neutrophils=3),)),
    ("engraftment after a year of aplasia", APLASTIC, (record("neutrophils_recovered", 665, days_of_neutrophils=3),)),
    ("graft failure declared on the day after reinfusion", APLASTIC, (record("primary_graft_failure_declared", 301),)),
    ("a transplant for a suspicion", Journey(PATHWAY), (record("hsct_evaluation_started", 0, indication="kidney"),)),
    ("a transplant on the day of diagnosis", through("nephritis_diagnosed"), (
        record("hsct_evaluation_started", 30, indication="kidney"),)),
    ("conditioning straight after consent", through("consent_signed"), (
        record("conditioning_started", 263, **ABLATE),)),
    ("cells given back before they were collected", through("consent_signed"), (record("cells_reinfused", 263),)),
    ("a third of the cells appear from nowhere", CONDITIONED, (record("cells_reinfused", 300, cd34_infused=7.5),)),
    ("the same graft given twice", APLASTIC, (record("backup_graft_reinfused", 310, cd34_infused=0.5),)),
    ("two reinfusions in a row", APLASTIC, (record("cells_reinfused", 301, cd34_infused=0.5),)),
    ("the graft lost twice", STORED, (record("graft_lost", 282), record("graft_lost", 283))),
    ("marrow harvested in aplasia", APLASTIC, (record("bone_marrow_harvested", 303, tnc_harvested=2),)),
    ("mobilisation in aplasia", APLASTIC, (record("mobilisation_started", 303, pregnant=False),)),
    ("immune reconstitution a week after reinfusion, before neutrophils", APLASTIC, (
        record("immune_reconstitution_documented", 307, cd4=500),)),
    ("relapse after transplant without a remission", ENGRAFTED, (record("relapse_diagnosed", 320, sledai=20),)),
    ("relapse under first therapy", TREATED, (record("relapse_diagnosed", 50, upcr=4),)),
    ("refractory after a week", TREATED, (record("refractory_declared", 52, upcr=3, adherent=True),)),
    ("a kidney transplant with healthy kidneys", TREATED, (
        record("kidney_transplant_performed", 50, uncontrolled_infection=False),)),
    ("kidney failure with an eGFR of 110", TREATED, (record("kidney_failure_diagnosed", 50, egfr=110),)),
    ("dialysis for a healthy kidney", TREATED, (record("dialysis_started", 50, egfr=110),)),
    ("dialysis stopped twice", DIALYSED, (record("dialysis_stopped", 300),)),
    ("recurrence in a kidney that was never transplanted", TREATED, (
        record("recurrence_in_kidney_graft_diagnosed", 50),)),
    ("scarred kidneys that heal", taken(TREATED, record("kidney_biopsy_reported", 60, ln_class="VI")), (
        record("kidney_biopsy_reported", 61, ln_class="I"),)),
    ("diagnosed with nephritis for the second time", TREATED, (record("nephritis_diagnosed", 60),)),
    ("enrolled in mid-course after a transplant", ENGRAFTED, (record("enrolled", 400, status_at_entry="refractory"),)),
    ("dead, and then in remission", TREATED, (record("died", 60), record("response_assessed", 61, upcr=0.1, egfr=80))),
    ("consent signed by a patient who was declined", EVALUATED, (
        record("declined_for_hsct", 260, why_not="comorbidity"), record("consent_signed", 261))),
    ("a live vaccine in aplasia", APLASTIC, (record("live_vaccine_given", 305),)),
    ("total body irradiation, cyclophosphamide 200 mg/kg and a failing heart", STORED, (
        record("conditioning_started", 295,
               **ABLATE | {"conditioned_with": ["TBI", "CYC"], "tbi_dose": 1200, "lvef": 20}),)),
    ("a transplant of the pregnant", STORED, (record("conditioning_started", 295, **ABLATE | {"pregnant": True}),)),
    ("a graft of no cells", through("g_csf_started"), (
        record("stem_cells_collected", 281, cd34_collected=0), record("graft_stored", 281))),
)  # fmt: skip


def does_not_pass(journey, records):
    """Check that the last step is refused, or needs a reason, and that the steps before it are sound."""
    journey = taken(journey, *records[:-1])
    assert not journey.ask(records[-1]).allowed
    with pytest.raises(TransitionNotAllowed):
        journey.take(records[-1])
