"""A first journey: from diagnosis to response, with two questions and a refusal on the way."""

from hscpath import Journey, TransitionNotAllowed
from hscpath.lupus import EGFR, PATHWAY, UPCR
from hscpath.tell import story

ana = Journey(PATHWAY)
ana = ana.advance("nephritis_diagnosed", UPCR("3400 mg/g"), EGFR(78), day=0)
ana = ana.advance("kidney_biopsy_reported", day=9, ln_class="IV-G(A)", activity_index=14)
ana = ana.advance("immunosuppression_started", day=14, agent="mycophenolate")

print("May stem cells be given back on day 30?\n")
try:
    ana.advance("cells_reinfused", day=30, cd34_infused=4.1)
except TransitionNotAllowed as refusal:
    print(refusal)

print("\nHas she responded by day 200?\n")
print(ana.consider("response_assessed", day=200))

print("\nWith her results recorded:\n")
ana = ana.advance("response_assessed", UPCR("400 mg/g"), EGFR(75), day=200)
print(story(ana, title="Ana, made up for teaching"))
