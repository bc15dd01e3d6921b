"""Generations: one is shown, at most one is built by one process at a time, and a swap shows it."""

from datetime import timedelta

import pytest

from services.reporting.rebuilds.domain import HOLD, Generations, Rebuild, Why, begin, hold, may_hold, swap
from shared.refusal import Refusal
from tests.unit.reporting.stories import NOW

LATER = NOW + HOLD + timedelta(seconds=1)


def built(generation: int) -> Rebuild:
    return Rebuild(generation, NOW, LATER, events=5, rows=2)


def test_facts_reach_the_shown_generation_and_the_one_being_built() -> None:
    state, _ = begin(Generations(), NOW)
    assert (Generations().written, state.written) == ((1,), (1, 2))


def test_a_second_rebuild_is_refused_while_one_runs() -> None:
    state, _ = begin(Generations(), NOW)
    with pytest.raises(Refusal) as caught:
        begin(state, NOW)
    assert caught.value.code == Why.RUNNING


def test_one_process_builds_until_it_gives_no_sign_of_life() -> None:
    state, _ = hold(begin(Generations(), NOW)[0], "a", NOW)
    assert (may_hold(state, "a", NOW), may_hold(state, "b", NOW), may_hold(state, "b", LATER)) == (True, False, True)
    assert hold(state, "b", NOW)[0] == state
    assert hold(state, "b", LATER)[0].holder == "b"


def test_nothing_is_held_when_nothing_is_to_be_built() -> None:
    assert hold(Generations(), "a", NOW)[0] == Generations()


def test_a_swap_shows_what_was_built_and_remembers_it() -> None:
    state, _ = swap(begin(Generations(), NOW)[0], built(2))
    assert (state.current, state.building, state.past) == (2, None, (built(2),))
    assert begin(state, NOW)[0].building == 3


def test_a_swap_of_something_else_changes_nothing() -> None:
    state, _ = begin(Generations(), NOW)
    assert swap(state, built(9))[0] == state
