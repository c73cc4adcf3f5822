"""Callbacks: a ward's own patient object on the pathway, with the questions and messages of the ward."""

from typing import Any

from hscpath import Journey, TransitionNotAllowed, machine
from hscpath.lupus import PATHWAY
from hscpath.tell import story


class Patient:
    """A patient as the ward's own software knows her; what the machine adds is left to the machine."""

    journey: Journey

    def __init__(self, name: str) -> None:
        self.name = name
        self.letters: list[str] = []

    def on_enter_biopsied(self, _: object) -> None:
        """Write to whoever asked for the biopsy."""
        self.letters.append(f"To the nephrologist: {self.name}, {self.journey.state.label}.")

    def on_exit_immunosuppression(self, _: object) -> None:
        """Write to whoever sees her next."""
        self.letters.append(f"To the family doctor: {self.name}, {self.journey.state.label}.")


mia = Patient("Mia")
clinic = machine(PATHWAY, mia)
call: Any = mia  # the triggers are made from the pathway's events

call.nephritis_diagnosed(day=0, upcr=3.4, egfr=78)
call.kidney_biopsy_reported(day=9, ln_class="IV")
call.immunosuppression_started(day=14, agent="mycophenolate")

print("May cells be given back?", call.may_cells_reinfused())
print("May she be assessed, with these results?", call.may_response_assessed(day=200, upcr=0.4, egfr=75))
print("Assessed:", call.response_assessed(day=200, upcr=0.4, egfr=75))
try:
    call.cells_reinfused(day=201)
except TransitionNotAllowed as refusal:
    print("Refused:", refusal.decision.lines()[0])
print("Nothing has changed:", mia.journey.state.label, "- steps:", len(mia.journey.steps))

print("\nLetters written on the way:")
print(*mia.letters, sep="\n")

print("\nThe journey is the record, whatever the callbacks do:\n")
print(story(mia.journey, title=mia.name))
