"""Speed, as ratios against a peer in one run: ``python -m tests.benchmarks``."""
