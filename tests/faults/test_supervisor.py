"""`make up` in the background: one crash stops all, and nothing is left behind when the supervisor itself is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.ports import free_port, listening
from deploy.local.settings import DEFAULT_PORTS, port_variable
from deploy.local.state import Phase, State, read_state

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.faults, pytest.mark.slow]


class Machine:
    """One stack on free ports, driven by the command as a person would."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ports = {name: free_port() for name in DEFAULT_PORTS}
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.env = {**kept, "YIZHAN_VAR": str(directory), "YIZHAN_DEMO": "0"}
        self.env |= {port_variable(name): str(port) for name, port in self.ports.items()}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "deploy.cli", *arguments]
        return subprocess.run(argv, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=200)

    def state(self) -> State:
        state = read_state(self.directory)
        assert state is not None
        return state

    def supervisor(self) -> int:
        return int((self.directory / "yizhan.pid").read_text())

    def wait_until_silent(self) -> list[str]:
        """Wait until no part listens any more; returns those that still do after a while."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            left = [name for name, port in self.ports.items() if listening(port)]
            if not left:
                return []
            time.sleep(0.2)
        return left


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.run("down")


def test_up_status_and_down_tell_what_runs(machine: Machine) -> None:
    up = machine.run("up")
    assert up.returncode == 0, up.stderr
    assert f"is ready: http://127.0.0.1:{machine.ports['gateway']}" in up.stdout
    status = machine.run("status")
    assert status.returncode == 0
    assert all(f"{name:<11} ready" in status.stdout for name in DEFAULT_PORTS)
    again = machine.run("up")
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "It is running already.")
    assert "The data is kept" in machine.run("down").stdout
    assert machine.wait_until_silent() == []


def test_one_crash_stops_all_and_says_which(machine: Machine) -> None:
    assert machine.run("up").returncode == 0
    os.kill(machine.state().parts["requests"], signal.SIGKILL)
    assert machine.wait_until_silent() == []
    status = machine.run("status")
    assert status.returncode != 0
    assert machine.state().phase is Phase.FAILED
    assert "requests ended by itself with status -9" in machine.state().error


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_goes_on(machine: Machine) -> None:
    assert machine.run("up").returncode == 0
    os.kill(machine.supervisor(), signal.SIGKILL)
    assert machine.wait_until_silent() == []
    assert "not running" in machine.run("status").stdout
    assert machine.run("up").returncode == 0
    assert machine.run("reset").returncode == 0
    assert sorted(path.name for path in machine.directory.iterdir()) == ["yizhan.pid"]
