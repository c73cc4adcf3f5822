"""The command line: ``hscpath`` or ``python -m hscpath``."""

from hscpath.cli.commands import app

__all__ = ["app"]
