"""What a service's password on the broker does not buy, tried one by one on a real broker with the real permissions.

Each service tries each of it. Nothing may come of it: not one event more, less or other in the record, no stream or
durable made, changed or removed, no event of another's durable given or settled, nothing heard.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.local.servers import nats_server
from deploy.nats.content import consumers
from deploy.nats.declared import consumer_config, stream_config
from deploy.nats.permissions import authorization, quoted
from deploy.nats.provision import provision
from deploy.nats.topology import API, BOOTSTRAP, SERVICES, durables, inbox_prefix
from shared.bus.publisher import jetstream
from shared.bus.stream import STREAM
from shared.contracts.catalog import BY_TYPE

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORDS = {user: f"secret-of-{user}" for user in (*SERVICES, BOOTSTRAP)}
BROKERS = "$JS.API"
DURABLES = {service: [durable.name for durable in own] for service, own in durables().items()}
OTHER = {"members": "activities", "activities": "requests", "requests": "reporting", "reporting": "members"}
A_MOMENT = 0.02
EVIL = json.dumps({"stream_name": STREAM, "config": {"name": "evil", "durable_name": "evil", "ack_policy": "none"}})
NEXT = b'{"batch":1,"no_wait":true}'
TOLD = {"Nats-Expected-Stream": STREAM}


@dataclass
class Service:
    """A service's own connection, and what the broker held against it."""

    name: str
    connection: Client
    errors: list[str] = field(default_factory=list[str])

    @property
    def subject(self) -> str:
        """Return a subject of its own."""
        return f"yizhan.{self.name}.try.done.v1"

    @property
    def durable(self) -> str:
        """Return the name of a durable of its own."""
        return DURABLES[self.name][0]

    @property
    def other(self) -> str:
        """Return the name of another service."""
        return OTHER[self.name]

    @property
    def fact(self) -> str:
        """Return the subject of a fact that another service tells."""
        return next(fact.SUBJECT for fact in BY_TYPE.values() if not fact.SUBJECT.startswith(f"yizhan.{self.name}."))


