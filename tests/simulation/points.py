"""The recount of points: what confirmed legs and attended activities earned, against the ledger."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]

_OF_KIND: Final[Mapping[str, int]] = {"study": 3, "repair": 2, "wish": 2}
_OTHERWISE: Final = 1
_MOST: Final = 20


def points_differences(
    requests: Sequence[Row], activities: Sequence[Row], sheets: Sequence[Row]
) -> Iterator[tuple[str, str]]:
    """Yield (who and what for, the difference) wherever the ledger is not the sum of what was earned."""
    earned = _earned(requests, activities)
    entered: dict[tuple[str, str], int] = defaultdict(int)
    ids: set[str] = set()
    for row in sheets:
        for entry in row["state"]["entries"]:
            entered[entry["person_id"], entry["source_id"]] += entry["points"]
            if entry["id"] in ids:
                yield entry["id"], "one entry stands twice in the ledger"
            ids.add(entry["id"])
    for key in sorted(earned.keys() | entered.keys()):
        if earned.get(key, 0) != entered.get(key, 0):
            yield " ".join(key), f"earned {earned.get(key, 0)}, the ledger says {entered.get(key, 0)}"


def _earned(requests: Sequence[Row], activities: Sequence[Row]) -> dict[tuple[str, str], int]:
    """Return what each person earned by each leg and activity."""
    earned: dict[tuple[str, str], int] = defaultdict(int)
    for row in requests:
        state = row["state"]
        if state["stage"] != "closed_confirmed" or state["visibility"] == "sealed":
            continue
        for leg in state["legs"]:
            helper = leg["helper_id"]
            served = leg["kind"] == "helper" and leg["state"] == "verified"
            if served and helper is not None and helper != state["requester_id"]:
                earned[helper, leg["id"]] += _OF_KIND.get(state["kind"], _OTHERWISE)
    for row in activities:
        state = row["state"]
        for seat in state["seats"]["taken"]:
            if seat["attended_at"] is not None:
                earned[seat["person_id"], row["_id"]] += min(state["plan"]["points"], _MOST)
    return earned
