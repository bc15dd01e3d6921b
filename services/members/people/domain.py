"""What a person in the ledger is, what may change, and what the others are told (never a name or a phone)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, cast

from services.members.forms.domain import Form
from shared.contracts.event import Fact
from shared.contracts.members import PersonChanged, PersonDeparted, PersonRegistered, Role, SessionsEnded
from shared.contracts.places import WHOLE, building_of, floor_of, holds
from shared.contracts.scope import BY_PLACE, BY_UNIT
from shared.contracts.skills import Skill, folded, known_skill
from shared.refusal import Refusal


class Why(StrEnum):
    """Why a command on a person is refused."""

    USERNAME_TAKEN = "person.username_taken"
    UNKNOWN_PLACE = "person.unknown_place"
    UNKNOWN_UNIT = "person.unknown_unit"
    BAD_BUSY = "person.bad_busy"
    STAGE_DISAGREES = "person.stage_disagrees"
    DEPARTED = "person.departed"
    LAST_ADMIN = "person.last_admin"
    UNKNOWN_SKILL = "person.unknown_skill"
    BAD_DUTY = "person.bad_duty"
    TOO_MANY_SEALED_READERS = "person.too_many_sealed_readers"


class PersonStage(StrEnum):
    """How far a person has come on the way into the party; an aid, not the official register."""

    MASSES = "masses"
    LEAGUE = "league"
    APPLICANT = "applicant"
    CANDIDATE = "candidate"
    PROBATIONARY = "probationary"
    FULL = "full"


PARTY: Final = frozenset({PersonStage.PROBATIONARY, PersonStage.FULL})
"""The stages of party members."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A weekly busy time: `day` 1 (Monday) to 7, `starts` and `ends` as HH:MM of the campus's clock."""

    day: int
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the ledger says about a person; `place` is where they live, `reachable` whether notices reach them.

    `duty` are the places that a member of staff works for: campuses, buildings or floors, or `*` for all. None is
    what an earlier release stored, which kept no duty: whoever was staff then worked for every campus.
    """

    name: str
    roles: tuple[Role, ...]
    place: str | None = None
    units: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    stage: PersonStage = PersonStage.LEAGUE
    busy: tuple[Busy, ...] = ()
    phone: str | None = None
    reachable: bool = True
    duty: tuple[str, ...] | None = None

    @property
    def works_for(self) -> tuple[str, ...]:
        """The places that the person's roles work for: their duty; without one, the building (or campus) they are in.

        A warden who came by a list that names no duty works where the list says that they are.
        """
        if self.duty or self.place is None or BY_PLACE.isdisjoint(self.roles):
            return self.duty or ()
        return (building_of(self.place) or self.place,)

    @property
    def party_member(self) -> bool:
        """Tell whether the person is a probationary or a full party member."""
        return self.stage in PARTY


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
    form: Form | None = None
    disabled_at: datetime | None = None
    standing: int = 0

    @property
    def may_sign_in(self) -> bool:
        """Tell whether the person is here, and their account is not disabled."""
        return self.departed_at is None and self.disabled_at is None


Decision = tuple[Person, Sequence[Fact]]

LONGEST_SESSION: Final = timedelta(hours=12)
"""After this time every token that was signed before has expired by itself."""
SERVICE: Final = "members"
"""Who acts where nobody does: the service itself."""
ADMINISTRATORS: Final = "administrators"
"""The id of the one document that notes who is about to stop being an administrator, so that two at once cannot."""
LEAVING: Final = timedelta(minutes=1)
"""How long such a note counts: the change itself follows it at once, or never."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody who is about to stop being an administrator."""

    person_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Administrators:
    """Those who are about to stop being administrators."""

    leaving: tuple[Leaving, ...] = ()


SEALED_READERS: Final = "sealed_readers"
"""The id of the one document that notes who is about to become a sealed reader, so that two at once cannot."""
MOST_SEALED_READERS: Final = 2
"""The most people who read what is sealed."""


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody who is about to become a sealed reader."""

    person_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SealedReaders:
    """Those who are about to become sealed readers."""

    joining: tuple[Joining, ...] = ()


def is_reader(person: Person) -> bool:
    """Tell whether the person is here and one of the sealed readers."""
    return person.departed_at is None and Role.SEALED_READER in person.profile.roles


def take_on(
    noted: SealedReaders, person_id: str, readers: Sequence[str], now: datetime
) -> tuple[SealedReaders, Sequence[Fact]]:
    """Note that a person is about to become a sealed reader beside these; refuses when there are two already."""
    coming = [one for one in noted.joining if one.at > now - LEAVING and one.person_id != person_id]
    others = {*readers, *(one.person_id for one in coming)} - {person_id}
    if len(others) >= MOST_SEALED_READERS:
        raise Refusal(Why.TOO_MANY_SEALED_READERS, most=MOST_SEALED_READERS)
    return SealedReaders((*coming, Joining(person_id, now))), []


def let_off(noted: SealedReaders, person_id: str) -> tuple[SealedReaders, Sequence[Fact]]:
    """Forget that a person was about to become a sealed reader: they did not, or they are none any more."""
    return SealedReaders(tuple(one for one in noted.joining if one.person_id != person_id)), []


def is_admin(person: Person) -> bool:
    """Tell whether the person is an administrator who can act now."""
    return person.may_sign_in and Role.ADMIN in person.profile.roles


def let_go(
    noted: Administrators, person_id: str, admins: Sequence[str], now: datetime
) -> tuple[Administrators, Sequence[Fact]]:
    """Note that a person is about to stop being one of these administrators; refuses when nobody else would be left."""
    going = [one for one in noted.leaving if one.at > now - LEAVING and one.person_id != person_id]
    if not set(admins) - {person_id, *(one.person_id for one in going)}:
        raise Refusal(Why.LAST_ADMIN, id=person_id)
    return Administrators((*going, Leaving(person_id, now))), []


def came_back(noted: Administrators, person_id: str) -> tuple[Administrators, Sequence[Fact]]:
    """Forget that a person was about to stop being an administrator: they are one again."""
    return Administrators(tuple(one for one in noted.leaving if one.person_id != person_id)), []


def skilled(words: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the skills that these words mean; refuses a word that is none of the list and was not `known` before."""
    own = {folded(word): word for word in known}
    for word in words:
        if known_skill(word) is None and folded(word) not in own:
            raise Refusal(Why.UNKNOWN_SKILL, value=word, known=", ".join(Skill))
    return tuple(dict.fromkeys(known_skill(word) or own[folded(word)] for word in words))


