"""`make compose-test`: builds the images, starts the composition with its demo, plays the whole loop through it.

Where no engine with Compose answers, it says so and that is all. It is a project of its own, with volumes of its own,
which go at the end; the secrets are those of this directory, made if there are none.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.images.make_secrets import write
from deploy.local.ports import HOST, free_port

ROOT = Path(__file__).parents[2]
SECRETS = ROOT / "var" / "secrets"
PROJECT = "yizhan-compose-test"
REQUESTS = 40
_WAIT_S = 600


def engine() -> Sequence[str] | None:
    """Return the command of the Compose whose engine answers, or None."""
    for program in ("docker", "podman"):
        if shutil.which(program) and _answers([program, "info"]) and _answers([program, "compose", "version"]):
            return [program, "compose"]
    return None


def compose(command: Sequence[str], port: int, *arguments: str) -> int:
    """Run Compose on this project and return its exit status."""
    env = {**os.environ, "YIZHAN_PORT": str(port), "YIZHAN_PUBLIC_URL": f"http://{HOST}:{port}"}
    files = ["--project-name", PROJECT, "--file", str(ROOT / "docker-compose.yml"), "--profile", "demo"]
    return subprocess.run([*command, *files, *arguments], env=env, cwd=ROOT, check=False).returncode


def play(port: int, secrets: Path) -> int:
    """Play the loop through the gateway on this port; returns the exit status."""
    words = {"YIZHAN_DEMO_PASSWORD": "demo_password", "YIZHAN_ADMIN_PASSWORD": "admin_password"}
    env = {name: (secrets / file).read_text(encoding="utf-8").strip() for name, file in words.items()}
    loop = [sys.executable, "-m", "deploy.demo.loop", "--origin", f"http://{HOST}:{port}", "--requests", str(REQUESTS)]
    return subprocess.run(loop, env={**os.environ, **env}, cwd=ROOT, check=False).returncode


def main() -> int:
    """Do all of it; returns the exit status."""
    command = engine()
    if command is None:
        print("No container engine with Compose answers here (docker or podman): the composition was not tried.")
        return 0
    write(SECRETS)
    port = free_port()
    try:
        if status := compose(command, port, "up", "--build", "--wait", "--wait-timeout", str(_WAIT_S)):
            compose(command, port, "logs", "--tail", "40")
            return status
        return play(port, SECRETS)
    finally:
        compose(command, port, "down", "--volumes", "--timeout", "20")


def _answers(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
