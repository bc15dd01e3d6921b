"""When to try again: capped exponential backoff, because the broker's own nak repeats at once."""

from typing import Final

FIRST_SECONDS: Final = 0.25
CAP_SECONDS: Final = 60.0
LOGIC_FAULT_LIMIT: Final = 8
"""Deliveries after which an event whose handler fails for no transient reason is parked."""

HANDLE_SECONDS: Final = 20.0
"""How long a handler may take until it is cancelled and the event tried again; less than the acknowledgement time."""


def backoff(attempt: int) -> float:
    """Return the seconds to wait after the given attempt (1 is the first): 0.25, 0.5, 1, ... at most 60."""
    return min(CAP_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt - 1, 16))
