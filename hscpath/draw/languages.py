"""A diagram in the languages that documents and programs draw from: Mermaid and Graphviz DOT."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from hscpath.criteria import Event
from hscpath.draw.diagrams import Arrow, Diagram, Look, Node, Subject, diagram
from hscpath.errors import printable

_STATE_WIDTH, _ARROW_WIDTH, _EVENT_WIDTH = 22, 22, 40
_MERMAID_WIDTH = 26
"""How wide a box is before Mermaid itself breaks its lines."""

_BLUE, _GREEN, _AMBER, _RED = "#2166ac", "#1b7837", "#b35806", "#b2182b"
_COLOURS = {Look.GONE: _BLUE, Look.OPEN: _GREEN, Look.CONDITIONAL: _AMBER, Look.CLOSED: _RED}


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    """Return lines short enough for a picture, without control characters."""
    return [part for line in lines for part in wrap(printable(line), width) or [" "]]


def _direction(picture: Diagram) -> str:
    """Return how a picture runs: a map downwards, the ways from one state to the right."""
    return "TB" if picture.start else "LR"


def _boxes(picture: Diagram, box: Callable[[Node], str], heads: Callable[[int, str], Sequence[str]]) -> Iterator[str]:
    """Yield the boxes, those of a phase within a larger one that begins with these heads."""
    for number, phase in enumerate(("", *picture.phases)):
        states = [box(node) for node in picture.nodes if node.phase == phase]
        yield from [*heads(number, phase), *(f"  {state}" for state in states), "}"] if phase else states


# --- Mermaid -------------------------------------------------------------------------------------


def mermaid(subject: Subject) -> str:
    """Return a picture as Mermaid text (``stateDiagram-v2``), which GitHub, wikis and notebooks draw.

    Of a pathway it is the map, of a journey the map with the way gone and the ways from there, of
    ``tell.ways(journey)`` where one stands and what each way waits for, of a decision the answer.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(mermaid(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])))
    stateDiagram-v2
    %%{init: {"state": {"nodeSpacing": 80, "rankSpacing": 60}}}%%
      accTitle: toy
      direction TB
      state "well" as s1
      state "ill" as s2
      [*] --> s1
      s1 --> s2 : fell ill
      s2 --> [*]
    """
    picture = diagram(subject)
    keys = {node.key: f"s{number}" for number, node in enumerate(picture.nodes, 1)}
    lines = [f"accTitle: {_safe(picture.title)}", f"direction {_direction(picture)}"]
    lines += _boxes(
        picture,
        lambda node: f'state "{_breaks(_wrapped(node.lines, _MERMAID_WIDTH))}" as {keys[node.key]}',
        lambda number, phase: [f'state "{_safe(phase)}" as phase{number} {{'],
    )
    lines += [f"[*] --> {keys[picture.start]}"] if picture.start else []
    told: dict[str, list[str]] = {}
    for arrow in picture.arrows:
        told.setdefault(f"{keys[arrow.source]} --> {keys[arrow.target]}", []).extend(arrow.lines)
    lines += [f"{way} : {_breaks(_wrapped(words, _ARROW_WIDTH))}" if words else way for way, words in told.items()]
    lines += [f"{keys[node.key]} --> [*]" for node in picture.nodes if node.final]
    lines += _classes(picture, keys)
    return "\n".join(["stateDiagram-v2", _MERMAID_SPACING, *(f"  {line}" for line in lines)])


# Arrows between the same two states, in both directions, need room for what they say.
_MERMAID_SPACING = '%%{init: {"state": {"nodeSpacing": 80, "rankSpacing": 60}}}%%'

_CLASSES = {
    Look.GONE: f"fill:#dbe9f6,stroke:{_BLUE},color:#000000",
    Look.HERE: f"fill:{_BLUE},stroke:{_BLUE},color:#ffffff",
    Look.SEVERAL: "fill:#ffffff,stroke:#999999,color:#000000,stroke-dasharray:3 3",
    Look.OPEN: f"stroke:{_GREEN},stroke-width:2px",
    Look.CONDITIONAL: f"stroke:{_AMBER},stroke-width:2px,stroke-dasharray:6 3",
    Look.CLOSED: f"stroke:{_RED},stroke-width:2px,stroke-dasharray:2 2",
}


def _classes(picture: Diagram, keys: Mapping[str, str]) -> Iterator[str]:
    """Yield how the boxes look."""
    for look, style in _CLASSES.items():
        members = [keys[node.key] for node in picture.nodes if look in node.looks]
        if members:
            yield f"classDef {look.value} {style}"
            yield f"class {','.join(members)} {look.value}"


def _breaks(lines: Iterable[str]) -> str:
    return "<br/>".join(map(_safe, lines))


_MERMAID_SYNTAX = frozenset('!"#$%&*:;<>?@[\\]^_`{|}~ﬂ°¶ß')


def _safe(text: str) -> str:
    """Return text in which every sign that may mean something to Mermaid is written as its number."""
    return "".join(f"#{ord(sign)};" if sign in _MERMAID_SYNTAX else sign for sign in printable(text))


# --- Graphviz ------------------------------------------------------------------------------------

_DOT_DEFAULTS = """\
graph [fontname="sans-serif" fontsize=16 labelloc=t nodesep=0.3 ranksep=0.5]
node [fontname="sans-serif" fontsize=12 shape=box style="rounded,filled" fillcolor="#f5f5f5" color="#666666"]
edge [fontname="sans-serif" fontsize=10 color="#666666"]"""


def dot(subject: Subject) -> str:
    """Return a picture as Graphviz DOT text, for ``dot -Tsvg``; of what, see ``mermaid``.

    >>> from hscpath import Event, Pathway, State
    >>> WELL, ILL = State("well", "well"), State("ill", "ill", final=True)
    >>> print(dot(Pathway("toy", "1", WELL, [WELL.on(Event("fell_ill", "fell ill"), to=ILL)])).splitlines()[-2])
      "well" -> "ill" [label=" fell ill "]
    """
    picture = diagram(subject)
    lines = [*_DOT_DEFAULTS.splitlines(), f"label={_quoted([printable(picture.title)])} rankdir={_direction(picture)}"]
    lines += _boxes(picture, _dot_node, _dot_cluster)
    if picture.start:
        lines += ['"" [shape=point width=0.15 fillcolor="#000000"]', f'"" -> {_quoted([picture.start])}']
    lines += map(_dot_arrow, picture.arrows)
    return "\n".join(["digraph {", *(f"  {line}" for line in lines), "}"])


_NODES = {
    Look.GONE: {"fillcolor": "#dbe9f6", "color": _BLUE},
    Look.HERE: {"fillcolor": _BLUE, "color": _BLUE, "fontcolor": "#ffffff"},
    Look.SEVERAL: {"fillcolor": "#ffffff", "color": "#999999", "style": "rounded,filled,dashed"},
    Look.OPEN: {"color": _GREEN, "penwidth": "2"},
    Look.CONDITIONAL: {"color": _AMBER, "penwidth": "2", "style": "rounded,filled,dashed"},
    Look.CLOSED: {"color": _RED, "penwidth": "2", "style": "rounded,filled,dotted"},
}
_ARROWS = {Look.GONE: "bold", Look.OPEN: "bold", Look.CONDITIONAL: "dashed", Look.CLOSED: "dotted"}


def _dot_cluster(number: int, phase: str) -> Sequence[str]:
    head = f'label={_quoted(_wrapped([phase], 60))} style=rounded color="#bbbbbb" fontsize=14'
    return f"subgraph cluster_{number} {{", f"  graph [{head}]"


def _dot_node(node: Node) -> str:
    look = {"peripheries": "2"} if node.final else {}
    for kind in node.looks:
        look |= _NODES[kind]
    width, end = (_EVENT_WIDTH, "\\l") if node.kind is Event else (_STATE_WIDTH, "\\n")
    label = _quoted(_wrapped(node.lines, width), end)
    return f"{_quoted([node.key])} [label={label}{_attributes(look)}]"


def _dot_arrow(arrow: Arrow) -> str:
    label = _quoted(f" {line} " for line in _wrapped(arrow.lines, _ARROW_WIDTH))
    look: dict[str, str] = {}
    if arrow.look is not None:
        colour = _COLOURS[arrow.look]
        look = {"color": colour, "fontcolor": colour, "style": _ARROWS[arrow.look]}
    return f"{_quoted([arrow.source])} -> {_quoted([arrow.target])} [label={label}{_attributes(look)}]"


def _attributes(look: Mapping[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in look.items())


def _quoted(lines: Iterable[str], end: str = "\\n") -> str:
    escaped = [line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines]
    return '"' + end.join(escaped) + end * (end == "\\l") + '"'
