"""What the ledger says about a person, and what may be said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, cast

from shared.contracts.members import Role
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


def in_words(value: object) -> str:
    """Return a value of the ledger as the history of a person tells it."""
    if isinstance(value, tuple):
        return "; ".join(in_words(part) for part in cast("tuple[object, ...]", value))
    if isinstance(value, Busy):
        return f"{value.day} {value.starts}-{value.ends}"
    return "" if value is None else str(value)
