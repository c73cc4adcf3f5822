"""How often what happens next, and when: for made-up cohorts, illustrative and no prognosis.

Each way bears the figure it is taken from and how certain that is. Shares of small series are taken as
they stand, follow-up of several lengths as one, and figures of different eras and places side by side.
What no source gives (how fast a clinic works, who is referred, every value recorded) is marked as chosen.
"""

from __future__ import annotations

from hscpath.citations import Citation
from hscpath.days import months, years
from hscpath.lupus.events import *
from hscpath.lupus.facts import ACTIVE_PROLIFERATIVE
from hscpath.lupus.sources import *
from hscpath.lupus.states import *
from hscpath.numbers import Numeral
from hscpath.pathway import State
from hscpath.rates import Mix, Rates, Spread, Then, Way, then

# Where the figures come from.

CHOSEN = Citation("chosen", "Chosen for illustration: no source gives it").recalled
INDUCTION_SERIES = Citation(
    "cyclophosphamide series",
    "Induction with cyclophosphamide in India, n=67: complete response 46.2 %, partial 23.9 %, none 29.9 %",
)
CHEN_2008 = Citation(
    "Chen 2008",
    "Chen YE, et al. Clin J Am Soc Nephrol 2008 (n=86): ten-year survival 95, 76 and 46 % after complete, "
    "partial and no response; kidney survival 94, 45 and 19 %",
)
RELAPSE_SERIES = Citation(
    "relapse in children", "35 % of responders relapsed, at 45 (SD 32) months; in other series 27 to 66 % of patients"
)
COLLADO_2016 = Citation(
    "Collado 2016", "PMID 27152693: 17 of 41 patients of class II transformed, at a median of 32 (11 to 305) months"
)
LENG_2017 = Citation(
    "Leng 2017", "Clin Exp Rheumatol 2017, PMID 28240594: collection failed in 1 of 27; ten-year survival 86 %"
)
HUANG_2019 = Citation(
    "Huang 2019",
    "Clin J Am Soc Nephrol 2019, doi:10.2215/CJN.10570918, PMID 30979713 (22 patients with lupus nephritis): complete "
    "remission in 18, partial in 1, none in 1; neutrophils on day 8 (7 to 9), platelets on day 9 (6 to 10); 7.3 (SD "
    "3.8) ×10⁶/kg CD34+ cells; 6 relapses; five-year survival 91 %",
)
ENGRAFTMENT_SHARE = Citation("engraftment in series", "Failure to engraft is hardly reported in autografts for lupus")
TREATMENT_MORTALITY = Citation(
    "mortality to day 100", "2 to 5 % in current series: 1 of 50 (Burt 2006), 1 of 22 (Huang 2019), 0 of 30 (Burt 2018)"
)
RELAPSE_RANGE = Citation(
    "relapse in series",
    "27 % (Huang 2019), 32 % (Jayne 2004) and 56 % (Alchi 2013) of those transplanted; remission kept by 81 % at two "
    "years, 71 % at three and 62 % at four to five (Burt 2018)",
)
SURVIVAL_RANGE = Citation("survival in series", "Five-year survival 81 (SE 8) % (Alchi 2013) to 91 % (Huang 2019)")
CONTRERAS_2010 = Citation(
    "Contreras 2010", "Lupus nephritis recurred in 2.44 % of 6850 transplanted kidneys (clinical recurrence)"
)
VAROCZY_2012 = Citation("Varoczy 2012", "Varoczy L, et al. 2012 (conditioning five months after collection)")

_ONE_OF_22 = HUANG_2019.at("1 of 22")
_ONE_OF_27 = LENG_2017.at("1 of 27 failed")

# What is recorded along the way: chosen, so that it is what the words of the event mean.

_CLASS = Mix({label: f"1/{len(ACTIVE_PROLIFERATIVE)}" for label in ACTIVE_PROLIFERATIVE})
_THERAPY = Mix(
    {
        ("mycophenolate", "glucocorticoid"): "0.5",
        ("low-dose cyclophosphamide", "glucocorticoid"): "0.3",
        ("mycophenolate", "belimumab", "glucocorticoid"): "0.2",
    }
)
_ABLATION = Mix({("cyclophosphamide", "ATG"): "0.8", ("cyclophosphamide", "ATG", "rituximab"): "0.2"})
_SEX = Mix({"female": "0.9", "male": "0.1"})
_ACTIVE, _PARTIAL, _COMPLETE = Spread(3, "3.5", 8), Spread("0.5", "0.9", "1.5"), Spread("0.05", "0.2", "0.49")  # UPCR
_AT_ASSESSMENT = Spread(months(6), months(12))
_TO_RELAPSE = Spread(months(3), months(45), months(109))
_IN_FIVE_YEARS = Spread(30, months(20), years(5) - 365)  # from a remission that is told six to twelve months on

