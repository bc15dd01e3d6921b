from itertools import islice

from deploy.demo.campus import campus
from deploy.demo.mapping import filings
from deploy.demo.wishes import wishes, with_wishes
from services.requests.catalogue.domain import CATEGORIES
from shared.contracts.stages import Kind

LAP = 30


def test_every_wish_of_a_lap_is_another_one_for_the_wall() -> None:
    lap = list(islice(wishes(campus()), LAP))
    assert len({wish.title for wish in lap}) == LAP
    assert {CATEGORIES[wish.category].kind for wish in lap} == {Kind.WISH, Kind.STUDY}
    assert all(1 <= len(wish.title) <= 80 for wish in lap)


def test_wishes_come_from_home_and_are_always_the_same_under_keys_of_their_own() -> None:
    some = list(islice(wishes(campus()), 2 * LAP))
    homes = {person.username: person.place for person in campus().people}
    assert [wish.place for wish in some] == [homes[wish.requester] for wish in some]
    assert some == list(islice(wishes(campus()), 2 * LAP))
    assert len({wish.key for wish in some}) == 2 * LAP


def test_a_wish_comes_after_every_so_many_real_requests() -> None:
    mixed = list(islice(with_wishes(campus(), 3, start=5), 8))
    assert [filing.key.startswith("wish-") for filing in mixed] == [False, False, False, True] * 2
    assert [*mixed[:3], *mixed[4:7]] == list(islice(filings(campus()), 5, 11))
