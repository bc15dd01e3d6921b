"""Begins the replica set and makes one user per service, who may use its own database only. May run again at any time.

Run as `python -m deploy.mongo.provision`; reads MONGO_ROOT_URI (an administrator, connected directly to one member),
MONGO_MEMBER (that member's address as the services see it) and MONGO_<SERVICE>_PASSWORD.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.nats.topology import SERVICES

REPLICA_SET = "yizhan"
ROOT = "root"
"""The administrator."""

ALREADY_INITIATED = 23
WAIT_S = 60

Client = AsyncMongoClient[dict[str, Any]]


def database_of(service: str) -> str:
    """Return the name of a service's database, which is also where its user is known."""
    return f"yizhan_{service}"


async def provision(client: Client, member: str, passwords: Mapping[str, str]) -> None:
    """Begin the replica set with `member`, wait for its primary, make each service's user or set its password.

    Raises:
        TimeoutError: when there is no primary after a minute.
    """
    await _initiate(client, member)
    await _wait_for_primary(client)
    await make_users(client, passwords)


async def make_users(client: Client, passwords: Mapping[str, str]) -> None:
    """Make each service's user, or set its password: it reads and writes its own database and no other."""
    for service, password in passwords.items():
        await _make_user(client, service, password)


def with_login(uri: str, service: str, password: str) -> str:
    """Return the address as this service's user connects to it, whoever it was for."""
    parts = urlsplit(uri)
    hosts = parts.netloc.rpartition("@")[2]
    database = database_of(service)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "authSource"]
    asked = urlencode([*query, ("authSource", database)])
    return f"{parts.scheme}://{quote_plus(service)}:{quote_plus(password)}@{hosts}/{database}?{asked}"


async def _initiate(client: Client, member: str) -> None:
    config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]}
    try:
        await client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        if error.code != ALREADY_INITIATED:
            raise


async def _wait_for_primary(client: Client) -> None:
    for _ in range(WAIT_S * 5):
        if (await client.admin.command("hello")).get("isWritablePrimary"):
            return
        await asyncio.sleep(0.2)
    msg = f"no primary after {WAIT_S} s"
    raise TimeoutError(msg)


async def _make_user(client: Client, service: str, password: str) -> None:
    database = client[database_of(service)]
    present = (await database.command("usersInfo", service))["users"]
    command = "updateUser" if present else "createUser"
    await database.command(command, service, pwd=password, roles=[{"role": "readWrite", "db": database.name}])


async def _run(env: Mapping[str, str]) -> None:
    client: Client = AsyncMongoClient(env["MONGO_ROOT_URI"], directConnection=True)
    try:
        passwords = {service: env[f"MONGO_{service.upper()}_PASSWORD"] for service in SERVICES}
        await provision(client, env.get("MONGO_MEMBER", "mongo:27017"), passwords)
    finally:
        await client.close()


def main() -> int:
    """Provision the MongoDB of the environment; returns the exit status."""
    asyncio.run(_run(os.environ))
    print(f"mongodb: replica set {REPLICA_SET}, one user for each of {', '.join(SERVICES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
