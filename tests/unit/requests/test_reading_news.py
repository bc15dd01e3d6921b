"""Kind: news from outside is read as far as it can be understood."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.requests.logistics.domain.exchange import RemoteStatus
from services.requests.logistics.domain.reading import ParsedNews, read_json, read_row, rows_of, whole_id


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("638344", "638344"),
        ('"638344"', "638344"),
        ("638344.0", "638344"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("7.5", "7.5"),
        ("true", None),
        ("null", None),
        ('" "', None),
        ("[1]", None),
    ],
)
def test_an_id_is_its_digits_however_it_is_written(written: str, number: str | None) -> None:
    row = rows_of(read_json(f'{{"service_request_id": {written}}}'.encode()))[0]
    assert read_row(row).number == number


def test_ids_are_whole_however_long_and_strange() -> None:
    assert whole_id("a" * 128) == "a" * 128
    ids = {whole_id("a" * 128 + end) for end in "123"} | {whole_id("\ud800"), whole_id("a\0")}
    assert len(ids) == 5
    assert all(each is not None and each.startswith("sha256:") for each in ids)
    assert whole_id("") is None


@pytest.mark.parametrize("status", ["Open", " OPEN ", "open\n"])
def test_a_status_is_known_in_every_case(status: str) -> None:
    assert read_row({"status": status}) == ParsedNews(status=RemoteStatus.OPEN)


def test_other_words_are_kept_and_cut_with_a_mark() -> None:
    assert read_row({"status": "Waiting for parts", "status_notes": ["a", None, 5]}) == ParsedNews(
        word="Waiting for parts", notes="a\n5"
    )
    long = read_row({"status": "s" * 99, "status_notes": "n" * 2001})
    assert long.word == "s" * 59 + "…"
    assert long.notes == "n" * 1999 + "…"


def test_envelopes_and_lists_are_opened_but_not_without_end() -> None:
    row = {"service_request_id": "1"}
    for body in (row, [row], {"data": row}, {"data": {"service_requests": [row]}}, {"type": "t", "data": [row]}):
        assert rows_of(body) == [row]
    assert rows_of({"data": None}) == [{"data": None}]
    assert rows_of([[[[[[row]]]]]]) == []
    assert rows_of({"data": {"data": {"data": {"data": {"data": row}}}}}) == []
    assert len(rows_of([row] * 99)) == 50
    for body in ("words", 7, None, []):
        assert rows_of(body) == []


@pytest.mark.parametrize("raw", [b"{", b"NaN", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_json_is_one_kind_of_error(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every kind of it is caught as this one
        read_json(raw)


_TEXT = st.text(max_size=99)
_ONE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = _ONE | st.lists(_ONE, max_size=3) | st.dictionaries(st.sampled_from("ab"), _ONE, max_size=2)
_NAMES = st.sampled_from(
    ["service_request_id", "external_id", "status", "status_notes", "token", "attributes", "data", "id"]
)


@given(st.dictionaries(_NAMES, _JSON, max_size=8))
def test_any_row_is_read(row: dict[str, object]) -> None:
    for each in rows_of(read_json(json.dumps(row).encode())):
        told = read_row(each)
        assert len(told.notes or "") <= 2000
        assert len(told.word or "") <= 60
