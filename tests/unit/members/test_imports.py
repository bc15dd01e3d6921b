"""What a file asks for, and what is wrong with it."""

import io
import zipfile

import openpyxl
import pytest

from services.members.columns.domain import COLUMNS, OTHER_NAMES, REQUIRED, What, Why
from services.members.imports.domain import MOST_ROWS, Fault, people_faults, places_of, profile_of, read, units_of
from services.members.imports.handlers import table_of_csv, table_of_xlsx
from services.members.organisation.domain import Unit, UnitType
from services.members.organisation.domain import Why as WhyUnit
from services.members.people.domain import Busy, PersonStage, Profile
from services.members.places.domain import Place
from services.members.places.domain import Why as WhyPlace
from shared.contracts.members import PlaceType, Role
from shared.refusal import Refusal


def faults(what: What, text: str) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code) for one in read(what, table_of_csv(text.encode()))[1]]


def test_a_full_row_becomes_a_profile() -> None:
    text = (
        "username,name,roles,room,units,skills,stage,party_member,busy,phone,reachable,password\n"
        'Anna,安娜,"student, helper",east.b1.f1.r101,g1；g2,study、repair、study,full,是,'
        "1 08:00-09:40; 3 14:00 - 15:40,+86 138,否,yizhan-demo\n"
    )
    (line,), wrong = read(What.PEOPLE, table_of_csv(text.encode()))
    assert wrong == []
    assert (line.number, line.key, line.cells["password"]) == (2, "anna", "yizhan-demo")
    assert profile_of(line, None) == Profile(
        name="安娜",
        roles=(Role.STUDENT, Role.HELPER),
        place="east.b1.f1.r101",
        units=("g1", "g2"),
        skills=("study", "repair"),
        stage=PersonStage.FULL,
        busy=(Busy(1, "08:00", "09:40"), Busy(3, "14:00", "15:40")),
        phone="+86 138",
        reachable=False,
    )


def test_absent_columns_keep_what_is_known_and_empty_cells_clear_it() -> None:
    known = Profile("安娜", (Role.HELPER,), "east.b1", ("g1",), ("study",), PersonStage.PROBATIONARY, phone="138")
    (line,), _ = read(What.PEOPLE, (("username", "name", "phone", "party_member"), ("anna", "安娜", "", "yes")))
    assert profile_of(line, known) == Profile(
        "安娜", (Role.HELPER,), "east.b1", ("g1",), ("study",), PersonStage.PROBATIONARY
    )
    (line,), _ = read(What.PEOPLE, (("username", "name", "roles", "reachable"), ("anna", "安娜", "", "")))
    assert profile_of(line, None) == Profile("安娜", (Role.STUDENT,))


def test_the_header_is_checked_before_the_rows() -> None:
    assert faults(What.PEOPLE, "username,shoe,shoe\na,b,c\n") == [
        (1, "name", Why.MISSING_COLUMN),
        (1, "shoe", Why.UNKNOWN_COLUMN),
        (1, "shoe", Why.UNKNOWN_COLUMN),
        (1, "shoe", Why.DUPLICATE_COLUMN),
    ]
    assert set(OTHER_NAMES.values()) <= {column for columns in COLUMNS.values() for column in columns}
    assert all(set(REQUIRED[what]) <= set(COLUMNS[what]) for what in What)


def test_each_bad_cell_is_named_by_row_column_and_code() -> None:
    text = (
        "username,name,roles,room,units,skills,stage,reachable,busy,phone,password,password_hash\n"
        ",Nobody\n"
        "\n"
        "bo,,king,East,G_1,s,old,maybe,9 08:00-09:00,call me,short,md5\n"
        "bo,Bo,,,,,,,1 10:00-09:00,,,\n"
        f"carl,{'x' * 81}\n"
        "eve,E\x07ve\n"
        "dora,Dora,,,,,,,,,,,more\n"
        ",,,\n"
    )
    bad = Why.BAD_VALUE
    assert faults(What.PEOPLE, text) == [
        (2, "username", Why.REQUIRED),
        (4, "name", Why.REQUIRED),
        (4, "roles", bad),
        (4, "room", bad),
        (4, "units", bad),
        (4, "stage", bad),
        (4, "reachable", bad),
        (4, "busy", bad),
        (4, "phone", bad),
        (4, "password", bad),
        (4, "password_hash", bad),
        (5, "busy", "person.bad_busy"),
        (5, "username", Why.DUPLICATE_ROW),
        (6, "name", Why.TOO_LONG),
        (7, "name", bad),
    ]


