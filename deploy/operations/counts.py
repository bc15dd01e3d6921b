"""How much the record and each database hold: told before a backup and after its return, they must be the same.

Run as `python -m deploy.operations.counts`; reads NATS_URL, NATS_USER, NATS_PASSWORD and MONGO_ROOT_URI.
"""

import asyncio
import json
import os
import sys
from typing import Any

import nats
from pymongo import AsyncMongoClient

from deploy.mongo.provision import database_of
from deploy.nats.content import consumers
from deploy.nats.topology import BOOTSTRAP, SERVICES, STREAM, inbox_prefix

Counts = dict[str, Any]


async def counts(nats_url: str, login: tuple[str | None, str | None], mongo_uri: str) -> Counts:
    """Return the events of the record, what each durable has before it, and the documents of every collection."""
    user, password = login
    inbox = inbox_prefix(user or BOOTSTRAP).encode()
    broker = await nats.connect(nats_url.split(","), user=user, password=password, inbox_prefix=inbox, name="counts")
    mongo: AsyncMongoClient[Any] = AsyncMongoClient(mongo_uri)
    try:
        state = (await broker.jsm().stream_info(STREAM)).state
        waiting = {
            info.name: (info.num_pending or 0) + (info.num_ack_pending or 0)
            for info in await consumers(broker.jsm(), STREAM)
        }
        documents: Counts = {}
        for service in SERVICES:
            database = mongo[database_of(service)]
            names = sorted(await database.list_collection_names())
            documents[service] = {name: await database[name].count_documents({}) for name in names}
    finally:
        await broker.close()
        await mongo.close()
    record = {"events": state.messages, "first": state.first_seq, "last": state.last_seq}
    return {"record": record, "waiting": dict(sorted(waiting.items())), "documents": documents}


def told(held: Counts) -> str:
    """Return counts in one line for a person."""
    documents = sum(sum(of_service.values()) for of_service in held["documents"].values())
    return (
        f"{held['record']['events']:,} events, {documents:,} documents, {sum(held['waiting'].values()):,} to be heard"
    )


def main() -> int:
    """Print what the servers of the environment hold, as JSON; returns the exit status."""
    env = os.environ
    login = (env.get("NATS_USER"), env.get("NATS_PASSWORD"))
    print(json.dumps(asyncio.run(counts(env["NATS_URL"], login, env["MONGO_ROOT_URI"])), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
