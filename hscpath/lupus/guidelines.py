"""The guidelines: what each asks for (hard, ``when``) and expects (soft, ``expects``).

One criterion is one line; it appears in every refusal, story and table of the pathway.
"""

from typing import TYPE_CHECKING

from hscpath.citations import Citation
from hscpath.criteria import after
from hscpath.days import months
from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.sources import *
from hscpath.pathway import Guideline, Requirements

POINTS = (
    "biopsy",
    "treatment",
    "surveillance",
    "complete_response",
    "partial_response",
    "inadequate_response",
    "refractory",
    "relapse_after_complete_response",
    "relapse_after_partial_response",
    "referral",
    "eligibility",
    "collection",
    "failed_collection",
    "minimum_graft",
    "minimum_marrow",
    "conditioning",
    "reinfusion",
    "engraftment",
    "platelet_recovery",
    "graft_failure",
    "reconstitution",
    "remission",
    "partial_remission",
    "no_remission",
    "relapse_after_transplant",
    "acute_kidney_injury",
    "dialysis",
    "kidney_failure",
    "live_vaccine",
)
"""The points at which the pathway decides by guideline."""

# Standard therapy. What is compared with a baseline has to be measured after it.

THIS_COURSE, NEWLY = after(COURSE), after(COURSE_OR_ASSESSMENT)
STABLE_KIDNEY = EGFR.at_least(BASELINE_EGFR.times("17/20"), since=THIS_COURSE).named(
    "kidney function stable", key="kidney_function_stable"
)
TIME_TO_RESPOND = in_course(at_least=3).named(
    "three months of therapy", EULAR_LN_2025.at("first milestone at 3 months").second_hand, key="time_to_respond"
)
NO_RESCUE = (~RESCUE_THERAPY_GIVEN.happened(since=COURSE)).named(
    "no rescue therapy in this course", key="no_rescue_therapy"
)
UPCR_HALVED = UPCR.at_most(BASELINE_UPCR.times("1/2"), since=NEWLY).keyed("proteinuria_halved")
NO_PARTIAL_RESPONSE = (
    UPCR.at_least("3 g/g", since=THIS_COURSE) | UPCR.above(BASELINE_UPCR.times("1/2"), since=THIS_COURSE)
).named("no partial response", key="no_partial_response")
FULL_COURSE = (in_course(at_least=6) | (in_course(at_least=3) & WORSENING.is_true(since=THIS_COURSE))).named(
    "six months of therapy, or three and worsening", key="full_course"
)

KDIGO_2024 = Guideline(
    "KDIGO",
    "2024",
    KDIGO_LN_2024.second_hand,
    {
        "treatment": Requirements(
            expects=(NEEDS_IMMUNOSUPPRESSION | ~NEPHRITIS_KNOWN).named(
                "active class III or IV, or nephrotic, or for lupus without nephritis", key="treatment_indicated"
            )
        ),
        "surveillance": Requirements(
            expects=(~NEEDS_IMMUNOSUPPRESSION).named(
                "neither active class III or IV, nor nephrotic class I, II or V", key="treatment_not_indicated"
            )
        ),
        "complete_response": Requirements(
            when=UPCR.below("0.5 g/g", since=NEWLY).keyed("low_proteinuria"),
            expects=STABLE_KIDNEY & TIME_TO_RESPOND & NO_RESCUE,
        ),
        "partial_response": Requirements(
            when=UPCR.below("3 g/g", since=NEWLY).keyed("no_nephrotic_proteinuria") & UPCR_HALVED,
            expects=STABLE_KIDNEY & TIME_TO_RESPOND,
        ),
        "inadequate_response": Requirements(expects=NO_PARTIAL_RESPONSE & FULL_COURSE),
        "refractory": Requirements(
            expects=NO_PARTIAL_RESPONSE
            & FULL_COURSE
            & ADHERENT.is_true(since=THIS_COURSE).named(
                "adherence confirmed", KDIGO_LN_2024.recalled, key="adherence_confirmed"
            )
        ),
    },
)

