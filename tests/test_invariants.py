"""Rules over whole journeys: what each template means, how a journey stands, and who broke what."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    Citation,
    Event,
    EventGroup,
    Flag,
    Journey,
    Pathway,
    PathwayError,
    Record,
    State,
    StateGroup,
    testing,
)
from hscpath import invariants as inv
from hscpath.invariants import Either, Invariant, Phase, Standing

# The templates, against linear temporal logic on finite traces.

A, B = Event("a", "a"), Event("b", "b")
FORMULAS = [
    (inv.existence(A), "F(a)"),
    (inv.existence(A, 2), "F(a & X(F(a)))"),
    (inv.absence(A), "!(F(a))"),
    (inv.absence(A, 2), "!(F(a & X(F(a))))"),
    (inv.exactly(A), "F(a) & !(F(a & X(F(a))))"),
    (inv.init(A), "a"),
    (inv.last(A), "F(a & !(X(true)))"),
    (inv.choice(A, B), "F(a) | F(b)"),
    (inv.exclusive_choice(A, B), "(F(a) | F(b)) & !(F(a) & F(b))"),
    (inv.responded_existence(A, B), "F(a) -> F(b)"),
    (inv.co_existence(A, B), "F(a) <-> F(b)"),
    (inv.response(A, B), "G(a -> F(b))"),
    (inv.alternate_response(A, B), "G(a -> X((!a) U b))"),
    (inv.chain_response(A, B), "G(a -> X(b))"),
    (inv.precedence(A, B), "((!b) U a) | G(!b)"),
    (inv.alternate_precedence(A, B), "(((!b) U a) | G(!b)) & G(b -> (!(X(true)) | X(((!b) U a) | G(!b))))"),
    (inv.chain_precedence(A, B), "(!b) & G(X(b) -> a)"),
    (inv.succession(A, B), "(G(a -> F(b))) & (((!b) U a) | G(!b))"),
    (
        inv.alternate_succession(A, B),
        "(G(a -> X((!a) U b))) & ((((!b) U a) | G(!b)) & G(b -> (!(X(true)) | X(((!b) U a) | G(!b)))))",
    ),
    (inv.chain_succession(A, B), "(G(a -> X(b))) & ((!b) & G(X(b) -> a))"),
    (inv.not_co_existence(A, B), "!(F(a) & F(b))"),
    (inv.not_responded_existence(A, B), "F(a) -> !(F(b))"),
    (inv.not_succession(A, B), "G(a -> !(F(b)))"),
    (inv.not_response(A, B), "G(a -> !(F(b)))"),
    (inv.not_precedence(A, B), "G(a -> !(F(b)))"),
    (inv.not_chain_succession(A, B), "G(a -> !(X(b)))"),
    (inv.not_chain_response(A, B), "G(a -> !(X(b)))"),
    (inv.not_chain_precedence(A, B), "G(a -> !(X(b)))"),
]


def parsed(text):
    """Return a formula as a tree, read by precedence: <->, ->, U, |, &, and what binds tightest."""
    marks = text.replace("<->", "=").replace("->", ">").replace("true", "t")
    marks = [mark for mark in marks if mark != " "]

    def level(operators):
        if not operators:
            return tight()
        left = level(operators[1:])
        while marks and marks[0] == operators[0]:
            left = (marks.pop(0), left, level(operators[1:]))
        return left

    def tight():
        mark = marks.pop(0)
        if mark == "(":
            inner = level("=>U|&")
            marks.pop(0)
            return inner
        return (mark, tight()) if mark in "FGX!" else (mark,)

    return level("=>U|&")


def holds(tree, trace, at=0):
    """Return whether a formula holds at a place of a finite trace: of each step, which activities it is."""
    operator, *parts = tree
    later = range(at, len(trace))
    match operator:
        case "t":
            return at < len(trace)
        case "a" | "b":
            return at < len(trace) and operator in trace[at]
        case "!":
            return not holds(parts[0], trace, at)
        case "&":
            return all(holds(part, trace, at) for part in parts)
        case "|":
            return any(holds(part, trace, at) for part in parts)
        case ">":
            return not holds(parts[0], trace, at) or holds(parts[1], trace, at)
        case "=":
            return holds(parts[0], trace, at) == holds(parts[1], trace, at)
        case "F":
            return any(holds(parts[0], trace, then) for then in later)
        case "G":
            return all(holds(parts[0], trace, then) for then in later)
        case "X":
            return at + 1 < len(trace) and holds(parts[0], trace, at + 1)
        case "U":
            return any(
                holds(parts[1], trace, then) and all(holds(parts[0], trace, before) for before in range(at, then))
                for then in later
            )


KINDS = ("", "a", "b", "ab")
LONGEST = 5


def state_after(rule, trace):
    """Return the state of a rule's automaton after a trace."""
    state = 0
    for step in trace:
        state = rule.template.table[state][KINDS.index(step) % len(rule.template.table[0])]
    return state