_DIAGNOSIS = then(
    NEPHRITIS_DIAGNOSED, age=Spread(12, 24, 30, 38, 60), sex=_SEX, upcr=Spread("0.6", 3, 8), egfr=Spread(60, 90, 120)
)
_COURSE = then(
    IMMUNOSUPPRESSION_STARTED,
    Spread(1, 7, 30),
    to=IMMUNOSUPPRESSION,
    agent=_THERAPY,
    upcr=_ACTIVE,
    egfr=Spread(60, 80, 95),
)
_REFERRED = (
    then(KIDNEY_BIOPSY_REPORTED, Spread(7, 30, 90), ln_class=_CLASS, activity_index=Spread(5, 10, 18)),
    then(
        HSCT_EVALUATION_STARTED,
        Spread(3, 14, 60),
        indication="kidney",
        egfr=Spread(45, 75, 110),
        lvef=Spread(50, 60, 70),
        ecog=Mix({0: "0.5", 1: "0.5"}),
    ),
)
_KIDNEY_FAILED = (
    then(KIDNEY_FAILURE_DIAGNOSED, Spread(183, years(2), years(8)), egfr=Spread(5, 9, 14)),
    then(DIALYSIS_STARTED, Spread(0, 14, 60), dialysis=Mix({"haemodialysis": "0.7", "peritoneal dialysis": "0.3"})),
)
_ENTERED_REFRACTORY = then(
    ENROLLED,
    to=REFRACTORY,
    status_at_entry="refractory",
    lupus_nephritis=True,
    ln_class=_CLASS,
    prior_failed_courses=Mix({1: "0.5", 2: "0.3", 3: "0.2"}),
    age=Spread(12, 30, 60),
    sex=_SEX,
)
_ABLATED = then(
    CONDITIONING_STARTED,
    Spread(14, 21, 150),
    conditioned_with=_ABLATION,
    cyclophosphamide_total=200,
    other_immunosuppression=False,
    pregnant=False,
    uncontrolled_infection=False,
    upcr=_ACTIVE,
    sledai=Spread(8, 12, 22),
)
_KIDNEY_GIVEN = then(
    KIDNEY_TRANSPLANT_PERFORMED,
    Spread(months(6), years(3), years(7)),
    kidney_donor=Mix({"deceased": "0.7", "living": "0.3"}),
    uncontrolled_infection=False,
)
_MOBILISED = (then(MOBILISING_CHEMOTHERAPY_GIVEN), then(G_CSF_STARTED, 3))
_DIED_OF_LUPUS = then(DIED, Spread(30, years(10)), cause_of_death="disease")
_DIED_OF_TREATMENT = then(DIED, Spread(3, 14, 60), cause_of_death="treatment")


def _assessed(to: State, **findings: object) -> Then:
    """Return the assessment of the response, half a year to a year on, with what it finds."""
    return then(RESPONSE_ASSESSED, _AT_ASSESSMENT, to=to, **findings)


def _way(share: Numeral, *events: Then, cite: Citation = CHOSEN) -> Way:
    """Return a way on: without a source, it is chosen."""
    return Way(share, events, cite=cite)


