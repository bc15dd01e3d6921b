"""Importing a file: everything is checked before anything is written, and the same file again changes nothing."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from services.members.accounts.handlers import Accounts, Passwords, close_account, open_account
from services.members.imports.domain.cells import Sheet
from services.members.imports.domain.column_words import heading_of
from services.members.imports.domain.faults import Fault, Faults
from services.members.imports.domain.kinds import What
from services.members.imports.domain.losses import Loss, Losses, bounded, person_losses, place_losses, unit_losses
from services.members.imports.domain.naming import PlaceNames, UnitNames
from services.members.imports.domain.people import Town, admin_faults, profile_of, reader_faults, resolved
from services.members.imports.domain.places_and_units import places_of, units_of
from services.members.imports.domain.reading import Line, read
from services.members.imports.domain.separated_values import sheet_of_text
from services.members.imports.domain.template import explained
from services.members.imports.domain.workbook import is_workbook, sheets_of_workbook
from services.members.people.domain.identity import person_id_of
from services.members.people.domain.person import Person, come_back, register, revise
from services.members.people.domain.profile import Profile
from services.members.people.domain.role_counts import is_admin, is_reader
from services.members.people.handlers.commands import People
from services.members.people.handlers.role_counts import add_person, change_person
from services.members.people.queries import holders, holding
from services.members.places import domain as places
from services.members.places.domain import Place
from services.members.units import domain as organisation
from services.members.units.domain import Unit
from shared.contracts.event import Fact
from shared.contracts.members import Role
from shared.ids import derive_id
from shared.refusal import Refusal
from shared.store.document import Because, Document, Documents, change

_AT_ONCE: Final = 256
_CREATED, _UPDATED, _UNCHANGED = "created", "updated", "unchanged"


@dataclass(frozen=True, slots=True)
class Imports:
    """What a file is checked against and written to."""

    places: Documents[Place]
    units: Documents[Unit]
    people: People
    accounts: Accounts


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, or in a dry run would do; with faults nothing was written.

    `sheets` are those that were read, by name, `passwords_kept` counts passwords of the file for people who have one.
    """

    dry_run: bool
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()
    fault_count: int = 0
    losses: Losses = field(default_factory=Losses)
    passwords_kept: int = 0
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Write:
    """One write; a `late` one takes an administrator away or makes a sealed reader, after the others made room."""

    verdict: str
    run: Callable[[], Awaitable[Any]]
    late: bool = False


@dataclass(slots=True)
class _Plan:
    lines: Sequence[Line]
    faults: Faults
    writes: list[_Write] = field(default_factory=list[_Write])
    losses: list[Loss] = field(default_factory=list[Loss])
    passwords_kept: int = 0


def sheets_of(what: What, raw: bytes) -> list[Sheet]:
    """Return the sheets of a file, which its bytes tell apart, not its name."""
    if is_workbook(raw):
        return sheets_of_workbook(raw)
    return [sheet_of_text(raw, lambda text: heading_of(what, text) is not None)]


async def import_file(imports: Imports, actor_id: str, what: What, raw: bytes, *, dry_run: bool) -> Report:
    """Check a whole file, then write it unless it is a dry run or has a fault. The same file again changes nothing."""
    because = Because.command(
        actor_id, derive_id("import", actor_id, hashlib.sha256(raw).hexdigest()), imports.accounts.clock.now()
    )
    sheets = await asyncio.to_thread(sheets_of, what, raw)
    lines, faults = await asyncio.to_thread(read, what, sheets, explained(what))
    plan = _Plan(lines, faults)
    await {What.PEOPLE: _plan_people, What.PLACES: _plan_places, What.UNITS: _plan_units}[what](imports, plan, because)
    names = tuple(sheet.name for sheet in sheets if sheet.rows)
    if plan.faults.count:
        told = tuple(plan.faults)
        return Report(dry_run, len(lines), faults=told, fault_count=plan.faults.count, sheets=names)
    if not dry_run:
        await _write(plan.writes)
    verdicts = [write.verdict for write in plan.writes]
    counts = (verdicts.count(_CREATED), verdicts.count(_UPDATED), verdicts.count(_UNCHANGED))
    return Report(
        dry_run,
        len(lines),
        *counts,
        losses=bounded(sorted(plan.losses, key=lambda one: (one.sheet, one.row))),
        passwords_kept=plan.passwords_kept,
        sheets=names,
    )


