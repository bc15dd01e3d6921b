"""A form is recognised by who filled it in under which key, and by what it said."""

import pytest

from services.members.forms.domain import Why, form_of, recognise
from shared.refusal import Refusal

TAKEN = Refusal("person.username_taken")
FORM = form_of("person", "admin", "k1", "anna", "{}")


def refused(known: object) -> str:
    with pytest.raises(Refusal) as caught:
        recognise(known, FORM, TAKEN)  # pyright: ignore[reportArgumentType]
    return caught.value.code


def test_the_same_form_is_the_same_whoever_looks() -> None:
    assert form_of("person", "admin", "k1", "anna", "{}") == FORM
    recognise(form_of("person", "admin", "k1", "anna", "{}"), FORM, TAKEN)


def test_a_key_that_said_something_else_is_refused_as_reused() -> None:
    assert refused(form_of("person", "admin", "k1", "bo", "{}")) == Why.KEY_REUSED


def test_another_key_another_actor_or_no_form_at_all_is_somebody_elses() -> None:
    for known in (
        form_of("person", "admin", "k2", "anna", "{}"),
        form_of("person", "other", "k1", "anna", "{}"),
        form_of("place", "admin", "k1", "anna", "{}"),
        None,
    ):
        assert refused(known) == TAKEN.code
