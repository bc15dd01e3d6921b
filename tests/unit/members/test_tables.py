"""The kind: a cell that cannot be read for certain. It tells why; it is never empty, never a guess, never left out."""

import csv
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.members.imports.domain import separated_values as separated_room
from services.members.imports.domain import workbook as workbook_room
from services.members.imports.domain.cells import Cell, Kind, Sheet, Why, letters
from services.members.imports.domain.kinds import What
from services.members.imports.domain.numbers import number_cell
from services.members.imports.domain.separated_values import is_blank, read_text
from services.members.imports.handlers import sheets_of
from shared.refusal import Refusal
from tests.support.tables import Raw, formula, number, packed, parts_of, sheet, workbook


def texts(read: Sheet) -> list[dict[int, str]]:
    return [
        {at: f"!{cell.why.partition('.')[2]}" if cell.why else cell.text for at, cell in row.cells.items()}
        for row in read.rows
    ]


def only(raw: bytes) -> list[dict[int, str]]:
    (read,) = sheets_of(What.PEOPLE, raw)
    return texts(read)


def one(cell: object) -> str | None:
    return (only(workbook([cell])) or [{}])[0].get(0)


def refused(raw: bytes) -> tuple[str, object]:
    with pytest.raises(Refusal) as refusal:
        sheets_of(What.PEOPLE, raw)
    return refusal.value.code, refusal.value.params.get("form") or refusal.value.params.get("line")


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "code", "shown"),
        [
            ("120301", "00000000", "00120301"),
            ("0", "00000000", "00000000"),
            ("7", "0", "7"),
            ("7", "@", "7"),
            ("2.02601234567E+11", "0", "202601234567"),
            ("999999999999999", "0", "999999999999999"),
            ("1000000000000000", "0", "!long_number"),
            ("2.02612345612345E+17", "0", "!long_number"),
            ("12.5", "0", "!fraction"),
            ("120301.00000000001", "00000000", "!fraction"),
            ("0.5", "0%", "!fraction"),
            ("5", "0%", "!number_format"),
            ("1200000", "0.00E+00", "!number_format"),
            ("123", '"S"0000', "!number_format"),
            ("-5", "00000000", "!number_format"),
            ("46083", "yyyy/m/d", "!date_value"),
            ("NaN", "0", "!unreadable"),
            ("1,5", "0", "!unreadable"),
        ],
    )
    def test_a_number_is_read_as_it_is_shown_or_not_at_all(self, value: str, code: str, shown: str) -> None:
        assert one(number(value, code)) == shown

    def test_a_number_shown_with_more_than_digits_is_a_number_only(self) -> None:
        (read,) = sheets_of(What.PLACES, workbook([number(1200, "#,##0"), number(40, "0.00")]))
        assert [(cell.text, cell.kind) for cell in read.rows[0].cells.values()] == [
            ("1200", Kind.DECORATED),
            ("40", Kind.DECORATED),
        ]

    @pytest.mark.parametrize("style", [14, 20, 22, 31, 57])
    def test_built_in_formats_of_dates_are_dates_too(self, style: int) -> None:
        parts = parts_of({"S": sheet([[Raw('<c s="1"><v>46083</v></c>')]])})
        parts["xl/styles.xml"] = f'<styleSheet><cellXfs><xf/><xf numFmtId="{style}"/></cellXfs></styleSheet>'
        assert only(packed(parts)) == [{0: "!date_value"}]

    def test_without_styles_a_number_is_general(self) -> None:
        parts = parts_of({"S": sheet([[Raw('<c s="4"><v>12</v></c>')]])})
        parts["xl/_rels/workbook.xml.rels"] = str(parts["xl/_rels/workbook.xml.rels"]).replace("/styles", "/other")
        assert only(packed(parts)) == [{0: "12"}]

    @given(st.integers(0, 10**15 - 1), st.integers(1, 12))
    def test_padding_never_changes_the_number(self, value: int, width: int) -> None:
        cell = number_cell(str(value), "0" * width)
        assert cell == Cell(f"{value:0{width}d}", Kind.NUMBER)

    @pytest.mark.parametrize(
        ("value", "code", "text", "kind"),
        [
            (0, "0;-0;;@", "0", Kind.DECORATED),
            (0, "#", "0", Kind.DECORATED),
            (5, "[Red]0_);(0)", "5", Kind.NUMBER),
            (5, "0\\ ", "5", Kind.NUMBER),
            (-5, "General", "-5", Kind.NUMBER),
        ],
    )
    def test_sections_and_ornaments_of_a_format_are_understood(
        self, value: int, code: str, text: str, kind: Kind
    ) -> None:
        assert number_cell(str(value), code) == Cell(text, kind)


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "read"),
        [
            (formula("1+1"), "!no_value"),
            (Raw("<c><f>1+1</f><v></v></c>"), "!no_value"),
            (Raw('<c t="str"><f>A1</f></c>'), "!no_value"),
            (Raw('<c t="str"><f>A1</f><v></v></c>'), None),
            (formula("A1&amp;B1", "zz.b1", "str"), "zz.b1"),
            (formula("1+1", "2"), "2"),
            (Raw('<c t="e"><v>#N/A</v></c>'), "!error_value"),
            (formula("1/0", "#DIV/0!", "e"), "!error_value"),
            (Raw('<c t="d"><v>2026-03-02</v></c>'), "!date_value"),
            (Raw('<c t="x"><v>1</v></c>'), "!unreadable"),
            (True, "TRUE"),
            (False, "FALSE"),
            (Raw('<c t="inlineStr"><is><r><t>张</t></r><r><t>三</t></r><rPh><t>zhang</t></rPh></is></c>'), "张三"),
            (Raw('<c t="str"><v>a_x0041_b</v></c>'), "aAb"),
            ("\u00a0\u200b", None),
            ("  ", None),
            ("", None),
            ("坏\ufffd", "!encoding"),
            ("å¼\xa0ä¼Ÿ", "!garbled"),
            ("锟斤拷", "!garbled"),
            ('"quoted"', "!broken_quotes"),
        ],
    )
    def test_every_type_of_cell_is_read_for_certain_or_tells_why_not(self, cell: object, read: str | None) -> None:
        assert one(cell) == read

    def test_a_truth_value_says_that_it_is_one(self) -> None:
        (read,) = sheets_of(What.PEOPLE, workbook([True]))
        assert read.rows[0].cells[0].kind is Kind.TRUTH

    def test_values_that_the_program_never_calculated_are_not_believed(self) -> None:
        parts = parts_of({"S": sheet([[formula("A2", "0"), 5]])}, more='<calcPr calcId="1" fullCalcOnLoad="1"/>')
        assert only(packed(parts)) == [{0: "!no_value", 1: "5"}]

    def test_shared_and_rich_strings_are_read_whole(self) -> None:
        strings = (
            "<si><t>学号</t></si><si><r><rPr/><t>张</t></r><r><t>三</t></r><rPh><t>x</t></rPh></si><si><t> </t></si>"
        )
        body = sheet([[Raw(f'<c t="s"><v>{at}</v></c>') for at in range(3)]])
        assert only(packed(parts_of({"S": body}, strings=strings))) == [{0: "学号", 1: "张三"}]

    def test_strict_workbooks_say_the_same(self) -> None:
        body = sheet([["学号", number(7, "00000000")]])
        assert only(packed(parts_of({"S": body}, strict=True))) == [{0: "学号", 1: "00000007"}]

    def test_elements_with_a_prefix_are_elements(self) -> None:
        parts = parts_of({"S": ""})
        parts["xl/worksheets/sheet1.xml"] = (
            '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
        )
        assert only(packed(parts)) == [{0: "7"}]

    def test_formulas_outside_cells_are_none_of_ours(self) -> None:
        after = "<extLst><ext><f>A1</f><v>9</v><c><v>8</v></c><row><t>x</t></row></ext></extLst>"
        assert only(workbook(S=sheet([["a"]], after=after))) == [{0: "a"}]


