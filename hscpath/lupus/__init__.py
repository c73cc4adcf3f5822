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


def __getattr__(name: str) -> object:
    """Load the invariants when they are asked for: to step, nobody needs them."""
    if name == "INVARIANTS":
        from hscpath.lupus.invariants import INVARIANTS

        return INVARIANTS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
