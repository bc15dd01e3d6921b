"""What a person does with the stack of this machine: up, down, status, logs, reset."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from deploy.local.console import follow
from deploy.local.parts import answers
from deploy.local.settings import ROOT, StackSettings
from deploy.local.state import Lock, Phase, State, read_state
from deploy.local.supervisor import Supervisor
from deploy.local.welcome import welcome

POLL_S = 0.1
START_PATIENCE_S = 300.0
STOP_PATIENCE_S = 60.0
NOT_RUNNING = 3
OURS = ("nats", "mongo", "gateway", "keys", "log", "demo")


def up(settings: StackSettings, env: Mapping[str, str], *, foreground: bool) -> int:
    """Start the stack, in the background unless `foreground`; returns when it is ready, with the exit status."""
    if foreground:
        return asyncio.run(Supervisor(settings, env, console=True).run())
    with Lock(settings.directory) as lock:
        running = lock.holder() is not None
    if running:
        print("It is running already.")
    else:
        _start_in_background(settings)
    return _wait_until_ready(settings)


def down(settings: StackSettings) -> int:
    """Stop the stack and wait until everything has ended; returns the exit status."""
    with Lock(settings.directory) as lock:
        pid = lock.holder()
        if pid is None:
            print("It is not running.")
            return 0
        print("Stopping ...")
        os.kill(pid, signal.SIGTERM)
        if not _freed(lock, STOP_PATIENCE_S):
            os.kill(pid, signal.SIGKILL)
            _freed(lock, STOP_PATIENCE_S)
    print("Stopped. The data is kept in " + str(settings.directory))
    return 0


def status(settings: StackSettings) -> int:
    """Print what runs and whether it is ready; returns 0 only when everything is."""
    with Lock(settings.directory) as lock:
        holder = lock.holder()
    state = read_state(settings.directory)
    if holder is None or state is None:
        print("It is not running. `make up` starts it.")
        if state is not None and state.phase is Phase.FAILED:
            print(f"The last run failed: {state.error}")
        return NOT_RUNNING
    print(f"{state.phase} at {state.origin} (process {holder})")
    return 0 if asyncio.run(_print_parts(state)) and state.phase is Phase.READY else NOT_RUNNING


def reset(settings: StackSettings) -> int:
    """Stop the stack and forget everything that it kept in its directory; returns the exit status."""
    down(settings)
    for name in OURS:
        shutil.rmtree(settings.directory / name, ignore_errors=True)
    for path in (*settings.directory.glob("*.json"), *settings.directory.glob("repairs.sqlite3*")):
        path.unlink(missing_ok=True)
    (settings.directory / "campus-loaded").unlink(missing_ok=True)
    print(f"Everything in {settings.directory} is forgotten.")
    if settings.nats_url or settings.mongodb_uri:
        print("What the servers of NATS_URL and MONGODB_URI hold was left alone.")
    return 0


def logs(settings: StackSettings, names: list[str]) -> int:
    """Show what the parts' logs say from now on, until interrupted."""
    known = sorted(path.stem for path in settings.logs.glob("*.log"))
    try:
        asyncio.run(follow(settings.logs, names or known))
    except KeyboardInterrupt:
        return 0
    return 0


def _start_in_background(settings: StackSettings) -> None:
    (settings.directory / "state.json").unlink(missing_ok=True)
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / "stack.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "supervise"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_until_ready(settings: StackSettings) -> int:
    deadline = time.monotonic() + START_PATIENCE_S
    shown = 0
    while time.monotonic() < deadline:
        state = read_state(settings.directory)
        if state is not None:
            for step in state.steps[shown:]:
                print(f"  {step}", flush=True)
                deadline = time.monotonic() + START_PATIENCE_S  # a stream that is rebuilt takes its time, and says so
            shown = max(shown, len(state.steps))
            if state.phase is Phase.READY:
                print(welcome(state, settings.logs))
                return 0
            if state.phase is not Phase.STARTING:
                print(f"\nIt could not start. {state.error}", file=sys.stderr)
                return 1
        time.sleep(POLL_S)
    print(f"It was not ready after {START_PATIENCE_S:.0f} s; see {settings.logs}.", file=sys.stderr)
    return 1


def _freed(lock: Lock, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if lock.holder() is None:
            return True
        time.sleep(POLL_S)
    return False


async def _print_parts(state: State) -> bool:
    """Print a line for each part; say whether all are well."""
    well = True
    for name, pid in state.parts.items():
        port = state.ports.get(name)
        alive = _alive(pid)
        if alive and port is not None and name not in {"nats", "mongo"}:
            path = {"gateway": "/healthz", "repairs": None}.get(name, "/readyz")
            alive = await answers(f"http://127.0.0.1:{port}", path)
        well &= alive or name == "replay"
        print(
            f"  {name:<11} {'ready' if alive else 'ended' if not _alive(pid) else 'not ready':<10} pid {pid:<8}", end=""
        )
        print(f" port {port}" if port else "")
    return well


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
