"""What can be known of a patient with lupus nephritis on the way to a transplant."""

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import attrs

from hscpath.criteria import Choice, Flag, Quantity
from hscpath.lupus.states import AT_ENTRY


def _score(name: str, label: str, high: int, about: str = "") -> Quantity:
    return Quantity(name, label, "1", low=0, high=high, about=about)


def _days(name: str, label: str, about: str = "") -> Quantity:
    return Quantity(name, label, "d", low=0, high=365, shown="days", about=about)


def _percent(name: str, label: str, about: str = "") -> Quantity:
    return Quantity(name, label, "%", low=0, high=100, about=about)


# The patient.

AGE = Quantity(
    "age",
    "age",
    "a",
    low=0,
    high=120,
    resolution="0.1",
    units={"years": 1, "y": 1, "yr": 1, "months": "1/12"},
    shown="years",
)
SEX = Choice(
    "sex", "sex", ("female", "male"),
    aliases={"f": "female", "woman": "female", "girl": "female", "m": "male", "man": "male", "boy": "male"},
)  # fmt: skip
PREGNANT = Flag("pregnant", "pregnant", negative="not pregnant")
PREGNANCY_OUTCOME = Choice(
    "pregnancy_outcome",
    "outcome of pregnancy",
    ("live birth", "preterm birth", "loss", "miscarriage", "stillbirth", "termination", "other"),
)

# Kidney and disease activity.

UPCR = Quantity(
    "upcr",
    "UPCR",
    "g/g",
    low=0,
    high=50,
    resolution="0.001",
    # One mmol of creatinine weighs 113.12 mg. A day's protein counts as if a gram of creatinine came with it, as in
    # the table of KDIGO CKD 2012 that sets 500 mg in 24 hours beside 500 mg/g.
    units={
        "mg/g": "1/1000",
        "mg/mg": 1,
        "g/mmol": "100000/11312",
        "mg/mmol": "100/11312",
        "g/d": 1,
        "g/24h": 1,
        "g/day": 1,
        "mg/d": "1/1000",
        "mg/24h": "1/1000",
        "mg/day": "1/1000",
    },
    about="urine protein-to-creatinine ratio, or protein of 24 hours",
)
EGFR = Quantity(
    "egfr",
    "eGFR",
    "mL/min/{1.73_m2}",
    low=0,
    high=250,
    resolution="0.1",
    units={"mL/min/1.73m2": 1, "mL/min": 1},
    shown="mL/min/1.73 m²",
    about="estimated glomerular filtration rate, or creatinine clearance",
)
CREATININE = Quantity(
    "creatinine",
    "creatinine",
    "mg/dL",
    low=0,
    high=40,
    resolution="0.01",
    units={
        "umol/L": "10/884",
        "µmol/L": "10/884",
        "μmol/L": "10/884",
        "umol/l": "10/884",
        "µmol/l": "10/884",
        "mg/dl": 1,
    },
    about="creatinine in serum",
)
NEPHROTIC_SYNDROME = Flag("nephrotic_syndrome", "nephrotic syndrome", negative="no nephrotic syndrome")
KIDNEY_IMPAIRED = Flag("kidney_impaired", "kidney function impaired, not otherwise explained")
KIDNEY_IMPAIRED_BY_LUPUS = Flag("kidney_impaired_by_lupus", "kidney impairment due to active lupus nephritis")
URINE_RED_CELLS = Quantity("urine_red_cells", "urine red cells", "/[HPF]", low=0, high=1000, shown="per field")
ACANTHOCYTES = Quantity("acanthocytes", "acanthocytes", "/[HPF]", low=0, high=1000, shown="per field")
NEW_CASTS = Flag("new_casts", "new red or white cell casts", negative="no new casts")
SLEDAI = _score("sledai", "SLEDAI", 105, "SLE disease activity index")
BILAG_KIDNEY = Choice("bilag_kidney", "BILAG kidney", ("A", "B", "C", "D", "E"))
ANTI_DSDNA = Choice("anti_dsdna", "anti-dsDNA", ("negative", "positive"))
COMPLEMENT = Choice("complement", "complement", ("normal", "low"))
FLARE_SEVERITY = Choice("flare_severity", "severity of the flare, as reported", ("mild", "moderate", "severe"))

