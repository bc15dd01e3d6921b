"""The system that the other tests from outside use, asked as any running one is by `python -m tests.probes`."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.probes.__main__ import ASKED
from tests.probes.catalogue import WALLS, Wall, tried
from tests.probes.system import System
from tests.support.town import Place

pytestmark = pytest.mark.e2e


@pytest.fixture
async def system(place: Place) -> AsyncIterator[System]:
    async with httpx.AsyncClient(base_url=place.origin, timeout=60, trust_env=False) as client:
        yield System(place.origin, place.password, client, place.directory / "keys", place.ports)


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.probe.__name__)
async def test_it_holds(wall: Wall, system: System) -> None:
    found = await tried(wall, system)
    assert found.holds, found.seen


def test_no_file_of_probes_is_forgotten() -> None:
    assert {one.probe.__module__ for one in WALLS} == {file.__name__ for file in ASKED}
