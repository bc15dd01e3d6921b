"""The rotating code."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.activities.programme.domain.code import DIGITS, STEP, code_at, fits, valid_until

SECRET = "a-secret-of-one-activity"
MOMENT = datetime(2026, 9, 1, 8, 0, 10, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(moment=MOMENTS)
def test_a_code_is_taken_while_it_is_shown_and_one_step_longer(moment: datetime) -> None:
    code, until = code_at(SECRET, moment), valid_until(moment)
    assert len(code) == DIGITS
    assert code.isdecimal()
    assert moment < until <= moment + STEP
    assert fits(SECRET, code, moment)
    assert fits(SECRET, code, until + STEP - timedelta(milliseconds=1))


@given(moment=MOMENTS)
def test_a_code_is_refused_two_steps_later_and_one_step_early(moment: datetime) -> None:
    code = code_at(SECRET, moment)
    assert not fits(SECRET, code, moment + 2 * STEP)
    assert not fits(SECRET, code, moment - STEP)


def test_blanks_and_hyphens_do_not_count() -> None:
    code = code_at(SECRET, MOMENT)
    assert fits(SECRET, f" {code[:4]}-{code[4:]} ", MOMENT)


@pytest.mark.parametrize("typed", ["", "1", "０１２３４５６７", "abcdefgh", "é", "0" * 80])
def test_anything_else_is_refused(typed: str) -> None:
    assert not fits(SECRET, typed, MOMENT)


def test_another_activity_shows_another_code() -> None:
    assert code_at(SECRET, MOMENT) != code_at("another secret", MOMENT)
