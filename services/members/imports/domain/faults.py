"""What is wrong with a file, by sheet, row, column and code."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shared.refusal import Refusal

MOST_FAULTS: Final = 200
"""The most faults that one answer lists."""
_KEPT: Final = 2_000
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: `row` as the spreadsheet counts (0: the whole sheet), `column` in the words of the file.

    `field` is the column's own name, empty when it has none; `value` is what stands in the cell.
    """

    row: int
    column: str
    code: str
    value: str = ""
    field: str = ""
    sheet: str = ""
    params: Mapping[str, Any] | None = dataclasses.field(default=None, compare=False)


class Faults:
    """Collects faults: the first ones are kept, all are counted."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        """Return the kept faults, sheet by sheet in the order of the rows."""
        sheets = {one.sheet: at for at, one in reversed(list(enumerate(self._kept)))}
        return iter(sorted(self._kept, key=lambda one: (sheets[one.sheet], one.row)))

    def add(self, fault: Fault) -> None:
        """Add one."""
        self.count += 1
        if len(self._kept) < _KEPT:
            self._kept.append(fault)


def short(value: object) -> str:
    """Return a value as a fault shows it: not too long, and nothing that cannot be sent."""
    text = str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def told_value(refusal: Refusal) -> str:
    """Return what a refusal says about the value."""
    return short(refusal.params.get("value") or "")
