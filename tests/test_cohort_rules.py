"""Invariants over a whole cohort are broken just where each patient's journey breaks them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Citation, Event, Pathway, PathwayError, Quantity, State
from hscpath import invariants as inv
from hscpath.cohort import audit
from hscpath.invariants import Invariant, Standing
from hscpath.lupus import INVARIANTS, PATHWAY
from hscpath.testing import journeys, pathways
from tests.logs import faulty_logs, table
from tests.profiles import examples
from tests.strategies import rules

SOURCE = Citation("Ward 2026", "Ward handbook, 2026")


@examples(0.3)
@given(st.data())
def test_a_rule_is_broken_just_where_the_journey_breaks_it(data):
    """Every kind of rule, on any pathway: who broke it, and at which step."""
    pathway = data.draw(pathways())
    invariants = [Invariant(f"rule {n}", data.draw(rules(pathway)), "why not", SOURCE) for n in range(6)]
    logs = {f"p{n}": data.draw(faulty_logs(pathway)) for n in range(data.draw(st.integers(1, 4)))}
    told = audit(table(logs, pathway), pathway, in_order=True)
    wanted = set()
    for patient in told.patients["patient"]:
        for checked in inv.check(told.journey(patient), invariants):
            if checked.standing is Standing.VIOLATED:
                wanted.add((patient, checked.invariant.name, checked.step))
    assert set(told.violations(invariants).rows()) == wanted


@examples(0.05)
@given(st.lists(journeys(PATHWAY), min_size=1, max_size=3))
def test_the_reference_pathway_keeps_its_invariants(some):
    """What is proven of every journey is found of every cohort."""
    logs = {f"p{n}": journey.steps for n, journey in enumerate(some)}
    told = audit(table(logs, PATHWAY), PATHWAY, in_order=True)
    assert told.outcomes["complete"] == len(told.patients)
    broken = {
        (patient, checked.invariant.name, checked.step)
        for patient in told.patients["patient"]
        for checked in inv.check(told.journey(patient), INVARIANTS)
        if checked.standing is Standing.VIOLATED
    }
    assert set(told.violations(INVARIANTS).rows()) == broken


def test_a_rule_about_what_the_pathway_does_not_have_is_refused():
    """An invariant that speaks of nothing there cannot be broken, and is told so."""
    told = audit(pl.DataFrame({"patient": [1], "day": [0], "event": ["died"]}), PATHWAY)
    strange = Invariant("no flights", inv.absence(Event("flown", "flown")), "why not", SOURCE)
    with pytest.raises(PathwayError, match="no flights: the pathway does not have 'flown'"):
        told.violations([strange])


def test_what_an_event_must_record_is_open_before_it_is():
    """A dose that was too high closes nothing that has to record its own; one that need not does."""
    dose = Quantity("dose", "dose", "1", low=0, high=9)
    given, again = Event("given", "given", may=(dose,)), Event("again", "given again", must=(dose,))
    less = Event("less", "less given", must=(dose,))
    more = Event("more", "more given", may=(dose,))
    here = State("here", "here")
    much = Event("much", "much given", may=(dose,))
    rows = [here.on(given), here.on(again, when=dose.below(5)), here.on(more, when=dose.below(5))]
    rows += [here.on(much, when=dose.total.at_least(20)), here.on(less, when=dose.below(dose.at(given).times("1/2")))]
    told = audit(
        pl.DataFrame({"patient": [1], "day": [0], "event": ["given"], "dose": [9]}), Pathway("p", "1", here, rows)
    )
    events = (again, more, much, less)
    rules = [Invariant(event.name, inv.never_closed(here, event), "why not", SOURCE) for event in events]
    assert told.violations(rules).rows() == [(1, "more", 0)]
    assert [each.step for each in inv.check(told.journey(1), rules)] == [None, 0, None, None]


def test_a_state_nobody_can_begin_without_breaking_a_rule():
    """What is broken before there is a step has no step."""
    start = PATHWAY.initial
    never = Invariant("never there", inv.never_closed(start, PATHWAY.event("cells_reinfused")), "why not", SOURCE)
    told = audit(pl.DataFrame({"patient": [1, 2], "day": [0, 1], "event": ["died", "died"]}), PATHWAY)
    assert told.violations([never]).rows() == [(1, "never there", None), (2, "never there", None)]


def test_how_long_ago_is_open_for_what_is_only_imagined():
    """Treatment within days of a visit stays possible for who was visited, and is closed for who never was."""
    seen, fell, treated = Event("seen", "seen"), Event("fell", "fell"), Event("treated", "treated")
    well, ill, over = State("well", "well"), State("ill", "ill"), State("over", "over", final=True)
    rows = [well.on(seen, to=ill), well.on(fell, to=ill), ill.on(treated, to=over, when=seen.happened(at_most_ago=5))]
    small = Pathway("small", "1", well, [*rows, ill.on(Event("died", "died"), to=over)])
    source = Citation("Ward 2026", "Handbook, 2026")
    rule = Invariant("treatable", inv.never_closed(ill, treated), "it has to be", source)
    log = pl.DataFrame({"patient": ["ana", "ben"], "day": [0, 3], "event": ["seen", "fell"]})
    assert audit(log, small).violations([rule])["patient"].to_list() == ["ben"]
