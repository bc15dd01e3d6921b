"""Rules that no tool knows: rooms, sizes, names, facts, consumers; each returns its breaches as sentences."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("members", "activities", "requests", "reporting")
CODE = ("services", "shared", "deploy")
MAX_FILE, MAX_FUNCTION = 300, 40

_SERVICE_ROOMS = {"__init__.py", "__main__.py", "settings.py", "app.py"}
_ROOMS = ("domain", "handlers", "queries", "store", "api", "consumers", "topic")
_TOPIC_ROOMS = {"__init__.py", *(f"{room}.py" for room in _ROOMS)}
_DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "lib"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FILE = re.compile(r"(__init__|[a-z][a-z0-9_]*)\.py")
_SUBJECT = re.compile(r"yizhan\.(?P<service>[a-z]+)\.[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*\.v[1-9][0-9]*")
_DURABLE = re.compile(r"[a-z]+(-[a-z]+)+")
_DERIVED = {"derive_id", "keyed_id"}
_SKIPPED = {"__pycache__", "node_modules", ".venv"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(root: Path, *tops: str) -> Iterator[Path]:
    for top in tops:
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and not _SKIPPED & set(path.parts) and path.suffix != ".pyc":
                yield path


def modules(root: Path, *tops: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in files(root, *tops):
        if path.suffix == ".py":
            yield path, ast.parse(path.read_text("utf-8"), str(path))


def _is_a_room(parts: tuple[str, ...]) -> bool:
    match parts:
        case ("__init__.py",):
            return True
        case (service, room):
            return service in SERVICES and room in _SERVICE_ROOMS
        case (service, topic, room):
            return service in SERVICES and _NAME.fullmatch(topic) is not None and room in _TOPIC_ROOMS
        case (service, topic, room, file):
            named = _FILE.fullmatch(file) is not None and _NAME.fullmatch(topic) is not None
            return service in SERVICES and named and f"{room}.py" in _TOPIC_ROOMS - {"__init__.py"}
        case _:
            return False


def strange_files(root: Path) -> list[str]:
    """Whatever lies in services/ and is not one of the rooms."""
    base = root / "services"
    inside = (path.relative_to(base) for path in files(root, "services"))
    return [f"services/{path} is not one of the rooms" for path in inside if not _is_a_room(path.parts)]


def drawers(root: Path) -> list[str]:
    """Modules and packages named after nothing."""
    found = (path.relative_to(root) for path, _ in modules(root, *CODE))
    return [f"{path}: a drawer is no room" for path in found if _DRAWERS & {*path.parts[:-1], path.stem}]


def _length(function: Function) -> int:
    """Lines of a function from `def` to its end, its docstring not counted."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return whole
    docstring = function.body[0]
    return whole - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def too_long(root: Path) -> list[str]:
    """Files over 300 lines and functions over 40: no breach, but each asks for a better split."""
    breaches: list[str] = []
    for path, tree in modules(root, *CODE):
        name = path.relative_to(root)
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MAX_FILE:
            breaches.append(f"{name} has {lines} lines, more than {MAX_FILE}")
        breaches.extend(
            f"{name}:{node.lineno} {node.name} has {_length(node)} lines, more than {MAX_FUNCTION}"
            for node in ast.walk(tree)
            if isinstance(node, Function) and _length(node) > MAX_FUNCTION
        )
    return breaches


def is_domain(path: Path) -> bool:
    """Tell whether a file is a topic's domain, or a part of one that is a folder."""
    return path.name == "domain.py" or path.parent.name == "domain"


def impure_domains(root: Path) -> list[str]:
    """What the import walls cannot see in domain.py: `new_id`, coroutines, files, prints."""
    breaches: list[str] = []
    for path, tree in modules(root, "services"):
        if not is_domain(path):
            continue
        for node in ast.walk(tree):
            where = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.AsyncFunctionDef):
                breaches.append(f"{where} {node.name} is a coroutine")
            if isinstance(node, ast.ImportFrom) and node.module == "shared.ids":
                breaches.extend(f"{where} imports {name.name}" for name in node.names if name.name not in _DERIVED)
            if isinstance(node, ast.Import) and any(name.name == "shared.ids" for name in node.names):
                breaches.append(f"{where} imports all of shared.ids")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print"}:
                breaches.append(f"{where} calls {node.func.id}")
    return breaches


def _subject_of(node: ast.ClassDef) -> ast.expr | None:
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id == "SUBJECT":
            return item.value
    return None


def _facts(root: Path) -> Iterator[tuple[str, ast.ClassDef, ast.expr]]:
    """Every class of a contract that has a subject: whose contract it is in, the class, the subject."""
    for path, tree in modules(root, "shared/contracts"):
        told = path.relative_to(root / "shared/contracts").parts[0].removesuffix(".py")
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name != "Fact" and (value := _subject_of(node)) is not None:
                yield told, node, value


def facts(root: Path) -> list[str]:
    """The names of all facts that the contracts define."""
    return [node.name for _, node, _ in _facts(root)]


