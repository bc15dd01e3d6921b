"""Child processes that never outlive us: the kernel ends them when their parent dies, even by kill -9."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from deploy.local.errors import LocalError

PR_SET_PDEATHSIG = 1
READY_POLL_S = 0.05

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, signum: int = signal.SIGKILL) -> Callable[[], None]:
    """Return a `preexec_fn`: the child gets `signum` as soon as the process `parent` is gone (Linux)."""

    def arm() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(127)
        os.setpgid(0, 0)

    return arm


async def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdout: int | None = asyncio.subprocess.DEVNULL,
) -> asyncio.subprocess.Process:
    """Start a child that dies with us; `stdout` carries both of its streams."""
    return await asyncio.create_subprocess_exec(
        *[str(arg) for arg in argv],
        env=dict(env) if env is not None else None,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=asyncio.subprocess.STDOUT,
        preexec_fn=die_with_parent(os.getpid()),
    )


async def stop(process: asyncio.subprocess.Process, *, patience_s: float = 15.0, signum: int = signal.SIGTERM) -> int:
    """End a child: politely by `signum`, by force after `patience_s` seconds. Returns its exit status."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signum)
        try:
            await asyncio.wait_for(process.wait(), patience_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    return await process.wait()


async def ready(
    name: str,
    probe: Callable[[], Awaitable[bool]],
    *,
    process: asyncio.subprocess.Process | None = None,
    patience_s: float = 60.0,
    log: Path | None = None,
) -> None:
    """Wait until `probe` says yes.

    Raises:
        LocalError: when the process ended or `patience_s` seconds went by; with the end of its log.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    while True:
        if process is not None and process.returncode is not None:
            msg = f"{name} ended with status {process.returncode} before it was ready.{tail(log)}"
            raise LocalError(msg)
        if await probe():
            return
        if loop.time() > deadline:
            msg = f"{name} was not ready after {patience_s:.0f} s.{tail(log)}"
            raise LocalError(msg)
        await asyncio.sleep(READY_POLL_S)


def tail(log: Path | None, lines: int = 15) -> str:
    """Return the end of a log for a message, or nothing when there is none."""
    if log is None or not log.exists():
        return ""
    end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return f"\nThe end of {log}:\n  " + "\n  ".join(end)
