"""The skills that requests ask for and people have: one list, so that what is asked is what is found."""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Skill(StrEnum):
    """What a helper may be asked for."""

    ERRAND = "errand"
    MOVING = "moving"
    COMPUTER = "computer"
    HANDY = "handy"
    CARE = "care"
    MATHS = "maths"
    ENGLISH = "english"
    PROGRAMMING = "programming"
    TUTORING = "tutoring"
    MEDIATION = "mediation"
    COUNSEL = "counsel"


WORDS: Final[Mapping[Skill, tuple[str, ...]]] = {
    Skill.ERRAND: ("跑腿", "跑腿代办", "errands"),
    Skill.MOVING: ("搬运", "搬运行李"),
    Skill.COMPUTER: ("电脑", "电脑维修", "computers"),
    Skill.HANDY: ("小修", "小修小补", "small fixes"),
    Skill.CARE: ("陪伴", "陪伴就医"),
    Skill.MATHS: ("数学", "数学辅导", "math", "mathematics"),
    Skill.ENGLISH: ("英语", "英语辅导"),
    Skill.PROGRAMMING: ("编程", "编程辅导"),
    Skill.TUTORING: ("辅导", "学业辅导", "学业帮扶"),
    Skill.MEDIATION: ("调解", "矛盾调解"),
    Skill.COUNSEL: ("谈心", "心理与谈心", "counselling"),
}
"""What people call each skill: first the word of the Chinese pages, then other words for the same."""


def _plain(word: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


_BY_WORD: Final = {_plain(word): skill for skill, words in WORDS.items() for word in (skill.value, *words)}


def known_skill(word: str) -> Skill | None:
    """Return the skill that the word means, in whatever case, width or language; None when it is none of the list."""
    return _BY_WORD.get(_plain(word))


@lru_cache(4096)
def folded(word: str) -> str:
    """Return the form in which skills are compared: the listed skill, or the word without its case and width.

    People who joined before there was a list may have words of their own; they match themselves.
    """
    return known_skill(word) or _plain(word)
