"""Importing a file: everything is checked before anything is written, and the same file again changes nothing."""

import asyncio
import csv
import hashlib
import io
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import openpyxl

from services.members.columns.domain import What, Why
from services.members.imports.domain import (
    MOST_ROWS,
    Fault,
    Line,
    Table,
    people_faults,
    places_of,
    profile_of,
    read,
    units_of,
)
from services.members.organisation import domain as organisation
from services.members.organisation.domain import Unit
from services.members.people.domain import Person, Profile, person_id_of, register, revise
from services.members.people.domain import Why as WhyPerson
from services.members.people.handlers import AdminsDesk, change_person
from services.members.places import domain as places
from services.members.places.domain import Place
from services.members.signin.handlers import Passwords, SigninDesk, open_account
from shared.contracts.event import Fact
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, change

S = TypeVar("S")
_UNPACKED_LIMIT: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 256
_MOST_COLUMNS: Final = 64
_CREATED, _UPDATED, _UNCHANGED = "created", "updated", "unchanged"


@dataclass(frozen=True, slots=True)
class ImportsDesk:
    """What imports need."""

    places: Documents[Place]
    units: Documents[Unit]
    people: Documents[Person]
    signin: SigninDesk
    admins: AdminsDesk


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or in a dry run would do; with faults nothing was written."""

    dry_run: bool
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class _Write:
    verdict: str
    run: Callable[[], Awaitable[Any]]


_Planned = tuple[list[Line], list[Fault], list[_Write]]


def table_of_csv(raw: bytes) -> Table:
    """Read comma-separated values, in UTF-8 or in GB 18030 (as Excel writes it); refuses what is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            return tuple(tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
    raise Refusal(Why.UNREADABLE, form="csv")


def table_of_xlsx(raw: bytes) -> Table:
    """Read the first sheet of a workbook; refuses what is no workbook, or unpacks to more than 64 MiB."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            fits = sum(one.file_size for one in packed.infolist()) <= _UNPACKED_LIMIT
        if fits:
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            rows = book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 2, max_col=_MOST_COLUMNS)
            return _trimmed([[_cell(value) for value in row] for row in rows])
    except Exception as error:
        raise Refusal(Why.UNREADABLE, form="xlsx") from error
    raise Refusal(Why.UNREADABLE, form="xlsx")


async def import_file(desk: ImportsDesk, actor_id: str, what: What, raw: bytes, *, xlsx: bool, dry_run: bool) -> Report:
    """Check a whole file, then write it unless it is a dry run or has a fault. The same file again changes nothing."""
    table = await asyncio.to_thread(table_of_xlsx if xlsx else table_of_csv, raw)
    because = Because.command(
        actor_id, derive_id("import", actor_id, hashlib.sha256(raw).hexdigest()), desk.signin.clock.now()
    )
    plan = {What.PEOPLE: _plan_people, What.PLACES: _plan_places, What.UNITS: _plan_units}[what]
    lines, faults, writes = await plan(desk, table, because)
    if faults:
        return Report(dry_run, len(lines), faults=tuple(sorted(faults, key=lambda one: one.row)))
    if not dry_run:
        await _write(writes)
    verdicts = [write.verdict for write in writes]
    counts = (verdicts.count(_CREATED), verdicts.count(_UPDATED), verdicts.count(_UNCHANGED))
    return Report(dry_run, len(lines), *counts)


async def _write(writes: Sequence[_Write]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(write: _Write) -> None:
        async with gate:
            await write.run()

    await asyncio.gather(*(one(write) for write in writes if write.verdict != _UNCHANGED))


async def _plan_places(desk: ImportsDesk, table: Table, because: Because) -> _Planned:
    lines, faults = read(What.PLACES, table)
    known = {one.id: one for one in await desk.places.select({})}
    wanted, wrong = places_of(lines, {place_id: one.state for place_id, one in known.items()})
    writes, changed = _plan(desk.places, known, wanted, because, (places.added, places.corrected))
    return lines, [*faults, *wrong, *_at_lines(lines, changed)], writes


async def _plan_units(desk: ImportsDesk, table: Table, because: Because) -> _Planned:
    lines, faults = read(What.UNITS, table)
    known = {one.id: one for one in await desk.units.select({})}
    wanted, wrong = units_of(lines, {unit_id: one.state for unit_id, one in known.items()})
    writes, changed = _plan(desk.units, known, wanted, because, (organisation.formed, organisation.corrected))
    return lines, [*faults, *wrong, *_at_lines(lines, changed)], writes


_First = Callable[[str, S], tuple[S, Sequence[Fact]]]
_Corrected = Callable[[str, S, S], tuple[S, Sequence[Fact]]]


def _plan(
    documents: Documents[S],
    known: Mapping[str, Document[S]],
    wanted: Mapping[str, S],
    because: Because,
    rules: tuple[_First[S], _Corrected[S]],
) -> tuple[list[_Write], dict[str, str]]:
    first, corrected = rules
    writes: list[_Write] = []
    refused: dict[str, str] = {}
    for key, thing in wanted.items():
        if key not in known:
            state, facts = first(key, thing)
            writes.append(_Write(_CREATED, partial(documents.create, key, state, facts, because)))
            continue
        try:
            state, _ = corrected(key, known[key].state, thing)
        except Refusal as refusal:
            refused[key] = refusal.code
            continue
        same = state == known[key].state
        run = partial(change, documents, key, partial(_decide, corrected, key, thing), because)
        writes.append(_Write(_UNCHANGED if same else _UPDATED, run))
    return writes, refused


def _decide(corrected: _Corrected[S], key: str, thing: S, state: S) -> tuple[S, Sequence[Fact]]:
    return corrected(key, state, thing)


def _at_lines(lines: Sequence[Line], refused: Mapping[str, str]) -> list[Fault]:
    return [Fault(line.number, "", refused[line.key], line.key) for line in lines if line.key in refused]


async def _plan_people(desk: ImportsDesk, table: Table, because: Because) -> _Planned:
    lines, faults = read(What.PEOPLE, table)
    rooms = [line.cells["room"] for line in lines if line.cells.get("room")]
    known_rooms = frozenset(one.id for one in await desk.places.select({"_id": {"$in": sorted(set(rooms))}}))
    known_units = frozenset(one.id for one in await desk.units.select({}))
    faults += people_faults(lines, known_rooms, known_units)
    ids = [person_id_of(line.key) for line in lines]
    known = {one.id: one.state for one in await desk.people.select({"_id": {"$in": ids}})}
    faults += [
        Fault(line.number, "username", WhyPerson.DEPARTED, line.key)
        for line, person_id in zip(lines, ids, strict=True)
        if person_id in known and known[person_id].departed_at is not None
    ]
    if faults:
        return lines, faults, []
    with_account = {one.id for one in await desk.signin.accounts.select({"_id": {"$in": ids}})}
    hashes = _Hashes(desk.signin.passwords)
    writes = [
        _plan_person(desk, because, line, known.get(person_id), None if person_id in with_account else hashes)
        for line, person_id in zip(lines, ids, strict=True)
    ]
    return lines, [], writes


class _Hashes:
    """Hashes each different password of a file once; the first sign-in gives an account a salt of its own."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords
        self._made: dict[str, asyncio.Task[str]] = {}

    async def of(self, line: Line) -> str:
        given: str | None = line.cells.get("password_hash")
        if given is not None:
            return given
        password: str = line.cells["password"]
        if password not in self._made:
            self._made[password] = asyncio.create_task(self._passwords.hash(password))
        return await self._made[password]


def _plan_person(
    desk: ImportsDesk, because: Because, line: Line, known: Person | None, hashes: _Hashes | None
) -> _Write:
    """Plan one row; `hashes` is None when the person has an account already, whose password stays as it is."""
    person_id = person_id_of(line.key)
    wanted = profile_of(line, None if known is None else known.profile)
    opens = hashes if line.cells.get("password") or line.cells.get("password_hash") else None

    async def run() -> None:
        if known is None:
            state, facts = register(person_id, line.key, wanted, because.actor, because.at)
            await desk.people.create(person_id, state, facts, because)
        else:
            await change_person(desk.admins, person_id, partial(_revise, because, person_id, line), because)
        if opens is not None:
            await open_account(desk.signin, because.actor, person_id, await opens.of(line))

    if known is None:
        return _Write(_CREATED, run)
    return _Write(_UNCHANGED if wanted == known.profile and opens is None else _UPDATED, run)


def _revise(because: Because, person_id: str, line: Line, person: Person) -> tuple[Person, Sequence[Fact]]:
    wanted: Profile = profile_of(line, person.profile)
    return revise(person_id, person, wanted, because.actor, because.at)


def _trimmed(rows: list[list[str]]) -> Table:
    for row in rows:
        while row and not row[-1]:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return tuple(tuple(row) for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
