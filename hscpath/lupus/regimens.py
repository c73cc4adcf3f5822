"""Published regimens, with doses where the source gives them: to record, and to read.

The findings of a regimen can be given to an event as they are:
``journey.advance("conditioning_started", *CONDITIONING_REGIMENS["CYC + ATG"].findings)``.
"""

from __future__ import annotations

import attrs

from hscpath.citations import Citation
from hscpath.criteria import Finding
from hscpath.lupus.facts import AGENT, CONDITIONED_WITH, CYCLOPHOSPHAMIDE_TOTAL, MOBILISED_WITH, TBI_DOSE
from hscpath.lupus.sources import *

__all__ = ["CONDITIONING_REGIMENS", "MOBILISATION_REGIMENS", "STANDARD_REGIMENS", "Regimen"]


@attrs.frozen
class Regimen:
    """What is given together: its doses in words, the findings to record, and the source.

    >>> print(*STANDARD_REGIMENS["Euro-Lupus cyclophosphamide"].findings)
    agents: low-dose cyclophosphamide
    """

    doses: str
    findings: tuple[Finding, ...]
    cite: Citation


def _standard(agents: str | list[str], doses: str, cite: Citation) -> Regimen:
    return Regimen(doses, (AGENT(agents),), cite)


STANDARD_REGIMENS = {
    "methylprednisolone pulses": _standard(
        "methylprednisolone", "0.25 to 0.5 g/d IV for 1 to 3 days", KDIGO_LN_2024.second_hand
    ),
    "oral prednisone": _standard("prednisone", "0.35 to 1.0 mg/kg/d, at most 80 mg", KDIGO_LN_2024.second_hand),
    "mycophenolate mofetil": _standard("mycophenolate", "1.0 to 1.5 g twice a day", KDIGO_LN_2024.second_hand),
    "mycophenolate mofetil, EULAR": _standard("mycophenolate", "2 to 3 g/d", EULAR_LN_2019),
    "Euro-Lupus cyclophosphamide": _standard(
        "low-dose cyclophosphamide", "500 mg IV every 2 weeks, 6 times", EULAR_LN_2019
    ),
    "NIH cyclophosphamide": _standard("high-dose cyclophosphamide", "0.75 g/m² IV every month, 6 times", ASTIL_TRIAL),
    "oral cyclophosphamide": _standard(
        "cyclophosphamide", "1.0 to 1.5 mg/kg/d for 3 months", KDIGO_LN_2024.second_hand
    ),
    "belimumab": _standard("belimumab", "10 mg/kg IV", KDIGO_LN_2024.second_hand),
    "obinutuzumab": _standard(
        ["obinutuzumab", "mycophenolate", "prednisone"],
        "1000 mg on day 1 and in weeks 2, 24, 26 and 52, with mycophenolate, and prednisone 5 mg by week 24",
        REGENCY_2025,
    ),
    "voclosporin": _standard(
        ["voclosporin", "mycophenolate", "prednisone"],
        "23.7 mg twice a day with mycophenolate 2 g/d and a rapid steroid taper",
        KDIGO_LN_2024.recalled,
    ),
    "tacrolimus": _standard(
        ["tacrolimus", "mycophenolate", "prednisone"],
        "about 4 mg/d (trough 5 to 10) with mycophenolate 1 g/d",
        KDIGO_LN_2024.recalled,
    ),
    "azathioprine, maintenance": _standard("azathioprine", "1.5 to 2.5 mg/kg/d", KDIGO_LN_2024.second_hand),
    "hydroxychloroquine": _standard("hydroxychloroquine", "at most 5 mg/kg/d", KDIGO_LN_2024),
}
"""Standard therapy, initial and maintenance."""

