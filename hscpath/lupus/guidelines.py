"""The guidelines: what each asks for (hard, ``when``) and expects (soft, ``expects``).

One criterion is one line; it appears in every refusal, story and table of the pathway.
"""

from hscpath.criteria import Citation
from hscpath.days import months
from hscpath.guidelines import Guideline
from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.sources import *
from hscpath.pathway import Criteria

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
    "partial_response_after_transplant",
    "no_response_after_transplant",
    "relapse_after_transplant",
    "acute_kidney_injury",
    "dialysis",
    "kidney_failure",
    "live_vaccine",
)
"""The points at which the pathway decides by guideline."""

# Standard therapy.

STABLE_KIDNEY = EGFR.at_least(BASELINE_EGFR.times("17/20"), since=COURSE).named("kidney function stable")
TIME_TO_RESPOND = in_course(at_least=3).named(
    "three months of therapy", EULAR_LN_2025.at("first milestone at 3 months").second_hand
)
NO_RESCUE = (~RESCUE_THERAPY_GIVEN.happened(since=COURSE)).named("no rescue therapy in this course")
NO_PARTIAL_RESPONSE = ~(UPCR.below("3 g/g", since=COURSE) & UPCR_HALVED)
FULL_COURSE = in_course(at_least=6) | (in_course(at_least=3) & WORSENING.is_true(since=COURSE))
INADEQUATE_RESPONSE = NO_PARTIAL_RESPONSE.named("no partial response") & FULL_COURSE.named(
    "six months of therapy, or three and worsening"
)
NEPHROTIC = (UPCR.at_least("3 g/g") | (NEPHROTIC_SYNDROME.is_true() & ~UPCR.below("3 g/g"))).named(
    "nephrotic", PODOCYTOPATHIES_2020
)
NEEDS_IMMUNOSUPPRESSION = ACTIVE_III_OR_IV | (CLASS_V & NEPHROTIC)

KDIGO_2024 = Guideline(
    "KDIGO",
    "2024",
    KDIGO_LN_2024.second_hand,
    {
        "treatment": Criteria(expects=NEEDS_IMMUNOSUPPRESSION.named("active class III or IV, or nephrotic class V")),
        "surveillance": Criteria(
            expects=(~NEEDS_IMMUNOSUPPRESSION).named("neither active class III or IV, nor nephrotic class V")
        ),
        "complete_response": Criteria(
            when=UPCR.below("0.5 g/g", since=COURSE),
            expects=STABLE_KIDNEY & TIME_TO_RESPOND & NO_RESCUE,
        ),
        "partial_response": Criteria(
            when=UPCR.below("3 g/g", since=COURSE) & UPCR_HALVED,
            expects=STABLE_KIDNEY & TIME_TO_RESPOND,
        ),
        "inadequate_response": Criteria(expects=INADEQUATE_RESPONSE),
        "refractory": Criteria(
            expects=INADEQUATE_RESPONSE
            & ADHERENT.is_true(since=COURSE).named("adherence confirmed", KDIGO_LN_2024.recalled)
        ),
    },
)

_THREE_MONTHS_MISSED = in_course(at_least=3) & UPCR.above(BASELINE_UPCR.times("3/4"), since=COURSE)
_SIX_MONTHS_MISSED = in_course(at_least=6) & UPCR.above(BASELINE_UPCR.times("1/2"), since=COURSE)
_YEAR_MISSED = in_course(at_least=12) & UPCR.at_least("0.7 g/g", since=COURSE)
MILESTONE_MISSED = (_THREE_MONTHS_MISSED | _SIX_MONTHS_MISSED | _YEAR_MISSED).named(
    "a milestone of 3, 6 or 12 months missed"
)
WITHIN_A_YEAR = COURSE.happened(at_most_ago=months(12)) | UPCR.below("0.7 g/g", since=COURSE)
KIDNEY_AT_80_PERCENT = EGFR.at_least(BASELINE_EGFR.times("4/5"), since=COURSE).named("eGFR kept to 80 %")

EULAR_2025 = Guideline(
    "EULAR",
    "2025",
    EULAR_LN_2025.second_hand,
    {
        "treatment": Criteria(
            expects=(
                ACTIVE_III_OR_IV | (CLASS_V & (NEPHROTIC | (UPCR.above("1 g/g") & RAAS_BLOCKADE.is_true())))
            ).named("active class III or IV, or class V nephrotic or above 1 g/g despite RAAS blockade", EULAR_LN_2019)
        ),
        "complete_response": Criteria(
            when=UPCR.below("0.5 g/g", since=COURSE),
            expects=KIDNEY_AT_80_PERCENT & TIME_TO_RESPOND & NO_RESCUE,
        ),
        "partial_response": Criteria(
            when=UPCR_HALVED,
            expects=KIDNEY_AT_80_PERCENT & TIME_TO_RESPOND & WITHIN_A_YEAR.named("below 0.7 g/g after a year"),
        ),
        "inadequate_response": Criteria(expects=MILESTONE_MISSED),
        "refractory": Criteria(expects=MILESTONE_MISSED),
    },
)

