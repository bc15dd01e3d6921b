"""The stream's constants. Only `deploy/nats/provision.py` creates or changes it."""

from typing import Final

STREAM: Final = "YIZHAN"
SUBJECTS: Final = ("yizhan.>",)
API: Final = "$JS.API"
"""First tokens of the subjects on which the broker is asked; behind walls they are others (`NATS_API`)."""

DUPLICATE_WINDOW_SECONDS: Final = 600
ACK_WAIT_SECONDS: Final = 30
MAX_ACK_PENDING: Final = 20_000
"""Events that may wait for their retry at once; high, so that one outside system that is down blocks nobody."""

ATOMIC_BATCH_MOST: Final = 400
"""Messages of one atomic publish; the server's limit is 1,000."""
