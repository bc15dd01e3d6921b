"""How many requests a second does `requests` take, against a bare FastAPI + Motor insert of the same document?

Both are one uvicorn process with the same settings, on the same MongoDB, asked over 64 keep-alive connections in
interleaved rounds of one run; whoever is not asked is stopped (SIGSTOP) meanwhile. `requests` signs the caller in,
checks the idempotency key, triages, writes the request with its facts (w:majority, journal) and publishes them to the
real broker, which syncs at every write. A round of `requests` lasts until its last fact is published and cleared from
its outbox, so that nothing is put off. Run `python -m bench.filing`; it writes bench/results/filing.json.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import nats
import orjson
import uvloop
from bson import json_util
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymongo import AsyncMongoClient

from bench.client import Connection, Prepare, Run, closed_loop, request_bytes
from bench.machine import machine, processor_seconds, write
from deploy.local.children import ready, spawn, stop
from deploy.local.ports import HOST, free_port, listening
from deploy.local.servers import Server, start_mongod, start_nats
from deploy.nats.provision import provision_at
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.bus.stream import STREAM
from shared.clock import SystemClock
from shared.contracts.event import Event
from shared.contracts.members import PlaceAdded, PlaceType, Role
from shared.ids import new_id

PLACE = "east.b3.f4.r407"
FORM = {
    "category": "wish.errand",
    "title": "想借一台投影仪",
    "text": "周五晚上楼层读书会用, 七点到九点, 用完当晚归还。联系方式在个人信息里, 谢谢!",
    "urgent": False,
}


@dataclass
class Bench:
    """The running parts, and what the rounds gave."""

    mongo: Server
    nats: Server
    directory: Path
    students: list[str]
    connections: int
    pids: dict[str, int] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    answered: int = 0

    async def start(self, name: str, module: str, **env: str) -> None:
        """Start one of the two servers and wait until it listens."""
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "NATS_URL": self.nats.address,
            "MONGODB_URI": self.mongo.address,
            "YIZHAN_PORT": str(port),
            "YIZHAN_JWKS": str(self.directory / "jwks.json"),
            "YIZHAN_LOG": "json",
            "YIZHAN_LOG_LEVEL": "WARNING",
            "YIZHAN_LIMITS_FACTOR": "1000000",
            **env,
        }
        log = self.directory / f"{name}.log"
        with log.open("ab") as sink:
            process = await spawn([sys.executable, "-m", module], env=environment, stdout=sink.fileno())

        async def listens() -> bool:
            return listening(port)

        await ready(name, listens, process=process, log=log)
        self.processes.append(process)
        self.pids[name], self.ports[name] = process.pid, port

    def prepare(self, name: str) -> Prepare:
        """Return how this server's requests are made."""
        host = f"{HOST}:{self.ports[name]}"
        body = orjson.dumps({**FORM, "place": PLACE})
        if name == "bare":
            whole = request_bytes("POST", "/requests", host, body)
            return lambda _number: whole
        run = new_id()
        parts = [
            request_bytes(
                "POST", "/api/requests", host, body, ("Authorization", f"Bearer {t}"), ("Idempotency-Key", "KEY")
            )
            for t in self.students
        ]
        halves = [part.split(b"KEY", 1) for part in parts]

        def made(number: int) -> bytes:
            before, after = halves[number % len(halves)]
            return b"%b%s-%d%b" % (before, run.encode(), number, after)

        return made

    async def one(self, name: str) -> dict[str, Any]:
        """Ask once and return the answer's body; raises `RuntimeError` when it is no 201."""
        connection = await Connection.connect(HOST, self.ports[name])
        answer = await connection.ask(self.prepare(name)(0))
        connection.close()
        if answer.status != 201:
            raise RuntimeError(answer.body.decode())
        return orjson.loads(answer.body)

    async def round(self, name: str, seconds: float) -> dict[str, Any]:
        """Ask one server alone for so long, and return what it did."""
        other = "bare" if name == "requests" else "requests"
        os.kill(self.pids[other], signal.SIGSTOP)
        watched = {name: self.pids[name], "mongod": self.mongo.process.pid, "nats": self.nats.process.pid}
        watched["client"] = os.getpid()
        before = {part: processor_seconds(pid) for part, pid in watched.items()}
        try:
            run = await closed_loop(
                HOST, self.ports[name], self.prepare(name), connections=self.connections, seconds=seconds
            )
            drained = await self.drained() if name == "requests" else 0.0
        finally:
            os.kill(self.pids[other], signal.SIGCONT)
        if run.statuses.keys() != {201}:
            msg = f"{name} answered {run.statuses}"
            raise RuntimeError(msg)
        used = {part: processor_seconds(pid) - before[part] for part, pid in watched.items()}
        return self.figures(name, run, drained, used)

    def figures(self, name: str, run: Run, drained: float, used: dict[str, float]) -> dict[str, Any]:
        """Return one round's figures: rates a second, latencies in ms, processor ms for each filing by process."""
        if name == "requests":
            self.answered += run.count
        return {
            "server": name,
            "filed": run.count,
            "per_second": round(run.count / run.seconds, 1),
            "per_second_until_published": round(run.count / (run.seconds + drained), 1),
            "published_after_s": round(drained, 3),
            "p50_ms": run.quantile_ms(0.50),
            "p99_ms": run.quantile_ms(0.99),
            "processor_ms_each": {part: round(seconds * 1000 / run.count, 3) for part, seconds in used.items()},
        }

    async def drained(self) -> float:
        """Wait until every fact is published and cleared from its outbox; return for how long."""
        began = perf_counter()
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self.mongo.address)
        try:
            requests = client.yizhan_requests.requests
            while await requests.find_one({"outbox.0": {"$exists": True}}, {"_id": 1}):  # noqa: ASYNC110 - elsewhere
                await asyncio.sleep(0.01)
        finally:
            await client.close()
        return perf_counter() - began


