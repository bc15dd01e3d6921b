"""One list of skills: what requests ask for is what people have, in whatever words they say it."""

import json
from pathlib import Path

import pytest

from services.members.matching.domain import Candidate, Need, rank
from services.members.people.domain.profile import Why, skilled
from services.requests.catalogue.domain import CATEGORIES
from shared.contracts.skills import WORDS, Skill, folded, known_skill
from shared.refusal import Refusal
from tests.unit.members.test_matching import MONDAY

PAGES = Path(__file__).resolve().parents[3] / "web" / "src" / "wording"


def test_whatever_a_category_asks_for_is_on_the_list() -> None:
    assert {row.skill for row in CATEGORIES.values() if row.skill is not None} <= set(Skill)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_words_of_the_pages_mean_their_skill(language: str) -> None:
    shown = json.loads((PAGES / f"{language}.json").read_text("utf-8"))["skill"]
    assert set(shown) == set(Skill)
    assert {word: known_skill(word) for word in shown.values()} == {word: Skill(one) for one, word in shown.items()}


@pytest.mark.parametrize("word", ["maths", "Maths", "MATHS", "ｍａｔｈｓ", "数学", " math ", "Mathematics", "数学辅导"])
def test_case_width_and_language_make_no_other_skill(word: str) -> None:
    assert known_skill(word) is Skill.MATHS
    assert folded(word) == "maths"


def test_no_word_means_two_skills() -> None:
    words = [folded(word) for skill, words in WORDS.items() for word in (skill, *words)]
    assert all(folded(word) == skill for skill, words in WORDS.items() for word in (skill, *words))
    assert set(words) == set(Skill)


def test_an_unknown_word_is_refused_with_the_list_but_an_old_own_word_may_stay() -> None:
    assert skilled(["数学", "Maths", "跑腿"], ()) == (Skill.MATHS, Skill.ERRAND)
    with pytest.raises(Refusal, match=Why.UNKNOWN_SKILL) as refused:
        skilled(["maths", "吉他"], ())
    assert refused.value.params["value"] == "吉他"
    assert "maths" in str(refused.value.params["known"])
    assert skilled(["ＧＵＩＴＡＲ", "maths"], ["Guitar"]) == ("Guitar", Skill.MATHS)


@pytest.mark.parametrize("kept", ["Maths", "数学", "maths", "ｍａｔｈｓ"])
def test_skills_that_were_written_freely_before_are_matched_all_the_same(kept: str) -> None:
    need = Need("r1", "l1", 1, "maths", "east.b1.f1.r101", "p0", None)
    (best,), _ = rank(need, [Candidate("p1", None, (kept,), (), reachable=True, departed=False, load=0)], MONDAY)
    assert best.reasons[0].weight > 0
