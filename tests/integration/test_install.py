"""What a machine lacks is told in one sentence with its mend; what is there stays; any directory will do."""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from deploy import install, pages
from deploy.local.ports import free_port
from deploy.local.settings import DEFAULT_PORTS, ROOT, port_variable

STRANGE = '驿站 é 🏠 it\'s a "home" $HOME %41 #1 & `b`; [a]*'


class TestASystem:
    def test_one_that_has_everything_hears_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        install.require_system("Linux", "x86_64", ("glibc", "2.36"))
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize(
        ("system", "machine", "libc", "told"),
        [
            ("Linux", "x86_64", ("", ""), "musl, such as Alpine"),
            ("Linux", "aarch64", ("musl", "1.2"), "musl, such as Alpine"),
            ("Darwin", "arm64", ("", ""), "Darwin on arm64"),
            ("Windows", "AMD64", ("", ""), "Windows on AMD64"),
        ],
    )
    def test_one_without_glibc_is_told_where_it_runs(
        self, system: str, machine: str, libc: tuple[str, str], told: str
    ) -> None:
        with pytest.raises(install.Missing) as missing:
            install.require_system(system, machine, libc)
        assert told in str(missing.value)
        assert "use Debian or Ubuntu, or docker-compose.yml." in str(missing.value)

    @pytest.mark.parametrize(
        ("machine", "libc", "told"),
        [("aarch64", "2.36", "No MongoDB server comes for aarch64"), ("x86_64", "2.31", "glibc 2.34 and this is 2.31")],
    )
    def test_one_without_a_database_is_told_of_mongodb_uri_unless_it_is_set(
        self,
        machine: str,
        libc: str,
        told: str,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("MONGODB_URI", raising=False)
        install.require_system("Linux", machine, ("glibc", libc))
        said = capsys.readouterr().out
        assert told in said
        assert said.endswith("set MONGODB_URI to a replica set that you have.\n")
        monkeypatch.setenv("MONGODB_URI", "mongodb://elsewhere")
        install.require_system("Linux", machine, ("glibc", libc))
        assert capsys.readouterr().out == ""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing installed, whose locks ask for one package that is nowhere."""
    home = tmp_path / "project"
    home.mkdir()
    for locks in install.LOCKS.values():
        for lock in locks:
            (home / lock).write_text(f"nowhere-at-all==1.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    monkeypatch.setattr(install, "ROOT", home)
    monkeypatch.setattr(install, "VENV", home / ".venv")
    monkeypatch.setattr(install, "LOG", home / "install.log")
    (home / ".venv" / "bin").mkdir(parents=True)
    python = home / ".venv" / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8"
    )  # a link would be the system's, without pip
    python.chmod(0o755)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "1")
    return home


class TestPip:
    def test_an_index_without_the_wheel_is_told_with_the_pythons_that_have_it(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        with pytest.raises(install.Missing) as missing:
            install.install("local")
        told = str(missing.value)
        assert f"no wheel of nowhere-at-all==1.0 for Python {platform.python_version()}" in told
        assert "use a Python from 3.11 to 3.14" in told
        assert told.count("\n") == 0
        assert "nowhere-at-all" in (project / "install.log").read_text("utf-8")

    def test_an_index_that_cannot_be_reached_is_told_as_that(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")
        with pytest.raises(install.Missing, match="The package index cannot be reached"):
            install.install("local")

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "true mirror"),
            ("WARNING: Retrying ... NewConnectionError('...: Temporary failure in name resolution')", "be reached"),
            ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "be reached"),
            ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))", "be reached"),
            ("ERROR: HTTP error 503 while getting https://...", "be reached"),
        ],
    )
    def test_what_pip_says_has_a_mend(self, said: str, told: str) -> None:
        assert told in (install.mend(f"Looking in indexes\n{said}\n") or "")

    def test_what_nobody_knows_is_told_by_its_last_line(self) -> None:
        assert install.mend("ERROR: something else\n\n") is None
        assert install.last_line("first\nERROR: something else\n\n") == "ERROR: something else"

    def test_what_is_installed_is_not_installed_again_and_running_takes_nothing_of_development_away(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(install, "pip", lambda lock, *_more: asked.append(lock))
        for step in ("local", "dev", "local", "dev", "local"):
            install.install(step)
        assert asked == [*install.LOCKS["local"], *install.LOCKS["dev"]]
        (project / "requirements-local.lock").write_text("changed\n", "utf-8")
        install.install("dev")
        assert len(asked) == 4
        install.install("local")
        assert asked[4:] == [*install.LOCKS["local"]]


def test_a_project_in_a_path_with_a_colon_is_told_to_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "ROOT", tmp_path / "a:b")
    monkeypatch.setattr(install, "VENV", tmp_path / "a:b" / ".venv")
    with pytest.raises(install.Missing, match="colon"):
        install.make_environment()


def test_a_directory_in_which_the_pages_cannot_be_built_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="rename the directory"):
        pages.require_buildable(tmp_path / "C#" / "web")
    with pytest.raises(SystemExit, match=r"# and [?] ends"):
        pages.require_buildable(tmp_path / "which one?" / "#2" / "web")
    pages.require_buildable(tmp_path / '驿站 it\'s "home" $HOME %41 & `b`; {x}(y)' / "web")


def made(*arguments: str, folder: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env={**kept, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=250,
    )


class TestMake:
    @pytest.mark.parametrize("python", ["", "/no/such/python3", "/bin/false"])
    def test_a_python_that_will_not_do_is_told_in_one_sentence(self, tmp_path: Path, python: str) -> None:
        for name in ("Makefile", "requirements-local.lock", "requirements-servers.lock"):
            shutil.copy(ROOT / name, tmp_path / name)
        (tmp_path / "deploy").mkdir()
        shutil.copy(ROOT / "deploy" / "install.py", tmp_path / "deploy" / "install.py")
        told = made(f"PYTHON={python}", "up", folder=tmp_path)
        words = [line for line in told.stderr.splitlines() if not line.startswith("make: ***")]
        assert (told.returncode, len(words)) == (2, 1)
        assert words[0].startswith("Python 3.11 or newer that can make virtual environments is needed: install it")
        assert "make PYTHON=/path/to/python3 up" in words[0]

    def test_a_missing_browser_is_told_in_one_sentence(self, tmp_path: Path) -> None:
        for name in ("bash", "make", "nproc"):
            (tmp_path / name).symlink_to(shutil.which(name) or "")
        told = made("chromium", PATH=str(tmp_path))
        words = [line for line in told.stderr.splitlines() if not line.startswith("make: ***")]
        assert words == [
            "The browser tests need Chromium: install it (Debian: apt-get install chromium fonts-wqy-microhei)."
        ]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project in a directory with every strange character, as if it had been installed there."""
    home = tmp_path / STRANGE
    home.mkdir()
    for name in ("services", "shared", "deploy"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", *(lock for locks in install.LOCKS.values() for lock in locks)):
        shutil.copy(ROOT / name, home / name)
    web = home / "web"
    shutil.copytree(ROOT / "web", web, ignore=shutil.ignore_patterns("node_modules"))
    (web / "node_modules").mkdir()
    for stamp in (ROOT / "web" / "node_modules").glob(".yizhan-*"):
        shutil.copy(stamp, web / "node_modules" / stamp.name)
    venv = home / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    inside = venv / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    inside.rmdir()
    inside.symlink_to(sysconfig.get_path("purelib"))
    for program in ("nats-server", "caddy"):
        (venv / "bin" / program).symlink_to(Path(sysconfig.get_path("scripts")) / program)
    for step in install.LOCKS:
        stamp = venv / f".installed-{step}"
        stamp.write_text(install.wanted(step), "utf-8")
        os.utime(stamp, (0, 0))
    return home


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_project_in_a_directory_with_every_strange_character_runs_and_keeps_its_data_where_it_is_told(
    copy: Path,
) -> None:
    ports = {port_variable(name): str(free_port()) for name in DEFAULT_PORTS}
    env = {**ports, "YIZHAN_DEMO": "0", "YIZHAN_VAR": "数据 of this year"}
    up = made("up", folder=copy, **env)
    assert up.returncode == 0, up.stderr
    assert f"logs: {copy}/数据 of this year/log" in up.stdout
    assert (copy / "数据 of this year" / "keys" / "signing.pem").is_file()
    status = made("status", folder=copy, **env)
    assert (status.returncode, status.stdout.count(" ready ")) == (0, len(DEFAULT_PORTS)), status.stdout
    elsewhere = copy.parent / "yizhan"
    elsewhere.symlink_to(copy / ".venv" / "bin" / "yizhan")
    typed = subprocess.run(
        [elsewhere, "status"],
        cwd="/",
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=True,
    )
    assert typed.stdout == status.stdout
    assert "数据 of this year" in made("down", folder=copy, **env).stdout
