"""A person in the ledger: what changes it, and what the others are told (never a name or a phone)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final, TypeVar

from services.members.accounts.domain import LONGEST_SESSION
from services.members.creation.domain import CreationKey
from services.members.people.domain.profile import Profile, Why, check_busy, check_duty, in_words, narrowed
from shared.contracts.event import Fact
from shared.contracts.members import (
    PersonChanged,
    PersonDeparted,
    PersonRegistered,
    PersonSnapshot,
    Role,
    SessionsEnded,
)
from shared.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a person that changed: when, by whom, from what to what, in words."""

    at: datetime
    by: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the ledger, with every change since they joined.

    `standing` rises with whatever ends their sessions: a departure, a lost role or duty, a disabled account. A token
    carries the number it was signed under.
    """

    username: str
    profile: Profile
    joined_at: datetime
    joined_by: str
    departed_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    form: CreationKey | None = None
    disabled_at: datetime | None = None
    standing: int = 0

    @property
    def may_sign_in(self) -> bool:
        """Tell whether the person is here, and their account is not disabled."""
        return self.departed_at is None and self.disabled_at is None


Snapshot = TypeVar("Snapshot", bound=PersonSnapshot)
Decision = tuple[Person, Sequence[Fact]]
SERVICE: Final = "members"
"""Who acts where nobody does: the service itself."""


def give_duty(person_id: str, person: Person, campuses: Sequence[str], now: datetime) -> Decision:
    """Give a person whom an earlier release stored the campuses that they worked for; no change for any other.

    Their tokens do not name these: whoever is signed in signs in anew.
    """
    if person.profile.duty is not None:
        return person, []
    profile = replace(person.profile, duty=tuple(campuses))
    noted = _noted(person, "duty", "", in_words(profile.duty), SERVICE, now)
    return _without_sessions(
        person_id, replace(noted, profile=profile), [_told(PersonChanged, person_id, profile)], now
    )


def register(
    person_id: str, username: str, profile: Profile, by: str, now: datetime, *, form: CreationKey | None = None
) -> Decision:
    """Add a person to the ledger; refuses a timetable that makes no sense."""
    check_busy(profile.busy)
    check_duty(profile.duty)
    profile = replace(profile, duty=profile.duty or ())
    person = Person(username=username, profile=profile, joined_at=now, joined_by=by, form=form)
    return person, [_told(PersonRegistered, person_id, profile)]


def revise(person_id: str, person: Person, wanted: Profile, by: str, now: datetime) -> Decision:
    """Replace what the ledger says, noting each changed field; the same again is no change.

    Others are told only when roles, place, units, duty, membership or reachability changed. Whoever loses a role, or
    something that a role works for, is signed out; what is gained comes with the next token. Refuses after the
    departure.
    """
    if person.departed_at is not None:
        raise Refusal(Why.DEPARTED, id=person_id)
    check_busy(wanted.busy)
    check_duty(wanted.duty)
    old = person.profile
    wanted = replace(wanted, duty=old.duty if wanted.duty is None else wanted.duty)
    changed = [one.name for one in fields(Profile) if getattr(old, one.name) != getattr(wanted, one.name)]
    if not changed:
        return person, []
    notes = tuple(
        Change(at=now, by=by, field=name, before=in_words(getattr(old, name)), after=in_words(getattr(wanted, name)))
        for name in changed
    )
    revised = replace(person, profile=wanted, changes=(*person.changes, *notes))
    before, after = (_told(PersonChanged, person_id, profile) for profile in (old, wanted))
    facts: list[Fact] = [] if before == after else [after]
    if not narrowed(old, wanted):
        return revised, facts
    return _without_sessions(person_id, revised, facts, now)


def depart(person_id: str, person: Person, *, by: str, now: datetime) -> Decision:
    """Let a person leave, whatever they have taken on: it is told, and goes to others. Leaving again is no change."""
    if person.departed_at is not None:
        return person, []
    gone = replace(_noted(person, "departed_at", "", now.isoformat(), by, now), departed_at=now)
    return _without_sessions(person_id, gone, [PersonDeparted(person_id=person_id)], now)


def come_back(person_id: str, person: Person, wanted: Profile, by: str, now: datetime) -> Decision:
    """Let whoever left come back under the same id, as `wanted` says now; no change for a person who is here.

    It is told as a registration later than the departure. The account is enabled: it was theirs to lose by leaving.
    """
    if person.departed_at is None:
        return person, []
    check_busy(wanted.busy)
    noted = _noted(person, "departed_at", person.departed_at.isoformat(), "", by, now)
    here, _ = revise(person_id, replace(noted, departed_at=None, disabled_at=None), wanted, by, now)
    return here, [_told(PersonRegistered, person_id, here.profile)]


def disable(person_id: str, person: Person, *, by: str, now: datetime) -> Decision:
    """Disable a person's account: they cannot sign in, and their sessions end. Refuses after the departure."""
    if person.departed_at is not None:
        raise Refusal(Why.DEPARTED, id=person_id)
    if person.disabled_at is not None:
        return person, []
    disabled = replace(_noted(person, "disabled_at", "", now.isoformat(), by, now), disabled_at=now)
    return _without_sessions(person_id, disabled, [], now)


def enable(person_id: str, person: Person, *, by: str, now: datetime) -> Decision:
    """Let a person sign in again; no change for one who may. Refuses after the departure."""
    if person.departed_at is not None:
        raise Refusal(Why.DEPARTED, id=person_id)
    if person.disabled_at is None:
        return person, []
    noted = _noted(person, "disabled_at", person.disabled_at.isoformat(), "", by, now)
    return replace(noted, disabled_at=None), []


def _noted(person: Person, field: str, before: str, after: str, by: str, now: datetime) -> Person:
    return replace(person, changes=(*person.changes, Change(at=now, by=by, field=field, before=before, after=after)))


def _without_sessions(person_id: str, person: Person, facts: Sequence[Fact], now: datetime) -> Decision:
    """End every session that the person has: tokens of an earlier standing are refused everywhere."""
    standing = person.standing + 1
    ended = SessionsEnded(
        key=f"person:{person_id}", person_id=person_id, below=standing, forget_at=now + LONGEST_SESSION
    )
    return replace(person, standing=standing), [*facts, ended]


def _told(fact: type[Snapshot], person_id: str, profile: Profile) -> Snapshot:
    return fact.of(
        profile,
        person_id=person_id,
        roles=tuple(role for role in profile.roles if role is not Role.SEALED_READER),
        unit_ids=profile.units,
        duty_places=profile.works_for,
        sealed_reader=Role.SEALED_READER in profile.roles,
    )
