"""What a handler may say of an event: a closed type."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """Handled (or handled before): acknowledge."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule says no, for example because the news is stale: log and acknowledge."""

    code: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A transient fault: try again after `delay` seconds (None: exponential backoff), for ever; never parked."""

    reason: str
    delay: float | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """Cannot be handled: set aside for a person to look at, and acknowledge."""

    reason: str


Outcome = Done | Refused | Retry | Parked
