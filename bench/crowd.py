"""Simulated people on the light client: the demo's stories, with tokens made beforehand.

`Crowd` and `Member` answer to the calls of `deploy.demo.people.Town` and `Someone` that stories make.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from bench.client import Answer, Connection, request_bytes
from deploy.demo.people import Json, Refused
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.clock import SystemClock
from shared.contracts.members import Role

_AWAY = (502, 503, 504)


class Crowd:
    """Everybody of one origin, over so many keep-alive connections."""

    def __init__(self, origin: str, signer: Signer, people: Mapping[str, Json]) -> None:
        """Speak to `origin` for these people (rows of `members` by username), whose tokens `signer` signs."""
        self._address = urlsplit(origin)
        self._signer = signer
        self._people = people
        self._members: dict[str, Member] = {}
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self.calls = 0

    async def connect(self, connections: int) -> None:
        """Open the connections."""
        for _ in range(connections):
            self._free.put_nowait(await self._open())

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while not self._free.empty():
            self._free.get_nowait().close()

    def someone(self, username: str) -> "Member":
        """Return the person with this account."""
        if username not in self._members:
            row = self._people[username]
            actor = Actor(row["id"], row["name"], frozenset(map(Role, row["roles"])), row["place"], tuple(row["units"]))
            token, _ = self._signer.sign(actor, SystemClock().now(), timedelta(hours=6))
            self._members[username] = Member(self, actor.id, token)
        return self._members[username]

    async def ask(self, method: str, path: str, body: bytes, *headers: tuple[str, str]) -> Json:
        """Ask and return the answer's body; raises `Refused` when it is a no, `ConnectionError` when nobody answers."""
        request = request_bytes(method, path, self._address.netloc, body, *headers)
        connection = await self._free.get()
        try:
            answer = await self._answer(connection, request)
        except ConnectionError:
            connection = await self._open()
            answer = await self._answer(connection, request)
        finally:
            self._free.put_nowait(connection)
        parsed: Any = orjson.loads(answer.body) if answer.body else {}
        if answer.status >= 400:
            raise Refused(method, path, answer.status, parsed)
        return parsed

    async def _answer(self, connection: Connection, request: bytes) -> Answer:
        while True:
            self.calls += 1
            answer = await connection.ask(request)
            if answer.status not in _AWAY:
                return answer
            await asyncio.sleep(0.1)

    async def _open(self) -> Connection:
        return await Connection.connect(self._address.hostname or "", self._address.port or 80)


class Member:
    """One simulated person."""

    def __init__(self, crowd: Crowd, person_id: str, token: str) -> None:
        """Be the person of this token."""
        self._crowd = crowd
        self._id = person_id
        self._sign = ("Authorization", f"Bearer {token}")

    async def id(self) -> str:
        """Return the person's id."""
        return self._id

    async def get(self, path: str, **params: str | int) -> Json:
        """Read something."""
        query = f"?{urlencode(params)}" if params else ""
        return await self._crowd.ask("GET", path + query, b"", self._sign)

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Do something; `key` is the Idempotency-Key."""
        keys = [("Idempotency-Key", key)] if key else []
        return await self._crowd.ask("POST", path, orjson.dumps(body or {}), self._sign, *keys)
