"""Every example runs, and says what it said when it was last read by a person."""

import re
from pathlib import Path

import pytest

from hscpath import files
from hscpath.lupus import PATHWAY
from tests.approve import EXAMPLES, EXPECTED, PROGRAMS, STORIES, TUTORIAL, copied, exercises, printed_by, story_of

PROVES = {"asserting_invariants"}
"""What proves something of the whole reference pathway."""


@pytest.mark.parametrize(
    "program",
    [pytest.param(path, marks=[pytest.mark.slow] if path.stem in PROVES else []) for path in PROGRAMS],
    ids=lambda path: path.stem,
)
def test_an_example_prints_what_was_read_and_approved(program):
    """The output of an example is the text that stands beside the tests."""
    assert printed_by(program) == (EXPECTED / f"{program.stem}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", STORIES, ids=lambda path: path.stem)
def test_a_case_is_told_as_was_read_and_approved(case):
    """The story of a case is the text that stands beside the tests."""
    assert story_of(case) == (EXPECTED / f"{case.stem}.txt").read_text(encoding="utf-8")


def test_the_case_in_the_readme_holds():
    """The case that README shows can be pasted into a file and ends as it says."""
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    case = files.parse_case(text)
    assert case.journey(PATHWAY).state.name == case.outcome


EXERCISES = TUTORIAL.read_text(encoding="utf-8")


def test_the_exercises_are_answered_as_they_say(tmp_path):
    """Every command of the exercises runs in a copy of the examples, and prints what its answer says."""
    answered = 0
    for command, out, lines in exercises(EXERCISES, copied(tmp_path)):
        rest = out
        for line in lines:
            assert line in rest, (command, line)
            rest = rest.partition(line)[2]
            answered += 1
    assert answered > 15


def test_everything_here_is_told_of_in_its_order():
    """Every example that there is stands in the list of the examples, and every one that is listed is there."""
    listed = re.findall(r"^\| `([\w/.]+)`", EXERCISES, re.MULTILINE)
    assert [name for name in listed if not (EXAMPLES / name).is_file()] == []
    assert {path.name for path in EXAMPLES.glob("*.py")} <= set(listed)
    assert {path.stem for path in STORIES if path.stem.startswith("made_up")} - {
        Path(name).stem for name in listed
    } == {"made_up_first_course"}
