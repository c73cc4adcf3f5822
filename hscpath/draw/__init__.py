"""Pictures of a pathway, of a journey on it, and of the ways from where a patient stands.

``mermaid`` and ``dot`` write them as text, ``timeline`` draws a journey over time.

In a notebook, ``import hscpath.draw`` is all there is to do: from then on Jupyter and marimo show a
pathway, a journey, ``tell.ways(journey)`` and a decision as a picture with its words below, and
whatever else ``hscpath.tell`` tells as formatted text. These hold what was found in the patient.
"""

from hscpath.draw import notebooks
from hscpath.draw.diagrams import Arrow, Diagram, Look, Node, diagram
from hscpath.draw.languages import dot, mermaid
from hscpath.draw.plots import timeline

__all__ = ["Arrow", "Diagram", "Look", "Node", "diagram", "dot", "mermaid", "timeline"]

notebooks.register()
