"""The one number about confidential requests: how many people, in steps of five, as of the last midnight. Pure.

No other number knows of them, so that no difference of any two tells of one. This one is the same for a whole day of
the campus, and any two of its values differ by none or by five people at least.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.reporting.subjects.domain.scope import Scope
from shared.contracts.event import Fact
from shared.contracts.stages import CONFIDENTIAL

FEWEST: Final = 5
"""Fewer people than these are never a number of their own."""


class Withheld(StrEnum):
    """Why a figure has no value although it could be counted: too few people, or none is told of its kind."""

    TOO_FEW = "too_few"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people had asked for something confidential when this day of the campus began, in steps of five."""

    day: date
    people: int


def asks_for_confidential(scope: Scope) -> bool:
    """Tell whether only confidential requests are asked for, by their kind or by a category of it."""
    of_category = (scope.category or "").partition(".")[0]
    return scope.kind in CONFIDENTIAL or of_category in {kind.value for kind in CONFIDENTIAL}


def in_steps(people: Iterable[str]) -> int:
    """Return how many different people there are, in whole steps of five."""
    return len(set(people)) // FEWEST * FEWEST


def first_tally(day: date, people: Iterable[str]) -> Tally:
    """Return the tally of the first day."""
    return Tally(day, in_steps(people))


def tallied(tally: Tally, day: date, people: Iterable[str]) -> tuple[Tally, tuple[Fact, ...]]:
    """Count anew when a new day has begun; a day that was counted stays as it is, whatever happens on it."""
    return (tally if day <= tally.day else first_tally(day, people)), ()


def shown(tally: Tally | None) -> int | None:
    """Return the number that is shown; None: too few."""
    return None if tally is None or tally.people < FEWEST else tally.people
