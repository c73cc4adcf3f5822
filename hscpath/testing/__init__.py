"""Hypothesis strategies for pathways, records, journeys and near misses, and assertions about journeys."""

try:
    import hypothesis as _  # noqa: F401
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.testing needs hypothesis: pip install "hscpath[testing]"', name=missing.name
    ) from None

from hscpath.testing.assertions import assert_follows
from hscpath.testing.journeys import charts, journeys, next_steps
from hscpath.testing.near_misses import NearMiss, near_misses
from hscpath.testing.pathways import guards, pathways
from hscpath.testing.records import findings, logs, records, stored_values

__all__ = [
    "NearMiss",
    "assert_follows",
    "charts",
    "findings",
    "guards",
    "journeys",
    "logs",
    "near_misses",
    "next_steps",
    "pathways",
    "records",
    "stored_values",
]
