"""The board reads off the rollup, knows of no sealed request, and follows time."""

from datetime import timedelta

from services.reporting.boards.queries import board_of
from services.reporting.figures.domain.rollup import Rollup
from services.reporting.requests.domain.counts import overdue
from services.reporting.requests.domain.record import RequestRecord
from services.reporting.rows.domain import merge_all, project
from shared.contracts.activities import ActivityCancelled, ActivityStage
from shared.contracts.requests.request import RequestHeld
from shared.contracts.stages import Stage, Visibility
from tests.unit.reporting.stories import NOW, Story, at, community
from tests.unit.reporting.test_figures import rollup_of


def test_the_totals_add_up_to_everything_filed() -> None:
    totals = board_of(rollup_of(community()), NOW, 1, 1).totals
    ends = (totals.closed_confirmed, totals.closed_unconfirmed, totals.cancelled, totals.rejected)
    assert totals.filed == 5
    assert totals.filed == totals.open + totals.resolved + sum(ends) + totals.merged + totals.unresolvable
    assert (totals.sealed, totals.reopened) == (None, 1)


def test_the_board_knows_of_no_sealed_request_but_by_the_one_number() -> None:
    story = Story()
    story.filed("one", visibility=Visibility.SEALED)
    story.triaged("one", due=10)
    assert board_of(rollup_of(story), at(100), 1, 1) == board_of(Rollup(), at(100), 1, 1)
    told = board_of(rollup_of(story), at(100), 1, 1, confidential=15)
    assert (told.totals.sealed, told.totals.filed) == (15, 0)


def test_a_request_that_becomes_sealed_leaves_the_recent_lines() -> None:
    story = Story()
    story.filed("one")
    rollup = rollup_of(story)
    assert [line.request_id for line in board_of(rollup, NOW, 1, 1).recent] == ["one"]
    sealed = Story()
    sealed.filed("one", visibility=Visibility.SEALED)
    sealed.triaged("one")
    changes = [rollup.apply(row) for row in merge_all(project(event, NOW) for event in sealed.events).values()]
    assert (changes, board_of(rollup, NOW, 1, 1)) == ([True], board_of(Rollup(), NOW, 1, 1))
    sealed.accepted("one")
    changes = [rollup.apply(row) for row in merge_all(project(event, NOW) for event in sealed.events).values()]
    assert (changes, board_of(rollup, NOW, 1, 1)) == ([False], board_of(Rollup(), NOW, 1, 1))


def test_the_recent_lines_are_the_twenty_newest_newest_first() -> None:
    story = Story()
    for number in range(25):
        story.filed(f"r{number:02}", when=number)
    recent = board_of(rollup_of(story), NOW, 1, 1).recent
    assert [line.request_id for line in recent] == [f"r{number:02}" for number in range(24, 4, -1)]


def test_open_requests_past_their_time_are_overdue_unless_on_hold() -> None:
    story = Story()
    story.filed("one")
    rollup = rollup_of(story)
    assert not overdue(rollup.records(RequestRecord)["one"], at(9999))
    story.triaged("one", due=100)
    rollup = rollup_of(story)
    assert (
        overdue(rollup.records(RequestRecord)["one"], at(99)),
        overdue(rollup.records(RequestRecord)["one"], at(101)),
    ) == (False, True)
    assert board_of(rollup, at(101), 1, 1).floors[0].overdue == 1
    fact = RequestHeld(request_id="one", stage=Stage.ON_HOLD, for_requester=True, held_at=at(50))
    story.tell("one", fact)
    assert not overdue(rollup_of(story).records(RequestRecord)["one"], at(101))


def test_spans_cover_a_day_of_hours_and_an_hour_of_minutes_with_everything_in_them() -> None:
    board = board_of(rollup_of(community()), at(900), 1, 1)
    assert (len(board.trend), len(board.pulse)) == (24, 60)
    assert board.trend[-1].hour == NOW
    assert (board.trend[-1].filed, board.trend[-1].resolved) == (5, 2)
    assert board.trend[0].hour == NOW - timedelta(hours=23)
    assert sum(span.filed for span in board.pulse) == 5


def test_buildings_and_floors_carry_their_names_and_coverage() -> None:
    board = board_of(rollup_of(community()), NOW, 1, 1)
    names = {line.key: (line.name, line.occupied_rooms, line.covered_rooms) for line in board.by_building}
    assert names == {"east": ("东校区", 0, 0), "east.b1": ("东一舍", 2, 1), "east.b2": ("b2", 1, 1)}
    floors = {cell.place: (cell.floor, cell.covered) for cell in board.floors}
    assert floors == {"east.b1.f1": ("一层", False), "east.b2.f1": ("f1", True)}


def test_activities_are_counted_by_how_they_stand_at_the_time() -> None:
    story = community()
    story.activity("draft", ActivityStage.PLANNED)
    story.activity("off")
    story.tell("off", ActivityCancelled(activity_id="off", stage=ActivityStage.CANCELLED, cancelled_at=NOW))
    story.seats("unknown", "anna", "bo", "carl")
    rollup = rollup_of(story)
    before, after = (board_of(rollup, moment, 1, 1).activities for moment in (NOW, at(3601)))
    assert (before.planned, before.upcoming, before.running, before.cancelled) == (1, 1, 0, 1)
    assert (after.upcoming, after.running) == (0, 1)
    assert (before.seats_taken, before.waiting, before.attended) == (4, 0, 2)


def test_attendance_that_grows_is_counted_once() -> None:
    story = Story()
    story.person("anna")
    rollup = rollup_of(story)
    story.activity("plan")
    story.seats("plan", "anna", "bo", "carl")
    for event in story.events:
        for row in merge_all([project(event, NOW)]).values():
            rollup.apply(row)
    for row in merge_all(project(event, NOW) for event in story.events).values():
        rollup.apply(row)
    assert rollup.count("took_part", "anna") == 1


def test_an_older_state_of_a_row_changes_nothing() -> None:
    story = Story()
    story.served("one")
    rollup = rollup_of(story)
    old = next(iter(merge_all([project(story.events[0], NOW)]).values()))
    assert not rollup.apply(old)
    assert rollup.records(RequestRecord)["one"].stage is Stage.CLOSED_CONFIRMED


def test_an_empty_board_is_whole() -> None:
    board = board_of(Rollup(), NOW, 1, 1)
    assert (board.events, board.by_building, board.totals.filed) == (0, (), 0)
