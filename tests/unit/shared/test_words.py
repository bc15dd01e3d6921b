"""Text that nobody sees: every kind of character that hides, turns or breaks a text is refused or dropped."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.refusal import Refusal
from shared.words import CUT, MOST_MARKS, Note, Query, Remark, Secret, Title, Why, Words, clean, take_in

TITLE = Words(20)
NOTE = Words(40, lines=True)

REFUSED: Final[Mapping[str, Why]] = {
    "a\x00b": Why.CONTROL,
    "a\x1bb": Why.CONTROL,
    "a\x7fb": Why.CONTROL,
    "a\x9fb": Why.CONTROL,
    "a\x08b": Why.CONTROL,
    "\u202eabc": Why.DIRECTION,
    "abc\u202c": Why.DIRECTION,
    "a\u2066b\u2069": Why.DIRECTION,
    "a\u202ab": Why.DIRECTION,
    "a\ue000b": Why.UNKNOWN_CHARACTER,
    "a\U000f0000b": Why.UNKNOWN_CHARACTER,
    "a\ufdd0b": Why.UNKNOWN_CHARACTER,
    "a\uffffb": Why.UNKNOWN_CHARACTER,
    "a\U0002fffeb": Why.UNKNOWN_CHARACTER,
    "a\u0378b": Why.UNKNOWN_CHARACTER,
    "a\ud800b": Why.UNKNOWN_CHARACTER,
    "a" + "\u0301\u0300" * 9: Why.TOO_MANY_MARKS,
    "": Why.NOTHING_VISIBLE,
    "   ": Why.NOTHING_VISIBLE,
    "\u200b\u200b": Why.NOTHING_VISIBLE,
    "\u3000\xa0\u2003": Why.NOTHING_VISIBLE,
    "\u3164": Why.NOTHING_VISIBLE,
    "\u115f\u1160\uffa0": Why.NOTHING_VISIBLE,
    "\u2800\u2800": Why.NOTHING_VISIBLE,
    "\u00ad": Why.NOTHING_VISIBLE,
    "\ufeff": Why.NOTHING_VISIBLE,
    "\u200d": Why.NOTHING_VISIBLE,
    "\u200e\u200f\u061c": Why.NOTHING_VISIBLE,
    "\ufe0f": Why.NOTHING_VISIBLE,
    "\u0301": Why.NOTHING_VISIBLE,
    "\U000e0041\U000e0042": Why.NOTHING_VISIBLE,
    "\ufffc": Why.NOTHING_VISIBLE,
}

CLEANED: Final[Mapping[str, str]] = {
    "  door  ": "door",
    "\u200bdoor\u200b": "door",
    "do\u00ador": "door",
    "\ufeffdoor": "door",
    "do\u2060or": "door",
    "do\u2063or": "door",
    "张\u3000三": "张 三",
    "a\xa0b\u2009c": "a b c",
    "a\tb": "a b",
    "a \t  b": "a b",
    "e\u0301": "\xe9",
    "\u1112\u1161\u11ab": "\ud55c",
    "a\u200db": "ab",
    "中\u200d文": "中文",
    "a\ufe0fb": "ab",
    "a\u200eb\u200f": "ab",
    "door\u2028": "door",
    "door\n": "door",
    "\U0001f3f4\U000e0041\U000e007f": "\U0001f3f4",
    "a\u3164b": "ab",
    "a\u2800b": "a b",
    "a\ufff9b\ufffa\ufffb": "ab",
    "\U0001f600\ufe0f\ufe0f": "\U0001f600\ufe0f",
    "\U0001f469\u200d\u200d\U0001f467": "\U0001f469\u200d\U0001f467",
    "a\U000e0101": "a",
    "葛\ufe0f": "葛",
    "\u180bа": "а",
}

KEPT: Final = (
    "宿舍401水龙头坏了",
    "Müller & O’Čapek",
    "买买提·艾力",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f469\U0001f3fd\u200d\u2695\ufe0f",
    "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "\u2764\ufe0f",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "می\u200cخواهم",
    "ئۇيغۇر",
    "क्\u200dष",
    "र्\u200c",
    "র\u200d্য",
    "\u182d\u180b",
    "\u1828\u200d\u1820",
    "葛\U000e0100",
    "\U00031350",
    "\U0001fae8",
    "\u0604 2026",
    "\u2229\ufe00",
    "한글",
    "བོད་ཡིག",
    "...",
    "100 %",
    "ＡＢＣ",
)


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=ascii)
def test_what_hides_turns_or_breaks_a_text_is_refused(text: str, why: Why) -> None:
    for kind in (TITLE, NOTE):
        with pytest.raises(Refusal) as refused:
            kind.read(text)
        assert refused.value.code == why


@pytest.mark.parametrize(("text", "kept"), CLEANED.items(), ids=ascii)
def test_what_comes_along_unseen_is_dropped(text: str, kept: str) -> None:
    assert TITLE.read(text) == kept


@pytest.mark.parametrize("text", KEPT)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert TITLE.read(text) == text
    assert NOTE.read(text) == text
    assert take_in(text, 40) == text


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_break_is_refused_in_one_line_and_plain_in_many(breaks: str) -> None:
    with pytest.raises(Refusal, match=r"words\.line_break"):
        TITLE.read(f"a{breaks}b")
    assert NOTE.read(f"a  {breaks}\tb") == "a\n\tb"


def test_many_empty_lines_become_one() -> None:
    assert NOTE.read("\n\na\n\n\n\n\nb\n\n") == "a\n\nb"


def test_a_length_counts_what_is_kept() -> None:
    assert TITLE.read("\u200b" * 50 + "a" * 20) == "a" * 20
    assert TITLE.read("e\u0301" * 20) == "\xe9" * 20
    with pytest.raises(Refusal) as refused:
        TITLE.read("a" * 21)
    assert (refused.value.code, refused.value.params) == (Why.TOO_LONG, {"most": 20})
    with pytest.raises(Refusal) as refused:
        Words(20, least=3).read("a\u200b\u200bb")
    assert (refused.value.code, refused.value.params) == (Why.TOO_SHORT, {"least": 3})


def test_a_refusal_names_the_character() -> None:
    with pytest.raises(Refusal) as refused:
        clean("a\u202eb")
    assert refused.value.params == {"character": "U+202E"}


@pytest.mark.parametrize("nothing", ["", " ", "\u200b", "\n"])
def test_what_may_be_empty_is_empty_when_nothing_is_seen(nothing: str) -> None:
    assert TypeAdapter(Query).validate_python(nothing) == ""
    assert TypeAdapter(Remark).validate_python(nothing) == ""


def test_a_mark_alone_is_nothing_even_where_nothing_may_stand() -> None:
    with pytest.raises(Refusal, match=r"words\.nothing_visible"):
        Words(5, empty=True).read("\u0301")


def test_a_field_tells_the_code_and_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(dict[str, list[Title]]).validate_python({"titles": ["fine", "a\x00b"]})
    (fault,) = refused.value.errors()
    assert (fault["type"], fault["loc"]) == ("words.control", ("titles", 1))
    assert fault["msg"] == "it holds the control character U+0000"


def test_a_schema_tells_the_lengths_and_a_pattern() -> None:
    title, remark = TypeAdapter(Title).json_schema(), TypeAdapter(Remark).json_schema()
    assert {**title, "pattern": ""} == {"type": "string", "minLength": 1, "maxLength": 80, "pattern": ""}
    assert {**remark, "pattern": ""} == {"type": "string", "maxLength": 500, "pattern": ""}


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@example("\n a\tb \u2028")
@example("a\nb")
@example("a\x1cb")
@example("\x85a\u2029")
def test_whatever_is_taken_matches_the_pattern_of_the_schema(text: str) -> None:
    for kind in (Title, Remark, Note, Query):
        try:
            TypeAdapter(kind).validate_python(text)
        except ValidationError as refused:
            known = {"words.nothing_visible", "words.unknown_character", "words.too_many_marks", "words.too_short"}
            if {fault["type"] for fault in refused.errors()} <= known:
                continue
            assert not re.search(TypeAdapter(kind).json_schema()["pattern"], text)
        else:
            assert re.search(TypeAdapter(kind).json_schema()["pattern"], text)


def test_a_text_is_no_longer_than_the_schema_says_as_it_is_sent() -> None:
    assert TypeAdapter(Title).validate_python("x" * 79 + " ") == "x" * 79
    with pytest.raises(ValidationError, match="longer than 80"):
        TypeAdapter(Title).validate_python("x" * 80 + " ")


def test_a_password_stays_as_it_was_typed_without_the_blanks_around_it() -> None:
    odd = "e\u0301 \u200b\u202e\t"
    password = TypeAdapter(Annotated[str, Secret(20)])
    assert password.validate_python(f" {odd}") == odd.strip()
    for refused in ("a\x00b", "x" * 20 + " ", " \x85\u3000", ""):
        with pytest.raises(ValidationError):
            password.validate_python(refused)


@given(
    st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(" \t\x00\x1c\x85\u3000")), max_size=12),
    st.integers(1, 6),
)
@example("\x0b\x1c\u2029", 1)
@example(" a\x85\u3000b ", 4)
def test_a_password_is_taken_exactly_when_it_matches_the_schema(text: str, least: int) -> None:
    password = TypeAdapter(Annotated[str, Secret(9, least)])
    schema = password.json_schema()
    told = bool(re.search(schema["pattern"], text)) and schema["minLength"] <= len(text) <= schema["maxLength"]
    try:
        password.validate_python(text)
    except ValidationError:
        assert not told
    else:
        assert told


def test_news_from_outside_is_taken_as_far_as_it_can_be_understood() -> None:
    assert take_in("a\x00\u202eb\u200bc\ue000", 20) == "abc\ufffd"
    assert take_in("a\r\nb", 20) == "a\nb"
    assert take_in("a\r\nb", 20, lines=False) == "a b"
    assert take_in("\u200b\u200b", 20) == ""
    assert take_in("\ud800", 20) == "\ufffd"
    assert take_in("x" * 21, 20) == "x" * 19 + CUT
    assert take_in("a" + "\u0301\u0300" * 90, 90) == clean("a" + "\u0301\u0300" * (MOST_MARKS // 2))


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("".join([*REFUSED, *CLEANED, *KEPT]))), max_size=30)


@given(TEXTS, st.booleans())
@example("\u0915\u094d\u200d\u200d\u0937", False)
def test_the_form_of_a_form_is_itself(text: str, lines: bool) -> None:
    try:
        found = clean(text, lines=lines)
    except Refusal:
        return
    assert clean(found, lines=lines) == found
    assert not set(found) & set("\u200b\u202e\u00ad\ufeff\x00\u3164\u2800\xa0")


@given(TEXTS, st.booleans())
def test_what_is_taken_in_is_what_a_person_might_have_typed(text: str, lines: bool) -> None:
    found = take_in(text, 12, lines=lines)
    assert len(found) <= 12
    assert clean(found, lines=lines) == found


def test_a_note_and_a_title_are_of_the_lengths_that_the_pages_offer() -> None:
    assert len(TypeAdapter(Note).validate_python("字" * 500)) == 500
    with pytest.raises(ValidationError, match="longer than 80"):
        TypeAdapter(Title).validate_python("字" * 81)
