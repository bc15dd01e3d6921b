"""Words of a person: one kind for every title, name, note, reason and query, whoever typed or pasted it.

What people cannot see must not decide what others read, find or compare. So every text is brought to one form before it
is kept. What has no look of its own and comes along with pasting (zero-width blanks, soft hyphens, byte order marks) is
dropped without a word; blanks of every kind become plain ones. What shows that the text is broken or that deceives
(control characters, marks that turn the line around, code points without a meaning) is refused, so that the person
learns of it. Joiners and variation selectors stay where a script or an emoji needs them. Lengths count after that.

Passwords are no words of this kind: they are kept as they were typed, without the blanks around them (`Secret`).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.refusal import Refusal


class Why(StrEnum):
    """Why a text is refused."""

    NOTHING_VISIBLE = "words.nothing_visible"
    TOO_SHORT = "words.too_short"
    TOO_LONG = "words.too_long"
    LINE_BREAK = "words.line_break"
    CONTROL = "words.control"
    DIRECTION = "words.direction"
    UNKNOWN_CHARACTER = "words.unknown_character"
    TOO_MANY_MARKS = "words.too_many_marks"


_MESSAGES: Final = {
    Why.NOTHING_VISIBLE: "there is nothing to see in it",
    Why.TOO_SHORT: "it is shorter than {least} characters",
    Why.TOO_LONG: "it is longer than {most} characters",
    Why.LINE_BREAK: "it takes one line only",
    Why.CONTROL: "it holds the control character {character}",
    Why.DIRECTION: "it holds {character}, which turns the direction of the line",
    Why.UNKNOWN_CHARACTER: "it holds {character}, which has no agreed meaning",
    Why.TOO_MANY_MARKS: "more than {most} marks are stacked on one character",
}

MOST_MARKS: Final = 8
"""The most marks stacked on one character; the languages of the world need fewer."""
CUT: Final = "…"
"""What stands where an outside text was cut."""
_LOST: Final = "\ufffd"

_PLAIN: Final = re.compile(
    r"[!-~\u3001-\u3003\u3008-\u3011\u4e00-\u9fff\u2018\u2019\u201c\u201d\u2014\u2026\uff01-\uff5e]+"
    r"(?: [!-~\u3001-\u3003\u3008-\u3011\u4e00-\u9fff\u2018\u2019\u201c\u201d\u2014\u2026\uff01-\uff5e]+)*"
)
"""What nearly every text is made of, and what needs no second look."""

_ENDS: Final = " \t\n\r\v\f\x85\u2028\u2029"
_BREAKS: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_BLANKS: Final = re.compile(r"[ \t]{2,}")
_AT_ENDS_OF_LINES: Final = re.compile(r"[ \t]+(?=\n|$)")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_FLAGS: Final = re.compile(
    "\U0001f3f4(?:\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073))\U000e007f"
)
"""The three flags that are spelled in tag characters; elsewhere tags only hide text."""

_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5\u034f\U0001d159\U00013441\U00013442\ufffc")
"""Letters and marks that are drawn as nothing, and the stand-in of a picture that was not pasted along."""
_BRAILLE_BLANK: Final = "\u2800"
_VISIBLE_FORMATS: Final = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Characters of the category of formats that are drawn all the same: Arabic number signs and their like."""
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_MONGOLIAN_FORMS: Final = frozenset("\u180b\u180c\u180d\u180e\u180f")
_PLANE_ENDS: Final = 0xFFFE
"""The last two code points of every plane are no characters."""
_VIRAMA: Final = 9
"""The combining class of the sign that takes the vowel from an Indic consonant."""


_NO_NUL: Final = r"^[^\x00]*$"
_BROKEN: Final = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
_BREAK: Final = r"\n\x0b\x0c\r\x85\u2028\u2029"
_LINES: Final = f"^[^{_BROKEN}]*$"
"""Every text that has lines is of this form."""
_LINE: Final = rf"^[ \t{_BREAK}]*[^{_BROKEN}{_BREAK}]*[ \t{_BREAK}]*$"
"""Every text of one line is of this form: breaks may only lie around it."""


