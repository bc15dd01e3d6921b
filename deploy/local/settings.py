"""Where a local stack lives and listens: a directory, ports, given servers, and secrets made once and kept."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.errors import LocalError
from deploy.local.ports import HOST, free_port
from deploy.mongo.provision import ROOT as ROOT_OF_MONGO
from deploy.nats.topology import BOOTSTRAP, SERVICES

ROOT = Path(__file__).parents[2]
LOGISTICS_SYSTEM = "campus-repairs"

FOR_SERVICES = (
    "YIZHAN_ADMIN_PASSWORD",
    "YIZHAN_LOG_LEVEL",
    "YIZHAN_TIMEZONE",
    "YIZHAN_LIMITS_FACTOR",
)
"""Variables of `make up` that are handed to the services as they are."""

DEFAULT_PORTS: Mapping[str, int] = {
    "gateway": 8080,
    "members": 8101,
    "activities": 8102,
    "requests": 8103,
    "reporting": 8104,
    "repairs": 8099,
    "nats": 4322,
    "mongo": 27117,
}


def port_variable(name: str) -> str:
    """Return the environment variable that moves a port: YIZHAN_PORT for the gateway, YIZHAN_<NAME>_PORT otherwise."""
    return "YIZHAN_PORT" if name == "gateway" else f"YIZHAN_{name.upper()}_PORT"


@dataclass(frozen=True, slots=True)
class StackSettings:
    """One stack on this machine."""

    directory: Path
    """Everything it keeps: data, keys, logs, its process id."""
    ports: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    nats_url: str | None = None
    """A broker that somebody else runs; None: we run one."""
    nats_user: str | None = None
    nats_password: str | None = None
    mongodb_uri: str | None = None
    """A MongoDB that somebody else runs; None: we run one."""
    mongodb_driver: str = "motor"
    nats_replicas: int = 1
    """Copies that the broker keeps of the stream: 3 when the given broker is a cluster."""
    broker_bytes: int | None = None
    """The most that our broker may keep on its files; None: what the disk holds."""
    addresses_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By service: the broker ("nats") or MongoDB ("mongo") at another address than for the others, as a proxy's."""
    sync_interval: str = "always"
    """How often our broker syncs its files: "always", or a time such as "2m"."""
    repair_seconds: float = 20.0
    """Mean time that the demo repair system takes for a piece of work."""
    web: Path = ROOT / "web" / "dist"
    service_env: Mapping[str, str] = field(default_factory=dict)
    """More environment for the four services."""

    @property
    def origin(self) -> str:
        """Return the address of the gateway."""
        return f"http://{HOST}:{self.ports['gateway']}"

    @property
    def logs(self) -> Path:
        """Return the directory of the log files."""
        return self.directory / "log"

    @property
    def key(self) -> Path:
        """Return the file of the key that signs sessions; the published keys are beside it."""
        return self.directory / "keys" / "signing.pem"

    @property
    def person_key(self) -> Path:
        """Return the file of the key that ids of people follow from."""
        return self.key.with_name("person.key")


def settings_from(env: Mapping[str, str]) -> StackSettings:
    """Return the settings of `make up`, moved by the environment.

    A relative YIZHAN_VAR begins in the project's directory, wherever the command is typed: one name, one stack.

    Raises:
        LocalError: when a port is no port number, the number of replicas none, or the directory has no name in UTF-8.
    """
    return StackSettings(
        directory=_directory(env),
        ports={name: _port(env, name, default) for name, default in DEFAULT_PORTS.items()},
        nats_url=env.get("NATS_URL") or None,
        nats_user=env.get("NATS_USER") or None,
        nats_password=env.get("NATS_PASSWORD") or None,
        mongodb_uri=env.get("MONGODB_URI") or None,
        mongodb_driver=env.get("MONGODB_DRIVER") or "motor",
        nats_replicas=_number(env, "YIZHAN_NATS_REPLICAS", 1, most=5),
        sync_interval=env.get("YIZHAN_NATS_SYNC") or "always",
        service_env={name: env[name] for name in FOR_SERVICES if name in env},
    )


def temporary_settings(
    directory: Path, *, repair_seconds: float = 1.0, service_env: Mapping[str, str] | None = None
) -> StackSettings:
    """Return the settings of a stack that disturbs nobody: its own directory, free ports and servers of its own."""
    return StackSettings(
        directory=directory.absolute(),
        ports={name: free_port() for name in DEFAULT_PORTS},
        mongodb_driver=os.environ.get("MONGODB_DRIVER") or "motor",
        repair_seconds=repair_seconds,
        service_env=service_env or {},
    )


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the parts of a stack know and nobody else: made at its first start, kept in its directory."""

    broker: Mapping[str, str]
    """Password of each broker user."""
    mongo: Mapping[str, str]
    """Password of each user of MongoDB: the services and the administrator."""
    webhook: str
    """Secret that signs the repair system's messages (Standard Webhooks form)."""
    open311_key: str
    """Key that the repair system asks for."""


def secrets_in(directory: Path) -> Secrets:
    """Return the secrets of the stack in `directory`, making them at the first call (a file of mode 600)."""
    path = directory / "keys" / "secrets.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    made = _fresh_secrets()
    if missing := made.keys() - kept.keys():  # all of them at the first start, some after an earlier release
        kept |= {name: made[name] for name in missing}
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(kept, indent=2), encoding="utf-8")
        fresh.replace(path)
    return Secrets(**{name: kept[name] for name in made})


def _fresh_secrets() -> dict[str, Any]:
    return {
        "broker": {user: secrets.token_urlsafe(24) for user in (*SERVICES, BOOTSTRAP)},
        "mongo": {user: secrets.token_urlsafe(24) for user in (*SERVICES, ROOT_OF_MONGO)},
        "webhook": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "open311_key": secrets.token_urlsafe(24),
    }


def _directory(env: Mapping[str, str]) -> Path:
    directory = ROOT / (env.get("YIZHAN_VAR") or "var")
    try:
        str(directory).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(directory).decode(errors="backslashreplace")
        msg = f"The name of the directory {shown} is no text in UTF-8: rename it, or name another one by YIZHAN_VAR."
        raise LocalError(msg) from None
    return directory


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    return _number(env, port_variable(name), default, most=2**16 - 1, what="port number")


def _number(env: Mapping[str, str], variable: str, default: int, *, most: int, what: str = "such number") -> int:
    written = env.get(variable) or str(default)
    if not written.isdigit() or not 0 < int(written) <= most:
        msg = f"{variable}={written} is no {what}: 1 to {most}."
        raise LocalError(msg)
    return int(written)
