"""Pictures of a pathway, of a journey on it, and of the ways from where a patient stands."""

from hscpath.draw.diagrams import Arrow, Diagram, Look, Node, diagram
from hscpath.draw.languages import dot, mermaid
from hscpath.draw.plots import timeline

__all__ = ["Arrow", "Diagram", "Look", "Node", "diagram", "dot", "mermaid", "timeline"]
