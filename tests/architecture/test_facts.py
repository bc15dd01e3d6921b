"""Facts and consumers: subjects are literal, unique and of the right form; durables are named `<service>-<purpose>`."""

import ast
import string
from pathlib import Path

import pytest

from shared.contracts import catalog
from shared.contracts.cells import Aggregate
from shared.contracts.event import Fact
from tests.architecture import house
from tests.architecture.conftest import Plant

FREE_TEXT = {"text", "title", "comment", "description", "phone", "note", "username", "person_name", "reason", "email"}


def test_every_subject_is_a_unique_literal_of_the_right_form() -> None:
    assert house.strange_subjects(house.ROOT) == []


@pytest.mark.parametrize(
    ("subject", "complaint"),
    [
        ("'yizhan.requests.' + 'request.planted.v1'", "no literal"),
        ("'yizhan.requests.request.planted'", "is not yizhan."),
        ("'yizhan.requests.Request.planted.v1'", "is not yizhan."),
        ("'yizhan.members.person.planted.v1'", "is told in requests"),
        ("'yizhan.requests.request.filed.v1'", "is also the subject of"),
    ],
)
def test_a_strange_subject_breaks(copy: Path, subject: str, complaint: str) -> None:
    path = copy / "shared/contracts/requests/request.py"
    planted = f"\n\nclass Planted(RequestFact):\n    SUBJECT: ClassVar[str] = {subject}\n"
    path.write_text(path.read_text("utf-8") + planted, "utf-8")
    assert any("Planted" in breach and complaint in breach for breach in house.strange_subjects(copy))


def test_every_fact_of_a_contract_is_in_the_catalogue_once() -> None:
    assert sorted(fact.__name__ for fact in catalog.FACTS) == sorted(house.facts(house.ROOT))
    assert len(catalog.BY_TYPE) == len(catalog.FACTS)


@pytest.mark.parametrize("fact", catalog.FACTS)
def test_a_fact_is_about_an_aggregate_and_fills_cells_with_fields_of_its_own(fact: type[Fact]) -> None:
    assert isinstance(fact.AGGREGATE, Aggregate)
    assert fact.KEY is None or fact.KEY in fact.model_fields
    assert len({cell.name for cell in fact.CELLS}) == len(fact.CELLS) > 0
    for cell in fact.CELLS:
        named = {field for _, field, _, _ in string.Formatter().parse(cell.name) if field}
        assert named | set(cell.fields) <= {"fact", *fact.model_fields}
        assert not set(cell.adds) & {"fact", *fact.model_fields}


def test_every_aggregate_begins_with_a_fact() -> None:
    assert {fact.AGGREGATE for fact in catalog.FACTS if fact.BEGINS} == set(Aggregate)


@pytest.mark.parametrize("fact", catalog.FACTS)
def test_a_fact_is_frozen_and_is_an_outcome(fact: type[Fact]) -> None:
    assert fact.model_config.get("frozen") is True
    assert not fact.__name__.endswith(("Updated", "Modified", "Event", "Fact"))
    assert fact.__doc__


@pytest.mark.parametrize("fact", catalog.FACTS)
def test_a_fact_carries_no_free_text_name_or_phone(fact: type[Fact]) -> None:
    assert not FREE_TEXT & set(fact.model_fields)


def test_consumers_are_in_consumers_and_durables_are_named_service_and_purpose() -> None:
    assert house.strange_consumers(house.ROOT) == []


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("services/requests/planted/consumers.py", "'members-points'", "members-points is not requests-<purpose>"),
        ("services/requests/planted/consumers.py", "'requests'", "requests is not requests-<purpose>"),
        ("services/requests/planted/consumers.py", "NAME", "no literal"),
        ("services/requests/planted/handlers.py", "'requests-planted'", "hears outside consumers.py"),
    ],
)
def test_a_strange_consumer_breaks(copy: Path, plant: Plant, name: str, text: str, complaint: str) -> None:
    plant(name, f"class Consumers:\n    @hears({text}, Fact)\n    async def on_fact(self, event): ...\n")
    assert any(complaint in breach for breach in house.strange_consumers(copy))


def test_everything_that_is_heard_is_told_by_somebody() -> None:
    known = {fact.__name__ for fact in catalog.FACTS}
    for _, path, call in house.durables(house.ROOT):
        spoken = [ast.unparse(argument).rpartition(".")[2] for argument in call.args[1:]]
        assert {name for name in spoken if name[0].isupper() and not name.isupper()} <= known, f"{path}:{call.lineno}"
