"""Identifiers: derived ones make repetition harmless, fresh ones are random. The only place that draws randomness."""

import base64
import hashlib
import uuid

_LENGTH = 26


def derive_id(*parts: str) -> str:
    """Return the 26-character id (128 bits of SHA-256, base32) that always belongs to these parts.

    Two callers with the same parts meet at the same id, so a repeated command or event finds what the first one wrote.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]
    return base64.b32encode(digest).decode()[:_LENGTH].lower()


def new_id() -> str:
    """Return a fresh random 26-character id (122 random bits), of the same form as `derive_id`."""
    return base64.b32encode(uuid.uuid4().bytes).decode()[:_LENGTH].lower()
