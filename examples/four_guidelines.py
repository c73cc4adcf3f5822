"""The same patient under four guidelines: where they part, on which criterion, and by which source."""

from hscpath import Record
from hscpath.lupus import ACR_2024, ASTIL, EULAR_2025, LIST, PATHWAY, pathway
from hscpath.tell import compare

MIA = (
    Record("nephritis_diagnosed", {"upcr": 4.2, "egfr": 81, "age": 17, "sex": "female", "disease_duration": 3}, day=0),
    Record("kidney_biopsy_reported", {"ln_class": "III(A)"}, day=7),
    Record("immunosuppression_started", {"agent": ["glucocorticoid", "mycophenolate"]}, day=14),
    Record("refractory_declared", {"upcr": 3.6, "egfr": 79, "adherent": True}, day=210),
    Record("hsct_evaluation_started", {"indication": "kidney", "ecog": 0, "bilag_kidney": "A"}, day=220),
    Record("accepted_for_hsct", day=240),
)

print("Mia is 17. One course of therapy has failed, and a transplant is considered.\n")
under = {
    "KDIGO and EBMT": PATHWAY,
    "EULAR and LIST": pathway(EULAR_2025, LIST),
    "KDIGO and ASTIL": pathway(ASTIL),
    "ACR and EBMT": pathway(ACR_2024),
}
print(compare(MIA, under))
