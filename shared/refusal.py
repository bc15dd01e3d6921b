"""A refusal: a rule says no. It is not a fault, and it knows no HTTP status and no wording."""


class Refusal(Exception):  # noqa: N818 - a refusal is not an error
    """A rule refused a command.

    `code` is stable and machine-readable (`<aggregate>.<reason>`); `params` fill the wording's placeholders.
    """

    def __init__(self, code: str, **params: str | float | bool | None) -> None:
        """Refuse with this code and these parameters for the wording."""
        super().__init__(code)
        self.code = str(code)
        self.params = params