def strange_subjects(root: Path) -> list[str]:
    """Facts whose subject is no literal, of a wrong form, of another service, or used twice."""
    breaches: list[str] = []
    seen: dict[str, str] = {}
    for told, node, value in _facts(root):
        if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
            breaches.append(f"{node.name}: the subject is no literal, so that grep cannot find it")
            continue
        form = _SUBJECT.fullmatch(value.value)
        if form is None:
            breaches.append(f"{node.name}: {value.value} is not yizhan.<service>.<aggregate>.<fact>.v<N>")
        elif form["service"] != told:
            breaches.append(f"{node.name}: {value.value} is told in {told}")
        if value.value in seen:
            breaches.append(f"{node.name}: {value.value} is also the subject of {seen[value.value]}")
        seen[value.value] = node.name
    return breaches


def durables(root: Path) -> Iterator[tuple[str, Path, ast.Call]]:
    """Every `@hears(...)` and `@hears_batch(...)`: the service (or top folder), the file, the call."""
    for path, tree in modules(root, "services"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {"hears", "hears_batch"}:
                yield path.relative_to(root).parts[1], path, node


def strange_consumers(root: Path) -> list[str]:
    """Consumers outside consumers.py, and durables that are not `<service>-<purpose>` in one literal."""
    breaches: list[str] = []
    for service, path, call in durables(root):
        where = f"{path.relative_to(root)}:{call.lineno}"
        if path.name != "consumers.py":
            breaches.append(f"{where} hears outside consumers.py")
        name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        if not isinstance(name, str):
            breaches.append(f"{where} the durable's name is no literal")
        elif not name.startswith(f"{service}-") or _DURABLE.fullmatch(name) is None:
            breaches.append(f"{where} {name} is not {service}-<purpose>")
    return breaches


_PAGE = "docs/architecture/house.md"
_ROW = re.compile(r"^\| `(?:<topic>/)?(?P<room>[a-z]+)` \|.*$", re.MULTILINE)


def _rights() -> dict[str, frozenset[str]]:
    """What each room and each part of shared may import, as the page's tables say: rooms, and `shared.<part>`."""
    page = (ROOT / _PAGE).read_text("utf-8")
    rights: dict[str, frozenset[str]] = {}
    for table, of_service in (("## Rooms", True), ("## Shared", False)):
        text = page[page.index(table) + len(table) :].partition("\n## ")[0]
        for row in _ROW.finditer(text):
            cells = [frozenset(re.findall(r"`([a-z]+)`", cell)) for cell in row.group().split("|")[3:-1]]
            shared = frozenset(f"shared.{part}" for part in cells[-1])
            rights[row["room"] if of_service else f"shared.{row['room']}"] = shared | (
                cells[0] if of_service else set()
            )
    return rights


def _part_of(names: Sequence[str]) -> str | None:
    """The room, or the part of shared, that a path or a dotted name lies in; None for what is neither."""
    match [name.removesuffix(".py") for name in names]:
        case ["shared", part, *_]:
            return f"shared.{part}"
        case ["services", _, ("settings" | "app") as room, *_]:
            return room
        case ["services", _, _, room, *_] if room != "__init__":
            return room
        case _:
            return None


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The modules that a file imports, as far down as names of modules can be told from names in them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            deep = 4 if node.module.startswith("services.") else 2
            whole = node.module.count(".") + 1 >= deep
            yield from ((node.lineno, node.module if whole else f"{node.module}.{name.name}") for name in node.names)


def _crossings(root: Path) -> Iterator[tuple[str, str, str]]:
    """Each import from one room, or part of shared, into another: where, the one, the other."""
    for path, tree in modules(root, "services", "shared"):
        room = _part_of(path.relative_to(root).parts)
        for line, module in _imports(tree):
            other = _part_of(module.split("."))
            if room and other and other != room:
                yield f"{path.relative_to(root)}:{line}", room, other


def strange_imports(root: Path) -> list[str]:
    """Imports that the tables of docs/architecture/house.md do not allow."""
    rights = _rights()
    return [
        f"{where} {room} imports {other}"
        for where, room, other in _crossings(root)
        if other not in rights.get(room, frozenset())
    ]


def _topic_graph(root: Path, service: str) -> dict[str, set[str]]:
    """Which topics each topic of a service imports from."""
    graph: dict[str, set[str]] = {
        path.parent.name: set() for path in (root / "services" / service).glob("*/__init__.py")
    }
    for path, tree in modules(root, f"services/{service}"):
        topic = path.relative_to(root / "services" / service).parts[0]
        for _, module in _imports(tree):
            match module.split("."):
                case ["services", same, other, *_] if same == service and {topic, other} <= graph.keys():
                    graph[topic].add(other)
                case _:
                    pass
    return {topic: others - {topic} for topic, others in graph.items()}


def circular_topics(root: Path, service: str) -> list[str]:
    """The topics of a service that depend on themselves, by way of others."""
    graph = _topic_graph(root, service)

    def reached(topic: str) -> set[str]:
        found: set[str] = set()
        ahead = {topic}
        while ahead:
            ahead = {other for each in ahead for other in graph[each]} - found
            found |= ahead
        return found

    return sorted(topic for topic in graph if topic in reached(topic))


def unused_rights(root: Path) -> list[str]:
    """What the tables allow and nobody uses."""
    used = {(room, other) for _, room, other in _crossings(root)}
    return [
        f"{room} may import {other}, and nothing does"
        for room, others in _rights().items()
        for other in sorted(others)
        if other != room and (room, other) not in used
    ]


if __name__ == "__main__":
    for told in too_long(ROOT):
        print(f"warning: {told}")
