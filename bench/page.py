"""Writes the figures of bench/results into docs/performance.md, between its markers."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.machine import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def write_page() -> None:
    """Rewrite the tables of the page from the results that are there."""
    text = PAGE.read_text("utf-8")
    results = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    for name, render in (("filing", _filing), ("loop", _loop)):
        if name in results:
            text = _between(text, name, render(results[name]))
            text = _between(text, "machine", _machine(results[name]["machine"]))
    PAGE.write_text(text, encoding="utf-8")


def _between(text: str, name: str, content: str) -> str:
    marked = re.compile(f"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
    return marked.sub(lambda _found: f"<!-- {name} -->\n{content}\n<!-- /{name} -->", text)


def _table(*rows: tuple[object, ...]) -> str:
    head, *body = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def _each(result: Mapping[str, Any], server: str) -> str:
    """Return the processor time of a filing, by process, of the median round of a server."""
    rounds = sorted((r for r in result["rounds"] if r["server"] == server), key=lambda r: r["per_second"])
    used: Mapping[str, float] = rounds[len(rounds) // 2]["processor_ms_each"]
    return ", ".join(f"{part} {ms:.2f}" for part, ms in used.items() if ms >= 0.005)


def _filing(result: Mapping[str, Any]) -> str:
    rounds = len(result["rounds"]) // 2
    lead = (
        f"**Ratio {result['ratio']:.2f}** (lowest pair {result['ratio_lowest']:.2f}, highest "
        f"{result['ratio_highest']:.2f}; {rounds} rounds of {result['seconds_a_round']:g} s; lost {result['lost']} of "
        f"{result['answered']}). {_when(result)}"
    )
    table = _table(
        ("", "a second", "p50 ms", "p99 ms", "processor ms for each filing"),
        ("yardstick", result["bare_per_second"], result["bare_p50_ms"], result["bare_p99_ms"], _each(result, "bare")),
        (
            "`requests`",
            result["requests_per_second"],
            result["requests_p50_ms"],
            result["requests_p99_ms"],
            _each(result, "requests"),
        ),
    )
    return f"{lead}\n\n{table}"


def _loop(result: Mapping[str, Any]) -> str:
    used = ", ".join(f"{part} {ms:.1f}" for part, ms in result["processor_ms_a_loop"].items())
    table = _table(
        ("figure", "value"),
        ("whole loops a second", result["loops_per_s"]),
        ("HTTP calls a loop", result["calls_a_loop"]),
        ("filed to row at half load, p50", f"{result['filed_to_row_p50_ms']:g} ms"),
        ("filed to row at half load, p99", f"{result['filed_to_row_p99_ms']:g} ms"),
        ("filed to row at full load, p50", f"{result['filed_to_row_at_full_load_p50_ms']:g} ms"),
        ("filed to row at full load, p99", f"{result['filed_to_row_at_full_load_p99_ms']:g} ms"),
        ("rows missing", result["rows_missing"]),
        ("processor ms a loop", used),
    )
    return f"{_when(result)} Each phase {result['seconds_a_phase']:g} s.\n\n{table}"


def _when(result: Mapping[str, Any]) -> str:
    return f"Run at {result['at']}, load of the machine before it {result['machine']['load_before'][0]}."


def _machine(about: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    return (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gb']:g} GB, {about['system']}, "
        f"Python {about['python']}, {about['nats_server']}, MongoDB {about['mongod']}, {libraries}."
    )


if __name__ == "__main__":
    write_page()
