"""Topics of a service depend on each other without circles, and a planted circle breaks."""

from pathlib import Path

import pytest

from tests.architecture import house
from tests.architecture.conftest import Plant


@pytest.mark.parametrize("service", house.SERVICES)
def test_no_topic_depends_on_itself_by_way_of_others(service: str) -> None:
    assert house.circular_topics(house.ROOT, service) == []


@pytest.mark.parametrize(
    "text",
    ["from services.requests.legs.domain.offers import offer\n", "import services.requests.legs.handlers\n"],
)
def test_a_planted_circle_breaks(copy: Path, plant: Plant, text: str) -> None:
    plant("services/requests/casework/domain/planted.py", text)
    assert house.circular_topics(copy, "requests") == ["casework", "legs"]


def test_a_circle_through_a_third_topic_breaks(copy: Path, plant: Plant) -> None:
    plant("services/requests/directory/handlers.py", "from services.requests import clocks\n")
    assert {"clocks", "directory"} <= set(house.circular_topics(copy, "requests"))
