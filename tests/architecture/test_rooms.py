"""Rooms, sizes and names: the house as it stands is clean, and each planted breach is found."""

from pathlib import Path

import pytest

from tests.architecture import house
from tests.architecture.conftest import Plant


def test_every_file_in_services_is_one_of_the_rooms() -> None:
    assert house.strange_files(house.ROOT) == []


@pytest.mark.parametrize(
    "name",
    [
        "services/requests/extra.py",
        "services/requests/casework/rules.py",
        "services/requests/casework/deeper/domain.py",
        "services/requests/casework/domain/deeper/lifecycle.py",
        "services/requests/casework/domain/table.json",
        "services/canteen/app.py",
        "services/requests/casework/table.json",
        "services/stray.py",
    ],
)
def test_a_file_that_is_no_room_breaks(copy: Path, plant: Plant, name: str) -> None:
    plant(name, "")
    assert any(name in breach for breach in house.strange_files(copy))


def test_a_room_may_be_a_folder_of_its_name(copy: Path, plant: Plant) -> None:
    plant("services/requests/casework/domain/__init__.py", "")
    plant("services/requests/casework/domain/lifecycle.py", "")
    assert house.strange_files(copy) == []


def test_nothing_is_named_utils_helpers_or_common() -> None:
    assert house.drawers(house.ROOT) == []


@pytest.mark.parametrize("name", ["shared/utils.py", "shared/common/text.py", "deploy/helpers.py"])
def test_a_drawer_breaks(copy: Path, plant: Plant, name: str) -> None:
    plant(name, "")
    assert any(name in breach for breach in house.drawers(copy))


@pytest.mark.parametrize("top", house.CODE)
def test_a_long_file_is_listed(copy: Path, plant: Plant, top: str) -> None:
    plant(f"{top}/long.py", "X = 1\n" * 301)
    assert f"{top}/long.py has 301 lines, more than 300" in house.too_long(copy)


def test_a_long_function_is_listed_but_its_docstring_is_not_counted(copy: Path, plant: Plant) -> None:
    docstring = '    """Say' + "\n    much" * 30 + '."""\n'
    plant("shared/fine.py", "def fine() -> None:\n" + docstring + "    print()\n" * 39)
    plant("shared/tall.py", "def tall() -> None:\n" + "    print()\n" * 40)
    breaches = house.too_long(copy)
    assert "shared/tall.py:1 tall has 41 lines, more than 40" in breaches
    assert not [breach for breach in breaches if "fine" in breach]


def test_domains_draw_no_ids_wait_for_nothing_and_open_nothing() -> None:
    assert house.impure_domains(house.ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        "from shared.ids import new_id\n",
        "import shared.ids\n",
        "async def decide() -> None:\n    return None\n",
        "DATA = open('rules.csv')\n",
        "print('decided')\n",
    ],
)
def test_an_impure_domain_breaks(copy: Path, plant: Plant, text: str) -> None:
    plant("services/requests/planted/domain.py", text)
    assert any("planted/domain.py" in breach for breach in house.impure_domains(copy))


def test_a_part_of_a_domain_that_is_a_folder_is_pure_too(copy: Path, plant: Plant) -> None:
    plant("services/requests/planted/domain/lifecycle.py", "print('decided')\n")
    assert any("lifecycle.py" in breach for breach in house.impure_domains(copy))


def test_a_domain_may_derive_an_id(copy: Path, plant: Plant) -> None:
    plant("services/requests/planted/domain.py", "from shared.ids import derive_id\n")
    assert not [breach for breach in house.impure_domains(copy) if "planted" in breach]
