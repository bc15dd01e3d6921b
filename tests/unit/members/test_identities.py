"""Ids of people: they follow from the account name for whoever has the key, and for nobody else."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.members.people.domain.identity import guessable_id_of, is_guessable, person_id_of
from services.members.people.store import key_in

KEY, OTHER = b"k" * 32, b"o" * 32


def test_an_account_name_has_one_id_for_each_key() -> None:
    assert person_id_of(KEY, "anna") == person_id_of(KEY, "anna") != person_id_of(KEY, "bo")
    assert person_id_of(KEY, "anna") != person_id_of(OTHER, "anna")
    assert len(person_id_of(KEY, "anna")) == 26
    assert set(person_id_of(KEY, "anna")) <= set("0123456789abcdef")


def test_no_plain_hash_of_the_name_is_the_id() -> None:
    told = person_id_of(KEY, "anna")
    for text in ("anna", "person\x1fanna", "personanna", "person:anna"):
        for name in hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}:
            assert told not in hashlib.new(name, text.encode()).hexdigest()


def test_what_an_earlier_release_gave_is_known() -> None:
    assert guessable_id_of("anna") == hashlib.sha256(b"person\x1fanna").hexdigest()[:26]
    assert is_guessable(guessable_id_of("anna"), "anna")
    assert not is_guessable(person_id_of(KEY, "anna"), "anna")


def test_the_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "person.key"
    with ThreadPoolExecutor(8) as starts:
        made = set(starts.map(lambda _: key_in(path), range(32)))
    assert made == {key_in(path)}
    assert len(made.pop()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["person.key"]


@pytest.mark.parametrize("text", ["", "abcd", "no key at all, but long enough to look like one"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "person.key"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"key|hexadecimal"):
        key_in(path)
