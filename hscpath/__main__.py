"""The command line: ``hscpath`` or ``python -m hscpath``."""

import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import cast


def main() -> None:
    """Run the command line, or say what to install for it."""
    try:
        from hscpath.cli import app
    except ModuleNotFoundError as missing:
        if missing.name not in ("typer", "rich"):
            raise
        sys.exit(f'hscpath: {missing.name} is not installed: pip install "hscpath[cli]"')
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a terminal that has no sign for "met" shows a question mark
            cast("TextIOWrapper", stream).reconfigure(errors="replace")
    app()


if __name__ == "__main__":  # pragma: no cover - run in a process of its own
    main()