KIDNEY_AT_80_PERCENT = EGFR.at_least(BASELINE_EGFR.times("4/5"), since=THIS_COURSE).named(
    "eGFR kept to 80 %", key="egfr_kept"
)
MILESTONE_MISSED = (
    (in_course(at_least=3) & UPCR.above(BASELINE_UPCR.times("3/4"), since=THIS_COURSE))
    | (in_course(at_least=6) & UPCR.above(BASELINE_UPCR.times("1/2"), since=THIS_COURSE))
    | (in_course(at_least=12) & UPCR.at_least("0.7 g/g", since=THIS_COURSE))
    | (in_course(at_least=3) & EGFR.below(BASELINE_EGFR.times("4/5"), since=THIS_COURSE))
).named("a milestone of 3, 6 or 12 months missed", key="milestone_missed")
BELOW_700_AFTER_A_YEAR = (~in_course(at_least=12) | UPCR.below("0.7 g/g", since=THIS_COURSE)).named(
    "below 0.7 g/g after a year", key="upcr_low_after_a_year"
)
V_DESPITE_RAAS_BLOCKADE = CLASS_V & UPCR.above("1 g/g") & RAAS_BLOCKADE.is_true()
EULAR_NEEDS_IMMUNOSUPPRESSION = NEEDS_IMMUNOSUPPRESSION | V_DESPITE_RAAS_BLOCKADE

EULAR_2025 = Guideline(
    "EULAR",
    "2025",
    EULAR_LN_2025.second_hand,
    {
        "treatment": Requirements(
            expects=(EULAR_NEEDS_IMMUNOSUPPRESSION | ~NEPHRITIS_KNOWN).named(
                "active class III or IV, nephrotic, class V above 1 g/g despite RAAS blockade, or without nephritis",
                EULAR_LN_2019,
                key="treatment_indicated",
            )
        ),
        "surveillance": Requirements(
            expects=(~EULAR_NEEDS_IMMUNOSUPPRESSION).named(
                "neither active class III or IV, nor nephrotic, nor class V above 1 g/g despite RAAS blockade",
                EULAR_LN_2019,
                key="treatment_not_indicated",
            )
        ),
        "complete_response": Requirements(
            when=UPCR.below("0.5 g/g", since=NEWLY).keyed("low_proteinuria"),
            expects=KIDNEY_AT_80_PERCENT & TIME_TO_RESPOND & NO_RESCUE,
        ),
        "partial_response": Requirements(
            when=UPCR_HALVED,
            expects=KIDNEY_AT_80_PERCENT & TIME_TO_RESPOND & BELOW_700_AFTER_A_YEAR,
        ),
        "inadequate_response": Requirements(expects=MILESTONE_MISSED),
        "refractory": Requirements(expects=MILESTONE_MISSED),
    },
)

ACR_2024 = Guideline(
    "ACR",
    "2024",
    ACR_LN_2024.second_hand,
    {
        "biopsy": Requirements(
            expects=(UPCR.above("0.5 g/g") | KIDNEY_IMPAIRED.is_true()).named(
                "proteinuria, or kidney function impaired", key="biopsy_indicated"
            )
        ),
        "inadequate_response": Requirements(
            expects=NO_PARTIAL_RESPONSE
            & in_course(at_least=6).named("six months of therapy", key="six_months_of_therapy")
        ),
        "refractory": Requirements(
            expects=FAILED_COURSES.at_least(2).named("two courses of standard therapy failed", key="two_courses_failed")
        ),
    },
)

PMC11258879 = Guideline(
    "Relapse after response",
    "PMC11258879",
    RELAPSE_AFTER_RESPONSE,
    {
        "relapse_after_complete_response": Requirements(
            expects=UPCR.above("0.5 g/g", since=after(RESPONSE)).named(
                "proteinuria has returned", key="proteinuria_returned"
            ),
        ),
        "relapse_after_partial_response": Requirements(
            expects=(
                UPCR.above("1 g/g", since=after(RESPONSE))
                & UPCR.at_least(RESPONSE_UPCR.times(2), since=after(RESPONSE))
            ).named("proteinuria has doubled", key="proteinuria_doubled"),
        ),
    },
)

FLARE = Requirements(
    expects=(MILD_FLARE | AT_LEAST_MODERATE_FLARE).named("a mild, moderate or severe flare", key="flare")
)
KDIGO_2012_FLARES = Guideline(
    "KDIGO flares",
    "2012",
    KDIGO_GN_2012,
    {"relapse_after_complete_response": FLARE, "relapse_after_partial_response": FLARE},
)

# Towards the transplant.

