"""How a notebook comes to show a pathway, a journey or an answer as what it is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hscpath.errors import Printed


class Displayed(Printed):
    """Something that a notebook shows in pictures and words.

    How it does is for ``hscpath.draw`` to say, which stands far above the model: it is loaded by
    name when a notebook first asks, as the package's own names are, and costs nothing before.
    """

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002 - Jupyter's way to ask
        """Return what Jupyter shows."""
        return {"text/markdown": _notebooks().markdown(self)}

    def _display_(self) -> object:
        """Return what marimo shows."""
        return _notebooks().marimo(self)


def _notebooks() -> Any:
    return import_module("hscpath.draw.notebooks")
