"""Which encoding a text file is in: told by its mark, by being valid UTF-8, or by being plausible as a whole."""

import re
from collections import Counter
from typing import Final

from services.members.imports.domain.cells import Why
from shared.refusal import Refusal

_FIRST_THREE_BYTES: Final = "\u0800"
_SIGNS: Final = re.compile(
    r"[\u00a7\u00b0\u00b1\u00b7\u00d7\u00f7\u2010-\u2027\u2030-\u203b\u2103\u2116\u2160-\u217f\u2190-\u2193\u221a"
    r"\u2460-\u24ff\u25a0-\u25ef\u2605\u2606\u3000-\u3020\u3200-\u32ff\uff01-\uff5e\uffe0-\uffe5"
    r"\u0101\u00e1\u01ce\u00e0\u0113\u00e9\u011b\u00e8\u012b\u00ed\u01d0\u00ec\u014d\u00f3\u01d2\u00f2\u016b\u00fa"
    r"\u01d4\u00f9\u01d6\u01d8\u01da\u01dc\u00fc\u00ea]"
)
"""What stands in Chinese lists beside letters and ideographs: punctuation, full-width forms, numbers, pinyin."""
_ACCENTED: Final = re.compile("[A-Za-z][\u00c0-\u024f]|[\u00c0-\u024f][A-Za-z]")
"""A letter with an accent, within a Latin word."""
_BROKEN: Final = re.compile("[\ud800-\udfff\ufffd]")
_COMMON: Final = 0xC9
"""From here on GB 2312 holds common ideographs where Big5 and the Korean encoding hold rare ones or none."""
_COMMON_END: Final = 0xD7
_MOST_RARE: Final = 4
"""At most one in so many ideographs of a plausible file is outside GB 2312."""
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", ""),
    (b"\x00\x00\xfe\xff", ""),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def text_of(raw: bytes) -> str:
    """Return the text; bytes that are none in its encoding stay as lone surrogates, for their cells to tell.

    Refuses what is no text, or is text in an encoding whose bytes do not tell cells apart.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _marked(raw[len(mark) :], encoding)
    if b"\x00" in raw:
        raise Refusal(Why.OTHER_ENCODING, line=raw[: raw.index(b"\x00")].count(b"\n") + 1, value="00")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _gb18030(raw) or raw.decode("utf-8", "surrogateescape")
    return raw.decode("ascii", "surrogateescape") if _is_doubtful(raw, text) else text


def _marked(raw: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        return raw.decode(encoding, "surrogateescape")
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Refusal(Why.OTHER_ENCODING, line=1, value=encoding or "utf-32") from None


def _gb18030(raw: bytes) -> str | None:
    """Return the text in GB 18030 when nothing in the whole file speaks against that, and something speaks for it."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    if any(_is_utf8(line) for line in raw.split(b"\n") if not line.isascii()):
        return None
    characters = Counter(text)
    ideographs = {one: count for one, count in characters.items() if is_ideograph(one)}
    if any(not (one.isascii() or one in ideographs or _SIGNS.fullmatch(one)) for one in characters):
        return None
    rare = {one: count for one, count in ideographs.items() if not _lead(one)}
    if sum(rare.values()) * _MOST_RARE > sum(ideographs.values()) or _in_latin_words(text, rare):
        return None
    return text if any(_COMMON <= _lead(one) <= _COMMON_END for one in ideographs) else None


def _is_doubtful(raw: bytes, text: str) -> bool:
    """Tell whether valid UTF-8 may as well be GB 18030: a few ideographs alone look like signs or foreign letters."""
    if text.isascii() or max(text) >= _FIRST_THREE_BYTES or _ACCENTED.search(text):
        return False
    return all(one.isascii() or _lead(one) for one in set(raw.decode("gb18030", "replace")))


def _is_utf8(line: bytes) -> bool:
    try:
        return any(one >= _FIRST_THREE_BYTES for one in line.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def is_ideograph(character: str) -> bool:
    """Tell whether a character is an ideograph."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003fffd" or character == "\u3007"


def _lead(ideograph: str) -> int:
    """Return the first byte in GB 2312, or 0 for an ideograph that is not in it."""
    try:
        return ideograph.encode("gb2312")[0]
    except UnicodeEncodeError:
        return 0


def _in_latin_words(text: str, rare: dict[str, int]) -> bool:
    """Tell whether a rare ideograph touches a Latin letter: an accented letter of a western encoding looks so."""
    if not rare:
        return False
    one = f"[{''.join(map(re.escape, rare))}]"
    return re.search(f"[A-Za-z]{one}|{one}[A-Za-z]", text) is not None


def is_broken(text: str) -> bool:
    """Tell whether the text holds bytes that are none in its encoding, or what stands for such."""
    return _BROKEN.search(text) is not None


def is_garbled(text: str) -> bool:
    """Tell whether the text was once read in a wrong encoding and kept like that."""
    if text.isascii():
        return False
    return "\u951f\u65a4\u62f7" in text or any(_was_utf8(text, encoding) for encoding in ("cp1252", "gb18030"))


def _was_utf8(text: str, encoding: str) -> bool:
    try:
        meant = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return False
    found = [one for one in meant if not one.isascii()]
    return any(map(is_ideograph, found)) and all(is_ideograph(one) or _SIGNS.fullmatch(one) for one in found)
