"""The stream of a running stack, read as its owner may."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import nats

from deploy.local.stack import Stack
from deploy.nats.topology import BOOTSTRAP, inbox_prefix
from shared.contracts.event import Fact


def source_of(fact: Fact) -> str:
    """Return the source that a fact of this type must come from: the service that its subject names."""
    return f"/yizhan/{fact.SUBJECT.split('.')[1]}"


@contextlib.asynccontextmanager
async def stream_of(stack: Stack) -> AsyncIterator[Any]:
    """Connect to the stack's broker; yields its JetStream calls."""
    user, password = stack.broker_login
    inbox = inbox_prefix(user or BOOTSTRAP).encode()
    client = await nats.connect(stack.urls["nats"].split(","), user=user, password=password, inbox_prefix=inbox)
    try:
        yield client.jetstream()
    finally:
        await client.close()
