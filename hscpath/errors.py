"""What can go wrong, each with what is at fault and what to do about it.

All are in ``hscpath``. Those marked * are ``ValueError`` and list their ``problems``, each with its text and its place;
the others live beside what they carry::

    HscpathError
    ├── InvalidFile *
    ├── InvalidRates *
    ├── InvalidRecord *
    │   ├── InvalidFinding *
    │   └── UnknownEvent *
    ├── PathwayChanged            a saved journey's records
    ├── PathwayError *
    ├── ReplayStopped             the journey so far, and why it went no further
    ├── TransitionNotAllowed      the decision
    └── UnknownPathway *
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import attrs

_MIN_LIKENESS = 0.72
"""How alike two names must be to be suggested: a slip of the pen, not another drug that sounds alike."""


def did_you_mean(wrong: object, known: Collection[str]) -> str:
    """Return a hint at the closest known name, or at all of them if none is close.

    >>> did_you_mean("upcrr", ["upcr", "egfr"])
    "did you mean 'upcr'?"
    >>> did_you_mean("basiliximab", ["rituximab", "belimumab"])
    'known: belimumab, rituximab'
    >>> did_you_mean("sodium", ["upcr", "egfr"])
    'known: egfr, upcr'
    """
    from difflib import get_close_matches

    if not known:
        return "none is known here"
    spelt = wrong[:_MAX_WIDTH].casefold() if isinstance(wrong, str) else ""
    close = get_close_matches(spelt, [name.casefold() for name in known], n=1, cutoff=_MIN_LIKENESS)
    if close:
        name = next(name for name in known if name.casefold() == close[0])
        return f"did you mean {name!r}?"
    return "known: " + some_of(sorted(known))


def some_of(names: Sequence[str], most: int = 30) -> str:
    """Return a list of names, cut short where it is long.

    >>> some_of(["a", "b"])
    'a, b'
    """
    more = len(names) - most
    return ", ".join(names) if more <= 0 else ", ".join(names[:most]) + f" and {more} more"


def number_of(count: int, one: str, many: str = "") -> str:
    """Return how many there are, in the singular where it is one.

    >>> number_of(1, "patient"), number_of(1000, "patient"), number_of(0, "criterion", "criteria")
    ('1 patient', '1,000 patients', '0 criteria')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


_MAX_WIDTH = 60
_MAX_PROBLEMS = 50


def brief(value: object) -> str:
    """Return a value as code would write it, cut short where it is long.

    >>> brief("x" * 100)[:12]
    "'xxxxxxxxxxx"
    """
    try:
        text = repr(value)
    except ValueError:  # more digits than Python is willing to print
        return "a number of thousands of digits"
    return text if len(text) <= _MAX_WIDTH else text[:_MAX_WIDTH] + "..."


class Printer(Protocol):
    """What Hypothesis and IPython print with."""

    def text(self, text: str, /) -> None:
        """Print a text."""
        ...


class Printed:
    """Printed as its representation wherever Hypothesis or IPython would list every field."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Printer, _cycle: bool) -> None:
        printer.text(repr(self))


class Shown(Printed):
    """A representation of a few words: what something is, and what it is called."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"


def says_something(text: object) -> bool:
    """Return whether this is a text with words in it, in characters that can be written to a file."""
    return isinstance(text, str) and bool(text.strip()) and not any("\ud800" <= mark <= "\udfff" for mark in text)


def on_one_line(text: str) -> str:
    r"""Return free text as one line without control characters, so that it cannot pass for another line.

    >>> on_one_line("seen\n\nDay 31: died.")
    'seen Day 31: died.'
    """
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Return text with a blank in place of each control character."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


@attrs.frozen(repr=False)
class Problem(Shown):
    """One thing that is wrong: what, and in which part of what was given.

    *where* is the name of the finding or argument at fault (``"upcr"``, ``"day"``,
    ``"event"``), so that a form can mark its field and a file its line.
    """

    text: str
    where: str = ""

    def __str__(self) -> str:
        return self.text


class HscpathError(Exception):
    """Any error that this package raises on purpose."""


class _Problems(HscpathError, ValueError):
    """An error that lists every problem of one call."""

    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*problems)
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"\n  - {problem}" for problem in self.problems[:_MAX_PROBLEMS]]
        more = len(self.problems) - len(lines)
        lines += [f"\n  and {more} more"] if more else []
        return f"{len(self.problems)} problems:" + "".join(lines)


class PathwayError(_Problems):
    """A pathway, guideline or guard is not well defined; ``problems`` lists everything."""


class InvalidRecord(_Problems):
    """What was to be recorded could not be: misuse, not a clinical refusal."""


class InvalidFinding(InvalidRecord):
    """A finding is of the wrong kind, out of range, in an unknown unit, missing or misplaced."""


class UnknownEvent(InvalidRecord):
    """The pathway has no such event."""


class InvalidFile(_Problems):
    """A file or document cannot be read; each problem says where and what to do."""


class InvalidRates(_Problems):
    """Shares and times are none, or do not fit the pathway; ``problems`` lists everything."""


class UnknownPathway(_Problems):
    """No pathway, or no guideline of it, goes by this name, or what stands there is none."""
