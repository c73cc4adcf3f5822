"""What a pathway is stays the same in other words; what it decides is what its digest tells apart."""

import re
from fractions import Fraction

import attrs
import pytest

from hscpath import (
    Choice,
    Event,
    EventGroup,
    Flag,
    Journey,
    Pathway,
    PathwayError,
    Quantity,
    Record,
    ReplayStopped,
    State,
    StateGroup,
    tell,
)
from hscpath.criteria import conjuncts, nested
from hscpath.draw import dot, mermaid
from hscpath.identity import canonical, digest
from hscpath.lupus import GUIDELINES, PATHWAY, pathway

UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001", units={"mg/g": "1/1000"})
FEVER = Flag("fever", "fever", negative="no fever")
STAGE = Choice("stage", "stage", ("early", "late"), labels={"late": "late stage"})
SEEN = Event("seen", "seen by a doctor", may=(UPCR, FEVER, STAGE))
LONGEST_BY_CHANCE = 7
"""Shorter labels may stand inside other words."""
TREATED, DIED = Event("treated", "treated"), Event("died", "died")
CONTACT = EventGroup("any contact", (SEEN, TREATED), key="contact")
WELL, ILL = State("well", "feels well", "at home"), State("ill", "feels ill", "at home")
DEAD = State("dead", "dead", final=True)


def toy(*, limit="0.5", fact=UPCR, name="proteinuria is back", key="proteinuria", final=DEAD, group=None):
    """Return a small pathway that uses every kind of thing with words."""
    seen = attrs.evolve(SEEN, may=(fact, FEVER, STAGE))
    contact = attrs.evolve(CONTACT, events=(seen, TREATED))
    back = fact.at_least(limit, since=group or contact).named(name, key=key)
    late = STAGE.one_of("late") | (contact.count.called("contacts").at_least(2) & FEVER.is_false())
    rows = [
        WELL.on(seen, to=ILL, when=back, expects=late.named("late, or twice seen", key="late_or_twice")),
        ILL.on(TREATED, to=WELL, expects=fact.at(seen).called("UPCR when seen").below(limit).named("low", key="low")),
        StateGroup("any living patient", (WELL, ILL)).on(DIED, to=final),
    ]
    return Pathway("toy", "1", WELL, rows, day_zero=TREATED, day_counted="day of treatment")


def test_the_digest_of_a_pathway_that_did_not_change_stays():
    """A saved journey can be opened by a later version of the library: what it was saved under is known again."""
    assert toy().digest == "c3220e8c29495dc602a19cdf59f44d5c"


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": "0.6"},
        {"fact": attrs.evolve(UPCR, high=60)},
        {"fact": attrs.evolve(UPCR, units={"mg/g": "1/100"})},
        {"fact": attrs.evolve(UPCR, units={})},
        {"key": "protein"},
        {"final": State("gone", "dead", final=True)},
        {"group": TREATED},
    ],
    ids=str,
)
def test_what_decides_is_in_the_digest(changes):
    """A limit, a unit's worth, a key, a state or what a value counts from makes another pathway."""
    assert toy(**changes).digest != toy().digest
    assert toy(**changes) != toy()


def test_words_are_not_in_the_digest():
    """A mended typo strands no patient: names of criteria, labels and phases may change."""
    other = toy(name="urine protein is back", fact=attrs.evolve(UPCR, label="urine protein", about="a ratio"))
    assert other.digest == toy().digest
    assert other == toy()


def test_a_field_with_its_default_changes_no_digest():
    """What a later version can say of a thing, and an earlier one could not, leaves its digest alone."""

    @attrs.frozen
    class Old:
        fact: Quantity

    @attrs.frozen
    class New:
        fact: Quantity
        grows: bool = False
        told: tuple[str, ...] = attrs.field(factory=tuple)

    assert canonical(Old(UPCR))[1:] == canonical(New(UPCR))[1:] == (("fact", "upcr"),)
    assert canonical(New(UPCR, grows=True))[1:] == (("fact", "upcr"), ("grows", True))
    assert len(digest(UPCR)) * 4 == 128


def test_equal_units_written_otherwise_are_one_digest():
    """A factor is what it is worth, however it is written."""
    assert digest(attrs.evolve(UPCR, units={"mg/g": Fraction(1, 1000)})) == digest(UPCR)


def test_a_pathway_in_other_words_is_the_same_pathway():
    """A translation decides alike, and every word of it is the new one."""
    pathway = toy()
    other = pathway.relabelled({key: f"<{text}>" for key, text in pathway.words.items()})
    assert other == pathway
    assert other.words == {key: f"<{text}>" for key, text in pathway.words.items()}
    assert other.relabelled(pathway.words).words == pathway.words


