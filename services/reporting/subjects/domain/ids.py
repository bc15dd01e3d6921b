"""The stable names of figures and of counts: what is told of them outside goes by these."""

from enum import StrEnum


class FigureId(StrEnum):
    """The stable name of a figure."""

    FIRST_CONTACT_MEDIAN = "first_contact_median"
    FIRST_CONTACT_P90 = "first_contact_p90"
    RESOLUTION_MEDIAN = "resolution_median"
    RESOLUTION_P90 = "resolution_p90"
    RESOLUTION_RATE = "resolution_rate"
    SATISFACTION = "satisfaction"
    RATED_SHARE = "rated_share"
    CONFIRMED_SHARE = "confirmed_share"
    COVERAGE = "coverage"
    PARTICIPATION = "participation"


class CountId(StrEnum):
    """The stable name of a count. Those of stages are the stages' own names."""

    FILED = "filed"
    OPEN = "open"
    OVERDUE = "overdue"
    SOLVED = "solved"
    SERVED = "served"
    SEALED = "sealed"
    REOPENED = "reopened"
    SUBMITTED = "submitted"
    TRIAGED = "triaged"
    MATCHING = "matching"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED_CONFIRMED = "closed_confirmed"
    CLOSED_UNCONFIRMED = "closed_unconfirmed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    MERGED = "merged"
    UNRESOLVABLE = "unresolvable"
    ACTIVITIES_PLANNED = "activities_planned"
    ACTIVITIES_UPCOMING = "activities_upcoming"
    ACTIVITIES_RUNNING = "activities_running"
    ACTIVITIES_COMPLETED = "activities_completed"
    ACTIVITIES_CANCELLED = "activities_cancelled"
    SEATS_TAKEN = "seats_taken"
    SEATS_WAITING = "seats_waiting"
    ATTENDED = "attended"
