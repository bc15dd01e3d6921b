"""Generates the pages of events, permissions and pictures from the code: `python -m deploy.docs [--check]`."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from deploy import asyncapi
from deploy.permissions import permissions_page
from deploy.pictures import pictures_page
from deploy.topics import SERVICES, topics_of
from shared.contracts.catalog import FACTS
from shared.contracts.event import Fact

ROOT: Final = Path(__file__).resolve().parents[1]
_CONTRACT_VERSION: Final = "1.0.0"
_HEAD: Final = """# Events

Generated from `shared/contracts` by `python -m deploy.docs`; a test says when it is stale.
The same as AsyncAPI: [asyncapi.json](asyncapi.json).

Every event is a CloudEvent 1.0 in structured JSON, published on the NATS subject `yizhan.<type>` of the one stream
`YIZHAN`. `subject` is the aggregate's id, `aggregateversion` strictly rises within an aggregate, `causationid` names
what led to the event, `correlationid` the story that it belongs to, `actor` who caused it.
A published version is frozen: only optional fields may be added; anything else is a new class with the next version.
"""


def hearers() -> Mapping[str, list[str]]:
    """Return the durables that hear each fact, by the fact's class name, as the services' topics declare them."""
    found: dict[str, set[str]] = defaultdict(set)
    for durable in (one for service in SERVICES for topic in topics_of(service) for one in topic.durables):
        for fact in (fact for heard in durable.heard for fact in heard.facts):
            found[fact.__name__].add(durable.name)
    return {name: sorted(durables) for name, durables in found.items()}


def _form(schema: Mapping[str, Any]) -> str:
    """Return a field's type in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_form(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_form(schema.get('items', {}))}"
    if schema.get("type") == "object":
        return f"map of {_form(schema.get('additionalProperties', {}))}"
    return "time" if schema.get("format") == "date-time" else str(schema.get("type", "any"))


def _fact_lines(fact: type[Fact], heard: Mapping[str, list[str]]) -> Iterable[str]:
    schema = asyncapi.schema_of(fact)
    yield f"### {fact.__name__}"
    yield ""
    yield f"`{fact.type_name()}`: {asyncapi.summary(fact)}"
    yield ""
    yield "| Field | Type |"
    yield "|---|---|"
    for name, field in schema["properties"].items():
        optional = "" if name in schema.get("required", []) else " (optional)"
        yield f"| `{name}` | {_form(field)}{optional} |"
    yield ""
    names = ", ".join(f"`{name}`" for name in fact.cells())
    begins = ", which begins with it" if fact.BEGINS else ""
    yield f"Aggregate `{fact.AGGREGATE}`{begins}; fills {names}."
    yield ""
    durables = heard.get(fact.__name__, [])
    yield "Heard by " + (", ".join(f"`{durable}`" for durable in durables) if durables else "nobody yet") + "."
    yield ""


def _enum_lines(facts: Iterable[type[Fact]]) -> Iterable[str]:
    enums: dict[str, dict[str, Any]] = {}
    for fact in facts:
        definitions = asyncapi.schema_of(fact).get("$defs", {})
        enums.update({name: body for name, body in definitions.items() if "enum" in body})
    yield "## Closed words"
    yield ""
    yield "| Word | Meaning | Values |"
    yield "|---|---|---|"
    for name, body in sorted(enums.items()):
        meaning = " ".join(str(body.get("description", "")).split())
        yield f"| {name} | {meaning} | {', '.join(f'`{value}`' for value in body['enum'])} |"


def events_page() -> str:
    """Return docs/events.md."""
    heard = hearers()
    lines = [_HEAD]
    for service, facts in groupby(FACTS, key=lambda fact: fact.type_name().partition(".")[0]):
        lines += [f"## {service}", ""]
        for fact in facts:
            lines += _fact_lines(fact, heard)
    lines += _enum_lines(FACTS)
    return "\n".join(lines) + "\n"


def pages(root: Path) -> dict[Path, str]:
    """Return every generated page with its text."""
    described = asyncapi.document(FACTS, _CONTRACT_VERSION)
    return {
        root / "docs/events.md": events_page(),
        root / "docs/architecture/pictures.md": pictures_page(),
        root / "docs/security/permissions.md": permissions_page(),
        root / "docs/asyncapi.json": json.dumps(described, indent=2, ensure_ascii=False) + "\n",
    }


def main() -> int:
    """Write the pages, or with `--check` only say which are stale (exit status 1)."""
    parser = argparse.ArgumentParser(prog="python -m deploy.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    check = parser.parse_args().check
    stale = {path: text for path, text in pages(ROOT).items() if not path.exists() or path.read_text("utf-8") != text}
    for path, text in stale.items():
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
