"""Text for people, in the pathway's own words, plain or in Markdown.

A journey as a story or a table, where a patient stands and which ways are open from there, one
log under several pathways, a pathway as a table.
"""

from hscpath.outline import Form
from hscpath.tell.answers import Ways, answer, ways
from hscpath.tell.comparisons import Comparison, Course, Parting, compare
from hscpath.tell.stories import story
from hscpath.tell.tables import described, events, sources, table, values_of

__all__ = [
    "Comparison",
    "Course",
    "Form",
    "Parting",
    "Ways",
    "answer",
    "compare",
    "described",
    "events",
    "sources",
    "story",
    "table",
    "values_of",
    "ways",
]