class TestWhereCellsStand:
    def test_cells_stand_where_they_say_and_the_sheet_is_not_believed_about_its_size(self) -> None:
        body = (
            '<dimension ref="A1"/><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'
            '<row r="50000"><c r="C50000"><v>3</v></c><c><v>4</v></c></row></sheetData>'
        )
        (read,) = sheets_of(What.PEOPLE, workbook(S=body))
        assert [(row.number, dict.fromkeys(row.cells)) for row in read.rows] == [
            (1, {0: None, 16383: None}),
            (50000, {2: None, 3: None}),
        ]

    def test_hidden_sheets_rows_and_columns_and_merged_cells_are_told(self) -> None:
        body = sheet(
            [["a", "b"], ["c", "d"], ["e"]],
            before='<cols><col min="2" max="3" hidden="1"/><col min="5" max="5" width="0"/><col min="7" max="7"/>'
            "</cols>",
            after='<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="C4"/></mergeCells>',
            row={2: 'hidden="1"', 3: 'ht="0"'},
        )
        (read, other) = sheets_of(
            What.PEOPLE, packed(parts_of({"S": body, "T": sheet([["x"]])}, states={"T": "veryHidden"}))
        )
        assert [row.hidden for row in read.rows] == [False, True, True]
        assert [read.hides(at) for at in range(7)] == [False, True, True, False, True, False, False]
        assert [(one.top, one.left, one.bottom, one.right) for one in read.merged] == [(1, 0, 2, 1), (4, 2, 4, 2)]
        assert (read.hidden, other.hidden) == (False, True)

    def test_charts_have_no_cells(self) -> None:
        parts = parts_of({"S": sheet([["a"]]), "Chart": ""})
        links = str(parts["xl/_rels/workbook.xml.rels"])
        parts["xl/_rels/workbook.xml.rels"] = links.replace(
            'worksheet" Target="worksheets/sheet2', 'chartsheet" Target="worksheets/sheet2'
        )
        assert [read.name for read in sheets_of(What.PEOPLE, packed(parts))] == ["S"]

    @pytest.mark.parametrize(
        "body",
        [
            '<sheetData><row r="0"><c><v>1</v></c></row></sheetData>',
            '<sheetData><row r="9999999"><c><v>1</v></c></row></sheetData>',
            '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="B1"><v>1</v></c></row></sheetData>',
            '<sheetData><row r="1"><c r="A2"><v>1</v></c></row></sheetData>',
            '<sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData>',
            '<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData>',
            '<sheetData><row r="one"/></sheetData>',
            '<sheetData><row><c r="1A"/></row></sheetData>',
            '<sheetData><row><c t="s"><v>7</v></c></row></sheetData>',
            '<sheetData><row><c s="99"><v>7</v></c></row></sheetData>',
            "<sheetData><row>",
            "<sheetData/><mergeCells><mergeCell/></mergeCells>",
        ],
    )
    def test_a_sheet_that_contradicts_itself_is_refused(self, body: str) -> None:
        assert refused(workbook(S=body)) == (Why.UNREADABLE, "xlsx")

    def test_columns_have_the_letters_of_a_spreadsheet(self) -> None:
        assert [letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


class TestFiles:
    def test_other_kinds_of_files_are_refused_by_what_they_are(self) -> None:
        ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
        assert refused(ole) == (Why.OLD_WORKBOOK, None)
        assert refused(ole + "EncryptedPackage".encode("utf-16-le")) == (Why.LOCKED_WORKBOOK, None)
        assert refused(packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})) == (
            Why.OTHER_FORMAT,
            "ods",
        )
        assert refused(packed({"hello.txt": "hello"})) == (Why.OTHER_FORMAT, "zip")
        binary = parts_of({"S": ""})
        binary["_rels/.rels"] = str(binary["_rels/.rels"]).replace("workbook.xml", "workbook.bin")
        assert refused(packed(binary)) == (Why.OTHER_FORMAT, "bin")

    @pytest.mark.parametrize("raw", [b"PK\x03\x04no", workbook(["a"])[:-30], workbook(["a"])[:200]])
    def test_a_broken_workbook_is_refused(self, raw: bytes) -> None:
        assert refused(raw) == (Why.UNREADABLE, "xlsx")

    def test_damaged_bytes_of_a_part_are_found(self) -> None:
        raw = bytearray(workbook(["a" * 2000, "b"]))
        at = raw.index(b"xl/worksheets/sheet1.xml") + 40
        raw[at : at + 8] = bytes(8)
        assert refused(bytes(raw)) == (Why.UNREADABLE, "xlsx")

    @pytest.mark.parametrize(("at", "value"), [(8, 1), (10, 99)], ids=["a password", "an unknown packing"])
    def test_a_part_that_cannot_be_unpacked_is_found(self, at: int, value: int) -> None:
        raw = bytearray(workbook(["a"]))
        for entry in re.finditer(b"PK\x01\x02", bytes(raw)):
            raw[entry.start() + at] = value
        assert refused(bytes(raw)) == (Why.UNREADABLE, "xlsx")

    def test_a_workbook_without_sheets_or_with_a_missing_one_is_refused(self) -> None:
        parts = parts_of({"S": sheet([["a"]])})
        assert refused(packed({**parts, "xl/workbook.xml": "<workbook/>"})) == (Why.UNREADABLE, "xlsx")
        del parts["xl/worksheets/sheet1.xml"]
        assert refused(packed(parts)) == (Why.UNREADABLE, "xlsx")

    def test_entities_that_grow_are_refused(self) -> None:
        parts = parts_of({"S": sheet([["a"]])})
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        parts["xl/worksheets/sheet1.xml"] = bomb + "<worksheet><sheetData/></worksheet>"
        assert refused(packed(parts)) == (Why.UNREADABLE, "xlsx")

    def test_a_bomb_is_refused_wherever_it_is_in_the_workbook(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert workbook_room.UNPACKED_LIMIT == 64 * 1024 * 1024
        monkeypatch.setattr(workbook_room, "UNPACKED_LIMIT", 100_000)
        parts = parts_of({"S": sheet([["a"]])})
        assert only(packed(parts)) == [{0: "a"}]
        for name in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"):
            bomb = str(parts[name]).replace(">", ">" + " " * 100_000, 1)
            assert refused(packed({**parts, name: bomb}))[0] == Why.TOO_LARGE

    def test_too_many_cells_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_room, "MOST_CELLS", 10)
        monkeypatch.setattr(separated_room, "MOST_CELLS", 10)
        assert len(only(workbook(["x"] * 5, ["x"] * 5))) == len(only(b"x,x,x,x,x\n" * 2)) == 2
        assert refused(workbook(["x"] * 5, ["x"] * 6))[0] == Why.TOO_LARGE
        assert refused(workbook(A=sheet([["x"] * 5]), B=sheet([["x"] * 6])))[0] == Why.TOO_LARGE
        assert refused(b"x,x,x,x,x,x\n" * 2)[0] == Why.TOO_LARGE
        merged = "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 100_001 + "</mergeCells>"
        assert refused(workbook(S=sheet([["a"]], after=merged)))[0] == Why.TOO_LARGE

    def test_the_real_library_writes_what_we_read(self) -> None:
        book = openpyxl.Workbook()
        book.worksheets[0].append(["id", 7, 7.0, "00120301", True, None, "=1+1", "x"])
        book.worksheets[0].cell(row=9, column=3, value="")
        out = io.BytesIO()
        book.save(out)
        assert only(out.getvalue()) == [{0: "id", 1: "7", 2: "7", 3: "00120301", 4: "TRUE", 6: "!no_value", 7: "x"}]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
    def test_text_in_an_encoding_that_tells_itself_is_read(self, encoding: str) -> None:
        mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
        raw = mark + "学号,姓名\n1,张伟·阿（李）\n".encode(encoding)
        assert only(raw) == [{0: "学号", 1: "姓名"}, {0: "1", 1: "张伟·阿（李）"}]

    @pytest.mark.parametrize(
        ("name", "encoding"),
        [
            ("Müller Jörg", "cp1252"),
            ("Ångström", "latin-1"),
            ("Zoë", "cp1252"),
            ("陳怡君", "big5"),
            ("黃建國", "big5"),
            ("蔡明", "big5"),
            ("김철수", "cp949"),
            ("山田太郎", "shift-jis"),
            ("さくら", "euc-jp"),
            ("Иванов", "cp1251"),
            ("陈刚", "gbk"),
        ],
    )
    def test_text_that_may_be_in_several_encodings_is_a_fault_of_its_cell(self, name: str, encoding: str) -> None:
        raw = b"username,name\na," + name.encode(encoding) + b"\nb,Bo\n"
        assert only(raw) == [{0: "username", 1: "name"}, {0: "a", 1: "!encoding"}, {0: "b", 1: "Bo"}]

    def test_a_few_ideographs_that_are_valid_utf_8_by_chance_are_a_fault_too(self) -> None:
        assert only("id,name\n1,楼\n".encode("gbk"))[1] == {0: "1", 1: "!encoding"}
        for name in ("Müller", "Zoë", "Иванова", "Ünal"):
            assert only(f"id,name\n1,{name}\n".encode())[1] == {0: "1", 1: name}
        assert only("id,name\n1,° 5\n".encode())[1] == {0: "1", 1: "!encoding"}

    def test_one_foreign_line_does_not_turn_the_others_into_another_encoding(self) -> None:
        raw = "username,name\n1,张伟\n2,李娜\n".encode() + "3,王芳\n".encode("gbk")
        assert only(raw)[1:] == [{0: "1", 1: "张伟"}, {0: "2", 1: "李娜"}, {0: "3", 1: "!encoding"}]
        mostly = "学号,姓名\n".encode("gbk") + "1,王芳\n".encode("gbk") * 50 + "2,张伟\n".encode()
        assert {cell[1] for cell in only(mostly)[:-1]} == {"!encoding"}

    def test_western_words_in_a_chinese_file_make_it_implausible(self) -> None:
        raw = "学号,姓名\n1,王芳\n".encode("gbk") + "2,Müller\n".encode("cp1252")
        assert only(raw)[2] == {0: "2", 1: "!encoding"}

    def test_a_rare_name_is_plausible_in_a_chinese_file_and_only_there(self) -> None:
        assert only("学号,姓名\n1,王喆\n".encode("gbk"))[1] == {0: "1", 1: "王喆"}
        assert only("id,name\n1,喆垚淼\n".encode("gbk"))[1] == {0: "1", 1: "!encoding"}

    @pytest.mark.parametrize(
        "raw",
        ["a,b\n".encode("utf-16-le"), "a,b\n".encode("utf-32"), b"\x00\x00\xfe\xff\x00", b"\xff\xfea", b"a\x00,b\n"],
    )
    def test_what_is_no_text_is_refused(self, raw: bytes) -> None:
        assert refused(raw)[0] == Why.OTHER_ENCODING

    def test_a_broken_utf_8_file_with_a_mark_stays_utf_8(self) -> None:
        assert only(b"\xef\xbb\xbfa,\xd5\xc5\n") == [{0: "a", 1: "!encoding"}]

    def test_what_was_read_wrongly_before_is_found(self) -> None:
        assert read_text("张伟".encode().decode("gb18030")).why is Why.GARBLED
        assert read_text("张伟".encode().decode("cp1252", "replace")).why is Why.GARBLED
        assert read_text("张伟".encode("gbk").decode("utf-8", "replace")).why is Why.ENCODING
        assert read_text("Müller").why is None


