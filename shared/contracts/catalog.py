"""Every fact that any service tells, by CloudEvents type: all that the contracts define."""

from collections.abc import Iterator, Mapping
from types import ModuleType

from shared.contracts import activities, members
from shared.contracts.event import Fact
from shared.contracts.requests import leg, request


def _facts_of(module: ModuleType) -> Iterator[type[Fact]]:
    for thing in vars(module).values():
        if (
            isinstance(thing, type)
            and issubclass(thing, Fact)
            and thing.SUBJECT
            and thing.__module__ == module.__name__
        ):
            yield thing


FACTS: tuple[type[Fact], ...] = tuple(
    fact for contract in (members, activities, request, leg) for fact in _facts_of(contract)
)

BY_TYPE: Mapping[str, type[Fact]] = {fact.type_name(): fact for fact in FACTS}
