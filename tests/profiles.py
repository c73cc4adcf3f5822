"""How many examples hypothesis draws: few, and always the same, unless HYPOTHESIS_PROFILE asks for many."""

import os

from hypothesis import settings

settings.register_profile("few", deadline=None, max_examples=15, derandomize=True)
settings.register_profile("many", deadline=None, max_examples=100)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))


def examples(share):
    """Return settings that draw this multiple of the examples that other properties get."""
    return settings(max_examples=max(3, round(settings.default.max_examples * share)))
