"""How parked events are told on a terminal."""

import json
import shutil
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

Json = dict[str, Any]

_OUTCOMES: Final = {
    "done": "handled",
    "refused": "refused by a rule ({reason}), and parked no longer",
    "retry": "stays parked, try later: {reason}",
    "parked": "stays parked: {reason}",
    "gone": "was handled or discarded by somebody else meanwhile",
    "failed": "could not be tried: {reason}",
}


def told_list(rows: Sequence[Json], *, discarded: bool, more: bool, names: Mapping[str, str]) -> str:
    """Return the table of parked (or discarded) events, with the count of each durable below it."""
    if not rows:
        return "Nothing is discarded." if discarded else "Nothing is parked."
    head = ("ID", "DISCARDED", "BY", "WHY") if discarded else ("ID", "PARKED", "TRIES", "EVENT", "REASON")
    lines = table([head, *(_discarded_line(row, names) if discarded else _line(row) for row in rows)])
    counts = Counter(row["durable"] for row in rows)
    told = ", ".join(f"{durable} {count}" for durable, count in sorted(counts.items()))
    lines += ["", f"{len(rows)}{' and more (--limit)' if more else ''}: {told}"]
    return "\n".join(lines)


def told_one(event: Json, names: Mapping[str, str]) -> str:
    """Return one parked event: what is known of it, then its content."""
    facts = [
        ("id", event["id"]),
        ("durable", event["durable"] + ("" if event["heard"] else "  (no longer exists)")),
        ("subject", event["subject"]),
        ("sequence", str(event["sequence"])),
        ("parked", when(event["parked_at"])),
        ("last tried", when(event["tried_at"]) if event["tried_at"] else "-"),
        ("tries", str(event["attempts"])),
        ("reason", event["reason"]),
    ]
    if told := event["discarded"]:
        facts.append(("discarded", f"{when(told['at'])} by {names.get(told['by'], told['by'])}: {told['reason']}"))
    lines = [f"{name:<11} {safe(value)}" for name, value in facts]
    if event["withheld"]:
        lines += ["", "The request is sealed: only the envelope is shown."]
    return "\n".join([*lines, "", _content(event)])


def told_replay(result: Json) -> str:
    """Return how a replay ended."""
    return safe(f"{result['id']}  {_OUTCOMES[result['outcome']].format(reason=result['reason'])}")


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines of aligned columns; the last column is cut at the width of the terminal."""
    cleaned = [[safe(cell) for cell in row] for row in rows]
    widths = [max(_width(row[at]) for row in cleaned) for at in range(len(cleaned[0]) - 1)]
    room = max(20, shutil.get_terminal_size((140, 24)).columns - sum(widths) - 2 * len(widths))
    lines: list[str] = []
    for row in cleaned:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, _cut(row[-1], room)]).rstrip())
    return lines


def when(moment: str) -> str:
    """Return a moment by this machine's clock."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def safe(text: str) -> str:
    """Return the text on one line, with nothing in it that a terminal would obey."""
    return "".join(one if one.isprintable() else " " if one.isspace() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _line(row: Json) -> tuple[str, ...]:
    return (row["id"], when(row["parked_at"]), str(row["attempts"]), row["type"] or row["subject"], row["reason"])


def _discarded_line(row: Json, names: Mapping[str, str]) -> tuple[str, ...]:
    told = row["discarded"]
    return (row["id"], when(told["at"]), names.get(told["by"], told["by"]), told["reason"])


def _content(event: Json) -> str:
    if event["event"] is not None:
        pretty = json.dumps(event["event"], indent=2, ensure_ascii=False)
        return "\n".join(safe(line) for line in pretty.splitlines())
    if event["text"] is not None:
        return "\n".join(safe(line) for line in event["text"].splitlines()) or "(empty)"
    return f"{event['size']} bytes, in Base64:\n{event['base64']}"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _cut(text: str, room: int) -> str:
    if _width(text) <= room:
        return text
    kept = ""
    for one in text:
        if _width(kept + one) > room - 1:
            break
        kept += one
    return kept + "…"
