"""A ward's own app, held against the ward's pathway: the test finds what is wrong, and tells the shortest story.

The app decides for itself, in its own way; the adapter is all that the test has to know of it.
"""

from hypothesis import settings

from hscpath import Event, Finding, Flag, Pathway, Quantity, Record, State
from hscpath.testing import AppDisagrees, NotForThisApp, app_machine

# --- What the ward has agreed on ---------------------------------------------------------------------

CELLS = Quantity("cells", "CD34+ cells", "10*6/kg", low=0, high=50, resolution="0.1", shown="×10⁶/kg")
CONSENT = Flag("consent", "consent", negative="no consent")
ABLATED = Event("ablated", "ablation started", may=(CELLS, CONSENT))
GIVEN = Event("given", "cells given back")
READY, APLASIA = State("ready", "ready"), State("aplasia", "in aplasia")
RESCUED = State("rescued", "rescued", final=True)

WARD = Pathway("ward", "1", READY, [
    READY.on(ABLATED, to=APLASIA, when=CONSENT.is_true() & CELLS.at_least(2)),
    APLASIA.on(GIVEN, to=RESCUED),
])  # fmt: skip

# --- What the ward has programmed --------------------------------------------------------------------


class WardApp:
    """Knows the ward's rules by heart: nearly."""

    def __init__(self) -> None:
        self.where = "ready"

    def ablate(self, *, cells: float, consent: bool) -> None:
        """Start ablation."""
        if self.where != "ready" or not consent or cells <= 2:
            raise ValueError("not yet")
        self.where = "aplasia"

    def give_back(self) -> None:
        """Give the cells back."""
        if self.where != "aplasia":
            raise ValueError("there is nothing to rescue")
        self.where = "rescued"


# --- What stands between -----------------------------------------------------------------------------


class Adapter:
    """What the test asks of an app: to take a record, and to say where the patient stands."""

    def __init__(self) -> None:
        self.app = WardApp()

    def apply(self, record: Record) -> bool:
        """Give the app a record; say whether it accepts it."""
        if record.override or record.inferred or record.day is not None:
            raise NotForThisApp("it knows no reasons and no days")
        said = {finding.fact: finding.value for finding in record.findings if isinstance(finding, Finding)}
        try:
            if record.event == ABLATED:
                self.app.ablate(cells=float(str(said.get(CELLS, 0))), consent=said.get(CONSENT) is True)
            else:
                self.app.give_back()
        except ValueError:
            return False
        return True

    def state(self) -> str:
        """Return the name of the state that the app is in."""
        return self.app.where


TestWardApp = app_machine(WARD, Adapter).TestCase
"""The test, for pytest and unittest to find."""

if __name__ == "__main__":
    TestWardApp.settings = settings(TestWardApp.settings, derandomize=True, database=None)
    try:
        TestWardApp("runTest").debug()
    except AppDisagrees as found:
        print(found)
