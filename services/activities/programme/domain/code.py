"""The rotating code (the idea of RFC 6238 with HMAC-SHA-256): only somebody who sees it now can type it."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

STEP: Final = timedelta(seconds=30)
"""How long one code is shown; it is taken for one step longer."""
DIGITS: Final = 8
"""Enough that guessing at 1,000 tries a second finds a code once in about 14 hours of an open door."""
_MASK: Final = 0x7FFF_FFFF_FFFF_FFFF


def code_at(secret: str, moment: datetime) -> str:
    """Return the code of the step that holds the moment: `DIGITS` decimal digits."""
    return _code(secret, _step(moment))


def valid_until(moment: datetime) -> datetime:
    """Return when the code of this moment stops being shown."""
    return datetime.fromtimestamp((_step(moment) + 1) * STEP.total_seconds(), tz=moment.tzinfo)


def fits(secret: str, typed: str, moment: datetime) -> bool:
    """Tell whether this is the code of the moment or of the step before it; blanks and hyphens do not count."""
    digits = typed.replace(" ", "").replace("-", "").encode()
    step = _step(moment)
    now = hmac.compare_digest(digits, _code(secret, step).encode())
    before = hmac.compare_digest(digits, _code(secret, step - 1).encode())
    return now or before


def _step(moment: datetime) -> int:
    return int(moment.timestamp() // STEP.total_seconds())


def _code(secret: str, step: int) -> str:
    digest = hmac.digest(secret.encode(), step.to_bytes(8, "big"), hashlib.sha256)
    return str((int.from_bytes(digest[:8], "big") & _MASK) % 10**DIGITS).zfill(DIGITS)
