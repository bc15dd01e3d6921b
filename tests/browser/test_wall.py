"""The wall by hand: a wish filed by the code of a room, claimed by a helper, seen by others without a name."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.ids import new_id
from tests.browser.conftest import Visit, Visiting
from tests.browser.test_the_loop_by_hand import SAY, press

TITLE = "想请人帮忙把床帘挂起来"
LATE = "想借一辆小推车搬行李"
KEPT_OFF = "想请人陪我去一趟银行"


def test_a_wish_filed_by_a_room_code_is_claimed_on_the_wall_by_hand(visit: Visiting) -> None:
    student, other = visit("student6", "phone"), visit("student7", "phone")
    room = _other_room(student)
    request_id = _file(student, room)
    _is_waiting(student, request_id)
    helper = next(_who_may_claim(visit, request_id))
    _claim(helper, request_id)
    name = _me(helper)["name"]
    student.go(f"/m/requests/{request_id}")
    expect(student.page.get_by_role("region", name=SAY["request"]["who"])).to_contain_text(name)
    expect(student.page.locator("ol").get_by_text(SAY["timeline"]["leg_claimed"])).to_be_visible()
    student.shoot("zh-CN/phone/student-request-claimed")
    desk = visit("desk1")
    desk.go(f"/desk/requests/{request_id}")
    expect(desk.page.get_by_text(SAY["proposal"]["byClaim"])).to_be_visible()
    _sees_it_without_a_name(other, (name, _me(student)["name"]))
    for seen in (student, helper, other, desk):
        assert seen.complaints == []


def test_a_claim_that_comes_too_late_is_told_and_the_wall_is_read_again(visit: Visiting) -> None:
    form = {"category": "wish.moving", "title": LATE}
    headers = {"Idempotency-Key": new_id()}
    filed = visit("student8").context.request.post("/api/requests", data=form, headers=headers).json()
    late, faster = islice(_who_may_claim(visit, filed["id"]), 2)
    late.go("/m/wall")
    _card(late.page, LATE).get_by_role("button").click()
    answer = faster.context.request.post(f"/api/requests/{filed['id']}/legs/{_leg(faster, filed['id'])}/claim")
    assert answer.ok, answer.text()
    with late.page.expect_response(re.compile(r"/api/requests/wall")):
        press(late.page, SAY["wall"]["sure"])
    expect(late.page.get_by_text(SAY["wall"]["faster"])).to_be_visible()
    expect(late.page.get_by_role("dialog")).to_be_hidden()
    expect(_card(late.page, LATE)).to_have_count(0)


def test_who_does_not_want_it_on_the_wall_keeps_it_off(visit: Visiting) -> None:
    student = visit("student9", "phone")
    page = student.page
    student.go("/m/wall")
    page.get_by_role("link", name=SAY["wall"]["wish"]).click()
    page.get_by_text(SAY["kind"]["repair"], exact=True).click()
    expect(page.get_by_role("switch", name=SAY["file"]["wall"])).to_have_count(0)
    page.get_by_text(SAY["kind"]["wish"], exact=True).click()
    page.get_by_text("跑腿代办", exact=True).click()
    page.get_by_label(SAY["file"]["title"]).fill(KEPT_OFF)
    page.get_by_role("switch", name=SAY["file"]["wall"]).click()
    expect(page.get_by_text(SAY["file"]["wallOff"])).to_be_visible()
    student.shoot("zh-CN/phone/student-file-off-the-wall")
    assert student.barriers() == []
    press(page, SAY["file"]["send"])
    page.wait_for_url(re.compile(r"/m/requests/[a-z0-9]{26}"))
    filed = student.context.request.get(f"/api/requests/{page.url.rsplit('/', 1)[1]}").json()
    assert (filed["visibility"], filed["channel"]) == ("private", "wall")
    student.go("/m/wall")
    expect(_card(page, KEPT_OFF)).to_have_count(0)
    assert student.complaints == []


@pytest.mark.parametrize(("language", "floor"), [("zh-CN", "3层"), ("en", "Floor 3")])
def test_the_codes_of_the_rooms_are_printed_without_the_shell(visit: Visiting, language: str, floor: str) -> None:
    desk = visit("desk1", "wall", language)
    desk.go("/desk/room-codes")
    codes = desk.page.get_by_role("main").get_by_role("listitem")
    expect(codes).to_have_count(50)
    desk.page.locator(".el-select").nth(1).click()
    desk.page.get_by_role("option", name=floor).click()
    expect(codes).to_have_count(10)
    assert desk.barriers() == []
    desk.page.emulate_media(media="print")
    expect(desk.page.locator("aside")).to_be_hidden()
    expect(desk.page.locator("h1")).to_be_hidden()
    expect(codes.first.get_by_role("img")).to_be_visible()
    desk.shoot(f"{language}/wall/desk-room-codes-printed")


def _me(seen: Visit) -> dict[str, Any]:
    return seen.context.request.get("/api/members/me").json()


def _other_room(seen: Visit) -> str:
    """A room of the person's floor that is not theirs."""
    home: str = _me(seen)["place"]
    floor = home.rpartition(".")[0]
    rooms = seen.context.request.get(f"/api/members/places?parent={floor}").json()["items"]
    return next(room["id"] for room in rooms if room["id"] != home)


