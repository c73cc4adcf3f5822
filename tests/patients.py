"""A patient on whom everything is recorded and nothing is missed, to ask what one change does."""

from hscpath import Journey, Record
from hscpath.lupus import PATHWAY

EVA = (
    Record("sle_diagnosed", {"sex": "female", "age": 30}, day=0),
    Record("nephritis_diagnosed", {"upcr": 3.4, "egfr": 78}, day=30),
    Record("kidney_biopsy_reported", {"ln_class": "IV-G(A)", "activity_index": 14}, day=40),
    Record("immunosuppression_started", {"agent": "mycophenolate", "mycophenolate_dose": 2.5}, day=45),
    Record("response_assessed", {"upcr": 2.9, "egfr": 80}, day=140),
    Record("course_failed", {"upcr": 3.0}, day=240),
    Record("refractory_declared", {"adherent": True}, day=245),
    Record("hsct_evaluation_started", {"indication": "kidney", "ecog": 1, "lvef": 60, "egfr": 80}, day=250),
    Record("accepted_for_hsct", day=260),
    Record("consent_signed", day=262),
    Record("mobilisation_started", {"pregnant": False, "mobilised_with": ["cyclophosphamide", "G-CSF"]}, day=270),
    Record("mobilising_chemotherapy_given", day=270),
    Record("g_csf_started", day=273),
    Record("stem_cells_collected", {"cd34_collected": 5}, day=281),
    Record("graft_stored", {"graft_manipulation": "unselected"}, day=281),
    Record(
        "conditioning_started",
        {
            "pregnant": False,
            "uncontrolled_infection": False,
            "other_immunosuppression": False,
            "conditioned_with": ["cyclophosphamide", "ATG"],
            "cyclophosphamide_total": 200,
        },
        day=295,
    ),
    Record("conditioning_completed", day=298),
    Record("cells_reinfused", {"cd34_infused": 4.5}, day=300),
    Record("neutrophils_recovered", {"days_of_neutrophils": 3}, day=310),
    Record("platelets_recovered", {"days_of_platelets": 3, "days_without_transfusion": 8}, day=312),
    Record("immune_reconstitution_documented", {"cd4": 250}, day=500),
    Record("response_assessed", {"sledai": 0, "upcr": 0.2}, day=510),
    Record("relapse_diagnosed", {"sledai": 10}, day=1500),
)


def through(event):
    """Return Eva's journey up to and including the first event of this name."""
    last = [record.event for record in EVA].index(event)
    return Journey.replay(PATHWAY, EVA[: last + 1])


def transplanted(*, day):
    """Return a man whose cells were reinfused on this day (``None`` for not recorded)."""
    fit = {"uncontrolled_infection": False, "other_immunosuppression": False}
    regimen = {"conditioned_with": ["cyclophosphamide", "ATG"], "cyclophosphamide_total": 160}
    dates = {"within nine days of its start": "not dated"}
    journey = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", age=25, sex="male", day=-40)
    journey = journey.advance("hsct_evaluation_started", indication="other organ", ecog=1)
    journey = journey.advance("accepted_for_hsct").advance("consent_signed")
    journey = journey.advance("mobilisation_started", day=-30)
    journey = journey.advance("stem_cells_collected", cd34_collected=4, day=-19).advance("graft_stored")
    journey = journey.advance("conditioning_started", **fit, **regimen).advance("conditioning_completed")
    return journey.advance("cells_reinfused", day=day, cd34_infused=4, override=dates)


def taken(journey, *records):
    """Return a journey with some more records accepted."""
    for record in records:
        journey = journey.take(record)
    return journey


def record(event, day=None, /, **findings):
    """Return a record of an event."""
    return Record(event, findings, day=day)


def entered(status, **findings):
    """Return the journey of a patient who is entered in mid-course on day 0."""
    return Journey(PATHWAY).advance("enrolled", day=0, status_at_entry=status, **findings)


def opened(journey, event, day, **findings):
    """Return what needs a reason, by name."""
    return [guard.phrase for guard in journey.consider(event, day=day, **findings).open]


ACCEPT, IS = "accepted_for_hsct", "immunosuppression_started"
ABLATE = dict(EVA[15].findings)
TREATED = through(IS)
EVALUATED = through("hsct_evaluation_started")
STORED = through("graft_stored")
CONDITIONED = through("conditioning_completed")
APLASTIC = through("cells_reinfused")
ENGRAFTED = through("neutrophils_recovered")
REMISSION = through("immune_reconstitution_documented").advance("response_assessed", day=510, sledai=0, upcr=0.2)
