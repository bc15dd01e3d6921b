"""A moment that people send: RFC 3339 with its zone, because a time without one is another time on every machine."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_ZONED: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_NAIVE: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?")


def _written_out(value: object) -> object:
    if isinstance(value, str) and _ZONED.fullmatch(value) is not None:
        return value
    if isinstance(value, str) and _NAIVE.fullmatch(value) is not None:
        raise PydanticCustomError("time.without_zone", "says no zone; end it with Z or an offset such as +08:00")
    raise PydanticCustomError("time.unreadable", "must be an RFC 3339 date and time with an offset")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
    except OverflowError as error:
        raise PydanticCustomError("time.out_of_range", "is out of range") from error


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""A moment in UTC, to the millisecond."""
