"""Hypothesis strategies for pathways, guards, findings, records and journeys, and assertions about journeys."""

try:
    import hypothesis as _  # noqa: F401
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.testing needs hypothesis: pip install "hscpath[testing]"', name=missing.name
    ) from None

from hscpath.testing.assertions import assert_follows
from hscpath.testing.pathways import guards, pathways
from hscpath.testing.records import findings, journeys, logs, records, stored_values

__all__ = ["assert_follows", "findings", "guards", "journeys", "logs", "pathways", "records", "stored_values"]
