"""What several tests draw that is no part of the kit."""

from hypothesis import strategies as st

from hscpath import EventGroup, StateGroup
from hscpath import invariants as inv
from hscpath.invariants import Either, Phase
from hscpath.testing import criteria
from hscpath.testing.pathways import FACTS

ONE = (inv.existence, inv.absence, inv.exactly, inv.init, inv.last)
TWO = (
    inv.choice, inv.exclusive_choice, inv.responded_existence, inv.co_existence, inv.response, inv.alternate_response,
    inv.chain_response, inv.precedence, inv.alternate_precedence, inv.chain_precedence, inv.succession,
    inv.alternate_succession, inv.chain_succession, inv.not_co_existence, inv.not_succession, inv.not_chain_succession,
)  # fmt: skip


@st.composite
def rules(draw, pathway):
    """Draw a rule of any kind about a pathway."""
    groups = st.lists(st.sampled_from(pathway.events), min_size=1, max_size=2, unique=True)
    events = st.sampled_from(pathway.events) | groups.map(lambda some: EventGroup("any", some))
    some = st.lists(st.sampled_from(pathway.states), min_size=1, max_size=2, unique=True)
    states = st.sampled_from(pathway.states) | some.map(lambda some: StateGroup("any", some))
    plain = events | states | st.just(Phase(""))
    letters = plain | st.lists(plain, min_size=1, max_size=2).map(lambda each: Either("either", tuple(each)))
    guard = criteria(FACTS, pathway.events)
    match draw(st.integers(0, 6)):
        case 0:
            return inv.whenever(draw(events), draw(guard))
        case 1:
            return inv.throughout(draw(states), draw(guard))
        case 2 | 3:
            return inv.never_closed(draw(states), draw(st.sampled_from(pathway.events)))
        case 4:
            made = draw(st.sampled_from((inv.response, inv.precedence)))
            return made(draw(letters), draw(letters)).within(draw(st.integers(0, 30)))
        case 5:
            return draw(st.sampled_from(ONE))(draw(letters))
        case _:
            return draw(st.sampled_from(TWO))(draw(letters), draw(letters))
