"""README as a newcomer uses it: what it shows is pasted as it stands."""

import re
import shlex
from pathlib import Path

import pytest

from hscpath import files
from hscpath.lupus import PATHWAY
from tests.command_line import run

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line
    for kind, block in BLOCKS
    for line in block.splitlines()
    if not kind and line.startswith("hscpath ") and not line.startswith("hscpath prove")
]


@pytest.fixture(autouse=True)
def at_the_top(monkeypatch):
    """Stand where README says that its commands are given."""
    monkeypatch.chdir(TOP)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_readme_shows_does_what_it_says(command):
    """Every command, pasted as it stands, is understood and has something to say."""
    code, out, err = run(*shlex.split(command)[1:], answers="quit\n")
    assert (code, err) == (0, "")
    assert out


def test_the_first_command_tells_the_story_of_a_published_patient():
    """The command that installs ends with a story; the second installs what the tests need."""
    first, second = (block for kind, block in BLOCKS if kind == "sh")
    case = shlex.split(first)[-1]
    assert run("run", case)[1].startswith(files.read_case(case).title.split(",")[0])
    assert second.strip().endswith("pytest")


def test_the_case_that_readme_shows_is_a_case_to_run(tmp_path):
    """Pasted into a file, the case runs, and is told under its title."""
    (text,) = (block for kind, block in BLOCKS if kind == "toml")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    code, out, _ = run("run", tmp_path / "mine.toml")
    assert code == 0
    assert out.startswith("A first course\n")


def test_every_option_that_readme_speaks_of_is_one():
    """Options named in the text are those that there are."""
    commands = ("run", "explain", "draw", "walk", "prove", "table", "compare", "events", "audit", "simulate")
    helps = "".join(run(command, "--help", width="200")[1] for command in commands)
    ours = re.sub(r"`(--full-trace|--check|--pathway-[a-z-]+\S*)`|^\$ pytest .*", "", README, flags=re.MULTILINE)
    told = set(re.findall(r"(?<=[`(\s])--[a-z-]+", ours))
    assert told >= {"--after", "--under", "--pathway", "--json"}
    assert [option for option in told if option not in helps] == []


def test_every_event_of_the_quick_start_is_in_the_list():
    """What the quick start and the case record is what `hscpath events` tells a newcomer of."""
    listed = run("events", width="500")[1]
    used = re.findall(r'(?:^event = |advance\(|consider\()"(\w+)"', README, re.MULTILINE)
    assert {"nephritis_diagnosed", "response_assessed"} <= set(used)
    assert [event for event in used if f"{event}: " not in listed and event not in ("seen", "died")] == []
    assert all(f"\n{state.name}: {state.label}" in listed for state in PATHWAY.states)
