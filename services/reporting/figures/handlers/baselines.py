"""Freezing a baseline: the present value of a figure, kept for ever, to measure later values against."""

from services.reporting.figures.queries import kept_as, prove
from services.reporting.figures.store import Baselines
from services.reporting.subjects.domain.scope import Scope
from services.reporting.subjects.domain.subject import Why
from services.reporting.subjects.domain.sums import Sums
from shared.auth.actor import Actor
from shared.clock import Clock
from shared.refusal import Refusal


async def freeze_baseline(
    sums: Sums, baselines: Baselines, clock: Clock, actor: Actor, figure_id: str, building: str | None
) -> float:
    """Keep the figure's present value as its baseline and return it.

    Refuses `figure.unknown`, `figure.no_value` (nothing to measure yet) and `figure.baseline_frozen` (there is one).
    """
    now = clock.now()
    proof = prove(sums, figure_id, now, Scope(building=building))
    value = proof.answer.value
    if value is None:
        raise Refusal(Why.NO_VALUE, figure=figure_id)
    if not await baselines.freeze(kept_as(proof.subject, proof.figure), building, value, actor.id, now):
        raise Refusal(Why.BASELINE_FROZEN, figure=figure_id)
    return value
