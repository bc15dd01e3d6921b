"""What may happen to a leg: how it finds its helper, and what becomes of it."""

from services.requests.legs.domain.offers import (
    Proposal,
    accept,
    ask_coordinator,
    assign,
    claim,
    decline,
    expire,
    offer,
    pass_over,
    release,
    vacate,
)
from services.requests.legs.domain.service import add_leg, complete, nudge, report, start, withdraw

__all__ = [
    "Proposal",
    "accept",
    "add_leg",
    "ask_coordinator",
    "assign",
    "claim",
    "complete",
    "decline",
    "expire",
    "nudge",
    "offer",
    "pass_over",
    "release",
    "report",
    "start",
    "vacate",
    "withdraw",
]
