"""Why not: a refusal says which criteria were asked, which failed, and what may happen instead.

Nothing is guessed and nothing is forced: the journey is as it was before it was asked.
"""

from hscpath import Journey, TransitionNotAllowed
from hscpath.lupus import PATHWAY

ana = Journey(PATHWAY)
ana = ana.advance("nephritis_diagnosed", day=0, upcr="3400 mg/g", egfr=78, sex="female", age=29)
ana = ana.advance("kidney_biopsy_reported", day=9, ln_class="IV-G(A)")
ana = ana.advance("immunosuppression_started", day=14, agent="mycophenolate")

print("What may happen on day 60?\n")
for decision in ana.options(day=60):
    if decision.target != ana.state:
        answer = "closed" if decision.closed else "open" if decision.allowed else "open, once more is known"
        print(f"- {decision.event.label}: {answer}")

print("\nWhy can ablation not begin now?\n")
print(ana.consider("conditioning_started", day=60))

print("\nAnd relapse, before there was any response?\n")
try:
    ana.advance("relapse_diagnosed", day=60, upcr=4)
except TransitionNotAllowed as refusal:
    print(refusal)

print("\nA slip of the pen is no clinical question, and is told at once:\n")
try:
    ana.advance("response_assesed", day=3, upcr=3400)
except ValueError as misuse:
    print(misuse)
