"""What Schemathesis checks besides its own: a refusal of what the document calls valid must be a rule's, with its code.

Its own check of valid input takes no 422 and no 412, as if a schema could tell which rooms there are. Here those are
taken when a rule refuses, and are findings when the form is refused: then the document says less than the service asks.
"""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

FORM = {
    "http.body_invalid",
    "http.body_garbled",
    "http.content_type",
    "http.cursor_malformed",
    "http.idempotency_key_malformed",
    "http.idempotency_key_missing",
    "http.if_match_malformed",
    "http.parameter_invalid",
}
"""Refusals of the form of what was sent."""

UNICODE = {
    "words.nothing_visible",
    "words.too_many_marks",
    "words.too_short",
    "words.unknown_character",
}
"""What is told of texts by code and not by a pattern, because it takes the tables of Unicode."""


@schemathesis.check
def the_document_tells_what_is_asked(ctx: CheckContext, response: Response, case: Case) -> bool | None:
    """Raise when input that is valid by the document is refused for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code < 400:
        return None
    problem: dict[str, Any] = response.json()
    code = problem.get("code")
    errors = {error["code"] for error in problem.get("errors", ())}
    if code in FORM and not (errors and errors <= UNICODE):
        msg = f"valid by the document, refused by the service: {code} {problem.get('errors')}"
        raise AssertionError(msg)
    return None
