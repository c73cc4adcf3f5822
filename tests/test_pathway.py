"""A pathway is checked whole when it is built, and every problem is listed at once."""

import copy
import pickle

import attrs
import pytest
from hypothesis import given

from hscpath import Citation, Event, EventGroup, Flag, Pathway, PathwayError, Quantity, Requirements, State, StateGroup
from hscpath.criteria import Choice
from hscpath.lupus import PATHWAY
from hscpath.testing import pathways

UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001")
FEVER = Flag("fever", "fever")
WELL, ILL, DEAD = State("well", "well", "health"), State("ill", "ill"), State("dead", "dead", final=True)
FELL_ILL = Event("fell_ill", "fell ill", may=(UPCR, FEVER))
RECOVERED = Event("recovered", "recovered")
DIED = Event("died", "died")
LIVING = StateGroup("any living patient", (WELL, ILL))
ROWS = (
    WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least("0.5")),
    ILL.on(RECOVERED, to=WELL),
    LIVING.on(DIED, to=DEAD),
)


def build(*rows, initial=WELL, **more):
    """Return the pathway of these rows."""
    return Pathway("toy", "1", initial, rows, **more)


def test_a_pathway_knows_its_states_events_and_facts():
    """States, events and facts are collected from the rows, in order of first mention."""
    toy = build(*ROWS)
    assert toy.states == (WELL, ILL, DEAD)
    assert toy.events == (FELL_ILL, RECOVERED, DIED)
    assert toy.facts == (UPCR, FEVER)
    assert toy.state("ill") is ILL
    assert toy.event("died") is DIED
    assert toy.fact("upcr") is UPCR
    assert repr(toy) == "Pathway('toy', '1': 3 states, 3 events, 3 rows)"
    assert [str(row) for row in ROWS[:2]] == ["well, fell ill: ill", "ill, recovered: well"]
    assert repr(WELL.on(DIED)) == "<Transition: well, died: no change of state>"
    assert repr(LIVING) == "<StateGroup: any living patient>"


@pytest.mark.parametrize(
    ("find", "says"),
    [
        (lambda toy: toy.state("il"), "'toy' has no state 'il'; did you mean 'ill'"),
        (lambda toy: toy.event("dies"), "did you mean 'died'"),
        (lambda toy: toy.fact("sodium"), "known: fever, upcr"),
    ],
)
def test_a_wrong_name_gets_a_hint(find, says):
    """Looking up a name that is not there says which was probably meant."""
    with pytest.raises(LookupError, match=says):
        find(build(*ROWS))


OTHER_FEVER = Choice("fever", "fever", ("high", "low"))

WRONG = [
    ((), "give at least one row"),
    ((*ROWS, StateGroup("nobody", ()).on(DIED, to=DEAD)), "nobody: a group of states must name at least one"),
    ((*ROWS, ILL.on(RECOVERED, to=State("well", "well", final=True))), "state 'well' is defined in two ways"),
    ((*ROWS, ILL.on(Event("died", "died", may=(UPCR,)), to=DEAD)), "event 'died' is defined in two ways"),
    (
        (
            *ROWS,
            ILL.on(Event("seen", "seen", may=(OTHER_FEVER,))),
            WELL.on(Event("asked", "asked", may=(OTHER_FEVER,))),
        ),
        "fact 'fever' is defined in two ways",
    ),
    ((*ROWS, WELL.on(RECOVERED, to=State("un well", "unwell"))), "state name 'un well' is no identifier"),
    ((*ROWS, DEAD.on(RECOVERED, to=WELL)), "state 'dead' is final, yet a row starts from it"),
    ((*ROWS, WELL.on(RECOVERED, to=State("limbo", "limbo"))), "no row starts from the state 'limbo'"),
    ((*ROWS, State("lost", "lost").on(RECOVERED, to=WELL)), "no sequence of rows leads to the state 'lost'"),
    (
        (*ROWS, WELL.on(RECOVERED, expects=Flag("rash", "rash").is_true())),
        "asks about 'rash', but no event records it",
    ),
    (
        (*ROWS, WELL.on(RECOVERED, when=Event("born", "born").happened())),
        "asks about 'born', but no row has that event",
    ),
    (
        (*ROWS, WELL.on(RECOVERED, when=UPCR.below(1, since=Event("born", "born")))),
        "asks about 'born', but no row has that event",
    ),
    (
        (*ROWS, ILL.on(DIED)),
        "ill, died: no change of state: can never be taken, because any living patient, died: dead",
    ),
    ((*ROWS, WELL.on(Event("state", "state"))), "no event can be called 'state'"),
    (
        (*ROWS, WELL.on(RECOVERED, when=FEVER.is_true().named("hot"), expects=UPCR.below(1).named("hot"))),
        "asks for 'hot' twice",
    ),
    (
        (
            *ROWS,
            WELL.on(RECOVERED, when=FEVER.is_true().named("hot")),
            ILL.on(FELL_ILL, when=~FEVER.is_true().named("hot") & UPCR.below(1).named("hot")),
        ),
        "'hot' is the name of another criterion too",
    ),
]


