"""What two tabs, a lost answer, an old clock and another zone do: no word is lost, and times are the campus's."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from shared.ids import new_id
from tests.browser.conftest import ROOT, SIZES, Visit, Visiting, until
from tests.support.town import Place

WORDS: dict[str, Any] = json.loads((ROOT / "web/src/wording/zh-CN.json").read_text(encoding="utf-8"))
FILE = "/m/file"
POSTED = re.compile(r"/api/requests$")

_SKEWED = """(() => {
  const Real = Date
  class Skewed extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + %d) }
    static now() { return Real.now() + %d }
  }
  window.Date = Skewed
})()"""


@contextmanager
def device(
    browser: Browser, place: Place, username: str, *, size: str = "phone", zone: str = "Asia/Shanghai", skew: int = 0
) -> Iterator[BrowserContext]:
    """A device of somebody's own: its zone, how many milliseconds its clock is wrong, and a session on it."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=place.origin,
        viewport={"width": width, "height": height},
        locale="en-US",
        timezone_id=zone,
        reduced_motion="reduce",
    )
    context.add_init_script("localStorage.setItem('yizhan.locale', localStorage.getItem('yizhan.locale') || 'zh-CN')")
    if skew:
        context.add_init_script(_SKEWED % (skew, skew))
    _signs_in(context, place, username)
    yield context
    context.close()


def _signs_in(context: BrowserContext, place: Place, username: str) -> None:
    answer = context.request.post("/api/members/sessions", data={"username": username, "password": place.password})
    assert answer.status == 201, answer.text()


def _opens(context: BrowserContext, path: str = FILE) -> Page:
    page = context.new_page()
    page.goto(path)
    page.wait_for_selector("h1")
    return page


def _writes(page: Page, title: str, text: str = "") -> None:
    page.get_by_text(WORDS["kind"]["repair"], exact=True).first.click()
    page.get_by_text("门窗", exact=True).first.click()
    page.fill("#title", title)
    page.fill("#text", text)


def _sends(page: Page) -> None:
    page.locator("button[type=submit]").click()


def _files(page: Page) -> str:
    _sends(page)
    page.wait_for_url("**/m/requests/*")
    return page.url.rsplit("/", 1)[1]


def _titles(context: BrowserContext) -> list[str]:
    rows: list[dict[str, Any]] = context.request.get("/api/requests/mine?limit=50").json()["items"]
    return [row["title"] for row in rows]


def test_two_tabs_file_two_requests(browser: Browser, place: Place) -> None:
    one, two = f"one {new_id()}", f"two {new_id()}"
    with device(browser, place, "student11") as phone:
        first, second = _opens(phone), _opens(phone)
        _writes(first, one, "words of one")
        _writes(second, two, "words of two")
        assert first.input_value("#title") == one
        _files(first)
        assert second.input_value("#text") == "words of two"
        _files(second)
        assert {one, two} <= set(_titles(phone))
        second.goto(FILE)
        expect(second.locator("#title")).to_have_value("")


def test_a_form_survives_a_reload_and_is_found_again_when_its_tab_was_closed(browser: Browser, place: Place) -> None:
    title = f"left behind {new_id()}"
    with device(browser, place, "student12") as phone:
        page = _opens(phone)
        _writes(page, title, "every word")
        page.reload()
        expect(page.locator("#title")).to_have_value(title)
        page.close()
        again = _opens(phone)
        expect(again.locator("#title")).to_have_value("")
        again.get_by_role("listitem").filter(has_text=title).get_by_role("button", name=WORDS["file"]["resume"]).click()
        expect(again.locator("#title")).to_have_value(title)
        expect(again.locator("#text")).to_have_value("every word")
        _files(again)
        assert _titles(phone).count(title) == 1


def test_a_duplicated_tab_has_a_key_of_its_own(browser: Browser, place: Place) -> None:
    title = f"twin {new_id()}"
    with device(browser, place, "student13") as phone:
        page = _opens(phone)
        _writes(page, title)
        with phone.expect_page() as opened:
            page.evaluate("window.open(location.href)")
        twin = opened.value
        expect(twin.locator("#title")).to_have_value(title)
        twin.wait_for_timeout(1200)
        twin.fill("#title", f"{title} the second")
        _files(page)
        _files(twin)
        assert {title, f"{title} the second"} <= set(_titles(phone))


