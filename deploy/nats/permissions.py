"""Who may do what on the broker: an account for each service, one for the record, and everything else denied.

The record's account holds the stream. A service's account holds one user, and reaches the record only through what the
record exports to it: its own facts, and questions about its own durables. The broker's answers stay in the account of
whoever asked: whatever reply subject somebody names, it is never one of the record's, where the answer would be a fact,
or an order to delete the stream. Inside its account the user may publish only that, and hear only its own inbox.

One bootstrap user alone, in the record's account, may declare streams and consumers. Run as `python -m
deploy.nats.permissions` to print the configuration with passwords taken from the broker's environment
(NATS_<USER>_PASSWORD).
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deploy.nats.topology import API, BOOTSTRAP, COPIED, RECORD, STREAM, Durable, durables, inbox_prefix

DENY_ALL = {"publish": {"deny": [">"]}, "subscribe": {"deny": [">"]}}
_BROKERS_API = "$JS.API"


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a service's account into the record's: the subject there, and whether several answers come."""

    subject: str
    answers: str = "singleton"

    @property
    def asked_on(self) -> str:
        """Return the subject in the service's account: there the broker's own lead to an account without streams."""
        return self.subject.replace(_BROKERS_API, API, 1) if self.subject.startswith(_BROKERS_API) else self.subject


def ways(service: str, of_service: Sequence[Durable]) -> list[Way]:
    """Return all that a service may ask of the record."""
    found = [Way(f"yizhan.{service}.>"), Way(f"$JS.API.STREAM.INFO.{STREAM}")]
    if service == "reporting":  # rebuilds its rows from the stream, without a consumer of its own
        found.append(Way(f"$JS.API.STREAM.MSG.GET.{STREAM}"))
    for durable in of_service:
        found += [
            Way(f"$JS.API.CONSUMER.INFO.{STREAM}.{durable.name}"),
            Way(f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{durable.name}", "stream"),
            Way(f"$JS.ACK.{STREAM}.{durable.name}.>"),
        ]
    return found


def publishes(service: str, of_service: Sequence[Durable]) -> list[str]:
    """Return the subjects that a service may publish on."""
    return [way.asked_on for way in ways(service, of_service)]


def authorization(wanted: Mapping[str, Sequence[Durable]], password: Callable[[str], str]) -> str:
    """Return the broker's `accounts` block; `password` gives each user's value as written there."""
    shared: dict[Way, list[str]] = {}
    for service, own in wanted.items():
        for way in ways(service, own):
            shared.setdefault(way, []).append(service)
    exports = [
        f"{{ service: {json.dumps(way.subject)}, response_type: {way.answers}, accounts: {json.dumps(services)} }}"
        for way, services in shared.items()
    ]
    bootstrap = _user(BOOTSTRAP, password(BOOTSTRAP), [f"{_BROKERS_API}.>", f"{COPIED}.>"])
    accounts = [_account(RECORD, bootstrap, "exports", exports, more="    jetstream: enabled\n")]
    for service, own in wanted.items():
        imports = [
            f"{{ service: {{ account: {json.dumps(RECORD)}, subject: {json.dumps(way.subject)} }}, "
            f"to: {json.dumps(way.asked_on)} }}"
            for way in ways(service, own)
        ]
        accounts.append(
            _account(service, _user(service, password(service), publishes(service, own)), "imports", imports)
        )
    return "accounts {\n" + "".join(accounts) + "}\n"


def quoted(passwords: Mapping[str, str]) -> Callable[[str], str]:
    """Return a `password` function over known passwords."""
    return lambda user: json.dumps(passwords[user])


def from_environment(user: str) -> str:
    """Return the reference by which the broker reads a user's password from its own environment."""
    return f"$NATS_{user.upper()}_PASSWORD"


def _account(name: str, user: str, direction: str, ways: Sequence[str], *, more: str = "") -> str:
    lines = [
        f"  {json.dumps(name)}: {{\n{more}    default_permissions: {json.dumps(DENY_ALL)}\n",
        f"    users: [\n      {user}\n    ]\n",
        f"    {direction}: [\n",
        *(f"      {way}\n" for way in ways),
        "    ]\n  }\n",
    ]
    return "".join(lines)


def _user(name: str, password: str, publish: Sequence[str]) -> str:
    permissions = {"publish": {"allow": list(publish)}, "subscribe": {"allow": [f"{inbox_prefix(name)}.>"]}}
    return f"{{ user: {json.dumps(name)}, password: {password}, permissions: {json.dumps(permissions)} }}"


def main() -> int:
    """Print the block for this release; returns the exit status."""
    print(authorization(durables(), from_environment), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