class TestSeparated:
    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_the_separator_is_the_one_of_the_heading(self, separator: str) -> None:
        raw = separator.join(["学号", "姓名", "技能"]) + "\n" + separator.join(["1", "甲", '"a,b;c"']) + "\n"
        assert only(raw.encode()) == [{0: "学号", 1: "姓名", 2: "技能"}, {0: "1", 1: "甲", 2: "a,b;c"}]

    def test_a_separator_may_be_told_in_the_first_line(self) -> None:
        (read,) = sheets_of(What.PEOPLE, "sep=|\r\n学号|姓名\r\n1|甲\r\n".encode())
        assert [row.number for row in read.rows] == [2, 3]

    def test_quotes_and_every_end_of_line_are_understood(self) -> None:
        assert only(b'a,"b ""c"""\rd,"e\nf"\r\n\n\ng\n') == [
            {0: "a", 1: 'b "c"'},
            {0: "d", 1: "e\nf"},
            {0: "g"},
        ]

    @pytest.mark.parametrize("raw", [b'a,"b', b'a,"b"c\n', b"a," + b"x" * 140_000])
    def test_broken_quotes_tell_their_line(self, raw: bytes) -> None:
        assert refused(raw)[0] == Why.BROKEN_QUOTES

    def test_quotes_that_remain_are_no_part_of_a_name(self) -> None:
        assert only(b'a, "b"\n') == [{0: "a", 1: "!broken_quotes"}]

    def test_an_empty_file_has_no_rows(self) -> None:
        assert only(b"") == []
        assert only(b" , \n") == []


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\xad"), max_size=8)
"""No soft hyphens: alone in a file, one is blank in UTF-8 and an ideograph in GB 18030, so that its cell is told."""
CHINESE = st.text(st.sampled_from("张王李赵陈刘杨黄周吴一二三搂拢室院abcXYZ019 ,;\"'\n，。（）·-"), max_size=8)


