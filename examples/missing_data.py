"""Missing data: what is not recorded is neither "yes" nor "no", and the answer says what would settle it."""

from hscpath import Journey
from hscpath.lupus import PATHWAY

eva = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, upcr=3.4, egfr=78)
eva = eva.advance("kidney_biopsy_reported", day=9, ln_class="IV")
eva = eva.advance("immunosuppression_started", day=14, agent="mycophenolate")

print("Half a year later only her proteinuria is known. Has she responded?\n")
decision = eva.consider("response_assessed", day=200, upcr="400 mg/g")
print(decision)
print("\nAllowed:", decision.allowed, "- closed:", decision.closed)
print("Would settle it:", ", ".join(thing.label for thing in decision.missing))

print("\nThe laboratory answers, and the question answers itself:\n")
eva = eva.advance("results_recorded", day=200, egfr="75 mL/min")
print(eva.consider("response_assessed", day=200, upcr="400 mg/g"))

print("\nIn a published case the value may be lost for good. Then a reason is given, and stays on record:\n")
lost = "the report does not give the kidney function"
told = Journey.replay(PATHWAY, eva.steps[:3]).advance("response_assessed", day=200, upcr=0.4, override=lost)
print(told.state.label)
print(*told.deviations)

print("\nNor does a later row win by ignorance. Without the proteinuria it may be any of:\n")
print(", ".join(state.label for state in eva.consider("response_assessed", day=200).possible))
