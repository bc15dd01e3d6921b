"""The simulation bites: every planted bug is found within the stated number of seeds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.bite import MOST
from tests.simulation.plants import PLANTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(900)
def test_every_planted_bug_is_found() -> None:
    command = [sys.executable, "-m", "tests.simulation.bite", "--check"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=850, check=False)
    found = {one["name"]: one["seeds"] for one in map(json.loads, done.stdout.splitlines())}
    assert set(found) == {plant.__name__ for plant in PLANTS}, done.stderr
    missed = [name for name, seeds in found.items() if not seeds or seeds > MOST]
    assert not missed
    assert done.returncode == 0
