"""Identifiers: derived ones make repetition harmless, fresh ones are random. The only place that draws randomness."""

import contextlib
import hashlib
import hmac
import uuid
from collections.abc import Callable, Generator
from typing import Final

_DIGITS: Final = 26
_BYTES: Final = _DIGITS // 2


def derive_id(*parts: str) -> str:
    """Return the id (the first 26 hexadecimal digits of SHA-256, 104 bits) that always belongs to these parts.

    Two callers with the same parts meet at the same id, so a repeated command or event finds what the first one wrote.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:_DIGITS]


def keyed_id(key: bytes, *parts: str) -> str:
    """Return the id of the same form that always belongs to these parts, for whoever has the key (HMAC-SHA-256).

    For parts that can be guessed, such as an account name: without the key nobody finds the parts by trying them.
    """
    return hmac.digest(key, "\x1f".join(parts).encode(), "sha256").hex()[:_DIGITS]


def new_id() -> str:
    """Return a fresh id of the same form as `derive_id`, with 98 random bits."""
    return _draw(_BYTES).hex()


@contextlib.contextmanager
def drawn_from(draw: Callable[[int], bytes]) -> Generator[None]:
    """Let `new_id` take its bytes from `draw` within the block, so that a simulation can be repeated."""
    global _draw  # noqa: PLW0603 - randomness is one for the process
    before, _draw = _draw, draw
    try:
        yield
    finally:
        _draw = before


def _random(count: int) -> bytes:
    return uuid.uuid4().bytes[:count]


_draw: Callable[[int], bytes] = _random
