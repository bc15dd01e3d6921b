"""Commands with which a request ends, and is taken up again."""

from services.requests.casework.domain import Command, Request
from services.requests.casework.handlers import Casework, decide_for_person
from services.requests.closing.domain import Answer, cancel, confirm, rate, reject, reopen
from services.requests.repeats.domain import Said
from shared.auth.actor import Actor
from shared.store.document import Document, Terms


async def confirm_request(
    casework: Casework, actor: Actor, request_id: str, answer: Answer, terms: Terms
) -> Document[Request]:
    """Take the requester's answer: solved closes, not solved reopens."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: confirm(request, ask, answer, casework.system),
        terms,
        Said(Command.CONFIRM, None, {"solved": answer.solved, "stars": answer.stars, "comment": answer.comment}),
    )


async def rate_request(
    casework: Casework, actor: Actor, request_id: str, stars: int, comment: str | None, terms: Terms
) -> Document[Request]:
    """Give stars to a closed request, or change them."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: rate(request, ask, stars, comment),
        terms,
        Said(Command.RATE, None, {"stars": stars, "comment": comment}),
    )


async def reopen_request(
    casework: Casework, actor: Actor, request_id: str, reason: str, terms: Terms
) -> Document[Request]:
    """Take up again what was not solved after all."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: reopen(request, ask, reason, casework.system),
        terms,
        Said(Command.REOPEN, None, {"reason": reason}),
    )


async def cancel_request(
    casework: Casework, actor: Actor, request_id: str, reason: str | None, terms: Terms
) -> Document[Request]:
    """Withdraw a request."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: cancel(request, ask, reason),
        terms,
        Said(Command.CANCEL, None, {"reason": reason}),
    )


async def reject_request(
    casework: Casework, actor: Actor, request_id: str, reason: str, alternative: str, terms: Terms
) -> Document[Request]:
    """Refuse a request, with a reason and another way."""
    return await decide_for_person(
        casework,
        actor,
        request_id,
        lambda request, ask: reject(request, ask, reason, alternative),
        terms,
        Said(Command.REJECT, None, {"reason": reason, "alternative": alternative}),
    )