# Kidney biopsy.

_PROLIFERATIVE = tuple(
    pattern + activity for pattern, activity in product(("III", "IV", "IV-S", "IV-G"), ("", "(A)", "(A/C)", "(C)"))
)
_MIXED = tuple(f"{label}+V" for label in _PROLIFERATIVE)
LN_CLASSES = ("I", "II", *_PROLIFERATIVE, "V", *_MIXED, "VI")
NO_NEPHRITIS, NOT_ADEQUATE = "no lupus nephritis", "not adequate"
LN_CLASS = Choice(
    "ln_class",
    "biopsy class",
    (*LN_CLASSES, NO_NEPHRITIS, NOT_ADEQUATE),
    aliases={f"V+{label}": f"{label}+V" for label in _PROLIFERATIVE}
    | {f"class {label}": label for label in LN_CLASSES}
    | {f"class V+{label}": f"{label}+V" for label in _PROLIFERATIVE}
    | {f"{label}/V": f"{label}+V" for label in ("III", "IV")},
    about="class of lupus nephritis, ISN/RPS 2003 or 2018, such as III, IV-G(A/C) or III(A)+V",
)
CLASSES_III_AND_IV = (*_PROLIFERATIVE, *_MIXED)
ACTIVE_PROLIFERATIVE = tuple(label for label in CLASSES_III_AND_IV if "(C)" not in label)
MEMBRANOUS_ONLY_ACTIVE = ("V", *(label for label in _MIXED if "(C)" in label))
CLASSIFICATION = Choice("classification", "classification", ("ISN/RPS 2003", "ISN/RPS 2018", "WHO"))
ACTIVITY_INDEX = _score("activity_index", "NIH activity index", 24)
CHRONICITY_INDEX = _score("chronicity_index", "NIH chronicity index", 12)
# These two count twice in the activity index, so no odd score exists.
FIBRINOID_NECROSIS = Choice("fibrinoid_necrosis", "fibrinoid necrosis score", ("0", "2", "4", "6"))
CELLULAR_CRESCENTS = Choice("cellular_crescents", "cellular crescents score", ("0", "2", "4", "6"))
CRESCENTS = _percent("crescents", "glomeruli with crescents")
BIOPSY_AGE = Quantity(
    "biopsy_age",
    "age of the last kidney biopsy",
    "mo",
    low=0,
    high=600,
    units={"months": 1, "years": 12},
    shown="months",
    about="months since a kidney biopsy that is no event of its own",
)

# Standard therapy.

