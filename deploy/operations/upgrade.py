"""Brings what an earlier release kept to this one, with the services stopped.

Here it is `yizhan upgrade`, in containers `python -m deploy.operations.upgrade`. There it reads NATS_URL, NATS_USER,
NATS_PASSWORD, YIZHAN_NATS_REPLICAS, MONGO_ROOT_URI, YIZHAN_PERSON_KEY and YIZHAN_SIGNING_KEY. It may run again at any
time: what is done already is left alone, what was interrupted goes on.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nats
from pymongo import AsyncMongoClient

from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings
from deploy.local.stack import servers
from deploy.local.state import Lock
from deploy.mongo.provision import database_of
from deploy.nats.migrate import MigrationError
from deploy.nats.topology import BOOTSTRAP, SERVICES, inbox_prefix
from deploy.operations.renaming import Places, rename_people
from services.members.people.store import key_in

NOTHING = "Nothing is left of an earlier release: everybody has an id that only the key leads to."


def run(settings: StackSettings, _given: argparse.Namespace) -> int:
    """Upgrade the stack of this machine, which must be stopped; returns the exit status."""
    with Lock(settings.directory) as lock:
        if not lock.take():
            print("It is running: stop it first (`make down`), then run this again.", file=sys.stderr)
            return 1
        return asyncio.run(_here(settings))


async def _here(settings: StackSettings) -> int:
    async with servers(settings, say=print) as stack:
        user, password = stack.broker_login
        keys = {"YIZHAN_PERSON_KEY": str(settings.person_key), "YIZHAN_SIGNING_KEY": str(settings.key)}
        login = {"NATS_USER": user or "", "NATS_PASSWORD": password or ""}
        where = {"NATS_URL": stack.urls["nats"], "MONGO_ROOT_URI": stack.urls["mongo"]}
        return await upgrade({**keys, **login, **where, "YIZHAN_NATS_REPLICAS": str(settings.nats_replicas)})


async def upgrade(env: Mapping[str, str]) -> int:
    """Upgrade what this environment names; returns the exit status."""
    user, password = env.get("NATS_USER") or None, env.get("NATS_PASSWORD") or None
    broker = await nats.connect(
        env["NATS_URL"].split(","),
        user=user,
        password=password,
        inbox_prefix=inbox_prefix(user or BOOTSTRAP).encode(),
        name="upgrade",
    )
    mongo: AsyncMongoClient[Any] = AsyncMongoClient(env["MONGO_ROOT_URI"], tz_aware=True)
    try:
        places = Places(
            {service: mongo[database_of(service)] for service in SERVICES},
            broker,
            int(env.get("YIZHAN_NATS_REPLICAS") or 1),
            Path(env["YIZHAN_SIGNING_KEY"]) if env.get("YIZHAN_SIGNING_KEY") else None,
        )
        if not await rename_people(places, key_in(Path(env["YIZHAN_PERSON_KEY"])), say=print):
            print(NOTHING)
    except (LocalError, MigrationError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        await broker.close()
        await mongo.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(upgrade(os.environ)))