@pytest.mark.parametrize(("rule", "formula"), FORMULAS, ids=str)
def test_a_template_means_what_its_formula_says(rule, formula):
    """On every trace of up to five steps, each of neither, one or both activities, the automaton agrees."""
    tree = parsed(formula)
    for length in range(1, LONGEST + 1):
        for trace in product(KINDS, repeat=length):
            accepted = state_after(rule, trace) in rule.template.accepting
            assert accepted == holds(tree, trace), trace


@pytest.mark.parametrize(("rule", "_"), FORMULAS, ids=str)
def test_a_standing_is_what_can_still_become_of_a_journey(rule, _):
    """Met for good and violated never change again; what holds can break, and what is pending can be met."""
    template = rule.template
    for state, standing in enumerate(template.standings):
        accepted = state in template.accepting
        after = {end in template.accepting for trace in TRACES for end in [walk(template, state, trace)]}
        expected = {
            (True, True): Standing.HOLDS if False in after else Standing.MET,
            (False, False): Standing.PENDING if True in after else Standing.VIOLATED,
        }[accepted, accepted]
        assert standing is expected


TRACES = [trace for length in range(4) for trace in product(range(4), repeat=length)]


def walk(template, state, trace):
    """Return the state of an automaton after a trace of numbered kinds, from another of its states."""
    for kind in trace:
        state = template.table[state][kind % len(template.table[0])]
    return state


# On journeys.

FEVER = Flag("fever", "fever")
ADMITTED, MOVED, GONE = Event("admitted", "admitted"), Event("moved", "moved"), Event("gone", "discharged")
SEEN = Event("seen", "seen", may=(FEVER,))
HOME, WARD = State("home", "at home", "home"), State("ward", "on the ward", "hospital")
ICU, OUT = State("icu", "in intensive care", "hospital"), State("out", "discharged", "home", final=True)
CARE = Pathway("care", "1", HOME, [
    HOME.on(ADMITTED, to=WARD),
    WARD.on(MOVED, to=ICU),
    ICU.on(MOVED, to=WARD),
    StateGroup("anywhere", (HOME, WARD, ICU)).on(SEEN),
    WARD.on(GONE, to=OUT),
])  # fmt: skip
NOBODY = Citation("Nobody 2026", "Nobody A. 2026")


def journey(*events):
    """Return a journey of events, each a name, or a name with its day and whether there was fever."""
    going = Journey(CARE)
    for event in events:
        name, day, fever = event if isinstance(event, tuple) else (event, None, None)
        going = going.advance(name, day=day, **({"fever": fever} if name == "seen" else {}))
    return going


def checked(rule, *events):
    """Return how a journey of these events stands to a rule, and where it was broken."""
    told = Invariant("a rule", rule, "it is so", NOBODY).check(journey(*events))
    return told.standing, told.step


def test_a_journey_of_no_steps_stands_as_the_rule_begins():
    """Before anything happened, what has to happen is pending, and what must not holds."""
    assert checked(inv.existence(ADMITTED)) == (Standing.PENDING, None)
    assert checked(inv.absence(ADMITTED)) == (Standing.HOLDS, None)
    assert checked(inv.init(ADMITTED)) == (Standing.PENDING, None)
    assert checked(inv.response(ADMITTED, GONE)) == (Standing.HOLDS, None)


def test_an_open_journey_waits_and_a_finished_one_does_not():
    """An admission without a discharge is pending; once discharged, nothing is left open."""
    rule = inv.response(ADMITTED, GONE)
    assert checked(rule, "admitted") == (Standing.PENDING, None)
    assert checked(rule, "admitted", "gone") == (Standing.MET, None)
    assert checked(inv.absence(SEEN), "admitted", "gone") == (Standing.MET, None)
    assert checked(inv.existence(SEEN), "admitted", "gone") == (Standing.VIOLATED, 1)


