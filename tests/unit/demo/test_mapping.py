"""Every real request becomes a request of the campus, always the same one."""

from collections import Counter
from itertools import islice

import pytest

from deploy.demo.campus import campus
from deploy.demo.mapping import UnknownRowError, category_of, filing_of, filings, place_of, residents_of, rows
from deploy.demo.mapping_tables import CATEGORY_OF_DETAIL, CATEGORY_OF_TYPE, TITLES
from deploy.demo.repair_system.catalogue import CODES
from services.requests.catalogue.domain import CATEGORIES, Lane

PLACES = {place.id for place in campus().places}
RESIDENTS = residents_of(campus())


def test_every_row_has_a_category_that_the_requests_service_knows() -> None:
    assert len(rows()) == 3079
    assert {category_of(row) for row in rows()} <= set(CATEGORIES)


def test_every_category_of_the_tables_has_a_chinese_title() -> None:
    assert set(CATEGORY_OF_TYPE.values()) | set(CATEGORY_OF_DETAIL.values()) == set(TITLES)


def test_no_row_is_at_a_place_that_the_campus_lacks() -> None:
    assert {place_of(row) for row in rows()} <= PLACES


def test_every_row_is_filed_by_a_resident_of_the_building_who_can_sign_in() -> None:
    home = {person.username: person.place for person in campus().accounts("student")}
    for row in rows():
        filing = filing_of(row, RESIDENTS)
        building = ".".join(filing.place.split(".")[:2])
        assert str(home[filing.requester]).startswith(building + ".")


def test_texts_stay_as_they_were_and_titles_fit() -> None:
    for row in rows():
        filing = filing_of(row, RESIDENTS)
        assert row["complaint_type"] in filing.text
        assert row["descriptor"] in filing.text
        assert 1 <= len(filing.title) <= 80


def test_the_same_row_always_becomes_the_same_filing() -> None:
    assert list(islice(filings(campus()), 500)) == list(islice(filings(campus()), 500))


def test_after_the_last_row_the_first_comes_again_under_another_key() -> None:
    keys = [filing.key for filing in islice(filings(campus()), 2 * len(rows()))]
    assert len(set(keys)) == len(keys)
    assert keys[len(rows())] == f"{keys[0]}-1"


def test_five_hundred_filings_use_every_lane_and_every_building() -> None:
    some = list(islice(filings(campus()), 500))
    lanes = Counter(CATEGORIES[filing.category].lane for filing in some)
    assert set(lanes) == set(Lane)
    assert lanes[Lane.OUTSIDE] >= 50
    assert len({".".join(filing.place.split(".")[:2]) for filing in some}) == 8


@pytest.mark.parametrize("change", [{"complaint_type": "Meteor"}, {"borough": "ATLANTIS"}])
def test_a_row_that_no_table_knows_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(UnknownRowError):
        filing_of({**rows()[0], **change}, RESIDENTS)


def test_the_repair_system_knows_every_category_that_goes_outside() -> None:
    assert {category.id for category in CATEGORIES.values() if category.lane is Lane.OUTSIDE} <= CODES
