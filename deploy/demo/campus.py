"""A demo campus, always the same one: places, units, people, duty areas and activities."""

import csv
import io
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from shared.contracts.places import WHOLE

PASSWORD: Final = os.environ.get("YIZHAN_DEMO_PASSWORD") or "yizhan-demo"
"""Of everybody in the demo: printed, on a machine of one's own; in containers it is a secret."""

ADMIN_PASSWORD: Final = os.environ.get("YIZHAN_ADMIN_PASSWORD") or PASSWORD
"""Of the first administrator, who was there before the campus."""
SKILLS: Final = (
    ("mediation", "handy", "errand"),
    ("computer", "programming", "moving"),
    ("maths", "tutoring", "care"),
    ("english", "counsel", "mediation"),
)
"""What the four helpers of each floor can do: together, everything that the categories ask for."""
_FLOORS, _ROOMS, _BEDS = 5, 10, 4
_STAGES: Final = ("applicant", "candidate", "probationary", "full")
_SEED = 20240416
_SIGN_IN_PER_FLOOR, _HELPERS_PER_FLOOR = 3, len(SKILLS)
_UNCOVERED = frozenset({"east.b2.f5", "west.b7.f4", "west.b8.f5"})

_BOTH: Final = ("east", "west")
"""The duty places of those who work for both campuses."""

_BUILDINGS: Final = (
    ("east", "b1", "梅园1号楼", "Plum Hall 1"),
    ("east", "b2", "兰园2号楼", "Orchid Hall 2"),
    ("east", "b3", "竹园3号楼", "Bamboo Hall 3"),
    ("east", "b4", "菊园4号楼", "Chrysanthemum Hall 4"),
    ("west", "b5", "松园5号楼", "Pine Hall 5"),
    ("west", "b6", "桂园6号楼", "Osmanthus Hall 6"),
    ("west", "b7", "荷园7号楼", "Lotus Hall 7"),
    ("west", "b8", "枫园8号楼", "Maple Hall 8"),
)
_VENUES: Final = (
    ("east.b1.f1.centre", "党群服务中心", "Party and Community Centre", 120),
    ("east.b3.f1.home", "党员之家", "Members' Home", 40),
    ("west.b5.f1.station", "学业加油站", "Study Station", 60),
    ("west.b7.f1.gallery", "文化长廊", "Culture Gallery", 80),
)
_SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_PAIRS: Final = (
    "子涵浩宇欣怡梓轩雨桐佳琪思远明哲晓雯俊杰若曦嘉懿文博静雅天佑诗语志强海燕国栋丽娜"
    "建华晨曦一诺可馨宇航梦瑶泽洋雪莹振宇美玲家豪婉清启航安琪凯文书瑶立新春燕鹏飞心怡"
)
_GIVEN: Final = (*(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2)), *"伟敏静磊洋艳杰娟涛霞超慧鑫颖宁琳岩萱博月")


@dataclass(frozen=True, slots=True)
class Place:
    """A campus, building, floor, room or venue; `capacity` counts beds of a room or seats of a venue."""

    id: str
    type: str
    name: str
    name_en: str
    capacity: int | None = None

    @property
    def parent(self) -> str | None:
        """Return the place that holds this one."""
        return self.id.rpartition(".")[0] or None


@dataclass(frozen=True, slots=True)
class Unit:
    """A node of the party's tree on campus."""

    id: str
    type: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the campus; without a password they are known, but do not sign in.

    `duty` are the places that staff work for.
    """

    username: str
    name: str
    roles: tuple[str, ...]
    place: str | None
    units: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    stage: str = "league"
    reachable: bool = True
    password: str = ""
    duty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyArea:
    """A member and the places that they answer for."""

    owner: str
    unit: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to sign up for, `in_hours` from now."""

    title: str
    category: str
    description: str
    place: str
    capacity: int
    points: int
    in_hours: float


