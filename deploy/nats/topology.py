"""What the broker must hold: the stream, and the durable of every ear of every service, read from their tables."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence

from shared.bus.ears import Durable, declared
from shared.bus.stream import STREAM

__all__ = ["API", "BOOTSTRAP", "COPIED", "RECORD", "SERVICES", "STREAM", "Durable", "durables", "inbox_prefix"]

SERVICES: tuple[str, ...] = ("members", "activities", "requests", "reporting")

BOOTSTRAP = "bootstrap"
"""The one broker user that may declare streams and consumers."""


RECORD = "record"
"""The broker's account that holds the stream; each service has an account of its own name."""

API = "RECORD.API"
"""First tokens of the subjects on which a service asks the broker about the record, from its own account."""

COPIED = "copy"
"""First token of the subjects of the copy that a stream is rebuilt from."""


def durables() -> Mapping[str, Sequence[Durable]]:
    """Return for each service the durables that its `ears.py` names; a service without ears has none."""
    return {service: _durables_of(service) for service in SERVICES}


def inbox_prefix(user: str) -> str:
    """Return the prefix of the reply subjects that this broker user may subscribe to."""
    return f"_INBOX_{user}"


def _durables_of(service: str) -> Sequence[Durable]:
    module = f"services.{service}.ears"
    if importlib.util.find_spec(module) is None:
        return ()
    return declared(importlib.import_module(module).Ears)
