"""The same work under pytest-benchmark: ``pytest tests/benchmarks/bench_stepping.py``."""

import pytest

from tests.benchmarks import stepping


@pytest.mark.parametrize("work", ["walk", "walk_by_name", "walk_peer", "refuse", "accept", "begin", "attach"])
def test_stepping(benchmark, work):
    """Fourteen steps, fourteen refusals, one new journey: each against its peer."""
    benchmark(getattr(stepping, work))