def test_a_broken_rule_names_the_step():
    """The first step that breaks the rule is named, with the reason and the source."""
    rule = inv.absence(SEEN, 2)
    assert checked(rule, "seen", "admitted", ("seen", None, False), ("seen", None, False)) == (Standing.VIOLATED, 2)
    told = Invariant("seen once", rule, "once is enough", NOBODY).check(journey("seen", "seen"))
    assert str(told) == (
        "✗ seen once: violated at step 2 (seen): seen, fewer than 2 times, because once is enough [Nobody 2026]"
    )
    (holding,) = inv.check(journey("seen"), [Invariant("seen once", rule, "once is enough", NOBODY)])
    assert str(holding) == "✓ seen once: holds so far"
    (pending,) = inv.check(journey("seen"), [Invariant("gone", inv.existence(GONE), "all go home", NOBODY)])
    assert str(pending) == "? gone: pending"


def test_states_and_phases_are_entered_and_not_stayed_in():
    """Being seen on the ward enters nothing; intensive care is entered within the same phase."""
    stay = ("admitted", "seen", "moved", "moved")
    assert checked(inv.exactly(WARD, 2), *stay) == (Standing.HOLDS, None)
    assert checked(inv.exactly(ICU), *stay) == (Standing.HOLDS, None)
    assert checked(inv.exactly(Phase("hospital")), *stay) == (Standing.HOLDS, None)
    assert checked(inv.exactly(Phase("home")), *stay) == (Standing.PENDING, None)
    assert checked(inv.exactly(StateGroup("beds", (WARD, ICU)), 3), *stay) == (Standing.HOLDS, None)
    either = Either("brought in or moved", (ADMITTED, ICU))
    assert str(inv.existence(either)) == "brought in or moved"
    assert checked(inv.exactly(either, 2), *stay) == (Standing.HOLDS, None)
    assert checked(inv.exactly(EventGroup("any", (ADMITTED, MOVED)), 3), *stay) == (Standing.HOLDS, None)


def test_whenever_asks_what_the_event_itself_saw_and_takes_unknown_for_no_breach():
    """Fever known at the visit breaks the rule; not recorded, it does not; recorded before, it still counts."""
    rule = inv.whenever(SEEN, FEVER.is_false())
    assert checked(rule, "admitted", ("seen", None, False)) == (Standing.HOLDS, None)
    assert checked(rule, "admitted", "seen") == (Standing.HOLDS, None)
    assert checked(rule, "admitted", ("seen", None, True)) == (Standing.VIOLATED, 1)
    assert checked(inv.whenever(ADMITTED, FEVER.is_false()), ("seen", None, True), "admitted") == (Standing.VIOLATED, 1)
    assert str(rule) == "whenever seen: not fever"


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        ((0, 3), (Standing.MET, None)),
        ((0, 4), (Standing.VIOLATED, 1)),
        ((0, None), (Standing.MET, None)),
        ((None, 9), (Standing.MET, None)),
    ],
)
def test_an_answer_within_days(days, standing):
    """Discharge comes within three days, or too late; where a day is not recorded nobody says so."""
    admitted, gone = days
    for rule in (inv.response(ADMITTED, GONE), inv.precedence(ADMITTED, GONE)):
        assert checked(rule.within(3), ("admitted", admitted, None), ("gone", gone, None)) == standing


def test_an_answer_that_is_overdue_is_violated_before_it_comes():
    """A visit on day nine shows that the discharge due by day three has not come."""
    rule = inv.response(ADMITTED, GONE).within(3)
    waiting = (("admitted", 0, None), ("seen", 2, False))
    assert checked(rule, *waiting) == (Standing.PENDING, None)
    assert checked(rule, *waiting, ("seen", 9, False)) == (Standing.VIOLATED, 2)
    again = inv.response(SEEN, SEEN).within(3)
    assert checked(again, ("seen", 0, False), ("seen", 9, False)) == (Standing.HOLDS, None)
    late = inv.precedence(ADMITTED, SEEN).within(3)
    assert checked(late, *waiting) == (Standing.HOLDS, None)
    assert checked(inv.precedence(ADMITTED, SEEN), *waiting) == (Standing.MET, None)
    assert checked(late, *waiting, ("seen", 9, False)) == (Standing.VIOLATED, 2)


