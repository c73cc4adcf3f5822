"""Whole event logs at once: what became of every patient of a registry."""

try:
    import narwhals as _narwhals  # noqa: F401
    import numpy as _numpy  # noqa: F401
    import polars as _polars  # noqa: F401
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.cohort needs polars, numpy and narwhals: pip install "hscpath[cohort]"', name=missing.name
    ) from None

from hscpath.cohort.audits import Audit, Auditor, audit
from hscpath.cohort.log import Shape

__all__ = ["Audit", "Auditor", "Shape", "audit"]
