"""A fetch that times out never takes collected events with it."""

import pytest
from nats.errors import TimeoutError as FetchTimeout

from shared.bus.broker import one_kind_of_timeout


class Subscription:
    """A client's subscription whose fetch ends as it is told."""

    def __init__(self, ending: Exception | None) -> None:
        self.ending = ending

    async def fetch(self, batch: int, timeout: float) -> list[str]:  # noqa: ASYNC109 - the client's own signature
        if self.ending is not None:
            raise self.ending
        return ["message"] * batch


@pytest.mark.parametrize("ending", [TimeoutError(), FetchTimeout()])
async def test_every_timeout_is_the_one_that_the_loop_expects(ending: Exception) -> None:
    subscription = Subscription(ending)
    one_kind_of_timeout(subscription)
    with pytest.raises(FetchTimeout):
        await subscription.fetch(2, timeout=1)


async def test_messages_and_other_errors_pass_through() -> None:
    subscription = Subscription(None)
    one_kind_of_timeout(subscription)
    assert await subscription.fetch(2, timeout=1) == ["message", "message"]
    subscription.ending = ConnectionError()
    with pytest.raises(ConnectionError):
        await subscription.fetch(2, timeout=1)