@pytest.mark.parametrize(("rows", "says"), WRONG, ids=[says for _, says in WRONG])
def test_what_is_wrong_with_a_pathway_is_said_when_it_is_built(rows, says):
    """Each way in which a table can be wrong has its sentence."""
    with pytest.raises(PathwayError) as error:
        build(*rows)
    assert says in str(error.value)


def test_a_pathway_has_a_name_and_a_version():
    """A saved journey names its pathway, so the pathway needs a name."""
    with pytest.raises(PathwayError, match="needs a name and a version"):
        Pathway("", "1", WELL, ROWS)


@pytest.mark.parametrize(
    "wrong", [{"event": "fell_ill"}, {"event": FELL_ILL, "to": "ill"}, {"event": FELL_ILL, "when": FEVER}]
)
def test_a_row_is_made_of_events_states_and_criteria(wrong):
    """A name in place of an event or a state, or a fact in place of a criterion, is refused when written."""
    with pytest.raises(TypeError):
        WELL.on(**wrong)


def test_every_problem_is_listed_at_once():
    """Three mistakes are three problems of one error, each said once."""
    unknown = Flag("rash", "rash").is_true()
    with pytest.raises(PathwayError) as error:
        build(
            *ROWS,
            WELL.on(RECOVERED, to=State("limbo", "limbo"), when=unknown, expects=~unknown),
            DEAD.on(RECOVERED, to=WELL),
            day_zero=Event("born", "born"),
        )
    assert len(error.value.problems) == 4


def test_day_zero_must_be_an_event_of_the_pathway():
    """Days can be counted only from something that may happen."""
    with pytest.raises(PathwayError, match="day zero is 'born'"):
        build(*ROWS, day_zero=Event("born", "born"))
    assert build(*ROWS, day_zero=DIED).day_zero is DIED


def test_a_row_adds_what_a_guideline_asks_to_what_it_asks_itself():
    """Requirements of a guideline, hard and soft, join those of the row."""
    asked = Requirements(when=FEVER.is_true(), expects=UPCR.below(1))
    row = WELL.on(FELL_ILL, to=ILL, when=RECOVERED.happened(), under=asked)
    assert row.when == RECOVERED.happened() & FEVER.is_true()
    assert row.expects.parts == (UPCR.below(1),)
    assert row.target_from(WELL) is ILL
    assert ILL.on(DIED).target_from(ILL) is ILL


# The digest: everything that decides and nothing else.


def test_mended_labels_and_sources_leave_a_pathway_equal():
    """A typo in a label, a new source, another phase or name do not make another pathway."""
    mended = (
        State("well", "in good health", "other").on(
            Event("fell_ill", "became ill", may=(attrs.evolve(UPCR, label="proteinuria"), FEVER)),
            to=attrs.evolve(ILL, label="sick"),
            when=UPCR.at_least("0.5").cited(Citation("x", "x")),
            cite=Citation("y", "y"),
        ),
        *ROWS[1:],
    )
    assert Pathway("mended", "2", WELL, mended) == build(*ROWS)
    assert hash(Pathway("mended", "2", WELL, mended)) == hash(build(*ROWS))
    assert build(*ROWS) != "toy"


@pytest.mark.parametrize(
    "rows",
    [
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least("0.501")), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.above("0.5")), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, expects=UPCR.at_least("0.5")), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least("0.5").named("high")), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least("0.5") | FEVER.is_true()), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least("0.5", since=RECOVERED)), *ROWS[1:]),
        (WELL.on(FELL_ILL, to=ILL, when=UPCR.at_least(UPCR.at(RECOVERED).times("1/2"))), *ROWS[1:]),
        (*ROWS[:1], ILL.on(RECOVERED, to=WELL, when=FELL_ILL.happened(at_least_ago=2)), ROWS[2]),
        (*ROWS[:1], ILL.on(RECOVERED), ROWS[2]),
        (ROWS[1], ROWS[0], ROWS[2]),
        (*ROWS, WELL.on(Event("seen", "seen"))),
    ],
)
def test_whatever_decides_makes_another_pathway(rows):
    """A threshold, a relation, a name, a target, the order of rows: each changes the digest."""
    assert build(*rows).digest != build(*ROWS).digest


@given(pathways())
def test_a_pathway_survives_pickling_and_copying(pathway):
    """A pickled pathway is an equal one, compiled or not."""
    assert pickle.loads(pickle.dumps(pathway)) == pathway
    assert copy.deepcopy(pathway).digest == pathway.digest


def test_a_group_of_events_has_a_label_that_does_not_decide():
    """Groups are equal if their events are."""
    assert EventGroup("a", (DIED,)) == EventGroup("b", (DIED,))


def test_the_digest_of_the_reference_pathway_does_not_depend_on_the_run():
    """Sets and dictionaries leave no trace of their order in the digest."""
    import subprocess
    import sys

    code = "from hscpath.lupus import PATHWAY; print(PATHWAY.digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {PATHWAY.digest}
