"""The same work under pytest-benchmark: ``pytest -n0 tests/benchmarks/bench_stepping.py``."""

import pytest

from tests.benchmarks.peers import PEERS
from tests.benchmarks.stepping import NotInstalled, Ours, OursByName


@pytest.mark.parametrize("work", ["walk", "refuse", "begin"])
@pytest.mark.parametrize("kind", [Ours, OursByName, *PEERS], ids=lambda kind: kind.__name__)
def test_stepping(benchmark, kind, work):
    """Fourteen steps, fourteen refusals, one new patient: ours, and each peer's."""
    try:
        prepare, run = kind().works[work]
    except NotInstalled as missing:
        pytest.skip(str(missing))
    benchmark.pedantic(run, setup=lambda: (prepare(), {}), rounds=50)
