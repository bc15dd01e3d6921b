"""What happened in one simulated world: told line by line, so that a seed can be read, compared and counted."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tests.simulation.machine import BEGIN

_TOLD: Final = 160
_AROUND: Final = 3600.0
_WORD: Final = 20


class Unanswered(Exception):  # noqa: N818 - no answer is no error of the person
    """Nobody answered, or only that something went wrong for now: the person does not know whether it was done."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A rule said no."""

    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when (seconds of virtual time), who did what, about which aggregate, and how it went."""

    at: float
    who: str
    what: str
    about: str = ""
    how: str = ""

    def __str__(self) -> str:
        moment = BEGIN + timedelta(seconds=self.at)
        told = f"{moment:%a %d %H:%M:%S}.{moment.microsecond // 1000:03} {self.who:<14} {self.what}"
        return told + (f" [{self.about}]" if self.about else "") + (f" {self.how}" if self.how else "")


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: the rule's name, the aggregate concerned, what was found, and when."""

    rule: str
    about: str
    found: str
    at: float

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}: {self.found}"


@dataclass
class Story:
    """Everything that happened, in order, and how often each sort of thing did."""

    now: Callable[[], float]
    lines: list[Line] = field(default_factory=list[Line])
    counts: Counter[str] = field(default_factory=Counter[str])
    violations: list[Violation] = field(default_factory=list[Violation])
    _known: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def tell(self, who: str, what: str, about: str = "", how: str = "") -> None:
        """Add a line."""
        self.lines.append(Line(self.now(), who, what, about, how))

    def count(self, what: str, times: int = 1) -> None:
        """Count something that is too frequent or too dull for a line."""
        self.counts[what] += times

    def fault(self, kind: str, who: str, part: str = "", *, told: bool = True) -> None:
        """Count an injected fault, and tell it unless it is a small one."""
        self.counts[f"fault:{kind}"] += 1
        if told:
            self.lines.append(Line(self.now(), who, f"FAULT {kind}", "", part))

    def violate(self, rule: str, about: str, found: str) -> None:
        """Note a broken promise, once for each rule and aggregate."""
        if (rule, about) not in self._known:
            self._known.add((rule, about))
            self.violations.append(Violation(rule, about, found, self.now()))
            self.lines.append(Line(self.now(), "INVARIANT", rule, about, found))

    def around(self, violation: Violation) -> Sequence[Line]:
        """Return the lines about the violation's aggregate, with the great faults shortly before each of them."""
        names = [name for name in violation.about.split() if len(name) > _WORD]
        mine = [line for line in self.lines if any(name in line.about or name in line.how for name in names)]
        mine = mine[-_TOLD:]
        if not mine:
            return [line for line in self.lines if line.at <= violation.at][-_TOLD:]
        first, last = mine[0].at - _AROUND, violation.at
        kept = {id(line) for line in mine}
        return [
            line
            for line in self.lines
            if id(line) in kept or (first <= line.at <= last and line.what.startswith("WORLD"))
        ][-2 * _TOLD :]

    def digest(self, *more: Iterable[bytes]) -> str:
        """Return a hash of all that happened, and of what else is given."""
        whole = hashlib.sha256()
        for line in self.lines:
            whole.update(f"{line.at!r}|{line.who}|{line.what}|{line.about}|{line.how}\n".encode())
        for part in more:
            for piece in part:
                whole.update(piece)
        return whole.hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """What one seed came to."""

    seed: int
    violations: Sequence[Violation]
    story: Story
    counts: Counter[str]
    days: float
    digest: str
    seconds: float = 0.0

    def told(self, limit: int = 3) -> str:
        """Return the seed, its violations, and a readable story around the first few of them."""
        parts = [f"seed {self.seed}: {len(self.violations)} violations after {self.days:.1f} days"]
        parts += [f"  {violation}" for violation in self.violations[:20]]
        for violation in self.violations[:limit]:
            parts.append(f"\n== {violation}")
            parts += [f"  {line}" for line in self.story.around(violation)]
        return "\n".join(parts)