async def tell_of_place(nats_url: str) -> None:
    """Tell the broker of the place that requests concern, as `members` would."""
    client = await nats.connect(nats_url)
    fact = PlaceAdded(place_id=PLACE, type=PlaceType.ROOM, name="407", capacity=4)
    event = Event(new_id(), "/yizhan/members", PLACE, SystemClock().now(), 1, "bench", "bench", "bench", fact)
    await client.jetstream().publish(event.nats_subject, event.to_json(), stream=STREAM)
    await client.close()


def students(directory: Path, count: int) -> list[str]:
    """Make a signing key, publish its public half in the directory, and return the tokens of so many students."""
    signer = Signer(Ed25519PrivateKey.generate())
    (directory / "jwks.json").write_text(json.dumps(signer.jwks), encoding="utf-8")
    now = SystemClock().now()
    people = [Actor(new_id(), f"student{n}", frozenset({Role.STUDENT}), PLACE) for n in range(count)]
    return [signer.sign(person, now, timedelta(hours=2))[0] for person in people]


async def first_filing(bench: Bench) -> None:
    """File once, as soon as the place is known, and keep the document as the template of the bare insert."""
    for _ in range(200):
        try:
            await bench.one("requests")
            break
        except RuntimeError as error:
            if "unknown_place" not in str(error):
                raise
            await asyncio.sleep(0.1)
    bench.answered += 1
    await bench.drained()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(bench.mongo.address)
    document = await client.yizhan_requests.requests.find_one({}) or {}
    await client.close()
    document.pop("outbox")
    (bench.directory / "template.json").write_text(json_util.dumps(document), encoding="utf-8")


async def kept(bench: Bench) -> dict[str, int]:
    """Count what was answered by 201, what the store holds, and the events that the stream holds of it."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(bench.mongo.address)
    stored = await client.yizhan_requests.requests.count_documents({})
    await client.close()
    connection = await nats.connect(bench.nats.address)
    info = await connection.jsm().stream_info(STREAM, subjects_filter="yizhan.requests.>")
    await connection.close()
    filed = (info.state.subjects or {}).get("yizhan.requests.request.filed.v1", 0)
    return {
        "answered": bench.answered,
        "stored": stored,
        "filed_events": filed,
        "lost": bench.answered - min(stored, filed),
    }


def summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians, and the median of the ratios of each pair of neighbouring rounds."""
    ours = [r for r in rounds if r["server"] == "requests"]
    bare = [r for r in rounds if r["server"] == "bare"]
    pairs = list(zip(bare, ours, strict=True))
    strict = [o["per_second_until_published"] / b["per_second"] for b, o in pairs]
    return {
        "ratio": round(statistics.median(strict), 3),
        "ratio_lowest": round(min(strict), 3),
        "ratio_highest": round(max(strict), 3),
        "ratio_of_answers": round(statistics.median(o["per_second"] / b["per_second"] for b, o in pairs), 3),
        "requests_per_second": middle(ours, "per_second_until_published"),
        "bare_per_second": middle(bare, "per_second"),
        "requests_p50_ms": middle(ours, "p50_ms"),
        "requests_p99_ms": middle(ours, "p99_ms"),
        "bare_p50_ms": middle(bare, "p50_ms"),
        "bare_p99_ms": middle(bare, "p99_ms"),
    }


def middle(rounds: list[dict[str, Any]], figure: str) -> float:
    """Return the median of one figure over rounds."""
    return round(statistics.median(each[figure] for each in rounds), 2)


async def measure(rounds: int, seconds: float, connections: int) -> dict[str, Any]:
    """Start everything, measure, stop everything, and return the result."""
    about = machine()
    with tempfile.TemporaryDirectory(prefix="yizhan-bench-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        tokens = students(directory, connections)
        mongo = await start_mongod(directory / "mongo", free_port(), cache_gb=1)
        broker = await start_nats(directory / "nats", free_port())
        bench = Bench(mongo, broker, directory, tokens, connections)
        try:
            await provision_at(broker.address)
            await tell_of_place(broker.address)
            await bench.start("requests", "services.requests")
            await first_filing(bench)
            await bench.start("bare", "bench.bare", BENCH_TEMPLATE=str(directory / "template.json"))
            for server in ("bare", "requests"):
                await bench.round(server, 2.0)
            done: list[dict[str, Any]] = []
            for _ in range(rounds):
                for server in ("bare", "requests"):
                    done.append(await bench.round(server, seconds))
                    print(json.dumps(done[-1]), flush=True)
            return {
                "question": (__doc__ or "").partition("\n")[0],
                **summary(done),
                "connections": connections,
                "seconds_a_round": seconds,
                **await kept(bench),
                "machine": about,
                "rounds": done,
            }
        finally:
            for process in bench.processes:
                await stop(process)
            await broker.stop()
            await mongo.stop()


def main() -> int:
    """Measure, write the result, print the ratio; the exit status says whether nothing was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each server (7)")
    parser.add_argument("--seconds", type=float, default=6.0, help="seconds of a round (6)")
    parser.add_argument("--connections", type=int, default=64, help="keep-alive connections (64)")
    asked = parser.parse_args()
    result = uvloop.run(measure(asked.rounds, asked.seconds, asked.connections))
    print(write("filing", result))
    print(json.dumps({key: value for key, value in result.items() if key not in {"rounds", "machine"}}))
    return 1 if result["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
