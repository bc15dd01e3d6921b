"""What a request wants from the desk."""

from collections.abc import Callable, Mapping
from typing import Final

from services.requests.casework.domain.lifecycle import is_live, is_open_outside
from services.requests.casework.domain.request import Leg, Need, Request
from shared.contracts.stages import ENDED, LegState, Stage

_NEEDS_OF_LEG: Final[Mapping[Need, Callable[[Leg], bool]]] = {
    Need.COORDINATOR: lambda leg: leg.unmatched,
    Need.SEND_FAILED: lambda leg: leg.state is LegState.SEND_FAILED,
    Need.STALE: lambda leg: leg.stale,
    Need.NO_UPDATE: lambda leg: leg.quiet,
}
"""What a live leg wants from the desk."""


def needs_of(request: Request) -> tuple[Need, ...]:
    """Return what the desk must look at; of what is served or has ended, only what is still open outside."""
    left_outside = {Need.STILL_OPEN_OUTSIDE} if any(map(is_open_outside, request.legs)) else set[Need]()
    if request.stage in ENDED or request.stage is Stage.RESOLVED:
        return tuple(left_outside)
    live = [leg for leg in request.legs if is_live(leg)]
    wanted = left_outside | {need for leg in live for need, is_so in _NEEDS_OF_LEG.items() if is_so(leg)}
    if not live:
        wanted.add(Need.TRIAGE)
    if request.requester_left:
        wanted.add(Need.REQUESTER_LEFT)
    return tuple(need for need in Need if need in wanted)
