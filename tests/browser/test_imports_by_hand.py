"""An administrator imports a table by hand: faults are told cell by cell, and what it takes away before it is taken."""

import pytest
from playwright.sync_api import FilePayload

from shared.ids import new_id
from tests.browser.conftest import SIZES, Visit, Visiting

HEADING = "学号,姓名,角色,宿舍,技能\n"


def choose(seen: Visit, text: str) -> None:
    table: FilePayload = {"name": "名单.csv", "mimeType": "text/csv", "buffer": text.encode()}
    seen.page.locator("input[type=file]").set_input_files(table)
    seen.page.get_by_role("button", name="试运行").click()
    seen.page.get_by_role("heading", name="试运行结果").wait_for()


def is_well(seen: Visit) -> None:
    assert (seen.barriers(), seen.clipped(), seen.complaints) == ([], [], [])
    assert seen.overflow() <= 0


@pytest.mark.parametrize("size", SIZES)
def test_a_table_is_tried_mended_and_imported_and_what_it_takes_away_is_confirmed(visit: Visiting, size: str) -> None:
    seen = visit("admin1", size)
    seen.go("/desk/imports")
    account = f"import-{new_id()}"
    do = seen.page.get_by_role("button", name="正式导入")
    report = seen.page.locator("section[aria-live=polite]")

    choose(seen, f"{HEADING}{account},甲,校长,,打火机\n")
    told = report.get_by_role("region", name="导入结果").inner_text()
    assert ("角色" in told, "校长" in told, "技能" in told, "打火机" in told) == (True,) * 4
    assert do.is_disabled()
    seen.shoot(f"imports/{size}-faults")
    is_well(seen)

    choose(seen, f"{HEADING}{account},甲,学生;服务成员,,电脑\n")
    assert "新增" in report.inner_text()
    do.click()
    seen.page.get_by_role("heading", name="导入结果").wait_for()

    choose(seen, f"{HEADING}{account},甲,学生,,清空\n")
    taken = seen.page.locator(".taken").inner_text()
    assert ("甲" in taken, account in taken, "服务成员" in taken) == (True, True, True)
    assert do.is_disabled()
    seen.shoot(f"imports/{size}-taken")
    is_well(seen)
    seen.page.locator(".seen input").check()
    do.click()
    seen.page.get_by_role("heading", name="导入结果").wait_for()
    person = seen.context.request.get("/api/members/people", params={"q": account}).json()["items"][0]
    assert (person["roles"], person["skills"]) == (["student"], [])