def same(table: list[list[str]], read: list[dict[int, str]]) -> bool:
    """Whether what was read is what was written, or says of a cell that it cannot be read: nothing else or less."""
    written = [{at: cell for at, cell in enumerate(row) if not is_blank(cell)} for row in table]
    filled = [row for row in written if row]
    return len(filled) == len(read) and all(
        row.keys() == got.keys() and all(got[at] in {cell, *TOLD} for at, cell in row.items())
        for row, got in zip(filled, read, strict=True)
    )


TOLD = {f"!{why.partition('.')[2]}" for why in Why}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=5))
def test_any_table_written_as_text_is_read_the_same_or_told(table: list[list[str]]) -> None:

    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert same(table, only(out.getvalue().encode(encoding)))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CHINESE, min_size=1, max_size=4), max_size=5), st.sampled_from(["gb18030", "big5"]))
def test_any_table_in_a_chinese_encoding_is_read_the_same_or_told(table: list[list[str]], encoding: str) -> None:

    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    try:
        raw = out.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return
    try:
        read = only(raw)
    except Refusal:
        return
    told = any(value == "!encoding" for row in read for value in row.values())  # one such fault, and nothing is written
    assert told or same(table, read)


VALUES = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).map(
        lambda text: text.lstrip("=")
    )
    | st.integers(-(10**17), 10**17)
    | st.none()
    | st.booleans()
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=5))
def test_any_table_written_as_a_workbook_is_read_the_same_or_told(table: list[list[object]]) -> None:
    book = openpyxl.Workbook()
    for row in table:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    words = [
        ["" if cell is None else str(cell).upper() if isinstance(cell, bool) else str(cell) for cell in row]
        for row in table
    ]
    assert same(words, only(out.getvalue()))


def test_the_package_may_be_stored_without_compression() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts_of({"S": sheet([["a"]])}).items():
            archive.writestr(name, text)
    assert only(out.getvalue()) == [{0: "a"}]
