"""Errors name the culprit and the cure."""

import re

import pytest

import hscpath
from hscpath import InvalidFinding, InvalidRecord, PathwayError, UnknownEvent, errors
from hscpath.errors import Problem, brief, did_you_mean


def test_one_problem_reads_as_a_sentence_and_several_as_a_list():
    """A single problem stands alone; several are counted and listed."""
    assert str(PathwayError("no rows")) == "no rows"
    assert str(PathwayError("no rows", Problem("no states", "states"))) == "2 problems:\n  - no rows\n  - no states"


def test_problems_say_where_they_are():
    """Each problem names the part of the call that it is about, so that a form can mark it."""
    error = InvalidFinding(Problem("upcr: too high", "upcr"), "something else")
    assert [(problem.text, problem.where) for problem in error.problems] == [
        ("upcr: too high", "upcr"),
        ("something else", ""),
    ]


@pytest.mark.parametrize("error", [InvalidFinding, UnknownEvent])
def test_every_misuse_can_be_caught_as_one_kind(error):
    """An unknown event and a wrong finding are both records that cannot be taken, and value errors."""
    assert issubclass(error, InvalidRecord)
    assert issubclass(InvalidRecord, ValueError)
    assert issubclass(InvalidRecord, hscpath.HscpathError)


def test_a_misspelt_name_is_answered_with_the_closest_one():
    """A name that is nearly right gets a hint, a strange one the list of all, an empty list says so."""
    assert did_you_mean("UPRC", ["upcr", "egfr"]) == "did you mean 'upcr'?"
    assert did_you_mean("sodium", ["upcr", "egfr"]) == "known: egfr, upcr"
    assert did_you_mean("upcr", []) == "none is known here"


def test_long_values_are_cut_short_in_messages():
    """However long the value at fault, the message stays readable."""
    assert brief("ab") == "'ab'"
    assert len(brief("x" * 10_000)) < 80
    assert brief(10**5000) == "a number of thousands of digits"


def test_the_tree_of_errors_is_drawn_as_it_is():
    """Every public error stands under what it is a kind of, and is marked if it lists its problems."""
    drawn, above = {}, {}
    for indent, name, mark in re.findall(r"^    ([ │├└─]*)(\w+)( \*)?", errors.__doc__, re.MULTILINE):
        above[len(indent)] = name
        drawn[name] = (above.get(len(indent) - 4), bool(mark))
    public = {name: getattr(hscpath, name) for name in hscpath.__all__}
    there = {name: thing for name, thing in public.items() if isinstance(thing, type) and issubclass(thing, Exception)}
    for error in there.values():
        parents = [base.__name__ for base in error.__mro__[1:] if base.__name__ in there]
        assert drawn.pop(error.__name__) == (next(iter(parents), None), issubclass(error, ValueError))
    assert drawn == {}
