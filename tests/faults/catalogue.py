"""The faults: what each needs to stand, and what it does while people work."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from deploy.nats.topology import SERVICES
from tests.faults.proxy import WHOLE, Link
from tests.faults.topology import (
    BEHIND,
    QUOTA,
    Scene,
    Topology,
    alone,
    behind_proxies,
    on_a_mongo_set,
    on_a_nats_cluster,
    on_a_small_disk,
    with_a_quota,
)

PROCESSES: Final = (*SERVICES, "nats", "mongo", "gateway", "repairs")
SLOW: Final = Link(delay=0.3, jitter=0.1, segment=100)
LEFT_FREE: Final = 64 * 1024
"""Bytes that the full disk leaves: the load reaches them within seconds."""

REACHED_WITHIN: Final = 90.0
ROOM_NOTICED_WITHIN: Final = 15.0
"""Seconds after which a broker that has room again and still takes nothing is started again."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long faults last, in seconds, and what draws the chances."""

    kills: float = 150.0
    stop: float = 20.0
    away: float = 20.0
    full: float = 20.0
    cut: float = 15.0
    slow: float = 30.0
    seed: int = 1


QUICK: Final = Bounds(kills=30.0, stop=8.0, away=15.0, full=10.0, cut=6.0, slow=10.0)

Act = Callable[[Scene, Bounds], Awaitable[str]]
"""Does the fault and undoes it; returns a note on what was met."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its name, what it is in words, where it happens, and the doing."""

    name: str
    what: str
    topology: Topology
    act: Act


async def kill_at_random(scene: Scene, bounds: Bounds) -> str:
    """Kill -9 one process after the other, all of them in an order drawn anew, each started again after a moment."""
    draw = random.Random(bounds.seed)
    killed: dict[str, int] = {}
    ends = time.monotonic() + bounds.kills
    turn: list[str] = []
    while time.monotonic() < ends:
        turn = turn or draw.sample(PROCESSES, len(PROCESSES))
        name = turn.pop()
        await scene.stack.kill(name)
        killed[name] = killed.get(name, 0) + 1
        await asyncio.sleep(draw.uniform(0.1, 1.5))
        await scene.stack.resume(name)
        await asyncio.sleep(draw.uniform(1.0, 6.0))
    counted = ", ".join(f"{name} {times}" for name, times in sorted(killed.items()))
    return f"seed {bounds.seed}; {sum(killed.values())} kills: {counted}"


async def stop_process(scene: Scene, bounds: Bounds, *, name: str) -> str:
    """Stop a process in the middle of whatever it does, and let it go on."""
    process = scene.stack.server(name).process
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(bounds.stop)
    process.send_signal(signal.SIGCONT)
    return "SIGSTOP, then SIGCONT"


async def restart_each(scene: Scene, _bounds: Bounds) -> str:
    """End each service politely and start it again, one after the other, as a release does."""
    for name in SERVICES:
        await scene.stack.restart(name)
    return "SIGTERM, then a new process"


async def lose_nats_leader(scene: Scene, bounds: Bounds) -> str:
    """Lose the broker that leads the stream, and return it."""
    assert scene.nats is not None
    first = await scene.nats.leader()
    began = time.monotonic()
    await scene.nats.kill(first)
    second = await scene.nats.leader()
    elected = time.monotonic() - began
    await asyncio.sleep(max(0.0, bounds.away - elected))
    await scene.nats.resume(first)
    return f"leader {first} killed, {second} led within {elected:.1f} s"


async def lose_mongo_primary(scene: Scene, bounds: Bounds) -> str:
    """Lose the member that takes writes, and return it."""
    assert scene.mongo is not None
    first = await scene.mongo.leader()
    began = time.monotonic()
    await scene.mongo.kill(first)
    second = await scene.mongo.leader()
    elected = time.monotonic() - began
    await asyncio.sleep(max(0.0, bounds.away - elected))
    await scene.mongo.resume(first)
    return f"primary {first} killed, {second} elected after {elected:.1f} s"


