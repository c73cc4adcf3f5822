"""A guideline departed from: real patients do, so a reason opens what is soft, and never what is hard."""

from hscpath import InvalidRecord, Journey, TransitionNotAllowed
from hscpath.lupus import PATHWAY
from hscpath.tell import story

ida = Journey(PATHWAY)
ida = ida.advance("enrolled", day=0, status_at_entry="refractory", age=68, sex="female", lupus_nephritis=True)
ida = ida.advance("kidney_biopsy_reported", day=20, ln_class="IV-G(A)")
ida = ida.advance("hsct_evaluation_started", day=30, indication="kidney", ecog=1)

print("She is 68, and the team would accept her:\n")
print(ida.consider("accepted_for_hsct", day=60))

print("\nSo they say why, and it stands in her story as a departure:\n")
ida = ida.advance("accepted_for_hsct", day=60, override="fit, without comorbidity, and determined")
print(story(ida, title="Ida, made up for teaching"))

print("\nA reason must name what it is for, where it could be for more than one thing:\n")
ida = ida.advance("consent_signed", day=65)
try:
    ida.advance("conditioning_started", day=70, conditioned_with="cyclophosphamide", override="no time to lose")
except TransitionNotAllowed as refusal:
    print(refusal)
    print("\nClosed to any reason:", refusal.decision.closed)

print("\nAnd a reason for nothing is misuse:\n")
try:
    ida.advance("consent_withdrawn", day=70, override="she may")
except InvalidRecord as misuse:
    print(misuse)
