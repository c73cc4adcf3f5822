"""A source says where it is and how certain it is."""

from hscpath import (
    Certainty,
    Citation,
)


def test_a_citation_says_where_and_how_certain():
    """A source shows its place, and what was not read in it says so."""
    kdigo = Citation("KDIGO 2024", "Kidney Int 2024")
    assert str(kdigo.at("10.2")) == "KDIGO 2024, 10.2"
    assert str(kdigo.second_hand) == "KDIGO 2024 (confirmed at second hand)"
    assert str(kdigo.recalled.at("10.2")) == "KDIGO 2024, 10.2 (recalled)"
    assert kdigo.recalled.certainty is Certainty.RECALLED
