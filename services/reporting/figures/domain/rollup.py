"""The rollup: running sums over rows, in memory. A changed row takes its old share out and puts its new one in."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from services.reporting.figures.domain.subjects import SUBJECTS
from services.reporting.rows.domain import Row
from services.reporting.subjects.domain.subject import Source
from services.reporting.subjects.domain.sums import EVERYWHERE, Derived, Key
from shared.contracts.cells import Aggregate

R = TypeVar("R")
T = TypeVar("T")

SOURCES: Final[Mapping[Aggregate, Source[Any]]] = MappingProxyType(
    {source.aggregate: source for subject in SUBJECTS for source in subject.sources}
)


def record_of(row: Row) -> object | None:
    """Return the record that the row comes to, or None: there is none yet, or none of its aggregate."""
    source = SOURCES.get(row.kind)
    return source.read(row) if source else None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What is counted of one row: its size, how many of its facts, and the record that it last came to."""

    size: int = 0
    events: int = 0
    record: Any = None


_NOTHING: Final = _Taken()


class Rollup:
    """Everything that boards show, kept row by row. Feeding all rows to a fresh one is the recount that must agree.

    What is kept apart of a record is in no sum, no list and no count of events, and nothing is drawn anew for it.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.events = 0
        self._taken: dict[tuple[Aggregate, str], _Taken] = {}
        self._records: defaultdict[type[Any], dict[str, Any]] = defaultdict(dict)
        self._sums: defaultdict[str, Counter[str | int]] = defaultdict(Counter)
        self._ordered: defaultdict[Key, list[Any]] = defaultdict(list)
        self._changes: Counter[type[Any] | str] = Counter()
        self._derived: dict[int, tuple[tuple[int, ...], Any]] = {}

    def apply(self, row: Row) -> bool:
        """Take in a row as it now is; False when that changes nothing that is shown.

        So it is with a state that is not newer, a request whose filing is not known yet, and a confidential one.
        """
        if len(row.seen) <= self._taken.get((row.kind, row.key), _NOTHING).size:
            return False
        return self.take(row.kind, row.key, record_of(row), len(row.seen))

    def take(self, aggregate: Aggregate, key: str, record: object, size: int) -> bool:
        """Take in what a row of so many facts says (None: no record yet); tell whether it changes what is shown."""
        before, source, events = self._taken.get((aggregate, key), _NOTHING), SOURCES.get(aggregate), size
        if source is not None:
            apart = None if record is None else source.apart(record)
            if apart is not None or (record is None and not source.unread_counts):
                events = 0
            record = record if apart is None else apart
            self._replace(source, key, before.record, record)
        self.events += events - before.events
        self._taken[aggregate, key] = _Taken(size, events, record)
        return events != before.events

    def records(self, kind: type[R]) -> Mapping[str, R]:
        """Return the records of a class by their ids."""
        return self._records[kind]

    def count(self, group: str, key: str | int = EVERYWHERE) -> int:
        """Return one sum, 0 when nothing counts in it."""
        return self._sums[group][key]

    def group(self, name: str) -> dict[str, int]:
        """Return the sums of a group whose keys are texts, ascending by key."""
        return {str(key): n for key, n in sorted(self._sums[name].items(), key=lambda item: str(item[0]))}

    def ordered(self, group: str, key: str | int = EVERYWHERE) -> Sequence[Any]:
        """Return what is in an ordered list, ascending."""
        return self._ordered.get((group, key), ())

    def derived(self, what: Derived[T]) -> T:
        """Return what is worked out, anew only when something that it rests on has changed."""
        now = tuple(self._changes[name] for name in (*what.records, *what.groups))
        then, found = self._derived.get(id(what), (None, None))
        if then != now:
            found = what.of(self)
            self._derived[id(what)] = (now, found)
        return cast("T", found)

    def _replace(self, source: Source[Any], key: str, old: object, new: object) -> None:
        """Put a record in the place of its older state, and move the sums and lists by what differs."""
        if old is not None:
            del self._records[type(old)][key]
            self._changes[type(old)] += 1
        if new is not None:
            self._records[type(new)][key] = new
            self._changes[type(new)] += 1
        was, is_now = (one if isinstance(one, source.record) else None for one in (old, new))
        old_sums, new_sums = (set(source.sums(one)) if one is not None else set[Key]() for one in (was, is_now))
        self._add(old_sums - new_sums, -1)
        self._add(new_sums - old_sums, 1)
        old_items, new_items = (dict(source.ordered(one)) if one is not None else {} for one in (was, is_now))
        for name, item in old_items.items():
            if name not in new_items or new_items[name] != item:
                del self._ordered[name][bisect_left(self._ordered[name], item)]
        for name, item in new_items.items():
            if name not in old_items or old_items[name] != item:
                insort(self._ordered[name], item)

    def _add(self, keys: Iterable[Key], sign: int) -> None:
        for group, key in keys:
            sums = self._sums[group]
            sums[key] += sign
            if sums[key] == 0:
                del sums[key]
            self._changes[group] += 1
