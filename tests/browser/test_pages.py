"""Every page opens for those it is for: nothing fails, bars the way or sticks out; and its picture is kept."""

import pytest

from shared.ids import derive_id
from tests.browser.conftest import LANGUAGES, SIZES, Visiting

HELPER = derive_id("person", "helper1")
"""The id of a demo person."""

PAGES = {
    "sign-in": (None, "/signin"),
    "student-requests": ("student1", "/m"),
    "student-file": ("student1", "/m/file"),
    "student-activities": ("student1", "/m/activities"),
    "student-me": ("student1", "/m/me"),
    "helper-legs": ("helper1", "/m/legs"),
    "desk-queue": ("desk1", "/desk/queue"),
    "desk-file": ("desk1", "/desk/file"),
    "desk-people": ("desk1", "/desk/people"),
    "desk-person": ("desk1", f"/desk/people/{HELPER}"),
    "admin-person": ("admin1", f"/desk/people/{HELPER}"),
    "secretary-organisation": ("secretary1", "/desk/organisation"),
    "admin-operations": ("admin1", "/desk/operations"),
    "admin-imports": ("admin1", "/desk/imports"),
    "secretary-plans": ("secretary1", "/desk/activities"),
    "leader-screen": ("leader1", "/screen"),
    "not-found": (None, "/no/such/page"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_faults_barriers_or_overflow(visit: Visiting, name: str, size: str, language: str) -> None:
    username, path = PAGES[name]
    seen = visit(username, size, language)
    seen.go(path)
    seen.shoot(f"{language}/{size}/{name}")
    assert seen.page.url.endswith(path)
    assert seen.complaints == []
    assert seen.barriers() == []
    assert seen.overflow() <= 0
    assert seen.page.locator("html").get_attribute("lang") == language
