"""Lupus nephritis on the way to autologous haematopoietic stem cell transplantation."""

from hscpath.lupus.events import *  # noqa: F403 - the content is the interface
from hscpath.lupus.facts import *  # noqa: F403
from hscpath.lupus.guidelines import (
    DEFAULTS,
    EBMT_2025,
    ENGRAFTMENT_2024,
    GRAFT_2011,
    KDIGO_2024,
    POINTS,
    REMISSION_2004,
)
from hscpath.lupus.pathway import PATHWAY, pathway
