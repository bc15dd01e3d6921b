"""At night phones go dark: every page of a phone stays readable; the desk and the wall stay as they are."""

import pytest

from tests.browser.conftest import LANGUAGES, Visit, Visiting
from tests.browser.test_pages import PAGES

PHONE = sorted(name for name, (_, path) in PAGES.items() if path.startswith("/m") or path == "/signin")


def lightness(visit: Visit) -> float:
    """How light the page's ground is: 0 black, 1 white."""
    script = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    return sum(visit.page.evaluate(script)) / 3 / 255


@pytest.mark.parametrize("name", PHONE)
def test_a_page_of_a_phone_is_dark_and_readable_at_night(visit: Visiting, name: str) -> None:
    username, path = PAGES[name]
    seen = visit(username, "phone", LANGUAGES[0])
    seen.page.emulate_media(color_scheme="dark")
    seen.go(path)
    seen.shoot(f"dark/{name}")
    assert lightness(seen) < 0.2
    assert seen.barriers() == []
    assert seen.complaints == []


@pytest.mark.parametrize("name", ["desk-queue", "desk-people"])
def test_the_desk_stays_light(visit: Visiting, name: str) -> None:
    username, path = PAGES[name]
    seen = visit(username, "wall", LANGUAGES[0])
    seen.page.emulate_media(color_scheme="dark")
    seen.go(path)
    assert lightness(seen) > 0.8
    assert seen.barriers() == []


def test_what_is_light_by_day_stays_so(visit: Visiting) -> None:
    seen = visit("student1", "phone")
    seen.page.emulate_media(color_scheme="light")
    seen.go("/m")
    assert lightness(seen) > 0.8
