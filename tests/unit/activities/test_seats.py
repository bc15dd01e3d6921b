"""Seats and the waiting list, in any order of coming and going."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.activities.programme.domain.seats import (
    Gone,
    Seats,
    SignUpStatus,
    add,
    anybody_attended,
    let_go,
    mark_attended,
    position,
    sign_up_status,
)
from shared.contracts.activities import SeatRelease

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
PEOPLE = [f"p{n}" for n in range(7)]
MOVES = st.lists(st.tuples(st.sampled_from(["come", "go", "prove"]), st.sampled_from(PEOPLE)), max_size=60)


def remove(seats: Seats, person: str, at: datetime) -> tuple[Seats, str | None]:
    after, promoted = let_go(seats, [Gone(person, SeatRelease.GIVEN_UP, at)], at)
    assert len(promoted) <= 1
    return after, promoted[0] if promoted else None


@given(capacity=st.integers(1, 4), moves=MOVES)
def test_seats_agree_with_one_plain_queue_after_any_moves(capacity: int, moves: list[tuple[str, str]]) -> None:
    """The model: one list of people in the order of coming; the first `capacity` of them sit."""
    seats, queue = Seats(capacity), list[str]()
    for minute, (move, person) in enumerate(moves):
        at = START + timedelta(minutes=minute)
        before = sign_up_status(seats, person)
        if move == "come" and before is SignUpStatus.NONE:
            seats = add(seats, person, at)
            queue.append(person)
        elif move == "go" and before is not SignUpStatus.NONE:
            behind = queue[capacity : capacity + 1] if person in queue[:capacity] else []
            seats, promoted = remove(seats, person, at)
            assert [promoted] == behind or (promoted is None and not behind)
            queue.remove(person)
        elif move == "prove" and before is SignUpStatus.SEAT:
            seats = mark_attended(seats, person, at)
            assert sign_up_status(seats, person) is SignUpStatus.ATTENDED
        assert len(seats.taken) <= capacity
        assert [seat.person_id for seat in seats.taken] == queue[:capacity]
        assert [wait.person_id for wait in seats.waiting] == queue[capacity:]


def test_the_waiting_list_is_numbered_from_one() -> None:
    seats = Seats(1)
    for person in ("first", "second", "third"):
        seats = add(seats, person, START)
    assert [position(seats, person) for person in ("first", "second", "third", "nobody")] == [None, 1, 2, None]
    assert sign_up_status(seats, "third") is SignUpStatus.WAITING


def test_whoever_waits_may_leave_without_moving_anybody_forward_to_a_seat() -> None:
    seats = add(add(add(Seats(1), "sits", START), "waits", START), "waits-longer", START)
    seats, promoted = remove(seats, "waits", START)
    assert promoted is None
    assert position(seats, "waits-longer") == 1


def test_a_promoted_person_is_marked_as_promoted() -> None:
    seats = add(add(Seats(1), "sits", START), "waits", START)
    seats, promoted = remove(seats, "sits", START + timedelta(minutes=1))
    assert promoted == "waits"
    assert [(seat.person_id, seat.promoted) for seat in seats.taken] == [("waits", True)]


def test_attendance_is_noted_for_one_person_only() -> None:
    seats = add(add(Seats(2), "here", START), "absent", START)
    assert not anybody_attended(seats)
    seats = mark_attended(seats, "here", START)
    assert anybody_attended(seats)
    assert sign_up_status(seats, "absent") is SignUpStatus.SEAT


def test_several_who_go_at_once_leave_their_seats_to_the_first_of_the_others() -> None:
    seats = Seats(2)
    for person in ("a", "b", "c", "d", "e"):
        seats = add(seats, person, START)
    going = [Gone(person, SeatRelease.DEPARTED, START) for person in ("a", "b", "c")]
    seats, promoted = let_go(seats, going, START)
    assert promoted == ("d", "e")
    assert seats.waiting == ()
    assert {gone.person_id for gone in seats.gone} == {"a", "b", "c"}
