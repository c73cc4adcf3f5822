"""How many examples hypothesis draws: few, and always the same, unless HYPOTHESIS_PROFILE asks for many."""

import os
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

# To explain a failure, hypothesis runs it a hundred times more; so does every ``find``.
PHASES = [phase for phase in Phase if phase is not Phase.explain]

settings.register_profile("few", deadline=None, max_examples=15, derandomize=True, phases=PHASES)
settings.register_profile("many", deadline=None, max_examples=100, phases=PHASES)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))


MANY = settings.default.max_examples >= 100
"""Whether there is time for many examples, and for long searches."""


def examples(share):
    """Return settings that draw this multiple of the examples that other properties get."""
    return settings(max_examples=max(3, round(settings.default.max_examples * share)))


def drawn(strategy, examples):
    """Return what a strategy draws in so many examples, the same at every run."""
    seen = []

    @settings(max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def draw(value):
        seen.append(value)

    draw()
    return seen


def sample(strategy, examples, seen, until=lambda: False):
    """Have *seen* each of so many examples, the same at every run, until there are enough; return how many there were.

    No health check is suppressed, and what is rejected is counted: it may be one of a hundred.
    """
    counted = Counter()

    class EnoughError(Exception):
        pass

    @settings(
        max_examples=examples, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=(), report_multiple_bugs=False,
    )  # fmt: skip
    @given(st.data())
    def draw(data):
        try:
            seen(data.draw(strategy))
        except UnsatisfiedAssumption:
            counted["rejected"] += 1
            raise
        counted["drawn"] += 1
        if until():
            raise EnoughError

    with suppress(EnoughError):
        draw()
    assert counted["rejected"] <= counted["drawn"] / 100
    return counted["drawn"]


def slow_but_first(values, number=1):
    """Return parameters of which all but the first few are marked slow."""
    values = list(values)
    return [*values[:number], *(pytest.param(value, marks=pytest.mark.slow) for value in values[number:])]
