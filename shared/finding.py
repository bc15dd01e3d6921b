"""How things are found by what people type: texts that are folded, and keys that a look-up meets by equality.

Folded is what people do not think of when they look for something: case, accents, full and half width, the dots and
blanks between the parts of a name. Keys are made once, when a thing is written: every beginning of every part of it,
for Chinese names in pinyin too, in full, by initials and mixed. A look-up is then one equality on an index, which costs
the same among a hundred people as among a hundred thousand.
"""

import importlib.util
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from itertools import islice, product
from typing import Final, cast

FORM: Final = 2
"""The number of this way of making keys: what was written in an older one is written anew in the background."""
LONGEST: Final = 32
"""The longest key: of a longer query, so many letters decide."""
MOST: Final = 320
"""The most keys of one thing; those of parts within words are left out first."""

START: Final = "1"
"""Marks keys of the beginning of a name or a number."""
PART: Final = "2"
"""Marks keys of what follows: other parts, last digits, the room."""

_PLAIN_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)
_KEPT_MARKS: Final = frozenset({0, 8, 9})
"""Combining classes of marks that make another letter: vowels and viramas of Indic scripts, voiced kana."""
_TONES: Final = frozenset("\u0300\u0301\u0304\u030c\u0302")
_UMLAUT: Final = "u\u0308"
_READINGS: Final = 4
_READING_MIXES: Final = 16
_SHORT_NAME: Final = 4
_INNER_LEAST, _INNER_MOST, _WORDS_MOST, _SUFFIX_LEAST = 3, 14, 4, 2
_WORD_LONGEST, _DENSE_LONGEST, _PIECE_LONGEST = 16, 6, 8
"""The longest keys of a text's word, of a script without blanks, and of a part within a word."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the text as it is compared: words in small plain letters with one blank between them."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in apart if unicodedata.combining(each) in _KEPT_MARKS)
    whole = unicodedata.normalize("NFC", bare).casefold().translate(_PLAIN_LETTERS)
    return " ".join("".join(each if _is_letter(each) else " " for each in whole).split())


def compact(text: str) -> str:
    """Return the folded text without blanks, no longer than the longest key; empty when it has no letter or digit."""
    return fold(text).replace(" ", "")[:LONGEST]


@dataclass(slots=True)
class Keys:
    """Keys as they are gathered: of beginnings, of parts, and of pieces within words, in the order of their worth."""

    starts: dict[str, None] = field(default_factory=dict[str, None])
    parts: dict[str, None] = field(default_factory=dict[str, None])
    pieces: dict[str, None] = field(default_factory=dict[str, None])

    def name(self, text: str) -> "Keys":
        """Add the ways to ask for a person by name."""
        words = fold(text).split()
        _beginnings(self.starts, "".join(words))
        for at, word in enumerate(words):
            for inside in range(len(word)):
                dense = _is_dense(word[inside])
                if dense or (inside == 0 and at > 0):
                    _beginnings(self.parts, word[inside:] + "".join(words[at + 1 :]))
                elif inside > 0 and inside <= _INNER_MOST:
                    _beginnings(self.pieces, word[inside:][:_INNER_MOST], least=_INNER_LEAST)
            if 0 < at < _WORDS_MOST:
                _beginnings(self.parts, "".join(words[at:] + words[:at]))
        self._pinyin(words)
        return self

    def number(self, text: str) -> "Keys":
        """Add the ways to ask for an account name or a student number: its beginning, its last digits, its parts."""
        words = fold(text).split()
        whole = "".join(words)
        _beginnings(self.starts, whole)
        for at in range(1, len(words)):
            _beginnings(self.parts, "".join(words[at:]))
        for at in range(1, len(whole) - _SUFFIX_LEAST + 1):
            self.parts[whole[at:][:LONGEST]] = None
        return self

    def place(self, place_id: str | None) -> "Keys":
        """Add the ways to ask for those who live in a place: its last steps, its number alone, building and number."""
        steps = [compact(step) for step in (place_id or "").split(".") if step]
        for at in range(len(steps)):
            self.parts["".join(steps[at:])[:LONGEST]] = None
        digits = "".join(each for each in steps[-1] if each.isdigit()) if steps else ""
        building = steps[1] if len(steps) > len(("campus", "building", "floor")) else ""
        numbers = (digits, building + steps[-1] if building else "", building + digits)
        self.parts |= dict.fromkeys(each for each in numbers if each)
        return self

    def told(self) -> list[str]:
        """Return the keys as they are kept, each once, marked by what they are worth."""
        starts = [START + key for key in self.starts]
        parts = [PART + key for key in self.parts if key not in self.starts]
        pieces = [PART + key for key in self.pieces if key not in self.starts and key not in self.parts]
        return [*starts, *parts, *pieces][:MOST]

    def _pinyin(self, words: Sequence[str]) -> None:
        """Add the pinyin of the ideographs of a name, each reading, in full, by initials and mixed."""
        syllables = [readings for each in "".join(words) if (readings := readings_of(each))]
        for reading in _mixes(syllables):
            for at in range(len(reading)):
                into = self.parts if at else self.starts
                for written in _written(reading[at:]):
                    _beginnings(into, written)
            _beginnings(self.parts, "".join((*reading[1:], *reading[:1])))


@cache
def readings_of(ideograph: str) -> tuple[str, ...]:
    """Return how an ideograph is read in pinyin without tones, the usual reading first; empty for what is none.

    Every reading counts (单 is found by `shan`, `dan` and `chan`), and ü is found as `v`, `u` and `yu`.
    """
    found: dict[str, None] = {}
    for toned in _pinyin_table().get(ord(ideograph), "").split(",")[:_READINGS]:
        bare = "".join(each for each in unicodedata.normalize("NFD", toned) if each not in _TONES)
        for typed in ("v", "u", "yu") if _UMLAUT in bare else ("",):
            if syllable := bare.replace(_UMLAUT, typed):
                found[syllable] = None
    return tuple(found)


@cache
def _pinyin_table() -> dict[int, str]:
    """Return pypinyin's table of single ideographs, without its table of phrases, which takes fifty times the memory.

    The package reads both when it is imported, so the one file is loaded by its place.
    """
    package = cast("ModuleSpec", importlib.util.find_spec("pypinyin"))
    where = f"{(package.submodule_search_locations or [''])[0]}/pinyin_dict.py"
    spec = cast("ModuleSpec", importlib.util.spec_from_file_location("pinyin_of_single_ideographs", where))
    module = importlib.util.module_from_spec(spec)
    cast("Loader", spec.loader).exec_module(module)
    table: dict[int, str] = module.pinyin_dict
    return table


def _mixes(syllables: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Return the readings of a whole name, those with the most usual readings first."""
    if not syllables:
        return
    if len(syllables) > _SHORT_NAME:
        yield tuple(each[0] for each in syllables)
        return
    ranked = sorted(product(*(enumerate(each) for each in syllables)), key=lambda mix: sum(rank for rank, _ in mix))
    for mix in islice(ranked, _READING_MIXES):
        yield tuple(syllable for _, syllable in mix)