def test_a_rule_reads_like_a_sentence():
    """Every template says in words what it asks."""
    assert str(inv.precedence(ADMITTED, GONE)) == "discharged only after admitted"
    assert str(inv.response(ADMITTED, GONE).within(3)) == "after admitted comes discharged, within 3 days"
    assert str(inv.existence(WARD, 2)) == "on the ward entered, at least 2 times"
    assert str(inv.exactly(GONE)) == "discharged, exactly once"
    assert str(inv.absence(Phase("hospital"))) == "never the phase 'hospital' entered"
    assert repr(inv.init(ADMITTED)) == "<Rule: the first step is: admitted>"
    assert str(Invariant("gone", inv.last(GONE), "all go home", NOBODY)) == "gone: the last step is: discharged"
    assert str(inv.response(ADMITTED, GONE).template) == "response"
    assert str(inv.Breach(SEEN, FEVER.is_false())) == "seen without not fever"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: inv.existence(SEEN, 0), "0 is no number of times: write 1 or more"),
        (lambda: inv.absence(SEEN, True), "True is no number of times"),
        (lambda: inv.exactly(SEEN, -1), "-1 is no number of times"),
        (lambda: inv.choice(SEEN, GONE).within(3), "only a response or a precedence can be asked for within days"),
        (lambda: inv.response(SEEN, GONE).within(-1), "-1 days is no time"),
    ],
)
def test_a_rule_that_means_nothing_is_told_so(make, says):
    """Counts below one and times where there are none are errors when the rule is written."""
    with pytest.raises(PathwayError, match=says):
        make()


@given(st.data())
def test_a_rule_once_settled_stays_settled(data):
    """On any journey of any pathway, met for good and violated are said of every longer journey too."""
    pathway = data.draw(testing.pathways())
    journey = data.draw(testing.journeys(pathway))
    events = st.sampled_from([*pathway.events, *pathway.states])
    rule = data.draw(st.sampled_from([inv.precedence, inv.response, inv.not_succession, inv.chain_succession]))(
        data.draw(events), data.draw(events)
    )
    invariant = Invariant("a rule", rule, "it is so", NOBODY)
    settled = None
    for length in range(len(journey.steps) + 1):
        told = invariant.check(Journey.replay(pathway, journey.steps[:length]))
        assert settled in (None, told.standing)
        if told.standing in (Standing.MET, Standing.VIOLATED):
            settled = told.standing


@pytest.mark.parametrize(
    ("rule", "events", "concerned"),
    [
        (inv.response(ADMITTED, GONE), ("seen",), False),
        (inv.response(ADMITTED, GONE), ("admitted",), True),
        (inv.precedence(ADMITTED, GONE), ("admitted",), False),
        (inv.precedence(ADMITTED, GONE), ("admitted", "gone"), True),
        (inv.not_co_existence(SEEN, MOVED), ("admitted",), False),
        (inv.not_co_existence(SEEN, MOVED), ("seen",), True),
        (inv.absence(GONE), (), False),
        (inv.absence(GONE), ("seen",), True),
        (inv.absence(SEEN, 2), ("admitted",), False),
        (inv.absence(SEEN, 2), ("admitted", "seen"), True),
        (inv.existence(ICU), ("admitted",), False),
        (inv.existence(ICU), ("admitted", "moved"), True),
        (inv.whenever(SEEN, FEVER.is_false()), ("admitted",), False),
        (inv.whenever(SEEN, FEVER.is_false()), ("seen",), False),
        (inv.whenever(SEEN, FEVER.is_false()), (("seen", None, False),), True),
        (inv.whenever(SEEN, FEVER.is_false()), (("seen", None, True),), True),
        (inv.throughout(WARD, FEVER.is_false()), ("admitted", "seen"), False),
        (inv.throughout(WARD, FEVER.is_false()), (("seen", None, False),), False),
        (inv.throughout(WARD, FEVER.is_false()), (("seen", None, False), "admitted"), True),
        (inv.throughout(HOME, ADMITTED.happened()), (), True),
        (inv.never_closed(HOME, ADMITTED), (), True),
        (inv.never_closed(ICU, MOVED), ("admitted",), False),
        (inv.never_closed(ICU, MOVED), ("admitted", "moved"), True),
    ],
)
def test_a_rule_knows_whether_a_journey_gave_it_an_occasion(rule, events, concerned):
    """What nobody did, or nobody recorded, says nothing of the rule, although it holds."""
    assert Invariant("it", rule, "it is so", NOBODY).concerns(journey(*events)) is concerned


def test_how_a_journey_stands_is_no_yes_or_no():
    """Whoever asserts the answer itself would never see a violation, and is told what to ask."""
    told = Invariant("never seen", inv.absence(SEEN), "it is so", NOBODY).check(journey("seen"))
    with pytest.raises(TypeError, match=re.escape("ask .standing")):
        assert told


# What is asked of a patient who stands in a state.

