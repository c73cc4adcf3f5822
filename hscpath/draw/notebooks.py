"""What a notebook shows: the picture, and what is to be said to it."""

from __future__ import annotations

from importlib import import_module
from typing import assert_never

from hscpath.decisions import Decision
from hscpath.draw.diagrams import Subject
from hscpath.draw.languages import mermaid
from hscpath.journey import Journey
from hscpath.pathway import Pathway
from hscpath.tell import Ways, answer, story


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
            return story(subject, form="md")
        case Ways():
            return subject.text(form="md")
        case Decision():
            return answer(subject, form="md")
        case _:
            assert_never(subject)


def marimo(subject: Subject) -> object:
    """Return a picture and its words as marimo shows them; only marimo asks, so it is there."""
    mo = import_module("marimo")
    return mo.vstack([mo.mermaid(mermaid(subject)), mo.md(words(subject))])
