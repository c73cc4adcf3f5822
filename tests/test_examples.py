"""Every example runs, and says what it said when it was last read by a person."""

import re
import runpy
import shlex
import shutil
import sys
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

import pytest

from hscpath import files
from hscpath.lupus import PATHWAY
from tests.command_line import run

EXAMPLES = Path(__file__).parent.parent / "examples"
EXPECTED = Path(__file__).parent / "expected"
SERVERS = {"clinic_app", "playground"}
"""What runs until it is stopped, and has tests of its own."""
PROGRAMS = sorted(path for path in EXAMPLES.glob("*.py") if path.stem not in SERVERS)
CASES = sorted(EXAMPLES.glob("cases/*.toml"))


def printed_by(program, *arguments):
    """Return what a program of the examples prints, run in this process."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), suppress(SystemExit):
        patch.setattr(sys, "argv", [str(program), *arguments])
        patch.syspath_prepend(str(EXAMPLES))
        runpy.run_path(str(program), run_name="__main__")
    return out.getvalue()


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


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_case_is_told_as_was_read_and_approved(case):
    """The story of a case is the text that stands beside the tests."""
    code, told, _ = run("run", case)
    assert code == 0
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


def answer(command):
    """Return what a command of the exercises prints, as far as they use the shell: one pipe, or one file."""
    words = list(shlex.shlex(command, posix=True, punctuation_chars=True))
    lines, file = None, None
    if "|" in words:
        _, _, *lines = words[: words.index("|")]
        words = words[words.index("|") + 1 :]
    if ">" in words:
        *words, _, file = words
    program, *arguments = words
    if program == "hscpath":
        _, out, err = run(*arguments, answers=lines and "".join(f"{line}\n" for line in lines))
        assert err == ""
    else:
        assert program == "python"
        out = printed_by(*arguments)
    if file:
        Path(file).write_text(out, encoding="utf-8")
    return out


def test_the_exercises_are_answered_as_they_say(tmp_path, monkeypatch):
    """Every command of the exercises runs in a copy of the examples, and prints what its answer says."""
    monkeypatch.chdir(shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__*", "*.json")))
    answered = 0
    for kind, block in BLOCKS:
        if kind == "toml":
            Path("mine.toml").write_text(block, encoding="utf-8")
            continue
        for command, lines in asked(block):
            rest = answer(command)
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
