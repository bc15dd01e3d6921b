"""An activity: its stages and everybody who signed up, and who may see and run it.

One activity holds all its sign-ups, so that one guarded write decides who gets the last seat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from services.activities.programme.domain.plan import Plan
from services.activities.programme.domain.seats import Seats, SignUpStatus, sign_up_status
from shared.contracts.activities import ActivityFact, ActivityStage
from shared.contracts.scope import Scope

FORGOTTEN: Final = timedelta(hours=1)
"""This long after its end, when the doors are long shut, an activity that nobody completed completes itself."""
LIVE: Final = frozenset({ActivityStage.PLANNED, ActivityStage.PUBLISHED})
"""The stages in which an activity still has its place, its seats and its waiting list."""


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with everybody who signed up. `secret` makes the codes and leaves the service in no form.

    `organiser_left` while whoever planned it can run it no more: then every organiser may. Activities of earlier
    releases do not know by whom they were published and ended.
    """

    id: str
    stage: ActivityStage
    plan: Plan
    organiser_id: str
    planned_at: datetime
    secret: str = field(repr=False)
    seats: Seats
    cancel_reason: str | None = None
    published_by: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    organiser_left: bool = False


_NOWHERE: Final = Scope()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; `manages_all` lets a person run activities that others organise.

    Whoever organises may run those of nobody that lie in their `scope`, by their place or their unit.
    """

    person_id: str
    manages_all: bool = False
    scope: Scope = _NOWHERE


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of somebody, and when they ask it."""

    asker: Asker
    at: datetime

    @property
    def actor_id(self) -> str:
        """The id of whoever asks."""
        return self.asker.person_id


Decision: TypeAlias = tuple[Activity, Sequence[ActivityFact]]


def status_in(activity: Activity, asker: Asker) -> SignUpStatus:
    """Tell how the asker is signed up."""
    return sign_up_status(activity.seats, asker.person_id)


def runs(activity: Activity, asker: Asker) -> bool:
    """Tell whether the asker organises the activity or may act for whoever does, or did before they left."""
    plan = activity.plan
    unit = () if plan.unit_id is None else (plan.unit_id,)
    orphaned = activity.organiser_left and asker.scope.holds(plan.place, unit)
    return asker.manages_all or activity.organiser_id == asker.person_id or orphaned


def is_seen(activity: Activity, asker: Asker) -> bool:
    """Tell whether the activity exists for the asker: what was only planned exists for nobody but who runs it."""
    called_off = activity.stage is ActivityStage.CANCELLED and not (activity.seats.taken or activity.seats.gone)
    draft = activity.stage is ActivityStage.PLANNED or (called_off and activity.published_by is None)
    return not draft or runs(activity, asker)
