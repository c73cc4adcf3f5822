"""The guidelines: what each asks for (hard, ``when``) and expects (soft, ``expects``).

One criterion is one line; it appears in every refusal, story and table of the pathway.
"""

from hscpath.days import months
from hscpath.guidelines import Guideline
from hscpath.lupus.events import (
    CELLS_REINFUSED,
    DIALYSIS_STARTED,
    DIALYSIS_STOPPED,
    HSCT_EVALUATION_STARTED,
    IMMUNOSUPPRESSION_STARTED,
    MOBILISATION_STARTED,
    RESPONSE_ASSESSED,
)
from hscpath.lupus.facts import (
    ACTIVE_PROLIFERATIVE,
    AGE,
    CD34_COLLECTED,
    DAYS_OF_NEUTROPHILS,
    EGFR,
    LN_CLASS,
    MEMBRANOUS_ONLY_ACTIVE,
    NEPHROTIC_SYNDROME,
    PREGNANT,
    SLEDAI,
    UNCONTROLLED_INFECTION,
    UPCR,
)
from hscpath.lupus.sources import (
    ALEXANDER_2025,
    ASTIL_TRIAL,
    COLLECTION_2011,
    ENGRAFTMENT_CONSENSUS,
    ENGRAFTMENT_SERIES,
    EULAR_LN_2025,
    JAYNE_2004,
    KDIGO_LN_2024,
    KDIGO_NOMENCLATURE,
    RELAPSE_AFTER_RESPONSE,
    RELAPSE_AFTER_TRANSPLANT,
    TRAYNOR_2000,
)
from hscpath.pathway import Criteria

POINTS = (
    "treatment",
    "complete_response",
    "partial_response",
    "refractory",
    "relapse_after_complete_response",
    "relapse_after_partial_response",
    "eligibility",
    "mobilisation",
    "minimum_graft",
    "conditioning",
    "engraftment",
    "remission",
    "relapse_after_transplant",
    "kidney_failure",
)
"""The points at which the pathway decides by guideline."""

COURSE = IMMUNOSUPPRESSION_STARTED
BASELINE_EGFR = EGFR.at(COURSE).called("baseline eGFR")
BASELINE_UPCR = UPCR.at(COURSE).called("baseline UPCR")
RESPONSE_UPCR = UPCR.at(RESPONSE_ASSESSED).called("UPCR at response")
RESPONSE_SLEDAI = SLEDAI.at(RESPONSE_ASSESSED).called("SLEDAI at response")
ON_DIALYSIS = DIALYSIS_STARTED.count.minus(DIALYSIS_STOPPED).called("dialysis under way")

ACTIVE_III_OR_IV = LN_CLASS.one_of(*ACTIVE_PROLIFERATIVE).named("class III or IV, not only chronic")
CLASS_V = LN_CLASS.one_of(*MEMBRANOUS_ONLY_ACTIVE).named("class V, alone or with chronic III or IV")
STABLE_KIDNEY = EGFR.at_least(BASELINE_EGFR.times("17/20"), since=COURSE).named("kidney function stable")
TIME_TO_RESPOND = COURSE.happened(at_least_ago=months(3)).named("three months of therapy", EULAR_LN_2025.second_hand)

KDIGO_2024 = Guideline(
    "KDIGO",
    "2024",
    KDIGO_LN_2024.second_hand,
    {
        "treatment": Criteria(
            expects=(ACTIVE_III_OR_IV | (CLASS_V & NEPHROTIC_SYNDROME.is_true())).named(
                "active class III or IV, or nephrotic class V"
            ),
        ),
        "complete_response": Criteria(
            when=UPCR.below("0.5 g/g", since=COURSE),
            expects=STABLE_KIDNEY & TIME_TO_RESPOND,
        ),
        "partial_response": Criteria(
            when=UPCR.below("3 g/g", since=COURSE) & UPCR.at_most(BASELINE_UPCR.times("1/2"), since=COURSE),
            expects=STABLE_KIDNEY & TIME_TO_RESPOND,
        ),
        "refractory": Criteria(
            expects=UPCR.at_least("0.5 g/g", since=COURSE).named("no complete response")
            & COURSE.happened(at_least_ago=months(6)).named("six months of therapy"),
        ),
    },
)

