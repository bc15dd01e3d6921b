"""The recount of the board from the documents of the other services, written without the code of `reporting`.

No number of the board counts what is sealed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]

_SERVED: Final = {"resolved", "closed_confirmed", "closed_unconfirmed"}
_ENDED: Final = {"closed_confirmed", "closed_unconfirmed", "cancelled", "rejected", "merged", "unresolvable"}


def board_differences(board: Any, documents: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, str]]:
    """Yield (part of the board, difference) for totals, stages, kinds, categories, buildings, figures, activities."""
    requests = [row["state"] for row in documents["requests"] if row["state"]["visibility"] != "sealed"]
    yield from _differing(
        "totals", _totals(requests), {name: getattr(board.totals, name) for name in _totals(requests)}
    )
    yield from _differing("stage", Counter(one["stage"] for one in requests), {x.key: x.count for x in board.by_stage})
    for name, shown in (("kind", board.by_kind), ("category", board.by_category)):
        yield from _differing(name, Counter(one[name] for one in requests), {x.key: x.count for x in shown})
        opened = Counter(one[name] for one in requests if _is_open(one))
        yield from _differing(f"{name} open", opened, {x.key: x.open for x in shown if x.open})
    filed = Counter(".".join(one["place"].split(".")[:2]) for one in requests)
    yield from _differing("building", filed, {x.key: x.filed for x in board.by_building if x.filed})
    shown_figures = {f.id.value: (f.numerator, f.denominator) for f in board.figures}
    yield from _differing("figure", _figures(requests, documents), shown_figures)
    for name, value in _values(requests).items():
        shown = next(f.value for f in board.figures if f.id.value == name)
        if (value is None) != (shown is None) or (value is not None and not math.isclose(value, shown, abs_tol=1e-6)):
            yield f"figure {name}", f"is {value}, the board says {shown}"
    yield from _differing(
        "activities",
        _activities([row["state"] for row in documents["activities"]]),
        {
            name: getattr(board.activities, name)
            for name in ("planned", "completed", "cancelled", "attended", "seats_taken", "waiting")
        },
    )


def _differing(part: str, counted: Mapping[str, Any], shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in sorted(counted.keys() | shown.keys()):
        if counted.get(key, 0) != shown.get(key, 0):
            yield f"{part} {key}", f"counted {counted.get(key, 0)}, the board says {shown.get(key, 0)}"


def _is_open(state: Row) -> bool:
    return state["stage"] not in _SERVED | _ENDED


def _totals(requests: Sequence[Row]) -> dict[str, int]:
    stages = Counter(state["stage"] for state in requests)
    return {
        "filed": len(requests),
        "open": sum(_is_open(state) for state in requests),
        "resolved": stages["resolved"],
        "closed_confirmed": stages["closed_confirmed"],
        "closed_unconfirmed": stages["closed_unconfirmed"],
        "cancelled": stages["cancelled"],
        "rejected": stages["rejected"],
        "on_hold": stages["on_hold"],
    }


def _by_requester(state: Row) -> bool:
    """Tell whether the requester cancelled: the timeline's last cancelling entry names who."""
    entries = [entry for entry in state["timeline"] if entry["code"] == "request.cancelled"]
    return bool(entries) and entries[-1]["actor"] == state["requester_id"]


def _stars(state: Row) -> int | None:
    """Return the stars that count: those given since the last reopening."""
    rating = state["rating"]
    if rating is None or not rating["solved"] or state["stage"] not in _SERVED:
        return None
    undone = [entry["at"] for entry in state["timeline"] if entry["code"] in {"request.reopened", "request.not_solved"}]
    return None if undone and undone[-1] >= rating["rated_at"] else rating["stars"]


