"""Who is proposed for a leg, and why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.members.matching.domain import (
    Candidate,
    Need,
    Share,
    Unfit,
    closeness,
    fit,
    free_share,
    propose,
    rank,
    unfit,
)
from services.members.people.domain.profile import Busy
from shared.contracts.members import HelperNotFound, HelperProposed
from shared.contracts.places import room_of

MONDAY = datetime(2026, 9, 7, 8, tzinfo=UTC)
ROOM = "east.b1.f1.r101"
NEED = Need("q1", "leg1", 1, "study", ROOM, "asker", ROOM)


def somebody(name: str, place: str | None = "east.b1.f1.r102", **more: object) -> Candidate:
    one = Candidate(name, place, ("study",), (), reachable=True, departed=False, load=0)
    return replace(one, **more)


def best(*candidates: Candidate, need: Need = NEED) -> str | None:
    return propose(need, candidates, MONDAY, MONDAY)[0].helper_id


def test_each_reason_against_a_candidate_has_its_code() -> None:
    need = replace(NEED, excluded_ids=frozenset({"no"}), requester_place="east.b2.f1.r1")
    assert unfit(need, somebody("no")) is Unfit.EXCLUDED
    assert unfit(need, somebody("asker")) is Unfit.REQUESTER
    assert unfit(need, somebody("x", departed=True)) is Unfit.DEPARTED
    assert unfit(need, somebody("x", ROOM)) is Unfit.ROOM_MATE
    assert unfit(need, somebody("x", "east.b2.f1.r1")) is Unfit.ROOM_MATE
    assert unfit(need, somebody("x", reachable=False)) is Unfit.UNREACHABLE
    assert unfit(need, somebody("x", "west.b1.f1.r1")) is Unfit.OTHER_CAMPUS
    assert unfit(need, somebody("x", None)) is None
    assert unfit(replace(need, place="east.b1", requester_place=None), somebody("x", "east.b1")) is None


def test_nearer_is_better_and_an_unknown_place_counts_nothing() -> None:
    near = [closeness(mine, ROOM) for mine in ("east.b1.f1.r9", "east.b1.f2.r9", "east.b7", "east", None)]
    codes = ["same_floor", "same_building", "same_campus", "same_campus", "place_unknown"]
    assert [one.code for one in near] == codes
    assert [one.weight for one in near] == sorted((one.weight for one in near), reverse=True)
    assert closeness("west.b1", ROOM).code == "place_unknown"


def test_a_timetable_is_read_by_the_half_hour() -> None:
    assert free_share((), MONDAY) == 1
    assert free_share((Busy(3, "08:00", "12:00"),), MONDAY) == 1
    assert free_share((Busy(1, "08:00", "10:00"),), MONDAY) == 0.5
    assert free_share((Busy(1, "08:00", "24:00"),), MONDAY) == 0


def test_skill_counts_more_than_nearness_and_load_together() -> None:
    skilled = somebody("skilled", "east.b9.f1.r1", load=50, busy=(Busy(1, "00:00", "24:00"),))
    near = somebody("near", skills=())
    assert best(near, skilled) == "skilled"
    assert best(near, skilled, need=replace(NEED, skill=None)) == "near"


def test_of_equals_the_one_with_fewer_open_legs_is_asked() -> None:
    assert best(somebody("busy", load=2), somebody("idle")) == "idle"


@pytest.mark.parametrize(
    ("codes", "score", "percent"),
    [(["skill", "load"], 105.0, 100), (["load"], 35.0, 100), (["skill"], 52.5, 50), (["load"], -10.0, 0), ([], 0.0, 0)],
)
def test_how_well_somebody_suits_is_told_in_percent_of_the_best(codes: list[str], score: float, percent: int) -> None:
    assert fit(score, [Share(code, 0.0, 0.0) for code in codes]) == percent


def test_a_tie_is_drawn_by_the_leg_so_that_no_name_is_always_first() -> None:
    people = [somebody(f"p{n}") for n in range(10)]
    drawn = {best(*people, need=replace(NEED, leg_id=f"leg{n}")) for n in range(40)}
    assert len(drawn) > 3


def test_the_reasons_are_kept_and_sum_to_the_score() -> None:
    proposal, facts = propose(NEED, [somebody("anna", load=4)], MONDAY, MONDAY)
    (told,) = facts
    assert isinstance(told, HelperProposed)
    assert [one.code for one in proposal.reasons] == ["skill", "same_floor", "load", "timetable"]
    assert proposal.score == told.score == sum(one.weight for one in proposal.reasons) == 70 + 25 - 15 + 10


def test_when_nobody_fits_the_answer_counts_why() -> None:
    people = [somebody("a", ROOM), somebody("b", ROOM), somebody("c", reachable=False)]
    proposal, facts = propose(NEED, people, MONDAY, MONDAY)
    why = {"room_mate": 2, "unreachable": 1}
    assert (proposal.helper_id, proposal.why) == (None, why)
    assert facts == [HelperNotFound(request_id="q1", leg_id="leg1", round=1, considered=3, why=why)]


PLACES = [f"{campus}.b{b}.f{f}.r{r}" for campus in ("east", "west") for b in (1, 2) for f in (1, 2) for r in (1, 2)]
PLACE = st.none() | st.sampled_from(PLACES)
SLOT = st.builds(Busy, st.integers(1, 7), st.just("07:00"), st.sampled_from(["08:30", "11:00", "24:00"]))
CANDIDATE = st.builds(
    Candidate,
    id=st.sampled_from([f"p{n}" for n in range(12)]),
    place=PLACE,
    skills=st.lists(st.sampled_from(["study", "repair"])).map(tuple),
    busy=st.lists(SLOT, max_size=3).map(tuple),
    reachable=st.booleans(),
    departed=st.booleans(),
    load=st.integers(0, 30),
)
NEEDS = st.builds(
    Need,
    request_id=st.just("q"),
    leg_id=st.sampled_from(["l1", "l2"]),
    round=st.just(1),
    skill=st.none() | st.sampled_from(["study", "repair"]),
    place=st.sampled_from(PLACES),
    requester_id=st.sampled_from(["p1", "p2"]),
    requester_place=PLACE,
    excluded_ids=st.frozensets(st.sampled_from(["p3", "p4"])),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NEEDS, st.lists(CANDIDATE, unique_by=lambda one: one.id), st.randoms(use_true_random=False))
def test_nobody_unfit_is_proposed_and_the_order_of_candidates_does_not_matter(
    need: Need, candidates: list[Candidate], shuffler: object
) -> None:
    proposal, _ = propose(need, candidates, MONDAY, MONDAY)
    shuffled = list(candidates)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    assert propose(need, shuffled, MONDAY, MONDAY)[0] == proposal
    fit, against = rank(need, candidates, MONDAY)
    assert len(fit) + sum(against.values()) == len(candidates)
    if proposal.helper_id is None:
        assert fit == []
        return
    chosen = next(one for one in candidates if one.id == proposal.helper_id)
    assert chosen.id not in need.excluded_ids | {need.requester_id}
    assert chosen.reachable
    assert not chosen.departed
    if chosen.place is not None:
        homes = [place for place in (need.place, need.requester_place) if place is not None]
        assert room_of(chosen.place) not in [room_of(place) for place in homes]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NEEDS, st.sampled_from(["study", "repair"]), st.lists(CANDIDATE, unique_by=lambda one: one.id))
def test_a_fit_person_with_the_skill_goes_before_everybody_without(
    need: Need, skill: str, candidates: list[Candidate]
) -> None:
    fit, _ = rank(replace(need, skill=skill), candidates, MONDAY)
    skilled = [skill in one.candidate.skills for one in fit]
    assert skilled == sorted(skilled, reverse=True)
