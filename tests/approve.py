"""Refresh what people read and approve: stories, outputs of examples, schemas, and what the documents show.

``python -m tests.approve`` writes all of it anew and shows the diff. Read it: what is wrong there is a fault.
"""

import doctest
import importlib
import re
import runpy
import shlex
import shutil
import sys
from contextlib import redirect_stdout, suppress
from difflib import unified_diff
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import hscpath
from tests.command_line import CASES, run

TOP = Path(__file__).parent.parent
EXAMPLES = TOP / "examples"
TUTORIAL = EXAMPLES / "README.md"
EXPECTED = Path(__file__).parent / "expected"
SERVERS = {"clinic_app", "playground"}
"""What runs until it is stopped, and has tests of its own."""
PROGRAMS = sorted(path for path in EXAMPLES.glob("*.py") if path.stem not in SERVERS)
STORIES = sorted(CASES.glob("*.toml"))


# --- What examples, cases and commands print ----------------------------------------------------------


def printed_by(program, *arguments):
    """Return what a program of the examples prints, run in this process."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), suppress(SystemExit):
        patch.setattr(sys, "argv", [str(program), *arguments])
        patch.syspath_prepend(str(EXAMPLES))
        runpy.run_path(str(program), run_name="__main__")
    return out.getvalue()


def story_of(case):
    """Return how a case is told."""
    code, told, err = run("run", case)
    assert (code, err) == (0, "")
    return told


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


def copied(folder):
    """Return a copy of the examples in a folder, in which commands may write."""
    return shutil.copytree(EXAMPLES, Path(folder) / "examples", ignore=shutil.ignore_patterns("__*", "*.json"))


def exercises(text, folder):
    """Yield each command of the exercises, as it is given in a folder, what it prints, and the lines that are shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind, block in re.findall(r"```(console|toml)\n(.*?)```", text, re.DOTALL):
            if kind == "toml":
                Path("mine.toml").write_text(block, encoding="utf-8")
                continue
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, *lines = part.rstrip("\n").split("\n")
                yield command, answer(command), lines


# --- What is to be approved ------------------------------------------------------------------------------


def approved():
    """Yield each file that is written as a whole, and the text that it should hold."""
    for paths, told in ((PROGRAMS, printed_by), (STORIES, story_of)):
        for path in paths:
            yield EXPECTED / f"{path.stem}.txt", told(path)
    for name in ("case", "journey"):
        yield EXAMPLES / f"{name}.schema.json", run("schema", name)[1]


def shown():
    """Yield each document with examples in it, and its text with what they print now."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(readme, {}, "README", "README.md", 0)
    yield TOP / "README.md", refreshed(readme, [test])
    for path in sorted((TOP / "hscpath").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8") and path.stem != "__main__":
            name = ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")
            tests = doctest.DocTestFinder().find(importlib.import_module(name))
            yield path, refreshed(path.read_text(encoding="utf-8"), tests)


class Told(doctest.DocTestRunner):
    """What examples print, where it is not what is shown."""

    def __init__(self):
        super().__init__(verbose=False)
        self.other = {}

    def report_failure(self, out, test, example, got):
        """Keep what was printed."""
        self.other[test.lineno + example.lineno + example.source.count("\n")] = example, got

    def report_unexpected_exception(self, out, test, example, exc_info):
        """Name what fails: there is nothing to approve."""
        print(f"{test.filename}, line {test.lineno + example.lineno + 1}: {exc_info[1]!r}", file=sys.stderr)


def refreshed(text, tests):
    """Return the text of a document, with what its examples print now."""
    lines = text.split("\n")
    told = Told()
    for test in tests:
        told.run(test, out=lambda _: None)
    for start, (example, got) in sorted(told.other.items(), reverse=True):
        shown_now = [" " * example.indent + (line or "<BLANKLINE>") for line in got.rstrip("\n").split("\n")]
        lines[start : start + example.want.count("\n")] = shown_now
    return "\n".join(lines)


def without_numbers(line):
    """Return a line with every number in it as one sign."""
    return re.sub(r"\d[\d,.]*", "#", line)


def answered(text, folder):
    """Return the text of the exercises, with the numbers in the lines that they show as they are printed now."""
    for _, out, lines in exercises(text, folder):
        now = {without_numbers(line): line for line in out.splitlines()}
        for line in lines:
            if line not in out and without_numbers(line) in now:
                text = text.replace(f"\n{line}\n", f"\n{now[without_numbers(line)]}\n")
    return text


def main():
    """Write what is out of date, and show what became different."""
    assert hscpath.__file__ == str(TOP / "hscpath" / "__init__.py"), "another installation would be approved"
    new = {**dict(approved()), **dict(shown())}
    with TemporaryDirectory() as folder:
        new[TUTORIAL] = answered(TUTORIAL.read_text(encoding="utf-8"), copied(folder))
    for path, text in new.items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != old:
            path.write_text(text, encoding="utf-8")
            name = str(path.relative_to(TOP))
            print("\n".join(unified_diff(old.split("\n"), text.split("\n"), name, name, lineterm="")))


if __name__ == "__main__":
    main()
