"""The invariants of the reference pathway: they hold of every journey there is, and each could be broken."""

import re
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import Event, Journey, Pathway, Record, State, StateGroup, files, lupus, testing
from hscpath.invariants import Breach, Closed, Data, Either, Lack, Standing, check
from hscpath.lupus import GUIDELINES, INVARIANTS, PATHWAY
from hscpath.lupus import invariants as content
from tests.patients import EVA

CASES = sorted((Path(__file__).parent.parent / "examples" / "cases").glob("*.toml"))


def broken(journey):
    """Return what is said of the invariants that a journey breaks."""
    return [str(told) for told in check(journey, INVARIANTS) if told.standing is Standing.VIOLATED]


def test_there_are_enough_and_none_is_there_twice():
    """More than thirty rules, a good part of them about what is recorded and not order alone, each with a reason."""
    assert len(INVARIANTS) >= 50
    assert sum(isinstance(invariant.rule.letters[0], Data) for invariant in INVARIANTS) >= 45
    assert len({invariant.name for invariant in INVARIANTS}) == len(INVARIANTS)
    assert len({invariant.rule for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.reason and invariant.cite for invariant in INVARIANTS)
    assert lupus.INVARIANTS is content.INVARIANTS
    with pytest.raises(AttributeError, match=re.escape("module 'hscpath.lupus' has no attribute 'INVARIANT'")):
        _ = lupus.INVARIANT


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_published_patient_breaks_one(path):
    """Every case, deviations and all, keeps every rule."""
    assert broken(files.read_case(path).journey(PATHWAY)) == []


UNDER = {str(guideline): lupus.pathway(guideline) for guideline in GUIDELINES.values()}
ON_LITTLE_PREDNISONE = [
    attrs.evolve(record, findings=(*record.findings, ("prednisone_dose", 5)))
    if record.event == "response_assessed"
    else record
    for record in EVA
]


@pytest.mark.parametrize("pathway", UNDER.values(), ids=UNDER)
def test_a_whole_journey_keeps_them_under_every_guideline(pathway):
    """From diagnosis to relapse after transplant, whatever the guideline asks for."""
    journey = Journey.replay(pathway, ON_LITTLE_PREDNISONE, on_deviation="record")
    assert broken(journey) == []
    standings = {told.standing for told in check(journey, INVARIANTS)}
    assert standings == {Standing.MET, Standing.HOLDS}


@given(st.data())
def test_no_journey_breaks_one(data):
    """Random journeys under any guideline, with values unknown and reasons given, keep every rule."""
    pathway = data.draw(st.sampled_from([PATHWAY, *UNDER.values()]))
    assert broken(data.draw(testing.journeys(pathway, max_steps=15))) == []


# Where nothing is forbidden.

ANYWHERE = StateGroup("anywhere", (*(state for state in PATHWAY.states if not state.final), State("dead", "dead")))
BECAME = {state.name: Event(f"became_{state.name}", f"became {state.label}") for state in ANYWHERE.states}
LAWLESS = Pathway(
    "lawless",
    "1",
    PATHWAY.initial,
    [
        *(ANYWHERE.on(event) for event in PATHWAY.events),
        *(ANYWHERE.on(BECAME[state.name], to=state) for state in ANYWHERE.states),
    ],
)
"""Every event, in every state, whatever is known; and a way into every state."""

GUARDED = Pathway(
    "guarded",
    "1",
    PATHWAY.initial,
    [
        *(
            attrs.evolve(row, when=lupus.definitions.A_GRAFT_IN_STORE) if row.event == lupus.CELLS_REINFUSED else row
            for row in LAWLESS.transitions
        )
    ],
)
"""The same, but that cells are given only where a graft is in store."""

MORTAL = Pathway(
    "mortal",
    "1",
    PATHWAY.initial,
    [
        lupus.LIVING.on(lupus.RESULTS_RECORDED),
        *(lupus.LIVING.on(BECAME[state.name], to=state) for state in PATHWAY.states),
    ],
)
"""A way into every state, and none out of death."""

KNOWN = {
    "no mobilisation in pregnancy": {"pregnant": True, "sex": "female"},
    "no conditioning in pregnancy": {"pregnant": True, "sex": "female"},
    "no conditioning in uncontrolled infection": {"uncontrolled_infection": True},
    "no kidney transplant in uncontrolled infection": {"uncontrolled_infection": True},
}
BEFORE = {
    "not for class I or VI, or without nephritis": [
        Record("kidney_biopsy_reported", {"ln_class": "VI"}),
        Record("hsct_evaluation_started", {"indication": "kidney"}),
    ],
    "nephritis is known where it is the indication": [
        Record("kidney_biopsy_reported", {"ln_class": "no lupus nephritis"}),
        Record("hsct_evaluation_started", {"indication": "kidney"}),
    ],
    "primary failure only where neutrophils never recovered": [
        Record("cells_reinfused"),
        Record("neutrophils_recovered"),
    ],
    "a course fails once": [Record("immunosuppression_started"), Record("course_failed")],
    "secondary autoimmune disease after a transplant": [
        Record("enrolled", {"status_at_entry": "relapsed", "prior_transplants": 0}),
    ],
}


def happening(activity):
    """Return a record that is such an activity where nothing is forbidden, with what an event must record."""
    if isinstance(activity, Either):
        activity = activity.activities[0]
    if isinstance(activity, State):
        return Record(BECAME[activity.name])
    (event, *_) = activity.events
    must = {fact.name: next(iter(getattr(fact, "options", [True]))) for fact in event.must}
    return Record(event.name, must)


def breaking(invariant):
    """Return records that break a rule: the second without the first, once too often, or after the end."""
    first, *rest = invariant.rule.letters
    match invariant.rule.template.name:
        case "precedence":
            return [happening(rest[0])]
        case "alternate precedence":
            return [happening(first), happening(rest[0]), happening(rest[0])]
        case "not succession":
            return [happening(first), happening(rest[0])]
        case "absence" if isinstance(first, Lack | Closed) and lupus.SUSPECTED in first.states.states:
            return [Record("sle_diagnosed")]
        case "absence" if isinstance(first, Lack | Closed):
            return [Record("results_recorded"), happening(first.states.states[0])]
        case "absence" if isinstance(first, Breach):
            event = happening(first.event)
            known = [Record("results_recorded", KNOWN.get(invariant.name, {}))]
            return [*known, *BEFORE.get(invariant.name, []), event]
        case "absence":
            return [happening(first), happening(first)]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.name)
