"""Where a call comes from: another site's page is told by what browsers say, with and without their newer header."""

import pytest

from shared.auth.origins import is_from_elsewhere, origin_of

OWN = origin_of("https://yizhan.example.edu")
HOST = {"host": "10.1.2.3:8080"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": "https://elsewhere.example"},
        {"origin": "https://yizhan.example.edu"},
        {"origin": "https://yizhan.example.edu:443"},
        {"origin": "https://YIZHAN.example.edu"},
        {"origin": "http://10.1.2.3:8080"},
        {"host": "yizhan.local", "origin": "http://yizhan.local"},
        {"host": "yizhan.local:80", "origin": "http://yizhan.local"},
        {"host": "yizhan.local", "origin": "https://yizhan.local"},
        {"host": "[::1]:8080", "origin": "http://[::1]:8080"},
    ],
)
def test_our_own_pages_and_programs_come_from_here(headers: dict[str, str]) -> None:
    assert not is_from_elsewhere({**HOST, **headers}, OWN)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "nonsense"},
        {"sec-fetch-site": ""},
        {"sec-fetch-site": "cross-site", "origin": "http://10.1.2.3:8080"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "nonsense"},
        {"origin": "file://"},
        {"origin": "http://yizhan.example.edu"},
        {"origin": "https://yizhan.example.edu.elsewhere.example"},
        {"origin": "https://elsewhere.example/yizhan.example.edu"},
        {"origin": "https://yizhan.example.edu:8443"},
        {"origin": "http://10.1.2.3"},
        {"origin": "http://10.1.2.3:8081"},
        {"origin": "http://10.1.2.3:99999"},
        {"origin": "http://[::1"},
        {"host": "", "origin": "http://elsewhere.example"},
        {"host": "elsewhere.example:x", "origin": "http://elsewhere.example"},
    ],
)
def test_pages_of_another_site_come_from_elsewhere(headers: dict[str, str]) -> None:
    assert is_from_elsewhere({**HOST, **headers}, OWN)


def test_without_a_public_address_only_the_host_that_was_called_is_ours() -> None:
    assert is_from_elsewhere({**HOST, "origin": "https://yizhan.example.edu"}, None)
    assert not is_from_elsewhere({**HOST, "origin": "http://10.1.2.3:8080"}, None)