def staged(profile: Profile, stage: PersonStage | None, *, party_member: bool | None) -> Profile:
    """Return the profile with the stage, told exactly or as membership only; refuses two that disagree."""
    if stage is not None:
        if party_member is not None and (stage in PARTY) != party_member:
            raise Refusal(Why.STAGE_DISAGREES, stage=stage)
        return replace(profile, stage=stage)
    if party_member is None or party_member == profile.party_member:
        return profile
    return replace(profile, stage=PersonStage.FULL if party_member else PersonStage.LEAGUE)


def minutes(text: str) -> int:
    """Return the minutes since midnight of HH:MM (24:00 is allowed); refuses anything else."""
    hours, colon, rest = text.partition(":")
    if not (colon and len(hours) == len(rest) == len("00") and (hours + rest).isdecimal() and (hours + rest).isascii()):
        raise Refusal(Why.BAD_BUSY, value=text)
    total = int(hours) * 60 + int(rest)
    if int(rest) > 59 or total > 24 * 60:  # noqa: PLR2004 - the clock's own numbers
        raise Refusal(Why.BAD_BUSY, value=text)
    return total


def check_busy(busy: Sequence[Busy]) -> None:
    """Refuse a timetable with a day outside 1..7, a bad time, or an end that is not after its start."""
    for slot in busy:
        if not 1 <= slot.day <= 7 or minutes(slot.starts) >= minutes(slot.ends):  # noqa: PLR2004 - days of a week
            raise Refusal(Why.BAD_BUSY, value=f"{slot.day} {slot.starts}-{slot.ends}")


def check_duty(duty: Sequence[str] | None) -> None:
    """Refuse a room as a duty place: staff work for a campus, a building or a floor."""
    for place in duty or ():
        if place != (floor_of(place) or place):
            raise Refusal.of_field("duty", Why.BAD_DUTY, id=place)


def narrowed(old: Profile, wanted: Profile) -> bool:
    """Tell whether somebody loses a role, or a place or unit that a role of theirs works for."""
    if not set(old.roles) <= set(wanted.roles):
        return True
    roles, kept = set(old.roles), wanted.works_for
    lost_place = WHOLE not in kept and any(not any(holds(outer, place) for outer in kept) for place in old.works_for)
    lost_unit = not set(old.units) <= set(wanted.units)
    return bool((lost_place and roles & BY_PLACE) or (lost_unit and roles & BY_UNIT))


def give_duty(person_id: str, person: Person, campuses: Sequence[str], now: datetime) -> Decision:
    """Give a person whom an earlier release stored the campuses that they worked for; no change for any other.

    Their tokens do not name these: whoever is signed in signs in anew.
    """
    if person.profile.duty is not None:
        return person, []
    profile = replace(person.profile, duty=tuple(campuses))
    noted = _noted(person, "duty", "", _words(profile.duty), SERVICE, now)
    return _without_sessions(person_id, replace(noted, profile=profile), [_told(person_id, profile)], now)


def register(
    person_id: str, username: str, profile: Profile, by: str, now: datetime, *, form: Form | None = None
) -> Decision:
    """Add a person to the ledger; refuses a timetable that makes no sense."""
    check_busy(profile.busy)
    check_duty(profile.duty)
    profile = replace(profile, duty=profile.duty or ())
    person = Person(username=username, profile=profile, joined_at=now, joined_by=by, form=form)
    return person, [_registered(person_id, profile)]


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
        Change(at=now, by=by, field=name, before=_words(getattr(old, name)), after=_words(getattr(wanted, name)))
        for name in changed
    )
    revised = replace(person, profile=wanted, changes=(*person.changes, *notes))
    before, after = _told(person_id, old), _told(person_id, wanted)
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
    return here, [_registered(person_id, here.profile)]


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


def _registered(person_id: str, profile: Profile) -> PersonRegistered:
    return PersonRegistered(
        person_id=person_id,
        roles=tuple(role for role in profile.roles if role is not Role.SEALED_READER),
        place=profile.place,
        unit_ids=profile.units,
        party_member=profile.party_member,
        reachable=profile.reachable,
        duty_places=profile.works_for,
        sealed_reader=Role.SEALED_READER in profile.roles,
    )


def _told(person_id: str, profile: Profile) -> PersonChanged:
    return PersonChanged(
        person_id=person_id,
        roles=tuple(role for role in profile.roles if role is not Role.SEALED_READER),
        place=profile.place,
        unit_ids=profile.units,
        party_member=profile.party_member,
        reachable=profile.reachable,
        duty_places=profile.works_for,
        sealed_reader=Role.SEALED_READER in profile.roles,
    )


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_words(part) for part in cast("tuple[object, ...]", value))
    if isinstance(value, Busy):
        return f"{value.day} {value.starts}-{value.ends}"
    return "" if value is None else str(value)
