"""What is sent about a person."""

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import Field, StrictBool, StrictInt

from services.members.accounts.domain import LONGEST_PASSWORD, SHORTEST_PASSWORD
from services.members.people.domain.profile import Busy, PersonStage, Profile, skilled, staged
from shared.contracts.members import Role
from shared.contracts.places import DutyPlace, PlaceId
from shared.http import Body, Whole
from shared.words import Secret, Skill, Title

_APART: Final = frozenset({"busy", "skills", "password", "stage", "party_member", "username"})
UnitId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Phone = Annotated[str, Field(pattern=r"^[0-9+() -]{3,32}$")]
Password = Annotated[str, Secret(LONGEST_PASSWORD, SHORTEST_PASSWORD)]
Time = Annotated[str, Field(pattern=r"^[0-9:]*$", max_length=5)]


class BusyBody(Body):
    """A weekly busy time: `day` 1 (Monday) to 7, HH:MM of the campus's clock."""

    day: Annotated[StrictInt, Field(ge=1, le=7), Whole]
    starts: Time
    ends: Time


class ProfileBody(Body):
    """What the ledger says about a person, as far as it is named."""

    roles: tuple[Role, ...] = Field(default=(Role.STUDENT,), min_length=1, max_length=9)
    place: PlaceId | None = None
    units: tuple[UnitId, ...] = Field(default=(), max_length=20)
    duty: tuple[DutyPlace, ...] = Field(default=(), max_length=40)
    skills: tuple[Skill, ...] = Field(default=(), max_length=40)
    stage: PersonStage | None = None
    party_member: StrictBool | None = None
    busy: tuple[BusyBody, ...] = Field(default=(), max_length=100)
    phone: Phone | None = None
    reachable: StrictBool = True
    password: Password | None = None

    def applied_to(self, profile: Profile) -> Profile:
        """Return the profile with the named fields replaced."""
        return self.named(profile)

    def named(self, profile: Profile, apart: AbstractSet[str] = frozenset()) -> Profile:
        """Return the profile with the named fields replaced, those that are no part of it left apart."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - _APART - apart}
        if "duty" in told:
            told["duty"] = tuple(dict.fromkeys(self.duty))
        if "skills" in self.model_fields_set:
            told["skills"] = skilled(self.skills, profile.skills)
        if "busy" in self.model_fields_set:
            told["busy"] = tuple(Busy(slot.day, slot.starts, slot.ends) for slot in self.busy)
        return staged(replace(profile, **told), self.stage, party_member=self.party_member)


class PersonChangesBody(ProfileBody):
    """What to change; what is not named stays. A new password replaces the old one."""

    name: Title = Field(default_factory=str)


class PersonBody(ProfileBody):
    """A person to add; the account name is theirs for ever."""

    username: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: Title


class ReturnBody(ProfileBody):
    """Somebody who left is back: what is not named is as it was when they left.

    Without a new password nobody can sign in until one is set, unless the old one is to hold (a mistaken departure).
    """

    name: Title = Field(default_factory=str)
    keep_password: StrictBool = False

    def applied_to(self, profile: Profile) -> Profile:
        """Return the profile with the named fields replaced."""
        return self.named(profile, {"keep_password"})


class PasswordBody(Body):
    """A new password for somebody."""

    password: Password
