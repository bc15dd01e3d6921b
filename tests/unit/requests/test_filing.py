from datetime import timedelta

import pytest

from services.requests.casework.domain.filing import file, way_in
from services.requests.casework.domain.lifecycle import stage_of
from services.requests.casework.domain.request import SERVICE, Need, Why
from services.requests.casework.domain.triage import triage
from services.requests.catalogue.domain import CATEGORIES, Lane
from shared.contracts.requests.leg import LegOpened, LegUnmatched
from shared.contracts.requests.request import RequestFiled
from shared.contracts.stages import Channel, LegKind, LegState, Stage, Visibility
from shared.refusal import Refusal
from tests.support import requests_domain as cast


def test_a_wish_is_filed_triaged_and_opened_for_matching_in_one_commit() -> None:
    request, facts = file(cast.filing(), cast.by(cast.STUDENT), cast.SYSTEM)
    assert cast.names(facts) == ["RequestFiled", "RequestTriaged", "LegOpened"]
    assert [getattr(fact, "stage", None) for fact in facts] == [Stage.SUBMITTED, Stage.TRIAGED, Stage.MATCHING]
    assert request.stage is Stage.MATCHING
    assert request.building == "east.b3"
    assert request.needs == ()
    opened = facts[2]
    assert isinstance(opened, LegOpened)
    assert opened.excluded_ids == ("student",)
    assert (opened.round, opened.skill) == (1, "errand")


def test_a_repair_is_queued_for_the_outside_system() -> None:
    request, facts = file(cast.filing("repair.paint"), cast.by(cast.STUDENT), cast.SYSTEM)
    assert cast.names(facts) == ["RequestFiled", "RequestTriaged", "LegQueued"]
    assert request.legs[0].kind is LegKind.OUTSIDE
    assert request.legs[0].state is LegState.QUEUED
    assert request.resolve_due_at == cast.NOW + timedelta(hours=72)


def test_an_urgent_request_has_half_the_time() -> None:
    assert cast.filed(urgent=True).resolve_due_at == cast.NOW + timedelta(hours=84)
    assert cast.filed("repair.heat").resolve_due_at == cast.NOW + timedelta(hours=12)


def test_a_sealed_request_is_never_offered_by_matching_and_waits_for_a_reader() -> None:
    request, facts = file(cast.filing("quarrel.roommates"), cast.by(cast.STUDENT), cast.SYSTEM)
    assert cast.names(facts) == ["RequestFiled", "RequestTriaged", "LegUnmatched"]
    assert isinstance(facts[2], LegUnmatched)
    assert request.visibility is Visibility.SEALED
    assert request.needs == (Need.COORDINATOR,)


def test_a_repair_that_its_requester_seals_stays_out_of_the_outside_system() -> None:
    request = cast.filed("repair.heat", visibility=Visibility.SEALED)
    assert [leg.kind for leg in request.legs] == [LegKind.HELPER]


def test_visibility_may_be_raised_but_not_lowered() -> None:
    assert cast.filed(visibility=Visibility.PRIVATE).visibility is Visibility.PRIVATE
    assert cast.filed("counsel.talk", visibility=Visibility.PUBLIC).visibility is Visibility.SEALED


def test_facts_carry_no_words_of_the_requester() -> None:
    _, facts = file(cast.filing(title="secret title", text="secret text"), cast.by(cast.STUDENT), cast.SYSTEM)
    assert isinstance(facts[0], RequestFiled)
    assert not any("secret" in fact.model_dump_json() for fact in facts)


def test_an_unknown_category_is_refused() -> None:
    assert cast.refusal_of(cast.filed, "nonsense") == "request.unknown_category"


def test_triage_to_another_category_gives_up_the_leg_and_opens_another() -> None:
    request = cast.offered()
    after, facts = triage(request, cast.by(cast.DESK), "repair.electric", cast.SYSTEM, urgent=None)
    assert cast.names(facts) == ["LegDropped", "RequestTriaged", "LegQueued"]
    assert [leg.state for leg in after.legs] == [LegState.DROPPED, LegState.QUEUED]
    assert after.legs[0].id != after.legs[1].id
    assert after.category == "repair.electric"


def test_the_timeline_names_who_triaged_the_rules_or_a_person() -> None:
    request = cast.filed()
    assert [(line.code, line.actor) for line in request.timeline] == [
        ("request.filed", cast.STUDENT.id),
        ("request.triaged", SERVICE),
    ]
    after, _ = triage(request, cast.by(cast.DESK), None, cast.SYSTEM, urgent=True)
    assert [(line.code, line.actor) for line in after.timeline[2:]] == [("request.triaged", cast.DESK.id)]


def test_triage_of_urgency_alone_keeps_the_leg() -> None:
    request = cast.offered()
    after, facts = triage(request, cast.by(cast.DESK), None, cast.SYSTEM, urgent=True)
    assert cast.names(facts) == ["RequestTriaged"]
    assert after.legs == request.legs
    assert after.urgent


def test_triage_seals_and_nobody_but_readers_goes_on() -> None:
    after, facts = triage(cast.accepted(), cast.by(cast.DESK), "quarrel.roommates", cast.SYSTEM, urgent=None)
    assert cast.names(facts) == ["LegDropped", "RequestTriaged", "LegUnmatched"]
    assert after.visibility is Visibility.SEALED


def test_triage_by_a_student_is_refused() -> None:
    act = (cast.filed(), cast.by(cast.STUDENT), None, cast.SYSTEM)
    assert cast.refusal_of(triage, *act, urgent=True) == "auth.not_yours"


def test_a_request_without_live_legs_stands_at_triage() -> None:
    assert stage_of([]) is Stage.TRIAGED


@pytest.mark.parametrize("lane", list(Lane))
def test_every_lane_has_categories(lane: Lane) -> None:
    assert any(row.lane is lane for row in CATEGORIES.values())


def test_every_category_is_named_in_two_languages_and_sealed_ones_are_sealed() -> None:
    for row in CATEGORIES.values():
        assert row.name_zh
        assert row.name_en
        assert (row.lane is Lane.SEALED) == (row.visibility is Visibility.SEALED)
        cast.filed(row.id)


@pytest.mark.parametrize(
    ("told", "for_another", "way"),
    [
        (None, False, Channel.PHONE),
        (Channel.PHONE, False, Channel.PHONE),
        (Channel.WALL, False, Channel.WALL),
        (Channel.ROOM_QR, False, Channel.ROOM_QR),
        (None, True, Channel.DESK),
        *((channel, True, channel) for channel in Channel),
    ],
)
def test_the_channel_follows_from_who_files_for_whom(told: Channel | None, *, for_another: bool, way: Channel) -> None:
    assert way_in(told, for_another=for_another) is way


def test_nobody_claims_that_their_own_request_came_by_the_desk() -> None:
    with pytest.raises(Refusal, match=Why.NOT_YOUR_CHANNEL) as caught:
        way_in(Channel.DESK, for_another=False)
    assert caught.value.field == "channel"