MOBILISATION_REGIMENS = {
    "CYC + G-CSF, Burt": Regimen(
        "cyclophosphamide 2.0 g/m², G-CSF 5 µg/kg/d", (MOBILISED_WITH(["CYC", "G-CSF"]),), BURT_2006
    ),
    "CYC + G-CSF, Traynor": Regimen(
        "cyclophosphamide 2.0 g/m², G-CSF 10 µg/kg/d", (MOBILISED_WITH(["CYC", "G-CSF"]),), TRAYNOR_2000
    ),
    "CYC + G-CSF + rituximab": Regimen("", (MOBILISED_WITH(["CYC", "G-CSF", "rituximab"]),), GOKLEMEZ_2022),
    "G-CSF alone": Regimen("apheresis on day 5", (MOBILISED_WITH(["G-CSF"]),), IRRADIATION_TRIAL),
    "G-CSF + plerixafor": Regimen(
        "plerixafor 0.24 mg/kg, or 0.16 mg/kg at a creatinine clearance of 50 mL/min or less (not licensed for lupus)",
        (MOBILISED_WITH(["G-CSF", "plerixafor"]),),
        PLERIXAFOR_LABEL,
    ),
}
"""How stem cells are brought into the blood."""


def _conditioning(agents: list[str], total: int | None, doses: str, cite: Citation, tbi: int | None = None) -> Regimen:
    findings = [CONDITIONED_WITH(agents)]
    findings += [] if total is None else [CYCLOPHOSPHAMIDE_TOTAL(total)]
    findings += [] if tbi is None else [TBI_DOSE(tbi)]
    return Regimen(doses, tuple(findings), cite)


CONDITIONING_REGIMENS = {
    "CYC + ATG": _conditioning(["CYC", "ATG"], 200, "50 mg/kg/d on days -5 to -2, ATG", CONDITIONING_2000),
    "CYC + ATG, Traynor": _conditioning(
        ["CYC", "ATG", "methylprednisolone"], 200, "200 mg/kg, equine ATG 90 mg/kg", TRAYNOR_2000
    ),
    "CYC + ATG + rituximab": _conditioning(
        ["CYC", "ATG", "rituximab"], 200, "200 mg/kg, rabbit ATG 5.5 mg/kg, rituximab 1000 mg", BURT_SERIES
    ),
    "CYC + alemtuzumab": _conditioning(["CYC", "alemtuzumab"], 200, "200 mg/kg, alemtuzumab 60 mg", BURT_SERIES),
    "CYC 160 + ATG": _conditioning(
        ["CYC", "ATG", "methylprednisolone"], 160, "40 mg/kg/d from day -5, rabbit ATG 2.5 mg/kg/d from day -4",
        JINLING_TRIAL,
    ),
    "CYC + ATG, children": _conditioning(
        ["CYC", "ATG"], 200, "50 mg/kg/d for 4 days, ATG 5 mg/kg/d for 3 days, cells 48 hours later", CHILDREN_2003
    ),
    "CYC + fludarabine + rituximab": _conditioning(
        ["CYC", "fludarabine", "rituximab"], None, "lymphodepleting", GOKLEMEZ_2022
    ),
    "CYC alone": _conditioning(["CYC"], 200, "200 mg/kg", LISUKOV_2010),
    "CYC alone, reduced": _conditioning(["CYC"], 120, "120 mg/kg", LISUKOV_2010),
    "BEAM": _conditioning(
        ["BEAM"], None, "carmustine 300 mg/m² on day -7, etoposide and cytarabine on days -7 to -4, melphalan "
        "140 mg/m² on day -3", CONDITIONING_2000,
    ),
    "melphalan + etoposide": _conditioning(
        ["melphalan", "etoposide"], None, "140 and 1600 mg/m²", LISUKOV_2010
    ),
    "CYC + TBI": _conditioning(["CYC", "TBI"], 120, "120 mg/kg, 1200 cGy", BURT_1998, 1200),
    "busulfan + CYC": _conditioning(["busulfan", "CYC"], 120, "16 mg/kg over 4 days, 120 mg/kg", CONDITIONING_2000),
    "CYC + lymphoid irradiation": _conditioning(
        ["plasma exchange", "CYC", "total lymphoid irradiation", "ATG"], None,
        "plasmapheresis on days -9 to -7, CYC -6 to -3, irradiation -1, ATG +1 to +3", IRRADIATION_TRIAL,
    ),
}  # fmt: skip
"""Ablation, as published; its intensity follows from what was given (``definitions.HIGH_INTENSITY``)."""
