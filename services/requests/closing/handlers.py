"""Commands with which a request ends, and is taken up again."""

from services.requests.casework.domain import Request
from services.requests.casework.handlers import Casework, decide_for_person
from services.requests.closing.domain import Answer, cancel, confirm, rate, reject, reopen
from shared.auth.actor import Actor
from shared.store.document import Document


async def confirm_request(
    casework: Casework, actor: Actor, request_id: str, answer: Answer, expect: int | None
) -> Document[Request]:
    """Take the requester's answer: solved closes, not solved reopens."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: confirm(request, ask, answer, casework.system), expect
    )


async def rate_request(
    casework: Casework, actor: Actor, request_id: str, stars: int, comment: str | None, expect: int | None
) -> Document[Request]:
    """Give stars to a closed request, or change them."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: rate(request, ask, stars, comment), expect
    )


async def reopen_request(
    casework: Casework, actor: Actor, request_id: str, reason: str, expect: int | None
) -> Document[Request]:
    """Take up again what was not solved after all."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: reopen(request, ask, reason, casework.system), expect
    )


async def cancel_request(
    casework: Casework, actor: Actor, request_id: str, reason: str | None, expect: int | None
) -> Document[Request]:
    """Withdraw a request."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: cancel(request, ask, reason), expect
    )


async def reject_request(
    casework: Casework, actor: Actor, request_id: str, reason: str, alternative: str, expect: int | None
) -> Document[Request]:
    """Refuse a request, with a reason and another way."""
    return await decide_for_person(
        casework, actor, request_id, lambda request, ask: reject(request, ask, reason, alternative), expect
    )
