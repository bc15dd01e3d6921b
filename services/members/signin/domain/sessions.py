"""Why sign-in is refused, and what ends a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.contracts.event import Fact
from shared.contracts.members import SessionsEnded


class Why(StrEnum):
    """Why sign-in is refused."""

    BAD_CREDENTIALS = "auth.bad_credentials"
    ACCOUNT_DISABLED = "auth.account_disabled"
    WRONG_PASSWORD = "account.wrong_password"  # noqa: S105 - a code


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A session that its person ended; forgotten when its token has expired by itself."""

    person_id: str
    forget_at: datetime


def signed_out(session_id: str, person_id: str, expires_at: datetime) -> tuple[SignedOut, Sequence[Fact]]:
    """End one session."""
    ended = SessionsEnded(key=f"session:{session_id}", person_id=person_id, below=1, forget_at=expires_at)
    return SignedOut(person_id, expires_at), [ended]
