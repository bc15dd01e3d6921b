"""What becomes of a leg that somebody has: begun, reported on, done, asked about, withdrawn; and one leg more."""

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import find_leg
from services.requests.casework.domain.permissions import check
from services.requests.casework.domain.request import Ask, Command, Leg, Request, Why
from services.requests.casework.domain.triage import open_new_leg
from services.requests.legs.domain.offers import vacate
from shared.contracts.requests.leg import LegDone, LegNudged, LegStarted
from shared.contracts.stages import LegKind, LegState, Released, Visibility
from shared.refusal import Refusal


def start(request: Request, ask: Ask, leg_id: str) -> Decision:
    """Begin to serve."""
    check(request, ask.caller, Command.START, find_leg(request, leg_id))
    change = Change(request, ask)
    leg = change.move_leg(leg_id, Command.START, moved_at=ask.at, nudged_at=None)
    change.note("leg.started", leg=leg_id)
    change.tell_leg(LegStarted, leg, started_at=ask.at)
    return change.end()


def report(request: Request, ask: Ask, leg_id: str, note: str) -> Decision:
    """Say how it goes with a leg that one has taken; its clock begins anew."""
    check(request, ask.caller, Command.REPORT, find_leg(request, leg_id))
    change = Change(request, ask)
    change.move_leg(leg_id, Command.REPORT, moved_at=ask.at, nudged_at=None, quiet=False)
    change.note("leg.reported", leg=leg_id, note=note)
    return change.end()


def complete(request: Request, ask: Ask, leg_id: str, note: str | None) -> Decision:
    """Say that the service is done; the request is resolved when this was its last live leg."""
    check(request, ask.caller, Command.COMPLETE, find_leg(request, leg_id))
    change = Change(request, ask)
    leg = change.move_leg(leg_id, Command.COMPLETE, note=note, nudged_at=None, quiet=False)
    change.note("leg.done", leg=leg_id, note=note)
    change.tell_leg(LegDone, leg, done_at=ask.at)
    change.resolve_if_served()
    return change.end()


def nudge(change: Change, leg: Leg) -> None:
    """Ask the helper about a leg on which nothing happened; whoever was asked before and never began loses it.

    About one that was begun the desk is told.
    """
    if leg.nudged_at is None:
        nudged = change.move_leg(leg.id, Command.NUDGE, nudged_at=change.at)
        change.note("leg.nudged", leg=leg.id, helper=leg.helper_id)
        change.tell_leg(LegNudged, nudged)
    elif leg.state is LegState.ACCEPTED:
        vacate(change, leg, Released.NOT_STARTED)
    else:
        change.move_leg(leg.id, Command.FALL_QUIET, quiet=True)
        change.note("leg.quiet", leg=leg.id, helper=leg.helper_id)


def add_leg(request: Request, ask: Ask, kind: LegKind, skill: str | None, system: str) -> Decision:
    """Let the desk open one more leg; it takes the place of legs that the outside system refused."""
    check(request, ask.caller, Command.ADD_LEG)
    if kind is LegKind.OUTSIDE and request.visibility is Visibility.SEALED:
        raise Refusal(Why.SEALED_NEVER_OUTSIDE)
    change = Change(request, ask)
    change.note("leg.added", kind=kind.value)
    open_new_leg(change, kind, skill, system)
    change.drop_legs([leg for leg in request.legs if leg.state is LegState.SEND_FAILED])
    return change.end()


def withdraw(request: Request, ask: Ask, leg_id: str, reason: str) -> Decision:
    """Let the desk give up a leg that is not served; the request is resolved when all the others are."""
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.WITHDRAW, leg)
    change = Change(request, ask)
    change.note("leg.withdrawn", leg=leg_id, reason=reason)
    change.drop_legs([leg])
    change.follow_legs()
    change.resolve_if_served()
    return change.end()
