"""How a leg finds its helper: offered, assigned, claimed, accepted, declined, and offered anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.lifecycle import HELD, ROUNDS, SPANS, Span, check_stage, find_leg
from services.requests.casework.domain.permissions import check, is_unclaimed, still_offered
from services.requests.casework.domain.request import SERVICE, Ask, Command, Leg, Request, Why
from services.requests.casework.domain.triage import tell_opened
from shared.contracts.requests.leg import LegAccepted, LegDeclined, LegExpired, LegOffered, LegReleased, LegUnmatched
from shared.contracts.stages import LegState, Released, Visibility
from shared.refusal import Refusal

_OFFERED_AS: Final[Mapping[Command, str]] = {
    Command.OFFER: "leg.offered",
    Command.ASSIGN: "leg.assigned",
    Command.CLAIM: "leg.claimed",
}
"""What the timeline says of each way in which a leg finds its helper."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A helper that matching proposes for one round of a leg; `helper_id` is None when it found nobody."""

    leg_id: str
    round: int
    helper_id: str | None


def offer(request: Request, ask: Ask, proposal: Proposal) -> Decision:
    """Offer a leg to the proposed helper, or ask for a coordinator when nobody was found.

    Refuses news of a round that is over, a helper who may not serve this leg, and a request that has ended.
    """
    leg = _proposed_leg(request, proposal, Command.OFFER if proposal.helper_id else Command.UNMATCH)
    change = Change(request, ask)
    if proposal.helper_id is None:
        ask_coordinator(change, leg)
    else:
        _refuse_excluded(leg, proposal.helper_id)
        _offer(change, leg, proposal.helper_id, Command.OFFER)
    return change.end()


def assign(request: Request, ask: Ask, leg_id: str, helper_id: str) -> Decision:
    """Let the desk choose the helper; one who chooses themself takes the leg at once.

    Whoever has taken the leg before loses it; whom the desk names has it still when it was theirs.
    """
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.ASSIGN, leg)
    _refuse_excluded(leg, helper_id, but_not_decliners=True)
    if leg.state in HELD and leg.helper_id == helper_id:
        return request, ()
    change = Change(request, ask)
    if leg.state in HELD:
        leg = _part(change, leg, Command.RELEASE, Released.TAKEN_BACK)
    _offer(change, leg, helper_id, Command.ASSIGN)
    if helper_id == ask.caller.id:
        _accept(change, leg_id)
    return change.end()


def claim(request: Request, ask: Ask, leg_id: str) -> Decision:
    """Take a leg of a request on the wall that nobody took yet; an offer that nobody answered lapses."""
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.CLAIM, leg)
    if not is_unclaimed(leg, ask.caller):
        raise Refusal(Why.LEG_WRONG_STATE, state=leg.state.value, command=Command.CLAIM.value)
    change = Change(request, ask)
    _offer(change, leg, ask.caller.id, Command.CLAIM)
    _accept(change, leg_id)
    return change.end()


def accept(request: Request, ask: Ask, leg_id: str) -> Decision:
    """Take an offered leg, as long as the offer has not expired."""
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.ACCEPT, leg)
    if not still_offered(leg, ask.at):
        raise Refusal(Why.OFFER_EXPIRED)
    change = Change(request, ask)
    _accept(change, leg_id)
    return change.end()


def decline(request: Request, ask: Ask, leg_id: str, reason: str | None) -> Decision:
    """Say no to an offered leg: it is offered to another, or goes to a coordinator after the last round.

    A no after the yes hands the leg back.
    """
    leg = find_leg(request, leg_id)
    if leg.state in HELD:
        return release(request, ask, leg_id, reason)
    check(request, ask.caller, Command.DECLINE, leg)
    change = Change(request, ask)
    freed = _free(change, leg, Command.DECLINE)
    change.note("leg.declined", leg=leg.id, reason=reason)
    change.tell_leg(LegDeclined, freed, helper_id=ask.caller.id)
    _seek_again(change, leg, freed)
    return change.end()


def release(request: Request, ask: Ask, leg_id: str, reason: str | None) -> Decision:
    """Hand a taken leg back, or let the desk take it back: it is offered to another, or goes to a coordinator."""
    leg = find_leg(request, leg_id)
    check(request, ask.caller, Command.RELEASE, leg)
    if not reason:
        raise Refusal(Why.REASON_MISSING)
    change = Change(request, ask)
    why = Released.HANDED_BACK if leg.helper_id == ask.caller.id else Released.TAKEN_BACK
    _seek_again(change, leg, _part(change, leg, Command.RELEASE, why, reason))
    return change.end()


