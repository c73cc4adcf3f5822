"""The pytest plugin: what of a pathway a test run exercised, and failures that a clinician could read.

Every test run where this package is installed loads this module, and nothing else of the package
until an option asks for it or a journey has failed a test.
"""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("hscpath", "pathways (hscpath)")
    group.addoption(
        "--pathway-coverage",
        metavar="NAME",
        help="tell which states, rows, criteria and invariants of a pathway the tests exercised: my.module, "
        "my.module:NAME, a file.py or a file.json",
    )
    group.addoption(
        "--pathway-invariants",
        metavar="NAME",
        help="the invariants to tell of, if they are not those that come with the pathway",
    )
    group.addoption("--pathway-coverage-json", metavar="FILE", help="write the same as JSON")
    group.addoption(
        "--pathway-coverage-fail-under",
        metavar="PERCENT",
        type=_percentage,
        help="fail where less of the pathway was exercised",
    )


def _percentage(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 100:
        raise ArgumentTypeError(f"{text!r} is no percentage: write a number from 0 to 100")
    return number


def pytest_configure(config: pytest.Config) -> None:
    """Watch the pathway that is asked about, once measuring coverage of code has begun."""
    if config.getoption("pathway_coverage") is None:
        for option in ("invariants", "coverage_json", "coverage_fail_under"):
            if config.getoption(f"pathway_{option}") is not None:
                import pytest

                name = f"--pathway-{option.replace('_', '-')}"
                raise pytest.UsageError(f"{name} needs a pathway: add --pathway-coverage=my.module")
    elif not config.getoption("collectonly"):
        from hscpath._pytest.coverage import PathwayCoverage

        config.pluginmanager.register(PathwayCoverage.of(config), "hscpath-pathway-coverage")


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Trim what a failed test shows to what its author wrote, and add what a refused decision says."""
    if call.excinfo is not None and "hscpath.journey" in sys.modules:
        from hscpath._pytest.failures import explain

        explain(call.excinfo, full=bool(item.config.getoption("fulltrace")))


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say at which step two journeys, or their steps, part."""
    if op != "==" or "hscpath.journey" not in sys.modules:
        return None
    from hscpath._pytest.failures import differences

    return differences(left, right)
