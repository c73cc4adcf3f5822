"""Print one table of ratios: each pair is timed in turn, so that both meet the same machine.

With ``--check`` the program ends with 1 where a ratio is above what it must be.
"""

import gc
import os
import platform
import subprocess
import sys
import tempfile
import tracemalloc
from statistics import median
from time import perf_counter

from tests.benchmarks import cohorts, drawing, peers
from tests.benchmarks.stepping import NotInstalled, Ours, OursByName

TIMED = {
    "14 steps": (Ours, "walk"),
    "14 steps by name": (OursByName, "walk"),
    "14 refusals": (Ours, "refuse"),
    "a new patient": (Ours, "begin"),
}
"""What is timed against every peer: who of ours, and at which work."""
MUSTS = {
    ("14 steps", peers.Transitions): 1.0,
    ("14 steps by name", peers.Transitions): 1.0,
    ("14 steps", peers.XStatePure): 1 / 2,
    ("14 steps", peers.Sismic): 1 / 5,
    ("14 steps", peers.PythonStateMachine): 1 / 8,
    ("a new patient", peers.Transitions): 1 / 40,
}
"""The greatest ratio that will do; the others are only told."""
MOST_REFUSAL, MOST_IMPORT, MOST_DRAWN, MOST_BYTES = 1.0, 2.0, 3.0, 8 * 1024
IMPORTS = ("from hscpath import Journey; import hscpath.lupus; hscpath.lupus.PATHWAY", "import attrs, transitions")


def seconds(work, number):
    """Return how long work takes, each time with arguments that were prepared before the clock began."""
    prepare, run = work
    prepared = [prepare() for _ in range(number)]
    gc.disable()
    try:
        begun = perf_counter()
        for arguments in prepared:
            run(*arguments)
        return (perf_counter() - begun) / number
    finally:
        gc.enable()


def rounds(work, budget):
    """Return how often work fits into the time of one measurement."""
    return max(1, int(budget / min(seconds(work, 1) for _ in range(3))))


def timed(ours, peer, repeats=15, budget=0.02):
    """Return the median time in µs of ours and of the peer, and the median of their ratios, pair by pair."""
    ours_rounds, peer_rounds = rounds(ours, budget), rounds(peer, budget)
    times = [(seconds(ours, ours_rounds) * 1e6, seconds(peer, peer_rounds) * 1e6) for _ in range(repeats)]
    return median(a for a, _ in times), median(b for _, b in times), median(a / b for a, b in times)


def imported(repeats=21):
    """Return the net time in µs of our import and of what it stands on, and their ratio.

    Both have their bytecode. What else the machine does can only add to a start, so the quickest counts.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def run(code):
            subprocess.run([sys.executable, "-c", code], check=True, env=environment)

        works = [(lambda code=code: (code,), run) for code in (*IMPORTS, "pass")]
        for work in works:
            seconds(work, 1)
        times = [[seconds(work, 1) * 1e6 for work in works] for _ in range(repeats)]
    ours, peer, bare = map(min, zip(*times, strict=True))
    return ours - bare, peer - bare, (ours - bare) / (peer - bare)


def drawn(repeats=5, examples=drawing.EXAMPLES):
    """Return the median time in µs of a step in a drawn journey and of a bare record, and of their ratios."""
    pair = (drawing.OURS, drawing.BARE)
    times = [[drawing.seconds_each(each, examples) * 1e6 for each in pair] for _ in range(repeats)]
    return *map(median, zip(*times, strict=True)), median(ours / bare for ours, bare in times)


def bytes_kept(work, number=100):
    """Return how much memory one result of work keeps."""
    work()
    tracemalloc.start()
    kept = [work() for _ in range(number)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept)


def measured(found):
    """Yield what was measured, against what, both figures, their ratio, and what it must be at most."""
    for what, (kind, work) in TIMED.items():
        ours = kind().works[work]
        for peer in found:
            yield f"{what}, µs", peer.name, *timed(ours, peer.works[work]), MUSTS.get((what, type(peer)))
    prepare, refuse = Ours().works["refuse"]
    yield "14 refusals, µs", "14 accepted steps", *timed((prepare, refuse), (prepare, Ours().accept)), MOST_REFUSAL
    yield "import with the lupus pathway, µs", IMPORTS[1], *imported(), MOST_IMPORT
    yield "a step of a drawn journey, µs", "a bare record of hypothesis", *drawn(), MOST_DRAWN
    by_name = OursByName()
    ready = by_name.ready()
    kept = bytes_kept(lambda: by_name.walk(ready))
    yield "kept by 14 steps, bytes", "8 KB", kept, MOST_BYTES, kept / MOST_BYTES, 1.0
    kept = bytes_kept(lambda: by_name.walk(by_name.ready()))
    for peer in found:
        theirs = bytes_kept(lambda peer=peer: peer.walk(peer.ready()))
        yield "kept by a patient after 14 steps, bytes", peer.name, kept, theirs, kept / theirs, None


def installed():
    """Return the peers that are installed, and say which are not."""
    found = []
    for kind in peers.PEERS:
        try:
            found.append(kind())
        except NotInstalled as missing:
            print(missing)
    return found


ITSELF = "a million events a second"
LEAST = {ITSELF: 5, "Journey.replay": 30, "pm4py token replay": 300}
"""How fast an audit with its guards must be at least: by itself, and as many times as fast as these."""


def audits(rates=cohorts.rates):
    """Measure whole logs, print the table, and return what was missed."""
    print(f"\n| {'whole logs':39} | {'M events/s':>10} | audit, times as fast | must ≥ |")
    print(f"|{'-' * 41}|{'-' * 11}:|---------------------:|-------:|")
    missed = []
    for what, rate, ours in rates():
        name, reached = (ITSELF, rate) if what.endswith("guards on") else (what, ours / rate)
        least = LEAST.get(name, 0)
        print(f"| {what:39} | {rate:10,.3f} | {ours / rate:20,.2f} | {least or '':>6} |", flush=True)
        if reached < least:
            missed.append(f"missed: an audit, against {name}: {reached:,.1f} is below {least}")
    return missed


def main(arguments):
    """Measure, print, and return the exit code."""
    found = installed()
    print(f"{Ours().name}, Python {platform.python_version()}\n")
    print(f"| {'what':39} | {'against':39} | {'ours':>9} | {'peer':>9} | ratio | must ≤ |")
    print(f"|{'-' * 41}|{'-' * 41}|{'-' * 10}:|{'-' * 10}:|------:|-------:|")
    missed = [f"not measured: {what}, against {kind.package}" for what, kind in MUSTS if kind not in map(type, found)]
    for what, against, ours, peer, ratio, most in measured(found):
        must = "" if most is None else f"{most:.3f}"
        print(f"| {what:39} | {against:39} | {ours:9,.1f} | {peer:9,.1f} | {ratio:5.3f} | {must:>6} |", flush=True)
        if most is not None and ratio > most:
            missed.append(f"missed: {what}, against {against}: {ratio:.3f} is above {most:.3f}")
    missed += audits()
    print(*missed, sep="\n", file=sys.stderr, end="\n" if missed else "")
    return 1 if missed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
