"""Codes of public terminologies for what the pathway records, to exchange it with other systems.

Validate them against a licensed release before use. LOINC is copyright of Regenstrief Institute
and free of charge under its licence (loinc.org/license), which asks for this notice. SNOMED CT
needs a licence of the country where it is used. ICD-10-CM and ICD-10-PCS are in the public
domain. CPT is copyright of the American Medical Association: none of it is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from hscpath.citations import Certainty
from hscpath.criteria import Event, Fact
from hscpath.lupus.events import (
    CELLS_REINFUSED,
    DIALYSIS_STARTED,
    KIDNEY_TRANSPLANT_PERFORMED,
    STEM_CELLS_COLLECTED,
)
from hscpath.lupus.facts import *
from hscpath.lupus.states import GRAFT_FAILURE, KIDNEY_FAILURE, KIDNEY_TRANSPLANTED, NEPHRITIS, POST_HSCT, SLE
from hscpath.pathway import State

__all__ = ["CODES", "Code", "codes_of"]

CONFIRMED, SECOND_HAND, RECALLED = Certainty.CONFIRMED, Certainty.SECOND_HAND, Certainty.RECALLED
LOINC, SNOMED_CT, ICD_10_CM, ICD_10_PCS = "LOINC", "SNOMED CT", "ICD-10-CM", "ICD-10-PCS"

Thing: TypeAlias = Fact | Event | State


@attrs.frozen
class Code:
    """One code: of a fact, one option of it, an event or a state."""

    thing: Thing
    system: str
    code: str
    certainty: Certainty = CONFIRMED
    option: str = ""
    note: str = ""


def _codes(thing: Thing, system: str, *codes: str, certainty: Certainty = CONFIRMED, note: str = "") -> Iterator[Code]:
    return (Code(thing, system, code, certainty, note=note) for code in codes)


_WHO_CLASSES = {"I": "73286009", "II": "4676006", "III": "76521009", "IV": "36402006", "V": "52042003"}

CODES: tuple[Code, ...] = (
    *_codes(UPCR, LOINC, "2890-2"),
    *_codes(UPCR, LOINC, "13801-6", "2889-4", note="of 24 hours"),
    *_codes(EGFR, LOINC, "98979-8", note="CKD-EPI 2021"),
    *_codes(EGFR, LOINC, "62238-1", note="the older CKD-EPI"),
    *_codes(CREATININE, LOINC, "2160-0"),
    *_codes(NEUTROPHILS, LOINC, "751-8"),
    *_codes(PLATELETS, LOINC, "777-3"),
    *_codes(CD4, LOINC, "24467-3"),
    *_codes(ANTI_DSDNA, LOINC, "5130-0", certainty=SECOND_HAND),
    *_codes(COMPLEMENT, LOINC, "4485-9", "4498-2", certainty=RECALLED, note="C3 and C4"),
    *_codes(SLE, ICD_10_CM, "M32.10", "M32.9", certainty=SECOND_HAND),
    *_codes(SLE, SNOMED_CT, "55464009", certainty=SECOND_HAND),
    *_codes(NEPHRITIS, ICD_10_CM, "M32.14"),
    *_codes(NEPHRITIS, ICD_10_CM, "M32.15", note="tubulo-interstitial"),
    *_codes(NEPHRITIS, SNOMED_CT, "68815009"),
    *(
        Code(LN_CLASS, SNOMED_CT, code, CONFIRMED, option, "WHO class, by convention taken for ISN/RPS")
        for option, code in _WHO_CLASSES.items()
    ),
    *_codes(STEM_CELLS_COLLECTED, ICD_10_PCS, "6A550ZV", "6A551ZV", certainty=RECALLED, note="single and multiple"),
    *_codes(CELLS_REINFUSED, ICD_10_PCS, "30243Y0", "30233Y0", note="central and peripheral vein"),
    *_codes(CELLS_REINFUSED, SNOMED_CT, "709115004"),
    *_codes(GRAFT_FAILURE, ICD_10_CM, "T86.5", note="complications of a stem cell transplant"),
    *(Code(state, ICD_10_CM, "Z94.84", note="history, not the procedure") for state in POST_HSCT),
    *_codes(KIDNEY_FAILURE, ICD_10_CM, "N18.6", certainty=SECOND_HAND),
    *_codes(KIDNEY_FAILURE, SNOMED_CT, "46177005", certainty=SECOND_HAND),
    *_codes(DIALYSIS_STARTED, ICD_10_CM, "Z99.2", certainty=SECOND_HAND),
    *_codes(KIDNEY_TRANSPLANT_PERFORMED, SNOMED_CT, "70536003", certainty=SECOND_HAND),
    *_codes(KIDNEY_TRANSPLANTED, ICD_10_CM, "Z94.0", certainty=SECOND_HAND),
)
"""Every code, in the order of the pathway."""


def codes_of(thing: Thing) -> tuple[Code, ...]:
    """Return the codes of a fact, an event or a state.

    >>> from hscpath.lupus import UPCR
    >>> [(code.system, code.code, code.note) for code in codes_of(UPCR)]
    [('LOINC', '2890-2', ''), ('LOINC', '13801-6', 'of 24 hours'), ('LOINC', '2889-4', 'of 24 hours')]
    """
    return tuple(code for code in CODES if code.thing is thing)
