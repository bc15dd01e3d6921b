"""What a running stack says of itself to other processes: a lock that only it holds, and its state in a file."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from deploy.local.errors import LocalError
from deploy.local.ports import HOST


class Phase(StrEnum):
    """How far a stack has come."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class State:
    """One stack's state: where its parts listen, the steps it took in words, and its parts' process ids."""

    phase: Phase
    ports: Mapping[str, int]
    steps: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""

    @property
    def origin(self) -> str:
        """Return the address of the gateway."""
        return f"http://{HOST}:{self.ports['gateway']}"

    def step(self, text: str) -> "State":
        """Return the state after one more step."""
        return replace(self, steps=(*self.steps, text))


def write_state(directory: Path, state: State) -> None:
    """Replace the state file in one move, so that a reader never sees half of it."""
    path = directory / "state.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(state), indent=2, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def read_state(directory: Path) -> State | None:
    """Return the last state written, or None when there is none."""
    try:
        raw = json.loads((directory / "state.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return State(**{**raw, "phase": Phase(raw["phase"]), "steps": tuple(raw["steps"])})


class Lock:
    """The file `yizhan.pid`: holds the process id of the stack; the kernel frees it when that process is gone."""

    def __init__(self, directory: Path) -> None:
        """Prepare the lock of the stack in `directory`, which is made.

        Raises:
            LocalError: when nothing can be kept there.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = (directory / "yizhan.pid").open("a+", encoding="utf-8")
        except OSError as error:
            msg = f"Nothing can be kept in {directory} ({error.strerror}): name another directory by YIZHAN_VAR."
            raise LocalError(msg) from error

    def take(self) -> bool:
        """Take it for this process, until it ends; say whether it was free."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return True

    def holder(self) -> int | None:
        """Return the process id of the stack that runs, or None."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            return int(self._file.read() or 0) or None
        fcntl.flock(self._file, fcntl.LOCK_UN)
        return None

    def __enter__(self) -> Self:
        """Return the lock, closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, which frees the lock if we hold it."""
        self._file.close()
