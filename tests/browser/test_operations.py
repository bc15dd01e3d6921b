"""The operations page of an administrator, with parked events in view: looked at, replayed, discarded."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.members import HelperProposed
from shared.ids import new_id
from tests.browser.conftest import LANGUAGES, SIZES, Visit, Visiting
from tests.support.town import Place

WORDS = {
    "zh-CN": {"replay": "重放", "discard": "作废", "gone": "已作废", "kept": "仍然搁置"},
    "en": {"replay": "Replay", "discard": "Discard", "gone": "Discarded", "kept": "stays parked"},
}


@pytest.fixture
def poison(place: Place) -> Callable[[Visit], str]:
    """Park an event that nobody can decode; returns its type."""

    def park(seen: Visit) -> str:
        kind = f"members.helper.proposed.{new_id()}"
        place.publish(HelperProposed.SUBJECT, json.dumps({"id": new_id(), "type": kind, "驿站": True}).encode())
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if kind in {row["type"] for row in _parked(seen)}:
                return kind
            time.sleep(0.1)
        pytest.fail("it was not parked")

    return park


def _parked(seen: Visit) -> list[dict[str, Any]]:
    return seen.context.request.get("/api/requests/parked").json()["items"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_an_administrator_looks_at_a_parked_event_replays_it_in_vain_and_discards_it(
    visit: Visiting, poison: Callable[[Visit], str], size: str, language: str
) -> None:
    words = WORDS[language]
    seen = visit("admin1", size, language)
    kind = poison(seen)
    seen.go("/desk/operations")
    row = seen.page.get_by_role("button", name=kind).filter(has_text="requests-proposals")
    row.wait_for()
    seen.page.get_by_role("button", name="requests-proposals", exact=False).first.wait_for()
    seen.shoot(f"{language}/{size}/admin-operations-parked")
    _well(seen)

    row.click()
    dialog = seen.page.get_by_role("dialog")
    dialog.get_by_text('"驿站": true').wait_for()
    seen.page.wait_for_timeout(500)
    seen.shoot(f"{language}/{size}/admin-parked-event")
    _well(seen)
    dialog.get_by_role("button", name=words["replay"]).click()
    dialog.get_by_text(words["kept"]).wait_for()
    dialog.get_by_role("button", name=words["discard"]).click()
    assert dialog.get_by_role("button", name=words["discard"]).is_disabled()
    dialog.get_by_role("textbox").fill("published by a test")
    seen.shoot(f"{language}/{size}/admin-parked-discard")
    _well(seen)
    dialog.get_by_role("button", name=words["discard"]).click()
    dialog.wait_for(state="hidden")
    row.wait_for(state="detached")

    seen.page.get_by_role("button", name=words["gone"], exact=True).click()
    seen.page.get_by_role("button", name=kind).filter(has_text="published by a test").wait_for()
    seen.shoot(f"{language}/{size}/admin-operations-discarded")
    _well(seen)


def test_the_page_is_for_administrators(visit: Visiting) -> None:
    seen = visit("desk1")
    seen.go("/desk/operations")
    assert seen.page.url.endswith("/desk/queue")
    assert seen.page.get_by_role("link", name="运行状况").count() == 0


def _well(seen: Visit) -> None:
    assert seen.complaints == []
    assert seen.barriers() == []
    assert seen.overflow() <= 0