def test_each_could_be_broken(invariant):
    """Where nothing is forbidden, a journey of a few steps breaks the rule at its last, and no sooner."""
    records = breaking(invariant)
    letter = invariant.rule.letters[0]
    pathway = GUARDED if isinstance(letter, Closed) else LAWLESS
    if isinstance(letter, Lack) and letter.states == lupus.DEAD:
        pathway = MORTAL
    for length in range(len(records)):
        assert invariant.check(Journey.replay(pathway, records[:length])).standing is not Standing.VIOLATED
    told = invariant.check(Journey.replay(pathway, records))
    assert (told.standing, told.step) == (Standing.VIOLATED, len(records) - 1)
    assert str(told).startswith(f"✗ {invariant.name}: violated at step {len(records)} (")


def test_a_rule_of_ones_own_can_be_asked_of_any_journey():
    """Whoever needs another rule writes it like these: reinfusion within three days of conditioning."""
    from hscpath.invariants import Invariant, response
    from hscpath.lupus import CELLS_REINFUSED, CONDITIONING_COMPLETED
    from hscpath.lupus.sources import CONDITIONING_2000

    rule = response(CONDITIONING_COMPLETED, CELLS_REINFUSED)
    quick = Invariant("cells within three days", rule.within(3), "blood counts fall", CONDITIONING_2000)
    eva = Journey.replay(PATHWAY, EVA)
    assert quick.check(eva).standing is Standing.HOLDS
    quicker = Invariant("cells within a day", rule.within(1), "blood counts fall", CONDITIONING_2000)
    assert quicker.check(eva).standing is Standing.VIOLATED
    assert eva.steps[quicker.check(eva).step].event == CELLS_REINFUSED
