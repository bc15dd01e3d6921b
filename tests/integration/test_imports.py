"""The kind: an import that loses or invents, on the real store. What is told before is what is done afterwards."""

from typing import Any

import pytest

from tests.integration.test_members import PASSWORD, House, house
from tests.support.identities import person_id_of
from tests.support.tables import formula, sheet, workbook

__all__ = ["house"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def person(house: House, username: str) -> dict[str, Any]:
    return (await house.ask("GET", f"/people/{person_id_of(username)}")).json()


async def test_the_dry_run_tells_by_name_what_is_taken_away_and_the_import_does_just_that(house: House) -> None:
    await house.campus()
    text = "学号,姓名,角色,房间,技能,电话,政治面貌\nhelper1,张三,学生,清空,,,群众\nmate,李四,,一层 102,,,\n"
    trial = await house.load("people", text, dry_run=True)
    assert (trial["removed_count"], trial["replaced_count"]) == (3, 2)
    told = [(one["key"], one["name"], one["column"], one["before"], one["after"]) for one in trial["taken"]]
    assert told == [
        ("helper1", "张三", "角色", ["student", "helper"], ["student"]),
        ("helper1", "张三", "房间", ["东校区 一栋 一层 102"], []),
        ("helper1", "张三", "政治面貌", ["probationary"], ["masses"]),
        ("mate", "李二", "房间", ["东校区 一栋 一层 101"], ["东校区 一栋 一层 102"]),
        ("mate", "李二", "姓名", ["李二"], ["李四"]),
    ]
    assert (await person(house, "helper1"))["place"] == "east.b1.f1.r102"
    done = await house.load("people", text)
    assert [done[name] for name in ("taken", "removed_count")] == [trial[name] for name in ("taken", "removed_count")]
    after = await person(house, "helper1")
    assert (after["place"], after["roles"], after["skills"], after["stage"]) == (None, ["student"], ["maths"], "masses")
    again = await house.load("people", text, dry_run=True)
    assert (again["unchanged"], again["taken"]) == (2, [])


async def test_every_sheet_is_imported_and_a_cell_without_a_value_stops_all_of_them(house: House) -> None:
    await house.campus()
    first, second = ["学号", "姓名", "房间"], [["s1", "甲", "101"], ["s2", "乙", None]]
    sheets = {"本科": sheet([first, *second]), "硕士": sheet([first, ["s3", "丙", formula('"101"')]])}
    report = await house.load("people", workbook(**sheets), media=XLSX)
    assert [(one["sheet"], one["row"], one["column"], one["code"]) for one in report["errors"]] == [
        ("硕士", 2, "房间", "import.no_value")
    ]
    assert (await house.ask("GET", "/people?q=s1")).json()["items"] == []
    sheets["硕士"] = sheet([first, ["s3", "丙", "101"]])
    report = await house.load("people", workbook(**sheets), media=XLSX)
    assert (report["created"], report["sheets"]) == (3, ["本科", "硕士"])
    assert (await person(house, "s3"))["place"] == "east.b1.f1.r101"


async def test_an_import_leaves_an_administrator_and_may_hand_over(house: House) -> None:
    kept = await house.load("people", "账号,姓名,角色\nadmin1,管理员,\n")
    assert (kept["errors"], (await person(house, "admin1"))["roles"]) == ([], ["admin"])
    report = await house.load("people", "账号,姓名,角色\nadmin1,管理员,学生\n")
    assert [(one["column"], one["code"]) for one in report["errors"]] == [("角色", "person.last_admin")]
    text = f"账号,姓名,角色,初始密码\nadmin1,管理员,学生,\nadmin2,新管理员,管理员,{PASSWORD}\n"
    report = await house.load("people", text)
    assert (report["errors"], report["created"], report["updated"]) == ([], 1, 1)
    answer = await house.ask("GET", f"/people/{person_id_of('admin1')}", "admin2")
    assert answer.json()["roles"] == ["student"]


async def test_a_password_that_stays_is_told(house: House) -> None:
    await house.campus()
    report = await house.load("people", "账号,姓名,初始密码\nstudent1,王一,another password\n")
    assert (report["passwords_kept"], report["unchanged"]) == (1, 1)
    assert await house.token("student1")


@pytest.mark.parametrize("what", ["people", "places", "units"])
@pytest.mark.parametrize(("form", "media"), [("csv", "text/csv; charset=utf-8"), ("xlsx", XLSX)])
async def test_a_template_is_given_and_refused_while_its_examples_are_in_it(
    house: House, what: str, form: str, media: str
) -> None:
    answer = await house.ask("GET", f"/imports/template?what={what}&form={form}&language=zh")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert f"yizhan-{what}.{form}" in answer.headers["content-disposition"]
    report = await house.load(what, answer.content, media=media.partition(";")[0], dry_run=True)
    assert {one["code"] for one in report["errors"]} == {"import.example_row"}
