"""Hypothesis strategies for pathways, journeys and near misses, assertions about journeys, and tests of apps."""

try:
    import hypothesis as _  # noqa: F401 - only asked whether it is there
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.testing needs hypothesis: pip install "hscpath[testing]"', name=missing.name
    ) from None

from hscpath.testing.apps import App, AppDisagrees, NotForThisApp, assert_agrees
from hscpath.testing.assertions import assert_follows
from hscpath.testing.journeys import charts, journeys, next_steps
from hscpath.testing.models import app_machine
from hscpath.testing.near_misses import NearMiss, near_misses
from hscpath.testing.pathways import criteria, pathways
from hscpath.testing.records import findings, logs, records, stored_values

__all__ = [
    "App",
    "AppDisagrees",
    "NearMiss",
    "NotForThisApp",
    "app_machine",
    "assert_agrees",
    "assert_follows",
    "charts",
    "criteria",
    "findings",
    "journeys",
    "logs",
    "near_misses",
    "next_steps",
    "pathways",
    "records",
    "stored_values",
]
