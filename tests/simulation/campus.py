"""The campus of a seed: places, units, people and duty areas, made through the handlers of `members` themselves."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from services.members.people.domain.profile import Busy, PersonStage, Profile
from services.members.places.domain import Place
from services.members.units.domain import Unit, UnitType
from shared.auth.actor import Actor
from shared.contracts.members import PlaceType, Role
from shared.contracts.places import parent_of
from tests.support.identities import person_id_of

MARK: Final = "zq0x1"
"""Every free text begins with this and a number, so that it is found where it should not be; no id can contain it."""

SKILLS: Final = (
    "errand",
    "moving",
    "computer",
    "handy",
    "care",
    "maths",
    "english",
    "programming",
    "tutoring",
    "mediation",
    "counsel",
)

ADMIN: Final = Actor("sim-admin", "admin", frozenset({Role.ADMIN}))
"""Makes the campus, and administers it."""


@dataclass
class Marks:
    """Makes free text that occurs nowhere else."""

    made: int = 0

    def words(self, about: str) -> str:
        """Return a text with a mark of its own."""
        self.made += 1
        return f"{MARK}{self.made:05d}{about}"


@dataclass
class Human:
    """Somebody of the campus, as the simulation knows them."""

    id: str
    username: str
    profile: Profile
    departed: bool = False

    @property
    def actor(self) -> Actor:
        """Return them as their token would name them."""
        profile = self.profile
        return Actor(
            self.id, profile.name, frozenset(profile.roles), profile.place, profile.units, duty=profile.works_for
        )

    def has(self, role: Role) -> bool:
        """Tell whether they have the role."""
        return role in self.profile.roles


@dataclass
class Campus:
    """What is on the campus. `venues` are (place, seats)."""

    places: list[tuple[str, Place]] = field(default_factory=list[tuple[str, Place]])
    rooms: list[str] = field(default_factory=list[str])
    floors: list[str] = field(default_factory=list[str])
    venues: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    units: list[tuple[str, Unit]] = field(default_factory=list[tuple[str, Unit]])
    humans: list[Human] = field(default_factory=list[Human])

    def of(self, *roles: Role) -> list[Human]:
        """Return the present people with one of the roles."""
        return [one for one in self.humans if not one.departed and any(one.has(role) for role in roles)]


def draw_campus(random: Random, people: int, marks: Marks) -> Campus:
    """Return a campus for so many people."""
    campus = Campus()
    _draw_places(random, campus, people)
    campus.units = [
        (campus.places[0][0], Unit(UnitType.CLASS, "Class of the campus", None)),  # an id that a place has too
        ("general", Unit(UnitType.GENERAL_BRANCH, "General branch", None)),
        *((f"branch{n}", Unit(UnitType.BRANCH, f"Branch {n}", "general")) for n in range(2)),
    ]
    staff = (Role.DESK,) * max(2, people // 40) + (
        Role.SECRETARY,
        Role.SECRETARY,
        Role.COUNSELLOR,
        Role.COUNSELLOR,
        Role.LEADER,
        Role.LOGISTICS,
    )
    for number in range(people):
        role = staff[number] if number < len(staff) else None
        human = draw_human(random, campus, number, role, marks)
        if role is not None:
            human.profile = _with_duty(human.profile, role, campus, first=role not in staff[:number])
        campus.humans.append(human)
    return campus


def _with_duty(profile: Profile, role: Role, campus: Campus, *, first: bool) -> Profile:
    """Return what staff work for: the first of each role for the campus, the others for one floor only.

    The first counsellor and the first secretary read what is sealed.
    """
    duty = () if role is Role.LEADER else ("east",) if first else (campus.floors[-1],)
    reads = first and role in {Role.COUNSELLOR, Role.SECRETARY}
    return replace(profile, duty=duty, roles=(*profile.roles, *([Role.SEALED_READER] if reads else [])))


def draw_human(random: Random, campus: Campus, number: int, role: Role | None, marks: Marks) -> Human:
    """Return a person: of the staff when a role is given, else a student who may be a helper too."""
    username = f"p{number}"
    if role is not None:
        roles, place = (role,), random.choice([None, campus.floors[0]])
    else:
        roles = (Role.STUDENT, Role.HELPER) if random.random() < 0.4 else (Role.STUDENT,)
        place = random.choice(campus.rooms)
    helper = Role.HELPER in roles
    profile = Profile(
        name=marks.words("name"),
        roles=roles,
        place=place,
        units=(random.choice(["branch0", "branch1"]),) if random.random() < 0.5 else (),
        skills=tuple(random.sample(SKILLS, random.randint(1, 3))) if helper else (),
        stage=random.choice([PersonStage.LEAGUE, PersonStage.FULL]),
        busy=(Busy(random.randint(1, 7), "08:00", "12:00"),) if random.random() < 0.4 else (),
        phone=marks.words("phone") if random.random() < 0.5 else None,
        reachable=random.random() < 0.9,
    )
    return Human(person_id_of(username), username, profile)


def _draw_places(random: Random, campus: Campus, people: int) -> None:
    def add(place_id: str, kind: PlaceType, capacity: int | None = None) -> None:
        campus.places.append((place_id, Place(kind, place_id, place_id, parent_of(place_id), capacity)))

    rooms = max(4, people // 3)
    add("east", PlaceType.CAMPUS)
    for building in range(1 if rooms < 12 else 2):
        base = f"east.b{building}"
        add(base, PlaceType.BUILDING)
        for floor in range(2):
            add(f"{base}.f{floor}", PlaceType.FLOOR)
            campus.floors.append(f"{base}.f{floor}")
    for number in range(rooms):
        room = f"{campus.floors[number % len(campus.floors)]}.r{number}"
        add(room, PlaceType.ROOM, 4)
        campus.rooms.append(room)
    for number in range(2):
        seats = random.choice([3, 6, 30])
        add(f"east.v{number}", PlaceType.VENUE, seats)
        campus.venues.append((f"east.v{number}", seats))
