"""Why things happened: a cause changes a document once, and a yes leaves its fact."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

Violate = Callable[[str, str, str], None]

_PARTED: Final = "leg.declined or released"
"""A no to an offer declines it; a no after the yes hands the leg back."""

_FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accept": "leg.accepted",
        "decline": _PARTED,
        "release": _PARTED,
        "withdraw": "leg.dropped",
        "start": "leg.started",
        "complete": "leg.done",
        "assign": "leg.offered",
        "claim": "leg.accepted",
        "cancel": "request.cancelled",
        "reject": "request.rejected",
        "hold": "request.held",
        "resume": "request.resumed",
        "triage": "request.triaged",
        "confirm": "request.rated",
        "rate": "request.rated",
        "reopen": "request.reopened",
    }
)
"""The fact that each command about a request leaves, when it is answered with yes; its repetition leaves none."""

_WORDLESS: Final = frozenset({"accept", "start", "claim", "resume", "assign", "triage"})
"""Commands that say nothing of their own: given twice they cannot be told from their repetition.

Nor can one that means the same: an acceptance of what one has claimed.
"""


class Causes:
    """Remembers what caused each fact, and what people were told."""

    def __init__(self, violate: Violate) -> None:
        """Tell violations to this."""
        self._violate = violate
        self._events: set[str] = set()
        self._caused: dict[tuple[str, str], int] = {}
        self._left: Counter[tuple[str, str, str]] = Counter()
        self._promised: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._commits = 0

    def wrote(self, raws: Iterable[bytes]) -> None:
        """Look at the facts of one commit."""
        self._commits += 1
        for raw in raws:
            event = orjson.loads(raw)
            self._events.add(event["id"])
            self._cause_is_new(event)
            kind = event["type"].removeprefix("requests.").removesuffix(".v1")
            said = _PARTED if kind in {"leg.declined", "leg.released"} else kind
            self._left[event["subject"], event["actor"], said] += 1

    def answered(self, person_id: str, command: str, request_id: str, intention: str) -> None:
        """Remember that a person's command was answered with yes; `intention` is the same when it is only repeated."""
        if command in _FACTS:
            meant = _FACTS[command] if command in _WORDLESS else intention
            self._promised[request_id, person_id, _FACTS[command]].add(meant)

    def at_rest(self) -> None:
        """Compare what people were told with the facts."""
        for (request_id, person_id, kind), intentions in self._promised.items():
            times = len(intentions)
            left = self._left[request_id, person_id, kind]
            if left < times:
                found = f"{person_id} was told yes {times} times, there are {left} facts"
                self._violate("a yes leaves its fact", f"{request_id} {kind}", found)

    def _cause_is_new(self, event: Mapping[str, Any]) -> None:
        """An event changes a document in one commit, however often it comes."""
        cause = event["causationid"]
        if cause in self._events:
            first = self._caused.setdefault((event["subject"], cause), self._commits)
            if first != self._commits:
                self._violate(
                    "a cause changes a document once", event["subject"], f"{event['type']} because of {cause}"
                )
