"""Asserting invariants: what must hold of every journey, asked of one, of a log, and of all there are."""

from hscpath import Citation, Journey, Pathway, Record
from hscpath.invariants import Invariant, never_closed, precedence, response
from hscpath.lupus import (
    CELLS_REINFUSED,
    CONDITIONING,
    CONDITIONING_STARTED,
    CONSENT_SIGNED,
    CONTACT_LOST,
    DIED,
    INVARIANTS,
    NEUTROPHILS_RECOVERED,
    PATHWAY,
)
from hscpath.proof import prove
from hscpath.testing import assert_follows

OURS = Citation("Ward 2026", "Handbook of our ward, made up for teaching, 2026")
CONSENTED = Invariant("consent first", precedence(CONSENT_SIGNED, CONDITIONING_STARTED), "ablation needs consent", OURS)
RECOVERY = Invariant(
    "recovery in time", response(CELLS_REINFUSED, NEUTROPHILS_RECOVERED).within(30), "later is graft failure", OURS
)
MAY_DIE = Invariant(
    "death is always known", never_closed(CONDITIONING, DIED), "the record must be able to say so", OURS
)

print("Of one journey, step by step:\n")
kim = Journey(PATHWAY).advance("enrolled", status_at_entry="refractory", day=0)
print(CONSENTED.check(kim))
print(RECOVERY.check(kim))

print("\nOf a log that the reference pathway would never have accepted:\n")
log = [Record("conditioning_started", day=0), Record("cells_reinfused", day=6), Record("contact_lost", day=40)]
events = (CONDITIONING_STARTED, CELLS_REINFUSED, NEUTROPHILS_RECOVERED, CONSENT_SIGNED, CONTACT_LOST)
lax = Pathway("a ward without rules", "1", CONDITIONING, [CONDITIONING.on(event) for event in events])
for rule in (CONSENTED, RECOVERY):
    try:
        assert_follows(rule, log, pathway=lax)
    except AssertionError as broken:
        print(broken, end="\n\n")

print("Of all journeys there are, on the reference pathway:\n")
for claim in prove(PATHWAY, [CONSENTED, MAY_DIE]).claims:
    if claim.kind == "invariants":
        print(claim)
print(f"\nIt brings {len(INVARIANTS)} invariants of its own; hscpath prove proves them all.")
