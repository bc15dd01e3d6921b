"""`yizhan parked` as an administrator types it, against the running system: list, show, replay, discard."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from deploy.local.state import Lock, Phase, State, write_state
from shared.contracts.members import HelperProposed
from shared.ids import new_id
from tests.architecture.house import ROOT
from tests.support.town import Place

pytestmark = pytest.mark.e2e

Ran = subprocess.CompletedProcess[str]
Type = Callable[..., Ran]
NOBODY = {"YIZHAN_URL", "YIZHAN_ACCOUNT", "YIZHAN_PASSWORD"}


def ran(place: Place, *words: str, **env: str) -> Ran:
    given = {name: value for name, value in os.environ.items() if name not in NOBODY}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "parked", *words],
        cwd=ROOT,
        env={**given, "YIZHAN_VAR": str(place.directory), "COLUMNS": "160", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def typed(place: Place) -> Iterator[Type]:
    """Types a command at the machine of the stack, which says of itself that it runs, as `make up` does."""
    with Lock(place.directory) as lock:
        assert lock.take()
        write_state(place.directory, State(Phase.READY, place.ports))
        yield lambda *words, **env: ran(place, *words, **env)
    write_state(place.directory, State(Phase.STOPPED, place.ports))


@pytest.fixture
def poison(place: Place, typed: Type) -> Iterator[dict[str, Any]]:
    """An event that its listeners cannot decode, parked by `requests`; what is left of it is discarded afterwards."""
    raw = orjson.dumps({"id": new_id(), "type": f"members.helper.proposed.{new_id()}"})
    place.publish(HelperProposed.SUBJECT, raw)
    kind = orjson.loads(raw)["type"]
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = [row for row in listed(typed) if row["type"] == kind]
        if {row["durable"] for row in found} == {"requests-proposals", "reporting-rows"}:
            break
        time.sleep(0.1)
    else:
        pytest.fail("it was not parked")
    yield next(row for row in found if row["durable"] == "requests-proposals")
    for row in found:
        typed("discard", row["id"], "--reason", "the test is over")


def listed(typed: Type, *words: str) -> list[dict[str, Any]]:
    answer = typed("list", "--json", *words)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_what_is_parked_is_listed_shown_replayed_and_discarded(typed: Type, poison: dict[str, Any]) -> None:
    table = typed("list", "--service", "requests").stdout
    assert table.splitlines()[0].split() == ["ID", "PARKED", "TRIES", "EVENT", "REASON"]
    assert poison["id"] in table
    assert "requests-proposals 1" in table.splitlines()[-1]
    assert [row["id"] for row in listed(typed, "--durable", "requests-proposals")] == [poison["id"]]

    shown = typed("show", poison["id"])
    assert poison["type"] in shown.stdout
    assert "undecodable" in shown.stdout
    assert json.loads(typed("show", poison["id"], "--json").stdout)["event"]["type"] == poison["type"]

    replayed = typed("replay", poison["id"])
    assert (replayed.returncode, "stays parked" in replayed.stdout) == (1, True)
    several = typed("replay", "--durable", "requests-proposals", "--yes", "--json")
    assert several.returncode == 1
    assert [(one["id"], one["outcome"], one["attempts"]) for one in json.loads(several.stdout)] == [
        (poison["id"], "parked", 3)
    ]

    discarded = typed("discard", poison["id"], "--reason", "a type that nobody ever published")
    assert discarded.returncode == 0, discarded.stderr
    assert listed(typed, "--durable", "requests-proposals") == []
    gone = typed("list", "--discarded").stdout
    assert "a type that nobody ever published" in gone
    assert "operator." in gone
    again = typed("discard", poison["id"], "--reason", "once more")
    assert (again.returncode, "parked.discarded" in again.stderr) == (1, True)


def test_several_are_replayed_only_when_somebody_says_yes(typed: Type, poison: dict[str, Any]) -> None:
    asked = typed("replay", "--durable", poison["durable"])
    assert (asked.returncode, asked.stderr.strip()) == (1, "There is nobody to ask: add --yes.")
    named = typed("replay")
    assert (named.returncode, "--durable" in named.stderr) == (1, True)
    assert listed(typed, "--durable", poison["durable"])[0]["attempts"] == 1


def test_an_administrator_elsewhere_signs_in_with_a_password_from_the_environment(
    place: Place, poison: dict[str, Any]
) -> None:
    here = {"YIZHAN_URL": place.origin, "YIZHAN_PASSWORD": place.password}
    told = ran(place, "list", "--json", "--account", "admin1", **here)
    assert poison["id"] in [row["id"] for row in json.loads(told.stdout)]
    assert ran(place, "discard", poison["id"], "--reason", "by name", YIZHAN_ACCOUNT="admin1", **here).returncode == 0
    assert "by name" in ran(place, "list", "--discarded", YIZHAN_ACCOUNT="admin1", **here).stdout


@pytest.mark.parametrize(
    ("words", "env", "told"),
    [
        (["--account", "desk1"], {}, "desk1 is no administrator"),
        (["--account", "admin1"], {"YIZHAN_PASSWORD": "wrong"}, "(auth.bad_credentials)"),
        (["--account", "admin1"], {"YIZHAN_PASSWORD": ""}, "There is nobody to ask"),
        (["--url", "http://yizhan.example", "--account", "admin1"], {}, "in the clear"),
        (["--url", "nonsense", "--account", "admin1"], {}, "no address"),
    ],
)
def test_a_sign_in_that_cannot_be_says_why(place: Place, words: list[str], env: dict[str, str], told: str) -> None:
    answer = ran(place, "list", *words, **{"YIZHAN_URL": place.origin, "YIZHAN_PASSWORD": place.password, **env})
    assert answer.returncode == 1
    assert told in answer.stderr
    assert place.password not in answer.stderr + answer.stdout


def test_a_stack_that_does_not_run_is_told_in_plain_words(place: Place) -> None:
    answer = ran(place, "list")
    assert answer.returncode == 3
    assert answer.stderr.startswith("It is not running here. `make up` starts it")
    nothing = ran(place, "list", "--url", "http://127.0.0.1:1", "--account", "admin1", YIZHAN_PASSWORD="x")
    assert nothing.returncode == 3
    assert nothing.stderr.startswith("Nothing answers at http://127.0.0.1:1")


def test_an_id_that_can_be_none_is_refused_before_anything_is_asked(typed: Type) -> None:
    for wrong in ("42", "members-points", "canteen-menu:1", "members-points:1/../../me"):
        answer = typed("show", wrong)
        assert (answer.returncode, "is no id of a parked event" in answer.stderr) == (1, True)
