"""The words that facts about requests are told in: stages, kinds, channels, visibilities, leg states."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"
    TRIAGED = "triaged"
    MATCHING = "matching"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_UNCONFIRMED = "closed_unconfirmed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    MERGED = "merged"
    UNRESOLVABLE = "unresolvable"


ENDED = frozenset(
    {
        Stage.CLOSED_CONFIRMED,
        Stage.CLOSED_UNCONFIRMED,
        Stage.CANCELLED,
        Stage.REJECTED,
        Stage.MERGED,
        Stage.UNRESOLVABLE,
    }
)
"""Stages that nothing but a reopening leaves."""


class Kind(StrEnum):
    """What sort of help a request asks for."""

    WISH = "wish"
    REPAIR = "repair"
    STUDY = "study"
    QUARREL = "quarrel"
    COUNSEL = "counsel"
    SUGGESTION = "suggestion"


CONFIDENTIAL: Final = frozenset({Kind.QUARREL, Kind.COUNSEL})
"""Kinds of which it is nobody's business that somebody asks; what is sealed is as confidential, of whatever kind."""


class Visibility(StrEnum):
    """Who may see a request; rises automatically, never falls."""

    PUBLIC = "public"
    MASKED = "masked"
    PRIVATE = "private"
    SEALED = "sealed"


class Channel(StrEnum):
    """The way a request came in."""

    PHONE = "phone"
    DESK = "desk"
    WALL = "wall"
    ROOM_QR = "room_qr"


class LegKind(StrEnum):
    """Who serves a leg: a helper of the community, or an outside system."""

    HELPER = "helper"
    OUTSIDE = "outside"


class LegState(StrEnum):
    """Where a leg stands: from `queued` on with an outside system, else with helpers; `dropped` ends a leg of either.

    Nothing enters `no_show`, `handed_back` and `failed`: they are only in the frozen schemas of published facts.
    """

    OPEN = "open"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    STARTED = "started"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"
    NO_SHOW = "no_show"
    HANDED_BACK = "handed_back"
    FAILED = "failed"
    QUEUED = "queued"
    SENT = "sent"
    TOKEN_WAIT = "token_wait"  # noqa: S105 - the Open311 token, no secret
    ACKED = "acked"
    REMOTE_OPEN = "remote_open"
    REMOTE_CLOSED = "remote_closed"
    SEND_FAILED = "send_failed"
    REMOTE_STALE = "remote_stale"


class Released(StrEnum):
    """Why a helper no longer has a leg that was theirs."""

    HANDED_BACK = "handed_back"
    TAKEN_BACK = "taken_back"
    NOT_STARTED = "not_started"
    DEPARTED = "departed"
    NO_HELPER = "no_helper"


class Outcome(StrEnum):
    """How a served request closed."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
