"""The kind: an import that loses or invents. What a file asks for, what is wrong with it, and what it takes away."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from services.members.imports.domain.cells import MOST_CELLS
from services.members.imports.domain.column_values import COLUMNS, PARTS_OF_PLACE, REQUIRED
from services.members.imports.domain.column_words import HEADINGS, VALUES, heading_of, plain, truth_of, value_of
from services.members.imports.domain.faults import Fault, Faults, short
from services.members.imports.domain.kinds import CLEAR, What, Why
from services.members.imports.domain.losses import (
    MOST_LOSSES,
    Change,
    bounded,
    person_losses,
    place_losses,
    unit_losses,
)
from services.members.imports.domain.naming import PlaceNames, UnitNames
from services.members.imports.domain.people import Town, admin_faults, profile_of, reader_faults, resolved
from services.members.imports.domain.places_and_units import places_of, units_of
from services.members.imports.domain.reading import MOST_ROWS, Line, read
from services.members.imports.domain.template import Language, template
from services.members.imports.handlers import sheets_of
from services.members.imports.queries import as_text, as_workbook
from services.members.people.domain.person import Person, register
from services.members.people.domain.profile import Busy, PersonStage, Profile
from services.members.places.domain import Place
from services.members.places.domain import Why as WhyPlace
from services.members.units.domain import Unit, UnitType
from services.members.units.domain import Why as WhyUnit
from shared.contracts.members import PlaceType, Role
from shared.contracts.skills import Skill
from shared.refusal import Refusal
from tests.support.tables import (
    Raw,
    cells_of,
    formula,
    lines_of,
    number,
    packed,
    parts_of,
    sheet,
    told,
    workbook,
)
from tests.unit.members.test_people import NOW

PEOPLE, PLACES, UNITS = What.PEOPLE, What.PLACES, What.UNITS
PAGES = Path(__file__).resolve().parents[3] / "web" / "src" / "wording"


def place(kind: PlaceType, name: str, name_en: str = "", capacity: int | None = None) -> Place:
    return Place(kind, name, name_en, None, capacity)


CAMPUS = {
    "east": place(PlaceType.CAMPUS, "东校区", "East campus"),
    "east.b1": place(PlaceType.BUILDING, "一栋", "Building 1"),
    "east.b1.f1": place(PlaceType.FLOOR, "一层", "Floor 1"),
    "east.b1.f1.r101": place(PlaceType.ROOM, "101", "101"),
    "east.b1.f1.r102": place(PlaceType.ROOM, "102", "102"),
    "east.b2": place(PlaceType.BUILDING, "二栋", "Building 2"),
    "east.b2.f1": place(PlaceType.FLOOR, "一层", "Floor 1"),
    "east.b2.f1.r101": place(PlaceType.ROOM, "101", "101"),
    "east.b2.f1.hall": place(PlaceType.VENUE, "礼堂", "Hall", 300),
}
TOWN = Town(
    PlaceNames(CAMPUS),
    UnitNames.of(
        {
            "g1": Unit(UnitType.GROUP, "第一党小组", None),
            "g2": Unit(UnitType.GROUP, "第二党小组", None),
            "b1": Unit(UnitType.BRANCH, "支部", None),
            "b2": Unit(UnitType.BRANCH, "支部", None),
        }
    ),
)
ANNA = Profile(
    "安娜",
    (Role.STUDENT, Role.HELPER),
    "east.b1.f1.r101",
    ("g1",),
    (Skill.MATHS, "吉他"),
    PersonStage.PROBATIONARY,
    (Busy(1, "08:00", "09:40"),),
    "138",
)


def codes(what: What, raw: bytes | str) -> list[str]:
    return [code for _, _, _, code in told(what, raw)]


def asked(text: str | bytes, known: Profile | None = None) -> tuple[Profile, list[tuple[str, str]]]:
    """What a file of one person asks for, in the light of what is known, and its faults."""
    (line,), faults = lines_of(PEOPLE, text)
    assert faults == []
    line, wrong = resolved(line, known, TOWN)
    return profile_of(line, known), [(one.column, one.code) for one in wrong]


class TestHeadings:
    @pytest.mark.parametrize(
        "header",
        [
            "学号,姓名",
            "工号,姓名",
            "账号,姓名",
            "姓名,学号",
            "username,name",
            " 学 号 ,姓名（必填）",
            "*学号,姓名*",
            "学号：,姓名:",
            "ＵＳＥＲＮＡＭＥ,Name",
            "\ufeff学号,\u200b姓\u00a0名",
            '"学号\n(必填)",姓名',
            "2026级学生名单\n学号,姓名",
            "2026级学生名单,,\n填表人：张三,日期：3月,\n\n学号,姓名",
        ],
    )
    def test_the_heading_is_found_by_the_words_of_people_below_titles_and_remarks(self, header: str) -> None:
        key, name = ("甲", "s1") if header.startswith("姓名") else ("s1", "甲")
        assert cells_of(PEOPLE, f"{header}\n{key},{name}\n") == [{"username": "s1", "name": "甲"}]

    def test_every_column_has_its_heading_in_words_that_mean_one_column(self) -> None:
        for what in What:
            assert set(HEADINGS[what]) == set(COLUMNS[what])
            assert set(REQUIRED[what]) <= set(COLUMNS[what])
            words = [plain(word) for name, others in HEADINGS[what].items() for word in (name, *others)]
            assert len(words) == len(set(words))
        assert set(PARTS_OF_PLACE) <= set(COLUMNS[PEOPLE])

    def test_the_pages_words_for_what_they_show_are_headings(self) -> None:
        for language in ("zh-CN", "en"):
            shown = json.loads((PAGES / f"{language}.json").read_text("utf-8"))["person"]
            for field, column in {"place": "room", "departed_at": None}.items():
                assert heading_of(PEOPLE, shown[field]) == column
            for field in ("name", "roles", "units", "skills", "stage", "phone", "reachable", "busy"):
                assert heading_of(PEOPLE, shown[field]) == field

    def test_what_is_wrong_with_a_heading_is_told_before_the_rows(self) -> None:
        assert told(PEOPLE, "学号,鞋码,角色,身份\na,b,king,x\n") == [
            ("", 1, "姓名", "missing_column"),
            ("", 1, "鞋码", "unknown_column"),
            ("", 1, "角色", "duplicate_column"),
            ("", 1, "身份", "duplicate_column"),
        ]
        assert told(PEOPLE, "a,b\nc,d\n") == [
            ("", 1, "username", "missing_column"),
            ("", 1, "name", "missing_column"),
            ("", 1, "a", "unknown_column"),
            ("", 1, "b", "unknown_column"),
        ]
        assert told(PEOPLE, workbook(["学号", "姓名", Raw('<c t="e"><v>#REF!</v></c>')], ["a", "甲"])) == [
            ("S1", 1, "#REF!", "error_value")
        ]

    def test_people_above_the_heading_are_no_title(self) -> None:
        assert told(PEOPLE, "s1,甲\n学号,姓名\ns2,乙\n") == [("", 1, "", "above_heading")]


class TestNothingIsLeftOut:
    def test_every_sheet_with_a_heading_is_read(self) -> None:
        sheets = {
            name: sheet([["学号", "姓名"], [f"{at}1", "甲"], [f"{at}2", "乙"]])
            for at, name in enumerate(("本科", "硕士", "博士"))
        }
        lines, faults = lines_of(PEOPLE, workbook(**sheets, 空白=sheet([])))
        assert faults == []
        assert [(line.sheet, line.key) for line in lines] == [
            ("本科", "01"),
            ("本科", "02"),
            ("硕士", "11"),
            ("硕士", "12"),
            ("博士", "21"),
            ("博士", "22"),
        ]

    def test_a_sheet_may_have_its_columns_in_another_order(self) -> None:
        raw = workbook(A=sheet([["学号", "姓名"], ["1", "甲"]]), B=sheet([["名单"], ["姓名", "学号"], ["乙", "2"]]))
        assert [line.cells["name"] for line in lines_of(PEOPLE, raw)[0]] == ["甲", "乙"]

    def test_a_sheet_without_a_heading_a_hidden_one_and_a_person_on_two_are_told_by_name(self) -> None:
        people = sheet([["学号", "姓名"], ["1", "甲"]])
        raw = packed(parts_of({"A": people, "B": people, "C": sheet([["备注"]])}, states={"B": "hidden"}))
        assert told(PEOPLE, raw) == [
            ("B", 0, "", "hidden_sheet"),
            ("B", 2, "学号", "duplicate_row"),
            ("C", 0, "", "no_heading"),
        ]

    def test_hidden_rows_and_columns_are_told(self) -> None:
        body = sheet(
            [["学号", "姓名", "电话"], ["1", "甲", "138"], ["2", "乙"]],
            before='<cols><col min="3" max="9" hidden="1"/></cols>',
            row={3: 'hidden="1"'},
        )
        assert told(PEOPLE, workbook(S=body)) == [("S", 0, "电话", "hidden_column"), ("S", 3, "", "hidden_row")]

    def test_cells_beyond_the_heading_or_under_an_empty_one_are_told(self) -> None:
        assert told(PEOPLE, "学号,姓名,技能\na,甲,maths,english\n") == [("", 2, "D", "beyond_heading")]
        assert told(PEOPLE, "学号,,姓名\na,x,甲\nb,,乙\n") == [("", 2, "B", "beyond_heading")]
        assert told(PEOPLE, workbook(["学号", "姓名"], ["a", "甲", None, formula("1+1")])) == [
            ("S1", 2, "D", "beyond_heading")
        ]

    def test_rows_far_below_are_read(self) -> None:
        raw = "学号,姓名\n" + "\n" * 30_000 + "s1,甲\n"
        assert cells_of(PEOPLE, raw) == [{"username": "s1", "name": "甲"}]
        body = (
            '<dimension ref="A1:B2"/><sheetData><row r="1"><c t="str"><v>学号</v></c><c t="str"><v>姓名</v></c></row>'
        )
        far = '<row r="1048576"><c t="str"><v>s1</v></c><c t="str"><v>甲</v></c></row></sheetData>'
        (line,), faults = lines_of(PEOPLE, workbook(S=body + far))
        assert (faults, line.number) == ([], 1048576)

    def test_merged_cells_are_told_unless_they_are_a_title(self) -> None:
        merged = '<mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="B3:B4"/><mergeCell ref="D3:D4"/></mergeCells>'
        raw = workbook(S=sheet([["名单"], ["学号", "姓名"], ["1", "甲"], ["2"]], after=merged))
        assert told(PEOPLE, raw) == [("S", 3, "姓名", "merged"), ("S", 4, "姓名", "required")]
        heading = '<mergeCells><mergeCell ref="B1:C1"/></mergeCells>'
        assert codes(PEOPLE, workbook(S=sheet([["学号", "姓名"], ["1", "甲", "x"]], after=heading))) == [
            "merged",
            "beyond_heading",
        ]

    def test_remarks_below_are_no_people(self) -> None:
        raw = "学号,姓名\ns1,甲\n合计：1 人,\n注：名单由学院提供\nTotal,1\n"
        assert told(PEOPLE, raw) == [
            ("", 3, "学号", "bad_value"),
            ("", 3, "姓名", "required"),
            ("", 4, "学号", "bad_value"),
            ("", 4, "姓名", "required"),
            ("", 5, "姓名", "bad_value"),
        ]

    def test_blank_rows_are_skipped_and_a_row_without_a_key_is_told(self) -> None:
        assert told(PEOPLE, "学号,姓名\n , \n\u3000,\u200b\n,甲\n") == [("", 4, "学号", "required")]

    def test_an_empty_or_an_endless_file_is_refused(self) -> None:
        for raw in (b"", b"\n\n", b" , \n"):
            with pytest.raises(Refusal, match=Why.EMPTY):
                lines_of(PEOPLE, raw)
        with pytest.raises(Refusal, match=Why.TOO_MANY_ROWS):
            lines_of(UNITS, "id,type,name\n" + "".join(f"u{n},group,x\n" for n in range(MOST_ROWS + 1)))
        assert MOST_ROWS * len(COLUMNS[PEOPLE]) < MOST_CELLS

    def test_of_many_faults_the_first_are_kept_and_all_are_counted(self) -> None:
        faults = Faults()
        for at in range(5_000):
            faults.add(Fault(5_000 - at, "", "x"))
        kept = list(faults)
        assert (faults.count, len(kept), kept[0].row) == (5_000, 2_000, 3_001)
        assert short("x" * 100) == "x" * 59 + "…"


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            (formula("1+1"), "no_value"),
            (Raw('<c t="e"><v>#N/A</v></c>'), "error_value"),
            (True, "truth_value"),
            (number(46083, "yyyy/m/d"), "date_value"),
            (number("2.02612345612345E+17", "0"), "long_number"),
            (12.5, "fraction"),
            (number(1200, "#,##0"), "number_format"),
            (5, "bad_value"),
            *((text, "date_value") for text in ("2026/3/2", "2026-03-02", "3月2日", "2026年3月", "2-Mar", "Mar-26")),
            *((text, "error_value") for text in ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "########")),
            *((text, "long_number") for text in ("2.02601E+11", "1E+05")),
            *((text, "truth_value") for text in ("TRUE", "FALSE")),
            ("=A1", "no_value"),
            ("'甲", "bad_value"),
            ("甲\u202e乙", "direction"),
            ("甲\n乙", "line_break"),
            ("甲" * 81, "too_long"),
            ("清空", "cannot_clear"),
        ],
    )
    def test_what_cannot_be_the_name_of_a_person_is_a_fault_of_the_cell(self, cell: object, code: str) -> None:
        assert told(PEOPLE, workbook(["学号", "姓名"], ["s1", cell])) == [("S1", 2, "姓名", code)]

    @pytest.mark.parametrize(
        ("cell", "key"),
        [
            (number(120301, "00000000"), "00120301"),
            ("00120301", "00120301"),
            (202601234567, "202601234567"),
            ("２０２６Ａ", "2026a"),
            ("\u200b2026\u00a0", "2026"),
            ("Anna", "anna"),
        ],
    )
    def test_a_number_of_a_person_is_read_as_it_is_shown(self, cell: object, key: str) -> None:
        assert cells_of(PEOPLE, workbook(["学号", "姓名"], [cell, "甲"]))[0]["username"] == key

    @pytest.mark.parametrize("cell", ["'00120301", '="00120301"', "2.02601E+11", "2026 01", "学号", "a,b", 12.5, -5])
    def test_what_cannot_be_a_number_of_a_person_is_a_fault(self, cell: object) -> None:
        assert [one[2] for one in told(PEOPLE, workbook(["学号", "姓名"], [cell, "甲"]))] == ["学号"]

    def test_each_bad_cell_is_named_by_its_row_column_and_code(self) -> None:
        text = (
            "username,name,roles,room,units,skills,stage,reachable,busy,phone,password,password_hash\n"
            "bo,Bo,king,,;,、,old,maybe,9 08:00-09:00,call me,short,md5\n"
            "cy,Cy,,,,,,x,1 10:00-09:00,---,,\n"
        )
        bad = "bad_value"
        assert told(PEOPLE, text) == [
            *(("", 2, column, bad) for column in ("roles", "units", "skills", "stage", "reachable", "busy", "phone")),
            ("", 2, "password", bad),
            ("", 2, "password_hash", bad),
            ("", 3, "reachable", bad),
            ("", 3, "busy", "bad_busy"),
            ("", 3, "phone", bad),
        ]

    def test_a_fault_says_what_stands_in_the_cell(self) -> None:
        (fault,) = lines_of(PEOPLE, "学号,姓名,角色\na,甲,学生；国王\n")[1]
        assert (fault.column, fault.field, fault.value) == ("角色", "roles", "国王")

    def test_truth_values_and_decorated_numbers_are_taken_where_they_are_meant(self) -> None:
        raw = workbook(["学号", "姓名", "可联系", "党员"], ["s1", "甲", False, "√"])
        assert cells_of(PEOPLE, raw)[0] | {} == {
            "username": "s1",
            "name": "甲",
            "reachable": False,
            "party_member": True,
        }
        raw = workbook(["编号", "类型", "名称", "容量"], ["east.hall", "venue", 7, number(1200, "#,##0")])
        assert cells_of(PLACES, raw)[0]["capacity"] == 1200
        assert cells_of(PLACES, raw)[0]["name"] == "7"

    def test_a_capacity_is_a_number(self) -> None:
        rows = "".join(f"e{at},campus,E,{value}\n" for at, value in enumerate(("many", "1234567", "12.5", "-1", "1e3")))
        assert codes(PLACES, "id,type,name,capacity\n" + rows) == ["bad_value"] * 5
        assert cells_of(PLACES, "id,type,name,capacity\ne,campus,E,４０\n")[0]["capacity"] == 40

    def test_a_given_hash_is_taken_as_it_is(self) -> None:
        made = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$" + "A" * 43
        assert cells_of(PEOPLE, f'username,name,password_hash\na,A,"{made}"\n')[0]["password_hash"] == made


class TestWords:
    @pytest.mark.parametrize("language", ["zh-CN", "en"])
    def test_the_words_that_the_pages_show_are_values(self, language: str) -> None:
        shown = json.loads((PAGES / f"{language}.json").read_text("utf-8"))
        tables: dict[type[StrEnum], dict[str, str]] = {
            Role: shown["role"],
            PersonStage: shown["partyStage"],
            UnitType: shown["unitType"],
            PlaceType: shown["place"],
        }
        for kind, words in tables.items():
            known = {code.value: words[code] for code in kind if code in words}
            assert {code: value_of(kind, word) for code, word in known.items()} == {code: kind(code) for code in known}
        assert [truth_of(shown[word]) for word in ("yes", "no")] == [True, False]

    def test_every_value_has_a_word_and_no_word_two_values(self) -> None:
        for kind, codes in VALUES.items():
            assert set(codes) == set(kind)
            words = [plain(word) for values in codes.values() for word in values]
            assert len(words) == len(set(words))
            assert all(value_of(kind, code.value) is code for code in kind)

    @pytest.mark.parametrize(
        ("word", "truth"),
        [
            *((word, True) for word in ("是", "有", "√", "✓", "✔️", "Yes", "Y", "TRUE", "1", "１")),
            *((word, False) for word in ("否", "无", "×", "✗", "no", "N", "false", "0")),
            *((word, None) for word in ("x", "X", "?", "-", "也许", "")),
        ],
    )
    def test_yes_and_no_are_said_in_many_ways_and_an_x_in_none(self, word: str, truth: bool | None) -> None:
        assert truth_of(word) is truth

    @pytest.mark.parametrize(
        ("heading", "value", "field", "read"),
        [
            ("角色", "学生", "roles", (Role.STUDENT,)),
            ("角色", "学生、服务成员；Desk", "roles", (Role.STUDENT, Role.HELPER, Role.DESK)),
            ("身份", "辅导员/支部书记 · 管理员", "roles", (Role.COUNSELLOR, Role.SECRETARY, Role.ADMIN)),
            ("发展阶段", "共青团员", "stage", PersonStage.LEAGUE),
            ("政治面貌", "预备党员", "stage", PersonStage.PROBATIONARY),
            ("政治面貌", "中共党员", "stage", PersonStage.FULL),
            ("政治面貌", "群 众", "stage", PersonStage.MASSES),
            ("党员", "否", "party_member", False),
            ("可联系", "×", "reachable", False),
        ],
    )
    def test_people_are_described_in_the_words_of_the_pages(
        self, heading: str, value: str, field: str, read: object
    ) -> None:
        assert cells_of(PEOPLE, f"学号,姓名,{heading}\ns1,甲,{value}\n")[0][field] == read

    def test_a_word_for_two_values_is_a_fault(self) -> None:
        assert codes(PEOPLE, "学号,姓名,政治面貌\ns1,甲,党员\n") == ["bad_value"]

    def test_places_and_units_are_described_so_too(self) -> None:
        assert [one["type"] for one in cells_of(PLACES, "编号,类型,名称\ne,校区,东\ne.b,楼栋,一\ne.h,场地,厅\n")] == [
            PlaceType.CAMPUS,
            PlaceType.BUILDING,
            PlaceType.VENUE,
        ]
        assert cells_of(UNITS, "编号,类型,名称\ng,党支部,甲\n")[0]["type"] is UnitType.BRANCH


class TestKeptAndCleared:
    def test_a_full_row_becomes_a_profile(self) -> None:
        text = (
            "username,name,roles,room,units,skills,stage,party_member,busy,phone,reachable,password\n"
            'Anna,安娜,"student, helper",east.b1.f1.r101,g1；第二党小组,数学、电脑、Maths,full,是,'
            "1 08:00-09:40; 3 14:00 - 15:40,+86 138,否,yizhan-demo\n"
        )
        assert asked(text) == (
            Profile(
                name="安娜",
                roles=(Role.STUDENT, Role.HELPER),
                place="east.b1.f1.r101",
                units=("g1", "g2"),
                skills=(Skill.MATHS, Skill.COMPUTER),
                stage=PersonStage.FULL,
                busy=(Busy(1, "08:00", "09:40"), Busy(3, "14:00", "15:40")),
                phone="+86 138",
                reachable=False,
            ),
            [],
        )

    def test_empty_cells_and_absent_columns_keep_what_is_known(self) -> None:
        columns = [name for name in COLUMNS[PEOPLE] if name not in {"username", "name"}]
        empty = f"username,name,{','.join(columns)}\nanna,安娜{',' * len(columns)}\n"
        assert asked(empty, ANNA) == (ANNA, [])
        assert asked("学号,姓名\nanna,安娜\n", ANNA) == (ANNA, [])
        assert asked(empty) == (Profile("安娜", (Role.STUDENT,)), [])

    @pytest.mark.parametrize("word", ["清空", "（清空）", "(clear)", " (CLEAR) "])
    def test_only_a_word_clears(self, word: str) -> None:
        columns = ("room", "units", "skills", "busy", "phone")
        text = f"username,name,{','.join(columns)}\nanna,安娜{f',{word}' * len(columns)}\n"
        assert asked(text, ANNA) == (
            Profile("安娜", (Role.STUDENT, Role.HELPER), stage=PersonStage.PROBATIONARY),
            [],
        )

    @pytest.mark.parametrize("column", ["学号", "姓名", "角色", "政治面貌", "党员", "可联系", "楼栋"])
    def test_what_cannot_be_nothing_cannot_be_cleared(self, column: str) -> None:
        headings = {"学号": "a", "姓名": "甲", column: "清空"}
        text = ",".join(headings) + "\n" + ",".join(headings.values()) + "\n"
        assert [one[2] for one in told(PEOPLE, text) if one[3] != "required"] == [column]

    @pytest.mark.parametrize("word", ["-", "—", "/", "无", "NULL", "none", "n/a"])
    def test_other_words_for_nothing_clear_nothing(self, word: str) -> None:
        (line,), _ = lines_of(PEOPLE, f'学号,姓名,房间\nanna,安娜,"{word}"\n')
        assert [one.code for one in resolved(line, ANNA, TOWN)[1]] == [Why.UNKNOWN_PLACE]
        assert codes(PEOPLE, f'学号,姓名,电话\nanna,安娜,"{word}"\n') == ["bad_value"]

    def test_membership_and_stage_must_agree(self) -> None:
        (line,), _ = lines_of(PEOPLE, "学号,姓名,政治面貌,党员\na,甲,共青团员,是\n")
        assert [(one.column, one.code) for one in resolved(line, None, TOWN)[1]] == [("党员", "person.stage_disagrees")]

    def test_skills_are_folded_old_words_stay_and_unknown_ones_are_told_with_the_list(self) -> None:
        profile, wrong = asked("学号,姓名,技能\nanna,安娜,Maths；吉他\n", ANNA)
        assert (profile.skills, wrong) == ((Skill.MATHS, "吉他"), [])
        (line,), _ = lines_of(PEOPLE, "学号,姓名,技能\nbo,博,吉他；数学\n")
        (fault,) = resolved(line, None, TOWN)[1]
        assert (fault.column, fault.code, fault.value) == ("技能", "person.unknown_skill", "吉他")
        assert "maths" in str((fault.params or {})["known"])

    def test_units_are_found_by_id_or_name_and_told_when_they_are_none_or_several(self) -> None:
        assert asked("学号,姓名,组织\na,甲,第一党小组；G2；g1\n")[0].units == ("g1", "g2")
        assert asked("学号,姓名,组织\na,甲,清空\n", ANNA)[0].units == ()
        assert asked("学号,姓名,组织\na,甲,支部；三组\n")[1] == [
            ("组织", Why.AMBIGUOUS_UNIT),
            ("组织", Why.UNKNOWN_UNIT),
        ]


class TestPlaceNames:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("east.b1.f1.r101", "east.b1.f1.r101"),
            ("EAST.B1.F1.R101", "east.b1.f1.r101"),
            ("一栋101", "east.b1.f1.r101"),
            ("一栋 101", "east.b1.f1.r101"),
            ("东校区 一栋 一层 101", "east.b1.f1.r101"),
            ("东校区/二栋/101", "east.b2.f1.r101"),
            ("Building 2, 101", "east.b2.f1.r101"),
            ("b1-r101", "east.b1.f1.r101"),
            ("１０２", "east.b1.f1.r102"),
            ("102", "east.b1.f1.r102"),
            ("二栋", "east.b2"),
            ("礼堂", "east.b2.f1.hall"),
        ],
    )
    def test_a_place_is_found_as_people_read_it(self, text: str, meant: str) -> None:
        assert TOWN.places.find({"room": text}) == (meant, "room")
        assert TOWN.places.meant(text) == TOWN.places.meant(text) == (meant,)

    @pytest.mark.parametrize("text", ["103", "三栋101", "栋101", "east.b9", "101一栋", "x101", ""])
    def test_what_names_no_place_is_no_guess(self, text: str) -> None:
        with pytest.raises(Refusal, match=Why.UNKNOWN_PLACE):
            TOWN.places.find({"room": text})

    def test_a_name_of_several_places_tells_them(self) -> None:
        with pytest.raises(Refusal, match=Why.AMBIGUOUS_PLACE) as refused:
            TOWN.places.find({"room": "101"})
        assert refused.value.params["candidates"] == (
            "东校区 一栋 一层 101 (east.b1.f1.r101); 东校区 二栋 一层 101 (east.b2.f1.r101)"
        )

    @pytest.mark.parametrize(
        ("columns", "cells", "meant"),
        [
            ("楼栋,房间", "一栋,101", "east.b1.f1.r101"),
            ("房间,楼栋", "101,二栋", "east.b2.f1.r101"),
            ("校区,楼栋,楼层,房间号", "东校区,二栋,一层,101", "east.b2.f1.r101"),
            ("楼栋,房间", "一栋,一栋101", "east.b1.f1.r101"),
            ("楼栋,房间", "一栋,east.b1.f1.r101", "east.b1.f1.r101"),
            ("楼栋,宿舍号", "b2,101", "east.b2.f1.r101"),
            ("楼栋", "二栋", "east.b2"),
            ("住处", "二栋101", "east.b2.f1.r101"),
        ],
    )
    def test_columns_name_a_place_together(self, columns: str, cells: str, meant: str) -> None:
        profile, wrong = asked(f"学号,姓名,{columns}\na,甲,{cells}\n")
        assert (wrong, profile.place) == ([], meant)

    @pytest.mark.parametrize(
        ("columns", "cells", "column", "code"),
        [
            ("楼栋,房间", "三栋,101", "楼栋", Why.UNKNOWN_PLACE),
            ("楼栋,房间", "一栋,103", "房间", Why.UNKNOWN_PLACE),
            ("楼栋,房间", "一栋,east.b2.f1.r101", "房间", Why.UNKNOWN_PLACE),
            ("楼栋,房间", "101,101", "楼栋", Why.UNKNOWN_PLACE),
            ("宿舍", "101", "宿舍", Why.AMBIGUOUS_PLACE),
            ("楼层", "一层", "楼层", Why.AMBIGUOUS_PLACE),
            ("楼栋,房间", "一栋,清空", "房间", Why.CANNOT_CLEAR),
        ],
    )
    def test_columns_that_contradict_each_other_are_told_in_the_words_of_the_file(
        self, columns: str, cells: str, column: str, code: str
    ) -> None:
        assert asked(f"学号,姓名,{columns}\na,甲,{cells}\n")[1] == [(column, code)]

    def test_a_building_alone_keeps_a_known_room_in_it(self) -> None:
        assert asked("学号,姓名,楼栋,房间\nanna,安娜,一栋,\n", ANNA)[0].place == ANNA.place
        assert asked("学号,姓名,楼栋,房间\nanna,安娜,二栋,\n", ANNA)[0].place == "east.b2"

    def test_an_unknown_place_has_its_id_as_a_name(self) -> None:
        assert TOWN.places.full_name("west.b1") == "west.b1"


class TestPlacesAndUnits:
    def test_places_may_stand_in_any_order_and_keep_what_the_file_does_not_say(self) -> None:
        text = "编号,类型,名称\neast.b1,building,一栋\neast,campus,东区\nwest.b1,building,西一\nbad,,x\n"
        lines, _ = lines_of(PLACES, text)
        known = {"east": Place(PlaceType.CAMPUS, "旧名", "East", None, 9)}
        wanted, wrong = places_of(lines, known)
        assert list(wanted) == ["east", "east.b1", "west.b1"]
        assert wanted["east"] == Place(PlaceType.CAMPUS, "东区", "East", None, 9)
        assert wanted["east.b1"] == Place(PlaceType.BUILDING, "一栋", "一栋", "east", None)
        assert [(one.row, one.code, one.value) for one in wrong] == [(4, WhyPlace.UNKNOWN_PARENT, "west.b1")]

    def test_a_capacity_and_an_english_name_are_cleared_by_the_word_only(self) -> None:
        known = {"east": Place(PlaceType.CAMPUS, "东区", "East", None, 9)}
        lines, _ = lines_of(PLACES, "编号,类型,名称,英文名,容量\neast,校区,东区,,\n")
        assert places_of(lines, known)[0]["east"] == known["east"]
        lines, _ = lines_of(PLACES, "编号,类型,名称,英文名,容量\neast,校区,东区,清空,清空\n")
        assert places_of(lines, known)[0]["east"] == Place(PlaceType.CAMPUS, "东区", "东区", None, None)

    def test_units_may_stand_in_any_order_below_a_unit_of_a_higher_level_named_by_id_or_name(self) -> None:
        text = (
            "id,type,name,parent\ng1,group,一组,第一支部\nb1,branch,第一支部,\ng2,group,二组,g1\ng3,group,三组,nine\n"
        )
        lines, _ = lines_of(UNITS, text + "x,,,\n")
        wanted, wrong = units_of(
            lines, {"b1": Unit(UnitType.BRANCH, "旧", "c1"), "c1": Unit(UnitType.COMMITTEE, "c", None)}
        )
        assert {key: unit.parent for key, unit in wanted.items()} == {"b1": "c1", "g1": "b1", "g2": "g1"}
        assert [(one.row, one.column, one.code) for one in wrong] == [
            (4, "", WhyUnit.WRONG_LEVEL),
            (5, "parent", Why.UNKNOWN_UNIT),
        ]

    def test_a_parent_is_cleared_by_the_word_and_new_units_have_none(self) -> None:
        lines, _ = lines_of(UNITS, "id,type,name,parent\ng1,group,一组,清空\ng2,group,二组,\n")
        wanted, _ = units_of(lines, {"g1": Unit(UnitType.GROUP, "一组", "b1"), "b1": Unit(UnitType.BRANCH, "b", None)})
        assert [unit.parent for unit in wanted.values()] == [None, None]


class TestLosses:
    def losses(self, text: str) -> list[tuple[str, str, Change, tuple[str, ...], tuple[str, ...]]]:
        (line,), _ = lines_of(PEOPLE, text)
        line, _ = resolved(line, ANNA, TOWN)
        found = person_losses(line, ANNA, profile_of(line, ANNA), TOWN.places)
        return [(one.field, one.column, one.change, one.before, one.after) for one in found]

    def test_what_is_taken_away_is_told_by_the_words_of_the_file(self) -> None:
        text = (
            "学号,姓名,身份,住处,组织,技能,政治面貌,忙时,手机,可联系\nanna,安娜,学生,清空,g2,maths,群众,清空,清空,否\n"
        )
        gone = Change.REMOVED
        assert self.losses(text) == [
            ("roles", "身份", gone, ("student", "helper"), ("student",)),
            ("skills", "技能", gone, ("maths", "吉他"), ("maths",)),
            ("units", "组织", gone, ("g1",), ("g2",)),
            ("busy", "忙时", gone, ("1 08:00-09:40",), ()),
            ("place", "住处", gone, ("东校区 一栋 一层 101",), ()),
            ("phone", "手机", gone, ("138",), ()),
            ("stage", "政治面貌", gone, ("probationary",), ("masses",)),
            ("reachable", "可联系", gone, ("yes",), ("no",)),
        ]

    def test_what_is_replaced_is_told_too_and_what_is_added_is_not(self) -> None:
        other = Change.REPLACED
        text = "学号,姓名,房间,电话,政治面貌,角色\nanna,安妮,102,139,正式党员,学生；服务成员；宿管\n"
        assert self.losses(text) == [
            ("place", "房间", other, ("东校区 一栋 一层 101",), ("东校区 一栋 一层 102",)),
            ("phone", "电话", other, ("138",), ("139",)),
            ("name", "姓名", other, ("安娜",), ("安妮",)),
            ("stage", "政治面貌", other, ("probationary",), ("full",)),
        ]
        assert self.losses("学号,姓名\nanna,安娜\n") == []

    def test_the_membership_that_a_no_takes_away_is_told(self) -> None:
        assert self.losses("学号,姓名,党员\nanna,安娜,否\n") == [
            ("stage", "stage", Change.REMOVED, ("probationary",), ("league",))
        ]

    def test_places_and_units_lose_names_capacities_and_parents(self) -> None:
        (line,), _ = lines_of(PLACES, "编号,类型,名称,容量\neast,校区,东,清空\n")
        before, after = Place(PlaceType.CAMPUS, "东区", "E", None, 9), Place(PlaceType.CAMPUS, "东", "E", None, None)
        assert [(one.column, one.change, one.before) for one in place_losses(line, before, after)] == [
            ("名称", Change.REPLACED, ("东区",)),
            ("容量", Change.REMOVED, ("9",)),
        ]
        (line,), _ = lines_of(UNITS, "id,type,name,parent\ng1,group,g,\n")
        lost = unit_losses(line, Unit(UnitType.GROUP, "g", "b1"), Unit(UnitType.GROUP, "g", None))
        assert [(one.name, one.field, one.after) for one in lost] == [("g", "parent", ())]

    def test_the_list_is_bounded_the_numbers_are_not_and_what_is_removed_comes_first(self) -> None:
        (line,), _ = lines_of(PEOPLE, "学号,姓名,电话\nanna,安娜,139\n")
        (replaced,) = person_losses(line, ANNA, profile_of(line, ANNA), TOWN.places)
        (line,), _ = lines_of(PEOPLE, "学号,姓名,电话\nanna,安娜,清空\n")
        (removed,) = person_losses(line, ANNA, profile_of(line, ANNA), TOWN.places)
        told = bounded([*[replaced] * 500, *[removed] * 3])
        assert (len(told.shown), told.removed, told.replaced) == (MOST_LOSSES, 3, 500)
        assert [one.change for one in told.shown[:4]] == [*[Change.REMOVED] * 3, Change.REPLACED]


class TestAdministrators:
    def faults(self, text: str, *admins: str) -> list[tuple[int, str, str]]:
        known: dict[str, Person] = {}
        for name in ("a", "b", "s"):
            roles = (Role.ADMIN,) if name in admins else (Role.STUDENT,)
            known[name] = register(name, name, Profile(name, roles), "x", NOW)[0]
        lines, _ = lines_of(PEOPLE, text)
        wanted = [(line, profile_of(line, known[line.key].profile if line.key in known else None)) for line in lines]
        return [(one.row, one.column, one.code) for one in admin_faults(wanted, known, frozenset(admins))]

    def test_a_file_that_would_leave_no_administrator_is_at_fault_where_it_takes_them_away(self) -> None:
        last = "person.last_admin"
        assert self.faults("学号,姓名,角色\na,A,学生\n", "a") == [(2, "角色", last)]
        assert self.faults("学号,姓名,角色\na,A,学生\nb,B,学生\n", "a", "b") == [(2, "角色", last), (3, "角色", last)]
        assert self.faults("学号,姓名,角色\na,A,学生\n", "a", "b") == []
        assert self.faults("学号,姓名,角色\na,A,学生\ns,S,管理员\n", "a") == []
        assert self.faults("学号,姓名,角色\na,A,\n", "a") == []
        assert self.faults("学号,姓名,角色\ns,S,学生\na,A,学生\n", "a") == [(3, "角色", last)]
        assert self.faults("学号,姓名,角色\nnew,N,管理员\na,A,学生\n", "a") == []


class TestDuty:
    def test_duty_is_read_by_name_or_id_kept_when_empty_and_cleared_by_the_word(self) -> None:
        for cell in ("一栋；二栋", "east.b1；east.b2", "东校区一栋、Building 2", "一栋,一栋,二栋"):
            assert asked(f'学号,姓名,角色,管辖范围\nd,D,宿管,"{cell}"\n')[0].duty == ("east.b1", "east.b2")
        known = Profile("D", (Role.DESK,), duty=("east",))
        assert asked("学号,姓名,管辖范围\nd,D,\n", known)[0].duty == ("east",)
        assert asked("学号,姓名,duty\nd,D,清空\n", known)[0].duty == ()
        assert asked("学号,姓名\nd,D\n", known)[0].duty == ("east",)
        for cell in ("全部校区", "All", "*"):
            assert asked(f"学号,姓名,管辖范围\nd,D,{cell}\n", known)[0].duty == ("*",)

    @pytest.mark.parametrize(
        ("cell", "code"),
        [
            ("九栋", Why.UNKNOWN_PLACE),
            ("一层", Why.AMBIGUOUS_PLACE),
            ("一栋101", "person.bad_duty"),
            ("一栋；九栋", Why.UNKNOWN_PLACE),
        ],
    )
    def test_a_place_that_nobody_can_work_for_is_a_fault_of_its_cell(self, cell: str, code: str) -> None:
        assert asked(f"学号,姓名,管辖范围\nd,D,{cell}\n")[1] == [("管辖范围", code)]

    def test_a_lost_duty_place_is_told_before_it_is_lost(self) -> None:
        known = Profile("D", (Role.DESK,), duty=("east.b1", "east.b2"))
        (line,), _ = lines_of(PEOPLE, "学号,姓名,管辖范围\nd,D,一栋\n")
        line, _ = resolved(line, known, TOWN)
        (loss,) = person_losses(line, known, profile_of(line, known), PlaceNames(CAMPUS))
        assert (loss.field, loss.column, loss.change) == ("duty", "管辖范围", Change.REMOVED)
        assert (loss.before, loss.after) == (("东校区 一栋", "东校区 二栋"), ("东校区 一栋",))


class TestSealedReaders:
    def faults(self, text: str, *readers: str) -> list[tuple[int, str, str]]:
        lines, _ = lines_of(PEOPLE, text)
        wanted = [(line, profile_of(line, None)) for line in lines]
        return [(one.row, one.column, one.code) for one in reader_faults(wanted, frozenset(readers))]

    def test_a_file_that_would_make_a_third_reader_is_at_fault_where_it_makes_one(self) -> None:
        many = "person.too_many_sealed_readers"
        assert self.faults("学号,姓名,角色\nc,C,密件查看人\n", "a", "b") == [(2, "角色", many)]
        assert self.faults("学号,姓名,角色\na,A,学生\nc,C,密件查看人\n", "a", "b") == []
        assert self.faults("学号,姓名,角色\na,A,密件查看人\nb,B,sealed reader\n", "a") == []
        three = "学号,姓名,角色\na,A,密件查看人\nb,B,密件查看人\nc,C,密件查看人\n"
        assert self.faults(three, "a") == [(3, "角色", many), (4, "角色", many)]


class TestTemplates:
    @pytest.mark.parametrize("what", What)
    @pytest.mark.parametrize("language", Language)
    @pytest.mark.parametrize("make", [as_text, as_workbook])
    def test_a_template_is_a_file_of_its_kind_whose_examples_must_be_deleted(
        self, what: What, language: Language, make: Any
    ) -> None:
        wanted = template(what, language)
        raw = make(wanted)
        assert set(codes(what, raw)) == {"example_row"}
        assert len(codes(what, raw)) == len(wanted.examples)
        assert {heading_of(what, heading) for heading in wanted.headings} <= set(COLUMNS[what])
        assert all(len(row) == len(wanted.headings) for row in wanted.examples)

    @pytest.mark.parametrize("what", What)
    @pytest.mark.parametrize("language", Language)
    def test_the_examples_would_be_read_without_a_fault(self, what: What, language: Language) -> None:
        wanted = template(what, language)
        rows = [[cell.removeprefix("示例 ").removeprefix("Example: ") for cell in row] for row in wanted.examples]
        raw = workbook(wanted.headings, *([cell or None for cell in row] for row in rows))
        assert len(cells_of(what, raw)) == len(rows)

    @pytest.mark.parametrize("language", Language)
    def test_every_allowed_value_is_listed(self, language: Language) -> None:
        listed = "\n".join(" ".join(row) for row in template(PEOPLE, language).explanation)
        for kind in (Role, PersonStage):
            for code, words in VALUES[kind].items():
                assert (words[0] if language is Language.ZH else code) in listed
        assert ("清空" if language is Language.ZH else "(clear)") in listed

    def test_an_explanation_that_somebody_wrote_into_is_a_sheet_like_others(self) -> None:
        rows = template(PEOPLE, Language.ZH).explanation
        people = sheet([["学号", "姓名"], ["1", "甲"]])
        assert codes(PEOPLE, workbook(A=people, 填写说明=sheet(rows))) == []
        assert "no_heading" in codes(PEOPLE, workbook(A=people, 填写说明=sheet([*rows, ["2", "乙"]])))
        with pytest.raises(Refusal, match=Why.EMPTY):
            lines_of(PEOPLE, workbook(填写说明=sheet(rows)))


def test_a_line_tells_faults_in_its_own_words() -> None:
    line = Line(3, "a", {"phone": CLEAR}, "本科", {"phone": "手机"})
    assert line.fault("phone", "x", "v") == Fault(3, "手机", "x", "v", "phone", "本科")
    assert line.fault("", "x") == Fault(3, "", "x", "", "", "本科")
    assert read(PEOPLE, sheets_of(PEOPLE, "学号,姓名\n1,甲\n".encode()))[0][0].sheet == ""
