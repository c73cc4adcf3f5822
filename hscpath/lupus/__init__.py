"""Lupus nephritis on the way to autologous haematopoietic stem cell transplantation."""

from typing import TYPE_CHECKING

from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.guidelines import *
from hscpath.lupus.pathway import PATHWAY as PATHWAY
from hscpath.lupus.pathway import pathway as pathway
from hscpath.lupus.states import *

if TYPE_CHECKING:
    from hscpath.lupus.invariants import INVARIANTS as INVARIANTS
    from hscpath.lupus.rates import ILLUSTRATIVE_RATES as ILLUSTRATIVE_RATES


def __getattr__(name: str) -> object:
    """Load the invariants and the rates when they are asked for: to step, nobody needs them."""
    if name == "INVARIANTS":
        from hscpath.lupus.invariants import INVARIANTS

        return INVARIANTS
    if name == "ILLUSTRATIVE_RATES":
        from hscpath.lupus.rates import ILLUSTRATIVE_RATES

        return ILLUSTRATIVE_RATES
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