@dataclass
class Stage:
    """The broker, everybody's connection, and an event of each durable that is given and not acknowledged."""

    url: str
    bootstrap: Client
    services: Mapping[str, Service]
    given: dict[str, str] = field(default_factory=dict[str, str])

    async def seen(self, but: str) -> Any:
        """Return all that must stay as it is, whatever the service `but` tries; its own durables are its own."""
        manager = self.bootstrap.jsm()
        streams = [info.config.as_dict() for info in await manager.streams_info()]
        found = {info.name: info for info in await consumers(manager, STREAM)}
        own = set(DURABLES[but])
        told = {
            name: (info.config.as_dict(), info.delivered, info.ack_floor, info.num_ack_pending, info.num_pending)
            for name, info in found.items()
            if name not in own
        }
        return streams, sorted(found), told

    async def record(self) -> tuple[int, ...]:
        """Return how much the record holds."""
        state = (await self.bootstrap.jsm().stream_info(STREAM)).state
        return state.messages, state.bytes, state.first_seq, state.last_seq


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A broker with the permissions of this release, a record, and every service signed in with its own password."""
    directory = tmp_path_factory.mktemp("walls")
    permissions = authorization(durables(), quoted(PASSWORDS))
    async with (
        nats_server(directory, sync_interval="2m", permissions=permissions) as url,
        contextlib.AsyncExitStack() as stack,
    ):
        bootstrap = await stack.enter_async_context(await sign_in(url, BOOTSTRAP, []))
        await provision(bootstrap.jsm(), durables())
        services: dict[str, Service] = {}
        for name in SERVICES:
            errors: list[str] = []
            services[name] = Service(name, await stack.enter_async_context(await sign_in(url, name, errors)), errors)
        made = Stage(url, bootstrap, services)
        for fact in BY_TYPE.values():
            service = services[fact.SUBJECT.split(".")[1]]
            await service.connection.jetstream().publish(fact.SUBJECT, EVIL.encode(), headers=TOLD)
        for service in services.values():
            stream = jetstream(service.connection, API)
            for durable in DURABLES[service.name]:
                own = await stream.pull_subscribe_bind(durable, STREAM)
                made.given[durable] = (await own.fetch(1, timeout=5))[0].reply
        yield made


async def sign_in(url: str, user: str, errors: list[str]) -> Client:
    """Connect as a user, with its own inbox; what the broker holds against it is noted."""

    async def note(error: Exception) -> None:
        errors.append(str(error))

    return await nats.connect(
        url,
        allow_reconnect=False,
        user=user,
        password=PASSWORDS[user],
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=note,
    )


@dataclass(frozen=True)
class Try:
    """One message that somebody sends; texts may name `{me}`, `{other}`, `{fact}`, `{own}`, `{theirs}`, `{ack}`."""

    subject: str
    data: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    reply: str = ""
    tells: int = 0
    """How many plain events of its own it tells by that, which it may."""


def filled(text: str, service: Service, stage: Stage) -> str:
    """Return a text with the names of this service and of the one that it tries to harm."""
    theirs = DURABLES[service.other][0]
    names = {
        "{me}": service.name,
        "{other}": service.other,
        "{fact}": service.fact,
        "{own}": service.durable,
        "{theirs}": theirs,
        "{ack}": stage.given[theirs],
    }
    for name, value in names.items():
        text = text.replace(name, value)
    return text


OWN = "yizhan.{me}.try.done.v1"

ELSEWHERE = {
    f"a fact on {subject}": Try(subject, b"{}")
    for subject in (
        "{fact}",
        "yizhan.{other}.try.done.v1",
        "yizhan.{other}",
        "yizhan.{me}",
        "yizhan",
        "yizhan.nobody.try.done.v1",
        "yizhan.{me}s.try.done.v1",
        "copy.yizhan.{other}.try.done.v1",
        "copy.gap",
        "yizhan-frozen.x",
        "_INBOX_{other}.x.y",
        "_INBOX_bootstrap.x.y",
        "_R_.x.y",
        "$KV.x.y",
        "$O.x.C.y",
    )
}

HEADERS = {
    "rollup of all": Try(OWN, b"x", {"Nats-Rollup": "all"}),
    "rollup of its subject": Try(OWN, b"x", {"Nats-Rollup": "sub"}),
    "a schedule on another's subject": Try(
        OWN, b"x", {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "{fact}"}
    ),
    "a schedule on its own subject": Try(
        OWN, b"x", {"Nats-Schedule": "@every 1s", "Nats-Schedule-Target": "yizhan.{me}.try.again.v1"}
    ),
    "a schedule of another's event": Try(
        OWN, b"x", {"Nats-Schedule": "@every 1s", "Nats-Schedule-Source": "{fact}", "Nats-Schedule-Target": "{fact}"}
    ),
    "a lifetime": Try(OWN, b"x", {"Nats-TTL": "1s"}),
    "a lifetime for ever": Try(OWN, b"x", {"Nats-TTL": "never"}),
    "another last sequence": Try(OWN, b"x", {"Nats-Expected-Last-Sequence": "1"}),
    "another last sequence of its subject": Try(OWN, b"x", {"Nats-Expected-Last-Subject-Sequence": "987654"}),
    "another last id": Try(OWN, b"x", {"Nats-Expected-Last-Msg-Id": "x"}),
    "another stream": Try(OWN, b"x", {"Nats-Expected-Stream": "OTHER"}),
    "a sum": Try(OWN, b"x", {"Nats-Incr": "+1"}),
    "a trace to another's subject": Try(OWN, b"x", {"Nats-Trace-Dest": "{fact}"}, tells=1),
    "a trace that only traces": Try(OWN, b"x", {"Nats-Trace-Dest": "{fact}", "Nats-Trace-Only": "true"}, tells=1),
    "a trace to an order": Try(OWN, b"x", {"Nats-Trace-Dest": f"{BROKERS}.STREAM.PURGE.{STREAM}"}, tells=1),
    "a batch that begins on another's subject": Try(
        "{fact}", b"x", {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"}
    ),
    "a batch without its beginning": Try(
        OWN, b"x", {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "7", "Nats-Batch-Commit": "1"}
    ),
    "in the record's name": Try(
        OWN, b"x", {"Nats-Request-Info": '{"acc":"record","svc":"record"}', "Nats-Rollup": "all"}
    ),
}

ORDERS = {
    "STREAM.CREATE.EVIL": b'{"name":"EVIL","subjects":["evil.>"]}',
    "STREAM.CREATE.YIZHAN": b'{"name":"YIZHAN","subjects":["yizhan.>"]}',
    "STREAM.UPDATE.YIZHAN": b'{"name":"YIZHAN","subjects":["evil.>"]}',
    "STREAM.DELETE.YIZHAN": b"",
    "STREAM.PURGE.YIZHAN": b"",
    "STREAM.MSG.DELETE.YIZHAN": b'{"seq":1}',
    "STREAM.SNAPSHOT.YIZHAN": b'{"deliver_subject":"_INBOX_{me}.x"}',
    "STREAM.RESTORE.YIZHAN": b"{}",
    "STREAM.LEADER.STEPDOWN.YIZHAN": b"",
    "STREAM.PEER.REMOVE.YIZHAN": b'{"peer":"x"}',
    "CONSUMER.CREATE.YIZHAN": EVIL.encode(),
    "CONSUMER.CREATE.YIZHAN.evil": EVIL.encode(),
    "CONSUMER.CREATE.YIZHAN.evil.yizhan.>": EVIL.encode(),
    "CONSUMER.DURABLE.CREATE.YIZHAN.evil": EVIL.encode(),
    "CONSUMER.CREATE.YIZHAN.{own}": EVIL.encode(),
    "CONSUMER.DELETE.YIZHAN.{theirs}": b"",
    "CONSUMER.DELETE.YIZHAN.{own}": b"",
    "CONSUMER.PAUSE.YIZHAN.{theirs}": b'{"pause_until":"2999-01-01T00:00:00Z"}',
    "CONSUMER.RESET.YIZHAN.{theirs}": b'{"seq":1}',
    "CONSUMER.UNPIN.YIZHAN.{theirs}": b'{"group":"x"}',
    "CONSUMER.LEADER.STEPDOWN.YIZHAN.{theirs}": b"",
    "CONSUMER.MSG.NEXT.YIZHAN.{theirs}": b'{"batch":9}',
    "META.LEADER.STEPDOWN": b"",
    "SERVER.REMOVE": b'{"peer":"x"}',
    "ACCOUNT.PURGE.record": b"",
}
QUESTIONS = {
    "STREAM.MSG.GET.YIZHAN": b'{"seq":1}',
    "DIRECT.GET.YIZHAN": b'{"seq":1}',
    "DIRECT.GET.YIZHAN.{fact}": b"",
    "CONSUMER.INFO.YIZHAN.{theirs}": b"",
    "CONSUMER.NAMES.YIZHAN": b"",
    "CONSUMER.LIST.YIZHAN": b"",
    "STREAM.NAMES": b"",
    "STREAM.LIST": b"",
    "STREAM.INFO.EVIL": b"",
    "INFO": b"",
}
DIRECT = {
    f"{api}.{order}": Try(f"{api}.{order}", data, reply="_INBOX_{me}.a.b")
    for api in (BROKERS, API, "$JS.record.API")
    for order, data in {**ORDERS, **QUESTIONS}.items()
    if api != "$JS.record.API"
    or order in {"STREAM.DELETE.YIZHAN", "STREAM.PURGE.YIZHAN", "CONSUMER.INFO.YIZHAN.{theirs}"}
}
SETTLED = {
    f"{word or 'nothing'} for an event of another's durable": Try("{ack}", word.encode())
    for word in ("", "+ACK", "-NAK", "+WPI", "+TERM", '+NXT {"batch":9}')
} | {
    "an acknowledgement of what was never given": Try(f"$JS.ACK.{STREAM}." + "{theirs}.1.2.2.1795897935306636478.0"),
    "an acknowledgement with a domain": Try(f"$JS.ACK._.record.{STREAM}." + "{theirs}.1.1.1.1.0.x"),
    "flow control of another": Try(f"$JS.FC.{STREAM}." + "{theirs}.x"),
}
SYSTEM = {
    f"{subject} of the system": Try(subject, b"{}", reply="_INBOX_{me}.a.b")
    for subject in (
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.JSZ",
        "$SYS.REQ.SERVER.x.RELOAD",
        "$SYS.REQ.ACCOUNT.record.CONNZ",
        "$SYS.REQ.ACCOUNT.PING.STATZ",
        "$SYS.REQ.USER.INFO",
        "$SYS.REQ.CLAIMS.UPDATE",
        "$SYS.ACCOUNT.record.CONNECT",
        "$JS.EVENT.ADVISORY.x",
    )
}

ASKED: Mapping[str, Try] = {
    "its question about the stream": Try(f"{API}.STREAM.INFO.{STREAM}"),
    "its question about its durable": Try(f"{API}.CONSUMER.INFO.{STREAM}." + "{own}"),
    "its next event": Try(f"{API}.CONSUMER.MSG.NEXT.{STREAM}." + "{own}", NEXT),
    "its next events when there are none": Try(
        f"{API}.CONSUMER.MSG.NEXT.{STREAM}." + "{own}", b'{"batch":1,"expires":1000000}'
    ),
    "a bad question": Try(f"{API}.CONSUMER.MSG.NEXT.{STREAM}." + "{own}", b"{"),
    "its own fact": Try(OWN, b"x", tells=1),
    "its own fact that is refused": Try(OWN, b"x", {"Nats-Expected-Stream": "OTHER"}),
    "the settling of its event with another": Try("{mine}", b"+NXT " + NEXT),
    "one event of the record": Try(f"{API}.STREAM.MSG.GET.{STREAM}", b'{"seq":1}'),
}
TARGETS = (
    "{fact}",
    "yizhan.{other}.try.done.v1",
    "_INBOX_{other}.a.b",
    "copy.yizhan.{fact}",
    f"{BROKERS}.STREAM.DELETE.{STREAM}",
    f"{BROKERS}.STREAM.PURGE.{STREAM}",
    f"{BROKERS}.STREAM.CREATE.EVIL",
    f"{BROKERS}.CONSUMER.CREATE.{STREAM}.evil",
    f"{BROKERS}.CONSUMER.DELETE.{STREAM}." + "{theirs}",
    f"{BROKERS}.CONSUMER.MSG.NEXT.{STREAM}." + "{theirs}",
    f"{API}.STREAM.DELETE.{STREAM}",
    f"{API}.CONSUMER.DELETE.{STREAM}." + "{theirs}",
    "{ack}",
    "$SYS.REQ.SERVER.PING",
    "_R_.a.b",
)
ANSWERED = {
    f"the answer to {what} on {target}": Try(asked.subject, asked.data, asked.headers, target, asked.tells)
    for what, asked in ASKED.items()
    for target in TARGETS
}

FORBIDDEN: Mapping[str, Try] = {**ELSEWHERE, **HEADERS, **DIRECT, **SETTLED, **SYSTEM, **ANSWERED}


def may(service: str, what: str) -> bool:
    """Say whether this service may do what is forbidden to the others: reporting reads single events of the record."""
    return service == "reporting" and what == f"{API}.STREAM.MSG.GET.YIZHAN"


async def test_enough_is_tried() -> None:
    assert len(FORBIDDEN) + len(HEARD) > 250


@pytest.mark.parametrize(
    ("service", "what"), [(service, what) for what in FORBIDDEN for service in SERVICES if not may(service, what)]
)
async def test_nothing_comes_of(stage: Stage, service: str, what: str) -> None:
    me, tried = stage.services[service], FORBIDDEN[what]
    before, told = await stage.seen(but=service), await stage.record()
    answers: list[bytes] = []

    async def heard(message: Any) -> None:
        answers.append(message.data)

    inbox = await me.connection.subscribe(f"_INBOX_{service}.a.b", cb=heard)
    subject = filled(tried.subject, me, stage).replace("{mine}", stage.given[me.durable])
    headers = {name: filled(value, me, stage) for name, value in tried.headers.items()}
    data = tried.data.replace(b"{me}", service.encode())
    await me.connection.publish(subject, data, reply=filled(tried.reply, me, stage), headers=headers or None)
    await me.connection.flush()
    await asyncio.sleep(A_MOMENT)
    await inbox.unsubscribe()
    assert await stage.seen(but=service) == before
    if tried.tells:
        await nothing_but_its_own(stage, me, told, tried.tells)
    else:
        assert await stage.record() == told
    assert [answer for answer in answers if b'"error"' not in answer] == []


async def nothing_but_its_own(stage: Stage, me: Service, before: tuple[int, ...], most: int) -> None:
    """What the record holds more is plain and on the service's own subject."""
    *_, last = await stage.record()
    assert last - before[3] <= most
    for number in range(before[3] + 1, last + 1):
        assert (await stage.bootstrap.jsm().get_msg(STREAM, number)).subject == me.subject


