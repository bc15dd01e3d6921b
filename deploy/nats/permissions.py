"""Who may do what on the broker: one user per service, everything else denied.

A service may publish only its own facts and timers, read only its own durables, and be answered only in its own inbox.
One bootstrap user alone may declare streams and consumers. Run as `python -m deploy.nats.permissions` to print the
configuration with passwords taken from the broker's environment (NATS_<USER>_PASSWORD).
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence

from deploy.nats.topology import BOOTSTRAP, COPIED, STREAM, Durable, durables, inbox_prefix

DENY_ALL = {"publish": {"deny": [">"]}, "subscribe": {"deny": [">"]}}


def publishes(service: str, of_service: Sequence[Durable]) -> list[str]:
    """Return the subjects that a service may publish on."""
    allowed = [f"yizhan.{service}.>", f"$JS.API.STREAM.INFO.{STREAM}"]
    if service == "reporting":  # rebuilds its rows from the stream, without a consumer of its own
        allowed.append(f"$JS.API.STREAM.MSG.GET.{STREAM}")
    for durable in of_service:
        allowed += [
            f"$JS.API.CONSUMER.INFO.{STREAM}.{durable.name}",
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{durable.name}",
            f"$JS.ACK.{STREAM}.{durable.name}.>",
        ]
    return allowed


def authorization(wanted: Mapping[str, Sequence[Durable]], password: Callable[[str], str]) -> str:
    """Return the broker's `authorization` block; `password` gives each user's value as written there."""
    users = [_user(service, password(service), publishes(service, own)) for service, own in wanted.items()]
    users.append(_user(BOOTSTRAP, password(BOOTSTRAP), ["$JS.API.>", f"{COPIED}.>"]))
    return (
        "authorization {\n"
        f"  default_permissions: {json.dumps(DENY_ALL)}\n"
        "  users: [\n" + "".join(f"    {user}\n" for user in users) + "  ]\n"
        "}\n"
    )


def quoted(passwords: Mapping[str, str]) -> Callable[[str], str]:
    """Return a `password` function over known passwords."""
    return lambda user: json.dumps(passwords[user])


def from_environment(user: str) -> str:
    """Return the reference by which the broker reads a user's password from its own environment."""
    return f"$NATS_{user.upper()}_PASSWORD"


def _user(name: str, password: str, publish: Sequence[str]) -> str:
    permissions = {"publish": {"allow": list(publish)}, "subscribe": {"allow": [f"{inbox_prefix(name)}.>"]}}
    return f"{{ user: {json.dumps(name)}, password: {password}, permissions: {json.dumps(permissions)} }}"


def main() -> int:
    """Print the block for this release; returns the exit status."""
    print(authorization(durables(), from_environment), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
