"""The counters that every service keeps, in Prometheus form."""

from prometheus_client import Counter, Gauge, Histogram

HEARD = Counter("yizhan_events_heard", "Events settled, by durable and outcome.", ["durable", "outcome"])
FOREIGN = Counter(
    "yizhan_events_foreign", "Events parked because another service told them than their subject names.", ["durable"]
)
PUBLISHED = Counter("yizhan_events_published", "Events that the stream acknowledged.")
RELAY_FAILED = Counter("yizhan_relay_failures", "Publish attempts that the stream did not acknowledge.")
REQUESTS = Counter("yizhan_http_requests", "HTTP answers, by method, route and status.", ["method", "route", "status"])
SECONDS = Histogram(
    "yizhan_http_seconds",
    "Seconds from request to answer, by method and route.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
SWEEP_FAILED = Counter("yizhan_sweep_failures", "Sweeps that ended in a fault, by name.", ["sweep"])
PARKED = Gauge(
    "yizhan_parked_events", "Events that wait in parking, by durable; every replica tells the same figure.", ["durable"]
)
REPLAYED = Counter(
    "yizhan_parked_replayed", "Replays of parked events, by durable and outcome.", ["durable", "outcome"]
)
DISCARDED = Counter("yizhan_parked_discarded", "Parked events that somebody discarded, by durable.", ["durable"])
