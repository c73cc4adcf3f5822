"""Facts take values carefully, and criteria say what they mean in words."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hscpath import (
    ALWAYS,
    Choice,
    Citation,
    Event,
    EventGroup,
    Flag,
    InvalidFinding,
    PathwayError,
    Quantity,
    at_least,
    months,
)
from hscpath.criteria import AllOf, AnyOf, Compare, Multiple, conjuncts
from hscpath.testing import criteria, stored_values

UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001", units={"mg/g": "1/1000"})
EGFR = Quantity("egfr", "eGFR", "mL/min/{1.73_m2}", low=0, high=250, shown="mL/min/1.73 m²")
BALANCE = Quantity("balance", "fluid balance", "L", low=-10, high=10, resolution="0.1")
DOSES = Quantity("doses", "doses", "1", low=0, high=20)
PREGNANT = Flag("pregnant", "pregnant", negative="no pregnancy")
FEVER = Flag("fever", "fever")
AGENT = Choice("agent", "agent", ("mycophenolate", "cyclophosphamide"), aliases={"MMF": "mycophenolate"})
AGENTS = Choice("agents", "agents", ("A", "B", "C"), several=True)
STAGES = Choice("stage", "stage", tuple("ABCDEFGH"))
STARTED = Event("started", "therapy started", may=(UPCR, EGFR, DOSES))
BIOPSY = Event("biopsy", "biopsy")


# Quantities.


def test_a_value_converted_from_another_unit_is_the_same_value():
    """3400 mg/g and 3.4 g/g are one finding, blanks or none."""
    assert UPCR("3400 mg/g") == UPCR("3400mg/g") == UPCR(3.4) == UPCR("3.4 g/g") == UPCR("3.4") == UPCR(Decimal("3.4"))
    assert EGFR("60 mL/min/1.73 m²") == EGFR("60 mL/min/{1.73_m2}") == EGFR(Fraction(60))


@given(st.sampled_from([UPCR, EGFR, BALANCE, DOSES, PREGNANT, AGENT, AGENTS]), st.data())
def test_what_is_stored_is_told_and_written_without_loss(fact, data):
    """A value read back from its text, its file form or its number is the same finding."""
    finding = fact(data.draw(stored_values(fact)))
    assert fact(finding.value) == finding
    assert fact(fact.write(finding.stored)) == finding
    if isinstance(fact, Quantity):
        assert fact(finding.text) == finding
    assert str(finding)
    assert repr(finding).startswith("<Finding: ")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (math.nan, "not a finite number"),
        (math.inf, "not a finite number"),
        ("1e400", "not a finite number"),
        (10**400, "not a finite number"),
        pytest.param(10**5000, "not a finite number", id="a number of 5001 digits"),
        ("", "write a number with a decimal point"),
        ("high", "write a number with a decimal point"),
        ("3,4", "write a number with a decimal point"),
        ("<0.15", "write a number with a decimal point"),
        (None, "write a number with a decimal point"),
        ([3.4], "write a number with a decimal point"),
        (True, "write a number with a decimal point"),
        (b"3.4", "write a number with a decimal point"),
        ("3400 mg/dL", "the unit 'mg/dL' is not known; known: g/g, mg/g"),
        (-0.1, "outside 0 to 50 g/g"),
        (51, "51 g/g is outside 0 to 50 g/g"),
        (3400, "is it in mg/g?"),
        ("99999999 mg/g", "outside 0 to 50 g/g"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_cure(value, says):
    """A value that is not finite, not a number, implausible or in a strange unit is named with the cure."""
    with pytest.raises(InvalidFinding) as error:
        UPCR(value)
    (problem,) = error.value.problems
    assert says in problem.text
    assert problem.where == "upcr"


def test_a_quantity_must_make_sense():
    """A range upside down, or a bound that is no multiple of the resolution, is refused at once."""
    with pytest.raises(PathwayError, match="low below the high"):
        Quantity("a", "a", "g", low=2, high=1)
    with pytest.raises(PathwayError, match="resolution above 0"):
        Quantity("a", "a", "g", low=0, high=1, resolution=0)
    with pytest.raises(PathwayError, match=r"0\.5 is no multiple of its resolution, 1 g"):
        Quantity("a", "a", "g", low="0.5", high=1)


@pytest.mark.parametrize("name", ["", "Upcr", "2nd", "a b", "_a", "day", "override", "ä"])
def test_a_name_must_be_usable_as_one(name):
    """A name must be a small identifier and none of the words that name the parts of a record."""
    with pytest.raises(PathwayError, match="cannot name a quantity"):
        Quantity(name, "a", "g", low=0, high=1)


def test_later_changes_to_what_a_fact_was_made_of_do_not_reach_it():
    """Units are copied: a dictionary changed afterwards teaches no fact a new unit."""
    units = {"mg/g": "1/1000"}
    fact = Quantity("protein", "protein", "g/g", low=0, high=50, units=units)
    units.clear()
    assert fact("3000 mg/g") == fact(3)
    assert Quantity("other", "other", "g/g", low=0, high=50).units == {}


# Flags and choices.


@pytest.mark.parametrize("value", ["yes", 1, 0, None])
def test_a_flag_is_true_or_false_and_nothing_like_it(value):
    """Only true and false are taken; "yes" and 1 might be a mistake."""
    with pytest.raises(InvalidFinding, match="neither true nor false"):
        PREGNANT(value)


def test_a_flag_is_told_in_words_both_ways():
    """A flag and its opposite each have their words."""
    assert [str(PREGNANT(True)), str(PREGNANT(False))] == ["pregnant", "no pregnancy"]
    assert [str(FEVER(True)), str(FEVER(False))] == ["fever", "not fever"]


def test_options_are_found_whatever_their_spelling():
    """Case, blanks and aliases do not matter; a misspelling gets a hint."""
    assert AGENT("mmf") == AGENT(" Myco phenolate ")
    with pytest.raises(InvalidFinding, match="did you mean 'mycophenolate'"):
        AGENT("mycofenolate")
    with pytest.raises(InvalidFinding, match="is not an option"):
        AGENT(3)


def test_several_options_may_hold_at_once():
    """A choice of several takes one option or a set of them, but never an empty set."""
    assert AGENTS("a").value == frozenset({"A"})
    assert AGENTS(["B", "a"]).text == "A, B"
    assert AGENTS.write(AGENTS(["B", "a"]).stored) == ["A", "B"]
    with pytest.raises(InvalidFinding, match="leave it out if it is not known"):
        AGENTS([])
    with pytest.raises(InvalidFinding, match="is not an option"):
        AGENTS(3)


@pytest.mark.parametrize(
    ("options", "aliases", "says"),
    [
        ((), {}, "options that differ"),
        (("A", "a"), {}, "options that differ"),
        (("A",), {"x": "B"}, "not an option"),
        (("A", "B"), {"b": "A"}, "more than one option"),
    ],
)
def test_a_choice_must_be_unambiguous(options, aliases, says):
    """Options and aliases that could be mistaken for one another are refused."""
    with pytest.raises(PathwayError, match=says):
        Choice("choice", "choice", options, aliases=aliases)


def test_an_event_records_each_fact_once():
    """A fact may not be both required and allowed, nor be listed twice."""
    with pytest.raises(PathwayError, match="records upcr more than once"):
        Event("visit", "visit", must=(UPCR,), may=(UPCR,))


# Thresholds.


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: UPCR.below("0.0005"), "no multiple of its resolution"),
        (lambda: UPCR.below(51), "outside 0 to 50 g/g"),
        (lambda: EGFR.at(STARTED).at_least(-1), "outside 0 to 250"),
        (lambda: UPCR.below("500 mg/dL"), "unit 'mg/dL' is not known"),
        (lambda: EGFR.at_least(UPCR.at(STARTED)), "cannot be compared"),
        (lambda: EGFR.at(STARTED).times(0), "use a ratio above 0"),
        (lambda: EGFR.at(STARTED).times("half"), "'half' is no number"),
        (lambda: UPCR.below("low"), "'low' is no threshold"),
        (lambda: UPCR.below(math.nan), "'nan' is no number"),
        (lambda: UPCR.below(True), "'True' is no number"),
        (lambda: UPCR.below("1e9999"), "'1e9999' is no number"),
        (lambda: BIOPSY.happened(at_least_ago=2.5), "2.5 is no whole number of days"),
        (lambda: EventGroup("none", ()), "must name at least one"),
        (AGENT.one_of, "say which options"),
        (lambda: AGENT.one_of("mycofenolate"), "did you mean"),
        (lambda: BALANCE.total.at_least(1), "never negative"),
        (lambda: STARTED.count.including(UPCR), "only whole numbers"),
        (lambda: BIOPSY.happened(at_least_ago=-1), "no window"),
        (lambda: BIOPSY.happened(at_least_ago=9, at_most_ago=8), "no window"),
        (lambda: at_least(3, PREGNANT.is_true(), FEVER.is_true()), "3 of 2 criteria"),
        (lambda: at_least(0, PREGNANT.is_true()), "0 of 1 criteria"),
    ],
)
def test_a_criterion_that_makes_no_sense_cannot_be_written(make, says):
    """A threshold off the scale, of another unit, or an impossible window is refused when it is written."""
    with pytest.raises(PathwayError, match=says):
        make()


def test_thresholds_may_be_given_in_any_unit():
    """Below 500 mg/g and below 0.5 g/g are one criterion."""
    assert UPCR.below("500 mg/g") == UPCR.below("0.5") == UPCR.below(0.5)


# Words.


@pytest.mark.parametrize(
    ("guard", "text"),
    [
        (UPCR.below("0.5"), "UPCR below 0.5 g/g"),
        (EGFR.at_least(30, since=STARTED), "eGFR at least 30 mL/min/1.73 m², since therapy started"),
        (EGFR.at_least(EGFR.at(STARTED).times("17/20")), "eGFR at least 85 % of eGFR when therapy started"),
        (EGFR.above(EGFR.at(STARTED).times("13/10")), "eGFR above 1.3 times eGFR when therapy started"),
        (UPCR.at_most(UPCR.at(STARTED).called("baseline UPCR")), "UPCR at most baseline UPCR"),
        (UPCR.above(UPCR.at(STARTED).plus("5 g/g")), "UPCR above UPCR when therapy started plus 5 g/g"),
        (UPCR.above(UPCR.at(STARTED).plus(-1)), "UPCR above UPCR when therapy started minus 1 g/g"),
        (STARTED.count.at_least(2), "number of times therapy started at least 2"),
        (
            STARTED.count.including(DOSES).minus(BIOPSY).at_least(2),
            "number of times therapy started plus total doses minus biopsy at least 2",
        ),
        (DOSES.total.at_most(3), "total doses at most 3"),
        (DOSES.total.called("all doses").at_most(3), "all doses at most 3"),
        (PREGNANT.is_true(), "pregnant"),
        (PREGNANT.is_false(), "no pregnancy"),
        (PREGNANT.is_false(since=BIOPSY), "no pregnancy, since biopsy"),
        (AGENT.one_of("MMF"), "agent is mycophenolate"),
        (AGENTS.one_of("B", "A"), "agents includes A or B"),
        (BIOPSY.happened(), "biopsy on record"),
        (BIOPSY.happened(at_least_ago=7), "biopsy at least 7 days ago"),
        (BIOPSY.happened(at_most_ago=months(12)), "biopsy at most 12 months ago"),
        (BIOPSY.happened(at_least_ago=6, at_most_ago=21), "biopsy 6 to 21 days ago"),
        (EventGroup("any visit", (BIOPSY, STARTED)).happened(), "any visit on record"),
        (~BIOPSY.happened(), "biopsy not on record"),
        (FEVER.is_true() & (PREGNANT.is_true() | BIOPSY.happened()), "fever and (pregnant or biopsy on record)"),
        (
            at_least(1, FEVER.is_true(), FEVER.is_true() & PREGNANT.is_true()),
            "at least 1 of: fever; (fever and pregnant)",
        ),
        (ALWAYS, "nothing asked"),
        ((FEVER.is_true() | PREGNANT.is_true()).named("ill") & BIOPSY.happened(), "'ill' and biopsy on record"),
        (~FEVER.is_true().named("ill"), "not (ill)"),
        (STAGES.one_of(*"ABCDEFG"), "stage is one of 7 options"),
    ],
)
def test_criteria_read_as_a_clinician_would_say_them(guard, text):
    """Every criterion has words of its own, with labels and units."""
    assert guard.text == text
    assert str(guard) == text
    assert text in repr(guard)


def test_a_name_stands_for_what_it_names():
    """A named criterion goes by its name; its text says what is behind it."""
    fit = EGFR.at_least(30).named("fit", Citation("EBMT 2025", "Alexander et al."))
    assert (fit.phrase, fit.text, fit.brief) == ("fit", "eGFR at least 30 mL/min/1.73 m²", "fit")
    assert str(fit.cite) == "EBMT 2025"
    assert fit.cited(Citation("LIST", "trial")).cite.short == "LIST"
    assert EGFR.at_least(30, since=STARTED).brief == "eGFR at least 30 mL/min/1.73 m²"


def test_the_key_of_a_criterion_outlives_a_mended_label():
    """What saved reasons call a criterion has names in it and no label, so a typo can be mended."""
    typo = Quantity("egfr", "eGRF", "mL/min/{1.73_m2}", low=0, high=250, shown="ml/min")
    group = EventGroup("any vist", (STARTED, BIOPSY))
    limit = typo.at_least(typo.at(group).times("17/20"), since=group)
    assert limit.key == "egfr at least 85 % of egfr when (started or biopsy), since (started or biopsy)"
    mended = EventGroup("any visit", (STARTED, BIOPSY))
    assert limit == EGFR.at_least(EGFR.at(mended).times("17/20"), since=mended)
    assert limit.key == EGFR.at_least(EGFR.at(mended).times("17/20"), since=mended).key
    assert typo.below(30).key == EGFR.below(30).key
    assert PREGNANT.is_false().key == "not (pregnant)"
    assert STARTED.count.called("courses").at_least(1).key == "number of times started at least 1 1"


@given(criteria((UPCR, DOSES, PREGNANT, AGENT, AGENTS), (STARTED, BIOPSY)))
def test_every_guard_has_words_a_key_and_a_hash(guard):
    """Whatever is composed, it can be told, named in a file, and looked up."""
    assert guard.phrase
    assert guard.key
    assert guard.brief
    assert {guard: 1}[guard] == 1


# Composition.


def test_chains_of_and_and_or_stay_flat_and_named_parts_stay_whole():
    """A chain of criteria is one list; a named group of them is one criterion."""
    a, b, c = FEVER.is_true(), PREGNANT.is_true(), BIOPSY.happened()
    assert (a & b & c).parts == (a, b, c)
    assert (a | (b | c)).parts == (a, b, c)
    assert conjuncts((a & b).named("both") & c) == ((a & b).named("both"), c)
    assert conjuncts(a) == (a,)
    assert conjuncts(ALWAYS) == ()


def test_the_source_of_a_list_is_that_of_its_parts_and_decides_nothing():
    """Citing criteria together or one by one makes the same list, flat and with the same keys."""
    rome, paris = Citation("Rome", "Rome"), Citation("Paris", "Paris")
    a, b, c = FEVER.is_true(), PREGNANT.is_true().cited(paris), BIOPSY.happened()
    cited = (a & b).cited(rome) & c
    assert cited == a & b & c
    assert [part.cite for part in cited.parts] == [rome, paris, None]
    assert [part.cite for part in conjuncts((a & b).cited(rome))] == [rome, paris]


def test_keys_tell_any_two_criteria_apart():
    """A list of one, its only part, and months and days are not mistaken for one another."""
    a = FEVER.is_true()
    keys = {guard.key for guard in (a, AllOf((a,)), AnyOf((a,)), at_least(1, a), ~a, ~~a)}
    assert len(keys) == 6
    assert BIOPSY.happened(at_most_ago=months(3)).key == BIOPSY.happened(at_most_ago=91).key
    assert UPCR.above(UPCR.at(STARTED).times(0.85)) == UPCR.above(UPCR.at(STARTED).times("17/20"))


def test_a_criterion_is_neither_true_nor_false():
    """Joining criteria with "and" instead of & is an error that says what to type."""
    with pytest.raises(TypeError, match="&, | and ~"):
        bool(FEVER.is_true())
    with pytest.raises(TypeError, match="facts have verbs"):
        FEVER.is_true() & PREGNANT


def test_facts_compare_as_values_and_not_as_criteria():
    """Equality of facts is ordinary equality: labels and sources do not count, and what a unit is worth does."""
    units = {unit: str(worth) for unit, worth in UPCR.units.items()}
    assert Quantity("upcr", "proteinuria", "g/g", low=0, high=50, resolution="0.001", units=units) == UPCR
    assert Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001", units={"mg/g": "1/100"}) != UPCR
    assert isinstance(UPCR.at_least(1), Compare)
    assert [repr(UPCR), repr(STARTED), repr(UPCR.at(STARTED)), repr(STARTED.count)] == [
        "Quantity('upcr')",
        "Event('started')",
        "<Baseline: UPCR when therapy started>",
        "<Tally: number of times therapy started>",
    ]
    assert str(EventGroup("any visit", [STARTED])) == "any visit"
    assert str(Multiple(UPCR.at(STARTED), Fraction(1, 2))) == "50 % of UPCR when therapy started"
    assert str(STARTED) == "therapy started"
    assert str(UPCR) == "UPCR"


# Days.