AGENT = Choice(
    "agent",
    "agents",
    (
        "glucocorticoid",
        "hydroxychloroquine",
        "mycophenolate",
        "low-dose cyclophosphamide",
        "high-dose cyclophosphamide",
        "cyclophosphamide",
        "azathioprine",
        "tacrolimus",
        "voclosporin",
        "ciclosporin",
        "belimumab",
        "rituximab",
        "obinutuzumab",
        "anifrolumab",
        "leflunomide",
        "methotrexate",
        "mizoribine",
        "abatacept",
        "bortezomib",
        "eculizumab",
        "intravenous immunoglobulin",
        "plasma exchange",
        "immunoadsorption",
        "CAR T cells",
        "other",
    ),
    several=True,
    aliases={
        "MMF": "mycophenolate",
        "MPA": "mycophenolate",
        "mycophenolate mofetil": "mycophenolate",
        "mycophenolic acid": "mycophenolate",
        "mycophenolate sodium": "mycophenolate",
        "prednisone": "glucocorticoid",
        "prednisolone": "glucocorticoid",
        "methylprednisolone": "glucocorticoid",
        "dexamethasone": "glucocorticoid",
        "steroid": "glucocorticoid",
        "glucocorticosteroids": "glucocorticoid",
        "MP": "glucocorticoid",
        "GC": "glucocorticoid",
        "steroids": "glucocorticoid",
        "glucocorticoids": "glucocorticoid",
        "corticosteroids": "glucocorticoid",
        "HCQ": "hydroxychloroquine",
        "CYC": "cyclophosphamide",
        "CTX": "cyclophosphamide",
        "Euro-Lupus": "low-dose cyclophosphamide",
        "NIH": "high-dose cyclophosphamide",
        "AZA": "azathioprine",
        "cyclosporine": "ciclosporin",
        "cyclosporin": "ciclosporin",
        "CsA": "ciclosporin",
        "ciclosporin A": "ciclosporin",
        "Tac": "tacrolimus",
        "VCS": "voclosporin",
        "CAR-T": "CAR T cells",
        "RTX": "rituximab",
        "MTX": "methotrexate",
        "IVIG": "intravenous immunoglobulin",
        "plasmapheresis": "plasma exchange",
    },
    about="immunosuppressive agents given together",
)
MYCOPHENOLATE_DOSE = Quantity(
    "mycophenolate_dose",
    "mycophenolate dose",
    "g/d",
    low=0,
    high=6,
    resolution="0.01",
    units={"mg/d": "1/1000", "g/day": 1, "mg/day": "1/1000"},
)
PREDNISONE_DOSE = Quantity(
    "prednisone_dose",
    "prednisone dose",
    "mg/d",
    low=0,
    high=2000,
    resolution="0.5",
    about="prednisone or equivalent, a day",
)
ADDED_AGENT = attrs.evolve(AGENT, name="added_agent", label="added", about="agents added to the course")
STOPPED_AGENT = attrs.evolve(AGENT, name="stopped_agent", label="stopped", about="agents that were stopped")
INTOLERANT_OF = attrs.evolve(AGENT, name="intolerant_of", label="not tolerated", about="agents that were not tolerated")
RAAS_BLOCKADE = Flag("raas_blockade", "RAAS blockade", negative="no RAAS blockade")
ADHERENT = Flag("adherent", "takes the medicines as prescribed", negative="does not take the medicines as prescribed")
WORSENING = Flag("worsening", "disease worsening under therapy", negative="no worsening under therapy")
TOXICITY_GRADE = Quantity("toxicity_grade", "toxicity", "1", low=1, high=5, about="CTCAE grade of toxicity")

# Entry in mid-course.

STATUS_AT_ENTRY = Choice("status_at_entry", "status at entry", tuple(AT_ENTRY))
LUPUS_NEPHRITIS = Flag("lupus_nephritis", "lupus nephritis", negative="no lupus nephritis")
DISEASE_DURATION = Quantity(
    "disease_duration",
    "lupus for",
    "a",
    low=0,
    high=100,
    resolution="0.1",
    units={"years": 1, "months": "1/12"},
    shown="years",
)
MONTHS_OF_THERAPY = Quantity(
    "months_of_therapy",
    "last course before entry",
    "mo",
    low=0,
    high=600,
    units={"months": 1, "years": 12},
    shown="months",
    about="months of a course that is no event of its own",
)
PRIOR_FAILED_COURSES = _score("prior_failed_courses", "courses that failed before entry", 50)
PRIOR_RESPONSE = Flag("prior_response", "an earlier response", negative="no earlier response")
PRIOR_TRANSPLANTS = _score("prior_transplants", "stem-cell transplants before entry", 5)
MONTHS_SINCE_TRANSPLANT = Quantity(
    "months_since_transplant",
    "stem-cell transplant before entry",
    "mo",
    low=0,
    high=600,
    units={"months": 1, "years": 12},
    shown="months ago",
    about="months from a stem-cell transplant to entry",
)

# Evaluation for transplantation.

