"""Every command of requests given twice over HTTP: the first one's answer, no second fact, no second line, one version.

Once under the same key, after other things have happened to it; and once without a key, at once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared.ids import new_id
from tests.support.requests_stage import Stage

pytestmark = pytest.mark.integration

Json = dict[str, Any]
SOLVED = {"solved": True, "stars": 4, "comment": "good"}


@dataclass
class Made:
    """A request on the way, and the path of its leg."""

    stage: Stage
    view: Json

    @property
    def path(self) -> str:
        return f"/{self.view['id']}"

    @property
    def leg(self) -> str:
        return f"{self.path}/legs/{self.view['legs'][0]['id']}"

    async def give(self, who: str, path: str, body: Json | None = None) -> "Made":
        answer = await self.stage.ask(who, "POST", path, body)
        assert answer.status_code == 200, answer.text
        self.view = answer.json()
        return self


async def filed(stage: Stage) -> Made:
    return Made(stage, (await stage.file()).json())


async def offered(stage: Stage) -> Made:
    made = await filed(stage)
    return await made.give("desk", f"{made.leg}/assignment", {"helper_id": "helper"})


async def accepted(stage: Stage) -> Made:
    made = await offered(stage)
    return await made.give("helper", f"{made.leg}/acceptance")


async def started(stage: Stage) -> Made:
    made = await accepted(stage)
    return await made.give("helper", f"{made.leg}/start")


async def resolved(stage: Stage) -> Made:
    made = await started(stage)
    return await made.give("helper", f"{made.leg}/completion", {})


async def closed(stage: Stage) -> Made:
    made = await resolved(stage)
    return await made.give("student", f"{made.path}/confirmation", {"solved": True})


async def held(stage: Stage) -> Made:
    made = await filed(stage)
    return await made.give("desk", f"{made.path}/hold", {"reason": "away", "for_requester": False})


Make = Callable[[Stage], Awaitable[Made]]
ON_REQUEST: list[tuple[Make, str, str, Json | None]] = [
    (filed, "student", "cancellation", {}),
    (started, "desk", "cancellation", {"reason": "by phone"}),
    (filed, "desk", "rejection", {"reason": "no", "alternative": "else"}),
    (filed, "desk", "hold", {"reason": "away", "for_requester": True}),
    (held, "desk", "resumption", None),
    (filed, "desk", "triage", {"category": "wish.moving", "urgent": True}),
    (filed, "desk", "contact", {"note": "called"}),
    (resolved, "student", "confirmation", SOLVED),
    (resolved, "student", "confirmation", {"solved": False}),
    (closed, "student", "rating", {"stars": 3}),
    (closed, "student", "reopening", {"reason": "again"}),
    (filed, "desk", "legs", {"kind": "helper"}),
]
ON_LEG: list[tuple[Make, str, str, Json | None]] = [
    (filed, "desk", "assignment", {"helper_id": "helper"}),
    (started, "desk", "assignment", {"helper_id": "volunteer"}),
    (filed, "desk", "assignment", {"helper_id": "desk"}),
    (filed, "volunteer", "claim", None),
    (offered, "helper", "acceptance", None),
    (offered, "helper", "decline", {}),
    (started, "helper", "decline", {"reason": "exam"}),
    (accepted, "helper", "release", {"reason": "exam"}),
    (started, "desk", "release", {"reason": "not seen"}),
    (accepted, "helper", "progress", {"note": "on Saturday"}),
    (accepted, "helper", "start", None),
    (started, "helper", "completion", {"note": "done"}),
    (started, "desk", "withdrawal", {"reason": "enough"}),
]
TABLE = [(*row, False) for row in ON_REQUEST] + [(*row, True) for row in ON_LEG]
NAMES = [f"{name}-{who}-{number}" for number, (_, who, name, _, _) in enumerate(TABLE)]


def same(one: Json, other: Json) -> bool:
    """The view is the same but for what time alone changes."""
    return {**one, "may": None} == {**other, "may": None}


@pytest.mark.parametrize(("make", "who", "name", "body", "on_leg"), TABLE, ids=NAMES)
async def test_a_command_given_twice_is_given_once(
    stage: Stage, make: Make, who: str, name: str, body: Json | None, *, on_leg: bool
) -> None:
    made = await make(stage)
    path = f"{made.leg if on_leg else made.path}/{name}"
    seen = f'"{made.view["version"]}"'
    key = new_id()
    first = await stage.ask(who, "POST", path, body, idempotency_key=key, if_match=seen)
    assert first.status_code == 200, first.text
    repeats = [{"idempotency_key": key, "if_match": seen}]
    if name != "legs":
        repeats += [{}, {"idempotency_key": new_id()}, {"if_match": seen}]
    for headers in repeats:
        again = await stage.ask(who, "POST", path, body, **headers)
        assert again.status_code == 200, (headers, again.text)
        assert same(again.json(), first.json()), headers
    reused = await stage.ask(who, "POST", path, {**(body or {}), "reason": "other"}, idempotency_key=key)
    assert reused.status_code in {409, 422}
    now = (await stage.ask("desk", "GET", made.path)).json()
    assert (now["version"], len(now["timeline"])) == (first.json()["version"], len(first.json()["timeline"]))


async def test_a_repetition_is_answered_though_the_request_has_moved_on(stage: Stage) -> None:
    made = await offered(stage)
    key = new_id()
    assert (await stage.ask("helper", "POST", f"{made.leg}/acceptance", idempotency_key=key)).status_code == 200
    await made.give("desk", f"{made.leg}/assignment", {"helper_id": "volunteer"})
    moved = await made.give("desk", f"{made.path}/cancellation", {})
    again = await stage.ask("helper", "POST", f"{made.leg}/acceptance", idempotency_key=key)
    assert (again.status_code, again.json()["stage"]) == (200, "cancelled")
    assert again.json()["version"] == moved.view["version"]
    without = await stage.ask("helper", "POST", f"{made.leg}/acceptance")
    assert without.status_code == 403


async def test_one_key_says_one_thing_to_one_person(stage: Stage) -> None:
    made = await filed(stage)
    key = new_id()
    first = await stage.ask("desk", "POST", f"{made.path}/contact", {"note": "called"}, idempotency_key=key)
    assert first.status_code == 200
    other = await stage.ask("desk", "POST", f"{made.path}/contact", {"note": "met"}, idempotency_key=key)
    assert (other.status_code, other.json()["code"]) == (409, "http.idempotency_key_reused")
    elsewhere = await stage.ask("desk", "POST", f"{made.path}/resumption", idempotency_key=key)
    assert elsewhere.json()["code"] == "http.idempotency_key_reused"
    mine = await stage.ask("student", "POST", f"{made.path}/cancellation", {}, idempotency_key=key)
    assert mine.json()["stage"] == "cancelled"
    malformed = await stage.ask("student", "POST", f"{made.path}/cancellation", {}, idempotency_key="a b")
    assert (malformed.status_code, malformed.json()["code"]) == (400, "http.idempotency_key_malformed")


async def test_two_more_legs_under_two_keys_are_two(stage: Stage) -> None:
    made = await filed(stage)
    for _ in range(2):
        answer = await stage.ask("desk", "POST", f"{made.path}/legs", {"kind": "helper"}, idempotency_key=new_id())
    assert len(answer.json()["legs"]) == 3


async def test_the_same_command_of_somebody_else_or_in_other_words_is_told_that_it_came_too_late(stage: Stage) -> None:
    made = await filed(stage)
    await made.give("student", f"{made.path}/cancellation", {"reason": "solved itself"})
    for who, body in (("desk", {"reason": "solved itself"}), ("student", {})):
        answer = await stage.ask(who, "POST", f"{made.path}/cancellation", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "request.wrong_stage")


async def test_a_repetition_shows_nothing_sealed_to_whoever_no_longer_sees_it(stage: Stage) -> None:
    made = await accepted(stage)
    key = new_id()
    back = await stage.ask("helper", "POST", f"{made.leg}/release", {"reason": "exam"}, idempotency_key=key)
    assert back.status_code == 200
    await made.give("desk", f"{made.path}/triage", {"category": "counsel.talk"})
    for headers in ({"idempotency_key": key}, {}):
        again = await stage.ask("helper", "POST", f"{made.leg}/release", {"reason": "exam"}, **headers)
        assert (again.status_code, again.json()["code"]) == (403, "auth.not_yours")
