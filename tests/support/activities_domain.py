"""Commands on activities, written as one call each: on which activity, by whom, when."""

from collections.abc import Collection
from datetime import datetime

from services.activities.programme.domain import commands, permitted
from services.activities.programme.domain.activity import Activity, Ask, Asker, Decision
from services.activities.programme.domain.permitted import Command
from services.activities.programme.domain.plan import Plan, Setting


def plan(activity_id: str, wanted: Plan, asker: Asker, setting: Setting, secret: str, at: datetime) -> Decision:
    return commands.plan(activity_id, wanted, Ask(asker, at), setting, secret)


def publish(activity: Activity, asker: Asker, setting: Setting, at: datetime) -> Decision:
    return commands.Publish(setting).decide(activity, Ask(asker, at))


def cancel(activity: Activity, asker: Asker, reason: str, at: datetime) -> Decision:
    return commands.Cancel(reason).decide(activity, Ask(asker, at))


def complete(activity: Activity, asker: Asker, at: datetime) -> Decision:
    return commands.Complete().decide(activity, Ask(asker, at))


def sign_up(activity: Activity, asker: Asker, at: datetime) -> Decision:
    return commands.SignUp().decide(activity, Ask(asker, at))


def release(activity: Activity, asker: Asker, at: datetime, left: Collection[str] = ()) -> Decision:
    return commands.Release(left).decide(activity, Ask(asker, at))


def remove(activity: Activity, asker: Asker, person_id: str, reason: str | None, at: datetime) -> Decision:
    return commands.Remove(person_id, reason).decide(activity, Ask(asker, at))


def attend(activity: Activity, asker: Asker, code: str, at: datetime) -> Decision:
    return commands.Attend(code).decide(activity, Ask(asker, at))


def check(command: Command, activity: Activity, asker: Asker, at: datetime) -> None:
    permitted.check(command, activity, Ask(asker, at))


def may(activity: Activity, asker: Asker, at: datetime) -> tuple[Command, ...]:
    return permitted.may(activity, Ask(asker, at))