HEARD = (
    ">",
    "yizhan.>",
    "yizhan.*.*.*.*",
    "{fact}",
    "yizhan.{other}.>",
    "yizhan.{me}.>",
    "_INBOX.>",
    "_INBOX_{other}.>",
    "_INBOX_bootstrap.>",
    "_R_.>",
    "copy.>",
    "$JS.>",
    f"{BROKERS}.>",
    f"{API}.>",
    f"{API}.CONSUMER.MSG.NEXT.{STREAM}." + "{theirs}",
    "$JS.ACK.>",
    f"$JS.ACK.{STREAM}." + "{theirs}.>",
    "$JS.EVENT.>",
    "$SYS.>",
    "$SYS.ACCOUNT.>",
    "$SYS.REQ.USER.INFO",
    "*",
    "*.>",
    "*.*",
)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", HEARD)
async def test_nobody_hears(stage: Stage, service: str, what: str) -> None:
    me, other = stage.services[service], stage.services[OTHER[service]]
    heard: list[str] = []

    async def note(message: Any) -> None:
        heard.append(message.subject)

    me.errors.clear()
    subscription = await me.connection.subscribe(filled(what, me, stage), cb=note)
    await me.connection.flush()
    await asyncio.sleep(A_MOMENT)
    await other.connection.jetstream().publish(other.subject, b"x", stream=STREAM)
    await jetstream(other.connection, API).consumer_info(STREAM, other.durable)
    await stage.bootstrap.jsm().stream_info(STREAM)
    await asyncio.sleep(A_MOMENT)
    await subscription.unsubscribe()
    assert heard == []
    assert any("permissions violation for subscription" in error.lower() for error in me.errors)


