"""A disease of one's own, in one file: systemic sclerosis, to autologous stem-cell transplantation and after it.

    python examples/systemic_sclerosis.py                           tells a patient's story on it
    hscpath prove --pathway examples/systemic_sclerosis.py          as every command takes it
    hscpath table --pathway examples/systemic_sclerosis.py --json   writes it, for those who do not have the file

It teaches how a pathway is written; it is no guideline. Every number names its source, and how that was read.
"""

from hscpath import (
    Choice,
    Citation,
    Event,
    Flag,
    Guideline,
    Journey,
    Pathway,
    Quantity,
    Requirements,
    State,
    StateGroup,
    combined,
    tell,
)
from hscpath.invariants import Invariant, throughout
from hscpath.rates import Rates, Spread, Way, then

# Sources. What was read in the source itself stands as it is; ``.second_hand`` was read where others restate it.

EBMT = Citation("EBMT 2025", "Alexander T, et al. Bone Marrow Transplant 2025. doi:10.1038/s41409-025-02695-y")
ASTIS = Citation(
    "ASTIS", "van Laar JM, et al. JAMA 2014;311:2490-2498 (selection criteria as tabled in Ann Rheum Dis)"
).second_hand
UPSIDE = Citation("UPSIDE", "Spierings J, et al. BMJ Open 2021;11:e044483. doi:10.1136/bmjopen-2020-044483 (Table 2)")
SCOT = Citation("SCOT", "Sullivan KM, et al. N Engl J Med 2018;378:35-47. doi:10.1056/NEJMoa1703327").second_hand
KHANNA = Citation("Khanna 2019", "Khanna D, et al. Arthritis Res Ther 2019. doi:10.1186/s13075-019-1809-y")
NASH = Citation(
    "Nash 2007",
    "Nash RA, et al. Blood 2007;110:1388-1396 (34 patients; neutrophils on day 9, 7 to 13; 17 sustained responses; 8 "
    "deaths of the transplant, 4 of the disease)",
)
BLOOD = Citation("Blood 2011", "Blood 2011;118:4530 (minimum dose of CD34+ cells)")

# What can be known of a patient.

AGE = Quantity("age", "age", "a", low=0, high=120, shown="years")
DURATION = Quantity("duration", "disease for", "a", low=0, high=80, resolution="0.1", shown="years")
SKIN = Quantity("mrss", "modified Rodnan skin score", "1", low=0, high=51)
LVEF = Quantity("lvef", "left ventricular ejection fraction", "%", low=5, high=90)
DLCO = Quantity("dlco", "DLCO, of predicted", "%", low=5, high=200)
PASP = Quantity("pasp", "systolic pressure in the pulmonary artery", "mm[Hg]", low=5, high=150, shown="mmHg")
CLEARANCE = Quantity("clearance", "creatinine clearance", "mL/min", low=0, high=250)
CD34 = Quantity("cd34", "CD34+ cells collected", "10*6/kg", low=0, high=100, resolution="0.1", shown="×10⁶/kg")
ORGAN = Flag("organ_involved", "heart, lung or kidney involved", negative="no heart, lung or kidney involved")
PREGNANT = Flag("pregnant", "pregnant", negative="not pregnant")
CAUSE = Choice("cause", "cause of death", ("disease", "treatment", "other"))

# What happens.

DIAGNOSED = Event("diagnosed", "systemic sclerosis diagnosed", may=(AGE, DURATION, SKIN, ORGAN))
EVALUATED = Event("evaluated", "evaluation finished", may=(AGE, DURATION, SKIN, ORGAN, LVEF, DLCO, PASP, CLEARANCE))
CONSENTED = Event("consented", "written consent signed")
COLLECTED = Event("collected", "stem cells collected", may=(CD34, PREGNANT))
ABLATED = Event("ablated", "conditioning started", may=(PREGNANT,))
REINFUSED = Event("reinfused", "stem cells reinfused")
RECOVERED = Event("recovered", "neutrophils recovered")
ASSESSED = Event("assessed", "skin assessed", must=(SKIN,))
DIED = Event("died", "died", may=(CAUSE,))

# Where the course stands.

START = State("start", "not yet diagnosed", "work-up")
ILL = State("ill", "systemic sclerosis", "work-up")
FIT = State("fit", "fit for transplant", "work-up")
AGREED = State("agreed", "consented", "transplant")
READY = State("ready", "graft in store", "transplant")
EMPTY = State("aplasia", "conditioning, and aplasia", "transplant")
WAITING = State("waiting", "cells given, counts awaited", "transplant")
ENGRAFTED = State("engrafted", "engrafted", "transplant")
BETTER = State("better", "skin improved", "outcome")
DEAD = State("dead", "dead", "outcome", final=True)
LIVING = StateGroup("any living patient", (START, ILL, FIT, AGREED, READY, EMPTY, WAITING, ENGRAFTED, BETTER))

# What trials and recommendations ask for, each under a name: who is ill enough, whose organs bear it, and what age.

