"""Rules of the house that no tool knows: rooms, sizes, names, facts, ears; each returns its breaches as sentences."""

import ast
import re
from collections.abc import Iterator
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


def strange_subjects(root: Path) -> list[str]:
    """Facts whose subject is no literal, of a wrong form, of another service, or used twice."""
    breaches: list[str] = []
    seen: dict[str, str] = {}
    for path, tree in modules(root, "shared/contracts"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef) or node.name == "Fact" or (value := _subject_of(node)) is None:
                continue
            if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                breaches.append(f"{node.name}: the subject is no literal, so that grep cannot find it")
                continue
            form = _SUBJECT.fullmatch(value.value)
            if form is None:
                breaches.append(f"{node.name}: {value.value} is not yizhan.<service>.<aggregate>.<fact>.v<N>")
            elif form["service"] != path.stem:
                breaches.append(f"{node.name}: {value.value} is told in {path.name}")
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


if __name__ == "__main__":
    for told in too_long(ROOT):
        print(f"warning: {told}")
