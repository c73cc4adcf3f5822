"""Print one table of ratios: each pair is timed in turn, so that both meet the same machine.

With ``--check`` the program ends with 1 where a ratio is above what it must be.
"""

import platform
import subprocess
import sys
import tracemalloc
from importlib.metadata import version
from statistics import median
from time import perf_counter

from tests.benchmarks import stepping

PAIRS = (
    ("14 steps, against transitions", stepping.walk, stepping.walk_peer, 1.0),
    ("14 steps by name and bare value, against transitions", stepping.walk_by_name, stepping.walk_peer, 1.0),
    ("a refusal without its text, against an accepted step", stepping.refuse, stepping.accept, 1.0),
    ("a new journey, against attaching a model to transitions", stepping.begin, stepping.attach, 1 / 40),
)
"""What is measured, our work, the peer's, and the greatest ratio that will do."""
IMPORTED, MOST_IMPORT = "import with the lupus pathway, against attrs, transitions", 2.0
MOST_BYTES = 8 * 1024
IMPORTS = ("from hscpath import Journey; import hscpath.lupus; hscpath.lupus.PATHWAY", "import attrs, transitions")


def seconds(work, number):
    """Return how long one round of work takes."""
    begun = perf_counter()
    for _ in range(number):
        work()
    return (perf_counter() - begun) / number


def rounds(work, budget=0.05):
    """Return how often work fits into the time of one measurement."""
    return max(1, int(budget / seconds(work, 1)))


def ratio(ours, peer, repeats=15):
    """Return the median time of ours and of the peer, and the median of their ratios, pair by pair."""
    ours_rounds, peer_rounds = rounds(ours), rounds(peer)
    times = [(seconds(ours, ours_rounds), seconds(peer, peer_rounds)) for _ in range(repeats)]
    return median(a for a, _ in times), median(b for _, b in times), median(a / b for a, b in times)


def import_ratio(repeats=11):
    """Return the net time of our import and of what it stands on, and their ratio."""

    def run(code):
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True), 1)

    for code in IMPORTS:
        run(code)  # so that both have their bytecode
    times = [(run(IMPORTS[0]), run(IMPORTS[1]), run("pass")) for _ in range(repeats)]
    ours, peer = (median(each[n] - each[2] for each in times) for n in (0, 1))
    return ours, peer, ours / peer


def bytes_kept(work, number=100):
    """Return how much memory one result of work keeps."""
    work()
    tracemalloc.start()
    kept = [work() for _ in range(number)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept)


def main(arguments):
    """Measure, print, and return the exit code."""
    print(f"hscpath {version('hscpath')}, transitions {version('transitions')}, attrs {version('attrs')}, ", end="")
    print(f"Python {platform.python_version()}\n")
    print(f"| {'what':56} | ours, µs | peer, µs | ratio |\n|{'-' * 58}|---------:|---------:|------:|")
    measured = [(what, most, *ratio(ours, peer)) for what, ours, peer, most in PAIRS]
    measured.append((IMPORTED, MOST_IMPORT, *import_ratio()))
    for what, _, ours, peer, quotient in measured:
        print(f"| {what:56} | {ours * 1e6:8.1f} | {peer * 1e6:8.1f} | {quotient:5.2f} |")
    kept = bytes_kept(stepping.walk_by_name)
    print(f"\nA journey of 14 steps, two findings each, keeps {kept:.0f} bytes.")
    missed = [what for what, most, _, _, quotient in measured if quotient > most]
    missed += ["memory of a journey"] if kept > MOST_BYTES else []
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if missed and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
