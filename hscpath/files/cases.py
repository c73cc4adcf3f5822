"""Cases: a patient's course as an educator writes it down, in TOML."""

from __future__ import annotations

from datetime import date
from os import PathLike
from pathlib import Path

import attrs
from cattrs.gen import make_dict_structure_fn, override

from hscpath.citations import Citation
from hscpath.errors import InvalidFile, did_you_mean
from hscpath.files.documents import Fields, Origin, Toml, as_text, parsed_toml, structured
from hscpath.files.journeys import toml_of
from hscpath.files.records import records_converter, replayed
from hscpath.journey import Journey, Record
from hscpath.pathway import Pathway


@attrs.frozen
class Case:
    """A patient's course as an educator writes it down: a title, a source, and events in order.

    *outcome* names the state that the case should end in. *began* is the date of day 0, needed
    only where events have dates.
    """

    title: str
    events: tuple[Record, ...]
    citation: Citation | None = None
    about: str = ""
    began: date | None = None
    outcome: str | None = None
    _origin: Origin = attrs.field(default=Origin("case"), eq=False, repr=False)
    """The file that the case was read from, so that a problem can name its line."""

    def journey(self, pathway: Pathway) -> Journey:
        """Return the case as a journey on a pathway.

        Raises ``InvalidFile`` naming line and cure for everything that cannot be recorded, and
        ``ReplayStopped`` where the pathway refuses an event and all that follows can be recorded.
        """
        states = [state.name for state in pathway.states]
        if self.outcome is not None and self.outcome not in states:
            what = f"outcome: {self.outcome!r} is no state of this pathway; {did_you_mean(self.outcome, states)}"
            raise InvalidFile(self._origin.problem(what, "outcome"))
        return replayed(pathway, self.events, self.began, self._origin)

    def place_of(self, event: int) -> str:
        """Return the file and line of an event (counted from 0)."""
        line = self._origin.line_of(f"events[{event}]")
        return f"{self._origin.name}, line {line}" if line else f"{self._origin.name}, event {event + 1}"


def read_case(path: str | PathLike[str]) -> Case:
    """Read a case from a TOML file; raise ``InvalidFile`` with line and cure, or ``OSError``."""
    return parse_case(Path(path).read_bytes(), name=str(path))


def parse_case(text: str | bytes, *, name: str = "case") -> Case:
    """Read a case from TOML text.

    >>> case = parse_case('''
    ... title = "A first biopsy"
    ...
    ... [[events]]
    ... event = "nephritis_diagnosed"
    ... day = 0
    ... upcr = "3400 mg/g"
    ... ''')
    >>> case.events[0].findings
    (('upcr', '3400 mg/g'),)
    """
    text = as_text(text, name)
    origin = Toml(name, text)
    return attrs.evolve(structured(parsed_toml(text, name), Case, _CONVERTER, origin), origin=origin)


_CONVERTER = records_converter()
_CONVERTER.register_structure_hook(Case, make_dict_structure_fn(Case, _CONVERTER, _origin=override(omit=True)))


def write_case(case: Case) -> str:
    """Return a case as TOML text, which ``parse_case`` reads back as the same case."""
    head: Fields = {
        "title": case.title,
        "about": case.about or None,
        "began": case.began,
        "outcome": case.outcome,
        "citation": case.citation and _write_citation(case.citation),
    }
    return toml_of({key: value for key, value in head.items() if value is not None}, case.events)


def _write_citation(cite: Citation) -> Fields:
    fields = {"short": cite.short, "reference": cite.reference, "where": cite.where, "certainty": cite.certainty.value}
    return {name: value for name, value in fields.items() if value}
