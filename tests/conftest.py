"""What several tests share: a patient under therapy."""

import pytest

from hscpath import Journey
from hscpath.lupus import EGFR, PATHWAY, UPCR

pytest.register_assert_rewrite("tests.refusals")
pytest_plugins = ["pytester", "tests.profiles"]


@pytest.fixture
def ana():
    """A patient on her first course of immunosuppression, started on day 14."""
    journey = Journey(PATHWAY).advance("nephritis_diagnosed", UPCR("3400 mg/g"), EGFR(78), day=0)
    journey = journey.advance("kidney_biopsy_reported", day=9, ln_class="IV-G(A)", activity_index=14)
    return journey.advance("immunosuppression_started", day=14, agent="mycophenolate")
