"""A place's calendar: nobody books what somebody has, whatever the order of wishes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.venues.domain import Booking, Calendar, Why, book, rivals
from shared.refusal import Refusal

START = datetime(2026, 9, 1, 8, tzinfo=UTC)


def booking(activity: str, begins: float, ends: float, held: float = 0) -> Booking:
    return Booking(activity, *(START + timedelta(hours=hour) for hour in (begins, ends, held)))


@pytest.mark.parametrize(("begins", "ends"), [(1, 3), (1.5, 2.5), (0, 1.1), (2.9, 4), (0, 9)])
def test_a_place_is_not_booked_twice_at_one_time(begins: float, ends: float) -> None:
    calendar = book(Calendar(), booking("a", 1, 3), ())
    with pytest.raises(Refusal) as refused:
        book(calendar, booking("b", begins, ends), ())
    assert (refused.value.code, refused.value.field) == (Why.PLACE_TAKEN, "place")
    assert refused.value.params == {"starts_at": "2026-09-01T09:00:00.000Z", "ends_at": "2026-09-01T11:00:00.000Z"}


@pytest.mark.parametrize(("begins", "ends"), [(3, 4), (0, 1), (5, 6)])
def test_one_may_begin_when_the_other_ends(begins: float, ends: float) -> None:
    calendar = book(book(Calendar(), booking("a", 1, 3), ()), booking("b", begins, ends), ())
    assert {one.activity_id for one in calendar.bookings} == {"a", "b"}


def test_asking_again_renews_the_booking() -> None:
    first, again = booking("a", 1, 3), booking("a", 1, 3, held=0.5)
    assert book(book(Calendar(), first, ()), again, ()).bookings == (again,)


def test_what_counts_no_more_gives_way_unless_it_was_renewed_meanwhile() -> None:
    old, renewed = booking("a", 1, 3), booking("a", 1, 3, held=0.5)
    assert book(Calendar((old,)), booking("b", 1, 3), {old}).bookings == (booking("b", 1, 3),)
    with pytest.raises(Refusal):
        book(Calendar((renewed,)), booking("b", 1, 3), {old})


def test_what_is_long_over_is_forgotten() -> None:
    calendar = Calendar((booking("a", -26, -25), booking("b", -24, -23)))
    assert [one.activity_id for one in book(calendar, booking("c", 1, 2), ()).bookings] == ["b", "c"]


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 20), st.integers(1, 6), st.booleans()), max_size=30))
def test_after_any_wishes_no_two_bookings_share_a_moment(wishes: list[tuple[str, int, int, bool]]) -> None:
    calendar = Calendar()
    for activity, begins, lasts, gives_way in wishes:
        wanted = booking(activity, begins, begins + lasts)
        void = rivals(calendar, wanted) if gives_way else ()
        try:
            calendar = book(calendar, wanted, void)
        except Refusal:
            assert rivals(calendar, wanted)
            continue
        assert wanted in calendar.bookings
        assert all(not rivals(calendar, one) for one in calendar.bookings)
