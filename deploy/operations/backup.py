"""`yizhan backup FILE` and `yizhan restore FILE`: all that a stopped stack keeps in one file, counted before and after.

The record and the databases belong together: a record that is older than the databases would lack what they told, one
that is newer would have told what they do not know. So both are copied while nothing runs.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.settings import StackSettings
from deploy.local.stack import servers
from deploy.local.state import Lock
from deploy.operations.counts import Counts, counts, told

KEPT = ("nats", "mongo", "keys", "repairs.sqlite3", "campus-loaded")
"""What a backup holds of a stack's directory."""

DATA = ("nats", "mongo")
COUNTED = "counts.json"


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the two commands."""
    out = commands.add_parser("backup", help="copy all that the stopped stack keeps into a file")
    out.add_argument("file", type=Path, help="the file to write, such as yizhan.tar.gz; it holds keys and passwords")
    back = commands.add_parser("restore", help="put a backup back into an empty directory, and compare what it holds")
    back.add_argument("file", type=Path, help="a file that `backup` wrote")


def backup(settings: StackSettings, given: argparse.Namespace) -> int:
    """Write the file; returns the exit status.

    Raises:
        LocalError: when there is nothing to copy, or the file is there already.
    """
    file: Path = given.file.absolute()
    with Lock(settings.directory) as lock:
        _require_stopped(lock)
        _require_own(settings)
        if file.exists():
            msg = f"{file} is there already: name another file."
            raise LocalError(msg)
        if not all((settings.directory / name).is_dir() for name in DATA):
            msg = f"Nothing is kept in {settings.directory}."
            raise LocalError(msg)
        held = asyncio.run(_counted(settings))
        _write(settings.directory, held, file)
    print(f"{file}: {told(held)}. It holds keys and passwords: keep it as you keep those.")
    return 0


def restore(settings: StackSettings, given: argparse.Namespace) -> int:
    """Put the file's content back; returns the exit status, 1 when it does not hold what was counted.

    Raises:
        LocalError: when something is kept here already, or the file is none of ours.
    """
    file: Path = given.file.absolute()
    with Lock(settings.directory) as lock:
        _require_stopped(lock)
        _require_own(settings)
        if any((settings.directory / name).exists() for name in KEPT):
            msg = (
                f"Something is kept in {settings.directory} already: `yizhan reset` forgets it, or name another "
                "directory by YIZHAN_VAR."
            )
            raise LocalError(msg)
        _tar(["--extract", "--file", str(file), "--directory", str(settings.directory), "--no-same-owner"])
        expected: Counts = json.loads((settings.directory / COUNTED).read_text(encoding="utf-8"))
        (settings.directory / COUNTED).unlink()
        held = asyncio.run(_counted(settings))
    if held != expected:
        print(f"It holds other than was counted: {held} instead of {expected}.", file=sys.stderr)
        return 1
    print(f"{settings.directory}: {told(held)}, as was counted.")
    return 0


async def _counted(settings: StackSettings) -> Counts:
    async with servers(settings) as stack:
        return await counts(stack.urls["nats"], stack.broker_login, stack.urls["mongo"])


def _write(directory: Path, held: Counts, file: Path) -> None:
    """Write beside the file first, readable for its owner alone, so that no half of one has its name."""
    unfinished = file.with_name(file.name + ".unfinished")
    os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    with tempfile.TemporaryDirectory(prefix="yizhan-backup-") as beside:
        (Path(beside) / COUNTED).write_text(json.dumps(held), encoding="utf-8")
        kept = [name for name in KEPT if (directory / name).exists()]
        where = ["--directory", str(directory), *kept, "--directory", beside, COUNTED]
        _tar(["--create", "--gzip", "--file", str(unfinished), *where])
    unfinished.replace(file)


def _tar(arguments: Sequence[str]) -> None:
    done = subprocess.run(["tar", "--force-local", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"tar: {done.stderr.strip()}"
        raise LocalError(msg)


def _require_stopped(lock: Lock) -> None:
    if not lock.take():
        msg = "It is running: stop it first (`make down`), then run this again."
        raise LocalError(msg)


def _require_own(settings: StackSettings) -> None:
    if settings.nats_url or settings.mongodb_uri:
        msg = "NATS_URL or MONGODB_URI names servers of somebody else: they are backed up where they run."
        raise LocalError(msg)
