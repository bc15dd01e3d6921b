"""The closed loop through the pages themselves, and what a leader can do at the screen."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from deploy.demo.campus import PASSWORD
from tests.browser.conftest import Visit, Visiting

WORDING = Path(__file__).parents[2] / "web" / "src" / "wording" / "zh-CN.json"
SAY: dict[str, Any] = json.loads(WORDING.read_text(encoding="utf-8"))
TITLE = "书架上的灯管闪个不停"


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def test_a_person_signs_in_and_out_and_a_wrong_password_is_told(visit: Visiting) -> None:
    seen = visit(None, "phone")
    seen.go("/signin")
    seen.page.get_by_label(SAY["signIn"]["username"]).fill("student3")
    seen.page.get_by_label(SAY["signIn"]["password"]).fill("wrong-password")
    press(seen.page, SAY["signIn"]["enter"])
    expect(seen.page.get_by_role("alert")).to_be_visible()
    seen.page.get_by_label(SAY["signIn"]["password"]).fill(PASSWORD)
    press(seen.page, SAY["signIn"]["enter"])
    expect(seen.page).to_have_url(re.compile(r"/m$"))


def test_a_request_is_filed_taken_served_and_rated_by_hand(visit: Visiting) -> None:
    student, desk, helper = visit("student2", "phone"), visit("desk1"), visit("helper2", "phone")
    request_id = _file(student)
    _assign(desk, helper, request_id)
    _serve(helper, request_id)
    _rate(student, request_id)
    desk.go(f"/desk/requests/{request_id}")
    desk.shoot("zh-CN/wall/desk-request")
    expect(desk.page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(desk.page.get_by_text(SAY["proposal"]["byDesk"])).to_be_visible()
    for seen in (student, helper, desk):
        assert seen.complaints == []


def _file(student: Visit) -> str:
    page = student.page
    student.go("/m/file")
    page.get_by_text(SAY["kind"]["wish"], exact=True).click()
    page.get_by_text("小修小补", exact=True).click()
    page.get_by_label(SAY["file"]["title"]).fill(TITLE)
    student.shoot("zh-CN/phone/student-file-filled")
    press(page, SAY["file"]["send"])
    page.wait_for_url(re.compile(r"/m/requests/[a-z0-9]{26}"))
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert student.barriers() == []
    return page.url.rsplit("/", 1)[1].split("?")[0]


def _assign(desk: Visit, helper: Visit, request_id: str) -> None:
    """The coordinator gives the leg to this helper, whoever matching proposed."""
    me = helper.context.request.get("/api/members/me").json()
    view = desk.context.request.get(f"/api/requests/{request_id}").json()
    path = f"/api/requests/{request_id}/legs/{view['legs'][0]['id']}/assignment"
    answer = desk.context.request.post(path, data={"helper_id": me["id"]})
    assert answer.ok, answer.text()


def _serve(helper: Visit, request_id: str) -> None:
    page = helper.page
    helper.go("/m/legs")
    expect(page.get_by_text(TITLE)).to_be_visible()
    helper.go(f"/m/requests/{request_id}")
    press(page, SAY["legSteps"]["accept"])
    press(page, SAY["legSteps"]["start"])
    helper.shoot("zh-CN/phone/helper-request")
    press(page, SAY["legSteps"]["complete"])
    expect(page.get_by_text(SAY["legSteps"]["waits"])).to_be_visible()
    assert helper.barriers() == []


def _rate(student: Visit, request_id: str) -> None:
    page = student.page
    student.go(f"/m/requests/{request_id}")
    student.shoot("zh-CN/phone/student-request")
    press(page, SAY["rate"]["yes"])
    expect(page.get_by_text(SAY["rate"]["starless"])).to_be_visible()
    student.go(f"/m/requests/{request_id}")
    assert page.get_by_text(SAY["rate"]["question"]).count() == 0, "the yes is saved before any star"
    page.get_by_text(SAY["rate"]["ofFive"].replace("{n}", "5"), exact=True).locator("..").click()
    press(page, SAY["rate"]["send"])
    expect(page.get_by_text(SAY["rate"]["mine"])).to_be_visible()
    assert student.barriers() == []
    assert student.overflow() <= 0


def test_a_figure_on_the_screen_opens_its_proof(visit: Visiting) -> None:
    leader = visit("leader1")
    leader.go("/screen")
    leader.page.get_by_role("button", name=SAY["figure"]["resolution_rate"]).click()
    drawer = leader.page.get_by_role("dialog")
    expect(drawer.get_by_text(SAY["drawer"]["formula"])).to_be_visible()
    expect(drawer.get_by_role("listitem").first).to_be_visible()
    leader.shoot("zh-CN/wall/leader-figure")
    assert leader.barriers() == []
    assert leader.complaints == []


def test_the_screen_says_when_its_line_is_broken_and_keeps_its_figures(visit: Visiting) -> None:
    leader = visit("leader1")
    leader.go("/screen")
    expect(leader.page.get_by_text(SAY["screen"]["live"], exact=True)).to_be_visible()
    leader.context.set_offline(True)
    expect(leader.page.get_by_text(SAY["screen"]["stale"]).first).to_be_visible(timeout=50_000)
    expect(leader.page.get_by_text(SAY["screen"]["stages"])).to_be_visible()
    leader.shoot("zh-CN/wall/leader-stale")
    leader.context.set_offline(False)
    expect(leader.page.get_by_text(SAY["screen"]["live"], exact=True)).to_be_visible(timeout=50_000)


def test_a_request_filed_without_network_arrives_once_when_it_is_back(visit: Visiting) -> None:
    student = visit("student5", "phone")
    page = student.page
    student.go("/m/file")
    page.get_by_text(SAY["kind"]["wish"], exact=True).click()
    page.get_by_text("跑腿代办", exact=True).click()
    page.get_by_label(SAY["file"]["title"]).fill("没有网络时提交的心愿")
    student.context.set_offline(True)
    press(page, SAY["file"]["send"])
    expect(page.get_by_text(SAY["file"]["kept"]).first).to_be_visible()
    student.context.set_offline(False)
    page.wait_for_function(
        "async () => (await (await fetch('/api/requests/mine?limit=50')).json())"
        ".items.filter(item => item.title === '没有网络时提交的心愿').length === 1",
        timeout=30_000,
    )


def test_the_pages_open_without_network_and_the_parts_of_an_old_release_are_let_go(visit: Visiting) -> None:
    student = visit("student4", "phone")
    student.go("/m")
    student.page.evaluate("async () => { await navigator.serviceWorker.ready }")
    student.go("/m")
    student.page.evaluate(
        """async () => {
            const cache = await caches.open((await caches.keys())[0])
            await cache.put("/", new Response("the page of an old release"))
            await cache.put("/assets/old.js", new Response("a part of it"))
        }"""
    )
    student.go("/m")
    kept: list[str] = student.page.evaluate(
        """async () => {
            const cache = await caches.open((await caches.keys())[0])
            return (await cache.keys()).map(asked => new URL(asked.url).pathname)
        }"""
    )
    parts = [path for path in kept if re.fullmatch(r"/assets/.*\.js", path)]
    assert parts != []
    assert "/assets/old.js" not in parts
    student.context.set_offline(True)
    student.page.reload()
    expect(student.page.locator("h1").first).to_be_visible()
    student.context.set_offline(False)


def test_the_language_is_switched_and_kept(visit: Visiting) -> None:
    student = visit("student1", "phone")
    student.go("/m")
    student.page.get_by_role("button", name="English").click()
    expect(student.page.locator("html")).to_have_attribute("lang", "en")
    assert student.page.evaluate("localStorage.getItem('yizhan.locale')") == "en"
