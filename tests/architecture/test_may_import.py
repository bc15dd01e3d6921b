"""The code imports what the tables of docs/architecture/house.md say, and planted breaches break."""

from pathlib import Path

import pytest

from tests.architecture import house
from tests.architecture.conftest import Plant


def test_every_import_stands_in_the_tables() -> None:
    assert house.strange_imports(house.ROOT) == []


def test_the_tables_are_not_wider_than_the_house() -> None:
    assert house.unused_rights(house.ROOT) == []


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("services/requests/planted/domain.py", "from services.requests.legs import api", "domain imports api"),
        ("services/requests/planted/store.py", "import services.requests.legs.api", "store imports api"),
        ("services/requests/planted/consumers.py", "from shared.http import Page", "consumers imports shared.http"),
        ("services/requests/planted/queries/one.py", "from shared import clock", "queries imports shared.clock"),
        ("services/members/settings.py", "from shared.store.mongo import Index", "settings imports shared.store"),
        ("shared/store/planted.py", "from shared.http import Page", "shared.store imports shared.http"),
        ("shared/refusal.py", "import shared.ids", "shared.refusal imports shared.ids"),
    ],
)
def test_a_planted_import_breaks(copy: Path, plant: Plant, name: str, text: str, complaint: str) -> None:
    plant(name, text + "\n")
    assert any(complaint in breach for breach in house.strange_imports(copy))
