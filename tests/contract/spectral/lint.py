"""Spectral, the linter of OpenAPI documents: installed from its lock beside the tests, and run."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.pages import QUIET, digest, node_program

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
STAMP = MODULES / ".yizhan-installed"
PROGRAM = MODULES / "@stoplight" / "spectral-cli" / "dist" / "index.js"


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    node = node_program()
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [node, *arguments],
        cwd=HERE,
        env={**os.environ, **QUIET, "PATH": path},
        check=False,
        capture_output=True,
        text=True,
    )


def install() -> None:
    """Install the locked packages (no script of theirs runs), unless those of this lock are installed."""
    stamp = digest([HERE / "package-lock.json"])
    if STAMP.exists() and STAMP.read_text("utf-8") == stamp:
        return
    npm = node_program().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = _run(npm, "ci", "--no-audit", "--no-fund")
    assert done.returncode == 0, done.stderr
    STAMP.write_text(stamp, "utf-8")


def lint(documents: Sequence[Path]) -> list[dict[str, Any]]:
    """Return what Spectral finds in the documents."""
    install()
    done = _run(PROGRAM, "lint", "--quiet", "--format", "json", "--ruleset", HERE / "ruleset.yaml", *documents)
    assert done.stdout.strip(), done.stderr
    return json.loads(done.stdout)