def test_a_lost_answer_is_asked_for_again_under_the_same_key(browser: Browser, place: Place) -> None:
    title = f"once {new_id()}"
    with device(browser, place, "student14") as phone:
        page = _opens(phone)
        _writes(page, title)
        keys: list[str] = []

        def lose(route: Route) -> None:
            if route.request.method != "POST":
                route.continue_()
                return
            keys.append(route.request.headers["idempotency-key"])
            if len(keys) == 1:
                route.fetch()
                route.abort("connectionreset")
            else:
                route.continue_()

        page.route(POSTED, lose)
        with page.expect_response(lambda answer: bool(POSTED.search(answer.url)) and answer.request.method == "POST"):
            _sends(page)
            page.wait_for_url("**/m")
            page.reload()
        expect(page.locator(".outbox")).to_have_count(0)
        assert len(set(keys)) == 1
        assert _titles(phone).count(title) == 1


def test_a_key_that_was_used_for_other_words_keeps_these_and_gets_a_new_one(browser: Browser, place: Place) -> None:
    title = f"edited {new_id()}"
    with device(browser, place, "student15") as phone:
        page = _opens(phone)
        _writes(page, title, "first")

        def fail(route: Route) -> None:
            if route.request.method == "POST":
                route.fetch()
                route.fulfill(status=503, content_type="application/json", body="{}")
            else:
                route.continue_()

        page.route(POSTED, fail)
        _sends(page)
        expect(page.get_by_role("alert").first).to_be_visible()
        page.unroute(POSTED)
        page.fill("#text", "second")
        _sends(page)
        expect(page.get_by_role("alert").filter(has_text=WORDS["file"]["again"])).to_be_visible()
        assert (page.input_value("#title"), page.input_value("#text")) == (title, "second")
        _files(page)
        assert _titles(phone).count(title) == 2


def test_two_tabs_that_come_online_together_send_what_waits_once(browser: Browser, place: Place) -> None:
    titles = [f"waits {n} {new_id()}" for n in range(3)]
    with device(browser, place, "student16") as phone:
        page = _opens(phone)
        posted: list[str] = []
        phone.on(
            "request",
            lambda asked: posted.append(asked.url) if POSTED.search(asked.url) and asked.method == "POST" else None,
        )
        other = _opens(phone, "/m")
        phone.set_offline(offline=True)
        for title in titles:
            _writes(page, title)
            _sends(page)
            expect(page.get_by_text(title)).to_be_visible()
            page.locator("a.new").click()
        expect(other.locator(".outbox li")).to_have_count(3)
        posted.clear()
        phone.set_offline(offline=False)
        expect(other.locator(".outbox")).to_have_count(0, timeout=15_000)
        assert sorted(one for one in _titles(phone) if one in titles) == sorted(titles)
        assert len(posted) == 3


def test_another_person_on_the_same_phone_gets_nothing_of_the_first(browser: Browser, place: Place) -> None:
    with device(browser, place, "student17") as phone:
        page = _opens(phone)
        _writes(page, "ordinary words")
        sealed = _opens(phone)
        sealed.get_by_text(WORDS["kind"]["counsel"], exact=True).first.click()
        sealed.fill("#title", "sealed words")
        stale = _opens(phone, "/m")
        me = _opens(phone, "/m/me")
        me.get_by_role("button", name=WORDS["signOut"]).click()
        me.wait_for_url(re.compile("/signin"))
        for tab in (page, sealed, stale):
            tab.wait_for_url(re.compile("/signin"))
        kept = sealed.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "sealed words" not in kept
        _signs_in(phone, place, "student18")
        me.goto(FILE)
        expect(me.locator("#title")).to_have_value("")
        expect(me.locator(".leftovers")).to_have_count(0)
        me.goto("/m/me")
        me.get_by_role("button", name=WORDS["signOut"]).click()
        me.wait_for_url(re.compile("/signin"))
        _signs_in(phone, place, "student17")
        me.goto(FILE)
        expect(me.locator(".leftovers")).to_contain_text("ordinary words")


def test_a_tab_follows_whoever_signed_in_in_another(browser: Browser, place: Place) -> None:
    with device(browser, place, "student19") as phone:
        mine = _opens(phone)
        _writes(mine, "of nineteen")
        other = _opens(phone, "/m")
        _signs_in(phone, place, "student20")
        other.reload()
        other.wait_for_selector("h1")
        mine.wait_for_url(re.compile(r"/m$"))
        name = phone.request.get("/api/members/me").json()["name"]
        expect(mine.locator("h1")).to_contain_text(name)


