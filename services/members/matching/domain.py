"""Which helper suits a leg best. The same question, candidates and time give the same answer, with its reasons."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.members.people.domain.profile import Busy, minutes
from shared.contracts.event import Fact
from shared.contracts.members import HelperNotFound, HelperProposed
from shared.contracts.places import building_of, campus_of, floor_of, room_of
from shared.contracts.skills import folded

SKILL_WEIGHT: Final = 70.0
"""The share of having the asked skill: more than all the other shares together can make up for."""
FLOOR_WEIGHT: Final = 25.0
"""The share of living on the same floor."""
BUILDING_WEIGHT: Final = 15.0
"""The share of living in the same building."""
CAMPUS_WEIGHT: Final = 5.0
"""The share of living on the same campus."""
LOAD_WEIGHT: Final = 30.0
"""What open legs cost at most; half of it at `LOAD_HALF` of them."""
LOAD_HALF: Final = 4.0
TIMETABLE_WEIGHT: Final = 10.0
"""The share of being free all through the time in which the offer should be accepted."""
LOOK_AHEAD: Final = timedelta(hours=4)
"""The time in which an offer should be accepted."""
STEP: Final = timedelta(minutes=30)


class Unfit(StrEnum):
    """Why a candidate may not be proposed, in the order in which it is asked."""

    EXCLUDED = "excluded"
    REQUESTER = "requester"
    DEPARTED = "departed"
    ROOM_MATE = "room_mate"
    UNREACHABLE = "unreachable"
    OTHER_CAMPUS = "other_campus"


@dataclass(frozen=True, slots=True)
class Need:
    """What a leg needs: where the service is and where the requester lives; `skill` is None when any will do."""

    request_id: str
    leg_id: str
    round: int
    skill: str | None
    place: str
    requester_id: str
    requester_place: str | None
    excluded_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may help; `load` is the number of open legs they have."""

    id: str
    place: str | None
    skills: tuple[str, ...]
    busy: tuple[Busy, ...]
    reachable: bool
    departed: bool
    load: int


