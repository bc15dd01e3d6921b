"""The page on proof shows what was measured, of every fault that there is."""

import json

from tests.faults.catalogue import FAULTS
from tests.faults.page import PAGE, RESULTS, render


def test_the_page_shows_the_kept_results() -> None:
    assert render(json.loads(RESULTS.read_text("utf-8"))) in PAGE.read_text("utf-8")


def test_every_fault_was_measured_and_ended_well() -> None:
    measured = json.loads(RESULTS.read_text("utf-8"))["faults"]
    assert list(measured) == list(FAULTS)
    assert [name for name, result in measured.items() if not result["ok"]] == []
