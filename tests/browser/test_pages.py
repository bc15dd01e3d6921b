"""Every page opens for those it is for, by day and by night, in both languages: nothing is barred."""

import pytest

from tests.browser.conftest import DARK, SIZES, Visit, Visiting
from tests.support.identities import person_id_of
from tests.support.lived import activity_of, request_of

PAGES = {
    "sign-in": (None, "/signin"),
    "student-requests": ("student1", "/m"),
    "student-file": ("student1", "/m/file"),
    "student-request-offered": ("student1", f"/m/requests/{request_of('offered')}"),
    "student-request-outside": ("student1", f"/m/requests/{request_of('outside')}"),
    "student-request-resolved": ("student1", f"/m/requests/{request_of('resolved')}"),
    "student-request-rated": ("student1", f"/m/requests/{request_of('rated')}"),
    "student-wall": ("student1", "/m/wall"),
    "student-activities": ("student1", "/m/activities"),
    "student-activity": ("student1", f"/m/activities/{activity_of('begun')}"),
    "student-me": ("student1", "/m/me"),
    "helper-legs": ("helper1", "/m/legs"),
    "helper-wall": ("helper1", "/m/wall"),
    "helper-request": ("helper1", f"/m/requests/{request_of('started')}"),
    "desk-queue": ("desk1", "/desk/queue"),
    "desk-outside-news": ("desk1", "/desk/outside-news"),
    "logistics-queue": ("logistics1", "/desk/queue"),
    "logistics-request-outside": ("logistics1", f"/desk/requests/{request_of('outside')}"),
    "desk-request-accepted": ("desk1", f"/desk/requests/{request_of('accepted')}"),
    "desk-request-outside": ("desk1", f"/desk/requests/{request_of('outside')}"),
    "desk-request-rated": ("desk1", f"/desk/requests/{request_of('rated')}"),
    "reader-queue": ("sealed_reader1", "/desk/queue"),
    "reader-request-sealed": ("sealed_reader1", f"/desk/requests/{request_of('sealed')}"),
    "counsellor-request-sealed": ("counsellor1", f"/desk/requests/{request_of('sealed')}"),
    "desk-file": ("desk1", "/desk/file"),
    "desk-people": ("desk1", "/desk/people"),
    "desk-person": ("desk1", f"/desk/people/{person_id_of('helper1')}"),
    "admin-person": ("admin1", f"/desk/people/{person_id_of('helper1')}"),
    "secretary-organisation": ("secretary1", "/desk/organisation"),
    "desk-room-codes": ("desk1", "/desk/room-codes"),
    "admin-operations": ("admin1", "/desk/operations"),
    "admin-imports": ("admin1", "/desk/imports"),
    "secretary-plans": ("secretary1", "/desk/activities"),
    "secretary-plan-begun": ("secretary1", f"/desk/activities/{activity_of('begun')}"),
    "secretary-plan-planned": ("secretary1", f"/desk/activities/{activity_of('planned')}"),
    "leader-screen": ("leader1", "/screen"),
    "not-found": (None, "/no/such/page"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_faults_barriers_or_overflow(look: Visiting, name: str, size: str) -> None:
    username, path = PAGES[name]
    seen = look(username, size)
    seen.go(path)
    assert seen.page.url.endswith(path)
    _is_well(seen, f"zh-CN/{size}/{name}")
    if size == "phone":
        _is_readable_at_night(seen, name)
    if not seen.speak_english():
        seen = look(username, size, "en")
        seen.go(path)
    assert seen.page.locator("html").get_attribute("lang") == "en"
    _is_well(seen, f"en/{size}/{name}")


def _is_well(seen: Visit, picture: str) -> None:
    seen.shoot(picture)
    assert seen.complaints == []
    assert seen.barriers() == []
    assert seen.overflow() <= 0
    assert seen.clipped() == []


def _is_readable_at_night(seen: Visit, name: str) -> None:
    """At night the pages of a phone are dark; the desk and the wall stay as they are."""
    seen.page.emulate_media(color_scheme="dark")
    seen.page.wait_for_timeout(400)
    seen.shoot(f"dark/{name}")
    of_a_phone = PAGES[name][1].startswith(("/m", "/signin"))
    for _ in range(50):
        if (seen.lightness() < DARK) == of_a_phone:
            break
        seen.page.wait_for_timeout(100)
    assert (seen.lightness() < DARK) == of_a_phone
    if of_a_phone:
        assert seen.barriers() == []
    assert seen.complaints == []
    seen.page.emulate_media(color_scheme="light")
