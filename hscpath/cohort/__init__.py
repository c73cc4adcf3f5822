"""Whole event logs at once: what became of every patient of a registry."""

from importlib import import_module as _import_module

try:
    for _needed in ("narwhals", "numpy", "polars"):
        _import_module(_needed)
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        'hscpath.cohort needs polars, numpy and narwhals: pip install "hscpath[cohort]"', name=missing.name
    ) from None

from hscpath.cohort.audits import Audit, Auditor, audit
from hscpath.cohort.log import Shape
from hscpath.cohort.outcomes import Exclusions, Occupancy, incidence, occupancy, paths
from hscpath.cohort.saving import save
from hscpath.cohort.simulation import simulate, simulate_in_pieces
from hscpath.cohort.sources import scan

__all__ = ["Audit", "Auditor", "Shape", "audit", "scan"]
__all__ += ["Exclusions", "Occupancy", "incidence", "occupancy", "paths", "save", "simulate", "simulate_in_pieces"]
