"""A pathway as a ``transitions`` machine over an app's own objects: triggers, questions and callbacks.

A journey decides, and the machine tells: by the time any callback runs, the step is on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any, cast

from transitions import Machine
from transitions.core import listify

from hscpath.decisions import TransitionNotAllowed
from hscpath.engine import Row, compiled
from hscpath.errors import PathwayError
from hscpath.journey import Journey
from hscpath.pathway import Pathway

JOURNEY = "journey"


def machine(
    pathway: Pathway,
    model: object | Iterable[object] = (),
    *,
    began: date | None = None,
    machine_class: type[Machine] = Machine,
    prepare_event: object = None,
    before_state_change: object = None,
    **options: Any,
) -> Machine:
    """Return a machine on which *model*, an object of the app or a list of them, moves.

    The model gets ``journey``, the state of record, ``state``, the name of the state, a trigger
    for every event that takes what ``Journey.advance`` takes, ``may_<event>`` and
    ``is_<state>``; its methods ``on_enter_<state>`` and ``on_exit_<state>`` are called with the
    ``EventData`` of the step. A model that has a journey on the pathway goes on from there. What
    is refused raises ``TransitionNotAllowed``, what cannot be recorded ``InvalidRecord``, and
    the model is as it was. A callback that raises keeps the step: journey and state agree.

    *machine_class* may be an asynchronous, a locked or a drawn machine of that package; *options*
    go to it. Raises ``PathwayError`` for a model with attributes of the machine's own names.

    >>> from hscpath.lupus import PATHWAY
    >>> class Patient:
    ...     def on_enter_biopsied(self, event):
    ...         print("to be discussed:", self.journey.state.label)
    >>> ana = Patient()
    >>> clinic = machine(PATHWAY, ana)
    >>> ana.may_cells_reinfused()
    False
    >>> ana.kidney_biopsy_reported(day=3, ln_class="IV-G(A)")
    to be discussed: lupus nephritis biopsied and classed
    True
    >>> ana.state, ana.is_biopsied(), len(ana.journey.steps)
    ('biopsied', True, 1)
    """
    live = _live_class(machine_class)(
        pathway,
        began,
        prepare_event=listify(prepare_event),
        before_state_change=listify(before_state_change),
        **options,
    )
    for each in _models(model):
        live.add_model(each)
    return cast("Machine", live)


def _models(given: object | Iterable[object]) -> list[Any]:
    return list(cast("Iterable[Any]", given)) if isinstance(given, list | tuple | set) else [given]


def _live_class(base: type[Machine]) -> Any:
    """Return a kind of machine whose rows are chosen by journeys."""

    class Live(base):  # type: ignore[misc, valid-type]
        def __init__(
            self, pathway: Pathway, began: date | None, prepare_event: list[Any], before_state_change: list[Any],
            **options: Any,
        ) -> None:  # fmt: skip
            self.pathway, self.began = pathway, began
            engine = compiled(pathway)
            super().__init__(
                model=None,
                states=[{"name": state.name, "final": state.final} for state in pathway.states],
                initial=pathway.initial.name,
                transitions=[
                    {"trigger": name, "source": source, "dest": row.transition.target and row.transition.target.name,
                     "conditions": partial(_is_chosen, row)}
                    for name, known in engine.events.items()
                    for source, rows in known.rows.items()
                    for row in rows
                ],
                auto_transitions=False,
                send_event=True,
                prepare_event=[self._decide, *prepare_event],
                before_state_change=[self._record, *before_state_change],
                **options,
            )  # fmt: skip

        def add_model(self, model: Any, initial: Any = None) -> None:  # noqa: ARG002 - the journey says where it stands
            """Let an object move on the pathway, from its journey if it has one."""
            for each in _models(model):
                if any(each is known for known in self.models):
                    continue
                journey = getattr(each, JOURNEY, None)
                journey = Journey(self.pathway, began=self.began) if journey is None else journey
                _check(each, journey, self)
                setattr(each, JOURNEY, journey)
                super().add_model(each, initial=journey.state.name)

        def set_state(self, state: Any, model: Any = None) -> None:  # noqa: ARG002 - the journey says which it is
            """Set the state of a model, or of all, to that of its journey: no callback can part them."""
            models: list[Any] = self.models if model is None else _models(model)
            for each in models:
                setattr(each, self.model_attribute, each.journey.state.name)

        def _add_trigger_to_model(self, trigger: str, model: Any) -> None:
            self._checked_assignment(model, trigger, partial(self._step, model, trigger))
            self._add_may_transition_func_for_trigger(trigger, model)

        def _get_trigger(self, model: Any, trigger_name: str, *args: Any, **kwargs: Any) -> Any:
            return self._step(model, trigger_name, *args, **kwargs)

        def _step(self, model: Any, trigger: str, *args: Any, **kwargs: Any) -> Any:
            """Take a step, or raise what the journey says: also where the state knows no such event."""
            if model.journey.pathway != self.pathway:
                raise PathwayError(f"{type(model).__name__}.{JOURNEY} is no journey on {self.pathway.name!r}")
            self.set_state(None, model)
            if trigger not in self.events or model.journey.state.name not in self.events[trigger].transitions:
                model.journey.advance(trigger, *args, **kwargs)
            return self.events[trigger].trigger(model, *args, **kwargs)

        def _decide(self, event_data: Any) -> None:
            """Decide, before any condition is asked, which row is taken; to ask is not to raise."""
            journey, name = event_data.model.journey, event_data.event.name
            decision = journey.consider(name, *event_data.args, **event_data.kwargs)
            event_data.chosen = decision.row if decision.allowed else None
            if event_data.event is self.events.get(name):
                event_data.journey = journey.advance(name, *event_data.args, **event_data.kwargs)

        def _record(self, event_data: Any) -> None:
            """Put the step on record, before any callback of the app is called."""
            event_data.model.journey = event_data.journey
            self.set_state(None, event_data.model)

    return Live


def _is_chosen(row: Row, event_data: Any) -> bool:
    return event_data.chosen is row


def _check(model: object, journey: object, live: Any) -> None:
    """Raise for a journey that is none of this pathway, and for attributes that the machine would need."""
    pathway: Pathway = live.pathway
    if isinstance(model, type):
        raise PathwayError(f"{model.__name__} is a class: give an object of it")
    kind = type(model).__name__
    if not isinstance(journey, Journey) or journey.pathway != pathway:
        raise PathwayError(f"{kind}.{JOURNEY} is no journey on {pathway.name!r}")
    names = ["trigger", *(f"is_{state.name}" for state in pathway.states)]
    names += [name for event in pathway.events for name in (event.name, f"may_{event.name}")]
    wrong = [name for name in names if hasattr(model, name)]
    state = getattr(model, live.model_attribute, None)
    if state not in (None, journey.state.name):
        wrong.append(live.model_attribute)
    if model in live.models:
        raise PathwayError(f"a {kind} equals another on the machine: compare such objects by identity, with eq=False")
    if wrong:
        raise PathwayError(*(f"{kind} has an attribute {name!r}, which the machine needs: rename it" for name in wrong))


__all__ = ["TransitionNotAllowed", "machine"]
