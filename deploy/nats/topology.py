"""What the broker must hold: the stream, and the durables of every service, as its topics declare them."""

from collections.abc import Mapping, Sequence

from deploy.topics import SERVICES, topics_of
from shared.bus.consumers import Durable
from shared.bus.stream import STREAM

__all__ = ["API", "BOOTSTRAP", "COPIED", "RECORD", "SERVICES", "STREAM", "Durable", "durables", "inbox_prefix"]

BOOTSTRAP = "bootstrap"
"""The one broker user that may declare streams and consumers."""


RECORD = "record"
"""The broker's account that holds the stream; each service has an account of its own name."""

API = "RECORD.API"
"""First tokens of the subjects on which a service asks the broker about the record, from its own account."""

COPIED = "copy"
"""First token of the subjects of the copy that a stream is rebuilt from."""


def durables() -> Mapping[str, Sequence[Durable]]:
    """Return for each service the durables that its topics declare, by name."""
    return {
        service: sorted((each for topic in topics_of(service) for each in topic.durables), key=lambda each: each.name)
        for service in SERVICES
    }


def inbox_prefix(user: str) -> str:
    """Return the prefix of the reply subjects that this broker user may subscribe to."""
    return f"_INBOX_{user}"
