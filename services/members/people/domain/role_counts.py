"""Never no administrator, and never more than two sealed readers: who is about to change that, noted for all to see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.members.people.domain.person import Person
from services.members.people.domain.profile import Why
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.refusal import Refusal

ADMINISTRATORS: Final = "administrators"
"""The id of the one document that notes who is about to stop being an administrator, so that two at once cannot."""
LEAVING: Final = timedelta(minutes=1)
"""How long such a note counts: the change itself follows it at once, or never."""


@dataclass(frozen=True, slots=True)
class Noted:
    """Somebody who is about to stop being an administrator, or to become a sealed reader."""

    person_id: str
    at: datetime


def _recent(noted: Iterable[Noted], person_id: str, now: datetime) -> list[Noted]:
    """Return the notes about others that still count."""
    return [one for one in noted if one.at > now - LEAVING and one.person_id != person_id]


def _without(noted: Iterable[Noted], person_id: str) -> tuple[Noted, ...]:
    return tuple(one for one in noted if one.person_id != person_id)


@dataclass(frozen=True, slots=True)
class Administrators:
    """Those who are about to stop being administrators."""

    leaving: tuple[Noted, ...] = ()


SEALED_READERS: Final = "sealed_readers"
"""The id of the one document that notes who is about to become a sealed reader, so that two at once cannot."""
MOST_SEALED_READERS: Final = 2
"""The most people who read what is sealed."""


@dataclass(frozen=True, slots=True)
class SealedReaders:
    """Those who are about to become sealed readers."""

    joining: tuple[Noted, ...] = ()


def is_reader(person: Person) -> bool:
    """Tell whether the person is here and one of the sealed readers."""
    return person.departed_at is None and Role.SEALED_READER in person.profile.roles


def take_on(
    noted: SealedReaders, person_id: str, readers: Sequence[str], now: datetime
) -> tuple[SealedReaders, Sequence[Fact]]:
    """Note that a person is about to become a sealed reader beside these; refuses when there are two already."""
    coming = _recent(noted.joining, person_id, now)
    others = {*readers, *(one.person_id for one in coming)} - {person_id}
    if len(others) >= MOST_SEALED_READERS:
        raise Refusal(Why.TOO_MANY_SEALED_READERS, most=MOST_SEALED_READERS)
    return SealedReaders((*coming, Noted(person_id, now))), []


def let_off(noted: SealedReaders, person_id: str) -> tuple[SealedReaders, Sequence[Fact]]:
    """Forget that a person was about to become a sealed reader: they did not, or they are none any more."""
    return SealedReaders(_without(noted.joining, person_id)), []


def is_admin(person: Person) -> bool:
    """Tell whether the person is an administrator who can act now."""
    return person.may_sign_in and Role.ADMIN in person.profile.roles


def let_go(
    noted: Administrators, person_id: str, admins: Sequence[str], now: datetime
) -> tuple[Administrators, Sequence[Fact]]:
    """Note that a person is about to stop being one of these administrators; refuses when nobody else would be left."""
    going = _recent(noted.leaving, person_id, now)
    if not set(admins) - {person_id, *(one.person_id for one in going)}:
        raise Refusal(Why.LAST_ADMIN, id=person_id)
    return Administrators((*going, Noted(person_id, now))), []


def came_back(noted: Administrators, person_id: str) -> tuple[Administrators, Sequence[Fact]]:
    """Forget that a person was about to stop being an administrator: they are one again."""
    return Administrators(_without(noted.leaving, person_id)), []
