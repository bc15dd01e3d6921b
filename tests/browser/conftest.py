"""A real browser on the running system: every page in the two sizes that people use, in both languages."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from deploy.pages import node_program
from tests.support.town import Place

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = os.environ.get("YIZHAN_SCREENS", str(ROOT / "test-results" / "screens"))
"""Where pictures are kept; nowhere when it is empty."""
SIZES = {"wall": (1920, 1080), "phone": (390, 844)}
LANGUAGES = ("zh-CN", "en")
DARK = 0.2
"""The lightness below which a page counts as dark."""

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_STILL = """() => document.getAnimations().every(
  one => one.playState !== 'running' || one.effect.getComputedTiming().endTime === Infinity)"""
_FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


_TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, select, [role=button]')].filter((one) => {
  const box = one.getBoundingClientRect()
  return box.width > 0 && Math.min(box.width, box.height) < 23.9
}).map((one) => one.outerHTML.slice(0, 200))"""

_CLIPPED = """() => [...document.querySelectorAll('main .sheet, main a, main button, main li')].filter((one) => {
  const box = one.getBoundingClientRect()
  for (let over = one.parentElement; over && box.width > 0; over = over.parentElement) {
    const beyond = getComputedStyle(over).overflowX
    if (beyond === 'auto' || beyond === 'scroll') return false
    if (beyond !== 'visible' && box.right > over.getBoundingClientRect().right + 0.5) return true
  }
  return false
}).map((one) => one.outerHTML.slice(0, 160))"""


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("no Chromium on this machine: on Debian, apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for a module's tests; it must be gone when asynchronous tests of other modules begin.

    Playwright runs on the project's Node: the one of its own needs a library that a small system lacks.
    """
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(node_program())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person at one screen; remembers what the browser complained of."""

    page: Page
    context: BrowserContext
    nobody: bool = False
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a path and wait until nothing is being fetched or drawn (a live stream never ends and is no reason)."""
        self.page.goto(path)
        self.page.wait_for_selector("h1")
        self.page.wait_for_function("() => !document.querySelector('[aria-busy=\"true\"]')")
        self.page.wait_for_timeout(400)

    def shoot(self, name: str) -> None:
        """Keep a picture of what is seen now, if pictures are asked for."""
        if SCREENS:
            path = Path(SCREENS) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=path)

    def barriers(self) -> list[str]:
        """Return what axe finds wrong for people who see, hear or point differently, when every colour has come."""
        self.page.wait_for_function(_STILL)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate("rules => axe.run(document, rules)", _RULES)
        return [f"{v['id']}: {node['target']} {node['html'][:160]}" for v in found["violations"] for node in v["nodes"]]

    def overflow(self) -> int:
        """Return how many pixels the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def speak_english(self) -> bool:
        """Change the language by the page's own switch; False where a page has none."""
        switch = self.page.locator(".language-switch")
        if switch.count() == 0:
            return False
        switch.first.evaluate("button => button.click()")
        self.page.wait_for_function("() => document.documentElement.lang === 'en'")
        self.page.wait_for_timeout(200)
        return True

    def lightness(self) -> float:
        """Return how light the page's ground is: 0 black, 1 white."""
        script = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
        return sum(self.page.evaluate(script)) / 3 / 255

    def too_small(self) -> list[str]:
        """Return what can be pressed and is less than 24 pixels wide or high on the glass, however it is scaled."""
        return list(self.page.evaluate(_TOO_SMALL))

    def clipped(self) -> list[str]:
        """Return the cards and buttons that stick out of something that cuts them off."""
        return list(self.page.evaluate(_CLIPPED))


Visiting = Callable[..., Visit]


def until(holds: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait until it holds; for what no locator can wait for."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.3)


@pytest.fixture
def visit(browser: Browser, place: Place) -> Iterator[Visiting]:
    """Let somebody (or nobody) sit down at a screen of a size, in a language."""
    with ExitStack() as stack:

        def begin(username: str | None, size: str = "wall", language: str = "zh-CN") -> Visit:
            return stack.enter_context(_sitting(browser, place, username, size, language))

        yield begin


@pytest.fixture(scope="module")
def _seats(browser: Browser, place: Place) -> Iterator[Callable[[str | None, str, str], Visit]]:
    kept: dict[tuple[str | None, str, str], Visit] = {}
    with ExitStack() as stack:

        def seat(username: str | None, size: str, language: str) -> Visit:
            who = (username, size, language)
            if who not in kept:
                kept[who] = stack.enter_context(_sitting(browser, place, *who))
            return kept[who]

        yield seat


@pytest.fixture
def look(_seats: Callable[[str | None, str, str], Visit]) -> Iterator[Visiting]:
    """Let somebody look at one page after the other, without signing in anew: for tests that change nothing."""
    seated: list[Visit] = []

    def begin(username: str | None, size: str = "wall", language: str = "zh-CN") -> Visit:
        seen = _seats(username, size, language)
        seen.complaints.clear()
        seated.append(seen)
        return seen

    yield begin
    for seen in seated:
        seen.page.goto("about:blank")  # a live page would go on working


@contextmanager
def _sitting(browser: Browser, place: Place, username: str | None, size: str, language: str) -> Iterator[Visit]:
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=place.origin,
        viewport={"width": width, "height": height},
        locale=language,
        timezone_id="Asia/Shanghai",
        has_touch=size == "phone",
        reduced_motion="reduce",
    )
    context.add_init_script(f"localStorage.setItem('yizhan.locale', '{language}')")
    if username is not None:
        answer = context.request.post("/api/members/sessions", data={"username": username, "password": place.password})
        assert answer.status == 201, answer.text()
    visit = Visit(context.new_page(), context, nobody=username is None)
    visit.page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))
    visit.page.on("console", lambda message: _listen(visit, message))
    yield visit
    context.close()


def _listen(visit: Visit, message: Any) -> None:
    if message.type == "error" and not (visit.nobody and "401" in message.text):
        visit.complaints.append(f"console: {message.text}")
