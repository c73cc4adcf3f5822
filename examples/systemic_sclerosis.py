"""A pathway of one's own, in one file: systemic sclerosis, to autologous stem-cell transplantation and after it.

    python examples/systemic_sclerosis.py                           tells a patient's story on it
    python examples/systemic_sclerosis.py --json > sclerosis.json   writes it for the command line, as in
    hscpath walk --pathway sclerosis.json

It teaches how a pathway is written; it is no guideline. Every number names its source, and how that was read.
"""

import sys

from hscpath import Choice, Citation, Event, Flag, Journey, Pathway, Quantity, State, StateGroup, files, tell
from hscpath.invariants import Invariant, throughout

# Sources. What was read in the source itself stands as it is; ``.second_hand`` was read where others restate it.

EBMT = Citation("EBMT 2025", "Alexander T, et al. Bone Marrow Transplant 2025. doi:10.1038/s41409-025-02695-y")
ASTIS = Citation(
    "ASTIS", "van Laar JM, et al. JAMA 2014;311:2490-2498 (selection criteria as tabled in Ann Rheum Dis)"
).second_hand
UPSIDE = Citation("UPSIDE", "Spierings J, et al. BMJ Open 2021;11:e044483. doi:10.1136/bmjopen-2020-044483 (Table 2)")
KHANNA = Citation("Khanna 2019", "Khanna D, et al. Arthritis Res Ther 2019. doi:10.1186/s13075-019-1809-y")
NASH = Citation("Nash 2007", "Nash RA, et al. Blood 2007;110:1388-1396 (34 patients; neutrophils on day 9, 7 to 13)")
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

# The criteria, and the table: each row reads as a sentence.

EARLY_AND_SEVERE = (DURATION.at_most(4) & SKIN.at_least(15) & ORGAN.is_true()).named("early, diffuse and severe", ASTIS)
HEART = LVEF.at_least(45).named("heart fit", ASTIS) & PASP.at_most(40).named("no raised pulmonary pressure", EBMT)
ORGANS = HEART & DLCO.at_least(40).named("lungs fit", ASTIS) & CLEARANCE.at_least(40).named("kidneys fit", ASTIS)
ADULT = (AGE.at_least(18) & AGE.at_most(65)).named("18 to 65 years old", UPSIDE)
GRAFT = COLLECTED.count.minus(REINFUSED).at_least(1).named("a graft is in store", BLOOD)
IMPROVED = SKIN.at_most(SKIN.at(EVALUATED).plus(-5)).named("skin score five points better", KHANNA)
IN_TIME = REINFUSED.happened(at_least_ago=7, at_most_ago=13).named("between day 7 and day 13", NASH)

PATHWAY = Pathway("systemic sclerosis to autologous HSCT", "1", START, [
    START.on(DIAGNOSED, to=ILL),
    ILL.on(EVALUATED, to=FIT, expects=EARLY_AND_SEVERE & ORGANS & ADULT),
    FIT.on(CONSENTED, to=AGREED, cite=UPSIDE),
    AGREED.on(COLLECTED, to=READY, when=PREGNANT.is_false().cited(UPSIDE), expects=CD34.at_least(2).cited(BLOOD)),
    READY.on(ABLATED, to=EMPTY, when=GRAFT & PREGNANT.is_false().cited(UPSIDE)),
    EMPTY.on(REINFUSED, to=WAITING, when=GRAFT),
    WAITING.on(RECOVERED, to=ENGRAFTED, expects=IN_TIME),
    ENGRAFTED.on(ASSESSED, to=BETTER, when=IMPROVED),
    ENGRAFTED.on(ASSESSED),
    LIVING.on(DIED, to=DEAD),
], day_zero=REINFUSED, day_counted="transplant day")  # fmt: skip

INVARIANTS = (Invariant("a rescue", throughout(EMPTY, GRAFT), "the marrow is gone", BLOOD),)

if __name__ == "__main__":
    if "--json" in sys.argv[1:]:
        sys.exit(print(files.pathway_to_json(PATHWAY)))
    lea = Journey(PATHWAY).advance("diagnosed", day=0, age=44, duration=1.5, mrss=28, organ_involved=True)
    print(lea.consider("evaluated", day=30, lvef=60, dlco=38, pasp=31, clearance=90), end="\n\n")
    borderline = {"lungs fit": "38 %, stable for a year, and the team agrees"}
    lea = lea.advance("evaluated", day=30, lvef=60, dlco=38, pasp=31, clearance=90, override=borderline)
    lea = lea.advance("consented", day=40).advance("collected", day=60, cd34=5.2, pregnant=False)
    lea = lea.advance("ablated", day=85).advance("reinfused", day=90).advance("recovered", day=99)
    lea = lea.advance("assessed", day=270, mrss=17)
    print(tell.story(lea, title="Lea, made up for teaching"))
