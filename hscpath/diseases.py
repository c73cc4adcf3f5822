"""A disease is a module: a pathway by its name, and what comes with it.

One rule names a pathway wherever one is asked for (``hscpath --pathway``, ``pytest --pathway-coverage``, ``load``):

- ``my.module``: its ``PATHWAY``. The module may also hold ``INVARIANTS`` and ``RATES``; and ``GUIDELINES`` by name,
  with the function ``pathway(*guidelines)`` that builds under them, and ``DEFAULTS``, those of them that count unasked;
- ``my.module:NAME``: another pathway of that module, with its invariants and rates;
- ``path/to/file.py``: such a module as a file;
- ``file.json``: a pathway as ``hscpath table --json`` writes it, with the invariants that it carries;
- a short name that an installed package declares as an entry point of the group ``hscpath.pathways``.

A module that is named is imported, and so run. A data file never names one.

>>> from hscpath import diseases
>>> lupus = diseases.load("hscpath.lupus")
>>> len(lupus.invariants) > 50, "EBMT_2025" in lupus.guidelines
(True, True)
>>> lupus.under("ebmt_2025 + kdigo_2024").pathway == lupus.pathway
True
>>> diseases.load("hscpath.lupsu")
Traceback (most recent call last):
hscpath.errors.UnknownPathway: there is no module 'hscpath.lupsu'; did you mean 'lupus'?
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, cast

import attrs

from hscpath.errors import PathwayError, Shown, UnknownPathway, brief, did_you_mean
from hscpath.files.pathways import whole_from_json
from hscpath.invariants import Invariant
from hscpath.pathway import Guideline, Pathway
from hscpath.rates import Rates

__all__ = ["GROUP", "Disease", "invariants_named", "load"]

GROUP = "hscpath.pathways"
"""The group of entry points by which installed packages give pathways a short name."""


@attrs.frozen(eq=False, repr=False, slots=False)
class Disease(Shown):
    """A pathway with what its module holds beside it; each part is looked up when it is first asked for.

    *name* is how it was asked for, and *pathway* the table. *invariants* hold of its journeys. *guidelines* are those
    that it can be built under, by name, and *defaults* those that count unasked. *rates* say what cohorts are made of.
    """

    name: str
    pathway: Pathway
    _held: Callable[[str], object] = attrs.field(alias="held")

    def __str__(self) -> str:
        return self.name

    def _part(self, part: str, called: str, fits: Callable[[Any], bool]) -> Any:
        value = self._held(part)
        if value is None or fits(value):
            return value
        raise UnknownPathway(f"{self.name}: {part} is {brief(value)}; make it {called}")

    @cached_property
    def invariants(self) -> tuple[Invariant, ...]:
        """What holds of every journey, whatever guidelines the pathway is built under."""
        return tuple(self._part("INVARIANTS", "a tuple of invariants", _all_are(Invariant)) or ())

    @cached_property
    def fitting(self) -> tuple[Invariant, ...]:
        """The invariants that speak only of events, states, phases and facts that this pathway has."""
        return tuple(rule for rule in self.invariants if not rule.unknown_to(self.pathway))

    @cached_property
    def guidelines(self) -> Mapping[str, Guideline]:
        """The guidelines that the pathway can be built under, by name."""
        return self._part("GUIDELINES", "a mapping of names to guidelines", _are_guidelines) or {}

    @cached_property
    def defaults(self) -> tuple[Guideline, ...]:
        """The guidelines that decide where no other is named."""
        return tuple(self._part("DEFAULTS", "a tuple of guidelines", _all_are(Guideline)) or ())

    @cached_property
    def rates(self) -> Rates:
        """The shares and times that cohorts are made from; raises ``UnknownPathway`` if there are none."""
        rates: Rates | None = self._part("RATES", "Rates", lambda value: isinstance(value, Rates))
        if rates is None:
            raise UnknownPathway(f"{self.name} gives no shares and times: its module needs RATES")
        return rates

    def named(self, names: str) -> tuple[str, ...]:
        """Return guidelines by their names as they are written, given in one text, in any case and joined by '+'."""
        known = {name.casefold(): name for name in self.guidelines}
        if not known:
            raise UnknownPathway(f"{self.name} has no guidelines, so there is nothing under {names!r}")
        wanted = [name.strip() for name in names.split("+")]
        unknown = dict.fromkeys(name for name in wanted if name.casefold() not in known)
        if unknown:
            hints = (f"{name!r} is no guideline; {did_you_mean(name, self.guidelines)}" for name in unknown)
            raise UnknownPathway(f"{names}: {'; '.join(hints)}")
        return tuple(dict.fromkeys(known[name.casefold()] for name in wanted))

    def under(self, names: str) -> Disease:
        """Return the same disease with its pathway built under guidelines, by their names joined by '+'."""
        chosen = [self.guidelines[name] for name in self.named(names)]
        build: Callable[..., Pathway] | None = self._part("pathway", "a function of guidelines", callable)
        if build is None:
            raise UnknownPathway(f"{self.name} has guidelines, but no function pathway(*guidelines) to build under")
        try:
            return attrs.evolve(self, pathway=build(*chosen))
        except PathwayError as error:
            raise UnknownPathway(f"{self.name} under {names}: {error}") from None


def _all_are(kind: type) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, tuple | list) and all(isinstance(each, kind) for each in cast("list[object]", value))

    return fits


def _are_guidelines(value: Any) -> bool:
    return isinstance(value, Mapping) and _all_are(Guideline)([*value.values()])


# --- By name -------------------------------------------------------------------------------------


def load(name: str) -> Disease:
    """Return the disease that goes by a name; raise ``UnknownPathway`` or ``InvalidFile`` with culprit and cure."""
    if name.endswith(".json"):
        try:
            text = Path(name).read_bytes()
        except OSError as error:
            raise UnknownPathway(f"{name}: cannot be read: {error.strerror}") from None
        pathway, invariants = whole_from_json(text, name)
        return Disease(name, pathway, {"INVARIANTS": invariants}.get)
    module, chosen, pathway = _found(name, "PATHWAY", "pathway", lambda value: isinstance(value, Pathway))
    beside = ("INVARIANTS", "RATES")
    return Disease(
        name, pathway, lambda part: getattr(module, part, None) if chosen == "PATHWAY" or part in beside else None
    )


def invariants_named(name: str) -> tuple[Invariant, ...]:
    """Return the invariants that go by a name: ``my.module:NAME``, or ``INVARIANTS`` of what names a pathway."""
    if name.endswith(".json"):
        return load(name).invariants
    fits = _all_are(Invariant)
    return tuple(_found(name, "INVARIANTS", "list of invariants", lambda value: fits(value) and len(value) > 0)[2])


def _found(name: str, usual: str, called: str, fits: Callable[[Any], bool]) -> tuple[ModuleType, str, Any]:
    """Return the module that a name speaks of, what is chosen in it, and the value of that."""
    where, _, chosen = (name, "", "") if name.endswith(".py") else _in_full(name).partition(":")
    chosen = chosen or usual
    module = _imported(where)
    known = [each for each, value in vars(module).items() if fits(value) and not each.startswith("_")]
    hint = did_you_mean(chosen, known) if known else f"give it a {called} of that name"
    value = getattr(module, chosen, None)
    if value is None:
        raise UnknownPathway(f"{where} has no {chosen!r}; {hint}")
    if not fits(value):
        raise UnknownPathway(f"{where}:{chosen} is no {called}, but {brief(value)}; {hint}")
    return module, chosen, value


def _in_full(name: str) -> str:
    """Return what a short name stands for, or a name that can be one of a module."""
    if not all(part.isidentifier() for part in name.partition(":")[0].split(".")):
        raise UnknownPathway(f"{name!r} names no pathway: write my.module, my.module:NAME, a file.py or a file.json")
    return _short_names().get(name, name) if name.isidentifier() else name


def _short_names() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {entry.name: entry.value for entry in entry_points(group=GROUP)}


def _imported(where: str) -> ModuleType:
    if where.endswith(".py") and not Path(where).is_file():
        raise UnknownPathway(f"{where}: there is no such file")
    try:
        return _run(where) if where.endswith(".py") else import_module(where)
    except ModuleNotFoundError as missing:
        lacking = missing.name or ""
        if not f"{where}.".startswith(f"{lacking}."):
            raise UnknownPathway(f"{where} cannot be imported: {missing}") from missing
        package, _, last = lacking.rpartition(".")
        inside = iter_modules(getattr(import_module(package), "__path__", ())) if package else ()
        known = [module.name for module in inside] or list(_short_names())
        hint = did_you_mean(last, known) if known else "see that it can be imported from here"
        raise UnknownPathway(f"there is no module {lacking!r}; {hint}") from None
    except (Exception, SystemExit) as error:
        raise UnknownPathway(f"{where} cannot be imported: {type(error).__name__}: {error}") from error


def _run(file: str) -> ModuleType:
    """Return a file as a module. Its classes look their module up by name, so it is there before it is run."""
    name = f"a pathway in {file}"
    loader = SourceFileLoader(name, str(Path(file).resolve()))
    sys.modules[name] = module = module_from_spec(ModuleSpec(name, loader, origin=file))
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
