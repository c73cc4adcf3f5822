"""What a notebook shows: the picture, and what is to be said to it."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from typing import assert_never, get_args

from hscpath.decisions import Decision
from hscpath.draw.diagrams import Subject
from hscpath.draw.languages import mermaid
from hscpath.journey import Journey
from hscpath.outline import Outlined
from hscpath.pathway import Pathway
from hscpath.tell import Ways, story


def markdown(subject: Subject) -> str:
    """Return a picture and its words as Markdown, whose Mermaid blocks notebooks and wikis draw.

    It holds what was found, and is for people who may see the patient.
    """
    return "\n\n".join(filter(None, (f"```mermaid\n{mermaid(subject)}\n```", words(subject))))


def words(subject: Subject) -> str:
    """Return what is to be said to a picture, as Markdown."""
    match subject:
        case Pathway():
            counts = f"{len(subject.states)} states, {len(subject.events)} events, {len(subject.transitions)} rows"
            return f"{subject.name}, version {subject.version}: {counts}"
        case Journey():
            return story(subject).text("md")
        case Ways() | Decision():
            return subject.text("md")
        case _:
            assert_never(subject)


def marimo(subject: Subject) -> object:
    """Return a picture and its words as marimo shows them."""
    mo = import_module("marimo")
    return mo.vstack([mo.mermaid(mermaid(subject)), mo.md(words(subject))])


def register() -> None:
    """Have the notebook that runs, if one does, show whatever can be drawn or told as what it is."""
    if "IPython" in sys.modules and (shell := import_module("IPython").get_ipython()):
        formatter = shell.display_formatter.formatters["text/markdown"]
        formatter.for_type(Outlined, partial(Outlined.text, form="md"))
        for kind in get_args(Subject):
            formatter.for_type(kind, markdown)
    if "marimo" in sys.modules:
        for kind in get_args(Subject):
            kind._display_ = marimo  # marimo asks the object; it has no registry for packages to enter