ACR_2024 = Guideline(
    "ACR",
    "2024",
    ACR_LN_2024,
    {
        "biopsy": Criteria(
            expects=(UPCR.above("0.5 g/g") | KIDNEY_IMPAIRED.is_true()).named(
                "proteinuria, or kidney function impaired"
            )
        ),
        "inadequate_response": Criteria(
            expects=(
                NO_PARTIAL_RESPONSE.named("no partial response") & in_course(at_least=6).named("six months of therapy")
            ).cited(ACR_LN_2024.second_hand)
        ),
        "refractory": Criteria(
            expects=FAILED_COURSES.at_least(2).named("two courses of standard therapy failed", ACR_LN_2024.second_hand)
        ),
    },
)

RELAPSE = Guideline(
    "Relapse after response",
    "PMC11258879",
    RELAPSE_AFTER_RESPONSE,
    {
        "relapse_after_complete_response": Criteria(
            expects=UPCR.above("0.5 g/g", since=RESPONSE).named("proteinuria has returned"),
        ),
        "relapse_after_partial_response": Criteria(
            expects=(UPCR.above("1 g/g", since=RESPONSE) & UPCR.at_least(RESPONSE_UPCR.times(2), since=RESPONSE)).named(
                "proteinuria has doubled"
            ),
        ),
    },
)

FLARE = Criteria(expects=(MILD_FLARE | MODERATE_FLARE | SEVERE_FLARE).named("a mild, moderate or severe flare"))
KDIGO_2012_FLARES = Guideline(
    "KDIGO flares",
    "2012",
    KDIGO_GN_2012,
    {"relapse_after_complete_response": FLARE, "relapse_after_partial_response": FLARE},
)

# Towards the transplant.

FAILED_STANDARD_THERAPY = FAILURE_OF_THERAPY.happened() | (
    ENROLLED.happened()
    & (
        STATUS_AT_ENTRY.one_of("refractory", "relapsed", "relapse after transplant", "no response after transplant")
        | PRIOR_FAILED_COURSES.at_least(1)
    )
)
FOR_MALIGNANCY = INDICATION.one_of("haematological malignancy")
PERFORMANCE = (ECOG.below(2, since=HSCT_EVALUATION_STARTED) | KARNOFSKY.above(60, since=HSCT_EVALUATION_STARTED)).named(
    "good performance status"
)
# EBMT 2012 gives juvenile SLE the same indication, so no lower limit of age.
EBMT_2025 = Guideline(
    "EBMT",
    "2025",
    ALEXANDER_2025,
    {
        "referral": Criteria(
            expects=(FAILED_STANDARD_THERAPY | FOR_MALIGNANCY).named(
                "failed, relapsed or not tolerated standard therapy"
            )
        ),
        "eligibility": Criteria(
            expects=AGE.at_most(65).named("65 years or younger")
            & PERFORMANCE
            & NO_CLASS_II
            & recent_biopsy(12, ASTIL_TRIAL),
        ),
    },
)

SIX_MONTHS_OF_BEST = (
    IMMUNOSUPPRESSION_STARTED.happened(at_least_ago=months(6))
    | (~IMMUNOSUPPRESSION_STARTED.happened() & MONTHS_OF_THERAPY.at_least(6))
).named("six months of standard therapy")
LIST = Guideline(
    "LIST",
    "NCT00230035",
    LIST_TRIAL,
    {
        "referral": Criteria(
            expects=(
                AGENT.one_of("cyclophosphamide", "high-dose cyclophosphamide") | MYCOPHENOLATE_DOSE.at_least(2)
            ).named("cyclophosphamide pulses, or mycophenolate at 2 g/d or more")
            & SIX_MONTHS_OF_BEST
        ),
        "eligibility": Criteria(
            expects=(AGE.at_least(18) & AGE.at_most(60)).named("18 to 60 years old")
            & BILAG_KIDNEY.one_of("A").named("BILAG A in the kidney")
            & ACTIVE_III_OR_IV
            & recent_biopsy(11, LIST_TRIAL),
        ),
    },
)

