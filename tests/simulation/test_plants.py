"""The simulation bites: every planted bug is found within the stated number of seeds."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulation.bite import MOST
from tests.simulation.plants import PLANTS

ROOT = Path(__file__).resolve().parents[2]
NAMES = [plant.__name__ for plant in PLANTS]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """What came of each planted bug; without coverage, which would be measured in a patched process."""
    command = [sys.executable, "-m", "tests.simulation.bite", "--check", "--processes", "1"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=850, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in lines] == NAMES, done.stderr
    return {one["name"]: one for one in lines}


@pytest.mark.parametrize("plant", NAMES)
def test_a_planted_bug_is_found(found: dict[str, dict[str, Any]], plant: str) -> None:
    assert found[plant]["seeds"] in range(1, MOST + 1)
    assert found[plant]["rule"]
