"""The page of pictures: who uses the system, what it is made of, who tells whom, and the states of things.

Mermaid, drawn from what the code declares: the topics of the services, who hears which fact, and the tables of stages.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.topics import SERVICES, topics_of
from services.activities.programme.domain import permitted as activities
from services.requests.casework.domain.lifecycle import ARROWS, LEG_ARROWS, LEG_STAGE
from shared.contracts.activities import ActivityStage
from shared.contracts.catalog import FACTS
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.contracts.stages import ENDED, LegState, Stage

_MANY: Final = 5
_HEAD: Final = """# Pictures

Drawn from the code by `python -m deploy.docs`: topics as `app.py` declares them, facts as consumers hear
them, states as the tables of the domains have them. A test says when a picture is stale.
"""
_SERVICES: Final = Path(__file__).parents[1] / "services"
_OUTSIDE_STARTS: Final = LegState.QUEUED
_HELPED_STARTS: Final = LegState.OPEN


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one state to another, by a command if the table names one."""

    before: str
    after: str
    by: str = ""


def _picture(title: str, about: str, lines: Iterable[str]) -> Iterable[str]:
    yield f"## {title}"
    yield ""
    yield about
    yield ""
    yield from lines
    yield ""


def _flow(direction: str, lines: Iterable[str]) -> Iterable[str]:
    yield "```mermaid"
    yield f"flowchart {direction}"
    yield from lines
    yield "```"


def _context() -> Iterable[str]:
    for role in Role:
        yield f'  {role.value}(["{role.value.replace("_", " ")}"]) --> yizhan'
    yield '  yizhan["<b>Yizhan</b><br/>requests, helpers, activities, figures"]'
    yield '  yizhan -- "orders, Open311" --> repairs["repair system of the campus"]'
    yield '  repairs -- "news, signed webhook" --> yizhan'


def _containers(heard: Mapping[type[Fact], set[str]]) -> Iterable[str]:
    yield '  pages(["browser: the pages, Vue"]) -- "HTTP, SSE" --> gateway["gateway, Caddy: one origin"]'
    for service in SERVICES:
        told = sum(_teller(fact) == service for fact in FACTS)
        known = sum(service in hearers for hearers in heard.values())
        names = ", ".join(_names(service))
        yield f'  gateway --> {service}["<b>{service}</b><br/>{names}"]'
        yield f'  {service} --> {service}_store[("{service}, MongoDB")]'
        yield f'  {service} <-- "tells {told}, hears {known}" --> stream'
    yield '  stream[["one stream, YIZHAN, on NATS JetStream: the record"]]'
    yield '  requests -- "Open311" --> repairs["repair system"]'
    yield '  repairs -- "webhook" --> gateway'


def _names(service: str) -> Iterable[str]:
    """Return the topics that declare anything, by the folders that they stand in."""
    return sorted(file.parent.name for file in (_SERVICES / service).glob("*/topic.py"))


def _teller(fact: type[Fact]) -> str:
    return fact.type_name().partition(".")[0]


def _heard() -> Mapping[type[Fact], set[str]]:
    """Return the services that hear each fact."""
    found: dict[type[Fact], set[str]] = defaultdict(set)
    for service in SERVICES:
        for durable in (each for topic in topics_of(service) for each in topic.durables):
            for fact in (fact for heard in durable.heard for fact in heard.facts):
                found[fact].add(service)
    return found


def _who_tells_whom(heard: Mapping[type[Fact], set[str]]) -> Iterable[str]:
    for teller in SERVICES:
        for hearer in SERVICES:
            count = sum(_teller(fact) == teller and hearer in hearers for fact, hearers in heard.items())
            if count:
                yield f"  {teller} -- {count} --> {hearer}"


def _states(arrows: Sequence[Arrow], *, begins: Iterable[str], ends: Iterable[str]) -> Iterable[str]:
    """Draw states; of what leads to one state from many (giving up), one is drawn, and the rest told in words."""
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for arrow in arrows:
        ways[arrow.by, arrow.after].append(arrow.before)
    drawn: dict[tuple[str, str], list[str]] = defaultdict(list)
    for arrow in arrows:
        befores = ways[arrow.by, arrow.after]
        if len(befores) <= _MANY or arrow.before == befores[0]:
            drawn[arrow.before, arrow.after].append(arrow.by)
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in begins:
        yield f"  [*] --> {state}"
    for (before, after), commands in drawn.items():
        yield f"  {before} --> {after}" + (f" : {', '.join(commands)}" if any(commands) else "")
    for state in ends:
        yield f"  {state} --> [*]"
    yield "```"
    for (by, after), (_, *others) in ways.items():
        if len(others) >= _MANY:
            yield ""
            yield f"To `{after}`" + (f" by {by}" if by else "") + f" also from {', '.join(others)}."


def _request() -> Iterable[str]:
    arrows = [Arrow(before, after) for before in Stage for after in Stage if after in ARROWS[before]]
    return _states(arrows, begins=[Stage.SUBMITTED], ends=[stage for stage in Stage if stage in ENDED])


def _leg() -> Iterable[str]:
    arrows = [
        Arrow(before, moves[before], command)
        for before in LegState
        for command, moves in LEG_ARROWS.items()
        if moves.get(before, before) is not before
    ]
    reached = {arrow.after for arrow in arrows}
    ends = [state for state in LegState if state not in LEG_STAGE and state in reached]
    return _states(arrows, begins=[_HELPED_STARTS, _OUTSIDE_STARTS], ends=ends)


def _activity() -> Iterable[str]:
    arrows = [
        Arrow(before, after, command)
        for command, after in activities.LEADS_TO.items()
        for before in ActivityStage
        if before in activities.STAGES[command]
    ]
    moving = {arrow.before for arrow in arrows}
    return _states(arrows, begins=[ActivityStage.PLANNED], ends=[one for one in ActivityStage if one not in moving])


def pictures_page() -> str:
    """Return docs/architecture/pictures.md."""
    heard = _heard()
    parts = (
        _picture("Context", "Who uses it, and what it talks to.", _flow("LR", _context())),
        _picture("Containers", "What runs. Services never call each other.", _flow("TB", _containers(heard))),
        _picture(
            "Who tells whom", "How many kinds of facts go from one to another.", _flow("LR", _who_tells_whom(heard))
        ),
        _picture("A request", "The stages, and where each may lead.", _request()),
        _picture("A leg", "The states, and the commands that lead from one to another; the rest stay.", _leg()),
        _picture("An activity", "The stages, and the commands that lead from one to another.", _activity()),
    )
    return "\n".join([_HEAD, *(line for part in parts for line in part)])
