"""Every number on the leaders' screen opens its proof: the same number, its formula, both sides and the records."""

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Visit, Visiting

PROOFS = "main .proof"
DIALOG = "dialog[open]"


def _number_in(button: Locator) -> str:
    """The number that a button shows."""
    bold = button.locator("b.num")
    text = (bold.first if bold.count() else button).inner_text()
    return "".join(letter for letter in text if letter.isdigit() or letter in "./")


def _proof_agrees(page: Page, button: Locator) -> None:
    shown = _number_in(button)
    button.click()
    page.wait_for_selector(f"{DIALOG} .formula")
    assert page.locator(f"{DIALOG} [role=alert]").count() == 0
    assert page.locator(f"{DIALOG} .formula").inner_text().strip()
    if page.locator(f"{DIALOG} .withheld").count():
        assert shown == "", "what is withheld shows no number"
        assert page.locator(f"{DIALOG} :is(dd, .value b, .records)").count() == 0
        _close(page)
        return
    value, numerator = (page.locator(f"{DIALOG} {one}").first.inner_text() for one in (".value b", "dd"))
    if shown not in {"", "—"}:
        assert shown.partition("/")[0] in {value, numerator}, button.evaluate("one => one.outerHTML")
    listed = page.locator(f"{DIALOG} .records li").count()
    assert listed > 0 or numerator == "0" or page.locator(f"{DIALOG} .records .soft").count() > 0
    _close(page)


def _close(page: Page) -> None:
    page.keyboard.press("Escape")
    page.wait_for_selector(DIALOG, state="hidden")


def _screen(visit: Visiting, size: str, language: str) -> Visit:
    seen = visit("leader1", size, language)
    seen.go("/screen")
    seen.page.wait_for_selector(PROOFS)
    return seen


@pytest.mark.parametrize(("size", "language"), [("wall", "zh-CN"), ("phone", "en")])
def test_every_number_of_the_screen_opens_its_proof(visit: Visiting, size: str, language: str) -> None:
    seen = _screen(visit, size, language)
    page = seen.page
    bare = page.evaluate(
        """() => [...document.querySelectorAll("main .num")].filter(one => /[0-9]/.test(one.textContent)
            && !one.closest("button, time, svg")).map(one => one.outerHTML)"""
    )
    assert bare == [], "a number that nothing proves"
    count = page.locator(PROOFS).count()
    assert count > 35
    for index in range(count):
        _proof_agrees(page, page.locator(PROOFS).nth(index))
    page.locator(PROOFS).first.click()
    page.wait_for_selector(f"{DIALOG} .formula")
    seen.shoot(f"{language}/{size}/leader-proof")
    assert seen.barriers() == []
    assert seen.complaints == []


def test_every_number_of_a_building_opens_its_proof(visit: Visiting) -> None:
    seen = _screen(visit, "wall", "en")
    page = seen.page
    house = page.locator(".house .name").first
    house.click()
    page.wait_for_selector(f"{DIALOG} .proof")
    seen.shoot("en/wall/leader-building")
    assert seen.barriers() == []
    count = page.locator(f"{DIALOG} .proof").count()
    assert count > 10
    for index in range(count):
        if index:
            house.click()
        _proof_agrees(page, page.locator(f"{DIALOG} .proof").nth(index))
    assert seen.complaints == []


def test_a_point_of_the_trend_opens_the_proof_of_its_span(visit: Visiting) -> None:
    seen = _screen(visit, "wall", "en")
    seen.page.get_by_role("button", name="24 hours").click()
    chart = seen.page.locator(".trended .chart")
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] * 0.9, "y": box["height"] * 0.3})
    seen.page.wait_for_selector(f"{DIALOG} .formula")
    assert "–" in seen.page.locator(f"{DIALOG} h2 small").inner_text()
