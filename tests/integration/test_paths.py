"""A directory may have any name that a person gives it: no character and no length of a path stops a start.

The kind: a path that is written into a program's own notation (a configuration, a shell line, a list of paths) and read
there as something else. The servers are therefore started inside their directories and are told relative names.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import nats
import pytest
from pymongo import AsyncMongoClient

from deploy.local.parts import CADDYFILE
from deploy.local.ports import free_port
from deploy.local.servers import caddy, mongod, nats_server
from deploy.local.settings import DEFAULT_PORTS, ROOT, port_variable, secrets_in, settings_from

NAMES = {
    "not ascii": "驿站 é 🏠",
    "blanks": " two  blanks ",
    "single quote": "the student's",
    "double quotes": 'so-called "data"',
    "dollar": "$HOME ${HOME} $(true) $$",
    "percent": "100% %41 %s",
    "backslash": r"a\b\u9a7f\n",
    "hash": "# no comment",
    "colon": "a:b;c,d=e",
    "braces": "{env.HOME} {$HOME} {0}",
    "patterns": "[a-z]* ? **",
    "shell": "a&b|c>d<e`true`!(x)~",
    "option": "--dbpath",
    "very long": "/".join(["很长的目录名" * 13] * 4),
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
async def test_the_servers_start_in_a_directory_of_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    pages = home / "pages"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("the pages of this very directory", "utf-8")
    (pages / "icon.svg").write_text("<svg/>", "utf-8")
    port = free_port()
    env = {"PATH": os.environ["PATH"], "YIZHAN_HOST": "127.0.0.1", "YIZHAN_PORT": str(port)}
    async with (
        nats_server(home / "nats", sync_interval="2m") as broker,
        caddy(CADDYFILE, home / "gateway", port, web=pages, env=env) as origin,
        httpx.AsyncClient(base_url=origin, trust_env=False) as http,
    ):
        connection = await nats.connect(broker)
        await connection.jetstream().add_stream(name="KEPT", subjects=["kept"])
        await connection.close()
        assert (home / "nats" / "jetstream" / "jetstream").is_dir()
        assert [(await http.get(path)).text for path in ("/", "/icon.svg", "/m/file")] == [
            "the pages of this very directory",
            "<svg/>",
            "the pages of this very directory",
        ]


@pytest.mark.parametrize("name", ['驿站 é 🏠 it\'s "$HOME" %41 #{x}:[a]*', NAMES["very long"]], ids=["all", "long"])
async def test_the_database_starts_in_a_directory_of_any_name(tmp_path: Path, name: str) -> None:
    async with mongod(tmp_path / name, cache_gb=0.25) as uri, AsyncMongoClient[dict[str, object]](uri) as client:
        await client["kept"]["things"].insert_one({"_id": "驿站"})
    assert (tmp_path / name / "db" / "WiredTiger").is_file()


class TestTheDirectoryOfAStack:
    def test_it_is_var_unless_it_is_named(self) -> None:
        assert settings_from({}).directory == settings_from({"YIZHAN_VAR": ""}).directory == ROOT / "var"

    def test_a_relative_one_begins_in_the_project_wherever_the_command_is_typed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert settings_from({"YIZHAN_VAR": "校园/var"}).directory == ROOT / "校园" / "var"
        assert settings_from({"YIZHAN_VAR": "../var"}).directory == ROOT / ".." / "var"

    def test_an_absolute_one_is_taken_as_it_is(self, tmp_path: Path) -> None:
        assert settings_from({"YIZHAN_VAR": str(tmp_path)}).directory == tmp_path

    def test_one_that_is_no_text_is_refused_in_a_sentence(self, tmp_path: Path) -> None:
        up = _typed(os.fsdecode(b"\xd7\xc0\xc3\xe6"), tmp_path, "up")
        assert (up.returncode, up.stderr.count("\n")) == (1, 1)
        assert r"\xd7\xc0\xc3\xe6 is no text in UTF-8" in up.stderr

    @pytest.mark.parametrize("command", ["up", "status", "down", "reset"])
    def test_one_that_cannot_be_is_refused_in_a_sentence(self, tmp_path: Path, command: str) -> None:
        (tmp_path / "文件").write_text("no directory", "utf-8")
        told = _typed(str(tmp_path / "文件" / "var"), tmp_path, command)
        assert (told.returncode, told.stderr.count("\n")) == (1, 1)
        assert "文件/var (Not a directory): name another directory by YIZHAN_VAR" in told.stderr

    def test_its_secrets_are_kept_there(self, tmp_path: Path) -> None:
        home = tmp_path / NAMES["shell"]
        assert secrets_in(home) == secrets_in(home)


@pytest.mark.slow
def test_a_stack_starts_and_ends_in_a_directory_with_every_strange_character(tmp_path: Path) -> None:
    home = tmp_path / '驿站 é 🏠 it\'s "$HOME" %41 #{x}:[a]*`b`\\u9a7f&;'
    up = _typed(str(home), tmp_path, "up")
    try:
        assert up.returncode == 0, up.stderr
        assert f"logs: {home}/log" in up.stdout
        status = _typed(str(home), tmp_path, "status")
        assert (status.returncode, status.stdout.count(" ready ")) == (0, len(DEFAULT_PORTS)), status.stdout
        assert (home / "keys" / "signing.pem").is_file()
        assert (home / "repairs.sqlite3").is_file()
    finally:
        down = _typed(str(home), tmp_path, "down")
    assert f"The data is kept in {home}" in down.stdout


def _typed(var: str, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Type a command of the stack that keeps its things in `var`, on ports that are the same for each command."""
    remembered = folder / "ports"
    if not remembered.exists():
        remembered.write_text("\n".join(f"{port_variable(name)}={free_port()}" for name in DEFAULT_PORTS), "utf-8")
    ports = dict(line.split("=") for line in remembered.read_text("utf-8").splitlines())
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", command],
        cwd=ROOT,
        env={**kept, **ports, "YIZHAN_VAR": var, "YIZHAN_DEMO": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=200,
    )
