"""Simulated people: each signs in, acts by HTTP with a token, and tries again with the same key when nobody answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

_PATIENCE: Final = 60.0
_SIGN_INS_AT_ONCE: Final = 4
_GONE: Final = frozenset({502, 503, 504})
_FAULTS: Final = 500
_SLOWED: Final = 429

_NEWS: Final = frozenset(
    {"request.unknown_place", "request.unknown_requester", "activity.unknown_place", "activity.unknown_unit"}
)
_NEWS_TRIES, _NEWS_PAUSE = 60, 0.5

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The service said no: `status`, and the problem's `code`."""

    def __init__(self, method: str, path: str, status: int, problem: Json) -> None:
        """Keep what was asked and what was answered."""
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = problem
        super().__init__(
            f"{method} {path}: {status} {self.code} {problem.get('detail', '')} {problem.get('errors', '')}"
        )


@dataclass(slots=True)
class Tally:
    """What the simulated people met: answers by class, and attempts that got no answer."""

    calls: int = 0
    retried: int = 0
    faults: list[str] = field(default_factory=list)
    """Answers 500: there should never be one."""


class Town:
    """All simulated people of one origin."""

    def __init__(
        self,
        origin: str,
        password: str,
        *,
        others: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
        connections: int = 64,
    ) -> None:
        """Talk to the gateway at `origin`; give up on a call after `patience` seconds without an answer.

        Everybody has the same `password`, but for `others`, by account name.
        """
        self._others = others or {}
        self.tally = Tally()
        self._patience = patience
        self._password = password
        self._client = httpx.AsyncClient(
            base_url=origin,
            timeout=15.0,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # a thousand people share no cookie
        )
        self._people: dict[str, Someone] = {}
        self._door = asyncio.Semaphore(_SIGN_INS_AT_ONCE)

    async def close(self) -> None:
        """Let everybody go."""
        await self._client.aclose()

    def someone(self, username: str) -> "Someone":
        """Return the person with this account."""
        return self._people.setdefault(username, Someone(self, username))

    async def sign_in(self, username: str) -> Json:
        """Sign in and return the session: token, expires_at, person."""
        async with self._door:
            body = {"username": username, "password": self._others.get(username, self._password)}
            answer = await self.call("POST", "/api/members/sessions", json=body)
        session: Json = answer.json()
        return session

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Call until there is an answer; raises `Refused` when it is a no, the transport's error after the patience."""
        ends = time.monotonic() + self._patience
        pause = 0.05
        while True:
            self.tally.calls += 1
            try:
                answer = await self._client.request(method, path, **options)
            except httpx.TransportError:
                if time.monotonic() > ends:
                    raise
                answer = None
            told = self._told_to_wait(answer)
            if answer is not None and ((told is None and answer.status_code not in _GONE) or time.monotonic() > ends):
                return self._judged(method, path, answer)
            self.tally.retried += 1
            await asyncio.sleep(told or pause)
            pause = min(1.0, pause * 1.6)

    def _told_to_wait(self, answer: httpx.Response | None) -> float | None:
        """Return the seconds after which to try again, when the answer says so and it is worth the wait."""
        if answer is None or answer.status_code != _SLOWED:
            return None
        seconds = float(answer.headers.get("retry-after", 1))
        return seconds if seconds <= self._patience else None

    def _judged(self, method: str, path: str, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            return answer
        if answer.status_code == _FAULTS:
            self.tally.faults.append(f"{method} {path}: {answer.text[:300]}")
        try:
            problem = answer.json()
        except ValueError:
            problem = {"detail": answer.text[:300]}
        raise Refused(method, path, answer.status_code, problem if isinstance(problem, dict) else {"detail": problem})


class Someone:
    """One simulated person; signs in at the first call."""

    def __init__(self, town: Town, username: str) -> None:
        """Be the person with this account."""
        self.username = username
        self._town = town
        self._session: Json | None = None
        self._signing_in = asyncio.Lock()

    async def session(self) -> Json:
        """Return the session, signed in."""
        async with self._signing_in:
            if self._session is None:
                self._session = await self._town.sign_in(self.username)
        return self._session

    async def id(self) -> str:
        """Return the person's id."""
        return str((await self.session())["person"]["id"])

    async def get(self, path: str, **params: str | int) -> Json:
        """Read something."""
        return await self._ask("GET", path, params=params)

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Do something; `key` is the Idempotency-Key, the same on every attempt."""
        headers = {} if key is None else {"idempotency-key": key}
        return await self._ask("POST", path, json={} if body is None else body, headers=headers)

    async def send(self, path: str, content: bytes, content_type: str, **params: str) -> Json:
        """Send raw content, such as a table to import."""
        return await self._ask("POST", path, content=content, params=params, headers={"content-type": content_type})

    async def _ask(self, method: str, path: str, **options: Any) -> Json:
        for attempt in (1, 2):
            token = (await self.session())["token"]
            headers = {**options.pop("headers", {}), "authorization": f"Bearer {token}"}
            try:
                answer = await self._town.call(method, path, headers=headers, **options)
            except Refused as refused:
                if refused.code != "auth.signed_out" or attempt > 1:
                    raise
                self._session = None
                options["headers"] = headers
                continue
            break
        return answer.json() if answer.content else {}


async def when_known(do: Callable[[], Awaitable[Json]]) -> Json:
    """Do it, again for a while when the service has not yet heard of the place or the person."""
    for _ in range(_NEWS_TRIES):
        try:
            return await do()
        except Refused as refused:
            if refused.code not in _NEWS:
                raise
        await asyncio.sleep(_NEWS_PAUSE)
    return await do()
