"""One collection of the simulated store: documents that are never changed, only replaced, and their indexes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo.errors import OperationFailure

from tests.simulation.indexes import Index, Slice, duplicate, size
from tests.simulation.matching import conditions, matcher, sort_key
from tests.simulation.pipelines import aggregated, projected, updated_by
from tests.simulation.updates import begun, parsed, updated
from tests.simulation.values import MISSING, Document, NotSimulatedError, key_of

Update = Document | list[Document]
Journal = Callable[["Table", Any, Document | None], None]
"""Is told of each write: the table, the key, and what was there before."""

_OTHER_OPTIONS: Final = 86


class Table:
    """Documents in the order of their insertion."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._documents: dict[Any, Document] = {}
        self._numbers: dict[Any, int] = {}
        self._keys: dict[int, Any] = {}
        self._next = 0
        self._ids = Index([("_id", 1)])
        self._indexes: list[Index] = []
        self._asked_for: list[Index] = []

    def all(self) -> list[Document]:
        """Return every document, in natural order; nobody may change them."""
        return list(self._documents.values())

    def find(
        self,
        where: Document,
        *,
        sort: Sequence[tuple[str, int]] = (),
        skip: int = 0,
        limit: int = 0,
        fields: Sequence[str] = (),
    ) -> list[Document]:
        """Return what matches; nobody may change it."""
        matches = matcher(where)
        found = [document for document in self._candidates(where) if matches(document)]
        for path, direction in reversed(sort):
            found.sort(
                key=lambda document, path=path, way=direction: sort_key(document, path, way), reverse=direction < 0
            )
        found = found[skip : skip + limit if limit else None]
        return [projected(document, list(fields)) for document in found] if fields else found

    def find_one(self, where: Document) -> Document | None:
        """Return the first that matches, in natural order."""
        if len(where) == 1 and type(wanted := where.get("_id")) is str:
            return self._documents.get(wanted)
        matches = matcher(where)
        return next((document for document in self._candidates(where) if matches(document)), None)

    def aggregate(self, pipeline: list[Document], now: datetime) -> list[Document]:
        """Return the answer of an aggregation."""
        first = pipeline[0].get("$match") if pipeline else None
        return aggregated(self.all() if first is None else self._candidates(first), pipeline, now)

    def insert(self, document: Document) -> None:
        """Insert a document, unless there is one with its id."""
        key = key_of(document["_id"])
        if key in self._documents:
            raise duplicate({"_id": 1}, [document["_id"]])
        if next(iter(document)) != "_id":
            document = {"_id": document["_id"], **document}
        self._write(key, document)

    def update_one(self, where: Document, update: Update, now: datetime, *, upsert: bool = False) -> bool:
        """Update the first that matches, or insert what the filter demands; tells whether any matched."""
        changes = [] if isinstance(update, list) else parsed(update)
        found = self.find_one(where)
        before = begun(where) if found is None else found
        if found is None and not upsert:
            return False
        if isinstance(update, list):
            after = updated_by(before, update, now)
        else:
            after = updated(before, changes, inserting=found is None)
        if found is None:
            if "_id" not in after:
                raise NotSimulatedError("upsert", "for which the server makes up the id")
            self.insert(after)
        elif after is not before:
            self._write(key_of(found["_id"]), after)
        return found is not None

    def delete(self, where: Document, limit: int = 0) -> int:
        """Delete what matches and return how many there were."""
        found = self.find(where, limit=limit)
        for document in found:
            self._write(key_of(document["_id"]), None)
        return len(found)

    def create_index(self, index: Index) -> None:
        """Make the index unless it is there; raises the driver's errors as the server would."""
        for existing in self._asked_for:
            if existing.keys == index.keys:
                if (existing.unique, existing.partial) != (index.unique, index.partial):
                    words = "An equivalent index already exists with other options"
                    raise OperationFailure(words, _OTHER_OPTIONS)
                return
        self._fill(index)
        self._asked_for.append(index)
        for path, _ in index.keys[1:2]:
            if index.partial is None and path != "_id" and not any(one.path == path for one in self._indexes):
                self._fill(Index([(path, 1)]))

    def _fill(self, index: Index) -> None:
        for key, document in self._documents.items():
            index.check(self._numbers[key], document)
            index.put(self._numbers[key], document)
        self._indexes.append(index)

    def restore(self, key: Any, before: Document | None) -> None:
        """Undo a write."""
        self._put(key, before)

    def _write(self, key: Any, document: Document | None) -> None:
        if document is not None:
            number = self._numbers.get(key, self._next)
            for index in self._indexes:
                index.check(number, document)
        self._journal(self, key, self._documents.get(key))
        self._put(key, document)

    def _put(self, key: Any, document: Document | None) -> None:
        number = self._numbers.get(key)
        if document is None:
            if number is None:
                return
            del self._numbers[key], self._keys[number], self._documents[key]
            self._ids.put(number, None)
        else:
            if number is None:
                number = self._numbers[key] = self._next
                self._keys[number] = key
                self._next += 1
                self._ids.put(number, document)
            self._documents[key] = document
        for index in self._indexes:
            index.put(number, document)

    def _candidates(self, where: Document) -> Iterable[Document]:
        """Return documents in natural order among which are all that match."""
        wanted = where.get("_id", MISSING)
        if type(wanted) is str:
            found = self._documents.get(wanted)
            return () if found is None else (found,)
        asked = list(conditions(where))
        best: tuple[int, Index, list[Slice]] | None = None
        for index in (self._ids, *self._indexes) if asked else ():
            slices = index.slices(asked)
            if slices is not None and (best is None or size(slices) < best[0]):
                best = size(slices), index, slices
        if best is None or best[0] > len(self._documents) // 2:
            return self._documents.values()
        return [self._documents[self._keys[number]] for number in best[1].numbers(best[2])]