EARLY_AND_SEVERE = (DURATION.at_most(4) & SKIN.at_least(15) & ORGAN.is_true()).named("early, diffuse and severe", ASTIS)
HEART = LVEF.at_least(45).named("heart fit", ASTIS) & PASP.at_most(40).named("no raised pulmonary pressure", EBMT)
ORGANS = HEART & DLCO.at_least(40).named("lungs fit", ASTIS) & CLEARANCE.at_least(40).named("kidneys fit", ASTIS)
EARLY = (DURATION.at_most(2) & (SKIN.at_least(15) | ORGAN.is_true())).named("early, and diffuse or severe")

ASTIS_2014 = Guideline(
    "ASTIS", "2014", ASTIS, {"illness": Requirements(expects=EARLY_AND_SEVERE), "organs": Requirements(expects=ORGANS)}
)
UPSIDE_2021 = Guideline("UPSIDE", "2021", UPSIDE, {
    "illness": Requirements(expects=EARLY),
    "age": Requirements(expects=(AGE.at_least(18) & AGE.at_most(65)).named("18 to 65 years old")),
})  # fmt: skip
SCOT_2018 = Guideline("SCOT", "2018", SCOT, {
    "age": Requirements(expects=(AGE.at_least(18) & AGE.at_most(69)).named("18 to 69 years old")),
})  # fmt: skip
GUIDELINES = {"ASTIS_2014": ASTIS_2014, "UPSIDE_2021": UPSIDE_2021, "SCOT_2018": SCOT_2018}
DEFAULTS = (UPSIDE_2021, ASTIS_2014)  # of two that decide the same point, the later counts

# The other criteria, and the table: each row reads as a sentence.

GRAFT = COLLECTED.count.minus(REINFUSED).at_least(1).named("a graft is in store", BLOOD)
IMPROVED = SKIN.at_most(SKIN.at(EVALUATED).plus(-5)).named("skin score five points better", KHANNA)
IN_TIME = REINFUSED.happened(at_least_ago=7, at_most_ago=13).named("between day 7 and day 13", NASH)


def pathway(*guidelines: Guideline) -> Pathway:
    """Return the pathway under these guidelines."""
    by = combined(("illness", "organs", "age"), (*DEFAULTS, *guidelines))
    who = by["illness"].expects & by["organs"].expects & by["age"].expects
    return Pathway("systemic sclerosis to autologous HSCT", "1", START, [
        START.on(DIAGNOSED, to=ILL),
        ILL.on(EVALUATED, to=FIT, expects=who),
        FIT.on(CONSENTED, to=AGREED, cite=UPSIDE),
        AGREED.on(COLLECTED, to=READY, when=PREGNANT.is_false().cited(UPSIDE), expects=CD34.at_least(2).cited(BLOOD)),
        READY.on(ABLATED, to=EMPTY, when=GRAFT & PREGNANT.is_false().cited(UPSIDE)),
        EMPTY.on(REINFUSED, to=WAITING, when=GRAFT),
        WAITING.on(RECOVERED, to=ENGRAFTED, expects=IN_TIME),
        ENGRAFTED.on(ASSESSED, to=BETTER, when=IMPROVED),
        ENGRAFTED.on(ASSESSED),
        LIVING.on(DIED, to=DEAD),
    ], day_zero=REINFUSED, day_counted="transplant day")  # fmt: skip


PATHWAY = pathway()

# What holds of every journey; and what cohorts are made of. No source says how long the other steps take, nor when
# those who died did so: days are left out where none is known, and deaths come after the counts have recovered.

INVARIANTS = (Invariant("a rescue", throughout(EMPTY, GRAFT), "the marrow is gone", BLOOD),)

RATES = Rates({
    START: Way(1, [then(DIAGNOSED), then(EVALUATED), then(CONSENTED), then(COLLECTED), then(ABLATED), then(REINFUSED)]),
    WAITING: Way(1, then(RECOVERED, Spread(7, 9, 13)), cite=NASH),
    ENGRAFTED: [
        Way("17/34", then(ASSESSED, to=BETTER), cite=NASH),
        Way("8/34", then(DIED, cause="treatment"), cite=NASH),
        Way("4/34", then(DIED, cause="disease"), cite=NASH),
        Way("5/34"),
    ],
})  # fmt: skip

if __name__ == "__main__":
    lea = Journey(PATHWAY).advance("diagnosed", day=0, age=44, duration=1.5, mrss=28, organ_involved=True)
    print(lea.consider("evaluated", day=30, lvef=60, dlco=38, pasp=31, clearance=90), end="\n\n")
    borderline = {"lungs fit": "38 %, stable for a year, and the team agrees"}
    lea = lea.advance("evaluated", day=30, lvef=60, dlco=38, pasp=31, clearance=90, override=borderline)
    lea = lea.advance("consented", day=40).advance("collected", day=60, cd34=5.2, pregnant=False)
    lea = lea.advance("ablated", day=85).advance("reinfused", day=90).advance("recovered", day=99)
    lea = lea.advance("assessed", day=270, mrss=17)
    print(tell.story(lea, title="Lea, made up for teaching"))
