"""Everything that must happen in a thousand seeds: each command, each fact, each fault."""

from collections import Counter
from typing import Final

from shared.contracts.catalog import BY_TYPE
from tests.simulation.commands import ways_of

_UNASKED: Final = {"list_attendees"}
"""Commands that only look; looking is counted by itself."""
DONE: Final = (
    *("file", "plan", "rank_helpers", "cancel_activity", "complete_activity"),
    *(command for service in ("requests", "activities") for command in ways_of(service) if command not in _UNASKED),
    *("disable_person", "enable_person"),
    *("register_person", "revise_person", "depart_person", "return_person", "assign_duty_area", "release_duty_area"),
    *(
        "look_at_queue",
        "look_at_mine",
        "look_at_my_legs",
        "look_at_wall",
        "look_at_names",
        "look_at_board",
        "look_at_figure",
        "look_at_records",
    ),
    *("look_at_rows", "look_at_rebuild", "look_at_baseline", "look_at_recount"),
    *("acted_on_stale_knowledge", "pressed_twice", "acted_all_at_once"),
)
FAULTS: Final = (
    *(
        f"{part}_{kind}"
        for part in ("store", "bus", "outside")
        for kind in ("slow", "stalls", "fails_before", "answer_lost", "dies_before", "dies_after", "away")
    ),
    *("bus_word_lost", "bus_twice", "bus_late", "bus_shuffled", "bus_cut", "bus_publish_cut"),
    *("outage_bus", "outage_store", "outage_outside", "process_killed", "service_killed", "rolling_restart"),
    *("clock_skewed", "person_answer_lost", "power_lost"),
    *(f"outside_{status}" for status in (401, 408, 429, 500, 502, 503)),
    *("outside_garbage", "outside_refuses", "outside_forgets", "hook_lost", "hook_late", "hook_twice"),
)
REFUSED: Final = (
    "http.idempotency_key_reused",
    "http.stale_version",
    "leg.wrong_state",
    "leg.offer_expired",
    "leg.helper_excluded",
    "leg.sealed_never_outside",
    "request.wrong_stage",
    "request.rating_closed",
    "auth.not_yours",
    "activity.wrong_code",
    "activity.wrong_stage",
    "activity.not_now",
    "activity.no_seat",
    "activity.place_taken",
    "duty_area.overlap",
)


def never_happened(counts: Counter[str]) -> list[str]:
    """Return what should have happened and did not."""
    expected = (
        *(f"did:{name}" for name in DONE),
        *(f"fact:{name}" for name in BY_TYPE),
        *(f"fault:{name}" for name in FAULTS),
        *(f"refused:{code}" for code in REFUSED),
        *(
            "outside:token",
            "outside:polled_open",
            "outside:polled_closed",
            "outside:withdrawn",
            "outside:withdrawal_unknown",
            "hook:200",
            "outside:kept",
        ),
    )
    return [name for name in expected if not counts[name]]
