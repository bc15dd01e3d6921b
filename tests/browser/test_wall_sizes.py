"""The leaders' screen fills whatever it hangs on: no part of a wall stays empty, and nothing is cut off."""

from tests.browser.conftest import Visiting

SIZES = ((1366, 768), (1920, 1080), (2560, 1080), (3840, 1080), (3840, 2160), (5760, 1080))

_SPREAD = """() => {
  const panels = [...document.querySelectorAll('.board .panel, .board .totals')].map((one) => one.getBoundingClientRect())
  return {
    right: Math.max(...panels.map((box) => box.right)) / innerWidth,
    bottom: Math.max(...panels.map((box) => box.bottom)) / innerHeight,
    left: Math.min(...panels.map((box) => box.left)) / innerWidth,
    covered: panels.reduce((sum, box) => sum + box.width * box.height, 0) / (innerWidth * innerHeight),
  }
}"""


def test_the_screen_fills_the_wall(visit: Visiting) -> None:
    leader = visit("leader1", "wall")
    leader.go("/screen")
    leader.page.wait_for_selector(".board .panel")
    for width, height in SIZES:
        leader.page.set_viewport_size({"width": width, "height": height})
        leader.page.wait_for_timeout(300)
        spread = leader.page.evaluate(_SPREAD)
        size = f"{width}x{height}"
        assert spread["left"] < 0.03 < 0.95 < spread["right"], (size, spread)
        assert spread["bottom"] > 0.95, (size, spread)
        assert spread["covered"] > 0.8, (size, spread)
        assert leader.overflow() <= 0
        leader.shoot(f"screen-{size}")
    assert leader.complaints == []
