"""The secretary and the administrator keep the ledger by hand: people, duty areas, units."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visiting
from tests.support.identities import person_id_of

HELPER = person_id_of("helper1")
UNCOVERED = ("兰园2号楼", "5层")


def test_an_administrator_edits_a_person_and_the_change_is_kept(visit: Visiting) -> None:
    seen = visit("admin1")
    page = seen.page
    seen.go("/desk/people")
    page.get_by_label("姓名、拼音、学号或房间").fill("helper1")
    page.locator("tr", has_text=re.compile(r"helper1(?!\d)")).get_by_role("link").click()
    page.get_by_role("button", name="编辑").click()
    chosen = page.get_by_role("group", name="技能")
    before = chosen.locator("li").count()
    chosen.get_by_role("combobox").select_option("english")
    page.get_by_label("电话").fill("13912345678")
    seen.shoot("zh-CN/wall/admin-person-form")
    assert seen.barriers() == []
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("13912345678", exact=True)).to_be_visible()
    expect(page.locator("ol li").first).to_contain_text("→")
    page.get_by_role("button", name="编辑").click()
    expect(chosen.locator("li")).to_have_count(before + 1)
    chosen.get_by_role("button", name="移除 英语").click()
    page.get_by_role("button", name="保存").click()
    expect(page.locator("ol li").filter(has_text="技能")).to_have_count(2)
    assert seen.complaints == []


def test_nobody_else_edits_a_person(visit: Visiting) -> None:
    seen = visit("secretary1")
    seen.go(f"/desk/people/{HELPER}")
    expect(seen.page.get_by_role("heading", name="名册信息")).to_be_visible()
    expect(seen.page.get_by_role("button", name="编辑")).to_have_count(0)


def _assign(page: Page) -> None:
    page.get_by_role("button", name="新增责任区").click()
    dialog = page.get_by_role("dialog")
    person = dialog.get_by_role("combobox", name="姓名、拼音、学号或房间")
    person.click()
    person.fill("helper1")
    dialog.get_by_role("option").filter(has_text=re.compile(r"helper1(?!\d)")).click()
    dialog.get_by_label("楼栋").select_option(label=UNCOVERED[0])
    dialog.get_by_label("楼层").select_option(label=UNCOVERED[1])


def test_a_secretary_gives_a_floor_to_a_member_and_ends_it(visit: Visiting) -> None:
    seen = visit("secretary1")
    page = seen.page
    seen.go("/desk/organisation")
    row = page.locator("tbody tr", has_text=" ".join(UNCOVERED))
    expect(row).to_have_count(0)
    _assign(page)
    seen.shoot("zh-CN/wall/secretary-area-form")
    assert seen.barriers() == []
    page.get_by_role("button", name="指定责任人").click()
    expect(row).to_have_count(1)
    _assign(page)
    page.get_by_role("button", name="指定责任人").click()
    expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    expect(row).to_have_count(1)
    row.get_by_role("button", name="结束责任区").click()
    page.get_by_role("dialog").get_by_role("button", name="结束责任区").click()
    expect(row).to_have_count(0)
    assert [one for one in seen.complaints if "409" not in one] == []


def test_an_administrator_forms_a_unit_under_another(visit: Visiting) -> None:
    seen = visit("admin1", language="en")
    page = seen.page
    seen.go("/desk/organisation")
    page.get_by_role("button", name="New unit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Committee of trees")
    dialog.get_by_label("Id", exact=True).fill("trees")
    seen.shoot("en/wall/admin-unit-form")
    assert seen.barriers() == []
    dialog.get_by_role("button", name="Form it").click()
    expect(page.locator(".tree li", has_text="Committee of trees")).to_contain_text("Group")
    assert seen.complaints == []
