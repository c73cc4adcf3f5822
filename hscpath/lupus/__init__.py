"""Lupus nephritis on the way to autologous haematopoietic stem cell transplantation.

The door holds the facts, events, states and guidelines by name, ``PATHWAY`` and ``pathway(*guidelines)``, the
``INVARIANTS`` and the ``RATES``. What the words of the criteria mean stands in ``definitions``, where numbers come
from in ``sources``, published regimens in ``regimens``, and codes of terminologies in ``codes``.
"""

from typing import TYPE_CHECKING

from hscpath.lupus import events, facts, guidelines, states
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.guidelines import *
from hscpath.lupus.pathway import PATHWAY as PATHWAY
from hscpath.lupus.pathway import pathway as pathway
from hscpath.lupus.states import *

if TYPE_CHECKING:
    from hscpath.lupus.invariants import INVARIANTS as INVARIANTS
    from hscpath.lupus.rates import RATES as RATES

if not TYPE_CHECKING:  # what the content says is in it
    __all__ = ["INVARIANTS", "PATHWAY", "RATES", "pathway"]
    __all__ += [*events.__all__, *facts.__all__, *guidelines.__all__, *states.__all__]


def __getattr__(name: str) -> object:
    """Load the invariants and the rates when they are asked for: to step, nobody needs them."""
    if name == "INVARIANTS":
        from hscpath.lupus.invariants import INVARIANTS

        return INVARIANTS
    if name == "RATES":
        from hscpath.lupus.rates import RATES

        return RATES
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
