"""The documents hold together: links lead somewhere, every decision is listed and says when to look again."""

import re
from pathlib import Path

import pytest

from deploy.demo import campus
from shared.contracts.members import Role
from tests.architecture.house import ROOT, SERVICES

LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    missing = [link for link in LINK.findall(document.read_text("utf-8")) if not (document.parent / link).exists()]
    assert missing == []


def test_every_decision_is_listed_and_has_a_number_of_its_own() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    assert [path.name for path in DECISIONS if f"]({path.name})" not in index] == []
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.name)
def test_a_decision_says_what_we_chose_what_we_rejected_and_when_to_look_again_on_one_page(decision: Path) -> None:
    text = decision.read_text("utf-8")
    assert text.startswith(f"# {decision.name[:4]} ")
    for part in (r"\b[Cc]hos(e|en)\b", r"\b[Rr]ejected\b", r"\bLook again\b"):
        assert re.search(part, text), part
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("service", SERVICES)
def test_the_house_names_every_topic_of_a_service_and_no_other(service: str) -> None:
    text = (ROOT / "docs/architecture/house.md").read_text("utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith(f"| `{service}` |")]
    topics = {path.parent.name for path in (ROOT / "services" / service).glob("*/__init__.py")}
    assert set(re.findall(r"`(\w+)`", row.split("|")[3])) == topics


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_a_demo_account_of_every_role_and_both_commands(readme: Path) -> None:
    text = readme.read_text("utf-8")
    assert all(f"`{role}1`" in text for role in Role)
    assert f"`{campus.PASSWORD}`" in text
    assert "make -C yizhan up" in text
    assert "make demo" in text


def test_the_readmes_show_the_same_pictures() -> None:
    english, chinese = (set(re.findall(r"docs/screens/[\w-]+\.png", path.read_text("utf-8"))) for path in READMES)
    assert english == chinese
    assert len(english) >= 5


def test_every_threat_is_answered_by_a_test_that_exists() -> None:
    text = (ROOT / "docs/security/threats.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > len(re.findall(r"^\| (?!Threat|---)", text, re.MULTILINE)) - 1
    missing = [
        (path, test)
        for path, test in named
        if not (ROOT / path).exists() or (test and not re.search(rf"def {test}\b", (ROOT / path).read_text("utf-8")))
    ]
    assert missing == []
