"""Whatever is asked of an activity, in any order: the promises hold, and the facts tell the whole story."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.activities.directory.domain import Venue
from services.activities.programme.domain.activity import Activity, Asker, Decision
from services.activities.programme.domain.code import code_at
from services.activities.programme.domain.permitted import Command
from services.activities.programme.domain.plan import Plan, Setting
from shared.contracts.activities import ActivityFact, AttendanceVerified, SeatAwaited, SeatReleased, SeatTaken
from shared.refusal import Refusal
from tests.support.activities_domain import attend, cancel, complete, may, plan, publish, release, sign_up

START = datetime(2026, 9, 1, 18, tzinfo=UTC)
END = START + timedelta(hours=1)
POSSIBLE = Setting(Venue(None))
PEOPLE = st.sampled_from([f"p{n}" for n in range(6)] + ["organiser"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [Command.PUBLISH, Command.CANCEL, Command.COMPLETE]
            + [Command.SIGN_UP] * 4
            + [Command.RELEASE] * 2
            + [Command.ATTEND] * 2
        ),
        PEOPLE,
        st.integers(0, 6),
        st.booleans(),
    ),
    max_size=50,
)


def decide(command: Command, activity: Activity, asker: Asker, at: datetime, *, honest: bool) -> Decision:
    typed = code_at(activity.secret, at) if honest else "00000000"
    return {
        Command.PUBLISH: lambda: publish(activity, asker, POSSIBLE, at),
        Command.CANCEL: lambda: cancel(activity, asker, "why", at),
        Command.COMPLETE: lambda: complete(activity, asker, at),
        Command.SIGN_UP: lambda: sign_up(activity, asker, at),
        Command.RELEASE: lambda: release(activity, asker, at),
        Command.ATTEND: lambda: attend(activity, asker, typed, at),
    }[command]()


def told(facts: list[ActivityFact]) -> tuple[list[str], list[str], list[str]]:
    """Return who sits, waits and was there according to the facts alone."""
    seated, waiting, there = list[str](), list[str](), list[str]()
    for fact in facts:
        match fact:
            case SeatTaken(person_id=person, promoted=promoted):
                seated.append(person)
                if promoted:
                    assert waiting.pop(0) == person, "whoever waits first is promoted first"
            case SeatAwaited(person_id=person):
                waiting.append(person)
            case SeatReleased(person_id=person):
                (seated if person in seated else waiting).remove(person)
            case AttendanceVerified(person_id=person):
                there.append(person)
            case _:
                pass
    return seated, waiting, there


@given(capacity=st.integers(1, 3), steps=STEPS)
def test_capacity_and_waiting_order_hold_and_attendance_is_told_once(
    capacity: int, steps: list[tuple[Command, str, int, bool]]
) -> None:
    wanted = Plan("t", "study", "", START, END, "east", capacity, 1, None)
    at = START - timedelta(hours=2)
    activity, first = plan("a", wanted, Asker("organiser"), POSSIBLE, "s", at)
    facts = list(first)
    activity, more = publish(activity, Asker("organiser"), POSSIBLE, at)
    facts += more
    for command, person, quarters, honest in steps:
        at += timedelta(minutes=quarters)
        asker = Asker(person)
        allowed = may(activity, asker, at)
        try:
            activity, more = decide(command, activity, asker, at, honest=honest)
        except Refusal as refusal:
            assert command not in allowed or refusal.code == "activity.wrong_code"  # noqa: PT017 - refusals are expected
            continue
        assert bool(more) == (command in allowed), "what may not be asked has no effect"
        facts += more
        seated, waiting, there = told(facts)
        assert len(activity.seats.taken) <= capacity
        assert not waiting or len(seated) == capacity, "nobody waits beside a free seat"
        assert [seat.person_id for seat in activity.seats.taken] == seated
        assert [wait.person_id for wait in activity.seats.waiting] == waiting
        assert len(set(seated + waiting)) == len(seated + waiting)
        assert len(set(there)) == len(there)
        assert set(there) == {seat.person_id for seat in activity.seats.taken if seat.attended_at}
        assert more == [] or more[-1].stage is activity.stage
