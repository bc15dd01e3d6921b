"""Group commit: every caller gets the answer of its own row."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.store.group_commit import MOST, GroupCommit

Row = dict[str, Any]


class Writer:
    """Stands for the store: remembers its groups, and knows ids that exist or break."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.seen: set[str] = set()

    async def write(self, rows: Sequence[Row]) -> Sequence[BaseException | bool]:
        self.groups.append([row["_id"] for row in rows])
        await asyncio.sleep(0.005)
        answers: list[BaseException | bool] = []
        for row in rows:
            if row["_id"].startswith("bad"):
                answers.append(ValueError(row["_id"]))
            else:
                answers.append(row["_id"] not in self.seen)
                self.seen.add(row["_id"])
        return answers


async def test_those_who_come_together_are_written_together() -> None:
    writer = Writer()
    group = GroupCommit(writer.write)
    answers = await asyncio.gather(*(group.add({"_id": str(n)}) for n in range(64)))
    assert answers == [True] * 64
    assert len(writer.groups) == 1


async def test_those_who_come_during_a_write_share_the_next_one() -> None:
    writer = Writer()
    group = GroupCommit(writer.write, linger=0)
    first = asyncio.create_task(group.add({"_id": "first"}))
    await asyncio.sleep(0.002)
    await asyncio.gather(first, *(group.add({"_id": str(n)}) for n in range(10)))
    assert [len(ids) for ids in writer.groups] == [1, 10]


async def test_each_caller_gets_its_own_answer() -> None:
    group = GroupCommit(Writer().write)
    answers = await asyncio.gather(*(group.add({"_id": one}) for one in ("a", "a", "bad", "b")), return_exceptions=True)
    assert answers[0] is True
    assert answers[1] is False
    assert isinstance(answers[2], ValueError)
    assert answers[3] is True


async def test_a_write_that_fails_whole_fails_for_all_and_the_next_group_goes_on() -> None:
    async def broken(rows: Sequence[Row]) -> Sequence[BaseException | bool]:
        if len(rows) > 1:
            raise TimeoutError
        return [True]

    group = GroupCommit(broken)
    answers = await asyncio.gather(*(group.add({"_id": str(n)}) for n in range(3)), return_exceptions=True)
    assert all(isinstance(answer, TimeoutError) for answer in answers)
    assert await group.add({"_id": "later"}) is True


async def test_a_caller_who_gave_up_disturbs_nobody() -> None:
    group = GroupCommit(Writer().write)
    gone = asyncio.create_task(group.add({"_id": "gone"}))
    await asyncio.sleep(0)
    gone.cancel()
    assert await group.add({"_id": "here"}) is True
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_group_is_bounded() -> None:
    writer = Writer()
    group = GroupCommit(writer.write)
    await asyncio.gather(*(group.add({"_id": str(n)}) for n in range(MOST + 1)))
    assert [len(ids) for ids in writer.groups] == [MOST, 1]
