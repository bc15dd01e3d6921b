"""The locks hold everything that an install needs, so that it gives the same on every later day.

The kind: a requirement that no line of the lock holds fast. Older pips take `coverage[toml]` for another thing than
`coverage`, and look for it in the index of the day.
"""

import base64
import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from deploy import install, locks

ROOT = locks.ROOT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ALL = [locks.SERVICES, locks.LOCAL, locks.DEV, locks.SERVERS, locks.OLDEST_PIP]
ASKED = {locks.SERVICES: (), locks.LOCAL: ("local",), locks.DEV: ("dev", "local")}
OLD_PIP = ROOT / ".venv" / "oldest-pip"
TIES_EXTRAS = Version("23.3")
"""The first pip that takes a pin of a package for one of the package with extras too."""


def pins(text: str) -> dict[str, Requirement]:
    """Return the lines of a lock by the package's name; a name that is pinned for several Pythons counts once."""
    found = re.findall(r"^([A-Za-z0-9][^\s;\\]*)", text, re.MULTILINE)
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, found)}


def required(extras: tuple[str, ...]) -> Iterator[Requirement]:
    """Return what the project itself asks for, with these extras of its own."""
    groups = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    return (Requirement(line) for group in groups for line in group if not line.startswith("yizhan["))


def closure(roots: Iterator[Requirement]) -> dict[str, set[str]]:
    """Return every package that is required on this machine, with the extras that are asked of it."""
    here = {name: str(value) for name, value in default_environment().items()}
    asked: dict[str, set[str]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        asked.setdefault(name, set()).update(canonicalize_name(extra) for extra in one.extras)
        state = (name, frozenset(asked[name]))
        if state in seen:
            continue
        seen.add(state)
        environments: list[dict[str, str]] = [{**here, "extra": extra} for extra in ("", *asked[name])]
        inner = [Requirement(line) for line in requires(one.name) or ()]
        waiting += [r for r in inner if r.marker is None or any(map(r.marker.evaluate, environments))]
    return asked


def not_held(text: str, asked: Mapping[str, set[str]]) -> list[str]:
    """Return what is asked for and not in the lock: packages, or extras of packages."""
    held = {name: {canonicalize_name(extra) for extra in pin.extras} for name, pin in pins(text).items()}
    return [
        f"{name}[{','.join(sorted(extras))}]" for name, extras in asked.items() if not extras <= held.get(name, {name})
    ] + [name for name in asked if name not in held]


@pytest.mark.parametrize("lock", ASKED)
def test_every_package_and_every_extra_that_is_asked_for_is_locked(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    asked = closure(required(ASKED[lock]))
    assert len(asked) > 40
    assert not_held(text, asked) == []


@pytest.mark.parametrize("lock", ASKED)
def test_an_extra_or_a_package_that_is_taken_out_is_missed(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    asked = closure(required(ASKED[lock]))
    extras = re.findall(r"^([a-z0-9.-]+)\[", text, re.MULTILINE)
    assert {"faststream", "fast-depends", "pyjwt"} <= set(extras)
    for name in extras:
        stripped = re.sub(rf"^{name}\[[^]]*]", name, text, flags=re.MULTILINE)
        assert not_held(stripped, asked) == [f"{name}[{','.join(sorted(asked[name]))}]"]
    without = re.sub(r"^starlette==", "another==", text, flags=re.MULTILINE)
    assert "starlette" in not_held(without, asked)


@pytest.mark.parametrize("lock", ALL)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index_and_no_machine(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    for entry in re.findall(r"^[A-Za-z0-9](?:.*\\\n)*.*", text, re.MULTILINE):
        assert re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+])?==[^\s;]+", entry), entry
        assert entry.count("--hash=sha256:") > 0, entry
    assert not re.search(r"https?://|file:|--(extra-)?index|--find-links|/[a-z]+/[a-z]+/", text)


def test_the_locks_agree_with_one_another_and_with_the_project() -> None:
    services, local, dev = (pins((ROOT / lock).read_text("utf-8")) for lock in ASKED)
    for name, pin in services.items():
        assert local[name].specifier == dev[name].specifier == pin.specifier
    for name, pin in local.items():
        assert dev[name].specifier == pin.specifier
    for one in required(("dev", "local")):
        assert one.specifier.contains(str(dev[canonicalize_name(one.name)].specifier).removeprefix("==")), one


def test_running_installs_no_tools_of_development() -> None:
    tools = {canonicalize_name(Requirement(line).name) for line in PROJECT["optional-dependencies"]["dev"]} - {"yizhan"}
    assert tools & set(pins((ROOT / locks.LOCAL).read_text("utf-8"))) == set()
    assert install.LOCKS["local"] == (locks.LOCAL, locks.SERVERS)


class Index:
    """A package index in a directory, of small wheels that this test makes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()

    def offer(self, name: str, version: str, *requirements: str, extra: str = "") -> None:
        """Offer a version of a package."""
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Provides-Extra: {extra}"] * bool(extra) + [f"Requires-Dist: {one}" for one in requirements]
        files = {
            f"{name}.py": f"VERSION = {version!r}\n",
            f"{name}-{version}.dist-info/METADATA": "\n".join(lines) + "\n",
            f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = f"{name}-{version}.dist-info/RECORD"
        rows = [f"{path},sha256={_digest(text)},{len(text.encode())}" for path, text in files.items()]
        with zipfile.ZipFile(self.directory / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            for path, text in files.items():
                wheel.writestr(path, text)
            wheel.writestr(record, "\n".join([*rows, f"{record},,"]) + "\n")


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """An index of one day: a runner that needs a measurer with an extra, which needs a reader."""
    made = Index(tmp_path / "index")
    made.offer("runner", "1.0", "measurer[toml]>=1")
    made.offer("measurer", "1.0", "reader>=1 ; extra == 'toml'", extra="toml")
    made.offer("reader", "1.0")
    return made


@pytest.fixture
def lock(index: Index, tmp_path: Path) -> Path:
    """A lock made of it as our own are made."""
    (tmp_path / "wanted.in").write_text("runner\n", "utf-8")
    here = ("--no-index", "--find-links", str(index.directory))
    locks.compile_lock(tmp_path / "wanted.in", tmp_path / "wanted.lock", "--universal", *here)
    return tmp_path / "wanted.lock"


def installed(index: Index, lock: Path, target: Path) -> tuple[int, str, dict[str, str]]:
    """Install a lock with the oldest pip that we promise; returns its status, its words, and the versions installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "COV"))}
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(index.directory)]
    command += ["--only-binary", ":all:", "--require-hashes", "--target", str(target), "-r", str(lock)]
    env = {**kept, "PYTHONPATH": str(OLD_PIP), "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=100)
    got = [path.name.removesuffix(".dist-info").partition("-") for path in target.glob("*.dist-info")]
    return done.returncode, done.stdout + done.stderr, {name: version for name, _, version in got}


def newer(index: Index) -> None:
    """A later day: everything has a newer version, and the runner's new one would not even do with the old ones."""
    index.offer("runner", "2.0", "measurer[toml]>=2")
    index.offer("measurer", "2.0", "reader>=2 ; extra == 'toml'", extra="toml")
    index.offer("reader", "2.0")


def test_the_oldest_pip_that_this_python_comes_with_is_here() -> None:
    command = [sys.executable, "-m", "pip", "--version"]
    said = subprocess.check_output(command, env={**os.environ, "PYTHONPATH": str(OLD_PIP)}, text=True)
    assert said.startswith(f"pip {_oldest_pip()} from {OLD_PIP}")


def _oldest_pip() -> Version:
    """Return the oldest pip that this Python comes with."""
    lines = _lines(locks.OLDEST_PIP)
    return Version(next(pin for line, pin in lines if line.marker is None or line.marker.evaluate()))


def _lines(lock: str) -> Iterator[tuple[Requirement, str]]:
    for line in re.findall(r"^[A-Za-z0-9].*", (ROOT / lock).read_text("utf-8"), re.MULTILINE):
        one = Requirement(line.rstrip("\\ "))
        yield one, str(one.specifier).removeprefix("==")


def test_an_install_on_a_later_day_gives_the_locked_versions(index: Index, lock: Path, tmp_path: Path) -> None:
    then = installed(index, lock, tmp_path / "then")
    newer(index)
    status, said, versions = installed(index, lock, tmp_path / "later")
    assert then[0] == status == 0, said
    assert then[2] == versions == {"runner": "1.0", "measurer": "1.0", "reader": "1.0"}


def test_without_its_extras_a_lock_depends_on_the_pip_that_reads_it(index: Index, lock: Path, tmp_path: Path) -> None:
    text = lock.read_text("utf-8")
    assert "measurer[toml]==1.0" in text
    lock.write_text(text.replace("measurer[toml]==", "measurer=="), "utf-8")
    newer(index)
    status, said, versions = installed(index, lock, tmp_path / "later")
    if _oldest_pip() < TIES_EXTRAS:
        assert (status, versions) == (1, {})
        assert "measurer[toml]" in said
    else:
        assert (status, versions) == (0, dict.fromkeys(("measurer", "reader", "runner"), "1.0")), said


def test_what_is_installed_here_is_what_is_locked() -> None:
    from importlib.metadata import version

    different = []
    for one, wanted in _lines(locks.DEV):
        if one.marker is None or one.marker.evaluate():
            try:
                found = version(one.name)
            except PackageNotFoundError:
                found = "nothing"
            if found != wanted:
                different.append(f"{one.name}: {found}, not {wanted}")
    assert different == []