ASTIL = Guideline(
    "ASTIL",
    "NCT05063513",
    ASTIL_TRIAL,
    {
        "referral": Criteria(expects=SIX_MONTHS_OF_BEST),
        "eligibility": Criteria(
            expects=(AGE.at_least(16) & AGE.at_most(60)).named("16 to 60 years old")
            & DISEASE_DURATION.above(5).named("lupus for more than five years")
            & BILAG_KIDNEY.one_of("A").named("BILAG A in the kidney")
            & CLASS_III_OR_IV
            & recent_biopsy(12, ASTIL_TRIAL)
            & EGFR.above(30, since=HSCT_EVALUATION_STARTED).named("creatinine clearance above 30"),
        ),
    },
)

JINLING = Guideline(
    "Jinling",
    "NCT03828071",
    JINLING_TRIAL,
    {
        "referral": Criteria(
            expects=(SIX_MONTHS_OF_BEST | RELAPSE_DIAGNOSED.happened()).named(
                "six months of standard therapy, or relapse"
            )
        ),
        "minimum_graft": Criteria(
            expects=CD34_OF_THIS_GRAFT.above(2, since=COLLECTION_BEGAN).named("enough CD34+ cells collected")
            & MNC_COLLECTED.total.called("mononuclear cells collected")
            .above(2, since=COLLECTION_BEGAN)
            .named("enough mononuclear cells collected"),
        ),
    },
)

LESS_CYCLOPHOSPHAMIDE = ~FULL_DOSE_CYCLOPHOSPHAMIDE
HIGH_DOSE_THERAPY = Guideline(
    "High-dose therapy",
    "1",
    ASTIL_TRIAL,
    {
        "conditioning": Criteria(
            expects=(
                LESS_CYCLOPHOSPHAMIDE
                | EGFR.above(30, since=HSCT_EVALUATION_STARTED)
                | KIDNEY_IMPAIRED_BY_LUPUS.is_true()
            ).named("kidneys fit for full-dose cyclophosphamide")
            & (LESS_CYCLOPHOSPHAMIDE | LVEF.at_least(40, since=HSCT_EVALUATION_STARTED)).named(
                "heart fit for full-dose cyclophosphamide", BURT_PROTOCOLS.recalled
            )
            & (~(TOTAL_BODY_IRRADIATION & FULL_DOSE_CYCLOPHOSPHAMIDE)).named(
                "not total body irradiation on top of full-dose cyclophosphamide", BURT_1998
            )
            & OTHER_IMMUNOSUPPRESSION.is_false(since=PREPARATION).named(
                "other immunosuppression stopped", GOKLEMEZ_2022
            ),
        ),
        "reinfusion": Criteria(
            expects=CONDITIONING_COMPLETED.happened(since=CONDITIONING_STARTED).named(
                "conditioning is complete", CONDITIONING_2000
            )
            & CONDITIONING_STARTED.happened(at_most_ago=9).named("within nine days of its start", IRRADIATION_TRIAL)
            & (
                LESS_CYCLOPHOSPHAMIDE | CONDITIONING_COMPLETED.happened(at_least_ago=2, since=CONDITIONING_STARTED)
            ).named("two days after full-dose cyclophosphamide", CHILDREN_2003)
            & CD34_INFUSED.at_least(2, since=CONDITIONING_STARTED).named(
                "enough CD34+ cells reinfused", COLLECTION_2011.at("minimum collected, asked of what is reinfused")
            )
            & CD34_INFUSED.total.at_most(CD34_COLLECTED.total).named(
                "no more cells than were collected", COLLECTION_2011
            ),
        ),
    },
)

COLLECTION = Guideline(
    "Stem-cell collection",
    "2011",
    COLLECTION_2011,
    {
        "collection": Criteria(
            expects=MOBILISATION_STARTED.happened(at_least_ago=2).named(
                "third day of mobilisation or later", IRRADIATION_TRIAL
            )
        ),
        "failed_collection": Criteria(
            expects=CD34_OF_THIS_GRAFT.below(2, since=COLLECTION_BEGAN).named("too few CD34+ cells collected")
        ),
        "minimum_graft": Criteria(
            expects=CD34_OF_THIS_GRAFT.at_least(2, since=COLLECTION_BEGAN).named("enough CD34+ cells collected")
        ),
        "minimum_marrow": Criteria(
            expects=TNC_HARVESTED.at_least(1, since=CONSENT_SIGNED).named("enough marrow harvested", MARROW_DOSE)
        ),
    },
)

# The transplant and after it.


def _graft_failure(day: int, cite: Citation) -> dict[str, Criteria]:
    waited = REINFUSION.happened(at_least_ago=day).named(f"day {day} after reinfusion, or later", cite)
    return {"graft_failure": Criteria(expects=waited)}


