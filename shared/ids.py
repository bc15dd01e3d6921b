"""Identifiers: derived ones make repetition harmless, fresh ones are random. The only place that draws randomness."""

import contextlib
import hashlib
import uuid
from collections.abc import Callable, Generator
from typing import Final

_BYTES: Final = 16
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SHIFTS: Final = tuple(range(120, -1, -10))


def derive_id(*parts: str) -> str:
    """Return the 26-character id (128 bits of SHA-256, base32) that always belongs to these parts.

    Two callers with the same parts meet at the same id, so a repeated command or event finds what the first one wrote.
    """
    return _written(hashlib.sha256("\x1f".join(parts).encode()).digest()[:_BYTES])


def new_id() -> str:
    """Return a fresh random 26-character id (122 random bits), of the same form as `derive_id`."""
    return _written(_draw())


@contextlib.contextmanager
def drawn_from(draw: Callable[[], bytes]) -> Generator[None]:
    """Let `new_id` take its 16 bytes from `draw` within the block, so that a simulation can be repeated."""
    global _draw  # noqa: PLW0603 - randomness is one for the process
    before, _draw = _draw, draw
    try:
        yield
    finally:
        _draw = before


def _random_bytes() -> bytes:
    return uuid.uuid4().bytes


_draw: Callable[[], bytes] = _random_bytes


def _written(raw: bytes) -> str:
    """Return 16 bytes in base32, lower case, without padding: 13 pairs of characters, 10 bits each."""
    bits = int.from_bytes(raw, "big") << 2
    return "".join([_PAIRS[bits >> shift & 0x3FF] for shift in _SHIFTS])
