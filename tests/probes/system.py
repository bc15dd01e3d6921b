"""A running system as a stranger sees it: an address, the demo's accounts, and where they lie, its ports and keys.

Nothing here or in the probes imports the project's code, so that any release can be asked.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nats
from nats.aio.client import Client

Json = dict[str, Any]
STREAM = "YIZHAN"


class Breach(Exception):  # noqa: N818 - what was found, not a fault of ours
    """A wall does not hold: what was seen."""


class NotTried(Exception):  # noqa: N818 - an answer, not a fault
    """What this probe needs is not known: the system's files, say."""


def holds(condition: object, seen: object) -> None:
    """Raise `Breach` with what was seen unless the condition is true."""
    if not condition:
        raise Breach(str(seen))


def fresh(prefix: str) -> str:
    """Return a name that nothing has yet."""
    return prefix + secrets.token_hex(4)


@dataclass
class System:
    """Where it is; `keys` is the directory of a local stack's keys, `ports` says where its parts listen."""

    base: str
    password: str
    http: httpx.AsyncClient
    keys: Path | None = None
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    admin_password: str = ""
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def sign_in(self, username: str, password: str = "", **headers: str) -> httpx.Response:
        """Try to sign in, with the demo's password unless told another."""
        given = password or (self.admin_password if username == "admin1" else "") or self.password
        body = {"username": username, "password": given}
        return await self.http.post("/api/members/sessions", json=body, headers=headers)

    async def token(self, username: str) -> str:
        """Return a token of this account, which signs in once."""
        if username not in self._tokens:
            answer = await self.sign_in(username)
            assert answer.status_code == 201, f"{username} cannot sign in: {answer.status_code} {answer.text}"
            self._tokens[username] = answer.json()["token"]
        return self._tokens[username]

    async def ask(self, method: str, path: str, who: str | None = None, **more: Any) -> httpx.Response:
        """Call as somebody, or as nobody."""
        signed = {} if who is None else {"authorization": f"Bearer {await self.token(who)}"}
        return await self.http.request(method, path, headers={**signed, **more.pop("headers", {})}, **more)

    async def get(self, path: str, who: str, **params: str | int) -> Json:
        """Read what must be there."""
        answer = await self.ask("GET", path, who, params=params)
        assert answer.status_code == 200, f"GET {path} as {who}: {answer.status_code} {answer.text[:200]}"
        return answer.json()

    async def make(self, path: str, who: str, body: Json) -> httpx.Response:
        """Make something."""
        return await self.ask("POST", path, who, json=body, headers={"idempotency-key": secrets.token_hex(8)})

    async def made(self, path: str, who: str, body: Json) -> Json:
        """Make something that must be taken."""
        answer = await self.make(path, who, body)
        assert answer.status_code == 201, f"POST {path} as {who}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    async def file(self, who: str, category: str, **more: Any) -> Json:
        """File a request that must be taken."""
        return await self.made("/api/requests", who, {"category": category, "title": "陪我走走", **more})

    async def person(self, role: str, **more: Any) -> str:
        """Register a new person, who can sign in; returns the account. An earlier release knows no `duty`."""
        username = fresh(f"probe-{role}-")
        body = {"username": username, "name": "过路人", "roles": [role], "password": self.password, **more}
        answer = await self.make("/api/members/people", "admin1", body)
        if answer.status_code == 422 and "duty" in body:
            answer = await self.make("/api/members/people", "admin1", {k: v for k, v in body.items() if k != "duty"})
        assert answer.status_code == 201, answer.text
        return username

    @asynccontextmanager
    async def broker(self, user: str) -> AsyncIterator[Client]:
        """Connect to the broker with the password of one of its users."""
        if self.keys is None or "nats" not in self.ports:
            what = "the broker's passwords are not known"
            raise NotTried(what)
        known = json.loads((self.keys / "secrets.json").read_text(encoding="utf-8"))["broker"]

        async def ignore(_error: Exception) -> None:
            """What is forbidden shows in its effect."""

        client = await nats.connect(
            f"nats://127.0.0.1:{self.ports['nats']}",
            user=user,
            password=known[user],
            inbox_prefix=f"_INBOX_{user}".encode(),
            allow_reconnect=False,
            error_cb=ignore,
        )
        try:
            yield client
        finally:
            await client.close()


def system_at(base: str, password: str, http: httpx.AsyncClient, directory: Path | None) -> System:
    """Return the system at an address; `directory` is YIZHAN_VAR of a local stack."""
    if directory is None:
        return System(base, password, http)
    state = json.loads((directory / "state.json").read_text(encoding="utf-8"))
    return System(base, password, http, directory / "keys", state["ports"])


async def record(client: Client) -> list[bytes]:
    """Return all that the record holds, asked as the broker's bootstrap user."""
    manager = client.jsm()
    state = (await manager.stream_info(STREAM)).state
    found: list[bytes] = []
    for start in range(state.first_seq, state.last_seq + 1, 200):
        numbers = range(start, min(start + 200, state.last_seq + 1))
        messages = await asyncio.gather(*(manager.get_msg(STREAM, each) for each in numbers), return_exceptions=True)
        found += [each.data or b"" for each in messages if not isinstance(each, BaseException)]
    return found