def _figures(requests: Sequence[Row], documents: Mapping[str, Sequence[Row]]) -> dict[str, tuple[int, int]]:
    asked = [s for s in requests if not (s["stage"] == "cancelled" and _by_requester(s))]
    contacted = sum(s["first_contact_at"] is not None for s in requests)
    served = [s for s in requests if s["stage"] in _SERVED]
    resolved = sum(s["stage"] in _SERVED and s["resolved_at"] is not None for s in asked)
    ended = [s for s in asked if s["stage"] in _ENDED]
    confirmed = sum(s["stage"] == "closed_confirmed" for s in requests)
    unconfirmed = sum(s["stage"] == "closed_unconfirmed" for s in requests)
    rated = sum(_stars(s) is not None for s in served)
    return {
        "first_contact_median": (contacted, len(requests)),
        "first_contact_p90": (contacted, len(requests)),
        "resolution_median": (resolved, len(asked)),
        "resolution_p90": (resolved, len(asked)),
        "resolution_rate": (confirmed, len(ended)),
        "confirmed_share": (confirmed, confirmed + unconfirmed),
        "satisfaction": (rated, len(served)),
        "rated_share": (rated, len(served)),
        "coverage": _coverage(documents),
        "participation": _participation(served, documents),
    }


def _coverage(documents: Mapping[str, Sequence[Row]]) -> tuple[int, int]:
    present = {row["_id"]: row["state"] for row in documents["people"] if row["state"]["departed_at"] is None}
    homes = {state["profile"]["place"] for state in present.values()}
    rooms = {home for home in homes if home is not None and home.count(".") == 3}
    answered: set[str] = set()
    for row in documents["duty"]:
        for area in row["state"]["areas"]:
            owner = present.get(area["owner_id"])
            if area["released_at"] is None and owner is not None and owner["profile"]["reachable"]:
                answered.update(area["places"])
    return sum(any(room == one or room.startswith(one + ".") for one in answered) for room in rooms), len(rooms)


def _participation(served: Sequence[Row], documents: Mapping[str, Sequence[Row]]) -> tuple[int, int]:
    present = {row["_id"] for row in documents["people"] if row["state"]["departed_at"] is None}
    took_part = {leg["helper_id"] for state in served for leg in state["legs"] if leg["state"] in {"done", "verified"}}
    for row in documents["activities"]:
        took_part |= {s["person_id"] for s in row["state"]["seats"]["taken"] if s["attended_at"] is not None}
    return len(present & took_part), len(present)


def _values(requests: Sequence[Row]) -> dict[str, float | None]:
    contact = sorted(
        max(0.0, (s["first_contact_at"] - s["filed_at"]).total_seconds())
        for s in requests
        if s["first_contact_at"] is not None
    )
    asked = [s for s in requests if not (s["stage"] == "cancelled" and _by_requester(s))]
    resolution = sorted(
        max(0.0, (s["resolved_at"] - s["filed_at"]).total_seconds())
        for s in asked
        if s["stage"] in _SERVED and s["resolved_at"] is not None
    )
    stars = [one for s in requests if (one := _stars(s)) is not None]
    mean: Callable[[Sequence[int]], float | None] = lambda given: sum(given) / len(given) if given else None  # noqa: E731
    return {
        "first_contact_median": _median(contact),
        "first_contact_p90": _p90(contact),
        "resolution_median": _median(resolution),
        "resolution_p90": _p90(resolution),
        "satisfaction": mean(stars),
    }


def _median(ordered: Sequence[float]) -> float | None:
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _p90(ordered: Sequence[float]) -> float | None:
    return ordered[-(-9 * len(ordered) // 10) - 1] if ordered else None


def _activities(activities: Sequence[Row]) -> dict[str, int]:
    stages = Counter(state["stage"] for state in activities)
    return {
        "planned": stages["planned"],
        "completed": stages["completed"],
        "cancelled": stages["cancelled"],
        "seats_taken": sum(len(state["seats"]["taken"]) for state in activities),
        "waiting": sum(len(state["seats"]["waiting"]) for state in activities),
        "attended": sum(seat["attended_at"] is not None for state in activities for seat in state["seats"]["taken"]),
    }