@dataclass(frozen=True, slots=True)
class Words:
    """A kind of text: its length after cleaning, whether it has lines, and whether it may be empty."""

    most: int
    least: int = 1
    lines: bool = False
    empty: bool = False

    def read(self, text: str) -> str:
        """Return the text as it is kept; raises `Refusal`."""
        found = clean(text, lines=self.lines)
        if not _visible(found):
            if self.empty and not found:
                return ""
            raise Refusal(Why.NOTHING_VISIBLE)
        if len(found) < self.least:
            raise Refusal(Why.TOO_SHORT, least=self.least)
        if len(found) > self.most:
            raise Refusal(Why.TOO_LONG, most=self.most)
        return found

    def _validate(self, text: str) -> str:
        try:
            return self._read_as_sent(text)
        except Refusal as refusal:
            why = Why(refusal.code)
            raise PydanticCustomError(why.value, _MESSAGES[why], dict(refusal.params)) from refusal  # type: ignore[arg-type]

    def _read_as_sent(self, text: str) -> str:
        if len(text) > self.most:
            raise Refusal(Why.TOO_LONG, most=self.most)
        return self.read(text)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Read a string as words of this kind."""
        return core_schema.no_info_after_validator_function(self._validate, core_schema.str_schema())

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell the lengths (as it is sent, it is no longer either) and what a pattern can tell of the characters.

        What takes the tables of Unicode is told by the codes of the problem: nothing to see, no agreed meaning.
        """
        least = {} if self.empty else {"minLength": self.least}
        return {"type": "string", **least, "maxLength": self.most, "pattern": _LINES if self.lines else _LINE}