async def _write(writes: Iterable[_Write]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(write: _Write) -> None:
        async with gate:
            await write.run()

    wanted = [write for write in writes if write.verdict != _UNCHANGED]
    await asyncio.gather(*(one(write) for write in wanted if not write.late))
    for write in wanted:
        if write.late:
            await write.run()


async def _plan_places(imports: Imports, plan: _Plan, because: Because) -> None:
    known = {one.id: one for one in await imports.places.select({})}
    wanted, wrong = places_of(plan.lines, {place_id: one.state for place_id, one in known.items()})
    _note(plan, wrong)
    _plan_things(plan, _Kind(imports.places, places.added, places.corrected, place_losses), known, wanted, because)


async def _plan_units(imports: Imports, plan: _Plan, because: Because) -> None:
    known = {one.id: one for one in await imports.units.select({})}
    wanted, wrong = units_of(plan.lines, {unit_id: one.state for unit_id, one in known.items()})
    _note(plan, wrong)
    kind = _Kind(imports.units, organisation.formed, organisation.corrected, unit_losses)
    _plan_things(plan, kind, known, wanted, because)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of things with an id of their own: where they are, and the rules for them."""

    documents: Documents[Any]
    first: Callable[[str, Any], tuple[Any, Sequence[Fact]]]
    corrected: Callable[[str, Any, Any], tuple[Any, Sequence[Fact]]]
    lost: Callable[[Line, Any, Any], Sequence[Loss]]


def _plan_things(
    plan: _Plan, kind: _Kind, known: Mapping[str, Document[Any]], wanted: Mapping[str, Any], because: Because
) -> None:
    at = {line.key: line for line in plan.lines}
    for key, thing in wanted.items():
        if key not in known:
            state, facts = kind.first(key, thing)
            plan.writes.append(_Write(_CREATED, partial(kind.documents.create, key, state, facts, because)))
            continue
        old = known[key].state
        try:
            state, _ = kind.corrected(key, thing, old)
        except Refusal as refusal:
            plan.faults.add(at[key].fault("type", refusal.code, key, refusal.params))
            continue
        run = partial(change, kind.documents, key, partial(kind.corrected, key, thing), because)
        plan.writes.append(_Write(_UNCHANGED if state == old else _UPDATED, run))
        plan.losses += kind.lost(at[key], old, thing)


def _note(plan: _Plan, faults: Iterable[Fault]) -> None:
    for fault in faults:
        plan.faults.add(fault)


async def _plan_people(imports: Imports, plan: _Plan, because: Because) -> None:
    found = await holders(imports.people.documents, [line.key for line in plan.lines])
    known = {username: one.state for username, one in found.items()}
    town = Town(
        PlaceNames({one.id: one.state for one in await imports.places.select({})}),
        UnitNames.of({one.id: one.state for one in await imports.units.select({})}),
    )
    await asyncio.to_thread(_resolve, plan, known, town)
    if plan.faults.count:
        return
    admins = frozenset(one.state.username for one in await holding(imports.people.documents, Role.ADMIN))
    wanted = [(line, profile_of(line, _profile(known.get(line.key)))) for line in plan.lines]
    _note(plan, admin_faults(wanted, known, admins))
    readers = frozenset(one.state.username for one in await holding(imports.people.documents, Role.SEALED_READER))
    _note(plan, reader_faults(wanted, readers))
    ids = {line.key: _id_of(imports, found, line.key) for line in plan.lines}
    with_account = {one.id for one in await imports.accounts.documents.select({"_id": {"$in": list(ids.values())}})}
    hashes = _Hashes(imports.accounts.passwords)
    for line, profile in wanted:
        person = known.get(line.key)
        back = person is not None and person.departed_at is not None
        person_id = ids[line.key]
        has_account = person_id in with_account and not back
        plan.writes.append(_plan_person(imports, because, person_id, line, person, None if has_account else hashes))
        plan.passwords_kept += has_account and _gives_password(line)
        if person is not None:
            plan.losses += person_losses(line, person.profile, profile, town.places)


def _id_of(imports: Imports, found: Mapping[str, Document[Person]], username: str) -> str:
    known = found.get(username)
    return person_id_of(imports.people.key, username) if known is None else known.id


def _resolve(plan: _Plan, known: Mapping[str, Person], town: Town) -> None:
    lines: list[Line] = []
    for line in plan.lines:
        person = known.get(line.key)
        found, faults = resolved(line, _profile(person), town)
        lines.append(found)
        _note(plan, faults)
    plan.lines = lines


def _profile(person: Person | None) -> Profile | None:
    return None if person is None else person.profile


def _gives_password(line: Line) -> bool:
    return bool(line.cells.get("password") or line.cells.get("password_hash"))


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
    imports: Imports, because: Because, person_id: str, line: Line, known: Person | None, hashes: _Hashes | None
) -> _Write:
    """Plan one row; `hashes` is None when the person has an account already, whose password stays as it is."""
    wanted = profile_of(line, _profile(known))
    opens = hashes if _gives_password(line) else None

    async def run() -> None:
        if known is None:
            state, facts = register(person_id, line.key, wanted, because.actor, because.at)
            await add_person(imports.people.roles, person_id, state, facts, because)
        else:
            if known.departed_at is not None:  # the old password does not come back with them
                await close_account(imports.accounts, because.actor, person_id)
            await change_person(imports.people.roles, person_id, partial(_revise, because, person_id, line), because)
        if opens is not None:
            await open_account(imports.accounts, because.actor, person_id, await opens.of(line))

    reads = Role.SEALED_READER in wanted.roles and not (known is not None and is_reader(known))
    if known is None:
        return _Write(_CREATED, run, reads)
    late = reads or (is_admin(known) and Role.ADMIN not in wanted.roles)
    same = wanted == known.profile and opens is None and known.departed_at is None
    return _Write(_UNCHANGED if same else _UPDATED, run, late)


def _revise(because: Because, person_id: str, line: Line, person: Person) -> tuple[Person, Sequence[Fact]]:
    wanted: Profile = profile_of(line, person.profile)
    if person.departed_at is not None:
        return come_back(person_id, person, wanted, because.actor, because.at)
    return revise(person_id, person, wanted, because.actor, because.at)