@dataclass(frozen=True, slots=True)
class Campus:
    """The whole demo campus."""

    places: tuple[Place, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    duty_areas: tuple[DutyArea, ...]
    activities: tuple[Activity, ...] = field(default=())

    def accounts(self, role: str) -> list[Person]:
        """Return those with the role who can sign in, in the order of their numbers."""
        return [person for person in self.people if role in person.roles and person.password]


@cache
def campus() -> Campus:
    """Return the campus; every call, on every machine, gives the same one."""
    places = _places()
    residents = _residents(places)
    return Campus(places, _units(places), (*_staff(), *residents), _duty_areas(residents), _activities())


def _places() -> tuple[Place, ...]:
    found = [Place("east", "campus", "东校区", "East Campus"), Place("west", "campus", "西校区", "West Campus")]
    for campus_id, building, name, name_en in _BUILDINGS:
        base = f"{campus_id}.{building}"
        found.append(Place(base, "building", name, name_en))
        for floor in range(1, _FLOORS + 1):
            found.append(Place(f"{base}.f{floor}", "floor", f"{floor}层", f"Floor {floor}"))
            for room in range(1, _ROOMS + 1):
                number = f"{floor}{room:02d}"
                found.append(Place(f"{base}.f{floor}.r{number}", "room", f"{number}室", f"Room {number}", _BEDS))
    found += [Place(place, "venue", name, name_en, seats) for place, name, name_en, seats in _VENUES]
    return tuple(found)


def _units(places: Sequence[Place]) -> tuple[Unit, ...]:
    found = [Unit("community", "committee", "学生社区党委", None)]
    for place in places:
        if place.type == "campus":
            found.append(Unit(place.id, "general_branch", f"{place.name}党总支", "community"))
        elif place.type == "building":
            found.append(Unit(place.id.replace(".", "-"), "branch", f"{place.name}党支部", place.parent))
        elif place.type == "floor":
            branch = str(place.parent).replace(".", "-")
            found.append(Unit(place.id.replace(".", "-"), "group", f"{place.name}党小组", branch))
    return tuple(found)


def _guide(username: str, name: str, roles: tuple[str, ...], place: str, unit: str, duty: tuple[str, ...]) -> Person:
    """Return somebody who works for the people of a unit, and for some places."""
    return Person(username, name, roles, place, (unit,), stage="full", password=PASSWORD, duty=duty)


def _staff() -> tuple[Person, ...]:
    return (
        Person("admin1", "秦思源", ("admin",), None, password=ADMIN_PASSWORD),
        Person("desk1", "孟庆云", ("desk",), "east.b1", password=PASSWORD, duty=(WHOLE,)),
        Person("desk2", "姚桂芳", ("desk",), "west.b5", password=PASSWORD, duty=("west.b5", "west.b6")),
        Person("desk3", "孔令华", ("desk",), "east.b3", password=PASSWORD, duty=("east.b3",)),
        _guide("secretary1", "陆建平", ("secretary",), "east", "community", _BOTH),
        _guide("counsellor1", "顾晓燕", ("counsellor", "sealed_reader"), "east", "east", ("east",)),
        _guide("counsellor2", "白慧敏", ("counsellor",), "west", "west", ("west",)),
        Person("sealed_reader1", "苏静怡", ("sealed_reader",), "east", password=PASSWORD),
        Person("leader1", "江志远", ("leader",), "east", ("community",), stage="full", password=PASSWORD),
        Person("logistics1", "潘国强", ("logistics",), "west", password=PASSWORD, duty=(WHOLE,)),
    )


class _Names:
    """Draws names from a seed; the same name may occur twice, as in life, but seldom."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._used: set[str] = set()

    def draw(self) -> str:
        for _ in range(8):
            name = self._chance.choice(_SURNAMES) + self._chance.choice(_GIVEN)
            if name not in self._used:
                break
        self._used.add(name)
        return name


def _residents(places: Sequence[Place]) -> tuple[Person, ...]:
    chance = random.Random(_SEED)
    names = _Names(chance)
    found: list[Person] = []
    students = helpers = 0
    for floor in (place for place in places if place.type == "floor"):
        rooms = [place.id for place in places if place.parent == floor.id and place.type == "room"]
        beds = [room for room in rooms for _ in range(chance.choice((2, 3, 3, 3, 4)))]
        chance.shuffle(beds)
        unit = (floor.id.replace(".", "-"),)
        for number, room in enumerate(beds):
            if number < _HELPERS_PER_FLOOR:
                helpers += 1
                found.append(_helper(helpers, number, names.draw(), room, unit))
                continue
            students += 1
            signs_in = number < _HELPERS_PER_FLOOR + _SIGN_IN_PER_FLOOR
            username = f"student{_account(floor.id, number)}" if signs_in else f"20240{students:05d}"
            party = chance.random() < 0.08  # noqa: PLR2004 - about one in twelve
            found.append(
                Person(
                    username,
                    names.draw(),
                    ("student",),
                    room,
                    unit if party else (),
                    stage=chance.choice(_STAGES) if party else "league",
                    reachable=chance.random() < 0.97,  # noqa: PLR2004 - a few changed their number and told nobody
                    password=PASSWORD if signs_in else "",
                )
            )
    return tuple(found)


def _account(floor: str, number: int) -> int:
    """Return 1, 2, 3, ... over all floors for the students of a floor who can sign in."""
    _, building, level = floor.split(".")
    floors_before = (int(building[1:]) - 1) * _FLOORS + int(level[1:]) - 1
    return floors_before * _SIGN_IN_PER_FLOOR + number - _HELPERS_PER_FLOOR + 1


def _helper(count: int, number: int, name: str, room: str, unit: tuple[str, ...]) -> Person:
    """Return a helper; the first of a floor is a full member, the others are on their way into the party."""
    stage = "full" if number == 0 else _STAGES[count % len(_STAGES)]
    return Person(f"helper{count}", name, ("student", "helper"), room, unit, SKILLS[number], stage, password=PASSWORD)


def _duty_areas(residents: Sequence[Person]) -> tuple[DutyArea, ...]:
    """Each floor's first helper answers for it; three floors have nobody, so that coverage shows a gap."""
    found: list[DutyArea] = []
    seen: set[str] = set()
    for person in residents:
        floor = str(person.place).rpartition(".")[0]
        if "helper" in person.roles and floor not in seen:
            seen.add(floor)
            if floor not in _UNCOVERED:
                found.append(DutyArea(person.username, person.units[0], (floor,)))
    return tuple(found)


def _activities() -> tuple[Activity, ...]:
    return (
        Activity("电脑义诊", "volunteer", "带上电脑，志愿者当场清灰、重装、查毒。", "east.b1.f1.centre", 40, 2, 24),
        Activity("学长领航站：期末高数串讲", "study", "高年级党员带你过一遍重点。", "west.b5.f1.station", 60, 1, 30),
        Activity("微党课：我身边的榜样", "lesson", "三位党员讲身边人、身边事。", "east.b3.f1.home", 30, 1, 48),
        Activity("宿舍文化节：书香漂流瓶", "culture", "带一本书来，换一本书走。", "west.b7.f1.gallery", 80, 1, 72),
        Activity("集体劳动日", "labour", "一起把楼前楼后收拾干净。", "east.b1.f1.centre", 100, 3, 96),
    )


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV in UTF-8, one header line; None is empty, a truth value `true` or `false`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([str(cell).lower() if isinstance(cell, bool) else "" if cell is None else cell for cell in row])
    return text.getvalue().encode()