_AROUND: Final = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What is stripped from a password: blanks by Unicode's own count, which is pydantic's."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A kind of password, as it was typed: any characters but NUL. Lengths count without the blanks around it.

    Blanks around a password have never counted, since they come along with pasting.
    """

    most: int
    least: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Read a string as a password of this kind; as it is sent, it is no longer either."""
        sent = core_schema.str_schema(pattern=_NO_NUL, max_length=self.most)
        return core_schema.chain_schema([sent, core_schema.str_schema(strip_whitespace=True, min_length=self.least)])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Tell by a pattern that the least length is met between two characters that are not stripped."""
        visible = rf"[^\x00{_AROUND}]"
        inner = "" if self.least == 1 else rf"[^\x00]{{{self.least - 2},}}{visible}"
        pattern = rf"^[^\x00]*{visible}{inner}[^\x00]*$"
        return {"type": "string", "minLength": self.least, "maxLength": self.most, "pattern": pattern}


Title = Annotated[str, Words(80)]
"""A title or the name of a person, a unit or a place."""
Skill = Annotated[str, Words(40)]
"""A skill, in a word or two."""
Note = Annotated[str, Words(500, lines=True)]
"""A reason, a comment or a note that must say something."""
Remark = Annotated[str, Words(500, lines=True, empty=True)]
"""A reason, a comment or a note that may be left empty."""
Query = Annotated[str, Words(80, empty=True)]
"""What somebody looks for; nothing visible asks for everything."""
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", max_length=60)]
"""The id of something: letters, digits and a few signs. Never words."""


def clean(text: str, *, lines: bool = False) -> str:
    """Return the text in its one form; raises `Refusal` for what must not be kept. The form of a form is itself."""
    if _PLAIN.fullmatch(text):
        return text
    bare = text.strip(_ENDS)
    if lines:
        bare = _BREAKS.sub("\n", bare)
    elif _BREAKS.search(bare):
        raise Refusal(Why.LINE_BREAK)
    for character in bare:
        if why := _wrong(character):
            raise Refusal(why, character=f"U+{ord(character):04X}")
    found = _formed(bare, lines=lines)
    if _stacked(found) > MOST_MARKS:
        raise Refusal(Why.TOO_MANY_MARKS, most=MOST_MARKS)
    return found


def take_in(text: str, most: int, *, lines: bool = True) -> str:
    """Return what can be understood of a text from outside, cut with a mark; nothing is refused, the least is lost.

    For news of other systems: whoever sent them cannot be asked to type them again. May return an empty text.
    """
    bare = _BREAKS.sub("\n" if lines else " ", text.strip(_ENDS))
    kept: list[str] = []
    marks = 0
    for character in bare:
        why = _wrong(character)
        if why in {Why.CONTROL, Why.DIRECTION}:
            continue
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(_LOST if why else character)
    found = _formed("".join(kept), lines=lines)
    if not _visible(found):
        return ""
    return found if len(found) <= most else _formed(found[: most - 1], lines=lines) + CUT


def _wrong(character: str) -> Why | None:
    """Tell why a character must not be part of any text; None when it may."""
    if character in _TURNS:
        return Why.DIRECTION
    match unicodedata.category(character):
        case "Cc" if character not in "\t\n":
            return Why.CONTROL
        case "Cs" | "Co":
            return Why.UNKNOWN_CHARACTER
        case "Cn" if not _is_new(character):
            return Why.UNKNOWN_CHARACTER
        case _:
            return None


def _is_new(character: str) -> bool:
    """Tell whether a code point that our tables do not know may be a pictograph or an ideograph of a later Unicode.

    Phones learn of new emoji, and ledgers of rare names, before our tables do.
    """
    ideograph = "\U00020000" <= character <= "\U0003fffd" and ord(character) & 0xFFFE != _PLANE_ENDS
    return "\U0001f000" <= character <= "\U0001faff" or ideograph


def _formed(text: str, *, lines: bool) -> str:
    """Return the text without what nobody sees, its blanks plain, in NFC."""
    flags = {at for flag in _FLAGS.finditer(text) for at in range(*flag.span())} if "\U000e007f" in text else set[int]()
    first = "".join(
        part
        for at, character in enumerate(text)
        if (part := character if at in flags else _seen(character, lines=lines))
    )
    first = unicodedata.normalize("NFC", first)
    found: list[str] = []
    for at, character in enumerate(first):
        before = found[-1] if found else ""
        if not _depends(character) or _belongs(character, before, first[at + 1 : at + 2]):
            found.append(character)
    whole = unicodedata.normalize("NFC", "".join(found))
    if not lines:
        return _BLANKS.sub(" ", whole).strip(" ")
    return _EMPTY_LINES.sub("\n\n", _AT_ENDS_OF_LINES.sub("", whole)).strip(_ENDS)


def _seen(character: str, *, lines: bool) -> str:
    """Return what a character leaves: itself, a plain blank, or nothing."""
    if character in " \n" or (character == "\t" and lines):
        return character
    category = unicodedata.category(character)
    if category == "Zs" or character in {"\t", _BRAILLE_BLANK}:
        return " "
    if character in _BLANK_LETTERS:
        return ""
    if category == "Cf" and not _depends(character) and character not in _VISIBLE_FORMATS:
        return ""
    return character


def _depends(character: str) -> bool:
    """Tell whether it depends on the neighbours whether a character shows: joiners and variation selectors."""
    return (
        character in {_NON_JOINER, _JOINER}
        or character in _MONGOLIAN_FORMS
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _belongs(character: str, before: str, after: str) -> bool:
    """Tell whether a joiner or a variation selector changes how its neighbours look."""
    if not before:
        return False
    if character in _MONGOLIAN_FORMS:
        return _is_mongolian(before)
    if character in {_NON_JOINER, _JOINER}:
        return _joins(character, before, after)
    if character > "\ufe0f":
        return _is_ideograph(before)
    if character >= "\ufe0e":
        return _is_pictograph(before) or before in "0123456789#*"
    return _is_ideograph(before) or unicodedata.category(before) == "Sm"


def _joins(joiner: str, before: str, after: str) -> bool:
    """Tell whether a joiner stands in an Indic cluster, in an emoji of several, or in a cursive script."""
    if _VIRAMA in {unicodedata.combining(each) for each in (before, after) if each}:
        return True
    if not after:
        return False
    if joiner == _JOINER and _is_pictograph(after):
        return _is_pictograph(before) or before in {"\ufe0f", "\U000e007f"}
    return (_is_cursive(before) and _is_cursive(after)) or (_is_mongolian(before) and _is_mongolian(after))


def _is_cursive(character: str) -> bool:
    """Tell whether a letter joins its neighbours, as those of Arabic, Persian and Uyghur do (or a mark on one)."""
    return unicodedata.bidirectional(character) == "AL" or unicodedata.category(character) == "Mn"


def _is_mongolian(character: str) -> bool:
    return "\u1820" <= character <= "\u18aa" or character in _MONGOLIAN_FORMS


def _is_ideograph(character: str) -> bool:
    return (
        "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003fffd"
    )


def _is_pictograph(character: str) -> bool:
    return (
        "\U0001f000" <= character <= "\U0001faff"
        or "\u2190" <= character <= "\u2bff"
        or character in "\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299"
    )


def _stacked(text: str) -> int:
    """Return the most marks that follow one another."""
    most = marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} and not _depends(character) else 0
        most = max(most, marks)
    return most


def _visible(text: str) -> bool:
    """Tell whether there is something to see: a letter, a digit, a sign, or what only newer tables know."""
    return any(unicodedata.category(character)[0] in "LNPS" or _is_new(character) for character in text)