PERFORMANCE = (ECOG.below(2, since=HSCT_EVALUATION_STARTED) | KARNOFSKY.above(60, since=HSCT_EVALUATION_STARTED)).named(
    "good performance status, by ECOG or Karnofsky", key="good_performance"
)
# EBMT 2012 gives juvenile SLE the same indication, so no lower limit of age.
EBMT_2025 = Guideline(
    "EBMT",
    "2025",
    ALEXANDER_2025,
    {
        "referral": Requirements(
            expects=(FAILED_STANDARD_THERAPY | FOR_MALIGNANCY).named(
                "failed, relapsed or not tolerated standard therapy", key="standard_therapy_failed"
            )
        ),
        "eligibility": Requirements(
            expects=AGE.below(66).named("65 years or younger", key="age")
            & PERFORMANCE
            & CLASS_III_IV_OR_V
            & recent_biopsy("a biopsy not older than 12 months", months(12), ASTIL_TRIAL),
        ),
    },
)

SIX_MONTHS_OF_THERAPY = in_course(at_least=6).named("six months of therapy in the last course", key="long_last_course")
LIST = Guideline(
    "LIST",
    "NCT00230035",
    LIST_TRIAL,
    {
        "referral": Requirements(
            expects=(
                AGENT.one_of("cyclophosphamide", "high-dose cyclophosphamide") | MYCOPHENOLATE_DOSE.at_least(2)
            ).named("cyclophosphamide pulses, or mycophenolate at 2 g/d or more", key="adequate_dose")
            & SIX_MONTHS_OF_THERAPY
        ),
        "eligibility": Requirements(
            expects=(AGE.at_least(18) & AGE.below(61)).named("18 to 60 years old", key="age")
            & BILAG_KIDNEY.one_of("A").named("BILAG A in the kidney", key="bilag_a")
            & ACTIVE_III_OR_IV
            & recent_biopsy("a biopsy not older than 11 months", months(11), LIST_TRIAL),
        ),
    },
)

ASTIL = Guideline(
    "ASTIL",
    "NCT05063513",
    ASTIL_TRIAL,
    {
        "referral": Requirements(expects=SIX_MONTHS_OF_THERAPY),
        "eligibility": Requirements(
            expects=(AGE.at_least(16) & AGE.below(61)).named("16 to 60 years old", key="age")
            & DISEASE_DURATION.above(5).named("lupus for more than five years", key="lupus_duration")
            & BILAG_KIDNEY.one_of("A").named("BILAG A in the kidney", key="bilag_a")
            & CLASS_III_OR_IV
            & recent_biopsy("a biopsy less than 12 months old", months(12) - 1, ASTIL_TRIAL)
            & EGFR.above(30, since=HSCT_EVALUATION_STARTED).named(
                "creatinine clearance above 30", key="creatinine_clearance"
            ),
        ),
    },
)

JINLING = Guideline(
    "Jinling",
    "NCT03828071",
    JINLING_TRIAL,
    {
        "referral": Requirements(
            expects=((SIX_MONTHS_OF_THERAPY & NO_PARTIAL_RESPONSE) | RELAPSE_DIAGNOSED.happened()).named(
                "no response after six months, or relapse", key="refractory_or_relapsed"
            )
        ),
        "minimum_graft": Requirements(
            expects=CD34_OF_THIS_GRAFT.above(2, since=COLLECTION_BEGAN).named(
                "enough CD34+ cells collected", key="enough_cells_collected"
            )
            & MNC_COLLECTED.total.called("mononuclear cells collected")
            .above(2, since=COLLECTION_BEGAN)
            .named("enough mononuclear cells collected", key="enough_mononuclear_cells"),
        ),
    },
)

