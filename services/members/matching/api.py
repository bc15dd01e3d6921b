"""What people ask about matching over HTTP."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Query

from services.members.acquaintance.handlers import Acquaintance
from services.members.acquaintance.queries import works_at, works_for
from services.members.matching.domain import Proposal, Ranked, fit
from services.members.matching.handlers import Matching
from services.members.matching.queries import candidates, proposals_of
from services.members.people.domain.person import Person
from services.members.people.queries import people_by_id
from shared.auth.dependency import Me
from shared.auth.permissions import CASES, ORGANISERS, SIGNED_IN
from shared.contracts.members import Role
from shared.contracts.places import PlaceId
from shared.http import Router, View
from shared.refusal import NOT_YOURS, Refusal
from shared.store.document import Documents
from shared.topic import documents, part
from shared.words import Query as Wanted

_COORDINATORS: Final = (Role.DESK, Role.SECRETARY, Role.COUNSELLOR, Role.LEADER, Role.ADMIN)
_SHOWN: Final = 20

router = Router(prefix="/api/members", tags=["matching"], about="Who would suit, and why.")


MatchingPart = Annotated[Matching, part(Matching)]
PersonDocuments = Annotated[Documents[Person], documents(Person)]
AcquaintancePart = Annotated[Acquaintance, part(Acquaintance)]


class ReasonView(View):
    """One reason: a stable code, its share of the score, and the value that led to it."""

    code: str
    weight: float
    value: float


class ProposalView(View):
    """The kept answer for one round of a leg (`fit` in percent); `why` counts what spoke against those refused."""

    leg_id: str
    round: int
    helper_id: str | None
    score: float
    fit: int
    considered: int
    reasons: list[ReasonView]
    why: dict[str, int]
    at: datetime


class ProposalsView(View):
    """The proposals for the legs of one request, the earliest first."""

    items: list[ProposalView]


class HelperView(View):
    """Somebody who would suit, with the reasons; `fit` is in percent of the best possible."""

    id: str
    name: str
    place: str | None
    skills: tuple[str, ...]
    load: int
    score: float
    fit: int
    reasons: list[ReasonView]


class HelpersView(View):
    """Those who would suit best, the best first."""

    items: list[HelperView]


def _proposal_view(proposal: Proposal) -> ProposalView:
    return ProposalView.of(proposal, fit=fit(proposal.score, proposal.reasons))


def _helper_view(ranked: Ranked, people: dict[str, Person]) -> HelperView:
    one = ranked.candidate
    name = people[one.id].profile.name if one.id in people else ""
    return HelperView.of(ranked, one, name=name, fit=fit(ranked.score, ranked.reasons))


@router.get("/requests/{request_id}/proposals", allow=SIGNED_IN)
async def get_proposals(
    matching: MatchingPart, acquaintance: AcquaintancePart, me: Me, request_id: str
) -> ProposalsView:
    """Show why helpers were proposed: all to those who work for the request, to a helper only what names them."""
    found = await proposals_of(matching.proposals, request_id)
    coordinates = await works_for(acquaintance, me, request_id, *_COORDINATORS)
    shown = found if coordinates else [one for one in found if one.helper_id == me.id]
    return ProposalsView(items=[_proposal_view(one) for one in shown])


@router.get("/helpers", allow=CASES)
async def get_helpers(
    matching: MatchingPart,
    people: PersonDocuments,
    acquaintance: AcquaintancePart,
    me: Me,
    place: Annotated[PlaceId, Query()],
    skill: Annotated[Wanted | None, Query()] = None,
) -> HelpersView:
    """Rank helpers for a coordinator who assigns somebody by hand, for a place that is theirs to work for."""
    if not await works_at(acquaintance, me.scope(*(ORGANISERS.roles or ())), place):
        raise Refusal(NOT_YOURS)
    ranked = await candidates(matching, skill or None, place, matching.clock.now(), _SHOWN)
    known = await people_by_id(people, [one.candidate.id for one in ranked])
    return HelpersView(items=[_helper_view(one, known) for one in ranked])
