"""Marks the methods that hear: one class `Consumers` a topic, everything it hears on one screen."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from shared.bus.outcome import Outcome
from shared.contracts.event import Event, Fact

_MARK: Final = "__hears__"

HearOne = Callable[[Event[Any]], Awaitable[Outcome | None]]
HearBatch = Callable[[Sequence[Event[Any]]], Awaitable[Sequence[Outcome] | None]]
M = TypeVar("M", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Heard:
    """One method's mark: its durable, its facts, and whether it takes events in batches."""

    durable: str
    facts: tuple[type[Fact], ...]
    batch: bool
    method: str = ""


@dataclass(frozen=True, slots=True)
class Durable:
    """A durable consumer: its name and everything its methods hear."""

    name: str
    heard: tuple[Heard, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the NATS subjects that the durable must filter for, sorted."""
        return tuple(sorted({fact.SUBJECT for heard in self.heard for fact in heard.facts}))


def hears(durable: str, *facts: type[Fact]) -> Callable[[M], M]:
    """Mark a method `(event) -> Outcome`: each event by itself, in order within one aggregate. No outcome is `Done`."""
    return _marked(Heard(durable, facts, batch=False))


def hears_batch(durable: str, *facts: type[Fact]) -> Callable[[M], M]:
    """Mark a method `(events) -> outcomes` for work that is cheaper in one bulk write. No outcomes: each is `Done`."""
    return _marked(Heard(durable, facts, batch=True))


def _marked(heard: Heard) -> Callable[[M], M]:
    def mark(method: M) -> M:
        setattr(method, _MARK, Heard(heard.durable, heard.facts, heard.batch, method.__name__))
        return method

    return mark


def declared(consumers: type[Any]) -> list[Durable]:
    """Return the durables of a class of consumers, by name; raises `ValueError` when a durable hears a fact twice."""
    by_name: dict[str, list[Heard]] = {}
    for member in vars(consumers).values():
        heard: Heard | None = getattr(member, _MARK, None)
        if heard is not None:
            by_name.setdefault(heard.durable, []).append(heard)
    durables = [Durable(name, tuple(heard)) for name, heard in sorted(by_name.items())]
    for durable in durables:
        facts = [fact for heard in durable.heard for fact in heard.facts]
        if len(facts) != len(set(facts)):
            msg = f"{durable.name} hears a fact twice"
            raise ValueError(msg)
    return durables
