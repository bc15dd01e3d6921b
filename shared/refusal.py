"""A refusal: a rule says no. It is not a fault, and it knows no HTTP status and no wording."""

from typing import Final, TypeVar

T = TypeVar("T")

NOT_FOUND: Final = "http.not_found"
"""There is no such thing, or none that the caller may know of."""
NOT_YOURS: Final = "auth.not_yours"
"""It is there, and the caller may know of it, but it is not theirs to do this with."""


class Refusal(Exception):  # noqa: N818 - a refusal is not an error
    """A rule refused a command.

    `code` is stable and machine-readable (`<aggregate>.<reason>`); `params` fill the wording's placeholders. `field`
    names the field of the form that does not fit, when it is one field.
    """

    field: str | None = None

    def __init__(self, code: str, **params: str | float | bool | None) -> None:
        """Refuse with this code and these parameters for the wording."""
        super().__init__(code)
        self.code = str(code)
        self.params = params

    @classmethod
    def of_field(cls, field: str, code: str, **params: str | float | bool | None) -> "Refusal":
        """Return a refusal that is about one field of what was asked."""
        refusal = cls(code, **params)
        refusal.field = field
        return refusal


def found(thing: T | None) -> T:
    """Return the thing; refuses with `NOT_FOUND` when it is None, as a look-up answers for what is not there."""
    if thing is None:
        raise Refusal(NOT_FOUND)
    return thing
