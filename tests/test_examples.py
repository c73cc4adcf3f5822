"""Every example runs, and says what it said when it was last read by a person."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hscpath import files
from hscpath.lupus import PATHWAY

EXAMPLES = Path(__file__).parent.parent / "examples"
EXPECTED = Path(__file__).parent / "expected"
SERVERS = {"clinic_app", "playground"}
"""What runs until it is stopped, and has tests of its own."""
PROGRAMS = sorted(path for path in EXAMPLES.glob("*.py") if path.stem not in SERVERS)
CASES = sorted(EXAMPLES.glob("cases/*.toml"))


def printed(*arguments):
    """Return what a program prints."""
    ran = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
    )
    return ran.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_an_example_prints_what_was_read_and_approved(program):
    """The output of an example is the text that stands beside the tests."""
    assert printed(program) == (EXPECTED / f"{program.stem}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_is_told_as_was_read_and_approved(case):
    """The story of a case is the text that stands beside the tests."""
    told = printed("-m", "hscpath", "run", case)
    assert told == (EXPECTED / f"{case.stem}.txt").read_text(encoding="utf-8")


def test_the_case_in_the_readme_holds():
    """The case that README shows can be pasted into a file and ends as it says."""
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    case = files.parse_case(text)
    assert case.journey(PATHWAY).state.name == case.outcome