ARTHRITIS_RES_2000 = Guideline(
    "Arthritis Research",
    "2000",
    CONDITIONING_2000,
    {
        "conditioning": Requirements(
            expects=(
                LESS_CYCLOPHOSPHAMIDE
                | EGFR.above(30, since=HSCT_EVALUATION_STARTED)
                | KIDNEY_IMPAIRED_BY_LUPUS.is_true(since=HSCT_EVALUATION_STARTED)
            ).named("kidneys fit for full-dose cyclophosphamide", ASTIL_TRIAL, key="kidneys_fit")
            & (LESS_CYCLOPHOSPHAMIDE | LVEF.at_least(40, since=HSCT_EVALUATION_STARTED)).named(
                "heart fit for full-dose cyclophosphamide", BURT_PROTOCOLS.recalled, key="heart_fit"
            )
            & (~(FULL_DOSE_IRRADIATION & FULL_DOSE_CYCLOPHOSPHAMIDE)).named(
                "not both irradiation and cyclophosphamide in full dose", BURT_1998, key="not_both_in_full_dose"
            )
            & OTHER_IMMUNOSUPPRESSION.is_false(since=CONSENT_SIGNED).named(
                "other immunosuppression stopped", GOKLEMEZ_2022, key="other_immunosuppression_stopped"
            ),
        ),
        "reinfusion": Requirements(
            expects=CONDITIONING_COMPLETED.happened(since=CONDITIONING_STARTED).named(
                "conditioning is complete", CONDITIONING_2000, key="conditioning_complete"
            )
            & CONDITIONING_STARTED.happened(at_most_ago=9).named(
                "within nine days of its start",
                IRRADIATION_TRIAL.at("conditioning from day -9"),
                key="conditioning_not_prolonged",
            )
            & (
                LESS_CYCLOPHOSPHAMIDE | CONDITIONING_COMPLETED.happened(at_least_ago=2, since=CONDITIONING_STARTED)
            ).named("two days after full-dose cyclophosphamide", CHILDREN_2003, key="cyclophosphamide_cleared")
            & (FROM_MARROW | CD34_INFUSED.at_least(2, since=CONDITIONING_STARTED)).named(
                "enough CD34+ cells reinfused",
                COLLECTION_2011.at("minimum collected, asked of what is reinfused"),
                key="enough_cells_reinfused",
            )
            & MASS_BALANCE,
        ),
    },
)

_BY_CYTOKINE = ~MOBILISED_WITH.one_of("cyclophosphamide") & MOBILISATION_STARTED.happened(at_least_ago=2)
BLOOD_2011 = Guideline(
    "Blood",
    "2011",
    COLLECTION_2011,
    {
        "collection": Requirements(
            expects=(MOBILISATION_STARTED.happened(at_least_ago=7) | _BY_CYTOKINE).named(
                "third day of mobilisation, or a week after cyclophosphamide",
                LIST_TRIAL.at("G-CSF from day 3, 4 to 7 days"),
                key="collection_day",
            )
        ),
        "failed_collection": Requirements(
            expects=CD34_OF_THIS_GRAFT.below(2, since=COLLECTION_BEGAN).named(
                "too few CD34+ cells collected", key="too_few_cells"
            )
        ),
        "minimum_graft": Requirements(
            expects=CD34_OF_THIS_GRAFT.at_least(2, since=COLLECTION_BEGAN).named(
                "enough CD34+ cells collected", key="enough_cells_collected"
            )
        ),
        "minimum_marrow": Requirements(
            expects=TNC_HARVESTED.at_least(1, since=CONSENT_SIGNED).named(
                "enough marrow harvested", MARROW_DOSE, key="enough_marrow"
            )
        ),
    },
)

# The transplant and after it.


def _graft_failure(day: int, cite: Citation) -> dict[str, Requirements]:
    waited = REINFUSION.happened(at_least_ago=day).named(
        f"day {day} after reinfusion, or later", cite, key="neutrophils_awaited"
    )
    return {"graft_failure": Requirements(expects=waited)}


ASTCT_2024 = Guideline(
    "ASTCT",
    "2024",
    ENGRAFTMENT_CONSENSUS,
    {
        "engraftment": Requirements(
            expects=LASTING_NEUTROPHILS
            & REINFUSION.happened(at_least_ago=6, at_most_ago=21).named(
                "between day 6 and day 21", ENGRAFTMENT_SERIES, key="usual_engraftment_day"
            ),
        ),
        "platelet_recovery": Requirements(
            when=DAYS_WITHOUT_TRANSFUSION.at_least(7, since=RECOVERY_AWAITED).named(
                "seven days without a platelet transfusion", key="no_platelet_transfusion"
            ),
            expects=DAYS_OF_PLATELETS.at_least(3, since=RECOVERY_AWAITED).named(
                "three days of platelets", key="lasting_platelets"
            ),
        ),
        "reconstitution": Requirements(
            expects=CD4.above(200, since=CELLS_GIVEN).named(
                "CD4+ cells recovered", RECONSTITUTION.recalled, key="cd4_recovered"
            )
        ),
        **_graft_failure(30, ENGRAFTMENT_CONSENSUS),
    },
)