async def fill_disk(scene: Scene, bounds: Bounds) -> str:
    """Fill the broker's file system, and make room again; a broker that goes on refusing then is started again."""
    assert scene.disk is not None
    filler = scene.disk / "filler"
    room = os.statvfs(scene.disk)
    await asyncio.to_thread(_fill, filler, room.f_bavail * room.f_frsize - LEFT_FREE)
    await asyncio.sleep(bounds.full)
    waiting = await scene.unsent()
    await asyncio.to_thread(filler.unlink)
    told = f"{waiting} documents held unsent facts at its end; "
    if await scene.all_sent(ROOM_NOTICED_WITHIN) == 0:
        return told + "the broker went on by itself"
    await scene.stack.restart("nats")
    return told + "the broker took nothing until it was restarted"


async def reach_quota(scene: Scene, bounds: Bounds) -> str:
    """Let the broker reach its quota, beyond which it refuses events, and have it read a larger one."""
    began = time.monotonic()
    while await scene.stream_bytes() < QUOTA - LEFT_FREE:
        if time.monotonic() - began > REACHED_WITHIN:
            return "the quota was never reached"
        await asyncio.sleep(0.5)
    reached = time.monotonic() - began
    await asyncio.sleep(bounds.full)
    waiting = await scene.unsent()
    config = scene.stack.settings.directory / "nats" / "nats.conf"
    config.write_text(config.read_text("utf-8").replace(str(QUOTA), str(QUOTA * 100)), encoding="utf-8")
    scene.stack.server("nats").process.send_signal(signal.SIGHUP)
    return f"reached after {reached:.0f} s; {waiting} documents held unsent facts at its end"


async def cut_link(scene: Scene, bounds: Bounds, *, to: str) -> str:
    """Reset every connection of a link and refuse new ones."""
    await scene.proxies[to].stop()
    await asyncio.sleep(bounds.cut)
    await scene.proxies[to].start()
    return "connections reset, new ones refused"


async def silence_link(scene: Scene, bounds: Bounds, *, to: str) -> str:
    """Let nothing through a link whose connections stay."""
    scene.proxies[to].silence()
    await asyncio.sleep(bounds.cut)
    scene.proxies[to].speak()
    return "connections stay, nothing passes"


async def slow_link(scene: Scene, bounds: Bounds, *, to: str) -> str:
    """Make a link slow, uneven and chopped."""
    proxy = scene.proxies[to]
    proxy.link = SLOW
    await asyncio.sleep(bounds.slow)
    proxy.link = WHOLE
    return f"{SLOW.delay * 1000:.0f} to {(SLOW.delay + SLOW.jitter) * 1000:.0f} ms each way, {SLOW.segment} B a segment"


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


def _all() -> list[Fault]:
    faults = [Fault("kill-random", "kill -9 of a random process every few seconds", alone, kill_at_random)]
    faults.append(Fault("restart-services", "each service restarted in turn", alone, restart_each))
    faults += [
        Fault(f"stop-{name}", f"SIGSTOP of `{name}`", alone, partial(stop_process, name=name))
        for name in (*SERVICES, "nats", "mongo")
    ]
    faults += [
        Fault("nats-leader-lost", "NATS cluster of 3, R3: the leader lost", on_a_nats_cluster, lose_nats_leader),
        Fault("mongo-primary-lost", "MongoDB set of 3: the primary lost", on_a_mongo_set, lose_mongo_primary),
        Fault("broker-disk-full", "the broker's file system full", on_a_small_disk, fill_disk),
        Fault("broker-quota", "the broker's quota reached", with_a_quota, reach_quota),
    ]
    for name, what, act in (
        ("cut", "cut", cut_link),
        ("silent", "silent", silence_link),
        ("slow", "slow and chopped", slow_link),
    ):
        faults += [
            Fault(f"{name}-{to}", f"link `{BEHIND}` to {called} {what}", behind_proxies, partial(act, to=to))
            for to, called in (("nats", "NATS"), ("mongo", "MongoDB"))
        ]
    return faults


FAULTS: Final[Mapping[str, Fault]] = {fault.name: fault for fault in _all()}
