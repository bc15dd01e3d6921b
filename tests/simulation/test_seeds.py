"""A handful of seeds on every run of the tests; `make simulate` runs a thousand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.world import BRISK, Weather, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("seed", range(1, 5))
def test_every_promise_holds_in_the_world_of_a_seed(seed: int) -> None:
    result = run(seed)
    assert not result.violations, result.told()


def test_one_seed_gives_one_story_to_the_last_byte() -> None:
    weather = Weather(0.4, 16, 30.0, 4.0, BRISK, 60.0, 12.0, 6.0)
    first, again, other = run(11, weather), run(11, weather), run(12, weather)
    assert first.counts["events"] > 100
    assert first.digest == again.digest
    assert [str(line) for line in first.story.lines] == [str(line) for line in again.story.lines]
    assert other.digest != first.digest


def test_the_runner_tells_what_happened_in_its_last_line() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--from", "7", "--seeds", "2", "--processes", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["seeds"], told["failing"]) == (2, [])
    assert told["counts"]["events"] > 100
