"""How a request's number follows from its id and the day when it was filed, so that old requests have one too."""

from datetime import UTC, datetime
from typing import Final

from shared.ids import derive_id

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, so that nothing looks like 1, 0 or V."""
_BITS: Final = 5
_LETTERS: Final = 6
_LOOK_ALIKES: Final = str.maketrans({"i": "1", "l": "1", "o": "0"})


def number_of(request_id: str, filed_at: datetime) -> str:
    """Return the number: the day of the filing (UTC) and six characters that follow from the id, like `1128-K7M4Q2`.

    Six characters are 30 bits: among 1,000 requests of one day two meet with a probability of 1 in 2,150, among 100
    with 1 in 217,000. Two that meet are both found by it, and nothing else hangs on the number.
    """
    bits = int(derive_id("number", request_id), 16)
    letters = "".join(_ALPHABET[bits >> (_BITS * at) & (len(_ALPHABET) - 1)] for at in range(_LETTERS))
    return f"{filed_at.astimezone(UTC):%m%d}-{letters}"


def as_written(word: str) -> str:
    """Return a folded word with the characters that look alike as a number has them: `k7mo` may mean `k7m0`."""
    return word.translate(_LOOK_ALIKES)
