"""What logistics work with: the outside system, the way to withdraw there, and the news that nobody could take."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services.requests.casework.handlers.casework import Casework
from services.requests.logistics.domain.exchange import Order, SendResult, WithdrawalResult
from services.requests.logistics.domain.reading import ParsedNews
from services.requests.logistics.domain.withdrawing import Notice
from services.requests.unplaced.store import UnplacedStore


class OutsideSystem(Protocol):
    """An outside repair system."""

    async def send(self, order: Order) -> SendResult:
        """Hand a leg over; handing it over twice creates it once."""
        ...

    async def number_of(self, token: str) -> str | None:
        """Return the number that belongs to a token; None: not yet, or no answer."""
        ...

    async def status_of(self, remote_id: str) -> ParsedNews | None:
        """Return what it says of the number; None: it does not know it, or no answer."""
        ...


class Withdrawals(Protocol):
    """Where an outside system hears that a leg is no longer wanted."""

    async def tell(self, notice: Notice) -> WithdrawalResult:
        """Tell it; telling it twice does it once."""
        ...


@dataclass(frozen=True, slots=True)
class Logistics:
    """The rooms of the outside legs."""

    casework: Casework
    outside: OutsideSystem
    withdrawals: Withdrawals
    unplaced: UnplacedStore
    poll_after: timedelta
    secret: str
