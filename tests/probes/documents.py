"""What the services say of themselves, and whether they do it."""

from tests.probes.catalogue import wall
from tests.probes.facts_and_people import STUDENT
from tests.probes.system import Json, System, fresh, holds

SAYS = "the document says less than the service asks"
SERVICES = ("members", "activities", "requests", "reporting")
MADE = (
    ("requests", "/api/requests"),
    ("activities", "/api/activities"),
    ("members", "/api/members/people"),
    ("members", "/api/members/places"),
    ("members", "/api/members/units"),
)


async def _document(system: System, service: str) -> Json:
    answer = await system.ask("GET", f"/api/{service}/openapi.json")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _operations(system: System) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []
    for service in SERVICES:
        for path, operations in (await _document(system, service))["paths"].items():
            found += [(f"{method.upper()} {path}", told) for method, told in operations.items()]
    return found


@wall(SAYS)
async def keys_are_required(system: System) -> None:
    """`Idempotency-Key` is told as required wherever it is."""
    optional: list[str] = []
    for service, path in MADE:
        told = (await _document(system, service))["paths"][path]["post"]["parameters"]
        if not any(each["name"].lower() == "idempotency-key" and each["required"] for each in told):
            optional.append(f"POST {path}")
    holds(not optional, f"optional: {', '.join(optional)}")


@wall(SAYS)
async def forms_are_told(system: System) -> None:
    """`If-Match` and `cursor` are told with their form, not as any text."""
    plain: list[str] = []
    for operation, told in await _operations(system):
        plain += [
            f"{each['name']} of {operation}"
            for each in told.get("parameters", ())
            if each["name"].lower() in {"if-match", "cursor"} and "pattern" not in str(each["schema"])
        ]
    holds(not plain, f"{len(plain)} as any text, such as {plain[0] if plain else ''}")


@wall(SAYS)
async def security_schemes(system: System) -> None:
    """Every document tells how one signs in."""
    without = [each for each in SERVICES if not (await _document(system, each))["components"].get("securitySchemes")]
    holds(not without, f"no securitySchemes: {', '.join(without)}")


@wall(SAYS)
async def tags_are_declared(system: System) -> None:
    """Every tag that an operation has is declared."""
    undeclared: set[str] = set()
    for service in SERVICES:
        document = await _document(system, service)
        declared = {tag["name"] for tag in document.get("tags", ())}
        used = {tag for item in document["paths"].values() for told in item.values() for tag in told.get("tags", ())}
        undeclared |= used - declared
    holds(not undeclared, f"undeclared: {', '.join(sorted(undeclared))}")


@wall(SAYS)
async def whole_numbers(system: System) -> None:
    """`{"stars": 1.0}` is the whole number that JSON says it is."""
    answer = await system.make(f"/api/requests/{fresh('0' * 18)}/rating", STUDENT, {"stars": 1.0})
    faults = [error["path"] for error in answer.json().get("errors", ())]
    holds("body.stars" not in faults, f"{answer.status_code} {answer.json()['code']} {faults}")


@wall(SAYS)
async def long_queries(system: System) -> None:
    """A query of 40,000 characters is a problem of the documented form."""
    answer = await system.ask("GET", "/api/requests/queue", "desk1", params={"q": "y" * 40_000})
    kind = answer.headers.get("content-type", "none")
    holds(answer.status_code in {414, 422} and kind == "application/problem+json", f"{answer.status_code}, {kind}")


@wall(SAYS)
async def channel_of_the_desk(system: System) -> None:
    """A student cannot file as if at the desk."""
    body = {"category": "wish.company", "title": "陪我走走", "channel": "desk"}
    answer = await system.make("/api/requests", STUDENT, body)
    if answer.status_code == 201:
        await system.ask("POST", f"/api/requests/{answer.json()['id']}/cancellation", STUDENT, json={})
    holds(answer.status_code != 201 or answer.json()["channel"] != "desk", "201, channel desk")
