"""Filing: what somebody asks for becomes a request, triaged by its category in the same decision."""

import msgspec
from msgspec import Struct

from services.requests.casework.domain.change import Change, Decision
from services.requests.casework.domain.request import Ask, Request, Why
from services.requests.casework.domain.triage import decide_legs
from services.requests.catalogue.domain import category_of, stricter
from shared.contracts.requests.request import RequestFiled
from shared.contracts.stages import Channel, Stage, Visibility
from shared.ids import derive_id
from shared.refusal import Refusal


class Form(Struct, frozen=True):
    """What somebody fills in; what is None follows from who files. Its fields in their order make the fingerprint."""

    category: str
    title: str
    text: str
    place: str | None = None
    urgent: bool = False
    requester_id: str | None = None
    channel: Channel | None = None
    visibility: Visibility | None = None

    @property
    def fingerprint(self) -> str:
        """What the same form has again, and no other."""
        return derive_id("form", msgspec.json.encode(self).decode())


class Filing(Struct, frozen=True):
    """A form, and what follows from who files it: the request's id, whom and which place it concerns.

    `requester_name` and `requester_account` are known of who asks for themselves; `units` is None while it is unknown.
    """

    id: str
    form: Form
    requester_id: str
    place: str
    requester_name: str | None = None
    requester_account: str | None = None
    units: tuple[str, ...] | None = None


def way_in(told: Channel | None, *, for_another: bool) -> Channel:
    """Return the way a request came in: what is filed for somebody else came by the desk, unless it says how it came.

    What people file for themselves did not pass the desk, whoever they are: saying so is refused.
    """
    if told is Channel.DESK and not for_another:
        raise Refusal.of_field("channel", Why.NOT_YOUR_CHANNEL, channel=told)
    return told or (Channel.DESK if for_another else Channel.PHONE)


def file(filing: Filing, ask: Ask, system: str) -> Decision:
    """File a request and triage it by its category; `system` is the outside system that serves repairs."""
    form = filing.form
    category = category_of(form.category)
    request = Request(
        id=filing.id,
        stage=Stage.SUBMITTED,
        kind=category.kind,
        category=category.id,
        title=form.title,
        text=form.text,
        place=filing.place,
        channel=way_in(form.channel, for_another=filing.requester_id != ask.caller.id),
        visibility=stricter(category.visibility, form.visibility),
        urgent=form.urgent or category.urgent,
        requester_id=filing.requester_id,
        filed_by_id=ask.caller.id,
        filed_at=ask.at,
        fingerprint=form.fingerprint,
        requester_name=filing.requester_name,
        requester_account=filing.requester_account,
        units=filing.units,
    )
    change = Change(request, ask)
    change.note("request.filed")
    change.tell(RequestFiled)
    decide_legs(change, category, f"category.{category.id}", since=ask.at, system=system)
    return change.end()
