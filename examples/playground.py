"""A page for a class: choose an event, enter what was found, and see where it leads, or why not.

    pip install "hscpath[playground]"
    marimo run examples/playground.py
    marimo run examples/playground.py -- --pathway examples/systemic_sclerosis.py

It runs on this machine alone, and keeps nothing.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A journey to stem-cell transplantation")


@app.cell
def _():
    from contextlib import suppress
    from html import escape

    import marimo as mo

    from hscpath import Choice, Flag, InvalidRecord, Journey, Quantity, TransitionNotAllowed, draw, files, tell
    from hscpath.diseases import load

    pathway = load(str(mo.cli_args().get("pathway") or "hscpath.lupus")).pathway
    return (
        Choice, Flag, InvalidRecord, Journey, Quantity, TransitionNotAllowed, draw, escape, files, mo,
        pathway, suppress, tell,
    )  # fmt: skip


@app.cell
def _(Journey, mo, pathway):
    # The journeys so far, the last of them the present one: to undo is to drop it. And what was said last.
    stages, set_stages = mo.state((Journey(pathway),), allow_self_loops=True)
    said, say = mo.state("")
    return said, say, set_stages, stages


@app.cell
def _(draw, escape, mo, stages, tell):
    journey = stages()[-1]
    ways = tell.ways(journey)
    wrapped = "white-space: pre-wrap; font-size: 0.85rem; margin: 0"

    def within(picture):
        """Return something that may be large in a frame that can be scrolled."""
        return picture.style(max_height="70vh", overflow="auto", border="1px solid #bbbbbb", padding="0.5rem")

    def drawn(subject):
        """Return a picture in the size that it was drawn in, a little reduced."""
        full_size = '%%{init: {"state": {"useMaxWidth": false}}}%%'
        return within(mo.mermaid(f"{full_size}\n{draw.mermaid(subject)}").style(zoom="0.7"))

    def plain(text):
        """Return text as it stands, whatever signs are in it."""
        return mo.Html(f'<pre style="{wrapped}">{escape(text)}</pre>')

    mo.vstack(
        [
            mo.md("# A journey to stem-cell transplantation"),
            mo.md("For teaching: every patient here is made up, and nothing of this is medical advice."),
            mo.md(f"## You are here: {journey.state.label}"),
            mo.ui.tabs(
                {
                    "The ways from here": drawn(ways),
                    "The whole map": drawn(journey),
                    "The story so far": within(mo.md(tell.story(journey).text("md") or "Nothing has happened yet.")),
                }
            ),
        ]
    )
    return journey, plain, ways


@app.cell
def _(mo, ways):
    # What leads elsewhere comes first, and what is closed comes last.
    ordered = sorted(ways.decisions, key=lambda decision: (decision.closed, not ways.moves(decision)))
    choices = {
        f"{decision.event.label} {'✗' if decision.closed else '✓' if decision.allowed else '?'}": decision.event.name
        for decision in ordered
    }
    event_chosen = mo.ui.dropdown(choices, label="What happens next?", full_width=True)
    meaning = "✓ may happen now · ? once more is known, or with a reason · ✗ closed: choose it to see why"
    mo.vstack([event_chosen, mo.md(meaning)]) if choices else mo.md("The journey has ended.")
    return (event_chosen,)


@app.cell
def _(Choice, Flag, Quantity, event_chosen, journey, mo, pathway, say):
    def entry(fact):
        """Return what a finding is entered with: its units and range, its options, yes or no."""
        about = f"{fact.label}: {fact.about}" if fact.about else fact.label
        match fact:
            case Quantity():
                units = ", ".join(list(dict.fromkeys(fact.units))[:4])
                shown = fact.show_range() + (f" (or in {units})" if units else "")
                return mo.ui.text(label=about, placeholder=shown, full_width=True)
            case Flag():
                return mo.ui.dropdown({fact.label: True, fact.absent: False}, label=about, full_width=True)
            case Choice(several=True):
                return mo.ui.multiselect(list(fact.options), label=about, full_width=True)
            case _:
                return mo.ui.dropdown(list(fact.options), label=about, full_width=True)

    mo.stop(event_chosen.value is None)
    say("")
    event = next(known for known in pathway.events if known.name == event_chosen.value)
    wanted = [thing for thing in journey.consider(event).missing if thing in event.facts]
    others = [fact for fact in event.facts if fact not in wanted]
    days = "a whole number, '36 months' or 'same day'"
    days += f", not before day {journey.day}" if journey.day is not None else ""
    form = mo.ui.dictionary(
        {
            "day": mo.ui.text(label="day", placeholder=days, full_width=True),
            **{fact.name: entry(fact) for fact in (*wanted, *others)},
        }
    )
    more = mo.vstack([form[fact.name] for fact in others])
    mo.vstack(
        [
            mo.md(f"## {event.label}"),
            form["day"],
            *(form[fact.name] for fact in wanted),
            more if len(others) <= 6 else mo.accordion({"What else was found": more}),
        ]
    )
    return event, form


@app.cell
def _(InvalidRecord, event, files, form, journey, mo, suppress):
    def entered(**more):
        """Return what is entered as a record; what is left empty is not recorded."""
        fields = {name: value for name, value in form.value.items() if value not in (None, "", [])}
        with suppress(KeyError, ValueError):
            fields["day"] = int(fields["day"])
        return files.read_record({"event": event.name, **fields, **more})

    def answered(**more):
        """Return the answer to what is entered; none if it cannot be recorded, and what is wrong with it."""
        try:
            return journey.ask(entered(**more)), ""
        except InvalidRecord as error:
            return None, str(error)

    _decision, _ = answered()
    _open = _decision.possible if _decision is not None and _decision.ambiguous else ()
    where = mo.ui.dropdown(
        {state.label: state.name for state in _open}, label="Where did it lead? What is not recorded decides"
    )
    where if _open else None
    return answered, entered, where


@app.cell
def _(answered, mo, plain, where):
    led = {"to": where.value} if where.value else {}
    decision, wrong = answered(**led)
    open_criteria = [decision.name_of(guard) for guard in decision.open] if decision is not None else []
    reasons = mo.ui.dictionary(
        {name: mo.ui.text(label=f"Reason for: {name}", full_width=True) for name in open_criteria}
    )
    mo.vstack(
        [
            mo.md("## May it happen?"),
            plain(wrong or str(decision)),
            mo.md("A reason stays on record as a departure, or as not documented.") if open_criteria else mo.md(""),
            *(reasons[name] for name in open_criteria),
        ]
    )
    return led, reasons


@app.cell
def _(InvalidRecord, TransitionNotAllowed, entered, journey, led, mo, reasons, say, set_stages, stages):
    def record(_):
        """Record the event, or say why not."""
        given = {name: reason for name, reason in reasons.value.items() if reason.strip()}
        try:
            after = journey.take(entered(**led, **({"override": given} if given else {})))
        except (TransitionNotAllowed, InvalidRecord) as error:
            say(f"Refused. {str(error).splitlines()[0]}. What stands above says why.")
        else:
            say(f"Recorded: {after.steps[-1].event.label}.")
            set_stages((*stages(), after))

    mo.ui.button(label="Record it", on_click=record, kind="success")
    return


@app.cell
def _(escape, mo, said):
    mo.Html(f'<div role="status">{escape(said())}</div>') if said() else None
    return


@app.cell
def _(mo, say, set_stages, stages):
    def undo(_):
        """Take the last event back."""
        *before, last = stages()
        if before:
            say(f"Taken back: {last.steps[-1].event.label}.")
            set_stages(tuple(before))

    mo.ui.button(label="Undo", on_click=undo, disabled=len(stages()) == 1)
    return


@app.cell
def _(mo):
    title = mo.ui.text(label="Title of the case", value="A walk in class", full_width=True)
    title
    return (title,)


@app.cell
def _(files, journey, mo, title):
    _case = files.Case(title.value.strip() or "A walk in class", journey.steps, outcome=journey.state.name)
    mo.download(
        files.write_case(_case).encode(),
        filename="case.toml",
        mimetype="application/toml",
        label="Download as a case",
    )
    return


if __name__ == "__main__":
    app.run()