RATES = Rates(
    {
        SUSPECTED: [
            _way("0.7", _DIAGNOSIS, then(KIDNEY_BIOPSY_REPORTED, Spread(3, 30), to=BIOPSIED, ln_class=_CLASS), _COURSE),
            _way(
                "0.1",
                _DIAGNOSIS,
                then(KIDNEY_BIOPSY_REPORTED, Spread(3, 30), to=BIOPSIED, ln_class="II"),
                then(SURVEILLANCE_STARTED, Spread(1, 14), upcr=Spread("0.3", "0.8", 2)),
            ),
            _way("0.2", _ENTERED_REFRACTORY),
        ],
        SURVEILLANCE: [
            _way(
                "17/41",
                then(KIDNEY_BIOPSY_REPORTED, Spread(months(11), months(32), months(305)), ln_class=_CLASS),
                _COURSE,
                cite=COLLADO_2016,
            ),
            _way("24/41", cite=COLLADO_2016),
        ],
        IMMUNOSUPPRESSION: [
            _way(
                "0.462", _assessed(COMPLETE_RESPONSE, upcr=_COMPLETE, egfr=Spread(82, 95, 110)), cite=INDUCTION_SERIES
            ),
            _way("0.239", _assessed(PARTIAL_RESPONSE, upcr=_PARTIAL, egfr=Spread(82, 90, 105)), cite=INDUCTION_SERIES),
            _way(
                "0.299", then(REFRACTORY_DECLARED, _AT_ASSESSMENT, adherent=True, upcr=_ACTIVE), cite=INDUCTION_SERIES
            ),
        ],
        COMPLETE_RESPONSE: [
            _way("0.35", then(RELAPSE_DIAGNOSED, _TO_RELAPSE, upcr=Spread("0.6", 2, 5)), cite=RELAPSE_SERIES),
            _way("0.05", _DIED_OF_LUPUS, cite=CHEN_2008),
            _way("0.6", cite=CHEN_2008),
        ],
        PARTIAL_RESPONSE: [
            _way("0.35", then(RELAPSE_DIAGNOSED, _TO_RELAPSE, upcr=Spread("3.1", 4, 8)), cite=RELAPSE_SERIES),
            _way("0.24", _DIED_OF_LUPUS, cite=CHEN_2008),
            _way("0.2", *_KIDNEY_FAILED),
            _way("0.21"),
        ],
        REFRACTORY: [_way("0.4", _COURSE), _way("0.5", *_REFERRED), _way("0.1", *_KIDNEY_FAILED)],
        RELAPSED: [_way("0.7", _COURSE), _way("0.3", *_REFERRED)],
        # Towards the transplant.
        HSCT_EVALUATION: [
            _way("0.8", then(ACCEPTED_FOR_HSCT, Spread(14, 30, 90))),
            _way(
                "0.2", then(DECLINED_FOR_HSCT, Spread(14, 30, 90), why_not=Mix({"comorbidity": "0.5", "other": "0.5"}))
            ),
        ],
        HSCT_ACCEPTED: [
            _way("0.95", then(CONSENT_SIGNED, Spread(1, 7, 30))),
            _way("0.05", then(DECLINED_FOR_HSCT, Spread(1, 7, 30), why_not="patient's wish")),
        ],
        HSCT_DECLINED: [
            _way("0.6", _COURSE),
            _way("0.1", *_KIDNEY_FAILED),
            _way("0.1", _DIED_OF_LUPUS),
            _way("0.2"),
        ],
        CONSENTED: _way(
            1,
            then(MOBILISATION_STARTED, Spread(7, 21, 60), mobilised_with=("cyclophosphamide", "G-CSF"), pregnant=False),
            cite=JAYNE_2004.at("93 % mobilised with cyclophosphamide and G-CSF, here all"),
        ),
        MOBILISATION: [
            _way(
                "0.96",
                *_MOBILISED,
                then(STEM_CELLS_COLLECTED, Spread(6, 8, 11), cd34_collected=Spread(4, "7.3", 15)),
                then(GRAFT_STORED, Spread(0, 1)),
                cite=_ONE_OF_27,
            ),
            _way(
                "0.04",
                *_MOBILISED,
                then(STEM_CELLS_COLLECTED, Spread(6, 8, 11), cd34_collected=Spread("0.2", 1, "1.9")),
                then(COLLECTION_FAILED, Spread(1, 3)),
                then(TRANSPLANT_CALLED_OFF, Spread(1, 14), why_not="collection failed"),
                cite=_ONE_OF_27,
            ),
        ],
        GRAFT_IN_STORE: [
            _way("0.96", _ABLATED, cite=VAROCZY_2012),
            _way("0.04", _DIED_OF_TREATMENT, cite=BURT_2006.at("2 of 50 died between mobilisation and conditioning")),
        ],
        # The transplant, and what comes of it.
        CONDITIONING: _way(1, then(CONDITIONING_COMPLETED, 3), cite=CONDITIONING_2000),
        CONDITIONED: _way(1, then(CELLS_REINFUSED, 2, cd34_infused=Spread(2, 3, 4)), cite=CONDITIONING_2000),
        APLASIA: [
            _way(
                "0.99",
                then(NEUTROPHILS_RECOVERED, Spread(7, 8, 9), days_of_neutrophils=3, neutrophils=Spread("0.5", 2)),
                then(
                    PLATELETS_RECOVERED,
                    Spread(0, 1, 3),
                    platelets=Spread(20, 40, 90),
                    days_of_platelets=3,
                    days_without_transfusion=Spread(7, 9),
                ),
                cite=HUANG_2019,
            ),
            _way("0.01", then(PRIMARY_GRAFT_FAILURE_DECLARED, Spread(30, 35)), cite=ENGRAFTMENT_SHARE.recalled),
        ],
        GRAFT_FAILURE: _way(1, _DIED_OF_TREATMENT),
        ENGRAFTED: [
            _way(
                "0.8",
                _assessed(POST_HSCT_REMISSION, sledai=Spread(0, 2), upcr=_COMPLETE, prednisone_dose=Spread(0, 5, 10)),
                then(IMMUNE_RECONSTITUTION_DOCUMENTED, Spread(0, months(3), months(12)), cd4=Spread(201, 388, 700)),
                cite=HUANG_2019.at("18 of 22, taken as 80 %"),
            ),
            _way("0.05", _assessed(POST_HSCT_PARTIAL_RESPONSE, sledai=Spread(3, 5, 8), upcr=_PARTIAL), cite=_ONE_OF_22),
            _way("0.05", _assessed(POST_HSCT_NO_RESPONSE, sledai=Spread(6, 10, 20), upcr=_ACTIVE), cite=_ONE_OF_22),
            _way("0.03", then(DIED, Spread(3, 40, 91), cause_of_death="treatment"), cite=TREATMENT_MORTALITY),
            _way("0.07"),
        ],
        POST_HSCT_REMISSION: [
            _way(
                "0.4",
                then(RELAPSE_DIAGNOSED, _IN_FIVE_YEARS, sledai=Spread(6, 10, 20), upcr=Spread("0.6", 2, 6)),
                cite=RELAPSE_RANGE,
            ),
            _way(
                "0.06",
                then(DIED, _IN_FIVE_YEARS, cause_of_death=Mix({"disease": "0.5", "other": "0.5"})),
                cite=SURVIVAL_RANGE,
            ),
            _way("0.54", cite=RELAPSE_RANGE),
        ],
        POST_HSCT_PARTIAL_RESPONSE: [
            _way(
                "0.4",
                then(
                    RELAPSE_DIAGNOSED, Spread(90, months(18), years(4)), sledai=Spread(9, 12, 20), upcr=Spread(2, 4, 8)
                ),
                cite=GOKLEMEZ_2022.at("a partial response relapsed at 18 months"),
            ),
            _way("0.6"),
        ],
        POST_HSCT_NO_RESPONSE: [
            _way("0.5", *_KIDNEY_FAILED, cite=HUANG_2019.at("one patient without response, on dialysis at 12 months")),
            _way("0.5", _COURSE),
        ],
        POST_HSCT_RELAPSE: [_way("0.8", _COURSE), _way("0.1", *_REFERRED), _way("0.1")],
        # Kidney failure.
        KIDNEY_FAILURE: [
            _way("0.5", _KIDNEY_GIVEN),
            _way("0.3", then(DIED, Spread(30, years(4), years(10)), cause_of_death="other")),
            _way("0.2"),
        ],
        KIDNEY_TRANSPLANTED: [
            _way(
                "0.0244",
                then(KIDNEY_BIOPSY_REPORTED, Spread(months(6), years(4), years(10)), ln_class=_CLASS),
                then(RECURRENCE_IN_KIDNEY_GRAFT_DIAGNOSED, Spread(0, 14), upcr=_ACTIVE),
                cite=CONTRERAS_2010,
            ),
            _way("0.9756", cite=CONTRERAS_2010),
        ],
    },
    ends=[
        _way("0.9", then(RESULTS_RECORDED, Spread(years(2), years(8), years(15)))),
        _way("0.1", then(CONTACT_LOST, Spread(30, years(3), years(12)))),
    ],
)
"""Shares and times from published series and, where there are none, chosen: illustrative, and no prognosis."""
