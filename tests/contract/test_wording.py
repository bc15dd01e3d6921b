"""Every code that a service may answer has wording in both languages of the pages, with the same placeholders."""

import json
import re

import pytest

from shared.http.problems import COMMON
from tests.architecture.house import ROOT
from tests.contract import openapi
from tests.contract.test_openapi import NEVER_ANSWERED, refusals_of

LANGUAGES = ("zh-CN", "en")
PLACEHOLDER = re.compile(r"{(\w+)}")


def wording(language: str) -> dict[str, str]:
    return json.loads((ROOT / f"web/src/wording/{language}.json").read_text("utf-8"))["problems"]


def answered_codes() -> set[str]:
    documented = {
        code
        for service in openapi.SERVICES
        for code in openapi.told_by(service)["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    }
    return documented | set(COMMON)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answered_code_has_wording(language: str) -> None:
    assert sorted(answered_codes() - set(wording(language))) == []


@pytest.mark.parametrize("service", openapi.SERVICES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_a_domain_has_wording(language: str, service: str) -> None:
    assert sorted(refusals_of(service) - NEVER_ANSWERED - set(wording(language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wording_is_empty(language: str) -> None:
    assert [code for code, text in wording(language).items() if not text.strip()] == []


def test_both_languages_know_the_same_codes_and_placeholders() -> None:
    chinese, english = wording("zh-CN"), wording("en")
    assert set(chinese) == set(english)
    differing = [
        code for code in chinese if set(PLACEHOLDER.findall(chinese[code])) != set(PLACEHOLDER.findall(english[code]))
    ]
    assert differing == []