def test_words_are_found_by_what_they_are_of():
    """A translator reads in the key what a text is the text of."""
    assert toy().words == {
        "pathway.name": "toy",
        "pathway.name.day_counted": "day of treatment",
        "state.well": "feels well",
        "phase.at home": "at home",
        "event.seen": "seen by a doctor",
        "fact.upcr": "UPCR",
        "fact.fever": "fever",
        "fact.fever.negative": "no fever",
        "fact.stage": "stage",
        "fact.stage[early]": "early",
        "fact.stage[late]": "late stage",
        "state.ill": "feels ill",
        "criterion.proteinuria": "proteinuria is back",
        "group.contact": "any contact",
        "event.treated": "treated",
        "criterion.late_or_twice": "late, or twice seen",
        "derived.number of times seen or treated": "contacts",
        "criterion.low": "low",
        "derived.upcr when seen": "UPCR when seen",
        "states.well+ill": "any living patient",
        "event.died": "died",
        "state.dead": "dead",
    }


def test_words_that_there_are_not_are_refused_together():
    """A mistyped key and an empty text are told at once, and nothing is changed."""
    with pytest.raises(PathwayError) as error:
        toy().relabelled({"state.wel": "gesund", "state.ill": " "})
    assert [str(problem) for problem in error.value.problems] == [
        "there are no words 'state.wel'; did you mean 'state.well'?",
        "state.ill: ' ' is no text",
    ]


def test_a_patient_is_told_in_the_words_of_the_pathway_that_is_asked():
    """Findings made with the old facts are shown in the new words."""
    other = toy().relabelled({"fact.upcr": "Eiweiss", "fact.stage[late]": "spaet", "event.seen": "gesehen"})
    journey = Journey(other).advance("seen", UPCR("3400 mg/g"), STAGE("late stage"), override="first visit")
    assert [str(finding) for finding in journey.steps[0].findings] == ["Eiweiss 3.4 g/g", "stage: spaet"]
    assert str(journey.steps[0]) == "gesehen, day not recorded: feels ill"
    assert STAGE("late stage") == STAGE("late") == other.fact("stage")("spaet")


def test_no_old_word_is_left_in_what_people_read(ana):
    """In a pseudo-locale every text of the pathway is another one, and none of the old ones is shown anywhere."""
    texts = PATHWAY.words
    other = PATHWAY.relabelled({key: f"\u27e6{number}\u27e7" for number, key in enumerate(texts)})
    journey = Journey.replay(other, ana.steps)
    decisions = journey.options(day=200)
    told = [
        str(tell.story(journey)),
        tell.story(journey).text("html"),
        *(str(decision) for decision in decisions),
        str(tell.ways(journey)),
        str(tell.table(other)),
        str(tell.rows(other)),
        mermaid(journey),
        dot(other),
    ]
    shown = " ".join(told)
    cited = (part.cite for guard in PATHWAY.guards for part in (guard, *nested(guard)) if part.cite)
    rows = (row.cite for row in PATHWAY.transitions if row.cite)
    sources = " ".join(f"{cite} {cite.reference}" for cite in (*cited, *rows))
    names = {*(state.name for state in PATHWAY.states), *(event.name for event in PATHWAY.events)}
    spoken = {text for key, text in texts.items() if len(text) > LONGEST_BY_CHANCE and not key.endswith(".shown")}
    assert [text for text in sorted(spoken - names) if text in shown and text not in sources] == []


@pytest.mark.parametrize("guideline", [None, *GUIDELINES.values()], ids=str)
def test_every_criterion_and_group_of_lupus_writes_its_key(guideline):
    """No saved reason of the reference pathway hangs on words, which may be mended or translated."""
    under = PATHWAY if guideline is None else pathway(guideline)
    asked = [part for guard in under.guards for part in conjuncts(guard)]
    named = {*asked, *(part for guard in asked for part in nested(guard) if part.name)}
    assert [part for part in named if not re.fullmatch(r"[a-z][a-z0-9_]*", part.own_key)] == []
    subjects = {subject for part in named for subject in part.subjects if isinstance(subject, EventGroup)}
    assert [group for group in subjects if not re.fullmatch(r"[a-z][a-z0-9_]*", group.key)] == []


def test_a_reason_written_under_a_former_key_is_found_again():
    """A log kept under an earlier version of a criterion keeps its reason where the criterion was renamed."""
    back = UPCR.at_least("0.5").named("proteinuria is back", key="proteinuria", formerly=("protein",))
    renamed = Pathway("toy", "2", WELL, [WELL.on(SEEN, to=ILL, expects=back), ILL.on(DIED, to=DEAD)])
    log = [Record(SEEN, {"upcr": 0.1}, override={"protein": "seen by her doctor"})]
    (step,) = Journey.replay(renamed, log, on_deviation="record").steps
    assert step.override == {"proteinuria": "seen by her doctor"}
    with pytest.raises(ReplayStopped, match="'protein' is not in need of a reason"):
        Journey.replay(renamed, log)
