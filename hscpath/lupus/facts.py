"""What can be known of a patient with lupus nephritis on the way to a transplant."""

from itertools import product

from hscpath.criteria import Choice, Flag, Quantity

# Kidney and disease activity.

UPCR = Quantity(
    "upcr",
    "UPCR",
    "g/g",
    low=0,
    high=50,
    resolution="0.001",
    # One mmol of creatinine weighs 113.12 mg.
    units={"mg/g": "1/1000", "mg/mg": 1, "g/mmol": "100000/11312", "mg/mmol": "100/11312"},
    about="urine protein-to-creatinine ratio",
)
EGFR = Quantity(
    "egfr",
    "eGFR",
    "mL/min/{1.73_m2}",
    low=0,
    high=250,
    resolution="0.1",
    units={"mL/min/1.73m2": 1},
    shown="mL/min/1.73 m²",
    about="estimated glomerular filtration rate",
)
SLEDAI = Quantity("sledai", "SLEDAI", "1", low=0, high=105, about="SLE disease activity index")
NEPHROTIC_SYNDROME = Flag("nephrotic_syndrome", "nephrotic syndrome", negative="no nephrotic syndrome")
ANTI_DSDNA = Choice("anti_dsdna", "anti-dsDNA", ("negative", "positive"))

# Kidney biopsy.

_PROLIFERATIVE = tuple(
    pattern + activity for pattern, activity in product(("III", "IV", "IV-S", "IV-G"), ("", "(A)", "(A/C)", "(C)"))
)
_MIXED = tuple(f"{label}+V" for label in _PROLIFERATIVE)
NO_NEPHRITIS, NOT_ADEQUATE = "no lupus nephritis", "not adequate"
LN_CLASS = Choice(
    "ln_class",
    "biopsy class",
    ("I", "II", *_PROLIFERATIVE, "V", *_MIXED, "VI", NO_NEPHRITIS, NOT_ADEQUATE),
    aliases={f"V+{label}": f"{label}+V" for label in _PROLIFERATIVE}
    | {f"class {label}": label for label in ("I", "II", *_PROLIFERATIVE, "V", *_MIXED, "VI")},
    about="ISN/RPS class of lupus nephritis, 2003 or 2018 scheme",
)
ACTIVE_PROLIFERATIVE = tuple(label for label in (*_PROLIFERATIVE, *_MIXED) if "(C)" not in label)
MEMBRANOUS_ONLY_ACTIVE = ("V", *(label for label in _MIXED if "(C)" in label))
ACTIVITY_INDEX = Quantity("activity_index", "NIH activity index", "1", low=0, high=24)
CHRONICITY_INDEX = Quantity("chronicity_index", "NIH chronicity index", "1", low=0, high=12)

# Standard therapy.

AGENT = Choice(
    "agent",
    "agents",
    (
        "glucocorticoid",
        "mycophenolate",
        "low-dose cyclophosphamide",
        "high-dose cyclophosphamide",
        "cyclophosphamide",
        "azathioprine",
        "belimumab",
        "tacrolimus",
        "voclosporin",
        "rituximab",
        "obinutuzumab",
    ),
    several=True,
    aliases={
        "MMF": "mycophenolate",
        "mycophenolate mofetil": "mycophenolate",
        "mycophenolic acid": "mycophenolate",
        "prednisone": "glucocorticoid",
        "prednisolone": "glucocorticoid",
        "methylprednisolone": "glucocorticoid",
        "steroids": "glucocorticoid",
    },
    about="immunosuppressive agents given together",
)

# Entry in mid-course.

REFRACTORY_AT_ENTRY, RELAPSED_AT_ENTRY = "refractory", "relapsed"
STATUS_AT_ENTRY = Choice("status_at_entry", "status at entry", (REFRACTORY_AT_ENTRY, RELAPSED_AT_ENTRY))
PRIOR_COURSES = Quantity("prior_courses", "earlier courses of immunosuppression", "1", low=0, high=50)

# Fitness for transplantation.

AGE = Quantity("age", "age", "a", low=0, high=120, units={"years": 1, "y": 1}, shown="years")
PREGNANT = Flag("pregnant", "pregnant", negative="not pregnant")
UNCONTROLLED_INFECTION = Flag("uncontrolled_infection", "uncontrolled infection", negative="no uncontrolled infection")
MDT_DECISION = Choice("mdt_decision", "decision of the multidisciplinary team", ("accepted", "declined"))

# Stem cells.


def _cells(name: str, label: str) -> Quantity:
    units = {"10^6/kg": 1, "e6/kg": 1}
    return Quantity(name, label, "10*6/kg", low=0, high=200, resolution="0.01", units=units, shown="×10⁶/kg")


CD34_COLLECTED = _cells("cd34_collected", "CD34+ cells collected")
CD34_INFUSED = _cells("cd34_infused", "CD34+ cells reinfused")
DAYS_OF_NEUTROPHILS = Quantity(
    "days_of_neutrophils",
    "consecutive days of neutrophil recovery",
    "d",
    low=0,
    high=365,
    shown="days",
    about="consecutive days with neutrophils at least 0.5 ×10⁹/L",
)

# Death.

CAUSE_OF_DEATH = Choice("cause_of_death", "cause of death", ("disease", "treatment", "other"))
