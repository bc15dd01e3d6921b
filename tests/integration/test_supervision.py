"""What `make up` tells other processes: its state, its lock, its words."""

import asyncio
import contextlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.console import follow
from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.settings import secrets_in, settings_from, temporary_settings
from deploy.local.state import Lock, Phase, State, read_state, write_state

HOLD = """
import sys, time
from pathlib import Path
from deploy.local.state import Lock
lock = Lock(Path(sys.argv[1]))
print(lock.take(), flush=True)
time.sleep(60)
"""


def test_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State(Phase.READY, {"gateway": 8080}, parts={"members": 7}).step("Starting NATS ...")
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert read_state(tmp_path / "elsewhere") is None


def test_the_lock_is_free_as_soon_as_its_holder_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    with (
        Lock(tmp_path) as lock,
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
        ) as holder,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert lock.holder() == holder.pid
        assert not lock.take()
        holder.kill()
        holder.wait()
        assert lock.holder() is None
        assert lock.take()


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    first = secrets_in(tmp_path)
    assert secrets_in(tmp_path) == first
    assert len(set(first.broker.values())) == 5
    assert (tmp_path / "keys" / "secrets.json").stat().st_mode & 0o077 == 0


def test_the_environment_moves_ports_and_names_given_servers() -> None:
    settings = settings_from({"YIZHAN_PORT": "9090", "YIZHAN_NATS_PORT": "9091", "MONGODB_URI": "mongodb://m/?x=1"})
    assert settings.origin == "http://127.0.0.1:9090"
    assert settings.ports["nats"] == 9091
    assert (settings.nats_url, settings.mongodb_uri) == (None, "mongodb://m/?x=1")
    assert settings.nats_replicas == 1
    assert settings_from({"YIZHAN_NATS_REPLICAS": "3"}).nats_replicas == 3


@pytest.mark.parametrize("written", ["three", "0", "6"])
def test_a_number_of_replicas_that_is_none_is_said_by_its_variable(written: str) -> None:
    with pytest.raises(LocalError, match=f"YIZHAN_NATS_REPLICAS={written} is no such number: 1 to 5"):
        settings_from({"YIZHAN_NATS_REPLICAS": written})


@pytest.mark.parametrize("written", ["eighty", "0", "65536", "-1"])
def test_a_port_that_is_none_is_said_by_its_variable(written: str) -> None:
    with pytest.raises(LocalError, match=f"YIZHAN_PORT={written} is no port number"):
        settings_from({"YIZHAN_PORT": written})


def test_temporary_stacks_do_not_meet(tmp_path: Path) -> None:
    one, other = temporary_settings(tmp_path / "one"), temporary_settings(tmp_path / "other")
    assert not set(one.ports.values()) & set(other.ports.values())
    assert free_port() > 0


async def test_each_log_line_stands_behind_its_parts_name(tmp_path: Path) -> None:
    (tmp_path / "members.log").write_text("before\n")
    out = io.StringIO()
    following = asyncio.create_task(follow(tmp_path, ["members", "nats"], out))
    await asyncio.sleep(0.1)
    with (tmp_path / "members.log").open("a") as log:
        log.write("service.open\nhalf a li")
    (tmp_path / "nats.log").write_text("Server is ready\n")
    await asyncio.sleep(0.5)
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following
    assert out.getvalue().splitlines() == ["members | service.open", "   nats | Server is ready"]


def run_cli(directory: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "YIZHAN_VAR": str(directory), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_status_and_down_of_what_does_not_run_say_so(tmp_path: Path) -> None:
    status = run_cli(tmp_path, "status")
    assert (status.returncode, status.stdout) == (3, "It is not running. `make up` starts it.\n")
    down = run_cli(tmp_path, "down")
    assert (down.returncode, down.stdout) == (0, "It is not running.\n")


def test_up_on_a_taken_port_fails_with_words_that_help(tmp_path: Path, nats_url: str) -> None:
    taken = nats_url.rsplit(":", 1)[1].strip("/")
    up = run_cli(tmp_path, "up", YIZHAN_PORT=taken)
    assert up.returncode == 1
    assert f"Port {taken} is taken, and gateway needs it" in up.stderr
    assert "YIZHAN_PORT=<port> make up" in up.stderr
    assert "The last run failed" in run_cli(tmp_path, "status").stdout