def _written(syllables: Sequence[str]) -> Iterator[str]:
    """Return the ways to type some syllables: in full, by initials, by the first in full and so on."""
    if len(syllables) > _SHORT_NAME:
        yield "".join(syllables)
        yield "".join(each[0] for each in syllables)
        yield syllables[0] + "".join(each[0] for each in syllables[1:])
        return
    for mix in product(*((each, each[0]) for each in syllables[:-1])):
        yield "".join(mix) + syllables[-1]
    yield "".join(each[: 1 + (each[1:2] == "h")] for each in syllables)


def _beginnings(into: dict[str, None], text: str, *, least: int = 1) -> None:
    into |= dict.fromkeys(text[:length] for length in range(least, min(len(text), LONGEST) + 1))


def pieces(text: str) -> Iterator[str]:
    """Yield the keys of a text: beginnings at every word and every dense character, then parts within words."""
    words = fold(text).split()
    for number, word in enumerate(words):
        for at in range(len(word)):
            if at == 0 or _is_dense(word[at]) or _is_dense(word[at - 1]):
                whole = word[at:] + "".join(words[number + 1 :])
                yield from (whole[:size] for size in range(1, min(len(whole), _longest(whole)) + 1))
    for word in words:
        for at in range(1, len(word) - _INNER_LEAST + 1):
            if not _is_dense(word[at]):
                most = min(_PIECE_LONGEST, len(word) - at)
                yield from (word[at : at + size] for size in range(_INNER_LEAST, most + 1))


def cuts(word: str) -> list[str]:
    """Return the keys of a text that together ask for a word: one, or several when it is longer than keys are."""
    most = _longest(word)
    rest = word[most:]
    return [word[:most], *(cuts(rest) if rest and _is_dense(rest[0]) else [])]


def _longest(text: str) -> int:
    return _DENSE_LONGEST if _is_dense(text[0]) else _WORD_LONGEST


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _is_dense(character: str) -> bool:
    """Tell whether a script writes words without blanks, so that a part may begin at every character."""
    return "\u3041" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" or character >= "\U00020000"
