"""What the repair system told that belongs nowhere: logistics sees it, and marks it as dealt with."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from shared.ids import new_id
from tests.browser.conftest import LANGUAGES, SIZES, Visit, Visiting
from tests.support.town import Place

WORDS = {"zh-CN": ("已处理", "已标为已处理"), "en": ("Dealt with", "Marked as dealt with")}


def tell(seen: Visit, place: Place) -> str:
    """Tell something of an order that nobody knows; returns its number."""
    number, mark, at = f"HQ-{new_id()}", new_id(), datetime.now(UTC)
    row = {"service_request_id": number, "status": "closed", "status_notes": "水龙头已更换，请报修方验收。"}
    body = json.dumps({"type": "service_request.updated", "data": row})
    answer = seen.context.request.post(
        "/hooks/logistics/campus-repairs",
        data=body,
        headers={
            "content-type": "application/json",
            "webhook-id": mark,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(place.webhook).sign(mark, at, body),
        },
    )
    assert answer.json() == {"outcome": "kept", "code": "leg.unknown"}
    return number


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_news_that_belongs_nowhere_is_seen_and_dealt_with(
    visit: Visiting, place: Place, size: str, language: str
) -> None:
    settle, said = WORDS[language]
    seen = visit("logistics1", size, language)
    numbers = [tell(seen, place) for _ in range(2)]
    seen.go("/desk/outside-news")
    cards = [seen.page.get_by_role("listitem").filter(has_text=number) for number in numbers]
    for card in cards:
        card.wait_for()
    assert "水龙头已更换" in cards[0].inner_text()
    seen.shoot(f"{language}/{size}/logistics-outside-news")
    assert (seen.barriers(), seen.clipped()) == ([], [])
    assert seen.overflow() <= 0
    cards[0].get_by_role("button", name=settle).click()
    seen.page.get_by_text(said).wait_for()
    cards[0].wait_for(state="detached")
    seen.go("/desk/outside-news")
    cards[1].wait_for()
    assert cards[0].count() == 0
    assert seen.complaints == []