def test_the_attendance_code_is_renewed_by_the_services_time(browser: Browser, place: Place, visit: Visiting) -> None:
    organiser = visit("secretary1")
    activity = _begun(organiser)
    with (
        device(browser, place, "secretary1", size="wall", skew=-600_000) as slow,
        device(browser, place, "secretary1", size="wall", skew=600_000) as fast,
    ):
        pages = [_opens(screen, f"/desk/activities/{activity}") for screen in (slow, fast)]
        for page in pages:
            expect(page.locator("p.code")).to_be_visible()
            left = int(re.findall(r"\d+", page.locator("section.card p.hint").inner_text())[0])
            assert 0 <= left <= 60
        before = [_digits(page) for page in pages]
        until(lambda: all(_digits(page) != was for page, was in zip(pages, before, strict=True)), seconds=70)
        # The service and a page are asked one after the other: only what neither changed meanwhile can be compared.
        for page in pages:
            until(lambda page=page: _code(organiser, activity) == _digits(page) == _code(organiser, activity))


def _digits(page: Page) -> str:
    return "".join((page.locator("p.code").text_content() or "").split())


def _code(organiser: Visit, activity: str) -> str:
    return str(organiser.context.request.get(f"/api/activities/{activity}/code").json()["code"])


def _begun(organiser: Visit) -> str:
    soon = datetime.now(UTC) + timedelta(seconds=3)
    ask = organiser.context.request
    body: dict[str, Any] = {
        "title": f"evening {new_id()}",
        "category": "study",
        "starts_at": soon.isoformat(),
        "ends_at": (soon + timedelta(minutes=20)).isoformat(),
        "capacity": 5,
        "points": 1,
    }
    for venue in ask.get("/api/members/places?type=venue").json()["items"]:
        form = {**body, "place": venue["id"]}
        planned = ask.post("/api/activities", data=form, headers={"Idempotency-Key": new_id()})
        if planned.ok:
            break
    assert planned.status == 201, planned.text()
    identity = str(planned.json()["id"])
    assert ask.post(f"/api/activities/{identity}/publication").ok
    return identity


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/New_York"])
def test_times_are_shown_and_entered_by_the_campus_clock(browser: Browser, place: Place, zone: str) -> None:
    with device(browser, place, "secretary1", size="wall", zone=zone) as desk:
        page = _opens(desk, "/desk/activities")
        page.locator("header button").last.click()
        page.fill("#plan-title", "evening of riddles")
        page.fill("#starts", "2027-02-01T19:00")
        page.fill("#ends", "2027年2月1日 21:00")
        page.locator("#plan-title").click()
        expect(page.locator("#starts")).to_have_value("2027-02-01 19:00")
        expect(page.locator("#starts-said")).to_contain_text("2月1日 星期一")
        expect(page.locator("#ends")).to_have_value("2027-02-01 21:00")
        page.locator(".el-dialog .el-select").nth(1).click()
        page.locator(".el-select-dropdown__item:visible").last.click()
        with page.expect_request(
            lambda asked: asked.url.endswith("/api/activities") and asked.method == "POST"
        ) as sent:
            page.locator(".el-dialog form button[type=submit]").click()
        body: dict[str, Any] = sent.value.post_data_json or {}
        assert body["starts_at"] == "2027-02-01T11:00:00.000Z"
        assert body["ends_at"] == "2027-02-01T13:00:00.000Z"
        page.wait_for_url("**/desk/activities/*")
        expect(page.locator("header p").filter(has_text="19:00")).to_contain_text("2月1日")
        named = WORDS["zone"]["china"] in page.locator("main").inner_text()
        assert named == (zone != "Asia/Shanghai")


def test_a_time_that_is_none_is_told_in_the_language_of_the_page(browser: Browser, place: Place) -> None:
    with device(browser, place, "secretary1", size="wall", zone="UTC") as desk:
        page = _opens(desk, "/desk/activities")
        page.locator("header button").last.click()
        page.fill("#starts", "02/01/2027")
        page.locator("#plan-title").click()
        expect(page.locator("#starts-said")).to_have_text(WORDS["moment"]["unreadable"])
        page.fill("#starts", "2027-02-01 19:00")
        page.get_by_role("button", name=WORDS["moment"]["pick"].format(field=WORDS["plans"]["starts"])).click()
        page.locator(".el-date-table td.available").filter(has_text=re.compile(r"^\s*15\s*$")).first.click()
        expect(page.locator("#starts")).to_have_value("2027-02-15 19:00")
