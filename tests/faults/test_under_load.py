"""The real system under load while things break, in short: `make faults` does it fault by fault and for longer."""

from pathlib import Path

import pytest

from tests.faults.catalogue import Bounds, Fault, cut_link, lose_mongo_primary, lose_nats_leader, stop_process
from tests.faults.measure import measure
from tests.faults.topology import Scene, behind_proxies, on_both_clusters

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(400)]

SHORT = Bounds(stop=4.0, cut=4.0, away=4.0)


async def stop_and_cut(scene: Scene, bounds: Bounds) -> str:
    await stop_process(scene, bounds, name="requests")
    for to in ("nats", "mongo"):
        await cut_link(scene, bounds, to=to)
    return "stopped, then cut from both"


async def lose_both_leaders(scene: Scene, bounds: Bounds) -> str:
    nats = await lose_nats_leader(scene, bounds)
    return nats + "; " + await lose_mongo_primary(scene, bounds)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("stop-and-cut", "a service stopped, then cut from both servers", behind_proxies, stop_and_cut),
        Fault("leaders-lost", "the stream's leader and MongoDB's primary lost", on_both_clusters, lose_both_leaders),
    ],
    ids=lambda fault: fault.name,
)
async def test_what_was_acknowledged_goes_its_whole_way_once(fault: Fault, tmp_path: Path) -> None:
    result = await measure(fault, SHORT)
    assert result.complaints == []
    assert result.acknowledged == result.found == result.loops_finished > 0
    assert (result.lost, result.applied_twice, result.answers_500) == (0, 0, 0)
    assert result.ok
