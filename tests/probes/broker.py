"""What one service's password on the broker buys. Nothing here can harm a record that is not walled, only add to it."""

import asyncio
import socket

from nats.aio.client import Client

from tests.probes.catalogue import wall
from tests.probes.system import STREAM, NotTried, System, fresh, holds

BROKER = "the broker's walls"
APIS = ("$JS.API", "RECORD.API")
"""What the broker is asked on: in the record's own account, and in that of a service."""


async def _stored(system: System, subject: str) -> int:
    """Say how many messages the record has on a subject."""
    async with system.broker("bootstrap") as client:
        info = await client.jsm().stream_info(STREAM, subjects_filter=subject)
    return sum((info.state.subjects or {}).values())


async def _sent(client: Client, subject: str, data: bytes = b"probe", reply: str = "", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    await client.publish(subject, data, reply=reply, headers=named or None)
    await client.flush()
    await asyncio.sleep(0.3)


@wall(BROKER)
async def rollup(system: System) -> None:
    """`Nats-Rollup` with one service's password removes nothing, and is not taken."""
    subject = fresh("yizhan.members.probe.") + ".v1"
    async with system.broker("members") as client:
        await _sent(client, subject, Nats_Rollup="sub")
    holds(await _stored(system, subject) == 0, "a rollup of its subject is taken: with `all` it empties the record")


@wall(BROKER)
async def schedules(system: System) -> None:
    """`Nats-Schedule` with one service's password tells no fact of another."""
    subject, target = fresh("yizhan.members.probe.") + ".v1", fresh("yizhan.activities.probe.") + ".v1"
    async with system.broker("members") as client:
        await _sent(client, subject, Nats_Schedule="@at 2020-01-01T00:00:00Z", Nats_Schedule_Target=target)
        await asyncio.sleep(1.5)
    found = (await _stored(system, subject), await _stored(system, target))
    holds(found == (0, 0), f"taken on its own subject: {found[0]}, told on another's: {found[1]}")


@wall(BROKER)
async def info_elsewhere(system: System) -> None:
    """`STREAM.INFO` with a reply on another's subject tells no fact of another."""
    await _answered(system, "members", "STREAM.INFO", b"", "yizhan.activities")


@wall(BROKER)
async def message_elsewhere(system: System) -> None:
    """`STREAM.MSG.GET` with a reply on another's subject tells no fact of another."""
    await _answered(system, "reporting", "STREAM.MSG.GET", b'{"seq":1}', "yizhan.activities")


@wall(BROKER)
async def next_elsewhere(system: System) -> None:
    """`CONSUMER.MSG.NEXT` with a reply on another's subject tells no fact of another."""
    asked = b'{"batch":1,"no_wait":true}'
    for durable in ("members-points", "members-matching"):
        await _answered(system, "members", "CONSUMER.MSG.NEXT", asked, "yizhan.activities", durable)


async def _answered(system: System, user: str, what: str, data: bytes, other: str, durable: str = "") -> None:
    target = fresh(f"{other}.probe.") + ".v1"
    async with system.broker(user) as client:
        for api in APIS:
            await _sent(client, ".".join(filter(None, (api, what, STREAM, durable))), data, reply=target)
    holds(await _stored(system, target) == 0, f"the broker's answer is in the record, on {target}")


@wall(BROKER)
async def without_password(system: System) -> None:
    """Without a password nobody enters, and its monitoring answers no other machine."""
    if "nats" not in system.ports:
        what = "the broker's port is not known"
        raise NotTried(what)
    reader, writer = await asyncio.open_connection("127.0.0.1", system.ports["nats"])
    await reader.readline()
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    told = await reader.readline()
    writer.close()
    holds(told.startswith(b"-ERR"), told)
    mine = socket.gethostbyname(socket.gethostname())
    for port in () if mine.startswith("127.") else (8222, system.ports["nats"]):
        try:
            _, opened = await asyncio.wait_for(asyncio.open_connection(mine, port), 2)
        except (OSError, TimeoutError):
            continue
        opened.close()
        holds(condition=False, seen=f"{mine}:{port} answers")