def test_a_column_without_a_name_holds_nothing() -> None:
    assert faults(What.UNITS, "id,type,name,\ng1,group,一组,\n") == []
    assert faults(What.UNITS, "id,type,name,\ng1,group,一组,x\n") == [(2, "", Why.UNKNOWN_COLUMN)]


def test_a_given_hash_is_taken_as_it_is() -> None:
    made = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzYWx0$" + "A" * 43
    (line,), wrong = read(What.PEOPLE, (("username", "name", "password_hash"), ("anna", "Anna", made)))
    assert (wrong, line.cells["password_hash"]) == ([], made)


def test_people_must_live_and_belong_where_somebody_knows() -> None:
    text = (
        "username,name,room,units,stage,party_member\na,A,east.b1,g1,full,no\nb,B,east.b2,g1;g9,,no\nc,C,,,full,yes\n"
    )
    lines, _ = read(What.PEOPLE, table_of_csv(text.encode()))
    assert people_faults(lines, frozenset({"east.b1"}), frozenset({"g1"})) == [
        Fault(2, "party_member", Why.BAD_VALUE, "full"),
        Fault(3, "room", Why.UNKNOWN_PLACE, "east.b2"),
        Fault(3, "units", Why.UNKNOWN_UNIT, "g9"),
    ]


def test_places_may_stand_in_any_order_and_keep_what_the_file_does_not_say() -> None:
    text = "id,type,name\neast.b1,building,一栋\neast,campus,东区\nwest.b1,building,西一\nbad,,x\nbad2,campus,\n"
    lines, _ = read(What.PLACES, table_of_csv(text.encode()))
    known = {"east": Place(PlaceType.CAMPUS, "旧名", "East", None, 9)}
    wanted, wrong = places_of(lines, known)
    assert list(wanted) == ["east", "east.b1", "west.b1"]
    assert wanted["east"] == Place(PlaceType.CAMPUS, "东区", "East", None, 9)
    assert wanted["east.b1"] == Place(PlaceType.BUILDING, "一栋", "一栋", "east", None)
    assert wrong == [Fault(4, "", WhyPlace.UNKNOWN_PARENT, "west.b1")]


def test_a_capacity_is_a_number() -> None:
    assert faults(What.PLACES, "id,type,name,capacity\neast,campus,E,many\neast2,campus,E,1234567\n") == [
        (2, "capacity", Why.BAD_VALUE),
        (3, "capacity", Why.BAD_VALUE),
    ]
    (line,), _ = read(What.PLACES, table_of_csv(b"id,type,name,capacity\neast,campus,E,40\n"))
    assert line.cells["capacity"] == 40


def test_units_may_stand_in_any_order_below_a_unit_of_a_higher_level() -> None:
    text = "id,type,name,parent\ng1,group,一组,b1\nb1,branch,支部,\ng2,group,二组,g1\n"
    lines, _ = read(What.UNITS, table_of_csv(text.encode()))
    wanted, wrong = units_of(lines, {"b1": Unit(UnitType.BRANCH, "旧", None)})
    assert list(wanted) == ["b1", "g1", "g2"]
    assert wrong == [Fault(4, "", WhyUnit.WRONG_LEVEL, "g2")]


def test_an_empty_or_an_endless_file_is_refused() -> None:
    for table in ((), ((),), (("", ""),)):
        with pytest.raises(Refusal, match=Why.EMPTY):
            read(What.PEOPLE, table)
    with pytest.raises(Refusal, match=Why.TOO_MANY_ROWS):
        read(What.UNITS, (("id",), *((f"u{n}",) for n in range(MOST_ROWS + 1))))


def test_text_files_may_be_utf_8_or_what_excel_writes_in_china() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert table_of_csv("姓名,学号\n".encode(encoding)) == (("姓名", "学号"),)
    for broken in (b"\xff\xff\xff", b'a,"b'):
        with pytest.raises(Refusal, match=Why.UNREADABLE):
            table_of_csv(broken)


def test_a_workbook_gives_plain_text_and_a_bomb_is_refused() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["id", 7, 7.0, 7.5, True, False, None, "x", None])
    book.worksheets[0].cell(row=9, column=3, value="")
    packed = io.BytesIO()
    book.save(packed)
    assert table_of_xlsx(packed.getvalue()) == (("id", "7", "7", "7.5", "yes", "no", "", "x"),)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (65 * 1024 * 1024))
    for broken in (bomb.getvalue(), b"no workbook"):
        with pytest.raises(Refusal, match=Why.UNREADABLE):
            table_of_xlsx(broken)