BOOTSTRAP_TRIES = {
    "a fact": "yizhan.members.person.departed.v1",
    "an acknowledgement": f"$JS.ACK.{STREAM}.{DURABLES['members'][0]}.1.1.1.1.0",
    "another's inbox": "_INBOX_members.a.b",
    "an order to the system": "$SYS.REQ.SERVER.PING",
}


@pytest.mark.parametrize("what", BOOTSTRAP_TRIES)
async def test_who_declares_the_stream_tells_no_facts(stage: Stage, what: str) -> None:
    before = await stage.record(), await stage.seen(but="reporting")
    await stage.bootstrap.publish(BOOTSTRAP_TRIES[what], b"x")
    await stage.bootstrap.flush()
    await asyncio.sleep(A_MOMENT)
    assert (await stage.record(), await stage.seen(but="reporting")) == before


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_does_what_it_is_for(stage: Stage, service: str) -> None:
    me = stage.services[service]
    stream = jetstream(me.connection, API)
    await stream.publish(me.subject, b"x", stream=STREAM, timeout=2)
    assert (await stream.stream_info(STREAM)).state.messages > len(BY_TYPE)
    told = await stream.consumer_info(STREAM, me.durable)
    assert told.name == me.durable
    if service == "reporting":
        assert (await stream.get_msg(STREAM, 1)).data == EVIL.encode()
    with pytest.raises(NatsError):
        await me.connection.jetstream().consumer_info(STREAM, me.durable, timeout=0.2)


