"""Filing with care: a code counts once, a wish is a wish, errors are gone to, words cover nothing."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Visit, Visiting

WORDS: dict[str, Any] = json.loads((ROOT / "web/src/wording/zh-CN.json").read_text(encoding="utf-8"))
COLD = ("/m", "/m/file", "/m/wall", "/m/activities", "/m/me", "/m/legs")
DESK = (
    "/desk/queue", "/desk/file", "/desk/activities", "/desk/people", "/desk/organisation", "/desk/room-codes",
    "/desk/imports", "/desk/operations", "/screen",
)  # fmt: skip

_UNDER = """() => [...document.querySelectorAll('.toast')].flatMap((toast) => {
  const box = toast.getBoundingClientRect()
  const pressed = 'main button, main a, main input, main textarea, nav a, dialog button'
  return [...document.querySelectorAll(pressed)].filter((one) => {
    const other = one.getBoundingClientRect()
    const beside = other.left >= box.right || box.left >= other.right
    return other.width > 0 && !beside && other.top < box.bottom && box.top < other.bottom
  }).map((one) => one.outerHTML.slice(0, 120))
})"""


_ARRIVES = """() => {
  const box = document.querySelector('.toast').getBoundingClientRect()
  const late = document.createElement('button')
  late.id = late.textContent = 'late'
  late.style.cssText = `position:fixed;left:0;width:100%;top:${box.top}px;height:${box.height}px;opacity:0.01`
  document.querySelector('main').append(late)
}"""
"""A button that comes to lie under what is said, as when a page fetched it late."""


def _home(student: Visit) -> str:
    return str(student.context.request.get("/api/members/me").json()["place"])


def _another_room(student: Visit) -> str:
    home = _home(student)
    floor = home.rsplit(".", 1)[0]
    rooms = student.context.request.get(f"/api/members/places?parent={floor}").json()["items"]
    return next(str(one["id"]) for one in rooms if one["type"] == "room" and one["id"] != home)


def _choose(page: Page, kind: str, category: str) -> None:
    page.get_by_text(WORDS["kind"][kind], exact=True).first.click()
    page.get_by_text(category, exact=True).first.click()


def test_a_scanned_room_counts_for_that_form_only(visit: Visiting) -> None:
    student = visit("student21", "phone")
    home, room = _home(student), _another_room(student)
    page = student.page
    student.go(f"/m/file?room={room}")
    expect(page.locator(".here.sheet")).to_contain_text(WORDS["file"]["scanned"])
    page.fill("#title", "half written")
    student.go("/m/file")
    expect(page.locator("#title")).to_have_value("half written")
    expect(page.get_by_text(WORDS["file"]["scanned"])).to_have_count(0)
    _choose(page, "repair", "门窗")
    with page.expect_request(lambda asked: asked.method == "POST" and asked.url.endswith("/api/requests")) as sent:
        page.locator("button[type=submit]").click()
    body: dict[str, Any] = sent.value.post_data_json or {}
    assert body["place"] == home
    assert "channel" not in body


def test_a_code_that_does_not_exist_is_told_and_nothing_is_guessed(visit: Visiting) -> None:
    student = visit("student21", "phone")
    student.go("/m/file?room=nowhere.b9.f9.r999")
    alert = student.page.get_by_role("alert").first
    expect(alert).to_contain_text(WORDS["file"]["unknownCode"])
    expect(student.page.locator(".here.sheet")).not_to_contain_text(WORDS["file"]["scanned"])
    assert student.barriers() == []


def test_a_wish_from_the_wall_begins_as_a_wish(visit: Visiting) -> None:
    student = visit("student22", "phone")
    student.go("/m/wall")
    student.page.get_by_role("link", name=WORDS["wall"]["wish"]).click()
    expect(student.page.get_by_role("radio", name=WORDS["kind"]["wish"])).to_be_checked()
    expect(student.page.get_by_text("其他心愿", exact=True)).to_be_visible()


def test_every_category_has_an_example_of_its_own(visit: Visiting) -> None:
    student = visit("student22", "phone")
    student.go("/m/file")
    seen: set[str] = set()
    for kind, category in (
        ("repair", "暖气与热水"),
        ("wish", "跑腿代办"),
        ("study", "数学辅导"),
        ("suggestion", "饮食"),
    ):
        _choose(student.page, kind, category)
        seen.add(str(student.page.get_attribute("#title", "placeholder")))
    assert len(seen) == 4
    known = student.context.request.get("/api/requests/categories").json()["items"]
    examples = WORDS["file"]["example"]
    assert [
        one["id"] for one in known if one["id"].replace(".", "_") not in examples and one["kind"] not in examples
    ] == []


def test_an_empty_form_leads_to_its_first_error(visit: Visiting) -> None:
    student = visit("student23", "phone")
    page = student.page
    student.go("/m/file")
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("radio").first).to_be_focused()
    expect(page.get_by_role("alert").first).to_be_in_viewport()
    _choose(page, "repair", "门窗")
    page.locator("button[type=submit]").click()
    expect(page.locator("#title")).to_be_focused()
    expect(page.locator("#title")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#title")).to_be_in_viewport()
    assert student.barriers() == []


def test_words_said_lie_over_no_button_and_do_not_outlive_their_page(visit: Visiting) -> None:
    student = visit("student24", "phone")
    page = student.page
    student.go("/m/file")
    _choose(page, "repair", "门窗")
    page.fill("#title", "the lock is stuck")
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/m/requests/*")
    expect(page.get_by_role("status").filter(has_text=WORDS["file"]["filed"])).to_be_visible()
    for height in (0, 200, 4000):
        page.evaluate("y => window.scrollTo(0, y)", height)
        page.wait_for_timeout(200)
        assert page.evaluate(_UNDER) == []
    page.evaluate(_ARRIVES)
    page.wait_for_timeout(200)
    assert page.evaluate("document.querySelector('#late').getBoundingClientRect().height > 0")
    assert page.evaluate(_UNDER) == []
    page.locator("nav a").last.click()
    page.wait_for_url("**/m/me")
    expect(page.locator(".toast")).to_have_count(0)


def test_every_page_opens_cold(visit: Visiting) -> None:
    phone, admin = visit("student25", "phone"), visit("admin1", "wall")
    for path in COLD:
        phone.go(path)
        assert phone.page.locator("main").inner_text().strip() != ""
    for path in DESK:
        admin.go(path)
        assert admin.page.locator("main").inner_text().strip() != ""
    assert phone.complaints == admin.complaints == []


def test_pages_that_were_never_open_open_without_a_network(visit: Visiting) -> None:
    student = visit("student26", "phone")
    page = student.page
    student.go("/m")
    page.wait_for_function("() => performance.getEntriesByName('yizhan.stocked').length > 0", timeout=60_000)
    student.context.set_offline(offline=True)
    for tab in ("/m/wall", "/m/activities", "/m/me"):
        page.locator(f"nav a[href='{tab}']").click()
        page.wait_for_url(f"**{tab}")
        expect(page.locator("h1")).to_be_visible()
    for path in ("/m/wall", "/m/file", "/m/activities"):
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
    expect(page.locator("nav a").first).to_be_visible()


@pytest.mark.parametrize("path", ["/m/file", "/m/wall", "/m", "/m/activities"])
def test_a_page_is_sane_when_it_is_twice_as_large(visit: Visiting, path: str) -> None:
    student = visit("student27", "phone")
    student.page.set_viewport_size({"width": 320, "height": 500})
    student.go(path)
    assert student.overflow() <= 0
