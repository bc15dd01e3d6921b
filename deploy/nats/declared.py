"""What the stream and its durables are made as."""

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig

from deploy.nats.topology import Durable
from shared.bus.stream import ACK_WAIT_SECONDS, DUPLICATE_WINDOW_SECONDS, MAX_ACK_PENDING, STREAM, SUBJECTS

UNLIMITED = -1
OURS = {"declared-by": "yizhan"}


def stream_config(replicas: int) -> StreamConfig:
    """Return the stream: all our subjects, on files, without limits, and nobody may take anything out of it.

    No headers that schedule, expire or roll up: with them a service writes on another's subject or wipes the record.
    """
    return StreamConfig(
        name=STREAM,
        subjects=list(SUBJECTS),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_consumers=UNLIMITED,
        max_msgs=UNLIMITED,
        max_bytes=UNLIMITED,
        max_age=0,
        max_msgs_per_subject=UNLIMITED,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=True,
        allow_msg_schedules=False,
        allow_msg_ttl=False,
        allow_rollup_hdrs=False,
        deny_delete=True,
        deny_purge=True,
        metadata=dict(OURS),
    )


def consumer_config(durable: Durable, replicas: int, *, after: int = 0) -> ConsumerConfig:
    """Return a durable pull consumer: explicit acks, never given up, from the first event behind `after` on."""
    return ConsumerConfig(
        durable_name=durable.name,
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE if after else DeliverPolicy.ALL,
        opt_start_seq=after + 1 if after else None,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=UNLIMITED,
        max_ack_pending=MAX_ACK_PENDING,
        filter_subjects=list(durable.subjects),
        num_replicas=replicas,
        metadata=dict(OURS),
    )
