"""People are found by what others type: a part of a name, any case, any dots, pinyin and its initials, a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.finding import LONGEST, MOST, PART, START, Keys, compact, fold, readings_of


def told(name: str, number: str = "", place: str | None = None) -> set[str]:
    return set(Keys().name(name).number(number).place(place).told())


def finds(query: str, name: str, number: str = "", place: str | None = None) -> str | None:
    """By what the query finds the person: a beginning, a part, or not at all."""
    keys = told(name, number, place)
    return next((mark for mark in (START, PART) if mark + compact(query) in keys), None)


@pytest.mark.parametrize("dot", ["·", "•", "‧", "・", "･", "．", ".", "⋅", "∙", "●", " ", "\u3000", "-", "", "  ·  "])
def test_a_name_is_found_with_any_dot_and_with_none(dot: str) -> None:
    assert finds(f"买买提{dot}艾力", "买买提·艾力") == START
    assert finds("买买提·艾力", f"买买提{dot}艾力") == START
    assert finds(f"Anna{dot}Berg", "Anna Berg") == START


@pytest.mark.parametrize(
    ("typed", "name", "by"),
    [
        ("anna", "Anna Berg", START),
        ("ANNA B", "Anna Berg", START),
        ("berg", "Anna Berg", PART),
        ("Berg, Anna", "Anna Berg", PART),
        ("ann", "Joanna", PART),
        ("ＡＮＮＡ", "Anna Berg", START),
        ("muller", "Müller", START),
        ("Müller", "Muller", START),
        ("strasse", "Straße", START),
        ("lodz", "Łódź", START),
        ("istanbul", "İstanbul", START),
        ("obrien", "O’Brien", START),
        ("brien", "O'Brien", PART),
        ("smith-jones", "Smith Jones", START),
        ("艾力", "买买提·艾力", PART),
        ("买提", "买买提·艾力", PART),
        ("晓伟", "张晓伟", PART),
        ("伟", "张晓伟", PART),
        ("한글", "한글이", START),
        ("글이", "한글이", PART),
        ("иван", "Иван Петров", START),
        ("петров", "Иван Петров", PART),
        ("علي", "محمد علي", PART),
    ],
)
def test_a_part_of_a_name_in_any_case_and_width_and_with_or_without_accents(typed: str, name: str, by: str) -> None:
    assert finds(typed, name) == by


@pytest.mark.parametrize(
    ("typed", "name", "by"),
    [
        ("zhangwei", "张伟", START),
        ("zhang wei", "张伟", START),
        ("Zhang Wei", "张伟", START),
        ("zhāng wěi", "张伟", START),
        ("zhang'wei", "张伟", START),
        ("zhangw", "张伟", START),
        ("zw", "张伟", START),
        ("zhw", "张伟", START),
        ("z", "张伟", START),
        ("zwei", "张伟", START),
        ("wei", "张伟", PART),
        ("wei zhang", "张伟", PART),
        ("zxw", "张晓伟", START),
        ("zhangxw", "张晓伟", START),
        ("zxiaow", "张晓伟", START),
        ("xiaowei", "张晓伟", PART),
        ("xw", "张晓伟", PART),
        ("shan", "单雄信", START),
        ("dan", "单雄信", START),
        ("xie", "解珍", START),
        ("zeng", "曾国藩", START),
        ("qiu", "仇英", START),
        ("ou", "区大相", START),
        ("zha", "查良镛", START),
        ("ge", "盖聂", START),
        ("yue", "乐毅", START),
        ("lvbu", "吕布", START),
        ("lubu", "吕布", START),
        ("lyubu", "吕布", START),
        ("lü bu", "吕布", START),
        ("nv", "小女", PART),
        ("ouyangnana", "欧阳娜娜", START),
        ("oynn", "欧阳娜娜", START),
        ("maimaiti", "买买提·艾力", START),
        ("aili", "买买提·艾力", PART),
        ("mmtal", "买买提·艾力", START),
        ("li", "李", START),
    ],
)
def test_a_chinese_name_is_found_by_its_pinyin_and_initials(typed: str, name: str, by: str) -> None:
    assert finds(typed, name) == by


@pytest.mark.parametrize("typed", ["hang", "angwei", "eiw", "zwz", "张三", "zhangwu"])
def test_what_no_one_would_type_finds_nobody(typed: str) -> None:
    assert finds(typed, "张伟") is None


@pytest.mark.parametrize(
    ("typed", "by"),
    [("2023010123", START), ("2023", START), ("0123", PART), ("23", PART), ("20230101 23", START), ("4567", None)],
)
def test_a_number_is_found_by_its_beginning_and_its_last_digits(typed: str, by: str | None) -> None:
    assert finds(typed, "张伟", "2023010123") == by


def test_an_account_name_of_several_parts_is_found_by_each() -> None:
    assert finds("zz-ab12-stu", "x", "zz-ab12-stu") == START
    assert finds("zzab12", "x", "zz-ab12-stu") == START
    assert finds("stu", "x", "zz-ab12-stu") == PART


@pytest.mark.parametrize("typed", ["north.n3.f4.401", "n3-401", "401", "n3.f4.401", "north n3 f4 401"])
def test_those_who_live_in_a_room_are_found_by_it(typed: str) -> None:
    assert finds(typed, "张伟", "7", "north.n3.f4.401") == PART


def test_a_room_with_letters_is_found_by_its_number_too() -> None:
    assert finds("r401", "张伟", "7", "north.n3.f4.r401") == PART
    assert finds("401", "张伟", "7", "north.n3.f4.r401") == PART
    assert finds("n3401", "张伟", "7", "north.n3.f4.r401") == PART
    assert finds("lounge", "张伟", "7", "north.n3.f4.lounge") == PART
    assert finds("n3", "张伟", "7", "north.n3") == PART


@pytest.mark.parametrize("text", ["", "·", "((((", "$where", "[a-", "🦉", ".*"])
def test_signs_are_no_letters(text: str) -> None:
    assert compact(text) == "".join(each for each in text if each.isalnum())


def test_an_indic_and_a_japanese_word_keep_the_marks_that_make_their_letters() -> None:
    assert fold("कि") == "कि"
    assert fold("ガ") != fold("カ")
    assert fold("ｶﾞ") == fold("ガ")


def test_who_is_no_ideograph_has_no_pinyin() -> None:
    assert readings_of("a") == ()
    assert readings_of("吕") == ("lv", "lu", "lyu")


@given(st.text(max_size=80), st.text("abcxyz0123456789._-", max_size=64))
def test_keys_are_few_short_and_each_once(name: str, number: str) -> None:
    keys = Keys().name(name).number(number).place("a.b.c.d").told()
    assert len(keys) <= MOST
    assert len({key[1:] for key in keys}) == len(keys)
    assert all(1 < len(key) <= LONGEST + 1 for key in keys)


@given(st.text(max_size=40))
def test_every_name_is_found_by_itself(name: str) -> None:
    assert compact(name) == "" or finds(name, name) == START
    assert fold(fold(name)) == fold(name)
