"""What can stop a local start, in words for the person at the keyboard."""


class LocalError(Exception):
    """A start that cannot go on; the text says what to do about it."""
