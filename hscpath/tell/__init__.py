"""What is said to people, in the pathway's own words.

A journey as a story or a table, where a patient stands and which ways are open from there, one
log under several pathways, a pathway row by row or as a table, its sources and its events. Each
is an outline: printed it is plain text; ``text("md")`` is Markdown and ``text("html")`` HTML, and
with ``values=False`` nothing that was found in a patient is in either.

>>> from hscpath import Journey, tell
>>> from hscpath.lupus import PATHWAY
>>> ana = Journey(PATHWAY).advance("nephritis_diagnosed", day=0, upcr="3400 mg/g")
>>> print(tell.story(ana).text("html", values=False))
<p><strong>Day 0: nephritis diagnosed.</strong></p>
<ul><li class="state"><span class="sign">→ </span>lupus nephritis diagnosed</li></ul>
"""

from hscpath.tell.answers import Ways, ways
from hscpath.tell.comparisons import Comparison, Parting, Replay, compare
from hscpath.tell.stories import story
from hscpath.tell.tables import described, events, rows, sources, table, values_of

__all__ = [
    "Comparison", "Parting", "Replay", "Ways", "compare", "described", "events", "rows", "sources", "story", "table",
    "values_of", "ways",
]  # fmt: skip