INDICATION = Choice(
    "indication", "indication", ("kidney", "other organ", "haematological malignancy"),
    aliases=dict.fromkeys(("lung", "CNS", "brain", "heart", "blood", "antiphospholipid syndrome"), "other organ")
    | {"lymphoma": "haematological malignancy", "kidneys": "kidney"},
)  # fmt: skip
ECOG = _score("ecog", "ECOG performance status", 4)
KARNOFSKY = _percent("karnofsky", "Karnofsky performance status")
HCT_CI = _score("hct_ci", "comorbidity index (HCT-CI)", 30)
LVEF = _percent("lvef", "LVEF", "left ventricular ejection fraction")
DLCO = Quantity("dlco", "DLCO", "%", low=0, high=200, about="diffusing capacity, of predicted")
UNCONTROLLED_INFECTION = Flag("uncontrolled_infection", "uncontrolled infection", negative="no uncontrolled infection")
WHY_NOT = Choice(
    "why_not",
    "reason",
    (
        "infection",
        "collection failed",
        "disease improved",
        "disease progressed",
        "comorbidity",
        "patient's wish",
        "funding",
        "other",
    ),
    aliases={"remission": "disease improved", "progression": "disease progressed"},
)

# Stem cells.


def _cells(name: str, label: str, unit: str = "10*6/kg", about: str = "") -> Quantity:
    power, shown = ("6", "×10⁶/kg") if unit == "10*6/kg" else ("8", "×10⁸/kg")
    units = {f"10^{power}/kg": 1, f"e{power}/kg": 1, f"×10^{power}/kg": 1, f"x10^{power}/kg": 1}
    return Quantity(name, label, unit, low=0, high=200, resolution="0.01", units=units, shown=shown, about=about)


MOBILISED_WITH = Choice(
    "mobilised_with",
    "mobilised with",
    ("cyclophosphamide", "G-CSF", "plerixafor", "rituximab", "other"),
    several=True,
    aliases={
        "CYC": "cyclophosphamide",
        "CTX": "cyclophosphamide",
        "GCSF": "G-CSF",
        "filgrastim": "G-CSF",
        "lenograstim": "G-CSF",
    },
)
PERIPHERAL_CD34 = Quantity(
    "peripheral_cd34", "CD34+ cells in blood", "/uL", low=0, high=5000, resolution="0.1", shown="/µL"
)
CD34_COLLECTED = _cells(
    "cd34_collected", "CD34+ cells collected", about="CD34+ cells collected, after selection if any"
)
MNC_COLLECTED = _cells("mnc_collected", "mononuclear cells collected", "10*8/kg")
TNC_HARVESTED = _cells("tnc_harvested", "nucleated cells harvested", "10*8/kg")
GRAFT_MANIPULATION = Choice("graft_manipulation", "graft", ("unselected", "CD34-selected", "T-cell depleted"))
CD34_INFUSED = _cells("cd34_infused", "CD34+ cells reinfused")

# Conditioning.

CONDITIONED_WITH = Choice(
    "conditioned_with",
    "conditioned with",
    (
        "cyclophosphamide",
        "ATG",
        "rituximab",
        "alemtuzumab",
        "fludarabine",
        "melphalan",
        "etoposide",
        "busulfan",
        "BEAM",
        "thiotepa",
        "carmustine",
        "cytarabine",
        "total body irradiation",
        "total lymphoid irradiation",
        "methylprednisolone",
        "plasma exchange",
        "other",
    ),
    several=True,
    aliases={
        "CYC": "cyclophosphamide",
        "CTX": "cyclophosphamide",
        "ALG": "ATG",
        "anti-lymphocyte globulin": "ATG",
        "rATG": "ATG",
        "anti-thymocyte globulin": "ATG",
        "antithymocyte globulin": "ATG",
        "ATG-Fresenius": "ATG",
        "TBI": "total body irradiation",
        "TLI": "total lymphoid irradiation",
        "VP-16": "etoposide",
    },
    about="everything given as conditioning",
)
CYCLOPHOSPHAMIDE_TOTAL = Quantity(
    "cyclophosphamide_total", "total cyclophosphamide", "mg/kg", low=0, high=400, about="conditioning dose of all days"
)
TBI_DOSE = Quantity("tbi_dose", "total body irradiation", "cGy", low=0, high=2000, units={"Gy": 100})
OTHER_IMMUNOSUPPRESSION = Flag(
    "other_immunosuppression", "other immunosuppression continued", negative="other immunosuppression stopped"
)

