from datetime import UTC, datetime, timedelta, timezone

from services.requests.casework.domain.number import as_written, number_of
from shared.ids import derive_id

LATE = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)


def test_a_number_follows_from_the_id_and_the_day_and_stays() -> None:
    number = number_of("r1", LATE)
    assert number == number_of("r1", LATE)
    assert number[:5] == "1128-"
    assert number != number_of("r2", LATE)


def test_the_day_is_the_same_wherever_the_clock_stands() -> None:
    assert number_of("r1", LATE.astimezone(timezone(timedelta(hours=8)))) == number_of("r1", LATE)


def test_numbers_of_a_day_differ_and_hold_nothing_that_looks_alike() -> None:
    numbers = {number_of(derive_id("request", str(each)), LATE) for each in range(2_000)}
    assert len(numbers) == 2_000
    assert not set("".join(numbers)) & set("ILOU")
    assert {len(each) for each in numbers} == {11}
    assert len(set("".join(each[5:] for each in numbers))) == 32


def test_what_looks_alike_is_read_as_it_is_written() -> None:
    assert as_written("k7oil") == "k7011"
