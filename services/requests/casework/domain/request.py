"""What a request is, and the words in which its rules speak."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from shared.contracts.members import Role
from shared.contracts.scope import Scope, scope_of
from shared.contracts.stages import Channel, Kind, LegKind, LegState, Outcome, Stage, Visibility

TITLE_MAX, TEXT_MAX = 80, 2000


class Why(StrEnum):
    """Why a command about a request is refused."""

    WRONG_STAGE = "request.wrong_stage"
    UNKNOWN_PLACE = "request.unknown_place"
    UNKNOWN_REQUESTER = "request.unknown_requester"
    PLACE_MISSING = "request.place_missing"
    ONLY_FOR_YOURSELF = "request.only_for_yourself"
    NOT_YOUR_CHANNEL = "request.not_your_channel"
    RATING_CLOSED = "request.rating_closed"
    REOPEN_TOO_LATE = "request.reopen_too_late"
    NOT_DUE = "request.clock_not_due"
    LEG_UNKNOWN = "leg.unknown"
    LEG_WRONG_STATE = "leg.wrong_state"
    OFFER_STALE = "leg.offer_stale"
    OFFER_EXPIRED = "leg.offer_expired"
    HELPER_EXCLUDED = "leg.helper_excluded"
    UNKNOWN_HELPER = "leg.unknown_helper"
    NOT_A_HELPER = "leg.not_a_helper"
    REASON_MISSING = "leg.reason_missing"
    SEALED_NEVER_OUTSIDE = "leg.sealed_never_outside"
    SYSTEM_MISMATCH = "leg.system_mismatch"
    NOT_YOURS = "auth.not_yours"


class Command(StrEnum):
    """Everything that may be done to a request: by people, by what the service hears, and by time."""

    TRIAGE = "triage"
    CANCEL = "cancel"
    REJECT = "reject"
    HOLD = "hold"
    RESUME = "resume"
    CONTACT = "contact"
    CONFIRM = "confirm"
    RATE = "rate"
    REOPEN = "reopen"
    ADD_LEG = "add_leg"
    ASSIGN = "assign"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    ACCEPT = "accept"
    DECLINE = "decline"
    RELEASE = "release"
    REPORT = "report"
    START = "start"
    COMPLETE = "complete"
    OFFER = "offer"
    UNMATCH = "unmatch"
    EXPIRE = "expire"
    VACATE = "vacate"
    NUDGE = "nudge"
    FALL_QUIET = "fall_quiet"
    VERIFY = "verify"
    DROP = "drop"
    AWAIT_NUMBER = "await_number"
    ACK = "ack"
    FAIL_SEND = "fail_send"
    HEAR_REMOTE = "hear_remote"
    CLOSE_REMOTE = "close_remote"
    GO_STALE = "go_stale"
    ACKNOWLEDGE_OUTSIDE = "acknowledge_outside"
    CLOSE_UNCONFIRMED = "close_unconfirmed"


class Need(StrEnum):
    """What a request wants from the desk."""

    COORDINATOR = "coordinator"
    TRIAGE = "triage"
    SEND_FAILED = "send_failed"
    STALE = "stale"
    NO_UPDATE = "no_update"
    REQUESTER_LEFT = "requester_left"
    STILL_OPEN_OUTSIDE = "still_open_outside"


class Withdrawal(StrEnum):
    """What became of telling an outside system that a leg is no longer wanted.

    `by_hand`: it cannot be told, so somebody must call; `settled`: nothing is open there any more.
    """

    PENDING = "pending"
    TOLD = "told"
    BY_HAND = "by_hand"
    SETTLED = "settled"


class Caller(Struct, frozen=True):
    """Who asks: with which roles, and for which places and the people of which units these work."""

    id: str
    roles: frozenset[Role] = frozenset()
    duty: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    def scope(self, roles: AbstractSet[Role]) -> Scope:
        """Return where those of these roles that the caller has hold."""
        return scope_of(self.roles & roles, self.duty, self.units)


class Ask(Struct, frozen=True):
    """One question to the domain: who asks, and when."""

    caller: Caller
    at: datetime

    @property
    def actor_id(self) -> str:
        """The id of whoever asks, as the store names them."""
        return self.caller.id


SERVICE: Final = "requests"
"""Who acts where nobody does: the service itself."""


class Entry(Struct, frozen=True):
    """One line of the timeline: what happened, by whom, with the words that belong to it."""

    at: datetime
    code: str
    actor: str
    params: dict[str, str] = field(default_factory=dict[str, str])


class Leg(Struct, frozen=True):
    """One helper's or one outside system's part of serving a request.

    `round` counts the offers; `unmatched` asks for a coordinator; `assigned` tells that the desk chose the helper;
    `heard_at` is when the outside system last spoke (or was last written to), `asked_at` when it was last asked;
    `stale` tells that its silence before the acknowledgement was already reported. `moved_at` is when whoever has
    it last did something about it, or when it was freed; `nudged_at` when they were asked since; `quiet` tells that the
    desk must ask them. `withdrawal` tells of a dropped leg what its outside system knows of that, `withdrawn_at` when
    it was told.
    """

    id: str
    kind: LegKind
    state: LegState
    opened_at: datetime
    round: int = 1
    skill: str | None = None
    helper_id: str | None = None
    offer_expires_at: datetime | None = None
    excluded_ids: tuple[str, ...] = ()
    unmatched: bool = False
    assigned: bool = False
    system: str | None = None
    remote_id: str | None = None
    remote_token: str | None = None
    remote_status: str | None = None
    heard_at: datetime | None = None
    asked_at: datetime | None = None
    stale: bool = False
    note: str | None = None
    moved_at: datetime | None = None
    nudged_at: datetime | None = None
    quiet: bool = False
    withdrawal: Withdrawal | None = None
    withdrawn_at: datetime | None = None


class Revision(Struct, frozen=True):
    """One rating as it was given."""

    solved: bool
    stars: int | None
    comment: str | None
    rated_at: datetime


class Rating(Struct, frozen=True):
    """What the requester says: `revision` counts from 1, `earlier` keeps what was said before."""

    solved: bool
    stars: int | None
    comment: str | None
    answers: dict[str, str]
    revision: int
    rated_at: datetime
    editable_until: datetime
    earlier: tuple[Revision, ...] = ()


class Request(Struct, frozen=True):
    """What a person asks for. `due_at` to `building` follow from the others and are kept so that requests can be found.

    `closing` counts the closings so far; `due_at` is the earliest clock that still runs; `poll_at` the last moment at
    which the most silent outside leg was heard or asked; `building` is where the place lies. `requester_left` tells
    that whoever asked is no longer in the community. `requester_name` and `requester_account` are what the token of
    somebody who asks for themselves told: private, never shown and never published, only to find the request by.
    `units` are those that whoever asks belonged to then, with all units above them, for the staff who work for these
    units; None while that is not known.
    """

    id: str
    stage: Stage
    kind: Kind
    category: str
    title: str
    text: str
    place: str
    channel: Channel
    visibility: Visibility
    urgent: bool
    requester_id: str
    filed_by_id: str
    filed_at: datetime
    fingerprint: str
    legs: tuple[Leg, ...] = ()
    legs_made: int = 0
    rating: Rating | None = None
    timeline: tuple[Entry, ...] = ()
    first_contact_at: datetime | None = None
    resolve_due_at: datetime | None = None
    resolved_at: datetime | None = None
    confirm_due_at: datetime | None = None
    held_at: datetime | None = None
    held_for_requester: bool = False
    closed_at: datetime | None = None
    closing: int = 0
    outcome: Outcome | None = None
    overdue: bool = False
    requester_left: bool = False
    due_at: datetime | None = None
    poll_at: datetime | None = None
    needs: tuple[Need, ...] = ()
    building: str | None = None
    requester_name: str | None = None
    requester_account: str | None = None
    units: tuple[str, ...] | None = None
