"""MongoDB of a local stack, in which each service has a user and a database of its own, and nobody else reads anything.

Without a password nothing can be done but make the first administrator, which the first start does; so a directory of
an earlier release, which had no users, gets them too, and is open to nobody meanwhile.
"""

import asyncio
import base64
import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.local.errors import LocalError
from deploy.local.ports import HOST
from deploy.local.servers import REPLICA_SET, Server, mongo_address, start_mongod
from deploy.mongo.provision import ROOT, make_users

_MARK = "users-made"
_PRIMARY_S = 8.0
_POLL_S = 0.05
_NOT_SIGNED_IN = {13, 18}
"""Codes of MongoDB: not authorized, authentication failed."""


async def start_walled_mongod(
    directory: Path, port: int, *, keyfile: Path, passwords: Mapping[str, str], log: Path | None = None
) -> Server:
    """Start MongoDB with a user for each name in `passwords`: the administrator `root`, and the services.

    Raises:
        LocalError: when the directory knows another password of the administrator.
    """
    root = (ROOT, passwords[ROOT])
    options = ("--keyFile", _made_keyfile(keyfile))
    server = None
    if not (directory / _MARK).exists():
        server = await _with_root(directory, port, root, options, log)
        (directory / _MARK).touch()
    server = server or await start_mongod(directory, port, log=log, options=options, login=root)
    try:
        async with _client(port, root) as client:
            await make_users(client, {name: word for name, word in passwords.items() if name != ROOT})
    except BaseException:
        await server.stop()
        raise
    return server


async def _with_root(
    directory: Path, port: int, root: tuple[str, str], options: Sequence[str], log: Path | None
) -> Server | None:
    """Make the administrator, as MongoDB lets the first one be made from this machine and nothing else.

    Files that were served at another port have no primary there, and only an administrator could move them: then it is
    made without the replica set, after a clean end, and nothing runs when we return.
    """
    server = await start_mongod(directory, port, log=log, options=options, alone=False)
    try:
        if await _is_primary(port):
            await _make_root(directory, port, root)
            return replace(server, address=mongo_address(port, root))
    except BaseException:
        await server.stop()
        raise
    await server.stop()
    server = await start_mongod(directory, port, log=log, options=("--auth",), replicated=False)
    try:
        await _make_root(directory, port, root)
    finally:
        await server.stop()
    return None


async def _is_primary(port: int) -> bool:
    """Begin the replica set where there is none, and wait a while for its primary."""
    async with _client(port) as nobody:
        with contextlib.suppress(OperationFailure):  # it was begun before, and nobody may ask
            members = [{"_id": 0, "host": f"{HOST}:{port}"}]
            await nobody.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        for _ in range(int(_PRIMARY_S / _POLL_S)):
            if (await nobody.admin.command("hello")).get("isWritablePrimary"):
                return True
            await asyncio.sleep(_POLL_S)
    return False


async def _make_root(directory: Path, port: int, root: tuple[str, str]) -> None:
    try:
        async with _client(port) as nobody:
            await nobody.admin.command("createUser", root[0], pwd=root[1], roles=["root"])
    except OperationFailure as error:
        if error.code not in _NOT_SIGNED_IN:
            raise
        await _require_root(directory, port, root)


async def _require_root(directory: Path, port: int, root: tuple[str, str]) -> None:
    """Somebody made the users before us; they must have our passwords."""
    try:
        async with _client(port, root) as client:
            await client.admin.command("ping")
    except OperationFailure as error:
        msg = (
            f"MongoDB's files in {directory} belong to other passwords than those in keys/secrets.json: put that file "
            "back, or `make reset` forgets everything."
        )
        raise LocalError(msg) from error


def _made_keyfile(keyfile: Path) -> str:
    """Return the path of what members of one replica set know each other by; the server wants it for itself alone."""
    if not keyfile.exists():
        keyfile.parent.mkdir(parents=True, exist_ok=True)
        keyfile.touch(mode=0o600)
        keyfile.write_text(base64.b64encode(secrets.token_bytes(96)).decode(), encoding="utf-8")
    keyfile.chmod(0o600)
    return str(keyfile.absolute())


def _client(port: int, login: tuple[str, str] | None = None) -> AsyncMongoClient[dict[str, Any]]:
    user, password = login or (None, None)
    return AsyncMongoClient(
        HOST, port, username=user, password=password, directConnection=True, serverSelectionTimeoutMS=10_000
    )
