"""The configuration that containers get, on the real servers: each service enters its own rooms and no others."""

from pathlib import Path
from typing import Any

import nats
import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure

from deploy.images.make_secrets import write
from deploy.local.binaries import nats_server_binary
from deploy.local.children import ready, spawn, stop
from deploy.local.ports import HOST, free_port, listening
from deploy.local.servers import start_mongod
from deploy.mongo.provision import database_of, provision
from deploy.nats.provision import provision_at
from deploy.nats.topology import BOOTSTRAP, SERVICES, inbox_prefix

ROOT = Path(__file__).parents[2]
Client = AsyncMongoClient[dict[str, Any]]


async def test_the_brokers_configuration_starts_and_lets_in_by_the_secrets(tmp_path: Path) -> None:
    port, monitor = free_port(), free_port()
    write(tmp_path / "run" / "secrets")
    here = tmp_path / "etc" / "nats"
    here.mkdir(parents=True)
    text = (ROOT / "deploy" / "nats" / "nats.conf").read_text()
    text = text.replace("0.0.0.0:4222", f"{HOST}:{port}").replace("127.0.0.1:8222", f"{HOST}:{monitor}")
    (here / "nats.conf").write_text(text.replace("/data/", f"{tmp_path}/data/"))
    (here / "permissions.conf").write_text((ROOT / "deploy" / "nats" / "permissions.conf").read_text())
    words = {user: _word(tmp_path, f"nats_{user}_password") for user in (*SERVICES, BOOTSTRAP)}
    env = {f"NATS_{user.upper()}_PASSWORD": word for user, word in words.items()}
    process = await spawn([nats_server_binary(), "--config", here / "nats.conf"], env=env)

    async def listens() -> bool:
        return listening(port)

    try:
        await ready("NATS", listens, process=process)
        url = f"nats://{HOST}:{port}"
        await provision_at(url, user=BOOTSTRAP, password=words[BOOTSTRAP])
        for service in SERVICES:
            connection = await nats.connect(
                url,
                user=service,
                password=words[service],
                inbox_prefix=inbox_prefix(service).encode(),
                allow_reconnect=False,
            )
            async with connection:
                await connection.jetstream().publish(f"yizhan.{service}.try.done.v1", b"{}", timeout=2)
    finally:
        await stop(process)


async def test_each_service_has_its_own_database_and_no_other(tmp_path: Path) -> None:
    keyfile = tmp_path / "keyfile"
    write(tmp_path / "run" / "secrets")
    keyfile.write_text(_word(tmp_path, "mongo_keyfile"))
    keyfile.chmod(0o400)
    port = free_port()
    server = await start_mongod(tmp_path / "mongo", port, options=("--keyFile", str(keyfile)))
    passwords = {service: _word(tmp_path, f"mongo_{service}_password") for service in SERVICES}
    try:
        async with _client(port) as nobody:
            await nobody.admin.command("createUser", "root", pwd="root", roles=["root"])
        async with _client(port, "root", "root") as root:
            await provision(root, f"{HOST}:{port}", {**passwords, "requests": "another"})
            await provision(root, f"{HOST}:{port}", passwords)
        async with _client(port, "requests", passwords["requests"], database_of("requests")) as requests:
            await requests[database_of("requests")]["things"].insert_one({"_id": 1})
            with pytest.raises(OperationFailure, match="not authorized"):
                await requests[database_of("members")]["people"].find_one({})
    finally:
        await server.stop()


def _client(port: int, user: str = "", password: str = "", source: str = "admin") -> Client:
    login = f"{user}:{password}@" if user else ""
    return AsyncMongoClient(f"mongodb://{login}{HOST}:{port}/?directConnection=true&authSource={source}")


def _word(directory: Path, name: str) -> str:
    return (directory / "run" / "secrets" / name).read_text().strip()
