"""Results of faults: kept in a file, shown as a table, and written into docs/architecture/proof.md."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.machine import machine
from tests.faults.catalogue import FAULTS
from tests.faults.measure import Result

RESULTS: Final = Path(__file__).parent / "results.json"
PAGE: Final = Path(__file__).parents[2] / "docs" / "architecture" / "proof.md"
HEAD: Final = (
    "fault",
    "lasted s",
    "acknowledged",
    "found",
    "finished",
    "lost",
    "twice",
    "refused",
    "begun in it s",
    "begun after it s",
    "all finished s",
    "load",
    "note",
)


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the results as a Markdown table."""
    rows = [HEAD, *(_cells(result) for result in results)]
    head, *body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(HEAD), *body])


def _cells(result: Mapping[str, Any]) -> tuple[object, ...]:
    mark = "" if result["ok"] else " **(not ok)**"
    return (
        f"`{result['fault']}`: {result['what']}{mark}",
        f"{result['seconds_of_fault']:g}",
        result["acknowledged"],
        result["found"],
        result["loops_finished"],
        result["lost"],
        result["applied_twice"],
        result["refused_during"],
        _seconds(result["loop_begun_in_fault_s"]),
        _seconds(result["recovered_after_s"]),
        _seconds(result["all_finished_after_s"]),
        "" if result.get("load_before") is None else result["load_before"],
        result["note"],
    )


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"


def keep(results: Sequence[Result]) -> None:
    """Put these results beside the earlier ones of other faults, and rewrite the page from all of them."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    known: dict[str, Any] = kept.get("faults", {})
    known |= {result.fault: result.row() for result in results}
    kept = {"machine": machine(), "faults": {name: known[name] for name in FAULTS if name in known}}
    RESULTS.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    write_page(kept)


def render(kept: Mapping[str, Any]) -> str:
    """Return what stands between the page's markers."""
    rows = list(kept["faults"].values())
    moments = sorted(row["at"] for row in rows)
    about = kept["machine"]
    machine_said = (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gb']:g} GB, {about['system']}, "
        f"Python {about['python']}, {about['nats_server']}, MongoDB {about['mongod']}"
    )
    first, last = moments[0], moments[-1]
    when = f"in one run that ended at {last}" if first == last else f"from {first} to {last}"
    return f"Measured {when} on {machine_said}.\n\n{table(rows)}"


def write_page(kept: Mapping[str, Any]) -> None:
    """Rewrite what stands between the page's markers."""
    content = render(kept)
    marked = re.compile("<!-- faults -->.*<!-- /faults -->", re.DOTALL)
    text = PAGE.read_text("utf-8")
    PAGE.write_text(marked.sub(lambda _: f"<!-- faults -->\n{content}\n<!-- /faults -->", text), encoding="utf-8")
