"""Seats of whoever left are freed while they are of use to others; orphaned activities are marked."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.activities.directory.domain import Person
from services.activities.programme.domain.activity import LIVE, Activity, Decision
from services.activities.programme.domain.commands import free
from services.activities.programme.domain.seats import Gone, SignUpStatus, sign_up_status
from shared.contracts.activities import ActivityFact, ActivityStage, SeatRelease


def settle(activity: Activity, person: Person, at: datetime, left: Collection[str] = ()) -> Decision:
    """Bring an activity in line with who this person now is; whoever attended stays in its history.

    `left` are people who left the community, and so get no seat.
    """
    facts: list[ActivityFact] = []
    if activity.stage in LIVE and activity.organiser_id == person.id:
        activity = replace(activity, organiser_left=not person.can_run)
    open_now = activity.stage is ActivityStage.PUBLISHED and at < activity.plan.ends_at
    if (
        person.left
        and open_now
        and sign_up_status(activity.seats, person.id) in {SignUpStatus.SEAT, SignUpStatus.WAITING}
    ):
        activity, freed = free(activity, Gone(person.id, SeatRelease.DEPARTED, at), left)
        facts = list(freed)
    return activity, facts
