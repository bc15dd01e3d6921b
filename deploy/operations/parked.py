"""`yizhan parked`: lists, shows, replays and discards the events that the services could not handle."""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from deploy.local.control import NOT_RUNNING
from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings
from deploy.nats.topology import SERVICES
from deploy.operations.operator import AnsweredError, NotRunningError, Operator, operator
from deploy.operations.tables import told_list, told_one, told_replay

Json = dict[str, Any]

_PAGE: Final = 200
_TROUBLE: Final = 1
_ID: Final = re.compile(r"[a-z]+(-[a-z]+)+:[0-9]+")


def add_parser(commands: Any) -> None:
    """Add `parked` and its own commands to the command's arguments."""
    parked = commands.add_parser("parked", help="events that could not be handled: list|show|replay|discard")
    own = parked.add_subparsers(dest="parked", required=True, metavar="list|show|replay|discard")
    listed = own.add_parser("list", help="what is parked, the latest first")
    listed.add_argument("--discarded", action="store_true", help="the discarded ones instead")
    listed.add_argument("--limit", type=_positive, default=50, help="at most so many of each service (50)")
    show = own.add_parser("show", help="one event: why it is parked, and its content")
    show.add_argument("id", help="for example members-points:1234")
    replay = own.add_parser("replay", help="hand events to their own durable once more")
    replay.add_argument("id", nargs="?", help="one event; without it, all of --durable or --service, the oldest first")
    discard = own.add_parser("discard", help="decide that an event is not to be handled; it is kept, with the reason")
    discard.add_argument("id")
    discard.add_argument("--reason", required=True, help="why, in 3 to 500 characters")
    for command in (listed, replay):
        command.add_argument("--service", choices=SERVICES, help="only this service")
        command.add_argument("--durable", help="only this durable, for example members-points")
    replay.add_argument("--yes", action="store_true", help="do not ask before replaying several")
    for command in (listed, show, replay, discard):
        command.add_argument("--json", action="store_true", help="print JSON")
        command.add_argument("--url", help="a system elsewhere, https://...; YIZHAN_URL does the same")
        command.add_argument("--account", help="sign in with this account (YIZHAN_ACCOUNT; password: YIZHAN_PASSWORD)")


def run(settings: StackSettings, given: argparse.Namespace) -> int:
    """Run one of them; returns 0, 1 when something stays to be done, or 3 when the system does not run."""
    try:
        desk = operator(settings, os.environ, given.url, given.account)
        return _COMMANDS[given.parked](desk, given)
    except NotRunningError as error:
        print(error, file=sys.stderr)
        return NOT_RUNNING


def service_of(parked_id: str) -> str:
    """Return the service that an event is parked in: its durable is named `<service>-<purpose>`."""
    service = parked_id.partition("-")[0]
    if service not in SERVICES or _ID.fullmatch(parked_id) is None:
        msg = f"{parked_id} is no id of a parked event; `yizhan parked list` shows them."
        raise LocalError(msg)
    return service


def _list(desk: Operator, given: argparse.Namespace) -> int:
    rows: list[Json] = []
    more = False
    missing: list[str] = []
    for service in _services(given):
        try:
            found = list(_pages(desk, service, given, given.limit + 1))
        except AnsweredError as error:
            missing.append(f"{service} does not tell: {error}")
            continue
        more |= len(found) > given.limit
        rows += found[: given.limit]
    rows.sort(key=lambda row: (row["parked_at"], row["id"]), reverse=True)
    if given.json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print(told_list(rows, discarded=given.discarded, more=more, names=_names(desk, rows)))
    for line in missing:
        print(line, file=sys.stderr)
    return _TROUBLE if missing else 0


def _show(desk: Operator, given: argparse.Namespace) -> int:
    event = desk.get(_path(given.id))
    print(json.dumps(event, indent=2, ensure_ascii=False) if given.json else told_one(event, _names(desk, [event])))
    return 0


def _replay(desk: Operator, given: argparse.Namespace) -> int:
    if given.id:
        ids = [given.id]
    elif given.durable or given.service:
        found = (row for service in _services(given) for row in _pages(desk, service, given, None))
        ids = [row["id"] for row in sorted(found, key=lambda row: (row["parked_at"], row["sequence"]))]
        if ids and not given.yes and not _agreed(f"Replay {len(ids)} parked events? [y/N] "):
            print("Nothing was replayed.", file=sys.stderr)
            return _TROUBLE
    else:
        msg = "Name an id, or --durable or --service for all of theirs."
        raise LocalError(msg)
    results: list[Json] = []
    for one in ids:
        results.append(_replayed(desk, one, alone=bool(given.id)))
        if not given.json:
            print(told_replay(results[-1]), flush=True)
    if given.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    elif not ids:
        print("Nothing is parked there.")
    return _TROUBLE if any(result["kept"] for result in results) else 0


def _replayed(desk: Operator, parked_id: str, *, alone: bool) -> Json:
    """Replay one; among several, one that somebody else handled meanwhile is no fault."""
    try:
        return desk.post(f"{_path(parked_id)}/replay")
    except AnsweredError as error:
        if alone:
            raise
        gone = error.code in {"parked.not_found", "parked.discarded"}
        return {"id": parked_id, "outcome": "gone" if gone else "failed", "kept": not gone, "reason": str(error)}


def _discard(desk: Operator, given: argparse.Namespace) -> int:
    row = desk.post(f"{_path(given.id)}/discard", {"reason": given.reason})
    if given.json:
        print(json.dumps(row, indent=2, ensure_ascii=False))
    else:
        print(f"{row['id']} is discarded; `yizhan parked list --discarded` shows it.")
    return 0


_COMMANDS: Final = {"list": _list, "show": _show, "replay": _replay, "discard": _discard}


def _services(given: argparse.Namespace) -> Sequence[str]:
    named = {given.service} if given.service else set(SERVICES)
    if given.durable:
        named &= {given.durable.partition("-")[0]}
    if not named:
        msg = f"No service has the durable {given.durable}."
        raise LocalError(msg)
    return [service for service in SERVICES if service in named]


def _pages(desk: Operator, service: str, given: argparse.Namespace, most: int | None) -> Iterator[Json]:
    query: dict[str, Any] = {"limit": min(_PAGE, most or _PAGE), "discarded": getattr(given, "discarded", False)}
    if given.durable:
        query["durable"] = given.durable
    told = 0
    while True:
        page = desk.get(f"/api/{service}/parked", **query)
        for row in page["items"]:
            if told == most:
                return
            told += 1
            yield row
        if not page["next_cursor"]:
            return
        query["cursor"] = page["next_cursor"]


def _path(parked_id: str) -> str:
    return f"/api/{service_of(parked_id)}/parked/{parked_id}"


def _names(desk: Operator, rows: Sequence[Json]) -> dict[str, str]:
    """Return the names of those who discarded; an operator at a terminal has none, and is shown by the id."""
    ids = sorted({row["discarded"]["by"] for row in rows if row["discarded"]})
    if not ids:
        return {}
    try:
        return dict(desk.get("/api/members/names", ids=",".join(ids))["names"])
    except AnsweredError:
        return {}


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        msg = "There is nobody to ask: add --yes."
        raise LocalError(msg)
    return input(question).strip().lower() in {"y", "yes"}


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        msg = "a number above 0"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
