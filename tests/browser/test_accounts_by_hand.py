"""Accounts by hand: people are added, disabled, let go and taken back; everybody changes their own password."""

import re

from playwright.sync_api import expect

from shared.ids import new_id
from tests.browser.conftest import Visiting, until


def _add(visit: Visiting, language: str = "zh-CN") -> tuple[str, str, str]:
    """Add somebody in the pages; returns the account name, the password that was shown and the person's id."""
    seen = visit("admin1", language=language)
    page, username = seen.page, f"by-hand-{new_id()[:8]}"
    seen.go("/desk/people")
    page.get_by_role("button", name="添加成员").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="添加成员")).to_be_disabled()
    dialog.get_by_label("账号（学号或工号）").fill(username.upper())
    dialog.get_by_label("姓名", exact=True).fill("何手")
    assert seen.barriers() == []
    dialog.get_by_role("button", name="添加成员").click()
    told = page.locator(".added")
    expect(told).to_contain_text(username)
    password = told.locator(".secret").inner_text()
    assert seen.barriers() == []
    assert seen.complaints == []
    link = told.get_by_role("link").get_attribute("href") or ""
    return username, password, link.rpartition("/")[2]


def test_an_administrator_adds_lets_go_and_takes_back_a_person(visit: Visiting) -> None:
    username, password, person = _add(visit)
    theirs = visit(None, size="phone")
    theirs.go("/signin")
    theirs.page.get_by_label("账号").fill(username)
    theirs.page.get_by_label("密码").fill(password)
    theirs.page.get_by_role("button", name="登录").click()
    expect(theirs.page).to_have_url(re.compile("/m$"))

    seen = visit("admin1")
    page = seen.page
    seen.go(f"/desk/people/{person}")
    page.get_by_role("button", name="重置密码").click()
    page.get_by_role("dialog").get_by_label("初始密码").fill("a-new-password")
    assert seen.barriers() == []
    page.get_by_role("dialog").get_by_role("button", name="重置密码").click()
    expect(page.locator(".shown")).to_contain_text("a-new-password")

    until(lambda: theirs.context.request.get("/api/requests/mine").status == 401)
    theirs.go("/m/file")
    expect(theirs.page.get_by_text("您的登录已结束")).to_be_visible()
    assert theirs.barriers() == []
    theirs.page.get_by_label("账号").fill(username)
    theirs.page.get_by_label("密码").fill("a-new-password")
    theirs.page.get_by_role("button", name="登录").click()
    expect(theirs.page).to_have_url(re.compile("/m/file$"))

    page.get_by_role("button", name="停用账号").click()
    page.get_by_role("dialog").get_by_role("button", name="停用账号").click()
    expect(page.get_by_text("账号已停用，本人不能登录。")).to_be_visible()
    page.get_by_role("button", name="启用账号").click()
    expect(page.get_by_role("button", name="停用账号")).to_be_visible()
    page.get_by_role("button", name="登记离开").click()
    page.get_by_role("dialog").get_by_role("button", name="登记离开").click()
    expect(page.get_by_role("button", name="登记归来")).to_be_visible()
    seen.shoot("zh-CN/wall/admin-person-gone")
    assert seen.barriers() == []
    seen.go("/desk/people")
    page.get_by_label("姓名、拼音、学号或房间").fill(username)
    expect(page.locator("tbody tr")).to_have_count(0)
    page.get_by_text("只看已离开的成员").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr").get_by_role("link").click()
    page.get_by_role("button", name="撤销离开").click()
    expect(page.get_by_role("button", name="登记离开")).to_be_visible()
    assert seen.complaints == []


def test_only_an_administrator_may_do_it(visit: Visiting) -> None:
    seen = visit("secretary1")
    seen.go("/desk/people")
    expect(seen.page.get_by_role("button", name="添加成员")).to_have_count(0)
    seen.page.locator("tbody tr").first.get_by_role("link").click()
    expect(seen.page.get_by_role("heading", name="名册信息")).to_be_visible()
    expect(seen.page.get_by_role("heading", name="账号")).to_have_count(0)


def test_everybody_changes_their_own_password_on_the_phone(visit: Visiting) -> None:
    username, password, _ = _add(visit)
    seen = visit(None, size="phone")
    page = seen.page
    seen.go("/signin")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/m$"))
    seen.go("/m/me")
    page.get_by_role("button", name="修改密码").click()
    page.get_by_label("原密码").fill("not-the-old-one")
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输一次新密码").fill("other")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("两次输入的新密码不一致")).to_be_visible()
    expect(page.get_by_label("新密码", exact=True)).to_be_focused()
    page.get_by_label("新密码", exact=True).fill("a-longer-one")
    page.get_by_label("再输一次新密码").fill("a-longer-one")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("alert")).to_contain_text("原密码不正确")
    seen.shoot("zh-CN/phone/password")
    assert seen.barriers() == []
    assert seen.overflow() <= 0
    page.get_by_label("原密码").fill(password)
    page.get_by_role("button", name="修改密码").click()
    expect(page).to_have_url(re.compile("/m/me$"))
    page.wait_for_timeout(1500)
    seen.go("/m")
    expect(page).to_have_url(re.compile("/m$"))


def test_a_screen_goes_to_sign_in_when_its_session_ends(visit: Visiting) -> None:
    seen = visit("leader1")
    seen.go("/screen")
    cookie = next(one for one in seen.context.cookies() if one.get("name") == "yizhan_session")
    headers = {"Authorization": f"Bearer {cookie.get('value')}"}
    assert visit(None).context.request.delete("/api/members/sessions/current", headers=headers).status == 204
    expect(seen.page).to_have_url(re.compile("/signin"), timeout=15_000)
    expect(seen.page.get_by_text("您的登录已结束")).to_be_visible()