async def test_after_all_that_the_record_begins_as_it_did(stage: Stage) -> None:
    for number, fact in enumerate(BY_TYPE.values(), start=1):
        message = await stage.bootstrap.jsm().get_msg(STREAM, number)
        assert (message.subject, message.data, message.headers) == (fact.SUBJECT, EVIL.encode(), TOLD)


async def test_without_accounts_the_answer_to_one_question_deletes_the_record(tmp_path: Path) -> None:
    """The walls of subjects alone, which these tests would find open."""
    may_ask = ["yizhan.members.>", f"{BROKERS}.CONSUMER.MSG.NEXT.{STREAM}.members-points"]
    permissions = {"publish": {"allow": may_ask}, "subscribe": {"allow": ["_INBOX_members.>"]}}
    users = f'{{ user: "members", password: "secret-of-members", permissions: {json.dumps(permissions)} }}'
    anybody = '{ user: "bootstrap", password: "secret-of-bootstrap" }'
    block = f"authorization {{ users: [\n{users}\n{anybody}\n] }}\n"
    async with (
        nats_server(tmp_path, sync_interval="2m", permissions=block) as url,
        contextlib.AsyncExitStack() as stack,
    ):
        bootstrap, members = [
            await stack.enter_async_context(await sign_in(url, user, [])) for user in (BOOTSTRAP, "members")
        ]
        manager = bootstrap.jsm()
        await manager.add_stream(stream_config(1))
        await manager.add_consumer(
            STREAM, consumer_config(next(one for one in durables()["members"] if one.name == "members-points"), 1)
        )
        for _ in range(200):
            await members.publish(may_ask[1], NEXT, reply=f"{BROKERS}.STREAM.DELETE.{STREAM}")
            await members.flush()
            await asyncio.sleep(A_MOMENT)
            if not await manager.streams_info():
                return
        pytest.fail("the record is still there")
