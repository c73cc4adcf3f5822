"""Every example runs, and says what it said when it was last read by a person."""

import os
import re
import shutil
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
        env={"PYTHONIOENCODING": "utf-8", "COLUMNS": "80", "PYTHONPATH": str(EXAMPLES.parent)},
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


EXERCISES = (EXAMPLES / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(console|toml)\n(.*?)```", EXERCISES, re.DOTALL)


def asked(block):
    """Yield each command of a block with the lines that it is said to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *lines = part.rstrip("\n").split("\n")
        yield command, lines


def test_the_exercises_are_answered_as_they_say(tmp_path):
    """Every command of the exercises runs in a copy of the examples, and prints what its answer says."""
    folder = shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__*", "*.json"))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    answered = 0
    for kind, block in BLOCKS:
        if kind == "toml":
            (folder / "mine.toml").write_text(block, encoding="utf-8")
            continue
        for command, lines in asked(block):
            ran = subprocess.run(  # noqa: S602 - the commands are our own
                command, shell=True, cwd=folder, capture_output=True, text=True, timeout=120, check=False,
                env={"PATH": programs, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"},
            )  # fmt: skip
            assert ran.stderr == ""
            rest = ran.stdout
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
    assert {path.stem for path in CASES if path.stem.startswith("made_up")} - {Path(name).stem for name in listed} == {
        "made_up_first_course"
    }
