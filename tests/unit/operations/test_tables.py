"""How parked events are told on a terminal: aligned, cut, and harmless."""

from typing import Any

import pytest

from deploy.local.errors import LocalError
from deploy.operations.parked import service_of
from deploy.operations.tables import safe, table, told_list, told_one, told_replay

ROW: dict[str, Any] = {
    "id": "members-points:12",
    "durable": "members-points",
    "sequence": 12,
    "subject": "yizhan.requests.request.closed.v1",
    "type": "requests.request.closed.v1",
    "reason": "KeyError: 'x'",
    "attempts": 8,
    "parked_at": "2026-03-02T08:00:00Z",
    "tried_at": None,
    "discarded": None,
}
SHOWN: dict[str, Any] = {
    **ROW, "size": 2, "event": None, "text": None, "base64": None, "withheld": False, "heard": True,
}  # fmt: skip


def test_columns_are_aligned_also_under_wide_characters() -> None:
    lines = table([("A", "B"), ("驿站", "x"), ("abcdef", "y")])
    assert lines == ["A       B", "驿站    x", "abcdef  y"]


def test_the_last_column_is_cut_at_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    [line] = table([("abc", "驿" * 60)])
    assert line.endswith("…")
    assert len(line) < 40


def test_nothing_that_a_terminal_would_obey_is_printed() -> None:
    evil = {**ROW, "reason": "\x1b[2J\x1b]0;owned\x07", "subject": "\u202esub", "type": None}
    for told in (
        told_list([evil], discarded=False, more=False, names={}),
        told_one({**SHOWN, **evil, "text": "a\x1b[31m\nb\x00"}, {}),
        told_one({**SHOWN, **evil, "event": {"a": "\x9b31m\u202e"}}, {}),
        told_replay({"id": "x", "outcome": "parked", "reason": "\x1b[2J"}),
    ):
        assert all(one.isprintable() or one == "\n" for one in told), ascii(told)
    assert safe("a\tb\nc") == "a b c"


def test_counts_of_each_durable_stand_below_the_list() -> None:
    rows = [ROW, ROW, {**ROW, "durable": "requests-places"}]
    assert told_list(rows, discarded=False, more=False, names={}).endswith("3: members-points 2, requests-places 1")
    assert "and more (--limit)" in told_list(rows, discarded=False, more=True, names={})
    assert told_list([], discarded=False, more=False, names={}) == "Nothing is parked."


def test_who_discarded_is_told_by_name_where_there_is_one() -> None:
    row = {**ROW, "discarded": {"by": "p1", "at": "2026-03-02T09:00:00Z", "reason": "not needed"}}
    assert "Li Wei" in told_list([row], discarded=True, more=False, names={"p1": "Li Wei"})
    assert "p1" in told_list([row], discarded=True, more=False, names={})
    assert "by Li Wei: not needed" in told_one({**SHOWN, **row}, {"p1": "Li Wei"})


def test_the_content_is_told_as_it_is_kept() -> None:
    assert '"a": "驿"' in told_one({**SHOWN, "event": {"a": "驿"}}, {})
    assert told_one({**SHOWN, "base64": "/wAB", "size": 3}, {}).endswith("3 bytes, in Base64:\n/wAB")
    assert told_one({**SHOWN, "text": ""}, {}).endswith("(empty)")
    assert "sealed" in told_one({**SHOWN, "withheld": True, "event": {}}, {})
    assert "no longer exists" in told_one({**SHOWN, "heard": False, "text": "x"}, {})


def test_the_service_of_an_event_is_the_head_of_its_id() -> None:
    assert service_of("members-points:12") == "members"
    for wrong in ("", "members:1", "members-points:x", "nobody-hears:1", "members-points:1\n"):
        with pytest.raises(LocalError):
            service_of(wrong)
