"""The leaders' screen fills whatever it hangs on: no part of a wall stays empty, and nothing is cut off."""

import pytest

from tests.browser.conftest import Visiting

SIZES = ((1366, 768), (1440, 900), (1920, 1080), (2560, 1080), (3840, 1080), (3840, 2160), (5760, 1080))

_FILLED = """() => {
  const panels = [...document.querySelectorAll('.board .panel, .board .totals')]
    .map((one) => one.getBoundingClientRect())
  const found = {
    right: Math.max(...panels.map((box) => box.right)) / innerWidth,
    bottom: Math.max(...panels.map((box) => box.bottom)) / innerHeight,
    left: Math.min(...panels.map((box) => box.left)) / innerWidth,
    covered: panels.reduce((sum, box) => sum + box.width * box.height, 0) / (innerWidth * innerHeight),
  }
  return found.left < 0.03 && found.right > 0.97 && found.bottom > 0.95 && found.covered > 0.8
}"""


_CUT = """() => [...document.querySelectorAll('.board .name')]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)"""


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_on_a_phone_every_number_has_its_whole_name(visit: Visiting, language: str) -> None:
    leader = visit("leader1", "phone", language)
    leader.go("/screen")
    leader.page.wait_for_selector(".board .panel")
    for width in (390, 360):
        leader.page.set_viewport_size({"width": width, "height": 844})
        leader.page.wait_for_timeout(200)
        assert leader.page.evaluate(_CUT) == []
        assert leader.overflow() <= 0
        leader.shoot(f"screen-{width}x844-{language}")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_screen_fills_the_wall_and_a_finger_finds_every_number(visit: Visiting, language: str) -> None:
    leader = visit("leader1", "wall", language)
    leader.go("/screen")
    leader.page.wait_for_selector(".board .panel")
    for width, height in SIZES:
        leader.page.set_viewport_size({"width": width, "height": height})
        leader.page.wait_for_function(_FILLED)
        assert leader.overflow() <= 0
        assert leader.too_small() == []
        leader.shoot(f"screen-{width}x{height}-{language}")
    assert leader.complaints == []