HOME, WARD, OUT = State("home", "at home"), State("ward", "on the ward"), State("out", "out", final=True)
CAME, TESTED, LEFT = Event("came", "came"), Event("tested", "tested", may=(FEVER,)), Event("left", "left")
STAY = Pathway(
    "stay", "1", HOME,
    [HOME.on(CAME, to=WARD), WARD.on(TESTED), WARD.on(LEFT, to=OUT, when=FEVER.is_false())],
)  # fmt: skip


def standings(rule, *records):
    """Return how a journey on the ward stands to a rule after each of its steps."""
    journeys = [Journey.replay(STAY, records[:length]) for length in range(len(records) + 1)]
    told = [Invariant("it", rule, "it is so", NOBODY).check(journey) for journey in journeys]
    return [(each.standing.name, each.step) for each in told]


def test_what_holds_throughout_is_asked_wherever_the_patient_stands():
    """Unknown breaks nothing; fever on the ward does, at the step after which the patient has it there."""
    fever, none = Record("tested", {"fever": True}), Record("tested", {"fever": False})
    no_fever = inv.throughout(WARD, FEVER.is_false())
    assert standings(no_fever, Record("came"), none, fever) == [
        ("HOLDS", None), ("HOLDS", None), ("HOLDS", None), ("VIOLATED", 2),
    ]  # fmt: skip
    assert str(no_fever) == "throughout on the ward: not fever"
    assert str(no_fever.letters[0]) == "on the ward without not fever"
    anywhere = inv.throughout(StateGroup("anywhere", (HOME, WARD)), CAME.happened())
    assert standings(anywhere) == [("VIOLATED", None)]
    assert "violated from the start" in str(Invariant("it", anywhere, "so it is", NOBODY).check(Journey(STAY)))


def test_what_is_never_closed_may_need_a_reason():
    """To leave is out of reach with a fever on record, and while none is known a reason opens it."""
    leaves = inv.never_closed(WARD, LEFT)
    assert standings(leaves, Record("came"))[-1] == ("HOLDS", None)
    assert standings(leaves, Record("came"), Record("tested", {"fever": True}))[-1] == ("VIOLATED", 1)
    assert str(leaves) == "throughout on the ward: left stays possible"
    assert str(leaves.letters[0]) == "on the ward with left out of reach"


@pytest.mark.parametrize(
    ("rule", "unknown"),
    [
        (inv.precedence(CAME, LEFT), ()),
        (inv.precedence(SEEN, Either("this or that", (WARD, GONE))), ("seen", "gone")),
        (inv.whenever(SEEN, FEVER.is_true()), ("seen",)),
        (inv.whenever(CAME, SEEN.happened()), ("seen",)),
        (inv.whenever(CAME, Flag("rash", "rash").is_true()), ("rash",)),
        (inv.absence(Event("left", "left", may=(FEVER,))), ("left",)),
        (inv.throughout(State("moon", "moon"), FEVER.is_true()), ("moon",)),
        (inv.never_closed(WARD, GONE), ("gone",)),
        (inv.absence(Phase("hospital")), ("hospital",)),
    ],
)
def test_a_rule_names_what_a_pathway_does_not_have(rule, unknown):
    """A rule about events or states that a pathway lacks would hold for want of them, so it says which."""
    assert Invariant("it", rule, "it is so", NOBODY).unknown_to(STAY) == unknown


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: inv.absence("left"), "'left' is no event, state or phase"),
        (lambda: inv.response(CAME, FEVER), "is no event, state or phase"),
        (lambda: inv.absence(CAME, 1.5), "1.5 is no number of times"),
        (lambda: inv.response(CAME, LEFT).within(1.5), "1.5 days is no time"),
        (lambda: inv.throughout("ward", FEVER.is_true()), "'ward' is no state or group of states"),
        (lambda: inv.throughout(WARD, FEVER), "is no criterion"),
        (lambda: inv.never_closed(WARD, "left"), "'left' is no event"),
        (lambda: inv.whenever("came", FEVER.is_true()), "'came' is no event or group of events"),
        (lambda: Phase(3), "3 is no text"),
        (lambda: Either("none", ()), "none: name at least one activity"),
        (lambda: Either("this", ("that",)), "'that' is no event, state or phase"),
        (lambda: Invariant("it", "rule", "so it is", NOBODY), "'rule' is no rule"),
        (lambda: Invariant("it", inv.absence(CAME), "so it is", "WHO"), "'WHO' is no citation"),
    ],
)
def test_what_no_rule_can_be_made_of_is_refused(make, says):
    """A name instead of the event, a fact instead of a criterion: told where the rule is written."""
    with pytest.raises(PathwayError, match=re.escape(says)):
        make()
