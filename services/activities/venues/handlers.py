"""Booking a place: load, decide, commit."""

from collections.abc import Awaitable, Callable, Sequence

from services.activities.venues.domain import Booking, Calendar, book, rivals
from shared.store.document import Because, Documents, change

Counts = Callable[[str, Booking], Awaitable[bool]]
"""Tells whether a booking of a place still counts."""
Earlier = Callable[[str], Awaitable[Sequence[Booking]]]
"""Returns what was to take place somewhere before the place had a calendar."""


async def book_place(
    calendars: Documents[Calendar], place: str, wanted: Booking, counts: Counts, earlier: Earlier, because: Because
) -> None:
    """Book the place for an activity, as often as it is asked; refuses when another activity has it then.

    Bookings that count no more give way. Asking again renews the booking, so that nobody who looked at it before takes
    it for one without an activity.
    """
    document = await calendars.load(place)
    if document is None:
        document = (await calendars.create(place, Calendar(tuple(await earlier(place))), [], because)).document
    void = frozenset([one for one in rivals(document.state, wanted) if not await counts(place, one)])
    await change(calendars, place, lambda calendar: (book(calendar, wanted, void), []), because)
