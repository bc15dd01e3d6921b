"""How each part of a local stack is started: its command, its environment, and how it is asked whether it is ready."""

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from deploy.demo.campus import PASSWORD
from deploy.local.children import ready
from deploy.local.databases import start_walled_mongod
from deploy.local.ports import HOST, require_free
from deploy.local.servers import Server, spawn_logged, start_caddy, start_nats
from deploy.local.settings import LOGISTICS_SYSTEM, ROOT, Secrets, StackSettings, port_variable
from deploy.mongo.provision import with_login
from deploy.nats.permissions import authorization, quoted
from deploy.nats.topology import API, SERVICES, durables

Launch = Callable[[], Awaitable[Server]]

CADDYFILE = ROOT / "deploy" / "gateway" / "Caddyfile"
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
PASSED_ON_PREFIXES = ("COVERAGE_", "COV_CORE_", "OTEL_")


def nats_launch(settings: StackSettings, secrets: Secrets) -> Launch:
    """Start the broker with one user per service, each inside its walls."""

    async def launch() -> Server:
        return await start_nats(
            settings.directory / "nats",
            settings.ports["nats"],
            sync_interval=settings.sync_interval,
            most_bytes=settings.broker_bytes,
            permissions=authorization(durables(), quoted(secrets.broker)),
            log=settings.logs / "nats.log",
        )

    return launch


def mongo_launch(settings: StackSettings, secrets: Secrets) -> Launch:
    """Start MongoDB as a replica set of one, with one user per service, each inside its own database."""

    async def launch() -> Server:
        return await start_walled_mongod(
            settings.directory / "mongo",
            settings.ports["mongo"],
            keyfile=settings.key.with_name("mongo.key"),
            passwords=secrets.mongo,
            log=settings.logs / "mongo.log",
        )

    return launch


def service_launch(settings: StackSettings, secrets: Secrets, service: str, urls: Mapping[str, str]) -> Launch:
    """Start one service; `urls` names the broker ("nats") and MongoDB ("mongo")."""
    env = service_env(settings, secrets, service, urls)
    return _http_launch(settings, service, f"services.{service}", env, "/readyz")


def repairs_launch(settings: StackSettings, secrets: Secrets) -> Launch:
    """Start the demo repair system, the outside world of the requests service."""
    env = {
        "REPAIR_HOST": HOST,
        "REPAIR_PORT": str(settings.ports["repairs"]),
        "REPAIR_SECRET": secrets.webhook,
        "REPAIR_API_KEY": secrets.open311_key,
        "REPAIR_DB": str(settings.directory / "repairs.sqlite3"),
        "REPAIR_SECONDS": str(settings.repair_seconds),
    }
    return _http_launch(settings, "repairs", "deploy.demo.repair_system", env, None)


def gateway_launch(settings: StackSettings) -> Launch:
    """Start the gateway in front of the services and the pages."""
    upstreams = {f"{service.upper()}_UPSTREAM": f"{HOST}:{settings.ports[service]}" for service in SERVICES}

    async def launch() -> Server:
        port = settings.ports["gateway"]
        return await start_caddy(
            CADDYFILE,
            settings.directory / "gateway",
            port,
            web=settings.web,
            env={**_base_env(), **upstreams, "YIZHAN_HOST": HOST, "YIZHAN_PORT": str(port)},
            log=settings.logs / "gateway.log",
        )

    return launch


def task_launch(settings: StackSettings, name: str, module: str, *arguments: str) -> Launch:
    """Start a program of the demo that is never asked whether it is ready, such as the replay."""

    async def launch() -> Server:
        log = settings.logs / f"{name}.log"
        argv: list[str | Path] = [sys.executable, "-m", module, *arguments]
        return Server(await spawn_logged(argv, log, env=_base_env(), cwd=ROOT), settings.origin, log)

    return launch


def service_env(settings: StackSettings, secrets: Secrets, service: str, urls: Mapping[str, str]) -> dict[str, str]:
    """Return a service's whole environment."""
    walled = settings.nats_url is None
    env = {
        **_base_env(),
        "NATS_URL": urls["nats"],
        "NATS_USER": service if walled else settings.nats_user or "",
        "NATS_PASSWORD": secrets.broker[service] if walled else settings.nats_password or "",
        "NATS_API": API if walled else "",
        "MONGODB_URI": urls["mongo"]
        if settings.mongodb_uri
        else with_login(urls["mongo"], service, secrets.mongo[service]),
        "MONGODB_DRIVER": settings.mongodb_driver,
        "YIZHAN_HOST": HOST,
        "YIZHAN_PORT": str(settings.ports[service]),
        "YIZHAN_JWKS": str(settings.key.with_name("jwks.json")),
        "YIZHAN_PUBLIC_URL": settings.origin,
        "YIZHAN_LOG": "console",
        "NO_COLOR": "1",
        **(_members_env(settings) if service == "members" else {}),
        **(_logistics_env(settings, secrets) if service == "requests" else {}),
        **settings.service_env,
    }
    return {name: value for name, value in env.items() if value}


def _members_env(settings: StackSettings) -> dict[str, str]:
    return {
        "YIZHAN_SIGNING_KEY": str(settings.key),
        "YIZHAN_PERSON_KEY": str(settings.person_key),
        "YIZHAN_ADMIN_PASSWORD": PASSWORD,
    }


def _logistics_env(settings: StackSettings, secrets: Secrets) -> dict[str, str]:
    return {
        "OPEN311_URL": f"http://{HOST}:{settings.ports['repairs']}/open311/v2",
        "OPEN311_API_KEY": secrets.open311_key,
        "LOGISTICS_WEBHOOK_SECRET": secrets.webhook,
        "LOGISTICS_WITHDRAWAL_URL": f"http://{HOST}:{settings.ports['repairs']}/withdrawals",
        "LOGISTICS_SYSTEM": LOGISTICS_SYSTEM,
    }


def _http_launch(settings: StackSettings, name: str, module: str, env: Mapping[str, str], path: str | None) -> Launch:
    port = settings.ports[name]
    log = settings.logs / f"{name}.log"

    async def launch() -> Server:
        require_free(port, name, port_variable(name))
        process = await spawn_logged([sys.executable, "-m", module], log, env={**_base_env(), **env}, cwd=ROOT)
        server = Server(process, f"http://{HOST}:{port}", log)
        try:
            await ready(name, lambda: answers(server.address, path), process=process, log=log)
        except BaseException:
            await server.stop()
            raise
        return server

    return launch


async def answers(address: str, path: str | None) -> bool:
    """Say whether `address` answers: with success on `path`, or at all when there is no path to ask."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            answer = await client.get(address + (path or "/"))
    except httpx.HTTPError:
        return False
    return path is None or answer.is_success


def _base_env() -> dict[str, str]:
    env = {
        name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    return {**env, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
