"""The guidelines: what each asks for (hard, ``when``) and expects (soft, ``expects``).

One criterion is one line; it appears in every refusal, story and table of the pathway.
"""

from hscpath.criteria import months
from hscpath.guidelines import Guideline
from hscpath.lupus.events import (
    CELLS_REINFUSED,
    DIALYSIS_STARTED,
    IMMUNOSUPPRESSION_STARTED,
    MOBILISATION_STARTED,
    REFRACTORY_DECLARED,
    RELAPSE_DIAGNOSED,
    RESPONSE_ASSESSED,
)
from hscpath.lupus.facts import (
    ACTIVE_PROLIFERATIVE,
    AGE,
    CD34_COLLECTED,
    DAYS_OF_NEUTROPHILS,
    EGFR,
    LN_CLASS,
    NEPHROTIC_SYNDROME,
    PREGNANT,
    REFRACTORY_AT_ENTRY,
    SLEDAI,
    STATUS_AT_ENTRY,
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
    TRAYNOR_2000,
)
from hscpath.pathway import Criteria

POINTS = (
    "treatment",
    "complete_response",
    "partial_response",
    "refractory",
    "relapse",
    "eligibility",
    "minimum_graft",
    "cytotoxic_therapy",
    "engraftment",
    "remission",
    "kidney_failure",
)
"""The points at which the pathway decides by guideline."""

COURSE = IMMUNOSUPPRESSION_STARTED
BASELINE_EGFR = EGFR.at(COURSE).called("baseline eGFR")
BASELINE_UPCR = UPCR.at(COURSE).called("baseline UPCR")

ACTIVE_III_OR_IV = LN_CLASS.one_of(*ACTIVE_PROLIFERATIVE).named("class III or IV, not only chronic")
STABLE_KIDNEY = EGFR.at_least(BASELINE_EGFR.times("17/20"), since=COURSE).named("kidney function stable")
TIME_TO_RESPOND = COURSE.happened(at_least_ago=months(3)).named("three months of therapy", EULAR_LN_2025.second_hand)

KDIGO_2024 = Guideline(
    "KDIGO",
    "2024",
    KDIGO_LN_2024.second_hand,
    {
        "treatment": Criteria(
            expects=(ACTIVE_III_OR_IV | (LN_CLASS.one_of("V") & NEPHROTIC_SYNDROME.is_true())).named(
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
            expects=COURSE.happened(at_least_ago=months(6)).named("six months of therapy"),
        ),
        "relapse": Criteria(
            expects=(
                UPCR.above("0.5 g/g", since=RESPONSE_ASSESSED) | NEPHROTIC_SYNDROME.is_true(since=RESPONSE_ASSESSED)
            ).named("proteinuria has returned", RELAPSE_AFTER_RESPONSE),
        ),
        "kidney_failure": Criteria(
            expects=(EGFR.below(15) | DIALYSIS_STARTED.happened()).named(
                "eGFR below 15 or dialysis", KDIGO_NOMENCLATURE.recalled
            ),
        ),
    },
)

EBMT_2025 = Guideline(
    "EBMT",
    "2025",
    ALEXANDER_2025,
    {
        "eligibility": Criteria(
            expects=AGE.at_least(18).named("an adult")
            & AGE.at_most(65).named("65 years old or younger")
            & (
                REFRACTORY_DECLARED.happened()
                | RELAPSE_DIAGNOSED.happened()
                | STATUS_AT_ENTRY.one_of(REFRACTORY_AT_ENTRY)
            ).named("active disease despite standard therapy"),
        ),
        "cytotoxic_therapy": Criteria(
            when=PREGNANT.is_false().cited(ASTIL_TRIAL) & UNCONTROLLED_INFECTION.is_false().cited(TRAYNOR_2000),
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
    },
)

DEFAULTS = (KDIGO_2024, EBMT_2025, GRAFT_2011, ENGRAFTMENT_2024, REMISSION_2004)
"""What decides where no other guideline is named."""
