"""Declares the stream and every durable: the only place that does.

It may run again at any time and changes only what differs.
Run as `python -m deploy.nats.provision`; reads NATS_URL, NATS_USER, NATS_PASSWORD, YIZHAN_NATS_REPLICAS.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import nats
from nats.js import JetStreamManager
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    ConsumerInfo,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from deploy.nats.topology import BOOTSTRAP, Durable, durables, inbox_prefix
from shared.bus.stream import ACK_WAIT_SECONDS, DUPLICATE_WINDOW_SECONDS, MAX_ACK_PENDING, STREAM, SUBJECTS

UNLIMITED = -1
OURS = {"declared-by": "yizhan"}


@dataclass(slots=True)
class Report:
    """What a run did, by name of the stream or durable."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it in one line for a log."""
        return ", ".join(
            f"{len(names)} {word}"
            for word, names in (
                ("created", self.created),
                ("changed", self.changed),
                ("removed", self.removed),
                ("as it was", self.kept),
            )
            if names
        )


def stream_config(replicas: int) -> StreamConfig:
    """Return the stream: all our subjects, on files, without limits; batches, schedules and lifetimes allowed."""
    return StreamConfig(
        name=STREAM,
        subjects=list(SUBJECTS),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_consumers=UNLIMITED,
        max_msgs=UNLIMITED,
        max_bytes=UNLIMITED,
        max_age=0,
        max_msgs_per_subject=UNLIMITED,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=True,
        allow_msg_schedules=True,
        allow_msg_ttl=True,
        allow_rollup_hdrs=True,
        metadata=dict(OURS),
    )


def consumer_config(durable: Durable, replicas: int) -> ConsumerConfig:
    """Return a durable pull consumer: explicit acks, never given up, from the first event on."""
    return ConsumerConfig(
        durable_name=durable.name,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=UNLIMITED,
        max_ack_pending=MAX_ACK_PENDING,
        filter_subjects=list(durable.subjects),
        num_replicas=replicas,
        metadata=dict(OURS),
    )


async def provision(manager: JetStreamManager, wanted: Mapping[str, Sequence[Durable]], *, replicas: int = 1) -> Report:
    """Make the broker hold the stream and exactly the durables `wanted`; returns what it had to do."""
    report = Report()
    await _provision_stream(manager, stream_config(replicas), report)
    present = {info.name: info.config for info in await _consumers(manager)}
    flat = {durable.name: durable for of_service in wanted.values() for durable in of_service}
    for name, durable in flat.items():
        await _provision_durable(manager, consumer_config(durable, replicas), present.get(name), report)
    for name, config in present.items():
        if name not in flat and OURS.items() <= (config.metadata or {}).items():
            await manager.delete_consumer(STREAM, name)
            report.removed.append(name)
    return report


async def _provision_stream(manager: JetStreamManager, wanted: StreamConfig, report: Report) -> None:
    try:
        present = (await manager.stream_info(STREAM)).config
    except NotFoundError:
        await manager.add_stream(wanted)
        report.created.append(STREAM)
        return
    if _differs(present.as_dict(), wanted.as_dict()):
        await manager.update_stream(wanted)
        report.changed.append(STREAM)
    else:
        report.kept.append(STREAM)


async def _provision_durable(
    manager: JetStreamManager, wanted: ConsumerConfig, present: ConsumerConfig | None, report: Report
) -> None:
    name = str(wanted.durable_name)
    if present is None:
        report.created.append(name)
    elif _differs(_with_subjects(present), wanted.as_dict()):
        report.changed.append(name)
    else:
        report.kept.append(name)
        return
    await manager.add_consumer(STREAM, wanted)


def _with_subjects(config: ConsumerConfig) -> dict[str, object]:
    """The broker answers a single filter in another field than several."""
    told = config.as_dict()
    if config.filter_subject and not config.filter_subjects:
        told["filter_subjects"] = [config.filter_subject]
    return told


def _differs(present: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Say whether anything that we want is otherwise; what the broker fills in by itself is its own."""
    return any(not _same(present.get(key), value) for key, value in wanted.items() if value is not None)


def _same(present: object, wanted: object) -> bool:
    if isinstance(wanted, dict) and isinstance(present, dict):
        return wanted.items() <= present.items()
    if isinstance(wanted, list) and isinstance(present, list):
        return sorted(map(str, wanted)) == sorted(map(str, present))
    return present == wanted or (not present and not wanted)


async def _consumers(manager: JetStreamManager) -> list[ConsumerInfo]:
    found: list[ConsumerInfo] = []
    while page := await manager.consumers_info(STREAM, offset=len(found)):
        found += page
    return found


async def provision_at(url: str, *, user: str | None = None, password: str | None = None, replicas: int = 1) -> Report:
    """Connect to the broker at `url` (or several, by commas), provision it for this release's services, disconnect."""
    connection = await nats.connect(
        url.split(","),
        user=user,
        password=password,
        inbox_prefix=inbox_prefix(user or BOOTSTRAP).encode(),
        name="provision",
    )
    try:
        return await provision(connection.jsm(), durables(), replicas=replicas)
    finally:
        await connection.close()


def main() -> int:
    """Provision the broker of the environment; returns the exit status."""
    env = os.environ
    report = asyncio.run(
        provision_at(
            env.get("NATS_URL", "nats://127.0.0.1:4222"),
            user=env.get("NATS_USER"),
            password=env.get("NATS_PASSWORD"),
            replicas=int(env.get("YIZHAN_NATS_REPLICAS", "1")),
        )
    )
    print(f"broker: {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
