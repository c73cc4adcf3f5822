"""Lupus nephritis on the way to autologous haematopoietic stem cell transplantation."""

from hscpath.lupus.definitions import *
from hscpath.lupus.events import *
from hscpath.lupus.facts import *
from hscpath.lupus.guidelines import *
from hscpath.lupus.pathway import PATHWAY as PATHWAY
from hscpath.lupus.pathway import pathway as pathway
from hscpath.lupus.states import *
