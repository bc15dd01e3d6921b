"""Declares the stream and every durable: the only place that does, with `migrate.py`, which rebuilds an older stream.

It may run again at any time and changes only what differs.
Run as `python -m deploy.nats.provision`; reads NATS_URL, NATS_USER, NATS_PASSWORD, YIZHAN_NATS_REPLICAS.
"""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import nats
from nats.js import JetStreamManager
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import NotFoundError

from deploy.nats.content import consumers
from deploy.nats.declared import OURS, consumer_config, stream_config
from deploy.nats.migrate import MigrationError, Say, hearers, migrate, needed
from deploy.nats.topology import BOOTSTRAP, Durable, durables, inbox_prefix
from shared.bus.stream import STREAM

__all__ = ["Report", "consumer_config", "provision", "provision_at", "stream_config"]


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


async def provision(manager: JetStreamManager, wanted: Mapping[str, Sequence[Durable]], *, replicas: int = 1) -> Report:
    """Make the broker hold the stream and exactly the durables `wanted`; returns what it had to do."""
    report = Report()
    await _provision_stream(manager, stream_config(replicas), report)
    present = {info.name: info.config for info in await consumers(manager, STREAM)}
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
        await manager.update_stream(replace(wanted, metadata={**(present.metadata or {}), **(wanted.metadata or {})}))
        report.changed.append(STREAM)
    else:
        report.kept.append(STREAM)


async def _provision_durable(
    manager: JetStreamManager, wanted: ConsumerConfig, present: ConsumerConfig | None, report: Report
) -> None:
    name = str(wanted.durable_name)
    if present is None:
        report.created.append(name)
    elif _differs(_with_subjects(present), (wanted := _begun_as(present, wanted)).as_dict()):
        report.changed.append(name)
    else:
        report.kept.append(name)
        return
    await manager.add_consumer(STREAM, wanted)


def _begun_as(present: ConsumerConfig, wanted: ConsumerConfig) -> ConsumerConfig:
    """Where a durable begins is settled when it is made; one of a rebuilt stream began behind what was done."""
    return replace(wanted, deliver_policy=present.deliver_policy, opt_start_seq=present.opt_start_seq)


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


async def provision_at(
    url: str,
    *,
    user: str | None = None,
    password: str | None = None,
    replicas: int = 1,
    say: Say = lambda _text: None,
) -> Report:
    """Connect to the broker at `url` (or several, by commas), provision it for this release's services, disconnect.

    A stream of an earlier release that cannot be changed into ours is rebuilt first; `say` hears of it.

    Raises:
        MigrationError: when it must be rebuilt and somebody hears from it still, or it cannot be.
    """
    connection = await nats.connect(
        url.split(","),
        user=user,
        password=password,
        inbox_prefix=inbox_prefix(user or BOOTSTRAP).encode(),
        name="provision",
    )
    try:
        manager = connection.jsm()
        if await needed(manager):
            if hearing := await hearers(manager):
                msg = (
                    "The stream is of an earlier release, in which any service could wipe it, and must be rebuilt, but "
                    f"services hear from it still ({', '.join(hearing)}): stop them, then start again."
                )
                raise MigrationError(msg)
            await migrate(connection, durables(), replicas=replicas, say=say)
        return await provision(manager, durables(), replicas=replicas)
    finally:
        await connection.close()


def main() -> int:
    """Provision the broker of the environment; returns the exit status."""
    env = os.environ
    try:
        report = asyncio.run(
            provision_at(
                env.get("NATS_URL", "nats://127.0.0.1:4222"),
                user=env.get("NATS_USER"),
                password=env.get("NATS_PASSWORD"),
                replicas=int(env.get("YIZHAN_NATS_REPLICAS", "1")),
                say=lambda text: print(f"broker: {text}", flush=True),
            )
        )
    except MigrationError as error:
        print(f"broker: {error}", file=sys.stderr)
        return 1
    print(f"broker: {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