# Recovery.

_PER_UL: Mapping[str, int | str] = {"/uL": "1/1000", "/µL": "1/1000", "10^9/L": 1}
NEUTROPHILS = Quantity(
    "neutrophils", "neutrophils", "10*9/L", low=0, high=200, resolution="0.01", units=_PER_UL, shown="×10⁹/L"
)
PLATELETS = Quantity("platelets", "platelets", "10*9/L", low=0, high=5000, units=_PER_UL, shown="×10⁹/L")
DAYS_OF_NEUTROPHILS = _days(
    "days_of_neutrophils",
    "consecutive days of neutrophil recovery",
    "consecutive days with neutrophils at least 0.5 ×10⁹/L",
)
DAYS_OF_PLATELETS = _days(
    "days_of_platelets", "consecutive days of platelet recovery", "consecutive days with platelets at least 20 ×10⁹/L"
)
DAYS_WITHOUT_TRANSFUSION = _days("days_without_transfusion", "days without a platelet transfusion")
CD4 = Quantity("cd4", "CD4+ T cells", "/uL", low=0, high=10_000, shown="/µL")
CD8 = Quantity("cd8", "CD8+ T cells", "/uL", low=0, high=10_000, shown="/µL")
B_CELLS = Quantity("b_cells", "B cells", "/uL", low=0, high=10_000, shown="/µL")
NK_CELLS = Quantity("nk_cells", "NK cells", "/uL", low=0, high=10_000, shown="/µL")

# What else may happen.

SECONDARY_DISEASE = Choice(
    "secondary_disease",
    "secondary autoimmune disease",
    (
        "autoimmune haemolytic anaemia",
        "immune thrombocytopenia",
        "Evans syndrome",
        "acquired haemophilia",
        "thyroiditis",
        "Graves disease",
        "other",
    ),
    several=True,
    aliases={"AIHA": "autoimmune haemolytic anaemia", "ITP": "immune thrombocytopenia"},
)
COMPLICATION = Choice(
    "complication",
    "complication",
    (
        "infection",
        "sepsis",
        "macrophage activation syndrome",
        "cytomegalovirus reactivation",
        "engraftment syndrome",
        "thrombotic microangiopathy",
        "posterior reversible encephalopathy",
        "tuberculosis",
        "zoster",
        "fungal infection",
        "pre-eclampsia",
        "cytokine release syndrome",
        "thrombosis",
        "haemorrhage",
        "heart failure",
        "respiratory failure",
        "neurological",
        "liver",
        "veno-occlusive disease",
        "peritonitis",
        "avascular necrosis",
        "malignancy",
        "kidney graft rejection",
        "other",
    ),
    several=True,
    aliases={"MAS": "macrophage activation syndrome", "CMV reactivation": "cytomegalovirus reactivation"}
    | {
        "TMA": "thrombotic microangiopathy",
        "PRES": "posterior reversible encephalopathy",
        "CMV": "cytomegalovirus reactivation",
    }
    | {
        "DVT": "thrombosis",
        "rejection": "kidney graft rejection",
        "TB": "tuberculosis",
        "aspergillosis": "fungal infection",
    },
)
DIALYSIS = Choice(
    "dialysis", "dialysis", ("haemodialysis", "peritoneal dialysis", "haemofiltration"),
    aliases={"HD": "haemodialysis", "hemodialysis": "haemodialysis", "PD": "peritoneal dialysis",
             "CAPD": "peritoneal dialysis", "CRRT": "haemofiltration"},
)  # fmt: skip
KIDNEY_DONOR = Choice("kidney_donor", "kidney donor", ("deceased", "living"))
CAUSE_OF_DEATH = Choice("cause_of_death", "cause of death", ("disease", "treatment", "other"))

if not TYPE_CHECKING:  # what is defined above is read off at run time
    __all__ = [name for name, thing in globals().items() if isinstance(thing, Quantity | Flag | Choice)]
