"""The desk's menu leads everybody to the pages that the services let them use, and to no others."""

import pytest

from tests.browser.conftest import Visiting

LEDGER = ["/desk/people", "/desk/organisation"]
MENUS = {
    "desk1": [
        "/desk/queue",
        "/desk/outside-news",
        "/desk/file",
        "/desk/activities",
        *LEDGER,
        "/desk/room-codes",
        "/screen",
    ],
    "secretary1": ["/desk/queue", "/desk/activities", *LEDGER, "/desk/room-codes", "/screen"],
    "counsellor1": ["/desk/queue", "/desk/activities", *LEDGER, "/screen"],
    "leader1": ["/desk/queue", *LEDGER, "/screen"],
    "logistics1": ["/desk/queue", "/desk/outside-news"],
    "admin1": [
        "/desk/queue",
        "/desk/outside-news",
        "/desk/file",
        "/desk/activities",
        *LEDGER,
        "/desk/room-codes",
        "/desk/operations",
        "/desk/imports",
        "/screen",
    ],
}


@pytest.mark.parametrize("username", MENUS)
def test_the_menu_is_what_the_services_let_somebody_do(visit: Visiting, username: str) -> None:
    seen = visit(username)
    seen.go("/desk/queue")
    links = [link.get_attribute("href") for link in seen.page.locator("aside nav a").all()]
    assert links == [*MENUS[username], "/m"]
    for path in set(MENUS["admin1"]) - set(MENUS[username]):
        seen.page.goto(path)
        seen.page.wait_for_url(lambda url, path=path: not url.endswith(path))