BEFORE_ASTCT_2024 = Guideline(
    "Texts before ASTCT", "2024", OLDER_TEXTS.second_hand, _graft_failure(28, OLDER_TEXTS.second_hand)
)

NOW = after(OUTCOME_CHANGED)
AFTER_TRANSPLANT = since_transplant(at_least=3).named(
    "three months after transplant", SU_2013, key="assessed_late_enough"
)
EBMT_EULAR_2004 = Guideline(
    "EBMT/EULAR registry",
    "2004",
    JAYNE_2004,
    {
        "remission": Requirements(when=SLEDAI.below(3, since=NOW).keyed("sledai_low"), expects=AFTER_TRANSPLANT),
        "partial_remission": Requirements(
            when=(
                NEPHRITIS_KNOWN
                & UPCR.below("3 g/g", since=NOW)
                & UPCR.at_most(UPCR_BEFORE_TRANSPLANT.times("1/2"), since=NOW)
            ).named(
                "proteinuria of nephritis halved", KDIGO_LN_2024.second_hand, key="proteinuria_halved_if_nephritis"
            ),
            expects=AFTER_TRANSPLANT,
        ),
        "no_remission": Requirements(when=AFTER_TRANSPLANT),
        "relapse_after_transplant": Requirements(
            expects=(
                SLEDAI.above(RESPONSE_SLEDAI, since=NOW)
                | NEPHROTIC_SYNDROME.is_true(since=NOW)
                | UPCR.above("0.5 g/g", since=NOW)
            ).named("disease activity has returned", RELAPSE_AFTER_TRANSPLANT.recalled, key="activity_returned"),
        ),
    },
)

BURT_2018 = Guideline(
    "Burt",
    "2018",
    BURT_SERIES,
    {
        "remission": Requirements(
            when=OFF_IMMUNOSUPPRESSION
            & PREDNISONE_DOSE.at_most(10, since=NOW).named("prednisone at most 10 mg/d", key="low_prednisone"),
            expects=AFTER_TRANSPLANT,
        )
    },
)

# Kidney failure, and the rest.

LONG_ON_DIALYSIS = (ON_DIALYSIS & DIALYSIS_STARTED.happened(at_least_ago=months(3))).named(
    "on dialysis for three months", KDIGO_NOMENCLATURE, key="lasting_dialysis"
)
KDIGO_2012_KIDNEY_FAILURE = Guideline(
    "KDIGO kidney failure",
    "2012",
    KDIGO_CKD_2012,
    {
        "acute_kidney_injury": Requirements(
            expects=(~LONG_ON_DIALYSIS).named(
                "not on dialysis for three months", KDIGO_NOMENCLATURE, key="no_lasting_dialysis"
            )
        ),
        "dialysis": Requirements(
            expects=(low_egfr(60) | ACUTE_KIDNEY_INJURY_DIAGNOSED.happened()).named(
                "kidney function impaired",
                SLICC_2016.at("eGFR below 60 taken as impaired"),
                key="kidney_function_impaired",
            )
        ),
        "kidney_failure": Requirements(
            expects=(low_egfr(15) | LONG_ON_DIALYSIS).named(
                "eGFR below 15, or three months of dialysis", key="kidney_failure"
            )
        ),
    },
)

AGIHO_2018 = Guideline(
    "AGIHO/DGHO",
    "2018",
    VACCINATION,
    {
        "live_vaccine": Requirements(
            expects=OFF_IMMUNOSUPPRESSION.cited(VACCINATION.second_hand)
            & (~TRANSPLANTED | since_transplant(at_least=24)).named("24 months after transplant", key="remission_time")
        )
    },
)

_NO_INDICATION_ASKED = Guideline("Biopsy", "any", WEENING_2004, {"biopsy": Requirements()})

DEFAULTS = (
    _NO_INDICATION_ASKED,
    KDIGO_2024,
    PMC11258879,
    EBMT_2025,
    BLOOD_2011,
    ARTHRITIS_RES_2000,
    ASTCT_2024,
    EBMT_EULAR_2004,
    KDIGO_2012_KIDNEY_FAILURE,
    AGIHO_2018,
)
"""What decides where no other guideline is named."""

GUIDELINES = {
    name: thing for name, thing in globals().items() if isinstance(thing, Guideline) and not name.startswith("_")
}
"""Every guideline here, by name."""

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [*GUIDELINES, "DEFAULTS", "GUIDELINES", "POINTS"]
