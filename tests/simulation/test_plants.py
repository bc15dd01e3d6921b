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
@pytest.mark.parametrize("plant", [plant.__name__ for plant in PLANTS])
def test_a_planted_bug_is_found(plant: str) -> None:
    command = [sys.executable, "-m", "tests.simulation.bite", "--check", "--processes", "1", "--only", plant]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=850, check=False)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in found] == [plant], done.stderr
    assert found[0]["seeds"] in range(1, MOST + 1)
    assert done.returncode == 0