@dataclass(frozen=True, slots=True)
class Share:
    """One reason: its stable code, its share of the score, and the value that led to it."""

    code: str
    weight: float
    value: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with a score, the sum of the reasons' shares."""

    candidate: Candidate
    score: float
    reasons: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The kept answer for one round of a leg: the helper with the reasons, or None with what spoke against all."""

    request_id: str
    leg_id: str
    round: int
    helper_id: str | None
    score: float
    considered: int
    at: datetime
    reasons: tuple[Share, ...] = ()
    why: dict[str, int] = field(default_factory=dict[str, int])


def unfit(need: Need, candidate: Candidate) -> Unfit | None:
    """Return why the candidate may not be proposed, or None."""
    rooms = {room_of(place) for place in (need.place, need.requester_place) if place is not None} - {None}
    checks = (
        (Unfit.EXCLUDED, candidate.id in need.excluded_ids),
        (Unfit.REQUESTER, candidate.id == need.requester_id),
        (Unfit.DEPARTED, candidate.departed),
        (Unfit.ROOM_MATE, candidate.place is not None and room_of(candidate.place) in rooms),
        (Unfit.UNREACHABLE, not candidate.reachable),
        (Unfit.OTHER_CAMPUS, candidate.place is not None and campus_of(candidate.place) != campus_of(need.place)),
    )
    return next((why for why, holds in checks if holds), None)


def closeness(mine: str | None, theirs: str) -> Share:
    """Return the share of living near the place."""
    if mine is not None:
        if floor_of(mine) is not None and floor_of(mine) == floor_of(theirs):
            return Share("same_floor", FLOOR_WEIGHT, 1.0)
        if building_of(mine) is not None and building_of(mine) == building_of(theirs):
            return Share("same_building", BUILDING_WEIGHT, 1.0)
        if campus_of(mine) == campus_of(theirs):
            return Share("same_campus", CAMPUS_WEIGHT, 1.0)
    return Share("place_unknown", 0.0, 0.0)


def free_share(busy: Sequence[Busy], local: datetime) -> float:
    """Return which part (0..1) of the time after `local` (the campus's clock) is free, in half-hour steps."""
    days = (local.isoweekday(), (local + LOOK_AHEAD).isoweekday())
    near = [slot for slot in busy if slot.day in days]
    if not near:
        return 1.0
    steps = [local + STEP * number for number in range(LOOK_AHEAD // STEP)]
    free = sum(1 for step in steps if not any(_covers(slot, step) for slot in near))
    return free / len(steps)


def rank(need: Need, candidates: Iterable[Candidate], local: datetime) -> tuple[list[Ranked], dict[str, int]]:
    """Return the fit candidates, best first, and how many were unfit for which reason; `local` is the campus's time.

    Equals are ordered by load, then by a draw that depends on the leg only, so that no name is always first.
    """
    against: Counter[str] = Counter()
    fit: list[Ranked] = []
    for candidate in candidates:
        why = unfit(need, candidate)
        if why is None:
            fit.append(_ranked(need, candidate, local))
        else:
            against[why.value] += 1
    fit.sort(key=lambda one: (-one.score, one.candidate.load, _draw(need.leg_id, one.candidate.id)))
    return fit, dict(sorted(against.items()))


def propose(
    need: Need, candidates: Sequence[Candidate], local: datetime, now: datetime
) -> tuple[Proposal, Sequence[Fact]]:
    """Choose the helper for one round of a leg, or say what spoke against everybody."""
    fit, why = rank(need, candidates, local)
    considered = len(candidates)
    if not fit:
        told: Fact = HelperNotFound.of(need, considered=considered, why=why)
        none = Proposal(need.request_id, need.leg_id, need.round, None, 0.0, considered, now, (), why)
        return none, [told]
    best = fit[0]
    told = HelperProposed.of(need, best, helper_id=best.candidate.id, considered=considered)
    kept = Proposal(
        need.request_id, need.leg_id, need.round, best.candidate.id, best.score, considered, now, best.reasons, why
    )
    return kept, [told]


def fit(score: float, reasons: Sequence[Share]) -> int:
    """Return how well somebody suits, in percent of the best that is possible for such a leg.

    The best has the skill, if one is asked for, lives on the floor, has no open legs and is free. Never below 0.
    """
    asks_skill = any(one.code == "skill" for one in reasons)
    best = FLOOR_WEIGHT + TIMETABLE_WEIGHT + (SKILL_WEIGHT if asks_skill else 0.0)
    return max(0, round(100 * score / best))


def _ranked(need: Need, candidate: Candidate, local: datetime) -> Ranked:
    reasons: list[Share] = []
    if need.skill is not None:
        has = folded(need.skill) in {folded(skill) for skill in candidate.skills}
        reasons.append(Share("skill", SKILL_WEIGHT if has else 0.0, 1.0 if has else 0.0))
    reasons.append(closeness(candidate.place, need.place))
    cost = LOAD_WEIGHT * candidate.load / (candidate.load + LOAD_HALF)
    reasons.append(Share("load", round(-cost, 4) if candidate.load else 0.0, float(candidate.load)))
    free = free_share(candidate.busy, local)
    reasons.append(Share("timetable", round(TIMETABLE_WEIGHT * free, 4), round(free, 4)))
    return Ranked(candidate, round(sum(one.weight for one in reasons), 4), tuple(reasons))


def _covers(slot: Busy, moment: datetime) -> bool:
    at = moment.hour * 60 + moment.minute
    return moment.isoweekday() == slot.day and minutes(slot.starts) <= at < minutes(slot.ends)


def _draw(leg_id: str, person_id: str) -> str:
    return hashlib.sha256(f"{leg_id}:{person_id}".encode()).hexdigest()
