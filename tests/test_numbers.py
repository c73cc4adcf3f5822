"""Numbers are read as ratios, and told in decimals, without loss."""

from decimal import localcontext

import pytest

from hscpath import Chart, PathwayError, Quantity, Verdict

UPCR = Quantity("upcr", "UPCR", "g/g", low=0, high=50, resolution="0.001", units={"mg/g": "1/1000"})
BALANCE = Quantity("balance", "fluid balance", "L", low=-10, high=10, resolution="0.1")


def test_a_tenth_and_seven_tenths_are_eight_tenths():
    """The rounding of floating-point sums never moves a value across a threshold."""
    assert UPCR(0.1 + 0.7) == UPCR(0.8)
    assert Chart.of(UPCR(0.1 + 0.7)).check(UPCR.at_least("0.8")) is Verdict.MET
    assert Chart.of(UPCR(0.1 + 0.7)).check(UPCR.below("0.8")) is Verdict.UNMET


def test_a_resolution_has_a_finite_decimal():
    """A value must be written in a file and read back exactly, so thirds are refused."""
    with pytest.raises(PathwayError, match="decimal resolution"):
        Quantity("thirds", "thirds", "g", low=0, high=1, resolution="1/3")
    with pytest.raises(PathwayError, match="'many' is no number"):
        Quantity("a", "a", "g", low=0, high="many")


def test_values_are_told_the_same_whatever_the_precision_of_decimals():
    """A program that rounds its decimals to three digits does not round a patient's."""
    with localcontext() as context:
        context.prec = 3
        assert UPCR("12.346").text == "12.346 g/g"
        assert BALANCE(-0.5).text == "-0.5 L"


@pytest.mark.parametrize(
    ("worth", "says"),
    [
        (0, "dose: say what one mg is worth in g"),
        ("-1", "above 0"),
        ("1/0", "'1/0' is no number"),
        ("much", "no number"),
    ],
)
def test_a_unit_is_worth_something(worth, says):
    """A unit that is worth nothing, or less, would turn every value into nought."""
    with pytest.raises(PathwayError, match=says):
        Quantity("dose", "dose", "g", low=0, high=9, units={"mg": worth})
