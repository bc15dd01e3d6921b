"""The generated pages, of events, permissions and pictures, say what the code says."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy import docs
from deploy.topics import SERVICES
from services.requests.casework.domain.lifecycle import ARROWS, LEG_STAGE
from shared.contracts.activities import ActivityStage
from shared.contracts.catalog import FACTS
from shared.contracts.event import Fact
from tests.contract import frozen

PAGES = docs.pages(docs.ROOT)
ASYNCAPI: dict[str, Any] = json.loads(PAGES[docs.ROOT / "docs/asyncapi.json"])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_fresh(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path], "write it again: python -m deploy.docs"


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _follow(reference: str) -> Any:
    node: Any = ASYNCAPI
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    found = _references(ASYNCAPI)
    assert found
    for reference in found:
        assert isinstance(_follow(reference), dict), reference


@pytest.mark.parametrize("fact", FACTS)
def test_asyncapi_describes_every_fact_on_its_subject(fact: type[Fact]) -> None:
    assert ASYNCAPI["channels"][fact.__name__]["address"] == fact.SUBJECT
    payload = ASYNCAPI["components"]["messages"][fact.__name__]["payload"]
    jsonschema.validate(frozen.sample_of(fact).to_dict(), {**payload, "components": ASYNCAPI["components"]})
    assert ASYNCAPI["operations"][f"tell{fact.__name__}"]["action"] == "send"


def test_the_page_of_events_names_every_fact_its_fields_and_who_hears_it() -> None:
    page = PAGES[docs.ROOT / "docs/events.md"]
    for fact in FACTS:
        assert f"### {fact.__name__}\n\n`{fact.type_name()}`: " in page
        assert all(f"| `{field}` |" in page for field in fact.model_fields)


def test_who_hears_what_is_read_from_the_topics() -> None:
    heard = docs.hearers()
    assert "members-points" in heard["RequestClosed"]
    assert {"members-matching", "members-cases", "reporting-rows"} <= set(heard["LegOpened"])
    assert heard["SessionsEnded"] == sorted([*(f"{service}-sessions" for service in SERVICES), "reporting-rows"])


def test_the_pictures_have_every_state_that_is_entered_and_every_service() -> None:
    page = PAGES[docs.ROOT / "docs/architecture/pictures.md"]
    states = {state for arrows in ARROWS.values() for state in arrows} | {*ARROWS, *LEG_STAGE, *ActivityStage}
    assert [state for state in states if f" {state.value}" not in page] == []
    assert [service for service in SERVICES if f"<b>{service}</b>" not in page] == []