def vacate(change: Change, leg: Leg, why: Released) -> None:
    """Take a leg from somebody who can no longer serve it: it is offered to another, or goes to a coordinator."""
    _seek_again(change, leg, _part(change, leg, Command.VACATE, why))


def ask_coordinator(change: Change, leg: Leg) -> None:
    """Leave the leg to a coordinator: nobody was found, or is sought any more."""
    unmatched = change.move_leg(leg.id, Command.UNMATCH, unmatched=True, assigned=False)
    change.note("leg.unmatched", actor=SERVICE, leg=leg.id)
    change.tell_leg(LegUnmatched, unmatched)


def pass_over(request: Request, ask: Ask, proposal: Proposal) -> Decision:
    """Ask matching for another: whom it proposed has left the community, or is no helper any more."""
    leg = _proposed_leg(request, proposal, Command.UNMATCH)
    change = Change(request, ask)
    excluded = (*leg.excluded_ids, *([proposal.helper_id] if proposal.helper_id else []))
    _seek_again(change, leg, change.move_leg(leg.id, Command.UNMATCH, excluded_ids=excluded, moved_at=ask.at))
    return change.end()


def expire(change: Change, leg: Leg) -> None:
    """Take an unanswered offer back: it is offered to another, or goes to a coordinator after the last round."""
    freed = _free(change, leg, Command.EXPIRE)
    change.note("leg.expired", leg=leg.id)
    change.tell_leg(LegExpired, freed, helper_id=leg.helper_id)
    _seek_again(change, leg, freed)


def _proposed_leg(request: Request, proposal: Proposal, command: Command) -> Leg:
    check_stage(request, command)
    leg = find_leg(request, proposal.leg_id)
    if leg.round != proposal.round or leg.unmatched or leg.state is not LegState.OPEN:
        raise Refusal(Why.OFFER_STALE, round=proposal.round, present=leg.round)
    return leg


def _refuse_excluded(leg: Leg, helper_id: str, *, but_not_decliners: bool = False) -> None:
    excluded = leg.excluded_ids[:1] if but_not_decliners else leg.excluded_ids
    if helper_id in excluded:
        raise Refusal(Why.HELPER_EXCLUDED)


def _offer(change: Change, leg: Leg, helper_id: str, command: Command) -> None:
    expires_at = change.at + SPANS[Span.OFFER]
    offered = change.move_leg(
        leg.id,
        command,
        helper_id=helper_id,
        offer_expires_at=expires_at,
        round=leg.round if command is Command.OFFER else leg.round + 1,
        assigned=command is Command.ASSIGN,
        unmatched=False,
    )
    change.note(_OFFERED_AS[command], leg=leg.id, helper=helper_id)
    change.tell_leg(LegOffered, offered, expires_at=expires_at)


def _accept(change: Change, leg_id: str) -> None:
    leg = change.move_leg(leg_id, Command.ACCEPT, offer_expires_at=None, moved_at=change.at)
    change.note("leg.accepted", leg=leg_id)
    change.tell_leg(LegAccepted, leg, accepted_at=change.at)
    change.contact()


def _free(change: Change, leg: Leg, command: Command) -> Leg:
    excluded = (*leg.excluded_ids, *([leg.helper_id] if leg.helper_id else []))
    return change.move_leg(
        leg.id,
        command,
        helper_id=None,
        offer_expires_at=None,
        excluded_ids=excluded,
        moved_at=change.at,
        nudged_at=None,
        quiet=False,
    )


def _part(change: Change, leg: Leg, command: Command, why: Released, reason: str | None = None) -> Leg:
    freed = _free(change, leg, command)
    change.note(f"leg.{why.value}", leg=leg.id, helper=leg.helper_id, reason=reason)
    change.tell_leg(LegReleased, freed, helper_id=leg.helper_id, why=why)
    return freed


def _seek_again(change: Change, before: Leg, freed: Leg) -> None:
    if before.assigned or before.round >= ROUNDS or change.request.visibility is Visibility.SEALED:
        ask_coordinator(change, freed)
        return
    tell_opened(change, change.move_leg(freed.id, Command.UNMATCH, round=freed.round + 1))