ENGRAFTMENT_2024 = Guideline(
    "Engraftment consensus",
    "2024",
    ENGRAFTMENT_CONSENSUS,
    {
        "engraftment": Criteria(
            expects=DAYS_OF_NEUTROPHILS.at_least(3, since=REINFUSION).named("three days of neutrophils")
            & REINFUSION.happened(at_least_ago=6, at_most_ago=21).named("between day 6 and day 21", ENGRAFTMENT_SERIES),
        ),
        "platelet_recovery": Criteria(
            when=DAYS_WITHOUT_TRANSFUSION.at_least(7, since=REINFUSION).named(
                "seven days without a platelet transfusion"
            ),
            expects=DAYS_OF_PLATELETS.at_least(3, since=REINFUSION).named("three days of platelets"),
        ),
        "reconstitution": Criteria(
            expects=CD4.above(200, since=TRANSPLANT_DAY).named("CD4+ cells recovered", RECONSTITUTION.recalled)
        ),
        **_graft_failure(30, ENGRAFTMENT_CONSENSUS),
    },
)

GRAFT_FAILURE_DAY_28 = Guideline(
    "Graft failure by day 28", "older", OLDER_TEXTS.second_hand, _graft_failure(28, OLDER_TEXTS.second_hand)
)

REMISSION_2004 = Guideline(
    "EBMT/EULAR registry",
    "2004",
    JAYNE_2004,
    {
        "remission": Criteria(when=SLEDAI.below(3, since=TRANSPLANT_DAY)),
        "partial_response_after_transplant": Criteria(
            when=(
                UPCR.below("3 g/g", since=TRANSPLANT_DAY)
                & UPCR.at_most(UPCR_BEFORE_TRANSPLANT.times("1/2"), since=TRANSPLANT_DAY)
            ).named("proteinuria halved", KDIGO_LN_2024.second_hand),
        ),
        "no_response_after_transplant": Criteria(
            expects=CELLS_REINFUSED.happened(at_least_ago=months(6)).named("six months after transplant"),
        ),
        "relapse_after_transplant": Criteria(
            expects=(
                SLEDAI.above(RESPONSE_SLEDAI, since=RESPONSE)
                | NEPHROTIC_SYNDROME.is_true(since=RESPONSE)
                | UPCR.above("0.5 g/g", since=RESPONSE)
            ).named("disease activity has returned", RELAPSE_AFTER_TRANSPLANT.recalled),
        ),
    },
)

BURT_2018 = Guideline(
    "Burt",
    "2018",
    BURT_SERIES,
    {
        "remission": Criteria(
            when=OFF_IMMUNOSUPPRESSION
            & PREDNISONE_DOSE.at_most(10, since=TRANSPLANT_DAY).named("prednisone at most 10 mg/d")
        )
    },
)

# Kidney failure, and the rest.

LONG_ON_DIALYSIS = ON_DIALYSIS & DIALYSIS_STARTED.happened(at_least_ago=months(3))
KIDNEY_FAILURE_2012 = Guideline(
    "KDIGO CKD",
    "2012",
    KDIGO_CKD_2012,
    {
        "acute_kidney_injury": Criteria(
            expects=(~LONG_ON_DIALYSIS).named("not on dialysis for three months", KDIGO_NOMENCLATURE)
        ),
        "dialysis": Criteria(
            expects=(EGFR.below(60) | ACUTE_KIDNEY_INJURY_DIAGNOSED.happened()).named(
                "kidney function impaired", SLICC_2016
            )
        ),
        "kidney_failure": Criteria(expects=(EGFR.below(15) | ON_DIALYSIS).named("eGFR below 15, or dialysis")),
    },
)

VACCINES = Guideline(
    "Live vaccines",
    "1",
    VACCINATION,
    {
        "live_vaccine": Criteria(
            expects=OFF_IMMUNOSUPPRESSION.cited(VACCINATION.second_hand)
            & (~TRANSPLANTED | CELLS_REINFUSED.happened(at_least_ago=months(24))).named("24 months after transplant")
        )
    },
)

NO_INDICATION_ASKED = Guideline("Biopsy", "any", WEENING_2004, {"biopsy": Criteria()})

DEFAULTS = (
    NO_INDICATION_ASKED,
    KDIGO_2024,
    RELAPSE,
    EBMT_2025,
    COLLECTION,
    HIGH_DOSE_THERAPY,
    ENGRAFTMENT_2024,
    REMISSION_2004,
    KIDNEY_FAILURE_2012,
    VACCINES,
)
"""What decides where no other guideline is named."""

GUIDELINES = {name: thing for name, thing in globals().items() if isinstance(thing, Guideline)}
"""Every guideline here, by name."""