RELAPSE = Guideline(
    "Relapse after response",
    "PMC11258879",
    RELAPSE_AFTER_RESPONSE,
    {
        "relapse_after_complete_response": Criteria(
            expects=UPCR.above("0.5 g/g", since=RESPONSE_ASSESSED).named("proteinuria has returned"),
        ),
        "relapse_after_partial_response": Criteria(
            expects=(
                UPCR.above("1 g/g", since=RESPONSE_ASSESSED)
                & UPCR.at_least(RESPONSE_UPCR.times(2), since=RESPONSE_ASSESSED)
            ).named("proteinuria has doubled"),
        ),
    },
)

EBMT_2025 = Guideline(
    "EBMT",
    "2025",
    ALEXANDER_2025,
    {
        "eligibility": Criteria(
            expects=AGE.at_least(18).named("an adult") & AGE.at_most(65).named("65 or younger"),
        ),
    },
)

CYTOTOXIC_THERAPY = Guideline(
    "Cytotoxic therapy",
    "1",
    ASTIL_TRIAL,
    {
        "mobilisation": Criteria(
            when=PREGNANT.is_false(since=HSCT_EVALUATION_STARTED),
        ),
        "conditioning": Criteria(
            when=PREGNANT.is_false(since=MOBILISATION_STARTED)
            & UNCONTROLLED_INFECTION.is_false(since=MOBILISATION_STARTED).cited(TRAYNOR_2000),
        ),
    },
)

GRAFT_2011 = Guideline(
    "Minimum graft",
    "2011",
    COLLECTION_2011,
    {
        "minimum_graft": Criteria(
            expects=CD34_COLLECTED.total.called("CD34+ cells collected")
            .at_least(2, since=MOBILISATION_STARTED)
            .named("enough CD34+ cells collected"),
        ),
    },
)

ENGRAFTMENT_2024 = Guideline(
    "Engraftment consensus",
    "2024",
    ENGRAFTMENT_CONSENSUS,
    {
        "engraftment": Criteria(
            expects=DAYS_OF_NEUTROPHILS.at_least(3, since=CELLS_REINFUSED).named("three days of neutrophils")
            & CELLS_REINFUSED.happened(at_least_ago=6, at_most_ago=21).named(
                "between day 6 and day 21", ENGRAFTMENT_SERIES
            ),
        ),
    },
)

REMISSION_2004 = Guideline(
    "EBMT/EULAR registry",
    "2004",
    JAYNE_2004,
    {
        "remission": Criteria(when=SLEDAI.below(3, since=CELLS_REINFUSED)),
        "relapse_after_transplant": Criteria(
            expects=(
                SLEDAI.above(RESPONSE_SLEDAI, since=RESPONSE_ASSESSED)
                | NEPHROTIC_SYNDROME.is_true(since=RESPONSE_ASSESSED)
                | UPCR.above("0.5 g/g", since=RESPONSE_ASSESSED)
            ).named("disease activity has returned", RELAPSE_AFTER_TRANSPLANT.recalled),
        ),
    },
)

KIDNEY_FAILURE_2020 = Guideline(
    "KDIGO nomenclature",
    "2020",
    KDIGO_NOMENCLATURE.recalled,
    {
        "kidney_failure": Criteria(
            expects=(EGFR.below(15) | ON_DIALYSIS.at_least(1)).named("eGFR below 15 or dialysis"),
        ),
    },
)

DEFAULTS = (
    KDIGO_2024,
    RELAPSE,
    EBMT_2025,
    CYTOTOXIC_THERAPY,
    GRAFT_2011,
    ENGRAFTMENT_2024,
    REMISSION_2004,
    KIDNEY_FAILURE_2020,
)
"""What decides where no other guideline is named."""