def _card(page: Page, title: str = TITLE) -> Locator:
    return page.get_by_role("listitem").filter(has_text=title)


def _file(student: Visit, room: str) -> str:
    page = student.page
    student.go(f"/m/file?room={room}")
    page.get_by_text(SAY["kind"]["wish"], exact=True).click()
    page.get_by_text("小修小补", exact=True).click()
    page.get_by_label(SAY["file"]["title"]).fill(TITLE)
    student.shoot("zh-CN/phone/student-file-by-code")
    press(page, SAY["file"]["send"])
    page.wait_for_url(re.compile(r"/m/requests/[a-z0-9]{26}"))
    request_id = page.url.rsplit("/", 1)[1]
    filed = student.context.request.get(f"/api/requests/{request_id}").json()
    assert (filed["place"], filed["channel"]) == (room, "room_qr")
    return request_id


def _is_waiting(student: Visit, request_id: str) -> None:
    """Their own card says that it is theirs, and leads to their request."""
    student.go("/m/wall")
    card = _card(student.page)
    expect(card).to_contain_text(SAY["wall"]["mine"])
    expect(card.get_by_role("button")).to_have_count(0)
    student.shoot("zh-CN/phone/student-wall-mine")
    assert student.barriers() == []
    card.get_by_role("link").click()
    student.page.wait_for_url(f"**/m/requests/{request_id}")


def _leg(seen: Visit, request_id: str) -> str | None:
    """The leg of the request that this person may claim."""
    items = seen.context.request.get("/api/requests/wall?column=waiting").json()["items"]
    return next((item["leg_id"] for item in items if item["id"] == request_id), None)


def _who_may_claim(visit: Visiting, request_id: str) -> Iterator[Visit]:
    """The helpers who may: not the one whom matching asked, and no room-mate."""
    helpers = (visit(f"helper{number}", "phone") for number in range(1, 9))
    return (helper for helper in helpers if _leg(helper, request_id))


def _claim(helper: Visit, request_id: str) -> None:
    page = helper.page
    helper.go("/m/wall")
    helper.shoot("zh-CN/phone/helper-wall-claimable")
    _card(page).get_by_role("button", name=SAY["wall"]["claim"]).click()
    expect(page.get_by_role("dialog").get_by_text(SAY["wall"]["promise"])).to_be_visible()
    page.wait_for_timeout(400)
    helper.shoot("zh-CN/phone/helper-wall-claim")
    assert helper.barriers() == []
    press(page, SAY["wall"]["sure"])
    page.wait_for_url(f"**/m/requests/{request_id}")
    expect(page.get_by_text(SAY["wall"]["claimed"])).to_be_visible()
    expect(page.get_by_role("button", name=SAY["legSteps"]["start"])).to_be_visible()
    helper.shoot("zh-CN/phone/helper-request-claimed")
    helper.go("/m/legs")
    expect(page.get_by_text(TITLE)).to_be_visible()


def _sees_it_without_a_name(other: Visit, names: tuple[str, ...]) -> None:
    page = other.page
    other.go("/m/wall")
    expect(_card(page)).to_have_count(0)
    page.get_by_role("button", name=SAY["wall"]["column"]["helped"]).click()
    card = _card(page)
    expect(card).to_be_visible()
    assert not any(name in card.inner_text() for name in names)
    assert card.get_by_role("link").count() == 0
    other.shoot("zh-CN/phone/student-wall-helped")
    page.get_by_role("button", name=SAY["wall"]["column"]["fulfilled"]).click()
    expect(page.get_by_role("img", name=re.compile("星")).first).to_be_visible()
    other.shoot("zh-CN/phone/student-wall-fulfilled")
    assert other.barriers() == []
    assert other.overflow() <= 0
