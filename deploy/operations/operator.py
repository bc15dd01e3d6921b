"""An administrator's calls to a system through its gateway: the one of this machine, or one elsewhere."""

import getpass
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from deploy.local.errors import LocalError
from deploy.local.settings import ROOT, StackSettings
from deploy.local.state import Lock, Phase, read_state
from shared.auth.actor import Actor
from shared.auth.tokens import Signer
from shared.contracts.members import Role

Json = dict[str, Any]

TOKEN_LIFETIME: Final = timedelta(minutes=5)
_SECONDS: Final = 30.0
_HERE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class NotRunningError(LocalError):
    """There is no system to talk to."""


class AnsweredError(LocalError):
    """The system said no: the problem's `code`, and its HTTP status."""

    def __init__(self, path: str, status: int, problem: Mapping[str, Any]) -> None:
        """Keep what was answered, and say it in the words that the pages have for it."""
        self.status = status
        self.code = str(problem.get("code", ""))
        wording = _wording().get(self.code)
        params = problem.get("params") or {}
        told = wording.format_map(defaultdict(str, params)) if wording else problem.get("detail") or f"{path}: {status}"
        super().__init__(f"{told} ({self.code or status})")


class Operator:
    """Somebody who is signed in as an administrator."""

    def __init__(self, origin: str, token: str) -> None:
        """Talk to the gateway at `origin` with this token."""
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=origin, headers=headers, timeout=_SECONDS, trust_env=not _is_here(origin))
        self.origin = origin

    def get(self, path: str, **params: str | int | bool) -> Json:
        """Read something; raises `AnsweredError`, or `NotRunningError` when nothing answers."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Json | None = None) -> Json:
        """Do something; raises as `get` does."""
        return self._ask("POST", path, json=body or {})

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise _unreachable(self.origin, error) from error
        if not answer.is_success:
            raise AnsweredError(path, answer.status_code, _problem(answer))
        return answer.json()


def operator(settings: StackSettings, env: Mapping[str, str], url: str | None, account: str | None) -> Operator:
    """Sign in: with an account and its password where one is named, else with the key of the stack of this machine.

    The password comes from YIZHAN_PASSWORD or is asked for; it is never an argument, which others could read.

    Raises:
        NotRunningError: when there is nothing to talk to.
        LocalError: when it cannot sign in, or a password would travel in the clear.
    """
    origin = (url or env.get("YIZHAN_URL") or "").rstrip("/")
    account = account or env.get("YIZHAN_ACCOUNT")
    if origin:
        return _signed_in(_checked(origin), account or _asked("Account: "), env)
    origin = _origin_here(settings)
    return _signed_in(origin, account, env) if account else Operator(origin, _token_here(settings))


def _origin_here(settings: StackSettings) -> str:
    with Lock(settings.directory) as lock:
        running = lock.holder() is not None
    state = read_state(settings.directory)
    if not running or state is None or state.phase is not Phase.READY:
        msg = "It is not running here. `make up` starts it; --url https://... speaks to a system elsewhere."
        raise NotRunningError(msg)
    return state.origin


def _token_here(settings: StackSettings) -> str:
    """Sign a token of a few minutes with the stack's own key: whoever can read that file could be anybody anyway."""
    if not settings.key.is_file():
        msg = f"There is no key at {settings.key}: name an account (--account NAME)."
        raise LocalError(msg)
    who = f"operator.{getpass.getuser()}"
    token, _ = Signer.from_file(settings.key).sign(
        Actor(who, who, frozenset({Role.ADMIN})), datetime.now(UTC), TOKEN_LIFETIME
    )
    return token


def _checked(origin: str) -> str:
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"{origin} is no address: write https://the.campus.example"
        raise LocalError(msg)
    if parts.scheme == "http" and not _is_here(origin):
        msg = f"{origin}: the password would travel in the clear. Use https://, or run this on that machine."
        raise LocalError(msg)
    return origin


def _is_here(origin: str) -> bool:
    """Tell whether it is this machine, which no proxy stands before."""
    return urlsplit(origin).hostname in _HERE


def _signed_in(origin: str, account: str, env: Mapping[str, str]) -> Operator:
    password = env.get("YIZHAN_PASSWORD") or _asked(f"Password of {account}: ", secret=True)
    body = {"username": account, "password": password}
    try:
        answer = httpx.post(
            f"{origin}/api/members/sessions", json=body, timeout=_SECONDS, trust_env=not _is_here(origin)
        )
    except httpx.TransportError as error:
        raise _unreachable(origin, error) from error
    if answer.status_code != HTTPStatus.CREATED:
        raise AnsweredError("/api/members/sessions", answer.status_code, _problem(answer))
    session: Json = answer.json()
    if Role.ADMIN not in session["person"]["roles"]:
        msg = f"{account} is no administrator: parked events are for administrators."
        raise LocalError(msg)
    return Operator(origin, str(session["token"]))


def _asked(prompt: str, *, secret: bool = False) -> str:
    if not sys.stdin.isatty():
        msg = "There is nobody to ask: set YIZHAN_ACCOUNT and YIZHAN_PASSWORD."
        raise LocalError(msg)
    return getpass.getpass(prompt) if secret else input(prompt).strip()


def _unreachable(origin: str, error: Exception) -> NotRunningError:
    return NotRunningError(f"Nothing answers at {origin} ({error}).")


@cache
def _wording() -> Mapping[str, str]:
    """Return the English wording of every code; none where the pages are not at hand."""
    path = ROOT / "web" / "src" / "wording" / "en.json"
    return json.loads(path.read_text(encoding="utf-8"))["problems"] if path.is_file() else {}


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
